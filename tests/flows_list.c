// SPDX-License-Identifier: BSD-3-Clause
/*
 * What applications do with a node: each flow, call by call, and the device for it.
 */
#include "tests/flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/fake_device_io.h"
#include "tests/sealed.h"

#define WIDTH   64u
#define HEIGHT  32u
#define PLANE   (WIDTH * HEIGHT * 2)
#define USED    4001u /* of it: not a multiple of 8 */
#define GONE    (EPOLLERR | EPOLLHUP)
#define STREAM  V4L2_CAP_STREAMING
#define BOTH_IO (V4L2_CAP_STREAMING | V4L2_CAP_READWRITE)

static struct stream_buffer buffer;
static uint8_t bytes[2][PLANE];

/* ---- steps ---------------------------------------------------------------- */

static bool did(ssize_t result, ssize_t want)
{
	flows.call++;
	if (result == want)
		return true;
	if (!flows.fails || !flows.fails(result))
		fail_msg("%s: call %u returns %zd instead of %zd:\n%s",
			 flows.flow->name, flows.call, result, want,
			 harness.said);
	return false;
}

static bool does(uint32_t cmd, void *arg)
{
	return did(front_ioctl(&flows.file, cmd, arg), 0);
}

static bool opens(void)
{
	return did(front_open(&harness.front, &flows.file, O_RDWR), 0);
}

static bool closes(void)
{
	return did(front_close(&flows.file), 0);
}

static bool waits(struct front_call *call, ssize_t want)
{
	return did(front_wait(&harness.front, call), want);
}

static bool requests(uint32_t type, uint32_t memory, uint32_t count)
{
	return did(stream_reqbufs(&flows.file, type, memory, count), count);
}

static bool queues(uint32_t type, uint32_t index, uint32_t used)
{
	stream_buffer(&buffer, type, index);
	buffer.v4l2.bytesused = used;
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer.v4l2.length = flows.flow->planes;
		buffer.v4l2.bytesused = 0;
	}
	return does(VIDIOC_QBUF, &buffer.v4l2);
}

/* It is asked for before it is there. */
static bool dequeues(uint32_t type, uint32_t index, uint32_t memory)
{
	const uint32_t used[VIDEO_MAX_PLANES] = { USED, USED };
	struct front_call call;

	stream_buffer(&buffer, type, 0);
	buffer.v4l2.memory = memory;
	front_begin_ioctl(&call, &flows.file, VIDIOC_DQBUF, &buffer.v4l2);
	front_run(&harness.front);
	if (fake_has(type, index))
		fake_finish_planes(type, index, used, 0);
	if (!waits(&call, 0))
		return false;
	/* Its QBUF had been answered when the host had no memory for it. */
	return !(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR) || did(-ENOMEM, 0);
}

