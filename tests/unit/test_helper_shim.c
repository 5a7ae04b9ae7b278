// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's socket for applications' shims: who gets what.
 */
#include "guestd/helper_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include <cmocka.h>

#include "common/log.h"
#include "guestd/helper.h"
#include "guestd/shimsocket.h"
#include "tests/shim_client.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#define WAIT_MS   20000
#define PAGE      4096u
#define PLANE_LEN (PAGE + 100)
#define CAPTURE   V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT    V4L2_BUF_TYPE_VIDEO_OUTPUT

/* Open files of an application */
enum { ONE = 1, OTHER, READER, STRANGER };

static const uint8_t tokens[][SHIM_TOKEN_LEN] = {
	[ONE] = "one open file..",
	[OTHER] = "another one....",
	[READER] = "read only......",
	[STRANGER] = "one open file./",
};

static char directory[] = "/tmp/test-shim-XXXXXX";
static char path[64];
static struct shimsocket shimsocket;
static pid_t helper;
static int sock;
static uint32_t last_id;

static void tell(struct helper_request request, int fd)
{
	shim_client_send(sock, &request, sizeof(request), fd);
}

static void sync_helper(void)
{
	struct pollfd wait = { .fd = sock, .events = POLLIN };
	struct helper_result result;

	tell((struct helper_request){ .type = HELPER_SYNC, .id = ++last_id },
	     -1);
	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(recv(sock, &result, sizeof(result), MSG_WAITALL),
			 sizeof(result));
	assert_int_equal(result.id, last_id);
	assert_int_equal(result.result, 0);
}

static int wait_for_helper(void)
{
	int status;

	assert_int_equal(waitpid(helper, &status, 0), helper);
	helper = 0;
	return status;
}

static void attach(uint64_t file, bool writable)
{
	struct helper_request request = {
		.type = HELPER_ATTACH,
		.file = file,
		.count = writable,
	};

	memcpy(request.token, tokens[file], sizeof(request.token));
	tell(request, -1);
}

/* A plane whose first byte is its region's number */
static void add(uint32_t region, uint64_t file, uint32_t type, uint32_t index,
		uint64_t offset)
{
	uint8_t byte = (uint8_t)region;
	int fd = memfd_create("plane", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 * PAGE), 0);
	assert_int_equal(pwrite(fd, &byte, 1, 0), 1);
	tell(
		(struct helper_request){
			.type = HELPER_REGION_ADD,
			.region = region,
			.file = file,
			.buf_type = type,
			.index = index,
			.offset = offset,
			.len = PLANE_LEN,
		},
		fd);
	close(fd);
}

static int setup(void **state)
{
	static const int on = 1;
	int listener;

	(void)state;
	snprintf(path, sizeof(path), "%s/shim", directory);
	assert_int_equal(shimsocket_create(&shimsocket, path, &listener), 0);
	/* As where the kernel cannot refuse descriptors. */
	setsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof(on));
	helper = helper_start(false, listener, &sock);
	assert_true(helper > 0);
	close(listener);
	assert_int_equal(shimsocket_place(&shimsocket, path,
					  &(struct stat){
						  .st_uid = getuid(),
						  .st_gid = getgid(),
						  .st_mode = 0600,
					  }),
			 0);
	attach(ONE, true);
	attach(OTHER, true);
	attach(READER, false);
	add(1, ONE, CAPTURE, 0, 0);
	add(2, ONE, CAPTURE, 1, PAGE * 2);
	add(3, ONE, OUTPUT, 0, 1 << 30);
	add(4, OTHER, CAPTURE, 0, PAGE * 8);
	add(5, READER, CAPTURE, 0, 0);
	sync_helper();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shimsocket_remove(&shimsocket);
	close(sock);
	if (helper)
		assert_int_equal(wait_for_helper(), 0);
	return 0;
}

