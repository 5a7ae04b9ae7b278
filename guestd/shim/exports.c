// SPDX-License-Identifier: BSD-3-Clause
/*
 * libguestd-shim.so: what programs call instead of libc's.
 *
 * A CUSE node has all but mmap().  The node stays the program's own: each hook
 * makes the real call, and only where that cannot be done on a node of guestd's
 * (mmap: ENODEV, VIDIOC_EXPBUF: ENOTTY) does more.  Before VIDIOC_QUERYCAP and
 * VIDIOC_REQBUFS guestd is told that there is a shim, so that it offers buffers.
 * A program that makes neither call on a file is noticed by the first ENOTTY of a
 * call for buffers, which is made once more.
 *
 * The real call is that of the next library with a hook, or libc's; before the
 * constructor it is the kernel's.  Every other call is passed on by a jump, with
 * nothing in between that could matter to vfork() and its like.
 *
 * libc declares these functions with "...", but all arguments are words in the
 * places that the first ones have, on all machines of Linux.
 */
/* These give libc's functions other names or bodies. */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS

#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "guestd/shim/attach.h"
#include "guestd/shim/expbuf.h"
#include "guestd/shim/map.h"
#include "guestd/shim/raw.h"
#include "guestd/shim/report.h"

#ifdef __GLIBC__
typedef unsigned long request_t;
#else
typedef int request_t; /* musl, as POSIX had it */
#endif
typedef int ioctl_function(int, request_t, ...);

#define HOOK(name) __asm__(name) __attribute__((visibility("default")))

/* Names of ours, so that libc's declarations do not meet them. */
void *hook_mmap(void *addr, size_t len, int prot, int flags, int fd,
		off_t offset) HOOK("mmap");
void *hook_mmap64(void *addr, size_t len, int prot, int flags, int fd,
		  off64_t offset) HOOK("mmap64");
int hook_ioctl(int fd, request_t request, void *arg) HOOK("ioctl");
long hook_syscall(long nr, long a, long b, long c, long d, long e, long f)
	HOOK("syscall");

/* ---- the real calls -------------------------------------------------------- */

static long with_errno(long ret)
{
	if (ret >= 0 || ret < -4095)
		return ret;
	errno = (int)-ret;
	return -1;
}

