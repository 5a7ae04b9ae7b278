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
#include <string.h>

#include "guestd/events.h"

static struct events events;
static struct v4l2_event event;

static int setup(void **state)
{
	(void)state;
	events_init(&events);
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

static int subscribe(uint32_t type, uint32_t id)
{
	const struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	return events_subscribe(&events, &subscription);
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
	queued.sequence = 12345;
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

/* It may come while SUBSCRIBE_EVENT is on its way. */
static void the_first_event_has_number_0(void **state)
{
	(void)state;
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), 0);
	assert_true(queue(V4L2_EVENT_CTRL, 1, 0));
	assert_int_equal(dequeue(), 0);
	assert_int_equal(event.sequence, 0);
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
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 1), -EEXIST);
	assert_int_equal(subscribe(V4L2_EVENT_CTRL, 2), 0);
	assert_int_equal(events.subscription_count, 2);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_subscribed_is_dropped),
		TEST(the_first_event_has_number_0),
		TEST(events_come_in_their_order_with_their_number),
		TEST(changes_of_one_control_are_merged),
		TEST(changes_of_a_source_are_merged),
		TEST(of_too_many_the_oldest_go),
		TEST(a_subscription_is_made_once),
		TEST(there_is_a_limit),
		TEST(with_a_subscription_go_its_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
