// SPDX-License-Identifier: BSD-3-Clause
/*
 * The opener process and its asker, over a real pair of sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostd/opener.h"
#include "tests/fds.h"

/* A kind whose nodes are files. */
static int open_file(const char *target)
{
	int fd = open(target, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

static int open_slowly(const char *target)
{
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	return open_file(target);
}

static const struct device_ops file_ops = { .open_node = open_file };
static const struct device_ops slow_ops = { .open_node = open_slowly };
static const struct device_ops software_ops = { .open_node = NULL };

enum { NULL_FILE, NO_FILE, SOFTWARE, SLOW, ZERO_FILE };

static const struct device_list devices = {
	.devices = {
		[NULL_FILE] = { .ops = &file_ops, .target = "/dev/null" },
		[NO_FILE] = { .ops = &file_ops, .target = "/dev/null/no" },
		[SOFTWARE] = { .ops = &software_ops },
		[SLOW] = { .ops = &slow_ops, .target = "/dev/null" },
		[ZERO_FILE] = { .ops = &file_ops, .target = "/dev/zero" },
	},
	.count = 5,
};

static struct opener *opener;
static int asker_fd;
static pid_t process;

static void start_with(const struct grant *grant)
{
	const struct transport_peer peer = { .kind = TRANSPORT_UNIX };
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	process = fork();
	assert_true(process >= 0);
	if (process == 0) {
		close(fds[0]);
		_exit(opener_run(fds[1], &devices, grant, &peer));
	}
	close(fds[1]);
	asker_fd = fds[0];
	assert_int_equal(opener_create(fds[0], &opener), 0);
}

/* @granted: a bit for each device */
static void start(uint64_t granted)
{
	start_with(&(struct grant){ .devices = granted });
}

/* Return: exit status of the process */
static int stop(void)
{
	int status;

	opener_destroy(opener);
	opener = NULL;
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static unsigned int descriptors(const char *process_dir)
{
	unsigned int count = 0;
	DIR *dir = opendir(process_dir);

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static dev_t number_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return status.st_rdev;
}

static void it_opens_the_device_that_was_asked_for(void **state)
{
	struct stat null, zero;
	int fd = -1;

	(void)state;

	assert_int_equal(stat("/dev/null", &null), 0);
	assert_int_equal(stat("/dev/zero", &zero), 0);

	start(UINT64_MAX);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), 0);
	assert_int_equal(number_of(fd), null.st_rdev);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	assert_int_equal(opener_open(opener, ZERO_FILE, &fd), 0);
	assert_int_equal(number_of(fd), zero.st_rdev);
	close(fd);
	assert_int_equal(stop(), 0);
}

static void a_kind_without_nodes_gives_no_descriptor(void **state)
{
	int fd = 99;

	(void)state;

	start(UINT64_MAX);
	assert_int_equal(opener_open(opener, SOFTWARE, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(stop(), 0);
}

static void failure_is_the_errno_of_open(void **state)
{
	int fd = 99;

	(void)state;

	start(UINT64_MAX);
	assert_int_equal(opener_open(opener, NO_FILE, &fd), -ENOTDIR);
	assert_int_equal(fd, 99);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), 0);
	close(fd);
	assert_int_equal(stop(), 0);
}

static void a_number_that_no_device_has_is_ENODEV(void **state)
{
	int fd = 99;

	(void)state;

	start(UINT64_MAX);
	assert_int_equal(opener_open(opener, 5, &fd), -ENODEV);
	assert_int_equal(opener_open(opener, DEVICE_COUNT_MAX, &fd), -ENODEV);
	assert_int_equal(opener_open(opener, UINT32_MAX, &fd), -ENODEV);
	assert_int_equal(fd, 99);
	assert_int_equal(stop(), 0);
}

static void what_is_not_granted_is_not_opened(void **state)
{
	int fd = 99;

	(void)state;

	start(1u << ZERO_FILE);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), -EACCES);
	assert_int_equal(opener_open(opener, SOFTWARE, &fd), -EACCES);
	assert_int_equal(fd, 99);
	assert_int_equal(opener_open(opener, ZERO_FILE, &fd), 0);
	close(fd);
	assert_int_equal(stop(), 0);
}

static void who_may_share_gets_the_reopener(void **state)
{
	struct reopener *reopener;

	(void)state;

	start(UINT64_MAX);
	assert_null(opener_reopener(opener));
	assert_int_equal(stop(), 0);
	start_with(&(struct grant){ .share = true });
	reopener = opener_reopener(opener);
	assert_non_null(reopener);
	assert_ptr_equal(opener_reopener(opener), reopener);
	assert_int_equal(reopener_held(reopener, asker_fd), -ENODATA);
	assert_int_equal(stop(), 0);
}

