// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd learns of a caller: the signals that it has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/caller_rig.h"

/* ---- what the helper says -------------------------------------------- */

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

	memory_signals(caller_rig.memory.memory, &job.job, caller);
	return memory_rig_wait(&caller_rig.memory, &job);
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
	caller_rig_start_app(APP_IOCTL);
	caller = memory_rig_caller(&caller_rig.app, 1);

	memory_rig_start(&other, false, APP_NODE);
	assert_int_equal(memory_rig_read(&other, &caller, caller_rig.app.plain,
					 &byte, 1),
			 -EFAULT);
	memory_signals(other.memory, &job.job, &caller);
	assert_int_equal(memory_rig_wait(&other, &job), 0);
	memory_rig_finish(&other);
}

/* ---- the questions --------------------------------------------------- */

static void on_answer_stop(void *data, int result)
{
	caller_rig_on_answer(data, result);
	caller_stop(&caller_rig.question);
}

static void watch(const struct memory_caller *caller,
		  void (*fn)(void *data, int result))
{
	caller_rig.answers = 0;
	caller_signals(&caller_rig.question, caller_rig.memory.loop,
		       caller_rig.memory.memory, caller, fn,
		       &caller_rig.memory);
	assert_int_equal(caller_rig.answers, 0);
}

static void looks_for_signals_every_100_ms(void **state)
{
	struct memory_caller caller = { .uid = 1 };
	uint64_t begin = loop_now(caller_rig.memory.loop);

	(void)state;
	caller.tid = start_stopped('d');
	watch(&caller, caller_rig_on_answer);
	caller_rig_wait(3);
	assert_int_equal(caller_rig.answer, 0);
	assert_true(loop_now(caller_rig.memory.loop) - begin >= 200 * LOOP_MS);

	kill(caller.tid, SIGTTIN);
	caller_rig_wait(4);
	assert_int_equal(caller_rig.answer, 0);
	kill(caller.tid, SIGUSR1);
	caller_rig_wait(5);
	assert_int_equal(caller_rig.answer, CALLER_SIGNALLED);
	kill(caller.tid, SIGKILL);
	waitpid(caller.tid, NULL, 0);
	caller_rig_wait(6);
	assert_int_equal(caller_rig.answer, CALLER_GIVE_UP);

	caller_stop(&caller_rig.question);
	memory_rig_run(&caller_rig.memory, 150);
	assert_int_equal(caller_rig.answers, 6);
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
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, CALLER_GIVE_UP);

	close(server);
	assert_int_equal(waitpid(caller.tid, NULL, 0), caller.tid);
}

static void stops_inside_and_outside_of_an_answer(void **state)
{
	struct memory_caller caller = { .tid = getpid(), .uid = 1 };

	(void)state;
	caller_stop(&caller_rig.question);

	watch(&caller, on_answer_stop);
	caller_rig_wait(1);
	memory_rig_run(&caller_rig.memory, 150);
	assert_int_equal(caller_rig.answers, 1);

	watch(&caller, caller_rig_on_answer);
	caller_stop(&caller_rig.question);
	memory_rig_run(&caller_rig.memory, 150);
	assert_int_equal(caller_rig.answers, 0);
}

static void who_cannot_be_seen_counts_as_signalled(void **state)
{
	struct memory_caller caller = { .tid = getpid(), .uid = 1 };

	(void)state;
	kill(caller_rig.memory.helper, SIGKILL);
	while (!caller_rig.memory.lost)
		memory_rig_run(&caller_rig.memory, 1);
	watch(&caller, caller_rig_on_answer);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, CALLER_SIGNALLED);
	caller_stop(&caller_rig.question);

	caller_rig_ask(&caller, 1);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, caller_rig_setup,                \
					caller_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signals_that_interrupt_are_seen),
		TEST(a_thread_that_is_no_more_is_gone),
		TEST(without_ptrace_only_signals_are_seen),
		TEST(looks_for_signals_every_100_ms),
		TEST(gives_up_a_caller_that_is_being_killed),
		TEST(stops_inside_and_outside_of_an_answer),
		TEST(who_cannot_be_seen_counts_as_signalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
