// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bytes of the calls that /proc/PID/io says nothing of, by the kernel's own tracing.
 *
 * /proc/PID/io has what went through vfs_read() and vfs_write(), which is read(), write()
 * and their kin, on sockets, too, and sendfile() and copy_file_range(), in both of its
 * numbers.  What sends and receives messages has no place there, nor have splice() and
 * process_vm_readv(): so nothing is counted twice.  sendmmsg() and recvmmsg() return
 * messages and not bytes, and are left out.
 *
 * Each call has a histogram (Documentation/trace/histogram.rst): the kernel adds up, by
 * thread, what the call has returned.  No event is written to a buffer, and there is
 * nothing to lose.  They stand in an instance of our own, so that nobody else's tracing
 * is touched; its triggers go with it when it is removed (event_trace_del_tracer()).
 *
 * 32-bit calls have no events on x86-64 (ARCH_TRACE_IGNORE_COMPAT_SYSCALLS).
 */
#include "tests/bench/copies.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* include/linux/proc_ns.h: the kernel's own ids are those of this namespace alone. */
#define PROC_PID_INIT_INO 0xEFFFFFFC

#define INSTANCE_LEN 128
#define PATH_LEN     (INSTANCE_LEN + 64)
#define LINE_LEN     256

/* All of them return bytes. */
static const char *const calls[] = {
	"sendmsg",  "sendto",           "recvmsg",
	"recvfrom", "process_vm_readv", "process_vm_writev",
	"splice",
};

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

static_assert(CALL_COUNT * COPIES_TABLE_MAX <= COPIES_THREADS_MAX,
	      "all threads of all tables have room");

/* For the handler; "" if there is none */
static char instance[INSTANCE_LEN];

__attribute__((format(printf, 3, 4))) static int
fail(struct copies *copies, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(copies->why, sizeof(copies->why), format, args);
	va_end(args);
	return error;
}

/* ---- signals ---------------------------------------------------------------------- */

static const int deadly[] = { SIGINT, SIGTERM, SIGHUP };

#define DEADLY_COUNT (sizeof(deadly) / sizeof(deadly[0]))

static struct sigaction inherited[DEADLY_COUNT];

/* An instance of which a file is open cannot be removed: they wait meanwhile. */
static void hold_signals(sigset_t *before)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < DEADLY_COUNT; i++)
		sigaddset(&set, deadly[i]);
	pthread_sigmask(SIG_BLOCK, &set, before);
}

static void release_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* With SA_RESETHAND: the second time it does what it did without us. */
static void remove_and_die(int number)
{
	rmdir(instance);
	raise(number);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = remove_and_die,
				    .sa_flags = SA_RESETHAND };
	size_t i;

	for (i = 0; i < DEADLY_COUNT; i++) {
		sigaction(deadly[i], NULL, &inherited[i]);
		if (inherited[i].sa_handler == SIG_DFL)
			sigaction(deadly[i], &action, NULL);
	}
}

static void leave_signals(void)
{
	size_t i;

	for (i = 0; i < DEADLY_COUNT; i++)
		sigaction(deadly[i], &inherited[i], NULL);
}

/* ---- tables ----------------------------------------------------------------------- */

/* Digits behind spaces.  Return: what stands behind them; NULL: no such number */
static const char *parse_number(const char *at, uint64_t *out)
{
	char *end;

	at += strspn(at, " ");
	if (*at < '0' || *at > '9')
		return NULL;
	errno = 0;
	*out = strtoull(at, &end, 10);
	return errno ? NULL : end;
}

/* "{ common_pid:       1234 } hitcount:          5  ret:       2048" */
static int parse_thread(const char *line, struct copies_thread *out)
{
	static const char key[] = "{ common_pid:";
	static const char value[] = " ret:";
	const char *at;
	uint64_t tid;

	if (strncmp(line, key, strlen(key)) != 0)
		return -EPROTO;
	at = parse_number(line + strlen(key), &tid);
	if (!at || !tid || tid > INT32_MAX || strncmp(at, " }", 2) != 0)
		return -EPROTO;
	at = strstr(at, value);
	if (!at)
		return -EPROTO;
	at = parse_number(at + strlen(value), &out->bytes);
	if (!at || *at != '\n')
		return -EPROTO;
	out->tid = (pid_t)tid;
	return 0;
}

