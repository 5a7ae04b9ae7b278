// SPDX-License-Identifier: BSD-3-Clause
/*
 * What usermedia-bench measures, of a node whose every call takes 2 us.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include <cmocka.h>

#include "tests/bench/kernel.h"
#include "tests/bench/stream.h"
#include "tests/fake_kernel.h"

#define PATH   "/dev/fake"
#define FRAMES 20

static struct results results;

static int setup(void **state)
{
	results = (struct results){
		.rounds = 1,
		.calls = 10,
		.frames = FRAMES,
		.node_count = 1,
		.nodes = { { .name = "fake", .path = PATH } },
	};
	return fake_kernel_setup(state);
}

static int teardown(void **state)
{
	(void)state;
	results_finish(&results);
	assert_int_equal(fake_kernel.opened, 0);
	assert_int_equal(fake_kernel.mapped, 0);
	return 0;
}

static const struct measurement *find(const char *name, const char *of)
{
	const struct measurement *at = results.first;

	while (at && (strcmp(at->what.name, name) != 0 ||
		      strcmp(at->what.of, of) != 0))
		at = at->next;
	assert_non_null(at);
	return at;
}

static double median(const char *name, const char *of)
{
	double value = -1;

	assert_int_equal(
		series_quantile(&find(name, of)->series[0], 0.5, &value), 0);
	return value;
}

static const char *why(const char *name)
{
	return find(name, "")->why[0];
}

static void choose(enum stream_method expected)
{
	enum stream_method method = STREAM_METHODS;
	const char *failed = NULL;
	struct target target;

	assert_int_equal(target_look(PATH, &results.nodes[0], &target), 0);
	assert_int_equal(stream_choose(&target, &method, &failed), 0);
	assert_int_equal(method, expected);
	results.nodes[0].method = (int)method;
	kernel_close(target.fd);
}

/* ---- calls ------------------------------------------------------------------------ */

static void a_call_takes_as_long_as_it_does(void **state)
{
	(void)state;
	measure_ioctls(&results);
	assert_float_equal(median("QUERYCAP", ""), 2, 1e-6);
	assert_float_equal(median("TRY_FMT", ""), 2, 1e-6);
	assert_float_equal(median("poll()", ""), 2, 1e-6);
	assert_float_equal(median("open()", ""), 2, 1e-6);
	assert_float_equal(median("close()", ""), 2, 1e-6);
	assert_int_equal(find("QUERYCAP", "")->series[0].count, 10);
}

static void a_call_that_fails_is_said_and_not_made_again(void **state)
{
	unsigned int calls;

	(void)state;
	measure_ioctls(&results);
	assert_string_equal(why("G_INPUT"), "Inappropriate ioctl for device");
	assert_int_equal(find("G_INPUT", "")->series[0].count, 0);
	calls = fake_kernel.calls;
	results.round++;
	measure_ioctls(&results);
	assert_true(fake_kernel.calls - calls < calls);
}

static void a_node_that_is_gone_is_said(void **state)
{
	(void)state;
	results.nodes[0].path = "/dev/other";
	measure_ioctls(&results);
	measure_streams(&results);
	assert_string_equal(why("open()"), "No such file or directory");
	assert_string_equal(why("open() to first frame"),
			    "open(): No such file or directory");
}

/* ---- discovery -------------------------------------------------------------------- */

static void a_browser_asks_until_nothing_is_left(void **state)
{
	/*
	 * QUERYCAP; 1 input and the end of them; 1 format and the end; 2 sizes and
	 * the end; of each 2 rates and the end; 2 controls and the end; 3 items
	 */
	unsigned int calls = 1 + 2 + 2 + 3 + 2 * 3 + 3 + 3;

	(void)state;
	measure_discovery(&results);
	assert_float_equal(median("browse", "calls"), calls, 0);
	/* And it has opened the node. */
	assert_float_equal(median("browse", ""), (calls + 1) * 0.002, 1e-6);
	assert_float_equal(median("try", "calls"), 200, 0);
	assert_float_equal(median("try", ""), 0.402, 1e-6);
}

