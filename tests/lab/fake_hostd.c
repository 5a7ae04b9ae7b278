// SPDX-License-Identifier: BSD-3-Clause
/*
 * fake_hostd PATH ANSWER: somebody who listens where hostd should, and says to
 * everyone who comes
 *
 *	refuses	that the guest's version is not one of its own
 *	newer	that a version is agreed on which the guest did not offer
 *	garbage	what is no frame
 *	silent	nothing
 *	closes	nothing, and hangs up
 *
 * Prints `listening' when it does.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/wire.h"

#define VERSION_NEWER (VMS_VERSION_MAX + 41)

static _Noreturn void fatal(const char *what)
{
	fprintf(stderr, "fake_hostd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void say(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		fatal("send");
}

static void answer_hello(int fd, uint32_t status)
{
	struct vms_header header = {
		.type = VMS_HELLO_ACK,
		.len = sizeof(struct vms_hello_ack),
		.slen = sizeof(struct vms_hello_ack),
	};
	struct vms_hello_ack ack = {
		.version = VERSION_NEWER,
		.status = status,
		.max_ctrl = VMS_MAX_CTRL,
		.max_chunk = VMS_MAX_CHUNK,
		.cmd_window = VMS_CMD_WINDOW,
		.evt_credit = UINT32_MAX,
		.shm_len = 1 << 30,
		.page_size = VMS_PAGE_SIZE,
	};
	uint8_t bytes[sizeof(header) + sizeof(ack)];
	struct wire_writer writer;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	wire_put_hello_ack(&writer, &ack);
	say(fd, bytes, writer.len);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		fatal(path);
	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		fatal(path);
	printf("listening\n");
	fflush(stdout);
	return fd;
}

static void answer(int fd, const char *what)
{
	uint8_t hello[sizeof(struct vms_header) + sizeof(struct vms_hello)];

	if (strcmp(what, "closes") != 0 &&
	    recv(fd, hello, sizeof(hello), MSG_WAITALL) != sizeof(hello))
		fatal("HELLO");
	if (!strcmp(what, "refuses"))
		answer_hello(fd, EPROTONOSUPPORT);
	else if (!strcmp(what, "newer"))
		answer_hello(fd, 0);
	else if (!strcmp(what, "garbage"))
		say(fd, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", 40);
}

int main(int argc, char **argv)
{
	char byte;
	int listening;

	if (argc != 3) {
		fprintf(stderr, "usage: fake_hostd PATH ANSWER\n");
		return 2;
	}
	listening = listen_at(argv[1]);
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			fatal("accept");
		answer(fd, argv[2]);
		/* Until it hangs up, unless we do. */
		while (strcmp(argv[2], "closes") != 0 && read(fd, &byte, 1) > 0)
			;
		close(fd);
	}
}
