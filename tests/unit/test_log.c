// SPDX-License-Identifier: BSD-3-Clause
/*
 * Log lines, read from a pipe or a terminal that takes the place of stderr.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static int saved_stderr;
static int reader;
static char sunk[2048];
static enum log_level sunk_level;
static unsigned int sunk_count;

static void sink(enum log_level level, const char *line)
{
	sunk_level = level;
	sunk_count++;
	strncpy(sunk, line, sizeof(sunk) - 1);
}

static int setup(void **state)
{
	int fds[2];

	(void)state;

	saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (saved_stderr < 0 || pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	reader = fds[0];

	sunk_count = 0;
	log_open("guestd", LOG_LEVEL_INFO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;

	log_set_sink(NULL);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(reader);
	return 0;
}

static void expect(const char *text)
{
	char buffer[4096];
	ssize_t len;

	len = read(reader, buffer, sizeof(buffer) - 1);
	buffer[len < 0 ? 0 : len] = '\0';
	assert_string_equal(buffer, text);
}

static void a_line_has_priority_program_and_newline(void **state)
{
	(void)state;

	log_err("%s: no such file: modprobe %s", "/dev/cuse", "cuse");
	expect("<3>guestd: /dev/cuse: no such file: modprobe cuse\n");
}

static void each_level_has_its_sd_daemon_priority(void **state)
{
	(void)state;

	log_open("hostd", LOG_LEVEL_DEBUG);
	log_err("a");
	log_warn("b");
	log_info("c");
	log_debug("d");
	expect("<3>hostd: a\n<4>hostd: b\n<6>hostd: c\n<7>hostd: d\n");
}

static void what_is_more_talkative_than_asked_for_is_not_printed(void **state)
{
	(void)state;

	log_debug("d");
	log_open("guestd", LOG_LEVEL_ERR);
	log_warn("b");
	expect("");
}

static void a_terminal_gets_no_priority(void **state)
{
	struct termios raw;
	int terminal, pts;

	(void)state;

	memset(&raw, 0, sizeof(raw));
	cfmakeraw(&raw);
	if (openpty(&terminal, &pts, NULL, &raw, NULL) < 0) {
		print_message("no pty here: %s\n", strerror(errno));
		skip();
	}
	dup2(pts, STDERR_FILENO);
	close(pts);
	close(reader);
	reader = terminal;

	log_open("guestd", LOG_LEVEL_INFO);
	log_info("guest 3: gone");
	expect("guestd: guest 3: gone\n");
}

static void control_characters_become_question_marks(void **state)
{
	(void)state;

	log_warn("name %s, ignored", "a\nb\x1b[31m\t\x7f");
	expect("<4>guestd: name a?b?[31m??, ignored\n");
}

static void utf8_passes_but_c1_controls_do_not(void **state)
{
	(void)state;

	log_warn("Cam\xc3\xa9ra \xc3\x9b \xe2\x80\x9c");
	log_warn("csi \xc2\x9b raw \x9b");
	expect("<4>guestd: Cam\xc3\xa9ra \xc3\x9b \xe2\x80\x9c\n"
	       "<4>guestd: csi \xc2? raw ?\n");
}

static void a_long_line_is_cut_and_stays_one_line(void **state)
{
	char text[5000], line[4096];
	ssize_t len;

	(void)state;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_warn("%s", text);

	len = read(reader, line, sizeof(line));
	assert_true(len > 500 && len <= 1024);
	assert_int_equal(line[len - 1], '\n');
	assert_ptr_equal(memchr(line, '\n', (size_t)len), line + len - 1);
}

static void a_program_name_of_any_length_leaves_room_for_text(void **state)
{
	char name[3000], line[4096];
	ssize_t len;

	(void)state;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_open(name, LOG_LEVEL_INFO);
	log_warn("text");
	log_open("guestd", LOG_LEVEL_INFO);

	len = read(reader, line, sizeof(line) - 1);
	assert_true(len > 0 && len <= 1024);
	line[len] = '\0';
	assert_string_equal(line + len - 5, "text\n");
}

static void errno_is_kept_and_usable_in_the_format(void **state)
{
	(void)state;

	errno = ENODEV;
	log_err("open: %m");
	assert_int_equal(errno, ENODEV);
	expect("<3>guestd: open: No such device\n");

	close(STDERR_FILENO);
	errno = EIO;
	log_err("nobody reads this");
	assert_int_equal(errno, EIO);
}

static void a_sink_gets_the_bare_line_instead_of_stderr(void **state)
{
	(void)state;

	log_set_sink(sink);
	log_warn("guest %d\n", 3);
	log_debug("not asked for");
	assert_string_equal(sunk, "guest 3?");
	assert_int_equal(sunk_level, LOG_LEVEL_WARN);
	assert_int_equal(sunk_count, 1);
	expect("");

	log_set_sink(NULL);
	log_warn("back");
	expect("<4>guestd: back\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_priority_program_and_newline),
		TEST(each_level_has_its_sd_daemon_priority),
		TEST(what_is_more_talkative_than_asked_for_is_not_printed),
		TEST(a_terminal_gets_no_priority),
		TEST(control_characters_become_question_marks),
		TEST(utf8_passes_but_c1_controls_do_not),
		TEST(a_long_line_is_cut_and_stays_one_line),
		TEST(a_program_name_of_any_length_leaves_room_for_text),
		TEST(errno_is_kept_and_usable_in_the_format),
		TEST(a_sink_gets_the_bare_line_instead_of_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
