/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that this machine has together with hostd's: a PCI device of QEMU's
 * (ivshmem-plain), used without a driver, or a file.
 */
#ifndef GUESTD_IVSHMEM_H
#define GUESTD_IVSHMEM_H

#include "common/options.h"
#include "common/shmem.h"

#define IVSHMEM_PATH_LEN 256
#define IVSHMEM_WHY_LEN  (IVSHMEM_PATH_LEN + 200)

/**
 * struct ivshmem - Where it is
 * @path:	Of the file; of a PCI device its directory in sysfs.  Empty: none
 * @pci:	It is a PCI device
 */
struct ivshmem {
	char path[IVSHMEM_PATH_LEN];
	bool pci;
};

/**
 * ivshmem_parse() - Take "ivshmem:0000:00:05.0" or "file:/PATH" apart
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or -EINVAL
 */
int ivshmem_parse(const char *text, struct ivshmem *out, char *why);

/**
 * ivshmem_map() - Map all of it; a PCI device is enabled first
 * @why:	Gets the reason on failure, and what to do: IVSHMEM_WHY_LEN bytes
 *
 * Return: 0 or a negative errno
 */
int ivshmem_map(const struct ivshmem *ivshmem, struct shmem *out, char *why);

#endif
