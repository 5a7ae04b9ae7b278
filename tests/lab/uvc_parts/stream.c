// SPDX-License-Identifier: BSD-3-Clause
/*
 * The stream of frames.
 *
 * Each URB is one payload (UVC 1.0, 2.4.3.2): a header of two bytes, and part of a
 * frame.
 */
#include "tests/lab/uvc_parts/stream.h"

#include <errno.h>
#include <string.h>
#include <linux/usb/video.h>

#include "tests/lab/shared/process.h"
#include "tests/lab/uvc_parts/picture.h"
#include "tests/lab/uvc_parts/usbip.h"

#define PAYLOAD_MAX (32 * 512) /* what uvcvideo takes at once */
#define HEADER_LEN  2
#define URBS_MAX    32

#define CONTROL_LEN 26 /* of struct uvc_streaming_control, in UVC 1.0 */

#define BROKEN_LEN 256 /* zeros in the place of a JPEG's header */

#define SOF_HEIGHT 5 /* ITU-T T.81, B.2.2: from the marker FFC0 */

static const struct formats *formats;
static int usbip;
static uint32_t broken;

static struct uvc_streaming_control probe;
static struct uvc_streaming_control commit;
static bool streaming;

static struct {
	uint32_t seqnum;
	size_t len;
} urbs[URBS_MAX];
static size_t urbs_count;

/*
 * @number:	Of the frame that is sent, or of the next
 * @due_ns:	When the next one may begin, by CLOCK_MONOTONIC
 * @sent:	Bytes of @len; equal between two frames
 */
static struct {
	uint32_t number;
	uint64_t due_ns;
	size_t sent;
	size_t len;
	uint8_t data[PICTURE_LEN_MAX];
} frame;

/* ---- the format -------------------------------------------------------------- */

/* What cannot be had becomes what can. */
static void settle(struct uvc_streaming_control *control)
{
	uint8_t i = 0;

	if (control->bFormatIndex < 1 || control->bFormatIndex > formats->count)
		control->bFormatIndex = 1;
	if (control->bFrameIndex < 1 || control->bFrameIndex > formats->sizes)
		control->bFrameIndex = 1;
	while (i < formats->intervals - 1 &&
	       control->dwFrameInterval > formats->interval[i])
		i++;
	control->dwFrameInterval = formats->interval[i];
	control->dwMaxVideoFrameSize =
		format_len(formats->kinds[control->bFormatIndex - 1],
			   &formats_sizes[control->bFrameIndex - 1]);
	control->dwMaxPayloadTransferSize = PAYLOAD_MAX;
}

void stream_init(const struct formats *the_formats, int fd, uint32_t the_broken)
{
	formats = the_formats;
	usbip = fd;
	broken = the_broken;
	streaming = false;
	urbs_count = 0;
	memset(&probe, 0, sizeof(probe));
	memset(&commit, 0, sizeof(commit));
	settle(&probe);
	settle(&commit);
}

int stream_get(uint8_t selector, uint8_t request, const uint8_t **out)
{
	static const uint8_t info = UVC_CONTROL_CAP_GET | UVC_CONTROL_CAP_SET;
	static const uint8_t len[2] = { CONTROL_LEN };
	static struct uvc_streaming_control defaults;

	if (selector != UVC_VS_PROBE_CONTROL &&
	    selector != UVC_VS_COMMIT_CONTROL)
		return -EPIPE;
	switch (request) {
	case UVC_GET_CUR:
	case UVC_GET_MIN:
	case UVC_GET_MAX:
		*out = (const uint8_t *)(selector == UVC_VS_PROBE_CONTROL
						 ? &probe
						 : &commit);
		return CONTROL_LEN;
	case UVC_GET_DEF:
		settle(&defaults);
		*out = (const uint8_t *)&defaults;
		return CONTROL_LEN;
	case UVC_GET_LEN:
		*out = len;
		return sizeof(len);
	case UVC_GET_INFO:
		*out = &info;
		return sizeof(info);
	default:
		return -EPIPE;
	}
}

static void start(void)
{
	streaming = true;
	memset(&frame, 0, offsetof(typeof(frame), data));
	frame.due_ns = now_ns() + commit.dwFrameInterval * 100ULL;
}

