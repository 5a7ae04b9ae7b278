// SPDX-License-Identifier: BSD-3-Clause
/*
 * The listener.
 *
 *	accept ── policy ── count ── connections: fork guest, fork opener
 *	             │        │
 *	             └────────┴───── refuse: vsock here, unix in the refuser
 *
 * Whom to believe is decided before a process is made and by what the kernel
 * says alone, so nothing that a guest sends is ever read here.
 */
#include "hostd/listener.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clockdomain.h"
#include "common/log.h"
#include "hostd/audit.h"
#include "hostd/connections.h"
#include "hostd/notices.h"
#include "hostd/refuser.h"

/* Connections taken from one address before the others have their turn. */
#define LISTENER_BATCH    16
#define LISTENER_RETRY_NS (1000 * LOOP_MS)
#define LISTENER_END_MS   1000

/**
 * struct listener_socket - One address
 * @is_unix:	Its peers may have to be refused by the refuser
 */
struct listener_socket {
	struct listener *listener;
	struct transport_address address;
	int fd;
	bool is_unix;
	struct loop_watch *watch;
};

/**
 * struct listener - See listener.h
 * @retry:	Armed: nothing is accepted, because something had run out
 */
struct listener {
	struct loop *loop;
	const struct policy *policy;
	struct refuser *refuser;
	struct loop_timer *retry;
	struct listener_socket sockets[LISTENER_ADDRESSES_MAX];
	unsigned int socket_count;
	struct connections connections;
};

/* ---- what is watched ------------------------------------------------- */

static bool listener_may_accept(const struct listener_socket *socket)
{
	const struct listener *listener = socket->listener;

	return !loop_timer_armed(listener->retry) &&
	       (!socket->is_unix || refuser_ready(listener->refuser));
}

static void listener_rearm(void *data)
{
	struct listener *listener = data;
	unsigned int i;

	for (i = 0; i < listener->socket_count; i++) {
		struct listener_socket *socket = &listener->sockets[i];
		bool armed = listener_may_accept(socket);

		/* Arming again cannot fail but for memory: then, at retry. */
		if (loop_watch_set(socket->watch, armed ? EPOLLIN : 0) < 0)
			loop_timer_set(listener->retry, LISTENER_RETRY_NS);
	}
}

/* ---- refusing -------------------------------------------------------- */

static void listener_refuse(struct listener *listener, int fd,
			    const struct transport_peer *peer, int error,
			    enum vms_goaway_reason reason)
{
	const struct vms_goaway goaway = {
		.error = (uint32_t)error,
		.reason = reason,
	};

	if (peer->kind == TRANSPORT_VSOCK) {
		refuser_goaway(fd, &goaway);
		close(fd);
		return;
	}

	refuser_refuse(listener->refuser, fd, &goaway);
	listener_rearm(listener);
}

/* @reason: what a program reads */
static void listener_audit_refusal(const struct transport_peer *peer,
				   const char *reason)
{
	struct audit audit;

	audit_begin(&audit, "refuse", peer);
	audit_add(&audit, "reason", reason);
	audit_log(&audit);
}

static void listener_forbid(struct listener *listener, int fd,
			    const struct transport_peer *peer,
			    enum vms_goaway_reason reason)
{
	char who[TRANSPORT_TEXT_LEN], guest[TRANSPORT_TEXT_LEN];
	bool port = reason == VMS_GOAWAY_PORT;

	if (notices_add(listener->connections.notices, peer,
			port ? NOTICE_PORT : NOTICE_RULE)) {
		transport_peer_format(peer, who, sizeof(who));
		policy_guest_format(peer, guest, sizeof(guest));
		if (port)
			log_warn("%s: refused: source port is not below 1024: "
				 "hostd --allow %s,any-port, or any-port = yes "
				 "below [guest %s] of hostd.conf(5)",
				 who, guest, guest);
		else
			log_warn("%s: refused: no rule: hostd --allow %s, or "
				 "[guest %s] of hostd.conf(5)",
				 who, guest, guest);
		listener_audit_refusal(peer, port ? "port" : "rule");
	}
	listener_refuse(listener, fd, peer, EACCES, reason);
}

/* ---- accepting -------------------------------------------------------- */

static void listener_audit_grant(struct listener *listener,
				 const struct transport_peer *peer,
				 const struct grant *grant, pid_t connection)
{
	struct audit audit;

	audit_begin(&audit, "grant", peer);
	audit_add_number(&audit, "connection", (uint64_t)connection);
	if (peer->kind == TRANSPORT_VSOCK)
		audit_add_number(&audit, "port", peer->port);
	else
		audit_add_number(&audit, "uid", peer->uid);
	audit_add(&audit, "rule", grant->rule);
	audit_add(&audit, "class", grant_class_name(grant->class));
	audit_add(&audit, "share", grant->share ? "yes" : "no");
	audit_add_devices(&audit, listener->connections.devices, grant);
	audit_log(&audit);
}

