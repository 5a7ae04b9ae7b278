// SPDX-License-Identifier: BSD-3-Clause
/*
 * Run a catalogue of attacks:
 *
 *	hostile_X [OPTION...] ADDRESS
 *
 *	--watch=PID,..	the processes that must not be worse off, with their children
 *	--node=PATH	another guest's, from which frames are taken meanwhile
 *	--good=ADDRESS	hostd, for who behaves well; default: open --node
 *	--uid=N		who attacks
 *	--share		ADDRESS shares memory
 *	--spare=TEXT	see the program
 *	--with=OPTION	of the guestd that it starts
 *	--table=FILE	append a line for each row there
 *	--only=TEXT	rows whose name has this
 *	--quick		not those that only wait for a limit of seconds
 *
 * Prints a check for each row, as tests/lab/lib.sh has them.  The table has
 *
 *	attack | bug class | what happened | other guest's frames lost |
 *	memory before/after, KiB | descriptors before/after
 *
 * A row fails if something else happened than what is wanted, if the other guest
 * lost a frame or gets none within a second, if processes or descriptors are left
 * over 5 s later, memory is, somebody is in D state, or one who behaves well is not
 * served at once.
 */
#include "tests/lab/hostile_parts/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/hostile_parts/honest.h"
#include "tests/lab/shared/process.h"

#define ATTACK_MS    25000
#define LONG_MS      60000
#define SERVED_MS    1000
#define MEMORY_KIB   256 /* pages that are touched for the first time */
#define ROWS_AT_ONCE 16

struct attack_scene scene;

static FILE *table;
static const char *only = "";
static bool quick;
static unsigned int failures;
static void (*mend)(void);
static struct measure rest; /* what there is while nothing happens */

/**
 * struct running - An attack that is under way
 * @text:	What happened, shared with its process
 */
struct running {
	const struct attack *attack;
	pid_t pid;
	char *text;
};

const char *attack_says(const char *format, ...)
{
	static char text[ATTACK_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return text;
}

/* ---- one row --------------------------------------------------------------------- */

static void begin(struct running *running, const struct attack *attack)
{
	running->attack = attack;
	running->text = shared_memory(ATTACK_TEXT);
	running->pid = fork_child();
	if (running->pid)
		return;
	/* What it starts ends with it. */
	setpgid(0, 0);
	signal(SIGPIPE, SIG_IGN);
	if (!(attack->flags & ATTACK_ROOT))
		become(scene.uid);
	snprintf(running->text, ATTACK_TEXT, "%s", attack->run());
	_exit(0);
}

static void finish(struct running *running, long end)
{
	long left = end - now_ms();
	int status = 0;

	if (!process_ends(running->pid, left > 0 ? left : 0, &status))
		snprintf(running->text, ATTACK_TEXT, "does not end");
	else if (status && !*running->text)
		snprintf(running->text, ATTACK_TEXT, "status %#x", status);
	kill(-running->pid, SIGKILL);
	waitpid(running->pid, NULL, 0);
}

static void fail(const struct attack *attack, const char *what)
{
	printf("# %s: %s\n", attack->name, what);
	failures++;
}

/* What is wrong, said; whether anything was */
static bool judge(const struct running *running, uint64_t lost, bool settled,
		  const struct measure *before, const struct measure *after)
{
	const struct attack *attack = running->attack;
	unsigned int failed = failures;
	long served;

	if (strncmp(running->text, attack->want, strlen(attack->want)) != 0)
		fail(attack,
		     attack_says("not as it should be: %s", attack->want));
	if (lost)
		fail(attack, attack_says("frames lost: %" PRIu64, lost));
	if (!good_goes_on())
		fail(attack, "the other guest gets no frame");
	if (!settled)
		fail(attack, attack_says("processes %u, then %u; files %u, %u",
					 before->processes, after->processes,
					 before->fds, after->fds));
	if (after->kib > before->kib + MEMORY_KIB)
		fail(attack, attack_says("memory: %lu KiB, then %lu",
					 before->kib, after->kib));
	if (measure_d_state())
		fail(attack, "somebody is in D state");
	served = honest_served();
	if (served < 0 || served > SERVED_MS)
		fail(attack, attack_says("who behaves well is served after "
					 "%ld ms",
					 served));
	return failures != failed;
}

static void run(struct running *rows, unsigned int count)
{
	struct measure before, after;
	uint64_t lost = good_lost();
	unsigned int i;
	bool settled;
	long end;

	/* Who was served behind the last row may still be about to end. */
	measure_settles(&rest, &before);
	/* Lest a process of an attack's says it, too. */
	if (table)
		fflush(table);
	end = now_ms() +
	      (rows[0].attack->flags & ATTACK_LONG ? LONG_MS : ATTACK_MS);
	for (i = 0; i < count; i++)
		begin(&rows[i], rows[i].attack);
	for (i = 0; i < count; i++)
		finish(&rows[i], end);
	if (mend)
		mend();
	settled = measure_settles(&before, &after);
	rest = after;
	lost = good_lost() - lost;
	for (i = 0; i < count; i++) {
		bool failed = judge(&rows[i], lost, settled, &before, &after);

		printf("%s %s: %s\n", failed ? "not ok" : "ok",
		       rows[i].attack->name, rows[i].text);
		if (table)
			fprintf(table,
				"| %s | %s | %s | %" PRIu64
				" | %lu/%lu | %u/%u |\n",
				rows[i].attack->name, rows[i].attack->bug,
				rows[i].text, lost, before.kib, after.kib,
				before.fds, after.fds);
	}
	fflush(stdout);
}

/* ---- all of them --------------------------------------------------------------------- */

static bool applies(const struct attack *attack)
{
	bool is_unix = !strncmp(scene.address, "unix:", strlen("unix:"));

	if ((attack->flags & (ATTACK_UNIX | ATTACK_SHARE)) && !is_unix)
		return false;
	if ((attack->flags & ATTACK_SHARE) && !scene.share)
		return false;
	if (quick && (attack->flags & (ATTACK_SLOW | ATTACK_LONG)))
		return false;
	return strstr(attack->name, only);
}

static void run_all(const struct attack *rows, size_t count)
{
	struct running running[ROWS_AT_ONCE];
	unsigned int slow = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!applies(&rows[i]))
			continue;
		if (rows[i].flags & ATTACK_SLOW) {
			errno = E2BIG;
			if (slow >= ROWS_AT_ONCE)
				fatal(rows[i].name);
			else
				running[slow++].attack = &rows[i];
			continue;
		}
		struct running one = { .attack = &rows[i] };

		run(&one, 1);
	}
	if (slow)
		run(running, slow);
}

