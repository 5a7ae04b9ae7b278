// SPDX-License-Identifier: BSD-3-Clause
/*
 * The system calls of guestd's loop, from the moment when its node is there.
 *
 * Everything that a host says is taken apart in this process, so this is what a host
 * that has found a mistake in it could do.  What is not here it cannot: open a file,
 * make a process, map what can be executed, signal or look at anybody.
 */
#include "guestd/sandbox_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <linux/dma-buf.h>
#include <linux/vm_sockets.h>

#include "common/sandbox.h"

/* For struct sandbox_call, only */
#define OVER_VSOCK 1u
#define OVER_UNIX  2u

#define STREAM 0xf /* SOCK_TYPE_MASK of the kernel */

/* clang-format off */
static const struct sandbox_call loop_calls[] = {
	/* the event loop */
	SANDBOX_ALLOW(epoll_wait,	"loop: without a timeout; --busy-poll; before Linux 5.11"),
	SANDBOX_ALLOW(epoll_pwait,	"loop: the same, on ARM"),
	SANDBOX_ALLOW(epoll_pwait2,	"loop"),
	SANDBOX_ALLOW(epoll_ctl,	"loop_watch"),
	SANDBOX_ALLOW(clock_gettime,	"loop_now: where the vDSO has no clock"),
	SANDBOX_ALLOW(getpid,		"loop_watch, transport: libc may ask the kernel"),
	SANDBOX_ALLOW(restart_syscall,	"the kernel, after SIGCONT"),
	SANDBOX_ALLOW(rt_sigprocmask,	"loop_signal: the end"),

	/* files that are open: the kernel's CUSE, signals, connections, the helper */
	SANDBOX_ALLOW(read,		"cuse, loop_signal"),
	SANDBOX_ALLOW(readv,		"memory_jobs"),
	SANDBOX_ALLOW(write,		"cuse: answers; log, stdout"),
	SANDBOX_ALLOW(writev,		"cuse: libfuse's answers"),
	SANDBOX_ALLOW(recvfrom,		"memory_jobs, channel_in"),
	SANDBOX_ALLOW(recvmsg,		"channel_in, rights: with descriptors"),
	SANDBOX_ALLOW(sendto,		"service, channel_out"),
	SANDBOX_ALLOW(sendmsg,		"channel_out, rights: with descriptors"),
	SANDBOX_ALLOW(shutdown,		"memory_output, channel, hostlink_start"),
	SANDBOX_ALLOW(close,		"all"),
	SANDBOX_ALLOW(poll,		"plane_object"),
	SANDBOX_ALLOW(ppoll,		"the same, on ARM"),
	SANDBOX_ALLOW(lseek,		"plane_object: of a dma-buf"),
	SANDBOX_ALLOW(fstatfs,		"plane_object"),
	SANDBOX_ALLOW(fstat,		"stdio: stdout"),
	SANDBOX_ALLOW(newfstatat,	"stdio: stdout; shimsocket: the end"),
	SANDBOX_ALLOW(statx,		"plane_object, memory_dispose"),
	SANDBOX_ALLOW_IF(fcntl,		"memory_output, mapping", SANDBOX_INT(1, F_DUPFD_CLOEXEC)),
	SANDBOX_ALLOW_IF(fcntl,		"mapping", SANDBOX_INT(1, F_ADD_SEALS)),
	SANDBOX_ALLOW_IF(fcntl,		"plane_object, memory_dispose", SANDBOX_INT(1, F_GET_SEALS)),
	SANDBOX_ALLOW_IF(fcntl,		"plane_object", SANDBOX_INT(1, F_GETFL)),
	SANDBOX_ALLOW_IF(fcntl,		"plane_object: O_DIRECT", SANDBOX_INT(1, F_SETFL)),
	SANDBOX_ALLOW_IF(ioctl,		"plane_object", SANDBOX_INT(1, DMA_BUF_IOCTL_SYNC)),
	SANDBOX_ALLOW_IF(ioctl,		"stdio: stdout, a terminal", SANDBOX_INT(1, TCGETS)),

	/* the next connection, and no other kind than the first */
	SANDBOX_ALLOW_ONLY(ioctl,	"hostlink_why", OVER_VSOCK,
			   SANDBOX_INT(1, IOCTL_VM_SOCKETS_GET_LOCAL_CID)),
	SANDBOX_ALLOW_ONLY(socket,	"transport", OVER_VSOCK,
			   SANDBOX_INT(0, AF_VSOCK), SANDBOX_BITS(1, STREAM, SOCK_STREAM)),
	SANDBOX_ALLOW_ONLY(socket,	"transport", OVER_UNIX,
			   SANDBOX_INT(0, AF_UNIX), SANDBOX_BITS(1, STREAM, SOCK_STREAM)),
	SANDBOX_ALLOW_ONLY(bind,	"transport: the source port", OVER_VSOCK),
	SANDBOX_ALLOW_ONLY(connect,	"transport", OVER_VSOCK | OVER_UNIX),
	SANDBOX_ALLOW_IF(getsockopt,	"transport, channel", SANDBOX_INT(1, SOL_SOCKET)),
	SANDBOX_ALLOW_IF(setsockopt,	"channel: SO_PASSRIGHTS, SO_OOBINLINE, SO_ZEROCOPY", SANDBOX_INT(1, SOL_SOCKET)),
	SANDBOX_ALLOW(getrandom,	"transport, attach; libc: malloc()"),

	/* memory */
	SANDBOX_ALLOW(memfd_create,	"mapping"),
	SANDBOX_ALLOW(ftruncate,	"mapping"),
	SANDBOX_ALLOW_IF(mmap,		"mapping, malloc()", SANDBOX_BITS(2, PROT_EXEC, 0)),
	SANDBOX_ALLOW(munmap,		"mapping, free()"),
	SANDBOX_ALLOW(mremap,		"realloc()"),
	SANDBOX_ALLOW(brk,		"malloc()"),
	SANDBOX_ALLOW(madvise,		"free()"),
	SANDBOX_ALLOW(futex,		"libfuse: its locks"),

	/* the end */
	SANDBOX_ALLOW(lstat,		"shimsocket"),
	SANDBOX_ALLOW(unlink,		"shimsocket, udev: their files"),
	SANDBOX_ALLOW(unlinkat,		"the same, on ARM"),
	SANDBOX_ALLOW(rt_sigreturn,	"the kernel, after a handler"),
	SANDBOX_ALLOW(exit_group,	"main"),

#ifdef SANDBOX_TOOLS
	SANDBOX_ALLOW(openat,		"sanitizers: /proc/self/maps; gcov: its files"),
	SANDBOX_ALLOW(readlink,		"sanitizers"),
	SANDBOX_ALLOW(mprotect,		"sanitizers"),
	SANDBOX_ALLOW(sigaltstack,	"sanitizers"),
	SANDBOX_ALLOW(rt_sigaction,	"sanitizers"),
	SANDBOX_ALLOW(gettid,		"sanitizers"),
	SANDBOX_ALLOW(sched_yield,	"sanitizers"),
	SANDBOX_ALLOW(prctl,		"sanitizers"),
	SANDBOX_ALLOW(clone,		"LeakSanitizer"),
	SANDBOX_ALLOW(wait4,		"LeakSanitizer"),
	SANDBOX_ALLOW(ptrace,		"LeakSanitizer"),
	SANDBOX_ALLOW(getppid,		"LeakSanitizer"),
	SANDBOX_ALLOW(getdents64,	"LeakSanitizer"),
	SANDBOX_ALLOW(exit,		"LeakSanitizer"),
	SANDBOX_ALLOW(fcntl,		"gcov: locks"),
	SANDBOX_ALLOW(mkdir,		"gcov"),
#endif
};
/* clang-format on */

int sandbox_loop(enum transport_kind kind)
{
	unsigned int only = 0;

	if (kind == TRANSPORT_VSOCK)
		only = OVER_VSOCK;
	else if (kind == TRANSPORT_UNIX)
		only = OVER_UNIX;
	return sandbox_enter(loop_calls,
			     sizeof(loop_calls) / sizeof(loop_calls[0]), only);
}
