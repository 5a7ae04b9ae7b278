// SPDX-License-Identifier: BSD-3-Clause
/*
 * The threads of the memory helper.
 *
 * Who owns what, under the pool's lock:
 *
 *	file	while it is open, or has jobs in its queue, or a thread
 *	thread	its own memory; it frees that, and its file if that is closed,
 *		as the last thing it does.  Without a file it was left behind
 *	job	its file's queue, then the thread that runs it
 */
#include "guestd/helper_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/queue.h>

#include "common/log.h"
#include "guestd/helper.h"

#define POOL_NAME      "guestd-copy"
#define POOL_STACK_LEN ((size_t)64 << 10)

struct pool_thread {
	LIST_ENTRY(pool_thread) all;
	struct helper_pool *pool;
	struct pool_file *file; /* NULL: left behind */
	struct helper_job *running;
	struct helper_seen seen;
	pthread_cond_t wake;
};

struct pool_file {
	LIST_ENTRY(pool_file) all;
	uint64_t cookie;
	struct helper_job *first, **last;
	struct pool_thread *thread;
	bool closed;
};

struct helper_pool {
	pthread_mutex_t lock;
	LIST_HEAD(, pool_file) files;
	LIST_HEAD(, pool_thread) threads;
	void (*done)(void *data, struct helper_job *job);
	void *data;
};

int helper_pool_create(void (*done)(void *data, struct helper_job *job),
		       void *data, struct helper_pool **out)
{
	struct helper_pool *pool;

	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;

	pthread_mutex_init(&pool->lock, NULL);
	LIST_INIT(&pool->files);
	LIST_INIT(&pool->threads);
	pool->done = done;
	pool->data = data;
	*out = pool;
	return 0;
}

/* Threads that nobody waits for and that have not come back. */
static bool pool_is_full(const struct helper_pool *pool, uint32_t uid)
{
	const struct pool_thread *thread;
	unsigned int stuck = 0;

	LIST_FOREACH(thread, &pool->threads, all)
	{
		bool left = !thread->file || thread->file->closed;

		if (left && thread->running &&
		    thread->running->request.uid == uid)
			stuck++;
	}
	return stuck >= HELPER_STUCK_MAX;
}

/* Without the lock, because whoever hears of it may be slow. */
static void pool_end(struct helper_pool *pool, struct helper_job *job)
{
	if (!atomic_load(&job->withdrawn))
		pool->done(pool->data, job);
	helper_job_destroy(job);
}

static void pool_refuse(struct helper_pool *pool, struct helper_job *job)
{
	while (job) {
		struct helper_job *next = job->next;

		job->result.result = -EFAULT;
		pool_end(pool, job);
		job = next;
	}
}

/* ---- files ----------------------------------------------------------- */

static struct pool_file *pool_find(struct helper_pool *pool, uint64_t cookie)
{
	struct pool_file *file;

	LIST_FOREACH(file, &pool->files, all)
	if (file->cookie == cookie && !file->closed)
		return file;
	return NULL;
}

static struct pool_file *pool_file_create(struct helper_pool *pool,
					  uint64_t cookie)
{
	struct pool_file *file;

	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;

	file->cookie = cookie;
	file->last = &file->first;
	LIST_INSERT_HEAD(&pool->files, file, all);
	return file;
}

static void pool_file_put(struct pool_file *file, struct helper_job *job)
{
	job->next = NULL;
	*file->last = job;
	file->last = &job->next;
}

/* Take out the job behind @link. */
static struct helper_job *pool_file_take(struct pool_file *file,
					 struct helper_job **link)
{
	struct helper_job *job = *link;

	*link = job->next;
	if (!*link)
		file->last = link;
	job->next = NULL;
	return job;
}

static void pool_file_release(struct pool_file *file)
{
	if (!file->closed || file->first || file->thread)
		return;

	LIST_REMOVE(file, all);
	free(file);
}

/* ---- threads --------------------------------------------------------- */

/* With the lock, which is dropped while it runs. */
static void pool_run(struct pool_thread *thread, struct helper_job *job)
{
	struct helper_pool *pool = thread->pool;
	bool full = pool_is_full(pool, job->request.uid);

	thread->running = job;
	pthread_mutex_unlock(&pool->lock);

	if (full)
		job->result.result = -EFAULT;
	else
		helper_job_run(job, &thread->seen);

	pthread_mutex_lock(&pool->lock);
	thread->running = NULL;
	pthread_mutex_unlock(&pool->lock);

	pool_end(pool, job);
	pthread_mutex_lock(&pool->lock);
}

