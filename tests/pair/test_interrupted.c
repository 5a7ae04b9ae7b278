// SPDX-License-Identifier: BSD-3-Clause
/*
 * Signals without SA_RESTART come all the time: nothing is lost, and no call returns
 * EINTR.
 *
 * What they interrupt is the wait for the opener.  Both daemons' loop does not sleep
 * here, where time is simulated: that is tests/unit/test_loop.c's matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/flows.h"

#define STORM_SIGNAL SIGALRM /* hostd's threads have it blocked */
#define STORM_NS     50000
#define ROUNDS       20
#define ROUNDS_MAX   2000 /* on a busy machine the sender may wait for its turn */
#define FRAMES       100

static atomic_uint caught;
static atomic_bool over;
static pthread_t target;
static pthread_t sender;

static void on_signal(int signo)
{
	(void)signo;
	atomic_fetch_add(&caught, 1);
}

static void *send_signals(void *data)
{
	const struct timespec pause = { .tv_nsec = STORM_NS };

	(void)data;
	prctl(PR_SET_TIMERSLACK, 1ul);
	while (!atomic_load(&over)) {
		pthread_kill(target, STORM_SIGNAL);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Both daemons' loops are this thread's. */
static void begin_storm(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	assert_int_equal(sigaction(STORM_SIGNAL, &action, NULL), 0);
	target = pthread_self();
	atomic_store(&caught, 0);
	atomic_store(&over, false);
	assert_int_equal(pthread_create(&sender, NULL, send_signals, NULL), 0);
}

static unsigned int end_storm(void)
{
	atomic_store(&over, true);
	pthread_join(sender, NULL);
	return atomic_load(&caught);
}

static void a_flow_is_interrupted(void **state)
{
	const struct flow *flow = *state;
	unsigned int i;

	flows_prepare(flow);
	begin_storm();
	flows_connect(flow->device);
	for (i = 0; i < ROUNDS || atomic_load(&caught) <= ROUNDS; i++) {
		assert_true(i < ROUNDS_MAX);
		flows_works(flow);
	}
	harness_settle();
	print_message("%s: %u signals\n", flow->name, end_storm());
	flows_expect_released();
	assert_int_equal(harness.accepts, 1);
}

/* Each frame is whole and a later one. */
static void a_stream_is_interrupted(void **state)
{
	struct front_file file;

	(void)state;
	harness.front.choice = PROFILE_CHOICE_STREAM;
	begin_storm();
	flows_connect("pattern");
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	stream_see_frames(&file, FRAMES);
	assert_int_equal(front_close(&file), 0);
	print_message("stream: %u signals\n", end_storm());
	assert_true(atomic_load(&caught) > FRAMES);
	assert_int_equal(harness.accepts, 1);
}

int main(void)
{
	struct CMUnitTest tests[FLOWS_MAX + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < flow_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = flow_list[i].name,
			.test_func = a_flow_is_interrupted,
			.setup_func = harness_setup,
			.teardown_func = harness_teardown,
			.initial_state = (void *)&flow_list[i],
		};
	tests[i] = (struct CMUnitTest)HARNESS_TEST(a_stream_is_interrupted);
	return _cmocka_run_group_tests("interrupted", tests, i + 1, NULL, NULL);
}
