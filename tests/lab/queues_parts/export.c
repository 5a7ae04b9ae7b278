// SPDX-License-Identifier: BSD-3-Clause
/*
 * VIDIOC_EXPBUF, and what can be done with what it has given.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/dma-buf.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define PAGE ((size_t)4096)

/* Return: as ioctl(2); @arg has all words as they came back but the descriptor. */
static int export_fact(const char *what, int fd, struct v4l2_exportbuffer *arg)
{
	char text[160];
	int ret;

	memset(arg->reserved, 0xee, sizeof(arg->reserved));
	arg->fd = 12345;
	ret = lab_call(fd, VIDIOC_EXPBUF, arg);
	snprintf(text, sizeof(text),
		 "%s, type %u index %u plane %u flags %x fd %s reserved %x%s",
		 result_name(ret), arg->type, arg->index, arg->plane,
		 arg->flags,
		 arg->fd == 12345 ? "as it was"
		 : arg->fd < 0    ? "negative"
				  : "one",
		 arg->reserved[0],
		 !ret && fcntl(arg->fd, F_GETFD) & FD_CLOEXEC
			 ? ", closed by exec"
			 : "");
	fact(what, text);
	return ret;
}

static void try_export(const char *what, int fd, uint32_t type, uint32_t index,
		       uint32_t plane, uint32_t flags)
{
	struct v4l2_exportbuffer arg = {
		.type = type,
		.index = index,
		.plane = plane,
		.flags = flags,
	};

	if (!export_fact(what, fd, &arg))
		close(arg.fd);
}

static void try_arguments(int fd, uint32_t type, unsigned int count,
			  unsigned int planes)
{
	const uint32_t odd[] = {
		O_NONBLOCK, O_APPEND, O_TRUNC, O_CREAT, O_CLOEXEC | O_NONBLOCK,
		UINT32_MAX
	};
	uint32_t i;

	for (i = 0; i <= O_ACCMODE; i++) {
		try_export("access", fd, type, 0, 0, i);
		try_export("access, O_CLOEXEC", fd, type, 0, 0, i | O_CLOEXEC);
	}
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		try_export("other flags", fd, type, 0, 0, odd[i]);
	for (i = 0; i <= LAB_QUEUE_TYPES + 1; i++)
		if (i != type)
			try_export("type", fd, i, 0, 0, O_CLOEXEC);
	try_export("the last", fd, type, count - 1, planes - 1, O_CLOEXEC);
	try_export("no such buffer", fd, type, count, 0, O_CLOEXEC);
	try_export("no such plane", fd, type, 0, planes, O_CLOEXEC);
	/* As GStreamer does, to find out whether there is that call. */
	try_export("-1", fd, type, UINT32_MAX, UINT32_MAX, O_CLOEXEC);
}

/* Where there are no buffers of this file's, or others than mapped ones */
static void try_refused(const char *what, int fd, uint32_t type)
{
	try_export(what, fd, type, 0, 0, O_CLOEXEC);
	try_export(what, fd, type, UINT32_MAX, UINT32_MAX, O_CLOEXEC);
	try_export(what, fd, type, 0, 0, O_NONBLOCK);
	try_export(what, fd, LAB_QUEUE_TYPES + 1, 0, 0, O_CLOEXEC);
}

/* uvcvideo says EBUSY where vb2 says EINVAL (uvc_has_privileges()). */
static void try_without(const char *what, int fd, uint32_t type)
{
	struct v4l2_exportbuffer arg = { .type = type, .index = UINT32_MAX };

	fact(what, !lab_call(fd, VIDIOC_EXPBUF, &arg) ? "0"
		   : errno == ENOTTY                  ? "no such call"
						      : "refused");
}

void test_export_arguments(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	int other = node_open(path, O_NONBLOCK);
	uint32_t type = lab_type(fd, false);
	struct lab_queue queue;

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	try_without("without buffers", fd, type);
	lab_memory = V4L2_MEMORY_USERPTR;
	if (lab_reqbufs(fd, type, 2) < 0)
		fatal("REQBUFS");
	try_refused("other memory", fd, type);
	lab_reqbufs(fd, type, 0);
	lab_memory = V4L2_MEMORY_MMAP;
	lab_queue_init(&queue, fd, type, 3);
	try_arguments(fd, type, queue.count, queue.planes);
	try_refused("another file's", other, type);
	lab_queue_finish(&queue);
	try_without("without buffers, again", fd, type);
	close(fd);
	close(other);
}

