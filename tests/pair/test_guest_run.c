// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guest process, from its connection to its end; the opener is the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clockdomain.h"
#include "common/log.h"
#include "common/options.h"
#include "common/rights.h"
#include "hostd/guest_run.h"
#include "hostd/reopener.h"
#include "tests/fds.h"
#include "tests/guest_peer.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE

static struct guest_peer peer;
static struct device_list devices;
static int opener = -1;
static FILE *said;
static pid_t process;
static uint32_t tag;
static unsigned int fds_before;

static int setup(void **state)
{
	static const struct transport_peer who = {
		.kind = TRANSPORT_UNIX,
		.uid = 7,
	};
	struct grant grant;
	int ends[2], log[2], fd;

	(void)state;
	fds_before = fds_count();
	tag = 0;
	grant_default(&grant);
	grant.share = true;
	fd = guest_peer_init_pair(&peer);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
	    pipe2(log, O_CLOEXEC) < 0)
		return -1;
	process = fork();
	if (process < 0)
		return -1;
	if (process == 0) {
		close(ends[0]);
		guest_peer_finish(&peer);
		dup2(log[1], STDERR_FILENO);
		log_open("hostd", LOG_LEVEL_DEBUG);
		_exit(guest_run(fd, &who, &devices, ends[1], -1, NULL, &grant));
	}
	opener = ends[0];
	said = fdopen(log[0], "re");
	close(log[1]);
	close(ends[1]);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_peer_finish(&peer);
	if (opener >= 0)
		close(opener);
	opener = -1;
	fclose(said);
	fds_wait(fds_before);
	/* The reopener's is detached, and the next test forks. */
	fds_wait_for_threads();
	return 0;
}

static void expect_said(const char *what)
{
	char line[512];

	do
		assert_non_null(fgets(line, sizeof(line), said));
	while (!strstr(line, what));
}

/* The status of the process, which is to end by itself */
static int ended(void)
{
	char line[512];
	int status;

	while (fgets(line, sizeof(line), said))
		if (strstr(line, "Sanitizer"))
			fail_msg("%s", line);
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_question(void)
{
	uint32_t index;

	assert_int_equal(recv(opener, &index, sizeof(index), 0), sizeof(index));
	assert_int_equal(index, 0);
}

/* The pattern is no node: there is no descriptor. */
static void answer_question(void)
{
	const int32_t fine = 0;

	assert_int_equal(rights_send(opener, &fine, sizeof(fine), -1, 0),
			 sizeof(fine));
}

/* The guest is to share, so it is asked for once. */
static void answer_reopener(void)
{
	const int32_t fine = 0;
	uint32_t index;
	int fd;

	assert_int_equal(recv(opener, &index, sizeof(index), 0), sizeof(index));
	assert_int_equal(index, UINT32_MAX - 1);
	assert_int_equal(reopener_start(&fd), 0);
	assert_int_equal(rights_send(opener, &fine, sizeof(fine), fd, 0),
			 sizeof(fine));
	close(fd);
}

/* The next answer, or HELLO_ACK */
static const uint8_t *next_answer(struct vms_header *header)
{
	const uint8_t *section;

	for (;;) {
		struct pollfd ready = { .fd = peer.fd, .events = POLLIN };

		while (guest_peer_next(&peer, header, &section))
			if (header->type == VMS_RESP ||
			    header->type == VMS_HELLO_ACK)
				return section;
		assert_false(peer.ended);
		poll(&ready, 1, -1);
		guest_peer_receive(&peer);
	}
}

static const uint8_t *ask(const void *command, size_t len)
{
	struct vms_header header = {
		.type = VMS_REQ,
		.tag = tag + 1,
		.slen = (uint32_t)len,
		.arg = 1024,
	};
	const uint8_t *section;
	uint32_t status;

	tag++;
	assert_true(guest_peer_send(&peer, &header, command, len));
	section = next_answer(&header);
	assert_int_equal(header.tag, tag);
	memcpy(&status, section, sizeof(status));
	assert_int_equal(status, 0);
	return section;
}

static void connect_to_it(void)
{
	struct vms_hello hello = guest_peer_hello();
	struct vms_header header;

	hello.clock_domain = clockdomain();
	guest_peer_send_hello(&peer, &hello);
	expect_question();
	answer_question();
	answer_reopener();
	next_answer(&header);
	assert_int_equal(header.type, VMS_HELLO_ACK);
}

static uint32_t open_session(void)
{
	struct virtio_media_resp_open resp;
	struct vms_header header;

	assert_true(guest_peer_open(&peer, ++tag));
	expect_question();
	answer_question();
	memcpy(&resp, next_answer(&header), sizeof(resp));
	assert_int_equal(resp.status, 0);
	return resp.session_id;
}

/* One buffer, shared, which keeps the process until nobody has it. */
static void map_buffer(uint32_t session)
{
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_requestbuffers arg;
	} reqbufs = {
		.cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
			 .session_id = session,
			 .code = _IOC_NR(VIDIOC_REQBUFS) },
		.arg = { .count = 1,
			 .type = CAPTURE,
			 .memory = V4L2_MEMORY_MMAP },
	};
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_buffer arg;
	} querybuf = {
		.cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
			 .session_id = session,
			 .code = _IOC_NR(VIDIOC_QUERYBUF) },
		.arg = { .type = CAPTURE },
	};
	const struct virtio_media_cmd_mmap map = {
		.cmd = VIRTIO_MEDIA_CMD_MMAP,
		.session_id = session,
	};

	ask(&reqbufs, sizeof(reqbufs));
	ask(&querybuf, sizeof(querybuf));
	ask(&map, sizeof(map));
}

static void it_ends_with_its_guest(void **state)
{
	(void)state;
	connect_to_it();
	open_session();
	guest_peer_finish(&peer);
	assert_int_equal(ended(), NOTICE_SERVED);
}

static void it_says_what_it_has_counted_when_it_is_told_to(void **state)
{
	(void)state;
	connect_to_it();
	assert_int_equal(kill(process, GUEST_RUN_REPORT), 0);
	expect_said("<6>hostd: uid 7: frames-in 1, frames-out 1,");
	open_session();
	guest_peer_finish(&peer);
	assert_int_equal(ended(), NOTICE_SERVED);
}

/* One sleeps in the opener, another one waits for its turn. */
static void opens_may_outlast_the_guest(void **state)
{
	(void)state;
	connect_to_it();
	map_buffer(open_session());
	assert_true(guest_peer_open(&peer, ++tag));
	assert_true(guest_peer_open(&peer, ++tag));
	expect_question();
	guest_peer_finish(&peer);
	expect_said("frames-in");
	answer_question();
	expect_question();
	answer_question();
	assert_int_equal(ended(), NOTICE_SERVED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_ends_with_its_guest),
		TEST(it_says_what_it_has_counted_when_it_is_told_to),
		TEST(opens_may_outlast_the_guest),
	};
	char why[OPTIONS_WHY_LEN];

	log_open("test", LOG_LEVEL_ERR);
	if (device_list_add(&devices, "pattern:64x48,fps=200", why) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
