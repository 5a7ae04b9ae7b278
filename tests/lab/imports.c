// SPDX-License-Identifier: BSD-3-Clause
/*
 * imports NODE EXPORTER: what a program sees that brings dma-bufs of another node for
 * its buffers, and what is no dma-buf.  One line per fact.
 *
 * imports output NODE EXPORTER: likewise, of a node that shows pictures.
 *
 * imports hold NODE FILE: a program brings that file, which is none.  Says `asking'
 * before it does, when there is a byte on stdin, and the result if there is one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT
#define COUNT   3

static int dmabufs[COUNT];
static uint32_t dmabuf_len;
static uint32_t needed;
static uint32_t type = CAPTURE;
static int node;

/* Which of ours it is; the numbers need not be the same everywhere. */
static const char *number_name(int fd)
{
	static const char *const names[] = { "the first", "the second",
					     "the third" };
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		if (dmabufs[i] == fd)
			return names[i];
	return !fd ? "0" : fd == -1 ? "-1" : "another";
}

static const char *len_name(uint32_t len)
{
	return len == dmabuf_len ? "the dma-buf's"
	       : len == needed   ? "what is needed"
	       : !len            ? "0"
				 : "another";
}

static void fact_buffer(const char *what, const struct v4l2_buffer *buffer)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "buffer %u, memory %u, descriptor %s, length %s, contents %s, "
		 "flags %#x",
		 buffer->index, buffer->memory, number_name(buffer->m.fd),
		 len_name(buffer->length), len_name(buffer->bytesused),
		 buffer->flags & ~(uint32_t)(V4L2_BUF_FLAG_TIMESTAMP_MASK |
					     V4L2_BUF_FLAG_TSTAMP_SRC_MASK));
	fact(what, text);
}

static void set_buffer(struct v4l2_buffer *buffer, uint32_t index, int fd,
		       uint32_t len)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->index = index;
	buffer->type = type;
	buffer->memory = V4L2_MEMORY_DMABUF;
	buffer->m.fd = fd;
	buffer->length = len;
}

static int call_buffer(unsigned long cmd, uint32_t index, int fd, uint32_t len,
		       struct v4l2_buffer *buffer)
{
	set_buffer(buffer, index, fd, len);
	return ioctl(node, cmd, buffer);
}

/* Of an output buffer, with so many bytes */
static void give(const char *what, uint32_t index, int fd, uint32_t len,
		 uint32_t used)
{
	struct v4l2_buffer buffer;

	set_buffer(&buffer, index, fd, len);
	buffer.bytesused = used;
	buffer.field = V4L2_FIELD_NONE;
	if (ioctl(node, VIDIOC_QBUF, &buffer) < 0)
		fact(what, result_name(-1));
	else
		fact_buffer(what, &buffer);
}

static void queue(const char *what, uint32_t index, int fd, uint32_t len)
{
	struct v4l2_buffer buffer;

	if (call_buffer(VIDIOC_QBUF, index, fd, len, &buffer) < 0)
		fact(what, result_name(-1));
	else
		fact_buffer(what, &buffer);
}

static void query(const char *what, uint32_t index)
{
	struct v4l2_buffer buffer;

	if (call_buffer(VIDIOC_QUERYBUF, index, 0, 0, &buffer) < 0)
		fact(what, result_name(-1));
	else
		fact_buffer(what, &buffer);
}

static void dequeue(const char *what)
{
	struct v4l2_buffer buffer;

	if (call_buffer(VIDIOC_DQBUF, 0, 0, 0, &buffer) < 0)
		fact(what, result_name(-1));
	else
		fact_buffer(what, &buffer);
}

