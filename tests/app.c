// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application that is inside ioctl(2).
 *
 * It has two threads: the second makes the call, the first does what the test
 * says, for instance fill the page that the second waits for.  Nothing of libc
 * that a sanitizer replaces may touch that page.
 */
#include "tests/app.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define APP_PAGE ((size_t)4096)

#ifdef MAP_32BIT
#define APP_LOW MAP_32BIT
#else
#define APP_LOW 0
#endif

#define APP_CALL_COMPAT 54
#define APP_CALL_GETPID 20

/* In the application */
static struct app self;
static enum app_how self_how;
static int self_device;
static int self_faults;
static atomic_int self_tid;
static atomic_bool self_go;

#ifdef __x86_64__
static long app_compat_call(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return ret;
}
#else
static long app_compat_call(long nr, long a, long b, long c)
{
	(void)nr;
	(void)a;
	(void)b;
	(void)c;
	abort();
}
#endif

static bool app_compat_possible(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		_exit(app_compat_call(APP_CALL_GETPID, 0, 0, 0) != getpid()
			      ? 1
			      : 0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static int app_open_faults(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd;

	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool app_possible(enum app_how how)
{
	int fd = app_open_faults();

	if (fd < 0)
		return false;
	close(fd);
	return how != APP_COMPAT || app_compat_possible();
}

uint8_t app_pattern(size_t at)
{
	return (uint8_t)(at * 7 + at / APP_PAGE);
}

/* ---- the application ------------------------------------------------- */

static void app_fill(uint8_t *page)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)page, .len = APP_PAGE },
	};

	ioctl(self_faults, UFFDIO_ZEROPAGE, &zero);
}

static void app_trap(uint8_t *page)
{
	struct uffdio_register trap = {
		.range = { .start = (uintptr_t)page, .len = APP_PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (ioctl(self_faults, UFFDIO_REGISTER, &trap) < 0)
		_exit(1);
}

static void app_call(int tid)
{
	int pipe_ends[2];
	char byte;

	switch (self_how) {
	case APP_BUSY:
		/* Told from here: nothing is left that it could sleep for. */
		while (!atomic_load(&self_go))
			atomic_store(&self_tid, tid);
		/* fallthrough */
	case APP_IOCTL:
		/* Programs that keep the number in an int extend its sign. */
		syscall(SYS_ioctl, self_device,
			(unsigned long)APP_CMD | 0xffffffff00000000ul,
			self.argument);
		break;
	case APP_COMPAT:
		app_compat_call(APP_CALL_COMPAT, self_device, APP_CMD,
				(long)(uintptr_t)self.argument);
		break;
	case APP_ELSEWHERE:
		if (pipe(pipe_ends) < 0 ||
		    syscall(SYS_read, pipe_ends[0], &byte, 1) < 0)
			_exit(1);
		break;
	case APP_FAULT:
		__asm__ volatile("" ::"r"(*(volatile uint8_t *)self.argument));
		break;
	}
}

static void *app_thread(void *unused)
{
	int tid = (int)syscall(SYS_gettid);

	(void)unused;

	if (self_how != APP_BUSY)
		atomic_store(&self_tid, tid);
	app_call(tid);
	return NULL;
}

static void app_obey(char what, pthread_t thread)
{
	int flags = fcntl(self_device, F_GETFL);

	switch (what) {
	case 'n':
		fcntl(self_device, F_SETFL, flags | O_NONBLOCK);
		break;
	case 'b':
		fcntl(self_device, F_SETFL, flags & ~O_NONBLOCK);
		break;
	case 'g':
		atomic_store(&self_go, true);
		break;
	case 's':
		app_fill(self.stuck);
		break;
	case 'r':
		app_fill(self.argument);
		pthread_join(thread, NULL);
		break;
	default:
		_exit(1);
	}
}

static void app_memfd(int number, int seals)
{
	int fd = memfd_create("app", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, APP_MEMFD_LEN) < 0 ||
	    fcntl(fd, F_ADD_SEALS, seals) < 0 || dup2(fd, number) < 0)
		_exit(1);
	close(fd);
}

static _Noreturn void app_main(enum app_how how, const char *device)
{
	pthread_t thread;
	size_t i;
	char what;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Nothing of it may be taken for the fields behind it. */
	prctl(PR_SET_NAME, "app) 1 (2\n3) 4");
	dup2(self.control, STDERR_FILENO + 1);
	self.control = STDERR_FILENO + 1;
	close_range(STDERR_FILENO + 2, ~0u, 0);

	app_memfd(APP_SEALED, F_SEAL_SHRINK);
	app_memfd(APP_UNSEALED, 0);
	self_how = how;
	self_device = open(device, O_RDWR);
	self_faults = app_open_faults();
	if (self_device < 0 || self_faults < 0)
		_exit(1);

	for (i = 0; i < APP_PLAIN_LEN; i++)
		self.plain[i] = app_pattern(i);
	app_trap(self.stuck);
	app_trap(self.argument);

	if (pthread_create(&thread, NULL, app_thread, NULL) != 0)
		_exit(1);
	while (!atomic_load(&self_tid))
		usleep(100);
	if (write(self.control, &self_tid, sizeof(self_tid)) !=
	    sizeof(self_tid))
		_exit(1);

	while (read(self.control, &what, 1) == 1) {
		app_obey(what, thread);
		if (write(self.control, &what, 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- the test -------------------------------------------------------- */

static void app_must(bool ok)
{
	if (!ok)
		abort();
}

static void *app_map(size_t len, int flags)
{
	void *bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	app_must(bytes != MAP_FAILED);
	return bytes;
}

void app_start(struct app *app, enum app_how how, const char *device)
{
	int ends[2];

	app->plain = app_map(APP_PLAIN_LEN + APP_PAGE, 0);
	app->hole = app->plain + APP_PLAIN_LEN;
	munmap(app->hole, APP_PAGE);
	app->stuck = app_map(APP_PAGE, 0);
	app->argument = app_map(APP_PAGE, how == APP_COMPAT ? APP_LOW : 0);

	app_must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	app->control = ends[0];
	app->pid = fork();
	app_must(app->pid >= 0);
	if (app->pid == 0) {
		self = *app;
		self.control = ends[1];
		app_main(how, device);
	}
	close(ends[1]);
	app_must(read(app->control, &app->tid, sizeof(app->tid)) ==
		 sizeof(app->tid));
}

void app_finish(struct app *app)
{
	if (app->pid <= 0)
		return;

	kill(app->pid, SIGKILL);
	waitpid(app->pid, NULL, 0);
	close(app->control);
	munmap(app->plain, APP_PLAIN_LEN);
	munmap(app->stuck, APP_PAGE);
	munmap(app->argument, APP_PAGE);
	*app = (struct app){ 0 };
}

void app_tell(struct app *app, char what)
{
	char answer;

	app_must(write(app->control, &what, 1) == 1);
	app_must(read(app->control, &answer, 1) == 1 && answer == what);
}

bool app_peek(const struct app *app, const void *addr, void *bytes, size_t len)
{
	struct iovec local = { bytes, len }, remote = { (void *)addr, len };

	return process_vm_readv(app->pid, &local, 1, &remote, 1, 0) ==
	       (ssize_t)len;
}
