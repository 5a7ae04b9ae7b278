// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any queue of any node, and what is said of its buffers.
 */
#include "tests/lab/queues_parts/lab_queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

uint32_t lab_memory = V4L2_MEMORY_USERPTR;

uint32_t lab_other_memory(void)
{
	return lab_memory == V4L2_MEMORY_MMAP ? V4L2_MEMORY_USERPTR
					      : V4L2_MEMORY_MMAP;
}

int lab_call(int fd, unsigned long cmd, void *arg)
{
	errno = 0;
	return ioctl(fd, cmd, arg);
}

uint32_t lab_caps(int fd)
{
	struct v4l2_capability capability;

	if (lab_call(fd, VIDIOC_QUERYCAP, &capability))
		fatal("QUERYCAP");
	return capability.device_caps;
}

bool lab_is_m2m(int fd)
{
	return lab_caps(fd) & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE);
}

/* clang-format off */
static const struct {
	uint32_t cap;
	uint32_t type;
} types[] = {
	{ V4L2_CAP_VIDEO_M2M,		V4L2_BUF_TYPE_VIDEO_CAPTURE },
	{ V4L2_CAP_VIDEO_M2M,		V4L2_BUF_TYPE_VIDEO_OUTPUT },
	{ V4L2_CAP_VIDEO_M2M_MPLANE,	V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE },
	{ V4L2_CAP_VIDEO_M2M_MPLANE,	V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE },
	{ V4L2_CAP_VIDEO_CAPTURE,	V4L2_BUF_TYPE_VIDEO_CAPTURE },
	{ V4L2_CAP_VIDEO_CAPTURE_MPLANE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE },
	{ V4L2_CAP_VIDEO_OUTPUT,	V4L2_BUF_TYPE_VIDEO_OUTPUT },
	{ V4L2_CAP_VIDEO_OUTPUT_MPLANE,	V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE },
	{ V4L2_CAP_VBI_CAPTURE,		V4L2_BUF_TYPE_VBI_CAPTURE },
	{ V4L2_CAP_VBI_OUTPUT,		V4L2_BUF_TYPE_VBI_OUTPUT },
	{ V4L2_CAP_SLICED_VBI_CAPTURE,	V4L2_BUF_TYPE_SLICED_VBI_CAPTURE },
	{ V4L2_CAP_SLICED_VBI_OUTPUT,	V4L2_BUF_TYPE_SLICED_VBI_OUTPUT },
	{ V4L2_CAP_SDR_CAPTURE,		V4L2_BUF_TYPE_SDR_CAPTURE },
	{ V4L2_CAP_SDR_OUTPUT,		V4L2_BUF_TYPE_SDR_OUTPUT },
	{ V4L2_CAP_META_CAPTURE,	V4L2_BUF_TYPE_META_CAPTURE },
	{ V4L2_CAP_META_OUTPUT,		V4L2_BUF_TYPE_META_OUTPUT },
};
/* clang-format on */

/* vb2_verify_memory_type() looks at the type first. */
static bool is_of_type(int fd, uint32_t type)
{
	return lab_reqbufs(fd, type, 0) >= 0 || errno != EINVAL;
}

uint32_t lab_type(int fd, bool output)
{
	uint32_t caps = lab_caps(fd);
	bool m2m = lab_is_m2m(fd);
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((caps & types[i].cap) &&
		    (!m2m || V4L2_TYPE_IS_OUTPUT(types[i].type) == output) &&
		    is_of_type(fd, types[i].type))
			return types[i].type;
	fatal("a queue");
}

int lab_reqbufs(int fd, uint32_t type, unsigned int count)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = type,
		.memory = lab_memory,
	};

	return lab_call(fd, VIDIOC_REQBUFS, &arg) ? -1 : (int)arg.count;
}

static void measure(struct lab_queue *queue)
{
	struct lab_buffer buffer;
	unsigned int i;

	lab_room(&buffer, queue->type, 0);
	if (lab_call(queue->fd, VIDIOC_QUERYBUF, &buffer.v4l2))
		fatal("QUERYBUF");
	queue->planes = 1;
	queue->length[0] = buffer.v4l2.length;
	if (V4L2_TYPE_IS_MULTIPLANAR(queue->type))
		queue->planes = buffer.v4l2.length;
	for (i = 0; V4L2_TYPE_IS_MULTIPLANAR(queue->type) && i < queue->planes;
	     i++)
		queue->length[i] = buffer.planes[i].length;
	for (i = 0; i < queue->planes; i++)
		if (queue->slot < queue->length[i])
			queue->slot = (queue->length[i] + 4095ul) & ~4095ul;
}

