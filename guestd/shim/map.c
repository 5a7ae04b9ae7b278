// SPDX-License-Identifier: BSD-3-Clause
/*
 * mmap() of a node: guestd's helper has the memory, the program maps it itself.
 *
 * Nothing stays open: munmap(), fork() and exec() find a mapping like any other.
 */
#include "guestd/shim/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "guestd/shim/ask.h"
#include "guestd/shim/attach.h"
#include "guestd/shim/raw.h"
#include "guestd/shim/report.h"

#ifndef SYS_mmap2
#define SYS_mmap2 SYS_mmap /* they differ in the offset, which is 0 here */
#endif

/*
 * Whether an access of @len bytes cannot be a SIGBUS: a memfd that cannot shrink,
 * or a dma-buf, which never does.  A dma-buf has no type, and no seals.
 */
static const char *find_fault(int fd, uint64_t len)
{
	uint64_t page = getauxval(AT_PAGESZ);
	struct statx st;
	long seals;

	if (!len || len % page)
		return "guestd's memory has no whole pages";
	if (SHIM_RAW(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE,
		     &st) < 0 ||
	    st.stx_size < len)
		return "guestd's memory is too small";
	seals = SHIM_RAW(SYS_fcntl, fd, F_GET_SEALS);
	if (seals >= 0 ? !(seals & F_SEAL_SHRINK) : (st.stx_mode & S_IFMT) != 0)
		return "guestd's memory may shrink";
	return NULL;
}

/* A negative errno, or the address, which is no number of -4095 to -1. */
static long map_memory(void *addr, size_t len, int prot, int flags, int fd,
		       uint64_t have, const char **why)
{
	long map;

	*why = find_fault(fd, have);
	if (!*why && len > have)
		*why = "guestd's memory is too small";
	if (*why)
		return -ENODEV;
	map = SHIM_RAW(SYS_mmap2, addr, len, prot, flags, fd, 0);
	if (map < 0 && map >= -4095)
		*why = "cannot map guestd's memory";
	else
		/* As remap_vmalloc_range() has it: frames are in no core dump. */
		SHIM_RAW(SYS_madvise, map, len, MADV_DONTDUMP);
	return map;
}

void *shim_map(void *addr, size_t len, int prot, int flags, int fd,
	       uint64_t offset)
{
	struct shim_ask ask = {
		.kind = SHIM_MAP,
		.offset = offset,
		.len = len,
		.prot = (uint32_t)prot,
		.flags = (uint32_t)flags,
	};
	struct shim_attach attach;
	const char *why = "guestd refuses to map";
	uint64_t have = 0;
	long map;
	int memory;

	errno = ENODEV;
	if (!shim_attach_file(fd, &attach))
		return MAP_FAILED;
	memory = shim_ask_helper(&attach, &ask, &have, &why);
	if (memory >= 0) {
		map = map_memory(addr, len, prot, flags, memory, have, &why);
		SHIM_RAW(SYS_close, memory);
	} else if (memory == -EINVAL && !shim_attach_file(fd, &attach)) {
		/* The buffer went because its host did. */
		map = -ENODEV;
	} else {
		map = memory <= -SHIM_NO_ANSWER ? -ENODEV : memory;
	}
	if (map < 0 && map >= -4095) {
		errno = (int)-map;
		shim_report(fd, why, NULL, errno);
		return MAP_FAILED;
	}
	return (void *)map;
}
