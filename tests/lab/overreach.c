// SPDX-License-Identifier: BSD-3-Clause
/*
 * overreach GUESTD NODE OTHER: what the memory helper of the process GUESTD refuses to
 * copy, whoever asks.
 *
 * It asks as guestd would that a host has taken over: root may have a duplicate of its
 * socket.  guestd is stopped meanwhile, so a call on NODE, which is its node, does not
 * come back, and the answers are ours.  OTHER is a node of a driver's, where a call
 * waits for a frame that does not come.
 *
 * One line per fact, `WHOSE: RESULT'.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "guestd/helper_wire.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/process.h"

#define FILES   64 /* of guestd, looked through for its socket */
#define WAIT_MS 20000
#define BUSY_MS 1000 /* in which a busy thread is not waited for in vain */

/* None of guestd's own has such an id, or cookie. */
#define ID_FIRST   (1u << 30)
#define FILE_FIRST (1ull << 40)

#define SECRET "not for the host"

/* In every process at the same place: what is asked for. */
static char *secret;

static pid_t guestd;
static int helper = -1;

/* ---- guestd's end of the socket --------------------------------------------------- */

/* Of the pair of sockets it says itself who has made it. */
static int is_pair(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int type = 0;
	socklen_t type_len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 &&
	       type == SOCK_STREAM && peer.pid == guestd;
}

static void take_socket(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, guestd, 0);
	int number, fd;

	if (pidfd < 0)
		fatal("pidfd_open");
	for (number = 3; number < FILES && helper < 0; number++) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
		if (fd >= 0 && is_pair(fd))
			helper = fd;
		else if (fd >= 0)
			close(fd);
	}
	close(pidfd);
	if (helper < 0) {
		fprintf(stderr, "guestd has no socket to its helper\n");
		exit(1);
	}
}

/* ---- who is asked about ----------------------------------------------------------- */

enum where {
	IN_OUR_IOCTL,
	IN_THEIR_IOCTL, /* of another node */
	IN_READ,        /* of our node */
	ASLEEP,
	BUSY,
};

static void wait_for_a_frame(int fd)
{
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
				      .memory = V4L2_MEMORY_MMAP };
	struct v4l2_requestbuffers request = {
		.count = 2,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	/* For ever: none is queued. */
	if (ioctl(fd, VIDIOC_REQBUFS, &request) < 0 ||
	    ioctl(fd, VIDIOC_STREAMON, &buffer.type) < 0 ||
	    ioctl(fd, VIDIOC_DQBUF, &buffer) < 0)
		fatal("another node");
}

/* It has the file open before guestd is stopped, and goes on when that is so. */
static _Noreturn void be(enum where where, const char *path)
{
	int fd = open(path, O_RDWR);
	char byte;

	if (fd < 0)
		fatal(path);
	raise(SIGSTOP);
	switch (where) {
	case IN_OUR_IOCTL:
		ioctl(fd, VIDIOC_G_INPUT, secret + 4096);
		break;
	case IN_THEIR_IOCTL:
		wait_for_a_frame(fd);
		break;
	case IN_READ:
		if (read(fd, &byte, 1) < 0)
			fatal("read");
		break;
	case ASLEEP:
		for (;;)
			pause_ms(1000000);
	case BUSY:
		for (;;)
			;
	}
	_exit(0);
}

static pid_t make(enum where where, const char *path)
{
	pid_t pid = fork_child();
	int status;

	if (pid == 0)
		be(where, path);
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		fatal("waitpid");
	return pid;
}

static void go(pid_t pid, long call)
{
	int looks;

	kill(pid, SIGCONT);
	for (looks = 0; call >= 0 && !process_sleeps(pid, call); looks++) {
		if (looks == WAIT_MS / 10) {
			fprintf(stderr, "nobody gets into call %ld\n", call);
			exit(1);
		}
		pause_ms(10);
	}
}

/* ---- asking ----------------------------------------------------------------------- */

