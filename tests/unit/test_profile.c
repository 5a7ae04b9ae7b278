// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an open file promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "guestd/profile.h"

#define VIVID_CAPTURE 0x05230005u /* what vivid says on Linux 6.1 */
#define VIVID_OUTPUT  0x05230002u
#define STREAMING     V4L2_CAP_STREAMING
#define CAPTURE       V4L2_CAP_VIDEO_CAPTURE

static void words_are_parsed(void **state)
{
	enum profile_choice choice = PROFILE_CHOICE_AUTO;

	(void)state;
	assert_int_equal(profile_parse("stream", &choice), 0);
	assert_int_equal(choice, PROFILE_CHOICE_STREAM);
	assert_int_equal(profile_parse("read", &choice), 0);
	assert_int_equal(choice, PROFILE_CHOICE_READ);
	assert_int_equal(profile_parse("auto", &choice), 0);
	assert_int_equal(choice, PROFILE_CHOICE_AUTO);
	assert_int_equal(profile_parse("", &choice), -EINVAL);
	assert_int_equal(profile_parse("Read", &choice), -EINVAL);
	assert_int_equal(profile_parse("readx", &choice), -EINVAL);
}

static void
auto_reads_from_plain_cameras_and_writes_to_plain_outputs(void **state)
{
	static const uint32_t plain[] = {
		CAPTURE | STREAMING,
		V4L2_CAP_VIDEO_OUTPUT | STREAMING,
		VIVID_CAPTURE,
		VIVID_OUTPUT | V4L2_CAP_STREAMING,
		CAPTURE | STREAMING | V4L2_CAP_READWRITE | V4L2_CAP_TUNER |
			V4L2_CAP_AUDIO | V4L2_CAP_VIDEO_OVERLAY |
			V4L2_CAP_IO_MC | V4L2_CAP_EXT_PIX_FORMAT,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		assert_int_equal(profile_choose(PROFILE_CHOICE_AUTO, plain[i]),
				 PROFILE_READ);
		assert_int_equal(profile_choose(PROFILE_CHOICE_READ, plain[i]),
				 PROFILE_READ);
		assert_int_equal(
			profile_choose(PROFILE_CHOICE_STREAM, plain[i]),
			PROFILE_STREAM);
	}
}

static void what_has_other_queues_streams(void **state)
{
	static const uint32_t others[] = {
		CAPTURE | V4L2_CAP_VIDEO_OUTPUT,
		V4L2_CAP_VIDEO_CAPTURE_MPLANE,
		V4L2_CAP_VIDEO_OUTPUT_MPLANE,
		V4L2_CAP_VIDEO_M2M,
		V4L2_CAP_VIDEO_M2M_MPLANE,
		CAPTURE | V4L2_CAP_VBI_CAPTURE,
		V4L2_CAP_VBI_CAPTURE,
		V4L2_CAP_SLICED_VBI_OUTPUT,
		V4L2_CAP_SDR_CAPTURE,
		CAPTURE | V4L2_CAP_META_CAPTURE,
		V4L2_CAP_META_OUTPUT,
		CAPTURE | V4L2_CAP_TOUCH,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(profile_choose(PROFILE_CHOICE_AUTO,
						others[i] | STREAMING),
				 PROFILE_STREAM);
		assert_int_equal(profile_choose(PROFILE_CHOICE_READ,
						others[i] | STREAMING),
				 PROFILE_STREAM);
	}
}

static void read_is_not_possible_everywhere(void **state)
{
	(void)state;
	assert_true(profile_possible(PROFILE_CHOICE_READ, VIVID_CAPTURE));
	assert_false(profile_possible(PROFILE_CHOICE_READ,
				      V4L2_CAP_VIDEO_M2M | STREAMING));
	assert_false(profile_possible(PROFILE_CHOICE_READ, CAPTURE));
	assert_true(profile_possible(PROFILE_CHOICE_AUTO,
				     V4L2_CAP_VIDEO_M2M | STREAMING));
	assert_true(profile_possible(PROFILE_CHOICE_STREAM, CAPTURE));
}

static void profiles_have_names(void **state)
{
	(void)state;
	assert_string_equal(profile_name(PROFILE_STREAM), "stream");
	assert_string_equal(profile_name(PROFILE_READ), "read");
	assert_string_equal(profile_name(PROFILE_NATIVE), "native");
}

static void what_has_no_streaming_is_native(void **state)
{
	(void)state;
	assert_int_equal(profile_choose(PROFILE_CHOICE_AUTO,
					V4L2_CAP_RADIO | V4L2_CAP_READWRITE |
						V4L2_CAP_RDS_CAPTURE),
			 PROFILE_NATIVE);
	assert_int_equal(profile_choose(PROFILE_CHOICE_STREAM, CAPTURE),
			 PROFILE_NATIVE);
}

