// SPDX-License-Identifier: BSD-3-Clause
/*
 * The event loop and its process: real signals, real children, a kernel without
 * epoll_pwait2(2).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/loop_rig.h"

static void on_signal(void *data, int signo)
{
	assert_ptr_equal(data, loop_rig.story);
	if (signo == SIGUSR1)
		loop_rig_tell('1');
	if (signo == SIGUSR2)
		loop_rig_tell('2');
}

static int call_for(int signo)
{
	return loop_signal(loop_rig.loop, signo, on_signal, loop_rig.story);
}

static void signals_come_in_the_loop(void **state)
{
	(void)state;

	assert_int_equal(call_for(SIGUSR1), 0);
	assert_int_equal(call_for(SIGUSR2), 0);
	raise(SIGUSR1);
	assert_string_equal(loop_rig.story, "");
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_string_equal(loop_rig.story, "1");
	raise(SIGUSR2);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_string_equal(loop_rig.story, "12");
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
}

static void a_signal_has_one_callback_and_must_be_catchable(void **state)
{
	(void)state;

	assert_int_equal(call_for(SIGUSR1), 0);
	assert_int_equal(call_for(SIGUSR1), -EEXIST);
	assert_int_equal(call_for(SIGKILL), -EINVAL);
	assert_int_equal(call_for(SIGSTOP), -EINVAL);
	assert_int_equal(call_for(0), -EINVAL);
	assert_int_equal(call_for(9999), -EINVAL);
}

static void destroy_restores_the_signal_mask(void **state)
{
	sigset_t before, after, usr2;

	(void)state;

	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, &before);

	assert_int_equal(call_for(SIGUSR1), 0);
	assert_int_equal(call_for(SIGUSR2), 0);
	sigprocmask(SIG_BLOCK, NULL, &after);
	assert_true(sigismember(&after, SIGUSR1));

	loop_destroy(loop_rig.loop);
	sigprocmask(SIG_SETMASK, &before, &after);
	assert_false(sigismember(&after, SIGUSR1));
	assert_true(sigismember(&after, SIGUSR2)); /* not the loop's doing */
	assert_int_equal(loop_create(&loop_rig.loop), 0);
}

/* ---- processes ------------------------------------------------------- */

/* Runs in a child: no asserts of its own, they would run the next test there. */
static bool child_lives(void *data)
{
	struct pipe_watch *parent = data, own;
	bool good;

	/* Owners first, as in any other shutdown. */
	loop_watch_remove(parent->watch);
	loop_destroy(loop_rig.loop);

	if (loop_create(&loop_rig.loop) < 0)
		return false;
	loop_rig.story[0] = '\0';
	pipe_watch_open(&own, 'o', EPOLLIN);
	good = loop_run_once(loop_rig.loop, -1) == 1 &&
	       strcmp(loop_rig.story, "o") == 0;
	pipe_watch_close(&own);
	loop_destroy(loop_rig.loop);
	return good;
}

static bool waits_for_timers(void *data)
{
	const uint64_t delay = 5 * LOOP_MS + 1;
	unsigned int rounds = 0;
	struct timer a;
	uint64_t start;

	(void)data;

	timer_open(&a, 'a');
	start = loop_now(loop_rig.loop);
	loop_timer_set(a.timer, delay);
	for (; !a.ran; rounds++) {
		if (loop_run_once(loop_rig.loop, -1) < 0)
			return false;
	}
	loop_destroy(loop_rig.loop);
	return a.ran >= start + delay && rounds <= 2;
}

/* Linux 5.10, for this process. */
static bool has_no_pwait2(void *data)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 4, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return false;
	return waits_for_timers(data);
}

static bool in_a_child(bool (*run)(void *data), void *data)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run(data) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_forked_child_takes_nothing_from_its_parent(void **state)
{
	struct pipe_watch p;

	(void)state;

	pipe_watch_open(&p, 'p', EPOLLIN);
	assert_int_equal(call_for(SIGUSR1), 0);
	assert_true(in_a_child(child_lives, &p));

	raise(SIGUSR1);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 2);
	assert_int_equal(strlen(loop_rig.story), 2);
	pipe_watch_close(&p);
}

static void timers_do_not_spin_without_epoll_pwait2(void **state)
{
	(void)state;

	assert_true(in_a_child(has_no_pwait2, NULL));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, loop_rig_setup, loop_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signals_come_in_the_loop),
		TEST(a_signal_has_one_callback_and_must_be_catchable),
		TEST(destroy_restores_the_signal_mask),
		TEST(a_forked_child_takes_nothing_from_its_parent),
		TEST(timers_do_not_spin_without_epoll_pwait2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
