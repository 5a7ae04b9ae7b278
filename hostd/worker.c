// SPDX-License-Identifier: BSD-3-Clause
/*
 * A thread for the calls of one session that sleep.
 *
 * The loop hands a job over by a semaphore and hears of its end by an eventfd, which
 * is watched for edges and never read: a system call each.  There is one job at a
 * time, so neither needs a lock.  The thread itself never touches the session but
 * through ops->run.
 *
 * A guest may have many sessions, but not so many jobs at once (VMS_CMD_WINDOW), and
 * threads are what a machine, or a service of it, has a limit of for all guests
 * together.  So few threads stay when their job is finished.
 */
#include "hostd/worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define WORKER_STACK        (256u << 10) /* only what is touched counts */
#define WORKER_SIGNAL       SIGUSR1
#define WORKER_SIGNAL_AGAIN (20 * LOOP_MS)

#define SECOND_NS ((long)(1000 * LOOP_MS))

struct worker {
	const struct worker_ops *ops;
	void *owner;
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer *again;
	int finished_fd;
	bool started;
	bool busy;
	bool interrupted;
	void *job; /* of the loop's side */

	pthread_t thread;
	sem_t wake;
	void *next; /* handed over, not begun */
};

/* Of all workers of this process; of the loop's side. */
static unsigned int thread_count;
static unsigned int busy_count;

static void ignore_signal(int signo)
{
	(void)signo;
}

static void *worker_thread(void *data)
{
	struct worker *worker = data;
	uint64_t one = 1;
	void *job;

	for (;;) {
		while (sem_wait(&worker->wake) < 0)
			; /* WORKER_SIGNAL came late */
		/* What was handed over is done all the same. */
		job = worker->next;
		if (!job)
			return NULL;
		worker->next = NULL;
		worker->ops->run(worker->owner, job);
		/* An eventfd below its maximum never refuses. */
		if (write(worker->finished_fd, &one, sizeof(one)) < 0)
			abort();
	}
}

/* The loop, whose timer does it otherwise, does not run meanwhile. */
static void worker_join(struct worker *worker)
{
	struct timespec until;

	while (worker->interrupted) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += (long)WORKER_SIGNAL_AGAIN;
		until.tv_sec += until.tv_nsec / SECOND_NS;
		until.tv_nsec %= SECOND_NS;
		if (!pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC,
					  &until))
			return;
		pthread_kill(worker->thread, WORKER_SIGNAL);
	}
	pthread_join(worker->thread, NULL);
}

static void worker_stop(struct worker *worker)
{
	if (!worker->started)
		return;
	/* Woken for nothing, it ends. */
	sem_post(&worker->wake);
	worker_join(worker);
	worker->started = false;
	thread_count--;
}

static void worker_finished(void *data, uint32_t events)
{
	struct worker *worker = data;
	void *job = worker->job;

	(void)events;
	loop_timer_stop(worker->again);
	worker->busy = false;
	busy_count--;
	worker->interrupted = false;
	worker->job = NULL;
	if (thread_count > WORKER_THREADS_KEPT)
		worker_stop(worker);
	worker->ops->done(worker->owner, job);
}

static void worker_signal(void *data)
{
	struct worker *worker = data;

	if (!worker->busy)
		return;
	pthread_kill(worker->thread, WORKER_SIGNAL);
	loop_timer_set(worker->again, WORKER_SIGNAL_AGAIN);
}

/* All signals but ours belong to the loop's thread. */
static int worker_start(struct worker *worker)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	pthread_attr_t attr;
	sigset_t block;
	sigset_t before;
	int ret;

	sigemptyset(&action.sa_mask);
	if (sigaction(WORKER_SIGNAL, &action, NULL) < 0)
		return -errno;
	ret = pthread_attr_init(&attr);
	if (ret)
		return -ret;
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	sigfillset(&block);
	sigdelset(&block, WORKER_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &block, &before);
	ret = pthread_create(&worker->thread, &attr, worker_thread, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	worker->started = !ret;
	thread_count += worker->started;
	return -ret;
}

int worker_create(struct loop *loop, const struct worker_ops *ops, void *owner,
		  struct worker **out)
{
	struct worker *worker;
	int ret;

	worker = calloc(1, sizeof(*worker));
	if (!worker)
		return -ENOMEM;
	worker->ops = ops;
	worker->owner = owner;
	worker->loop = loop;
	worker->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->finished_fd < 0) {
		ret = -errno;
		goto err_free;
	}
	ret = loop_watch(loop, worker->finished_fd, EPOLLIN | EPOLLET,
			 worker_finished, worker, &worker->watch);
	if (ret)
		goto err_close;
	ret = loop_timer(loop, worker_signal, worker, &worker->again);
	if (ret)
		goto err_watch;
	sem_init(&worker->wake, 0, 0);
	*out = worker;
	return 0;

err_watch:
	loop_watch_remove(worker->watch);
err_close:
	close(worker->finished_fd);
err_free:
	free(worker);
	return ret;
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	worker_stop(worker);
	busy_count -= worker->busy;
	loop_timer_destroy(worker->again);
	loop_watch_remove(worker->watch);
	close(worker->finished_fd);
	sem_destroy(&worker->wake);
	free(worker);
}

int worker_submit(struct worker *worker, void *job)
{
	int ret;

	if (!worker->started) {
		ret = worker_start(worker);
		if (ret)
			return ret;
	}
	worker->busy = true;
	busy_count++;
	worker->job = job;
	worker->next = job;
	sem_post(&worker->wake);
	return 0;
}

bool worker_busy(const struct worker *worker)
{
	return worker->busy;
}

bool worker_any_busy(void)
{
	return busy_count;
}

void worker_interrupt(struct worker *worker)
{
	worker->interrupted = worker->busy;
	worker_signal(worker);
}
