// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a host tells of sizes, rates, timings, buffers and events: what drivers are
 * known to say, and what none can.  Of controls: test_plausible_controls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "guestd/plausible.h"
#include "tests/plausible_rig.h"

#define TYPE(x) V4L2_CTRL_TYPE_##x

/* ---- lists -------------------------------------------------------------------------- */

static void sizes_are_ordered(void **state)
{
	static const struct {
		uint32_t type, least, most, step;
		bool lie;
	} rows[] = {
		{ V4L2_FRMSIZE_TYPE_DISCRETE, 640, 480, 0, false },
		{ V4L2_FRMSIZE_TYPE_DISCRETE, 0, 0, 0, false },
		{ V4L2_FRMSIZE_TYPE_STEPWISE, 16, 1920, 8, false },
		{ V4L2_FRMSIZE_TYPE_STEPWISE, 16, 1920, 0, true },
		{ V4L2_FRMSIZE_TYPE_STEPWISE, 16, 16, 0, false },
		{ V4L2_FRMSIZE_TYPE_STEPWISE, 1920, 16, 8, true },
		{ V4L2_FRMSIZE_TYPE_STEPWISE, 0, 16, 8, true },
		{ V4L2_FRMSIZE_TYPE_CONTINUOUS, 16, 1920, 0, false },
		{ V4L2_FRMSIZE_TYPE_CONTINUOUS, 1920, 16, 1, true },
		{ 0, 16, 1920, 8, true },
		{ 4, 16, 1920, 8, true },
	};
	const struct v4l2_frmsizeenum asked = { .index = 3 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct v4l2_frmsizeenum got = asked;

		got.type = rows[i].type;
		got.stepwise.min_width = got.stepwise.min_height =
			rows[i].least;
		got.stepwise.max_width = got.stepwise.max_height = rows[i].most;
		got.stepwise.step_width = got.stepwise.step_height =
			rows[i].step;
		assert_int_equal(!!plausible_rig_answer(VIDIOC_ENUM_FRAMESIZES,
							&asked, &got, 0),
				 rows[i].lie);
	}
}

static void intervals_are_fractions(void **state)
{
	static const struct {
		uint32_t type;
		struct v4l2_fract least, most, step;
		bool lie;
	} rows[] = {
		{ V4L2_FRMIVAL_TYPE_DISCRETE, { 1, 30 }, { 0 }, { 0 }, false },
		{ V4L2_FRMIVAL_TYPE_DISCRETE, { 0, 30 }, { 0 }, { 0 }, true },
		{ V4L2_FRMIVAL_TYPE_DISCRETE, { 1, 0 }, { 0 }, { 0 }, true },
		{ V4L2_FRMIVAL_TYPE_STEPWISE,
		  { 1, 60 },
		  { 1, 5 },
		  { 1, 10000000 },
		  false },
		{ V4L2_FRMIVAL_TYPE_STEPWISE,
		  { 1, 5 },
		  { 1, 60 },
		  { 1, 10000000 },
		  false },
		{ V4L2_FRMIVAL_TYPE_STEPWISE,
		  { 1, 5 },
		  { 1, 5 },
		  { 0, 1 },
		  false },
		{ V4L2_FRMIVAL_TYPE_STEPWISE,
		  { 1, 0 },
		  { 1, 5 },
		  { 1, 1 },
		  false },
		{ V4L2_FRMIVAL_TYPE_STEPWISE,
		  { 1, 0 },
		  { 0, 5 },
		  { 1, 1 },
		  true },
		{ V4L2_FRMIVAL_TYPE_CONTINUOUS,
		  { 1, 60 },
		  { 1, 5 },
		  { 1, 1 },
		  false },
		{ 0, { 1, 60 }, { 1, 5 }, { 1, 1 }, true },
	};
	const struct v4l2_frmivalenum asked = { .width = 640, .height = 480 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct v4l2_frmivalenum got = asked;

		got.type = rows[i].type;
		got.stepwise.min = rows[i].least;
		got.stepwise.max = rows[i].most;
		got.stepwise.step = rows[i].step;
		assert_int_equal(
			!!plausible_rig_answer(VIDIOC_ENUM_FRAMEINTERVALS,
					       &asked, &got, 0),
			rows[i].lie);
	}
}

