// SPDX-License-Identifier: BSD-3-Clause
/*
 * Edge cases of a V4L2 node, one line each: what was done, result, errno and
 * what came back.  test_edges.sh runs it on the native node and on ours in one
 * boot; the two outputs must be equal.
 *
 *	edges NODE capture|output
 *
 * Only what is independent of time and of the memory type MMAP is printed.  Two
 * things are not asked: CUSE answers lseek() and a read() of nothing by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define NOWHERE 0x1000 /* below vm.mmap_min_addr */

static const char *node;
static uint32_t type;
static int fd;
static int other;
static uint32_t sizeimage;
static char *memory;

static void say(const char *what, int ret)
{
	printf("%s: %d %s\n", what, ret, ret < 0 ? strerror(errno) : "");
}

static int call(int file, unsigned long cmd, void *arg)
{
	errno = 0;
	return ioctl(file, cmd, arg);
}

static int reqbufs(int file, uint32_t count, uint32_t mem)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = type,
		.memory = mem,
	};

	return call(file, VIDIOC_REQBUFS, &arg);
}

static int stream(int file, unsigned long cmd)
{
	return call(file, cmd, &type);
}

static struct v4l2_buffer user_buffer(uint32_t index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = type,
		.memory = V4L2_MEMORY_USERPTR,
		.length = sizeimage,
		.bytesused = V4L2_TYPE_IS_OUTPUT(type) ? sizeimage : 0,
		.field = V4L2_FIELD_NONE,
	};

	buffer.m.userptr = (unsigned long)memory + index * sizeimage;
	return buffer;
}

/* Without TIMESTAMP flags and time: those differ from run to run. */
static void show(const char *what, int ret, const struct v4l2_buffer *buffer)
{
	printf("%s: %d %s, index %u flags %#x length %u memory %u\n", what, ret,
	       ret < 0 ? strerror(errno) : "", buffer->index,
	       buffer->flags & (V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED |
				V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_PREPARED |
				V4L2_BUF_FLAG_ERROR),
	       buffer->length, buffer->memory);
}

/* And what a call that was refused has left of it. */
static void show_refused(const char *what, unsigned long cmd,
			 struct v4l2_buffer passed)
{
	struct v4l2_buffer left = { .index = passed.index, .type = type };
	uint8_t before[sizeof(passed)];
	uint8_t after[sizeof(passed)];
	int ret;

	memcpy(before, &passed, sizeof(before));
	ret = call(fd, cmd, &passed);
	memcpy(after, &passed, sizeof(after));

	show(what, ret, &passed);
	printf("%s: the argument is %s\n", what,
	       memcmp(before, after, sizeof(before)) ? "another" : "the same");
	call(fd, VIDIOC_QUERYBUF, &left);
	/* field is what the driver makes of an output buffer's. */
	printf("%s: left: flags %#x bytesused %u length %u, %s\n", what,
	       left.flags & ~(uint32_t)V4L2_BUF_FLAG_TIMESTAMP_MASK,
	       left.bytesused, left.length,
	       left.m.userptr ? "memory" : "no memory");
}

static void buffer_call(const char *what, unsigned long cmd,
			struct v4l2_buffer buffer)
{
	int ret = call(fd, cmd, &buffer);

	show(what, ret, &buffer);
}

static void query(const char *what, uint32_t index)
{
	struct v4l2_buffer buffer = { .index = index, .type = type };

	show(what, call(fd, VIDIOC_QUERYBUF, &buffer), &buffer);
}

static void poll_for(const char *what, int file, int events, int ms)
{
	printf("%s: %s\n", what, events_name(node_poll(file, events, ms)));
}

static const int both = POLLIN | POLLOUT | POLLPRI;

