/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The event loop, with pipes, real signals and real children.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"

#define MINUTE (60000 * LOOP_MS)

static struct loop *loop;
static unsigned int fds_before;

/* What callbacks did, a letter each. */
static char story[64];

static void tell(char letter)
{
	size_t len = strlen(story);

	assert_true(len < sizeof(story) - 1);
	story[len] = letter;
	story[len + 1] = '\0';
}

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int setup(void **state)
{
	(void)state;

	fds_before = count_fds();
	memset(story, 0, sizeof(story));
	return loop_create(&loop);
}

static int teardown(void **state)
{
	(void)state;

	loop_destroy(loop);
	if (count_fds() == fds_before)
		return 0;
	print_message("descriptors were left open\n");
	return -1;
}

/* ---- descriptors ----------------------------------------------------- */

/* A pipe with a byte in it, and what its callback shall do. */
struct pipe_watch {
	int fds[2];
	char letter;
	struct loop_watch *watch;
	uint32_t events;           /* seen last */
	struct pipe_watch *remove; /* in the callback, once */
	struct pipe_watch *silence;
	bool drain;
};

static void on_pipe(void *data, uint32_t events)
{
	struct pipe_watch *pipe = data;
	char byte;

	pipe->events = events;
	tell(pipe->letter);
	if (pipe->drain)
		assert_int_equal(read(pipe->fds[0], &byte, 1), 1);
	if (pipe->silence)
		assert_int_equal(loop_watch_set(pipe->silence->watch, 0), 0);
	if (pipe->remove) {
		loop_watch_remove(pipe->remove->watch);
		pipe->remove->watch = NULL;
		pipe->remove = NULL;
	}
}

