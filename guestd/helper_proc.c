// SPDX-License-Identifier: BSD-3-Clause
/*
 * What /proc says about a thread.
 *
 * Files made of "Name: value" lines are read line by line, since "Groups:" of
 * an account in a large organisation is longer than any buffer one would like
 * to have on a small stack, and what we want stands behind it.
 */
#include "guestd/helper_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PROC_LINE_LEN 512
#define PROC_PATH_LEN 64

#define PROC_LETTER 0 /* in place of a base: the value is a letter */

/** struct proc_field - A value that is looked for */
struct proc_field {
	const char *name;
	int base;
	uint64_t value;
	bool found;
};

int helper_proc_open(pid_t tid)
{
	char path[PROC_PATH_LEN];
	int fd;

	if (tid <= 0)
		return -ESRCH;

	snprintf(path, sizeof(path), "/proc/%d", tid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

int helper_proc_see(struct helper_seen *seen, pid_t tid)
{
	int proc, call;

	helper_proc_forget(seen);
	proc = helper_proc_open(tid);
	if (proc < 0)
		return proc;
	call = openat(proc, "syscall", O_RDONLY | O_CLOEXEC);
	if (call < 0) {
		call = -errno;
		close(proc);
		return call;
	}
	seen->tid = tid;
	seen->proc = proc;
	seen->call = call;
	return 0;
}

void helper_proc_forget(struct helper_seen *seen)
{
	if (seen->tid) {
		close(seen->call);
		close(seen->proc);
	}
	seen->tid = 0;
}

/*
 * Return: number of bytes, at most @size - 1, or a negative errno.  The kernel
 * makes these small files in one go.
 */
static ssize_t proc_read(int proc, const char *path, char *text, size_t size)
{
	ssize_t len;
	int fd;

	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	len = read(fd, text, size - 1);
	if (len < 0)
		len = -errno;
	else
		text[len] = '\0';
	close(fd);
	return len;
}

static void proc_take_line(const char *line, struct proc_field *fields,
			   unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		size_t len = strlen(fields[i].name);
		const char *value = line + len + 1;

		if (strncmp(line, fields[i].name, len) != 0 || line[len] != ':')
			continue;

		value += strspn(value, " \t");
		fields[i].value =
			fields[i].base == PROC_LETTER
				? (uint64_t)*value
				: strtoull(value, NULL, fields[i].base);
		fields[i].found = true;
	}
}

/*
 * Looks at the lines that are complete in @text; one that does not fit is
 * skipped.  Return: bytes left over.
 */
static size_t proc_take_lines(char *text, size_t len, bool *skip,
			      struct proc_field *fields, unsigned int count)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', len - (size_t)(line - text)))) {
		*end = '\0';
		if (!*skip)
			proc_take_line(line, fields, count);
		*skip = false;
		line = end + 1;
	}

	len -= (size_t)(line - text);
	if (len == PROC_LINE_LEN) {
		*skip = true;
		return 0;
	}
	memmove(text, line, len);
	return len;
}

static int proc_fields(int proc, const char *path, struct proc_field *fields,
		       unsigned int count)
{
	char text[PROC_LINE_LEN];
	bool skip = false;
	size_t len = 0;
	unsigned int i;
	ssize_t more;
	int fd, ret;

	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	while ((more = read(fd, text + len, sizeof(text) - len)) > 0)
		len = proc_take_lines(text, len + (size_t)more, &skip, fields,
				      count);
	ret = more < 0 ? -errno : 0;
	close(fd);

	for (i = 0; i < count && !ret; i++)
		if (!fields[i].found)
			ret = -ENODATA;
	return ret;
}

/* fs/proc/base.c proc_pid_syscall(), which makes it anew for each read from 0 */
int helper_proc_call(const struct helper_seen *seen, struct helper_call *call)
{
	char text[256], *at;
	ssize_t len;

	len = pread(seen->call, text, sizeof(text) - 1, 0);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	if (strncmp(text, "running", strlen("running")) == 0)
		return -EAGAIN;

	call->nr = strtoll(text, &at, 10);
	call->args[0] = strtoull(at, &at, 16);
	call->args[1] = strtoull(at, &at, 16);
	return 0;
}

