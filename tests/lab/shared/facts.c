// SPDX-License-Identifier: BSD-3-Clause
/*
 * Facts that programs of the lab print, one per line, for a script to compare.
 */
#include "tests/lab/shared/facts.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/shared/process.h"

const char *error_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "0";
	static _Thread_local char number[16];

	if (name)
		return name;
	snprintf(number, sizeof(number), "errno %d", error);
	return number;
}

const char *result_name(long result)
{
	return error_name(result < 0 ? errno : 0);
}

const char *events_name(int revents)
{
	static const struct {
		int bit;
		const char *name;
	} bits[] = {
		{ POLLIN, "IN" },   { POLLPRI, "PRI" }, { POLLOUT, "OUT" },
		{ POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLNVAL, "NVAL" },
	};
	static _Thread_local char text[64];
	size_t len = 0;
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (revents & bits[i].bit)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%s%s", len ? "|" : "",
						bits[i].name);
	return len ? text : "0";
}

/* The one that runs, in its process */
static const char *fact_test;

void fact(const char *what, const char *result)
{
	printf("%s, %s: %s\n", fact_test, what, result);
}

void fact_bytes(const char *what, const char *result, const void *bytes,
		size_t len)
{
	const uint8_t *at = bytes;
	size_t same;

	printf("%s, %s: %s ", fact_test, what, result);
	while (len) {
		for (same = 1; same < len && at[same] == *at; same++)
			;
		if (same > 3)
			printf(" %02x*%zu ", *at, same);
		else
			printf("%02x", *at);
		same = same > 3 ? same : 1;
		at += same;
		len -= same;
	}
	printf("\n");
}

void fact_time(int64_t seconds, int64_t ms)
{
	int64_t age = now_ms() - (seconds * 1000 + ms);

	if (!seconds && !ms)
		fact("time", "none");
	else
		fact("time",
		     age > -10000 && age < 10000 ? "just now" : "another");
}

void fact_select(const char *what, int fd, long ms)
{
	struct timeval time = { ms / 1000, ms % 1000 * 1000 };
	fd_set in;
	fd_set out;
	fd_set except;
	char text[64];
	int count;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	FD_SET(fd, &except);
	count = select(fd + 1, &in, &out, &except, &time);
	snprintf(text, sizeof(text), "%d%s%s%s", count,
		 FD_ISSET(fd, &in) ? ", read" : "",
		 FD_ISSET(fd, &out) ? ", write" : "",
		 FD_ISSET(fd, &except) ? ", except" : "");
	fact(what, text);
}

int facts_run(const struct facts_test *tests, size_t count, const char *path)
{
	int status;
	size_t i;
	pid_t pid;

	/* A test that is killed has said what it did before. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < count; i++) {
		fact_test = tests[i].name;
		pid = fork_child();
		if (pid == 0) {
			alarm(FACTS_TEST_SECONDS);
			tests[i].run(path);
			exit(0);
		}
		if (waitpid(pid, &status, 0) < 0)
			fatal("waitpid");
		if (WIFSIGNALED(status))
			fact("the end", strsignal(WTERMSIG(status)));
		else if (WEXITSTATUS(status))
			fact("the end", "exit status not 0");
	}
	return 0;
}