static void pipe_open(struct pipe_watch *pipe, char letter, uint32_t events)
{
	memset(pipe, 0, sizeof(*pipe));
	pipe->letter = letter;
	assert_int_equal(pipe2(pipe->fds, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(write(pipe->fds[1], "x", 1), 1);
	assert_int_equal(loop_watch(loop, pipe->fds[0], events, on_pipe, pipe,
				    &pipe->watch),
			 0);
}

static void pipe_close(struct pipe_watch *pipe)
{
	loop_watch_remove(pipe->watch);
	close(pipe->fds[0]);
	close(pipe->fds[1]);
}

static void a_readable_descriptor_is_told_until_it_is_read(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_open(&a, 'a', EPOLLIN);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(a.events, EPOLLIN);
	a.drain = true;
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_string_equal(story, "aaa");
	pipe_close(&a);
}

static void a_watch_for_nothing_does_not_even_tell_of_a_hangup(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_open(&a, 'a', EPOLLIN);
	assert_int_equal(loop_watch_set(a.watch, 0), 0);
	assert_int_equal(loop_watch_set(a.watch, 0), 0);
	close(a.fds[1]);
	assert_int_equal(loop_run_once(loop, 0), 0);

	assert_int_equal(loop_watch_set(a.watch, EPOLLIN), 0);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(a.events, EPOLLIN | EPOLLHUP);

	loop_watch_remove(a.watch);
	close(a.fds[0]);
}

static void what_is_watched_for_can_change(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_open(&a, 'a', 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(loop_watch_set(a.watch, EPOLLIN), 0);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(loop_watch_set(a.watch, EPOLLPRI), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	pipe_close(&a);
}

static void a_descriptor_is_watched_once(void **state)
{
	struct loop_watch *watch = NULL;
	struct pipe_watch a;

	(void)state;

	pipe_open(&a, 'a', 0);
	assert_int_equal(
		loop_watch(loop, a.fds[0], EPOLLIN, on_pipe, &a, &watch),
		-EEXIST);
	assert_null(watch);

	loop_watch_remove(a.watch);
	assert_int_equal(
		loop_watch(loop, a.fds[0], EPOLLIN, on_pipe, &a, &a.watch), 0);
	pipe_close(&a);
}

static void what_epoll_refuses_is_an_error(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct loop_watch *watch;

	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(loop_watch(loop, fd, EPOLLIN, on_pipe, NULL, &watch),
			 -EPERM);
	close(fd);
	assert_int_equal(loop_watch(loop, fd, EPOLLIN, on_pipe, NULL, &watch),
			 -EBADF);
	assert_int_equal(loop_run_once(loop, 0), 0);
}

static void a_callback_may_remove_its_own_watch(void **state)
{
	struct pipe_watch a;

	(void)state;

	pipe_open(&a, 'a', EPOLLIN);
	a.remove = &a;
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_null(a.watch);
	assert_int_equal(loop_run_once(loop, 0), 0);
	pipe_close(&a);
}

static void what_a_callback_removes_is_not_told_in_the_same_round(void **state)
{
	struct pipe_watch a, b;

	(void)state;

	pipe_open(&a, 'a', EPOLLIN);
	pipe_open(&b, 'b', EPOLLIN);
	a.remove = &b;
	b.remove = &a;
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_true(!a.watch != !b.watch);
	pipe_close(&a);
	pipe_close(&b);
}

static void what_a_callback_silences_is_not_told_in_the_same_round(void **state)
{
	struct pipe_watch a, b;

	(void)state;

	pipe_open(&a, 'a', EPOLLIN);
	pipe_open(&b, 'b', EPOLLIN);
	a.silence = &b;
	b.silence = &a;
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(strlen(story), 1);
	pipe_close(&a);
	pipe_close(&b);
}

/* Number of the descriptor that a_reused_number... opens anew. */
static void replace_pipe(void *data, uint32_t events)
{
	struct pipe_watch *old = data;
	int fd = old->fds[0];

	(void)events;

	tell('r');
	loop_watch_remove(old->watch);
	assert_int_equal(dup3(old->fds[1], fd, O_CLOEXEC), fd);
	assert_int_equal(
		loop_watch(loop, fd, EPOLLIN, on_pipe, old, &old->watch), 0);
}

static void a_reused_number_gets_no_event_of_its_predecessor(void **state)
{
	struct pipe_watch first, old;
	struct loop_watch *replacer;

	(void)state;

	/* Ready descriptors come in the order in which they became ready. */
	assert_int_equal(pipe2(first.fds, O_CLOEXEC), 0);
	assert_int_equal(write(first.fds[1], "x", 1), 1);
	assert_int_equal(loop_watch(loop, first.fds[0], EPOLLIN, replace_pipe,
				    &old, &replacer),
			 0);
	pipe_open(&old, 'o', EPOLLIN);

	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_string_equal(story, "r");

	loop_watch_remove(replacer);
	close(first.fds[0]);
	close(first.fds[1]);
	pipe_close(&old);
}

static void more_descriptors_than_a_batch_all_get_their_turn(void **state)
{
	struct pipe_watch pipes[50];
	unsigned int rounds;
	size_t i;

	(void)state;

	for (i = 0; i < 50; i++) {
		pipe_open(&pipes[i], 'x', EPOLLIN);
		pipes[i].drain = true;
	}
	for (rounds = 0; loop_run_once(loop, 0) > 0; rounds++)
		;
	assert_int_equal(strlen(story), 50);
	assert_true(rounds <= 4);
	for (i = 0; i < 50; i++)
		pipe_close(&pipes[i]);
}

/* ---- timers ---------------------------------------------------------- */

struct timer {
	char letter;
	struct loop_timer *timer;
	uint64_t again_ns; /* set it again in the callback */
	bool again;
	struct timer *destroy;
	uint64_t ran; /* when */
};

static void on_timer(void *data)
{
	struct timer *timer = data;

	tell(timer->letter);
	timer->ran = loop_now(loop);
	assert_false(loop_timer_armed(timer->timer));
	if (timer->again)
		loop_timer_set(timer->timer, timer->again_ns);
	if (timer->destroy) {
		struct timer *other = timer->destroy;

		timer->destroy = NULL;
		loop_timer_destroy(other->timer);
		other->timer = NULL;
	}
}

static void timer_open(struct timer *timer, char letter)
{
	memset(timer, 0, sizeof(*timer));
	timer->letter = letter;
	assert_int_equal(loop_timer(loop, on_timer, timer, &timer->timer), 0);
}

static void a_timer_runs_once_and_not_before_its_time(void **state)
{
	uint64_t start = loop_now(loop);
	unsigned int rounds = 0;
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	assert_false(loop_timer_armed(a.timer));
	loop_timer_set(a.timer, 20 * LOOP_MS + 300000);
	assert_true(loop_timer_armed(a.timer));

	while (!a.ran) {
		loop_run_once(loop, -1);
		rounds++;
	}
	assert_true(a.ran >= start + 20 * LOOP_MS + 300000);
	assert_true(rounds <= 2);
	assert_false(loop_timer_armed(a.timer));
	assert_int_equal(loop_run_once(loop, 30), 0);
}

static void waiting_ends_at_the_limit_when_no_timer_is_sooner(void **state)
{
	uint64_t start = loop_now(loop);
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);
	assert_int_equal(loop_run_once(loop, 10), 0);
	assert_true(loop_now(loop) >= start + 10 * LOOP_MS);
	assert_true(loop_now(loop) < start + MINUTE / 2);
	assert_int_equal(loop_run_once(loop, 0), 0);
}

static void timers_run_in_the_order_of_their_deadlines(void **state)
{
	struct timer a, b, c, d;

	(void)state;

	timer_open(&a, 'a');
	timer_open(&b, 'b');
	timer_open(&c, 'c');
	timer_open(&d, 'd');
	loop_timer_set(c.timer, 3 * LOOP_MS);
	loop_timer_set(a.timer, 1 * LOOP_MS);
	loop_timer_set(d.timer, UINT64_MAX); /* never */
	loop_timer_set(b.timer, MINUTE);
	loop_timer_set(b.timer, 2 * LOOP_MS);

	while (strlen(story) < 3)
		loop_run_once(loop, -1);
	assert_string_equal(story, "abc");
	assert_true(loop_timer_armed(d.timer));
}

static void a_stopped_timer_does_not_run(void **state)
{
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	loop_timer_stop(a.timer);
	loop_timer_set(a.timer, 0);
	loop_timer_stop(a.timer);
	assert_false(loop_timer_armed(a.timer));
	assert_int_equal(loop_run_once(loop, 0), 0);
	loop_timer_stop(NULL);
	loop_timer_destroy(NULL);
}

static void a_timer_callback_may_destroy_any_timer(void **state)
{
	struct timer a, b;

	(void)state;

	timer_open(&a, 'a');
	timer_open(&b, 'b');
	loop_timer_set(a.timer, 0);
	loop_timer_set(b.timer, 0);
	a.destroy = &b;
	assert_int_equal(loop_run_once(loop, 0), 1);

	loop_timer_set(a.timer, 0);
	a.destroy = &a;
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_string_equal(story, "aa");
}

/* ---- simulated time -------------------------------------------------- */

struct simulated {
	uint64_t time;
	unsigned int jumps;
};

static uint64_t simulated_now(void *data)
{
	return ((struct simulated *)data)->time;
}

static void simulated_advance(void *data, uint64_t deadline)
{
	struct simulated *simulated = data;

	assert_true(deadline > simulated->time);
	simulated->time = deadline;
	simulated->jumps++;
}

static void simulate(struct simulated *simulated)
{
	const struct loop_clock clock = {
		.now = simulated_now,
		.advance = simulated_advance,
		.data = simulated,
	};

	loop_set_clock(loop, &clock);
}

/* A clock that stands still between two rounds, as a coarse one may. */
static void a_timer_set_again_with_no_delay_waits_for_a_round(void **state)
{
	struct simulated clock = { 0 };
	struct timer a;

	(void)state;

	simulate(&clock);
	timer_open(&a, 'a');
	a.again = true;
	loop_timer_set(a.timer, 0);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_string_equal(story, "aa");
}

static void simulated_minutes_pass_at_once(void **state)
{
	uint64_t real = loop_now(loop);
	struct simulated clock = { .time = 5 };
	struct timer a, b;

	(void)state;

	simulate(&clock);
	assert_int_equal(loop_now(loop), 5);
	timer_open(&a, 'a');
	timer_open(&b, 'b');
	a.again = true;
	a.again_ns = MINUTE;
	loop_timer_set(a.timer, MINUTE);
	loop_timer_set(b.timer, 5 * MINUTE + MINUTE / 2);

	while (!b.ran)
		loop_run_once(loop, -1);
	assert_string_equal(story, "aaaaab");
	assert_int_equal(b.ran, 5 + 5 * MINUTE + MINUTE / 2);
	assert_int_equal(clock.jumps, 6);

	loop_set_clock(loop, NULL);
	assert_true(loop_now(loop) - real < MINUTE);
}

static void simulated_time_stands_while_a_descriptor_is_ready(void **state)
{
	struct simulated clock = { 0 };
	struct pipe_watch p;
	struct timer a;

	(void)state;

	simulate(&clock);
	pipe_open(&p, 'p', EPOLLIN);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);

	assert_int_equal(loop_run_once(loop, -1), 1);
	p.drain = true;
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(clock.time, 0);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(clock.time, MINUTE);
	assert_string_equal(story, "ppa");
	pipe_close(&p);
}

static void simulated_waiting_jumps_no_further_than_the_limit(void **state)
{
	struct simulated clock = { 0 };
	struct timer a;

	(void)state;

	simulate(&clock);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(clock.time, 0);
	assert_int_equal(loop_run_once(loop, 1000), 0);
	assert_int_equal(clock.time, 1000 * LOOP_MS);
	assert_int_equal(loop_run_once(loop, 59000), 1);
	assert_int_equal(clock.time, MINUTE);
}

/* ---- work for later, stopping ---------------------------------------- */

static void tell_d(void *data)
{
	(void)data;
	tell('d');
}

static void tell_e(void *data)
{
	(void)data;
	tell('e');
}

static void defer_d(void *data)
{
	tell('D');
	assert_int_equal(loop_defer(loop, tell_d, data), 0);
}

static void undefer_e(void *data)
{
	tell('U');
	loop_undefer(loop, tell_e, data);
}

static void stop_with_7(void *data)
{
	(void)data;
	loop_stop(loop, 7);
}

static void deferred_work_comes_before_descriptors_and_timers(void **state)
{
	struct pipe_watch p;
	struct timer a;

	(void)state;

	pipe_open(&p, 'p', EPOLLIN);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, 0);
	assert_int_equal(loop_defer(loop, tell_d, NULL), 0);
	assert_int_equal(loop_defer(loop, tell_e, NULL), 0);
	assert_int_equal(loop_run_once(loop, -1), 4);
	assert_string_equal(story, "depa");
	pipe_close(&p);
}

static void what_deferred_work_defers_waits_for_the_next_round(void **state)
{
	(void)state;

	assert_int_equal(loop_defer(loop, defer_d, NULL), 0);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_string_equal(story, "D");
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_string_equal(story, "Dd");
	assert_int_equal(loop_run_once(loop, 0), 0);
}

static void undeferred_work_is_forgotten_even_in_the_same_round(void **state)
{
	int one, other;

	(void)state;

	assert_int_equal(loop_defer(loop, tell_e, &one), 0);
	assert_int_equal(loop_defer(loop, undefer_e, &one), 0);
	assert_int_equal(loop_defer(loop, tell_e, &one), 0);
	assert_int_equal(loop_defer(loop, tell_e, &other), 0);
	assert_int_equal(loop_defer(loop, tell_e, &one), 0);
	assert_int_equal(loop_run_once(loop, 0), 3);
	assert_string_equal(story, "eUe");
}

static void a_loop_may_end_with_work_undone(void **state)
{
	struct pipe_watch p;
	struct timer a;

	(void)state;

	/* LeakSanitizer is the judge. */
	pipe_open(&p, 'p', EPOLLIN);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);
	assert_int_equal(loop_defer(loop, tell_d, NULL), 0);
	loop_destroy(loop);
	loop_destroy(NULL);
	close(p.fds[0]);
	close(p.fds[1]);
	assert_int_equal(loop_create(&loop), 0);
}