static int ask(const struct shim_ask *asked)
{
	uint64_t len = 0;
	int fd = -1, ret;

	ret = shim_client_ask(path, asked, &fd, &len);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int map(uint64_t file, uint64_t offset, uint64_t len)
{
	struct shim_ask asked = shim_client_map(tokens[file], offset, len);

	return ask(&asked);
}

static void a_token_gets_the_buffers_of_its_file(void **state)
{
	struct shim_ask asked = shim_client_map(tokens[ONE], PAGE * 2, PAGE);
	uint64_t len = 0;
	uint8_t byte = 0;
	int fd = -1;

	(void)state;
	assert_int_equal(shim_client_ask(path, &asked, &fd, &len), 0);
	assert_int_equal(len, 2 * PAGE);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 2);
	close(fd);
	assert_int_equal(map(ONE, 0, PAGE), 0);
	assert_int_equal(map(ONE, 1 << 30, PAGE), 0);
	assert_int_equal(map(OTHER, PAGE * 8, PAGE), 0);
}

static void nobody_else_gets_them(void **state)
{
	struct shim_ask asked = shim_client_map(tokens[ONE], 0, PAGE);
	unsigned int i;

	(void)state;
	assert_int_equal(map(STRANGER, 0, PAGE), -EACCES);
	for (i = 0; i < SHIM_TOKEN_LEN; i++) {
		asked.token[i] ^= 0x80;
		assert_int_equal(ask(&asked), -EACCES);
		asked.token[i] ^= 0x80;
	}
	assert_int_equal(map(OTHER, 0, PAGE), -EINVAL);
	assert_int_equal(map(OTHER, PAGE * 2, PAGE), -EINVAL);
	assert_int_equal(map(ONE, PAGE * 8, PAGE), -EINVAL);
	assert_int_equal(ask(&asked), 0);
}

static void lengths_are_those_of_the_plane(void **state)
{
	(void)state;
	assert_int_equal(map(ONE, 0, 1), 0);
	assert_int_equal(map(ONE, 0, PLANE_LEN), 0);
	assert_int_equal(map(ONE, 0, 2 * PAGE), 0);
	assert_int_equal(map(ONE, 0, 0), -EINVAL);
	assert_int_equal(map(ONE, 0, 2 * PAGE + 1), -EINVAL);
	assert_int_equal(map(ONE, 0, UINT64_MAX), -EINVAL);
	assert_int_equal(map(ONE, PAGE, PAGE), -EINVAL);
	assert_int_equal(map(ONE, UINT64_MAX, PAGE), -EINVAL);
}

static void protection_and_sharing_are_as_vb2_wants_them(void **state)
{
	struct shim_ask asked = shim_client_map(tokens[ONE], 0, PAGE);

	(void)state;
	asked.flags = MAP_PRIVATE;
	assert_int_equal(ask(&asked), -EINVAL);
	asked.flags = MAP_SHARED_VALIDATE;
	assert_int_equal(ask(&asked), 0);
	asked.flags = MAP_SHARED | MAP_POPULATE | MAP_FIXED;
	asked.prot = PROT_READ;
	assert_int_equal(ask(&asked), 0);
	asked.prot = PROT_WRITE;
	assert_int_equal(ask(&asked), -EINVAL);
	asked.offset = 1 << 30;
	assert_int_equal(ask(&asked), 0);
	asked.prot = PROT_READ;
	assert_int_equal(ask(&asked), -EINVAL);
	asked.prot = PROT_NONE;
	assert_int_equal(ask(&asked), -EINVAL);
	/* The kernel's do_mmap() takes VM_SHARED from a read-only file. */
	assert_int_equal(map(READER, 0, PAGE), -EINVAL);
}

static void own(uint64_t file, uint32_t type, bool fileio)
{
	tell(
		(struct helper_request){
			.type = HELPER_OWNER,
			.file = file,
			.buf_type = type,
			.count = fileio,
		},
		-1);
	sync_helper();
}

static void nobody_maps_while_somebody_reads(void **state)
{
	struct shim_ask asked = shim_client_map(tokens[ONE], 0, PAGE);

	(void)state;
	own(OTHER, CAPTURE, true);
	assert_int_equal(ask(&asked), -EBUSY);
	asked.prot = PROT_WRITE;
	assert_int_equal(ask(&asked), -EINVAL);
	asked.prot = PROT_READ;
	asked.offset = PAGE * 77;
	assert_int_equal(ask(&asked), -EBUSY);
	own(ONE, CAPTURE, false);
	assert_int_equal(map(ONE, 0, PAGE), 0);
	own(0, 0, true);
	assert_int_equal(map(ONE, 0, PAGE), 0);
}

