/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread for the calls of one session that sleep.  One job at a time.
 */
#ifndef HOSTD_WORKER_H
#define HOSTD_WORKER_H

#include <stdbool.h>

#include "common/loop.h"

/* Threads of a process, from which on one ends with its job */
#define WORKER_THREADS_KEPT 16

struct worker;

/**
 * struct worker_ops - What a worker does
 * @run:	The job itself, on the worker's thread
 * @done:	It is finished, on the loop; may submit the next one or destroy
 *		the worker
 */
struct worker_ops {
	void (*run)(void *owner, void *job);
	void (*done)(void *owner, void *job);
};

/**
 * worker_create() - A worker without a job; its thread starts with the first, or with
 * another one if it has ended since
 */
int worker_create(struct loop *loop, const struct worker_ops *ops, void *owner,
		  struct worker **out);

/**
 * worker_destroy() - Wait for the job that runs, end the thread
 * @worker:	May be NULL
 *
 * A job that was interrupted still is, until its end.  done() is not called any more.
 */
void worker_destroy(struct worker *worker);

/**
 * worker_submit() - Run a job; only while worker_busy() is false
 *
 * Return: 0, or a negative errno if there can be no thread
 */
int worker_submit(struct worker *worker, void *job);

/** worker_busy() - Has done() not been called for the last job yet? */
bool worker_busy(const struct worker *worker);

/** worker_any_busy() - Is any worker of this process? */
bool worker_any_busy(void);

/**
 * worker_interrupt() - Let the system call of the running job end with EINTR
 *
 * A signal without SA_RESTART goes to the thread, again and again until the
 * job is finished, because one alone might come just before it sleeps.
 */
void worker_interrupt(struct worker *worker);

#endif
