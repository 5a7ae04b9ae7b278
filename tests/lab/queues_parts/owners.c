// SPDX-License-Identifier: BSD-3-Clause
/*
 * Whose the buffers are: every call about buffers, with every type that there is,
 * by a file that has none.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"

/* clang-format off */
static const struct {
	const char *name;
	unsigned long cmd;
} calls[] = {
	{ "QBUF", VIDIOC_QBUF },
	{ "PREPARE_BUF", VIDIOC_PREPARE_BUF },
	{ "DQBUF", VIDIOC_DQBUF },
};
/* clang-format on */

static void say(const char *name, uint32_t type, int ret)
{
	char what[64];

	snprintf(what, sizeof(what), "%s of type %u", name, type);
	fact(what, result_name(ret));
}

static void calls_of_type(int fd, uint32_t type)
{
	struct lab_buffer buffer;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		lab_room(&buffer, type, 0);
		say(calls[i].name, type,
		    lab_call(fd, calls[i].cmd, &buffer.v4l2));
	}
	say("REQBUFS of none", type, lab_reqbufs(fd, type, 0));
	say("STREAMON", type, lab_call(fd, VIDIOC_STREAMON, &type));
	say("STREAMOFF", type, lab_call(fd, VIDIOC_STREAMOFF, &type));
}

static void calls_of_each_type(int fd)
{
	uint32_t type;

	for (type = 0; type <= LAB_QUEUE_TYPES + 1; type++)
		calls_of_type(fd, type);
}

void test_no_buffers(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	calls_of_each_type(fd);
	lab_poll("poll PRI", fd, POLLPRI, 0);
	close(fd);
}

void test_other_has_buffers(const char *path)
{
	int owner = node_open(path, O_NONBLOCK);
	int fd = node_open(path, O_NONBLOCK);
	struct lab_buffer buffer;
	struct lab_queue queue;
	uint32_t type;

	lab_queue_init(&queue, owner, lab_type(owner, false), 2);
	calls_of_each_type(fd);
	lab_poll("poll", fd, POLLIN | POLLOUT, 0);
	queue.fd = fd;
	lab_query(&queue, "QUERYBUF", 0);
	for (type = 1; type <= LAB_QUEUE_TYPES; type++) {
		lab_room(&buffer, type, 0);
		say("QUERYBUF", type,
		    lab_call(fd, VIDIOC_QUERYBUF, &buffer.v4l2));
		say("REQBUFS", type, lab_reqbufs(fd, type, 2));
	}
	/* The owner itself, with the wrong type. */
	calls_of_each_type(owner);
	close(owner);
	fact("REQBUFS when it has closed",
	     result_name(lab_reqbufs(fd, lab_type(fd, false), 2)));
	close(fd);
}

void test_other_reads(const char *path)
{
	int owner = node_open(path, O_NONBLOCK);
	int fd = node_open(path, O_NONBLOCK);
	uint8_t byte = 0;
	uint32_t type;

	if (!(lab_caps(fd) & V4L2_CAP_READWRITE))
		return;
	if (V4L2_TYPE_IS_OUTPUT(lab_type(fd, true)))
		fact("write", result_name(write(owner, &byte, 1)));
	else
		lab_poll("poll", owner, POLLIN, 8000);
	/*
	 * Whether a node without a frame buffer could have an overlay cannot be
	 * found out from outside, if the file reads itself.
	 */
	for (type = 0; type <= LAB_QUEUE_TYPES + 1; type++)
		if (type != V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY)
			calls_of_type(owner, type);
	calls_of_each_type(fd);
	fact("read of the other", result_name(read(fd, &byte, 1)));
	fact("write of the other", result_name(write(fd, &byte, 1)));
	fact("the wrong one",
	     result_name(V4L2_TYPE_IS_OUTPUT(lab_type(fd, true))
				 ? read(owner, &byte, 1)
				 : write(owner, &byte, 1)));
	close(owner);
	close(fd);
}
