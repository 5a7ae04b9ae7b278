// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: the guestd that is lied to.
 *
 * It may end by itself, where it says that it does: of a host that has become another
 * device, or speaks no version of its own.
 */
#include "tests/lab/hostile_host_parts/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/transport.h"
#include "tests/lab/hostile_host_parts/host.h"
#include "tests/lab/shared/process.h"

#define NODE "/dev/video95"

static int listener = -1;
static pid_t guestd;

const char *listen_node(void)
{
	return NODE;
}

int listen_accept(void)
{
	struct pollfd pollfd = { .fd = listener, .events = POLLIN };
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int fd;

	errno = ETIMEDOUT;
	if (poll(&pollfd, 1, 10000) != 1)
		fatal("guestd does not connect");
	fd = accept4(listener, (struct sockaddr *)&address, &len, SOCK_CLOEXEC);
	if (fd < 0)
		fatal("accept");
	return fd;
}

static void be_guestd(void)
{
	char program[256], path[256];
	int log;

	snprintf(path, sizeof(path), "%s.log", scene.spare);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

	beside(program, sizeof(program), "../guestd");
	if (dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		fatal("guestd's log");
	/* It is killed with us, but for what it starts. */
	execl(program, "guestd", "--device", NODE, "--connect", scene.address,
	      "--wait", "--profile", "stream", scene.with, (char *)NULL);
	fatal(program);
}

/* A host that behaves well, until there is a node. */
static void start_guestd(void)
{
	long end = now_ms() + 20000;
	struct host host;

	guestd = fork_child();
	if (guestd == 0)
		be_guestd();
	host_start(&host);
	while (access(NODE, F_OK) < 0) {
		if (now_ms() > end)
			fatal(NODE);
		host_serve(&host, 20);
	}
	host_serve(&host, 100);
	peer_close(&host.peer);
	measure_also(guestd);
}

void listen_start(void)
{
	struct transport_address address;

	errno = -transport_parse(scene.address, &address);
	if (errno)
		fatal(scene.address);
	errno = -transport_listen(&address, &listener);
	if (errno)
		fatal(scene.address);
	start_guestd();
	/* What guestd has for a first program's buffers is not what a row leaves. */
	app_run(NULL, APP_REQBUFS);
}

void listen_again(void)
{
	if (waitpid(guestd, NULL, WNOHANG) == guestd)
		start_guestd();
}

void listen_guestd_stops(bool stops)
{
	kill(guestd, stops ? SIGSTOP : SIGCONT);
}

bool listen_guestd_runs(void)
{
	char state = process_state(guestd);

	return state && state != 'Z';
}

void listen_guestd_ends(void)
{
	kill(guestd, SIGTERM);
	while (listen_guestd_runs())
		pause_ms(10);
}

void listen_stop(void)
{
	int status;

	kill(guestd, SIGTERM);
	if (!process_ends(guestd, 5000, &status)) {
		printf("not ok guestd does not end\n");
		kill(guestd, SIGKILL);
	}
}
