// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: headers, HELLO, and what is out of place.
 */
#include <errno.h>
#include <string.h>

#include "tests/lab/hostile_guest_parts/guest.h"

#define END_MS 3000

/* What each of so many attempts ended with, if all did so alike */
static const char *all_end(size_t ended, size_t count)
{
	return attack_says("%zu of %zu " GUEST_ENDED, ended, count);
}

static bool is_ended(struct peer *peer)
{
	return !strcmp(peer_end(peer, END_MS), GUEST_ENDED);
}

/* HELLO, and then this header with 64 bytes behind it */
static bool header_ends(const struct vms_header *header, uint32_t magic)
{
	uint8_t bytes[sizeof(*header) + 64] = { 0 };
	struct guest guest;
	bool ended;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	peer_put(header, bytes);
	memcpy(bytes, &magic, sizeof(magic));
	peer_bytes(&guest.peer, bytes, sizeof(bytes));
	ended = is_ended(&guest.peer);
	guest_leave(&guest);
	return ended;
}

#define HEADER(t, f, l, g, s, o)                                               \
	{                                                                      \
		.type = (t), .flags = (f), .len = (l), .tag = (g),             \
		.slen = (s), .off = (o)                                        \
	}

const char *frames_headers(void)
{
	/* type, flags, len, tag, slen, off */
	/* clang-format off */
	static const struct vms_header headers[] = {
		HEADER(VMS_REQ, 0, UINT32_MAX, 7, UINT32_MAX, 0),
		HEADER(VMS_REQ, 0, UINT32_MAX - 7, 7, UINT32_MAX - 7, 0),
		HEADER(VMS_REQ, 0, VMS_MAX_CTRL + 8, 7, VMS_MAX_CTRL + 8, 0),
		HEADER(VMS_REQ, 0, 9, 7, 8, 0),
		HEADER(VMS_REQ, 0, 16, 7, 8, 0),
		HEADER(VMS_REQ, 0, 0, 7, 8, 0),
		HEADER(VMS_REQ, 0, 8, 7, UINT32_MAX, 0),
		HEADER(VMS_REQ, 0, 8, 7, 16, 0),
		HEADER(VMS_REQ, 0, 8, 0, 8, 0),
		HEADER(VMS_REQ, 0, 8, 7, 8, 8),
		HEADER(VMS_REQ, VMS_FLAG_FD, 8, 7, 8, 0),
		HEADER(VMS_REQ, VMS_FLAG_DEP, 8, 7, 8, 0),
		HEADER(VMS_REQ, VMS_FLAG_LAST, 8, 7, 8, 0),
		HEADER(VMS_REQ, VMS_FLAG_IGNORABLE, 8, 7, 8, 0),
		HEADER(VMS_REQ, 0x4000, 8, 7, 8, 0),
		HEADER(VMS_REQ, VMS_FLAG_AUX, 8, 7, 8, 0),
		HEADER(VMS_REQ, VMS_FLAG_AUX, 20, 7, 8, 0),
		HEADER(0, 0, 8, 7, 8, 0),
		HEADER(VMS_TYPE_COUNT, 0, 8, 7, 8, 0),
		HEADER(UINT16_MAX, 0, 8, 7, 8, 0),
		HEADER(VMS_MEMO, 0, 8, 7, 8, 0),
		HEADER(VMS_EVT_CREDIT, 0, 8, 7, 8, 0),
		HEADER(VMS_DATA, 0, 0, 0, 0, 0),
		HEADER(VMS_DATA, 0, VMS_MAX_CHUNK + 8, 0, VMS_MAX_CHUNK + 8, 0),
		HEADER(VMS_DATA, 0, 8, 0, UINT32_MAX, 0),
		HEADER(VMS_DATA, 0, UINT32_MAX, 0, UINT32_MAX, 0),
		HEADER(VMS_DATA, 0, 8, 0, 8, 4),
		HEADER(VMS_DATA, 0, 8, 0, 8, 1ull << 63),
		HEADER(VMS_DATA, 0, 8, 1, 8, 0),
		HEADER(VMS_CANCEL, 0, 8, 1, 8, 0),
		HEADER(VMS_CANCEL, 0, 0, 0, 0, 0),
		HEADER(VMS_CLOCK, 0, 8, 0, 8, 0),
		HEADER(VMS_IO, 0, 8, 1, 8, 0),
		HEADER(VMS_GOAWAY, 0, 16, 0, 16, 0),
	};
	/* clang-format on */
	size_t count = sizeof(headers) / sizeof(headers[0]);
	size_t ended = 0;
	size_t i;

	for (i = 0; i < count; i++)
		ended += header_ends(&headers[i], VMS_MAGIC);
	ended += header_ends(&headers[0], VMS_MAGIC + 1);
	return all_end(ended, count + 1);
}

