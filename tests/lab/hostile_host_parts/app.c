// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: an application of the node, in a process of its own, so that the
 * host can answer meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/hostile_host_parts/host.h"
#include "tests/lab/hostile_host_parts/listen.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define TEXT_LEN 128
#define KILL_MS  3000 /* guestd gives the host 2 s to answer a CANCEL */
#define OPEN_MS  2000 /* and may not have read HELLO_ACK yet */

unsigned int app_lie;
static pid_t app;
static char *text;

static bool fails(const char *what, int result)
{
	if (result >= 0)
		return false;
	snprintf(text, TEXT_LEN, "%s: %s", what, strerrorname_np(errno));
	return true;
}

/* The buffers as they must be, whatever a host says. */
static bool buffer_is_odd(int fd, uint32_t index)
{
	struct v4l2_buffer buffer = { .type = CAPTURE, .index = index };

	if (fails("QUERYBUF", ioctl(fd, VIDIOC_QUERYBUF, &buffer)))
		return true;
	if (buffer.index == index && buffer.type == CAPTURE &&
	    buffer.memory == V4L2_MEMORY_MMAP && buffer.length == HOST_PLANE)
		return false;
	snprintf(text, TEXT_LEN, "QUERYBUF: odd");
	return true;
}

/* Return: the index, or -1 */
static int dequeue(int fd)
{
	struct v4l2_buffer buffer = { .type = CAPTURE,
				      .memory = V4L2_MEMORY_MMAP };

	if (fails("DQBUF", ioctl(fd, VIDIOC_DQBUF, &buffer)))
		return -1;
	if (buffer.index < HOST_BUFFERS && buffer.type == CAPTURE &&
	    buffer.bytesused <= HOST_PLANE && buffer.length == HOST_PLANE &&
	    !buffer.request_fd)
		return (int)buffer.index;
	snprintf(text, TEXT_LEN, "DQBUF: index %u, %u of %u bytes",
		 buffer.index, buffer.bytesused, buffer.length);
	return -1;
}

static bool odd_text(const char *what, const void *bytes, size_t len)
{
	if (memchr(bytes, 0, len))
		return false;
	snprintf(text, TEXT_LEN, "%s: no end", what);
	return true;
}

static bool format_fails(int fd)
{
	struct v4l2_capability caps;
	struct v4l2_format format;

	return fails("QUERYCAP", ioctl(fd, VIDIOC_QUERYCAP, &caps)) ||
	       odd_text("card", caps.card, sizeof(caps.card)) ||
	       odd_text("driver", caps.driver, sizeof(caps.driver)) ||
	       odd_text("bus_info", caps.bus_info, sizeof(caps.bus_info)) ||
	       fails("G_FMT", node_get_format(fd, &format));
}

/* The host need not have any; one that it has is counted. */
static bool name_fails(const char *what, int result, const void *name,
		       unsigned int *count)
{
	if (result < 0 && errno == EINVAL)
		return false;
	++*count;
	return fails(what, result) || odd_text(what, name, APP_NAME_LEN);
}

static bool names_fail(int fd)
{
	struct v4l2_queryctrl control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_fmtdesc format = { .type = CAPTURE };
	struct v4l2_input input = { 0 };
	unsigned int count = 0;

	if (name_fails("ENUM_FMT", ioctl(fd, VIDIOC_ENUM_FMT, &format),
		       format.description, &count) ||
	    name_fails("ENUMINPUT", ioctl(fd, VIDIOC_ENUMINPUT, &input),
		       input.name, &count) ||
	    name_fails("QUERYCTRL", ioctl(fd, VIDIOC_QUERYCTRL, &control),
		       control.name, &count))
		return true;
	if (count)
		return false;
	snprintf(text, TEXT_LEN, "no names");
	return true;
}

/* What is behind the memory that it has for the payload must stay as it is. */
static bool controls_fail(int fd)
{
	uint8_t payload[16 + 4096];
	struct v4l2_ext_control control = { .id = APP_PAYLOAD,
					    .size = 16,
					    .ptr = payload };
	size_t i;

	memset(payload, 0x5a, sizeof(payload));
	if (fails("G_EXT_CTRLS", node_get_array(fd, &control)))
		return true;
	for (i = 16; i < sizeof(payload); i++)
		if (payload[i] != 0x5a) {
			snprintf(text, TEXT_LEN, "G_EXT_CTRLS: too much");
			return true;
		}
	return false;
}

