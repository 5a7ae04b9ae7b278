// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is written to standard error.
 */
#include "tests/heard.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define HEARD_LEN 4096

static int heard_fd, stderr_fd;

void heard_begin(void)
{
	heard_fd = memfd_create("heard", MFD_CLOEXEC);
	stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	assert_true(heard_fd >= 0 && stderr_fd >= 0);
	assert_true(dup2(heard_fd, STDERR_FILENO) >= 0);
}

const char *heard_end(void)
{
	static char text[HEARD_LEN];
	ssize_t len = pread(heard_fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	close(heard_fd);
	return text;
}