/* venus */
static void a_range_is_mended(void **state)
{
	const struct v4l2_frmivalenum asked = { .width = 640, .height = 480 };
	struct v4l2_frmivalenum got = asked;

	(void)state;
	got.type = V4L2_FRMIVAL_TYPE_STEPWISE;
	got.stepwise.min = (struct v4l2_fract){ 1, 30 };
	got.stepwise.max = (struct v4l2_fract){ 1, 0 };
	got.stepwise.step = (struct v4l2_fract){ 1, 0 };
	assert_null(plausible_rig_answer(VIDIOC_ENUM_FRAMEINTERVALS, &asked,
					 &got, 0));
	assert_int_equal(got.stepwise.min.denominator, 30);
	assert_int_equal(got.stepwise.max.denominator, 30);
	assert_int_equal(got.stepwise.step.numerator, 0);
	assert_int_equal(got.stepwise.step.denominator, 1);
}

/* Who has no rate does not say TIMEPERFRAME. */
static void a_rate_is_a_fraction(void **state)
{
	struct v4l2_streamparm asked = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};
	struct v4l2_streamparm got = asked;
	struct v4l2_captureparm *capture = &got.parm.capture;

	(void)state;
	assert_null(plausible_rig_answer(VIDIOC_G_PARM, &asked, &got, 0));
	capture->capability = V4L2_CAP_TIMEPERFRAME;
	assert_null(plausible_rig_answer(VIDIOC_G_PARM, &asked, &got, 0));
	assert_int_equal(capture->capability, 0);
	capture->capability = V4L2_CAP_TIMEPERFRAME;
	capture->timeperframe.numerator = 1;
	assert_null(plausible_rig_answer(VIDIOC_S_PARM, &asked, &got, 0));
	assert_int_equal(capture->capability, 0);
	capture->capability = V4L2_CAP_TIMEPERFRAME;
	capture->timeperframe.denominator = 30;
	assert_null(plausible_rig_answer(VIDIOC_S_PARM, &asked, &got, 0));
	assert_int_equal(capture->capability, V4L2_CAP_TIMEPERFRAME);
	capture->readbuffers = VMS_QUEUE_BUFFERS_MAX + 1;
	assert_non_null(plausible_rig_answer(VIDIOC_G_PARM, &asked, &got, 0));
	/* The program's own */
	asked.parm.capture.readbuffers = VMS_QUEUE_BUFFERS_MAX + 1;
	assert_null(plausible_rig_answer(VIDIOC_S_PARM, &asked, &got, 0));
}

/* Since 6.17 a flag in the index comes back as 0; the list has an end anyhow. */
static void all_formats_may_be_asked_for(void **state)
{
	struct v4l2_fmtdesc asked = {
		.index = 0x80000001,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.mbus_code = 5,
	};
	struct v4l2_fmtdesc got = asked;

	(void)state;
	got.pixelformat = V4L2_PIX_FMT_YUYV;
	assert_null(plausible_rig_answer(VIDIOC_ENUM_FMT, &asked, &got, 0));
	got.index = 1;
	got.mbus_code = 0;
	assert_null(plausible_rig_answer(VIDIOC_ENUM_FMT, &asked, &got, 0));
	got.index = 2;
	assert_non_null(plausible_rig_answer(VIDIOC_ENUM_FMT, &asked, &got, 0));
	asked.index = PLAUSIBLE_LIST_MAX;
	got.index = PLAUSIBLE_LIST_MAX;
	assert_non_null(plausible_rig_answer(VIDIOC_ENUM_FMT, &asked, &got, 0));
}

/* pvrusb2 says 0/0, and the core 1/1 for who says nothing (v4l_cropcap()). */
static void pixels_are_square_if_nobody_knows(void **state)
{
	struct v4l2_cropcap asked = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_cropcap got = asked;

	(void)state;
	assert_null(plausible_rig_answer(VIDIOC_CROPCAP, &asked, &got, 0));
	assert_int_equal(got.pixelaspect.numerator, 1);
	assert_int_equal(got.pixelaspect.denominator, 1);
	got.pixelaspect = (struct v4l2_fract){ 54, 59 };
	assert_null(plausible_rig_answer(VIDIOC_CROPCAP, &asked, &got, 0));
	assert_int_equal(got.pixelaspect.numerator, 54);
	assert_int_equal(got.pixelaspect.denominator, 59);
}

static void timings_may_not_be_set_yet(void **state)
{
	struct v4l2_dv_timings got = { 0 };

	(void)state;
	assert_null(plausible_rig_answer(VIDIOC_G_DV_TIMINGS, &got, &got, 0));
	assert_non_null(
		plausible_rig_answer(VIDIOC_QUERY_DV_TIMINGS, &got, &got, 0));
	got.bt.width = 1920;
	assert_non_null(
		plausible_rig_answer(VIDIOC_G_DV_TIMINGS, &got, &got, 0));
	got.bt.height = 1080;
	assert_null(
		plausible_rig_answer(VIDIOC_QUERY_DV_TIMINGS, &got, &got, 0));
	got.bt.vsync = 196608;
	assert_null(
		plausible_rig_answer(VIDIOC_QUERY_DV_TIMINGS, &got, &got, 0));
	assert_int_equal(got.bt.vsync, 196608);
	/* aspeed-video */
	got.bt.vsync = 196609;
	assert_null(
		plausible_rig_answer(VIDIOC_QUERY_DV_TIMINGS, &got, &got, 0));
	assert_int_equal(got.bt.vsync, 0);
}