/* Hits of threads that had no room */
static int parse_dropped(const char *number)
{
	uint64_t dropped;

	if (!parse_number(number, &dropped))
		return -EPROTO;
	return dropped ? -ENOSPC : 0;
}

static int parse_line(struct copies *copies, const char *line)
{
	static const char dropped[] = "    Dropped:";
	int ret;

	if (!strncmp(line, dropped, strlen(dropped)))
		return parse_dropped(line + strlen(dropped));
	if (line[0] != '{')
		return 0;
	if (copies->count == COPIES_THREADS_MAX)
		return -ENOSPC;
	ret = parse_thread(line, &copies->threads[copies->count]);
	if (!ret)
		copies->count++;
	return ret;
}

int copies_parse(struct copies *copies, FILE *table)
{
	char line[LINE_LEN];
	int ret = 0;

	errno = 0;
	while (!ret && fgets(line, sizeof(line), table))
		ret = parse_line(copies, line);
	if (!ret && ferror(table))
		ret = errno ? -errno : -EIO;
	return ret;
}

static void call_path(char *path, const char *call, const char *file)
{
	snprintf(path, PATH_LEN, "%s/events/syscalls/sys_exit_%s/%s", instance,
		 call, file);
}

static int look_at(struct copies *copies, const char *call)
{
	char path[PATH_LEN];
	FILE *file;
	int ret;

	call_path(path, call, "hist");
	file = fopen(path, "re");
	if (!file)
		return -errno;
	ret = copies_parse(copies, file);
	fclose(file);
	return ret;
}

int copies_look(struct copies *copies)
{
	sigset_t before;
	int ret = 0;
	size_t i;

	copies->count = 0;
	hold_signals(&before);
	for (i = 0; i < CALL_COUNT && !ret; i++) {
		ret = look_at(copies, calls[i]);
		if (ret)
			fail(copies, ret, "threads that call %s(): %s",
			     calls[i], strerror(-ret));
	}
	release_signals(&before);
	return ret;
}

uint64_t copies_of(const struct copies *copies, pid_t tid)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < copies->count; i++)
		if (copies->threads[i].tid == tid)
			bytes += copies->threads[i].bytes;
	return bytes;
}

/* ---- the instance ----------------------------------------------------------------- */

static int count_call(const char *call)
{
	char trigger[PATH_LEN];
	char path[PATH_LEN];
	int len = snprintf(trigger, sizeof(trigger),
			   "hist:keys=common_pid:vals=ret:size=%d if ret > 0",
			   COPIES_TABLE_MAX);
	int ret = 0;
	int fd;

	call_path(path, call, "trigger");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, trigger, (size_t)len) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int make_instance(struct copies *copies, const char *tracefs)
{
	struct stat space;
	int ret;

	if (stat("/proc/self/ns/pid", &space) < 0 ||
	    space.st_ino != PROC_PID_INIT_INO)
		return fail(copies, -ENOTSUP,
			    "not in the machine's own PID namespace");
	snprintf(instance, sizeof(instance), "%s/instances/usermedia-bench-%d",
		 tracefs, getpid());
	if (mkdir(instance, 0700) == 0)
		return 0;
	ret = -errno;
	if (ret == -ENOENT)
		return fail(copies, ret, "no tracefs on %s", tracefs);
	return fail(copies, ret, "%s: %s", instance, strerror(-ret));
}

int copies_begin(struct copies *copies, const char *tracefs)
{
	sigset_t before;
	size_t i;
	int ret;

	hold_signals(&before);
	ret = make_instance(copies, tracefs);
	if (ret)
		goto out;
	catch_signals();
	for (i = 0; i < CALL_COUNT && !ret; i++) {
		ret = count_call(calls[i]);
		if (ret)
			fail(copies, ret, "tracing %s(): %s", calls[i],
			     strerror(-ret));
	}
	if (ret)
		copies_end();
out:
	release_signals(&before);
	return ret;
}

void copies_end(void)
{
	rmdir(instance);
	leave_signals();
}
