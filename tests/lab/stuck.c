// SPDX-License-Identifier: BSD-3-Clause
/*
 * stuck NODE PAGE CASE COUNT: so many processes make a call of which a part lies
 * in a page that does not come; what does everybody else see of it?
 *
 * PAGE says who does not bring it:
 *
 *	uffd		a user's userfaultfd
 *	DIRECTORY	a user's FUSE file system, neverfs mounted there
 *
 * and CASE what lies in it:
 *
 *	argument	the ioctl's own argument
 *	controls	the array of G_EXT_CTRLS
 *	queue		the frame of a USERPTR buffer, at QBUF
 *	dequeue		the same, at DQBUF; uffd only, the page was there before
 *
 * One line per fact, and lines that begin with `# ' with times.  The processes
 * that get stuck, and `the same user', are nobody's; others are root's.
 *
 * stuck hold NODE PAGE CASE: one gets stuck, which is said, and stays so until
 * there is a byte on stdin.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/pages.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/times.h"

#define NOBODY    65534
#define COUNT_MAX 32
#define TRIES     3
#define STRIDE    (4 << 20) /* between pages of the file */

#define WAIT_MS 5000

/** struct victim - A process that gets stuck */
struct victim {
	pid_t pid;
	struct pages pages;
	atomic_bool begun;
	int error;
};

struct stuck {
	const char *path;
	const char *page;
	const char *what;
	unsigned int count;
	struct victim *victims;
	pid_t server;
};

/* ---- somebody else ------------------------------------------------------------ */

static void fact_times(const struct stuck *stuck, const char *what, uid_t uid,
		       const struct times *before)
{
	struct times times;
	int tries = 0;

	do
		times_measure(stuck->path, uid, &times);
	while (times_delayed(&times, before) && ++tries < TRIES);
	printf("%s: %s, %s\n", what, error_name(times.error),
	       tries < TRIES ? "not delayed" : "delayed");
	printf("# %s: median %ld us, longest %ld us\n", what, times.median_us,
	       times.longest_us);
}

/* ---- pages -------------------------------------------------------------------- */

static void *file_memory(const struct stuck *stuck, const struct victim *victim,
			 size_t len)
{
	char path[4096];
	void *memory;
	int fd;

	snprintf(path, sizeof(path), "%s/page", stuck->page);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		fatal(path);
	memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		      STRIDE * (victim - stuck->victims));
	if (memory == MAP_FAILED)
		fatal("mmap");
	/* One page at a time: others must not wait for its neighbours. */
	madvise(memory, len, MADV_RANDOM);
	return memory;
}

static bool is_uffd(const struct stuck *stuck)
{
	return !strcmp(stuck->page, "uffd");
}

/* ---- who gets stuck ------------------------------------------------------------- */

static int dequeue_pointer(int fd, void *memory, size_t len)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_USERPTR,
	};
	uint8_t *at = memory;
	unsigned int i;

	for (i = 0; i < NODE_BUFFERS; i++)
		if (node_queue_pointer(fd, i, at + i * len, len) < 0)
			fatal("QBUF");
	if (node_stream(fd, true) < 0)
		fatal("STREAMON");
	madvise(memory, NODE_BUFFERS * len, MADV_DONTNEED);
	return ioctl(fd, VIDIOC_DQBUF, &buffer);
}

static int victim_call(const struct stuck *stuck, int fd, void *memory,
		       size_t len)
{
	if (!strcmp(stuck->what, "argument"))
		return ioctl(fd, VIDIOC_S_CTRL, memory);
	if (!strcmp(stuck->what, "controls"))
		return node_get_array(fd, memory);
	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_USERPTR) < 0)
		fatal("REQBUFS");
	if (!strcmp(stuck->what, "queue"))
		return node_queue_pointer(fd, 0, memory, len);
	return dequeue_pointer(fd, memory, len);
}

static _Noreturn void victim_main(const struct stuck *stuck,
				  struct victim *victim)
{
	bool filled = !strcmp(stuck->what, "dequeue");
	int fd = node_open(stuck->path, 0);
	size_t len = (node_frame_len(fd) + 4095) & ~4095ul;
	void *memory = NULL;

	if (is_uffd(stuck))
		memory = pages_make(&victim->pages, NODE_BUFFERS * len, filled);
	close(fd);
	become(NOBODY);
	fd = node_open(stuck->path, 0);
	if (!is_uffd(stuck))
		memory = file_memory(stuck, victim, len);
	atomic_store(&victim->begun, true);
	victim->error = victim_call(stuck, fd, memory, len) < 0 ? errno : 0;
	_exit(0);
}

static void make_stuck(struct stuck *stuck)
{
	long end = now_ms() + 2L * WAIT_MS;
	unsigned int i;
	unsigned int count;

	for (i = 0; i < stuck->count; i++) {
		struct victim *victim = &stuck->victims[i];
		pid_t pid = fork_child();

		if (pid == 0)
			victim_main(stuck, victim);
		victim->pid = pid;
		if (is_uffd(stuck))
			pages_hold(&victim->pages, pid);
	}
	do {
		pause_ms(20);
		for (i = count = 0; i < stuck->count; i++)
			if (atomic_load(&stuck->victims[i].begun) &&
			    process_sleeps(stuck->victims[i].pid, SYS_ioctl))
				count++;
	} while (count < stuck->count && now_ms() < end);
	pause_ms(200);
	printf("stuck: %u of %u\n", count, stuck->count);
}

