// SPDX-License-Identifier: BSD-3-Clause
/*
 * The system calls of the memory helper.
 *
 * No filter can tell whose memory is copied: that is helper_copy's to see.  This one
 * is there so that whoever takes this process over, through what an application says
 * to its socket or guestd to its own, has its two capabilities and not much to use
 * them with: no execve(2), no ptrace(2), no file for writing, no socket.
 */
#include "guestd/sandbox_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <linux/dma-buf.h>
#include <linux/sockios.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "common/sandbox.h"

/* For struct sandbox_call, only */
#define WITH_PTRACE 1u
#define WITH_SHIM   2u

/* clang-format off */
static const struct sandbox_call helper_calls[] = {
	/* what guestd says, and is told */
	SANDBOX_ALLOW(recvfrom,		"helper_serve"),
	SANDBOX_ALLOW(recvmsg,		"helper_serve; helper_hangup"),
	SANDBOX_ALLOW(sendto,		"helper: its first word"),
	SANDBOX_ALLOW(sendmsg,		"helper_serve; helper_shim: with descriptors"),
	SANDBOX_ALLOW(write,		"log"),
	SANDBOX_ALLOW(close,		"all"),

	/* /proc of threads: read-only, or not even that */
	SANDBOX_ALLOW_IF(openat,	"helper_proc: files",
			 SANDBOX_INT(2, O_RDONLY | O_CLOEXEC)),
	SANDBOX_ALLOW_IF(openat,	"helper_proc: /proc/TID",
			 SANDBOX_INT(2, O_PATH | O_DIRECTORY | O_CLOEXEC)),
	SANDBOX_ALLOW(read,		"helper_proc, helper_hangup"),
	SANDBOX_ALLOW(pread64,		"helper_proc: the same file again"),
	SANDBOX_ALLOW(statx,		"helper_proc: is it our node?  plane_object"),
	SANDBOX_ALLOW(fstatfs,		"plane_object"),
	SANDBOX_ALLOW_IF(kill,		"helper_proc: is it there?", SANDBOX_INT(1, 0)),

	/* applications */
	SANDBOX_ALLOW_ONLY(process_vm_readv,	"helper_copy", WITH_PTRACE),
	SANDBOX_ALLOW_ONLY(process_vm_writev,	"helper_copy", WITH_PTRACE),
	SANDBOX_ALLOW_ONLY(pidfd_open,		"helper_import", WITH_PTRACE),
	SANDBOX_ALLOW_ONLY(pidfd_getfd,		"helper_import", WITH_PTRACE),
	SANDBOX_ALLOW(sched_yield,		"helper_copy: the first looks"),
	SANDBOX_ALLOW(nanosleep,		"helper_copy: the others"),
	SANDBOX_ALLOW(clock_nanosleep,		"the same, as libc has it"),

	/* planes */
	SANDBOX_ALLOW(lseek,		"helper_marks, plane_object: of a dma-buf"),
	SANDBOX_ALLOW_IF(fcntl,		"helper_region, helper_table_shim",
			 SANDBOX_INT(1, F_DUPFD_CLOEXEC)),
	SANDBOX_ALLOW_IF(fcntl,		"helper_region, plane_object",
			 SANDBOX_INT(1, F_GET_SEALS)),
	SANDBOX_ALLOW_IF(fcntl,		"plane_object", SANDBOX_INT(1, F_GETFL)),
	SANDBOX_ALLOW_IF(fcntl,		"plane_object: O_DIRECT", SANDBOX_INT(1, F_SETFL)),
	SANDBOX_ALLOW_IF(ioctl,		"plane_object", SANDBOX_INT(1, DMA_BUF_IOCTL_SYNC)),
	SANDBOX_ALLOW(poll,		"plane_object, helper_serve, helper_shim"),
	SANDBOX_ALLOW(ppoll,		"the same, on ARM"),

	/* the socket for shims */
	SANDBOX_ALLOW_ONLY(accept4,	"helper_shim", WITH_SHIM),
	SANDBOX_ALLOW_ONLY(getsockopt,	"helper_shim: SO_PEERCRED", WITH_SHIM,
			   SANDBOX_INT(1, SOL_SOCKET), SANDBOX_INT(2, SO_PEERCRED)),
	SANDBOX_ALLOW_ONLY(setsockopt,	"helper_hangup: SO_PASSCRED", WITH_SHIM,
			   SANDBOX_INT(1, SOL_SOCKET), SANDBOX_INT(2, SO_PASSCRED)),
	SANDBOX_ALLOW_ONLY(ioctl,	"helper_unread", WITH_SHIM, SANDBOX_INT(1, SIOCOUTQ)),
	SANDBOX_ALLOW_ONLY(ioctl,	"helper_export", WITH_SHIM, SANDBOX_INT(1, UDMABUF_CREATE)),
	SANDBOX_ALLOW_ONLY(shutdown,	"helper_hangup", WITH_SHIM),

	/* processes that hang up, and close */
	SANDBOX_ALLOW(pipe2,		"helper_hangup"),
	SANDBOX_ALLOW(dup2,		"helper_hangup: the process"),
	SANDBOX_ALLOW(dup3,		"the same, on ARM"),
	SANDBOX_ALLOW(close_range,	"helper_hangup: the process"),
	SANDBOX_ALLOW(wait4,		"helper_hangup"),

	/* threads and processes, in no namespaces of their own */
	SANDBOX_ALLOW_IF(clone,		"helper_pool, helper_shim; helper_hangup: fork()",
			 SANDBOX_BITS(0, SANDBOX_NAMESPACES | CLONE_PTRACE, 0)),
	SANDBOX_FAIL(clone3,		"libc: then it takes clone(2), whose flags can be seen",
		     ENOSYS),
	SANDBOX_ALLOW_IF(prctl,		"all: names of threads", SANDBOX_INT(0, PR_SET_NAME)),
	SANDBOX_ALLOW(set_robust_list,	"libc: a thread's, a process's begin"),
	SANDBOX_ALLOW(rseq,		"the same"),
	SANDBOX_ALLOW(set_tid_address,	"the same"),
	SANDBOX_ALLOW(gettid,		"the same"),
	SANDBOX_ALLOW(getpid,		"the same"),
	SANDBOX_ALLOW(sched_getaffinity, "libc: pthread_attr_init()"),
	SANDBOX_ALLOW(prlimit64,	"libc: pthread_create()"),
	SANDBOX_ALLOW(rt_sigprocmask,	"libc: pthread_create(), fork()"),
	SANDBOX_ALLOW_IF(rt_sigaction,	"libc: the first thread; SIGSETXID",
			 SANDBOX_INT(0, 33)),
	SANDBOX_ALLOW(futex,		"helper_pool, helper_table; libc"),
	SANDBOX_ALLOW(clock_gettime,	"helper_shim: where the vDSO has no clock"),
	SANDBOX_ALLOW(restart_syscall,	"the kernel, after SIGCONT"),
	SANDBOX_ALLOW(rt_sigreturn,	"the kernel, after a handler"),
	SANDBOX_ALLOW(exit,		"helper_pool: the end of a thread"),
	SANDBOX_ALLOW(exit_group,	"helper"),

	/* memory */
	SANDBOX_ALLOW_IF(mmap,		"helper_region; libc: malloc(), stacks",
			 SANDBOX_BITS(2, PROT_EXEC, 0)),
	SANDBOX_ALLOW_IF(mprotect,	"libc: stacks", SANDBOX_BITS(2, PROT_EXEC, 0)),
	SANDBOX_ALLOW(munmap,		"helper_region; libc"),
	SANDBOX_ALLOW(mremap,		"realloc()"),
	SANDBOX_ALLOW(brk,		"malloc()"),
	SANDBOX_ALLOW(madvise,		"libc: stacks"),
	SANDBOX_ALLOW(getrandom,	"malloc()"),

#ifdef SANDBOX_TOOLS
	SANDBOX_ALLOW(openat,		"sanitizers: /proc/self/maps; gcov: its files"),
	SANDBOX_ALLOW(newfstatat,	"sanitizers"),
	SANDBOX_ALLOW(readlink,		"sanitizers"),
	SANDBOX_ALLOW(sigaltstack,	"sanitizers"),
	SANDBOX_ALLOW(rt_sigaction,	"sanitizers"),
	SANDBOX_ALLOW(prctl,		"sanitizers"),
	SANDBOX_ALLOW(getppid,		"sanitizers"),
	SANDBOX_ALLOW(tgkill,		"sanitizers"),
	SANDBOX_ALLOW(fcntl,		"gcov: locks"),
	SANDBOX_ALLOW(mkdir,		"gcov"),
#endif
};
/* clang-format on */

int sandbox_helper(bool ptrace, bool shim)
{
	return sandbox_enter(
		helper_calls, sizeof(helper_calls) / sizeof(helper_calls[0]),
		(ptrace ? WITH_PTRACE : 0) | (shim ? WITH_SHIM : 0));
}