static void each_profile_tells_its_story(void **state)
{
	struct v4l2_capability host;
	struct v4l2_capability out;

	(void)state;
	memset(&host, 'x', sizeof(host));
	host.capabilities = CAPTURE | STREAMING | V4L2_CAP_META_CAPTURE |
			    V4L2_CAP_DEVICE_CAPS;
	host.device_caps = CAPTURE | STREAMING;
	profile_capability(PROFILE_READ, false, &host, &out);
	assert_int_equal(out.device_caps, CAPTURE | V4L2_CAP_READWRITE);
	assert_int_equal(out.capabilities, CAPTURE | V4L2_CAP_META_CAPTURE |
						   V4L2_CAP_READWRITE |
						   V4L2_CAP_DEVICE_CAPS);
	assert_int_equal(out.driver[sizeof(out.driver) - 1], 0);
	assert_int_equal(out.driver[0], 'x');
	assert_int_equal(out.card[sizeof(out.card) - 1], 0);
	assert_int_equal(out.bus_info[sizeof(out.bus_info) - 1], 0);
	assert_int_equal(out.reserved[0], 0);
	assert_int_equal(out.version, host.version);

	profile_capability(PROFILE_STREAM, true, &host, &out);
	assert_int_equal(out.device_caps, host.device_caps);
	assert_int_equal(out.capabilities, host.capabilities);

	/* Only IO frames could carry it. */
	host.device_caps = V4L2_CAP_RADIO | V4L2_CAP_READWRITE |
			   V4L2_CAP_RDS_CAPTURE | V4L2_CAP_TUNER;
	profile_capability(PROFILE_NATIVE, false, &host, &out);
	assert_int_equal(out.device_caps, V4L2_CAP_RADIO | V4L2_CAP_TUNER);
	profile_capability(PROFILE_NATIVE, true, &host, &out);
	assert_int_equal(out.device_caps, host.device_caps);
	assert_int_equal(out.capabilities, host.capabilities);
}

/* Or a host could give its device any property of udev's. */
static void the_hosts_texts_are_one_line_each(void **state)
{
	struct v4l2_capability host = {
		.driver = "a\nb",
		.card = "x\nSYSTEMD_WANTS=poweroff.target",
		.bus_info = "\x1b[2J\t\x7f\xc3\xa4",
	};
	struct v4l2_capability out;

	(void)state;
	profile_capability(PROFILE_STREAM, true, &host, &out);
	assert_string_equal((char *)out.driver, "a?b");
	assert_string_equal((char *)out.card,
			    "x?SYSTEMD_WANTS=poweroff.target");
	assert_string_equal((char *)out.bus_info, "?[2J??\xc3\xa4");

	/* Nor does anything come behind the end. */
	memset(host.card, 'x', sizeof(host.card));
	host.card[3] = 0;
	profile_capability(PROFILE_STREAM, true, &host, &out);
	assert_string_equal((char *)out.card, "xxx");
	assert_int_equal(out.card[4], 0);
}

static void buffer_ioctls_are_there_in_stream_only(void **state)
{
	static const uint32_t buffers[] = {
		VIDIOC_REQBUFS,     VIDIOC_CREATE_BUFS, VIDIOC_QUERYBUF,
		VIDIOC_QBUF,        VIDIOC_DQBUF,       VIDIOC_PREPARE_BUF,
		VIDIOC_REMOVE_BUFS, VIDIOC_EXPBUF,      VIDIOC_STREAMON,
		VIDIOC_STREAMOFF,
	};
	const struct ioctl_desc *desc;
	unsigned int missing = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		desc = ioctl_lookup(buffers[i]);
		assert_true(profile_has(PROFILE_STREAM, desc));
		assert_false(profile_has(PROFILE_READ, desc));
		assert_false(profile_has(PROFILE_NATIVE, desc));
	}
	for (i = 0; (desc = ioctl_row(i)); i++)
		missing += !profile_has(PROFILE_READ, desc);
	assert_int_equal(missing, sizeof(buffers) / sizeof(buffers[0]));
}

static void memory_is_what_can_be_done(void **state)
{
	(void)state;
	assert_true(profile_memory(V4L2_MEMORY_MMAP, false, false));
	assert_true(profile_memory(V4L2_MEMORY_USERPTR, true, false));
	assert_false(profile_memory(V4L2_MEMORY_USERPTR, false, true));
	assert_true(profile_memory(V4L2_MEMORY_DMABUF, false, true));
	assert_false(profile_memory(V4L2_MEMORY_DMABUF, true, false));
	assert_false(profile_memory(V4L2_MEMORY_OVERLAY, true, true));
	assert_false(profile_memory(0, true, true));
	assert_int_equal(profile_buf_caps(UINT32_MAX, false, false) &
				 (V4L2_BUF_CAP_SUPPORTS_USERPTR |
				  V4L2_BUF_CAP_SUPPORTS_DMABUF |
				  V4L2_BUF_CAP_SUPPORTS_REQUESTS |
				  V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF),
			 0);
	assert_int_equal(
		profile_buf_caps(V4L2_BUF_CAP_SUPPORTS_MMAP, true, true),
		V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_USERPTR);
	/* v4l2loopback and drivers without vb2 say nothing at all. */
	assert_int_equal(profile_buf_caps(0, true, false),
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_USERPTR);
	assert_int_equal(profile_buf_caps(0, false, true), 0);
	/* Whether the device does, the host knows. */
	assert_true(profile_buf_caps(UINT32_MAX, false, true) &
		    V4L2_BUF_CAP_SUPPORTS_DMABUF);
}

