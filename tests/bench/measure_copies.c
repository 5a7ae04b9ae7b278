// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bytes that processes copy for a frame: those that /proc/PID/io has of them, and those
 * that the kernel's tracing counts.
 *
 * In a stream of its own, where nothing else is measured: tracing makes every call take
 * longer.  A few frames will do, since each costs as much as the next.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/copies.h"
#include "tests/bench/costs.h"
#include "tests/bench/kernel.h"
#include "tests/bench/stream.h"

#define FRAMES_MAX 30

/* What processes have copied, and whether they were there */
struct copied {
	uint64_t messages[RESULTS_PROCESSES_MAX];
	struct costs costs[RESULTS_PROCESSES_MAX];
	int error[RESULTS_PROCESSES_MAX];
};

static struct measure copied_by(const struct results_process *process)
{
	return (struct measure){ "cost", "copied per frame", process->name,
				 "bytes", MEASURE_VALUE };
}

static void cannot(struct results *results, const char *why)
{
	unsigned int i;

	for (i = 0; i < results->process_count; i++) {
		const struct measure what = copied_by(&results->processes[i]);

		results_cannot(results, &what, "%s", why);
	}
}

static void look(const struct results *results, unsigned int i,
		 struct copied *copied)
{
	copied->error[i] =
		costs_look(results->processes[i].pid, &copied->costs[i]);
}

static int look_at_messages(const struct results *results,
			    struct copies *copies, struct copied *copied)
{
	int ret = copies_look(copies);
	unsigned int i;

	for (i = 0; i < results->process_count && !ret; i++)
		copied->messages[i] =
			costs_messages(results->processes[i].pid, copies);
	return ret;
}

/* This process, whose own looking is read(), is the first one: it is last before. */
static int look_before(const struct results *results, struct copies *copies,
		       struct copied *before)
{
	int ret = look_at_messages(results, copies, before);
	unsigned int i;

	for (i = results->process_count; i-- > 0;)
		look(results, i, before);
	return ret;
}

static int look_after(const struct results *results, struct copies *copies,
		      struct copied *after)
{
	unsigned int i;

	for (i = 0; i < results->process_count; i++)
		look(results, i, after);
	return look_at_messages(results, copies, after);
}

/* Some threads and processes below may have ended. */
static double grown(uint64_t before, uint64_t after)
{
	return fmax((double)after - (double)before, 0);
}

static void take(struct results *results, const struct copied *before,
		 const struct copied *after, unsigned int frames)
{
	unsigned int i;

	for (i = 0; i < results->process_count; i++) {
		const struct results_process *process = &results->processes[i];
		const struct measure what = copied_by(process);
		int ret = after->error[i] ? after->error[i] : before->error[i];

		if (ret)
			results_cannot(results, &what, "%s", strerror(-ret));
		else if (!before->costs[i].has_copied ||
			 !after->costs[i].has_copied)
			results_cannot(results, &what,
				       "/proc/%d/io may not be read",
				       process->pid);
		else
			results_take(results, &what,
				     (grown(before->messages[i],
					    after->messages[i]) +
				      grown(before->costs[i].copied,
					    after->costs[i].copied)) /
					     frames);
	}
}

static int copy_frames(struct results *results, struct stream *stream,
		       struct copies *copies)
{
	unsigned int frames = results->frames;
	struct copied before = { 0 };
	struct copied after = { 0 };
	struct stream_frame frame;
	unsigned int i;
	int ret = stream_next(stream, &frame);

	if (frames > FRAMES_MAX)
		frames = FRAMES_MAX;
	if (!ret)
		ret = look_before(results, copies, &before);
	for (i = 0; i < frames && !ret; i++)
		ret = stream_next(stream, &frame);
	if (!ret)
		ret = look_after(results, copies, &after);
	if (!ret)
		take(results, &before, &after, frames);
	return ret;
}

static void measure_node(struct results *results, struct copies *copies)
{
	const struct results_node *node = &results->nodes[results->node];
	const struct measure own = copied_by(&results->processes[0]);
	struct stream stream = { 0 };
	struct target target;
	char why[COPIES_WHY_LEN];
	int ret;

	if (*node->why || !results_could(results, &own))
		return;
	ret = target_look(node->path, NULL, &target);
	if (ret) {
		cannot(results, strerror(-ret));
		return;
	}
	ret = stream_begin(&stream, &target, (enum stream_method)node->method);
	if (!ret) {
		ret = copy_frames(results, &stream, copies);
		stream_end(&stream);
	}
	kernel_close(target.fd);
	if (!ret)
		return;
	if (stream.failed)
		snprintf(why, sizeof(why), "%s: %s", stream.failed,
			 strerror(-ret));
	else
		snprintf(why, sizeof(why), "%s", copies->why);
	cannot(results, why);
}

void measure_copies(struct results *results, const char *tracefs)
{
	struct copies *copies = calloc(1, sizeof(*copies));
	int ret;
	unsigned int i;

	if (!copies) {
		results->error = -ENOMEM;
		return;
	}
	ret = copies_begin(copies, tracefs);
	for (i = 0; i < results->node_count; i++) {
		results_turn(results, 1, i);
		if (ret)
			cannot(results, copies->why);
		else
			measure_node(results, copies);
	}
	if (!ret)
		copies_end();
	free(copies);
}
