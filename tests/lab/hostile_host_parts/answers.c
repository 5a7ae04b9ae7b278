// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: RESP to nobody, of another length, status or content.
 */
#include <errno.h>
#include <string.h>

#include "tests/lab/hostile_host_parts/host.h"

const char *answers_to_nobody(void)
{
	const uint32_t words[2] = { 0 };
	struct host host;

	host_start(&host);
	host_resp(&host, 4711, words, sizeof(words));
	return host_end(&host);
}

/* Who asks for a format and gets such an answer: how the connection ends */
static const char *format_end(void (*lie)(struct host *host,
					  struct answer *answer))
{
	struct host host;

	host_start(&host);
	host.lie = lie;
	app_start(APP_FORMAT);
	app_finish(&host);
	return host_end(&host);
}

static void answer_before(struct host *host, struct answer *answer)
{
	if (answer_is(answer, VIDIOC_G_FMT))
		host_resp(host, answer->tag, answer->bytes, answer->len);
}

/* The first one counts; the second one is to nobody. */
const char *answers_twice(void)
{
	return format_end(answer_before);
}

static void answer_as_io(struct host *host, struct answer *answer)
{
	if (!answer_is(answer, VIDIOC_G_FMT))
		return;
	host_frame(host, VMS_IO_RESP, answer->tag, answer->bytes, 8);
	answer->withheld = true;
}

const char *answers_of_io(void)
{
	return format_end(answer_as_io);
}

static void lie_about_status(struct host *host, struct answer *answer)
{
	static const uint32_t statuses[] = {
		512, 4095, 4096, INT32_MAX, (uint32_t)-EINVAL, UINT32_MAX
	};

	(void)host;
	if (!answer_is(answer, VIDIOC_G_FMT))
		return;
	memcpy(answer->bytes, &statuses[app_lie], sizeof(uint32_t));
	answer->len = sizeof(struct virtio_media_resp);
}

const char *answers_status(void)
{
	return app_each(lie_about_status, 6, APP_FORMAT, "G_FMT: EIO");
}

static void lie_about_length(struct host *host, struct answer *answer)
{
	static const size_t lens[] = { 0, 4, 8, 9, 215, 217, 4096 };

	(void)host;
	if (answer_is(answer, VIDIOC_G_FMT))
		answer->len = lens[app_lie];
}

const char *answers_lengths(void)
{
	return app_each(lie_about_length, 7, APP_FORMAT, "G_FMT: EIO");
}

static void lie_about_count(struct host *host, struct answer *answer)
{
	static const uint32_t counts[] = { UINT32_MAX, 1u << 20, 1025 };

	(void)host;
	if (answer_is(answer, VIDIOC_REQBUFS))
		memcpy(answer_argument(answer), &counts[app_lie],
		       sizeof(uint32_t));
}

const char *answers_count(void)
{
	return app_each(lie_about_count, 3, APP_REQBUFS, "REQBUFS: EINVAL");
}

static void lie_about_buffer(struct host *host, struct answer *answer)
{
	struct v4l2_buffer buffer;

	(void)host;
	if (!answer_is(answer, VIDIOC_QUERYBUF))
		return;
	memcpy(&buffer, answer_argument(answer), sizeof(buffer));
	if (app_lie == 0)
		buffer.length = UINT32_MAX;
	else if (app_lie == 1)
		buffer.length = HOST_PLANE + 4096;
	else
		buffer.memory = V4L2_MEMORY_USERPTR;
	memcpy(answer_argument(answer), &buffer, sizeof(buffer));
}

const char *answers_buffer(void)
{
	return app_each(lie_about_buffer, 3, APP_REQBUFS, "REQBUFS: EIO");
}

/* Whose buffer it is is not the host's to say: the application sees its own. */
static void lie_about_identity(struct host *host, struct answer *answer)
{
	struct v4l2_buffer buffer;

	(void)host;
	if (!answer_is(answer, VIDIOC_QUERYBUF))
		return;
	memcpy(&buffer, answer_argument(answer), sizeof(buffer));
	buffer.index = UINT32_MAX;
	buffer.type = 77;
	buffer.request_fd = 3;
	memcpy(answer_argument(answer), &buffer, sizeof(buffer));
}

const char *answers_identity(void)
{
	return app_run(lie_about_identity, APP_REQBUFS);
}

