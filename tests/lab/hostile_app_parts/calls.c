// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_app: guestd's node, while another program streams from it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ioctl_table.h"
#include "tests/lab/hostile_app_parts/program.h"
#include "tests/lab/hostile_parts/never.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/pages.h"
#include "tests/lab/shared/process.h"

#define STUCK    12u /* more than guestd gives to one user */
#define STUCK_MS 10000
#define KILL_MS  2000

static int open_node(void)
{
	return node_open(scene.node, O_CLOEXEC | O_NONBLOCK);
}

/* What was done to @fd, which is closed here, if it is served as before */
static const char *served(int fd, const char *what)
{
	struct v4l2_format format;
	bool works = !node_get_format(fd, &format);

	close(fd);
	return works ? what : "not served any more";
}

/* All numbers of 8 bits with four sizes, of V4L2's type and of others */
const char *calls_numbers(void)
{
	static const unsigned int types[] = { 'V', 'v', 0, 0xf2, 0xff };
	static const unsigned int sizes[] = { 0, 4, 88, 4096 };
	static uint8_t argument[16384];
	unsigned int count = 0;
	int fd = open_node();
	unsigned int t, s, nr;

	for (t = 0; t < 5; t++)
		for (s = 0; s < 4; s++)
			for (nr = 0; nr < 256; nr += t ? 16 : 1) {
				unsigned long cmd =
					_IOC(_IOC_READ | _IOC_WRITE, types[t],
					     nr, sizes[s]);

				memset(argument, 0xff, sizeof(argument));
				ioctl(fd, cmd, argument);
				count++;
			}
	return served(fd, attack_says("%u answered", count));
}

const char *calls_filled(void)
{
	static const uint8_t bytes[] = { 0xff, 0x41, 0x80 };
	const struct ioctl_desc *desc;
	static uint8_t argument[IOCTL_ARG_MAX];
	unsigned int count = 0;
	int fd = open_node();
	size_t i, b;

	for (i = 0; (desc = ioctl_row(i)); i++)
		for (b = 0; b < 3; b++) {
			memset(argument, bytes[b], sizeof(argument));
			ioctl(fd, desc->cmd, argument);
			count++;
		}
	return served(fd, attack_says("answered, %u of them", count));
}

/* Arguments and what they point to where there is no memory, or not enough */
const char *calls_pointers(void)
{
	struct v4l2_ext_controls controls = { .count = 1024 };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.length = 8,
	};
	const struct ioctl_desc *desc;
	unsigned int faults = 0;
	unsigned int count = 0;
	int fd = open_node();
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++)
		if (ioctl_reads(desc)) {
			count++;
			faults += ioctl(fd, desc->cmd, (void *)8) < 0;
		}
	controls.controls = (void *)8;
	faults += ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls) < 0;
	faults += ioctl(fd, VIDIOC_S_EXT_CTRLS, &controls) < 0;
	buffer.m.planes = (void *)(UINTPTR_MAX - 64);
	faults += ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0;
	return served(fd, attack_says("%s%u of %u fail",
				      faults == count + 3 ? "all " : "", faults,
				      count + 3));
}

/* The buffers are another file's. */
const char *calls_steal(void)
{
	struct v4l2_requestbuffers none = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	unsigned int refused = 0;
	int fd = open_node();
	unsigned int i;
	char byte;

	for (i = 0; i < 20; i++) {
		refused += ioctl(fd, VIDIOC_REQBUFS, &none) < 0;
		refused += node_buffers(fd, 4, V4L2_MEMORY_MMAP) < 0;
		refused += ioctl(fd, VIDIOC_STREAMOFF, &type) < 0;
		refused += node_queue(fd, 0) < 0;
		refused += node_dequeue(fd) < 0;
		refused += read(fd, &byte, 1) < 0;
	}
	return served(fd, attack_says("%u of 120 refused", refused));
}

