// SPDX-License-Identifier: BSD-3-Clause
/*
 * V4L2 events by the rules of v4l2-event.c, which the fake device keeps here: what
 * an application sees through both daemons is what it would see of the device.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/lying_guest.h"

#define BIG (4u << 20)

static struct front_file file;
static struct front_file other;
static struct v4l2_event event;

static void open_both(void)
{
	fake.kernel_events = true;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	harness_open(&other);
}

static void close_both(void)
{
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

static void deliver(void)
{
	harness_settle();
	stream_barrier(&file);
	stream_barrier(&other);
}

static const struct v4l2_event_subscription kinds[] = {
	{ .type = V4L2_EVENT_VSYNC },
	{ .type = V4L2_EVENT_EOS },
	{ .type = V4L2_EVENT_CTRL, .id = V4L2_CID_BRIGHTNESS },
	{ .type = V4L2_EVENT_CTRL, .id = V4L2_CID_CONTRAST },
	{ .type = V4L2_EVENT_FRAME_SYNC },
	{ .type = V4L2_EVENT_SOURCE_CHANGE, .id = 3 },
	{ .type = V4L2_EVENT_MOTION_DET },
	{ .type = V4L2_EVENT_PRIVATE_START + 7, .id = 9 },
	{ .type = 77 }, /* of a kernel to come */
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void events_of_every_type_arrive_as_they_are(void **state)
{
	struct v4l2_event sent;
	size_t i;
	size_t b;

	(void)state;
	open_both();
	for (i = 0; i < KINDS; i++) {
		assert_int_equal(stream_subscribe(&file, kinds[i].type,
						  kinds[i].id, kinds[i].flags),
				 0);
		memset(&sent, 0, sizeof(sent));
		sent.type = kinds[i].type;
		sent.id = kinds[i].id;
		for (b = 0; b < sizeof(sent.u); b++)
			sent.u.data[b] = (uint8_t)(b * 3 + i + 1);
		if (sent.type == V4L2_EVENT_CTRL)
			sent.u.ctrl.type = V4L2_CTRL_TYPE_MENU;
		fake_send_event(&sent);
		deliver();
		assert_int_equal(stream_dqevent(&file, &event), 0);
		assert_int_equal(event.type, sent.type);
		assert_int_equal(event.id, sent.id);
		assert_memory_equal(&event.u, &sent.u, sizeof(sent.u));
		assert_int_equal(event.sequence, i);
		assert_int_equal(event.pending, 0);
		for (b = 0; b < 8; b++)
			assert_int_equal(event.reserved[b], 0);
		assert_int_equal(stream_dqevent(&other, &event), -ENOENT);
	}
	close_both();
}

static void a_type_that_the_device_does_not_know_is_refused(void **state)
{
	(void)state;
	open_both();
	fake_fail(VIDIOC_SUBSCRIBE_EVENT, -EINVAL, 1);
	assert_int_equal(
		stream_subscribe(&file, V4L2_EVENT_PRIVATE_START, 0, 0),
		-EINVAL);
	/* There is no event ALL, nor one without a type. */
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_ALL, 0, 0),
			 -EINVAL);
	assert_int_equal(file.session->events.subscription_count, 0);
	close_both();
}

static void flags_are_the_devices_business(void **state)
{
	const uint32_t flags = V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK | 0x80000000;
	const struct v4l2_event_subscription *seen;

	(void)state;
	open_both();
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 5, flags), 0);
	seen = (const void *)fake_last(VIDIOC_SUBSCRIBE_EVENT)->arg.bytes;
	assert_int_equal(seen->flags, flags);
	assert_int_equal(seen->id, 5);
	close_both();
}

static void who_subscribes_twice_has_one_subscription(void **state)
{
	(void)state;
	fake.initial = true;
	open_both();
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 5,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	/* Already listening: not another initial event. */
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 5,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	fake_event(V4L2_EVENT_CTRL, 5, 1);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(stream_unsubscribe(&file, V4L2_EVENT_CTRL, 5), 0);
	fake_event(V4L2_EVENT_CTRL, 5, 1);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	close_both();
}

static void the_initial_event_is_there_behind_many_others(void **state)
{
	uint32_t i;

	(void)state;
	fake.initial = true;
	open_both();
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	for (i = 0; i < EVENTS_DEPTH; i++)
		fake_event(V4L2_EVENT_EOS, 0, 0);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 5,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(file.session->events.pending, EVENTS_DEPTH + 1);
	close_both();
}

