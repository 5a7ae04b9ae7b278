// SPDX-License-Identifier: BSD-3-Clause
/*
 * Something between the daemons passes on bytes alone, such as socat(1): buffers are
 * not shared, and everything works.  What a host passes in place of the descriptor
 * that would show otherwise costs only that host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/stats.h"
#include "common/wire.h"
#include "tests/host_peer.h"
#include "tests/sealed.h"
#include "tests/streamer.h"

#define LOST   "descriptors do not get through"
#define FRAMES 20

static struct vms_hello_ack ack_with(uint64_t fd_features)
{
	struct vms_hello_ack ack =
		host_peer_ack(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);

	ack.features &= ~VMS_FEATURES_FD | fd_features;
	return ack;
}

/* guestd's first connection; the next ones, if it makes any, are hostd's. */
static void begin(struct guest_peer *peer)
{
	harness.hosting = true;
	harness.grant.share = true;
	harness_attach(guest_peer_init_pair(peer), PROFILE_CHOICE_STREAM);
}

static void end(struct guest_peer *peer)
{
	harness_pass_ms(1);
	guest_peer_receive(peer);
	guest_peer_finish(peer);
}

static void answer(const struct vms_hello_ack *ack, int fd)
{
	struct guest_peer peer;

	begin(&peer);
	host_peer_send_ack_with(&peer, ack, fd);
	end(&peer);
}

static void expect_relayed(void)
{
	assert_int_equal(harness.accepts, 1);
	assert_int_equal(harness.ups, 1);
	assert_int_equal(harness.fatals, 0);
	assert_int_equal(harness.device->ack.features & VMS_FEATURES_FD, 0);
	assert_int_equal(harness_times_said(LOST), 1);
}

static void frames_travel(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURES_FD);
	uint64_t objects = stats_get(STATS_OBJECTS_IN);
	uint64_t came = stats_get(STATS_DATA_IN);
	struct front_file file;

	(void)state;
	answer(&ack, -1);
	expect_relayed();
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	stream_see_frames(&file, FRAMES);
	assert_true(stats_get(STATS_DATA_IN) - came >= FRAMES * HARNESS_FRAME);
	assert_int_equal(stats_get(STATS_OBJECTS_IN), objects);
	assert_int_equal(front_close(&file), 0);
}

static void it_is_not_tried_again(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURES_FD);

	(void)state;
	answer(&ack, -1);
	expect_relayed();
	harness_host_leaves();
	harness_host_returns();
	assert_int_equal(harness.accepts, 2);
	assert_true(harness.device->ready);
	assert_int_equal(harness.device->ack.features & VMS_FEATURES_FD, 0);
	assert_int_equal(harness_times_said(LOST), 1);
	assert_int_equal(harness.fatals, 0);
}

/* Only from guestd to hostd: it would be missed at the first buffer of a program. */
static void it_counts_for_either_direction(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURE_OBJ_FD);

	(void)state;
	answer(&ack, -1);
	expect_relayed();
}

static void without_descriptors_none_is_missed(void **state)
{
	const struct vms_hello_ack ack = ack_with(0);

	(void)state;
	answer(&ack, -1);
	assert_int_equal(harness.accepts, 0);
	assert_int_equal(harness.ups, 1);
	assert_int_equal(harness_times_said(LOST), 0);
}

static void where_it_comes_there_is_no_relay(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURES_FD);
	int fd = sealed_memfd(0, F_SEAL_SHRINK);

	(void)state;
	answer(&ack, fd);
	close(fd);
	assert_int_equal(harness.ups, 1);
	assert_int_equal(harness_times_said(LOST), 0);
}

/* hostd could not pass it (ETOOMANYREFS): it is not asked again and again. */
static void where_it_was_not_passed_it_is_the_same(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURES_FD);
	const struct vms_header header = { .type = VMS_HELLO_ACK,
					   .slen = sizeof(ack) };
	uint8_t body[sizeof(ack)];
	struct wire_writer writer;
	struct guest_peer peer;

	(void)state;
	wire_writer_init(&writer, body, sizeof(body));
	wire_put_hello_ack(&writer, &ack);
	begin(&peer);
	guest_peer_send(&peer, &header, body, sizeof(body));
	end(&peer);
	expect_relayed();
}

/* With fd:N there is no other connection to make. */
static void who_cannot_connect_again_says_so(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURES_FD);

	(void)state;
	harness.address.kind = TRANSPORT_FD;
	answer(&ack, -1);
	assert_int_equal(harness.accepts, 0);
	assert_int_equal(harness.fatals, 1);
	assert_non_null(strstr(harness.fatal, LOST));
}

/* A device may fail with any errno. */
static void an_errno_of_hostd_is_no_relay(void **state)
{
	struct vms_hello_ack ack = ack_with(0);

	(void)state;
	ack.status = EBADMSG;
	answer(&ack, -1);
	assert_int_equal(harness.accepts, 0);
	assert_int_equal(harness.fatals, 1);
	assert_int_equal(harness_times_said(LOST), 0);
}

/* The fixture sees that none of them stays open. */
static void another_descriptor_ends_it(void **state)
{
	const struct vms_hello_ack ack = ack_with(VMS_FEATURES_FD);
	unsigned int what;
	int fd;

	for (what = 0; what < 4; what++) {
		switch (what) {
		case 0:
			fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			break;
		case 1:
			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
			break;
		case 2:
			fd = open("/dev/null", O_RDWR | O_CLOEXEC);
			break;
		default:
			fd = sealed_memfd(4096, 0); /* may shrink */
			break;
		}
		assert_true(fd >= 0);
		answer(&ack, fd);
		close(fd);
		assert_int_equal(harness.ups, 0);
		assert_int_equal(harness.accepts, 0);
		assert_int_equal(harness.fatals, 1);
		assert_non_null(strstr(harness.fatal, "this is not hostd"));
		harness_teardown(state);
		harness_setup(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(frames_travel),
		HARNESS_TEST(it_is_not_tried_again),
		HARNESS_TEST(it_counts_for_either_direction),
		HARNESS_TEST(without_descriptors_none_is_missed),
		HARNESS_TEST(where_it_comes_there_is_no_relay),
		HARNESS_TEST(where_it_was_not_passed_it_is_the_same),
		HARNESS_TEST(who_cannot_connect_again_says_so),
		HARNESS_TEST(an_errno_of_hostd_is_no_relay),
		HARNESS_TEST(another_descriptor_ends_it),
	};

	return cmocka_run_group_tests_name("relayed", tests, NULL, NULL);
}
