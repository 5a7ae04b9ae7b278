/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd learns of a caller: O_NONBLOCK, and the signals that it has.
 */
#include "guestd/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/app.h"
#include "tests/memory_rig.h"

static struct memory_rig rig;
static struct app app;

static struct caller_question question;
static unsigned int answers;
static int answer;

static int setup(void **state)
{
	(void)state;
	memory_rig_start(&rig, true, APP_NODE);
	memset(&question, 0, sizeof(question));
	answers = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	caller_stop(&question);
	app_finish(&app);
	memory_rig_finish(&rig);
	return 0;
}

static void start(enum app_how how)
{
	if (!memory_rig_possible(how))
		skip();
	app_start(&app, how, APP_NODE);
}

/* ---- what the helper says -------------------------------------------- */

static int ask_nonblock(const struct memory_caller *caller)
{
	struct memory_rig_job job = memory_rig_job();

	memory_nonblock(rig.memory, &job.job, caller);
	return memory_rig_wait(&rig, &job);
}

static int ask_nonblock_until_asleep(const struct memory_caller *caller)
{
	int looks, ret = -EAGAIN;

	for (looks = 0; ret == -EAGAIN && looks < 1000; looks++)
		ret = ask_nonblock(caller);
	return ret;
}

static void nonblock_follows_fcntl(void **state)
{
	struct memory_caller caller;

	(void)state;
	start(APP_IOCTL);
	caller = memory_rig_caller(&app, 1);

	assert_int_equal(ask_nonblock_until_asleep(&caller), 0);
	app_tell(&app, 'n');
	assert_int_equal(ask_nonblock(&caller), 1);
	app_tell(&app, 'b');
	assert_int_equal(ask_nonblock(&caller), 0);
	caller.cmd++;
	assert_int_equal(ask_nonblock(&caller), -EFAULT);
}

static void nonblock_does_not_wait_for_a_running_thread(void **state)
{
	struct memory_caller caller;

	(void)state;
	start(APP_BUSY);
	caller = memory_rig_caller(&app, 1);

	assert_int_equal(ask_nonblock(&caller), -EAGAIN);
	app_tell(&app, 'g');
	assert_int_equal(ask_nonblock_until_asleep(&caller), 0);
}

/* A child whose signals are as @how says, stopped so that they stay pending */
static pid_t start_stopped(int how)
{
	pid_t pid = fork();
	sigset_t set;
	int status;

	assert_true(pid >= 0);
	if (pid > 0) {
		assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
		assert_true(WIFSTOPPED(status));
		return pid;
	}

	signal(SIGUSR1, how == 'i' ? SIG_IGN : SIG_DFL);
	signal(SIGTSTP, how == 'c' ? (void (*)(int))_exit : SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (how == 'b')
		sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGSTOP);
	_exit(0);
}

static int ask_signals(const struct memory_caller *caller)
{
	struct memory_rig_job job = memory_rig_job();

	memory_signals(rig.memory, &job.job, caller);
	return memory_rig_wait(&rig, &job);
}

static int signals_after(int how, const int *signals, size_t count)
{
	struct memory_caller caller = { .uid = 1 };
	size_t i;
	int ret;

	caller.tid = start_stopped(how);
	for (i = 0; i < count; i++)
		kill(caller.tid, signals[i]);
	ret = ask_signals(&caller);
	kill(caller.tid, SIGKILL);
	waitpid(caller.tid, NULL, 0);
	return ret;
}

static void signals_that_interrupt_are_seen(void **state)
{
	static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	static const int both[] = { SIGTTIN, SIGUSR1 };
	static const int usr1[] = { SIGUSR1 };

	(void)state;
	assert_int_equal(signals_after('d', NULL, 0), 0);
	assert_int_equal(signals_after('d', usr1, 1), MEMORY_SIGNAL_OTHER);
	assert_int_equal(signals_after('b', usr1, 1), 0);
	assert_int_equal(signals_after('i', usr1, 1), 0);
	assert_int_equal(signals_after('d', stops, 3), 0);
	assert_int_equal(signals_after('d', both, 2), MEMORY_SIGNAL_OTHER);
	assert_int_equal(signals_after('c', stops, 1), MEMORY_SIGNAL_OTHER);
}

