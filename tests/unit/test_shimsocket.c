// SPDX-License-Identifier: BSD-3-Clause
/*
 * The socket file at which applications' shims find the memory helper.
 */
#include "guestd/shimsocket.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/shim_client.h"

static char directory[] = "/tmp/test-shim-XXXXXX";
static char path[64];
static struct shimsocket sock;
static int listener;

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/new/video0.shim", directory);
	memset(&sock, 0, sizeof(sock));
	assert_int_equal(shimsocket_create(&sock, path, &listener), 0);
	return 0;
}

static int teardown(void **state)
{
	char dir[64];

	(void)state;
	close(listener);
	shimsocket_remove(&sock);
	snprintf(dir, sizeof(dir), "%s/new", directory);
	assert_int_equal(rmdir(dir), 0); /* nothing was left in it */
	return 0;
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) < 0 ? 0 : st.st_mode & 07777;
}

static void it_is_closed_until_it_has_its_name(void **state)
{
	char dir[64];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/new", directory);
	assert_int_equal(mode_of(dir), 0755);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(mode_of(sock.path), 0);
	assert_int_equal(shimsocket_place(&sock, path), 0);
	assert_int_equal(mode_of(path), 0666);
	assert_string_equal(sock.path, path);
	shimsocket_remove(&sock);
	assert_int_equal(access(path, F_OK), -1);
}

static int touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* Its guestd was killed before it had its name; another's, who lives, stays. */
static void one_that_never_had_its_name_is_taken_away(void **state)
{
	struct shimsocket fresh = { 0 };
	char dead[96];
	char alive[96];
	pid_t pid = fork();
	int fd;

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	snprintf(dead, sizeof(dead), "%s.tmp-%d", path, pid);
	snprintf(alive, sizeof(alive), "%s.tmp-%d", path, getppid());
	assert_int_equal(touch(dead), 0);
	assert_int_equal(touch(alive), 0);
	assert_int_equal(shimsocket_create(&fresh, path, &fd), 0);
	assert_int_equal(access(dead, F_OK), -1);
	assert_int_equal(access(alive, F_OK), 0);
	assert_int_equal(unlink(alive), 0);
	close(fd);
	shimsocket_remove(&fresh);
}

static void a_dead_one_is_replaced(void **state)
{
	struct shimsocket fresh = { 0 };
	int client;

	(void)state;
	assert_int_equal(shimsocket_place(&sock, path), 0);
	close(listener);
	client = shim_client_connect(path);
	assert_int_equal(client, -ECONNREFUSED);

	assert_int_equal(shimsocket_create(&fresh, path, &listener), 0);
	assert_int_equal(shimsocket_place(&fresh, path), 0);
	client = shim_client_connect(path);
	assert_true(client >= 0);
	close(client);

	/* Who was replaced takes nothing away. */
	shimsocket_remove(&sock);
	client = shim_client_connect(path);
	assert_true(client >= 0);
	close(client);
	shimsocket_remove(&fresh);
}

static void a_living_one_is_not(void **state)
{
	struct shimsocket other = { 0 };
	int fd, client;

	(void)state;
	assert_int_equal(shimsocket_place(&sock, path), 0);
	assert_int_equal(shimsocket_create(&other, path, &fd), 0);
	assert_int_equal(shimsocket_place(&other, path), -EADDRINUSE);
	shimsocket_remove(&other);
	close(fd);
	client = shim_client_connect(path);
	assert_true(client >= 0);
	close(client);
}

static void something_else_stays(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(shimsocket_place(&sock, path), -EEXIST);
	assert_int_equal(unlink(path), 0);
}

static void a_directory_that_cannot_be_made_is_an_error(void **state)
{
	struct shimsocket other = { 0 };
	char lost[96];
	int fd;

	(void)state;
	snprintf(lost, sizeof(lost), "%s/no/such/video0.shim", directory);
	assert_int_equal(shimsocket_create(&other, lost, &fd), -ENOENT);
	shimsocket_remove(&other);
}

static void the_longest_path_fits(void **state)
{
	char text[SHIMSOCKET_PATH_MAX + 1];
	struct shimsocket other = { 0 };
	int fd, client;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, directory, strlen(directory));
	text[strlen(directory)] = '/';
	text[SHIMSOCKET_PATH_MAX] = 0;
	assert_int_equal(shimsocket_create(&other, text, &fd), 0);
	assert_int_equal(shimsocket_place(&other, text), 0);
	client = shim_client_connect(text);
	assert_true(client >= 0);
	close(client);
	close(fd);
	shimsocket_remove(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_is_closed_until_it_has_its_name),
		TEST(one_that_never_had_its_name_is_taken_away),
		TEST(a_dead_one_is_replaced),
		TEST(a_living_one_is_not),
		TEST(something_else_stays),
		TEST(a_directory_that_cannot_be_made_is_an_error),
		TEST(the_longest_path_fits),
	};
	int failed;

	if (!mkdtemp(directory))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(directory);
	return failed;
}
