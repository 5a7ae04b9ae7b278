// SPDX-License-Identifier: BSD-3-Clause
/*
 * Arguments: what an application gets back, above all when a call fails, and who
 * answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/streamer.h"

static struct front_file file;
static int error;

static int change_format(void *arg)
{
	struct v4l2_format *format = arg;

	*format = (struct v4l2_format){
		.type = format->type,
		.fmt.pix.width = 1234,
		.fmt.pix.height = 56,
		.fmt.pix.pixelformat = V4L2_PIX_FMT_MJPEG,
		.fmt.pix.sizeimage = 78,
		.fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC,
	};
	return error;
}

static int change_number(void *arg)
{
	uint32_t *number = arg;

	*number = 99;
	return error;
}

static int change_timings(void *arg)
{
	struct v4l2_dv_timings *timings = arg;

	memset(timings, 0, sizeof(*timings));
	timings->bt.width = 1920;
	return error;
}

static void an_argument_goes_there_and_back(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	struct v4l2_format sent;

	(void)state;
	harness_open_fake(&file);
	memset(&format.fmt, 0x5a, sizeof(format.fmt));
	sent = format;
	fake_on(VIDIOC_S_FMT, change_format);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_FMT, &format), 0);
	assert_memory_equal(&fake_last(VIDIOC_S_FMT)->arg.format, &sent,
			    sizeof(sent));
	change_format(&sent);
	assert_memory_equal(&format, &sent, sizeof(sent));
	assert_int_equal(front_close(&file), 0);
}

static int change_error_idx(void *arg)
{
	struct v4l2_ext_controls *controls = arg;

	controls->error_idx = 0;
	return error;
}

/* video_usercopy(): "if (err < 0 && !always_copy) goto out" */
static void a_call_that_fails_leaves_its_argument(void **state)
{
	/* EPROTO: what USB cameras say of a bad cable, and no lie */
	static const int errors[] = { EINVAL, EBUSY,  EPROTO,
				      ERANGE, ENOTTY, ENODEV };
	struct v4l2_format format;
	size_t i;

	(void)state;
	harness_open_fake(&file);
	fake_on(VIDIOC_S_FMT, change_format);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		memset(&format, 0, sizeof(format));
		format.type = CAPTURE;
		error = -errors[i];
		assert_int_equal(front_ioctl(&file, VIDIOC_S_FMT, &format),
				 -errors[i]);
		assert_int_equal(format.fmt.pix.width, 0);
	}
	assert_int_equal(front_close(&file), 0);
}

/*
 * INFO_FL_ALWAYS_COPY; but who has no such ioctl has nothing to say.
 *
 * Rule: R13
 */
static void controls_come_back_with_an_error(void **state)
{
	static const int errors[] = { EINVAL, ERANGE, ENOTTY };
	struct v4l2_ext_controls controls;
	size_t i;

	(void)state;
	harness_open_fake(&file);
	fake_on(VIDIOC_S_EXT_CTRLS, change_error_idx);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		memset(&controls, 0, sizeof(controls));
		controls.error_idx = 77;
		error = -errors[i];
		assert_int_equal(
			front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls),
			-errors[i]);
		assert_int_equal(controls.error_idx,
				 errors[i] == ENOTTY ? 77 : 0);
	}
	assert_int_equal(front_close(&file), 0);
}

/* Refused by priority: nobody has looked at error_idx. */
static int refuse(void *arg)
{
	(void)arg;
	return error;
}

static void an_error_idx_that_nobody_wrote_stays(void **state)
{
	struct v4l2_ext_controls controls = { .error_idx = 77 };

	(void)state;
	harness_open_fake(&file);
	error = -EBUSY;
	fake_on(VIDIOC_S_EXT_CTRLS, refuse);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls),
			 -EBUSY);
	assert_int_equal(controls.error_idx, 77);
	assert_int_equal(front_close(&file), 0);
}

static void a_call_one_way_that_fails_brings_nothing(void **state)
{
	uint32_t number = 7;
	struct v4l2_dv_timings timings = { .type = 5, .bt.width = 7 };

	(void)state;
	harness_open_fake(&file);
	error = -EINVAL;
	fake_on(VIDIOC_G_INPUT, change_number);
	assert_int_equal(front_ioctl(&file, VIDIOC_G_INPUT, &number), -EINVAL);
	assert_int_equal(number, 7);
	fake_on(VIDIOC_S_PRIORITY, change_number);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_PRIORITY, &number),
			 -EINVAL);
	assert_int_equal(number, 7);

	/* Flagged INFO_FL_ALWAYS_COPY, but not looked at in an _IOR. */
	error = -ERANGE;
	fake_on(VIDIOC_QUERY_DV_TIMINGS, change_timings);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERY_DV_TIMINGS, &timings),
			 -ERANGE);
	assert_int_equal(timings.bt.width, 7);

	error = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_INPUT, &number), 0);
	assert_int_equal(number, 99);
	assert_int_equal(front_close(&file), 0);
}

