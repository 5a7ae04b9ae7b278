// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd: gives this machine /dev/videoN, a device of hostd's.
 *
 * The order of the start is the theory of its operation:
 *
 *	1. The memory helper is forked.  It alone may touch applications; it
 *	   must hold neither /dev/cuse nor a connection.  Its socket for
 *	   applications' shims is made before that, and named in step 3.
 *	2. Memory that hostd has, too, is mapped, if there is any.  The connection
 *	   to hostd tells what device there is.
 *	3. The node is made, and looked at: the kernel does not say whether
 *	   it took the name.  Then udev has it first, which answers already:
 *	   udev asks what it is.
 *	4. All privileges go but what a reconnect needs, and all system calls
 *	   that nothing needs any more.
 *	5. One loop runs everything; nothing in it waits.
 *
 * The node stays when hostd goes away; applications get ENODEV until it is back.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clockdomain.h"
#include "common/filelimit.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/service.h"
#include "common/stats.h"
#include "guestd/announce.h"
#include "guestd/cuse.h"
#include "guestd/device.h"
#include "guestd/helper.h"
#include "guestd/hostlink_why.h"
#include "guestd/memory.h"
#include "guestd/node.h"
#include "guestd/privilege.h"
#include "guestd/settings.h"
#include "guestd/shimsocket.h"
#include "guestd/udev.h"

struct guestd {
	struct settings settings;
	struct loop *loop;
	struct service *service;
	struct memory *memory;
	struct shmem shmem; /* the memory helper does not have it */
	struct guest_device *device;
	struct cuse *cuse;
	struct node_wait *node;
	struct udev_wait *udev;
	char why[IVSHMEM_WHY_LEN]; /* it cannot have --shm; empty: nobody said */
	dev_t rdev;                /* of the node */
	bool ready;                /* the node is there */
	int ptrace_error; /* --no-ptrace, though not asked for: helper_start()'s */
	struct shimsocket shim;
	char shim_path[SHIM_PATH_LEN];
	int shim_error; /* there is none, though wanted: shimsocket.h's */
};

static void fail(struct guestd *guestd, const char *what, int error,
		 const char *cure)
{
	log_err("%s: %s%s%s", what, strerror(-error), cure ? ": " : "",
		cure ? cure : "");
	loop_stop(guestd->loop, 1);
}

/* Return: whether what was printed has reached whoever waits for it */
static bool printed(struct guestd *guestd)
{
	if (fflush(stdout) != EOF && !ferror(stdout))
		return true;
	fail(guestd, "standard output", errno ? -errno : -EIO, NULL);
	return false;
}

/* ---- 4. the node is there ---------------------------------------------------- */

static void shim_name(struct guestd *guestd)
{
	const struct settings *settings = &guestd->settings;

	if (settings->shim[0])
		snprintf(guestd->shim_path, sizeof(guestd->shim_path), "%s",
			 settings->shim);
	else
		snprintf(guestd->shim_path, sizeof(guestd->shim_path),
			 SHIMSOCKET_DIR "/%s.shim",
			 settings->cuse.name[0] ? settings->cuse.name : "auto");
}

static void place_shim(struct guestd *guestd)
{
	struct settings *settings = &guestd->settings;

	shim_name(guestd);
	if (!guestd->shim.path[0])
		return;
	guestd->shim_error = shimsocket_place(&guestd->shim, guestd->shim_path);
	if (guestd->shim_error)
		shimsocket_remove(&guestd->shim);
	else
		settings->device.shim = guestd->shim_path;
}

static void node_ready(void *owner)
{
	struct guestd *guestd = owner;
	const struct settings *settings = &guestd->settings;
	char path[NODE_NAME_LEN + 8];
	int ret;

	snprintf(path, sizeof(path), "/dev/%s", settings->cuse.name);
	if (chown(path, settings->owner, settings->group) < 0 ||
	    chmod(path, settings->mode) < 0) {
		fail(guestd, path, -errno, "--owner and --mode need root");
		return;
	}
	place_shim(guestd);
	hostlink_why_keep(&settings->device.link.address);
	ret = privilege_drop(settings->device.link.address.kind);
	if (ret) {
		fail(guestd, "capabilities and seccomp", ret, NULL);
		return;
	}
	guestd->ready = true;
	announce_limits(settings, guestd->ptrace_error);
	if (guestd->shim_error)
		announce_no_shim(guestd->shim_path, guestd->shim_error);
	printf("%s\n", path);
	if (!printed(guestd))
		return;
	announce_node(settings, guestd->device, path, guestd->rdev);
	service_status(guestd->service, "%s: connected", path);
	service_ready(guestd->service);
}

