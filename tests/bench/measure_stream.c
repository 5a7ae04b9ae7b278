// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames: how soon the first one comes behind open(), how many come, how old they are,
 * how evenly they come, and what they cost.
 *
 * The first frame is one thing, and those behind it are another: costs, rates and
 * numbers are of the latter.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/costs.h"
#include "tests/bench/kernel.h"
#include "tests/bench/stream.h"

#define GROUP "stream"
#define COST  "cost"

static const struct measure first_frame = { GROUP, "open() to first frame", "",
					    "ms", MEASURE_VALUE };
static const struct measure rate = { GROUP, "frames per second", "", "",
				     MEASURE_VALUE };
static const struct measure of_nominal = { GROUP, "of nominal rate", "", "%",
					   MEASURE_VALUE };
static const struct measure delivery = { GROUP, "timestamp to program", "",
					 "us", MEASURE_VALUE };
static const struct measure queueing = { GROUP, "QBUF", "", "us",
					 MEASURE_VALUE };
static const struct measure jitter = { GROUP, "jitter of arrival", "", "us",
				       MEASURE_VALUE };
static const struct measure lost = { GROUP, "lost frames", "", "",
				     MEASURE_TOTAL };
static const struct measure damaged = { GROUP, "damaged frames", "", "",
					MEASURE_TOTAL };

/* What processes have used, and whether they were there */
struct usage {
	struct costs costs[RESULTS_PROCESSES_MAX];
	int error[RESULTS_PROCESSES_MAX];
};

static void look(const struct results *results, unsigned int i,
		 struct usage *usage)
{
	usage->error[i] =
		costs_look(results->processes[i].pid, &usage->costs[i]);
}

/* This process, whose own looking costs, is the first one: it is last before. */
static void look_before(const struct results *results, struct usage *before)
{
	unsigned int i;

	for (i = results->process_count; i-- > 0;)
		look(results, i, before);
}

static void look_after(const struct results *results, struct usage *after)
{
	unsigned int i;

	for (i = 0; i < results->process_count; i++)
		look(results, i, after);
}

static void take_memory(struct results *results,
			const struct results_process *process)
{
	const struct measure memory = { COST, "memory", process->name, "KiB",
					MEASURE_VALUE };
	double kb;
	int ret = costs_memory(process->pid, &kb);

	if (ret)
		results_cannot(results, &memory, "%s", strerror(-ret));
	else
		results_take(results, &memory, kb);
}

/* Of @frames */
static void take_costs(struct results *results,
		       const struct results_process *process,
		       const struct costs *before, const struct costs *after,
		       unsigned int frames)
{
	const struct measure cpu = { COST, "CPU time per frame", process->name,
				     "us", MEASURE_VALUE };
	const struct measure copied = { COST, "read() and write() per frame",
					process->name, "bytes", MEASURE_VALUE };

	/* Some processes below may have ended. */
	results_take(results, &cpu,
		     fmax((double)after->cpu_ns - (double)before->cpu_ns, 0) /
			     1e3 / frames);
	if (after->has_copied && before->has_copied)
		results_take(
			results, &copied,
			fmax((double)after->copied - (double)before->copied,
			     0) /
				frames);
	else
		results_cannot(results, &copied, "/proc/%d/io may not be read",
			       process->pid);
}

static void take_all_costs(struct results *results, const struct usage *before,
			   const struct usage *after)
{
	unsigned int i;

	for (i = 0; i < results->process_count; i++) {
		const struct results_process *process = &results->processes[i];
		const struct measure cpu = { COST, "CPU time per frame",
					     process->name, "us",
					     MEASURE_VALUE };
		int ret = after->error[i] ? after->error[i] : before->error[i];

		if (ret)
			results_cannot(results, &cpu, "%s", strerror(-ret));
		else
			take_costs(results, process, &before->costs[i],
				   &after->costs[i], results->frames);
		take_memory(results, process);
	}
}

/* ---- frames ----------------------------------------------------------------------- */

/* A driver that was late may count back: vivid gives the same number twice then. */
static unsigned int between(uint32_t before, uint32_t after)
{
	int32_t ahead = (int32_t)(after - before);

	return ahead > 1 ? (unsigned int)ahead - 1 : 0;
}