static void what_is_taken_away_is_gone(void **state)
{
	(void)state;
	tell((struct helper_request){ .type = HELPER_REGION_REMOVE,
				      .region = 2 },
	     -1);
	sync_helper();
	assert_int_equal(map(ONE, PAGE * 2, PAGE), -EINVAL);
	assert_int_equal(map(ONE, 0, PAGE), 0);

	tell((struct helper_request){ .type = HELPER_FILE_CLOSED, .file = ONE },
	     -1);
	sync_helper();
	assert_int_equal(map(ONE, 0, PAGE), -EACCES);
	assert_int_equal(map(OTHER, PAGE * 8, PAGE), 0);

	/* The next file may have the same cookie: it has nothing of the last. */
	attach(ONE, true);
	tell((struct helper_request){ .type = HELPER_REGION_REMOVE,
				      .region = 1 },
	     -1);
	sync_helper();
	assert_int_equal(map(ONE, 0, PAGE), -EINVAL);
}

static void what_is_no_question_has_no_answer(void **state)
{
	struct shim_ask good = shim_client_map(tokens[ONE], 0, PAGE);
	struct shim_ask asked[6];
	struct shim_answer answer;
	unsigned int i;
	int fd, client;

	(void)state;
	for (i = 0; i < 6; i++)
		asked[i] = good;
	asked[0].magic ^= 1;
	asked[1].kind = 0;
	asked[2].kind = SHIM_EXPORT + 1;
	asked[3].reserved = 1;
	asked[4].index = 1;
	asked[5].kind = SHIM_EXPORT; /* with an offset and a length */
	for (i = 0; i < 6; i++)
		assert_int_equal(ask(&asked[i]), -EPIPE);

	for (i = 0; i < 2; i++) {
		uint8_t bytes[sizeof(good) + 1] = { 0 };

		memcpy(bytes, &good, sizeof(good));
		client = shim_client_connect(path);
		shim_client_send(client, bytes,
				 i ? sizeof(good) + 1 : sizeof(good) - 1, -1);
		assert_int_equal(shim_client_hear(client, &answer, &fd),
				 -EPIPE);
		close(client);
	}
	assert_int_equal(ask(&good), 0);
}

static int export(uint64_t file, uint32_t type, uint32_t index, uint32_t plane,
		  uint32_t flags)
{
	struct shim_ask asked = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_EXPORT,
		.type = type,
		.index = index,
		.plane = plane,
		.flags = flags,
	};

	memcpy(asked.token, tokens[file], sizeof(asked.token));
	return ask(&asked);
}

/* In the lab there is a kernel that has it. */
static bool exports(void)
{
	return access("/dev/udmabuf", R_OK | W_OK) == 0;
}

static void a_buffer_becomes_a_dma_buf_where_the_kernel_can(void **state)
{
	struct shim_ask asked = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_EXPORT,
		.type = CAPTURE,
		.index = 1,
		.flags = O_RDWR | O_CLOEXEC,
	};
	const uint8_t *bytes;
	uint64_t len;
	int fd = -1;

	(void)state;
	if (!exports()) {
		assert_int_equal(export(ONE, CAPTURE, 1, 0, O_RDWR), -ENOTTY);
		assert_int_equal(export(STRANGER, CAPTURE, 1, 0, ~0u), -ENOTTY);
		return;
	}
	assert_int_equal(export(STRANGER, CAPTURE, 1, 0, O_RDWR), -EACCES);
	memcpy(asked.token, tokens[ONE], sizeof(asked.token));
	assert_int_equal(shim_client_ask(path, &asked, &fd, &len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2 * PAGE);
	bytes = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	assert_int_equal(bytes[0], 2);
	munmap((void *)bytes, 2 * PAGE);
	close(fd);
}