static const char *const node_refused =
	"the kernel did not make the node: choose another name (--device auto) "
	"or number (--dev-number)";

static void node_made(void *owner, int error, dev_t rdev)
{
	struct guestd *guestd = owner;
	char path[NODE_NAME_LEN + 8];

	snprintf(path, sizeof(path), "/dev/%s", guestd->settings.cuse.name);
	if (error) {
		fail(guestd, path, error, node_refused);
		return;
	}
	guestd->rdev = rdev;
	memory_set_node(guestd->memory, rdev);
	error = udev_wait_create(guestd->loop, rdev, node_ready, guestd,
				 &guestd->udev);
	if (error)
		fail(guestd, path, error, NULL);
}

static void node_ended(void *owner)
{
	struct guestd *guestd = owner;
	char path[NODE_NAME_LEN + 8];

	snprintf(path, sizeof(path), "/dev/%s", guestd->settings.cuse.name);
	if (!guestd->ready)
		fail(guestd, path, -EEXIST, node_refused);
	else
		fail(guestd, path, -ENODEV,
		     "the kernel has ended the node: start guestd again");
}

/* ---- 3. connected: make the node ---------------------------------------------- */

static bool profile_fits(const struct guestd *guestd, uint32_t device_caps)
{
	if (profile_possible(guestd->settings.cuse.profile, device_caps))
		return true;
	log_err("--profile read: this device %s",
		device_caps & V4L2_CAP_STREAMING
			? "is no plain camera or output: use --profile stream"
			: "has no streaming I/O: leave --profile out");
	return false;
}

static void keep_udev_off(struct guestd *guestd)
{
	const char *name = guestd->settings.cuse.name;
	int ret = udev_keep_off(name, guestd->settings.permissions_given);

	if (ret && guestd->settings.permissions_given)
		log_warn("/run/usermedia/%s.permissions: %s: udev may change "
			 "owner and mode of the node",
			 name, strerror(-ret));
}

static void device_up(void *owner, const struct vms_hello_ack *ack)
{
	struct guestd *guestd = owner;
	char path[NODE_NAME_LEN + 8];
	int fd;
	int ret;

	if (!profile_fits(guestd, ack->capability.device_caps)) {
		loop_stop(guestd->loop, 1);
		return;
	}
	ret = node_choose(guestd->settings.cuse.name, ack->config.device_type);
	if (ret) {
		snprintf(path, sizeof(path), "/dev/%s",
			 guestd->settings.cuse.name);
		fail(guestd, path, ret, "choose another, or --device auto");
		return;
	}
	fd = cuse_open_device();
	if (fd == -ENOENT || fd == -ENODEV || fd == -ENXIO) {
		fail(guestd, "/dev/cuse", fd, "modprobe cuse");
		return;
	}
	if (fd < 0) {
		fail(guestd, "/dev/cuse", fd, "run guestd as root");
		return;
	}
	keep_udev_off(guestd);
	ret = cuse_create(guestd->loop, fd, &guestd->settings.cuse,
			  guestd->device, node_ended, guestd, &guestd->cuse);
	if (ret) {
		close(fd);
		fail(guestd, "/dev/cuse", ret, NULL);
		return;
	}
	ret = node_wait_create(guestd->loop, guestd->settings.cuse.name,
			       node_made, guestd, &guestd->node);
	if (ret)
		fail(guestd, "/dev/cuse", ret, NULL);
}

static void device_fatal(void *owner, const char *why)
{
	struct guestd *guestd = owner;

	log_err("%s", why);
	loop_stop(guestd->loop, 1);
}

/* With --wait whoever starts guestd need not wait for hostd, too. */
static void device_state(void *owner, const char *text)
{
	struct guestd *guestd = owner;

	service_status(guestd->service, "%s", text);
	if (!guestd->ready)
		service_ready(guestd->service);
}

static const struct guest_device_ops device_ops = {
	.up = device_up,
	.state = device_state,
	.fatal = device_fatal,
};

/* A terminal must not see what a host put into its names. */
static void clean(char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			*text = '?';
}

static void print_listing(void *owner, const struct vms_list_entry *entries,
			  unsigned int count)
{
	struct guest_device *device = owner;
	struct guestd *guestd = device->ops_owner;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct vms_list_entry entry = entries[i];

		clean(entry.name);
		clean(entry.kind);
		printf("%s\t%s\n", entry.name, entry.kind);
	}
	if (printed(guestd))
		loop_stop(guestd->loop, 0);
}

