// SPDX-License-Identifier: BSD-3-Clause
/*
 * capture: what is looked at in a frame.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hostd/frames.h"
#include "tests/lab/capture_parts/capture.h"
#include "tests/lab/shared/process.h"

#define WRONG_SHOWN_MAX 20

void capture_wrong(struct capture *capture, const char *what, uint64_t value)
{
	if (capture->wrong++ < WRONG_SHOWN_MAX)
		fprintf(stderr, "capture: frame %u: %s: %" PRIu64 "\n",
			capture->seen, what, value);
}

/* @number: counts from 1 and leaves out what is lost */
static void look_number(struct capture *capture, uint64_t number)
{
	if (capture->plain && capture->seen == 1)
		capture->next = number;
	if (number < capture->next) {
		/* vivid that is late has a number twice, natively, too. */
		if (!capture->plain)
			capture_wrong(capture, "not after the last one",
				      number);
		return;
	}
	capture->lost += number - capture->next;
	capture->next = number + 1;
}

static void look_buffer(struct capture *capture,
			const struct v4l2_buffer *buffer)
{
	uint64_t stamp_ns =
		(uint64_t)buffer->timestamp.tv_sec * CAPTURE_SECOND_NS +
		(uint64_t)buffer->timestamp.tv_usec * 1000;

	if (buffer->flags & V4L2_BUF_FLAG_ERROR)
		capture_wrong(capture, "has the error flag", buffer->flags);
	if (buffer->bytesused != capture->len)
		capture_wrong(capture, "bytesused", buffer->bytesused);
	if (capture->seen > 1 && stamp_ns <= capture->stamp_ns)
		capture_wrong(capture, "not later than the last one", stamp_ns);
	/* vivid dates its frames ahead. */
	if (!capture->plain && stamp_ns > now_ns())
		capture_wrong(capture, "from the future", stamp_ns);
	capture->stamp_ns = stamp_ns;
}

static uint64_t get_u64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/*
 * The tick is the 3rd and the 4th word, so it is in the checksum by its halves 5
 * and 7 times; what else there is must stay as it is.
 */
static bool ends_agree(struct capture *capture, const uint8_t *bytes,
		       uint64_t *tick)
{
	uint64_t rest;

	if (get_u64(bytes) != FRAMES_MAGIC)
		return false;
	*tick = get_u64(bytes + 8);
	rest = get_u64(bytes + capture->len - 8);
	rest -= 5 * (*tick & UINT32_MAX) + 7 * (*tick >> 32);
	if (!capture->rest)
		capture->rest = rest;
	return rest == capture->rest;
}

static bool look_stamp(struct capture *capture, const void *bytes,
		       uint64_t *tick)
{
	if (capture->ends)
		return ends_agree(capture, bytes, tick);
	return frames_check(bytes, capture->len, tick) == 0;
}

static void look_times(struct capture *capture)
{
	uint64_t now = now_ns();

	if (!capture->seen) {
		capture->first_ns = now;
	} else if (now - capture->last_ns > capture->interval_ns) {
		capture->interval_ns = now - capture->last_ns;
		capture->interval_at = capture->seen;
	}
	capture->last_ns = now;
}

void capture_look(struct capture *capture, const void *bytes,
		  const struct v4l2_buffer *buffer)
{
	uint64_t tick;

	look_times(capture);
	capture->seen++;

	if (buffer)
		look_buffer(capture, buffer);
	if (capture->plain) {
		look_number(capture,
			    buffer ? buffer->sequence + 1ull : capture->seen);
		if (capture->moving)
			moving_look(capture, bytes);
		return;
	}

	if (!look_stamp(capture, bytes, &tick)) {
		capture_wrong(capture, "no stamp, or a wrong checksum",
			      capture->next);
		return;
	}
	look_number(capture, tick);
	if (buffer && buffer->sequence != tick - 1)
		capture_wrong(capture, "sequence is not that of its tick",
			      buffer->sequence);
}

void capture_look_whole(struct capture *capture, const void *bytes)
{
	uint64_t tick;

	if (frames_check(bytes, capture->len, &tick) < 0)
		capture_wrong(capture, "in the end a frame is not whole", 0);
}
