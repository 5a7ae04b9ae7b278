// SPDX-License-Identifier: BSD-3-Clause
/*
 * The opener process, and the side of it that asks.
 *
 *	guest process			opener process
 *	index ------------------------>	grant, open(2)
 *	takes the descriptor <---------	0 and a descriptor, 0 alone, or an errno
 *
 * One number is no device's: it gets the socket of hostd/reopener.h, once.
 *
 * Questions and answers are whole messages of a SOCK_SEQPACKET pair, so there is
 * nothing to take apart.  One question at a time: an open may wake a camera and
 * last seconds, and then the next one for that camera would wait in any case.
 */
#include "hostd/opener.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "common/rights.h"
#include "hostd/audit.h"

#define OPENER_REOPENER (UINT32_MAX - 1)

/* ---- what it does is in the log --------------------------------------- */

/**
 * struct opener_audit - Of one connection
 * @peer:	NULL: nothing is said
 * @count:	Opens that there were, failed ones too
 */
struct opener_audit {
	const struct transport_peer *peer;
	struct audit_rate rate;
	uint64_t count;
};

static void opener_say_left_out(struct opener_audit *log)
{
	unsigned int left_out = audit_rate_left_out(&log->rate);
	struct audit audit;

	audit_rate_reset(&log->rate);
	if (!left_out)
		return;
	audit_begin(&audit, "left-out", log->peer);
	audit_add(&audit, "of", "open");
	audit_add_number(&audit, "count", left_out);
	audit_log(&audit);
}

/* @error: of opener_answer() */
static void opener_say(struct opener_audit *log, const char *device, int error)
{
	uint64_t now = monotonic_ns();
	struct audit audit;

	if (!log->peer)
		return;
	log->count++;
	if (!audit_rate_wait(&log->rate, now))
		opener_say_left_out(log);
	if (!audit_rate_take(&log->rate, now))
		return;
	audit_begin(&audit, error == -EACCES ? "refuse" : "open", log->peer);
	audit_add(&audit, "device", device);
	audit_add_number(&audit, "number", log->count);
	if (error)
		audit_add(&audit, "error", strerrorname_np(-error));
	audit_log(&audit);
}

/*
 * A guest that opens all the time fills no log, and one that then does nothing keeps
 * nothing out of it.  Return: is there a question?
 */
static bool opener_wait(int fd, struct opener_audit *log)
{
	struct pollfd question = { .fd = fd, .events = POLLIN };
	uint64_t wait;

	if (!audit_rate_left_out(&log->rate))
		return true;
	wait = audit_rate_wait(&log->rate, monotonic_ns());
	if (wait && poll(&question, 1, (int)(wait / 1000000) + 1) != 0)
		return true;
	opener_say_left_out(log);
	return false;
}

/* ---- the process ----------------------------------------------------- */

/**
 * struct opener_process - What it answers from
 * @reopening:	Somebody has the socket of a reopener
 */
struct opener_process {
	const struct device_list *devices;
	const struct grant *grant;
	struct opener_audit log;
	bool reopening;
};

/* Only who may share has use for it. */
static int opener_start_reopener(struct opener_process *process, int *fd)
{
	int ret;

	if (process->reopening)
		return -EBUSY;
	if (!process->grant->share)
		return -EACCES;

	ret = reopener_start(fd);
	process->reopening = ret == 0;
	return ret;
}

/* Return: 0 or a negative errno; *fd is -1 if there is nothing to open */
static int opener_answer(struct opener_process *process, uint32_t index,
			 int *fd)
{
	const struct device *device;
	int ret;

	if (index == OPENER_REOPENER)
		return opener_start_reopener(process, fd);
	if (index >= process->devices->count)
		return -ENODEV;
	if (!grant_device(process->grant, index))
		return -EACCES;

	device = &process->devices->devices[index];
	if (!device->ops->open_node) {
		*fd = -1;
		return 0;
	}

	ret = device->ops->open_node(device->target);
	if (ret < 0)
		return ret;
	*fd = ret;
	return 0;
}