static bool streams(uint32_t type, bool on)
{
	return does(on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

static bool polls(uint32_t events, uint32_t want)
{
	uint32_t ready = front_poll(&flows.file, events);

	return did((ready & GONE) == GONE ? -ENODEV : (ssize_t)ready, want);
}

/* ---- formats, controls, events ---------------------------------------------- */

static int give_format(void *arg)
{
	struct v4l2_format *format = arg;

	format->fmt.pix.width = WIDTH;
	format->fmt.pix.height = HEIGHT;
	format->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	format->fmt.pix.field = V4L2_FIELD_NONE;
	format->fmt.pix.bytesperline = WIDTH * 2;
	format->fmt.pix.sizeimage = PLANE;
	return 0;
}

static bool has_formats(void)
{
	struct v4l2_format format = { .type = CAPTURE };
	struct v4l2_capability capability;

	return does(VIDIOC_QUERYCAP, &capability) &&
	       does(VIDIOC_G_FMT, &format) && does(VIDIOC_S_FMT, &format);
}

static bool controls(uint32_t cmd, uint32_t id, uint32_t size)
{
	struct v4l2_ext_control control = { .id = id, .size = size };
	struct v4l2_ext_controls arg = { .count = 1, .controls = &control };

	control.p_u8 = bytes[0];
	memset(bytes[0], 3, size);
	return does(cmd, &arg);
}

static bool has_controls(void)
{
	struct v4l2_edid edid = { .blocks = 2, .edid = bytes[0] };

	return opens() &&
	       controls(VIDIOC_S_EXT_CTRLS, FAKE_CID_ARRAY, FAKE_ARRAY_LEN) &&
	       controls(VIDIOC_G_EXT_CTRLS, FAKE_CID_ARRAY, FAKE_ARRAY_LEN) &&
	       controls(VIDIOC_G_EXT_CTRLS, FAKE_CID_STRING, FAKE_STRING_LEN) &&
	       does(VIDIOC_G_EDID, &edid) && does(VIDIOC_S_EDID, &edid) &&
	       closes();
}

/* Without memory for that, nothing is. */
static bool remembers(void)
{
	struct v4l2_fmtdesc format = { .type = CAPTURE };
	struct v4l2_queryctrl query = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS, .value = 9 };

	return opens() && does(VIDIOC_ENUM_FMT, &format) &&
	       does(VIDIOC_QUERYCTRL, &query) &&
	       does(VIDIOC_S_CTRL, &control) &&
	       does(VIDIOC_QUERYCTRL, &query) && closes() && opens() &&
	       does(VIDIOC_QUERYCTRL, &query) && closes();
}

static bool has_event(void)
{
	struct v4l2_event event;
	struct front_call call;

	front_begin_ioctl(&call, &flows.file, VIDIOC_DQEVENT, &event);
	front_run(&harness.front);
	fake_event(V4L2_EVENT_CTRL, FAKE_CID_SCALAR, V4L2_EVENT_CTRL_CH_VALUE);
	return waits(&call, 0);
}

static bool has_events(void)
{
	return opens() &&
	       did(stream_subscribe(&flows.file, V4L2_EVENT_CTRL,
				    FAKE_CID_SCALAR, 0),
		   0) &&
	       has_event() && has_event() &&
	       did(stream_unsubscribe(&flows.file, V4L2_EVENT_CTRL,
				      FAKE_CID_SCALAR),
		   0) &&
	       closes();
}

/* ---- streams -------------------------------------------------------------------- */

static bool captures(void)
{
	return opens() && has_formats() &&
	       requests(CAPTURE, V4L2_MEMORY_MMAP, 2) &&
	       did(stream_query(&flows.file, CAPTURE, 0, &buffer), 0) &&
	       queues(CAPTURE, 0, 0) && queues(CAPTURE, 1, 0) &&
	       streams(CAPTURE, true) &&
	       dequeues(CAPTURE, 0, V4L2_MEMORY_MMAP) && polls(EPOLLIN, 0) &&
	       queues(CAPTURE, 0, 0) &&
	       dequeues(CAPTURE, 1, V4L2_MEMORY_MMAP) &&
	       streams(CAPTURE, false) &&
	       requests(CAPTURE, V4L2_MEMORY_MMAP, 0) && closes();
}

/* With the file everything goes at once, while it streams. */
static bool captures_planes(void)
{
	return opens() && requests(CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 2) &&
	       queues(CAPTURE_MPLANE, 0, 0) && queues(CAPTURE_MPLANE, 1, 0) &&
	       streams(CAPTURE_MPLANE, true) &&
	       dequeues(CAPTURE_MPLANE, 1, V4L2_MEMORY_MMAP) && closes();
}

static bool captures_pattern(void)
{
	return opens() && requests(CAPTURE, V4L2_MEMORY_MMAP, 2) &&
	       queues(CAPTURE, 0, 0) && queues(CAPTURE, 1, 0) &&
	       streams(CAPTURE, true) &&
	       dequeues(CAPTURE, 0, V4L2_MEMORY_MMAP) &&
	       dequeues(CAPTURE, 1, V4L2_MEMORY_MMAP) && closes();
}

static bool changes_buffers(void)
{
	struct v4l2_remove_buffers remove = {
		.index = 1,
		.count = 1,
		.type = CAPTURE,
	};

	stream_buffer(&buffer, CAPTURE, 0);
	return opens() && requests(CAPTURE, V4L2_MEMORY_MMAP, 1) &&
	       did(stream_create(&flows.file, CAPTURE, V4L2_MEMORY_MMAP, 1,
				 NULL),
		   1) &&
	       does(VIDIOC_PREPARE_BUF, &buffer.v4l2) &&
	       does(VIDIOC_REMOVE_BUFS, &remove) && closes();
}

static bool outputs(void)
{
	return opens() && requests(OUTPUT, V4L2_MEMORY_MMAP, 2) &&
	       queues(OUTPUT, 0, USED) && queues(OUTPUT, 1, PLANE) &&
	       streams(OUTPUT, true) && dequeues(OUTPUT, 0, V4L2_MEMORY_MMAP) &&
	       queues(OUTPUT, 0, USED) &&
	       dequeues(OUTPUT, 1, V4L2_MEMORY_MMAP) &&
	       streams(OUTPUT, false) && closes();
}

static bool converts(void)
{
	struct v4l2_decoder_cmd stop = { .cmd = V4L2_DEC_CMD_STOP };

	return opens() && requests(OUTPUT, V4L2_MEMORY_MMAP, 1) &&
	       requests(CAPTURE, V4L2_MEMORY_MMAP, 1) &&
	       queues(OUTPUT, 0, USED) && queues(CAPTURE, 0, 0) &&
	       streams(OUTPUT, true) && streams(CAPTURE, true) &&
	       dequeues(OUTPUT, 0, V4L2_MEMORY_MMAP) &&
	       dequeues(CAPTURE, 0, V4L2_MEMORY_MMAP) &&
	       does(VIDIOC_DECODER_CMD, &stop) && streams(OUTPUT, false) &&
	       streams(CAPTURE, false) && closes();
}

static bool queues_own(uint32_t index)
{
	stream_buffer(&buffer, CAPTURE, index);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)bytes[index];
	buffer.v4l2.length = PLANE;
	return does(VIDIOC_QBUF, &buffer.v4l2);
}