static void with_one_control_only_its_events_go(void **state)
{
	(void)state;
	open_both();
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 1, 0), 0);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 2, 0), 0);
	assert_int_equal(stream_subscribe(&other, V4L2_EVENT_CTRL, 1, 0), 0);
	fake_event(V4L2_EVENT_CTRL, 1, 1);
	fake_event(V4L2_EVENT_CTRL, 2, 1);
	deliver();
	assert_int_equal(stream_unsubscribe(&file, V4L2_EVENT_CTRL, 1), 0);
	assert_int_equal(stream_unsubscribe(&file, V4L2_EVENT_CTRL, 99), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.id, 2);
	assert_int_equal(event.sequence, 1);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(stream_dqevent(&other, &event), 0);
	assert_int_equal(event.id, 1);
	close_both();
}

static void poll_says_pri_as_long_as_events_wait(void **state)
{
	unsigned int wakes;

	(void)state;
	open_both();
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	wakes = file.wakes;
	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_true(file.wakes > wakes);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	wakes = file.wakes;
	fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_true(file.wakes > wakes);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	assert_int_equal(stream_unsubscribe(&file, V4L2_EVENT_ALL, 0), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	close_both();
}

/* Two threads at a time: what one of them is told is not the other's matter. */
static void threads_that_subscribe_do_not_disturb_each_other(void **state)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = 5,
	};
	struct front_call first;
	struct front_call second;

	(void)state;
	open_both();
	fake_fail(VIDIOC_SUBSCRIBE_EVENT, -ENOMEM, 1);
	front_begin_ioctl(&first, &file, VIDIOC_SUBSCRIBE_EVENT, &subscription);
	front_begin_ioctl(&second, &file, VIDIOC_SUBSCRIBE_EVENT,
			  &subscription);
	assert_int_equal(front_wait(&harness.front, &first), -ENOMEM);
	assert_int_equal(front_wait(&harness.front, &second), 0);
	fake_event(V4L2_EVENT_CTRL, 5, 1);
	deliver();
	assert_int_equal(file.session->events.pending, 1);
	front_begin_ioctl(&first, &file, VIDIOC_UNSUBSCRIBE_EVENT,
			  &subscription);
	front_begin_ioctl(&second, &file, VIDIOC_SUBSCRIBE_EVENT,
			  &subscription);
	assert_int_equal(front_wait(&harness.front, &first), 0);
	assert_int_equal(front_wait(&harness.front, &second), 0);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	fake_event(V4L2_EVENT_CTRL, 5, 2);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.u.ctrl.changes, 2);
	close_both();
}

/* It merged four while hostd did not look. */
static void what_the_host_has_merged_is_missing_in_the_sequence(void **state)
{
	unsigned int i;

	(void)state;
	open_both();
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 1, 0), 0);
	for (i = 0; i < 5; i++)
		fake_event(V4L2_EVENT_CTRL, 1, 1u << i % 3);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.sequence, 4);
	assert_int_equal(event.u.ctrl.changes, 7);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	close_both();
}

/* ---- whatever happens ----------------------------------------------------------- */

static struct event_model native[2];

static void happens(const struct v4l2_event_subscription *kind,
		    unsigned int *dice)
{
	struct v4l2_event sent = { .type = kind->type, .id = kind->id };
	unsigned int count = 1 + (unsigned int)rand_r(dice) % 5;

	if (kind->type == V4L2_EVENT_CTRL)
		sent.u.ctrl.type = V4L2_CTRL_TYPE_BUTTON;
	while (count--) {
		sent.u.data[0] = (uint8_t)(1 << rand_r(dice) % 4);
		sent.u.data[8] = (uint8_t)rand_r(dice);
		fake_send_event(&sent);
		event_model_queue(&native[0], &sent);
		event_model_queue(&native[1], &sent);
	}
}

static void looks(unsigned int who, unsigned int count)
{
	struct front_file *const files[] = { &file, &other };
	struct v4l2_event want;
	int ret;

	deliver();
	while (count--) {
		assert_int_equal(front_poll(files[who], EPOLLPRI),
				 native[who].count ? EPOLLPRI : 0);
		memset(&want, 0, sizeof(want));
		ret = event_model_dequeue(&native[who], &want);
		assert_int_equal(stream_dqevent(files[who], &event), ret);
		if (ret)
			return;
		want.timestamp = event.timestamp;
		assert_memory_equal(&event, &want, sizeof(want));
	}
}