static void opener_say_of(struct opener_process *process, uint32_t index,
			  int error)
{
	const struct device_list *devices = process->devices;

	if (index == OPENER_REOPENER)
		return;
	opener_say(&process->log,
		   index < devices->count ? devices->devices[index].name : "",
		   error);
}

/* Return: 0, or exit status + 1 of the process */
static int opener_serve(int fd, struct opener_process *process)
{
	uint32_t index;
	int32_t error;
	ssize_t len;
	int node, ret;

	/* MSG_TRUNC: the real length, so that more is no index. */
	len = recv(fd, &index, sizeof(index), MSG_TRUNC);
	if (len < 0 && errno == EINTR)
		return 0;
	if (len <= 0)
		return 1 + (len < 0);
	if (len != sizeof(index)) {
		log_err("opener: a question of %zd bytes", len);
		return 1 + 1;
	}

	node = -1;
	error = opener_answer(process, index, &node);
	opener_say_of(process, index, error);
	ret = (int)rights_send(fd, &error, sizeof(error), node, 0);
	if (node >= 0)
		close(node);
	if (ret == -ETOOMANYREFS) /* of our user: not for long */
		ret = (int)rights_send(fd, &ret, sizeof(ret), -1, 0);
	/* Who asked may be gone by now. */
	return ret < 0 ? 1 + (ret != -EPIPE) : 0;
}

int opener_run(int fd, const struct device_list *devices,
	       const struct grant *grant, const struct transport_peer *peer)
{
	struct opener_process process = {
		.devices = devices,
		.grant = grant,
		.log.peer = peer,
	};
	int ret = 0;

	while (ret == 0)
		if (opener_wait(fd, &process.log))
			ret = opener_serve(fd, &process);
	opener_say_left_out(&process.log);
	return ret - 1;
}

/* ---- who asks -------------------------------------------------------- */

/**
 * struct opener - The asker's side
 * @lock:	Held from a question to its answer
 * @reopener:	NULL: was not asked for
 */
struct opener {
	int fd;
	pthread_mutex_t lock;
	struct reopener *reopener;
};

static int opener_ask(const struct opener *opener, uint32_t index)
{
	ssize_t len;

	do
		len = send(opener->fd, &index, sizeof(index), MSG_NOSIGNAL);
	while (len < 0 && errno == EINTR);
	return len == sizeof(index) ? 0 : -EIO;
}

/* A signal (of client_cancel()) does not end the wait: the answer will come. */
static int opener_receive(const struct opener *opener, int *fd)
{
	int32_t error;
	ssize_t len;
	int node;

	len = rights_receive(opener->fd, &error, sizeof(error), &node, 0);
	if (len < 0)
		return -EIO;
	if (node == -EMFILE) /* as open(2) would say */
		return -EMFILE;
	if (len == sizeof(error) && error == 0) {
		*fd = node;
		return 0;
	}

	if (node >= 0)
		close(node);
	return len == sizeof(error) ? error : -EIO;
}

int opener_open(struct opener *opener, unsigned int device, int *fd)
{
	int ret;

	pthread_mutex_lock(&opener->lock);
	ret = opener_ask(opener, device);
	if (ret == 0)
		ret = opener_receive(opener, fd);
	pthread_mutex_unlock(&opener->lock);
	return ret;
}

struct reopener *opener_reopener(struct opener *opener)
{
	int fd = -1;

	if (opener->reopener || opener_open(opener, OPENER_REOPENER, &fd) < 0)
		return opener->reopener;
	if (fd >= 0 && reopener_create(fd, &opener->reopener) < 0)
		close(fd);
	return opener->reopener;
}

int opener_create(int fd, struct opener **out)
{
	struct opener *opener;

	opener = calloc(1, sizeof(*opener));
	if (!opener)
		return -ENOMEM;

	opener->fd = fd;
	pthread_mutex_init(&opener->lock, NULL);
	*out = opener;
	return 0;
}

void opener_destroy(struct opener *opener)
{
	if (!opener)
		return;

	reopener_destroy(opener->reopener);
	close(opener->fd);
	pthread_mutex_destroy(&opener->lock);
	free(opener);
}
