// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a guest is told before it asks, and when that is over.
 */
#include "hostd/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/stats.h"

/*
 * All questions of a class are asked for telling it, and a program that changes controls
 * looks at a few.  So it is not told more often than once in so long, or a few times in
 * a row, however often it changes.
 */
#define MEMO_PACE_NS (250 * LOOP_MS)
#define MEMO_ROW_NS  (4 * MEMO_PACE_NS)

/**
 * struct memo_told - What the guest has been told of a class, in this epoch
 * @hash:	Of what was asked in one go
 * @count, @content: Of everything, as in struct memo_answers
 * @paid_ns:	Until when it was told often enough, by loop_now(); not of the epoch
 */
struct memo_told {
	uint32_t epoch;
	uint64_t paid_ns;
	uint64_t hash;
	unsigned int count;
	size_t content;
};

/**
 * struct host_memo - Of a connection
 * @epoch:	The last one that was begun, of any class
 * @told:	Classes that were told in their epoch, bits as in the following
 * @walking:	That somebody is asking
 * @monitor:	Hears of controls, through @watch; NULL: there is none
 * @deaf:	There can be none, as long as there are files
 * @files:	Of sessions
 */
struct host_memo {
	struct host_memo_config config;
	uint32_t epoch;
	struct memo_told classes[VMS_MEMO_CLASSES];
	uint32_t told;
	uint32_t walking;
	struct device_file *monitor;
	struct loop_watch *watch;
	bool deaf;
	unsigned int files;
};

/**
 * struct memo_job - Of a command, from its begin to its answer
 * @classes:	To be asked
 * @checks:	Only to be compared with what was told
 * @listens:	A monitor is needed first; it is @monitor then
 * @ran:	memo_job_run() was called
 * @answers:	One for each class, with the epoch in which the job was begun
 * @asked:	Classes of which that is all
 * @class:	Of the question itself, whose key is @key
 */
struct memo_job {
	struct host_memo *memo;
	uint32_t classes;
	bool checks;
	bool listens;
	bool ran;
	struct device_file *monitor;
	struct memo_answers answers[VMS_MEMO_CLASSES];
	uint32_t asked;
	uint32_t class;
	size_t key_len;
	uint8_t key[MEMO_KEY_MAX];
};

int host_memo_create(const struct host_memo_config *config,
		     struct host_memo **out)
{
	struct host_memo *memo = calloc(1, sizeof(*memo));

	if (!memo)
		return -ENOMEM;
	memo->config = *config;
	*out = memo;
	return 0;
}

static struct device_file *take_monitor(struct host_memo *memo)
{
	struct device_file *monitor = memo->monitor;

	loop_watch_remove(memo->watch);
	memo->watch = NULL;
	memo->monitor = NULL;
	return monitor;
}

void host_memo_destroy(struct host_memo *memo)
{
	if (!memo)
		return;
	memo_monitor_close(take_monitor(memo));
	free(memo);
}

void host_memo_spoil(struct host_memo *memo, uint32_t classes)
{
	struct vms_memo_inval inval = { 0 };
	uint8_t bytes[sizeof(inval)];
	struct wire_writer writer;
	unsigned int i;

	/* Who is asking now may have asked too early. */
	inval.classes = memo ? classes & (memo->told | memo->walking) : 0;
	if (!inval.classes)
		return;
	inval.epoch = ++memo->epoch;
	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		if (inval.classes & 1u << i)
			memo->classes[i] = (struct memo_told){
				.epoch = inval.epoch,
				.paid_ns = memo->classes[i].paid_ns,
			};
	memo->told &= ~inval.classes;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	memo_put_inval(&writer, &inval);
	memo->config.output->ops->memo(memo->config.output->owner,
				       VMS_MEMO_INVAL, bytes, sizeof(bytes));
	stats_add(STATS_MEMO_INVALS, 1);
}

/* ---- the monitor ------------------------------------------------------- */

