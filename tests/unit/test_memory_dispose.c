// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors that the memory helper is to close: against one that takes them or not,
 * and against the real one.
 *
 * A pipe shows when the last one of its other end is closed.
 */
#include "guestd/memory_dispose.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/rights.h"
#include "guestd/helper.h"
#include "guestd/helper_wire.h"
#include "tests/fds.h"
#include "tests/memcheck.h"

static struct loop *loop;
static struct memory *memory;
static int sock; /* the helper's end; -1: it is a real one */
static pid_t helper;
static unsigned int lost, fds, warnings, errors;

static void on_lost(void *data)
{
	assert_ptr_equal(data, &lost);
	lost++;
}

static void sink(enum log_level level, const char *line)
{
	(void)line;
	warnings += level == LOG_LEVEL_WARN;
	errors += level == LOG_LEVEL_ERR;
}

static void start(int fd)
{
	lost = warnings = errors = 0;
	log_set_sink(sink);
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(memory_create(loop, fd, on_lost, &lost, &memory), 0);
}

static int setup(void **state)
{
	int ends[2];

	(void)state;
	fds = fds_count();
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	sock = ends[1];
	start(ends[0]);
	return 0;
}

static int setup_real(void **state)
{
	int fd;

	(void)state;
	fds = fds_count();
	sock = -1;
	helper = helper_start(false, -1, &fd);
	assert_true(helper > 0);
	start(fd);
	return 0;
}

static int teardown(void **state)
{
	int status;

	(void)state;
	memory_destroy(memory);
	loop_destroy(loop);
	log_set_sink(NULL);
	if (sock >= 0) {
		close(sock);
	} else {
		assert_int_equal(waitpid(helper, &status, 0), helper);
		/* Valgrind looks at what a process has that ends in the middle. */
		if (!memcheck())
			assert_int_equal(status, 0);
	}
	assert_int_equal(fds_count(), fds);
	return 0;
}

static void run(void)
{
	while (loop_run_once(loop, 0) > 0)
		;
}

/* Return: the end that stays; the other one is disposed of */
static int dispose_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	memory_dispose(memory, ends[1]);
	return ends[0];
}

static bool is_closed(int end)
{
	char byte;
	ssize_t got = read(end, &byte, 1);

	assert_true(got == 0 || (got < 0 && errno == EAGAIN));
	return got == 0;
}

/* Return: the next request, with what came along in @fd; HELPER_TYPE_COUNT: there is none */
static struct helper_request take(int *fd)
{
	struct helper_request request = { .type = HELPER_TYPE_COUNT };
	ssize_t got;

	*fd = -1;
	got = rights_receive(sock, &request, sizeof(request), fd, 0);
	assert_true(got == sizeof(request) || got == -EAGAIN);
	return request;
}

static void answer(uint32_t id, int32_t value)
{
	struct helper_result result = { .id = id, .result = value };

	assert_int_equal(send(sock, &result, sizeof(result), MSG_NOSIGNAL),
			 sizeof(result));
	run();
}

/* Return: what was passed, the caller's; @id of the question */
static int take_close(uint32_t *id)
{
	int fd;
	struct helper_request request = take(&fd);

	assert_int_equal(request.type, HELPER_CLOSE);
	assert_true(fd >= 0);
	*id = request.id;
	return fd;
}

static void expect_none(void)
{
	int fd;

	assert_int_equal(take(&fd).type, HELPER_TYPE_COUNT);
}

static void expect_said_closed(void)
{
	int fd;

	assert_int_equal(take(&fd).type, HELPER_CLOSED);
	assert_int_equal(fd, -1);
}

static void ours_is_closed_when_the_helper_has_it(void **state)
{
	int end = dispose_pipe(), fd;
	uint32_t id;

	(void)state;
	fd = take_close(&id);
	/* As if it got lost there. */
	close(fd);
	run();
	assert_false(is_closed(end));
	expect_none();
	answer(id, 0);
	assert_true(is_closed(end));
	expect_said_closed();
	expect_none();
	close(end);
}

static void one_goes_after_the_other(void **state)
{
	int ends[3], fd;
	unsigned int i;
	uint32_t id;

	(void)state;
	for (i = 0; i < 3; i++)
		ends[i] = dispose_pipe();
	for (i = 0; i < 3; i++) {
		fd = take_close(&id);
		expect_none();
		answer(id, 0);
		expect_said_closed();
		assert_false(is_closed(ends[i]));
		close(fd);
		assert_true(is_closed(ends[i]));
		close(ends[i]);
	}
	expect_none();
}

static void wait_for_close(void)
{
	char byte;

	while (recv(sock, &byte, 1, MSG_PEEK) < 0)
		loop_run_once(loop, -1);
}

static void what_finds_no_room_there_is_tried_again(void **state)
{
	int end = dispose_pipe(), i, fd;
	uint32_t id;

	(void)state;
	for (i = 0; i < 2; i++) {
		close(take_close(&id));
		answer(id, -EMFILE);
		assert_false(is_closed(end));
		expect_none();
		wait_for_close();
	}
	fd = take_close(&id);
	answer(id, 0);
	expect_said_closed();
	close(fd);
	assert_true(is_closed(end));
	assert_int_equal(warnings, 1);
	close(end);
}

