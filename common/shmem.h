/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that a VM and its host, or two VMs, both have: a file that both map, which
 * in a VM is a PCI device of QEMU's (ivshmem-plain).
 *
 *	0			marks, by which both see that it is the same memory
 *	VMS_PAGE_SIZE		slices: one for each plane, given out by hostd
 *
 * Not to be taken for the memory that a unix socket passes, one memfd or dma-buf for each
 * buffer (VMS_FEATURE_SHM_FD, struct guest_mapping.shared, grant.share and .shared): that
 * needs no copy at all.  This one is --shm, grant.shmem, VMS_FEATURE_SHMEM and
 * vms_hello.shmem_len; a plane in it is "placed".  vms_hello_ack.shm_len is neither, but
 * the length of the window of addresses.
 *
 * Whoever else has it can write anywhere in it at any time, so nothing but bytes of
 * frames and marks is in it, and nothing that is read there is believed.
 */
#ifndef COMMON_SHMEM_H
#define COMMON_SHMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

#define SHMEM_MARKS   (VMS_PAGE_SIZE / sizeof(uint64_t))
#define SHMEM_LEN_MIN (16ull * VMS_PAGE_SIZE)
#define SHMEM_LEN_MAX (1ull << 40)

/* What to say of a file that is -EINVAL for shmem_open(). */
#define SHMEM_WANTED "it must be a regular file of 64 KiB to 1 TiB"

/**
 * struct shmem - All of it, mapped
 * @bytes:	NULL: there is none
 * @len:	Bytes, whole pages
 */
struct shmem {
	uint8_t *bytes;
	size_t len;
};

/**
 * shmem_open() - Open a file that can be mapped
 *
 * Return: descriptor, or a negative errno: -EINVAL if it is no regular file (those
 * in /sys are), or its length is not from SHMEM_LEN_MIN to SHMEM_LEN_MAX
 */
int shmem_open(const char *path);

/**
 * shmem_map() - Map it for reading and writing
 * @fd:		From shmem_open(); still the caller's, and not needed for the mapping
 *
 * Return: 0 or a negative errno
 */
int shmem_map(int fd, struct shmem *out);

/** shmem_unmap() - Undo shmem_map(); fine if zeroed */
void shmem_unmap(struct shmem *shmem);

/** shmem_has_slice() - May this be a slice?  Any numbers */
bool shmem_has_slice(const struct shmem *shmem, uint64_t offset, uint64_t len);

/**
 * shmem_mark() - Leave a mark for whoever else has this memory
 * @mark:	A random number
 *
 * Others who do so at the same moment may overwrite it.
 */
void shmem_mark(const struct shmem *shmem, uint64_t mark);

/** shmem_marked() - Is there such a mark? */
bool shmem_marked(const struct shmem *shmem, uint64_t mark);

#endif