static void who_asks_what_there_is_no_gets_enotty(void **state)
{
	uint32_t nothing[32] = { 0 };
	struct v4l2_jpegcompression jpeg;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(front_ioctl(&file, _IOWR('V', 1, int), nothing),
			 -ENOTTY);
	assert_int_equal(front_ioctl(&file, _IOWR('V', 200, int), nothing),
			 -ENOTTY);
	assert_int_equal(front_ioctl(&file, _IO('x', 4), nothing), -ENOTTY);
	/* The right number with the wrong size: a 32-bit program. */
	assert_int_equal(front_ioctl(&file, _IOWR('V', 15, char[52]), nothing),
			 -ENOTTY);
	assert_int_equal(front_ioctl(&file, VIDIOC_G_JPEGCOMP, &jpeg), -ENOTTY);
	assert_int_equal(fake_count(VIDIOC_G_JPEGCOMP), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: B19 */
static void querycap_is_answered_here(void **state)
{
	struct v4l2_capability capability;
	unsigned int asked;

	(void)state;
	fake.caps |= V4L2_CAP_READWRITE;
	harness_open_fake(&file);
	asked = fake_count(VIDIOC_QUERYCAP);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCAP, &capability), 0);
	assert_int_equal(fake_count(VIDIOC_QUERYCAP), asked);
	assert_string_equal((char *)capability.driver, "fake");
	assert_string_equal((char *)capability.card, "Fake");
	assert_string_equal((char *)capability.bus_info, "platform:fake");
	assert_int_equal(capability.device_caps, V4L2_CAP_VIDEO_CAPTURE |
							 V4L2_CAP_STREAMING |
							 V4L2_CAP_READWRITE);
	assert_int_equal(front_close(&file), 0);
}

static void log_status_is_there_if_the_host_has_it(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_LOG_STATUS, NULL), 0);
	/* Never run for a guest. */
	assert_int_equal(fake_count(VIDIOC_LOG_STATUS), 1);
	assert_int_equal(front_close(&file), 0);
}

static void log_status_is_not_there_if_the_host_has_it_not(void **state)
{
	(void)state;
	fake.log_status = -ENOTTY;
	harness_open_fake(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_LOG_STATUS, NULL), -ENOTTY);
	assert_int_equal(front_close(&file), 0);
}

static int give_framebuffer(void *arg)
{
	struct v4l2_framebuffer *framebuffer = arg;

	memset(framebuffer, 0, sizeof(*framebuffer));
	framebuffer->capability = V4L2_FBUF_CAP_LIST_CLIPPING |
				  V4L2_FBUF_CAP_BITMAP_CLIPPING |
				  V4L2_FBUF_CAP_GLOBAL_ALPHA;
	framebuffer->base = framebuffer;
	framebuffer->fmt.width = 640;
	return 0;
}

/* Rule: B31 */
static void no_address_of_the_host_leaves_it(void **state)
{
	struct v4l2_framebuffer framebuffer = { 0 };
	uint32_t on = 1;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_FBUF, &framebuffer),
			 -ENOTTY);
	fake_on(VIDIOC_G_FBUF, give_framebuffer);
	assert_int_equal(front_ioctl(&file, VIDIOC_G_FBUF, &framebuffer), 0);
	assert_null(framebuffer.base);
	assert_int_equal(framebuffer.capability, V4L2_FBUF_CAP_GLOBAL_ALPHA);
	assert_int_equal(framebuffer.fmt.width, 640);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_FBUF, &framebuffer),
			 -EPERM);
	assert_int_equal(front_ioctl(&file, VIDIOC_OVERLAY, &on), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_S_FBUF), 0);
	assert_int_equal(front_close(&file), 0);
}

static int look_at_window(void *arg)
{
	const struct v4l2_format *format = arg;

	return format->fmt.win.clips || format->fmt.win.bitmap ||
			       format->fmt.win.clipcount
		       ? -EPERM
		       : 0;
}

static void no_address_of_the_guest_reaches_the_device(void **state)
{
	struct v4l2_clip clip;
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_OVERLAY,
		.fmt.win = {
			.clips = &clip,
			.clipcount = 1,
			.bitmap = &clip,
		},
	};

	(void)state;
	harness_open_fake(&file);
	fake_on(VIDIOC_TRY_FMT, look_at_window);
	assert_int_equal(front_ioctl(&file, VIDIOC_TRY_FMT, &format), 0);
	assert_int_equal(front_close(&file), 0);
}

/* The driver looks at O_NONBLOCK last (vivid-radio-rx.c). */
static int seek_frequency(void *arg)
{
	const struct v4l2_hw_freq_seek *seek = arg;

	if (seek->tuner)
		return -EINVAL;
	return fake.blocking ? 0 : -EWOULDBLOCK;
}

