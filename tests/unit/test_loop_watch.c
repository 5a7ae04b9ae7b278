// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors of the event loop, with pipes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/loop_rig.h"

static void a_readable_descriptor_is_told_until_it_is_read(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_watch_open(&a, 'a', EPOLLIN);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_int_equal(a.events, EPOLLIN);
	a.drain = true;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	assert_string_equal(loop_rig.story, "aaa");
	pipe_watch_close(&a);
}

static void a_watch_for_nothing_does_not_even_tell_of_a_hangup(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_watch_open(&a, 'a', EPOLLIN);
	assert_int_equal(loop_watch_set(a.watch, 0), 0);
	assert_int_equal(loop_watch_set(a.watch, 0), 0);
	close(a.fds[1]);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);

	assert_int_equal(loop_watch_set(a.watch, EPOLLIN), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(a.events, EPOLLIN | EPOLLHUP);

	loop_watch_remove(a.watch);
	close(a.fds[0]);
}

static void what_is_watched_for_can_change(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_watch_open(&a, 'a', 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	assert_int_equal(loop_watch_set(a.watch, EPOLLIN), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(loop_watch_set(a.watch, EPOLLPRI), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	pipe_watch_close(&a);
}

static void a_descriptor_is_watched_once(void **state)
{
	struct loop_watch *watch = NULL;
	struct pipe_watch a;

	(void)state;

	pipe_watch_open(&a, 'a', 0);
	assert_int_equal(loop_watch(loop_rig.loop, a.fds[0], EPOLLIN,
				    pipe_watch_ready, &a, &watch),
			 -EEXIST);
	assert_null(watch);

	loop_watch_remove(a.watch);
	assert_int_equal(loop_watch(loop_rig.loop, a.fds[0], EPOLLIN,
				    pipe_watch_ready, &a, &a.watch),
			 0);
	pipe_watch_close(&a);
}

static void what_epoll_refuses_is_an_error(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct loop_watch *watch;

	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(loop_watch(loop_rig.loop, fd, EPOLLIN,
				    pipe_watch_ready, NULL, &watch),
			 -EPERM);
	close(fd);
	assert_int_equal(loop_watch(loop_rig.loop, fd, EPOLLIN,
				    pipe_watch_ready, NULL, &watch),
			 -EBADF);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
}

static void a_callback_may_remove_its_own_watch(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_watch_open(&a, 'a', EPOLLIN);
	a.remove = &a;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_null(a.watch);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	pipe_watch_close(&a);
}

static void what_a_callback_removes_is_not_told_in_the_same_round(void **state)
{
	struct pipe_watch a, b;

	(void)state;

	pipe_watch_open(&a, 'a', EPOLLIN);
	pipe_watch_open(&b, 'b', EPOLLIN);
	a.remove = &b;
	b.remove = &a;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_true(!a.watch != !b.watch);
	pipe_watch_close(&a);
	pipe_watch_close(&b);
}

static void what_a_callback_silences_is_not_told_in_the_same_round(void **state)
{
	struct pipe_watch a, b;

	(void)state;

	pipe_watch_open(&a, 'a', EPOLLIN);
	pipe_watch_open(&b, 'b', EPOLLIN);
	a.silence = &b;
	b.silence = &a;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(strlen(loop_rig.story), 1);
	pipe_watch_close(&a);
	pipe_watch_close(&b);
}

/* Number of the descriptor that a_reused_number... opens anew. */
static void replace_pipe(void *data, uint32_t events)
{
	struct pipe_watch *old = data;
	int fd = old->fds[0];

	(void)events;

	loop_rig_tell('r');
	loop_watch_remove(old->watch);
	assert_int_equal(dup3(old->fds[1], fd, O_CLOEXEC), fd);
	assert_int_equal(loop_watch(loop_rig.loop, fd, EPOLLIN,
				    pipe_watch_ready, old, &old->watch),
			 0);
}

static void a_reused_number_gets_no_event_of_its_predecessor(void **state)
{
	struct pipe_watch first, old;
	struct loop_watch *replacer;

	(void)state;

	/* Ready descriptors come in the order in which they became ready. */
	assert_int_equal(pipe2(first.fds, O_CLOEXEC), 0);
	assert_int_equal(write(first.fds[1], "x", 1), 1);
	assert_int_equal(loop_watch(loop_rig.loop, first.fds[0], EPOLLIN,
				    replace_pipe, &old, &replacer),
			 0);
	pipe_watch_open(&old, 'o', EPOLLIN);

	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_string_equal(loop_rig.story, "r");

	loop_watch_remove(replacer);
	close(first.fds[0]);
	close(first.fds[1]);
	pipe_watch_close(&old);
}

static void more_descriptors_than_a_batch_all_get_their_turn(void **state)
{
	struct pipe_watch pipes[50];
	unsigned int rounds;
	size_t i;

	(void)state;

	for (i = 0; i < 50; i++) {
		pipe_watch_open(&pipes[i], 'x', EPOLLIN);
		pipes[i].drain = true;
	}
	for (rounds = 0; loop_run_once(loop_rig.loop, 0) > 0; rounds++)
		;
	assert_int_equal(strlen(loop_rig.story), 50);
	assert_true(rounds <= 4);
	for (i = 0; i < 50; i++)
		pipe_watch_close(&pipes[i]);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, loop_rig_setup, loop_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_readable_descriptor_is_told_until_it_is_read),
		TEST(a_watch_for_nothing_does_not_even_tell_of_a_hangup),
		TEST(what_is_watched_for_can_change),
		TEST(a_descriptor_is_watched_once),
		TEST(what_epoll_refuses_is_an_error),
		TEST(a_callback_may_remove_its_own_watch),
		TEST(what_a_callback_removes_is_not_told_in_the_same_round),
		TEST(what_a_callback_silences_is_not_told_in_the_same_round),
		TEST(a_reused_number_gets_no_event_of_its_predecessor),
		TEST(more_descriptors_than_a_batch_all_get_their_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
