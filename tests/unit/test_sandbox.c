// SPDX-License-Identifier: BSD-3-Clause
/*
 * Tables of system calls, and those of guestd's two processes.
 *
 * What must not be done is done by a child, which tells how it ended.
 */
#include "common/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guestd/sandbox_helper.h"
#include "guestd/sandbox_loop.h"
#include "tests/memcheck.h"

#define ENDED 7 /* exit status of a child that got through */

static pid_t parent;

/* ---- a child ------------------------------------------------------------------- */

/* Return: what waitpid(2) says of a child that does that */
static int status_of(int (*enter)(void), void (*act)(void))
{
	int status;
	pid_t pid;

	parent = getpid();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		if (enter() != 0)
			_exit(1);
		act();
		_exit(ENDED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_killed(int (*enter)(void), void (*act)(void))
{
	int status = status_of(enter, act);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void assert_lives(int (*enter)(void), void (*act)(void))
{
	int status = status_of(enter, act);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ENDED);
}

/* ---- what it does -------------------------------------------------------------- */

static void do_nothing(void)
{
}

static void do_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CREAT, 0600);
}

static void do_inet(void)
{
	syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void do_unix(void)
{
	syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static void do_unix_datagrams(void)
{
	syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
}

static void do_vsock(void)
{
	syscall(SYS_socket, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void do_exec(void)
{
	char *none[] = { NULL };

	syscall(SYS_execve, "/bin/true", none, none);
}

static void do_trace(void)
{
	syscall(SYS_ptrace, PTRACE_ATTACH, parent, 0, 0);
}

static void do_map_code(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_map(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_signal(void)
{
	syscall(SYS_kill, parent, SIGCONT);
}

static void do_look_for_a_process(void)
{
	syscall(SYS_kill, parent, 0);
}

static void do_copy(void)
{
	char here = 0, there = 0;
	struct iovec local = { &here, 1 }, remote = { &there, 1 };

	syscall(SYS_process_vm_readv, getpid(), &local, 1, &remote, 1, 0);
}

#ifndef SANDBOX_TOOLS
static void do_fork(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}
#endif

static void do_namespace(void)
{
	syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0);
}

static void do_type_at_a_terminal(void)
{
	int fd = 0;

	syscall(SYS_ioctl, fd, 0x5412 /* TIOCSTI */, "x");
}

static void do_clone3(void)
{
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		_exit(1);
}

static void do_accept(void)
{
	syscall(SYS_accept4, -1, NULL, NULL, 0);
}

/* ---- tables in general ---------------------------------------------------------- */

/* What a child of a test does besides; as sanitizers make it end */
#ifdef SANDBOX_TOOLS
#define END                                                                    \
	SANDBOX_ALLOW(exit_group, ""), SANDBOX_ALLOW(getpid, ""),              \
		SANDBOX_ALLOW(sigaltstack, "")
#else
#define END SANDBOX_ALLOW(exit_group, ""), SANDBOX_ALLOW(getpid, "")
#endif

static int enter_small(void)
{
	static const struct sandbox_call calls[] = {
		END,
		SANDBOX_ALLOW_IF(socket, "", SANDBOX_INT(0, AF_UNIX),
				 SANDBOX_BITS(1, 0xf, SOCK_STREAM)),
		SANDBOX_ALLOW_ONLY(kill, "", 1),
		SANDBOX_ALLOW_ONLY(mmap, "", 2, SANDBOX_BITS(2, PROT_EXEC, 0)),
		SANDBOX_FAIL(clone3, "", ENOSYS),
		{ .call = -1 },
	};

	return sandbox_enter(calls, sizeof(calls) / sizeof(calls[0]), 2);
}

static int enter_int(void)
{
	static const struct sandbox_call calls[] = {
		END,
		SANDBOX_ALLOW_IF(close, "", SANDBOX_INT(0, -1)),
	};

	return sandbox_enter(calls, sizeof(calls) / sizeof(calls[0]), 0);
}

static void do_close_none(void)
{
	syscall(SYS_close, -1L);
	syscall(SYS_close, 0xffffffffL); /* the kernel takes the lower half */
}

static void do_close_one(void)
{
	syscall(SYS_close, 0x7fffffffL);
}

static void what_is_not_in_the_table_kills(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_small, do_nothing);
	assert_killed(enter_small, do_open);
	assert_killed(enter_small, do_exec);
	assert_killed(enter_small, do_copy);
}

static void arguments_must_fit(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_small, do_unix);
	assert_killed(enter_small, do_unix_datagrams);
	assert_killed(enter_small, do_inet);
	assert_lives(enter_int, do_close_none);
	assert_killed(enter_int, do_close_one);
}

static void some_rows_count_only_when_wanted(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_killed(enter_small, do_look_for_a_process);
	assert_lives(enter_small, do_map);
	assert_killed(enter_small, do_map_code);
}

static void a_call_can_fail_instead(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_small, do_clone3);
}

/* As a kernel without CONFIG_SECCOMP_FILTER answers */
static int enter_none(void)
{
	const struct scmp_arg_cmp filter = SANDBOX_INT(0, PR_SET_SECCOMP);
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);

	return seccomp_rule_add(context, SCMP_ACT_ERRNO(EINVAL),
				SCMP_SYS(seccomp), 0) ||
	       seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EINVAL),
				      SCMP_SYS(prctl), 1, &filter) ||
	       seccomp_load(context);
}