static void take_frame(struct results *results,
		       const struct stream_frame *frame,
		       const struct stream_frame *before)
{
	if (!frame->described) {
		results_cannot(results, &lost, "read() has no numbers");
		results_cannot(results, &damaged, "read() has no flags");
		results_cannot(results, &delivery, "read() has no timestamps");
		results_cannot(results, &queueing, "read() has no buffers");
		return;
	}
	results_take(results, &damaged, frame->damaged);
	results_take(results, &queueing, (double)frame->queueing_ns / 1e3);
	/* A buffer that was only given back has the number and time of none. */
	if (frame->damaged)
		return;
	results_take(results, &lost,
		     between(before->sequence, frame->sequence));
	if (frame->stamped)
		results_take(
			results, &delivery,
			((double)frame->arrived_ns - (double)frame->stamp_ns) /
				1e3);
	else
		results_cannot(results, &delivery,
			       "its timestamps are not of CLOCK_MONOTONIC");
}

/* Of @count frames and the one before them */
static void take_rates(struct results *results, double nominal,
		       const struct stream_frame *frames, unsigned int count)
{
	double seconds =
		(double)(frames[count].arrived_ns - frames[0].arrived_ns) / 1e9;
	double even = nominal ? 1 / nominal : seconds / count;
	unsigned int i;

	results_take(results, &rate, count / seconds);
	if (nominal)
		results_take(results, &of_nominal,
			     100 * count / seconds / nominal);
	else
		results_cannot(results, &of_nominal, "G_PARM says none");
	for (i = 1; i <= count; i++)
		results_take(results, &jitter,
			     fabs((double)(frames[i].arrived_ns -
					   frames[i - 1].arrived_ns) /
					  1e9 -
				  even) *
				     1e6);
}

/* The first frame is there already. */
static int take_frames(struct results *results, struct stream *stream,
		       struct stream_frame *frames)
{
	struct usage before = { 0 };
	struct usage after = { 0 };
	unsigned int whole = 0;
	unsigned int i;
	int ret;

	look_before(results, &before);
	for (i = 1; i <= results->frames; i++) {
		ret = stream_next(stream, &frames[i]);
		if (ret)
			return ret;
	}
	look_after(results, &after);
	for (i = 1; i <= results->frames; i++) {
		take_frame(results, &frames[i], &frames[whole]);
		if (!frames[i].damaged)
			whole = i;
	}
	take_rates(results, stream->target->nominal, frames, results->frames);
	take_all_costs(results, &before, &after);
	return 0;
}

static void stream_from(struct results *results, const struct target *target,
			uint64_t begun, struct stream_frame *frames)
{
	const struct results_node *node = &results->nodes[results->node];
	struct stream stream;
	int ret =
		stream_begin(&stream, target, (enum stream_method)node->method);

	if (!ret) {
		ret = stream_next(&stream, &frames[0]);
		if (!ret) {
			results_take(results, &first_frame,
				     (double)(frames[0].arrived_ns - begun) /
					     1e6);
			ret = take_frames(results, &stream, frames);
		}
		stream_end(&stream);
	}
	if (ret)
		results_cannot(results, &first_frame, "%s: %s", stream.failed,
			       strerror(-ret));
}

/* @frames has room for the first one and all others. */
static void measure_stream(struct results *results, struct stream_frame *frames)
{
	const struct results_node *node = &results->nodes[results->node];
	uint64_t begun = kernel_now_ns();
	struct target target;
	int ret;

	if (*node->why || !results_could(results, &first_frame))
		return;
	ret = target_look(node->path, NULL, &target);
	if (ret) {
		results_cannot(results, &first_frame, "open(): %s",
			       strerror(-ret));
		return;
	}
	stream_from(results, &target, begun, frames);
	kernel_close(target.fd);
}

void measure_streams(struct results *results)
{
	struct stream_frame *frames =
		calloc(results->frames + 1, sizeof(*frames));
	unsigned int i;

	if (!frames) {
		results->error = -ENOMEM;
		return;
	}
	for (i = 0; i < results->node_count; i++) {
		results_turn(results, 0, i);
		measure_stream(results, frames);
	}
	free(frames);
}