static void a_seek_that_may_not_wait_is_the_devices_matter(void **state)
{
	struct v4l2_hw_freq_seek seek = { .type = V4L2_TUNER_RADIO };

	(void)state;
	harness_open_fake(&file);
	harness.helper.nonblock = 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -ENOTTY);
	fake_on(VIDIOC_S_HW_FREQ_SEEK, seek_frequency);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -EWOULDBLOCK);
	seek.tuner = 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -EINVAL);
	assert_int_equal(fake.blockings, 0);

	harness.helper.nonblock = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -EINVAL);
	seek.tuner = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek), 0);
	assert_int_equal(fake.blockings, 2);
	assert_false(fake.blocking);
	assert_int_equal(front_close(&file), 0);
}

/* Beside a stream the node cannot be had blocking, but it need not. */
static void who_may_not_wait_may_seek_beside_a_stream(void **state)
{
	struct v4l2_hw_freq_seek seek = { .type = V4L2_TUNER_RADIO };

	(void)state;
	harness_open_fake(&file);
	fake_on(VIDIOC_S_HW_FREQ_SEEK, seek_frequency);
	stream_start(&file, CAPTURE, 2);
	harness.helper.nonblock = 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -EWOULDBLOCK);
	harness.helper.nonblock = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -EBUSY);
	assert_int_equal(front_close(&file), 0);
}

static uint32_t readbuffers;

static int give_parm(void *arg)
{
	struct v4l2_streamparm *parm = arg;

	parm->parm.capture.readbuffers = readbuffers;
	return error;
}

/*
 * v4l2-compliance: not 0 if and only if there is read().  But drivers may do as
 * they like (gspca.c), and so does the profile that is the driver's own.
 */
static void readbuffers_follow_the_profile(void **state)
{
	struct v4l2_streamparm parm = { .type = CAPTURE };

	(void)state;
	error = 0;
	readbuffers = 0;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	fake_on(VIDIOC_G_PARM, give_parm);
	assert_int_equal(front_ioctl(&file, VIDIOC_G_PARM, &parm), 0);
	assert_int_equal(parm.parm.capture.readbuffers, 2);
	assert_int_equal(front_close(&file), 0);

	harness.front.choice = PROFILE_CHOICE_STREAM;
	harness_open(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_G_PARM, &parm), 0);
	assert_int_equal(parm.parm.capture.readbuffers, 0);
	readbuffers = 3;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_PARM, &parm), 0);
	assert_int_equal(parm.parm.capture.readbuffers, 3);
	assert_int_equal(front_close(&file), 0);
}

static void a_device_that_does_not_open_says_why(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	fake.open_result = -EBUSY;
	assert_int_equal(front_open(&harness.front, &file, O_RDWR), -EBUSY);
	fake.open_result = 0;
	harness_open(&file);
	assert_int_equal(front_close(&file), 0);
}

static unsigned int said(const char *what)
{
	const char *at = harness.said;
	unsigned int count = 0;

	while ((at = strstr(at, what))) {
		count++;
		at++;
	}
	return count;
}

/* As natively: the node is still there, its device is not. */
static void a_device_that_is_not_there_any_more_is_enodev(void **state)
{
	static const int errors[] = { ENOENT, ENXIO, ENODEV };
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	for (i = 0; i < 3; i++) {
		fake.open_result = -errors[i];
		assert_int_equal(front_open(&harness.front, &file, O_RDWR),
				 -ENODEV);
	}
	assert_int_equal(said("device fake: session "), 1);

	fake.open_result = 0;
	harness_open(&file);
	assert_int_equal(front_close(&file), 0);
	fake.open_result = -ENOENT;
	assert_int_equal(front_open(&harness.front, &file, O_RDWR), -ENODEV);
	assert_int_equal(said("device fake: session "), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(an_argument_goes_there_and_back),
		HARNESS_TEST(a_call_that_fails_leaves_its_argument),
		HARNESS_TEST(controls_come_back_with_an_error),
		HARNESS_TEST(an_error_idx_that_nobody_wrote_stays),
		HARNESS_TEST(a_call_one_way_that_fails_brings_nothing),
		HARNESS_TEST(who_asks_what_there_is_no_gets_enotty),
		HARNESS_TEST(querycap_is_answered_here),
		HARNESS_TEST(log_status_is_there_if_the_host_has_it),
		HARNESS_TEST(log_status_is_not_there_if_the_host_has_it_not),
		HARNESS_TEST(no_address_of_the_host_leaves_it),
		HARNESS_TEST(no_address_of_the_guest_reaches_the_device),
		HARNESS_TEST(a_seek_that_may_not_wait_is_the_devices_matter),
		HARNESS_TEST(who_may_not_wait_may_seek_beside_a_stream),
		HARNESS_TEST(readbuffers_follow_the_profile),
		HARNESS_TEST(a_device_that_does_not_open_says_why),
		HARNESS_TEST(a_device_that_is_not_there_any_more_is_enodev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
