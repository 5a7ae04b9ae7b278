// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_app: guestd's socket for shims, to which everybody may connect.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rights.h"
#include "tests/lab/hostile_app_parts/program.h"
#include "tests/lab/hostile_parts/never.h"
#include "tests/lab/hostile_parts/peer.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/shim.h"

#define NOBODY 65534
#define CROWD  200

static const struct shim_ask honest = {
	.magic = SHIM_MAGIC,
	.kind = SHIM_MAP,
	.len = 4096,
	.prot = 3,  /* PROT_READ | PROT_WRITE */
	.flags = 1, /* MAP_SHARED */
};

static int open_node(struct shim_attach *attach)
{
	int fd = node_open(scene.node, O_CLOEXEC);

	*attach = shim_attach(fd);
	return fd;
}

/* What is answered: an errno; 0: memory; -1: nothing */
static int answer_of(int sock)
{
	struct shim_answer answer = { .error = -1 };
	int fd;

	if (rights_receive(sock, &answer, sizeof(answer), &fd, 0) <= 0)
		return -1;
	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : answer.error;
}

static int ask(const struct shim_attach *attach, const void *asked, size_t len)
{
	int sock = shim_reach(attach);
	int error = -1;

	if (send(sock, asked, len, MSG_NOSIGNAL) == (ssize_t)len)
		error = answer_of(sock);
	close(sock);
	return error;
}

/* What was found out, if who has no token is still told so */
static const char *served(const struct shim_attach *attach, const char *what)
{
	return ask(attach, &honest, sizeof(honest)) == EACCES
		       ? what
		       : "nobody is answered any more";
}

/* All zeroes, all ones, the own one with one bit changed, and random ones */
const char *asks_forged(void)
{
	unsigned int seed = 1;
	struct shim_attach attach;
	struct shim_ask asked;
	unsigned int refused = 0;
	unsigned int i, k;

	open_node(&attach);
	for (i = 0; i < CROWD; i++) {
		asked = honest;
		for (k = 0; k < SHIM_TOKEN_LEN && i > 1 && i < 130; k++)
			asked.token[k] = attach.token[k];
		if (i == 1)
			memset(asked.token, 0xff, SHIM_TOKEN_LEN);
		else if (i > 1 && i < 130)
			asked.token[(i - 2) / 8] ^=
				(uint8_t)(1u << (i - 2) % 8);
		else
			for (k = 0; k < SHIM_TOKEN_LEN && i; k++)
				asked.token[k] = (uint8_t)rand_r(&seed);
		refused += ask(&attach, &asked, sizeof(asked)) == EACCES;
	}
	return attack_says("%u of %u refused", refused, CROWD);
}

/* The own token, for what there is not */
const char *asks_odd(void)
{
	struct shim_attach attach;
	struct shim_ask asks[12];
	unsigned int refused = 0;
	unsigned int i;

	open_node(&attach);
	for (i = 0; i < 12; i++) {
		asks[i] = honest;
		memcpy(asks[i].token, attach.token, SHIM_TOKEN_LEN);
	}
	asks[0].kind = 0;
	asks[1].kind = UINT32_MAX;
	asks[2].magic = 0;
	asks[3].offset = UINT64_MAX;
	asks[4].len = UINT64_MAX;
	asks[5].len = 0;
	asks[6].prot = UINT32_MAX;
	asks[7].flags = UINT32_MAX;
	asks[8].reserved = 1;
	asks[9].type = UINT32_MAX;
	asks[10].kind = SHIM_EXPORT;
	asks[10].index = UINT32_MAX;
	/* Of a file without buffers there is nothing at all. */
	for (i = 0; i < 12; i++)
		refused += ask(&attach, &asks[i], sizeof(asks[i])) != 0;
	return served(&attach, attack_says("%u of 12 refused", refused));
}

