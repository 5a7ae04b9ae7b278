/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System calls without libc.
 *
 * The hooks run before constructors, in signal handlers, inside malloc() and
 * between fork() and exec(), so they call nothing that may take a lock, allocate,
 * or come back to a hook.
 */
#ifndef GUESTD_SHIM_RAW_H
#define GUESTD_SHIM_RAW_H

#include <sys/syscall.h>

/**
 * shim_raw() - Make the system call @nr
 *
 * errno is left alone.
 *
 * Return: what the kernel says: a negative errno, or the result
 */
long shim_raw(long nr, long a, long b, long c, long d, long e, long f);

/* SHIM_RAW(SYS_close, fd): as many arguments as the call has, of any type. */
#define SHIM_RAW(...) SHIM_RAW_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SHIM_RAW_PADDED(nr, a, b, c, d, e, f, ...)                             \
	shim_raw(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e),    \
		 (long)(f))

#endif