static void create(const char *what, uint32_t memory)
{
	struct v4l2_create_buffers arg = {
		.count = 1,
		.memory = memory,
		.flags = V4L2_MEMORY_FLAG_NON_COHERENT,
		.format.type = type,
	};
	char text[64];

	if (ioctl(node, VIDIOC_G_FMT, &arg.format) < 0)
		fatal("G_FMT");
	if (ioctl(node, VIDIOC_CREATE_BUFS, &arg) < 0) {
		fact(what, result_name(-1));
		return;
	}
	snprintf(text, sizeof(text), "buffer %u, flags %#x", arg.index,
		 arg.flags);
	fact(what, text);
}

static void export_some(const char *path)
{
	struct v4l2_requestbuffers made = {
		.count = COUNT,
		.type = type == CAPTURE ? OUTPUT : CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int fd = node_open(path, 0);
	int i;

	if (ioctl(fd, VIDIOC_REQBUFS, &made) < 0)
		fatal("REQBUFS of the exporter");
	for (i = 0; i < COUNT; i++) {
		struct v4l2_exportbuffer export = {
			.type = made.type,
			.index = (uint32_t)i,
			.flags = O_RDWR | O_CLOEXEC,
		};

		if (ioctl(fd, VIDIOC_EXPBUF, &export) < 0)
			fatal("EXPBUF");
		dmabufs[i] = export.fd;
	}
	dmabuf_len = (uint32_t)lseek(dmabufs[0], 0, SEEK_END);
}

static void request(const char *what, uint32_t memory, uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = type,
		.memory = memory,
	};
	char text[64];
	int ret = ioctl(node, VIDIOC_REQBUFS, &arg);

	snprintf(text, sizeof(text), "%s, %s DMABUF", result_name(ret),
		 arg.capabilities & V4L2_BUF_CAP_SUPPORTS_DMABUF ? "has"
								 : "has no");
	fact(what, text);
}

static void refused(void)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int memfd = memfd_create("imports", MFD_CLOEXEC);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || ftruncate(memfd, dmabuf_len) < 0)
		fatal("pipe2");
	query("never queued", 0);
	queue("no descriptor", 0, -1, 0);
	queue("a closed one", 0, 1000, 0);
	queue("a file", 0, file, 0);
	queue("a memfd", 0, memfd, 0);
	queue("a pipe", 0, ends[0], 0);
	queue("the node itself", 0, node, 0);
	queue("too short a length", 0, dmabufs[0], needed - 1);
	queue("too long a length", 0, dmabufs[0], dmabuf_len + 1);
	queue("no such buffer", COUNT + 5, dmabufs[0], 0);
	query("then", 0);
	close(file);
	close(memfd);
	close(ends[0]);
	close(ends[1]);
}

/* By a number that is closed while the buffer is queued */
static void closed(void)
{
	int copy = fcntl(dmabufs[0], F_DUPFD_CLOEXEC, 0);

	queue("the first by another number", 0, copy, 0);
	if (copy < 0 || close(copy) < 0)
		fatal("F_DUPFD_CLOEXEC");
	query("which was closed", 0);
	fact("STREAMOFF", result_name(ioctl(node, VIDIOC_STREAMOFF, &type)));
	query("after STREAMOFF", 0);
	queue("the closed number", 0, copy, 0);
	query("after that", 0);
}

