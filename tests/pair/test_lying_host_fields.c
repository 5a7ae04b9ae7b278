// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that answers what no device can: of each ioctl one field is broken, and that
 * session ends with EIO, and nothing else.  Which fields, and by what values, is
 * tests/unit/test_plausible.c's matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "guestd/plausible.h"
#include "tests/honest.h"
#include "tests/lying_host.h"

static const struct ioctl_desc *about;
static union payload_arg asked;
static union payload_arg answer;
static char said[4096];

static void sink(enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_WARN)
		strncat(said, line, sizeof(said) - strlen(said) - 1);
}

static bool is_lie(const union payload_arg *arg)
{
	const struct plausible_about node = {
		.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
	};
	union payload_arg mended = *arg;

	return plausible_answer(&node, about, &asked, &mended) != NULL;
}

/* An honest answer of which one word is broken, if there is one that matters */
static bool break_one(void)
{
	static const uint32_t values[] = { 0, UINT32_MAX, INT32_MAX, 5 };
	const union payload_arg honest = answer;
	size_t at;
	size_t i;

	for (at = 0; at < ioctl_size(about); at += sizeof(uint32_t)) {
		for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			answer = honest;
			memcpy(answer.bytes + at, &values[i],
			       sizeof(values[i]));
			/* payload_get_response() puts these back. */
			if (about->nested == IOCTL_NESTED_WINDOW)
				answer.format.type = asked.format.type;
			if (about->cmd == VIDIOC_REQBUFS)
				answer.reqbufs.type = asked.reqbufs.type;
			if (is_lie(&answer))
				return true;
		}
	}
	return false;
}

static void lie(struct lying_answer *sent)
{
	if (lying_is(sent, about->cmd))
		memcpy(lying_argument(sent), answer.bytes, ioctl_size(about));
}

static void prepare(void)
{
	memset(&asked, 0, sizeof(asked));
	asked.u32 = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	if (about->cmd == VIDIOC_REQBUFS) {
		asked.reqbufs.count = 2;
		asked.reqbufs.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		asked.reqbufs.memory = V4L2_MEMORY_MMAP;
	}
	memset(&answer, 0x11, sizeof(answer));
	honest_answer(about->cmd, &asked, &answer);
	if (about->nested == IOCTL_NESTED_WINDOW)
		answer.format.type = asked.format.type;
	if (about->cmd == VIDIOC_REQBUFS)
		answer.reqbufs.count = 2;
}

static bool has_lies(const struct ioctl_desc *desc)
{
	return desc->where == IOCTL_HOST && ioctl_writes(desc) &&
	       ioctl_size(desc) < 1000 && desc->nested != IOCTL_NESTED_PLANES &&
	       desc->cmd != VIDIOC_CREATE_BUFS;
}

static void one_field_of_each_answer(void **state)
{
	unsigned int lies = 0;
	union payload_arg arg;
	size_t i;

	(void)state;
	log_set_sink(sink);
	for (i = 0; (about = ioctl_row(i)); i++) {
		if (!has_lies(about))
			continue;
		prepare();
		assert_false(is_lie(&answer));
		if (!break_one())
			continue;
		lies++;
		said[0] = '\0';
		arg = asked;
		lying.asked[VIRTIO_MEDIA_CMD_CLOSE] = 0;
		lying_open_both(lie);
		if (front_ioctl(&lying.file, about->cmd, &arg) != -EIO)
			fail_msg("%s", about->name);
		lying_expect_session_ended();
		/* What was wrong is said; later ones are too many to be. */
		if (lies == 1)
			assert_non_null(strstr(
				said, "ENUM_FMT: the host's answer is "
				      "impossible: index is not the one"));
	}
	log_set_sink(NULL);
	/* There are others whose fields are only mended. */
	assert_int_equal(lies, 38);
}

static void event_lie(uint32_t session)
{
	const struct vms_header header = { .type = VMS_EVT };
	struct virtio_media_event_event event = {
		.event = VIRTIO_MEDIA_EVT_EVENT,
		.session_id = session,
		.v4l2 = { .type = V4L2_EVENT_CTRL, .id = 1 },
	};

	lying_send(&header, &event, sizeof(event));
}

/* Nobody asked, so nobody is answered, but who waits. */
static void an_event_of_nothing(void **state)
{
	struct v4l2_event event;
	struct front_call call;

	(void)state;
	lying_open_both(NULL);
	assert_int_equal(stream_subscribe(&lying.file, V4L2_EVENT_CTRL, 1, 0),
			 0);
	front_begin_ioctl(&call, &lying.file, VIDIOC_DQEVENT, &event);
	lying_settle();
	/* lying_open_both() has opened the other one last. */
	event_lie(lying.sessions - 1);
	assert_int_equal(front_wait(&harness.front, &call), -EIO);
	lying_expect_session_ended();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(one_field_of_each_answer),
		LYING_TEST(an_event_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