/* Those that have not ended within a moment, by state */
static void fact_ends(struct stuck *stuck, const char *what)
{
	long end = now_ms() + WAIT_MS / 2;
	unsigned int ended = 0;
	unsigned int in_d = 0;
	unsigned int i;

	for (i = 0; i < stuck->count; i++) {
		pid_t pid = stuck->victims[i].pid;
		long left = end - now_ms();
		int status;

		if (!pid || process_ends(pid, left > 0 ? left : 0, &status)) {
			stuck->victims[i].pid = 0;
			ended++;
		} else if (process_state(pid) == 'D') {
			in_d++;
		}
	}
	printf("%s: %u of %u ended, %u in D state\n", what, ended, stuck->count,
	       in_d);
}

static void kill_all(struct stuck *stuck)
{
	unsigned int i;

	for (i = 0; i < stuck->count; i++)
		if (stuck->victims[i].pid)
			kill(stuck->victims[i].pid, SIGKILL);
}

/* ---- who does not bring the page -------------------------------------------------- */

static void server_start(struct stuck *stuck, const char *self)
{
	char *argv[] = { "neverfs", (char *)stuck->page, NULL };
	char path[4096];
	char line[16];
	int said[2];
	int program;
	ssize_t len;

	if (is_uffd(stuck))
		return;
	if (pipe(said) < 0)
		fatal("pipe");
	snprintf(path, sizeof(path), "%s", self);
	snprintf(path, sizeof(path), "%s/neverfs", dirname(strdupa(path)));
	/* NOBODY may not look into the directories above it. */
	program = open(path, O_RDONLY | O_CLOEXEC);
	if (program < 0)
		fatal(path);
	stuck->server = fork_child();
	if (stuck->server == 0) {
		dup2(said[1], STDOUT_FILENO);
		close(said[0]);
		close(said[1]);
		become(NOBODY);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fexecve(program, argv, environ);
		fatal(path);
	}
	close(program);
	close(said[1]);
	len = read(said[0], line, sizeof(line));
	close(said[0]);
	if (len <= 0)
		fatal("neverfs");
}

static void server_end(struct stuck *stuck)
{
	unsigned int i;

	for (i = 0; i < stuck->count && is_uffd(stuck); i++)
		pages_release(&stuck->victims[i].pages);
	if (!stuck->server)
		return;
	kill(stuck->server, SIGKILL);
	waitpid(stuck->server, NULL, 0);
	umount2(stuck->page, MNT_DETACH);
}

/* ---- the story ------------------------------------------------------------------------ */

static void fact_buffers(const struct stuck *stuck, const char *what)
{
	int fd = node_open(stuck->path, 0);

	printf("%s: %s\n", what,
	       result_name(node_buffers(fd, 2, V4L2_MEMORY_MMAP)));
	close(fd);
}

/* Threads of guestd's helper come back in a moment, and not at once. */
static void fact_recovery(const struct stuck *stuck)
{
	long end = now_ms() + WAIT_MS;
	struct times times;

	do {
		pause_ms(50);
		times_measure(stuck->path, NOBODY, &times);
	} while (times.error && now_ms() < end);
	printf("the same user at last: %s\n", error_name(times.error));
}

static int tell(struct stuck *stuck)
{
	struct times before;

	times_measure(stuck->path, 0, &before);
	printf("# before: median %ld us, longest %ld us\n", before.median_us,
	       before.longest_us);
	make_stuck(stuck);
	fact_times(stuck, "others meanwhile", 0, &before);
	fact_times(stuck, "the same user meanwhile", NOBODY, &before);
	kill_all(stuck);
	fact_ends(stuck, "killed");
	fact_times(stuck, "others then", 0, &before);
	fact_times(stuck, "the same user then", NOBODY, &before);
	fact_buffers(stuck, "REQBUFS then");
	server_end(stuck);
	fact_ends(stuck, "the page cannot come any more");
	fact_recovery(stuck);
	return 0;
}

static int hold(struct stuck *stuck)
{
	char byte;

	make_stuck(stuck);
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) < 0)
		fatal("stdin");
	kill_all(stuck);
	server_end(stuck);
	fact_ends(stuck, "the page cannot come any more");
	return 0;
}

int main(int argc, char **argv)
{
	bool holds = argc == 5 && !strcmp(argv[1], "hold");
	struct stuck stuck = { .count = 1 };

	if (argc != 5) {
		fprintf(stderr, "usage: stuck NODE PAGE CASE COUNT | "
				"stuck hold NODE PAGE CASE\n");
		return 2;
	}
	stuck.path = argv[1 + holds];
	stuck.page = argv[2 + holds];
	stuck.what = argv[3 + holds];
	if (!holds)
		stuck.count = (unsigned int)strtoul(argv[4], NULL, 10);
	if (!stuck.count || stuck.count > COUNT_MAX)
		stuck.count = COUNT_MAX;
	stuck.victims = shared_memory(COUNT_MAX * sizeof(stuck.victims[0]));
	server_start(&stuck, argv[0]);
	return holds ? hold(&stuck) : tell(&stuck);
}