static void run_returns_what_stop_was_given(void **state)
{
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	loop_timer_set(a.timer, 0);
	assert_int_equal(loop_defer(loop, stop_with_7, NULL), 0);
	assert_int_equal(loop_run(loop), 7);
	assert_string_equal(story, "a"); /* the round went on */

	loop_stop(loop, -ENODEV); /* before it runs */
	assert_int_equal(loop_run(loop), -ENODEV);
	assert_int_equal(loop_defer(loop, stop_with_7, NULL), 0);
	assert_int_equal(loop_run(loop), 7);
}

static void run_a_round(void *data)
{
	struct pipe_watch *pipe = data;

	tell('(');
	pipe->remove = pipe;
	assert_int_equal(loop_run_once(loop, 0), 1);
	tell(')');
}

static void a_round_within_a_round_frees_nothing_of_the_outer(void **state)
{
	struct pipe_watch p;

	(void)state;

	pipe_open(&p, 'p', EPOLLIN);
	assert_int_equal(loop_defer(loop, run_a_round, &p), 0);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_string_equal(story, "(p)");
	pipe_close(&p);
}

/* ---- signals --------------------------------------------------------- */

static void on_signal(void *data, int signo)
{
	assert_ptr_equal(data, story);
	if (signo == SIGUSR1)
		tell('1');
	if (signo == SIGUSR2)
		tell('2');
}

