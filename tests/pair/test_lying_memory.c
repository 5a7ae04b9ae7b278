// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about memory that it passes: the connection ends, nothing is
 * mapped, and no descriptor stays open (the fixture looks).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/rights.h"
#include "common/stats.h"
#include "guestd/helper_wire.h"
#include "tests/fds.h"
#include "tests/host_peer.h"
#include "tests/lying_host.h"

/* What is done before the answer to MMAP. */
enum liar {
	HONEST,
	TWICE,
	OTHER_ADDRESS,
	OTHER_LEN,
	NOT_SEALED,
	TOO_SHORT,
	NOT_WHOLE_PAGES,
	READ_ONLY,
	HUGE_PAGES,
	A_SOCKET,
	A_PIPE,
	A_FILE,
	NOT_THAT_KIND,
	NO_KIND,
	NOTHING,
	WITHOUT_OBJ,
	LIAR_COUNT,
};

static enum liar liar;
static bool once;

static int make_memfd(size_t len, unsigned int flags, int seals)
{
	int fd = memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);

	if (fd < 0)
		return -1;
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int reopened(int fd, int flags)
{
	char path[64];
	int opened;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	opened = open(path, flags | O_CLOEXEC);
	close(fd);
	return opened;
}

static int make_object(void)
{
	switch (liar) {
	case NOT_SEALED:
		return make_memfd(LYING_LEN, 0, 0);
	case TOO_SHORT:
		return make_memfd(0, 0, F_SEAL_SHRINK);
	case NOT_WHOLE_PAGES:
		return make_memfd(LYING_LEN + 1, 0, F_SEAL_SHRINK);
	case READ_ONLY:
		return reopened(make_memfd(LYING_LEN, 0, F_SEAL_SHRINK),
				O_RDONLY);
	case HUGE_PAGES:
		return make_memfd(2u << 20, MFD_HUGETLB, F_SEAL_SHRINK);
	case A_SOCKET:
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case A_PIPE:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case A_FILE:
		return open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	case NOTHING:
		return -1;
	case HONEST:
	case TWICE:
	case OTHER_ADDRESS:
	case OTHER_LEN:
	case NOT_THAT_KIND:
	case NO_KIND:
	case WITHOUT_OBJ:
	case LIAR_COUNT:
		break;
	}
	return make_memfd(LYING_LEN, 0, F_SEAL_SHRINK);
}

static void send_fd_with(const struct vms_header *header, size_t len, int fd)
{
	uint8_t bytes[48] = { 0 };

	memcpy(bytes, header, sizeof(*header));
	assert_int_equal(rights_send(lying.peer.fd, bytes, len, fd, 0), len);
}

static void send_fd_alone(int fd)
{
	const struct vms_header header = {
		.magic = VMS_MAGIC, .type = VMS_EVT, .len = 16, .slen = 16
	};

	send_fd_with(&header, 48, fd);
}

static void before_mmap(struct lying_answer *answer)
{
	struct virtio_media_resp_mmap resp;
	struct vms_obj obj = { .kind = VMS_OBJ_MEMFD };
	int fd;

	if (answer->cmd != VIRTIO_MEDIA_CMD_MMAP || once)
		return;
	once = liar != HONEST;
	memcpy(&resp, answer->bytes, sizeof(resp));
	obj.addr = resp.driver_addr + (liar == OTHER_ADDRESS ? 4096 : 0);
	obj.len = resp.len + (liar == OTHER_LEN ? 1 : 0);
	if (liar == NOT_THAT_KIND)
		obj.kind = VMS_OBJ_DMABUF;
	if (liar == NO_KIND)
		obj.kind = 4;
	fd = make_object();
	if (liar == WITHOUT_OBJ)
		send_fd_alone(fd);
	else
		host_peer_send_obj(&lying.peer, &obj, fd);
	if (liar == TWICE)
		host_peer_send_obj(&lying.peer, &obj, fd);
	if (fd >= 0)
		close(fd);
}

static void begin(enum liar what)
{
	liar = what;
	once = false;
	harness_open(&lying.file);
	lying.lies = stats_get(STATS_LIES);
	lying.lie = before_mmap;
}

static void expect_ended(void)
{
	harness_settle();
	assert_false(harness.device->ready);
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(front_close(&lying.file), 0);
	harness_pass_ms(100);
	assert_true(lying.peer.ended);
}

/* In a frame that is never complete: else guestd would not see the host leave. */
static void its_own_end_is_not_kept(void **state)
{
	const struct vms_header header = { .magic = VMS_MAGIC,
					   .type = VMS_OBJ,
					   .flags = VMS_FLAG_FD,
					   .len = 24,
					   .slen = 24 };

	(void)state;
	begin(HONEST);
	send_fd_with(&header, 8, lying.peer.fd);
	expect_ended();
}

static void honest_memory_is_used(void **state)
{
	(void)state;
	begin(HONEST);
	assert_int_equal(lying_reqbufs(2), 2);
	assert_true(harness.device->window.mappings[0]->shared);
	assert_true(harness.device->ready);
	assert_int_equal(stats_get(STATS_LIES), lying.lies);
	assert_int_equal(front_close(&lying.file), 0);
}