static void without_buffers(void)
{
	struct v4l2_buffer bad = user_buffer(0);

	buffer_call("DQBUF without buffers", VIDIOC_DQBUF, user_buffer(0));
	buffer_call("QBUF without buffers", VIDIOC_QBUF, user_buffer(0));
	say("STREAMON without buffers", stream(fd, VIDIOC_STREAMON));
	say("STREAMOFF without buffers", stream(fd, VIDIOC_STREAMOFF));
	say("REQBUFS(0)", reqbufs(fd, 0, V4L2_MEMORY_USERPTR));
	say("REQBUFS memory 0", reqbufs(fd, 3, 0));
	say("REQBUFS memory 9", reqbufs(fd, 3, 9));
	say("REQBUFS OVERLAY", reqbufs(fd, 3, V4L2_MEMORY_OVERLAY));
	bad.type = 99;
	buffer_call("QBUF type 99", VIDIOC_QBUF, bad);
	poll_for("poll PRI", fd, POLLPRI, 0);
}

static void create_bufs(void)
{
	struct v4l2_create_buffers create = {
		.count = 0,
		.memory = V4L2_MEMORY_USERPTR,
	};
	int ret;

	create.format.type = type;
	call(fd, VIDIOC_G_FMT, &create.format);
	ret = call(fd, VIDIOC_CREATE_BUFS, &create);
	printf("CREATE_BUFS 0: %d %d index %u\n", ret, errno, create.index);
	create.memory = 7;
	ret = call(fd, VIDIOC_CREATE_BUFS, &create);
	printf("CREATE_BUFS 0 memory 7: %d %d\n", ret, errno);
	create.memory = V4L2_MEMORY_USERPTR;
	create.count = 2;
	ret = call(fd, VIDIOC_CREATE_BUFS, &create);
	printf("CREATE_BUFS 2: %d %d index %u count %u\n", ret, errno,
	       create.index, create.count);
	create.memory = V4L2_MEMORY_MMAP;
	ret = call(fd, VIDIOC_CREATE_BUFS, &create);
	printf("CREATE_BUFS other memory: %d %d\n", ret, errno);
	say("REQBUFS(0) after CREATE_BUFS",
	    reqbufs(fd, 0, V4L2_MEMORY_USERPTR));
}

static void queueing(void)
{
	struct v4l2_buffer bad;

	say("REQBUFS 3", reqbufs(fd, 3, V4L2_MEMORY_USERPTR));
	query("QUERYBUF idle", 0);
	query("QUERYBUF 3 of 3", 3);
	bad = user_buffer(3);
	buffer_call("QBUF 3 of 3", VIDIOC_QBUF, bad);
	bad = user_buffer(0);
	bad.memory = V4L2_MEMORY_MMAP;
	buffer_call("QBUF other memory", VIDIOC_QBUF, bad);
	bad = user_buffer(0);
	bad.length = 16;
	show_refused("QBUF too short, all bytes used", VIDIOC_QBUF, bad);
	bad.flags = V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_TIMECODE;
	bad.bytesused = 0;
	show_refused("QBUF too short", VIDIOC_QBUF, bad);
	bad = user_buffer(0);
	bad.flags = V4L2_BUF_FLAG_REQUEST_FD | V4L2_BUF_FLAG_BFRAME;
	bad.request_fd = 5;
	show_refused("PREPARE_BUF of a request", VIDIOC_PREPARE_BUF, bad);
	show_refused("QBUF of a request", VIDIOC_QBUF, bad);
	bad = user_buffer(0);
	bad.m.userptr = 0;
	say("QBUF null", call(fd, VIDIOC_QBUF, &bad) < 0 ? 1 : 0);
	buffer_call("PREPARE_BUF 0", VIDIOC_PREPARE_BUF, user_buffer(0));
	buffer_call("PREPARE_BUF 0 again", VIDIOC_PREPARE_BUF, user_buffer(0));
	query("QUERYBUF prepared", 0);
	buffer_call("QBUF prepared", VIDIOC_QBUF, user_buffer(0));
	buffer_call("QBUF queued", VIDIOC_QBUF, user_buffer(0));
	bad = user_buffer(0);
	bad.flags = V4L2_BUF_FLAG_REQUEST_FD;
	buffer_call("QBUF queued, of a request", VIDIOC_QBUF, bad);
	query("QUERYBUF queued", 0);
	poll_for("poll not streaming", fd, both, 0);
	buffer_call("DQBUF not streaming", VIDIOC_DQBUF, user_buffer(0));
}

