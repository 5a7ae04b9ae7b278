// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as the argument of a 32-bit program, as what its pointers lead to, and
 * as what a device makes of it.
 *
 *	u8 row of compat32_row(); u8 bits, FUZZ_*; the rest:
 *
 *		argument, what the walk asks for, what the device changes
 *
 * A walk that finds no more bytes gets zeroes.  The front is checked for what it is
 * asked: addresses of 32 bits, nothing written that was not read before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/compat32.h"

#define FUZZ_LATER   1 /* fetches are done later */
#define FUZZ_PAYLOAD 2 /* controls have payload */

#define WALK_EXTENTS (1 + IOCTL_CONTROLS_MAX)

static struct wire_reader input;
static struct payload_extent asked[WALK_EXTENTS];
static unsigned int asked_count;
static unsigned int bits;
static size_t replied;

/* A fetch that is to be done */
static void (*later)(struct request *request, int result);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* ---- the front -------------------------------------------------------- */

static int front_fetch(struct request *request,
		       const struct payload_extent *extents, unsigned int count,
		       void (*done)(struct request *request, int result))
{
	unsigned int i;

	(void)request;
	for (i = 0; i < count; i++) {
		must(extents[i].len && extents[i].addr <= UINT32_MAX);
		must(asked_count < WALK_EXTENTS);
		asked[asked_count++] = extents[i];
		memset(extents[i].bytes, 0, extents[i].len);
		wire_get_bytes(&input, extents[i].bytes,
			       extents[i].len < input.left ? extents[i].len
							   : input.left);
	}
	if (!(bits & FUZZ_LATER))
		return 1;
	later = done;
	return 0;
}

static int front_store(struct request *request,
		       const struct payload_extent *extents, unsigned int count,
		       void (*done)(struct request *request, int result))
{
	unsigned int i;
	uint8_t *there;

	(void)request;
	(void)done;
	must(count > 0 && count <= asked_count);
	for (i = 0; i < count; i++) {
		must(extents[i].addr == asked[i].addr);
		must(extents[i].len && extents[i].len <= asked[i].len);
		there = calloc(1, extents[i].len);
		must(there);
		memcpy(there, extents[i].bytes, extents[i].len);
		free(there);
	}
	return 1;
}

static void front_reply(struct request *request, int result, const void *arg,
			size_t len)
{
	uint8_t *there = calloc(1, len);

	(void)request;
	(void)result;
	must(there && arg);
	memcpy(there, arg, len);
	free(there);
	replied = len;
}

static const struct request_ops front_ops = {
	.fetch = front_fetch,
	.store = front_store,
	.reply_ioctl = front_reply,
};

/* ---- the session ------------------------------------------------------ */

static void fetched(struct request *request, int result)
{
	(void)request;
	must(result == 0);
}

static void fetch(struct request *request, const struct payload_need *need)
{
	int ret;

	later = NULL;
	ret = request->ops->fetch(request, need->extents, need->count, fetched);
	must(ret == (bits & FUZZ_LATER ? 0 : 1));
	if (later)
		later(request, 0);
}

/* Return: whether there was an end to it */
static bool walk(struct request *request)
{
	const struct v4l2_query_ext_ctrl info = {
		.flags = bits & FUZZ_PAYLOAD ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0,
		.type = V4L2_CTRL_TYPE_U8,
		.elem_size = 1,
		.elems = 64,
	};
	struct payload_need need;

	for (;;) {
		if (payload_next(&request->payload, &need))
			return false;
		switch (need.kind) {
		case PAYLOAD_COMPLETE:
			return true;
		case PAYLOAD_BYTES:
			fetch(request, &need);
			break;
		case PAYLOAD_CONTROL:
			payload_control(&request->payload, &info);
			break;
		}
	}
}

static void answer(struct request *request)
{
	struct payload *payload = &request->payload;
	const struct payload_extent *extents;
	size_t len = ioctl_size(payload->desc);
	unsigned int count;

	wire_get_bytes(&input, payload->arg.bytes,
		       len < input.left ? len : input.left);
	if (payload->nested_len)
		wire_get_bytes(&input, payload->nested,
			       payload->nested_len < input.left
				       ? payload->nested_len
				       : input.left);
	must(payload_results(payload, &extents, &count) == 0);
	if (count)
		must(request->ops->store(request, extents, count, NULL) == 1);
	if (ioctl_writes(payload->desc))
		request->ops->reply_ioctl(request, 0, payload->arg.bytes, len);
}

/* What came back is what was there, for all that a 64-bit program has. */
static void round_trip(const struct compat32_layout *layout, const uint8_t *arg,
		       const union payload_arg *native)
{
	union payload_arg again;
	uint8_t *back = calloc(1, layout->size32);

	must(back);
	memcpy(back, arg, layout->size32);
	compat32_put(layout, native, back);
	must(compat32_get(layout, back, &again) == 0);
	must(memcmp(&again, native, layout->size64) == 0);
	free(back);
}

static void one_call(const struct compat32_ioctl *ioctl, const uint8_t *arg)
{
	const struct ioctl_desc *desc = ioctl_lookup(ioctl->native);
	struct request request = { .ops = &front_ops, .kind = REQUEST_IOCTL };
	union payload_arg native;
	int ret = compat32_begin(&request, ioctl,
				 ioctl_reads(desc) ? arg : NULL, &native);

	if (ret) {
		must(ioctl->layout->typed && request.ops == &front_ops);
		return;
	}
	if (ioctl_reads(desc))
		round_trip(ioctl->layout, arg, &native);
	payload_init(&request.payload, desc,
		     ioctl_reads(desc) ? &native : NULL);
	replied = 0;
	if (walk(&request)) {
		answer(&request);
		must(replied ==
		     (ioctl_writes(desc) ? ioctl->layout->size32 : 0));
	}
	payload_finish(&request.payload);
	compat32_finish(&request);
	must(request.ops == &front_ops);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct compat32_ioctl *ioctl;
	size_t len;
	uint8_t *arg;

	wire_reader_init(&input, data, size);
	ioctl = compat32_row(wire_get_u8(&input) % 32);
	bits = wire_get_u8(&input);
	if (!ioctl || input.failed)
		return 0;
	asked_count = 0;
	len = ioctl->layout->size32;
	arg = calloc(1, len);
	must(arg);
	wire_get_bytes(&input, arg, len < input.left ? len : input.left);
	one_call(ioctl, arg);
	free(arg);
	return 0;
}
