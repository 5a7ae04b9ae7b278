// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that does not go on, or never ends: what it makes hostd keep is bounded,
 * and gone when it goes on.
 *
 * Measured in bytes that are allocated, which AddressSanitizer counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/wire.h"
#include "hostd/client_parts.h"
#include "hostd/guest_state.h"
#include "tests/lying_guest.h"

#define KIB         1024u
#define MIB         (1024u * KIB)
#define TRIES       60000
#define SILENT      200 /* rounds in which nothing is taken: it has stopped */
#define ANSWERS_MAX (4u * MIB) /* hostd/guest_out.c GUEST_OUT_ANSWERS_MAX */
#define CLOCKS_MAX                                                             \
	(20u * MIB) /* CHANNEL_HIGH of frames of 56 bytes, 740 each */
#define LEFT_MAX    (64u * KIB) /* lists that have grown stay so */
#define SESSION_MAX (8u * KIB)  /* of a session */
#define BUFFER_MAX  512u        /* of a buffer */
#define SESSIONS    60
#define BIG_PAYLOAD (MIB - 4096u)
#define BIG_TOTAL   (VMS_CMD_WINDOW * (MIB + 64u * KIB))

/* sanitizer/allocator_interface.h */
/* NOLINTNEXTLINE */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t held(void)
{
	return __sanitizer_get_current_allocated_bytes
		       ? __sanitizer_get_current_allocated_bytes()
		       : mallinfo2().uordblks;
}

static size_t before;

static size_t grown(void)
{
	size_t now = held();

	return now > before ? now - before : 0;
}

/* Has hostd something to do?  How many rounds that takes, its workers know. */
static bool hostd_works(void)
{
	return harness.guest && harness.guest->out.unanswered;
}

/* It reads all there is, and forgets it. */
static void drain(void)
{
	unsigned int quiet = 0;
	unsigned int had;

	raw.reading = true;
	raw.forgetting = true;
	while (quiet < SILENT) {
		had = raw.forgotten;
		raw_run();
		quiet = raw.forgotten == had && !hostd_works() ? quiet + 1 : 0;
	}
	raw.forgetting = false;
	raw.count = 0;
}

/* ---- it does not read -------------------------------------------------------------- */

/* Return: frames that were taken, until no more are */
static unsigned int flood(const struct vms_header *header, const void *body,
			  size_t len)
{
	struct vms_header sent = *header;
	unsigned int taken = 0;
	unsigned int silent = 0;

	raw.reading = false;
	while (silent < SILENT && taken < TRIES) {
		if (sent.type != VMS_CLOCK)
			sent.tag = ++raw.tag;
		if (guest_peer_send(&raw.peer, &sent, body, len)) {
			taken++;
			silent = 0;
			continue;
		}
		raw_run();
		silent += !hostd_works();
	}
	return taken;
}

static int succeed(void *arg)
{
	(void)arg;
	return 0;
}

/* 16 bytes ask for 2072. */
static void answers_that_are_not_read_are_few(void **state)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.slen = sizeof(struct virtio_media_cmd_ioctl),
		.arg = 65536,
	};
	struct virtio_media_cmd_ioctl command = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.code = _IOC_NR(VIDIOC_G_ENC_INDEX),
	};
	unsigned int taken;

	(void)state;
	fake.unrecorded = true;
	fake_on(VIDIOC_G_ENC_INDEX, succeed);
	command.session_id = raw_open();
	drain();
	before = held();
	taken = flood(&header, &command, sizeof(command));
	print_message("%u REQs, %zu bytes\n", taken, grown());
	assert_true(taken > 1000 && taken < TRIES);
	assert_true(grown() > ANSWERS_MAX / 2);
	assert_true(grown() < ANSWERS_MAX + 512 * KIB);
	drain();
	assert_true(grown() < LEFT_MAX);
	raw_wait(raw_close(command.session_id));
}

static void clocks_that_are_not_read_are_few(void **state)
{
	const struct vms_header header = {
		.type = VMS_CLOCK,
		.slen = sizeof(struct vms_clock),
	};
	const struct vms_clock clock = { .tx_ns = 1 };
	unsigned int taken;

	(void)state;
	drain();
	before = held();
	taken = flood(&header, &clock, sizeof(clock));
	print_message("%u CLOCKs, %zu bytes\n", taken, grown());
	assert_true(taken > 1000 && taken < TRIES);
	assert_true(grown() < CLOCKS_MAX);
	drain();
	assert_true(grown() < LEFT_MAX);
}

/* Those of commands that are not there cost nothing. */
static void cancels_leave_nothing(void **state)
{
	const struct vms_header header = { .type = VMS_CANCEL };

	(void)state;
	drain();
	before = held();
	assert_int_equal(flood(&header, NULL, 0), TRIES);
	assert_true(grown() < LEFT_MAX);
	drain();
}

/* ---- it asks for much ---------------------------------------------------------------- */

/* A REQ that sets one control of nearly 1 MiB, with its header. */
static uint8_t *big_request(uint32_t session, size_t *len)
{
	const struct raw_array array =
		raw_array(session, VIDIOC_S_EXT_CTRLS, BIG_PAYLOAD);
	size_t at = wire_pad(sizeof(array.section));
	const struct vms_header header = {
		.type = VMS_REQ,
		.flags = VMS_FLAG_AUX,
		.tag = 1,
		.len = (uint32_t)(at + sizeof(array.aux) + BIG_PAYLOAD),
		.slen = sizeof(array.section),
		.arg = VMS_MAX_CTRL,
	};
	struct wire_writer writer;
	uint8_t *bytes = calloc(1, MIB);

	assert_non_null(bytes);
	wire_writer_init(&writer, bytes, sizeof(header));
	wire_put_header(&writer, &header);
	memcpy(bytes + sizeof(header), &array.section, sizeof(array.section));
	memcpy(bytes + sizeof(header) + at, &array.aux, sizeof(array.aux));
	*len = sizeof(header) + header.len;
	return bytes;
}