static void any_lie_about_memory_ends_it(void **state)
{
	unsigned int what;
	int ret;

	for (what = HONEST + 1; what < LIAR_COUNT; what++) {
		int huge;

		liar = (enum liar)what;
		if (liar == HUGE_PAGES) {
			huge = make_object();
			if (huge < 0)
				continue;
			close(huge);
		}
		begin((enum liar)what);
		ret = lying_reqbufs(2);
		if (ret != -EIO && ret != -ENODEV)
			fail_msg("lie %u: %d", what, ret);
		expect_ended();
		lying_teardown(state);
		lying_setup(state);
	}
}

/*
 * At least so many descriptors the helper was to close, and then was told that it may:
 * those of connections that guestd has tried since are others.
 */
static void expect_disposed(unsigned int count)
{
	harness_settle();
	assert_in_range(harness.helper.asked[HELPER_CLOSE], count, count + 8);
	assert_int_equal(harness.helper.asked[HELPER_CLOSED],
			 harness.helper.asked[HELPER_CLOSE]);
}

/* Each one, and the connection. */
static void what_is_no_memory_is_not_closed_here(void **state)
{
	static const enum liar liars[] = { A_SOCKET, A_PIPE, NOT_SEALED };
	size_t i;

	for (i = 0; i < sizeof(liars) / sizeof(liars[0]); i++) {
		begin(liars[i]);
		assert_true(lying_reqbufs(1) < 0);
		expect_ended();
		expect_disposed(2);
		lying_teardown(state);
		lying_setup(state);
	}
}

static void as_many_as_can_come_are_not(void **state)
{
	static const uint8_t bytes[8];

	(void)state;
	begin(HONEST);
	assert_int_equal(fds_send(lying.peer.fd, bytes, sizeof(bytes),
				  lying.peer.fd, RIGHTS_MAX),
			 sizeof(bytes));
	expect_ended();
	expect_disposed(RIGHTS_MAX + 1);
}

static void memory_is_closed_here(void **state)
{
	(void)state;
	begin(HONEST);
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(front_close(&lying.file), 0);
	harness_settle();
	assert_int_equal(harness.helper.asked[HELPER_CLOSE], 0);
}

static void without_memory(struct lying_answer *answer)
{
	struct virtio_media_resp_mmap resp;
	struct vms_obj obj = { .kind = VMS_OBJ_MEMFD };

	if (answer->cmd != VIRTIO_MEDIA_CMD_MMAP)
		return;
	memcpy(&resp, answer->bytes, sizeof(resp));
	obj.addr = resp.driver_addr;
	obj.len = resp.len;
	host_peer_send_obj_without(&lying.peer, &obj);
}

/* It could not be passed, or so the host says. */
static void memory_that_did_not_come_is_no_lie(void **state)
{
	(void)state;
	begin(HONEST);
	lying.lie = without_memory;
	assert_int_equal(lying_reqbufs(2), -ENOMEM);
	assert_int_equal(harness.device->window.count, 0);
	harness_settle();
	assert_true(lying.asked[VIRTIO_MEDIA_CMD_MUNMAP] > 0);
	assert_int_equal(stats_get(STATS_LIES), lying.lies);
	lying.lie = before_mmap;
	assert_int_equal(lying_reqbufs(2), 2);
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&lying.file), 0);
}

static void refuse(struct vms_hello_ack *ack)
{
	ack->features &= ~VMS_FEATURE_SHM_FD;
}

static int setup_refusing(void **state)
{
	int ret = lying_init(state);

	lying.hello = refuse;
	lying_start(PROFILE_CHOICE_STREAM);
	return ret;
}

static void memory_without_the_feature_ends_it(void **state)
{
	int ret;

	(void)state;
	begin(HONEST);
	ret = lying_reqbufs(1);
	assert_true(ret == -ENODEV || ret == -EIO);
	expect_ended();
}

static void contents_of_it_end_it(void **state)
{
	static const uint8_t bytes[64];

	(void)state;
	begin(HONEST);
	stream_start(&lying.file, CAPTURE, 2);
	assert_int_equal(stats_get(STATS_LIES), lying.lies);
	lying_data(lying_addr(0), 0, bytes, sizeof(bytes));
	expect_ended();
	assert_int_equal(stats_get(STATS_LIES), lying.lies + 1);
}

/* Another frame comes between: an event, say. */
static void send_event_between(struct lying_answer *answer)
{
	before_mmap(answer);
	if (answer->cmd == VIRTIO_MEDIA_CMD_MMAP)
		lying_event(answer->session, 1, 1);
}

static void memory_waits_for_nothing_but_its_answer(void **state)
{
	int ret;

	(void)state;
	begin(HONEST);
	lying.lie = send_event_between;
	ret = lying_reqbufs(1);
	assert_true(ret == -ENODEV || ret == -EIO);
	expect_ended();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(honest_memory_is_used),
		LYING_TEST(memory_that_did_not_come_is_no_lie),
		LYING_TEST(any_lie_about_memory_ends_it),
		LYING_TEST(its_own_end_is_not_kept),
		LYING_TEST(what_is_no_memory_is_not_closed_here),
		LYING_TEST(as_many_as_can_come_are_not),
		LYING_TEST(memory_is_closed_here),
		LYING_TEST(contents_of_it_end_it),
		LYING_TEST(memory_waits_for_nothing_but_its_answer),
		cmocka_unit_test_setup_teardown(
			memory_without_the_feature_ends_it, setup_refusing,
			lying_teardown),
		cmocka_unit_test_setup_teardown(as_many_as_can_come_are_not,
						setup_refusing, lying_teardown),
	};

	return cmocka_run_group_tests_name("lying_memory", tests, NULL, NULL);
}
