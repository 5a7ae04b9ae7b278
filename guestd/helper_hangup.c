// SPDX-License-Identifier: BSD-3-Clause
/*
 * Hanging up on a client that may have sent descriptors.
 *
 * A process that ends lingers for no socket (inet_release()), and one that does not
 * end harms nobody else.
 */
#include "guestd/helper_hangup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"

#define HANGUP_NAME     "guestd-hangup"
#define HANGUP_RETRY_MS 100
#define HANGUP_WATCH_MS 1000

/* ---- messages ------------------------------------------------------------- */

/*
 * Each message says who has sent it: this tells an empty one from the end.  For
 * descriptors there is no room behind that.
 */
union hangup_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

int hangup_listen(int listener)
{
	static const int on = 1;

	if (setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

/* As hangup_look(); without MSG_PEEK in @flags it is taken. */
static ssize_t receive(int fd, void *bytes, size_t len, int flags)
{
	union hangup_control control;
	struct iovec iov = { bytes, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t got;

	do
		got = recvmsg(fd, &msg,
			      flags | MSG_DONTWAIT | MSG_TRUNC |
				      MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (msg.msg_flags & MSG_CTRUNC)
		return -EPROTO;
	return CMSG_FIRSTHDR(&msg) ? got : -EPIPE;
}

ssize_t hangup_look(int fd, void *bytes, size_t len)
{
	return receive(fd, bytes, len, MSG_PEEK);
}

/* ---- processes ------------------------------------------------------------- */

/* Nothing stays open but what its end shall close, and that nowhere else. */
static _Noreturn void process_main(const struct hangup *hangup, int alone)
{
	unsigned int first = STDIN_FILENO + 1, i;
	char none;

	prctl(PR_SET_NAME, HANGUP_NAME);
	dup2(alone, STDIN_FILENO);
	for (i = 0; i < hangup->count; i++) {
		unsigned int fd = (unsigned int)hangup->waiting[i];

		if (fd > first)
			close_range(first, fd - 1, 0);
		first = fd + 1;
	}
	close_range(first, ~0u, 0);
	while (read(STDIN_FILENO, &none, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void process_make(struct hangup *hangup)
{
	unsigned int i;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	qsort(hangup->waiting, hangup->count, sizeof(int), compare);
	pid = fork();
	if (pid == 0)
		process_main(hangup, ends[0]);
	if (pid > 0) {
		hangup->processes[hangup->process_count++] = pid;
		for (i = 0; i < hangup->count; i++)
			close(hangup->waiting[i]);
		hangup->count = 0;
	}
	close(ends[0]);
	close(ends[1]);
}

static void processes_ended(struct hangup *hangup)
{
	unsigned int i, kept = 0;

	for (i = 0; i < hangup->process_count; i++)
		if (!waitpid(hangup->processes[i], NULL, WNOHANG))
			hangup->processes[kept++] = hangup->processes[i];
	hangup->process_count = kept;
}

int hangup_work(struct hangup *hangup)
{
	processes_ended(hangup);
	if (hangup->count >> hangup->process_count &&
	    hangup->process_count < HANGUP_PROCESSES_MAX)
		process_make(hangup);
	if (hangup->count)
		return HANGUP_RETRY_MS;
	return hangup->process_count ? HANGUP_WATCH_MS : -1;
}

/* ---- the end of a client --------------------------------------------------- */

/* Return: whether close(2) closes nothing but the socket */
static bool make_empty(int fd)
{
	ssize_t len;

	/* Who sends after that is told that he cannot; an answer stays. */
	if (shutdown(fd, SHUT_RDWR) < 0)
		return false;
	while ((len = hangup_look(fd, NULL, 0)) >= 0)
		receive(fd, NULL, 0, 0);
	return len == -EPIPE;
}

static bool make_room(struct hangup *hangup)
{
	unsigned int room = hangup->room ? 2 * hangup->room : 16;
	int *waiting;

	if (hangup->count < hangup->room)
		return true;
	waiting = realloc(hangup->waiting, room * sizeof(waiting[0]));
	if (!waiting)
		return false;
	hangup->waiting = waiting;
	hangup->room = room;
	return true;
}

bool hangup_file(struct hangup *hangup, int fd)
{
	if (hangup->count >= HANGUP_FILES_MAX || !make_room(hangup))
		return false;
	hangup->waiting[hangup->count++] = fd;
	return true;
}

bool hangup(struct hangup *hangup, int fd)
{
	if (make_empty(fd)) {
		close(fd);
		return true;
	}
	if (!make_room(hangup))
		return false;
	log_debug("helper: a shim has sent a descriptor");
	hangup->waiting[hangup->count++] = fd;
	return true;
}
