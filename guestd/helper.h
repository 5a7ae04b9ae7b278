/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory helper: the process that may touch applications.
 *
 * guestd parses a hostile host's bytes and must answer everybody at once, so it
 * neither has CAP_SYS_PTRACE nor ever waits for a page of an application.  This
 * process does both and parses nothing: it is told thread, open file, address,
 * length and direction, looks into /proc/TID/syscall whether that thread is
 * inside a call on our node, and copies.  Each open file has a thread of its
 * own here; one that is stuck behind somebody's userfaultfd or FUSE page is
 * left behind and replaced, so many per uid and no more.
 *
 * It hands the memory of buffers to applications that have a shim, too: see
 * helper_shim.h.
 *
 * It is forked before guestd opens /dev/cuse or a connection, holds neither,
 * and ends when its socket to guestd closes.  A connection that is over is passed to
 * it, as other descriptors are, to be closed: see memory_dispose.h.
 */
#ifndef GUESTD_HELPER_H
#define GUESTD_HELPER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HELPER_STUCK_MAX 8 /* stuck threads per uid, then EFAULT */

/**
 * helper_start() - Fork it
 * @ptrace:	Copy application memory; needs CAP_SYS_PTRACE.  False
 *		(--no-ptrace): only /proc/TID/status is read
 * @listener:	Socket at which applications' shims will ask, from
 *		shimsocket_create(), stays the caller's; -1: there is none
 * @fd:		Set to guestd's end of the socket, non-blocking
 *
 * Before it returns the helper has tried whether it can read another process's
 * memory.
 *
 * Return: process id, or a negative errno.  If @ptrace cannot be had that is
 * -EPERM, CAP_SYS_PTRACE or CAP_DAC_READ_SEARCH is missing; -EACCES,
 * kernel.yama.ptrace_scope is 3; or -EOPNOTSUPP, something else is in the way.
 * -ENOSYS: no seccomp could be had, which has been logged
 */
pid_t helper_start(bool ptrace, int listener, int *fd);

/** helper_refused() - Is it that @ptrace cannot be had? */
static inline bool helper_refused(pid_t result)
{
	return result == -EPERM || result == -EACCES || result == -EOPNOTSUPP;
}

#endif
