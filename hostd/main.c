// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd: gives the V4L2 devices of this machine to guests.
 *
 *	listener ──fork──┬── guest    the guest's bytes; V4L2 calls
 *	   │             └── opener   opens device nodes for it
 *	   ├──fork────────── refuser  turns unix peers away
 *	   └──fork────────── check    looks at the devices once
 *
 * One listener accepts connections, and believes only what the kernel says of a
 * peer.  Each connection has two processes of its own.  `guest' reads what the
 * guest sends, speaks to the device, and is the one that an attack would
 * take over; so it opens nothing, and what it can reach is the device that it has.
 * `opener' can open nodes, and reads nothing but the number of a device, from
 * `guest'.  A guest thus can crash, block or confuse its own two processes, not
 * another guest's and not the listener; and a device driver that sleeps for ever
 * takes one connection with it.
 *
 * All of them are this program, forked: there is no second binary to trust, and
 * options, rules and devices are the same memory.  They end with the listener.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

#include "common/filelimit.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/transport.h"
#include "hostd/device_check.h"
#include "hostd/listener.h"
#include "hostd/settings.h"

#define MAIN_FAILED 1
#define MAIN_USAGE  2
#define ADVICE_LEN  128

/* Of a context of this machine, which is there with a module. */
static void advise_on_cid(const struct transport_address *address, char *text,
			  size_t len)
{
	switch (address->cid) {
	case VMADDR_CID_LOCAL:
		snprintf(text, len, "modprobe vsock_loopback");
		break;
	case VMADDR_CID_HOST:
		snprintf(text, len, "modprobe vhost_vsock");
		break;
	default:
		snprintf(text, len,
			 "CID %" PRIu32 " is not this machine's: leave it out "
			 "(--listen vsock:%" PRIu32 ")",
			 address->cid, address->port);
	}
}

/* What to do when a vsock address cannot be listened on. */
static void advise_on_vsock(const struct transport_address *address, int error,
			    char *text, size_t len)
{
	switch (-error) {
	case EAFNOSUPPORT:
	case ENODEV:
		snprintf(text, len,
			 "modprobe vhost_vsock, or --listen unix:PATH");
		break;
	case EADDRNOTAVAIL:
		advise_on_cid(address, text, len);
		break;
	case EACCES:
	case EPERM:
		snprintf(text, len,
			 "ports below 1024 need CAP_NET_BIND_SERVICE: see "
			 "EXAMPLES in hostd(8), or take a port from 1024 up");
		break;
	case EADDRINUSE:
		snprintf(text, len, "is another hostd running?");
		break;
	default:
		snprintf(text, len, "use another address");
	}
}

/* Or any other. */
static const char *advice(int error)
{
	switch (-error) {
	case EACCES:
	case EPERM:
		return "use a directory that is yours";
	case EADDRINUSE:
		return "is another hostd running?";
	case ENOENT:
	case ENOTDIR:
		return "make the directory first";
	case EBADF:
	case ENOTSOCK:
	case EINVAL:
		return "give a listening vsock or unix stream socket";
	default:
		return "use another address";
	}
}

static void listen_failed(const struct transport_address *address, int error)
{
	char text[TRANSPORT_TEXT_LEN], what[ADVICE_LEN];

	if (address->kind == TRANSPORT_VSOCK)
		advise_on_vsock(address, error, what, sizeof(what));
	else
		snprintf(what, sizeof(what), "%s", advice(error));
	transport_format(address, text, sizeof(text));
	log_err("cannot listen on %s: %s: %s", text, strerror(-error), what);
}

static int listen_on(struct listener *listener,
		     const struct host_settings *settings)
{
	char text[TRANSPORT_TEXT_LEN];
	unsigned int i;
	int ret;

	for (i = 0; i < settings->address_count; i++) {
		ret = listener_add(listener, &settings->addresses[i]);
		if (ret < 0) {
			listen_failed(&settings->addresses[i], ret);
			return ret;
		}
	}

	/* Said when all of them work, because scripts wait for it. */
	for (i = 0; i < settings->address_count; i++) {
		transport_format(&settings->addresses[i], text, sizeof(text));
		log_info("listening on %s", text);
	}
	return 0;
}

/* What was surely not meant, and works nevertheless. */
static void warn(const struct host_settings *settings)
{
	char text[TRANSPORT_TEXT_LEN];
	unsigned int i;

	for (i = 0; i < settings->address_count; i++) {
		const struct transport_address *address =
			&settings->addresses[i];

		if (policy_serves(&settings->policy, address))
			continue;
		transport_format(address, text, sizeof(text));
		log_warn("nobody is let in at %s: no --allow %s", text,
			 address->kind == TRANSPORT_VSOCK ? "cid:N" : text);
	}
}

/* Not fatal: a camera may come later, and there may be others. */
static void look_at_devices(const struct host_settings *settings)
{
	int ret = device_check_start(&settings->devices);

	if (ret < 0)
		log_err("cannot look at the devices: %s", strerror(-ret));
}

static void on_end(void *data, int signo)
{
	log_info("%s, ending", strsignal(signo));
	loop_stop(data, 0);
}

static int prepare(struct host_settings *settings, struct loop *loop,
		   struct listener **out)
{
	int ret;

	ret = loop_signal(loop, SIGTERM, on_end, loop);
	if (ret < 0)
		return ret;
	ret = loop_signal(loop, SIGINT, on_end, loop);
	if (ret < 0)
		return ret;
	return listener_create(loop, &settings->devices, &settings->policy,
			       out);
}

static int serve(struct host_settings *settings, struct loop *loop)
{
	struct listener *listener;
	int ret;

	ret = prepare(settings, loop, &listener);
	if (ret < 0) {
		log_err("cannot start: %s", strerror(-ret));
		return ret;
	}

	ret = listen_on(listener, settings);
	if (ret == 0) {
		warn(settings);
		look_at_devices(settings);
		ret = loop_run(loop);
		if (ret < 0)
			log_err("cannot go on: %s", strerror(-ret));
	}
	listener_destroy(listener);
	return ret;
}

int main(int argc, char **argv)
{
	static struct host_settings settings;
	struct loop *loop;
	int ret;

	switch (host_settings_parse(argc, argv, &settings)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_EXIT:
		return 0;
	case OPTIONS_USAGE:
		return MAIN_USAGE;
	}

	log_open("hostd", settings.log_level);
	signal(SIGPIPE, SIG_IGN);
	filelimit_raise(); /* without it there is less room, that is all */
	ret = loop_create(&loop);
	if (ret < 0) {
		log_err("cannot start: %s", strerror(-ret));
		return MAIN_FAILED;
	}

	ret = serve(&settings, loop);
	loop_destroy(loop);
	return ret < 0 ? MAIN_FAILED : 0;
}
