// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which system calls each process of hostd can still make, and what ends it.
 *
 * All of it is done by children, which tell how they ended.
 */
#include "hostd/sandbox_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/log.h"
#include "common/loop.h"
#include "hostd/confine.h"
#include "hostd/frames.h"
#include "hostd/reopener.h"
#include "hostd/worker.h"

#define DONE   7 /* exit status of a child that has done it all */
#define REFUSE 8 /* and of one whose call was refused */

/* ---- a child --------------------------------------------------------- */

static void be_child(enum sandbox_role role, int (*act)(void))
{
	signal(SIGSYS, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	log_set_sink(NULL);
	if (confine_enter(role, NULL, 0) < 0)
		_exit(1);
	_exit(act());
}

/* Return: what waitpid(2) says of a child in that role that does that */
static int status_of(enum sandbox_role role, int (*act)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		be_child(role, act);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int refused(long ret)
{
	return ret < 0 ? REFUSE : DONE;
}

/* ---- what nobody is to do -------------------------------------------- */

static int do_open(void)
{
	return refused(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR));
}

static int do_create(void)
{
	return refused(syscall(SYS_openat, AT_FDCWD, "/tmp/test_confine",
			       O_RDWR | O_CREAT, 0600));
}

static int do_stat(void)
{
	struct stat file;

	return refused(syscall(SYS_newfstatat, AT_FDCWD, "/", &file, 0));
}

static int do_socket(void)
{
	return refused(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
}

static int do_connect(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX };

	return refused(syscall(SYS_connect, 2, &address, sizeof(address)));
}

static int do_execve(void)
{
	char *none[] = { NULL };

	return refused(syscall(SYS_execve, "/bin/true", none, none));
}

static int do_fork(void)
{
	return refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int do_unshare(void)
{
	return refused(syscall(SYS_unshare, CLONE_NEWNS));
}

static int do_ptrace(void)
{
	return refused(syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0));
}

static int do_look(void)
{
	char byte;
	struct iovec here = { &byte, 1 };

	return refused(
		syscall(SYS_process_vm_readv, getpid(), &here, 1, &here, 1, 0));
}

static int do_map_code(void)
{
	return refused(syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int do_make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return refused(
		syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC));
}

static int do_kill(void)
{
	return refused(syscall(SYS_kill, getppid(), 0));
}

static int do_tgkill(void)
{
	pid_t other = getppid();

	return refused(syscall(SYS_tgkill, other, other, 0));
}

static int do_type_into_a_terminal(void)
{
	return refused(syscall(SYS_ioctl, 2, TIOCSTI, "x"));
}

static int do_own(void)
{
	return refused(syscall(SYS_fcntl, 2, F_SETOWN, 1));
}

static int do_seccomp(void)
{
	return refused(syscall(SYS_seccomp, 0, 0, NULL));
}

static int do_io_uring(void)
{
	return refused(syscall(SYS_io_uring_setup, 1, NULL));
}

#define OPENS (1u << SANDBOX_OPENER | 1u << SANDBOX_CHECK)
/* Whose library asks and does without. */
#define ASKS (1u << SANDBOX_CONVERT | 1u << SANDBOX_CHECK)
#define NO_V (1u << SANDBOX_CONVERT)

/* @refused, @done: roles that live on.  Of all others it is the end. */
static const struct {
	const char *name;
	int (*act)(void);
	unsigned int refused;
	unsigned int done;
} forbidden[] = {
	{ "open", do_open, NO_V, OPENS },
	{ "create", do_create, ASKS, 0 },
	{ "stat", do_stat, NO_V, OPENS },
	{ "socket", do_socket, ASKS, 0 },
	{ "connect", do_connect, 0, 0 },
	{ "execve", do_execve, 0, 0 },
	{ "fork", do_fork, ASKS, 0 },
	{ "unshare", do_unshare, 0, 0 },
	{ "ptrace", do_ptrace, 0, 0 },
	{ "look", do_look, 0, 0 },
	{ "mmap code", do_map_code, 1u << SANDBOX_CHECK, 0 },
	{ "make code", do_make_code, 0, 0 },
	{ "kill", do_kill, 0, 0 },
	{ "tgkill", do_tgkill, 0, 0 },
	{ "TIOCSTI", do_type_into_a_terminal, 0, 0 },
	{ "F_SETOWN", do_own, 0, 0 },
	{ "seccomp", do_seccomp, 0, 0 },
	{ "io_uring", do_io_uring, 0, 0 },
};

static void what_is_not_in_the_table_ends_the_process(void **state)
{
	unsigned int role;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		for (role = 0; role < SANDBOX_ROLE_COUNT; role++) {
			int status = status_of(role, forbidden[i].act);
			int expected = SIGSYS;

			if (forbidden[i].refused & 1u << role)
				expected = REFUSE << 8;
			if (forbidden[i].done & 1u << role)
				expected = DONE << 8;
			if (status != expected)
				fail_msg("%s in role %u: status %x, not %x",
					 forbidden[i].name, role, status,
					 expected);
		}
}

/* ---- what has to work ------------------------------------------------ */

#define WORK(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			log_err("line %d", __LINE__);                          \
			return 1;                                              \
		}                                                              \
	} while (0)