static void a_node_without_end_is_said_to_be_one(void **state)
{
	(void)state;
	fake_kernel.endless = true;
	measure_discovery(&results);
	assert_string_equal(why("browse"), "no end after 2000 calls");
	assert_float_equal(median("try", "calls"), 200, 0);
}

/* ---- frames ----------------------------------------------------------------------- */

static void expect_frames(double buffers_us)
{
	measure_streams(&results);
	assert_string_equal(why("open() to first frame"), "");
	assert_float_equal(median("frames per second", ""), 25, 0.01);
	assert_float_equal(median("of nominal rate", ""), 100, 0.01);
	assert_float_equal(median("jitter of arrival", ""), 0, 0.01);
	/* 5 ms behind STREAMON, which stands behind the buffers' calls */
	assert_float_equal(median("open() to first frame", ""),
			   5 + buffers_us / 1000, 0.01);
}

static void frames_come_by_mmap(void **state)
{
	(void)state;
	choose(STREAM_MMAP);
	fake_kernel.late_ns = 3000000;
	/* open, QUERYCAP, G_FMT, G_PARM, REQBUFS, 4 QUERYBUF, 4 QBUF, STREAMON */
	expect_frames(14 * 2);
	/* and DQBUF */
	assert_float_equal(median("timestamp to program", ""), 3002, 1);
	assert_float_equal(median("QBUF", ""), 2, 0.01);
	assert_float_equal(series_total(&find("lost frames", "")->series[0]), 0,
			   0);
}

static void frames_come_by_userptr_where_nothing_can_be_mapped(void **state)
{
	(void)state;
	fake_kernel.maps = false;
	choose(STREAM_USERPTR);
	expect_frames(10 * 2);
}

static void frames_come_by_read_where_there_is_nothing_else(void **state)
{
	(void)state;
	fake_kernel.caps &= ~V4L2_CAP_STREAMING;
	choose(STREAM_READ);
	expect_frames(6 * 2);
	assert_string_equal(why("lost frames"), "read() has no numbers");
	assert_string_equal(why("timestamp to program"),
			    "read() has no timestamps");
	assert_string_equal(why("QBUF"), "read() has no buffers");
}

static void planes_are_mapped_each(void **state)
{
	(void)state;
	fake_kernel.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake_kernel.multiplanar = true;
	choose(STREAM_MMAP);
	expect_frames(14 * 2);
	assert_string_equal(results.nodes[0].format, "640x480 NM12");
}

static void lost_frames_are_counted(void **state)
{
	(void)state;
	fake_kernel.skip = 3;
	choose(STREAM_MMAP);
	measure_streams(&results);
	assert_float_equal(series_total(&find("lost frames", "")->series[0]), 3,
			   0);
	assert_float_equal(median("frames per second", ""),
			   25.0 * FRAMES / (FRAMES + 3), 0.01);
}

static void a_stream_that_fails_is_said_and_not_tried_again(void **state)
{
	unsigned int calls;

	(void)state;
	fake_kernel.fails_at = 7;
	choose(STREAM_MMAP);
	measure_streams(&results);
	assert_string_equal(why("open() to first frame"),
			    "DQBUF: Input/output error");
	assert_false(fake_kernel.streams);
	calls = fake_kernel.calls;
	measure_streams(&results);
	assert_int_equal(fake_kernel.calls, calls);
}

static void a_node_without_capture_has_no_frames(void **state)
{
	enum stream_method method;
	struct target target;
	const char *failed;

	(void)state;
	fake_kernel.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	assert_int_equal(target_look(PATH, NULL, &target), 0);
	assert_true(stream_choose(&target, &method, &failed) < 0);
	assert_string_equal(failed, "no video capture");
	kernel_close(target.fd);
}

