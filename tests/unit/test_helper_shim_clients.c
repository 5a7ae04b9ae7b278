// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's socket for applications' shims: clients that do not ask, or
 * not as they should, and who else is served.
 */
#include "guestd/helper_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guestd/helper_unread.h"
#include "tests/helper_rig.h"
#include "tests/shim_client.h"

/* 64 of them each half a second would last longer than a shim waits. */
#define MANY 900

static void what_is_no_question_has_no_answer(void **state)
{
	struct shim_ask good = shim_client_map(helper_rig_token(HELPER_RIG_ONE),
					       0, HELPER_RIG_PAGE);
	struct shim_ask asked[6];
	struct shim_answer answer;
	unsigned int i;
	int fd, client;

	(void)state;
	for (i = 0; i < 6; i++)
		asked[i] = good;
	asked[0].magic ^= 1;
	asked[1].kind = 0;
	asked[2].kind = SHIM_EXPORT + 1;
	asked[3].reserved = 1;
	asked[4].index = 1;
	asked[5].kind = SHIM_EXPORT; /* with an offset and a length */
	for (i = 0; i < 6; i++)
		assert_int_equal(helper_rig_ask(&asked[i]), -EPIPE);

	for (i = 0; i < 2; i++) {
		uint8_t bytes[sizeof(good) + 1] = { 0 };

		memcpy(bytes, &good, sizeof(good));
		client = shim_client_connect(helper_rig_path());
		shim_client_send(client, bytes,
				 i ? sizeof(good) + 1 : sizeof(good) - 1, -1);
		assert_int_equal(shim_client_hear(client, &answer, &fd),
				 -EPIPE);
		close(client);
	}
	assert_int_equal(helper_rig_ask(&good), 0);
}

static void nobody_hands_in_a_descriptor(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);
	struct shim_answer answer;
	int ends[2], fd, client;
	char byte;

	(void)state;
	client = shim_client_connect(helper_rig_path());
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	shim_client_send(client, &asked, sizeof(asked), ends[1]);
	close(ends[1]);
	assert_int_equal(shim_client_hear(client, &answer, &fd), -EPIPE);
	/* It keeps none: that was the last. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	close(client);

	/* Its own end of the socket, and gone */
	client = shim_client_connect(helper_rig_path());
	shim_client_send(client, &asked, sizeof(asked), client);
	close(client);
	assert_int_equal(helper_rig_ask(&asked), 0);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void who_says_nothing_is_hung_up_on(void **state)
{
	uint64_t begun = now_ms();
	struct shim_answer answer;
	int fd, client;

	(void)state;
	client = shim_client_connect(helper_rig_path());
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE), 0);
	assert_int_equal(shim_client_hear(client, &answer, &fd), -EPIPE);
	assert_true(now_ms() - begun >= SHIM_CLIENT_NS / 1000000);
	close(client);
}

/* A client of another user, who may look into that directory */
static int connect_as(uid_t uid)
{
	char directory[64];
	int client;

	snprintf(directory, sizeof(directory), "%s", helper_rig_path());
	assert_int_equal(chmod(dirname(directory), 0755), 0);
	assert_int_equal(seteuid(uid), 0);
	client = shim_client_connect(helper_rig_path());
	assert_int_equal(seteuid(0), 0);
	assert_true(client >= 0);
	return client;
}

/* Of two users, neither of whom has too many */
static void who_says_nothing_makes_way(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);
	uint64_t begun = now_ms();
	struct shim_answer answer;
	int silent[SHIM_CLIENTS_MAX];
	unsigned int i;
	int fd, client;

	(void)state;
	if (geteuid())
		skip();
	for (i = 0; i < SHIM_CLIENTS_MAX; i++)
		silent[i] = connect_as(1 + i % 2);
	client = shim_client_connect(helper_rig_path());
	assert_true(client >= 0);
	shim_client_send(client, &asked, sizeof(asked), -1);
	assert_int_equal(shim_client_hear(client, &answer, &fd), 0);
	assert_int_equal(answer.error, 0);
	assert_true(now_ms() - begun >= SHIM_CROWDED_NS / 1000000);
	assert_true(now_ms() - begun < SHIM_CLIENT_NS / 1000000);
	close(fd);
	close(client);
	assert_int_equal(shim_client_hear(silent[0], &answer, &fd), -EPIPE);
	for (i = 0; i < SHIM_CLIENTS_MAX; i++)
		close(silent[i]);
	assert_int_equal(helper_rig_ask(&asked), 0);
}

