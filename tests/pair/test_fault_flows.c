// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory, descriptors or threads run out in either daemon, at any moment of what
 * applications do.
 *
 * The call that needs one fails as a driver's would, or the connection ends and a
 * line says why; nothing is left of it, and everything works when there is enough
 * again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "tests/fault.h"
#include "tests/flows.h"

static const struct flow *flow;
static unsigned int fault_number;
static unsigned int tried; /* of all flows */
static struct front_file other;
static unsigned int ends;

/* ---- what must be as before ------------------------------------------------- */

static void host_leaves(void)
{
	guest_destroy(harness.guest);
	harness.guest = NULL;
	flows_until_lost();
}

static void connect_again(void)
{
	host_leaves();
	flows_connect(flow->device);
}

static void expect_as_before(void)
{
	flows_connect(flow->device);
	flows_works(flow);
	connect_again();
	flows_expect_as_before();
}

#define CALL_S 3 /* of a loaded machine */

/* What fails must be said with what failed. */
static void run(void)
{
	static struct timespec since;
	static unsigned int call = UINT_MAX;
	static unsigned int which;
	struct timespec now;

	/* What is tried again is tried later. */
	harness.until = harness.now + 1000 * LOOP_MS;
	assert_true(loop_run_once(harness.loop, 100) >= 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (call != flows.call || which != tried) {
		call = flows.call;
		which = tried;
		since = now;
	}
	if (now.tv_sec - since.tv_sec > CALL_S)
		fail_msg("fault %u, %s: call %u is not answered:\n%s",
			 fault_number, fault_name(), call + 1, harness.said);
}

static void begin(const struct flow *which)
{
	harness.front.run = run;
	flow = which;
	ends = 0;
	tried++;
	flows.fails = NULL;
	flows_prepare(flow);
	harness.scarce = true;
	flows_connect(flow->device);
	flows_works(flow);
	connect_again();
	flows_remember();
}

/* ---- faults ------------------------------------------------------------------ */

/* With fewer of any flow the library is not the one in which calls fail. */
#define FAULTS_MIN 10

/* What natively comes of it; or fewer buffers, or bytes, than were asked for. */
static bool is_scarce(ssize_t result)
{
	if (!fault_hits())
		return false;
	switch (result) {
	case -ENOMEM:
	case -ENOSPC:
	case -EMFILE:
	case -ENFILE:
	case -EAGAIN:
	case -ENODEV:
		return true;
	default:
		return result > 0;
	}
}

/* Of what has ended the connection. */
static void expect_explained(void)
{
	static const int errors[] = { ENOMEM, ENOSPC, EMFILE, EAGAIN };
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strstr(harness.said, strerror(errors[i])))
			return;
	fail_msg("%s: no line says why it is gone:\n%s", fault_name(),
		 harness.said);
}

/* As long as it is the same connection, nobody else notices. */
static void check_other(unsigned int accepts)
{
	bool other_link = harness.accepts != accepts || !harness.device->ready;
	uint32_t priority;

	assert_int_equal(front_ioctl(&other, VIDIOC_G_PRIORITY, &priority),
			 other_link ? -ENODEV : 0);
	assert_int_equal(front_close(&other), 0);
	if (!other_link)
		return;
	ends++;
	expect_explained();
}

/* Return: whether anything has failed */
static bool fault_flow(unsigned int kinds, unsigned int at, unsigned int count)
{
	unsigned int accepts;
	unsigned int hits;

	harness_open(&other);
	accepts = harness.accepts;
	harness.said[0] = '\0';
	/* As a minute after the last one: all lines are of this one. */
	memset(harness.device->noticed, 0, sizeof(harness.device->noticed));
	fault_number = at;
	tried++;
	fault_arm(kinds, at, count);
	flows_run(flow);
	if (flows.file.session)
		assert_int_equal(front_close(&flows.file), 0);
	harness.until = harness.now;
	harness_settle();
	hits = fault_disarm();
	check_other(accepts);
	assert_int_equal(harness.fatals, 0);
	expect_as_before();
	return hits;
}

static void one_call_fails(void **state)
{
	unsigned int at = 1;

	begin(*state);
	flows.fails = is_scarce;
	while (fault_flow(FAULT_ALL, at, 1))
		at++;
	print_message("%s: %u faults, %u ended the connection\n", flow->name,
		      at - 1, ends);
	assert_true(at > FAULTS_MIN);
}

static void no_more_descriptors(void **state)
{
	unsigned int at = 1;

	begin(*state);
	flows.fails = is_scarce;
	while (fault_flow(FAULT_FILES, at, 0))
		at++;
	print_message("%s: %u descriptors\n", flow->name, at - 1);
	assert_true(at > 1);
}

#define START_ROUNDS 500 /* of the loop */

/* hostd has gone and comes back; somebody looks for it until there is enough. */
static bool fault_start(unsigned int kinds, unsigned int at, unsigned int count)
{
	unsigned int rounds;
	unsigned int hits;

	host_leaves();
	fault_arm(kinds, at, count);
	for (rounds = 0; rounds < START_ROUNDS && !harness.device->ready;
	     rounds++)
		front_run(&harness.front);
	hits = fault_disarm();
	assert_int_equal(harness.fatals, 0);
	expect_as_before();
	return hits;
}

static void a_start_fails(void **state)
{
	unsigned int at;

	begin(*state);
	for (at = 1; fault_start(FAULT_ALL, at, 1); at++)
		;
	print_message("start: %u faults\n", at - 1);
	assert_true(at > FAULTS_MIN);
	/* Without a descriptor for it a connection waits to be accepted. */
	for (at = 1; fault_start(FAULT_MEMORY, at, 0); at++)
		;
	assert_true(at > FAULTS_MIN);
}

/* hostd would keep the device; so the connection ends, which closes all. */
static void a_close_finds_no_memory(void **state)
{
	begin(*state);
	harness_open(&other);
	fault_arm(FAULT_MEMORY, 1, 0);
	assert_int_equal(front_close(&other), 0);
	assert_true(fault_disarm());
	flows_until_lost();
	harness_expect_said("host: CLOSE: Cannot allocate memory");
	expect_as_before();
}

static struct CMUnitTest test_of(CMUnitTestFunction function, unsigned int i)
{
	return (struct CMUnitTest){
		.name = flow_list[i].name,
		.test_func = function,
		.setup_func = harness_setup,
		.teardown_func = harness_teardown,
		.initial_state = (void *)&flow_list[i],
	};
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[2 * FLOWS_MAX + 2];
	unsigned int i;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	prctl(PR_SET_TIMERSLACK, 1ul); /* see test_cuts.c */
	for (i = 0; i < flow_count; i++) {
		tests[i] = test_of(one_call_fails, i);
		tests[flow_count + i] = test_of(no_more_descriptors, i);
	}
	i = 2 * flow_count;
	tests[i] = test_of(a_start_fails, 0);
	tests[i++].name = "start";
	tests[i] = test_of(a_close_finds_no_memory, 0);
	tests[i++].name = "close";
	return _cmocka_run_group_tests("fault_flows", tests, i, NULL, NULL);
}
