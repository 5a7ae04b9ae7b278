// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper and its socket for applications' shims, with some open files,
 * for tests.
 */
#include "tests/helper_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/rights.h"
#include "guestd/helper.h"
#include "guestd/shimsocket.h"
#include "tests/shim_client.h"

#define WAIT_MS   20000
#define PLANE_LEN (HELPER_RIG_PAGE + 100)

static const uint8_t tokens[][SHIM_TOKEN_LEN] = {
	[HELPER_RIG_ONE] = "one open file..",
	[HELPER_RIG_OTHER] = "another one....",
	[HELPER_RIG_READER] = "read only......",
	[HELPER_RIG_STRANGER] = "one open file./",
};

static char directory[] = "/tmp/test-shim-XXXXXX";
static char path[64];
static struct shimsocket shimsocket;
static pid_t helper;
static int sock;
static uint32_t last_id;

void helper_rig_tell(struct helper_request request, int fd)
{
	shim_client_send(sock, &request, sizeof(request), fd);
}

void helper_rig_sync(void)
{
	struct pollfd wait = { .fd = sock, .events = POLLIN };
	struct helper_result result;

	helper_rig_tell(
		(struct helper_request){ .type = HELPER_SYNC, .id = ++last_id },
		-1);
	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(recv(sock, &result, sizeof(result), MSG_WAITALL),
			 sizeof(result));
	assert_int_equal(result.id, last_id);
	assert_int_equal(result.result, 0);
}

void helper_rig_stop(void)
{
	int status;

	assert_int_equal(kill(helper, SIGSTOP), 0);
	assert_int_equal(waitpid(helper, &status, WUNTRACED), helper);
	assert_true(WIFSTOPPED(status));
}

void helper_rig_go(void)
{
	assert_int_equal(kill(helper, SIGCONT), 0);
}

int helper_rig_wait(void)
{
	int status;

	assert_int_equal(waitpid(helper, &status, 0), helper);
	helper = 0;
	return status;
}

void helper_rig_attach(enum helper_rig_file file, bool writable)
{
	struct helper_request request = {
		.type = HELPER_ATTACH,
		.file = file,
		.count = writable ? HELPER_ATTACH_WRITABLE : 0,
	};

	memcpy(request.token, tokens[file], sizeof(request.token));
	helper_rig_tell(request, -1);
}

/* A plane whose first byte is its region's number */
void helper_rig_add(uint64_t region, enum helper_rig_file file, uint32_t type,
		    uint32_t index, uint64_t offset)
{
	uint8_t byte = (uint8_t)region;
	int fd = memfd_create("plane", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 * HELPER_RIG_PAGE), 0);
	assert_int_equal(pwrite(fd, &byte, 1, 0), 1);
	helper_rig_tell(
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

int helper_rig_make(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERR);
	return mkdtemp(directory) ? 0 : -1;
}

int helper_rig_unmake(void **state)
{
	(void)state;
	return rmdir(directory);
}

pid_t helper_rig_pid(void)
{
	return helper;
}

const char *helper_rig_path(void)
{
	return path;
}

const uint8_t *helper_rig_token(enum helper_rig_file file)
{
	return tokens[file];
}

int helper_rig_setup(void **state)
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
	assert_int_equal(shimsocket_place(&shimsocket, path), 0);
	helper_rig_attach(HELPER_RIG_ONE, true);
	helper_rig_attach(HELPER_RIG_OTHER, true);
	helper_rig_attach(HELPER_RIG_READER, false);
	helper_rig_add(1, HELPER_RIG_ONE, HELPER_RIG_CAPTURE, 0, 0);
	helper_rig_add(2, HELPER_RIG_ONE, HELPER_RIG_CAPTURE, 1,
		       HELPER_RIG_PAGE * 2);
	helper_rig_add(3, HELPER_RIG_ONE, HELPER_RIG_OUTPUT, 0, 1 << 30);
	helper_rig_add(4, HELPER_RIG_OTHER, HELPER_RIG_CAPTURE, 0,
		       HELPER_RIG_PAGE * 8);
	helper_rig_add(5, HELPER_RIG_READER, HELPER_RIG_CAPTURE, 0, 0);
	helper_rig_sync();
	return 0;
}

int helper_rig_teardown(void **state)
{
	(void)state;
	shimsocket_remove(&shimsocket);
	close(sock);
	if (helper)
		assert_int_equal(helper_rig_wait(), 0);
	return 0;
}

int helper_rig_ask(const struct shim_ask *asked)
{
	uint64_t len = 0;
	int fd = -1, ret;

	ret = shim_client_ask(path, asked, &fd, &len);
	if (fd >= 0)
		close(fd);
	return ret;
}

int helper_rig_map(enum helper_rig_file file, uint64_t offset, uint64_t len)
{
	struct shim_ask asked = shim_client_map(tokens[file], offset, len);

	return helper_rig_ask(&asked);
}
