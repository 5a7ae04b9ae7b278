// SPDX-License-Identifier: BSD-3-Clause
/*
 * victim MODE NODE FD INDEX: use a node until a call fails; what does the file say then?
 *
 * MODE is one of shared/victim.h.  Each call is written down in the struct victim_said
 * of this index in the memory FD, so that whoever kills can tell which call was being
 * made.  After the first that fails, all that can be asked of a file is asked at once,
 * and again when a byte comes on standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/victim.h"

#define CONTROL     V4L2_CID_BRIGHTNESS
#define RUNS_AFTER  2 /* rounds */
#define SLOW_MS     120
#define BETWEEN_MS  3 /* for whoever would otherwise have the whole processor */
#define MAPPED_MAX  4
#define HANGS_AFTER 20 /* s; nobody waits so long */

static struct victim_said *said;
static const char *path;
static size_t frame_len;
static void *memories[NODE_BUFFERS];
static volatile const char *mapped[MAPPED_MAX];
static size_t mapped_len;

/* ---- calls that are written down --------------------------------------------- */

static void begins(const char *name)
{
	snprintf(said->failed.name, sizeof(said->failed.name), "%s", name);
	atomic_fetch_add(&said->begun, 1);
}

static bool ended(long result)
{
	if (result >= 0)
		return true;
	said->failed.error = errno;
	said->failed_as = atomic_load(&said->begun);
	return false;
}

/* Whether it went well */
#define CALL(name, expression) (begins(name), ended(expression))

static void later(const char *name, long result)
{
	struct victim_call *call = &said->later[said->later_count];

	if (said->later_count == VICTIM_LATER_MAX)
		return;
	snprintf(call->name, sizeof(call->name), "%s", name);
	call->error = result < 0 ? errno : 0;
	said->later_count++;
}

/* ---- buffers ------------------------------------------------------------------ */

static long query(int fd, unsigned int index, struct v4l2_buffer *buffer)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	buffer->memory = V4L2_MEMORY_MMAP;
	buffer->index = index;
	return ioctl(fd, VIDIOC_QUERYBUF, buffer);
}

static bool map_all(int fd, unsigned int count)
{
	struct v4l2_buffer buffer;
	unsigned int i;
	void *memory;

	for (i = 0; i < count; i++) {
		if (!CALL("QUERYBUF", query(fd, i, &buffer)))
			return false;
		begins("mmap");
		memory = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, fd,
			      buffer.m.offset);
		if (!ended(memory == MAP_FAILED ? -1 : 0))
			return false;
		mapped[i] = memory;
		mapped_len = buffer.length;
	}
	return true;
}

static void unmap_all(void)
{
	unsigned int i;

	for (i = 0; i < MAPPED_MAX; i++)
		if (mapped[i])
			munmap((void *)mapped[i], mapped_len);
	memset(mapped, 0, sizeof(mapped));
}

static bool start(int fd)
{
	return CALL("REQBUFS",
		    node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP)) &&
	       CALL("QBUF", node_queue_all(fd)) &&
	       CALL("STREAMON", node_stream(fd, true));
}

static bool queue_pointer(int fd, unsigned int index)
{
	return CALL("QBUF",
		    node_queue_pointer(fd, index, memories[index], frame_len));
}

static long dequeue_pointer(int fd)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_USERPTR,
	};

	return ioctl(fd, VIDIOC_DQBUF, &buffer) < 0 ? -1 : (long)buffer.index;
}

static bool frame(int fd)
{
	int index;

	begins("DQBUF");
	index = node_dequeue(fd);
	return ended(index) &&
	       CALL("QBUF", node_queue(fd, (unsigned int)index));
}

/* ---- what comes before the rounds --------------------------------------------- */

static bool prepare_user(int fd)
{
	struct v4l2_format format;
	unsigned int i;

	if (!CALL("G_FMT", node_get_format(fd, &format)) ||
	    !CALL("REQBUFS",
		  node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_USERPTR)))
		return false;
	frame_len = format.fmt.pix.sizeimage;
	for (i = 0; i < NODE_BUFFERS; i++) {
		memories[i] = malloc(frame_len);
		if (!memories[i] || !queue_pointer(fd, i))
			return false;
	}
	return CALL("STREAMON", node_stream(fd, true));
}

static bool prepare_mapped(int fd)
{
	return CALL("REQBUFS",
		    node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP)) &&
	       map_all(fd, NODE_BUFFERS) && CALL("QBUF", node_queue_all(fd)) &&
	       CALL("STREAMON", node_stream(fd, true));
}

static bool prepare_event(int fd)
{
	return CALL("SUBSCRIBE", node_subscribe(fd, CONTROL));
}

/* ---- rounds -------------------------------------------------------------------- */

static bool round_user(int fd)
{
	long index;

	begins("DQBUF");
	index = dequeue_pointer(fd);
	return ended(index) && queue_pointer(fd, (unsigned int)index);
}

/* poll() says it in its own way: what matters is that it does not wait on. */
static bool round_poll(int fd)
{
	int revents;

	begins("poll");
	revents = node_poll(fd, POLLIN, -1);
	errno = ENODEV;
	return ended(revents < 0 || revents & POLLERR ? -1 : 0) && frame(fd);
}

static bool round_read(int fd)
{
	return CALL("read", node_read(fd));
}

static bool round_slow(int fd)
{
	pause_ms(SLOW_MS);
	return frame(fd);
}