static void check_none(void)
{
	static const struct sandbox_call calls[] = { END };
	static const struct sandbox_filter filter;
	struct sandbox_filter made;

	if (sandbox_make(&made, calls, sizeof(calls) / sizeof(calls[0]), 0) !=
		    -ENOSYS ||
	    sandbox_enter(calls, sizeof(calls) / sizeof(calls[0]), 0) !=
		    -ENOSYS ||
	    sandbox_load(&filter) != -ENOSYS ||
	    sandbox_signal_self() != -ENOSYS)
		_exit(1);
}

static void without_seccomp_everybody_hears_of_it(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_none, check_none);
}

static void check_hidden(void)
{
	struct rlimit limit;

	if (prctl(PR_GET_DUMPABLE) != 0 || getrlimit(RLIMIT_CORE, &limit) < 0 ||
	    limit.rlim_cur || limit.rlim_max)
		_exit(1);
}

static void who_hides_leaves_no_core_file(void **state)
{
	(void)state;
	assert_lives(sandbox_hide, check_hidden);
}

/* ---- guestd's ------------------------------------------------------------------- */

static int enter_loop_vsock(void)
{
	return sandbox_loop(TRANSPORT_VSOCK);
}

static int enter_loop_unix(void)
{
	return sandbox_loop(TRANSPORT_UNIX);
}

static int enter_loop_fd(void)
{
	return sandbox_loop(TRANSPORT_FD);
}

static void the_loop_starts_and_looks_at_nothing(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_loop_vsock, do_map);
	assert_killed(enter_loop_vsock, do_map_code);
	assert_killed(enter_loop_vsock, do_exec);
	assert_killed(enter_loop_vsock, do_copy);
	assert_killed(enter_loop_vsock, do_signal);
	assert_killed(enter_loop_vsock, do_look_for_a_process);
	assert_killed(enter_loop_vsock, do_type_at_a_terminal);
	assert_killed(enter_loop_vsock, do_accept);
#ifndef SANDBOX_TOOLS
	assert_killed(enter_loop_vsock, do_open);
	assert_killed(enter_loop_vsock, do_trace);
	assert_killed(enter_loop_vsock, do_fork);
#endif
}

static void the_loop_connects_as_it_did_first(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_loop_vsock, do_vsock);
	assert_killed(enter_loop_vsock, do_unix);
	assert_killed(enter_loop_vsock, do_inet);
	assert_lives(enter_loop_unix, do_unix);
	assert_killed(enter_loop_unix, do_unix_datagrams);
	assert_killed(enter_loop_unix, do_vsock);
	assert_killed(enter_loop_fd, do_vsock);
	assert_killed(enter_loop_fd, do_unix);
}

static int enter_helper(void)
{
	return sandbox_helper(true, true);
}

static int enter_helper_without(void)
{
	return sandbox_helper(false, false);
}

static void the_helper_copies_and_does_no_more(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_lives(enter_helper, do_copy);
	assert_lives(enter_helper, do_look_for_a_process);
	assert_lives(enter_helper, do_clone3);
	assert_lives(enter_helper, do_accept);
	assert_killed(enter_helper, do_exec);
	assert_killed(enter_helper, do_trace);
	assert_killed(enter_helper, do_signal);
	assert_killed(enter_helper, do_namespace);
	assert_killed(enter_helper, do_map_code);
	assert_killed(enter_helper, do_unix);
	assert_killed(enter_helper, do_inet);
	assert_killed(enter_helper, do_type_at_a_terminal);
#ifndef SANDBOX_TOOLS
	assert_killed(enter_helper, do_open);
#endif
}

static void the_helper_without_work_has_not_the_calls_for_it(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	assert_killed(enter_helper_without, do_copy);
	assert_killed(enter_helper_without, do_accept);
	assert_lives(enter_helper_without, do_look_for_a_process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_in_the_table_kills),
		cmocka_unit_test(arguments_must_fit),
		cmocka_unit_test(some_rows_count_only_when_wanted),
		cmocka_unit_test(a_call_can_fail_instead),
		cmocka_unit_test(without_seccomp_everybody_hears_of_it),
		cmocka_unit_test(who_hides_leaves_no_core_file),
		cmocka_unit_test(the_loop_starts_and_looks_at_nothing),
		cmocka_unit_test(the_loop_connects_as_it_did_first),
		cmocka_unit_test(the_helper_copies_and_does_no_more),
		cmocka_unit_test(
			the_helper_without_work_has_not_the_calls_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
