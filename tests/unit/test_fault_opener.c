// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory, descriptors or threads run out in the opener, or in who asks it, at any
 * moment of a connection.
 *
 * What is asked then is answered with an error, nothing is left of it, and the next
 * question is answered as ever.  Both sides are threads of this process, so all that
 * is left of either would be seen.
 */
#include "hostd/opener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/fault.h"
#include "tests/fds.h"
#include "tests/sealed.h"

#define NODE       "/dev/null"
#define LEN        4096
#define FAULTS_MIN 7 /* or the library is not the one in which calls fail */

static struct device_list devices;
static const struct grant grant = { .devices = UINT64_MAX, .share = true };
static const struct transport_peer peer = { .kind = TRANSPORT_UNIX };

static pthread_t thread;
static struct opener *opener;
static unsigned int fault_number;

/* ---- a connection --------------------------------------------------------- */

static void *be_opener(void *data)
{
	int fd = (int)(intptr_t)data;
	int status = opener_run(fd, &devices, &grant, &peer);

	close(fd);
	return (void *)(intptr_t)status;
}

/* Return: 0, or -ENOMEM where there is no asker */
static int start(void)
{
	int fds[2];
	int ret;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(pthread_create(&thread, NULL, be_opener,
					(void *)(intptr_t)fds[1]),
			 0);
	ret = opener_create(fds[0], &opener);
	if (ret < 0)
		close(fds[0]);
	return ret;
}

static void stop(void)
{
	void *status;

	opener_destroy(opener);
	opener = NULL;
	assert_int_equal(pthread_join(thread, &status), 0);
	assert_null(status);
	fds_wait_for_threads();
}

/* ---- questions ------------------------------------------------------------ */

static bool is_scarce(int result)
{
	return fault_hits() &&
	       (result == -EMFILE || result == -ENOMEM || result == -EAGAIN);
}

/* @fd: of a question whose answer is @result */
static void expect(int result, int fd, const char *question)
{
	if (result == 0 && fd >= 0) {
		close(fd);
		return;
	}
	if (!is_scarce(result))
		fail_msg("fault %u, %s: %s: %s", fault_number, fault_name(),
			 question, strerror(-result));
}

static void ask_to_open(void)
{
	int fd = -1;
	int ret = opener_open(opener, 0, &fd);

	expect(ret, fd, "open");
}

/* Who has no reopener shares nothing that could be counted: see exports.h. */
static void ask_for_memory(void)
{
	struct reopener *reopener = opener_reopener(opener);
	int ret;
	int fd;

	if (!reopener) {
		assert_true(fault_hits());
		return;
	}
	fd = sealed_memfd(LEN, F_SEAL_SHRINK);
	ret = reopener_anew(reopener, fd);
	expect(ret < 0 ? ret : 0, ret, "anew");
	ret = reopener_held(reopener, fd);
	if (ret != -ENODATA && !is_scarce(ret))
		fail_msg("fault %u, %s: held: %d", fault_number, fault_name(),
			 ret);
	close(fd);
}

static void ask_all(void)
{
	ask_to_open();
	ask_for_memory();
	ask_to_open();
}

/* ---- faults ---------------------------------------------------------------- */

/* @count: as for fault_arm().  Return: whether anything has failed */
static bool run(unsigned int kinds, unsigned int at, unsigned int count)
{
	unsigned int fds = fds_count();
	unsigned int hits;
	int ret;

	fault_number = at;
	fault_watch(getpid());
	fault_arm(kinds, at, count);
	ret = start();
	if (ret == 0)
		ask_all();
	else
		expect(ret, -1, "create");
	hits = fault_disarm();

	if (ret == 0) {
		fault_arm(0, 1, 0);
		ask_to_open();
		if (opener_reopener(opener))
			ask_for_memory();
	}
	stop();
	fds_wait(fds);
	assert_int_equal(fault_kept(), 0);
	return hits;
}

static void one_call_fails(void **state)
{
	unsigned int at = 1;

	(void)state;
	while (run(FAULT_ALL, at, 1))
		at++;
	print_message("%u faults\n", at - 1);
	assert_true(at > FAULTS_MIN);
}

static void no_more_descriptors(void **state)
{
	unsigned int at = 1;

	(void)state;
	while (run(FAULT_FILES, at, 0))
		at++;
	assert_true(at > 1);
}

static void no_more_memory(void **state)
{
	unsigned int at = 1;

	(void)state;
	while (run(FAULT_MEMORY, at, 0))
		at++;
	assert_true(at > 1);
}

static int setup(void **state)
{
	char why[DEVICE_WHY_LEN];

	(void)state;
	log_open("test", LOG_LEVEL_ERR);
	return device_list_add(&devices, NODE, why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_call_fails),
		cmocka_unit_test(no_more_descriptors),
		cmocka_unit_test(no_more_memory),
	};

	return cmocka_run_group_tests_name("fault_opener", tests, setup, NULL);
}
