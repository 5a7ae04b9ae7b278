// SPDX-License-Identifier: BSD-3-Clause
/*
 * A random walk through a queue of mapped buffers, the same one each time: what each
 * step says, and that every mapping has what was last written to its memory.
 *
 * Nothing is asked while a frame may be under way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define STEPS   600
#define MAPS    12
#define PAGE    ((size_t)4096)
#define BUFFERS 4

/* A mapping; those of one buffer of one generation have one memory. */
struct walk_map {
	uint8_t *bytes; /* NULL: none */
	size_t len;
	unsigned int generation;
	unsigned int index;
};

struct walk {
	struct lab_queue queue; /* what describes its buffers */
	struct walk_map maps[MAPS];
	unsigned int made;       /* buffers that there are */
	unsigned int generation; /* REQBUFS so far */
	uint32_t seed;
	unsigned int step;
};

static uint32_t choose(struct walk *walk, uint32_t of)
{
	walk->seed = walk->seed * 1664525u + 1013904223u;
	return (walk->seed >> 12) % of;
}

static const char *label(const struct walk *walk, const char *what)
{
	static char text[64];

	snprintf(text, sizeof(text), "%u %s", walk->step, what);
	return text;
}

static void say(const struct walk *walk, const char *what, long value)
{
	char text[32];

	if (value < 0)
		snprintf(text, sizeof(text), "%s", error_name(errno));
	else
		snprintf(text, sizeof(text), "%ld", value);
	fact(label(walk, what), text);
}

/*
 * Whether a buffer is mapped is told until the buffer is gone, natively until it is
 * not mapped.
 */
static void buffer_call(struct walk *walk, const char *what, unsigned long cmd,
			unsigned int index)
{
	struct lab_buffer buffer;
	int ret;

	if (cmd == VIDIOC_QUERYBUF || cmd == VIDIOC_DQBUF)
		lab_room(&buffer, walk->queue.type, index);
	else
		lab_buffer(&walk->queue, &buffer, index);
	ret = lab_call(walk->queue.fd, cmd, &buffer.v4l2);
	buffer.v4l2.flags &= ~(uint32_t)V4L2_BUF_FLAG_MAPPED;
	if (!ret && index < BUFFERS && cmd == VIDIOC_QUERYBUF)
		walk->queue.offset[index][0] =
			V4L2_TYPE_IS_MULTIPLANAR(walk->queue.type)
				? buffer.planes[0].m.mem_offset
				: buffer.v4l2.m.offset;
	walk->queue.any_field = true;
	lab_show(&walk->queue, label(walk, what), ret, &buffer);
}

static void query_all(struct walk *walk)
{
	unsigned int i;

	for (i = 0; i < walk->made; i++)
		buffer_call(walk, "QUERYBUF", VIDIOC_QUERYBUF, i);
}

static void step_reqbufs(struct walk *walk)
{
	unsigned int count = choose(walk, 3) ? 1 + choose(walk, BUFFERS) : 0;
	int made = lab_reqbufs(walk->queue.fd, walk->queue.type, count);

	say(walk, "REQBUFS", made);
	if (made < 0)
		return;
	walk->made = (unsigned int)made;
	walk->queue.count = walk->made;
	walk->generation++;
	query_all(walk);
}

static void step_create(struct walk *walk)
{
	struct v4l2_create_buffers arg = { .count = 1, .memory = lab_memory };
	int ret;

	if (walk->made >= BUFFERS)
		return;
	arg.format.type = walk->queue.type;
	if (lab_call(walk->queue.fd, VIDIOC_G_FMT, &arg.format))
		fatal("G_FMT");
	ret = lab_call(walk->queue.fd, VIDIOC_CREATE_BUFS, &arg);
	say(walk, "CREATE_BUFS", ret ? -1 : (long)arg.index);
	if (ret)
		return;
	if (!arg.index)
		walk->generation++;
	walk->made = arg.index + arg.count;
	walk->queue.count = walk->made;
	query_all(walk);
}

