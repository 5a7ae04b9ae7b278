// SPDX-License-Identifier: BSD-3-Clause
/*
 * until CALL NODE: call until that fails; what does the file say then?
 *
 *	dqbuf	stream
 *	poll	stream, and wait in poll()
 *	read	read frames
 *	dqevent	wait for an event
 *
 * Prints `running' when it is under way, and in the end one line per fact, the
 * first being how the call failed (poll() says that by what it returns).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define CONTROL V4L2_CID_BRIGHTNESS

static int frame_dqbuf(int fd)
{
	int index = node_dequeue(fd);

	return index < 0 ? -1 : node_queue(fd, (unsigned int)index);
}

static int frame_poll(int fd)
{
	int revents = node_poll(fd, POLLIN, -1);

	if (revents < 0 || (revents & POLLERR)) {
		errno = 0; /* poll() says it in its own way */
		return -1;
	}
	frame_dqbuf(fd); /* if it fails, poll() will say so */
	return 0;
}

static int frame_read(int fd)
{
	return node_read(fd) < 0 ? -1 : 0;
}

static void prepare_events(int fd)
{
	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
}

static void prepare_nothing(int fd)
{
	(void)fd;
}

/**
 * struct until - What is done again and again
 * @begun:	It is under way after so many times
 */
struct until {
	const char *name;
	void (*prepare)(int fd);
	int (*run)(int fd);
	int begun;
};

static const struct until untils[] = {
	{ "dqbuf", node_start_queued, frame_dqbuf, 3 },
	{ "poll", node_start_queued, frame_poll, 3 },
	{ "read", prepare_nothing, frame_read, 3 },
	{ "dqevent", prepare_events, node_dequeue_event, 0 },
};

static void tell(const struct until *until, const char *path)
{
	int fd = node_open(path, 0);
	struct v4l2_format format;
	int times = 0;

	until->prepare(fd);
	setvbuf(stdout, NULL, _IOLBF, 0);
	do
		if (times++ == until->begun)
			printf("running\n");
	while (until->run(fd) >= 0);

	if (errno)
		printf("%s: %s\n", until->name, error_name(errno));
	printf("then poll: %s\n", events_name(node_poll(fd, POLLIN, 0)));
	printf("then ioctl: %s\n", result_name(node_get_format(fd, &format)));
	printf("then read: %s\n", result_name(node_read(fd)));
	printf("then close: %s\n", result_name(close(fd)));
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(untils) / sizeof(untils[0]) && argc == 3; i++) {
		if (strcmp(argv[1], untils[i].name) != 0)
			continue;
		tell(&untils[i], argv[2]);
		return 0;
	}
	fprintf(stderr, "usage: until dqbuf|poll|read|dqevent NODE\n");
	return 2;
}