static void nobody_hands_in_a_descriptor(void **state)
{
	struct shim_ask asked = shim_client_map(tokens[ONE], 0, PAGE);
	struct shim_answer answer;
	int ends[2], fd, client;
	char byte;

	(void)state;
	client = shim_client_connect(path);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	shim_client_send(client, &asked, sizeof(asked), ends[1]);
	close(ends[1]);
	assert_int_equal(shim_client_hear(client, &answer, &fd), -EPIPE);
	/* It keeps none: that was the last. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	close(client);

	/* Its own end of the socket, and gone */
	client = shim_client_connect(path);
	shim_client_send(client, &asked, sizeof(asked), client);
	close(client);
	assert_int_equal(ask(&asked), 0);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void who_says_nothing_is_hung_up_on(void **state)
{
	uint64_t begun = now_ms();
	struct shim_answer answer;
	int fd, client;

	(void)state;
	client = shim_client_connect(path);
	assert_int_equal(map(ONE, 0, PAGE), 0);
	assert_int_equal(shim_client_hear(client, &answer, &fd), -EPIPE);
	assert_true(now_ms() - begun >= SHIM_CLIENT_NS / 1000000);
	close(client);
}

static void one_too_many_waits_for_its_turn(void **state)
{
	struct shim_ask asked = shim_client_map(tokens[ONE], 0, PAGE);
	struct shim_answer answer;
	int silent[SHIM_CLIENTS_MAX];
	struct pollfd wait;
	unsigned int i;
	int fd, client;

	(void)state;
	for (i = 0; i < SHIM_CLIENTS_MAX; i++) {
		silent[i] = shim_client_connect(path);
		assert_true(silent[i] >= 0);
	}
	client = shim_client_connect(path);
	assert_true(client >= 0);
	shim_client_send(client, &asked, sizeof(asked), -1);
	wait = (struct pollfd){ .fd = client, .events = POLLIN };
	assert_int_equal(poll(&wait, 1, 300), 0);

	close(silent[17]);
	assert_int_equal(shim_client_hear(client, &answer, &fd), 0);
	assert_int_equal(answer.error, 0);
	close(fd);
	close(client);
	for (i = 0; i < SHIM_CLIENTS_MAX; i++)
		if (i != 17)
			close(silent[i]);
	assert_int_equal(ask(&asked), 0);
}

/* Each of these, which guestd never says */
static void what_makes_no_sense_ends_it(void **state)
{
	static const char *const cases[] = {
		"attached twice",  "a token twice",
		"no file's plane", "a plane that is too short",
		"no file at all",
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct helper_request request = {
			.type = HELPER_ATTACH,
			.file = STRANGER,
		};
		int fd = memfd_create("short", MFD_CLOEXEC);

		memcpy(request.token, tokens[ONE], sizeof(request.token));
		if (i) {
			teardown(state);
			setup(state);
		}
		switch (i) {
		case 0:
			attach(ONE, true);
			break;
		case 1:
			tell(request, -1);
			break;
		case 2:
			add(9, STRANGER, CAPTURE, 0, 0);
			break;
		case 3:
			assert_int_equal(ftruncate(fd, PLANE_LEN), 0);
			tell((struct helper_request){ .type = HELPER_REGION_ADD,
						      .region = 9,
						      .file = ONE,
						      .len = PLANE_LEN },
			     fd);
			break;
		default:
			memset(request.token, 7, sizeof(request.token));
			request.file = 0;
			tell(request, -1);
			break;
		}
		close(fd);
		if (WEXITSTATUS(wait_for_helper()) != 1)
			fail_msg("%s", cases[i]);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_token_gets_the_buffers_of_its_file),
		TEST(nobody_else_gets_them),
		TEST(lengths_are_those_of_the_plane),
		TEST(protection_and_sharing_are_as_vb2_wants_them),
		TEST(nobody_maps_while_somebody_reads),
		TEST(what_is_taken_away_is_gone),
		TEST(what_is_no_question_has_no_answer),
		TEST(a_buffer_becomes_a_dma_buf_where_the_kernel_can),
		TEST(nobody_hands_in_a_descriptor),
		TEST(who_says_nothing_is_hung_up_on),
		TEST(one_too_many_waits_for_its_turn),
		TEST(what_makes_no_sense_ends_it),
	};
	int failed;

	log_open("test", LOG_LEVEL_ERR);
	if (!mkdtemp(directory))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(directory);
	return failed;
}
