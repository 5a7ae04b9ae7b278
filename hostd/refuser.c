// SPDX-License-Identifier: BSD-3-Clause
/*
 * The refuser and its keeper in the listener.
 *
 *	listener			refuser
 *	{GOAWAY, connection} --------->	takes the connection
 *	closes its own copy
 *	{} --------------------------->	sends the GOAWAY, closes the last copy
 *
 * The second message is why the listener is never the last to close, however
 * fast the refuser is.  If the queue between them is full, the refuser hangs:
 * nothing else takes it any time, or that guests come faster than it gets its turn.
 * A hanging refuser ends when the guest lets it, killed or not, so the number of
 * those that may be around is limited; at the limit no unix connection is accepted,
 * since it might have to be refused, until one of them has ended.
 */
#include "hostd/refuser.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log_rate.h"
#include "common/rights.h"
#include "common/wire.h"
#include "hostd/child.h"
#include "hostd/confine.h"

#define REFUSER_RETRY_NS (1000 * LOOP_MS)
#define REFUSER_NAME     "hostd-refuser"
#define REFUSER_FRAME_LEN                                                      \
	(sizeof(struct vms_header) + sizeof(struct vms_goaway))

/**
 * struct refuser - The keeper
 * @pid:	The process that takes connections, 0: none
 * @fd:		Our end of its socket, if @pid
 * @dying:	Killed, not yet reaped
 * @dying_count: Their number
 * @held:	A connection that no process could be found for, -1: none
 * @held_goaway: What it is to be told
 * @retry:	When to look for one again
 * @logged:	How often it was said that there is none
 */
struct refuser {
	struct loop *loop;
	void (*ready)(void *data);
	void *data;
	pid_t pid;
	int fd;
	pid_t dying[REFUSER_DYING_MAX];
	unsigned int dying_count;
	int held;
	struct vms_goaway held_goaway;
	struct loop_timer *retry;
	struct log_rate logged;
};

static void refuser_frame(const struct vms_goaway *goaway, uint8_t *frame)
{
	const struct vms_header header = {
		.type = VMS_GOAWAY,
		.len = sizeof(*goaway),
		.slen = sizeof(*goaway),
	};
	struct wire_writer writer;

	wire_writer_init(&writer, frame, REFUSER_FRAME_LEN);
	wire_put_header(&writer, &header);
	wire_put_goaway(&writer, goaway);
}

