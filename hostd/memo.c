// SPDX-License-Identifier: BSD-3-Clause
/*
 * When what a guest was told before it asked is over.
 */
#include "hostd/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/stats.h"
#include "hostd/memo_parts.h"

int host_memo_create(const struct host_memo_config *config,
		     struct host_memo **out)
{
	struct host_memo *memo = calloc(1, sizeof(*memo));

	if (!memo)
		return -ENOMEM;
	memo->config = *config;
	*out = memo;
	return 0;
}

static struct device_file *take_monitor(struct host_memo *memo)
{
	struct device_file *monitor = memo->monitor;

	loop_watch_remove(memo->watch);
	memo->watch = NULL;
	memo->monitor = NULL;
	return monitor;
}

void host_memo_destroy(struct host_memo *memo)
{
	if (!memo)
		return;
	memo_monitor_close(take_monitor(memo));
	free(memo);
}

void host_memo_spoil(struct host_memo *memo, uint32_t classes)
{
	struct vms_memo_inval inval = { 0 };
	uint8_t bytes[sizeof(inval)];
	struct wire_writer writer;
	unsigned int i;

	/* Who is asking now may have asked too early. */
	inval.classes = memo ? classes & (memo->told | memo->walking) : 0;
	if (!inval.classes)
		return;
	inval.epoch = ++memo->epoch;
	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		if (inval.classes & 1u << i)
			memo->classes[i] = (struct memo_told){
				.epoch = inval.epoch,
				.paid_ns = memo->classes[i].paid_ns,
			};
	memo->told &= ~inval.classes;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	memo_put_inval(&writer, &inval);
	memo->config.output->ops->memo(memo->config.output->owner,
				       VMS_MEMO_INVAL, bytes, sizeof(bytes));
	stats_add(STATS_MEMO_INVALS, 1);
}

/* ---- the monitor ------------------------------------------------------- */

/* It hears nothing more; the device may have gone. */
static void lose_monitor(struct host_memo *memo)
{
	memo->deaf = true;
	memo_monitor_close(take_monitor(memo));
	host_memo_spoil(memo, VMS_MEMO_ALL);
}

void host_memo_look(struct host_memo *memo)
{
	bool changed = false;

	if (!memo || !memo->monitor)
		return;
	if (memo_monitor_look(memo->monitor, &changed))
		lose_monitor(memo);
	else if (changed)
		host_memo_spoil(memo, VMS_MEMO_CONTROLS);
}

static void monitor_ready(void *data, uint32_t events)
{
	struct host_memo *memo = data;

	host_memo_look(memo);
	if (memo->monitor && events & (EPOLLERR | EPOLLHUP))
		lose_monitor(memo);
}

static int watch_monitor(struct host_memo *memo)
{
	uint32_t events;
	int fd = -1;

	events = memo->monitor->device->ops->poll(
		memo->monitor, DEVICE_EVENT | DEVICE_HANGUP, &fd);
	return loop_watch(memo->config.loop, fd, events, monitor_ready, memo,
			  &memo->watch);
}

void memo_take_over_monitor(struct host_memo *memo, struct memo_job *job)
{
	int ret;

	if (!job->listens || !job->ran || memo->monitor)
		return;
	memo->monitor = job->monitor;
	job->monitor = NULL;
	if (!memo->monitor) {
		memo->deaf = true;
		return;
	}
	ret = watch_monitor(memo);
	if (ret) {
		log_err("device %s: watching its controls: %s",
			memo->config.device->name, strerror(-ret));
		lose_monitor(memo);
	}
}

void host_memo_opened(struct host_memo *memo)
{
	if (!memo)
		return;
	memo->files++;
	/* The last file, and the monitor with it, may have gone in between. */
	if (!memo->monitor)
		host_memo_spoil(memo, VMS_MEMO_CONTROLS);
}

struct device_file *host_memo_closing(struct host_memo *memo)
{
	if (!memo || --memo->files)
		return NULL;
	memo->deaf = false;
	return take_monitor(memo);
}