/* Or the socket's queue would never have a place for others. */
static void who_connects_again_and_again_makes_way_at_once(void **state)
{
	uint64_t begun = now_ms();
	int silent[MANY];
	unsigned int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		silent[i] = shim_client_connect(helper_rig_path());
		assert_true(silent[i] >= 0);
	}
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE), 0);
	assert_true(now_ms() - begun < SHIM_CLIENT_NS / 2000000);
	for (i = 0; i < MANY; i++)
		close(silent[i]);
}

/* Return: a socket whose close(2) takes a minute; -1: this machine has no network */
static int lingering(int *peer)
{
	static const char bytes[65536];
	static const struct linger linger = { 1, 60 };
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listener, (struct sockaddr *)&address, len) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) < 0 ||
	    connect(fd, (struct sockaddr *)&address, len) < 0) {
		close(listener);
		close(fd);
		return -1;
	}
	*peer = accept4(listener, (struct sockaddr *)&address, &len,
			SOCK_CLOEXEC);
	close(listener);
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)),
		0);
	return fd;
}

/* In a question, in a message without bytes, and behind a good question */
static void a_descriptor_that_cannot_be_closed_delays_nobody(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);
	uint64_t begun = now_ms();
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		int peer = -1, fd = lingering(&peer), client;

		if (fd < 0)
			skip();
		helper_rig_stop();
		client = shim_client_connect(helper_rig_path());
		if (i == 2)
			shim_client_send(client, &asked, sizeof(asked), -1);
		shim_client_send(client, &asked, i == 1 ? 0 : sizeof(asked),
				 fd);
		close(fd);
		close(client);
		helper_rig_go();
		assert_int_equal(helper_rig_ask(&asked), 0);
		close(peer);
	}
	assert_true(now_ms() - begun < SHIM_CLIENT_NS / 1000000);
}

/* Its own limit, before that of the helper's user. */
static void who_does_not_read_gets_no_more(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);
	struct shim_answer answer;
	int unread[UNREAD_USER_MAX];
	int client, fd;
	unsigned int i;

	(void)state;
	for (i = 0; i < UNREAD_USER_MAX; i++) {
		unread[i] = shim_client_connect(helper_rig_path());
		shim_client_send(unread[i], &asked, sizeof(asked), -1);
		/* Nor does it help to say that one will not read. */
		if (i % 2)
			assert_int_equal(shutdown(unread[i], SHUT_WR), 0);
	}
	client = shim_client_connect(helper_rig_path());
	shim_client_send(client, &asked, sizeof(asked), -1);
	assert_int_equal(shim_client_hear(client, &answer, &fd), 0);
	assert_int_equal(answer.error, EAGAIN);
	assert_int_equal(fd, -1);
	close(client);

	/* One that reads, and one that goes. */
	assert_int_equal(shim_client_hear(unread[0], &answer, &fd), 0);
	close(fd);
	close(unread[1]);
	unread[1] = shim_client_connect(helper_rig_path());
	shim_client_send(unread[1], &asked, sizeof(asked), -1);
	assert_int_equal(helper_rig_ask(&asked), 0);
	for (i = 0; i < UNREAD_USER_MAX; i++)
		close(unread[i]);
	assert_int_equal(helper_rig_ask(&asked), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HELPER_RIG_TEST(what_is_no_question_has_no_answer),
		HELPER_RIG_TEST(nobody_hands_in_a_descriptor),
		HELPER_RIG_TEST(who_says_nothing_is_hung_up_on),
		HELPER_RIG_TEST(who_says_nothing_makes_way),
		HELPER_RIG_TEST(who_connects_again_and_again_makes_way_at_once),
		HELPER_RIG_TEST(
			a_descriptor_that_cannot_be_closed_delays_nobody),
		HELPER_RIG_TEST(who_does_not_read_gets_no_more),
	};

	return cmocka_run_group_tests(tests, helper_rig_make,
				      helper_rig_unmake);
}