static void listener_admit(struct listener *listener, int fd,
			   const struct transport_peer *peer)
{
	struct connections *connections = &listener->connections;
	enum vms_goaway_reason reason;
	char who[TRANSPORT_TEXT_LEN];
	struct grant grant;
	unsigned int count;
	bool audited;
	int ret;

	if (!policy_grant(listener->policy, peer, &grant, &reason)) {
		listener_forbid(listener, fd, peer, reason);
		return;
	}

	transport_peer_format(peer, who, sizeof(who));
	count = connections_of(connections, peer);
	if (count >= grant.connections ||
	    connections->count >= LISTENER_TOTAL_MAX) {
		if (notices_add(connections->notices, peer, NOTICE_LIMIT)) {
			log_warn("%s: refused: %u connections of this guest, "
				 "%u of all",
				 who, count, connections->count);
			listener_audit_refusal(peer, "limit");
		}
		listener_refuse(listener, fd, peer, EUSERS, VMS_GOAWAY_LIMIT);
		return;
	}

	/* Who connects all the time fills no log with what it opens, either. */
	audited = notices_add(connections->notices, peer, NOTICE_GRANT);
	ret = connections_start(connections, fd, peer, &grant, audited);
	if (ret > 0) {
		if (audited)
			listener_audit_grant(listener, peer, &grant, ret);
		return;
	}
	if (notices_add(connections->notices, peer, NOTICE_START)) {
		log_err("%s: refused: cannot start its processes: %s", who,
			strerror(-ret));
		listener_audit_refusal(peer, "start");
	}
	listener_refuse(listener, fd, peer, -ret, VMS_GOAWAY_LIMIT);
}

static void listener_accept(void *data, uint32_t events)
{
	struct listener_socket *socket = data;
	struct listener *listener = socket->listener;
	struct transport_peer peer;
	int fd, i, ret;

	(void)events;

	for (i = 0; i < LISTENER_BATCH && listener_may_accept(socket); i++) {
		ret = transport_accept(socket->fd, &socket->address, &fd,
				       &peer);
		if (ret == -EAGAIN)
			return;
		if (ret < 0) {
			log_err("cannot accept: %s", strerror(-ret));
			loop_timer_set(listener->retry, LISTENER_RETRY_NS);
			listener_rearm(listener);
			return;
		}
		policy_identify(listener->policy, &peer);
		listener_admit(listener, fd, &peer);
	}
}

/* Return: are there any children left? */
static bool listener_reap(struct listener *listener)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!refuser_reaped(listener->refuser, pid))
			connections_reaped(&listener->connections, pid, status);
	}
	return pid == 0;
}

static void listener_on_child(void *data, int signo)
{
	(void)signo;

	listener_reap(data);
}

/* ---- making and destroying ------------------------------------------- */

int listener_create(struct loop *loop, struct device_list *devices,
		    const struct policy *policy, struct listener **out)
{
	struct listener *listener;
	int ret;

	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return -ENOMEM;
	listener->loop = loop;
	listener->policy = policy;
	listener->connections.devices = devices;

	/* Remembered for the guest processes, which open nothing. */
	clockdomain();

	ret = loop_timer(loop, listener_rearm, listener, &listener->retry);
	if (ret < 0)
		goto err_free;
	ret = notices_create(loop, devices, &listener->connections.notices);
	if (ret < 0)
		goto err_timer;
	ret = connections_init(&listener->connections, loop);
	if (ret < 0)
		goto err_notices;
	ret = refuser_create(loop, listener_rearm, listener,
			     &listener->refuser);
	if (ret < 0)
		goto err_connections;
	ret = loop_signal(loop, SIGCHLD, listener_on_child, listener);
	if (ret < 0)
		goto err_refuser;

	*out = listener;
	return 0;

err_refuser:
	refuser_destroy(listener->refuser);
err_connections:
	connections_finish(&listener->connections);
err_notices:
	notices_destroy(listener->connections.notices);
err_timer:
	loop_timer_destroy(listener->retry);
err_free:
	free(listener);
	return ret;
}

unsigned int listener_reload(struct listener *listener,
			     struct device_list *devices,
			     const struct policy *policy)
{
	struct connections *connections = &listener->connections;

	listener->policy = policy;
	connections_set_devices(connections, devices);
	notices_set_devices(connections->notices, devices);
	return connections_revoke(connections, policy);
}

void listener_report(const struct listener *listener)
{
	connections_report(&listener->connections);
}

int listener_add(struct listener *listener,
		 const struct transport_address *address)
{
	struct listener_socket *socket;
	int ret;

	if (listener->socket_count == LISTENER_ADDRESSES_MAX)
		return -E2BIG;
	socket = &listener->sockets[listener->socket_count];
	socket->listener = listener;
	socket->address = *address;

	ret = transport_listen(address, &socket->fd);
	if (ret < 0)
		return ret;
	socket->is_unix = transport_is_of(socket->fd, AF_UNIX);

	ret = loop_watch(listener->loop, socket->fd, EPOLLIN, listener_accept,
			 socket, &socket->watch);
	if (ret < 0)
		goto err_close;

	listener->socket_count++;
	return 0;

err_close:
	transport_unlink(address);
	close(socket->fd);
	return ret;
}

static void listener_end_children(struct listener *listener)
{
	const struct timespec tick = { .tv_nsec = LOOP_MS };
	int i;

	refuser_end(listener->refuser);
	connections_end(&listener->connections);
	for (i = 0; i < LISTENER_END_MS && listener_reap(listener); i++)
		nanosleep(&tick, NULL);
}

void listener_destroy(struct listener *listener)
{
	unsigned int i;

	if (!listener)
		return;

	for (i = 0; i < listener->socket_count; i++)
		transport_unlink(&listener->sockets[i].address);

	listener_end_children(listener);

	/* Closing an address closes who waits there, which may hang: last. */
	for (i = 0; i < listener->socket_count; i++) {
		loop_watch_remove(listener->sockets[i].watch);
		close(listener->sockets[i].fd);
	}

	connections_finish(&listener->connections);
	refuser_destroy(listener->refuser);
	notices_destroy(listener->connections.notices);
	loop_timer_destroy(listener->retry);
	free(listener);
}
