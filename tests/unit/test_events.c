// SPDX-License-Identifier: BSD-3-Clause
/*
 * Events of one open file: order, merging, depth, numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/events.h"
#include "tests/event_model.h"

static struct events events;
static struct v4l2_event event;
static uint32_t sequence; /* the host's, of the next one */

static int setup(void **state)
{
	(void)state;
	events_init(&events);
	sequence = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	events_finish(&events);
	assert_int_equal(events.pending, 0);
	assert_int_equal(events.subscription_count, 0);
	return 0;
}

static int ask(uint32_t type, uint32_t id)
{
	const struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	return events_subscribe(&events, &subscription);
}

static void answer(uint32_t type, uint32_t id, int error)
{
	const struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	events_subscribed(&events, &subscription, error);
}

static int subscribe(uint32_t type, uint32_t id)
{
	int ret = ask(type, id);

	if (!ret)
		answer(type, id, 0);
	return ret;
}

static void unsubscribe(uint32_t type, uint32_t id)
{
	const struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	events_unsubscribe(&events, &subscription);
}

static bool queue(uint32_t type, uint32_t id, uint32_t changes)
{
	struct v4l2_event queued = { .type = type, .id = id };

	queued.u.ctrl.changes = changes;
	queued.reserved[0] = 99;
	queued.sequence = sequence++;
	queued.pending = 77;
	return events_queue(&events, &queued);
}

static int dequeue(void)
{
	return events_dequeue(&events, &event);
}

static void what_is_not_subscribed_is_dropped(void **state)
{
	(void)state;
	assert_false(queue(V4L2_EVENT_EOS, 0, 0));
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 5), 0);
	assert_false(queue(V4L2_EVENT_CTRL, 6, 0));
	assert_false(queue(V4L2_EVENT_ALL, 0, 0));
	assert_int_equal(dequeue(), -ENOENT);
	assert_true(queue(V4L2_EVENT_CTRL, 5, 0));
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.id, 5);
}

/* It may have merged and dropped some before we could fetch them. */
static void the_sequence_is_the_hosts(void **state)
{
	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	sequence = 7;
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.sequence, 7);
	assert_int_equal(event.pending, 0);
	assert_int_equal(event.reserved[0], 0);
}

static void events_come_in_their_order_with_their_number(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_EOS, 0), 0);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	for (i = 0; i < 4; i++)
		assert_true(queue(V4L2_EVENT_EOS, 0, 0));
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_int_equal(events.pending, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(dequeue(), 0);
		assert_int_equal(event.type,
				 i < 4 ? V4L2_EVENT_EOS : V4L2_EVENT_CTRL);
		assert_int_equal(event.sequence, i);
		assert_int_equal(event.pending, 4 - i);
	}
	assert_int_equal(dequeue(), -ENOENT);
}

/* v4l2-ctrls-core.c, v4l2_ctrl_replace and v4l2_ctrl_merge */
static void changes_of_one_control_are_merged(void **state)
{
	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 2), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 1));
	assert_true(queue(V4L2_EVENT_CTRL, 2, 1));
	assert_true(queue(V4L2_EVENT_CTRL, 1, 4));
	assert_int_equal(events.pending, 2);
	/* The newest is the last, and its number says what was lost. */
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.id, 2);
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.id, 1);
	assert_int_equal(event.u.ctrl.changes, 5);
	assert_int_equal(event.sequence, 2);
}

static void changes_of_a_source_are_merged(void **state)
{
	struct v4l2_event queued = { .type = V4L2_EVENT_SOURCE_CHANGE };

	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_SOURCE_CHANGE, 0), 0);
	queued.u.src_change.changes = 1;
	assert_true(events_queue(&events, &queued));
	queued.u.src_change.changes = 8;
	assert_true(events_queue(&events, &queued));
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.u.src_change.changes, 9);
	assert_int_equal(dequeue(), -ENOENT);
}

static void of_too_many_the_oldest_go(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_VSYNC, 0), 0);
	for (i = 0; i < EVENTS_DEPTH + 10; i++)
		assert_true(queue(V4L2_EVENT_VSYNC, 0, 0));
	assert_int_equal(events.pending, EVENTS_DEPTH);
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.sequence, 10);
}

static void a_subscription_is_made_once(void **state)
{
	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 2), 0);
	assert_int_equal(events.subscription_count, 2);
	/* What waits is not lost by it. */
	assert_int_equal(dequeue(), 0);
	unsubscribe(V4L2_EVENT_CTRL, 1);
	assert_false(queue(V4L2_EVENT_CTRL, 1, 0));
}

