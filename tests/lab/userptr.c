// SPDX-License-Identifier: BSD-3-Clause
/*
 * userptr NODE: USERPTR buffers that another process takes than has queued them.
 *
 * Natively the kernel has pinned the pages of who queued, and fills those.  guestd
 * writes when a buffer is dequeued, and never into another process: such a
 * buffer comes back empty and marked as an error.
 *
 * One line per fact, `TEST, WHAT: RESULT'.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define FILL 0xa5

static bool untouched(const uint8_t *memory, size_t len)
{
	size_t i;

	for (i = 0; i < len && memory[i] == FILL; i++)
		;
	return i == len;
}

/* Return: the buffer's index, or -1 */
static int fact_pointer(const char *what, int fd, uint8_t *const *memory,
			size_t len)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_USERPTR,
	};
	char text[96];

	if (ioctl(fd, VIDIOC_DQBUF, &buffer) < 0) {
		fact(what, result_name(-1));
		return -1;
	}
	snprintf(text, sizeof(text), "%s, %s, memory %s, address %s",
		 buffer.flags & V4L2_BUF_FLAG_ERROR ? "error" : "no error",
		 !buffer.bytesused         ? "empty"
		 : buffer.bytesused == len ? "full"
					   : "odd",
		 untouched(memory[buffer.index], len) ? "untouched" : "written",
		 buffer.m.userptr == (unsigned long)memory[buffer.index]
			 ? "ours"
			 : "another");
	fact(what, text);
	return (int)buffer.index;
}

static void test_userptr(const char *path)
{
	int fd = node_open(path, 0);
	uint8_t *memory[NODE_BUFFERS];
	size_t len = node_frame_len(fd);
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	pid_t pid;
	int i;

	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_USERPTR) < 0)
		fatal("REQBUFS");
	for (i = 0; i < NODE_BUFFERS; i++) {
		memory[i] = aligned_alloc(4096, (len + 4095) & ~4095ul);
		if (!memory[i])
			fatal("aligned_alloc");
		memset(memory[i], FILL, len);
		if (node_queue_pointer(fd, (unsigned int)i, memory[i], len) < 0)
			fatal("QBUF");
	}
	if (ioctl(fd, VIDIOC_STREAMON, &type) < 0)
		fatal("STREAMON");
	pid = fork_child();
	if (pid == 0) {
		i = fact_pointer("the parent's, in a child", fd, memory, len);
		fact("queue it again",
		     result_name(node_queue_pointer(fd, (unsigned int)i,
						    memory[i], len)));
		fact_pointer("the parent's, in a child", fd, memory, len);
		fact_pointer("the parent's, in a child", fd, memory, len);
		fact_pointer("the parent's, in a child", fd, memory, len);
		fact_pointer("the child's own", fd, memory, len);
		exit(0);
	}
	if (!process_ends(pid, 10000, &i))
		fact("the child", "hangs");
	for (i = 0; i < NODE_BUFFERS; i++)
		fact("what the parent had queued",
		     untouched(memory[i], len) ? "untouched" : "written");
	for (i = 0; i < NODE_BUFFERS; i++)
		if (node_queue_pointer(fd, (unsigned int)i, memory[i], len) < 0)
			fatal("QBUF");
	fact_pointer("the parent's, in the parent", fd, memory, len);
	close(fd);
}

static const struct facts_test tests[] = {
	{ "USERPTR", test_userptr },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		return facts_run(tests, 1, argv[1]);
	fprintf(stderr, "usage: userptr NODE\n");
	return 2;
}