static void the_reason_for_no_frames_is_of_what_was_tried(void **state)
{
	enum stream_method method;
	struct target target;
	const char *failed;

	(void)state;
	fake_kernel.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	fake_kernel.maps = false;
	fake_kernel.no_userptr = true;
	assert_int_equal(target_look(PATH, NULL, &target), 0);
	assert_int_equal(stream_choose(&target, &method, &failed), -EINVAL);
	assert_string_equal(failed, "REQBUFS");
	target.caps = V4L2_CAP_VIDEO_CAPTURE;
	assert_int_equal(stream_choose(&target, &method, &failed), -ENOTSUP);
	assert_string_equal(failed, "neither STREAMING nor READWRITE");
	kernel_close(target.fd);
}

static void what_processes_cost_is_of_those_that_are_there(void **state)
{
	(void)state;
	results.process_count = 2;
	results.processes[0] = (struct results_process){ "itself", getpid() };
	results.processes[1] = (struct results_process){ "nobody", 4194305 };
	choose(STREAM_MMAP);
	measure_streams(&results);
	assert_true(median("CPU time per frame", "itself") >= 0);
	assert_true(median("memory", "itself") > 0);
	assert_string_equal(find("CPU time per frame", "nobody")->why[0],
			    "No such process");
}

static void without_tracing_it_is_said_and_nothing_streams(void **state)
{
	(void)state;
	results.process_count = 1;
	results.processes[0] = (struct results_process){ "itself", getpid() };
	choose(STREAM_MMAP);
	fake_kernel.calls = 0;
	measure_copies(&results, "/nowhere");
	assert_true(*find("copied per frame", "itself")->why[0]);
	assert_int_equal(find("copied per frame", "itself")->series[0].count,
			 0);
	assert_int_equal(fake_kernel.calls, 0);
}

/* ---- turns ------------------------------------------------------------------------ */

static void each_node_has_its_turn_and_none_is_always_first(void **state)
{
	unsigned int first[3] = { 0 };
	unsigned int thing, i;

	(void)state;
	results.node_count = 3;
	for (thing = 0; thing < 12; thing++) {
		unsigned int seen = 0;

		for (i = 0; i < 3; i++) {
			results_turn(&results, thing, i);
			assert_true(results.node < 3);
			seen |= 1u << results.node;
			first[results.node] += !i;
		}
		assert_int_equal(seen, 7);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(first[i], 4);
	results.node_count = 1;
}

/* ---- names ------------------------------------------------------------------------ */

static void what_a_driver_says_becomes_printable(void **state)
{
	(void)state;
	choose(STREAM_MMAP);
	assert_string_equal(results.nodes[0].driver, "fake?");
	assert_string_equal(results.nodes[0].card, "Fake \"Camera\" <&");
	assert_string_equal(results.nodes[0].format, "640x480 YUYV");
	assert_float_equal(results.nodes[0].nominal, 25, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_call_takes_as_long_as_it_does),
		TEST(a_call_that_fails_is_said_and_not_made_again),
		TEST(a_node_that_is_gone_is_said),
		TEST(a_browser_asks_until_nothing_is_left),
		TEST(a_node_without_end_is_said_to_be_one),
		TEST(frames_come_by_mmap),
		TEST(frames_come_by_userptr_where_nothing_can_be_mapped),
		TEST(frames_come_by_read_where_there_is_nothing_else),
		TEST(planes_are_mapped_each),
		TEST(lost_frames_are_counted),
		TEST(a_stream_that_fails_is_said_and_not_tried_again),
		TEST(a_node_without_capture_has_no_frames),
		TEST(the_reason_for_no_frames_is_of_what_was_tried),
		TEST(what_processes_cost_is_of_those_that_are_there),
		TEST(without_tracing_it_is_said_and_nothing_streams),
		TEST(each_node_has_its_turn_and_none_is_always_first),
		TEST(what_a_driver_says_becomes_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
