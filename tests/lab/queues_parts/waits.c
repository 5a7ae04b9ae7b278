// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who waits in DQBUF, and what others on the same file can do meanwhile.
 */
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

static struct lab_queue queue;

static int dequeue_one(int fd)
{
	struct lab_buffer buffer;

	lab_room(&buffer, queue.type, 0);
	return lab_call(fd, VIDIOC_DQBUF, &buffer.v4l2);
}

static const char *waiting(int fd)
{
	return result_name(dequeue_one(fd));
}

static void wait_with(struct waiter *waiter)
{
	waiter_start(waiter, queue.fd, SYS_ioctl, waiting);
}

static int create_one(int fd)
{
	struct v4l2_create_buffers arg = {
		.count = 1,
		.memory = lab_memory,
		.format.type = queue.type,
	};

	if (lab_call(fd, VIDIOC_G_FMT, &arg.format))
		fatal("G_FMT");
	return lab_call(fd, VIDIOC_CREATE_BUFS, &arg);
}

static void others(int fd)
{
	uint8_t byte = 0;

	fact("a second DQBUF", result_name(dequeue_one(fd)));
	fact("CREATE_BUFS", result_name(create_one(fd)));
	fact("REQBUFS", result_name(lab_reqbufs(fd, queue.type, 2)));
	fact("REQBUFS of none", result_name(lab_reqbufs(fd, queue.type, 0)));
	fact("read", result_name(read(fd, &byte, 1)));
	fact("write", result_name(write(fd, &byte, 1)));
	lab_poll("poll PRI", fd, POLLPRI, 0);
}

void test_waits(const char *path)
{
	int fd = node_open(path, 0);
	struct waiter waiter;
	unsigned int i;

	lab_queue_init(&queue, fd, lab_type(fd, false), 3);
	lab_stream(&queue, "STREAMON", true);
	wait_with(&waiter);
	others(fd);
	fact("it still waits", waiter_waits(&waiter) ? "yes" : "no");
	lab_stream(&queue, "STREAMOFF", false);
	fact("after STREAMOFF", waiter_end(&waiter));
	if (!lab_is_m2m(fd)) {
		lab_stream(&queue, "STREAMON", true);
		wait_with(&waiter);
		for (i = 0; i < queue.count; i++)
			lab_enqueue(&queue, "QBUF", i);
		fact("after QBUF", waiter_end(&waiter));
	}
	lab_queue_finish(&queue);
	close(fd);
}