/* v4l2-compliance: readbuffers is not 0 if and only if there is READWRITE. */
static void readbuffers_follow_the_word(void **state)
{
	struct v4l2_streamparm parm = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	(void)state;
	parm.parm.capture.readbuffers = 4;
	profile_parm(CAPTURE | V4L2_CAP_READWRITE, &parm);
	assert_int_equal(parm.parm.capture.readbuffers, 4);
	profile_parm(CAPTURE, &parm);
	assert_int_equal(parm.parm.capture.readbuffers, 0);
	profile_parm(CAPTURE | V4L2_CAP_READWRITE, &parm);
	assert_int_equal(parm.parm.capture.readbuffers, 2);

	memset(&parm, 0, sizeof(parm));
	parm.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
	profile_parm(V4L2_CAP_READWRITE, &parm);
	assert_int_equal(parm.parm.output.writebuffers, 2);
}

static void read_and_write_have_one_queue(void **state)
{
	const uint32_t word = V4L2_CAP_READWRITE;

	(void)state;
	assert_int_equal(profile_io_type(CAPTURE, false, 0), 0);
	assert_int_equal(profile_io_type(CAPTURE | word, false, 0),
			 V4L2_BUF_TYPE_VIDEO_CAPTURE);
	assert_int_equal(profile_io_type(CAPTURE | word, true, 0), 0);
	assert_int_equal(profile_io_type(V4L2_CAP_VIDEO_OUTPUT | word, true, 0),
			 V4L2_BUF_TYPE_VIDEO_OUTPUT);
	assert_int_equal(
		profile_io_type(V4L2_CAP_VIDEO_OUTPUT | word, false, 0), 0);
	assert_int_equal(profile_io_type(V4L2_CAP_VBI_CAPTURE | word, false, 0),
			 V4L2_BUF_TYPE_VBI_CAPTURE);
	assert_int_equal(profile_io_type(V4L2_CAP_SDR_CAPTURE | word, false, 0),
			 V4L2_BUF_TYPE_SDR_CAPTURE);
	assert_int_equal(profile_io_type(V4L2_CAP_META_OUTPUT | word, true, 0),
			 V4L2_BUF_TYPE_META_OUTPUT);
	assert_int_equal(profile_io_type(V4L2_CAP_VIDEO_M2M | word, false, 0),
			 0);
	assert_int_equal(
		profile_io_type(V4L2_CAP_VIDEO_CAPTURE_MPLANE | word, false, 0),
		V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
	assert_int_equal(
		profile_io_type(V4L2_CAP_VIDEO_OUTPUT_MPLANE | word, true, 0),
		V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);
	assert_int_equal(profile_io_type(V4L2_CAP_TOUCH | word, false, 0),
			 V4L2_BUF_TYPE_VIDEO_CAPTURE);
	assert_true(profile_m2m(V4L2_CAP_VIDEO_M2M_MPLANE));
	assert_false(profile_m2m(CAPTURE));
	assert_true(profile_is_output(V4L2_CAP_VBI_OUTPUT));
	assert_false(profile_is_output(CAPTURE));
}

/* VBI and sliced VBI: one queue that is of one type or of the other. */
static void a_queue_may_be_of_two_types(void **state)
{
	const uint32_t in = V4L2_CAP_VBI_CAPTURE | V4L2_CAP_SLICED_VBI_CAPTURE |
			    V4L2_CAP_READWRITE;
	const uint32_t out = V4L2_CAP_VBI_OUTPUT | V4L2_CAP_SLICED_VBI_OUTPUT |
			     V4L2_CAP_READWRITE;

	(void)state;
	assert_int_equal(profile_io_type(in, false, 0),
			 V4L2_BUF_TYPE_VBI_CAPTURE);
	assert_int_equal(profile_io_type(in, false, 1),
			 V4L2_BUF_TYPE_SLICED_VBI_CAPTURE);
	assert_int_equal(profile_io_type(in, false, 2), 0);
	assert_int_equal(profile_io_type(in, true, 0), 0);
	assert_int_equal(profile_io_type(out, true, 1),
			 V4L2_BUF_TYPE_SLICED_VBI_OUTPUT);
	assert_int_equal(profile_io_type(out, true, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_parsed),
		cmocka_unit_test(
			auto_reads_from_plain_cameras_and_writes_to_plain_outputs),
		cmocka_unit_test(what_has_other_queues_streams),
		cmocka_unit_test(read_is_not_possible_everywhere),
		cmocka_unit_test(profiles_have_names),
		cmocka_unit_test(what_has_no_streaming_is_native),
		cmocka_unit_test(each_profile_tells_its_story),
		cmocka_unit_test(the_hosts_texts_are_one_line_each),
		cmocka_unit_test(buffer_ioctls_are_there_in_stream_only),
		cmocka_unit_test(memory_is_what_can_be_done),
		cmocka_unit_test(readbuffers_follow_the_word),
		cmocka_unit_test(read_and_write_have_one_queue),
		cmocka_unit_test(a_queue_may_be_of_two_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
