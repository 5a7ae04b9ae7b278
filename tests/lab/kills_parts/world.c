// SPDX-License-Identifier: BSD-3-Clause
/*
 * The supervisor: hostd and three guestds.
 */
#include "tests/lab/kills_parts/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/kills_parts/wrong.h"
#include "tests/lab/shared/process.h"

#define ARGUMENTS_MAX 24
#define TEXT_MAX      256
#define STALE_MS      100
#define BEGIN_MS      20000
#define END_MS        10000
#define FDS_MAX       256
#define CHILDREN_MAX  64

/**
 * struct daemon - One that is supervised
 * @log:	Where its output goes
 * @pid:	0: it is not to run
 * @started_ns:	The last time
 */
struct daemon {
	char *arguments[ARGUMENTS_MAX];
	char program[TEXT_MAX];
	char log[TEXT_MAX];
	pid_t pid;
	uint64_t started_ns;
};

static struct daemon hostd;
static struct daemon guestds[WORLD_NODES];
static char over_unix[TEXT_MAX];

/* Which end of the connection is guestd's: the one whose peer has this name. */
static const char *unix_path;

static char *nodes[WORLD_NODES] = {
	"/dev/video91",
	"/dev/video92",
	"/dev/video93",
};

const char *world_node(unsigned int node)
{
	return nodes[node];
}

/* ---- starting ------------------------------------------------------------------ */

static void be(const struct daemon *daemon)
{
	int fd = open(daemon->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		      0644);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		fatal(daemon->log);
	/* What is free is given back at once, so that what is not is seen. */
	setenv("MALLOC_TRIM_THRESHOLD_", "0", 1);
	setenv("MALLOC_TOP_PAD_", "0", 1);
	execv(daemon->program, daemon->arguments);
	fatal(daemon->program);
}

static void start(struct daemon *daemon)
{
	daemon->started_ns = now_ns();
	daemon->pid = fork_child();
	if (daemon->pid == 0)
		be(daemon);
}

static void describe(struct daemon *daemon, const char *build,
		     const char *program, const char *work, const char *log,
		     char *const arguments[])
{
	unsigned int i = 0;

	snprintf(daemon->program, sizeof(daemon->program), "%s/%s", build,
		 program);
	snprintf(daemon->log, sizeof(daemon->log), "%s/%s.log", work, log);
	daemon->arguments[i++] = daemon->program;
	while (*arguments && i < ARGUMENTS_MAX - 1)
		daemon->arguments[i++] = *arguments++;
}

