// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a guest is told before it asks.
 */
#include "hostd/memo_parts.h"

#include <stdlib.h>
#include <string.h>

/** struct memo_pace - Once in @each_ns, or @row times one after the other */
struct memo_pace {
	uint64_t each_ns;
	uint64_t row;
};

/*
 * All questions of a class are asked for telling it, and a program that changes controls
 * looks at a few.  So they are not asked more often than once in so long, or a few times
 * in a row, however often it changes.  Nor are they by who opens the device again and
 * again.
 */
static const struct memo_pace telling = { 250 * LOOP_MS, 4 };
static const struct memo_pace checking = { 50 * LOOP_MS, 32 };

static bool may(const struct memo_pace *pace, uint64_t paid_ns, uint64_t now)
{
	return paid_ns <= now + (pace->row - 1) * pace->each_ns;
}

static void pay(const struct memo_pace *pace, uint64_t *paid_ns, uint64_t now)
{
	if (*paid_ns < now)
		*paid_ns = now;
	*paid_ns += pace->each_ns;
}

static struct memo_job *new_job(struct host_memo *memo, uint32_t classes)
{
	struct memo_job *job = calloc(1, sizeof(*job));
	unsigned int i;

	if (!job)
		return NULL;
	job->memo = memo;
	job->classes = classes;
	job->listens = classes & VMS_MEMO_CONTROLS && !memo->monitor;
	for (i = 0; i < VMS_MEMO_CLASSES; i++) {
		job->answers[i].class = 1u << i;
		job->answers[i].epoch = memo->classes[i].epoch;
	}
	return job;
}

/* Not for a guest that does not read what it is told. */
static uint32_t due(const struct host_memo *memo, uint32_t class)
{
	const struct client_output *output = memo->config.output;

	if (output->ops->congested(output->owner) ||
	    !may(&telling, memo->classes[memo_class_index(class)].paid_ns,
		 loop_now(memo->config.loop)))
		return 0;
	return class & ~(memo->told | memo->walking);
}

struct memo_job *memo_job_ioctl(struct host_memo *memo,
				const struct payload *payload, bool *sleeps)
{
	uint32_t class = payload->desc->memo;
	uint8_t key[MEMO_KEY_MAX];
	struct memo_job *job;
	size_t key_len;

	if (!memo || !(class & memo->config.lasting) ||
	    (class == VMS_MEMO_CONTROLS && memo->deaf))
		return NULL;
	key_len = memo_key(payload, key);
	if (!key_len)
		return NULL;
	job = new_job(memo, due(memo, class));
	if (!job)
		return NULL;
	job->class = class;
	job->key_len = key_len;
	memcpy(job->key, key, key_len);
	memo->walking |= job->classes;
	*sleeps |= job->classes != 0;
	/* Whatever comes of it. */
	if (job->classes)
		pay(&telling, &memo->classes[memo_class_index(class)].paid_ns,
		    loop_now(memo->config.loop));
	return job;
}

struct memo_job *memo_job_open(struct host_memo *memo)
{
	struct memo_job *job;
	unsigned int i;
	uint64_t now;

	if (!memo || !memo->told)
		return NULL;
	now = loop_now(memo->config.loop);
	job = may(&checking, memo->checked_ns, now) ? new_job(memo, memo->told)
						    : NULL;
	if (!job) {
		host_memo_spoil(memo, VMS_MEMO_ALL);
		return NULL;
	}
	pay(&checking, &memo->checked_ns, now);
	job->checks = true;
	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		job->answers[i].dropped = true;
	return job;
}

void memo_job_run(struct memo_job *job, struct device_file *file)
{
	const struct host_memo_config *config;
	uint32_t classes;
	unsigned int i;

	if (!job || !job->classes)
		return;
	job->ran = true;
	config = &job->memo->config;
	classes = job->classes;
	/* First, or what happens in between is not heard. */
	if (job->listens && memo_monitor_open(config->device, config->index,
					      config->opener, &job->monitor))
		classes &= ~(uint32_t)VMS_MEMO_CONTROLS;
	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		if (classes & 1u << i &&
		    !memo_answers_ask(&job->answers[i], file, config->grant))
			job->asked |= 1u << i;
}

/* ---- answers ----------------------------------------------------------- */

static bool same_epoch(const struct memo_job *job, unsigned int i)
{
	return job->answers[i].epoch == job->memo->classes[i].epoch;
}

static void tell(struct host_memo *memo, const struct memo_answers *answers,
		 unsigned int i)
{
	memo_answers_send(answers, memo->config.output);
	memo->classes[i].count += answers->count;
	memo->classes[i].content += answers->content;
}

static void tell_all(struct memo_job *job, unsigned int i)
{
	struct host_memo *memo = job->memo;

	if (!(job->asked & 1u << i) || !same_epoch(job, i) ||
	    (1u << i == VMS_MEMO_CONTROLS && !memo->monitor))
		return;
	tell(memo, &job->answers[i], i);
	memo->classes[i].hash = job->answers[i].hash;
	memo->told |= 1u << i;
}

/* What was told in the meantime is as new as what was asked. */
static void check(struct memo_job *job, unsigned int i)
{
	struct host_memo *memo = job->memo;

	if (!same_epoch(job, i))
		return;
	if (!(job->asked & 1u << i) ||
	    memo->classes[i].hash != job->answers[i].hash ||
	    (1u << i == VMS_MEMO_CONTROLS && !memo->monitor))
		host_memo_spoil(memo, 1u << i);
}

/* The question itself, which need not be among those that hostd asks. */
static void tell_one(struct memo_job *job, const struct payload *payload,
		     int result)
{
	struct host_memo *memo = job->memo;
	struct memo_answers one = { 0 };
	unsigned int i = memo_class_index(job->class);

	if (!(memo->told & job->class) || !same_epoch(job, i))
		return;
	one.class = job->class;
	one.epoch = memo->classes[i].epoch;
	if (!memo_answers_add(&one, job->key, job->key_len, payload, result) &&
	    memo->classes[i].count + one.count <= VMS_MEMO_ENTRIES_MAX &&
	    memo->classes[i].content + one.content <= VMS_MEMO_BYTES_MAX)
		tell(memo, &one, i);
	memo_answers_finish(&one);
}

void memo_job_answer(struct memo_job *job, const struct payload *payload,
		     int result)
{
	unsigned int i;

	if (!job)
		return;
	memo_take_over_monitor(job->memo, job);
	/* What was heard until now was before what is told now. */
	host_memo_look(job->memo);
	for (i = 0; i < VMS_MEMO_CLASSES; i++) {
		if (!(job->classes & 1u << i))
			continue;
		if (job->checks)
			check(job, i);
		else
			tell_all(job, i);
	}
	if (!job->checks)
		job->memo->walking &= ~job->classes;
	if (payload)
		tell_one(job, payload, result);
}

void memo_job_free(struct memo_job *job)
{
	unsigned int i;

	if (!job)
		return;
	memo_monitor_close(job->monitor);
	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		memo_answers_finish(&job->answers[i]);
	free(job);
}