static void signals_come_in_the_loop(void **state)
{
	(void)state;

	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, story), 0);
	assert_int_equal(loop_signal(loop, SIGUSR2, on_signal, story), 0);
	raise(SIGUSR1);
	assert_string_equal(story, "");
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_string_equal(story, "1");
	raise(SIGUSR2);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_string_equal(story, "12");
	assert_int_equal(loop_run_once(loop, 0), 0);
}

static void a_signal_has_one_callback_and_must_be_catchable(void **state)
{
	(void)state;

	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, story), 0);
	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, story), -EEXIST);
	assert_int_equal(loop_signal(loop, SIGKILL, on_signal, story), -EINVAL);
	assert_int_equal(loop_signal(loop, SIGSTOP, on_signal, story), -EINVAL);
	assert_int_equal(loop_signal(loop, 0, on_signal, story), -EINVAL);
	assert_int_equal(loop_signal(loop, 9999, on_signal, story), -EINVAL);
}

static void destroy_restores_the_signal_mask(void **state)
{
	sigset_t before, after, usr2;

	(void)state;

	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, &before);

	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, story), 0);
	assert_int_equal(loop_signal(loop, SIGUSR2, on_signal, story), 0);
	sigprocmask(SIG_BLOCK, NULL, &after);
	assert_true(sigismember(&after, SIGUSR1));

	loop_destroy(loop);
	sigprocmask(SIG_SETMASK, &before, &after);
	assert_false(sigismember(&after, SIGUSR1));
	assert_true(sigismember(&after, SIGUSR2)); /* not the loop's doing */
	assert_int_equal(loop_create(&loop), 0);
}