static void a_question_that_is_no_number_ends_it(void **state)
{
	int fd = 99;

	(void)state;

	start(UINT64_MAX);
	assert_int_equal(send(asker_fd, "12345", 5, 0), 5);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), -EIO);
	assert_int_equal(fd, 99);
	assert_int_equal(stop(), 1);
}

static void without_the_process_every_answer_is_EIO(void **state)
{
	int fd = 99;
	int status;

	(void)state;

	start(UINT64_MAX);
	kill(process, SIGKILL);
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), -EIO);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), -EIO);
	assert_int_equal(fd, 99);
	opener_destroy(opener);
	opener = NULL;
}

static void no_descriptor_stays_behind(void **state)
{
	unsigned int here, there;
	char dir[64];
	int fd, i;

	(void)state;

	start(UINT64_MAX);
	snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)process);

	assert_int_equal(opener_open(opener, NULL_FILE, &fd), 0);
	close(fd);
	/* It closes its copy after the answer, but before the next one. */
	assert_int_equal(opener_open(opener, SOFTWARE, &fd), 0);
	here = descriptors("/proc/self/fd");
	there = descriptors(dir);

	for (i = 0; i < 20; i++) {
		assert_int_equal(opener_open(opener, NULL_FILE, &fd), 0);
		close(fd);
		assert_int_equal(opener_open(opener, NO_FILE, &fd), -ENOTDIR);
	}
	assert_int_equal(descriptors("/proc/self/fd"), here);
	assert_int_equal(descriptors(dir), there);
	assert_int_equal(stop(), 0);
}

static void no_room_for_the_descriptor_is_EMFILE(void **state)
{
	struct rlimit before, none;
	int fd = 99;

	(void)state;

	start(UINT64_MAX);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(fd, 99);

	assert_int_equal(opener_open(opener, NULL_FILE, &fd), 0);
	close(fd);
	assert_int_equal(stop(), 0);
}

static void too_many_on_their_way_ends_nothing(void **state)
{
	struct fds_flood flood;
	int fd = 99;

	(void)state;

	fds_flood(&flood);
	start(UINT64_MAX);
	assert_int_equal(opener_open(opener, NULL_FILE, &fd), -ETOOMANYREFS);
	assert_int_equal(fd, 99);
	assert_int_equal(opener_open(opener, NO_FILE, &fd), -ENOTDIR);
	assert_int_equal(stop(), 0);
	fds_flood_end(&flood);
}

static void on_alarm(int signo)
{
	(void)signo;
}

static void a_signal_loses_no_answer(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = {
		.it_interval.tv_usec = 10000,
		.it_value.tv_usec = 10000,
	};
	const struct itimerval never = { 0 };
	int fd = -1;

	(void)state;

	start(UINT64_MAX);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(opener_open(opener, SLOW, &fd), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stop(), 0);
}

static void *ask_often(void *data)
{
	dev_t *number = data;
	struct stat status;
	uintptr_t wrong = 0;
	int i;

	for (i = 0; i < 200; i++) {
		unsigned int index = *number == 0 ? NO_FILE : NULL_FILE;
		int fd = -1;
		int ret = opener_open(opener, index, &fd);

		if (index == NO_FILE) {
			wrong += ret != -ENOTDIR;
			continue;
		}
		wrong += ret != 0 || fstat(fd, &status) != 0 ||
			 status.st_rdev != *number;
		close(fd);
	}
	return (void *)wrong;
}

static void each_thread_gets_the_answer_to_its_question(void **state)
{
	pthread_t threads[6];
	dev_t numbers[6] = { 0 };
	struct stat status;
	void *wrong;
	int i;

	(void)state;

	assert_int_equal(stat("/dev/null", &status), 0);
	for (i = 0; i < 6; i += 2)
		numbers[i] = status.st_rdev;

	start(UINT64_MAX);
	for (i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
						&numbers[i]),
				 0);
	for (i = 0; i < 6; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(stop(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_the_device_that_was_asked_for),
		cmocka_unit_test(a_kind_without_nodes_gives_no_descriptor),
		cmocka_unit_test(failure_is_the_errno_of_open),
		cmocka_unit_test(a_number_that_no_device_has_is_ENODEV),
		cmocka_unit_test(what_is_not_granted_is_not_opened),
		cmocka_unit_test(who_may_share_gets_the_reopener),
		cmocka_unit_test(a_question_that_is_no_number_ends_it),
		cmocka_unit_test(without_the_process_every_answer_is_EIO),
		cmocka_unit_test(no_descriptor_stays_behind),
		cmocka_unit_test(no_room_for_the_descriptor_is_EMFILE),
		cmocka_unit_test(too_many_on_their_way_ends_nothing),
		cmocka_unit_test(a_signal_loses_no_answer),
		cmocka_unit_test(each_thread_gets_the_answer_to_its_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
