// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host whose frames make no sense: the connection ends, everybody hears
 * ENODEV, and guestd goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/wire.h"
#include "tests/lying_host.h"

static struct front_file file;
static struct stream_buffer buffer;
static struct front_call call;
static const uint8_t zeros[8192];

/* A file that streams, and somebody who waits. */
static void stream_and_wait(void)
{
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	lying_settle();
	assert_false(front_done(&call));
}

static void expect_lost(void)
{
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	assert_int_equal(front_poll(&file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -ENODEV);
	assert_int_equal(front_close(&file), 0);
	assert_false(harness.device->ready);
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(harness.fatals, 0);
	assert_int_equal(front_open(&harness.front, &file, O_RDWR), -ENODEV);
	harness_pass_ms(100);
	assert_true(lying.peer.ended);
}

static void next(void **state)
{
	lying_teardown(state);
	lying_setup(state);
}

static void an_answer_to_nothing_ends_it(void **state)
{
	(void)state;
	stream_and_wait();
	lying_resp(0x12345678, zeros, 8);
	expect_lost();
}

static uint32_t last_tag;

static void remember_tag(struct lying_answer *answer)
{
	last_tag = answer->tag;
}

static void a_second_answer_ends_it(void **state)
{
	(void)state;
	lying.lie = remember_tag;
	stream_and_wait();
	lying_resp(last_tag, zeros, 8);
	expect_lost();
}

static void an_event_that_is_none_ends_it(void **state)
{
	static const struct {
		uint32_t type;
		size_t len;
	} events[] = {
		{ 3, sizeof(struct virtio_media_event_error) },
		{ UINT32_MAX, sizeof(struct virtio_media_event_dqbuf) },
		{ VIRTIO_MEDIA_EVT_DQBUF, 16 },
		{ VIRTIO_MEDIA_EVT_DQBUF, 144 },
		{ VIRTIO_MEDIA_EVT_EVENT, 608 },
		{ VIRTIO_MEDIA_EVT_ERROR, 144 },
		{ VIRTIO_MEDIA_EVT_DQBUF, 600 },
		{ VIRTIO_MEDIA_EVT_DQBUF, 616 },
		{ VIRTIO_MEDIA_EVT_EVENT, 8 },
		{ VIRTIO_MEDIA_EVT_EVENT, 0 },
	};
	const struct vms_header header = { .type = VMS_EVT };
	uint8_t bytes[616];
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (i)
			next(state);
		stream_and_wait();
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, &events[i].type, sizeof(events[i].type));
		lying_send(&header, bytes, events[i].len);
		expect_lost();
	}
}

static void what_only_guests_say_ends_it(void **state)
{
	static const struct vms_header headers[] = {
		{ .type = VMS_REQ, .tag = 1, .slen = 8, .arg = 16 },
		{ .type = VMS_CANCEL, .tag = 1 },
		{ .type = VMS_HELLO, .slen = sizeof(struct vms_hello) },
		{ .type = VMS_HELLO_ACK, .slen = sizeof(struct vms_hello_ack) },
		{ .type = VMS_CLOCK, .slen = sizeof(struct vms_clock) },
		{ .type = VMS_OBJ, .slen = 48 },
		{ .type = VMS_MEMO, .slen = 16 },
		{ .type = VMS_IO_RESP, .slen = 16 },
		{ .type = 99 },
		{ .type = VMS_EVT, .slen = 16, .flags = VMS_FLAG_AUX },
		{ .type = VMS_EVT, .slen = 16, .tag = 1 },
		{ .type = VMS_RESP, .slen = 8 },
		{ .type = VMS_RESP, .slen = 8, .tag = 1, .flags = VMS_FLAG_FD },
		{ .type = VMS_DATA, .slen = 8, .off = 4 },
		{ .type = VMS_DATA, .slen = 8, .off = 1ull << 63 },
		{ .type = VMS_DATA },
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (i)
			next(state);
		stream_and_wait();
		guest_peer_send(&lying.peer, &headers[i], zeros,
				headers[i].slen);
		expect_lost();
	}
}

static void what_may_be_ignored_is_ignored(void **state)
{
	const struct vms_header header = {
		.type = 99,
		.flags = VMS_FLAG_IGNORABLE,
		.slen = 40,
	};

	(void)state;
	stream_and_wait();
	guest_peer_send(&lying.peer, &header, zeros, header.slen);
	lying_buffer(lying.sessions, CAPTURE, 1, 5);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(front_close(&file), 0);
}

