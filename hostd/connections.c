// SPDX-License-Identifier: BSD-3-Clause
/*
 * The connections there are.
 *
 * A connection counts until both its processes are reaped.  One of them may
 * sleep in a device driver long after the guest has gone; a guest that makes
 * more of them so runs into its own limit.
 */
#include "hostd/connections.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/child.h"
#include "hostd/guest_run.h"
#include "hostd/opener.h"
#include "hostd/sandbox.h"

/**
 * struct connection - Two processes
 * @guest:	Its pid, 0: reaped, or never started
 * @opener:	Also
 * @ending:	They were told to end
 */
struct connection {
	LIST_ENTRY(connection) all;
	struct transport_peer peer;
	pid_t guest;
	pid_t opener;
	bool ending;
};

/* ---- starting -------------------------------------------------------- */

#define CONNECTION_OPENER "hostd-opener"
#define CONNECTION_GUEST  "hostd-guest"

/* Both children _exit(2), as child_fail() does, and for its reason. */
static void connection_be_opener(const struct connections *connections,
				 const struct transport_peer *peer, int fd)
{
	int ret;

	ret = sandbox_child(&fd, 1);
	if (ret < 0)
		child_fail(CONNECTION_OPENER, ret);
	_exit(opener_run(fd, connections->devices, connections->policy, peer));
}

static void connection_be_guest(const struct connections *connections,
				const struct transport_peer *peer, int fd,
				int opener_fd)
{
	const int keep[] = { fd, opener_fd };
	int ret;

	device_list_load(connections->devices);
	ret = sandbox_child(keep, 2);
	if (ret < 0)
		child_fail(CONNECTION_GUEST, ret);
	_exit(guest_run(fd, peer, connections->devices, opener_fd,
			connections->notices,
			policy_shares(connections->policy, peer)));
}

static void connection_kill(struct connection *connection)
{
	connection->ending = true;
	if (connection->guest)
		kill(connection->guest, SIGKILL);
	if (connection->opener)
		kill(connection->opener, SIGKILL);
}

/*
 * The guest process comes last, so that a connection which cannot be served has
 * been given to nobody.
 */
static int connection_fork(const struct connections *connections,
			   struct connection *connection, int fd,
			   const int pair[2])
{
	const struct transport_peer *peer = &connection->peer;
	struct child_gate gate;
	int ret;

	ret = child_gate_init(&gate);
	if (ret < 0)
		return ret;

	ret = child_fork(&gate, CONNECTION_OPENER);
	if (ret == 0)
		connection_be_opener(connections, peer, pair[1]);
	if (ret < 0)
		goto out;
	connection->opener = ret;

	ret = child_fork(&gate, CONNECTION_GUEST);
	if (ret == 0)
		connection_be_guest(connections, peer, fd, pair[0]);
	if (ret < 0) {
		connection_kill(connection);
		goto out;
	}
	connection->guest = ret;
	close(fd);
	ret = 0;
out:
	child_gate_open(&gate);
	return ret;
}

int connections_start(struct connections *connections, int fd,
		      const struct transport_peer *peer)
{
	struct connection *connection;
	int pair[2];
	int ret;

	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return -ENOMEM;
	connection->peer = *peer;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		ret = -errno;
		goto err_free;
	}
	ret = connection_fork(connections, connection, fd, pair);
	close(pair[0]);
	close(pair[1]);
	if (ret < 0 && !connection->opener)
		goto err_free;

	LIST_INSERT_HEAD(&connections->all, connection, all);
	connections->count++;
	return ret;

err_free:
	free(connection);
	return ret;
}

unsigned int connections_of(const struct connections *connections,
			    const struct transport_peer *peer)
{
	const struct connection *connection;
	unsigned int count = 0;

	LIST_FOREACH(connection, &connections->all, all)
	{
		if (policy_same_guest(&connection->peer, peer))
			count++;
	}
	return count;
}

/* ---- burying --------------------------------------------------------- */

/* What a process says by its status, as far as that can be. */
static unsigned int connection_notice(const struct connections *connections,
				      int status)
{
	unsigned int notice = (unsigned int)WEXITSTATUS(status);

	if (WIFSIGNALED(status))
		return NOTICE_KILLED;
	if (notice <= NOTICE_NAME ||
	    (notice >= NOTICE_DEVICE &&
	     notice - NOTICE_DEVICE < connections->devices->count))
		return notice;
	return NOTICE_FAILED;
}

/* SIGTERM was somebody's wish; all other signals are bugs, ours or a driver's. */
static void connection_log_end(const struct connections *connections,
			       const struct connection *connection,
			       const char *process, int status)
{
	unsigned int notice = connection_notice(connections, status);
	char who[TRANSPORT_TEXT_LEN];

	if (notice == NOTICE_SERVED ||
	    (notice == NOTICE_KILLED && WTERMSIG(status) == SIGTERM) ||
	    !notices_add(connections->notices, &connection->peer, notice))
		return;

	transport_peer_format(&connection->peer, who, sizeof(who));
	if (notice == NOTICE_KILLED)
		log_err("%s: %s process ended by signal %d (%s)", who, process,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (notice == NOTICE_FAILED)
		log_err("%s: %s process ended with status %d", who, process,
			WEXITSTATUS(status));
}

/* A guest process that ended otherwise may have said that it was connected. */
static bool connection_was_refused(unsigned int notice)
{
	return notice == NOTICE_TIMEOUT || notice == NOTICE_VERSION ||
	       notice == NOTICE_NAME || notice >= NOTICE_DEVICE;
}

void connections_reaped(struct connections *connections, pid_t pid, int status)
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	struct connection *connection;
	unsigned int notice;
	bool guest;

	LIST_FOREACH(connection, &connections->all, all)
	{
		if (connection->guest == pid || connection->opener == pid)
			break;
	}
	if (!connection)
		return;

	guest = connection->guest == pid;
	if (guest)
		connection->guest = 0;
	else
		connection->opener = 0;

	notice = connection_notice(connections, status);
	if (guest && !connection_was_refused(notice))
		notices_add(connections->notices, &connection->peer,
			    NOTICE_SERVED);
	if (!connection->ending)
		connection_log_end(connections, connection,
				   guest ? "guest" : "opener", status);

	/* An opener that ends well has seen its guest process leave. */
	if (guest || !clean)
		connection_kill(connection);

	if (!connection->guest && !connection->opener) {
		LIST_REMOVE(connection, all);
		connections->count--;
		free(connection);
	}
}

void connections_end(struct connections *connections)
{
	struct connection *connection;

	LIST_FOREACH(connection, &connections->all, all)
	connection_kill(connection);
}

void connections_finish(struct connections *connections)
{
	struct connection *connection;

	while ((connection = LIST_FIRST(&connections->all))) {
		LIST_REMOVE(connection, all);
		free(connection);
	}
	connections->count = 0;
}