/* Questions of every length but the right one */
const char *asks_half(void)
{
	uint8_t bytes[sizeof(struct shim_ask) * 2] = { 0 };
	struct shim_attach attach;
	unsigned int closed = 0;
	unsigned int count = 0;
	size_t len;

	open_node(&attach);
	memcpy(bytes, &honest, sizeof(honest));
	for (len = 1; len <= sizeof(bytes); len += 7) {
		if (len == sizeof(honest))
			continue;
		count++;
		closed += ask(&attach, bytes, len) == -1;
	}
	return served(&attach, attack_says("%s%u of %u without an answer",
					   closed == count ? "all " : "",
					   closed, count));
}

/* ---- descriptors ---------------------------------------------------------------------- */

/* Ask with @count copies of @fd, which is closed here: no memory comes. */
static bool is_of_no_use(const struct shim_attach *attach, int fd,
			 unsigned int count)
{
	struct peer peer = { .fd = shim_reach(attach) };
	int fds[PEER_FDS_MAX];
	unsigned int i;
	int error;

	for (i = 0; i < count; i++)
		fds[i] = fd < 0 ? dup(peer.fd) : fd;
	peer_bytes_with(&peer, &honest, sizeof(honest), fds, count);
	if (fd < 0)
		for (i = 0; i < count; i++)
			close(fds[i]);
	else
		close(fd);
	error = answer_of(peer.fd);
	close(peer.fd);
	return error != 0;
}

const char *asks_descriptors(void)
{
	struct shim_attach attach;
	unsigned int good = 0;

	open_node(&attach);
	good += is_of_no_use(&attach, open("/dev/null", O_RDWR | O_CLOEXEC), 1);
	good += is_of_no_use(&attach, open("/dev/null", O_RDWR | O_CLOEXEC),
			     PEER_FDS_MAX);
	good += is_of_no_use(&attach, -1, 1);
	good += is_of_no_use(&attach, -1, 100);
	return attack_says("%u of 4 of no use", good);
}

/* Whoever closes it last waits for guestd; 20 times, and behind no question, too */
const char *asks_own_node(void)
{
	struct shim_attach attach;
	unsigned int good = 0;
	unsigned int i;

	close(open_node(&attach));
	for (i = 0; i < 20; i++)
		good += is_of_no_use(&attach, node_open(scene.node, O_CLOEXEC),
				     1);
	return attack_says("%u of 20 of no use", good);
}

const char *asks_dead_fuse(void)
{
	struct shim_attach attach;
	unsigned int good = 0;
	unsigned int i;
	int fd;

	open_node(&attach);
	never_mount();
	for (i = 0; i < 8; i++) {
		never_answer(true);
		fd = never_open();
		never_answer(false);
		good += is_of_no_use(&attach, fd, 1);
	}
	never_unmount();
	return attack_says("%u of 8 of no use", good);
}

/* ---- too many, too slow ------------------------------------------------------------------- */

/* As many as may come, all of nobody's, who say nothing; root asks meanwhile. */
const char *asks_silent(void)
{
	struct shim_attach attach;
	unsigned int answered = 0;
	unsigned int i;
	long start, longest = 0;
	pid_t pid;

	open_node(&attach);
	pid = fork_child();
	if (pid == 0) {
		become(NOBODY);
		for (i = 0; i < CROWD; i++)
			shim_reach(&attach);
		for (;;)
			pause();
	}
	pause_ms(300);
	for (i = 0; i < 10; i++) {
		start = now_ms();
		answered += ask(&attach, &honest, sizeof(honest)) == EACCES;
		if (now_ms() - start > longest)
			longest = now_ms() - start;
	}
	return attack_says("others are answered %u of 10 times, within %ld ms",
			   answered, longest);
}

const char *asks_visits(void)
{
	struct shim_attach attach;
	unsigned int i;

	open_node(&attach);
	for (i = 0; i < CROWD; i++)
		close(shim_reach(&attach));
	return served(&attach, attack_says("left %u times", CROWD));
}
