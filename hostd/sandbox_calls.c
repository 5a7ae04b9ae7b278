// SPDX-License-Identifier: BSD-3-Clause
/*
 * The system calls of hostd's processes.
 *
 * A row says whose it is, and who needs it: a file of ours, the C library (libc),
 * libv4l2.  What is in no row of a process ends it.
 *
 * G, which has all that a guest sends, has no way to a file, a socket, a process or
 * executable memory that it does not have.  V is a G in which libv4l2 looks for files
 * when it opens a device, and does without them: these calls fail.  It is signals of
 * themselves only that tgkill() sends, see sandbox_signal_self().
 */
#include "hostd/sandbox_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <linux/dma-buf.h>

#include "common/rights.h"
#include "common/sandbox.h"

#define G (1u << SANDBOX_GUEST | 1u << SANDBOX_CONVERT)
#define V (1u << SANDBOX_CONVERT)
#define O (1u << SANDBOX_OPENER)
#define R (1u << SANDBOX_REFUSER)
#define K (1u << SANDBOX_CHECK)

#define ALLOW(NAME, ROLES, WHO, ...)                                           \
	SANDBOX_ALLOW_ONLY(NAME, WHO, ROLES, __VA_ARGS__)
#define FAIL(NAME, ROLES, ERROR, WHO, ...)                                     \
	SANDBOX_FAIL_ONLY(NAME, WHO, ROLES, ERROR, __VA_ARGS__)

#define V4L2_TYPE  ((unsigned int)'V' << _IOC_TYPESHIFT)
#define IOCTL_TYPE ((unsigned int)_IOC_TYPEMASK << _IOC_TYPESHIFT)
#define THREAD     (CLONE_VM | CLONE_THREAD)
#define O_MAKES    (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

