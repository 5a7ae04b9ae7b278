/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mmap() of a node.
 */
#ifndef GUESTD_SHIM_MAP_H
#define GUESTD_SHIM_MAP_H

#include <stddef.h>
#include <stdint.h>

/**
 * shim_map() - What the kernel's mmap() of @fd would not do
 *
 * To be called where that has said ENODEV, which is after its own checks of @addr,
 * @len, @prot and how @fd was opened.
 *
 * Return: the address, or MAP_FAILED with errno: ENODEV still, where @fd is no node
 * of guestd's or guestd does not answer
 */
void *shim_map(void *addr, size_t len, int prot, int flags, int fd,
	       uint64_t offset);

#endif
