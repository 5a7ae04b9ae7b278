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
#include "common/shmem.h"
#include "hostd/audit.h"
#include "hostd/child.h"
#include "hostd/confine.h"
#include "hostd/guest_run.h"
#include "hostd/opener.h"

/**
 * struct connection - Two processes
 * @guest:	Its pid, 0: reaped, or never started
 * @opener:	Also
 * @audited:	What it opens is in the audit
 * @ending:	They were told to end
 * @late:	When they are killed, if they are still there; 0: never
 * @shmem:	Memory that the guest has, too, as in its grant
 * @generation:	Of the devices that they know
 */
struct connection {
	LIST_ENTRY(connection) all;
	struct transport_peer peer;
	pid_t guest;
	pid_t opener;
	bool audited;
	bool ending;
	uint64_t late;
	char shmem[GRANT_SHMEM_LEN];
	unsigned int generation;
};

/* ---- starting -------------------------------------------------------- */

#define CONNECTION_OPENER "hostd-opener"
#define CONNECTION_GUEST  "hostd-guest"

/* Both children _exit(2), as child_fail() does, and for its reason. */
static void connection_be_opener(const struct connections *connections,
				 const struct transport_peer *peer,
				 const struct grant *grant, int fd)
{
	int ret;

	ret = confine_enter(SANDBOX_OPENER, &fd, 1);
	if (ret < 0)
		child_fail(CONNECTION_OPENER, ret);
	_exit(opener_run(fd, connections->devices, grant, peer));
}

/* Each its own open file, for hostd/slices.h.  Return: descriptor; -1: none */
static int connection_open_shmem(const struct connections *connections,
				 const struct transport_peer *peer,
				 const struct grant *grant)
{
	char who[TRANSPORT_TEXT_LEN];
	int fd;

	if (!grant->shmem[0])
		return -1;
	fd = shmem_open(grant->shmem);
	if (fd >= 0 || !notices_new(connections->notices, peer, NOTICE_SERVED))
		return fd < 0 ? -1 : fd;
	transport_peer_format(peer, who, sizeof(who));
	log_err("%s: shared memory: %s: %s", who, grant->shmem,
		fd == -EINVAL ? SHMEM_WANTED : strerror(-fd));
	return -1;
}

static void connection_be_guest(const struct connections *connections,
				const struct transport_peer *peer,
				const struct grant *grant, int fd,
				int opener_fd)
{
	int shmem = connection_open_shmem(connections, peer, grant);
	const int keep[] = { fd, opener_fd, shmem };
	enum sandbox_role role;
	int ret;

	role = device_list_load(connections->devices, grant->devices)
		       ? SANDBOX_CONVERT
		       : SANDBOX_GUEST;
	ret = confine_enter(role, keep, shmem < 0 ? 2 : 3);
	if (ret < 0)
		child_fail(CONNECTION_GUEST, ret);
	_exit(guest_run(fd, peer, connections->devices, opener_fd, shmem,
			connections->notices, grant));
}

static void connection_kill(struct connection *connection)
{
	connection->ending = true;
	if (connection->guest)
		kill(connection->guest, SIGKILL);
	if (connection->opener)
		kill(connection->opener, SIGKILL);
}

/* They are to end by themselves, but not for long. */
static void connection_end_soon(struct connections *connections,
				struct connection *connection)
{
	const uint64_t wait = CONNECTIONS_END_MS * LOOP_MS;

	connection->ending = true;
	connection->late = loop_now(connections->loop) + wait;
	if (!loop_timer_armed(connections->late))
		loop_timer_set(connections->late, wait);
}

static void connections_kill_late(void *data)
{
	struct connections *connections = data;
	uint64_t now = loop_now(connections->loop);
	struct connection *connection;
	uint64_t next = 0;

	LIST_FOREACH(connection, &connections->all, all)
	{
		if (!connection->late)
			continue;
		if (connection->late <= now) {
			connection->late = 0;
			connection_kill(connection);
		} else if (!next || connection->late < next) {
			next = connection->late;
		}
	}
	if (next)
		loop_timer_set(connections->late, next - now);
}

int connections_init(struct connections *connections, struct loop *loop)
{
	connections->loop = loop;
	return loop_timer(loop, connections_kill_late, connections,
			  &connections->late);
}

/*
 * The guest process comes last, so that a connection which cannot be served has
 * been given to nobody.
 */