static long other_format(int fd)
{
	struct v4l2_format format;

	if (node_get_format(fd, &format) < 0)
		return -1;
	format.fmt.pix.width = format.fmt.pix.width > 320 ? 320 : 640;
	format.fmt.pix.height = format.fmt.pix.width / 16 * 9;
	format.fmt.pix.bytesperline = 0;
	format.fmt.pix.sizeimage = 0;
	return ioctl(fd, VIDIOC_S_FMT, &format);
}

static bool round_format(int fd)
{
	return CALL("S_FMT", other_format(fd)) && start(fd) && frame(fd) &&
	       frame(fd) && CALL("STREAMOFF", node_stream(fd, false)) &&
	       CALL("REQBUFS", node_buffers(fd, 0, V4L2_MEMORY_MMAP));
}

static bool round_reqbufs(int fd)
{
	pause_ms(BETWEEN_MS);
	return CALL("REQBUFS",
		    node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP)) &&
	       CALL("REQBUFS", node_buffers(fd, 0, V4L2_MEMORY_MMAP));
}

static bool round_map(int fd)
{
	pause_ms(BETWEEN_MS);
	if (!CALL("REQBUFS", node_buffers(fd, 2, V4L2_MEMORY_MMAP)) ||
	    !map_all(fd, 2))
		return false;
	unmap_all();
	return CALL("REQBUFS", node_buffers(fd, 0, V4L2_MEMORY_MMAP));
}

static bool round_open(int fd)
{
	struct v4l2_format format;
	int opened;

	(void)fd;
	pause_ms(BETWEEN_MS);
	begins("open");
	opened = open(path, O_RDWR | O_CLOEXEC);
	if (!ended(opened))
		return false;
	if (!CALL("G_FMT", node_get_format(opened, &format))) {
		close(opened);
		return false;
	}
	return CALL("close", close(opened));
}

static bool round_event(int fd)
{
	return CALL("DQEVENT", node_dequeue_event(fd));
}

/**
 * struct mode - What it does
 * @prepare:	Once; NULL: nothing
 * @rounds:	After so many it runs
 * @file:	It keeps one open
 */
struct mode {
	bool (*prepare)(int fd);
	bool (*round)(int fd);
	int rounds;
	bool file;
};

static const struct mode modes[VICTIM_MODES] = {
	[VICTIM_DQBUF] = { start, frame, RUNS_AFTER, true },
	[VICTIM_USER] = { prepare_user, round_user, RUNS_AFTER, true },
	[VICTIM_POLL] = { start, round_poll, RUNS_AFTER, true },
	[VICTIM_READ] = { NULL, round_read, RUNS_AFTER, true },
	[VICTIM_SLOW] = { start, round_slow, RUNS_AFTER, true },
	[VICTIM_FORMAT] = { NULL, round_format, 1, true },
	[VICTIM_REQBUFS] = { NULL, round_reqbufs, RUNS_AFTER, true },
	[VICTIM_MAP] = { NULL, round_map, RUNS_AFTER, true },
	[VICTIM_MAPPED] = { prepare_mapped, frame, RUNS_AFTER, true },
	[VICTIM_OPEN] = { NULL, round_open, RUNS_AFTER, false },
	[VICTIM_EVENT] = { prepare_event, round_event, 0, true },
};

/* ---- afterwards ------------------------------------------------------------------ */

static void ask(int fd)
{
	struct v4l2_format format;
	unsigned int i;
	void *memory;

	later("G_FMT", node_get_format(fd, &format));
	later("QBUF", node_queue(fd, 0));
	later("DQBUF", node_dequeue(fd));
	later("DQEVENT", node_dequeue_event(fd));
	later("REQBUFS", node_buffers(fd, 2, V4L2_MEMORY_MMAP));
	later("read", node_read(fd));
	errno = ENODEV;
	later("poll", node_poll(fd, POLLIN, 0) & POLLERR ? -1 : 0);
	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	later("mmap", memory == MAP_FAILED ? -1 : 0);
	/* What is mapped stays, and is nobody's end. */
	for (i = 0; i < MAPPED_MAX && mapped[i]; i++)
		(void)mapped[i][mapped_len - 1];
}

static void use(const struct mode *mode)
{
	bool fine;
	int fd = -1;
	int rounds;
	char go;

	if (mode->file) {
		begins("open");
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (!ended(fd))
			return;
	}
	fine = !mode->prepare || mode->prepare(fd);
	for (rounds = 0; fine; rounds++) {
		if (rounds == mode->rounds)
			atomic_store(&said->stage, VICTIM_RUNS);
		fine = mode->round(fd);
	}
	if (atomic_load(&said->stage) != VICTIM_RUNS)
		return;

	alarm(HANGS_AFTER);
	if (fd >= 0)
		ask(fd);
	atomic_store(&said->stage, VICTIM_FAILED);
	if (read(STDIN_FILENO, &go, 1) < 0)
		fatal("standard input");
	if (fd >= 0) {
		ask(fd);
		unmap_all();
		if (close(fd) < 0)
			fatal("close");
	}
	atomic_store(&said->stage, VICTIM_ASKED);
}

int main(int argc, char **argv)
{
	unsigned int mode = 0;
	size_t index;
	int fd;

	while (argc == 5 && mode < VICTIM_MODES &&
	       strcmp(argv[1], victim_mode_name(mode)) != 0)
		mode++;
	if (argc != 5 || mode == VICTIM_MODES) {
		fputs("usage: victim MODE NODE FD INDEX\n", stderr);
		return 2;
	}
	path = argv[2];
	fd = (int)strtol(argv[3], NULL, 10);
	index = strtoul(argv[4], NULL, 10);
	said = mmap(NULL, (index + 1) * sizeof(*said), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (said == MAP_FAILED)
		fatal("mmap");
	said += index;
	close(fd);
	use(&modes[mode]);
	return 0;
}