static void so_is_what_cannot_be_sent(void **state)
{
	struct fds_flood flood;
	uint32_t id;
	int end;

	(void)state;
	if (memcheck())
		skip();
	fds_flood(&flood);
	end = dispose_pipe();
	expect_none();
	assert_false(is_closed(end));
	fds_flood_end(&flood);
	wait_for_close();
	close(take_close(&id));
	answer(id, 0);
	expect_said_closed();
	assert_true(is_closed(end));
	close(end);
}

/* Which is no fault of the host's. */
static void a_busy_helper_gets_them_later(void **state)
{
	unsigned int before = 0, i;
	int end, fd;
	uint32_t id;

	(void)state;
	for (i = 0; i < 4096; i++)
		memory_file_closed(memory, i);
	/* There is room again, but others were first. */
	for (; before < 64; before++)
		assert_int_equal(take(&fd).type, HELPER_FILE_CLOSED);
	end = dispose_pipe();
	run();
	while (take(&fd).type == HELPER_FILE_CLOSED) {
		before++;
		assert_int_equal(fd, -1);
		run();
	}
	assert_int_equal(before, 4096);
	wait_for_close();
	close(take_close(&id));
	answer(id, 0);
	expect_said_closed();
	assert_true(is_closed(end));
	assert_int_equal(warnings, 0);
	close(end);
}

static void without_a_helper_they_stay_open_until_the_end(void **state)
{
	int ends[2], i;

	(void)state;
	ends[0] = dispose_pipe();
	shutdown(sock, SHUT_RDWR);
	run();
	assert_int_equal(lost, 1);
	ends[1] = dispose_pipe();
	run();
	/* One is on its way to nobody. */
	close(sock);
	sock = dup(STDERR_FILENO);
	for (i = 0; i < 2; i++)
		assert_false(is_closed(ends[i]));
	memory_destroy(memory);
	memory = NULL;
	for (i = 0; i < 2; i++) {
		assert_true(is_closed(ends[i]));
		close(ends[i]);
	}
}

static void nobody_is_asked_when_it_is_gone(void **state)
{
	int end;

	(void)state;
	shutdown(sock, SHUT_RDWR);
	run();
	assert_int_equal(lost, 1);
	end = dispose_pipe();
	run();
	assert_int_equal(warnings, 0);
	assert_false(is_closed(end));
	close(end);
}

/* Who closes a file may have to wait for its server, even if it is not the last. */
static void files_stay_open(void **state)
{
	/* Files of /tmp may have seals, as memory. */
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	unsigned int i;

	(void)state;
	assert_true(fd >= 0);
	memory_dispose(memory, fd);
	memory_dispose(memory, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	run();
	expect_none();
	assert_true(fcntl(fd, F_GETFD) >= 0);
	assert_int_equal(warnings, 1);
	for (i = 2; i < MEMORY_FILES_MAX; i++)
		memory_dispose(memory, fcntl(fd, F_DUPFD_CLOEXEC, 0));
	run();
	assert_int_equal(lost, 0);
	i = (unsigned int)fcntl(fd, F_DUPFD_CLOEXEC, 0);
	memory_dispose(memory, (int)i);
	run();
	assert_int_equal(lost, 1);
	assert_int_equal(close((int)i), 0);
}

static void memory_does_not(void **state)
{
	int fd = memfd_create("unsealed", MFD_CLOEXEC), passed;
	uint32_t id;

	(void)state;
	memory_dispose(memory, fd);
	passed = take_close(&id);
	answer(id, 0);
	expect_said_closed();
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	close(passed);
}

static void too_many_end_it(void **state)
{
	unsigned int i;
	int leaked[2];

	(void)state;
	for (i = 0; i < MEMORY_KEPT_MAX; i++)
		memory_dispose(memory, open("/dev/null", O_RDWR | O_CLOEXEC));
	run();
	assert_int_equal(lost, 0);
	for (i = 0; i < 2; i++) {
		leaked[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		memory_dispose(memory, leaked[i]);
	}
	run();
	assert_int_equal(lost, 1);
	assert_int_equal(errors, 1);
	for (i = 0; i < 2; i++)
		assert_int_equal(close(leaked[i]), 0);
}

static void a_process_of_the_helper_closes_them(void **state)
{
	int ends[200];
	unsigned int i;

	(void)state;
	for (i = 0; i < 200; i++)
		ends[i] = dispose_pipe();
	for (i = 0; i < 200; i++) {
		while (!is_closed(ends[i]))
			loop_run_once(loop, 1);
		close(ends[i]);
	}
	assert_int_equal(lost, 0);
	assert_int_equal(warnings, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(ours_is_closed_when_the_helper_has_it),
		TEST(one_goes_after_the_other),
		TEST(what_finds_no_room_there_is_tried_again),
		TEST(so_is_what_cannot_be_sent),
		TEST(a_busy_helper_gets_them_later),
		TEST(without_a_helper_they_stay_open_until_the_end),
		TEST(nobody_is_asked_when_it_is_gone),
		TEST(files_stay_open),
		TEST(memory_does_not),
		TEST(too_many_end_it),
		cmocka_unit_test_setup_teardown(
			a_process_of_the_helper_closes_them, setup_real,
			teardown),
	};

	return cmocka_run_group_tests_name("memory_dispose", tests, NULL, NULL);
}
