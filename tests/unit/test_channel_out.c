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

/* The length of the one message that it makes; *@payload is how much of LEN is in it. */
static size_t write_one(struct channel_out *out, int ends[2], size_t *payload)
{
	static uint8_t message[LEN];
	struct vms_header header;
	bool more;
	ssize_t sent = channel_out_write(out, ends[0], true, &more);
	size_t at;

	assert_true(sent > 0);
	assert_int_equal(recv(ends[1], message, sizeof(message), 0), sent);
	*payload = 0;
	for (at = 0; at < (size_t)sent; at += sizeof(header) + header.len) {
		memcpy(&header, message + at, sizeof(header));
		assert_int_equal(header.type, VMS_DATA);
		*payload += header.slen;
	}
	return (size_t)sent;
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

/* The largest of vsock's packets whose kernel buffer is 64 KiB, see channel_out.h. */
static void over_vsock_a_system_call_fills_one_packet(void **state)
{
	const size_t packet = (64 << 10) - 512;
	uint8_t *bytes = calloc(1, LEN);
	struct channel_out out;
	size_t left = LEN;
	size_t payload;
	int ends[2];

	(void)state;
	make_ends(ends);
	channel_out_init(&out, CHANNEL_OUT_VSOCK);
	assert_int_equal(channel_out_chunk(&out) % 8, 0);
	lend(&out, bytes);
	while (left > channel_out_chunk(&out)) {
		assert_int_equal(write_one(&out, ends, &payload), packet);
		left -= payload;
	}
	assert_true(write_one(&out, ends, &payload) <= packet);
	assert_int_equal(payload, left);
	assert_true(channel_out_idle(&out, true));
	finish(&out);
	close(ends[0]);
	close(ends[1]);
	free(bytes);
}

static void elsewhere_a_system_call_takes_several_chunks(void **state)
{
	uint8_t *bytes = calloc(1, LEN);
	struct channel_out out;
	size_t payload;
	int ends[2];

	(void)state;
	make_ends(ends);
	channel_out_init(&out, CHANNEL_OUT_BYTES);
	assert_true(channel_out_chunk(&out) >= VMS_MAX_CHUNK);
	lend(&out, bytes);
	write_one(&out, ends, &payload);
	assert_true(payload > VMS_MAX_CHUNK);
	channel_out_drop(&out);
	finish(&out);
	close(ends[0]);
	close(ends[1]);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_vsock_a_system_call_fills_one_packet),
		cmocka_unit_test(elsewhere_a_system_call_takes_several_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
