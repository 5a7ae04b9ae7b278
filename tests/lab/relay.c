// SPDX-License-Identifier: BSD-3-Clause
/*
 * relay HERE THERE [PORT]: pass on what comes to the unix socket HERE to the one THERE,
 * and back: bytes, and no descriptors, as programs do that know nothing of those.
 *
 * With PORT, THERE is a virtual machine monitor's, which connects to that port of vsock
 * in its machine if it is asked to.
 *
 * Runs until it is killed.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lab/shared/process.h"

static int unix_socket(const char *path, struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fatal("socket");
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return fd;
}

/* Return: whether there may be more */
static bool pass(int from, int to)
{
	char bytes[65536];
	ssize_t len = read(from, bytes, sizeof(bytes));
	ssize_t done = 0;
	ssize_t ret;

	while (done < len) {
		ret = write(to, bytes + done, (size_t)(len - done));
		if (ret <= 0)
			return false;
		done += ret;
	}
	return len > 0;
}

/* As Firecracker has it: the answer is a line, too, or an end if nobody listens there. */
static bool ask_for(int fd, const char *port)
{
	char byte = '\0';

	if (dprintf(fd, "CONNECT %s\n", port) < 0)
		return false;
	while (byte != '\n')
		if (read(fd, &byte, 1) != 1)
			return false;
	return true;
}

static _Noreturn void pass_all(int here, const char *path, const char *port)
{
	struct pollfd ends[2] = { { .fd = here, .events = POLLIN },
				  { .events = POLLIN } };
	struct sockaddr_un address;

	ends[1].fd = unix_socket(path, &address);
	if (connect(ends[1].fd, (struct sockaddr *)&address, sizeof(address)) <
	    0)
		fatal(path);
	if (port && !ask_for(ends[1].fd, port))
		exit(1);
	while (poll(ends, 2, -1) > 0) {
		if (ends[0].revents && !pass(ends[0].fd, ends[1].fd))
			break;
		if (ends[1].revents && !pass(ends[1].fd, ends[0].fd))
			break;
	}
	exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address;
	int listener, fd;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: relay HERE THERE [PORT]\n");
		return 2;
	}
	signal(SIGCHLD, SIG_IGN);
	listener = unix_socket(argv[1], &address);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 16) < 0)
		fatal(argv[1]);
	for (;;) {
		fd = accept4(listener, (struct sockaddr *)&address,
			     &(socklen_t){ sizeof(address) }, SOCK_CLOEXEC);
		if (fd < 0)
			fatal("accept");
		if (fork_child() == 0)
			pass_all(fd, argv[2], argv[3]);
		close(fd);
	}
}
