// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's process: what it keeps, what it bears, when it ends.
 */
#include "guestd/helper.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/rights.h"
#include "guestd/helper_wire.h"

#define WAIT_MS 20000

static pid_t helper;
static int sock;

static void start(bool ptrace)
{
	helper = helper_start(ptrace, -1, &sock);
	if (ptrace && helper_refused(helper)) {
		print_message("needs root\n");
		skip();
	}
	assert_true(helper > 0);
}

static int helper_wait(void)
{
	int status;

	assert_int_equal(waitpid(helper, &status, 0), helper);
	return status;
}

static void finish(void)
{
	close(sock);
	assert_int_equal(helper_wait(), 0);
}

/* First word behind @name in /proc/PID/status, as a number */
static uint64_t status_of(pid_t pid, const char *name, int base)
{
	uint64_t value = UINT64_MAX;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name) + 1, NULL, base);
	fclose(file);
	return value;
}

/* As a bit set */
static uint64_t fds_of(pid_t pid)
{
	struct dirent *entry;
	uint64_t fds = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			fds |= (uint64_t)1 << strtoul(entry->d_name, NULL, 10);
	closedir(dir);
	return fds;
}

static void send_request(const struct helper_request *request)
{
	assert_int_equal(send(sock, request, sizeof(*request), MSG_NOSIGNAL),
			 sizeof(*request));
}

static struct helper_result receive_result(void)
{
	struct pollfd wait = { .fd = sock, .events = POLLIN };
	struct helper_result result;

	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(recv(sock, &result, sizeof(result), MSG_WAITALL),
			 sizeof(result));
	return result;
}