/* ---- a dma-buf ---------------------------------------------------------------- */

static void result(const char *what, int ret)
{
	fact(what, result_name(ret));
}

static void number(const char *what, long value)
{
	char text[32];

	if (value < 0)
		snprintf(text, sizeof(text), "%s", error_name(errno));
	else
		snprintf(text, sizeof(text), "%ld", value);
	fact(what, text);
}

static void try_sync(int fd, const char *what, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	result(what, lab_call(fd, DMA_BUF_IOCTL_SYNC, &sync));
}

static void try_calls(int fd)
{
	struct stat st;
	char byte = 0;

	number("lseek to the end", lseek(fd, 0, SEEK_END));
	number("lseek to 0", lseek(fd, 0, SEEK_SET));
	number("lseek to 1", lseek(fd, 1, SEEK_SET));
	number("lseek from here", lseek(fd, 0, SEEK_CUR));
	result("fstat", fstat(fd, &st));
	number("its size", st.st_size);
	number("its type", st.st_mode & S_IFMT);
	result("read", (int)read(fd, &byte, 1));
	result("write", (int)write(fd, &byte, 1));
	result("ftruncate", ftruncate(fd, 4096));
	try_sync(fd, "SYNC of a beginning", DMA_BUF_SYNC_RW);
	try_sync(fd, "SYNC of an end", DMA_BUF_SYNC_RW | DMA_BUF_SYNC_END);
	try_sync(fd, "SYNC of nothing", 0);
	try_sync(fd, "SYNC of what there is not", 64);
	result("a name", lab_call(fd, DMA_BUF_SET_NAME_A, (void *)"lab"));
	result("no such call", lab_call(fd, VIDIOC_QUERYCAP, &st));
	lab_poll("poll", fd, POLLIN | POLLOUT, 0);
}

static void try_map(const char *what, int fd, size_t len, int flags,
		    off_t offset)
{
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, offset);

	fact(what, map == MAP_FAILED ? error_name(errno) : "mapped");
	if (map != MAP_FAILED)
		munmap(map, len);
}

static void try_maps(int fd, size_t len)
{
	try_map("mmap", fd, len, MAP_SHARED, 0);
	try_map("mmap, private", fd, len, MAP_PRIVATE, 0);
	try_map("mmap of its beginning", fd, PAGE, MAP_SHARED, 0);
	try_map("mmap of a page too many", fd, len + PAGE, MAP_SHARED, 0);
	try_map("mmap of what follows", fd, PAGE, MAP_SHARED, (off_t)len);
}

static char *map_whole(int fd, size_t len)
{
	char *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		fatal("mmap");
	return map;
}

/* It is the buffer, and stays what it was without one. */
static void try_memory(struct lab_queue *queue, int dmabuf, size_t len)
{
	char *map = map_whole(dmabuf, len);
	char *mapped = (char *)lab_plane(queue, 0, 0);

	mapped[0] = 'm';
	mapped[len - 1] = 'n';
	fact("its memory", map[0] == 'm' && map[len - 1] == 'n'
				   ? "is the buffer's"
				   : "is another");
	result("REQBUFS of none, exported",
	       lab_reqbufs(queue->fd, queue->type, 0));
	fact("its memory", map[0] == 'm' ? "as it was" : "another");
	number("lseek to the end", lseek(dmabuf, 0, SEEK_END));
	munmap(map, len);
	close(queue->fd);
	map = map_whole(dmabuf, len);
	fact("its memory when the file is closed",
	     map[0] == 'm' ? "as it was" : "another");
	munmap(map, len);
}

void test_export_memory(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	struct v4l2_exportbuffer arg = { .flags = O_RDWR | O_CLOEXEC };
	struct v4l2_exportbuffer again;
	struct lab_queue queue;
	size_t len;

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	lab_queue_init(&queue, fd, lab_type(fd, false), 2);
	len = (queue.length[0] + PAGE - 1) / PAGE * PAGE;
	arg.type = queue.type;
	again = arg;
	if (export_fact("one", fd, &arg))
		return;
	lab_query(&queue, "QUERYBUF, exported", 0);
	if (!export_fact("the same again", fd, &again))
		close(again.fd);
	try_calls(arg.fd);
	try_maps(arg.fd, len);
	try_memory(&queue, arg.fd, len);
	close(arg.fd);
}
