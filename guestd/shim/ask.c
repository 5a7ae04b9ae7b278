// SPDX-License-Identifier: BSD-3-Clause
/*
 * A question to guestd's memory helper, and the descriptor that it answers with.
 */
#include "guestd/shim/ask.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "guestd/shim/raw.h"

#define TIMEOUT_SECONDS 5

_Static_assert(SHIM_PATH_LEN <= sizeof(((struct sockaddr_un *)0)->sun_path),
	       "a path fits");

/* The kernel's, whatever libc makes of time_t. */
struct raw_time {
	long sec;
	long part;
};

static long now(void)
{
	struct raw_time time = { 0, 0 };

	SHIM_RAW(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
	return time.sec;
}

/* A program with a profiler's timer has signals all the time. */
static bool again(long ret, long start)
{
	return ret == -EINTR && now() - start <= TIMEOUT_SECONDS;
}

static long open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct raw_time timeout = { TIMEOUT_SECONDS, 0 };
	long start = now();
	long fd;
	long ret;

	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = SHIM_RAW(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	SHIM_RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
		 sizeof(timeout));
	SHIM_RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		 sizeof(timeout));
	do
		ret = SHIM_RAW(SYS_connect, fd, &addr, sizeof(addr));
	while (again(ret, start));
	if (ret < 0) {
		SHIM_RAW(SYS_close, fd);
		return ret;
	}
	return fd;
}

static long send_ask(long fd, struct shim_ask *ask)
{
	struct iovec iov = { .iov_base = ask, .iov_len = sizeof(*ask) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	long start = now();
	long ret;

	do
		ret = SHIM_RAW(SYS_sendmsg, fd, &msg, MSG_NOSIGNAL);
	while (again(ret, start));
	return ret;
}

/* Not common/rights.h, which is the daemons' and sets the program's errno. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* Of what does not fit the kernel makes no descriptor: there is one, or none: -1. */
static int received_fd(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	int fd;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* Return: bytes; -EMFILE if there was a descriptor, but no room for it */
static long receive_answer(long fd, struct shim_answer *answer, int *passed)
{
	union control control = { .bytes = { 0 } };
	struct iovec iov = { .iov_base = answer, .iov_len = sizeof(*answer) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_LEN(sizeof(int)), /* no padding */
	};
	long start = now();
	long ret;

	do
		ret = SHIM_RAW(SYS_recvmsg, fd, &msg, MSG_CMSG_CLOEXEC);
	while (again(ret, start));
	*passed = ret < 0 ? -1 : received_fd(&msg);
	if (ret < 0 || !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return ret;
	return *passed < 0 && msg.msg_flags & MSG_CTRUNC ? -EMFILE : -EBADMSG;
}

static int no_answer(long error, const char **why, const char *otherwise)
{
	*why = error == -EMFILE ? "no descriptor is free" : otherwise;
	return error == -EMFILE ? -SHIM_NO_DESCRIPTOR : -SHIM_NO_ANSWER;
}

static bool is_sound(const struct shim_answer *answer, int passed)
{
	return answer->magic == SHIM_MAGIC && answer->error >= 0 &&
	       answer->error < SHIM_NO_ANSWER &&
	       (answer->error == 0) == (passed >= 0);
}

/* As shim_ask_helper(), on a connected socket. */
static int exchange(long fd, struct shim_ask *ask, uint64_t *len,
		    const char **why)
{
	struct shim_answer answer = { 0 };
	int passed;
	long ret = send_ask(fd, ask);

	if (ret < 0)
		return no_answer(0, why, "cannot ask guestd");
	ret = receive_answer(fd, &answer, &passed);
	if (ret == sizeof(answer) && is_sound(&answer, passed)) {
		if (len)
			*len = answer.len;
		return answer.error ? -answer.error : passed;
	}
	if (passed >= 0)
		SHIM_RAW(SYS_close, passed);
	return no_answer(ret, why,
			 ret == -EAGAIN ? "guestd does not answer"
			 : ret <= 0     ? "guestd has hung up"
					: "guestd's answer is none");
}

int shim_ask_helper(const struct shim_attach *attach, struct shim_ask *ask,
		    uint64_t *len, const char **why)
{
	long fd = open_socket(attach->path);
	int ret;

	if (fd < 0)
		return no_answer(fd, why, "cannot connect to guestd");
	ask->magic = SHIM_MAGIC;
	memcpy(ask->token, attach->token, sizeof(ask->token));
	ret = exchange(fd, ask, len, why);
	SHIM_RAW(SYS_close, fd);
	return ret;
}