static _Noreturn void usage(const char *name)
{
	fprintf(stderr,
		"usage: %s [--watch=PID,..] --node=PATH [--good=ADDRESS] "
		"[--uid=N] [--share] [--spare=TEXT] [--with=OPTION] "
		"[--table=FILE] [--only=TEXT] [--quick] ADDRESS\n",
		name);
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "watch", required_argument, NULL, 'w' },
		{ "node", required_argument, NULL, 'n' },
		{ "good", required_argument, NULL, 'g' },
		{ "uid", required_argument, NULL, 'u' },
		{ "share", no_argument, NULL, 's' },
		{ "spare", required_argument, NULL, 'p' },
		{ "table", required_argument, NULL, 't' },
		{ "with", required_argument, NULL, 'W' },
		{ "only", required_argument, NULL, 'o' },
		{ "quick", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'w':
			measure_watch(optarg);
			break;
		case 'n':
			scene.node = optarg;
			break;
		case 'g':
			scene.good = optarg;
			break;
		case 'u':
			scene.uid = (uid_t)strtoul(optarg, NULL, 10);
			break;
		case 's':
			scene.share = true;
			break;
		case 'p':
			scene.spare = optarg;
			break;
		case 'W':
			scene.with = optarg;
			break;
		case 't':
			table = fopen(optarg, "ae");
			if (!table)
				fatal(optarg);
			break;
		case 'o':
			only = optarg;
			break;
		case 'q':
			quick = true;
			break;
		default:
			usage(argv[0]);
		}
	}
	if (optind != argc - 1 || (!scene.node && !scene.good))
		usage(argv[0]);
	scene.address = argv[optind];
}

int attack_main(int argc, char **argv, const struct attack_catalogue *catalogue)
{
	parse(argc, argv);
	if (scene.node)
		good_start(scene.node);
	/* What is made at the first time is not what an attack leaves. */
	honest_served();
	if (catalogue->set_up)
		catalogue->set_up();
	mend = catalogue->mend;
	measure_rest(&rest);
	run_all(catalogue->rows, catalogue->count);
	if (catalogue->end)
		catalogue->end();
	printf("# %s: the other guest took %" PRIu64 " frames, lost %" PRIu64
	       "\n",
	       scene.address, good_seen(), good_lost());
	good_stop();
	if (table)
		fclose(table);
	return failures ? 1 : 0;
}