static long raw_syscall(long nr, ...)
{
	__builtin_va_list args;
	long a[6];
	size_t i;

	__builtin_va_start(args, nr);
	for (i = 0; i < 6; i++)
		a[i] = __builtin_va_arg(args, long);
	__builtin_va_end(args);
	return with_errno(shim_raw(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
}

static int raw_ioctl(int fd, request_t request, ...)
{
	__builtin_va_list args;
	void *arg;

	__builtin_va_start(args, request);
	arg = __builtin_va_arg(args, void *);
	__builtin_va_end(args);
	return (int)with_errno(SHIM_RAW(SYS_ioctl, fd, request, arg));
}

static void *raw_mmap64(void *addr, size_t len, int prot, int flags, int fd,
			off64_t offset)
{
#ifdef SYS_mmap2
	if (offset & 4095 || (uint64_t)offset >> 44) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	return (void *)with_errno(SHIM_RAW(SYS_mmap2, addr, len, prot, flags,
					   fd, (uint64_t)offset >> 12));
#else
	return (void *)with_errno(
		SHIM_RAW(SYS_mmap, addr, len, prot, flags, fd, offset));
#endif
}

/* An off_t of 32 bits has no sign for mmap(). */
static uint64_t unsigned_offset(off_t offset)
{
	return sizeof(offset) == 4 ? (uint32_t)offset : (uint64_t)offset;
}

static void *raw_mmap(void *addr, size_t len, int prot, int flags, int fd,
		      off_t offset)
{
	return raw_mmap64(addr, len, prot, flags, fd,
			  (off64_t)unsigned_offset(offset));
}

/* Written by the constructor only. */
static struct {
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	void *(*mmap64)(void *, size_t, int, int, int, off64_t);
	ioctl_function *ioctl;
	long (*syscall)(long, ...);
	ioctl_function *ioctl_time64;
} next = {
	.mmap = raw_mmap,
	.mmap64 = raw_mmap64,
	.ioctl = raw_ioctl,
	.syscall = raw_syscall,
	.ioctl_time64 = raw_ioctl,
};

static void find_next(void *slot, const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function)
		__atomic_store_n((void **)slot, function, __ATOMIC_RELAXED);
	else
		dlerror(); /* or the program is told of it */
}

__attribute__((constructor)) static void setup(void)
{
	shim_report_setup();
	find_next(&next.mmap, "mmap");
	find_next(&next.mmap64, "mmap64");
	find_next(&next.ioctl, "ioctl");
	find_next(&next.syscall, "syscall");
	find_next(&next.ioctl_time64, "__ioctl_time64");
}

/* ---- mmap ------------------------------------------------------------------ */

/* No program of ours can be behind these; most calls of a program are such. */
static int is_anonymous(int flags, int fd)
{
	return fd == -1 || flags & MAP_ANONYMOUS;
}

void *hook_mmap(void *addr, size_t len, int prot, int flags, int fd,
		off_t offset)
{
	void *map;
	int saved;

	if (is_anonymous(flags, fd))
		return next.mmap(addr, len, prot, flags, fd, offset);
	saved = errno;
	map = next.mmap(addr, len, prot, flags, fd, offset);
	if (map != MAP_FAILED || errno != ENODEV)
		return map;
	map = shim_map(addr, len, prot, flags, fd, unsigned_offset(offset));
	if (map != MAP_FAILED)
		errno = saved;
	return map;
}

void *hook_mmap64(void *addr, size_t len, int prot, int flags, int fd,
		  off64_t offset)
{
	void *map;
	int saved;

	if (is_anonymous(flags, fd))
		return next.mmap64(addr, len, prot, flags, fd, offset);
	saved = errno;
	map = next.mmap64(addr, len, prot, flags, fd, offset);
	if (map != MAP_FAILED || errno != ENODEV)
		return map;
	map = shim_map(addr, len, prot, flags, fd, (uint64_t)offset);
	if (map != MAP_FAILED)
		errno = saved;
	return map;
}

/* ---- ioctl ----------------------------------------------------------------- */

__attribute__((noinline)) static bool attach(int fd)
{
	struct shim_attach attached;

	return shim_attach_file(fd, &attached);
}

/*
 * What profile read does not have.  By the number alone: the size of an argument
 * depends on that of time_t.
 */
static bool is_for_buffers(request_t request)
{
	if (_IOC_TYPE((uint32_t)request) != 'V')
		return false;
	switch (_IOC_NR((uint32_t)request)) {
	case _IOC_NR(VIDIOC_CREATE_BUFS):
	case _IOC_NR(VIDIOC_QUERYBUF):
	case _IOC_NR(VIDIOC_QBUF):
	case _IOC_NR(VIDIOC_DQBUF):
	case _IOC_NR(VIDIOC_PREPARE_BUF):
	case _IOC_NR(VIDIOC_STREAMON):
	case _IOC_NR(VIDIOC_STREAMOFF):
		return true;
	default:
		return false;
	}
}

/* Return: whether to make a call again that has failed; if so errno is @saved */
static bool attach_late(int fd, int saved)
{
	int error = errno;
	bool again = error == ENOTTY && attach(fd);

	errno = again ? saved : error;
	return again;
}

static int ioctl_for_buffers(ioctl_function *real, int fd, request_t request,
			     void *arg)
{
	int saved = errno;
	int ret = real(fd, request, arg);

	return ret == -1 && attach_late(fd, saved) ? real(fd, request, arg)
						   : ret;
}

static int expbuf_if_enotty(int fd, void *arg, int ret, int saved)
{
	if (ret != -1 || errno != ENOTTY)
		return ret;
	ret = shim_expbuf(fd, arg);
	if (!ret)
		errno = saved;
	return ret;
}

/* Programs that keep a request in an int have a sign where the kernel has none. */
static inline int hook(ioctl_function *real, int fd, request_t request,
		       void *arg)
{
	int saved;

	switch ((uint32_t)request) {
	case VIDIOC_QUERYCAP:
	case VIDIOC_REQBUFS:
		attach(fd);
		return real(fd, request, arg);
	case VIDIOC_EXPBUF:
		saved = errno;
		return expbuf_if_enotty(fd, arg, real(fd, request, arg), saved);
	default:
		return is_for_buffers(request)
			       ? ioctl_for_buffers(real, fd, request, arg)
			       : real(fd, request, arg);
	}
}

int hook_ioctl(int fd, request_t request, void *arg)
{
	return hook(next.ioctl, fd, request, arg);
}

/* What ioctl() is in 32-bit programs whose time_t has 64 bits: another name in glibc */
#if defined(__GLIBC__) && UINTPTR_MAX == UINT32_MAX
int hook_ioctl_time64(int fd, request_t request, void *arg)
	HOOK("__ioctl_time64");

int hook_ioctl_time64(int fd, request_t request, void *arg)
{
	return hook(next.ioctl_time64, fd, request, arg);
}
#endif

/* ---- syscall: libv4l2 calls nothing else ----------------------------------- */

#ifdef SYS_mmap2
#define SYS_mapping       SYS_mmap2
#define OFFSET_UNIT_SHIFT 12 /* pages, of this size on every machine */
#define offset_word(word) ((uint64_t)(uint32_t)(word))
#else
#define SYS_mapping       SYS_mmap
#define OFFSET_UNIT_SHIFT 0
#define offset_word(word) ((uint64_t)(word))
#endif

static long syscall_mmap(long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long ret = next.syscall(SYS_mapping, a, b, c, d, e, f);
	void *map;

	if (ret != -1 || errno != ENODEV)
		return ret;
	map = shim_map((void *)a, (size_t)b, (int)c, (int)d, (int)e,
		       offset_word(f) << OFFSET_UNIT_SHIFT);
	if (map != MAP_FAILED)
		errno = saved;
	return (long)map;
}

static long syscall_ioctl(long a, long b, long c)
{
	int saved;
	long ret;

	switch ((uint32_t)b) {
	case VIDIOC_QUERYCAP:
	case VIDIOC_REQBUFS:
		attach((int)a);
		return next.syscall(SYS_ioctl, a, b, c);
	case VIDIOC_EXPBUF:
		saved = errno;
		return expbuf_if_enotty((int)a, (void *)c,
					(int)next.syscall(SYS_ioctl, a, b, c),
					saved);
	default:
		saved = errno;
		ret = next.syscall(SYS_ioctl, a, b, c);
		return ret == -1 && is_for_buffers((request_t)b) &&
				       attach_late((int)a, saved)
			       ? next.syscall(SYS_ioctl, a, b, c)
			       : ret;
	}
}

long hook_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	switch (nr) {
	case SYS_mapping:
		return syscall_mmap(a, b, c, d, e, f);
	case SYS_ioctl:
		return syscall_ioctl(a, b, c);
	default:
		return next.syscall(nr, a, b, c, d, e, f);
	}
}