static void second_file(void)
{
	struct v4l2_buffer buffer = user_buffer(1);
	struct v4l2_format format = { .type = type };

	say("other: REQBUFS 2", reqbufs(other, 2, V4L2_MEMORY_USERPTR));
	say("other: REQBUFS 0", reqbufs(other, 0, V4L2_MEMORY_USERPTR));
	say("other: QBUF", call(other, VIDIOC_QBUF, &buffer));
	say("other: DQBUF", call(other, VIDIOC_DQBUF, &buffer));
	say("other: STREAMON", stream(other, VIDIOC_STREAMON));
	say("other: STREAMOFF", stream(other, VIDIOC_STREAMOFF));
	buffer.index = 0;
	say("other: QUERYBUF", call(other, VIDIOC_QUERYBUF, &buffer));
	call(other, VIDIOC_G_FMT, &format);
	format.fmt.pix.width = 320;
	say("other: S_FMT", call(other, VIDIOC_S_FMT, &format));
	poll_for("other: poll", other, both, 0);
	say("other: read", read(other, memory, 16) < 0 ? -1 : 0);
}

static void streaming(void)
{
	struct v4l2_buffer buffer = user_buffer(0);
	struct v4l2_buffer bad;
	int ret;

	buffer_call("QBUF 1", VIDIOC_QBUF, user_buffer(1));
	buffer_call("QBUF 2", VIDIOC_QBUF, user_buffer(2));
	say("STREAMON", stream(fd, VIDIOC_STREAMON));
	say("STREAMON again", stream(fd, VIDIOC_STREAMON));
	say("REQBUFS 2 streaming", reqbufs(fd, 2, V4L2_MEMORY_USERPTR));
	say("read streaming", read(fd, memory, 16) < 0 ? -1 : 0);
	say("write streaming", write(fd, memory, 16) < 0 ? -1 : 0);
	poll_for("poll streaming", fd, POLLIN | POLLOUT, 2000);
	ret = call(fd, VIDIOC_DQBUF, &buffer);
	show("DQBUF", ret, &buffer);
	query("QUERYBUF dequeued", buffer.index);
	bad = user_buffer(buffer.index);
	bad.length = 16;
	bad.bytesused = 0;
	show_refused("QBUF too short", VIDIOC_QBUF, bad);
	bad = user_buffer(buffer.index);
	bad.m.userptr = NOWHERE;
	bad.flags = V4L2_BUF_FLAG_PFRAME;
	show_refused("QBUF nowhere", VIDIOC_QBUF, bad);
	show_refused("PREPARE_BUF nowhere", VIDIOC_PREPARE_BUF, bad);
	say("STREAMOFF", stream(fd, VIDIOC_STREAMOFF));
	query("QUERYBUF after STREAMOFF", 1);
	buffer = user_buffer(0);
	show("DQBUF after STREAMOFF", call(fd, VIDIOC_DQBUF, &buffer), &buffer);
	poll_for("poll after STREAMOFF", fd, both, 0);
	say("STREAMON none queued", stream(fd, VIDIOC_STREAMON));
	poll_for("poll none queued", fd, both, 0);
	buffer = user_buffer(0);
	show("DQBUF O_NONBLOCK", call(fd, VIDIOC_DQBUF, &buffer), &buffer);
	say("REQBUFS 0 streaming", reqbufs(fd, 0, V4L2_MEMORY_USERPTR));
	say("STREAMOFF", stream(fd, VIDIOC_STREAMOFF));
	say("REQBUFS 0", reqbufs(fd, 0, V4L2_MEMORY_USERPTR));
	poll_for("poll PRI at the end", fd, POLLPRI, 0);
}