static void a_rectangle_is_in_range_or_the_programs(void **state)
{
	struct v4l2_selection asked = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
					.r.width = UINT32_MAX };
	struct v4l2_selection got = asked;

	(void)state;
	assert_null(plausible_rig_answer(VIDIOC_G_SELECTION, &asked, &got, 0));
	assert_null(plausible_rig_answer(VIDIOC_S_SELECTION, &asked, &got, 0));
	got.r.left = 1;
	assert_non_null(
		plausible_rig_answer(VIDIOC_G_SELECTION, &asked, &got, 0));
	got.r.width = INT32_MAX;
	assert_non_null(
		plausible_rig_answer(VIDIOC_S_SELECTION, &asked, &got, 0));
	got.r.left = 0;
	assert_null(plausible_rig_answer(VIDIOC_S_SELECTION, &asked, &got, 0));
}

/* ---- buffers and events --------------------------------------------------------------- */

static void a_buffer_is_mended(void **state)
{
	struct v4l2_buffer buffer;
	struct v4l2_buffer good = {
		.field = V4L2_FIELD_INTERLACED_BT,
		.flags = V4L2_BUF_FLAG_TIMESTAMP_COPY |
			 V4L2_BUF_FLAG_TSTAMP_SRC_SOE | V4L2_BUF_FLAG_TIMECODE,
		.timecode.type = V4L2_TC_TYPE_60FPS,
		.sequence = UINT32_MAX,
	};

	(void)state;
	buffer = good;
	plausible_buffer(&buffer);
	assert_memory_equal(&buffer, &good, sizeof(good));
	memset(&buffer, 0xff, sizeof(buffer));
	plausible_buffer(&buffer);
	assert_int_equal(buffer.field, V4L2_FIELD_ANY);
	assert_int_equal(buffer.flags & (V4L2_BUF_FLAG_TIMESTAMP_MASK |
					 V4L2_BUF_FLAG_TSTAMP_SRC_MASK |
					 V4L2_BUF_FLAG_TIMECODE),
			 0);
	assert_int_equal(buffer.timecode.type, 0);
	assert_int_equal(buffer.timecode.hours, 0);
	memset(&buffer, 0xff, sizeof(buffer));
	buffer.type = V4L2_BUF_TYPE_VBI_OUTPUT;
	buffer.field = 99;
	plausible_buffer(&buffer);
	assert_int_equal(buffer.field, 99);
	assert_int_equal(buffer.timecode.type, UINT32_MAX);
	/* A codec has copied it from there. */
	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	buffer.flags = V4L2_BUF_FLAG_TIMESTAMP_COPY | V4L2_BUF_FLAG_TIMECODE;
	plausible_buffer(&buffer);
	assert_int_equal(buffer.field, 99);
	assert_int_equal(buffer.timecode.type, UINT32_MAX);
}

static void an_event_is_of_something(void **state)
{
	struct v4l2_event event;

	(void)state;
	memset(&event, 0xff, sizeof(event));
	event.type = V4L2_EVENT_SOURCE_CHANGE;
	assert_null(plausible_event(&event));
	assert_int_equal(event.reserved[7], 0);
	event.type = V4L2_EVENT_CTRL;
	assert_non_null(plausible_event(&event));
	event.u.ctrl.type = TYPE(MENU);
	assert_null(plausible_event(&event));
	event.type = V4L2_EVENT_VSYNC;
	event.u.vsync.field = 10;
	assert_non_null(plausible_event(&event));
	event.u.vsync.field = V4L2_FIELD_TOP;
	assert_null(plausible_event(&event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_ordered),
		cmocka_unit_test(intervals_are_fractions),
		cmocka_unit_test(a_range_is_mended),
		cmocka_unit_test(a_rate_is_a_fraction),
		cmocka_unit_test(all_formats_may_be_asked_for),
		cmocka_unit_test(pixels_are_square_if_nobody_knows),
		cmocka_unit_test(timings_may_not_be_set_yet),
		cmocka_unit_test(a_rectangle_is_in_range_or_the_programs),
		cmocka_unit_test(a_buffer_is_mended),
		cmocka_unit_test(an_event_is_of_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