static void keeps_nothing_that_it_does_not_need(void **state)
{
	uint64_t wanted = (uint64_t)1 << CAP_SYS_PTRACE |
			  (uint64_t)1 << CAP_DAC_READ_SEARCH;
	char path[64], name[32] = { 0 };
	int keep = open("/dev/null", O_RDONLY);
	FILE *file;

	(void)state;
	start(true);

	assert_int_equal(status_of(helper, "CapPrm", 16), wanted);
	assert_int_equal(status_of(helper, "CapEff", 16), wanted);
	assert_int_equal(status_of(helper, "CapInh", 16), 0);
	assert_int_equal(status_of(helper, "CapBnd", 16), 0);
	assert_int_equal(status_of(helper, "CapAmb", 16), 0);
	assert_int_equal(status_of(helper, "NoNewPrivs", 10), 1);
	assert_int_equal(fds_of(helper), 0xf);

	snprintf(path, sizeof(path), "/proc/%d/comm", helper);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(name, sizeof(name), file));
	fclose(file);
	assert_string_equal(name, "guestd-memory\n");

	/* guestd's end does not block. */
	assert_int_equal(recv(sock, name, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
	close(keep);
	finish();
}

static void keeps_no_capability_without_ptrace(void **state)
{
	(void)state;
	start(false);
	assert_int_equal(status_of(helper, "CapPrm", 16), 0);
	assert_int_equal(status_of(helper, "CapEff", 16), 0);
	assert_int_equal(status_of(helper, "NoNewPrivs", 10), 1);
	finish();
}

static int start_without(unsigned int capability)
{
	int status, fd;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		capng_get_caps_process();
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			     capability);
		if (capng_apply(CAPNG_SELECT_CAPS) < 0)
			_exit(1);
		if (helper_start(true, -1, &fd) != -EPERM)
			_exit(2);
		if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
			_exit(3);
		_exit(helper_start(false, -1, &fd) > 0 ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void says_when_it_may_not_look_at_others(void **state)
{
	(void)state;
	assert_int_equal(start_without(CAP_SYS_PTRACE), 0);
	assert_int_equal(start_without(CAP_DAC_READ_SEARCH), 0);
}

static void ignores_what_ends_guestd(void **state)
{
	struct helper_request request = { .type = HELPER_SIGNALS,
					  .id = 5,
					  .tid = getpid() };
	struct helper_result result;

	(void)state;
	start(false);
	kill(helper, SIGINT);
	kill(helper, SIGTERM);
	kill(helper, SIGHUP);
	send_request(&request);
	result = receive_result();
	assert_int_equal(result.id, 5);
	assert_int_equal(result.result, 0);
	assert_int_equal(result.len, 0);
	finish();
}

static void dies_with_guestd_even_if_the_socket_lives(void **state)
{
	int status, fds[2];
	pid_t guestd, pid;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);

	guestd = fork();
	assert_true(guestd >= 0);
	if (guestd == 0) {
		pid = helper_start(false, -1, &sock);
		if (pid <= 0 || write(fds[1], &pid, sizeof(pid)) < 0)
			_exit(1);
		if (fork() == 0) {
			/* Keeps guestd's end until the test closes fds[0]. */
			close(fds[0]);
			_exit(read(fds[1], &status, 1) != 0 ? 1 : 0);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(guestd, &status, 0), guestd);
	assert_int_equal(status, 0);
	assert_int_equal(read(fds[0], &helper, sizeof(helper)), sizeof(helper));
	close(fds[1]);

	status = helper_wait();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	close(fds[0]);
	assert_true(wait(&status) > 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

/* ---- what guestd may not say ----------------------------------------- */

static void expect_end(const struct helper_request *request, const void *bytes,
		       size_t len)
{
	int status;

	start(false);
	send_request(request);
	if (len)
		assert_int_equal(send(sock, bytes, len, MSG_NOSIGNAL), len);
	status = helper_wait();
	close(sock);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void ends_at_what_makes_no_sense(void **state)
{
	struct helper_request request = { .type = HELPER_TYPE_COUNT };
	struct helper_extent extents[2] = { { 0, 6 }, { 0, UINT64_MAX } };

	(void)state;
	expect_end(&request, NULL, 0);

	request = (struct helper_request){ .type = HELPER_NODE, .rdev = 1 };
	expect_end(&request, &request, sizeof(request));

	request = (struct helper_request){ .type = HELPER_READ };
	request.count = HELPER_EXTENTS_MAX + 1;
	expect_end(&request, NULL, 0);

	request.count = 0;
	request.len = HELPER_BYTES_MAX + 1;
	expect_end(&request, NULL, 0);
	request.len = 1; /* would be read from nowhere */
	expect_end(&request, NULL, 0);

	request.count = 2;
	request.len = 5; /* also the sum, modulo 2^64 */
	expect_end(&request, extents, sizeof(extents));
	request.len = 7;
	extents[1].len = 0;
	expect_end(&request, extents, sizeof(extents));
}

static void ends_quietly_in_the_middle_of_a_message(void **state)
{
	struct helper_request request = { .type = HELPER_WRITE,
					  .count = 1,
					  .len = 10 };

	(void)state;
	start(false);
	send_request(&request);
	finish();
}

static void send_with_fd(const struct helper_request *request, int fd)
{
	assert_int_equal(rights_send(sock, request, sizeof(*request), fd, 0),
			 sizeof(*request));
}

static void keeps_no_descriptor_that_comes(void **state)
{
	struct helper_request region = { .type = HELPER_REGION_ADD,
					 .region = 1,
					 .len = 4096 };
	struct helper_request request = { .type = HELPER_SIGNALS,
					  .id = 1,
					  .tid = getpid() };
	/* A dma-buf's would be kept, for DMA_BUF_IOCTL_SYNC. */
	int fd = memfd_create("plane", MFD_CLOEXEC);

	(void)state;
	start(true);
	send_with_fd(&region, fd);
	region.region++;
	region.len = SIZE_MAX; /* cannot be mapped, which is no crime */
	send_with_fd(&region, fd);
	send_with_fd(&request, fd);
	receive_result();
	send_request(&request);
	receive_result();
	assert_int_equal(fds_of(helper), 0xf);
	close(fd);
	finish();
}

/* Clients say how many there are: that must not be what ends it for others. */
static void a_descriptor_that_finds_no_room_is_no_crime(void **state)
{
	const struct rlimit none = { 4, 4 };
	struct helper_request region = { .type = HELPER_REGION_ADD,
					 .region = 1,
					 .len = 4096 };
	struct helper_request request = { .type = HELPER_SYNC, .id = 1 };
	int fd = memfd_create("plane", MFD_CLOEXEC);

	(void)state;
	start(false);
	assert_int_equal(prlimit(helper, RLIMIT_NOFILE, &none, NULL), 0);
	send_with_fd(&region, fd);
	region.region++;
	send_request(&region); /* nor one that guestd could not send */
	send_request(&request);
	assert_int_equal(receive_result().id, 1);
	assert_int_equal(fds_of(helper), 0xf);
	close(fd);
	finish();
}

static void ask_to_close(uint32_t id, int fd, int32_t expected)
{
	struct helper_request request = { .type = HELPER_CLOSE, .id = id };
	struct helper_result result;

	send_with_fd(&request, fd);
	result = receive_result();
	assert_int_equal(result.id, id);
	assert_int_equal(result.result, expected);
}

/* Not before guestd has, whose own must not be the last. */
static void closes_what_it_is_told_to(void **state)
{
	struct helper_request closed = { .type = HELPER_CLOSED };
	struct pollfd end;
	int ends[2];

	(void)state;
	start(false);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	ask_to_close(1, ends[1], 0);
	ask_to_close(2, ends[1], 0);
	close(ends[1]);
	end = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	assert_int_equal(poll(&end, 1, 0), 0);
	assert_int_equal(fds_of(helper), 0x3f);
	send_request(&closed);
	assert_int_equal(poll(&end, 1, WAIT_MS), 1);
	assert_true(end.revents & POLLHUP);
	close(ends[0]);
	finish();
}

static void says_what_it_cannot_close(void **state)
{
	const struct rlimit none = { 4, 4 };

	(void)state;
	start(false);
	assert_int_equal(prlimit(helper, RLIMIT_NOFILE, &none, NULL), 0);
	ask_to_close(1, STDERR_FILENO, -EMFILE);
	assert_int_equal(fds_of(helper), 0xf);
	finish();
}

static void hush(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static int setup(void **state)
{
	(void)state;
	log_set_sink(hush); /* in the helper, too */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_nothing_that_it_does_not_need),
		cmocka_unit_test(keeps_no_capability_without_ptrace),
		cmocka_unit_test(says_when_it_may_not_look_at_others),
		cmocka_unit_test(ignores_what_ends_guestd),
		cmocka_unit_test(dies_with_guestd_even_if_the_socket_lives),
		cmocka_unit_test(ends_at_what_makes_no_sense),
		cmocka_unit_test(ends_quietly_in_the_middle_of_a_message),
		cmocka_unit_test(keeps_no_descriptor_that_comes),
		cmocka_unit_test(a_descriptor_that_finds_no_room_is_no_crime),
		cmocka_unit_test(closes_what_it_is_told_to),
		cmocka_unit_test(says_what_it_cannot_close),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
