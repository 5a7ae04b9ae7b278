// SPDX-License-Identifier: BSD-3-Clause
/*
 * Signals: what happens to a call that waits.
 *
 *	sig park NODE		for a frame, an event: each call, each signal
 *	sig wire NODE PID...	for the host, which is PID... and stopped meanwhile
 *
 * One line per fact, `WHAT: RESULT'.  The words are the same whatever the node
 * is, so a script compares the lines of two nodes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define PATIENCE_MS 6000 /* what takes longer hangs */
#define SETTLE_MS   100  /* guestd's looks at a caller that waits */
#define CONTROL     V4L2_CID_BRIGHTNESS

/*
 * From the call on.  guestd's patience is 1 s for CLOSE, and 2 s from a signal on,
 * which comes after SETTLE_MS; the rest is room for a busy machine.
 */
#define SHORT_MS 1000 /* "at once" */
#define CLOSE_MS 2050 /* "after 1 s" */

/** struct report - What a child has to say */
struct report {
	atomic_long begun; /* when the call was made that matters, or 0 */
	atomic_bool last;  /* the child has the only descriptor */
	atomic_int handled;
	int error;
};

struct scene {
	const char *path;
	int fd;
	int other; /* the same node once more */
};

static struct report *report;

/* ---- signals --------------------------------------------------------------- */

enum what {
	HANDLER,
	RESTART, /* a handler, with SA_RESTART */
	STOP,    /* and CONT */
	INT,
	KILL,
	WHATS,
};

static const char *const what_names[] = {
	[HANDLER] = "a handler", [RESTART] = "SA_RESTART", [STOP] = "SIGSTOP",
	[INT] = "SIGINT",        [KILL] = "SIGKILL",
};

static void handler(int signo)
{
	(void)signo;
	atomic_fetch_add(&report->handled, 1);
}

static void prepare_signal(enum what what)
{
	struct sigaction action = { .sa_handler = handler };

	if (what == RESTART)
		action.sa_flags = SA_RESTART;
	if (what == HANDLER || what == RESTART)
		sigaction(SIGUSR1, &action, NULL);
}

static void send_signal(pid_t pid, enum what what)
{
	static const int numbers[] = {
		[HANDLER] = SIGUSR1, [RESTART] = SIGUSR1, [STOP] = SIGSTOP,
		[INT] = SIGINT,      [KILL] = SIGKILL,
	};

	kill(pid, numbers[what]);
}

/* Return: whether it has stopped within a moment */
static bool stop_and_continue(pid_t pid)
{
	long end = now_ms() + 300;
	bool stopped = false;

	while (!stopped && now_ms() < end) {
		stopped = process_state(pid) == 'T';
		pause_ms(2);
	}
	kill(pid, SIGCONT);
	return stopped;
}

/* ---- calls ----------------------------------------------------------------- */

/**
 * struct call - A call that waits
 * @number:	Of the system call
 * @prepare:	Until it can be made
 * @settle:	In the child, before the call that matters; may be NULL
 * @run:	Make it
 * @wake:	End the wait; NULL: it ends by itself
 */
struct call {
	const char *name;
	long number;
	void (*prepare)(struct scene *scene);
	void (*settle)(struct scene *scene);
	int (*run)(struct scene *scene);
	void (*wake)(struct scene *scene);
};

static void open_both(struct scene *scene)
{
	scene->fd = node_open(scene->path, 0);
	scene->other = node_open(scene->path, 0);
}

static void close_both(struct scene *scene)
{
	close(scene->fd);
	close(scene->other);
}

/* It streams, and no buffer is queued, so none ever comes. */
static void prepare_dqbuf(struct scene *scene)
{
	open_both(scene);
	node_start(scene->fd);
}

static int run_dqbuf(struct scene *scene)
{
	return node_dequeue(scene->fd);
}

static void wake_dqbuf(struct scene *scene)
{
	if (node_queue_all(scene->fd) < 0)
		fatal("QBUF");
}

