// SPDX-License-Identifier: BSD-3-Clause
/*
 * Commands, as a user types them.
 */
#include "tests/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* All of it, so that who writes it is not stopped. */
static void read_all(int fd, char *text, size_t len)
{
	size_t have = 0;
	char rest[512];
	ssize_t got;

	do {
		got = have < len - 1 ? read(fd, text + have, len - 1 - have)
				     : read(fd, rest, sizeof(rest));
		if (got > 0 && have < len - 1)
			have += (size_t)got;
	} while (got > 0);
	text[have] = 0;
}

int shell_run(const char *command, char *text, size_t len)
{
	int ends[2];
	int status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	read_all(ends[0], text, len);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