static void say(const void *bytes, size_t len)
{
	if (send(helper, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		fatal("helper: send");
}

/* Return: as read(2), within a time that a busy thread does not end */
static ssize_t hear(void *bytes, size_t len, int ms)
{
	struct pollfd wait = { .fd = helper, .events = POLLIN };
	size_t got = 0;

	while (got < len && poll(&wait, 1, ms) == 1) {
		ssize_t more = recv(helper, (char *)bytes + got, len - got, 0);

		if (more <= 0)
			return more;
		got += (size_t)more;
	}
	return (ssize_t)got;
}

/* READ of the secret of that thread */
static void ask(const char *whose, pid_t tid, unsigned int cmd)
{
	static unsigned int asked;
	const struct helper_request request = {
		.type = HELPER_READ,
		.id = ID_FIRST + asked,
		.tid = tid,
		.cmd = cmd,
		.count = 1,
		.file = FILE_FIRST + asked,
		.len = sizeof(SECRET),
	};
	const struct helper_request end = { .type = HELPER_WITHDRAW,
					    .id = request.id };
	const struct helper_request closed = { .type = HELPER_FILE_CLOSED,
					       .file = request.file };
	const struct helper_extent extent = {
		.addr = (uint64_t)(uintptr_t)secret,
		.len = sizeof(SECRET),
	};
	struct helper_result result;
	char bytes[sizeof(SECRET)] = "";

	say(&request, sizeof(request));
	say(&extent, sizeof(extent));
	if (hear(&result, sizeof(result), BUSY_MS) != sizeof(result)) {
		printf("%s: no answer\n", whose);
		say(&end, sizeof(end));
	} else if (result.result) {
		printf("%s: %s\n", whose, error_name(-result.result));
	} else {
		hear(bytes, sizeof(bytes), WAIT_MS);
		printf("%s: copied%s\n", whose,
		       memcmp(bytes, SECRET, sizeof(bytes)) ? ", others" : "");
	}
	say(&closed, sizeof(closed));
	asked++;
}

static void look(const char *node, const char *other)
{
	pid_t ours = make(IN_OUR_IOCTL, node);
	pid_t theirs = make(IN_THEIR_IOCTL, other);
	pid_t reads = make(IN_READ, node);
	pid_t asleep = make(ASLEEP, node);
	pid_t busy = make(BUSY, node);
	pid_t gone = make(ASLEEP, node);

	/* Its last close waits for guestd. */
	kill(gone, SIGKILL);
	waitpid(gone, NULL, 0);
	kill(guestd, SIGSTOP);
	while (process_state(guestd) != 'T')
		pause_ms(1);
	go(ours, SYS_ioctl);
	go(theirs, SYS_ioctl);
	go(reads, SYS_read);
	go(asleep, SYS_clock_nanosleep);
	go(busy, -1);

	ask("a thread in that ioctl on the node", ours, VIDIOC_G_INPUT);
	ask("in another ioctl on the node", ours, VIDIOC_G_OUTPUT);
	ask("in that ioctl on another node", theirs, VIDIOC_DQBUF);
	ask("in read() of the node", reads, VIDIOC_G_INPUT);
	ask("asleep, with the node open", asleep, VIDIOC_G_INPUT);
	ask("in no call, with the node open", busy, VIDIOC_G_INPUT);
	ask("the first process", 1, VIDIOC_G_INPUT);
	ask("guestd itself", guestd, VIDIOC_G_INPUT);
	ask("who asks", getpid(), VIDIOC_G_INPUT);
	ask("who has ended", gone, VIDIOC_G_INPUT);
	ask("the first again", ours, VIDIOC_G_INPUT);

	kill(reads, SIGKILL);
	kill(guestd, SIGCONT);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: overreach GUESTD NODE OTHER\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	guestd = (pid_t)strtol(argv[1], NULL, 10);
	secret = shared_memory(2 * 4096UL);
	memcpy(secret, SECRET, sizeof(SECRET));
	take_socket();
	look(argv[2], argv[3]);
	return 0;
}