static void prepare_dqevent(struct scene *scene)
{
	open_both(scene);
	if (node_subscribe(scene->fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
}

static int run_dqevent(struct scene *scene)
{
	return node_dequeue_event(scene->fd);
}

static void wake_dqevent(struct scene *scene)
{
	node_change_control(scene->other, CONTROL);
}

/* A frame per second: after one there is time before the next. */
static void prepare_read(struct scene *scene)
{
	open_both(scene);
	node_set_fps(scene->fd, 1);
}

static int run_read(struct scene *scene)
{
	return node_read(scene->fd) < 0 ? -1 : 0;
}

static void settle_read(struct scene *scene)
{
	if (run_read(scene) < 0)
		fatal("read");
}

static int run_get_format(struct scene *scene)
{
	struct v4l2_format format;

	return node_get_format(scene->fd, &format);
}

static int run_open(struct scene *scene)
{
	return open(scene->path, O_RDWR);
}

/* Another's close() would be the one that waits. */
static void settle_close(struct scene *scene)
{
	(void)scene;
	while (!atomic_load(&report->last))
		pause_ms(1);
}

static int run_close(struct scene *scene)
{
	return close(scene->fd);
}

static const struct call parked[] = {
	{ "DQBUF", SYS_ioctl, prepare_dqbuf, NULL, run_dqbuf, wake_dqbuf },
	{ "DQEVENT", SYS_ioctl, prepare_dqevent, NULL, run_dqevent,
	  wake_dqevent },
	{ "read", SYS_read, prepare_read, settle_read, run_read, NULL },
};

static const struct call get_format = {
	.name = "ioctl",
	.number = SYS_ioctl,
	.prepare = open_both,
	.run = run_get_format,
};

static const struct call open_node = {
	.name = "open",
	.number = SYS_openat,
	.prepare = open_both,
	.run = run_open,
};

static const struct call close_node = {
	.name = "close",
	.number = SYS_close,
	.prepare = open_both,
	.settle = settle_close,
	.run = run_close,
};

/* ---- the child ------------------------------------------------------------- */

static pid_t begin(struct scene *scene, const struct call *call, enum what what)
{
	pid_t pid;

	memset(report, 0, sizeof(*report));
	pid = fork_child();
	if (pid)
		return pid;
	close(scene->other);
	prepare_signal(what);
	if (call->settle)
		call->settle(scene);
	atomic_store(&report->begun, now_ms());
	report->error = call->run(scene) < 0 ? errno : 0;
	_exit(0);
}

static void wait_until_it_waits(pid_t pid, const struct call *call)
{
	long end = now_ms() + PATIENCE_MS;

	while (!atomic_load(&report->begun) ||
	       !process_sleeps(pid, call->number)) {
		if (now_ms() > end || process_state(pid) == 'Z') {
			errno = ETIME;
			fatal(call->name);
		}
		pause_ms(2);
	}
}

/* Return: whether it goes on waiting after a signal, or ends: @ended */
static bool goes_on(pid_t pid, const struct call *call, bool handles,
		    bool *ended, int *status)
{
	long end = now_ms() + PATIENCE_MS;
	long since = now_ms();

	while (now_ms() < end) {
		*ended = process_ends(pid, 0, status);
		if (*ended)
			return false;
		if ((handles && !atomic_load(&report->handled)) ||
		    !process_sleeps(pid, call->number))
			since = now_ms();
		if (now_ms() - since > 2 * (long)SETTLE_MS)
			return true;
		pause_ms(2);
	}
	return false;
}

static const char *outcome(bool ended, int status)
{
	static char text[64];

	if (!ended)
		return "hangs";
	if (!WIFSIGNALED(status))
		return error_name(report->error);
	snprintf(text, sizeof(text), "killed by SIG%s",
		 sigabbrev_np(WTERMSIG(status)));
	return text;
}

/* ---- park ------------------------------------------------------------------ */

/* Return: false if the frame came before the signal */
static bool park(struct scene *scene, const struct call *call, enum what what)
{
	bool handles = what == HANDLER || what == RESTART;
	bool stopped = false;
	bool ended = false;
	bool waits;
	int status = 0;
	pid_t pid;

	call->prepare(scene);
	pid = begin(scene, call, what);
	wait_until_it_waits(pid, call);
	pause_ms(SETTLE_MS);
	send_signal(pid, what);
	if (what == STOP)
		stopped = stop_and_continue(pid);
	waits = goes_on(pid, call, handles, &ended, &status);
	if (waits && call->wake)
		call->wake(scene);
	if (!ended)
		ended = process_ends(pid, PATIENCE_MS, &status);
	if (!call->wake)
		node_set_fps(scene->other, 30);
	close_both(scene);
	if (!waits && ended && WIFEXITED(status) && !report->error)
		return false;
	printf("%s, %s: %s%s%s\n", call->name, what_names[what],
	       stopped ? "stops, " : "", waits ? "waits on, then " : "",
	       outcome(ended, status));
	return true;
}

static int park_all(struct scene *scene)
{
	enum what what;
	size_t i;
	int tries;

	for (i = 0; i < sizeof(parked) / sizeof(parked[0]); i++) {
		for (what = 0; what < WHATS; what++) {
			for (tries = 0; tries < 5; tries++)
				if (park(scene, &parked[i], what))
					break;
			if (tries == 5)
				printf("%s, %s: does not wait\n",
				       parked[i].name, what_names[what]);
		}
	}
	return 0;
}

/* ---- wire ------------------------------------------------------------------ */

static void signal_hosts(char *const *pids, int signo)
{
	for (; *pids; pids++)
		if (kill((pid_t)strtol(*pids, NULL, 10), signo) < 0)
			fatal(*pids);
}

static const char *when(long ms)
{
	if (ms < SHORT_MS)
		return "at once";
	if (ms < CLOSE_MS)
		return "after 1 s";
	return "after 2 s";
}

/*
 * The host is stopped, the call is made, the signal comes.  The host runs again
 * when the call has ended or, if @resume_ms is not 0, so long after the signal.
 */
static void wire(struct scene *scene, char *const *hosts,
		 const struct call *call, enum what what, long resume_ms)
{
	struct v4l2_format format;
	bool ended = false;
	int status = 0;
	pid_t pid;

	call->prepare(scene);
	signal_hosts(hosts, SIGSTOP);
	pid = begin(scene, call, what);
	if (call == &close_node) {
		close(scene->fd);
		atomic_store(&report->last, true);
	}
	wait_until_it_waits(pid, call);
	pause_ms(SETTLE_MS);
	send_signal(pid, what);
	if (what == STOP)
		stop_and_continue(pid);

	ended = process_ends(pid, resume_ms ? resume_ms : PATIENCE_MS, &status);
	printf("%s, %s: %s", call->name, what_names[what],
	       ended ? when(now_ms() - report->begun) : "waits");
	if (ended && call == &get_format)
		printf(", then ioctl: %s, poll: %s",
		       result_name(node_get_format(scene->fd, &format)),
		       events_name(node_poll(scene->fd, POLLIN | POLLPRI, 0)));
	signal_hosts(hosts, SIGCONT);
	if (!ended)
		ended = process_ends(pid, PATIENCE_MS, &status);
	printf(", %s", outcome(ended, status));
	printf(", another file: %s\n",
	       result_name(node_get_format(scene->other, &format)));
	if (call != &close_node)
		close(scene->fd);
	close(scene->other);
}

static int wire_all(struct scene *scene, char *const *hosts)
{
	printf("the host is not back in time\n");
	wire(scene, hosts, &parked[0], KILL, 0);
	wire(scene, hosts, &parked[0], HANDLER, 0);
	wire(scene, hosts, &get_format, KILL, 0);
	wire(scene, hosts, &get_format, INT, 0);
	wire(scene, hosts, &get_format, HANDLER, 0);
	wire(scene, hosts, &open_node, KILL, 0);
	wire(scene, hosts, &open_node, HANDLER, 0);
	wire(scene, hosts, &close_node, HANDLER, 0);
	wire(scene, hosts, &close_node, KILL, 0);
	printf("the host is back in time\n");
	wire(scene, hosts, &get_format, HANDLER, 500);
	wire(scene, hosts, &get_format, RESTART, 500);
	wire(scene, hosts, &get_format, STOP, 2500);
	wire(scene, hosts, &open_node, STOP, 500);
	return 0;
}

int main(int argc, char **argv)
{
	struct scene scene = { .fd = -1 };

	report = shared_memory(sizeof(*report));
	if (argc > 2)
		scene.path = argv[2];
	if (argc == 3 && !strcmp(argv[1], "park"))
		return park_all(&scene);
	if (argc > 3 && !strcmp(argv[1], "wire"))
		return wire_all(&scene, argv + 3);
	fprintf(stderr, "usage: sig park NODE | sig wire NODE PID...\n");
	return 2;
}
