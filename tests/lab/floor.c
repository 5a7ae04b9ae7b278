// SPDX-License-Identifier: BSD-3-Clause
/*
 * floor PORT: answer whoever connects to this port of vsock, until it is killed.
 * floor CID PORT: be who asks, and print one line:
 *
 *	ping_us=1012.5 give_mb_s=69.1 take_mb_s=55.3
 *
 * which is what nothing that talks over this way can be faster than: the median of
 * messages of an ioctl's length, there and back, and bytes, 64 KiB at a time, one way
 * and the other.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "tests/bench/pair.h"
#include "tests/lab/shared/process.h"

#define PINGS      201
#define STREAM_LEN (16 << 20)

static char bytes[PAIR_PING_LEN];

static int vsock(unsigned int cid, const char *port,
		 struct sockaddr_vm *address)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fatal("socket");
	*address = (struct sockaddr_vm){
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = (unsigned int)strtoul(port, NULL, 10),
	};
	return fd;
}

/* ---- who answers ------------------------------------------------------------------- */

/* Pings, a stream there, whose end is answered, and one back. */
static bool answer(int fd)
{
	int i;

	for (i = 0; i < PINGS; i++)
		if (!pair_take(fd, bytes, PAIR_PING_LEN) ||
		    !pair_give(fd, bytes, PAIR_PING_LEN))
			return false;
	return pair_take_stream(fd, STREAM_LEN) && pair_give(fd, bytes, 1) &&
	       pair_give_stream(fd, STREAM_LEN) && pair_take(fd, bytes, 1);
}

static _Noreturn void serve(const char *port)
{
	struct sockaddr_vm address;
	int listener = vsock(VMADDR_CID_ANY, port, &address);
	int fd;

	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0)
		fatal("listen");
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			fatal("accept");
		if (!answer(fd))
			fprintf(stderr, "floor: the other end has gone\n");
		close(fd);
	}
}

/* ---- who asks ---------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Return: the median */
static double ping_us(int fd)
{
	uint64_t took[PINGS];
	uint64_t begun;
	int i;

	for (i = 0; i < PINGS; i++) {
		begun = now_ns();
		if (!pair_give(fd, bytes, PAIR_PING_LEN) ||
		    !pair_take(fd, bytes, PAIR_PING_LEN))
			fatal("ping");
		took[i] = now_ns() - begun;
	}
	qsort(took, PINGS, sizeof(took[0]), compare);
	begun = took[PINGS / 2];
	return (double)begun / 1e3;
}

static double mb_s(uint64_t begun)
{
	return STREAM_LEN * 1e3 / (double)(now_ns() - begun);
}

static void ask(int fd)
{
	double ping = ping_us(fd);
	uint64_t begun = now_ns();
	double give, take;

	if (!pair_give_stream(fd, STREAM_LEN) || !pair_take(fd, bytes, 1))
		fatal("a stream there");
	give = mb_s(begun);
	begun = now_ns();
	if (!pair_take_stream(fd, STREAM_LEN))
		fatal("a stream back");
	take = mb_s(begun);
	pair_give(fd, bytes, 1);
	printf("ping_us=%.1f give_mb_s=%.1f take_mb_s=%.1f\n", ping, give,
	       take);
}

int main(int argc, char **argv)
{
	struct sockaddr_vm address;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 2)
		serve(argv[1]);
	if (argc != 3) {
		fprintf(stderr, "usage: floor [CID] PORT\n");
		return 2;
	}
	fd = vsock((unsigned int)strtoul(argv[1], NULL, 10), argv[2], &address);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fatal("connect");
	ask(fd);
	return 0;
}