static void map_plane(struct lab_queue *queue, unsigned int index,
		      unsigned int plane, uint32_t length, uint32_t offset)
{
	uint8_t *there = lab_plane(queue, index, plane);
	void *map = mmap(there, length, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, queue->fd, offset);

	if (map != there)
		fatal("mmap");
	queue->offset[index][plane] = offset;
}

static void map_buffer(struct lab_queue *queue, unsigned int index)
{
	struct lab_buffer buffer;
	unsigned int i;

	lab_room(&buffer, queue->type, index);
	if (lab_call(queue->fd, VIDIOC_QUERYBUF, &buffer.v4l2))
		fatal("QUERYBUF");
	if (!V4L2_TYPE_IS_MULTIPLANAR(queue->type)) {
		map_plane(queue, index, 0, buffer.v4l2.length,
			  buffer.v4l2.m.offset);
		return;
	}
	for (i = 0; i < queue->planes; i++)
		map_plane(queue, index, i, buffer.planes[i].length,
			  buffer.planes[i].m.mem_offset);
}

void lab_queue_init(struct lab_queue *queue, int fd, uint32_t type,
		    unsigned int count)
{
	unsigned int i;
	size_t len;
	int made;

	memset(queue, 0, sizeof(*queue));
	queue->fd = fd;
	queue->type = type;
	made = lab_reqbufs(fd, type, count);
	if (made < 1 || made > LAB_QUEUE_BUFFERS)
		fatal("REQBUFS");
	queue->count = (unsigned int)made;
	measure(queue);
	len = queue->slot * LAB_QUEUE_BUFFERS * queue->planes;
	queue->memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (queue->memory == MAP_FAILED)
		fatal("mmap");
	for (i = 0; lab_memory == V4L2_MEMORY_MMAP && i < queue->count; i++)
		map_buffer(queue, i);
}

void lab_queue_finish(struct lab_queue *queue)
{
	lab_call(queue->fd, VIDIOC_STREAMOFF, &queue->type);
	if (lab_reqbufs(queue->fd, queue->type, 0) < 0)
		fatal("REQBUFS of none");
	munmap(queue->memory, queue->slot * LAB_QUEUE_BUFFERS * queue->planes);
}

uint8_t *lab_plane(const struct lab_queue *queue, unsigned int index,
		   unsigned int plane)
{
	return queue->memory + queue->slot * (index * queue->planes + plane);
}

void lab_room(struct lab_buffer *buffer, uint32_t type, unsigned int index)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->v4l2.index = index;
	buffer->v4l2.type = type;
	buffer->v4l2.memory = lab_memory;
	if (!V4L2_TYPE_IS_MULTIPLANAR(type))
		return;
	buffer->v4l2.m.planes = buffer->planes;
	buffer->v4l2.length = VIDEO_MAX_PLANES;
}

/* Of mapped buffers nobody looks at it. */
static unsigned long address(const struct lab_queue *queue, unsigned int index,
			     unsigned int plane)
{
	if (lab_memory == V4L2_MEMORY_MMAP)
		return 0;
	return (unsigned long)lab_plane(queue, index, plane);
}

void lab_buffer(const struct lab_queue *queue, struct lab_buffer *buffer,
		unsigned int index)
{
	bool output = V4L2_TYPE_IS_OUTPUT(queue->type);
	unsigned int i;

	lab_room(buffer, queue->type, index);
	if (output)
		buffer->v4l2.field = V4L2_FIELD_NONE;
	if (!V4L2_TYPE_IS_MULTIPLANAR(queue->type)) {
		buffer->v4l2.length = queue->length[0];
		buffer->v4l2.m.userptr = address(queue, index, 0);
		buffer->v4l2.bytesused = output ? queue->length[0] : 0;
		return;
	}
	buffer->v4l2.length = queue->planes;
	for (i = 0; i < queue->planes; i++) {
		buffer->planes[i].length = queue->length[i];
		buffer->planes[i].m.userptr = address(queue, index, i);
		buffer->planes[i].bytesused = output ? queue->length[i] : 0;
	}
}

