// SPDX-License-Identifier: BSD-3-Clause
/*
 * A file system of the attacker's own.
 */
#include "tests/lab/hostile_parts/never.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/hostile_parts/attack.h"
#include "tests/lab/shared/process.h"

static pid_t server;
static char page[256];

/* neverfs is beside this program. */
static void be_server(void)
{
	char program[256];

	beside(program, sizeof(program), "neverfs");
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	execl(program, program, scene.spare, (char *)NULL);
	fatal(program);
}

void never_mount(void)
{
	long end = now_ms() + 10000;

	errno = EINVAL;
	if (!scene.spare)
		fatal("--spare");
	server = fork_child();
	if (server == 0)
		be_server();
	snprintf(page, sizeof(page), "%s/page", scene.spare);
	while (access(page, F_OK) < 0) {
		if (now_ms() > end)
			fatal(page);
		pause_ms(10);
	}
	/* From then on close(2) does not ask, and we do not hang ourselves. */
	close(never_open());
}

int never_open(void)
{
	int fd = open(page, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fatal(page);
	return fd;
}

void never_answer(bool answers)
{
	kill(server, answers ? SIGCONT : SIGSTOP);
}

void never_unmount(void)
{
	pid_t pid;

	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	pid = fork_child();
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-uz", scene.spare,
		       (char *)NULL);
		fatal("fusermount3");
	}
	waitpid(pid, NULL, 0);
}
