/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What /proc says about a thread.
 *
 * Only files that take no lock of an application's memory are read: syscall,
 * status, stat, fd, fdinfo; never maps, environ, cmdline, mem.  "syscall" waits
 * for an execve(2) of that process, which may close a file on somebody's hung
 * file system, so it is read where waiting harms nobody else.
 *
 * What is opened here stays the same thread: if its number is given to another
 * one, every further look fails.
 */
#ifndef GUESTD_HELPER_PROC_H
#define GUESTD_HELPER_PROC_H

#include <stdint.h>
#include <sys/types.h>

#include "guestd/helper_wire.h"

/**
 * struct helper_seen - A thread that is looked at again and again
 * @tid:	0: none, as if zeroed
 * @proc:	helper_proc_open() of it
 * @call:	Its file "syscall"
 */
struct helper_seen {
	pid_t tid;
	int proc;
	int call;
};

/** struct helper_call - The system call that a thread is inside of */
struct helper_call {
	int64_t nr; /* -1: none */
	uint64_t args[2];
};

/**
 * helper_proc_open() - Hold on to /proc/TID
 *
 * Return: a descriptor for the functions below, to be closed, or a negative
 * errno
 */
int helper_proc_open(pid_t tid);

/**
 * helper_proc_see() - Hold on to that thread, and to none that it held on to before
 *
 * Return: 0 or a negative errno; then it is none
 */
int helper_proc_see(struct helper_seen *seen, pid_t tid);

/** helper_proc_forget() - Let go of it; fine if there is none */
void helper_proc_forget(struct helper_seen *seen);

/**
 * helper_proc_call() - Which system call is it in?
 *
 * The kernel looks each time whether we may know.
 *
 * Return: 0; -EAGAIN while it runs, when nobody can tell; or another negative
 * errno
 */
int helper_proc_call(const struct helper_seen *seen, struct helper_call *call);

/**
 * helper_proc_rdev() - Device number of its descriptor @fd
 *
 * Asks no file system server.
 *
 * Return: 0; -ENOTTY if that is no character device; or another negative errno
 */
int helper_proc_rdev(int proc, uint32_t fd, dev_t *rdev);

/**
 * helper_proc_flags() - Status flags of its descriptor @fd, as F_GETFL
 *
 * Return: 0 or a negative errno
 */
int helper_proc_flags(int proc, uint32_t fd, int *flags);

/**
 * helper_proc_identity() - Which process does it belong to?
 *
 * Return: 0 or a negative errno
 */
int helper_proc_identity(int proc, struct helper_identity *identity);

/**
 * helper_proc_signals() - What memory_signals() wants to know
 *
 * Return: HELPER_SIGNAL_* together, or a negative errno if it cannot be seen
 */
int helper_proc_signals(pid_t tid);

#endif