static bool has_userptr(void)
{
	return opens() && requests(CAPTURE, V4L2_MEMORY_USERPTR, 2) &&
	       queues_own(0) && queues_own(1) && streams(CAPTURE, true) &&
	       dequeues(CAPTURE, 0, V4L2_MEMORY_USERPTR) &&
	       dequeues(CAPTURE, 1, V4L2_MEMORY_USERPTR) && closes();
}

static bool queues_fd(int fd)
{
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_DMABUF;
	buffer.v4l2.m.fd = fd;
	return does(VIDIOC_QBUF, &buffer.v4l2);
}

static bool imports(void)
{
	int fd = sealed_memfd(PLANE, F_SEAL_SHRINK | F_SEAL_GROW);
	bool ok;

	ok = opens() && requests(CAPTURE, V4L2_MEMORY_DMABUF, 1) &&
	     queues_fd(fd) && streams(CAPTURE, true) &&
	     dequeues(CAPTURE, 0, V4L2_MEMORY_DMABUF) && queues_fd(fd) &&
	     closes();
	close(fd);
	return ok;
}

/* ---- read() and write() ---------------------------------------------------------- */

static bool reads(void)
{
	struct front_call call;
	unsigned int i;

	if (!opens())
		return false;
	for (i = 0; i < 3; i++) {
		front_begin_read(&call, &flows.file, bytes[0], USED, 0);
		harness_settle();
		if (fake_has(CAPTURE, i))
			fake_finish(CAPTURE, i, USED, 0);
		if (!waits(&call, USED))
			return false;
	}
	return closes();
}

static bool writes(void)
{
	return opens() &&
	       did(front_write(&flows.file, bytes[0], USED, 0), USED) &&
	       did(front_write(&flows.file, bytes[0], USED, 0), PLANE - USED) &&
	       did(front_write(&flows.file, bytes[0], PLANE, 0), PLANE) &&
	       closes();
}

