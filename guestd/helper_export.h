/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plane memory as a dma-buf.
 */
#ifndef GUESTD_HELPER_EXPORT_H
#define GUESTD_HELPER_EXPORT_H

#include <stdint.h>

/**
 * helper_export_open() - Open /dev/udmabuf, as long as that is allowed
 *
 * Return: descriptor, or -1: this machine makes no dma-bufs
 */
int helper_export_open(void);

/**
 * helper_export() - Make a dma-buf of a sealed memfd
 * @udmabuf:	From helper_export_open()
 * @len:	Whole pages, from the first
 *
 * Return: descriptor, or -EINVAL, as when a driver cannot
 */
int helper_export(int udmabuf, int memfd, uint64_t len);

#endif