static int connection_fork(const struct connections *connections,
			   struct connection *connection,
			   const struct grant *grant, int fd, const int pair[2])
{
	const struct transport_peer *peer = &connection->peer;
	struct child_gate gate;
	int ret;

	ret = child_gate_init(&gate);
	if (ret < 0)
		return ret;

	ret = child_fork(&gate, CONNECTION_OPENER);
	if (ret == 0)
		connection_be_opener(connections,
				     connection->audited ? peer : NULL, grant,
				     pair[1]);
	if (ret < 0)
		goto out;
	connection->opener = ret;

	ret = child_fork(&gate, CONNECTION_GUEST);
	if (ret == 0)
		connection_be_guest(connections, peer, grant, fd, pair[0]);
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

pid_t connections_start(struct connections *connections, int fd,
			const struct transport_peer *peer,
			const struct grant *grant, bool audited)
{
	struct connection *connection;
	int pair[2];
	int ret;

	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return -ENOMEM;
	connection->peer = *peer;
	connection->generation = connections->generation;
	connection->audited = audited;
	memcpy(connection->shmem, grant->shmem, sizeof(connection->shmem));

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		ret = -errno;
		goto err_free;
	}
	ret = connection_fork(connections, connection, grant, fd, pair);
	close(pair[0]);
	close(pair[1]);
	if (ret < 0 && !connection->opener)
		goto err_free;

	LIST_INSERT_HEAD(&connections->all, connection, all);
	connections->count++;
	return ret < 0 ? ret : connection->guest;

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
				      const struct connection *connection,
				      int status)
{
	unsigned int notice = (unsigned int)WEXITSTATUS(status);

	if (WIFSIGNALED(status))
		return NOTICE_KILLED;
	if (notice >= NOTICE_DEVICE &&
	    connection->generation != connections->generation)
		return NOTICE_SERVED;
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
	unsigned int notice =
		connection_notice(connections, connection, status);
	char who[TRANSPORT_TEXT_LEN];

	if (notice == NOTICE_SERVED ||
	    (notice == NOTICE_KILLED && WTERMSIG(status) == SIGTERM) ||
	    !notices_add(connections->notices, &connection->peer, notice))
		return;

	transport_peer_format(&connection->peer, who, sizeof(who));
	if (notice == NOTICE_KILLED && WTERMSIG(status) == SIGSYS)
		log_err("%s: %s process ended by seccomp (signal %d, %s): it "
			"made a system call that none of ours needs, so it was "
			"taken over, or this is a bug: the kernel's log says "
			"which call",
			who, process, SIGSYS, strsignal(SIGSYS));
	else if (notice == NOTICE_KILLED)
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

	notice = connection_notice(connections, connection, status);
	if (guest && !connection_was_refused(notice))
		notices_add(connections->notices, &connection->peer,
			    NOTICE_SERVED);
	if (!connection->ending)
		connection_log_end(connections, connection,
				   guest ? "guest" : "opener", status);

	/* An opener ends with its guest process, and has something to say then. */
	if (!clean || (guest && !connection->opener))
		connection_kill(connection);
	else if (guest)
		connection_end_soon(connections, connection);

	if (!connection->guest && !connection->opener) {
		LIST_REMOVE(connection, all);
		connections->count--;
		free(connection);
	}
}

void connections_set_devices(struct connections *connections,
			     struct device_list *devices)
{
	connections->devices = devices;
	connections->generation++;
}

void connections_report(const struct connections *connections)
{
	const struct connection *connection;

	LIST_FOREACH(connection, &connections->all, all)
	{
		if (connection->guest)
			kill(connection->guest, GUEST_RUN_REPORT);
	}
}

/* Memory that it had may be another guest's now, who would see its frames. */
static bool connection_may_stay(const struct connection *connection,
				const struct policy *policy)
{
	enum vms_goaway_reason reason;
	struct grant grant;

	return policy_grant(policy, &connection->peer, &grant, &reason) &&
	       (!connection->shmem[0] ||
		strcmp(connection->shmem, grant.shmem) == 0);
}

unsigned int connections_revoke(struct connections *connections,
				const struct policy *policy)
{
	struct connection *connection;
	unsigned int count = 0;
	struct audit audit;

	LIST_FOREACH(connection, &connections->all, all)
	{
		/* One that ends has been told, if that is why: its time runs. */
		if (!connection->guest || connection->ending ||
		    connection_may_stay(connection, policy))
			continue;
		count++;
		audit_begin(&audit, "revoke", &connection->peer);
		audit_add_number(&audit, "connection",
				 (uint64_t)connection->guest);
		audit_log(&audit);
		kill(connection->guest, GUEST_RUN_REVOKE);
		connection_end_soon(connections, connection);
	}
	return count;
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
	loop_timer_destroy(connections->late);
}
