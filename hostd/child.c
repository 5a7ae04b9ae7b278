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
#include <unistd.h>

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

pid_t child_fork(const struct child_gate *gate)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_wait(gate);
	return pid;
}
