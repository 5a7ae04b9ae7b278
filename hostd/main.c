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
#include "common/service.h"
#include "common/transport.h"
#include "hostd/confine.h"
#include "hostd/device_check.h"
#include "hostd/listener.h"
#include "hostd/settings.h"
#include "hostd/settings_show.h"

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
	const char *guest;
	unsigned int i;

	for (i = 0; i < settings->address_count; i++) {
		const struct transport_address *address =
			&settings->addresses[i];

		if (policy_serves(&settings->policy, address))
			continue;
		transport_format(address, text, sizeof(text));
		guest = address->kind == TRANSPORT_VSOCK ? "cid:N" : text;
		log_warn("nobody is let in at %s: no --allow %s, and no "
			 "[guest %s] in hostd.conf(5)",
			 text, guest, guest);
	}
}

/* Whoever listens has had its use of capabilities. */
static int let_go(void)
{
	int ret = confine_listener();

	if (ret < 0)
		log_err("cannot give up capabilities: %s", strerror(-ret));
	return ret;
}

static int confine(void)
{
	int ret = confine_prepare();

	if (ret < 0)
		log_err("cannot confine processes of guests: %s%s",
			strerror(-ret),
			ret == -ENOSYS ? ": the kernel needs "
					 "CONFIG_SECCOMP_FILTER"
				       : "");
	return ret;
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

/* ---- the file again ---------------------------------------------------- */

/**
 * struct host - What SIGHUP needs
 * @settings:	Two, of which one is in use: the other one's turn comes when it
 *		was read and found good
 * @current:	Which
 * @service:	Who has started us, and hears of it
 */
struct host {
	int argc;
	char **argv;
	struct host_settings settings[2];
	unsigned int current;
	struct listener *listener;
	struct service *service;
};

/* It counts nothing itself. */
static void on_report(void *data, int signo)
{
	const struct host *host = data;

	(void)signo;

	listener_report(host->listener);
}

static void say_ready(const struct host *host, const char *how)
{
	const struct host_settings *settings = &host->settings[host->current];

	service_status(host->service, "%s%u addresses, %u devices, %u rules",
		       how, settings->address_count, settings->devices.count,
		       settings->policy.count);
	service_ready(host->service);
}

/*
 * Sockets stay as they are: who connects there now, and with which rights?  Those that
 * were there before hostd are not for the file to say.
 */
static bool listens_elsewhere(const struct host_settings *a,
			      const struct host_settings *b)
{
	char left[TRANSPORT_TEXT_LEN], right[TRANSPORT_TEXT_LEN];
	unsigned int i;

	for (i = 0; i < a->address_count; i++)
		if (a->addresses[i].kind == TRANSPORT_FD)
			return false;
	if (a->address_count != b->address_count)
		return true;
	for (i = 0; i < a->address_count; i++) {
		transport_format(&a->addresses[i], left, sizeof(left));
		transport_format(&b->addresses[i], right, sizeof(right));
		if (strcmp(left, right) != 0)
			return true;
	}
	return false;
}

static void on_reload(void *data, int signo)
{
	struct host *host = data;
	const struct host_settings *before = &host->settings[host->current];
	struct host_settings *after = &host->settings[!host->current];
	unsigned int ended;

	(void)signo;

	service_reloading(host->service);
	if (host_settings_parse(host->argc, host->argv, after) != OPTIONS_RUN) {
		log_err("not reloaded: devices and rules are as they were");
		say_ready(host, "not reloaded, see the log: ");
		return;
	}
	host->current = !host->current;
	log_open("hostd", after->log_level);
	ended = listener_reload(host->listener, &after->devices,
				&after->policy);
	log_info("reloaded %s: %u devices, %u rules; %u connections end, since "
		 "no rule lets them in, or gives them their memory",
		 after->file ? after->file : "without a file",
		 after->devices.count, after->policy.count, ended);
	if (listens_elsewhere(before, after))
		log_warn("addresses to listen on are not reloaded: restart "
			 "hostd");
	warn(after);
	look_at_devices(after);
	say_ready(host, "");
}

/* ---- the whole --------------------------------------------------------- */

static int prepare(struct host *host, struct loop *loop)
{
	int ret;

	ret = loop_signal(loop, SIGTERM, on_end, loop);
	if (ret < 0)
		return ret;
	ret = loop_signal(loop, SIGINT, on_end, loop);
	if (ret < 0)
		return ret;
	ret = listener_create(loop, &host->settings[0].devices,
			      &host->settings[0].policy, &host->listener);
	if (ret < 0)
		return ret;
	ret = loop_signal(loop, SIGUSR1, on_report, host);
	if (ret < 0)
		return ret;
	return loop_signal(loop, SIGHUP, on_reload, host);
}

static int serve(struct host *host, struct loop *loop)
{
	const struct host_settings *settings = &host->settings[0];
	int ret;

	ret = prepare(host, loop);
	if (ret < 0) {
		log_err("cannot start: %s", strerror(-ret));
		goto out;
	}

	ret = listen_on(host->listener, settings);
	if (ret == 0)
		ret = let_go();
	if (ret == 0) {
		warn(settings);
		look_at_devices(settings);
		say_ready(host, "");
		ret = loop_run(loop);
		service_stopping(host->service);
		if (ret < 0)
			log_err("cannot go on: %s", strerror(-ret));
	}
out:
	listener_destroy(host->listener);
	return ret;
}

int main(int argc, char **argv)
{
	static struct host host;
	const struct host_settings *settings = &host.settings[0];
	struct loop *loop;
	int ret;

	log_open("hostd", LOG_LEVEL_INFO);
	switch (host_settings_parse(argc, argv, &host.settings[0])) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_EXIT:
		return 0;
	case OPTIONS_USAGE:
		return MAIN_USAGE;
	}

	log_open("hostd", settings->log_level);
	if (settings->check) {
		settings_show(settings);
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	filelimit_raise(); /* without it there is less room, that is all */
	if (confine() < 0)
		return MAIN_FAILED;
	loop_busy_poll(settings->busy_poll_us);
	ret = loop_create(&loop);
	if (ret < 0) {
		log_err("cannot start: %s", strerror(-ret));
		return MAIN_FAILED;
	}

	host.argc = argc;
	host.argv = argv;
	ret = service_create(loop, &host.service);
	if (ret < 0)
		log_err("cannot start: %s", strerror(-ret));
	else
		ret = serve(&host, loop);
	service_destroy(host.service);
	loop_destroy(loop);
	return ret < 0 ? MAIN_FAILED : 0;
}