/* 100 files at once, three times */
const char *calls_opens(void)
{
	unsigned int opened = 0;
	int fds[100];
	unsigned int i, k;

	for (k = 0; k < 3; k++) {
		for (i = 0; i < 100; i++) {
			fds[i] = open(scene.node, O_RDWR | O_CLOEXEC);
			opened += fds[i] >= 0;
		}
		for (i = 0; i < 100; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
	return attack_says("%u of 300 opened", opened);
}

/* What controls are there? */
void calls_controls(void)
{
	struct v4l2_queryctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	int fd = open(scene.node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	ioctl(fd, VIDIOC_QUERYCTRL, &query);
	close(fd);
}

static void call_for_ever(void)
{
	struct v4l2_ext_control list[64];
	struct v4l2_ext_controls controls = {
		.count = 64,
		.controls = list,
	};
	struct v4l2_format format;
	int fd = open_node();
	unsigned int i;

	for (;;) {
		memset(list, 0, sizeof(list));
		for (i = 0; i < 64; i++)
			list[i].id = V4L2_CID_BRIGHTNESS;
		ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls);
		node_get_format(fd, &format);
	}
}

/* Processes that are killed in the middle of a call, or of a copy */
const char *calls_exits(void)
{
	unsigned int seed = 7;
	unsigned int ended = 0;
	unsigned int i;
	int status;
	pid_t pid;

	for (i = 0; i < 40; i++) {
		pid = fork_child();
		if (pid == 0)
			call_for_ever();
		pause_ms(5 + rand_r(&seed) % 30);
		kill(pid, SIGKILL);
		/* It is no attack of one that has ended by itself. */
		ended += process_ends(pid, KILL_MS, &status) &&
			 WIFSIGNALED(status);
	}
	return attack_says("%u of 40 ended", ended);
}

/* ---- pages that never come -------------------------------------------------------------- */

static struct pages *stuck_pages; /* of each */

/* A call of V4L2's that waits for a page; its user may see that it does. */
static _Noreturn void wait_for(void *page)
{
	struct v4l2_ext_controls controls = { .count = 1 };
	int fd = open_node();

	controls.controls = page;
	prctl(PR_SET_DUMPABLE, 1);
	ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls);
	_exit(0);
}

/* Of a file system that never answers */
static void wait_for_file(unsigned int number)
{
	int file = never_open();
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file,
			  (off_t)number << 22);

	if (page == MAP_FAILED)
		fatal("mmap");
	wait_for(page);
}

/* Of a userfaultfd that nobody serves */
static void wait_for_fault(unsigned int number)
{
	void *page = pages_make(&stuck_pages[number], 4096, false);

	become(scene.uid);
	wait_for(page);
}

static unsigned int count_waiting(const pid_t *pids)
{
	unsigned int waiting = 0;
	unsigned int i;

	for (i = 0; i < STUCK; i++)
		waiting += process_sleeps(pids[i], SYS_ioctl);
	return waiting;
}

/* Until all wait, and then for a moment: they must not be answered, either. */
static const char *kill_stuck(const pid_t *pids)
{
	long end = now_ms() + STUCK_MS;
	unsigned int waiting;
	unsigned int ended = 0;
	unsigned int i;
	int status;

	while ((waiting = count_waiting(pids)) < STUCK && now_ms() < end)
		pause_ms(10);
	pause_ms(500);
	for (i = 0; i < STUCK; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < STUCK; i++)
		ended += process_ends(pids[i], KILL_MS, &status) &&
			 WIFSIGNALED(status);
	return attack_says("%u of %u wait, %u killed", waiting, STUCK, ended);
}

const char *calls_stuck(void)
{
	pid_t pids[STUCK];
	const char *text;
	unsigned int i;

	never_mount();
	for (i = 0; i < STUCK; i++) {
		pids[i] = fork_child();
		if (pids[i] == 0)
			wait_for_file(i);
	}
	text = kill_stuck(pids);
	never_unmount();
	return text;
}

const char *calls_faults(void)
{
	pid_t pids[STUCK];
	const char *text;
	unsigned int i;

	stuck_pages = shared_memory(STUCK * sizeof(stuck_pages[0]));
	for (i = 0; i < STUCK; i++) {
		pids[i] = fork_child();
		if (pids[i] == 0)
			wait_for_fault(i);
		pages_hold(&stuck_pages[i], pids[i]);
	}
	text = kill_stuck(pids);
	for (i = 0; i < STUCK; i++)
		pages_release(&stuck_pages[i]);
	return text;
}
