// SPDX-License-Identifier: BSD-3-Clause
/*
 * cuse_echo NAME local|unix|vsock [DEVICE]: /dev/NAME, a reference for usermedia-bench:
 * what an ioctl costs when nobody does anything but carry it.
 *
 * The shape is that of guestd and hostd: restricted ioctls of a CUSE node come to one
 * process with one loop, which sends each over a stream socket, as one message, to
 * another one with one loop, and answers when the message has come back.  Whoever
 * answers makes the ioctl on DEVICE, as hostd does; without DEVICE, and if there is
 * more to an ioctl than its argument, what comes back is what was sent.  With `local'
 * there is no other process: bare CUSE.
 *
 * Prints /dev/NAME when the socket is connected; ends by a signal, or with its node.
 */
#define FUSE_USE_VERSION 314

#include <cuse_lowlevel.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/pair.h"
#include "tests/lab/shared/process.h"

#define ARGUMENT_MAX 1024

/* As long as a frame's head and the largest ioctl that is measured */
struct message {
	uint32_t len;     /* of @bytes that are meant */
	uint32_t wanted;  /* of them, in the answer */
	uint64_t request; /* a fuse_req_t, whose process alone looks at it */
	uint32_t cmd;
	int32_t error; /* negative errno: in the answer */
	uint64_t fill;
	uint8_t bytes[ARGUMENT_MAX];
};
#define HEAD_LEN offsetof(struct message, bytes)

/* What has come of a message; there may be others behind it */
static uint8_t inbox[16 * sizeof(struct message)];
static size_t inbox_len;

/* -1: local */
static int other = -1;

/* -1: none */
static int device = -1;

/* By one call if one is enough, as both daemons do.  Return: false at the end */
static bool receive(int fd)
{
	ssize_t len = recv(fd, inbox + inbox_len, sizeof(inbox) - inbox_len, 0);

	if (len <= 0)
		return false;
	inbox_len += (size_t)len;
	return true;
}

/* Return: whether there was a whole one */
static bool take(struct message *message)
{
	size_t len = HEAD_LEN;

	if (inbox_len < len)
		return false;
	memcpy(message, inbox, len);
	if (message->len > ARGUMENT_MAX)
		exit(1);
	len += message->len;
	if (inbox_len < len)
		return false;
	memcpy(message, inbox, len);
	inbox_len -= len;
	memmove(inbox, inbox + len, inbox_len);
	return true;
}

static void give(int fd, const struct message *message)
{
	if (!pair_give(fd, message, HEAD_LEN + message->len))
		fatal("send");
}

/* The argument of these points to something, in another process. */
static bool has_more(uint32_t cmd)
{
	return cmd == VIDIOC_G_EXT_CTRLS || cmd == VIDIOC_S_EXT_CTRLS ||
	       cmd == VIDIOC_TRY_EXT_CTRLS;
}

static void make(struct message *message)
{
	if (device < 0 || has_more(message->cmd))
		return;
	if (ioctl(device, message->cmd, message->bytes) < 0)
		message->error = -errno;
}

/* ---- the node -------------------------------------------------------------------- */

static void echo_open(fuse_req_t req, struct fuse_file_info *info)
{
	fuse_reply_open(req, info);
}

static void reply(const struct message *message)
{
	fuse_req_t req = (fuse_req_t)(uintptr_t)message->request;

	if (message->error)
		fuse_reply_err(req, -message->error);
	else
		fuse_reply_ioctl(req, 0, message->bytes, message->wanted);
}

static void echo_ioctl(fuse_req_t req, int cmd, void *arg,
		       struct fuse_file_info *info, unsigned int flags,
		       const void *in, size_t in_len, size_t out_len)
{
	struct message message = { 0 };

	(void)arg;
	(void)info;
	(void)flags;
	message.len = (uint32_t)(in_len > out_len ? in_len : out_len);
	if (message.len > ARGUMENT_MAX) {
		fuse_reply_err(req, ENOTTY);
		return;
	}
	if (in_len)
		memcpy(message.bytes, in, in_len);
	message.wanted = (uint32_t)out_len;
	message.request = (uintptr_t)req;
	message.cmd = (uint32_t)cmd;
	if (other >= 0) {
		give(other, &message);
		return;
	}
	make(&message);
	reply(&message);
}

static void echo_poll(fuse_req_t req, struct fuse_file_info *info,
		      struct fuse_pollhandle *handle)
{
	(void)info;
	if (handle)
		fuse_pollhandle_destroy(handle);
	fuse_reply_poll(req, 0);
}

static const struct cuse_lowlevel_ops echo_ops = {
	.open = echo_open,
	.ioctl = echo_ioctl,
	.poll = echo_poll,
};

static void echo_back(void)
{
	struct message message;

	if (!receive(other))
		exit(1);
	while (take(&message))
		reply(&message);
}

/* ---- processes -------------------------------------------------------------------- */

static void watch(int loop, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0)
		fatal("epoll_ctl");
}

/* Return: which one is readable, -1 if a signal came */
static int wait_for(int loop)
{
	struct epoll_event event = { .data.fd = -1 };

	if (epoll_wait(loop, &event, 1, -1) < 0 && errno != EINTR)
		fatal("epoll_wait");
	return event.data.fd;
}

static _Noreturn void answer(int fd)
{
	int loop = epoll_create1(0);
	struct message message;

	watch(loop, fd);
	for (;;) {
		if (wait_for(loop) < 0)
			continue;
		if (!receive(fd))
			_exit(0);
		while (take(&message)) {
			make(&message);
			give(fd, &message);
		}
	}
}

static void connect_other(const char *kind)
{
	int ends[2];
	int ret = strcmp(kind, "unix") ? pair_vsock(ends) : pair_unix(ends);

	errno = -ret;
	if (ret)
		fatal(kind);
	if (!fork_child()) {
		close(ends[0]);
		answer(ends[1]);
	}
	close(ends[1]);
	other = ends[0];
}

static void serve(struct fuse_session *session)
{
	struct fuse_buf buffer = { 0 };
	int loop = epoll_create1(0);
	int cuse = fuse_session_fd(session);

	watch(loop, cuse);
	if (other >= 0)
		watch(loop, other);
	while (!fuse_session_exited(session)) {
		int readable = wait_for(loop);

		if (readable < 0)
			continue;
		if (readable == other)
			echo_back();
		else if (fuse_session_receive_buf(session, &buffer) > 0)
			fuse_session_process_buf(session, &buffer);
		else
			break;
	}
	free(buffer.mem);
}

int main(int argc, char **argv)
{
	char *args[] = { argv[0], (char *)"-f", (char *)"-s", NULL };
	char devname[64];
	const char *dev_info[] = { devname };
	struct cuse_info info = {
		.dev_info_argc = 1,
		.dev_info_argv = dev_info,
	};
	struct fuse_session *session;
	int multithreaded;

	if (argc != 3 && argc != 4) {
		fputs("usage: cuse_echo NAME local|unix|vsock [DEVICE]\n",
		      stderr);
		return 2;
	}
	if (argc == 4)
		device = open(argv[3], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (argc == 4 && device < 0)
		fatal(argv[3]);
	if (strcmp(argv[2], "local") != 0)
		connect_other(argv[2]);
	snprintf(devname, sizeof(devname), "DEVNAME=%s", argv[1]);
	session = cuse_lowlevel_setup(3, args, &info, &echo_ops, &multithreaded,
				      NULL);
	if (!session)
		return 1;
	printf("/dev/%s\n", argv[1]);
	fflush(stdout);
	serve(session);
	cuse_lowlevel_teardown(session);
	return 0;
}