/* clang-format off */
static const struct sandbox_call host_calls[] = {
	/* ---- the connection, the opener, the log ------------------------ */
	ALLOW(recvmsg,		G | O | R,	"channel_in.c, rights.c"),
	ALLOW(sendmsg,		G | O,		"channel_out_write.c, rights.c"),
	ALLOW(sendto,		G | R,		"send(): channel_out_write.c, opener.c, reopener.c, refuser.c"),
	ALLOW(recvfrom,		G | O | R,	"recv(): channel_in.c, opener.c, reopener.c, refuser.c"),
	ALLOW(getsockopt,	G,		"channel.c", SANDBOX_INT(2, SO_DOMAIN)),
	ALLOW(setsockopt,	G,		"channel.c", SANDBOX_INT(2, SO_PASSRIGHTS)),
	ALLOW(setsockopt,	G,		"channel_zerocopy.c", SANDBOX_INT(2, SO_ZEROCOPY)),
	ALLOW(socketpair,	O,		"reopener.c", SANDBOX_INT(0, AF_UNIX)),
	ALLOW(write,		G | O | R | K,	"log.c, worker.c, device_v4l2.c"),
	ALLOW(writev,		G | O | R | K,	"libc: its last words before abort()"),
	ALLOW(close,		G | O | R | K,	"all"),

	/* ---- the loop and its threads ----------------------------------- */
	ALLOW(epoll_create1,	G,		"loop.c"),
	ALLOW(epoll_ctl,	G,		"loop_watch.c"),
	ALLOW(epoll_wait,	G,		"loop.c: without a timeout; --busy-poll; before Linux 5.11"),
	ALLOW(epoll_pwait,	G,		"the same, on ARM"),
	ALLOW(epoll_pwait2,	G,		"loop.c"),
	ALLOW(eventfd2,		G,		"worker.c"),
	ALLOW(signalfd4,	G,		"loop_signal.c"),
	ALLOW(timerfd_create,	G,		"frames.c"),
	ALLOW(timerfd_settime,	G,		"frames.c"),
	ALLOW(timerfd_settime64, G,		"the same, with 32 bits"),
	ALLOW(read,		G | O | K,	"loop_signal.c, device_v4l2.c; fdinfo.c"),
	ALLOW(getpid,		G | O | R | K,	"loop_watch.c; libc: abort()"),
	ALLOW(clock_gettime,	G | O,		"loop.c, opener.c, where the vDSO cannot"),
	ALLOW(clock_gettime64,	G | O,		"the same, with 32 bits"),
	ALLOW(clone,		G | O,		"worker.c, reopener.c", SANDBOX_BITS(0, THREAD | SANDBOX_NAMESPACES, THREAD)),
	FAIL(clone3,		G | O,		ENOSYS, "libc: takes clone() then, whose flags can be seen"),
	ALLOW(set_robust_list,	G | O,		"libc: a thread begins"),
	ALLOW(rseq,		G | O,		"the same"),
	ALLOW(exit,		G | O,		"a thread ends"),
	ALLOW(exit_group,	G | O | R | K,	"_exit()"),
	ALLOW(futex,		G | O | K,	"pthread_*()"),
	ALLOW(futex_time64,	G | O | K,	"the same, with 32 bits"),
	ALLOW(rt_sigaction,	G | O | K,	"worker.c, exports.c; libc: pthread_create(), abort()"),
	ALLOW(rt_sigprocmask,	G | O | R | K,	"worker.c; libc: pthread_create(), abort()"),
	ALLOW(rt_sigreturn,	G | O | R | K,	"worker.c: the end of a handler"),
	ALLOW(tgkill,		G | O | R | K,	"worker.c, itself only; libc: abort()"),
	ALLOW(gettid,		G | O | R | K,	"libc: abort()"),
	ALLOW(restart_syscall,	G | O | R | K,	"the kernel: after SIGSTOP and SIGCONT"),

	/* ---- devices ---------------------------------------------------- */
	ALLOW(ioctl,		G | K,		"device_v4l2.c, device_convert.c", SANDBOX_BITS(1, IOCTL_TYPE, V4L2_TYPE)),
	ALLOW(ioctl,		G,		"plane_object.c", SANDBOX_INT(1, DMA_BUF_IOCTL_SYNC)),
	ALLOW(poll,		G | O | K,	"nativeio.c, plane_object.c, device_convert_frames.c, opener.c"),
	ALLOW(ppoll,		G | O | K,		"the same, where there is no poll()"),
	ALLOW(ppoll_time64,	G | O | K,		"the same, with 32 bits"),
	ALLOW(openat,		O | K,		"device_node.c, fdinfo.c, reopener.c; makes no file", SANDBOX_BITS(2, O_MAKES, 0)),
	ALLOW(newfstatat,	O | K,		"stat(), fstat(): device_node.c"),
	ALLOW(fstatat64,	O | K,		"the same, with 32 bits"),
	ALLOW(statx,		O | K,		"the same, with a time_t of 64"),

	/* ---- memory ----------------------------------------------------- */
	ALLOW(mmap,		G | O | K,	"buffers; libc: malloc(), threads", SANDBOX_BITS(2, PROT_EXEC, 0)),
	ALLOW(mmap2,		G | O | K,	"the same, with 32 bits", SANDBOX_BITS(2, PROT_EXEC, 0)),
	ALLOW(mprotect,		G | O | K,	"libc: malloc(), threads", SANDBOX_BITS(2, PROT_EXEC, 0)),
	ALLOW(munmap,		G | O | R | K,	"buffers; libc: free(), threads"),
	ALLOW(mremap,		G | O | K,	"libc: realloc()"),
	ALLOW(madvise,		G | O | K,	"libc: a thread ends"),
	ALLOW(brk,		G | O | R | K,	"libc: malloc()"),
	ALLOW(fallocate,	G,		"slices.c"),
	ALLOW(memfd_create,	G,		"frames.c, guest_hello.c"),
	ALLOW(ftruncate,	G,		"frames.c"),
	ALLOW(ftruncate64,	G,		"the same, with 32 bits"),
	ALLOW(fstat,		G | O | K,	"exports.c, imports.c, softqueue_import.c"),
	ALLOW(fstat64,		G | O | K,	"the same, with 32 bits"),
	ALLOW(newfstatat,	G,		"fstat() of libc", SANDBOX_BITS(3, AT_EMPTY_PATH, AT_EMPTY_PATH)),
	ALLOW(fstatat64,	G,		"the same, with 32 bits", SANDBOX_BITS(3, AT_EMPTY_PATH, AT_EMPTY_PATH)),
	ALLOW(statx,		G,		"plane_object.c; the same, with a time_t of 64", SANDBOX_BITS(2, AT_EMPTY_PATH, AT_EMPTY_PATH)),
	ALLOW(fstatfs,		G,		"plane_object.c"),
	ALLOW(fstatfs64,	G,		"the same, with 32 bits"),
	ALLOW(lseek,		G | K,		"plane_object.c: of a dma-buf; device_v4l2.c"),
	ALLOW(_llseek,		G | K,		"the same, with 32 bits"),
	ALLOW(fcntl,		G,		"device_v4l2.c, exports.c, softqueue*.c", SANDBOX_INT(1, F_DUPFD_CLOEXEC)),
	ALLOW(fcntl,		G | O,		"plane_object.c, imports.c, reopener.c", SANDBOX_INT(1, F_GET_SEALS)),
	ALLOW(fcntl,		G,		"frames.c, guest_hello.c", SANDBOX_INT(1, F_ADD_SEALS)),
	ALLOW(fcntl,		G,		"exports.c", SANDBOX_INT(1, F_SETLEASE)),
	ALLOW(fcntl,		G,		"slices.c", SANDBOX_INT(1, F_OFD_SETLK)),
	ALLOW(fcntl,		G,		"slices.c", SANDBOX_INT(1, F_OFD_GETLK)),
	ALLOW(fcntl,		G | O | K,	"plane_object.c, device_node.c, reopener.c", SANDBOX_INT(1, F_GETFL)),
	ALLOW(fcntl,		G | K,		"plane_object.c, device_node.c", SANDBOX_INT(1, F_SETFL)),
	ALLOW(fcntl64,		G,		"all of them with 32 bits", SANDBOX_INT(1, F_DUPFD_CLOEXEC)),
	ALLOW(fcntl64,		G | O,		"the same", SANDBOX_INT(1, F_GET_SEALS)),
	ALLOW(fcntl64,		G,		"the same", SANDBOX_INT(1, F_ADD_SEALS)),
	ALLOW(fcntl64,		G,		"the same", SANDBOX_INT(1, F_SETLEASE)),
	ALLOW(fcntl64,		G,		"the same", SANDBOX_INT(1, F_OFD_SETLK)),
	ALLOW(fcntl64,		G,		"the same", SANDBOX_INT(1, F_OFD_GETLK)),
	ALLOW(fcntl64,		G | O | K,	"the same", SANDBOX_INT(1, F_GETFL)),
	ALLOW(fcntl64,		G | K,		"the same", SANDBOX_INT(1, F_SETFL)),

	/* ---- libv4l2, when a device is opened --------------------------- */
	FAIL(openat,		V,		EACCES, "plugins, sysfs, /etc/passwd, /dev/shm"),
	FAIL(newfstatat,	V,		EACCES, "glob() of plugins", SANDBOX_BITS(3, AT_EMPTY_PATH, 0)),
	FAIL(access,		V | K,		EACCES, "the same"),
	FAIL(readlink,		V | K,		EACCES, "which USB device it is"),
	FAIL(socket,		V | K,		EACCES, "nscd, when its user's name is asked for"),
	FAIL(clone,		V | K,		EPERM, "the decoders of OV511 and OV518", SANDBOX_BITS(0, CLONE_THREAD, 0)),
	FAIL(pipe,		V | K,		EPERM, "the same"),
	FAIL(pipe2,		V | K,		EPERM, "the same"),
	ALLOW(geteuid,		V | K,		"its user"),
	FAIL(openat,		K,		EACCES, "/dev/shm", SANDBOX_BITS(2, O_CREAT, O_CREAT)),
	FAIL(mmap,		K,		EACCES, "plugins", SANDBOX_BITS(2, PROT_EXEC, PROT_EXEC)),
	ALLOW(getdents64,	K,		"glob() of plugins"),
	ALLOW(pread64,		K,		"dlopen() of plugins"),

#ifdef SANDBOX_TOOLS
	/* ---- AddressSanitizer, in tests only ---------------------------- */
	ALLOW(sigaltstack,	G | O | R | K,	"a thread begins, and ends"),
	ALLOW(sched_getaffinity,	G | O | R | K,	"where its stack is"),
	ALLOW(sched_yield,	G | O | R | K,	"its locks"),
	ALLOW(prlimit64,	G | O | R | K,	"its limits", SANDBOX_INT(0, 0)),
	ALLOW(prctl,		G | O | R | K,	"names of its memory"),
	ALLOW(mmap,		R,		"its memory", SANDBOX_BITS(2, PROT_EXEC, 0)),
	ALLOW(futex,		R,		"its locks"),
	ALLOW(madvise,		R,		"its memory"),
	FAIL(openat,		(G & ~V) | R,	ENOENT, "its reports have no names then", SANDBOX_INT(2, O_RDONLY)),
	FAIL(readlink,		(G & ~V) | O | R,	ENOENT, "the same"),
	FAIL(ioctl,		G | O | R | K,	ENOTTY, "their colours", SANDBOX_INT(1, TCGETS)),
#endif
};
/* clang-format on */
#define HOST_CALLS (sizeof(host_calls) / sizeof(host_calls[0]))

static struct sandbox_filter filters[SANDBOX_ROLE_COUNT];

static int make_filter(unsigned int role)
{
	if (filters[role].bytes)
		return 0;
	return sandbox_make(&filters[role], host_calls, HOST_CALLS, 1u << role);
}

int sandbox_calls_prepare(void)
{
	unsigned int role;
	int ret = 0;

	for (role = 0; role < SANDBOX_ROLE_COUNT && !ret; role++)
		ret = make_filter(role);
	return ret;
}

int sandbox_calls_enter(enum sandbox_role role)
{
	int ret;

	ret = make_filter(role);
	if (!ret)
		ret = sandbox_signal_self();
	return ret ? ret : sandbox_load(&filters[role]);
}