static void test_imports(const char *path)
{
	struct v4l2_exportbuffer export = { .type = CAPTURE };
	struct v4l2_buffer buffer;
	void *bytes;

	node = node_open(path, 0);
	needed = (uint32_t)node_frame_len(node);
	request("no buffers", V4L2_MEMORY_MMAP, 0);
	request("buffers", V4L2_MEMORY_DMABUF, COUNT);
	refused();

	queue("the first", 0, dmabufs[0], 0);
	query("the first", 0);
	queue("it again", 0, dmabufs[0], 0);
	fact("prepare the second",
	     result_name(call_buffer(VIDIOC_PREPARE_BUF, 1, dmabufs[1], needed,
				     &buffer)));
	query("it", 1);
	queue("it, without a descriptor", 1, -1, 0);
	queue("the third", 2, dmabufs[2], 0);
	bytes = mmap(NULL, needed, PROT_READ, MAP_SHARED, node, 0);
	fact("mmap()", bytes == MAP_FAILED ? error_name(errno) : "0");
	if (bytes != MAP_FAILED)
		munmap(bytes, needed);
	fact("EXPBUF", result_name(ioctl(node, VIDIOC_EXPBUF, &export)));
	create("CREATE_BUFS, MMAP", V4L2_MEMORY_MMAP);
	create("CREATE_BUFS, DMABUF", V4L2_MEMORY_DMABUF);

	fact("STREAMON", result_name(ioctl(node, VIDIOC_STREAMON, &type)));
	dequeue("a frame");
	dequeue("a frame");
	dequeue("a frame");
	queue("the first in other memory", 0, dmabufs[1], 0);
	dequeue("a frame");
	queue("what is none", 0, -1, 0);
	query("that buffer", 0);
	queue("the first", 0, dmabufs[0], 0);
	fact("STREAMOFF", result_name(ioctl(node, VIDIOC_STREAMOFF, &type)));
	query("after STREAMOFF", 0);
	query("after STREAMOFF", 2);
	closed();
	request("other buffers", V4L2_MEMORY_MMAP, 2);
	queue("MMAP as DMABUF", 0, dmabufs[0], 0);
	close(node);
}

/* How much an output buffer may have, whatever is said to be its length */
static void test_output(const char *path)
{
	struct v4l2_format format = { .type = OUTPUT };

	node = node_open(path, 0);
	if (ioctl(node, VIDIOC_G_FMT, &format) < 0)
		fatal("G_FMT");
	needed = format.fmt.pix.sizeimage;
	request("buffers", V4L2_MEMORY_DMABUF, COUNT);
	give("more than is needed", 0, dmabufs[0], dmabuf_len, needed + 1);
	give("that, of no length", 0, dmabufs[0], 0, needed + 1);
	query("then", 0);
	give("no length", 0, dmabufs[0], 0, needed);
	give("the same in another", 1, dmabufs[0], 0, needed);
	fact("STREAMOFF", result_name(ioctl(node, VIDIOC_STREAMOFF, &type)));
	query("after STREAMOFF", 0);
	give("more than there is", 0, dmabufs[0], 0, dmabuf_len + 1);
	give("more than is needed", 0, dmabufs[0], 0, needed + 1);
	query("then", 0);
	give("neither length nor contents", 1, dmabufs[1], 0, 0);
	query("then", 1);
	give("with contents", 1, dmabufs[1], dmabuf_len, needed);
	give("without", 1, dmabufs[1], dmabuf_len, 0);
	query("then", 1);
	give("no descriptor", 2, -1, 0, needed);
	give("a descriptor", 2, dmabufs[2], 0, needed);
	fact("STREAMON", result_name(ioctl(node, VIDIOC_STREAMON, &type)));
	dequeue("a frame");
	close(node);
}

static const struct facts_test tests[] = {
	{ "DMABUF", test_imports },
};

static const struct facts_test output_tests[] = {
	{ "DMABUF, output", test_output },
};

static int hold(const char *path, const char *file)
{
	struct v4l2_buffer buffer;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0)
		fatal(file);
	node = node_open(path, 0);
	if (node_buffers(node, COUNT, V4L2_MEMORY_DMABUF) < 0)
		fatal("REQBUFS");
	puts("ready");
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) < 0)
		fatal("stdin");
	puts("asking");
	fflush(stdout);
	puts(result_name(call_buffer(VIDIOC_QBUF, 0, fd, 0, &buffer)));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "hold"))
		return hold(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "output")) {
		type = OUTPUT;
		export_some(argv[3]);
		return facts_run(output_tests, 1, argv[2]);
	}
	if (argc != 3) {
		fputs("usage: imports [output] NODE EXPORTER | hold NODE "
		      "FILE\n",
		      stderr);
		return 2;
	}
	export_some(argv[2]);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
