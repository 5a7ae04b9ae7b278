// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors of the event loop.
 *
 * An epoll instance is shared by whoever inherits its descriptor.  A process
 * that was forked with a loop may take it apart, but must not change what the
 * parent watches: only the process that made a loop calls epoll_ctl(2) on it.
 */
#include "common/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/loop_parts.h"

struct loop_watch {
	struct loop_grave grave;
	LIST_ENTRY(loop_watch) all;
	struct loop *loop;
	int fd;
	uint32_t events; /* 0: not in epoll, or removed */
	loop_fd_fn fn;
	void *data;
};

static int loop_epoll_ctl(struct loop_watch *watch, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (getpid() != watch->loop->pid)
		return 0;
	if (epoll_ctl(watch->loop->epoll_fd, op, watch->fd, &event) < 0)
		return -errno;
	return 0;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn,
	       void *data, struct loop_watch **out)
{
	struct loop_watch *watch;
	int ret;

	for (watch = LIST_FIRST(&loop->watches); watch;
	     watch = LIST_NEXT(watch, all)) {
		if (watch->fd == fd)
			return -EEXIST;
	}

	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->loop = loop;
	watch->fd = fd;
	watch->fn = fn;
	watch->data = data;

	ret = loop_watch_set(watch, events);
	if (ret < 0) {
		free(watch);
		return ret;
	}
	LIST_INSERT_HEAD(&loop->watches, watch, all);
	*out = watch;
	return 0;
}

int loop_watch_set(struct loop_watch *watch, uint32_t events)
{
	int ret;

	if (events == watch->events)
		return 0;

	if (!events) {
		loop_epoll_ctl(watch, EPOLL_CTL_DEL, 0);
		watch->events = 0;
		return 0;
	}

	ret = loop_epoll_ctl(
		watch, watch->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, events);
	if (ret < 0)
		return ret;
	watch->events = events;
	return 0;
}

void loop_watch_remove(struct loop_watch *watch)
{
	if (!watch)
		return;

	loop_watch_set(watch, 0);
	LIST_REMOVE(watch, all);
	loop_bury(watch->loop, &watch->grave);
}

int loop_run_watches(const struct epoll_event *events, int count)
{
	int ran = 0;
	int i;

	for (i = 0; i < count; i++) {
		struct loop_watch *watch = events[i].data.ptr;
		uint32_t wanted = watch->events | EPOLLERR | EPOLLHUP;

		/* Removed or changed by a callback of this batch? */
		if (!watch->events || !(events[i].events & wanted))
			continue;

		watch->fn(watch->data, events[i].events & wanted);
		ran++;
	}
	return ran;
}

void loop_free_watches(struct loop *loop)
{
	struct loop_watch *watch;

	while ((watch = LIST_FIRST(&loop->watches))) {
		LIST_REMOVE(watch, all);
		free(watch);
	}
}
