// SPDX-License-Identifier: BSD-3-Clause
/*
 * Open descriptors, and threads.
 */
#include "tests/fds.h"

#include <cap-ng.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/rights.h"

#define FDS_PATIENCE_MS 5000
#define FLOOD_LIMIT     64
#define FLOOD_COUNT     (FLOOD_LIMIT + 1)

/* With . and .. */
static unsigned int entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void wait_for_entries(const char *path, unsigned int count)
{
	int i;

	for (i = 0; i < FDS_PATIENCE_MS && entries(path) != count; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	assert_int_equal(entries(path), count);
}

unsigned int fds_count(void)
{
	return entries("/proc/self/fd");
}

unsigned int fds_count_of(pid_t process)
{
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", process);
	dir = opendir(path);
	if (!dir)
		return 0;
	closedir(dir);
	return entries(path);
}

void fds_wait(unsigned int count)
{
	wait_for_entries("/proc/self/fd", count);
}

void fds_wait_for_threads(void)
{
	wait_for_entries("/proc/self/task", 2 + 1);
}

ssize_t fds_send(int sock, const void *bytes, size_t len, int fd,
		 unsigned int count)
{
	union {
		char bytes[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	unsigned int i;

	assert_true(count <= RIGHTS_MAX);
	if (count) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(fd));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(fd));
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(fd), &fd,
			       sizeof(fd));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

/* What exempts (too_many_unix_fds()); permitted they stay. */
static const unsigned int exempting[] = { CAP_SYS_ADMIN, CAP_SYS_RESOURCE };

void fds_flood(struct fds_flood *flood)
{
	struct rlimit few;
	int ends[2];
	size_t i;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(fds_send(ends[0], "", 1, STDIN_FILENO, FLOOD_COUNT),
			 1);
	close(ends[0]);
	flood->fd = ends[1];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &flood->before), 0);
	few = flood->before;
	few.rlim_cur = FLOOD_LIMIT;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	capng_get_caps_process();
	for (i = 0; i < 2; i++) {
		flood->dropped[i] =
			capng_have_capability(CAPNG_EFFECTIVE, exempting[i]);
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, exempting[i]);
	}
	assert_int_equal(capng_apply(CAPNG_SELECT_CAPS), 0);
}

void fds_flood_end(struct fds_flood *flood)
{
	size_t i;

	capng_get_caps_process();
	for (i = 0; i < 2; i++)
		if (flood->dropped[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, exempting[i]);
	assert_int_equal(capng_apply(CAPNG_SELECT_CAPS), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &flood->before), 0);
	close(flood->fd);
}