int helper_proc_rdev(int proc, uint32_t fd, dev_t *rdev)
{
	char path[PROC_PATH_LEN];
	struct statx st;

	snprintf(path, sizeof(path), "fd/%" PRIu32, fd);
	if (statx(proc, path, AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.stx_mode))
		return -ENOTTY;

	*rdev = makedev(st.stx_rdev_major, st.stx_rdev_minor);
	return 0;
}

int helper_proc_flags(int proc, uint32_t fd, int *flags)
{
	struct proc_field field = { .name = "flags", .base = 8 };
	char path[PROC_PATH_LEN];
	int ret;

	snprintf(path, sizeof(path), "fdinfo/%" PRIu32, fd);
	ret = proc_fields(proc, path, &field, 1);
	if (ret)
		return ret;

	*flags = (int)field.value;
	return 0;
}

/* Field 22 of proc(5), counted from the end of the name: that may hold ')'. */
static int proc_start_time(const char *stat, uint64_t *start_time)
{
	const char *at = strrchr(stat, ')');
	int field;

	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -ENODATA;

	*start_time = strtoull(at, NULL, 10);
	return 0;
}

int helper_proc_identity(int proc, struct helper_identity *identity)
{
	struct proc_field field = { .name = "Tgid", .base = 10 };
	struct helper_identity found = { 0 };
	char text[1024];
	ssize_t len;
	int leader, ret;

	ret = proc_fields(proc, "status", &field, 1);
	if (ret)
		return ret;
	found.tgid = (int32_t)field.value;

	leader = helper_proc_open(found.tgid);
	if (leader < 0)
		return leader;
	len = proc_read(leader, "stat", text, sizeof(text));
	close(leader);
	if (len < 0)
		return (int)len;

	ret = proc_start_time(text, &found.start_time);
	if (ret)
		return ret;

	*identity = found;
	return 0;
}

static uint64_t proc_signal_bit(int signo)
{
	return (uint64_t)1 << (signo - 1);
}

int helper_proc_signals(pid_t tid)
{
	enum { STATE, PENDING, SHARED, BLOCKED, IGNORED, CAUGHT, COUNT };
	struct proc_field fields[COUNT] = {
		[STATE] = { .name = "State", .base = PROC_LETTER },
		[PENDING] = { .name = "SigPnd", .base = 16 },
		[SHARED] = { .name = "ShdPnd", .base = 16 },
		[BLOCKED] = { .name = "SigBlk", .base = 16 },
		[IGNORED] = { .name = "SigIgn", .base = 16 },
		[CAUGHT] = { .name = "SigCgt", .base = 16 },
	};
	uint64_t pending, harmless;
	int proc, ret, signals = 0;

	/* proc may be mounted with hidepid: who is hidden is not gone. */
	proc = helper_proc_open(tid);
	if (proc < 0)
		return kill(tid, 0) < 0 && errno == ESRCH ? HELPER_SIGNAL_GONE
							  : proc;

	ret = proc_fields(proc, "status", fields, COUNT);
	close(proc);
	if (ret == -ESRCH || ret == -ENOENT)
		return HELPER_SIGNAL_GONE;
	if (ret)
		return ret;
	if (fields[STATE].value == 'Z' || fields[STATE].value == 'X')
		return HELPER_SIGNAL_GONE;

	/* A program that catches them wants to run its handler. */
	harmless = proc_signal_bit(SIGSTOP) | proc_signal_bit(SIGTSTP) |
		   proc_signal_bit(SIGTTIN) | proc_signal_bit(SIGTTOU) |
		   proc_signal_bit(SIGCONT);
	harmless &= ~fields[CAUGHT].value;
	harmless |= fields[BLOCKED].value | fields[IGNORED].value;

	pending = fields[PENDING].value | fields[SHARED].value;
	if (pending & proc_signal_bit(SIGKILL))
		signals |= HELPER_SIGNAL_KILL;
	if (pending & ~proc_signal_bit(SIGKILL) & ~harmless)
		signals |= HELPER_SIGNAL_OTHER;
	return signals;
}
