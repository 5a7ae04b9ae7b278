// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd's socket for shims gives to whom: `forge NODE'.
 *
 * Prints a line per question: what was asked, and how it was answered.  The node is
 * a camera whose buffers can be had, and this program has no shim.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/rights.h"
#include "common/shim.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/shim.h"

static struct shim_attach attach;

/* Return: the descriptor that came, or -1 with errno: EPIPE if nothing came */
static int ask(const struct shim_ask *asked, size_t len,
	       struct shim_answer *answer)
{
	int sock = shim_reach(&attach);
	int fd = -1;
	ssize_t got;

	if (send(sock, asked, len, 0) < 0)
		fatal("send");
	got = rights_receive(sock, answer, sizeof(*answer), &fd, 0);
	close(sock);
	errno = got <= 0 ? EPIPE : answer->error;
	return fd;
}

static void try(const char *what, const struct shim_ask *asked, size_t len)
{
	struct shim_answer answer = { 0 };
	int fd = ask(asked, len, &answer);

	if (fd < 0) {
		printf("%s: %s\n", what, strerror(errno));
		return;
	}
	printf("%s: memory\n", what);
	close(fd);
}

/* ATTACH of it is in attach. */
static int open_node(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		fatal(path);
	attach = shim_attach(fd);
	return fd;
}

/* Return: the length of the first buffer; @offset is set to where it is */
static size_t make_buffers(int fd, uint64_t *offset)
{
	struct v4l2_requestbuffers buffers = {
		.count = 2,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	if (ioctl(fd, VIDIOC_REQBUFS, &buffers) < 0)
		fatal("REQBUFS");
	if (ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0)
		fatal("QUERYBUF");
	*offset = buffer.m.offset;
	return buffer.length;
}

/* Each lie by itself */
static void try_exports(const struct shim_ask *good,
			const uint8_t *others_token)
{
	struct shim_ask asked = *good;

	asked.index = 2;
	try("an export of no buffer", &asked, sizeof(asked));
	asked = *good;
	asked.plane = 1;
	try("an export of no plane", &asked, sizeof(asked));
	asked = *good;
	asked.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
	try("an export of another type", &asked, sizeof(asked));
	asked = *good;
	asked.flags |= O_NONBLOCK;
	try("an export with another flag", &asked, sizeof(asked));
	asked = *good;
	asked.len = 4096;
	try("an export with a length", &asked, sizeof(asked));
	asked = *good;
	memcpy(asked.token, others_token, sizeof(asked.token));
	try("an export with another file's token", &asked, sizeof(asked));
	asked = *good;
	asked.token[0] ^= 1;
	try("an export with another token", &asked, sizeof(asked));
}

/* A dma-buf of the buffer, in which there is what there is in the buffer */
static void try_export(const struct shim_ask *buffer,
		       const uint8_t *others_token)
{
	struct shim_answer answer = { 0 };
	struct shim_ask asked = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_EXPORT,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.flags = O_RDWR | O_CLOEXEC,
	};
	uint32_t *mapped, *exported;
	int fd = ask(buffer, sizeof(*buffer), &answer);

	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	memcpy(asked.token, buffer->token, sizeof(asked.token));
	fd = ask(&asked, sizeof(asked), &answer);
	if (mapped == MAP_FAILED || fd < 0) {
		printf("an export: %s\n", strerror(errno));
		return;
	}
	exported = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (exported == MAP_FAILED)
		fatal("mmap of a dma-buf");
	*mapped = 0x12345678;
	printf("an export: %s memory\n",
	       *exported == 0x12345678 ? "the same" : "other");
	try_exports(&asked, others_token);
}

int main(int argc, char **argv)
{
	struct shim_ask good = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_MAP,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
	};
	struct shim_ask other = good;
	struct shim_ask asked;
	struct v4l2_requestbuffers none = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	uint8_t reader[SHIM_TOKEN_LEN];
	int fd, second, third;

	if (argc != 2)
		return 2;
	fd = open_node(argv[1], O_RDWR);
	memcpy(good.token, attach.token, sizeof(good.token));
	second = open_node(argv[1], O_RDWR);
	memcpy(other.token, attach.token, sizeof(other.token));
	third = open_node(argv[1], O_RDONLY);
	memcpy(reader, attach.token, sizeof(reader));
	good.len = make_buffers(fd, &good.offset);
	other.offset = good.offset;
	other.len = good.len;

	try("a buffer", &good, sizeof(good));
	asked = good;
	asked.token[7] ^= 1;
	try("another token", &asked, sizeof(asked));
	memset(asked.token, 0, sizeof(asked.token));
	try("no token", &asked, sizeof(asked));
	try("another file's token", &other, sizeof(other));
	asked = good;
	asked.offset += 4096;
	try("another offset", &asked, sizeof(asked));
	asked.offset = good.offset + (1ull << 32);
	try("a long offset", &asked, sizeof(asked));
	asked = good;
	asked.len = (good.len + 4095) / 4096 * 4096 + 1;
	try("another length", &asked, sizeof(asked));
	asked.len = 0;
	try("no length", &asked, sizeof(asked));
	asked.len = UINT64_MAX;
	try("all length", &asked, sizeof(asked));
	memcpy(asked.token, reader, sizeof(asked.token));
	asked.len = good.len;
	try("a reader's token", &asked, sizeof(asked));
	try("half a question", &good, sizeof(good) / 2);
	asked = good;
	asked.magic = 0;
	try("no question", &asked, sizeof(asked));
	try("a buffer", &good, sizeof(good));
	try_export(&good, other.token);

	if (ioctl(fd, VIDIOC_REQBUFS, &none) < 0)
		fatal("REQBUFS(0)");
	try("a buffer that is gone", &good, sizeof(good));
	close(fd);
	close(third);
	/* The file's release may still be under way. */
	attach = shim_attach(second);
	try("a file that is closed", &good, sizeof(good));
	return 0;
}
