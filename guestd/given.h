/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an application gives with QBUF or PREPARE_BUF: memory of its own, or a
 * descriptor of it, for each plane.
 */
#ifndef GUESTD_GIVEN_H
#define GUESTD_GIVEN_H

#include "guestd/session_state.h"

/**
 * struct given_plane - As it was passed, whatever it says
 * @userptr:	USERPTR: the address
 * @fd:		DMABUF: the application's descriptor
 * @len:	Bytes of memory
 * @used:	Bytes of contents, output
 */
struct given_plane {
	uint64_t userptr;
	int fd;
	uint32_t len;
	uint32_t used;
};

/**
 * given_plane() - A plane of a request's buffer
 * @plane:	Below request->buffer->plane_count, which qbuf_check_planes() has
 *		compared
 */
struct given_plane given_plane(struct request *request, unsigned int plane);

#endif
