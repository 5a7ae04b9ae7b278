// SPDX-License-Identifier: BSD-3-Clause
/*
 * Signals of the event loop: a signalfd each.
 */
#include "common/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/loop_parts.h"

struct loop_signal {
	LIST_ENTRY(loop_signal) all;
	struct loop_watch *watch;
	int fd;
	int signo;
	bool unblock; /* in the end; it was not blocked before */
	loop_signal_fn fn;
	void *data;
};

/* One a round: the signalfd stays readable for more. */
static void loop_on_signal(void *data, uint32_t events)
{
	const struct loop_signal *signal = data;
	struct signalfd_siginfo info;

	(void)events;

	if (read(signal->fd, &info, sizeof(info)) == sizeof(info))
		signal->fn(signal->data, signal->signo);
}

int loop_signal(struct loop *loop, int signo, loop_signal_fn fn, void *data)
{
	struct loop_signal *signal;
	sigset_t one, before;
	int ret;

	sigemptyset(&one);
	if (sigaddset(&one, signo) < 0 || signo == SIGKILL || signo == SIGSTOP)
		return -EINVAL;
	for (signal = LIST_FIRST(&loop->signals); signal;
	     signal = LIST_NEXT(signal, all)) {
		if (signal->signo == signo)
			return -EEXIST;
	}

	signal = calloc(1, sizeof(*signal));
	if (!signal)
		return -ENOMEM;

	signal->signo = signo;
	signal->fn = fn;
	signal->data = data;
	signal->fd = signalfd(-1, &one, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signal->fd < 0) {
		ret = -errno;
		goto err_free;
	}

	ret = loop_watch(loop, signal->fd, EPOLLIN, loop_on_signal, signal,
			 &signal->watch);
	if (ret < 0)
		goto err_close;

	pthread_sigmask(SIG_BLOCK, &one, &before);
	signal->unblock = !sigismember(&before, signo);
	LIST_INSERT_HEAD(&loop->signals, signal, all);
	return 0;

err_close:
	close(signal->fd);
err_free:
	free(signal);
	return ret;
}

static void loop_signal_destroy(struct loop_signal *signal)
{
	sigset_t one;

	close(signal->fd);
	if (signal->unblock) {
		sigemptyset(&one);
		sigaddset(&one, signal->signo);
		pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	}
	free(signal);
}

void loop_free_signals(struct loop *loop)
{
	struct loop_signal *signal;

	while ((signal = LIST_FIRST(&loop->signals))) {
		LIST_REMOVE(signal, all);
		loop_signal_destroy(signal);
	}
}
