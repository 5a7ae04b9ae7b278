// SPDX-License-Identifier: BSD-3-Clause
/*
 * Jobs that the memory helper has, and what it answers.
 *
 * Results come in the order in which jobs end.  Bytes of a READ are received
 * where they belong; if the job is withdrawn meanwhile, into nowhere.
 */
#include "guestd/memory_jobs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/rights.h"
#include "common/stats.h"

#define JOBS_BATCH 64 /* extents received at a time */

static void jobs_drop_object(struct memory_jobs *jobs)
{
	if (jobs->object >= 0)
		close(jobs->object);
	jobs->object = -1;
}

static void jobs_link(struct memory_job **list, struct memory_job *job)
{
	job->next = *list;
	job->link = list;
	if (job->next)
		job->next->link = &job->next;
	*list = job;
}

static void jobs_unlink(struct memory_job *job)
{
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
}

static struct memory_job *jobs_find(const struct memory_jobs *jobs, uint32_t id)
{
	struct memory_job *job = jobs->asked;

	while (job && job->id != id)
		job = job->next;
	return job;
}

void memory_jobs_begin(struct memory_jobs *jobs, struct memory_job *job,
		       struct memory *memory)
{
	assert(!job->memory && job->done);

	do
		jobs->last_id++;
	while (jobs->last_id == 0 || jobs_find(jobs, jobs->last_id));

	job->memory = memory;
	job->id = jobs->last_id;
	job->identity = (struct memory_identity){ 0 };
	job->object.fd = -1;
	job->extents = NULL;
	job->count = 0;
	job->len = 0;
	job->copied = 0;
	jobs_link(&jobs->asked, job);
}

void memory_jobs_fail(struct memory_jobs *jobs, struct memory_job *job)
{
	jobs_unlink(job);
	job->id = 0;
	jobs_link(&jobs->ended, job);
	loop_timer_set(jobs->timer, 0);
}

void memory_jobs_forget(struct memory_jobs *jobs, struct memory_job *job)
{
	if (jobs->filling == job)
		jobs->filling = NULL;
	jobs_unlink(job);
	free(job->extents);
	job->extents = NULL;
	job->id = 0;
	job->memory = NULL;
}

static void jobs_done(struct memory_jobs *jobs, struct memory_job *job,
		      int result)
{
	memory_jobs_forget(jobs, job);
	job->done(job, result);
}

static void jobs_on_timer(void *data)
{
	struct memory_jobs *jobs = data;
	struct memory_job *ending = jobs->ended;

	/* What done() asks for goes into another list, so this ends. */
	jobs->ended = NULL;
	if (ending)
		ending->link = &ending;
	while (ending)
		jobs_done(jobs, ending, -EFAULT);
}

int memory_jobs_init(struct memory_jobs *jobs, struct loop *loop)
{
	*jobs = (struct memory_jobs){ .object = -1 };
	return loop_timer(loop, jobs_on_timer, jobs, &jobs->timer);
}

void memory_jobs_finish(struct memory_jobs *jobs)
{
	while (jobs->asked)
		memory_jobs_forget(jobs, jobs->asked);
	while (jobs->ended)
		memory_jobs_forget(jobs, jobs->ended);
	loop_timer_destroy(jobs->timer);
	jobs->timer = NULL;
	jobs_drop_object(jobs);
}

/* Return: 0, or -ENOMEM if it found no room on its way */
static int jobs_take_object(struct memory_jobs *jobs, struct memory_job *job)
{
	const struct helper_result *result = &jobs->result;

	if (!result->object_kind)
		return 0;
	if (jobs->object < 0)
		return -ENOMEM;
	job->object.fd = jobs->object;
	job->object.kind = result->object_kind;
	job->object_len = result->object_len;
	jobs->object = -1;
	return 0;
}

static void jobs_finish_result(struct memory_jobs *jobs)
{
	const struct helper_result *result = &jobs->result;
	struct memory_job *job = jobs->filling;
	int ret = result->result;

	jobs->result_len = 0;
	if (job && !ret)
		ret = jobs_take_object(jobs, job);
	jobs_drop_object(jobs);
	if (!job)
		return;

	if (!result->result)
		stats_add(STATS_USERPTR, job->copied);
	job->identity.tgid = result->identity.tgid;
	job->identity.start_time = result->identity.start_time;
	jobs_done(jobs, job, ret);
}

/* As recv(), but for the descriptor that may come along. */
static ssize_t jobs_receive_object(struct memory_jobs *jobs, int fd,
				   void *bytes, size_t len)
{
	int object;
	ssize_t got = rights_receive(fd, bytes, len, &object, 0);

	if (got < 0 || object < 0)
		return got;
	jobs_drop_object(jobs);
	jobs->object = object;
	return got;
}

static ssize_t jobs_receive_result(struct memory_jobs *jobs, int fd)
{
	struct helper_result *result = &jobs->result;
	struct memory_job *job;
	ssize_t got;

	got = jobs_receive_object(jobs, fd,
				  (uint8_t *)result + jobs->result_len,
				  sizeof(*result) - jobs->result_len);
	if (got <= 0)
		return got;
	jobs->result_len += (size_t)got;
	if (jobs->result_len < sizeof(*result))
		return got;

	job = jobs_find(jobs, result->id);
	if (job && result->len != (result->result ? 0 : job->len))
		return -EPROTO;

	jobs->filling = job;
	jobs->filled = 0;
	jobs->bytes_left = result->len;
	if (!jobs->bytes_left)
		jobs_finish_result(jobs);
	return got;
}

static ssize_t jobs_receive_nowhere(struct memory_jobs *jobs, int fd)
{
	uint8_t bytes[4096];
	size_t len = jobs->bytes_left < sizeof(bytes) ? jobs->bytes_left
						      : sizeof(bytes);

	return recv(fd, bytes, len, 0);
}

static ssize_t jobs_receive_extents(struct memory_jobs *jobs, int fd)
{
	struct memory_job *job = jobs->filling;
	struct iovec *extent = &job->extents[jobs->filled];
	unsigned int count;
	size_t left;
	ssize_t got;

	while (!extent->iov_len)
		extent++;
	count = job->count - (unsigned int)(extent - job->extents);
	got = readv(fd, extent, count < JOBS_BATCH ? (int)count : JOBS_BATCH);

	for (left = got > 0 ? (size_t)got : 0; left;) {
		size_t part = left < extent->iov_len ? left : extent->iov_len;

		extent->iov_base = (uint8_t *)extent->iov_base + part;
		extent->iov_len -= part;
		left -= part;
		if (!extent->iov_len)
			extent++;
	}
	jobs->filled = (unsigned int)(extent - job->extents);
	return got;
}

ssize_t memory_jobs_receive(struct memory_jobs *jobs, int fd)
{
	ssize_t got;

	if (!jobs->bytes_left)
		return jobs_receive_result(jobs, fd);

	got = jobs->filling ? jobs_receive_extents(jobs, fd)
			    : jobs_receive_nowhere(jobs, fd);
	if (got <= 0)
		return got < 0 ? -errno : 0;

	jobs->bytes_left -= (size_t)got;
	if (!jobs->bytes_left)
		jobs_finish_result(jobs);
	return got;
}
