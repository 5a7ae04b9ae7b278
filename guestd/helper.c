// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's process: how it is made, and what it may do.
 *
 * Rights: CAP_SYS_PTRACE to copy, and CAP_DAC_READ_SEARCH, without which the
 * files of /proc/TID belong to the thread's user alone (measured: the first
 * without the second reads memory, but neither "syscall" nor "fd").  What it may ask
 * of the kernel with them is in sandbox_helper.c.
 */
#include "guestd/helper.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "guestd/helper_export.h"
#include "guestd/helper_proc.h"
#include "guestd/helper_serve.h"
#include "guestd/helper_wire.h"
#include "guestd/sandbox_helper.h"

#define HELPER_NAME   "guestd-memory"
#define HELPER_FD     3
#define HELPER_SHIM   4 /* if there is one */
#define HELPER_YAMA   "/proc/sys/kernel/yama/ptrace_scope"
#define HELPER_MALLOC (64 << 10) /* what is larger goes back when freed */

/* ---- rights ---------------------------------------------------------- */

static const int helper_capabilities[] = { CAP_SYS_PTRACE,
					   CAP_DAC_READ_SEARCH };
#define HELPER_CAPABILITIES                                                    \
	(sizeof(helper_capabilities) / sizeof(helper_capabilities[0]))

static void helper_drop(bool ptrace)
{
	bool bounds;
	size_t i;
	int ret;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* No core file with an application's bytes, no debugger. */
	sandbox_hide();

	capng_get_caps_process();
	bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (i = 0; i < HELPER_CAPABILITIES; i++)
		if (!capng_have_capability(CAPNG_EFFECTIVE,
					   helper_capabilities[i]))
			ptrace = false;

	capng_clear(CAPNG_SELECT_ALL);
	for (i = 0; i < HELPER_CAPABILITIES && ptrace; i++)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			     (unsigned int)helper_capabilities[i]);
	ret = capng_apply(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS);
	if (ret < 0) {
		log_err("helper: capabilities cannot be given up: %d", ret);
		_exit(1);
	}
}

static int helper_confine(bool ptrace, bool shim)
{
	int ret = sandbox_helper(ptrace, shim);

	if (ret)
		log_err("helper: seccomp: %s%s", strerror(-ret),
			ret == -ENOSYS ? ": the kernel needs "
					 "CONFIG_SECCOMP_FILTER"
				       : "");
	return ret ? -ENOSYS : 0;
}

static bool helper_yama_forbids(void)
{
	char scope = '0';
	int fd;

	fd = open(HELPER_YAMA, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false; /* a kernel without yama */
	if (read(fd, &scope, 1) != 1)
		scope = '0';
	close(fd);
	return scope == '3';
}

/*
 * Trying it on guestd would prove little, since that has our uid: hence
 * capabilities and yama are looked at by name.  The try finds what else there
 * may be, a seccomp filter of a container or a /proc without "syscall".
 */
static int helper_try(pid_t parent)
{
	static const char there = 'x';
	char here;
	struct iovec local = { &here, 1 }, remote = { (void *)&there, 1 };
	struct helper_seen seen = { 0 };
	struct helper_call call;
	size_t i;
	int ret;

	for (i = 0; i < HELPER_CAPABILITIES; i++)
		if (!capng_have_capability(CAPNG_EFFECTIVE,
					   helper_capabilities[i]))
			return -EPERM;
	if (helper_yama_forbids())
		return -EACCES;
	if (process_vm_readv(parent, &local, 1, &remote, 1, 0) != 1)
		return -EOPNOTSUPP;

	if (helper_proc_see(&seen, parent))
		return -EOPNOTSUPP;
	ret = helper_proc_call(&seen, &call);
	helper_proc_forget(&seen);
	return ret && ret != -EAGAIN ? -EOPNOTSUPP : 0;
}

/* ---- the process ----------------------------------------------------- */

/* Above both numbers, so that neither is overwritten before it is moved. */
static int helper_lift(int fd)
{
	int lifted = fcntl(fd, F_DUPFD_CLOEXEC, HELPER_SHIM + 1);

	if (lifted < 0) {
		log_err("helper: its sockets: %s", strerror(errno));
		_exit(1);
	}
	return lifted;
}

/*
 * Nothing of guestd's but its standard error, the socket as HELPER_FD, and the
 * shim's as HELPER_SHIM.  Return: how many of those two
 */
static unsigned int helper_keep(int fd, int listener)
{
	fd = helper_lift(fd);
	if (listener >= 0)
		listener = helper_lift(listener);
	dup2(fd, HELPER_FD);
	if (listener < 0)
		return 1;
	dup2(listener, HELPER_SHIM);
	return 2;
}

static void helper_close_others(int fd, int listener)
{
	unsigned int kept = helper_keep(fd, listener);
	int null;

	if (close_range(HELPER_FD + kept, ~0u, 0) < 0) {
		log_err("helper: guestd's files cannot be closed: %s",
			strerror(errno));
		_exit(1);
	}

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0) {
		log_err("helper: /dev/null: %s", strerror(errno));
		_exit(1);
	}
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
}

/* What ends guestd comes to its whole group; we end with the socket. */
static void helper_ignore_signals(void)
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
				       SIGPIPE, SIGUSR1, SIGUSR2 };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

static _Noreturn void helper_main(bool ptrace, int fd, int listener,
				  pid_t parent)
{
	struct helper_result hello = { 0 };
	int udmabuf;

	prctl(PR_SET_NAME, HELPER_NAME);
	helper_ignore_signals();
	helper_close_others(fd, listener);
	udmabuf = listener < 0 ? -1 : helper_export_open();
	helper_drop(ptrace);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);

	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, HELPER_MALLOC);
	mallopt(M_TRIM_THRESHOLD, HELPER_MALLOC);

	if (ptrace)
		hello.result = helper_try(parent);
	if (!hello.result)
		hello.result = helper_confine(ptrace, listener >= 0);
	if (send(HELPER_FD, &hello, sizeof(hello), MSG_NOSIGNAL) < 0 ||
	    hello.result)
		_exit(0);

	_exit(helper_serve(HELPER_FD, ptrace, listener < 0 ? -1 : HELPER_SHIM,
			   udmabuf));
}

/* Return: what the helper says first, or -EIO if it cannot */
static int helper_hear(int fd)
{
	struct helper_result hello;
	ssize_t len;

	do
		len = recv(fd, &hello, sizeof(hello), MSG_WAITALL);
	while (len < 0 && errno == EINTR);
	return len == sizeof(hello) ? hello.result : -EIO;
}

pid_t helper_start(bool ptrace, int listener, int *fd)
{
	pid_t parent = getpid(), pid;
	int ends[2], ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;

	pid = fork();
	if (pid < 0) {
		ret = -errno;
		close(ends[0]);
		close(ends[1]);
		return ret;
	}
	if (pid == 0)
		helper_main(ptrace, ends[1], listener, parent);
	close(ends[1]);

	ret = helper_hear(ends[0]);
	if (!ret && fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		ret = -errno;
	if (ret) {
		close(ends[0]);
		waitpid(pid, NULL, 0);
		return ret;
	}

	*fd = ends[0];
	return pid;
}
