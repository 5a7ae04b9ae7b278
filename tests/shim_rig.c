// SPDX-License-Identifier: BSD-3-Clause
/*
 * A node of guestd's and guestd's helper for the shim's parts.
 */
#include "tests/shim_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "guestd/shim/raw.h"
#include "tests/fds.h"

struct shim_rig shim_rig;

static struct {
	pthread_t helper;
	int listener;
	char directory[32];
	unsigned int minor;
	unsigned int fds;
} own = { .minor = 1000 }; /* there is nothing of that number */

/* ---- the system calls ------------------------------------------------------ */

static long answer_attach(int fd, struct shim_attach *out)
{
	shim_rig.attaches++;
	if (fd != shim_rig.node)
		return -ENOTTY;
	if (shim_rig.attach_error && shim_rig.attaches > shim_rig.attached)
		return -shim_rig.attach_error;
	*out = shim_rig.attach;
	return 0;
}

static long answer_statx(long ret, int fd, struct statx *st)
{
	if (!ret && fd == shim_rig.node)
		st->stx_rdev_minor = own.minor;
	return ret;
}

/* Whether @path is @file of the node in sysfs. */
static bool is_of_node(const char *path, const char *file)
{
	char whole[96];

	snprintf(whole, sizeof(whole), "/sys/dev/char/%s/%s", shim_rig.number,
		 file);
	return !strcmp(path, whole);
}

static long answer_link(const char *path, char *to, size_t len)
{
	size_t have;

	shim_rig.lookups++;
	if (!shim_rig.link || !is_of_node(path, "subsystem"))
		return -ENOENT;
	have = strlen(shim_rig.link);
	if (have > len)
		have = len;
	memcpy(to, shim_rig.link, have);
	return (long)have;
}

static long open_uevent(const char *path)
{
	int fd;

	shim_rig.lookups++;
	if (!shim_rig.uevent || !is_of_node(path, "uevent"))
		return -ENOENT;
	fd = memfd_create("uevent", MFD_CLOEXEC);
	if (fd < 0 ||
	    pwrite(fd, shim_rig.uevent, strlen(shim_rig.uevent), 0) < 0)
		return -errno;
	return fd;
}

/*
 * 100 ms instead of so many seconds, where nothing else ends it: a helper that
 * answers may be late on a busy machine.
 */
static long shorten_timeout(int fd, int name, const long *timeout)
{
	struct timeval less = { .tv_sec = timeout[0] };

	shim_rig.timeout = timeout[0];
	if (shim_rig.manner == SHIM_RIG_IS_SILENT)
		less = (struct timeval){ .tv_usec = 100000 };
	return setsockopt(fd, SOL_SOCKET, name, &less, sizeof(less));
}

/* The helper has found one for its own socket when it has answered. */
static long receive_when_full(int fd, struct msghdr *msg, int flags)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	struct rlimit before;
	struct rlimit none;
	long ret;

	poll(&answer, 1, -1);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	ret = recvmsg(fd, msg, flags);
	setrlimit(RLIMIT_NOFILE, &before);
	return ret < 0 ? -errno : ret;
}

long shim_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long ret;

	if (nr == shim_rig.failing)
		return -EMFILE;
	if (nr != SYS_close && nr != SYS_munmap &&
	    ++shim_rig.calls == shim_rig.fail_at)
		return -shim_rig.fail_error;
	if (nr == SYS_ioctl && b == (long)SHIM_IOCTL_ATTACH)
		return answer_attach((int)a, (struct shim_attach *)c);
	if (nr == SYS_readlinkat)
		return answer_link((const char *)b, (char *)c, (size_t)d);
	if (nr == SYS_openat)
		return open_uevent((const char *)b);
	if (nr == SYS_setsockopt)
		return shorten_timeout((int)a, (int)c, (const long *)d);
	if (nr == SYS_recvmsg && shim_rig.full)
		return receive_when_full((int)a, (struct msghdr *)b, (int)c);
	if (nr == SYS_connect && shim_rig.interrupts) {
		shim_rig.interrupts--;
		return -EINTR;
	}
	ret = syscall(nr, a, b, c, d, e, f);
	if (ret == -1)
		ret = -errno;
	errno = saved;
	return nr == SYS_statx ? answer_statx(ret, (int)a, (struct statx *)e)
			       : ret;
}