static bool buffers_fail(int fd)
{
	int count = node_buffers(fd, HOST_BUFFERS, V4L2_MEMORY_MMAP);
	int i;

	if (fails("REQBUFS", count))
		return true;
	for (i = 0; i < count; i++)
		if (buffer_is_odd(fd, (uint32_t)i))
			return true;
	return false;
}

static bool streaming_fails(int fd, bool twice)
{
	int first, second;
	uint32_t i;

	for (i = 0; i < HOST_BUFFERS; i++)
		if (fails("QBUF", node_queue(fd, i)))
			return true;
	if (fails("STREAMON", node_stream(fd, true)))
		return true;
	first = dequeue(fd);
	if (first < 0 || !twice)
		return first < 0;
	second = dequeue(fd);
	if (second != first)
		return second < 0;
	snprintf(text, TEXT_LEN, "DQBUF: buffer %d twice", first);
	return true;
}

/* ENODEV: guestd is not connected */
int app_open(void)
{
	long end = now_ms() + OPEN_MS;
	int fd;

	while ((fd = open(listen_node(), O_RDWR | O_CLOEXEC)) < 0 &&
	       errno == ENODEV && now_ms() < end)
		pause_ms(10);
	return fd;
}

static void run(enum app_end end)
{
	int fd = app_open();

	if (fails("open", fd) || format_fails(fd) ||
	    (end == APP_NAMES && names_fail(fd)) ||
	    (end == APP_CONTROLS && controls_fail(fd)) ||
	    (end >= APP_REQBUFS && buffers_fail(fd)) ||
	    (end >= APP_DEQUEUE && streaming_fails(fd, end == APP_TWICE)))
		return;
	snprintf(text, TEXT_LEN, "done");
}

void app_start(enum app_end end)
{
	text = shared_memory(TEXT_LEN);
	snprintf(text, TEXT_LEN, "runs");
	app = fork_child();
	if (app)
		return;
	/* Or the host's connection would not end before we do. */
	close_range(3, ~0u, 0);
	run(end);
	_exit(0);
}

/* A file that is closed by the end of its process waits for guestd: a zombie. */
bool app_runs(void)
{
	char state = process_state(app);

	return state && state != 'Z';
}

const char *app_text(void)
{
	return text;
}

const char *app_finish(struct host *host)
{
	long end = now_ms() + 10000;

	while (app_runs() && now_ms() < end)
		if (!host_serve(host, 10))
			pause_ms(10);
	waitpid(app, NULL, WNOHANG);
	return text;
}

const char *app_result(struct host *host)
{
	const char *got = app_finish(host);

	peer_close(&host->peer);
	return got;
}

const char *app_result_true(struct host *host)
{
	const struct virtio_media_event_dqbuf event = host_buffer(host, 0);

	host_send_buffer(host, &event);
	return app_result(host);
}

long app_kill(void)
{
	long start = now_ms();
	int status;

	kill(app, SIGKILL);
	return process_ends(app, KILL_MS, &status) ? now_ms() - start : -1;
}

const char *app_run(void (*lie)(struct host *host, struct answer *answer),
		    enum app_end end)
{
	struct host host;

	host_start(&host);
	host.lie = lie;
	app_start(end);
	return app_result(&host);
}

const char *app_each(void (*lie)(struct host *host, struct answer *answer),
		     unsigned int count, enum app_end end, const char *want)
{
	const char *got = "";

	for (app_lie = 0; app_lie < count; app_lie++) {
		got = app_run(lie, end);
		if (strncmp(got, want, strlen(want)) != 0)
			return attack_says("got %s, after %u times %s", got,
					   app_lie, want);
	}
	return attack_says("%s, %u times", got, count);
}

static bool streams(struct host *host)
{
	return host->streams && host->queued >= HOST_BUFFERS;
}

bool app_streaming(struct host *host, enum app_end end)
{
	app_start(end);
	if (!host_serve_until(host, streams))
		return false;
	/* Until it sleeps in DQBUF */
	host_serve(host, 50);
	return app_runs();
}