const char *frames_padding(void)
{
	const struct vms_header header = {
		.type = VMS_REQ, .tag = 1, .len = 8, .slen = 5
	};
	uint8_t bytes[sizeof(header) + 8] = { 0 };
	struct guest guest;
	const char *text;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	peer_put(&header, bytes);
	bytes[sizeof(bytes) - 1] = 1;
	peer_bytes(&guest.peer, bytes, sizeof(bytes));
	text = peer_end(&guest.peer, END_MS);
	guest_leave(&guest);
	return text;
}

/* Return: whether hostd ends it; before HELLO, or behind it */
static bool frame_ends(bool hello, const struct vms_header *header, size_t len)
{
	static const uint8_t zeros[sizeof(struct vms_hello_ack)];
	struct guest guest;
	bool ended;

	if (hello)
		guest_connect(&guest, 0, "cap");
	else
		peer_connect(&guest.peer, scene.address);
	peer_frame(&guest.peer, header, zeros, len);
	ended = is_ended(&guest.peer);
	guest_leave(&guest);
	return ended;
}

/* struct misplaced - A frame that is well formed, and its body's length */
struct misplaced {
	struct vms_header header;
	size_t len;
};

static const char *misplace(bool hello, const struct misplaced *frames,
			    size_t count)
{
	size_t ended = 0;
	size_t i;

	for (i = 0; i < count; i++)
		ended += frame_ends(hello, &frames[i].header, frames[i].len);
	return all_end(ended, count);
}

const char *frames_before_hello(void)
{
	static const struct misplaced frames[] = {
		{ { .type = VMS_REQ, .tag = 1 }, 8 },
		{ { .type = VMS_DATA }, 64 },
		{ { .type = VMS_CANCEL, .tag = 1 }, 0 },
		{ { .type = VMS_CLOCK }, sizeof(struct vms_clock) },
		{ { .type = VMS_OBJ }, sizeof(struct vms_obj) },
		{ { .type = VMS_IO, .tag = 1 }, sizeof(struct vms_io) },
		{ { .type = VMS_RESP, .tag = 1 }, 8 },
	};

	return misplace(false, frames, sizeof(frames) / sizeof(frames[0]));
}

/* Of a guest that has agreed on no feature */
const char *frames_out_of_place(void)
{
	static const struct misplaced frames[] = {
		{ { .type = VMS_HELLO }, sizeof(struct vms_hello) },
		{ { .type = VMS_HELLO_ACK }, sizeof(struct vms_hello_ack) },
		{ { .type = VMS_RESP, .tag = 1 }, 8 },
		{ { .type = VMS_IO_RESP, .tag = 1 }, 8 },
		{ { .type = VMS_EVT },
		  sizeof(struct virtio_media_event_error) },
		{ { .type = VMS_CANCEL, .tag = 1 }, 0 },
		{ { .type = VMS_CLOCK }, sizeof(struct vms_clock) },
		{ { .type = VMS_OBJ }, sizeof(struct vms_obj) },
		{ { .type = VMS_IO, .tag = 1 }, sizeof(struct vms_io) },
		{ { .type = VMS_REQ, .flags = VMS_FLAG_NONBLOCK, .tag = 1 },
		  8 },
	};

	return misplace(true, frames, sizeof(frames) / sizeof(frames[0]));
}