static void *pool_thread_main(void *data)
{
	struct pool_thread *thread = data;
	struct helper_pool *pool = thread->pool;

	prctl(PR_SET_NAME, POOL_NAME);

	pthread_mutex_lock(&pool->lock);
	while (thread->file) {
		struct pool_file *file = thread->file;

		if (file->first)
			pool_run(thread, pool_file_take(file, &file->first));
		else if (file->closed)
			break;
		else
			pthread_cond_wait(&thread->wake, &pool->lock);
	}

	if (thread->file) {
		thread->file->thread = NULL;
		pool_file_release(thread->file);
	}
	LIST_REMOVE(thread, all);
	pthread_mutex_unlock(&pool->lock);

	helper_proc_forget(&thread->seen);
	pthread_cond_destroy(&thread->wake);
	free(thread);
	return NULL;
}

static int pool_thread_start(struct pool_thread *thread)
{
	pthread_attr_t attr;
	pthread_t id;
	int ret;

	ret = pthread_attr_init(&attr);
	if (ret)
		return -ret;

	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, POOL_STACK_LEN);
	ret = pthread_create(&id, &attr, pool_thread_main, thread);
	pthread_attr_destroy(&attr);
	return -ret;
}

/*
 * Make sure that somebody takes the file's jobs.  Return: the jobs if there is
 * nobody, for pool_refuse().
 */
static struct helper_job *pool_wake(struct helper_pool *pool,
				    struct pool_file *file)
{
	struct pool_thread *thread = file->thread;
	struct helper_job *jobs;
	int ret = -ENOMEM;

	if (thread) {
		pthread_cond_signal(&thread->wake);
		return NULL;
	}

	thread = calloc(1, sizeof(*thread));
	if (thread) {
		thread->pool = pool;
		thread->file = file;
		pthread_cond_init(&thread->wake, NULL);
		ret = pool_thread_start(thread);
	}
	if (!ret) {
		LIST_INSERT_HEAD(&pool->threads, thread, all);
		file->thread = thread;
		return NULL;
	}

	log_err("helper: file %" PRIu64 ": no thread: %d", file->cookie, ret);
	free(thread);
	jobs = file->first;
	file->first = NULL;
	file->last = &file->first;
	return jobs;
}

void helper_pool_add(struct helper_pool *pool, struct helper_job *job)
{
	uint32_t uid = job->request.uid;
	struct helper_job *refused = job;
	struct pool_file *file;

	pthread_mutex_lock(&pool->lock);
	if (pool_is_full(pool, uid)) {
		log_debug("helper: uid %" PRIu32 ": too many stuck threads",
			  uid);
		goto out;
	}

	file = pool_find(pool, job->request.file);
	if (!file)
		file = pool_file_create(pool, job->request.file);
	if (file) {
		pool_file_put(file, job);
		refused = pool_wake(pool, file);
	}

out:
	pthread_mutex_unlock(&pool->lock);
	pool_refuse(pool, refused);
}

/* Return: jobs that now have no thread to run them */
static struct helper_job *pool_leave(struct helper_pool *pool,
				     struct pool_thread *thread)
{
	struct pool_file *file = thread->file;
	struct helper_job *refused = NULL;

	atomic_store(&thread->running->withdrawn, true);
	thread->file = NULL;
	file->thread = NULL;
	if (file->first)
		refused = pool_wake(pool, file);
	pool_file_release(file);
	return refused;
}

static struct helper_job *pool_unqueue(struct helper_pool *pool, uint32_t id)
{
	struct helper_job **link;
	struct pool_file *file;

	LIST_FOREACH(file, &pool->files, all)
	for (link = &file->first; *link; link = &(*link)->next)
		if ((*link)->request.id == id)
			return pool_file_take(file, link);
	return NULL;
}

void helper_pool_withdraw(struct helper_pool *pool, uint32_t id)
{
	struct helper_job *refused = NULL, *unqueued = NULL;
	struct pool_thread *thread;

	pthread_mutex_lock(&pool->lock);
	LIST_FOREACH(thread, &pool->threads, all)
	if (thread->file && thread->running &&
	    thread->running->request.id == id)
		break;
	if (thread)
		refused = pool_leave(pool, thread);
	else
		unqueued = pool_unqueue(pool, id);
	pthread_mutex_unlock(&pool->lock);

	helper_job_destroy(unqueued);
	pool_refuse(pool, refused);
}

void helper_pool_close(struct helper_pool *pool, uint64_t cookie)
{
	struct pool_file *file;

	pthread_mutex_lock(&pool->lock);
	file = pool_find(pool, cookie);
	if (file) {
		file->closed = true;
		if (file->thread)
			pthread_cond_signal(&file->thread->wake);
		pool_file_release(file);
	}
	pthread_mutex_unlock(&pool->lock);
}