/* Return: how many were taken whole, until no more is */
static unsigned int send_big(const uint8_t *bytes, size_t len)
{
	unsigned int silent = 0;
	size_t total = 0;
	ssize_t ret;

	while (silent < SILENT) {
		ret = send(raw.peer.fd, bytes + total % len, len - total % len,
			   MSG_NOSIGNAL);
		assert_true(ret > 0 || errno == EAGAIN);
		total += ret > 0 ? (size_t)ret : 0;
		silent = ret > 0 ? 0 : silent + 1;
		raw_run();
	}
	return (unsigned int)(total / len);
}

/* As many as there may be, each as large as it may be, behind one that sleeps. */
static void requests_that_wait_are_few(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	uint32_t session;
	uint8_t *bytes;
	size_t len;

	(void)state;
	fake.unrecorded = true;
	session = raw_open();
	bytes = big_request(session, &len);
	drain();
	before = held();
	fake_sleep(VIDIOC_S_FMT);
	raw_ioctl(session, VIDIOC_S_FMT, &format);
	harness_asleep();
	raw.reading = false;
	assert_true(send_big(bytes, len) >= VMS_CMD_WINDOW - 1);
	assert_int_equal(harness.guest->out.unanswered, VMS_CMD_WINDOW);
	print_message("%u REQs wait, %zu bytes\n", VMS_CMD_WINDOW, grown());
	assert_true(grown() > (VMS_CMD_WINDOW - 2) * BIG_PAYLOAD);
	assert_true(grown() < BIG_TOTAL);
	/* Nor are the answers more, which it does not read. */
	fake_wake();
	while (harness.guest->out.unanswered)
		raw_run();
	print_message("their answers, %zu bytes\n", grown());
	assert_true(grown() < BIG_TOTAL);
	free(bytes);
	guest_peer_finish(&raw.peer);
	harness_settle();
	assert_null(harness.guest);
	assert_true(grown() < LEFT_MAX);
}

static void open_files_are_small(void **state)
{
	uint32_t sessions[SESSIONS];
	unsigned int i;
	size_t each;

	(void)state;
	raw_wait(raw_close(raw_open()));
	drain();
	before = held();
	for (i = 0; i < SESSIONS; i++)
		sessions[i] = raw_open();
	each = grown() / SESSIONS - sizeof(struct fake_file);
	print_message("a session: %zu bytes\n", each);
	assert_true(each < SESSION_MAX);
	for (i = 0; i < SESSIONS; i++)
		raw_wait(raw_close(sessions[i]));
	drain();
	assert_true(grown() < LEFT_MAX);
}

static int make_what_is_asked_for(void *arg)
{
	(void)arg;
	return 0;
}

static uint32_t make(uint32_t session, uint32_t type, uint32_t count)
{
	const struct v4l2_requestbuffers request = {
		.count = count,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};

	return raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &request));
}

static void buffers_are_small_and_few(void **state)
{
	uint32_t session;
	uint32_t type;

	(void)state;
	fake_on(VIDIOC_REQBUFS, make_what_is_asked_for);
	session = raw_open();
	drain();
	before = held();
	for (type = 1; type <= 4; type++)
		assert_int_equal(make(session, type, VMS_QUEUE_BUFFERS_MAX), 0);
	assert_int_equal(harness.guest->client->quota.buffers,
			 GRANT_BUFFERS_MAX);
	assert_int_equal(make(session, 5, 1), ENOMEM);
	print_message("a buffer: %zu bytes\n", grown() / GRANT_BUFFERS_MAX);
	assert_true(grown() / GRANT_BUFFERS_MAX < BUFFER_MAX);
	raw_wait(raw_close(session));
	drain();
	assert_true(grown() < LEFT_MAX);
}

/* ---- it stops in the middle ------------------------------------------------------------ */

static void half_a_frame_is_waited_for_and_then_not(void **state)
{
	uint8_t *bytes;
	size_t len;

	(void)state;
	bytes = big_request(1, &len);
	drain();
	before = held();
	assert_int_equal(send(raw.peer.fd, bytes, 1000, MSG_NOSIGNAL), 1000);
	raw_settle();
	assert_true(grown() < MIB + LEFT_MAX);
	harness_pass_ms(VMS_PARTIAL_TIMEOUT_MS - 100);
	assert_non_null(harness.guest);
	harness_pass_ms(200);
	assert_null(harness.guest);
	assert_true(grown() < LEFT_MAX);
	free(bytes);
}

/* A byte now and then is no frame, either. */
static void a_frame_of_single_bytes_is_not_waited_for(void **state)
{
	unsigned int sent = 0;
	uint8_t *bytes;
	size_t len;

	(void)state;
	bytes = big_request(1, &len);
	drain();
	while (harness.guest && sent < 100) {
		send(raw.peer.fd, bytes + sent++, 1, MSG_NOSIGNAL);
		harness_pass_ms(1000);
	}
	free(bytes);
	assert_null(harness.guest);
	assert_true(sent <= VMS_PARTIAL_TIMEOUT_MS / 1000 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(answers_that_are_not_read_are_few),
		RAW_TEST(clocks_that_are_not_read_are_few),
		RAW_TEST(cancels_leave_nothing),
		RAW_TEST(requests_that_wait_are_few),
		RAW_TEST(open_files_are_small),
		RAW_TEST(buffers_are_small_and_few),
		RAW_TEST(half_a_frame_is_waited_for_and_then_not),
		RAW_TEST(a_frame_of_single_bytes_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