/*
 * Addresses differ from run to run: where in our memory it is.  Offsets differ from
 * node to node: whether it is the one that was mapped.
 */
static const char *place(const struct lab_queue *queue, unsigned int index,
			 unsigned int plane, unsigned long addr)
{
	static char text[32];

	if (lab_memory == V4L2_MEMORY_MMAP && index < queue->count &&
	    (uint32_t)addr == queue->offset[index][plane])
		return "its offset";
	if (!addr)
		return "0";
	if (lab_memory == V4L2_MEMORY_MMAP)
		return "another offset";
	snprintf(text, sizeof(text), "+%lx",
		 addr - (unsigned long)queue->memory);
	return text;
}

/* The time that it took, and whose clock it was, is not to be compared. */
void lab_show(const struct lab_queue *queue, const char *what, int ret,
	      const struct lab_buffer *buffer)
{
	const struct v4l2_buffer *v4l2 = &buffer->v4l2;
	uint32_t field = queue->any_field ? 0 : v4l2->field;
	char text[1024];
	unsigned int i;
	int at;

	if (ret < 0) {
		fact(what, result_name(ret));
		return;
	}
	at = snprintf(text, sizeof(text),
		      "index %u type %u memory %u flags %#x field %u %s "
		      "bytesused %u length %u",
		      v4l2->index, v4l2->type, v4l2->memory, v4l2->flags, field,
		      v4l2->timestamp.tv_sec || v4l2->timestamp.tv_usec
			      ? "timed"
			      : "untimed",
		      v4l2->bytesused, v4l2->length);
	if (!V4L2_TYPE_IS_MULTIPLANAR(v4l2->type))
		at += snprintf(text + at, sizeof(text) - (size_t)at, " at %s",
			       place(queue, v4l2->index, 0, v4l2->m.userptr));
	for (i = 0; V4L2_TYPE_IS_MULTIPLANAR(v4l2->type) && i < v4l2->length &&
		    i < VIDEO_MAX_PLANES;
	     i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at,
			       " [%u of %u from %u at %s]",
			       buffer->planes[i].bytesused,
			       buffer->planes[i].length,
			       buffer->planes[i].data_offset,
			       place(queue, v4l2->index, i,
				     buffer->planes[i].m.userptr));
	fact(what, text);
}

int lab_buffer_call(const struct lab_queue *queue, const char *what,
		    unsigned long cmd, struct lab_buffer *buffer)
{
	int ret = lab_call(queue->fd, cmd, &buffer->v4l2);

	lab_show(queue, what, ret, buffer);
	return ret;
}

int lab_enqueue(const struct lab_queue *queue, const char *what,
		unsigned int index)
{
	struct lab_buffer buffer;

	lab_buffer(queue, &buffer, index);
	return lab_buffer_call(queue, what, VIDIOC_QBUF, &buffer);
}

void lab_query(const struct lab_queue *queue, const char *what,
	       unsigned int index)
{
	struct lab_buffer buffer;

	lab_room(&buffer, queue->type, index);
	lab_buffer_call(queue, what, VIDIOC_QUERYBUF, &buffer);
}

int lab_dequeue(const struct lab_queue *queue, const char *what,
		struct lab_buffer *buffer)
{
	lab_room(buffer, queue->type, 0);
	return lab_buffer_call(queue, what, VIDIOC_DQBUF, buffer);
}

int lab_stream(const struct lab_queue *queue, const char *what, bool on)
{
	uint32_t type = queue->type;
	int ret = lab_call(queue->fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF,
			   &type);

	fact(what, result_name(ret));
	return ret;
}

static unsigned int done_count(const struct lab_queue *queue)
{
	struct lab_buffer buffer;
	unsigned int done = 0;
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		lab_room(&buffer, queue->type, i);
		if (lab_call(queue->fd, VIDIOC_QUERYBUF, &buffer.v4l2))
			fatal("QUERYBUF");
		done += !!(buffer.v4l2.flags & V4L2_BUF_FLAG_DONE);
	}
	return done;
}

void lab_wait_done(const struct lab_queue *queue, unsigned int count)
{
	long end = now_ms() + 10000;

	while (done_count(queue) < count) {
		if (now_ms() > end)
			fatal("buffers do not come");
		pause_ms(5);
	}
}

void lab_poll(const char *what, int fd, int events, int ms)
{
	fact(what, events_name(node_poll(fd, events, ms)));
}
