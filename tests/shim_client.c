// SPDX-License-Identifier: BSD-3-Clause
/*
 * A program with the shim, for tests.
 */
#include "tests/shim_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/rights.h"

#define WAIT_MS 20000

int shim_client_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int ret;

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

struct shim_ask shim_client_map(const uint8_t *token, uint64_t offset,
				uint64_t len)
{
	struct shim_ask ask = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_MAP,
		.offset = offset,
		.len = len,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
	};

	memcpy(ask.token, token, sizeof(ask.token));
	return ask;
}

void shim_client_send(int sock, const void *bytes, size_t len, int passed)
{
	assert_int_equal(rights_send(sock, bytes, len, passed, 0), len);
}

int shim_client_hear(int sock, struct shim_answer *answer, int *fd)
{
	struct pollfd wait = { .fd = sock, .events = POLLIN };
	ssize_t got;

	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	got = rights_receive(sock, answer, sizeof(*answer), fd, 0);
	if (got <= 0)
		return -EPIPE;
	assert_int_equal(got, sizeof(*answer));
	assert_int_equal(answer->magic, SHIM_MAGIC);
	assert_true(answer->error >= 0);
	assert_int_equal(*fd < 0, answer->error != 0);
	return 0;
}

int shim_client_ask(const char *path, const struct shim_ask *ask, int *fd,
		    uint64_t *len)
{
	int sock = shim_client_connect(path);
	struct shim_answer answer;
	int ret;

	if (sock < 0)
		return sock;
	shim_client_send(sock, ask, sizeof(*ask), -1);
	ret = shim_client_hear(sock, &answer, fd);
	close(sock);
	if (ret)
		return ret;
	*len = answer.len;
	return -answer.error;
}
