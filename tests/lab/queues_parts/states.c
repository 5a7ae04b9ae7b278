// SPDX-License-Identifier: BSD-3-Clause
/*
 * A buffer's way through a queue, and what may be said of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define BOTH (POLLIN | POLLOUT | POLLPRI)

static void begin(struct lab_queue *queue, const char *path, unsigned int count)
{
	int fd = node_open(path, O_NONBLOCK);

	lab_queue_init(queue, fd, lab_type(fd, false), count);
}

static void end(struct lab_queue *queue)
{
	lab_queue_finish(queue);
	close(queue->fd);
}

static void number(const char *what, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	fact(what, text);
}

static bool is_picture(uint32_t type)
{
	return type == V4L2_BUF_TYPE_VIDEO_OUTPUT ||
	       type == V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
}

void test_states(const char *path)
{
	struct lab_buffer buffer;
	struct lab_queue queue;
	unsigned int i;

	begin(&queue, path, 3);
	number("count", queue.count);
	number("planes", queue.planes);
	lab_query(&queue, "QUERYBUF idle", 1);
	lab_poll("poll idle", queue.fd, BOTH, 0);
	lab_dequeue(&queue, "DQBUF idle", &buffer);
	lab_buffer(&queue, &buffer, 0);
	lab_buffer_call(&queue, "PREPARE_BUF", VIDIOC_PREPARE_BUF, &buffer);
	lab_query(&queue, "QUERYBUF prepared", 0);
	lab_buffer(&queue, &buffer, 0);
	lab_buffer_call(&queue, "PREPARE_BUF again", VIDIOC_PREPARE_BUF,
			&buffer);
	lab_enqueue(&queue, "QBUF prepared", 0);
	lab_enqueue(&queue, "QBUF queued", 0);
	lab_query(&queue, "QUERYBUF queued", 0);
	lab_poll("poll queued", queue.fd, BOTH, 0);
	for (i = 1; i < queue.count; i++)
		lab_enqueue(&queue, "QBUF", i);
	lab_stream(&queue, "STREAMON", true);
	lab_stream(&queue, "STREAMON again", true);
	fact("REQBUFS streaming",
	     result_name(lab_reqbufs(queue.fd, queue.type, 2)));
	/* vivid keeps a picture that it shows; a codec can make nothing yet. */
	if (!lab_is_m2m(queue.fd))
		lab_wait_done(&queue, queue.count - is_picture(queue.type));
	lab_poll("poll done", queue.fd, BOTH, 0);
	lab_dequeue(&queue, "DQBUF", &buffer);
	lab_query(&queue, "QUERYBUF dequeued", buffer.v4l2.index);
	/* Of others it might be done before the stream is stopped. */
	if (lab_is_m2m(queue.fd))
		lab_enqueue(&queue, "QBUF again", buffer.v4l2.index);
	lab_stream(&queue, "STREAMOFF", false);
	for (i = 0; i < queue.count; i++)
		lab_query(&queue, "QUERYBUF stopped", i);
	lab_poll("poll stopped", queue.fd, BOTH, 0);
	lab_dequeue(&queue, "DQBUF stopped", &buffer);
	lab_stream(&queue, "STREAMON with none", true);
	lab_poll("poll with none", queue.fd, BOTH, 50);
	lab_dequeue(&queue, "DQBUF with none", &buffer);
	end(&queue);
}

/* ---- how much is in it ------------------------------------------------------------ */

static void set_plane(struct lab_buffer *buffer, unsigned int plane,
		      uint32_t used, uint32_t offset)
{
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->v4l2.type)) {
		buffer->v4l2.bytesused = used;
		return;
	}
	buffer->planes[plane].bytesused = used;
	buffer->planes[plane].data_offset = offset;
}

static void queue_with(const struct lab_queue *queue, const char *what,
		       uint32_t used, uint32_t offset)
{
	unsigned int last = queue->planes - 1;
	struct lab_buffer buffer;

	lab_buffer(queue, &buffer, 0);
	set_plane(&buffer, last, used, offset);
	if (!lab_buffer_call(queue, what, VIDIOC_QBUF, &buffer)) {
		lab_query(queue, "QUERYBUF", 0);
		lab_stream(queue, "STREAMOFF", false);
	}
}

static void queue_field(const struct lab_queue *queue, const char *what,
			unsigned long cmd, uint32_t field)
{
	struct lab_buffer buffer;

	lab_buffer(queue, &buffer, 1);
	buffer.v4l2.field = field;
	if (!lab_buffer_call(queue, what, cmd, &buffer))
		lab_stream(queue, "STREAMOFF", false);
}