static void events_may_come_before_the_answer(void **state)
{
	(void)state;
	assert_int_equal(ask(V4L2_EVENT_CTRL, 1), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_int_equal(dequeue(), 0);
	answer(V4L2_EVENT_CTRL, 1, 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
}

static void what_is_refused_is_no_subscription(void **state)
{
	(void)state;
	assert_int_equal(ask(V4L2_EVENT_CTRL, 1), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	answer(V4L2_EVENT_CTRL, 1, -EINVAL);
	assert_int_equal(dequeue(), -ENOENT);
	assert_false(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_int_equal(events.subscription_count, 0);
	/* But what was granted stays. */
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_int_equal(ask(V4L2_EVENT_CTRL, 1), 0);
	answer(V4L2_EVENT_CTRL, 1, -EINVAL);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
}

/* Two threads; the first is refused, and the second is not. */
static void a_refusal_takes_nothing_from_who_asked_next(void **state)
{
	(void)state;
	assert_int_equal(ask(V4L2_EVENT_CTRL, 1), 0);
	assert_int_equal(ask(V4L2_EVENT_CTRL, 1), 0);
	answer(V4L2_EVENT_CTRL, 1, -ENOMEM);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	answer(V4L2_EVENT_CTRL, 1, 0);
	assert_int_equal(dequeue(), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
}

/* Unsubscribed by one thread, and subscribed again before that was answered */
static void who_subscribes_again_meanwhile_has_a_new_subscription(void **state)
{
	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 1));
	assert_int_equal(ask(V4L2_EVENT_CTRL, 1), 0);
	unsubscribe(V4L2_EVENT_CTRL, 1);
	assert_int_equal(dequeue(), -ENOENT);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 4)); /* its initial event */
	answer(V4L2_EVENT_CTRL, 1, 0);
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.u.ctrl.changes, 4);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
}

static void there_is_a_limit(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < EVENTS_SUBSCRIPTIONS_MAX; i++)
		assert_int_equal(subscribe(V4L2_EVENT_CTRL, i), 0);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, i), -ENOMEM);
	unsubscribe(V4L2_EVENT_CTRL, 7);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, i), 0);
}

static void with_a_subscription_go_its_events(void **state)
{
	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_EOS, 0), 0);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_true(queue(V4L2_EVENT_EOS, 0, 0));
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_true(queue(V4L2_EVENT_EOS, 0, 0));
	unsubscribe(V4L2_EVENT_EOS, 1); /* another id */
	assert_int_equal(events.pending, 3);
	unsubscribe(V4L2_EVENT_EOS, 0);
	assert_int_equal(events.pending, 1);
	assert_false(queue(V4L2_EVENT_EOS, 0, 0));
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.type, V4L2_EVENT_CTRL);
	/* The list's end is where it belongs. */
	assert_int_equal(subscribe(V4L2_EVENT_EOS, 0), 0);
	assert_true(queue(V4L2_EVENT_EOS, 0, 0));
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	unsubscribe(V4L2_EVENT_CTRL, 1);
	assert_true(queue(V4L2_EVENT_EOS, 0, 0));
	assert_int_equal(events.pending, 2);
	unsubscribe(V4L2_EVENT_ALL, 0);
	assert_int_equal(dequeue(), -ENOENT);
	assert_int_equal(events.subscription_count, 0);
}

static const struct v4l2_event_subscription kinds[] = {
	{ .type = V4L2_EVENT_CTRL, .id = 1 },
	{ .type = V4L2_EVENT_CTRL, .id = 2 },
	{ .type = V4L2_EVENT_SOURCE_CHANGE },
	{ .type = V4L2_EVENT_SOURCE_CHANGE, .id = 1 }, /* an input's */
	{ .type = V4L2_EVENT_EOS },
	{ .type = V4L2_EVENT_FRAME_SYNC },
	{ .type = V4L2_EVENT_MOTION_DET },
	{ .type = V4L2_EVENT_PRIVATE_START + 5 },
	{ .type = 99 },
	{ .type = V4L2_EVENT_ALL },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void one_step(struct event_model *model, unsigned int *dice)
{
	const struct v4l2_event_subscription *kind =
		&kinds[(unsigned int)rand_r(dice) % KINDS];
	struct v4l2_event want = { .type = kind->type, .id = kind->id };
	int ret;

	switch (rand_r(dice) % 12) {
	case 0:
		unsubscribe(kind->type, kind->id);
		event_model_unsubscribe(model, kind);
		break;
	case 1:
	case 2:
		if (kind->type == V4L2_EVENT_ALL)
			break;
		assert_int_equal(subscribe(kind->type, kind->id), 0);
		event_model_subscribe(model, kind);
		break;
	case 3:
	case 4:
	case 5:
		ret = event_model_dequeue(model, &want);
		assert_int_equal(dequeue(), ret);
		if (!ret)
			assert_memory_equal(&event, &want, sizeof(want));
		break;
	default:
		want.u.data[0] = (uint8_t)rand_r(dice);
		want.timestamp.tv_nsec = rand_r(dice);
		want.sequence = model->sequence;
		events_queue(&events, &want);
		event_model_queue(model, &want);
		break;
	}
	assert_int_equal(events.pending, model->count);
}

static void whatever_happens_is_as_in_the_kernel(void **state)
{
	static struct event_model model;
	unsigned int seed;
	unsigned int i;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		unsigned int dice = seed;

		memset(&model, 0, sizeof(model));
		for (i = 0; i < 2000; i++)
			one_step(&model, &dice);
		unsubscribe(V4L2_EVENT_ALL, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_subscribed_is_dropped),
		TEST(the_sequence_is_the_hosts),
		TEST(events_come_in_their_order_with_their_number),
		TEST(changes_of_one_control_are_merged),
		TEST(changes_of_a_source_are_merged),
		TEST(of_too_many_the_oldest_go),
		TEST(a_subscription_is_made_once),
		TEST(events_may_come_before_the_answer),
		TEST(what_is_refused_is_no_subscription),
		TEST(a_refusal_takes_nothing_from_who_asked_next),
		TEST(who_subscribes_again_meanwhile_has_a_new_subscription),
		TEST(there_is_a_limit),
		TEST(whatever_happens_is_as_in_the_kernel),
		TEST(with_a_subscription_go_its_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