static void a_thread_that_is_no_more_is_gone(void **state)
{
	struct memory_caller caller = { .uid = 1 };
	siginfo_t info;

	(void)state;
	caller.tid = start_stopped('d');
	kill(caller.tid, SIGKILL);
	assert_int_equal(
		waitid(P_PID, (id_t)caller.tid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(ask_signals(&caller), MEMORY_SIGNAL_GONE);
	waitpid(caller.tid, NULL, 0);
	assert_int_equal(ask_signals(&caller), MEMORY_SIGNAL_GONE);
}

static void without_ptrace_only_signals_are_seen(void **state)
{
	struct memory_caller caller;
	struct memory_rig other;
	struct memory_rig_job job = memory_rig_job();
	uint8_t byte;

	(void)state;
	start(APP_IOCTL);
	caller = memory_rig_caller(&app, 1);

	memory_rig_start(&other, false, APP_NODE);
	assert_int_equal(memory_rig_read(&other, &caller, app.plain, &byte, 1),
			 -EFAULT);
	memory_signals(other.memory, &job.job, &caller);
	assert_int_equal(memory_rig_wait(&other, &job), 0);
	memory_rig_finish(&other);
}

/*
 * Waits for a file system whose server took the request and does not answer,
 * as an ioctl on our node does: not even SIGKILL ends that.
 */
static void wait_for_server(int server)
{
	struct stat st;
	char options[128];

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", server);
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("test_caller", "/tmp", "fuse", MS_NOSUID | MS_NODEV,
		  options) < 0)
		_exit(1);
	close(server);
	stat("/tmp/x", &st);
	_exit(0);
}

/* Return: false if there was no request */
static bool serve_init_alone(int server)
{
	static struct {
		struct fuse_in_header header;
		uint8_t bytes[(64 << 10) - sizeof(struct fuse_in_header)];
	} in;
	struct {
		struct fuse_out_header header;
		struct fuse_init_out init;
	} out = {
		.header = { .len = sizeof(out) },
		.init = { .major = FUSE_KERNEL_VERSION,
			  .minor = FUSE_KERNEL_MINOR_VERSION,
			  .max_write = 4096 },
	};

	do {
		if (read(server, &in, sizeof(in)) < 0)
			return false;
		out.header.unique = in.header.unique;
		if (in.header.opcode == FUSE_INIT &&
		    write(server, &out, sizeof(out)) != sizeof(out))
			return false;
	} while (in.header.opcode == FUSE_INIT);
	return true;
}

/* Return: process that SIGKILL is pending for; 0: not here */
static pid_t start_unkillable(int *server)
{
	int status, tries;
	pid_t pid;

	*server = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (*server < 0)
		return 0;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		wait_for_server(*server);
	for (tries = 0; !serve_init_alone(*server); tries++) {
		usleep(1000);
		if (waitpid(pid, &status, WNOHANG) == pid) {
			close(*server);
			return 0;
		}
		assert_in_range(tries, 0, 10000);
	}
	kill(pid, SIGKILL);
	return pid;
}

/* ---- the questions --------------------------------------------------- */

static void on_answer(void *data, int result)
{
	assert_ptr_equal(data, &rig);
	answers++;
	answer = result;
}

static void on_answer_stop(void *data, int result)
{
	on_answer(data, result);
	caller_stop(&question);
}

static void wait_for_answer(unsigned int count)
{
	uint64_t end = loop_now(rig.loop) + 20000 * LOOP_MS;

	while (answers < count && loop_now(rig.loop) < end)
		memory_rig_run(&rig, 1);
	assert_int_equal(answers, count);
}

static void ask(const struct memory_caller *caller, int fallback)
{
	answers = 0;
	caller_nonblock(&question, rig.loop, rig.memory, caller, fallback,
			on_answer, &rig);
	assert_int_equal(answers, 0);
}

static void answers_once_whether_to_block(void **state)
{
	struct memory_caller caller;

	(void)state;
	start(APP_IOCTL);
	caller = memory_rig_caller(&app, 1);
	ask_nonblock_until_asleep(&caller);

	ask(&caller, 1);
	wait_for_answer(1);
	assert_int_equal(answer, 0);
	app_tell(&app, 'n');
	ask(&caller, 0);
	wait_for_answer(1);
	assert_int_equal(answer, 1);
	memory_rig_run(&rig, 50);
	assert_int_equal(answers, 1);
}

static void whom_nobody_can_see_has_the_flags_of_open(void **state)
{
	struct memory_caller caller = { .uid = 1 };

	(void)state;
	ask(&caller, 1);
	wait_for_answer(1);
	assert_int_equal(answer, 1);

	caller.tid = getpid(); /* in no ioctl */
	ask(&caller, 0);
	wait_for_answer(1);
	assert_int_equal(answer, 0);
	assert_null(question.timer);
}

static void looks_four_times_at_a_running_caller(void **state)
{
	struct memory_caller caller;
	uint64_t begin;

	(void)state;
	start(APP_BUSY);
	caller = memory_rig_caller(&app, 1);

	begin = loop_now(rig.loop);
	ask(&caller, 1);
	wait_for_answer(1);
	assert_int_equal(answer, 1);
	assert_true(loop_now(rig.loop) - begin >= 26 * LOOP_MS);
	assert_int_equal(question.attempt, 3);

	ask(&caller, 1);
	while (!question.attempt)
		memory_rig_run(&rig, 1);
	app_tell(&app, 'g');
	wait_for_answer(1);
	/* Asleep within 25 ms, or else as at open. */
	assert_in_range(answer, 0, 1);
}

static void watch(const struct memory_caller *caller,
		  void (*fn)(void *data, int result))
{
	answers = 0;
	caller_signals(&question, rig.loop, rig.memory, caller, fn, &rig);
	assert_int_equal(answers, 0);
}

static void looks_for_signals_every_100_ms(void **state)
{
	struct memory_caller caller = { .uid = 1 };
	uint64_t begin = loop_now(rig.loop);

	(void)state;
	caller.tid = start_stopped('d');
	watch(&caller, on_answer);
	wait_for_answer(3);
	assert_int_equal(answer, 0);
	assert_true(loop_now(rig.loop) - begin >= 200 * LOOP_MS);

	kill(caller.tid, SIGTTIN);
	wait_for_answer(4);
	assert_int_equal(answer, 0);
	kill(caller.tid, SIGUSR1);
	wait_for_answer(5);
	assert_int_equal(answer, CALLER_SIGNALLED);
	kill(caller.tid, SIGKILL);
	waitpid(caller.tid, NULL, 0);
	wait_for_answer(6);
	assert_int_equal(answer, CALLER_GIVE_UP);

	caller_stop(&question);
	memory_rig_run(&rig, 150);
	assert_int_equal(answers, 6);
}

static void gives_up_a_caller_that_is_being_killed(void **state)
{
	struct memory_caller caller = { .uid = 1 };
	int server;

	(void)state;
	caller.tid = start_unkillable(&server);
	if (!caller.tid)
		skip();

	assert_int_equal(ask_signals(&caller), MEMORY_SIGNAL_KILL);
	watch(&caller, on_answer_stop);
	wait_for_answer(1);
	assert_int_equal(answer, CALLER_GIVE_UP);

	close(server);
	assert_int_equal(waitpid(caller.tid, NULL, 0), caller.tid);
}

static void stops_inside_and_outside_of_an_answer(void **state)
{
	struct memory_caller caller = { .tid = getpid(), .uid = 1 };

	(void)state;
	caller_stop(&question);

	watch(&caller, on_answer_stop);
	wait_for_answer(1);
	memory_rig_run(&rig, 150);
	assert_int_equal(answers, 1);

	watch(&caller, on_answer);
	caller_stop(&question);
	memory_rig_run(&rig, 150);
	assert_int_equal(answers, 0);
}

static void a_lost_helper_answers_nothing(void **state)
{
	struct memory_caller caller = { .tid = getpid(), .uid = 1 };

	(void)state;
	kill(rig.helper, SIGKILL);
	watch(&caller, on_answer);
	wait_for_answer(1);
	assert_int_equal(answer, 0);
	caller_stop(&question);

	ask(&caller, 1);
	wait_for_answer(1);
	assert_int_equal(answer, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nonblock_follows_fcntl),
		TEST(nonblock_does_not_wait_for_a_running_thread),
		TEST(signals_that_interrupt_are_seen),
		TEST(a_thread_that_is_no_more_is_gone),
		TEST(without_ptrace_only_signals_are_seen),
		TEST(answers_once_whether_to_block),
		TEST(whom_nobody_can_see_has_the_flags_of_open),
		TEST(looks_four_times_at_a_running_caller),
		TEST(looks_for_signals_every_100_ms),
		TEST(gives_up_a_caller_that_is_being_killed),
		TEST(stops_inside_and_outside_of_an_answer),
		TEST(a_lost_helper_answers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