static void queue_flags(const struct lab_queue *queue, const char *what,
			uint32_t flags)
{
	struct lab_buffer buffer;

	lab_buffer(queue, &buffer, 1);
	buffer.v4l2.flags = flags;
	buffer.v4l2.timestamp.tv_sec = 5;
	buffer.v4l2.timecode.hours = 3;
	buffer.v4l2.sequence = 77;
	if (!lab_buffer_call(queue, what, VIDIOC_QBUF, &buffer)) {
		number("sequence", buffer.v4l2.sequence);
		lab_query(queue, "QUERYBUF", 1);
		lab_stream(queue, "STREAMOFF", false);
	}
}

void test_values(const char *path)
{
	struct lab_queue queue;
	uint32_t len;

	begin(&queue, path, 3);
	len = queue.length[queue.planes - 1];
	queue_with(&queue, "bytesused 0", 0, 0);
	queue_with(&queue, "bytesused half", len / 2, 0);
	queue_with(&queue, "bytesused too much", len + 1, 0);
	queue_with(&queue, "offset", len, 8);
	queue_with(&queue, "offset at the end", len, len);
	queue_with(&queue, "offset, bytesused 0", 0, 8);
	queue_with(&queue, "offset at the end, bytesused 0", 0, len);
	queue_field(&queue, "field ALTERNATE", VIDIOC_QBUF,
		    V4L2_FIELD_ALTERNATE);
	queue_field(&queue, "field ALTERNATE, PREPARE_BUF", VIDIOC_PREPARE_BUF,
		    V4L2_FIELD_ALTERNATE);
	queue_field(&queue, "field TOP", VIDIOC_QBUF, V4L2_FIELD_TOP);
	queue_field(&queue, "field 99", VIDIOC_QBUF, 99);
	/* Which there are on the host only (vivid). */
	queue_flags(&queue, "all flags but requests",
		    ~(uint32_t)V4L2_BUF_FLAG_REQUEST_FD);
	end(&queue);
}

/* ---- whose memory it is ------------------------------------------------------------ */

static void try_buffer(const struct lab_queue *queue, const char *what,
		       struct lab_buffer *buffer)
{
	char text[64];

	lab_buffer_call(queue, what, VIDIOC_QBUF, buffer);
	snprintf(text, sizeof(text), "QUERYBUF after %s", what);
	lab_query(queue, text, 0);
	lab_stream(queue, "STREAMOFF", false);
}

/* Natively one that is not there is EFAULT or EINVAL, as the allocator says. */
static void try_fault(const struct lab_queue *queue, const char *what,
		      struct lab_buffer *buffer)
{
	if (lab_memory == V4L2_MEMORY_MMAP) {
		try_buffer(queue, what, buffer);
		return;
	}
	fact(what,
	     lab_call(queue->fd, VIDIOC_QBUF, &buffer->v4l2) ? "fails" : "0");
	lab_query(queue, "QUERYBUF after that", 0);
}

static void one_plane(const struct lab_queue *queue)
{
	struct lab_buffer buffer;

	lab_buffer(queue, &buffer, 0);
	buffer.v4l2.length--;
	try_buffer(queue, "too short", &buffer);
	lab_buffer(queue, &buffer, 0);
	buffer.v4l2.m.userptr = 0;
	try_fault(queue, "NULL", &buffer);
}

static void several_planes(const struct lab_queue *queue)
{
	unsigned int last = queue->planes - 1;
	struct lab_buffer buffer;

	lab_buffer(queue, &buffer, 0);
	buffer.planes[last].length--;
	try_buffer(queue, "too short", &buffer);
	lab_buffer(queue, &buffer, 0);
	buffer.planes[last].m.userptr = 0;
	try_fault(queue, "NULL", &buffer);
	lab_buffer(queue, &buffer, 0);
	buffer.v4l2.length = queue->planes - 1;
	try_buffer(queue, "too few planes", &buffer);
	lab_buffer(queue, &buffer, 0);
	buffer.v4l2.length = 0;
	try_buffer(queue, "no planes", &buffer);
	lab_buffer(queue, &buffer, 0);
	buffer.v4l2.length = VIDEO_MAX_PLANES + 1;
	try_buffer(queue, "too many planes", &buffer);
	lab_buffer(queue, &buffer, 0);
	buffer.v4l2.m.planes = NULL;
	try_buffer(queue, "planes at NULL", &buffer);
	/* As FFmpeg does. */
	lab_buffer(queue, &buffer, 0);
	memset(&buffer.planes[queue->planes], 0xee,
	       (VIDEO_MAX_PLANES - queue->planes) * sizeof(buffer.planes[0]));
	buffer.v4l2.length = VIDEO_MAX_PLANES;
	try_buffer(queue, "eight planes", &buffer);
	number("the last of them", buffer.planes[7].bytesused);
}