/* ---- 1. the memory helper ------------------------------------------------------- */

static void helper_lost(void *data)
{
	struct guestd *guestd = data;

	log_err("the memory helper has ended: start guestd again");
	loop_stop(guestd->loop, 1);
}

/* Return: descriptor, or -1: there is none */
static int make_shim(struct guestd *guestd)
{
	int fd = -1;

	if (guestd->settings.no_shim)
		return -1;
	shim_name(guestd);
	guestd->shim_error =
		shimsocket_create(&guestd->shim, guestd->shim_path, &fd);
	return fd;
}

static int start_helper(struct guestd *guestd)
{
	struct settings *settings = &guestd->settings;
	int shim = make_shim(guestd);
	pid_t pid;
	int fd;

	pid = helper_start(settings->ptrace, shim, &fd);
	if (helper_refused(pid) && settings->ptrace) {
		guestd->ptrace_error = pid;
		settings->ptrace = false;
		pid = helper_start(false, shim, &fd);
	}
	if (shim >= 0)
		close(shim);
	if (pid < 0)
		return pid;
	settings->cuse.restricted = settings->ptrace;
	settings->device.userptr = settings->ptrace;
	settings->device.link.import = settings->ptrace;
	return memory_create(guestd->loop, fd, helper_lost, guestd,
			     &guestd->memory);
}

/* ---- 2. memory that hostd has, too ------------------------------------------------- */

static int map_shmem(struct guestd *guestd)
{
	struct settings *settings = &guestd->settings;
	int ret;

	if (!settings->shm.path[0] || settings->list)
		return 0;
	ret = ivshmem_map(&settings->shm, &guestd->shmem, guestd->why);
	if (!ret)
		settings->device.link.shmem = &guestd->shmem;
	return ret;
}

/* ---- the story --------------------------------------------------------------------- */

static void report_signal(void *data, int signo)
{
	(void)data;
	(void)signo;

	stats_log(LOG_LEVEL_INFO, "guestd");
}

static void end_signal(void *data, int signo)
{
	struct guestd *guestd = data;

	log_info("%s", strsignal(signo));
	loop_stop(guestd->loop, 0);
}

static int start(struct guestd *guestd)
{
	struct settings *settings = &guestd->settings;
	int ret;

	loop_busy_poll(settings->busy_poll_us);
	ret = loop_create(&guestd->loop);
	if (!ret)
		ret = service_create(guestd->loop, &guestd->service);
	/* A listing touches no application. */
	if (!ret && !settings->list)
		ret = start_helper(guestd);
	if (!ret)
		ret = map_shmem(guestd);
	if (!ret)
		ret = loop_signal(guestd->loop, SIGTERM, end_signal, guestd);
	if (!ret)
		ret = loop_signal(guestd->loop, SIGINT, end_signal, guestd);
	if (!ret)
		ret = loop_signal(guestd->loop, SIGUSR1, report_signal, NULL);
	if (ret)
		return ret;
	settings->device.node = settings->cuse.name;
	settings->device.link.clock_domain = clockdomain();
	settings->device.link.list = settings->list;
	settings->device.link.listing = print_listing;
	return guest_device_create(guestd->loop, guestd->memory,
				   &settings->device, &device_ops, guestd,
				   &guestd->device);
}

int main(int argc, char **argv)
{
	static struct guestd guestd;
	int ret;

	switch (settings_parse(argc, argv, &guestd.settings)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_EXIT:
		return 0;
	case OPTIONS_USAGE:
		return 2;
	}
	log_open("guestd",
		 guestd.settings.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	mallopt(M_ARENA_MAX, 1);
	signal(SIGPIPE, SIG_IGN);
	filelimit_raise(); /* without it there is less room, that is all */
	ret = start(&guestd);
	if (ret) {
		log_err("%s: %s", guestd.why[0] ? "--shm" : "start",
			guestd.why[0] ? guestd.why : strerror(-ret));
		shimsocket_remove(&guestd.shim);
		return 1;
	}
	ret = loop_run(guestd.loop);
	service_stopping(guestd.service);
	if (guestd.cuse)
		udev_keep_off(guestd.settings.cuse.name, false);
	/* The node goes first: applications must not wait for what is ending. */
	cuse_destroy(guestd.cuse);
	shimsocket_remove(&guestd.shim);
	stats_log(LOG_LEVEL_DEBUG, "guestd");
	return ret ? 1 : 0;
}