static void one_step(unsigned int *dice)
{
	const struct v4l2_event_subscription *kind =
		&kinds[(unsigned int)rand_r(dice) % KINDS];
	unsigned int who = (unsigned int)rand_r(dice) % 2;
	struct front_file *const files[] = { &file, &other };
	const struct v4l2_event_subscription all = { .type = V4L2_EVENT_ALL };
	unsigned int what = (unsigned int)rand_r(dice) % 16;

	if (what == 0) {
		assert_int_equal(stream_unsubscribe(files[who], all.type, 0),
				 0);
		event_model_unsubscribe(&native[who], &all);
	} else if (what < 3) {
		assert_int_equal(
			stream_unsubscribe(files[who], kind->type, kind->id),
			0);
		event_model_unsubscribe(&native[who], kind);
	} else if (what < 7) {
		assert_int_equal(
			stream_subscribe(files[who], kind->type, kind->id, 0),
			0);
		event_model_subscribe(&native[who], kind);
	} else if (what < 12) {
		happens(kind, dice);
	} else {
		looks(who, (unsigned int)rand_r(dice) % 6);
	}
}

static void whatever_happens_is_what_the_device_would_show(void **state)
{
	unsigned int dice = 4711;
	unsigned int i;

	(void)state;
	memset(native, 0, sizeof(native));
	open_both();
	for (i = 0; i < 1500; i++) {
		fake.record_count = 0;
		one_step(&dice);
	}
	looks(0, UINT32_MAX);
	looks(1, UINT32_MAX);
	close_both();
}

/* ---- a guest that does not read ---------------------------------------------- */

static uint32_t session;

/* A frame that waits in hostd, and a subscription */
static void leave_a_frame_unread(void)
{
	const struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_EOS,
	};
	uint64_t addr;

	fake.plane_len[0] = BIG;
	session = raw_open();
	assert_int_equal(raw_status(raw_ioctl(session, VIDIOC_SUBSCRIBE_EVENT,
					      &subscription)),
			 0);
	raw_buffers(session, CAPTURE, 1, &addr);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_stream(session, CAPTURE, true);
	raw.reading = false;
	fake_finish(CAPTURE, 0, BIG, 0);
	raw_settle();
}

static uint32_t kind_of(unsigned int at)
{
	uint32_t kind;

	memcpy(&kind, raw.frames[at].bytes, sizeof(kind));
	return raw.frames[at].header.type == VMS_EVT ? kind : UINT32_MAX;
}

static void events_overtake_contents_that_wait(void **state)
{
	unsigned int first;

	(void)state;
	leave_a_frame_unread();
	first = raw.count;
	fake_event(V4L2_EVENT_EOS, 0, 0);
	raw_settle();
	assert_int_equal(fake.files[0]->event_count, 0);
	raw.reading = true;
	while (raw_events() < 2)
		raw_run();
	while (kind_of(first) == UINT32_MAX)
		first++;
	assert_int_equal(kind_of(first), VIRTIO_MEDIA_EVT_EVENT);
	raw_wait(raw_close(session));
}

/* The device keeps the rest, and merges it, if it does that. */
static void
of_events_that_nobody_reads_hostd_keeps_a_few_and_loses_none(void **state)
{
	struct virtio_media_event_event got;
	unsigned int sent = 0;
	unsigned int next = 0;
	unsigned int at;
	unsigned int i;

	(void)state;
	leave_a_frame_unread();
	while (fake.files[0]->event_count < 50) {
		assert_true(sent < 1000);
		for (i = 0; i < 20; i++, sent++)
			fake_event(V4L2_EVENT_EOS, 0, 0);
		raw_settle();
	}
	at = raw.count;
	raw.reading = true;
	while (raw_events() < sent + 1)
		raw_run();
	for (; at < raw.count; at++) {
		if (kind_of(at) != VIRTIO_MEDIA_EVT_EVENT)
			continue;
		memcpy(&got, raw.frames[at].bytes, sizeof(got));
		assert_int_equal(got.v4l2.sequence, next++);
	}
	assert_int_equal(next, sent);
	raw_wait(raw_close(session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(events_of_every_type_arrive_as_they_are),
		HARNESS_TEST(a_type_that_the_device_does_not_know_is_refused),
		HARNESS_TEST(flags_are_the_devices_business),
		HARNESS_TEST(who_subscribes_twice_has_one_subscription),
		HARNESS_TEST(the_initial_event_is_there_behind_many_others),
		HARNESS_TEST(with_one_control_only_its_events_go),
		HARNESS_TEST(poll_says_pri_as_long_as_events_wait),
		HARNESS_TEST(threads_that_subscribe_do_not_disturb_each_other),
		HARNESS_TEST(
			what_the_host_has_merged_is_missing_in_the_sequence),
		HARNESS_TEST(whatever_happens_is_what_the_device_would_show),
		RAW_TEST(events_overtake_contents_that_wait),
		RAW_TEST(
			of_events_that_nobody_reads_hostd_keeps_a_few_and_loses_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
