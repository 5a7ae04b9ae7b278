// SPDX-License-Identifier: BSD-3-Clause
/*
 * Loading the real libv4l2, and what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/libv4l2.h"

static char said[500];
static const struct libv4l2 *library;

static void sink(enum log_level level, const char *line)
{
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	snprintf(said, sizeof(said), "%s", line);
}

static int setup(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_DEBUG);
	log_set_sink(sink);
	library = libv4l2_load();
	if (!library)
		print_message("%s\n", libv4l2_why());
	return library ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	log_set_sink(NULL);
	return 0;
}

static void it_is_loaded_once(void **state)
{
	(void)state;
	assert_ptr_equal(libv4l2_load(), library);
	assert_non_null(library->fd_open);
	assert_non_null(library->close);
	assert_non_null(library->ioctl);
	assert_non_null(library->mmap);
	assert_non_null(library->munmap);
	assert_string_equal(libv4l2_why(), "");
}

/* Its stderr is the log's, which a guest must not fill. */
static void its_errors_go_to_the_log_and_not_to_stderr(void **state)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int kept = dup(STDERR_FILENO);
	int pipe_fds[2];
	char text[500] = "";

	(void)state;
	assert_string_equal(library->said(), "");
	assert_true(fd >= 0 && kept >= 0);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
	assert_int_equal(library->fd_open(fd, 0), -1);
	assert_int_equal(errno, ENOTTY);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	/* A plugin of its own says something, too, but of no V4L2 node only. */
	assert_true(read(pipe_fds[0], text, sizeof(text) - 1) != 0);
	assert_null(strstr(text, "libv4l2"));

	assert_string_equal(library->said(), "getting capabilities: "
					     "Inappropriate ioctl for device");
	assert_string_equal(said, "libv4l2: getting capabilities: "
				  "Inappropriate ioctl for device");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(kept);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_loaded_once),
		cmocka_unit_test(its_errors_go_to_the_log_and_not_to_stderr),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