static void run_job(void *owner, void *job)
{
	struct timespec second = { .tv_sec = 1 };
	int *ran = job;

	(void)owner;
	/* A worker sleeps in ioctl(2); a futex is what is at hand. */
	syscall(SYS_futex, ran, 0 /* FUTEX_WAIT */, 0, &second, NULL, 0);
	*ran = 1;
}

static void job_done(void *owner, void *job)
{
	(void)job;
	loop_stop(owner, 0);
}

static int work_with_threads(struct loop *loop)
{
	static const struct worker_ops ops = { .run = run_job,
					       .done = job_done };
	struct worker *worker;
	int ran = 0;

	WORK(worker_create(loop, &ops, loop, &worker) == 0);
	WORK(worker_submit(worker, &ran) == 0);
	worker_interrupt(worker);
	WORK(loop_run(loop) == 0 && ran == 1);
	worker_destroy(worker);
	return DONE;
}

static int work_with_memory(void)
{
	char *heap, *more;
	void *bytes;
	int fd, copy;

	WORK(frames_memfd(1 << 20, &fd, &bytes) == 0);
	memset(bytes, 1, 1 << 20);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	WORK(copy >= 0 && lseek(copy, 0, SEEK_END) == 1 << 20);
	WORK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0 || errno == EAGAIN);
	close(copy);
	close(fd);
	munmap(bytes, 1 << 20);

	heap = malloc(8 << 20);
	WORK(heap != NULL);
	more = realloc(heap, 32 << 20);
	WORK(more != NULL);
	free(more);
	return DONE;
}

static int do_the_work_of_a_guest(void)
{
	struct v4l2_capability capability;
	struct loop *loop;

	WORK(ioctl(2, VIDIOC_QUERYCAP, &capability) < 0);
	WORK(loop_create(&loop) == 0);
	WORK(work_with_threads(loop) == DONE);
	WORK(work_with_memory() == DONE);
	loop_destroy(loop);
	log_info("a line");
	return DONE;
}

static int do_the_work_of_an_opener(void)
{
	int fd;

	WORK(open("/dev/null", O_RDWR | O_CLOEXEC) >= 0);
	WORK(reopener_start(&fd) == 0);
	return DONE;
}

static void each_can_do_its_work(void **state)
{
	(void)state;
	assert_int_equal(status_of(SANDBOX_GUEST, do_the_work_of_a_guest),
			 DONE << 8);
	assert_int_equal(status_of(SANDBOX_CONVERT, do_the_work_of_a_guest),
			 DONE << 8);
	assert_int_equal(status_of(SANDBOX_OPENER, do_the_work_of_an_opener),
			 DONE << 8);
}

static int do_abort(void)
{
	abort();
}

/* A bug of ours is to look like one. */
static void a_bug_ends_as_one(void **state)
{
	unsigned int role;

	(void)state;
	for (role = 0; role < SANDBOX_ROLE_COUNT; role++)
		assert_int_equal(status_of(role, do_abort) & 0x7f, SIGABRT);
}

static int prepare(void **state)
{
	(void)state;
	return confine_prepare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_in_the_table_ends_the_process),
		cmocka_unit_test(each_can_do_its_work),
		cmocka_unit_test(a_bug_ends_as_one),
	};

	return cmocka_run_group_tests_name("sandbox_calls", tests, prepare,
					   NULL);
}
