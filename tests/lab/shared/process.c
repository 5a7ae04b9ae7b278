// SPDX-License-Identifier: BSD-3-Clause
/*
 * Time, processes and threads, for the programs of the lab.
 *
 * What a program needs for its test and does not get ends it, with one line on
 * stderr.
 */
#include "tests/lab/shared/process.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Noreturn void fatal(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

void *zeroed(size_t len)
{
	void *bytes = calloc(1, len);

	if (!bytes)
		fatal("calloc");
	return bytes;
}

void beside(char *path, size_t size, const char *name)
{
	size_t room = size - strlen(name) - 2;
	char *slash;

	memset(path, 0, size);
	if (readlink("/proc/self/exe", path, room) < 0)
		fatal(name);
	slash = strrchr(path, '/');
	snprintf(slash, size - (size_t)(slash - path), "/%s", name);
}

void pause_ms(long ms)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	nanosleep(&time, NULL);
}

uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

long now_ms(void)
{
	return (long)(now_ns() / 1000000);
}

void *shared_memory(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fatal("mmap");
	return memory;
}

pid_t fork_child(void)
{
	pid_t parent = getpid();
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fatal("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

void become(uid_t uid)
{
	if (uid && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0))
		fatal("setresuid");
}

const char *process_line(pid_t pid, const char *name)
{
	static _Thread_local char line[1024];
	char path[64];
	FILE *file;

	line[0] = 0;
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return line;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return line;
}

char process_state(pid_t pid)
{
	const char *name_end = strrchr(process_line(pid, "stat"), ')');

	if (!name_end || !name_end[1])
		return 0;
	return name_end[2];
}

bool process_sleeps(pid_t pid, long nr)
{
	const char *line = process_line(pid, "syscall");

	return line[0] >= '0' && line[0] <= '9' && strtol(line, NULL, 10) == nr;
}

unsigned int process_children(pid_t pid, pid_t *out, unsigned int max)
{
	unsigned int count = 0;
	char name[64];
	const char *at;
	char *end;
	pid_t child;

	snprintf(name, sizeof(name), "task/%d/children", pid);
	at = process_line(pid, name);
	while (count < max && (child = (pid_t)strtol(at, &end, 10)) > 0) {
		out[count++] = child;
		at = end;
	}
	return count;
}

/* Threads of the kernel's own have no executable. */
static bool in_d_state(pid_t pid)
{
	const struct dirent *entry;
	char path[64];
	bool found = false;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (access(path, F_OK) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	directory = opendir(path);
	while (directory && !found && (entry = readdir(directory)))
		found = process_state((pid_t)strtol(entry->d_name, NULL, 10)) ==
			'D';
	if (directory)
		closedir(directory);
	return found;
}

bool process_any_in_d_state(void)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	bool found = false;
	pid_t pid;

	while (directory && !found && (entry = readdir(directory))) {
		pid = (pid_t)strtol(entry->d_name, NULL, 10);
		found = pid > 0 && in_d_state(pid);
	}
	if (directory)
		closedir(directory);
	return found;
}

bool process_ends(pid_t pid, long ms, int *status)
{
	long end = now_ms() + ms;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (now_ms() >= end)
			return false;
		pause_ms(2);
	}
	return true;
}

bool process_cpu(pid_t pid, uint64_t *ns)
{
	struct timespec used;
	clockid_t id;

	errno = clock_getcpuclockid(pid, &id);
	if (errno || clock_gettime(id, &used) < 0)
		return false;
	*ns = (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
	return true;
}

uint64_t process_cpu_ns(pid_t pid)
{
	uint64_t ns;

	if (!process_cpu(pid, &ns))
		fatal("clock_getcpuclockid");
	return ns;
}

static void *waiter_main(void *data)
{
	struct waiter *waiter = data;

	atomic_store(&waiter->tid, gettid());
	snprintf(waiter->result, sizeof(waiter->result), "%s",
		 waiter->run(waiter->fd));
	return NULL;
}

void waiter_start(struct waiter *waiter, int fd, long number,
		  const char *(*run)(int fd))
{
	long end = now_ms() + 5000;

	memset(waiter, 0, sizeof(*waiter));
	waiter->fd = fd;
	waiter->number = number;
	waiter->run = run;
	errno = pthread_create(&waiter->thread, NULL, waiter_main, waiter);
	if (errno)
		fatal("pthread_create");
	while (!atomic_load(&waiter->tid) ||
	       !process_sleeps(atomic_load(&waiter->tid), number))
		if (now_ms() > end)
			break;
	pause_ms(100);
}

bool waiter_waits(const struct waiter *waiter)
{
	return process_sleeps(atomic_load(&waiter->tid), waiter->number);
}

const char *waiter_end(struct waiter *waiter)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 5;
	if (pthread_timedjoin_np(waiter->thread, NULL, &end))
		return "hangs";
	return waiter->result;
}