static bool can_open(unsigned int node)
{
	int fd = open(nodes[node], O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void world_begin(const char *build, const char *work)
{
	char *const of_hostd[] = {
		"--listen", over_unix,
		"--listen", "vsock:848",
		"--allow",  "cid:1",
		"--device", "cap=/dev/video40",
		"--device", "pat=pattern:160x120,fps=30,static",
		NULL,
	};
	char *const of_vivid[] = { "--device", nodes[0], "--connect", over_unix,
				   "--remote", "cap",    "--profile", "stream",
				   "--wait",   NULL };
	char *const of_pattern[] = { "--device",  nodes[1],   "--connect",
				     over_unix,   "--remote", "pat",
				     "--profile", "stream",   "--wait",
				     NULL };
	char *const of_vsock[] = { "--device",    nodes[2],   "--connect",
				   "vsock:1:848", "--remote", "pat",
				   "--wait",      NULL };
	long end = now_ms() + BEGIN_MS;
	unsigned int i;

	snprintf(over_unix, sizeof(over_unix), "unix:%s/hostd.sock", work);
	unix_path = over_unix + strlen("unix:");
	describe(&hostd, build, "hostd", work, "hostd", of_hostd);
	describe(&guestds[0], build, "guestd", work, "guestd-video91",
		 of_vivid);
	describe(&guestds[1], build, "guestd", work, "guestd-video92",
		 of_pattern);
	describe(&guestds[2], build, "guestd", work, "guestd-video93",
		 of_vsock);
	/* Who outlives its parent is ours, and seen in the end. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		fatal("PR_SET_CHILD_SUBREAPER");
	start(&hostd);
	for (i = 0; i < WORLD_NODES; i++)
		start(&guestds[i]);
	for (i = 0; i < WORLD_NODES; i++)
		while (!can_open(i)) {
			errno = ETIME;
			if (now_ms() > end)
				fatal(nodes[i]);
			pause_ms(10);
		}
}

/* ---- dying ---------------------------------------------------------------------- */

static void must_be_gone(const char *node)
{
	long end = now_ms() + STALE_MS;

	while (!access(node, F_OK))
		if (now_ms() > end) {
			wrong(RULE_STALE, "%s is there %d ms later", node,
			      STALE_MS);
			return;
		} else {
			pause_ms(1);
		}
}

bool world_reaped(pid_t pid)
{
	unsigned int i;

	if (pid == hostd.pid) {
		start(&hostd);
		return true;
	}
	for (i = 0; i < WORLD_NODES; i++) {
		if (pid != guestds[i].pid)
			continue;
		must_be_gone(nodes[i]);
		start(&guestds[i]);
		return true;
	}
	return false;
}

static void stop(struct daemon *daemon)
{
	int status;

	kill(daemon->pid, SIGTERM);
	if (!process_ends(daemon->pid, END_MS, &status))
		wrong(RULE_LEFT, "%s does not end by SIGTERM", daemon->log);
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		wrong(RULE_LEFT, "%s ends with status %#x", daemon->log,
		      status);
	daemon->pid = 0;
}

/* Those that have lost their parent are ours now. */
static void nobody_left(void)
{
	long end = now_ms() + END_MS / 2;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid == 0)
			pause_ms(5);
		if (now_ms() > end) {
			wrong(RULE_LEFT, "a process is left");
			return;
		}
	}
}

void world_end(void)
{
	unsigned int i;

	for (i = 0; i < WORLD_NODES; i++) {
		stop(&guestds[i]);
		if (!access(nodes[i], F_OK))
			wrong(RULE_LEFT, "%s is left", nodes[i]);
	}
	stop(&hostd);
	if (!access(unix_path, F_OK))
		wrong(RULE_LEFT, "%s is left", unix_path);
	nobody_left();
}

/* ---- processes ------------------------------------------------------------------- */

pid_t world_hostd(void)
{
	return hostd.pid;
}

pid_t world_guestd(unsigned int node)
{
	return guestds[node].pid;
}

uint64_t world_started_ns(unsigned int node)
{
	return hostd.started_ns > guestds[node].started_ns
		       ? hostd.started_ns
		       : guestds[node].started_ns;
}

unsigned int world_children(pid_t parent, const char *name, pid_t *out,
			    unsigned int max)
{
	pid_t children[CHILDREN_MAX];
	unsigned int all = process_children(parent, children, CHILDREN_MAX);
	unsigned int count = 0;
	const char *comm;
	unsigned int i;

	for (i = 0; i < all && count < max; i++) {
		comm = process_line(children[i], "comm");
		if (!strncmp(comm, name, strlen(name)) &&
		    comm[strlen(name)] == '\n')
			out[count++] = children[i];
	}
	return count;
}

pid_t world_child(pid_t parent, const char *name, unsigned int nth)
{
	pid_t pids[16];
	unsigned int count = world_children(parent, name, pids, 16);

	return count ? pids[nth % count] : 0;
}

/* ---- the connection ----------------------------------------------------------------- */

/* guestd's end, or another socket of its own? */
static bool is_connection(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_un un;
	} peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getpeername(fd, &peer.any, &len) < 0)
		return false;
	return peer.any.sa_family == AF_VSOCK ||
	       (peer.any.sa_family == AF_UNIX &&
		len > offsetof(struct sockaddr_un, sun_path) &&
		!strcmp(peer.un.sun_path, unix_path));
}

bool world_cut(unsigned int node)
{
	int pidfd = (int)syscall(SYS_pidfd_open, guestds[node].pid, 0);
	bool cut = false;
	int number;
	int fd;

	if (pidfd < 0)
		return false;
	for (number = 0; number < FDS_MAX && !cut; number++) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
		if (fd < 0)
			continue;
		cut = is_connection(fd) && shutdown(fd, SHUT_RDWR) == 0;
		close(fd);
	}
	close(pidfd);
	return cut;
}