static bool reads_radio(void)
{
	struct front_call call;

	if (!opens() || !did(front_write(&flows.file, bytes[0], 100, 0), 100))
		return false;
	fake_put(bytes[0], 12);
	if (!did(front_read(&flows.file, bytes[0], 12, 0), 12))
		return false;
	front_begin_read(&call, &flows.file, bytes[0], 30, 0);
	harness_settle();
	fake_put(bytes[0], 30);
	return waits(&call, 30) && polls(EPOLLOUT, EPOLLOUT) && closes();
}

/* ---- all --------------------------------------------------------------------------- */

/* clang-format off */
#define FLOW(what, with, how, as, fn) \
	{ what, "fake", with, 2, how, PROFILE_CHOICE_##as, fn }

const struct flow flow_list[] = {
	FLOW("capture", V4L2_CAP_VIDEO_CAPTURE | STREAM, false, STREAM, captures),
	FLOW("capture, shared", V4L2_CAP_VIDEO_CAPTURE | STREAM, true, STREAM, captures),
	FLOW("planes", V4L2_CAP_VIDEO_CAPTURE_MPLANE | STREAM, false, STREAM, captures_planes),
	FLOW("planes, shared", V4L2_CAP_VIDEO_CAPTURE_MPLANE | STREAM, true, STREAM, captures_planes),
	FLOW("buffers", V4L2_CAP_VIDEO_CAPTURE | STREAM, false, STREAM, changes_buffers),
	FLOW("buffers, shared", V4L2_CAP_VIDEO_CAPTURE | STREAM, true, STREAM, changes_buffers),
	FLOW("output", V4L2_CAP_VIDEO_OUTPUT | STREAM, false, STREAM, outputs),
	FLOW("output, shared", V4L2_CAP_VIDEO_OUTPUT | STREAM, true, STREAM, outputs),
	FLOW("m2m", V4L2_CAP_VIDEO_M2M | STREAM, false, STREAM, converts),
	FLOW("USERPTR", V4L2_CAP_VIDEO_CAPTURE | STREAM, false, STREAM, has_userptr),
	FLOW("DMABUF", V4L2_CAP_VIDEO_CAPTURE | STREAM, true, STREAM, imports),
	FLOW("controls", V4L2_CAP_VIDEO_CAPTURE | STREAM, false, STREAM, has_controls),
	FLOW("events", V4L2_CAP_VIDEO_CAPTURE | STREAM, false, STREAM, has_events),
	FLOW("read()", V4L2_CAP_VIDEO_CAPTURE | BOTH_IO, false, READ, reads),
	FLOW("write()", V4L2_CAP_VIDEO_OUTPUT | BOTH_IO, false, READ, writes),
	FLOW("radio", FAKE_RADIO, false, AUTO, reads_radio),
	{ "remembered", "pattern", 0, 1, false, PROFILE_CHOICE_STREAM, remembers },
	{ "pattern", "pattern", 0, 1, false, PROFILE_CHOICE_STREAM, captures_pattern },
	{ "pattern, shared", "pattern", 0, 1, true, PROFILE_CHOICE_STREAM, captures_pattern },
};
/* clang-format on */
static_assert(sizeof(flow_list) / sizeof(flow_list[0]) <= FLOWS_MAX, "flows");
const unsigned int flow_count = sizeof(flow_list) / sizeof(flow_list[0]);

void flows_prepare(const struct flow *flow)
{
	fake.caps = flow->caps;
	fake.plane_count = flow->planes;
	fake.plane_len[0] = PLANE;
	fake.plane_len[1] = PLANE;
	fake.shares = flow->shared;
	fake.unrecorded = true;
	fake_on(VIDIOC_G_FMT, give_format);
	fake_on(VIDIOC_S_FMT, give_format);
	harness.grant.share = flow->shared;
	harness.config.userptr = true;
	harness.front.choice = flow->choice;
}
