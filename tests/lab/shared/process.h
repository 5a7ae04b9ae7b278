/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time, processes and threads, for the programs of the lab.
 *
 * What a program needs for its test and does not get ends it, with one line on
 * stderr.
 */
#ifndef TESTS_LAB_SHARED_PROCESS_H
#define TESTS_LAB_SHARED_PROCESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** fatal() - Say "@what: strerror(errno)" and exit with 1 */
_Noreturn void fatal(const char *what);

/** zeroed() - @len zeroes, the caller's to free(); never NULL */
void *zeroed(size_t len);

/**
 * beside() - The path of a program that stands beside this one
 * @path:	Gets it, @size bytes
 * @name:	Relative to this program's directory
 */
void beside(char *path, size_t size, const char *name);

void pause_ms(long ms);

/* CLOCK_MONOTONIC */
uint64_t now_ns(void);
long now_ms(void);

/* ---- processes ---------------------------------------------------------------- */

/** shared_memory() - @len zero bytes that children share */
void *shared_memory(size_t len);

/** fork_child() - A child that does not outlive us */
pid_t fork_child(void);

/**
 * become() - Give up root for a user and the group of the same number, without any
 * other group; 0: do not
 */
void become(uid_t uid);

/**
 * process_line() - The first line of the file @name of /proc/@pid
 *
 * Return: the calling thread's copy, until its next call; "" if there is none
 */
const char *process_line(pid_t pid, const char *name);

/** process_state() - R, S, D, T, Z, ... or 0 if there is no such process */
char process_state(pid_t pid);

/** process_sleeps() - Does it sleep in system call @nr? */
bool process_sleeps(pid_t pid, long nr);

/** process_children() - Their ids.  Return: how many, at most @max */
unsigned int process_children(pid_t pid, pid_t *out, unsigned int max);

/** process_any_in_d_state() - Is anybody in D state, or a thread of theirs, but the
 * kernel's own?
 */
bool process_any_in_d_state(void);

/** process_ends() - Whether the child has ended within @ms, and its status */
bool process_ends(pid_t pid, long ms, int *status);

/**
 * process_cpu() - CPU time of all its threads, ended ones included
 *
 * Return: false, with errno set, if there is no such process
 */
bool process_cpu(pid_t pid, uint64_t *ns);

/** process_cpu_ns() - The same; there is no failure */
uint64_t process_cpu_ns(pid_t pid);

/* ---- threads that wait ---------------------------------------------------------- */

/**
 * struct waiter - A thread that makes one call
 * @number:	Of the system call
 * @run:	Makes it.  Return: in words
 */
struct waiter {
	pthread_t thread;
	int fd;
	long number;
	const char *(*run)(int fd);
	atomic_int tid;
	char result[64];
};

/** waiter_start() - It waits then, and whoever looks at it has looked */
void waiter_start(struct waiter *waiter, int fd, long number,
		  const char *(*run)(int fd));

/** waiter_waits() - Does it wait in its call now? */
bool waiter_waits(const struct waiter *waiter);

/** waiter_end() - What @run said, or "hangs" after 5 s */
const char *waiter_end(struct waiter *waiter);

#endif
