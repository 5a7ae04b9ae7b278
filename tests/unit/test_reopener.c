// SPDX-License-Identifier: BSD-3-Clause
/*
 * The thread that opens memory anew, and whom it obeys.
 */
#include "hostd/reopener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/rights.h"
#include "hostd/frames.h"
#include "tests/fds.h"

static struct reopener *reopener;
static unsigned int fds_before;

static int start(void **state)
{
	int fd;

	(void)state;
	fds_before = fds_count();
	return reopener_start(&fd) || reopener_create(fd, &reopener);
}

static int stop(void **state)
{
	(void)state;
	reopener_destroy(reopener);
	fds_wait(fds_before);
	return 0;
}

static int memory(void)
{
	void *bytes;
	int fd;

	assert_int_equal(frames_memfd(4096, &fd, &bytes), 0);
	munmap(bytes, 4096);
	return fd;
}

static void what_it_opens_is_another_file_of_the_same_memory(void **state)
{
	int fd = memory();
	struct stat one, other;
	int opened;

	(void)state;
	opened = reopener_anew(reopener, fd);
	assert_true(opened >= 0);
	assert_int_equal(fstat(fd, &one), 0);
	assert_int_equal(fstat(opened, &other), 0);
	assert_int_equal(one.st_ino, other.st_ino);
	assert_int_equal(fcntl(opened, F_GETFD), FD_CLOEXEC);
	/* One file would have one position. */
	assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
	assert_int_equal(lseek(opened, 0, SEEK_CUR), 0);
	close(opened);
	close(fd);
}

/* Or the opener would lend its rights. */
static void it_opens_nothing_but_sealed_memory_that_can_be_written(void **state)
{
	int plain = memfd_create("test", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd = memory();
	int only_read;
	char path[40];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	only_read = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(only_read >= 0);
	assert_int_equal(reopener_anew(reopener, plain), -EINVAL);
	assert_int_equal(reopener_anew(reopener, null), -EINVAL);
	assert_int_equal(reopener_anew(reopener, only_read), -EINVAL);
	close(only_read);
	close(fd);
	close(null);
	close(plain);
}

static void of_what_is_no_dmabuf_nothing_is_known(void **state)
{
	int fd = memory();

	(void)state;
	assert_int_equal(reopener_held(reopener, fd), -ENODATA);
	close(fd);
}

static void without_one_the_answer_is_ENOSYS(void **state)
{
	(void)state;
	assert_int_equal(reopener_anew(NULL, 0), -ENOSYS);
	assert_int_equal(reopener_held(NULL, 0), -ENOSYS);
}

static void without_its_thread_the_answer_is_EIO(void **state)
{
	struct reopener *gone;
	int ends[2];
	int fd = memory();

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	assert_int_equal(reopener_create(ends[1], &gone), 0);
	assert_int_equal(reopener_anew(gone, fd), -EIO);
	assert_int_equal(reopener_held(gone, fd), -EIO);
	reopener_destroy(gone);
	close(fd);
}

/* Who asks can be killed between its two messages. */
static void of_half_a_question_nothing_is_kept(void **state)
{
	const int32_t question = 0;
	unsigned int before = fds_count();
	int fd = memory();
	int socket;

	(void)state;
	assert_int_equal(reopener_start(&socket), 0);
	assert_int_equal(
		rights_send(socket, &question, sizeof(question), fd, 0),
		sizeof(question));
	close(socket);
	close(fd);
	fds_wait(before);
}

static void nor_of_what_is_none(void **state)
{
	unsigned int before = fds_count();
	int fd = memory();
	int socket;

	(void)state;
	assert_int_equal(reopener_start(&socket), 0);
	assert_int_equal(rights_send(socket, "?", 1, fd, 0), 1);
	fds_wait(before + 2); /* @fd and @socket: the thread has ended */
	close(socket);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_it_opens_is_another_file_of_the_same_memory),
		cmocka_unit_test(
			it_opens_nothing_but_sealed_memory_that_can_be_written),
		cmocka_unit_test(of_what_is_no_dmabuf_nothing_is_known),
		cmocka_unit_test(without_one_the_answer_is_ENOSYS),
		cmocka_unit_test(without_its_thread_the_answer_is_EIO),
		cmocka_unit_test(of_half_a_question_nothing_is_kept),
		cmocka_unit_test(nor_of_what_is_none),
	};

	return cmocka_run_group_tests_name("reopener", tests, start, stop);
}