/* 20 MiB of what nobody knows, each as long as a frame may be */
const char *frames_ignorable(void)
{
	static uint8_t body[VMS_MAX_CTRL];
	const struct vms_header header = {
		.type = 4711,
		.flags = VMS_FLAG_IGNORABLE,
		.tag = 99,
		.off = UINT64_MAX,
	};
	struct guest guest;
	bool works = true;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; works && i < 20; i++)
		works = peer_frame(&guest.peer, &header, body, sizeof(body));
	works = works && guest_works(&guest);
	guest_leave(&guest);
	return works ? "skipped, and served" : "not served";
}

/* ---- HELLO ---------------------------------------------------------------------------- */

static const char *hello_end(const struct vms_hello *hello)
{
	const char *text;
	struct peer peer;

	peer_connect(&peer, scene.address);
	honest_send_hello(&peer, hello);
	text = peer_end(&peer, END_MS);
	peer_close(&peer);
	return text;
}

const char *frames_hellos(void)
{
	struct vms_hello hellos[8];
	size_t count = sizeof(hellos) / sizeof(hellos[0]);
	size_t ended = 0;
	size_t i;

	for (i = 0; i < count; i++)
		hellos[i] = honest_hello(VMS_FEATURES, "cap");
	hellos[0].role = VMS_ROLE_BULK;
	hellos[1].role = UINT32_MAX;
	hellos[2].max_ctrl = 0;
	hellos[3].max_chunk = 4095;
	hellos[4].cmd_window = 0;
	hellos[5].session_id = 1;
	hellos[6].shmem_len = 1;
	memset(hellos[7].device, 'x', sizeof(hellos[7].device));
	for (i = 0; i < count; i++)
		ended += !strcmp(hello_end(&hellos[i]), GUEST_ENDED);
	return all_end(ended, count);
}

const char *frames_versions(void)
{
	struct vms_hello hello = honest_hello(VMS_FEATURES, "cap");
	const char *text;

	hello.version_min = VMS_VERSION_MAX + 1;
	hello.version_max = UINT16_MAX;
	text = hello_end(&hello);
	if (strcmp(text, "ended: no common version") != 0)
		return text;
	/* The wrong way round there is none, either. */
	hello.version_min = UINT16_MAX;
	hello.version_max = 0;
	return hello_end(&hello);
}

/* A guest names no path. */
const char *frames_devices(void)
{
	static const char *const names[] = {
		"/dev/video40", "../dev/video40", "cap\n", "cap ",
		"CAP",          "%s%s%s%n",       "none",
	};
	size_t count = sizeof(names) / sizeof(names[0]);
	struct vms_hello hello;
	size_t refused = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		hello = honest_hello(VMS_FEATURES, names[i]);
		refused += !strcmp(hello_end(&hello), "ended: device is gone");
	}
	return attack_says("%zu of %zu refused", refused, count);
}

const char *frames_clock(void)
{
	static const struct vms_clock lies[] = {
		{ .tx_ns = 1, .rx_ns = 1 },
		{ .tx_ns = 1, .reply_ns = UINT64_MAX },
	};
	const struct vms_header header = { .type = VMS_CLOCK };
	struct guest guest;
	size_t ended = 0;
	size_t i;

	for (i = 0; i < 2; i++) {
		guest_connect(&guest, FEATURES_PLAIN, "cap");
		peer_frame(&guest.peer, &header, &lies[i], sizeof(lies[i]));
		ended += is_ended(&guest.peer);
		guest_leave(&guest);
	}
	return all_end(ended, 2);
}

/* Leave behind so many bytes of HELLO and OPEN, for all that there are */
const char *frames_cut(void)
{
	const struct vms_header header = { .type = VMS_HELLO,
					   .len = sizeof(struct vms_hello),
					   .slen = sizeof(struct vms_hello) };
	const struct vms_hello hello = honest_hello(0, "cap");
	uint8_t bytes[sizeof(header) + sizeof(hello)];
	struct wire_writer writer;
	struct peer peer;
	size_t len;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	wire_put_hello(&writer, &hello);
	for (len = 0; len <= sizeof(bytes); len += 8) {
		peer_connect(&peer, scene.address);
		peer_bytes(&peer, bytes, len);
		peer_close(&peer);
	}
	return attack_says("left %zu times", len / 8);
}
