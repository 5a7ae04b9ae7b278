// SPDX-License-Identifier: BSD-3-Clause
/*
 * The connection ends at any moment: between any two frames of what an application
 * does, and in the middle of each.
 *
 * The call that is under way ends at once, those that follow are ENODEV, nothing is
 * left of it on either side, and everything works over the next connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "tests/cutter.h"
#include "tests/flows.h"

static const struct flow *flow;
static unsigned int cuts;

static void connect_again(void)
{
	cutter_close();
	flows_until_lost();
	flows_connect(flow->device);
}

static void expect_as_before(void)
{
	flows_connect(flow->device);
	flows_expect_as_before();
}

/* ---- cutting -------------------------------------------------------------------- */

static bool is_gone(ssize_t result)
{
	return cutter.cut && result == -ENODEV;
}

static bool is_over(void)
{
	return cutter.cut && !cutter.open && !harness.guest &&
	       !harness.device->ready;
}

static void cut_flow(const struct cutter_place *place)
{
	cutter_arm(place);
	flows_run(flow);
	/* It may have been the last frame, which nobody waits for. */
	harness_until(is_over);
	if (flows.file.session) {
		stream_expect_dead(&flows.file);
		assert_int_equal(front_close(&flows.file), 0);
	}
	harness_settle();
	flows_expect_released();
	if (place->end == CUTTER_GUEST_DIES) {
		guest_device_destroy(harness.device);
		harness.device = NULL;
	}
	assert_int_equal(harness.fatals, 0);
	expect_as_before();
}

/* That the next one gets as far as it is told to shows that everything works again. */
static void cut_frame(enum cutter_way_to to, unsigned int frame, size_t len,
		      void (*cut)(const struct cutter_place *place))
{
	/* Half a header, only a header, half a body, all but the last byte */
	const size_t middles[] = {
		1,
		sizeof(struct vms_header),
		(sizeof(struct vms_header) + len) / 2,
		len - 1,
	};
	const size_t count = sizeof(middles) / sizeof(middles[0]);
	struct cutter_place place = { .to = to, .frame = frame };

	for (place.end = 0; place.end < CUTTER_ENDS; place.end++, cuts++)
		cut(&place);
	place.at = middles[frame % count];
	place.end = (enum cutter_end)(frame % CUTTER_ENDS);
	cut(&place);
	cuts++;
}

static bool is_cut(void)
{
	return cutter.cut;
}

/* Only hostd does not wait for ever for the rest of a frame. */
static void pause_flow(const struct cutter_place *place)
{
	bool goes_on = place->to == CUTTER_TO_GUEST || !place->at;
	bool done;

	cutter_arm(place);
	done = flows_run(flow);
	harness_until(is_cut);
	assert_true(done || !goes_on);
	if (!done && flows.file.session) {
		stream_expect_dead(&flows.file);
		assert_int_equal(front_close(&flows.file), 0);
	}
	harness_settle();
	assert_true(harness.device->ready == goes_on);
	flows_connect(flow->device);
	connect_again();
	expect_as_before();
}

static void pause_frame(enum cutter_way_to to, unsigned int frame, size_t len,
			void (*cut)(const struct cutter_place *place))
{
	struct cutter_place place = {
		.to = to,
		.frame = frame,
		.end = CUTTER_PAUSE,
	};

	cut(&place);
	place.at = len / 2;
	cut(&place);
	cuts += 2;
}

/* Return: what is to be cut: the frames of a conversation that @talk has */
static const struct cutter_way *count_frames(void (*talk)(void))
{
	static struct cutter_way counted[CUTTER_WAYS];

	cutter_arm(NULL);
	talk();
	harness_settle();
	memcpy(counted, cutter.ways, sizeof(counted));
	return counted;
}

typedef void (*frame_fn)(enum cutter_way_to to, unsigned int frame, size_t len,
			 void (*cut)(const struct cutter_place *place));

static void cut_everywhere(const char *name, void (*talk)(void), frame_fn each,
			   void (*cut)(const struct cutter_place *place))
{
	const struct cutter_way *counted = count_frames(talk);
	enum cutter_way_to to;
	unsigned int frame;

	cuts = 0;
	for (to = 0; to < CUTTER_WAYS; to++) {
		assert_true(counted[to].frames > 0);
		for (frame = 0; frame < counted[to].frames; frame++)
			each(to, frame, counted[to].len[frame], cut);
	}
	flows_works(flow);
	print_message("%s: %u frames to hostd, %u to guestd: %u cuts tried\n",
		      name, counted[CUTTER_TO_HOST].frames,
		      counted[CUTTER_TO_GUEST].frames, cuts);
}

static void begin(const struct flow *which)
{
	flow = which;
	flows.fails = NULL;
	flows_prepare(flow);
	cutter_begin();
	flows_connect(flow->device);
	flows_works(flow);
	connect_again();
	flows_remember();
}

/* ---- what is cut ------------------------------------------------------------------ */

static void run_flow(void)
{
	flows_works(flow);
}

static void a_flow_is_cut(void **state)
{
	begin(*state);
	flows.fails = is_gone;
	cut_everywhere(flow->name, run_flow, cut_frame, cut_flow);
	cutter_finish();
}

static void a_flow_is_paused(void **state)
{
	begin(*state);
	flows.fails = is_gone;
	cut_everywhere("paused", run_flow, pause_frame, pause_flow);
	cutter_finish();
}

/* guestd tries again, and whoever comes then finds it connected. */
static void cut_start(const struct cutter_place *place)
{
	cutter_arm(place);
	connect_again();
	assert_true(cutter.cut);
	assert_int_equal(harness.fatals, 0);
	expect_as_before();
}

static void the_start_is_cut(void **state)
{
	begin(*state);
	cut_everywhere("start", connect_again, cut_frame, cut_start);
	cutter_finish();
}

int main(void)
{
	struct CMUnitTest tests[2 * FLOWS_MAX + 1] = { 0 };
	unsigned int count = 0;
	unsigned int i;

	/* Whoever waits for hostd's threads sleeps 0.1 ms, and not half as long again. */
	prctl(PR_SET_TIMERSLACK, 1ul);
	/* Of the pattern's no two are the same. */
	for (i = 0; i < flow_count; i++) {
		if (strcmp(flow_list[i].device, "fake") != 0)
			continue;
		tests[count++] = (struct CMUnitTest){
			.name = flow_list[i].name,
			.test_func = a_flow_is_cut,
			.setup_func = harness_setup,
			.teardown_func = harness_teardown,
			.initial_state = (void *)&flow_list[i],
		};
		tests[count] = tests[count - 1];
		tests[count++].test_func = a_flow_is_paused;
	}
	tests[count] = tests[0];
	tests[count].name = "start";
	tests[count++].test_func = the_start_is_cut;
	return _cmocka_run_group_tests("cuts", tests, count, NULL, NULL);
}