/* ---- processes ------------------------------------------------------- */

/* Runs in a child: no asserts of its own, they would run the next test there. */
static bool child_lives(void *data)
{
	struct pipe_watch *parent = data, own;
	bool good;

	/* Owners first, as in any other shutdown. */
	loop_watch_remove(parent->watch);
	loop_destroy(loop);

	if (loop_create(&loop) < 0)
		return false;
	story[0] = '\0';
	pipe_open(&own, 'o', EPOLLIN);
	good = loop_run_once(loop, -1) == 1 && strcmp(story, "o") == 0;
	pipe_close(&own);
	loop_destroy(loop);
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
	start = loop_now(loop);
	loop_timer_set(a.timer, delay);
	for (; !a.ran; rounds++) {
		if (loop_run_once(loop, -1) < 0)
			return false;
	}
	loop_destroy(loop);
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

	pipe_open(&p, 'p', EPOLLIN);
	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, story), 0);
	assert_true(in_a_child(child_lives, &p));

	raise(SIGUSR1);
	assert_int_equal(loop_run_once(loop, 0), 2);
	assert_int_equal(strlen(story), 2);
	pipe_close(&p);
}

static void timers_do_not_spin_without_epoll_pwait2(void **state)
{
	(void)state;

	assert_true(in_a_child(has_no_pwait2, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(a_timer_runs_once_and_not_before_its_time),
		TEST(waiting_ends_at_the_limit_when_no_timer_is_sooner),
		TEST(timers_run_in_the_order_of_their_deadlines),
		TEST(a_stopped_timer_does_not_run),
		TEST(a_timer_set_again_with_no_delay_waits_for_a_round),
		TEST(a_timer_callback_may_destroy_any_timer),
		TEST(simulated_minutes_pass_at_once),
		TEST(simulated_time_stands_while_a_descriptor_is_ready),
		TEST(simulated_waiting_jumps_no_further_than_the_limit),
		TEST(deferred_work_comes_before_descriptors_and_timers),
		TEST(what_deferred_work_defers_waits_for_the_next_round),
		TEST(undeferred_work_is_forgotten_even_in_the_same_round),
		TEST(a_loop_may_end_with_work_undone),
		TEST(run_returns_what_stop_was_given),
		TEST(a_round_within_a_round_frees_nothing_of_the_outer),
		TEST(signals_come_in_the_loop),
		TEST(a_signal_has_one_callback_and_must_be_catchable),
		TEST(destroy_restores_the_signal_mask),
		TEST(a_forked_child_takes_nothing_from_its_parent),
		TEST(timers_do_not_spin_without_epoll_pwait2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
