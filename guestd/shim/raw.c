// SPDX-License-Identifier: BSD-3-Clause
/*
 * System calls without libc.
 */
#include "guestd/shim/raw.h"

#if defined(__x86_64__)

long shim_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#elif defined(__i386__)

/* The sixth argument is in ebp, which may be the frame's. */
long shim_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;

	__asm__ volatile("pushl %7\n\t"
			 "pushl %%ebp\n\t"
			 "movl 4(%%esp), %%ebp\n\t"
			 "int $0x80\n\t"
			 "popl %%ebp\n\t"
			 "addl $4, %%esp"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e),
			   "g"(f)
			 : "memory");
	return ret;
}

#else

#include <dlfcn.h>
#include <errno.h>

/* Elsewhere it is libc's after all: that one, not the hook. */
long shim_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	static long (*libc)(long nr, ...);
	int saved = errno;
	long ret;

	if (!libc)
		libc = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (!libc)
		return -ENOSYS;
	ret = libc(nr, a, b, c, d, e, f);
	if (ret == -1)
		ret = -errno;
	errno = saved;
	return ret;
}

#endif
