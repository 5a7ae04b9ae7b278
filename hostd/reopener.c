// SPDX-License-Identifier: BSD-3-Clause
/*
 * Questions about memory.
 *
 *	guest process			thread of the opener process
 *	{question, descriptor} ------>
 *	{} -------------------------->	/proc/self/fd, /proc/self/fdinfo
 *	takes the descriptor <-------	an answer, and a descriptor or none
 *
 * Until sendmsg(2) has returned, the kernel has a reference of its own to what is
 * sent, which would be counted.  So what is asked is only looked at when there is
 * the second message.
 */
#include "hostd/reopener.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fdinfo.h"
#include "common/rights.h"

#define REOPENER_STACK    (64u << 10)
#define REOPENER_PATH_LEN 40

/* Of a dma-buf's file: the asker's descriptor, and the one that we were sent. */
#define REOPENER_OWN_COUNT 2

enum reopener_question {
	REOPENER_ANEW,
	REOPENER_HELD,
};

/* ---- the thread ------------------------------------------------------ */

/*
 * Whoever asks may have taken its process over.  It gets no right to a file that
 * it did not have: only a memfd is sealed so, and this one it can write already.
 */
static int reopener_open(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	int flags = fcntl(fd, F_GETFL);
	char path[REOPENER_PATH_LEN];
	int opened;

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || flags < 0 ||
	    (flags & O_ACCMODE) != O_RDWR)
		return -EINVAL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	opened = open(path, O_RDWR | O_CLOEXEC);
	if (opened < 0)
		return -errno;
	return opened;
}

static int reopener_count(int fd)
{
	long count;
	int ret;

	ret = fdinfo_find(fd, "count", &count);
	return ret < 0 ? ret : count != REOPENER_OWN_COUNT;
}

/* Return: 0 or a negative errno; *opened is -1 if there is no descriptor to give */
static int32_t reopener_look(int32_t question, int fd, int *opened)
{
	int ret;

	if (fd < 0)
		return -EMFILE;
	if (question == REOPENER_HELD)
		return reopener_count(fd);
	if (question != REOPENER_ANEW)
		return -EINVAL;

	ret = reopener_open(fd);
	if (ret < 0)
		return ret;
	*opened = ret;
	return 0;
}

/* Return: is there the second message? */
static bool reopener_wait(int socket)
{
	ssize_t len;
	char sent;

	do
		len = recv(socket, &sent, sizeof(sent), 0);
	while (len < 0 && errno == EINTR);
	return len == sizeof(sent);
}

/* Return: false if the asker is gone */
static bool reopener_answer(int socket)
{
	int fd = -1, opened = -1;
	int32_t question, answer;
	ssize_t len;
	bool asked;

	len = rights_receive(socket, &question, sizeof(question), &fd, 0);
	asked = len == sizeof(question) && reopener_wait(socket);
	if (asked)
		answer = reopener_look(question, fd, &opened);
	if (fd >= 0)
		close(fd);
	if (!asked)
		return false;

	len = rights_send(socket, &answer, sizeof(answer), opened, 0);
	if (opened >= 0)
		close(opened);
	if (len == -ETOOMANYREFS) { /* of our user: not for long */
		answer = (int32_t)len;
		len = rights_send(socket, &answer, sizeof(answer), -1, 0);
	}
	return len == sizeof(answer);
}

static void *reopener_thread(void *data)
{
	int socket = (int)(intptr_t)data;

	while (reopener_answer(socket))
		;
	close(socket);
	return NULL;
}

int reopener_start(int *fd)
{
	pthread_attr_t attr;
	pthread_t thread;
	int pair[2];
	int ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;

	ret = pthread_attr_init(&attr);
	if (ret)
		goto err_close;
	pthread_attr_setstacksize(&attr, REOPENER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&thread, &attr, reopener_thread,
			     (void *)(intptr_t)pair[1]);
	pthread_attr_destroy(&attr);
	if (ret)
		goto err_close;

	*fd = pair[0];
	return 0;

err_close:
	close(pair[0]);
	close(pair[1]);
	return -ret;
}

/* ---- who asks -------------------------------------------------------- */

/**
 * struct reopener - The asker's side
 * @lock:	Held from a question to its answer
 */
struct reopener {
	int fd;
	pthread_mutex_t lock;
};

static int reopener_send(const struct reopener *reopener, int32_t question,
			 int fd)
{
	ssize_t len;

	len = rights_send(reopener->fd, &question, sizeof(question), fd, 0);
	if (len < 0)
		return len == -ETOOMANYREFS ? -ETOOMANYREFS : -EIO;
	do
		len = send(reopener->fd, "", 1, MSG_NOSIGNAL);
	while (len < 0 && errno == EINTR);
	return len == 1 ? 0 : -EIO;
}

/* Return: the answer; *opened is -1 if no descriptor came with it */
static int reopener_receive(const struct reopener *reopener, int *opened)
{
	int32_t answer;
	ssize_t len;

	len = rights_receive(reopener->fd, &answer, sizeof(answer), opened, 0);
	if (len < 0)
		*opened = -1;
	if (len != sizeof(answer))
		return -EIO;
	return *opened == -EMFILE ? -EMFILE : answer;
}

static int reopener_ask(struct reopener *reopener, int32_t question, int fd,
			int *opened)
{
	int ret;

	*opened = -1;
	if (!reopener)
		return -ENOSYS;

	pthread_mutex_lock(&reopener->lock);
	ret = reopener_send(reopener, question, fd);
	if (ret == 0)
		ret = reopener_receive(reopener, opened);
	pthread_mutex_unlock(&reopener->lock);
	return ret;
}

int reopener_anew(struct reopener *reopener, int fd)
{
	int opened;
	int ret;

	ret = reopener_ask(reopener, REOPENER_ANEW, fd, &opened);
	if (ret == 0 && opened >= 0)
		return opened;
	if (opened >= 0)
		close(opened);
	return ret < 0 ? ret : -EIO;
}

int reopener_held(struct reopener *reopener, int fd)
{
	int opened;
	int ret;

	ret = reopener_ask(reopener, REOPENER_HELD, fd, &opened);
	if (opened >= 0)
		close(opened);
	return ret;
}

int reopener_create(int fd, struct reopener **out)
{
	struct reopener *reopener;

	reopener = calloc(1, sizeof(*reopener));
	if (!reopener)
		return -ENOMEM;

	reopener->fd = fd;
	pthread_mutex_init(&reopener->lock, NULL);
	*out = reopener;
	return 0;
}

void reopener_destroy(struct reopener *reopener)
{
	if (!reopener)
		return;

	close(reopener->fd);
	pthread_mutex_destroy(&reopener->lock);
	free(reopener);
}
