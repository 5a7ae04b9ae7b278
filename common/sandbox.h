/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a process gives up for good: by a table, all system calls but those in it.
 *
 * A call that is not there kills the whole process (SIGSYS, which nothing can catch
 * then), so that whoever has taken it over cannot try one after the other.
 *
 * The tables are the daemons', each in a file of its own, where each row says who
 * needs the call.  What glibc makes of a function depends on its version and on the
 * machine: rows for all of these stand beside each other, and what a machine does
 * not have is left out there.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <sched.h>
#include <seccomp.h>
#include <stddef.h>

#define SANDBOX_ARGS_MAX 3

/*
 * Sanitizers, valgrind and gcov make calls of their own: rows for these stand in
 * #ifdef SANDBOX_TOOLS.  A release build has none of them.
 */
#ifndef SANDBOX_TOOLS
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_TOOLS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_TOOLS 1
#endif
#endif
#endif

/**
 * struct sandbox_call - A system call that may be made
 * @call:	Its number; below 0: this machine has none
 * @error:	0; or instead of being made it fails with this errno
 * @only:	0: always; else bits, one of which sandbox_enter() must be given
 * @args:	What arguments it must have, all of them; op 0: no more of these
 *
 * Of rows with the same call one must fit.
 */
struct sandbox_call {
	int call;
	int error;
	unsigned int only;
	struct scmp_arg_cmp args[SANDBOX_ARGS_MAX];
};

/* Rows: WHO is for the reader alone. */
#define SANDBOX_ALLOW(NAME, WHO)                                               \
	{                                                                      \
		.call = SCMP_SYS(NAME)                                         \
	}
#define SANDBOX_ALLOW_ONLY(NAME, WHO, BITS, ...)                               \
	{                                                                      \
		.call = SCMP_SYS(NAME), .only = (BITS), .args = {              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define SANDBOX_ALLOW_IF(NAME, WHO, ...)                                       \
	SANDBOX_ALLOW_ONLY(NAME, WHO, 0, __VA_ARGS__)
#define SANDBOX_FAIL(NAME, WHO, ERROR)                                         \
	{                                                                      \
		.call = SCMP_SYS(NAME), .error = (ERROR)                       \
	}

#define SANDBOX_FAIL_ONLY(NAME, WHO, BITS, ERROR, ...)                         \
	{                                                                      \
		.call = SCMP_SYS(NAME), .error = (ERROR), .only = (BITS),      \
		.args = {                                                      \
			__VA_ARGS__                                            \
		}                                                              \
	}

/* Arguments: N from 0.  The kernel does not look at the upper half of an int. */
#define SANDBOX_INT(N, VALUE)                                                  \
	{                                                                      \
		(N), SCMP_CMP_MASKED_EQ, 0xffffffffu, (unsigned int)(VALUE)    \
	}
#define SANDBOX_BITS(N, MASK, VALUE)                                           \
	{                                                                      \
		(N), SCMP_CMP_MASKED_EQ, (unsigned int)(MASK),                 \
			(unsigned int)(VALUE)                                  \
	}

/* Flags of clone(2) that no process or thread of ours is begun with */
#define SANDBOX_NAMESPACES                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/**
 * sandbox_enter() - Make no other calls from now on
 * @only:	Bits: which of the rows that are not for always count, too
 *
 * Threads that this one makes are bound by it; those that there are, not.  Gains no
 * rights by execve(2) any more (PR_SET_NO_NEW_PRIVS).
 *
 * Return: 0 or a negative errno, and then no call has been given up: -ENOSYS if the
 * kernel has no seccomp
 */
int sandbox_enter(const struct sandbox_call *calls, size_t count,
		  unsigned int only);

/**
 * struct sandbox_filter - A table as the kernel takes it
 *
 * For processes that are forked later: they need not make it, each for itself.
 */
struct sandbox_filter {
	const void *bytes;
	size_t len;
};

/**
 * sandbox_make() - Make a filter, without using it
 * @calls:	With @count and @only, as for sandbox_enter()
 *
 * It is there for good.
 *
 * Return: 0 or a negative errno: -ENOSYS if the kernel has no seccomp
 */
int sandbox_make(struct sandbox_filter *filter,
		 const struct sandbox_call *calls, size_t count,
		 unsigned int only);

/**
 * sandbox_load() - As sandbox_enter(), with a filter that was made
 *
 * Return: 0 or a negative errno: -ENOSYS if the kernel has no seccomp
 */
int sandbox_load(const struct sandbox_filter *filter);

/**
 * sandbox_signal_self() - Send signals by tgkill(2) to this process alone
 *
 * What a table cannot say, as it is made before there is a process.
 *
 * Return: 0 or a negative errno
 */
int sandbox_signal_self(void);

/**
 * sandbox_hide() - No core file, and nobody but root may look into this process
 *
 * Its files in /proc are root's then, for itself, too.
 *
 * Return: 0 or a negative errno
 */
int sandbox_hide(void);

#endif
