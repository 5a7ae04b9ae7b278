// SPDX-License-Identifier: BSD-3-Clause
/*
 * A channel over a real socketpair, for tests.
 */
#include "tests/channel_rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/wire.h"
#include "tests/fds.h"
#include "tests/simulated.h"

/* ---- the owner ------------------------------------------------------- */

static int owner_frame(void *owner, const struct channel_frame *frame)
{
	struct channel_rig *rig = owner;
	struct rig_told *told = &rig->frames[rig->frame_count++ % RIG_FRAMES];
	size_t len = frame->header.slen;

	assert_false(rig->inside);
	memset(told, 0, sizeof(*told));
	told->header = frame->header;
	told->aux_len = frame->aux_len;
	memcpy(told->section, frame->section,
	       len < RIG_SECTION ? len : RIG_SECTION);
	if (rig->on_frame)
		rig->on_frame(rig);
	return rig->result;
}

static void *owner_data_begin(void *owner, const struct vms_header *header)
{
	struct channel_rig *rig = owner;

	assert_int_equal(header->type, VMS_DATA);
	rig->data_begun++;
	if (rig->on_data_begin)
		rig->on_data_begin(rig);
	return rig->memory;
}

static int owner_data_end(void *owner, const struct vms_header *header)
{
	struct channel_rig *rig = owner;

	assert_int_equal(header->type, VMS_DATA);
	rig->data_ended++;
	if (rig->on_data_end)
		rig->on_data_end(rig);
	return rig->result;
}

static void owner_closed(void *owner, int error)
{
	struct channel_rig *rig = owner;

	assert_false(rig->inside);
	rig->closed = error;
	rig->closed_count++;
	if (rig->on_closed)
		rig->on_closed(rig);
}

static void owner_drained(void *owner)
{
	struct channel_rig *rig = owner;

	assert_false(rig->inside);
	rig->drained++;
	if (rig->on_drained)
		rig->on_drained(rig);
}

static const struct channel_ops owner_ops = {
	.frame = owner_frame,
	.data_begin = owner_data_begin,
	.data_end = owner_data_end,
	.closed = owner_closed,
	.drained = owner_drained,
};

void rig_destroy(struct channel_rig *rig)
{
	struct channel *channel = rig->channel;

	rig->channel = NULL;
	channel_destroy(channel);
}

void loan_done(void *data)
{
	struct loan *loan = data;

	loan->done++;
	if (loan->then)
		loan->then(loan);
}

void loan_make(struct loan *loan, struct channel_rig *rig, size_t len)
{
	size_t i;

	*loan = (struct loan){ .rig = rig, .len = len };
	loan->bytes = malloc(len);
	assert_non_null(loan->bytes);
	for (i = 0; i < len; i++)
		loan->bytes[i] = (uint8_t)(i * 7 + i / 251);
}

void loan_send(struct loan *loan, const void *key, uint64_t addr)
{
	assert_int_equal(channel_send_data(loan->rig->channel, key, loan->bytes,
					   loan->len, addr, RIG_GENERATION,
					   loan_done, loan),
			 0);
}

void loan_free(struct loan *loan)
{
	assert_int_equal(loan->done, 1);
	free(loan->bytes);
}

/* ---- fixture --------------------------------------------------------- */

int rig_setup_bare(void **state)
{
	struct channel_rig *rig = calloc(1, sizeof(*rig));
	int fds[2];

	rig->fds = fds_count();
	rig->closed = RIG_NOT_CLOSED;
	assert_int_equal(loop_create(&rig->loop), 0);
	simulated_time(rig->loop, &rig->now);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	rig->fd = fds[0];
	rig->peer = fds[1];
	*state = rig;
	return 0;
}

void rig_speak(struct channel_rig *rig)
{
	assert_int_equal(channel_create(rig->loop, rig->fd, RIG_PARTIAL_MS,
					&owner_ops, rig, &rig->channel),
			 0);
}

int rig_setup(void **state)
{
	rig_setup_bare(state);
	rig_speak(*state);
	return 0;
}

int rig_teardown(void **state)
{
	struct channel_rig *rig = *state;

	rig_destroy(rig);
	if (rig->peer >= 0)
		close(rig->peer);
	loop_destroy(rig->loop);
	assert_int_equal(fds_count(), rig->fds);
	free(rig);
	return 0;
}

void rig_run(struct channel_rig *rig)
{
	while (loop_run_once(rig->loop, 0) > 0)
		;
}

void rig_wait_ms(struct channel_rig *rig, unsigned int ms)
{
	uint64_t until = rig->now + ms * LOOP_MS;

	while (rig->now < until)
		loop_run_once(rig->loop, (int)((until - rig->now) / LOOP_MS));
	rig_run(rig);
}

/* ---- the peer -------------------------------------------------------- */

void peer_write(struct channel_rig *rig, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	ssize_t n;

	while (len) {
		n = send(rig->peer, at, len, MSG_NOSIGNAL);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			rig_run(rig);
			continue;
		}
		at += n;
		len -= (size_t)n;
	}
}

