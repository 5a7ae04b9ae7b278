// SPDX-License-Identifier: BSD-3-Clause
/*
 * What one sendmsg(2) is offered: over a socket that keeps messages apart, each of them
 * is seen.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel_out.h"

#define LEN ((size_t)(300 << 10))

static void nothing(void *data)
{
	(void)data;
}

/* A run of LEN bytes, cut as @out has it. */
static void lend(struct channel_out *out, const uint8_t *bytes)
{
	struct channel_run run = {
		.key = out,
		.bytes = bytes,
		.len = LEN,
		.max_chunk = channel_out_chunk(out),
		.done = nothing,
	};

	if (run.max_chunk > VMS_MAX_CHUNK)
		run.max_chunk = VMS_MAX_CHUNK;
	assert_int_equal(channel_out_data(out, &run), 0);
}

/**
 * struct peer - What has read the messages
 * @message:	The last one
 * @len:	Its length
 * @left:	Bytes of the chunk whose header came last that are still to come
 * @payload:	Bytes of DATA, of all messages
 */
struct peer {
	uint8_t message[LEN];
	size_t len;
	size_t left;
	size_t payload;
};

static void take_header(struct peer *peer, size_t at)
{
	struct vms_header header;

	assert_true(peer->len - at >= sizeof(header));
	memcpy(&header, peer->message + at, sizeof(header));
	assert_int_equal(header.type, VMS_DATA);
	assert_int_equal(header.off, peer->payload);
	peer->left = header.slen;
}

/* The next message that @out makes: a chunk's rest, and chunks with their headers */
static void write_one(struct channel_out *out, int ends[2], struct peer *peer)
{
	size_t at = 0;
	size_t part;
	bool more;
	ssize_t sent = channel_out_write(out, ends[0], true, &more);

	assert_true(sent > 0);
	assert_int_equal(recv(ends[1], peer->message, LEN, 0), sent);
	peer->len = (size_t)sent;
	while (at < peer->len) {
		if (!peer->left) {
			take_header(peer, at);
			at += sizeof(struct vms_header);
		}
		part = peer->len - at < peer->left ? peer->len - at
						   : peer->left;
		peer->payload += part;
		peer->left -= part;
		at += part;
	}
}

static void finish(struct channel_out *out)
{
	void (*done)(void *data);
	void *data;

	while (channel_out_pop_done(out, &done, &data))
		done(data);
	channel_out_finish(out);
}

static void make_ends(int ends[2])
{
	const int room = 1 << 20; /* its limit is less */

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)),
		0);
}

/* What each test has */
struct rig {
	struct channel_out out;
	struct peer peer;
	uint8_t bytes[LEN];
	int ends[2];
};

/* @bytes: as for channel_out_init() */
static struct rig *begin(size_t bytes)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	make_ends(rig->ends);
	channel_out_init(&rig->out, bytes);
	lend(&rig->out, rig->bytes);
	return rig;
}

static void end(struct rig *rig)
{
	channel_out_drop(&rig->out);
	finish(&rig->out);
	close(rig->ends[0]);
	close(rig->ends[1]);
	free(rig);
}

/*
 * The largest of vsock's packets whose kernel buffer is 64 KiB, see channel_out.h.  Who
 * has read one knows of the next where its bytes go.
 */
static void over_vsock_a_packet_ends_behind_a_header(void **state)
{
	const size_t packet = (64 << 10) - 512;
	const size_t header = sizeof(struct vms_header);
	struct rig *rig = begin(CHANNEL_OUT_VSOCK);
	struct peer *peer = &rig->peer;
	size_t chunk = channel_out_chunk(&rig->out);
	unsigned int count;

	(void)state;
	assert_int_equal(chunk % 8, 0);
	for (count = 1; peer->payload + chunk < LEN; count++) {
		write_one(&rig->out, rig->ends, peer);
		assert_int_equal(peer->len,
				 count == 1 ? packet : packet - header);
		assert_int_equal(peer->payload, count * chunk);
		assert_int_equal(peer->left, LEN - peer->payload < chunk
						     ? LEN - peer->payload
						     : chunk);
	}
	write_one(&rig->out, rig->ends, peer);
	assert_int_equal(peer->payload, LEN);
	assert_true(channel_out_idle(&rig->out, true));
	end(rig);
}

/* So that a frame that is for somebody else waits for one chunk at most. */
static void control_comes_behind_the_chunk_that_has_begun(void **state)
{
	static const struct vms_header frame = { .type = VMS_EVT };
	struct rig *rig = begin(CHANNEL_OUT_VSOCK);
	struct peer *peer = &rig->peer;
	struct vms_header seen;
	bool more;

	(void)state;
	write_one(&rig->out, rig->ends, peer);
	assert_int_equal(channel_out_frame(&rig->out, &frame, NULL, 0, -1), 0);
	assert_true(channel_out_write(&rig->out, rig->ends[0], true, &more) >
		    0);
	assert_true(recv(rig->ends[1], peer->message, LEN, 0) > 0);
	memcpy(&seen, peer->message + peer->left, sizeof(seen));
	assert_int_equal(seen.type, VMS_EVT);
	end(rig);
}

static void elsewhere_a_system_call_takes_several_chunks(void **state)
{
	struct rig *rig = begin(CHANNEL_OUT_BYTES);

	(void)state;
	assert_true(channel_out_chunk(&rig->out) >= VMS_MAX_CHUNK);
	write_one(&rig->out, rig->ends, &rig->peer);
	assert_true(rig->peer.payload > VMS_MAX_CHUNK);
	end(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_vsock_a_packet_ends_behind_a_header),
		cmocka_unit_test(control_comes_behind_the_chunk_that_has_begun),
		cmocka_unit_test(elsewhere_a_system_call_takes_several_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