static void events(void)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = V4L2_CID_BRIGHTNESS,
		.flags = V4L2_EVENT_SUB_FL_SEND_INITIAL,
	};
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_event event = { 0 };
	int ret;
	int i;

	say("DQEVENT without", call(fd, VIDIOC_DQEVENT, &event));
	ret = call(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
	say("SUBSCRIBE", ret);
	if (ret)
		return;
	poll_for("poll PRI initial", fd, POLLPRI, 0);
	say("SUBSCRIBE again", call(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	ret = call(fd, VIDIOC_DQEVENT, &event);
	printf("DQEVENT initial: %d changes %#x pending %u sequence %u\n", ret,
	       event.u.ctrl.changes, event.pending, event.sequence);
	for (i = 0; i < 3; i++) {
		control.value = 100 + i;
		call(other, VIDIOC_S_CTRL, &control);
	}
	poll_for("poll PRI changed", fd, POLLPRI, 1000);
	usleep(100000);
	ret = call(fd, VIDIOC_DQEVENT, &event);
	printf("DQEVENT merged: %d value %d changes %#x pending %u "
	       "sequence %u\n",
	       ret, event.u.ctrl.value, event.u.ctrl.changes, event.pending,
	       event.sequence);
	say("DQEVENT empty", call(fd, VIDIOC_DQEVENT, &event));
	subscription.id = 0x123456;
	say("SUBSCRIBE unknown control",
	    call(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	subscription.type = 77;
	say("SUBSCRIBE unknown type",
	    call(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	say("UNSUBSCRIBE unknown",
	    call(fd, VIDIOC_UNSUBSCRIBE_EVENT, &subscription));
	subscription.type = V4L2_EVENT_ALL;
	say("UNSUBSCRIBE all",
	    call(fd, VIDIOC_UNSUBSCRIBE_EVENT, &subscription));
	control.value = 128;
	call(other, VIDIOC_S_CTRL, &control);
}

static void ext_control(const char *what, unsigned long cmd, uint32_t which,
			uint32_t count, struct v4l2_ext_control *control)
{
	struct v4l2_ext_controls array = {
		.which = which,
		.count = count,
		.controls = control,
	};
	int ret = call(fd, cmd, &array);

	printf("%s: %d %d error_idx %u", what, ret, errno, array.error_idx);
	if (control && control != (void *)8)
		printf(" size %u value %d", control->size,
		       control->id == V4L2_CID_BRIGHTNESS &&
				       control->size < 1000
			       ? control->value
			       : 0);
	printf("\n");
}

static void controls(void)
{
	struct v4l2_ext_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_control plain = { .id = V4L2_CID_BRIGHTNESS, .value = -9 };
	struct v4l2_queryctrl query_ctrl = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	say("S_CTRL out of range", call(fd, VIDIOC_S_CTRL, &plain));
	printf("S_CTRL out of range, value: %d\n", plain.value);
	plain.id = 1;
	say("G_CTRL unknown", call(fd, VIDIOC_G_CTRL, &plain));
	say("QUERYCTRL next", call(fd, VIDIOC_QUERYCTRL, &query_ctrl));
	printf("QUERYCTRL next, id: %#x\n", query_ctrl.id);
	ext_control("G_EXT_CTRLS 0", VIDIOC_G_EXT_CTRLS, 0, 0, NULL);
	ext_control("G_EXT_CTRLS 0 of a class", VIDIOC_G_EXT_CTRLS,
		    V4L2_CTRL_CLASS_JPEG, 0, NULL);
	control.size = 777; /* garbage that V4L2 ignores */
	ext_control("G_EXT_CTRLS scalar with size", VIDIOC_G_EXT_CTRLS, 0, 1,
		    &control);
	control.value = 55;
	ext_control("S_EXT_CTRLS scalar with size", VIDIOC_S_EXT_CTRLS, 0, 1,
		    &control);
	control.value = 100000;
	ext_control("TRY_EXT_CTRLS out of range", VIDIOC_TRY_EXT_CTRLS, 0, 1,
		    &control);
	control.id = 0x98f905; /* vivid's string */
	control.size = 0;
	control.ptr = NULL;
	ext_control("G_EXT_CTRLS string too short", VIDIOC_G_EXT_CTRLS, 0, 1,
		    &control);
	control.size = 64;
	control.ptr = (void *)8;
	ext_control("G_EXT_CTRLS string bad pointer", VIDIOC_G_EXT_CTRLS, 0, 1,
		    &control);
	control.size = 0x40000000;
	control.ptr = memory;
	ext_control("G_EXT_CTRLS string of a giant", VIDIOC_G_EXT_CTRLS, 0, 1,
		    &control);
	ext_control("G_EXT_CTRLS bad array", VIDIOC_G_EXT_CTRLS, 0, 1,
		    (void *)8);
	ext_control("G_EXT_CTRLS 1025", VIDIOC_G_EXT_CTRLS, 0, 1025, (void *)8);
	control.id = V4L2_CID_BRIGHTNESS;
	ext_control("G_EXT_CTRLS request", VIDIOC_G_EXT_CTRLS,
		    V4L2_CTRL_WHICH_REQUEST_VAL, 1, &control);
}

static void odd_calls(void)
{
	uint32_t priority = V4L2_PRIORITY_RECORD;
	struct v4l2_edid edid = { .blocks = 300 };
	struct v4l2_format format = { .type = 99 };
	int value = 0;

	say("G_FMT bad pointer", call(fd, VIDIOC_G_FMT, (void *)8));
	say("G_FMT type 99", call(fd, VIDIOC_G_FMT, &format));
	say("unknown number", call(fd, _IOWR('V', 99, int), &value));
	say("unknown size", call(fd, _IOWR('V', 4, int), &value));
	say("private", call(fd, _IOWR('V', 200, int), &value));
	say("type U", call(fd, _IOWR('U', 1, int), &value));
	say("S_PRIORITY record", call(fd, VIDIOC_S_PRIORITY, &priority));
	format.type = type;
	call(other, VIDIOC_G_FMT, &format);
	say("other: S_FMT by priority", call(other, VIDIOC_S_FMT, &format));
	priority = 9;
	say("S_PRIORITY 9", call(fd, VIDIOC_S_PRIORITY, &priority));
	priority = V4L2_PRIORITY_INTERACTIVE;
	say("S_PRIORITY interactive", call(fd, VIDIOC_S_PRIORITY, &priority));
	say("G_EDID 300 blocks", call(fd, VIDIOC_G_EDID, &edid));
}

static void readonly(void)
{
	int file = open(node, O_RDONLY | O_NONBLOCK);
	struct v4l2_format format = { .type = type };

	say("open O_RDONLY", file < 0 ? -1 : 0);
	call(file, VIDIOC_G_FMT, &format);
	say("S_FMT on O_RDONLY", call(file, VIDIOC_S_FMT, &format));
	say("write on O_RDONLY", (int)write(file, memory, 4));
	close(file);
}

static void file_io(void)
{
	struct v4l2_buffer buffer = user_buffer(0);

	if (V4L2_TYPE_IS_OUTPUT(type)) {
		say("read on output", read(fd, memory, 16) < 0 ? -1 : 0);
		return;
	}
	say("write on capture", write(fd, memory, 16) < 0 ? -1 : 0);
	poll_for("poll starts file I/O", fd, POLLIN, 3000);
	say("read 16", (int)read(fd, memory, 16));
	say("REQBUFS while reading", reqbufs(fd, 2, V4L2_MEMORY_USERPTR));
	say("QBUF while reading", call(fd, VIDIOC_QBUF, &buffer));
	say("DQBUF while reading", call(fd, VIDIOC_DQBUF, &buffer));
	say("STREAMOFF while reading", stream(fd, VIDIOC_STREAMOFF));
	say("other: read while reading", (int)read(other, memory, 16));
	say("read the rest",
	    read(fd, memory, sizeimage * 2u) == (ssize_t)sizeimage - 16);
}

int main(int argc, char **argv)
{
	struct v4l2_format format;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	node = argv[1];
	type = strcmp(argv[2], "output") ? V4L2_BUF_TYPE_VIDEO_CAPTURE
					 : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	fd = node_open(node, O_NONBLOCK);
	other = node_open(node, O_NONBLOCK);
	memset(&format, 0, sizeof(format));
	format.type = type;
	call(fd, VIDIOC_G_FMT, &format);
	sizeimage = format.fmt.pix.sizeimage;
	memory = mmap(NULL, 4ul * sizeimage, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fatal("mmap");
	memset(memory, 0, 4ul * sizeimage);
	without_buffers();
	create_bufs();
	queueing();
	second_file();
	streaming();
	events();
	controls();
	odd_calls();
	readonly();
	file_io();
	return 0;
}
