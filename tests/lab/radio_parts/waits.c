// SPDX-License-Identifier: BSD-3-Clause
/*
 * A read() of a receiver that waits: for a station, beside other calls, and until
 * a signal.
 */
#include "tests/lab/radio_parts/tests.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/radio.h"

/* It waits for a station, which @other tunes to. */
static void station_comes(struct waiter *waiter, int other)
{
	fact("the read", waiter_waits(waiter) ? "waits" : "does not");
	fact("another reads", radio_read(other));
	radio_tune(other, RADIO_STATION);
	fact("a station", waiter_end(waiter));
}

void test_wait(const char *path)
{
	int fd = radio_open(path, 0, RADIO_NO_STATION);
	int other = node_open(path, 0);
	struct waiter waiter;

	waiter_start(&waiter, fd, SYS_read, radio_read);
	station_comes(&waiter, other);
	close(other);
	close(fd);
}

void test_seek(const char *path)
{
	struct v4l2_hw_freq_seek seek = {
		.type = V4L2_TUNER_RADIO,
		.seek_upward = 1,
		.spacing = 100000,
	};
	int fd = radio_open(path, 0, RADIO_NO_STATION);
	struct waiter waiter;

	waiter_start(&waiter, fd, SYS_read, radio_read);
	fact("seek while a read waits",
	     result_name(ioctl(fd, VIDIOC_S_HW_FREQ_SEEK, &seek)));
	fact("the read", waiter_waits(&waiter) ? "waits" : "does not");
	radio_tune(fd, RADIO_STATION);
	fact("a station", waiter_end(&waiter));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fact("seek, nonblock",
	     result_name(ioctl(fd, VIDIOC_S_HW_FREQ_SEEK, &seek)));
	close(fd);
}

/* The file lives as long as the call. */
void test_close(const char *path)
{
	int fd = radio_open(path, 0, RADIO_NO_STATION);
	int other = node_open(path, 0);
	struct waiter waiter;

	waiter_start(&waiter, fd, SYS_read, radio_read);
	fact("close", result_name(close(fd)));
	station_comes(&waiter, other);
	fact("another, alone", radio_read(other));
	close(other);
}

static void handler(int signo)
{
	(void)signo;
}

/* A handler without SA_RESTART; nothing is lost. */
void test_signal(const char *path)
{
	struct sigaction action = { .sa_handler = handler };
	int fd = radio_open(path, 0, RADIO_NO_STATION);
	struct waiter waiter;

	sigaction(SIGUSR1, &action, NULL);
	waiter_start(&waiter, fd, SYS_read, radio_read);
	pthread_kill(waiter.thread, SIGUSR1);
	fact("a handler", waiter_end(&waiter));
	radio_tune(fd, RADIO_STATION);
	fact("a station", radio_read(fd));
	close(fd);
}

/* Return: how a child that reads ends by @signo */
static const char *end_by(const char *path, int signo)
{
	pid_t pid = fork_child();
	int status = 0;
	int fd;

	if (!pid) {
		signal(signo, SIG_DFL);
		fd = radio_open(path, 0, RADIO_NO_STATION);
		radio_read(fd);
		_exit(0);
	}
	pause_ms(NOTHING_MS);
	kill(pid, signo);
	if (!process_ends(pid, LATE_MS, &status))
		return "does not end";
	return WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exits";
}

void test_kill(const char *path)
{
	int fd;

	fact("SIGINT", end_by(path, SIGINT));
	fact("SIGKILL", end_by(path, SIGKILL));
	/* The decoder is free again. */
	fd = radio_open(path, 0, RADIO_STATION);
	fact("after that", radio_read(fd));
	close(fd);
}