static void errors_of_queues_that_are_not_there_are_nothing(void **state)
{
	(void)state;
	stream_and_wait();
	lying_queue_error(lying.sessions, 0, EIO);
	lying_queue_error(lying.sessions, UINT32_MAX, EIO);
	lying_queue_error(lying.sessions, OUTPUT, EIO);
	lying_queue_error(lying.sessions + 1, CAPTURE, EIO);
	lying_buffer(lying.sessions, CAPTURE, 1, 5);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	/* A restart of the kernel's is only a number. */
	lying_queue_error(lying.sessions, CAPTURE, 512);
	lying_settle();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EIO);
	assert_int_equal(front_close(&file), 0);
}

static void a_frame_over_the_limit_ends_it(void **state)
{
	static const struct vms_header headers[] = {
		{ .type = VMS_RESP, .tag = 1, .len = VMS_MAX_CTRL + 8 },
		{ .type = VMS_RESP, .tag = 1, .len = 0xfffffff8 },
		{ .type = VMS_RESP, .tag = 1, .len = 12, .slen = 12 },
		{ .type = VMS_RESP, .tag = 1, .len = 8, .slen = 16 },
		{ .type = VMS_DATA,
		  .len = VMS_MAX_CHUNK + 8,
		  .slen = VMS_MAX_CHUNK + 8 },
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (i)
			next(state);
		stream_and_wait();
		guest_peer_send(&lying.peer, &headers[i], zeros, 0);
		expect_lost();
	}
}

static void garbage_ends_it(void **state)
{
	uint8_t bytes[100];

	(void)state;
	stream_and_wait();
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(send(lying.peer.fd, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
	expect_lost();
}

static void half_a_frame_and_the_end(void **state)
{
	uint8_t bytes[sizeof(struct vms_header)];
	const struct vms_header data = {
		.type = VMS_DATA,
		.len = 4096,
		.slen = 4096,
	};
	struct wire_writer writer;
	size_t len;

	for (len = 1; len <= sizeof(bytes); len += 7) {
		if (len > 1)
			next(state);
		stream_and_wait();
		wire_writer_init(&writer, bytes, sizeof(bytes));
		wire_put_header(&writer, &data);
		assert_int_equal(send(lying.peer.fd, bytes, len, 0), len);
		lying_settle();
		assert_false(front_done(&call));
		assert_int_equal(shutdown(lying.peer.fd, SHUT_RDWR), 0);
		expect_lost();
	}
}

static void withhold_all(struct lying_answer *answer)
{
	answer->withheld = true;
}

/* Contents that are half there when their memory goes. */
static void a_frame_that_is_half_there_outlives_its_buffer(void **state)
{
	struct vms_header data = { .type = VMS_DATA };
	uint8_t bytes[sizeof(data)];
	struct wire_writer writer;

	(void)state;
	stream_and_wait();
	data.off = file.session->queues[CAPTURE]
			   .buffers[1]
			   ->planes[0]
			   .mapping->addr;
	data.len = LYING_LEN;
	data.slen = LYING_LEN;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &data);
	assert_int_equal(send(lying.peer.fd, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
	assert_int_equal(send(lying.peer.fd, zeros, 1000, 0), 1000);
	lying_settle();

	lying.lie = withhold_all;
	front_interrupt(&call);
	front_begin_close(&call, &file);
	lying_settle();
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(send(lying.peer.fd, zeros, LYING_LEN - 1000, 0),
			 LYING_LEN - 1000);
	while (lying.withheld_count)
		lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_true(harness.device->ready);
}

static void a_host_that_leaves_says_so(void **state)
{
	const struct vms_header header = { .type = VMS_GOAWAY };
	const struct vms_goaway goaway = {
		.error = ENODEV,
		.reason = VMS_GOAWAY_DEVICE,
	};

	(void)state;
	stream_and_wait();
	lying_send(&header, &goaway, sizeof(goaway));
	expect_lost();
	harness_expect_said("ends the connection");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(an_answer_to_nothing_ends_it),
		LYING_TEST(a_second_answer_ends_it),
		LYING_TEST(an_event_that_is_none_ends_it),
		LYING_TEST(what_only_guests_say_ends_it),
		LYING_TEST(what_may_be_ignored_is_ignored),
		LYING_TEST(errors_of_queues_that_are_not_there_are_nothing),
		LYING_TEST(a_frame_over_the_limit_ends_it),
		LYING_TEST(garbage_ends_it),
		LYING_TEST(half_a_frame_and_the_end),
		LYING_TEST(a_frame_that_is_half_there_outlives_its_buffer),
		LYING_TEST(a_host_that_leaves_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