static void lie_about_control(struct host *host, struct answer *answer)
{
	static const uint32_t sizes[] = { 17, 4096, UINT32_MAX };
	struct v4l2_query_ext_ctrl info = {
		.id = APP_PAYLOAD,
		.type = V4L2_CTRL_TYPE_U8,
		.flags = V4L2_CTRL_FLAG_HAS_PAYLOAD,
		.elem_size = 1,
		.elems = app_lie ? UINT32_MAX : 16,
		.nr_of_dims = 1,
		.dims = { app_lie ? UINT32_MAX : 16 },
	};
	struct v4l2_ext_control control;
	uint8_t *at = answer_argument(answer);

	(void)host;
	if (answer_is(answer, VIDIOC_QUERY_EXT_CTRL)) {
		memset(answer->bytes, 0, sizeof(struct virtio_media_resp));
		memcpy(at, &info, sizeof(info));
		answer->len = sizeof(struct virtio_media_resp) + sizeof(info);
	}
	if (!answer_is(answer, VIDIOC_G_EXT_CTRLS))
		return;
	at += sizeof(struct v4l2_ext_controls);
	memcpy(&control, at, sizeof(control));
	control.size = sizes[app_lie];
	memcpy(at, &control, sizeof(control));
}

/* A payload that has grown, without one and with more than there is room for */
const char *answers_controls(void)
{
	return app_each(lie_about_control, 3, APP_CONTROLS, "G_EXT_CTRLS: EIO");
}

/* A name without an end, in what could be an answer for the rest */
static void lie_about_name(struct host *host, struct answer *answer)
{
	static const struct {
		uint32_t cmd;
		size_t name, other;
		uint32_t value; /* of @other, app_lie must not be 0 */
	} lies[] = {
		{ VIDIOC_ENUM_FMT, offsetof(struct v4l2_fmtdesc, description),
		  offsetof(struct v4l2_fmtdesc, pixelformat),
		  V4L2_PIX_FMT_YUYV },
		{ VIDIOC_ENUMINPUT, offsetof(struct v4l2_input, name),
		  offsetof(struct v4l2_input, type), V4L2_INPUT_TYPE_CAMERA },
		{ VIDIOC_QUERYCTRL, offsetof(struct v4l2_queryctrl, name),
		  offsetof(struct v4l2_queryctrl, type),
		  V4L2_CTRL_TYPE_INTEGER },
	};
	uint8_t *argument = answer_argument(answer);

	(void)host;
	if (!answer_is(answer, lies[app_lie].cmd))
		return;
	memset(answer->bytes, 0, sizeof(struct virtio_media_resp));
	memset(argument + lies[app_lie].name, 'x', APP_NAME_LEN);
	memcpy(argument + lies[app_lie].other, &lies[app_lie].value,
	       sizeof(uint32_t));
	answer->len =
		sizeof(struct virtio_media_resp) + _IOC_SIZE(lies[app_lie].cmd);
}

/* It ends where a program looks at it. */
const char *answers_names(void)
{
	return app_each(lie_about_name, 3, APP_NAMES, "done");
}

static void lie_about_open(struct host *host, struct answer *answer)
{
	static const size_t lens[] = { 0, 4, 8, 12 };

	(void)host;
	if (answer->cmd == VIRTIO_MEDIA_CMD_OPEN)
		answer->len = lens[app_lie];
}

const char *answers_open(void)
{
	return app_each(lie_about_open, 3, APP_FORMAT, "open: EIO");
}

static uint32_t late_tag;

static void answer_later(struct host *host, struct answer *answer)
{
	(void)host;
	if (!answer_is(answer, VIDIOC_G_FMT))
		return;
	late_tag = answer->tag;
	answer->withheld = true;
}

/* To an application that is gone: it was asked for, once */
const char *answers_late(void)
{
	const uint32_t words[2] = { EINTR };
	struct host host;
	const char *text;
	long ms;

	host_start(&host);
	host.lie = answer_later;
	app_start(APP_FORMAT);
	if (!host_serve_until(&host, host_withholds))
		return app_text();
	ms = app_kill();
	host_serve(&host, 50);
	host_resp(&host, late_tag, words, sizeof(words));
	text = host_serve(&host, 200) ? "once it is taken" : "left";
	host_resp(&host, late_tag, words, sizeof(words));
	text = attack_says("%s, twice: %s", text, host_end(&host));
	return ms < 0 ? "the application does not end" : text;
}
