// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers of guestd's socket for shims that nobody reads: `hoard NODE COUNT'.
 *
 * Asks for its first buffer COUNT times, each time on a connection of its own,
 * frees the buffer, says how often it was given, and keeps all connections until it
 * is killed.  User 65534 does that.
 *
 * A descriptor that waits in a socket is one of its sender's user, who may have only
 * so many (unix(7), ETOOMANYREFS).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/shim.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/shim.h"

#define NOBODY 65534

/* Return: whether there is memory in the answer, which stays where it is */
static bool given(int sock, const struct shim_ask *ask)
{
	struct shim_answer answer;

	if (send(sock, ask, sizeof(*ask), 0) < 0 ||
	    recv(sock, &answer, sizeof(answer), MSG_PEEK) != sizeof(answer))
		return false;
	return !answer.error;
}

int main(int argc, char **argv)
{
	struct shim_ask ask = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_MAP,
		.len = 4096,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
	};
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct shim_attach attach;
	struct rlimit limit;
	int count, i, got = 0;
	int fd;

	if (argc != 3)
		return 2;
	count = (int)strtol(argv[2], NULL, 10);
	become(NOBODY);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		fatal("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		fatal("setrlimit");

	fd = node_open(argv[1], 0);
	attach = shim_attach(fd);
	if (node_buffers(fd, 1, V4L2_MEMORY_MMAP) < 1 ||
	    ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0)
		fatal(argv[1]);
	ask.offset = buffer.m.offset;
	memcpy(ask.token, attach.token, sizeof(ask.token));
	for (i = 0; i < count; i++)
		got += given(shim_reach(&attach), &ask);
	node_buffers(fd, 0, V4L2_MEMORY_MMAP);
	printf("asked %d times, got %d\n", count, got);
	fflush(stdout);
	for (;;)
		pause();
}