/* ---- the helper ------------------------------------------------------------ */

static void send_answer(int client, size_t len, unsigned int count)
{
	if (fds_send(client, &shim_rig.answer, len, shim_rig.passed,
		     shim_rig.passed < 0 ? 0 : count) < 0)
		perror("shim_rig: sendmsg");
}

static void serve(int client)
{
	char byte;

	if (recv(client, &shim_rig.asked, sizeof(shim_rig.asked), 0) !=
	    sizeof(shim_rig.asked))
		return;
	switch (shim_rig.manner) {
	case SHIM_RIG_ANSWERS:
		send_answer(client, sizeof(shim_rig.answer), 1);
		return;
	case SHIM_RIG_IS_SILENT:
		(void)!recv(client, &byte, 1, 0);
		return;
	case SHIM_RIG_HANGS_UP:
		return;
	case SHIM_RIG_ANSWERS_SHORT:
		send_answer(client, sizeof(shim_rig.answer) - 1, 1);
		return;
	case SHIM_RIG_PASSES_TWO:
		send_answer(client, sizeof(shim_rig.answer), 2);
		return;
	}
}

/* Until the listener is shut down. */
static void *run_helper(void *unused)
{
	int client;

	(void)unused;
	while ((client = accept(own.listener, NULL, NULL)) >= 0) {
		serve(client);
		close(client);
	}
	return NULL;
}

static int start_helper(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(own.directory, sizeof(own.directory), "/tmp/shim.XXXXXX");
	if (!mkdtemp(own.directory))
		return -errno;
	snprintf(shim_rig.attach.path, sizeof(shim_rig.attach.path),
		 "%s/socket", own.directory);
	memcpy(addr.sun_path, shim_rig.attach.path, SHIM_PATH_LEN);
	own.listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (own.listener < 0 ||
	    bind(own.listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(own.listener, 8) < 0)
		return -errno;
	return -pthread_create(&own.helper, NULL, run_helper, NULL);
}

static void stop_helper(void)
{
	char path[64];

	shutdown(own.listener, SHUT_RDWR);
	pthread_join(own.helper, NULL);
	close(own.listener);
	snprintf(path, sizeof(path), "%s/socket", own.directory);
	unlink(path);
	rmdir(own.directory);
}

/* ---- the rig --------------------------------------------------------------- */

void shim_rig_new_number(void)
{
	own.minor++;
	snprintf(shim_rig.number, sizeof(shim_rig.number), "1:%u", own.minor);
}

int shim_rig_setup(void **state)
{
	(void)state;
	memset(&shim_rig, 0, sizeof(shim_rig));
	own.fds = fds_count();
	shim_rig.attach = (struct shim_attach){
		.magic = SHIM_MAGIC,
		.version = SHIM_VERSION,
		.token = { 1, 2, 3, 4, 5, 6, 7, 8 },
	};
	shim_rig.link = "../../../../class/cuse";
	shim_rig.uevent = "MAJOR=1\nMINOR=2\nDEVNAME=video7\n";
	shim_rig.answer.magic = SHIM_MAGIC;
	shim_rig.answer.error = ENOMSG;
	shim_rig.failing = -1;
	shim_rig.passed = -1;
	shim_rig_new_number();
	shim_rig.node = open("/dev/null", O_RDWR | O_CLOEXEC);
	return shim_rig.node < 0 ? -1 : start_helper();
}

int shim_rig_teardown(void **state)
{
	(void)state;
	stop_helper();
	close(shim_rig.node);
	if (shim_rig.passed >= 0)
		close(shim_rig.passed);
	if (fds_count() == own.fds)
		return 0;
	fprintf(stderr, "shim_rig: descriptors have stayed open\n");
	return -1;
}

void shim_rig_pass(int fd, uint64_t len)
{
	if (shim_rig.passed >= 0)
		close(shim_rig.passed);
	shim_rig.passed = fd;
	shim_rig.answer.error = 0;
	shim_rig.answer.len = len;
}

int shim_rig_memory(size_t len, const char *text)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)len) < 0 ||
	    pwrite(fd, text, strlen(text), 0) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		abort();
	return fd;
}
