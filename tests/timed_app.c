// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application that compares what it is told of time.
 */
#include "tests/timed_app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

struct timed_app timed_app;

/* ---- how long messages take -------------------------------------------------- */

static uint64_t even(enum delay_direction direction)
{
	(void)direction;
	return two_clocks_roll(100000, 2500000);
}

/* Everything is late on its way to the host. */
static uint64_t late_there(enum delay_direction direction)
{
	return direction == DELAY_TO_HOST ? two_clocks_roll(100000, 4900000)
					  : 100000;
}

static uint64_t late_back(enum delay_direction direction)
{
	return direction == DELAY_TO_GUEST ? two_clocks_roll(100000, 4900000)
					   : 100000;
}

/* One message in ten is fast, and all others as slow and uneven as can be. */
static uint64_t mostly_slow(enum delay_direction direction)
{
	if (two_clocks_roll(0, 9) == 0)
		return 100000;
	return direction == DELAY_TO_HOST ? 4850000 : 150000;
}

/* Ten seconds in one way, ten in the other */
static uint64_t in_turns(enum delay_direction direction)
{
	return two_clocks.now / (10 * SECOND) % 2 ? late_there(direction)
						  : late_back(direction);
}

const struct timed_road timed_roads[TIMED_ROADS] = {
	{ "even", even },           { "late there", late_there },
	{ "late back", late_back }, { "mostly slow", mostly_slow },
	{ "in turns", in_turns },
};

/* ---- frames and events --------------------------------------------------------- */

static void happen(struct timed_story *story)
{
	bool compared = two_clocks.now >= timed_app.forgiven;

	story->truth[story->made++ % TIMED_RING] =
		compared ? two_clocks_guest() : 0;
}

static void tell(struct timed_story *story, uint32_t sequence, uint64_t time)
{
	uint64_t truth = story->truth[sequence % TIMED_RING];
	uint64_t off = time > truth ? time - truth : truth - time;

	if (time < story->last)
		fail_msg("%lu ns backwards",
			 (unsigned long)(story->last - time));
	story->last = time;
	story->told++;
	assert_true(sequence < story->made &&
		    story->made - sequence < TIMED_RING);
	assert_true(time <= two_clocks_guest() + CLOCK_AHEAD);
	/* What had not been delivered when the clock jumped */
	if (!truth || two_clocks.now < timed_app.forgiven)
		return;
	if (off > story->worst)
		story->worst = off;
	if (off > TIMED_BOUND)
		fail_msg("%lu ns off", (unsigned long)off);
}

static void make_frame(void)
{
	unsigned int i;

	/* 10 minutes of QBUF are more than it can write down. */
	fake.record_count = 0;
	for (i = 0; i < TIMED_BUFFERS; i++)
		if (fake.queues[CAPTURE].buffers[i].state == FAKE_QUEUED)
			break;
	if (i == TIMED_BUFFERS)
		return;
	happen(&timed_app.frames);
	fake_finish(CAPTURE, i, 8, 0);
}

static void make_event(void)
{
	happen(&timed_app.events);
	fake_event(V4L2_EVENT_EOS, 0, 0);
}

/* What has come, but only while the guest can say what it thinks of it. */
static void look(void)
{
	struct stream_buffer buffer;
	struct v4l2_event event;

	while (timed_app.file.session->events.pending) {
		assert_int_equal(
			front_ioctl(&timed_app.file, VIDIOC_DQEVENT, &event),
			0);
		tell(&timed_app.events, event.sequence,
		     (uint64_t)event.timestamp.tv_sec * SECOND +
			     (uint64_t)event.timestamp.tv_nsec);
	}
	while (timed_app.file.session->queues[CAPTURE].done) {
		assert_int_equal(
			stream_dqbuf(&timed_app.file, CAPTURE, &buffer), 0);
		tell(&timed_app.frames, buffer.v4l2.sequence,
		     (uint64_t)buffer.v4l2.timestamp.tv_sec * SECOND +
			     (uint64_t)buffer.v4l2.timestamp.tv_usec * 1000);
		assert_int_equal(stream_qbuf(&timed_app.file, CAPTURE,
					     buffer.v4l2.index),
				 0);
	}
}

void timed_live(uint64_t ns, unsigned int fps)
{
	uint64_t end = two_clocks.now + ns;

	while (two_clocks.now < end) {
		two_clocks_run(
			two_clocks_roll(0, 2 * (SECOND / fps - TIMED_LATENCY)));
		if (!two_clocks.host.stands) {
			make_frame();
			if (two_clocks_roll(0, 3) == 0)
				make_event();
		}
		two_clocks_run(TIMED_LATENCY);
		if (!two_clocks.guest.stands && !two_clocks.host.stands)
			look();
	}
}

void timed_forgive(void)
{
	uint64_t end = two_clocks.now + 2500 * MS;

	timed_app.forgiven = two_clocks.now + TIMED_GRACE;
	while (two_clocks.now < end) {
		if (two_clocks_roll(0, 15) == 0)
			make_frame();
		make_event();
		two_clocks_run(two_clocks_roll(0, 4 * MS));
		look();
	}
}

void timed_open(void)
{
	memset(&timed_app.frames, 0, sizeof(timed_app.frames));
	memset(&timed_app.events, 0, sizeof(timed_app.events));
	timed_app.forgiven = 0;
	harness_open(&timed_app.file);
	assert_int_equal(
		stream_subscribe(&timed_app.file, V4L2_EVENT_EOS, 0, 0), 0);
	/* As soon as there can be one. */
	make_event();
	stream_start(&timed_app.file, CAPTURE, TIMED_BUFFERS);
	make_frame();
	two_clocks_run(TIMED_LATENCY);
	look();
	assert_int_equal(timed_app.frames.told, 1);
	assert_int_equal(timed_app.events.told, 1);
}

void timed_begin(const struct timed_road *road, int ppm, unsigned int seed)
{
	two_clocks.delay = road->delay;
	two_clocks.dice += seed * 7919;
	/* Half of it in each of them: it is the difference that counts. */
	two_clocks.host.ppm = ppm / 2;
	two_clocks.guest.ppm = -(ppm - ppm / 2);
	two_clocks_connect();
	timed_open();
}

void timed_report(const char *what, const struct timed_road *road, int ppm)
{
	print_message("%s, %s, %+d ppm: %u frames, %u us off at most; %u "
		      "events, %u us\n",
		      what, road->name, ppm, timed_app.frames.told,
		      (unsigned int)(timed_app.frames.worst / 1000),
		      timed_app.events.told,
		      (unsigned int)(timed_app.events.worst / 1000));
}