void test_memory(const char *path)
{
	struct lab_buffer buffer;
	struct lab_queue queue;

	begin(&queue, path, 3);
	/*
	 * Natively the driver may change it before the memory is looked at
	 * (buf_out_validate()); ours is not asked if there is none.
	 */
	queue.any_field = V4L2_TYPE_IS_OUTPUT(queue.type);
	lab_buffer(&queue, &buffer, 0);
	buffer.v4l2.memory = lab_other_memory();
	try_buffer(&queue, "the other memory", &buffer);
	lab_buffer(&queue, &buffer, queue.count);
	try_buffer(&queue, "an index too large", &buffer);
	if (V4L2_TYPE_IS_MULTIPLANAR(queue.type))
		several_planes(&queue);
	else
		one_plane(&queue);
	lab_buffer(&queue, &buffer, 0);
	try_buffer(&queue, "its own", &buffer);
	/* Another place, the next time. */
	lab_buffer(&queue, &buffer, 1);
	buffer.v4l2.index = 0;
	try_buffer(&queue, "another place", &buffer);
	/* Neither its first nor its last page is whole. */
	lab_buffer(&queue, &buffer, queue.count);
	buffer.v4l2.index = 0;
	if (V4L2_TYPE_IS_MULTIPLANAR(queue.type))
		buffer.planes[0].m.userptr += 40;
	else
		buffer.v4l2.m.userptr += 40;
	try_buffer(&queue, "an odd place", &buffer);
	end(&queue);
}

/* ---- CREATE_BUFS --------------------------------------------------------------------- */

static int create(int fd, uint32_t type, const char *what, unsigned int count,
		  uint32_t memory, bool zero_size)
{
	struct v4l2_create_buffers arg = { .count = count, .memory = memory };
	char text[64];
	int ret;

	arg.format.type = type;
	if (lab_call(fd, VIDIOC_G_FMT, &arg.format))
		fatal("G_FMT");
	if (zero_size)
		memset(&arg.format.fmt, 0, sizeof(arg.format.fmt));
	ret = lab_call(fd, VIDIOC_CREATE_BUFS, &arg);
	snprintf(text, sizeof(text), "%s, from %u, %u", result_name(ret),
		 arg.index, arg.count);
	fact(what, text);
	return ret;
}

void test_create(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	int other = node_open(path, O_NONBLOCK);
	uint32_t type = lab_type(fd, false);

	create(fd, type, "none", 0, lab_memory, false);
	create(fd, type, "none of memory 9", 0, 9, false);
	create(fd, type, "memory 9", 1, 9, false);
	create(fd, type, "two of no size", 2, lab_memory, true);
	create(fd, type, "two", 2, lab_memory, false);
	create(fd, type, "none more", 0, lab_memory, false);
	create(fd, type, "one of other memory", 1, lab_other_memory(), false);
	create(other, type, "one by another", 1, lab_memory, false);
	create(other, type, "none by another", 0, lab_memory, false);
	create(fd, type, "three more", 3, lab_memory, false);
	fact("REQBUFS of none", result_name(lab_reqbufs(fd, type, 0)));
	if (!lab_is_m2m(fd))
		create(other, type, "one by another, then", 1, lab_memory,
		       false);
	close(fd);
	close(other);
}

/* A format of two planes, where there is one */
void test_planes(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	struct v4l2_format format = { .type = lab_type(fd, false) };
	struct v4l2_format before;
	uint8_t byte = 0;

	if (!V4L2_TYPE_IS_MULTIPLANAR(format.type) || lab_is_m2m(fd))
		return;
	if (lab_call(fd, VIDIOC_G_FMT, &format))
		fatal("G_FMT");
	before = format;
	format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV16M;
	if (lab_call(fd, VIDIOC_S_FMT, &format))
		fatal("S_FMT");
	close(fd);
	number("planes of the format", format.fmt.pix_mp.num_planes);
	test_states(path);
	test_values(path);
	test_memory(path);
	fd = node_open(path, 0);
	fact("read", result_name(V4L2_TYPE_IS_OUTPUT(format.type)
					 ? write(fd, &byte, 1)
					 : read(fd, &byte, 1)));
	lab_poll("poll", fd, POLLIN | POLLOUT, 200);
	fact("S_FMT back", result_name(lab_call(fd, VIDIOC_S_FMT, &before)));
	close(fd);
}