int stream_set(uint8_t selector, const uint8_t *data, size_t len)
{
	struct uvc_streaming_control control = { 0 };

	if (len != CONTROL_LEN)
		return -EPIPE;
	memcpy(&control, data, len);
	settle(&control);
	switch (selector) {
	case UVC_VS_PROBE_CONTROL:
		probe = control;
		return 0;
	case UVC_VS_COMMIT_CONTROL:
		commit = control;
		start();
		return 0;
	default:
		return -EPIPE;
	}
}

void stream_stop(void)
{
	streaming = false;
}

/* ---- frames ------------------------------------------------------------------ */

void stream_submit(uint32_t seqnum, size_t len)
{
	if (urbs_count == URBS_MAX)
		fatal("more URBs than uvcvideo has");
	urbs[urbs_count].seqnum = seqnum;
	urbs[urbs_count].len = len;
	urbs_count++;
}

static void remove_urb(size_t index)
{
	urbs_count--;
	memmove(urbs + index, urbs + index + 1,
		(urbs_count - index) * sizeof(urbs[0]));
}

bool stream_unlink(uint32_t seqnum)
{
	size_t i;

	for (i = 0; i < urbs_count; i++) {
		if (urbs[i].seqnum != seqnum)
			continue;
		remove_urb(i);
		return true;
	}
	return false;
}

static void break_frame(void)
{
	static const uint8_t marker[] = { 0xff, 0xc0 };
	uint8_t *sof;

	if (frame.number == broken)
		frame.len /= 2;
	else if (frame.number == broken + 1)
		memset(frame.data, 0, BROKEN_LEN);
	if (frame.number != broken + 2)
		return;
	sof = memmem(frame.data, frame.len, marker, sizeof(marker));
	if (sof)
		sof[SOF_HEIGHT]++;
	else
		fatal("a JPEG without a frame header");
}

static void begin_frame(void)
{
	const struct format_size *size = &formats_sizes[commit.bFrameIndex - 1];
	enum format_kind kind = formats->kinds[commit.bFormatIndex - 1];
	static uint8_t yuyv[PICTURE_LEN_MAX];

	frame.sent = 0;
	frame.len = format_len(kind, size);
	switch (kind) {
	case FORMAT_YUYV:
		picture_draw(frame.data, size->width, size->height,
			     frame.number);
		break;
	case FORMAT_MJPEG:
		picture_draw(yuyv, size->width, size->height, frame.number);
		frame.len = picture_encode(yuyv, size->width, size->height,
					   frame.data);
		break_frame();
		break;
	case FORMAT_BAYER:
		picture_draw(yuyv, size->width, size->height, frame.number);
		picture_mosaic(yuyv, size->width, size->height, frame.data);
		break;
	}
}

/* One URB */
static void send_payload(void)
{
	static uint8_t payload[PAYLOAD_MAX];
	size_t len = urbs[0].len < PAYLOAD_MAX ? urbs[0].len : PAYLOAD_MAX;
	size_t part = frame.len - frame.sent;

	if (len < HEADER_LEN)
		fatal("a URB without room");
	if (part > len - HEADER_LEN)
		part = len - HEADER_LEN;
	memcpy(payload + HEADER_LEN, frame.data + frame.sent, part);
	frame.sent += part;
	payload[0] = HEADER_LEN;
	payload[1] = UVC_STREAM_EOH | (frame.number & 1 ? UVC_STREAM_FID : 0);
	if (frame.sent == frame.len) {
		payload[1] |= UVC_STREAM_EOF;
		frame.number++;
	}
	usbip_complete(usbip, urbs[0].seqnum, 0, payload, HEADER_LEN + part);
	remove_urb(0);
}

int stream_run(void)
{
	uint64_t interval_ns = commit.dwFrameInterval * 100ULL;
	uint64_t now;

	while (streaming && urbs_count) {
		if (frame.sent < frame.len) {
			send_payload();
			continue;
		}
		now = now_ns();
		if (now < frame.due_ns)
			return (int)((frame.due_ns - now) / 1000000 + 1);
		frame.due_ns += interval_ns;
		if (frame.due_ns < now)
			frame.due_ns = now + interval_ns;
		begin_frame();
	}
	return -1;
}
