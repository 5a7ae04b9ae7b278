/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program has asked its enumerators and monitors for.
 */
#ifndef GUESTD_DISCOVERY_ASKED_H
#define GUESTD_DISCOVERY_ASKED_H

/**
 * enum asked - For which subsystems
 * @ASKED_NOTHING:	Neither, or that is not known any more
 * @ASKED_V4L:		video4linux, and cuse was asked for behind its back
 * @ASKED_CUSE:		cuse, by the program itself
 */
enum asked {
	ASKED_NOTHING,
	ASKED_V4L,
	ASKED_CUSE,
};

#define ASKED_PLACES 64

/**
 * asked_get() - What @object was asked for
 * @object:	An enumerator or a monitor, by its address; not NULL
 */
enum asked asked_get(const void *object);

/**
 * asked_set() - Note what @object was asked for
 *
 * Whoever makes an object sets it to ASKED_NOTHING, since one that is gone may have
 * had its address.  Of more than ASKED_PLACES that are something else, one is
 * forgotten.
 */
void asked_set(const void *object, enum asked asked);

#endif
