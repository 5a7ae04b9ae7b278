// SPDX-License-Identifier: BSD-3-Clause
/*
 * Forked processes.
 *
 * The gate exists because of the rule in hostd/listener.h: what a child must be
 * the last to close, its parent has to close first.  Until then the child does
 * nothing that could end it, so it holds its copies for certain.
 */
#include "hostd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/log.h"

int child_gate_init(struct child_gate *gate)
{
	return pipe2(gate->fds, O_CLOEXEC) < 0 ? -errno : 0;
}

void child_gate_open(struct child_gate *gate)
{
	close(gate->fds[0]);
	close(gate->fds[1]);
}

static void child_wait(const struct child_gate *gate)
{
	char none;

	/* Our own copy of the writing end would keep the gate closed. */
	close(gate->fds[1]);
	while (read(gate->fds[0], &none, 1) < 0 && errno == EINTR)
		;
	close(gate->fds[0]);
}

static int child_die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;

	/* It may have died before, and then nobody sends that signal. */
	return getppid() == parent ? 0 : -ESRCH;
}

static int child_reset_signals(void)
{
	sigset_t none;

	/* systemctl kill means all processes of a service. */
	if (signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    signal(SIGUSR1, SIG_IGN) == SIG_ERR)
		return -errno;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

static void child_begin(pid_t parent, const char *name)
{
	int ret;

	mallopt(M_ARENA_MAX, 1);
	prctl(PR_SET_NAME, name);

	ret = child_die_with(parent);
	if (ret == -ESRCH) /* what for, then? */
		_exit(0);
	if (ret == 0)
		ret = child_reset_signals();
	if (ret < 0)
		child_fail(name, ret);
}

pid_t child_fork(const struct child_gate *gate, const char *name)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (gate)
			child_wait(gate);
		child_begin(parent, name);
	}
	return pid;
}

void child_fail(const char *name, int error)
{
	log_err("%s: cannot start: %s", name, strerror(-error));
	_exit(1);
}