/* It hears nothing more; the device may have gone. */
static void lose_monitor(struct host_memo *memo)
{
	memo->deaf = true;
	memo_monitor_close(take_monitor(memo));
	host_memo_spoil(memo, VMS_MEMO_ALL);
}

static void look(struct host_memo *memo)
{
	bool changed = false;

	if (!memo->monitor)
		return;
	if (memo_monitor_look(memo->monitor, &changed))
		lose_monitor(memo);
	else if (changed)
		host_memo_spoil(memo, VMS_MEMO_CONTROLS);
}

static void monitor_ready(void *data, uint32_t events)
{
	struct host_memo *memo = data;

	look(memo);
	if (memo->monitor && events & (EPOLLERR | EPOLLHUP))
		lose_monitor(memo);
}

static int watch_monitor(struct host_memo *memo)
{
	uint32_t events;
	int fd = -1;

	events = memo->monitor->device->ops->poll(
		memo->monitor, DEVICE_EVENT | DEVICE_HANGUP, &fd);
	return loop_watch(memo->config.loop, fd, events, monitor_ready, memo,
			  &memo->watch);
}

/* Two sessions may have opened one each; the first is heard. */
static void take_over_monitor(struct host_memo *memo, struct memo_job *job)
{
	int ret;

	if (!job->listens || !job->ran || memo->monitor)
		return;
	memo->monitor = job->monitor;
	job->monitor = NULL;
	if (!memo->monitor) {
		memo->deaf = true;
		return;
	}
	ret = watch_monitor(memo);
	if (ret) {
		log_err("device %s: watching its controls: %s",
			memo->config.device->name, strerror(-ret));
		lose_monitor(memo);
	}
}

void host_memo_opened(struct host_memo *memo)
{
	if (!memo)
		return;
	memo->files++;
	/* The last file, and the monitor with it, may have gone in between. */
	if (!memo->monitor)
		host_memo_spoil(memo, VMS_MEMO_CONTROLS);
}

struct device_file *host_memo_closing(struct host_memo *memo)
{
	if (!memo || --memo->files)
		return NULL;
	memo->deaf = false;
	return take_monitor(memo);
}

/* ---- jobs -------------------------------------------------------------- */

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

static unsigned int number_of(uint32_t class)
{
	unsigned int i = 0;

	while (class != 1u << i)
		i++;
	return i;
}

/* Not for a guest that does not read what it is told. */
static uint32_t due(const struct host_memo *memo, uint32_t class)
{
	const struct client_output *output = memo->config.output;

	if (output->ops->congested(output->owner) ||
	    memo->classes[number_of(class)].paid_ns >
		    loop_now(memo->config.loop) + MEMO_ROW_NS - MEMO_PACE_NS)
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
	return job;
}

struct memo_job *memo_job_open(struct host_memo *memo)
{
	struct memo_job *job;
	unsigned int i;

	if (!memo || !memo->told)
		return NULL;
	job = new_job(memo, memo->told);
	if (!job) {
		host_memo_spoil(memo, VMS_MEMO_ALL);
		return NULL;
	}
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

static void pay(struct memo_told *told, uint64_t now)
{
	if (told->paid_ns < now)
		told->paid_ns = now;
	told->paid_ns += MEMO_PACE_NS;
}

static void tell_all(struct memo_job *job, unsigned int i)
{
	struct host_memo *memo = job->memo;

	if (!(job->asked & 1u << i) || !same_epoch(job, i) ||
	    (1u << i == VMS_MEMO_CONTROLS && !memo->monitor))
		return;
	tell(memo, &job->answers[i], i);
	memo->classes[i].hash = job->answers[i].hash;
	pay(&memo->classes[i], loop_now(memo->config.loop));
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
	unsigned int i = number_of(job->class);

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
	take_over_monitor(job->memo, job);
	/* What was heard until now was before what is told now. */
	look(job->memo);
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
