// SPDX-License-Identifier: BSD-3-Clause
/*
 * read() and write() of any node, and queues of two types.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define LONG   (4u << 20) /* more than a frame has */
#define LATE   8000
#define TYPES2 2

static uint8_t bytes[LONG];

static void count(const char *what, ssize_t value)
{
	char text[32];

	if (value < 0) {
		fact(what, result_name(-1));
		return;
	}
	snprintf(text, sizeof(text), "%zd", value);
	fact(what, text);
}

static void reading(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, O_NONBLOCK);

	count("a piece", read(fd, bytes, 10));
	count("the rest", read(fd, bytes, LONG));
	count("a whole one", read(fd, bytes, LONG));
	count("write", write(fd, bytes, 10));
	lab_poll("poll", fd, POLLIN, LATE);
	lab_poll("poll OUT", fd, POLLOUT, 0);
	lab_poll("poll of another", other, POLLIN, LATE);
	count("read of another", read(other, bytes, 10));
	close(fd);
	count("read when it has closed", read(other, bytes, 10) > 0 ? 1 : -1);
	close(other);
	fd = node_open(path, O_NONBLOCK);
	count("the first, O_NONBLOCK", read(fd, bytes, 10));
	lab_poll("poll after it", fd, POLLIN, LATE);
	count("O_NONBLOCK", read(fd, bytes, LONG));
	close(fd);
}

/*
 * A buffer that is full is left out: natively QBUF of it has 0 bytes
 * (__fill_vb2_buffer() overwrites what vb2 has counted), which vivid refuses in
 * video buffers.
 */
static void writing(const char *path)
{
	struct lab_queue queue;
	int fd = node_open(path, 0);
	int other = node_open(path, O_NONBLOCK);
	bool video = lab_caps(fd) &
		     (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE);
	size_t len;

	lab_queue_init(&queue, fd, lab_type(fd, true), 2);
	len = queue.length[0];
	lab_queue_finish(&queue);
	lab_poll("poll", fd, POLLOUT, 0);
	count("a piece", write(fd, bytes, 10));
	if (!video) {
		count("more than fits", write(fd, bytes, len));
		count("a whole one", write(fd, bytes, len));
	}
	count("read", read(fd, bytes, 10));
	lab_poll("poll again", fd, POLLOUT, LATE);
	lab_poll("poll of another", other, POLLOUT, LATE);
	count("write of another", write(other, bytes, 10));
	close(fd);
	count("write when it has closed", write(other, bytes, 10));
	close(other);
}

void test_file_io(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	bool possible = lab_caps(fd) & V4L2_CAP_READWRITE;
	bool output = V4L2_TYPE_IS_OUTPUT(lab_type(fd, true));

	if (!possible) {
		count("read", read(fd, bytes, 10));
		count("write", write(fd, bytes, 10));
		lab_poll("poll", fd, POLLIN | POLLOUT, 0);
		close(fd);
		return;
	}
	close(fd);
	if (output)
		writing(path);
	else
		reading(path);
}

/* ---- two types ------------------------------------------------------------------------ */

/* The types of a VBI node; Return: whether it is one */
static bool vbi_types(int fd, uint32_t *types)
{
	uint32_t caps = lab_caps(fd);

	types[0] = V4L2_BUF_TYPE_VBI_CAPTURE;
	types[1] = V4L2_BUF_TYPE_SLICED_VBI_CAPTURE;
	if ((caps & V4L2_CAP_VBI_CAPTURE) &&
	    (caps & V4L2_CAP_SLICED_VBI_CAPTURE))
		return true;
	types[0] = V4L2_BUF_TYPE_VBI_OUTPUT;
	types[1] = V4L2_BUF_TYPE_SLICED_VBI_OUTPUT;
	return (caps & V4L2_CAP_VBI_OUTPUT) &&
	       (caps & V4L2_CAP_SLICED_VBI_OUTPUT);
}

static int set_type(int fd, const char *what, uint32_t type)
{
	struct v4l2_format format = { .type = type };
	int ret;

	fact("G_FMT", result_name(lab_call(fd, VIDIOC_G_FMT, &format)));
	ret = lab_call(fd, VIDIOC_S_FMT, &format);
	fact(what, result_name(ret));
	return ret;
}

void test_types(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	int other = node_open(path, O_NONBLOCK);
	uint32_t types[TYPES2];
	unsigned int i;

	if (!vbi_types(fd, types)) {
		close(fd);
		close(other);
		return;
	}
	for (i = 0; i < 2 * TYPES2; i++) {
		uint32_t this = types[(i + 1) % TYPES2];
		uint32_t that = types[i % TYPES2];

		set_type(other, "S_FMT of another", this);
		fact("REQBUFS of that type",
		     result_name(lab_reqbufs(fd, that, 2)));
		fact("REQBUFS of this type",
		     result_name(lab_reqbufs(fd, this, 2)));
		set_type(fd, "S_FMT of that type, with buffers", that);
		set_type(fd, "S_FMT of this type, with buffers", this);
		fact("STREAMON of that type",
		     result_name(lab_call(fd, VIDIOC_STREAMON, &that)));
		fact("REQBUFS of none of that type",
		     result_name(lab_reqbufs(fd, that, 0)));
		fact("REQBUFS of none of this type",
		     result_name(lab_reqbufs(fd, this, 0)));
	}
	close(fd);
	close(other);
}

/* What read() and write() do when the queue is of the other type. */
void test_file_io_types(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	uint32_t types[TYPES2];

	if (vbi_types(fd, types)) {
		set_type(fd, "S_FMT, sliced", types[1]);
		test_file_io(path);
		test_states(path);
		set_type(fd, "S_FMT, raw", types[0]);
	}
	close(fd);
}
