// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd: gives the V4L2 devices of this machine to guests.
 *
 *	listener ──fork──┬── guest    the guest's bytes; V4L2 calls
 *	   │             └── opener   opens device nodes for it
 *	   └──fork────────── refuser  turns unix peers away
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
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/options.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/listener.h"
#include "hostd/policy.h"

#define MAIN_FAILED 1
#define MAIN_USAGE  2

/**
 * struct settings - The command line
 */
struct settings {
	struct device_list devices;
	struct policy policy;
	struct transport_address addresses[LISTENER_ADDRESSES_MAX];
	unsigned int address_count;
	enum log_level log_level;
};

static int set_device(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	return device_list_add(&settings->devices, value, why);
}

static int set_listen(void *data, const char *value, char *why)
{
	struct settings *settings = data;
	int ret;

	if (settings->address_count == LISTENER_ADDRESSES_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d addresses",
			 LISTENER_ADDRESSES_MAX);
		return -E2BIG;
	}

	ret = transport_parse(value,
			      &settings->addresses[settings->address_count]);
	if (ret == -EINVAL)
		snprintf(why, OPTIONS_WHY_LEN,
			 "neither vsock:[CID:]PORT nor unix:PATH nor "
			 "hybrid:PATH nor fd:N");
	if (ret < 0)
		return ret;
	settings->address_count++;
	return 0;
}

static int set_allow(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	return policy_add(&settings->policy, value, why);
}

static int set_verbose(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;

	settings->log_level = LOG_LEVEL_DEBUG;
	return 0;
}

static const struct option_desc option_table[] = {
	{
		.name = "device",
		.value = "[NAME=]DEVICE",
		.help = "/dev/videoM or KIND[:key=value,...]; default: pattern",
		.set = set_device,
	},
	{
		.name = "listen",
		.value = "ADDRESS",
		.help = "vsock:[CID:]PORT, unix:PATH, hybrid:PATH or fd:N; "
			"default: vsock:848",
		.set = set_listen,
	},
	{
		.name = "allow",
		.value = "GUEST",
		.help = "cid:N[,any-port], uid:N or hybrid:PATH; "
			"default: the own uid",
		.set = set_allow,
	},
	{
		.name = "verbose",
		.help = "log more",
		.set = set_verbose,
	},
	{ 0 },
};

static const struct options option_list = {
	.program = "hostd",
	.synopsis = "[--device [NAME=]DEVICE]... [--listen ADDRESS]... "
		    "[--allow GUEST]...",
	.summary = "Give V4L2 devices of this machine to virtual machines "
		   "and containers.",
	.table = option_table,
};

/* What was not said: the pattern, and vsock. */
static int set_defaults(struct settings *settings)
{
	char why[OPTIONS_WHY_LEN];

	if (settings->address_count == 0) {
		settings->addresses[0] = (struct transport_address){
			.kind = TRANSPORT_VSOCK,
			.cid = VMADDR_CID_ANY,
			.port = VMS_PORT,
		};
		settings->address_count = 1;
	}
	if (settings->devices.count == 0)
		return device_list_add(&settings->devices, "pattern", why);
	return 0;
}

/* What to do when an address cannot be listened on. */
static const char *listen_advice(const struct transport_address *address,
				 int error)
{
	bool vsock = address->kind == TRANSPORT_VSOCK;

	switch (-error) {
	case EAFNOSUPPORT:
	case ENODEV:
	case EADDRNOTAVAIL:
		return vsock ? "modprobe vhost_vsock, or --listen unix:PATH"
			     : "use another address";
	case EACCES:
	case EPERM:
		return vsock ? "ports below 1024 need CAP_NET_BIND_SERVICE: "
			       "start as root"
			     : "use a directory that is yours";
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

static int listen_on(struct listener *listener, const struct settings *settings)
{
	char text[TRANSPORT_TEXT_LEN];
	unsigned int i;
	int ret;

	for (i = 0; i < settings->address_count; i++) {
		ret = listener_add(listener, &settings->addresses[i]);
		if (ret == 0)
			continue;
		transport_format(&settings->addresses[i], text, sizeof(text));
		log_err("cannot listen on %s: %s: %s", text, strerror(-ret),
			listen_advice(&settings->addresses[i], ret));
		return ret;
	}

	/* Said when all of them work, because scripts wait for it. */
	for (i = 0; i < settings->address_count; i++) {
		transport_format(&settings->addresses[i], text, sizeof(text));
		log_info("listening on %s", text);
	}
	return 0;
}

static void on_end(void *data, int signo)
{
	log_info("%s, ending", strsignal(signo));
	loop_stop(data, 0);
}

static int prepare(struct settings *settings, struct loop *loop,
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

static int serve(struct settings *settings, struct loop *loop)
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
		ret = loop_run(loop);
		if (ret < 0)
			log_err("cannot go on: %s", strerror(-ret));
	}
	listener_destroy(listener);
	return ret;
}

int main(int argc, char **argv)
{
	static struct settings settings = { .log_level = LOG_LEVEL_INFO };
	struct loop *loop;
	int ret;

	settings.policy.own_uid = geteuid();
	switch (options_parse(&option_list, argc, argv, &settings)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_EXIT:
		return 0;
	case OPTIONS_USAGE:
		return MAIN_USAGE;
	}

	log_open("hostd", settings.log_level);
	signal(SIGPIPE, SIG_IGN);
	ret = set_defaults(&settings);
	if (ret == 0)
		ret = loop_create(&loop);
	if (ret != 0) {
		log_err("cannot start: %s", strerror(-ret));
		return MAIN_FAILED;
	}

	ret = serve(&settings, loop);
	loop_destroy(loop);
	return ret < 0 ? MAIN_FAILED : 0;
}