size_t rig_make_frame(uint8_t *bytes, size_t size,
		      const struct vms_header *header, const void *section)
{
	struct vms_header h = *header;
	struct wire_writer writer;

	h.len = (uint32_t)wire_pad(h.slen);
	wire_writer_init(&writer, bytes, size);
	wire_put_header(&writer, &h);
	if (section)
		wire_put_bytes(&writer, section, h.slen);
	else
		wire_put_zero(&writer, h.slen);
	wire_put_zero(&writer, h.len - h.slen);
	assert_false(writer.failed);
	return writer.len;
}

void peer_frame(struct channel_rig *rig, const struct vms_header *header,
		const void *section)
{
	size_t size = HEADER + wire_pad(header->slen);
	uint8_t *bytes = malloc(size);

	peer_write(rig, bytes, rig_make_frame(bytes, size, header, section));
	free(bytes);
}

void peer_cancel(struct channel_rig *rig, uint32_t tag)
{
	peer_frame(rig, &(struct vms_header){ .type = VMS_CANCEL, .tag = tag },
		   NULL);
}

void peer_data(struct channel_rig *rig, const void *bytes, size_t len)
{
	peer_frame(rig,
		   &(struct vms_header){ .type = VMS_DATA,
					 .flags = VMS_FLAG_LAST,
					 .slen = (uint32_t)len,
					 .arg = 1,
					 .off = 4096 },
		   bytes);
}

bool peer_read(struct channel_rig *rig, void *bytes, size_t len)
{
	uint8_t *at = bytes;
	ssize_t n;

	while (len) {
		n = recv(rig->peer, at, len, 0);
		if (n == 0)
			return false;
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_true(loop_run_once(rig->loop, 0) > 0);
			continue;
		}
		at += n;
		len -= (size_t)n;
	}
	return true;
}

void peer_next(struct channel_rig *rig, struct vms_header *header,
	       uint8_t *body)
{
	uint8_t bytes[HEADER];
	size_t i;

	assert_true(peer_read(rig, bytes, HEADER));
	assert_int_equal(
		wire_get_header(bytes, VMS_MAX_CTRL, VMS_MAX_CHUNK, header), 0);
	assert_true(peer_read(rig, body, header->len));
	for (i = header->slen; i < wire_pad(header->slen); i++)
		assert_int_equal(body[i], 0);
}

void peer_expects_cancel(struct channel_rig *rig, uint32_t tag)
{
	struct vms_header header;
	uint8_t body[CHUNK];

	peer_next(rig, &header, body);
	assert_int_equal(header.type, VMS_CANCEL);
	assert_int_equal(header.tag, tag);
}

void peer_expects_chunk(struct channel_rig *rig, const struct loan *loan,
			size_t offset, uint64_t addr)
{
	size_t len = loan->len - offset;
	struct vms_header header;
	uint8_t body[CHUNK];

	if (len > CHUNK)
		len = CHUNK;
	peer_next(rig, &header, body);
	assert_int_equal(header.type, VMS_DATA);
	assert_int_equal(header.slen, len);
	assert_int_equal(header.off, addr + offset);
	assert_int_equal(header.arg, RIG_GENERATION);
	assert_int_equal(header.flags,
			 offset + len == loan->len ? VMS_FLAG_LAST : 0);
	assert_memory_equal(body, loan->bytes + offset, len);
}

void peer_expects_goaway(struct channel_rig *rig, int error,
			 enum vms_goaway_reason reason)
{
	struct vms_goaway goaway;
	struct vms_header header;
	uint8_t body[CHUNK];

	peer_next(rig, &header, body);
	assert_int_equal(header.type, VMS_GOAWAY);
	assert_int_equal(wire_get_goaway(body, header.slen, &goaway), 0);
	assert_int_equal(goaway.error, error);
	assert_int_equal(goaway.reason, reason);
}

void peer_expects_nothing(struct channel_rig *rig)
{
	uint8_t byte;

	rig_run(rig);
	assert_int_equal(recv(rig->peer, &byte, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

void peer_leaves(struct channel_rig *rig)
{
	close(rig->peer);
	rig->peer = -1;
}

void rig_send_cancel(struct channel_rig *rig, uint32_t tag)
{
	rig->inside = true;
	assert_int_equal(channel_send(rig->channel,
				      &(struct vms_header){ .type = VMS_CANCEL,
							    .tag = tag },
				      NULL, 0),
			 0);
	rig->inside = false;
}

void rig_send_behind(struct channel_rig *rig, const void *key, uint32_t tag)
{
	assert_int_equal(
		channel_send_behind(
			rig->channel, key,
			&(struct vms_header){ .type = VMS_CANCEL, .tag = tag },
			NULL, 0),
		0);
}

void loan_begin(struct loan *loan, struct channel_rig *rig, const void *key,
		size_t len)
{
	int small = 4096;

	setsockopt(rig->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	loan_make(loan, rig, len);
	loan_send(loan, key, 0);
	assert_true(channel_queued(rig->channel) > 0);
	assert_true(channel_queued(rig->channel) < len);
}