void refuser_goaway(int fd, const struct vms_goaway *goaway)
{
	uint8_t frame[REFUSER_FRAME_LEN];

	refuser_frame(goaway, frame);
	send(fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- the process ----------------------------------------------------- */

/* The process, until the listener is gone: does not return. */
static void refuser_run(int fd)
{
	uint8_t frame[REFUSER_FRAME_LEN];
	int connection = -1;
	char closed;
	int ret;

	ret = confine_enter(SANDBOX_REFUSER, &fd, 1);
	if (ret < 0)
		child_fail(REFUSER_NAME, ret);

	while (rights_receive(fd, frame, sizeof(frame), &connection, 0) > 0 &&
	       connection >= 0) {
		recv(fd, &closed, sizeof(closed), 0);
		send(connection, frame, sizeof(frame),
		     MSG_DONTWAIT | MSG_NOSIGNAL);
		close(connection);
	}
	_exit(0);
}

/* ---- its keeper ------------------------------------------------------ */

static int refuser_start(struct refuser *refuser)
{
	struct child_gate gate;
	int fds[2];
	int ret;
	pid_t pid;

	if (refuser->dying_count == REFUSER_DYING_MAX)
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;

	ret = child_gate_init(&gate);
	if (ret < 0)
		goto err_close;

	pid = child_fork(&gate, REFUSER_NAME);
	if (pid == 0)
		refuser_run(fds[1]);
	child_gate_open(&gate);
	if (pid < 0) {
		ret = pid;
		goto err_close;
	}

	close(fds[1]);
	refuser->fd = fds[0];
	refuser->pid = pid;
	return 0;

err_close:
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static void refuser_kill(struct refuser *refuser)
{
	if (!refuser->pid)
		return;

	kill(refuser->pid, SIGKILL);
	refuser->dying[refuser->dying_count++] = refuser->pid;
	refuser->pid = 0;
	close(refuser->fd);
}

static int refuser_pass(const struct refuser *refuser)
{
	uint8_t frame[REFUSER_FRAME_LEN];

	refuser_frame(&refuser->held_goaway, frame);
	return (int)rights_send(refuser->fd, frame, sizeof(frame),
				refuser->held, MSG_DONTWAIT);
}

/* Pass on what is held, to the process there is or to a new one. */
static int refuser_try(struct refuser *refuser)
{
	int ret;

	ret = refuser->pid ? 0 : refuser_start(refuser);
	if (ret < 0)
		return ret;

	ret = refuser_pass(refuser);
	if (ret < 0) {
		refuser_kill(refuser);
		return ret;
	}

	close(refuser->held);
	refuser->held = -1;
	if (send(refuser->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		refuser_kill(refuser);
	return 0;
}

static void refuser_retry(void *data)
{
	struct refuser *refuser = data;

	if (refuser->held < 0)
		return;
	if (refuser_try(refuser) < 0)
		loop_timer_set(refuser->retry, REFUSER_RETRY_NS);
	else
		refuser->ready(refuser->data);
}

void refuser_refuse(struct refuser *refuser, int fd,
		    const struct vms_goaway *goaway)
{
	int ret;

	refuser->held = fd;
	refuser->held_goaway = *goaway;

	/* A full queue says that this one hangs: once more, with a new one. */
	ret = refuser_try(refuser);
	if (ret < 0)
		ret = refuser_try(refuser);
	if (ret == 0)
		return;

	log_line(log_rate_level(&refuser->logged, loop_now(refuser->loop),
				LOG_LEVEL_ERR),
		 "cannot refuse unix connections, accepting no more: %s",
		 strerror(-ret));
	loop_timer_set(refuser->retry, REFUSER_RETRY_NS);
}

bool refuser_ready(const struct refuser *refuser)
{
	return refuser->held < 0;
}

/* Return: was it one of those that were killed? */
static bool refuser_bury(struct refuser *refuser, pid_t pid)
{
	unsigned int i;

	for (i = 0; i < refuser->dying_count; i++) {
		if (refuser->dying[i] != pid)
			continue;
		refuser->dying[i] = refuser->dying[--refuser->dying_count];
		return true;
	}
	return false;
}

bool refuser_reaped(struct refuser *refuser, pid_t pid)
{
	if (pid == refuser->pid) {
		refuser->pid = 0;
		close(refuser->fd);
	} else if (!refuser_bury(refuser, pid)) {
		return false;
	}

	/* There is room for another one, and others wait for that. */
	if (refuser->held >= 0)
		loop_timer_set(refuser->retry, 0);
	return true;
}

int refuser_create(struct loop *loop, void (*ready)(void *data), void *data,
		   struct refuser **out)
{
	struct refuser *refuser;
	int ret;

	refuser = calloc(1, sizeof(*refuser));
	if (!refuser)
		return -ENOMEM;
	refuser->loop = loop;
	refuser->ready = ready;
	refuser->data = data;
	refuser->held = -1;

	ret = loop_timer(loop, refuser_retry, refuser, &refuser->retry);
	if (ret < 0) {
		free(refuser);
		return ret;
	}
	*out = refuser;
	return 0;
}

void refuser_end(struct refuser *refuser)
{
	refuser_kill(refuser);
	loop_timer_stop(refuser->retry);
}

void refuser_destroy(struct refuser *refuser)
{
	if (!refuser)
		return;

	refuser_end(refuser);
	loop_timer_destroy(refuser->retry);
	free(refuser);
}