static void step_map(struct walk *walk)
{
	struct walk_map *map = &walk->maps[choose(walk, MAPS)];
	unsigned int index = choose(walk, BUFFERS);
	size_t len = walk->queue.length[0];

	if (map->bytes)
		munmap(map->bytes, map->len);
	if (!choose(walk, 3) && len > PAGE)
		len = PAGE;
	map->bytes = mmap(
		NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, walk->queue.fd,
		index < walk->made ? walk->queue.offset[index][0] : 0x7ffff000);
	say(walk, "mmap", map->bytes == MAP_FAILED ? -1 : 0);
	if (map->bytes == MAP_FAILED)
		map->bytes = NULL;
	map->len = len;
	map->generation = walk->generation;
	map->index = index;
}

static bool same_memory(const struct walk_map *one,
			const struct walk_map *other)
{
	return one->bytes && other->bytes &&
	       one->generation == other->generation &&
	       one->index == other->index;
}

/* The first page of it; whoever else has mapped it sees that, and nobody else. */
static void step_write(struct walk *walk)
{
	struct walk_map *map = &walk->maps[choose(walk, MAPS)];
	uint8_t value = (uint8_t)walk->step;
	unsigned int i, wrong = 0;
	uint8_t before[MAPS];

	if (!map->bytes)
		return;
	for (i = 0; i < MAPS; i++)
		if (walk->maps[i].bytes)
			before[i] = walk->maps[i].bytes[19];
	map->bytes[19] = value;
	for (i = 0; i < MAPS; i++)
		if (walk->maps[i].bytes &&
		    walk->maps[i].bytes[19] != (same_memory(map, &walk->maps[i])
							? value
							: before[i]))
			wrong++;
	say(walk, "mappings that are wrong", wrong);
}

static void step_export(struct walk *walk)
{
	struct v4l2_exportbuffer arg = {
		.type = walk->queue.type,
		.index = choose(walk, BUFFERS),
		.flags = O_RDWR | O_CLOEXEC,
	};

	/* Ours may have no such call, over vsock. */
	if (!lab_call(walk->queue.fd, VIDIOC_EXPBUF, &arg))
		close(arg.fd);
}

/*
 * All that are queued come back; nothing is under way afterwards.  When an output
 * has shown a picture is its own matter; a codec does nothing with one queue.
 */
static void step_stream(struct walk *walk)
{
	unsigned int i;

	if (!walk->made || V4L2_TYPE_IS_OUTPUT(walk->queue.type))
		return;
	for (i = 0; i < walk->made; i++)
		buffer_call(walk, "QBUF", VIDIOC_QBUF, i);
	lab_stream(&walk->queue, label(walk, "STREAMON"), true);
	if (!lab_is_m2m(walk->queue.fd)) {
		lab_wait_done(&walk->queue, walk->made);
		query_all(walk);
		for (i = 0; i < 1 + choose(walk, walk->made); i++)
			buffer_call(walk, "DQBUF", VIDIOC_DQBUF, 0);
		say(walk, "REQBUFS, streaming",
		    lab_reqbufs(walk->queue.fd, walk->queue.type, 2));
	}
	lab_stream(&walk->queue, label(walk, "STREAMOFF"), false);
	query_all(walk);
}

static void step(struct walk *walk)
{
	unsigned int index = choose(walk, BUFFERS + 1);

	switch (choose(walk, 16)) {
	case 0:
		step_reqbufs(walk);
		break;
	case 1:
		step_create(walk);
		break;
	case 2:
		step_stream(walk);
		break;
	case 3:
		buffer_call(walk, "PREPARE_BUF", VIDIOC_PREPARE_BUF, index);
		break;
	case 4:
		buffer_call(walk, "QBUF", VIDIOC_QBUF, index);
		break;
	case 5:
		lab_stream(&walk->queue, label(walk, "STREAMOFF"), false);
		break;
	case 6:
		buffer_call(walk, "QUERYBUF", VIDIOC_QUERYBUF, index);
		break;
	case 7:
		step_export(walk);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
		step_map(walk);
		break;
	default:
		step_write(walk);
		break;
	}
}

void test_walk(const char *path)
{
	static struct walk walk;
	int fd = node_open(path, O_NONBLOCK);

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	lab_queue_init(&walk.queue, fd, lab_type(fd, false), 1);
	lab_queue_finish(&walk.queue);
	walk.queue.count = 0;
	walk.seed = 4711;
	for (walk.step = 0; walk.step < STEPS; walk.step++)
		step(&walk);
	close(fd);
}
