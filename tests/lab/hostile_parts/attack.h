/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A catalogue of attacks, and what is looked at around each of them:
 *
 *	attack.c	the command line, each attack in a process of its own
 *	good.c		another guest's program, which takes numbered frames
 *	measure.c	what processes have
 *
 * Programs that have a catalogue end with attack_main().
 */
#ifndef TESTS_LAB_HOSTILE_PARTS_ATTACK_H
#define TESTS_LAB_HOSTILE_PARTS_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ATTACK_TEXT 200

/* What an attack needs, or how it is run */
#define ATTACK_UNIX  (1u << 0) /* a unix socket */
#define ATTACK_SHARE (1u << 1) /* that, and the permission to share */
#define ATTACK_SLOW  (1u << 2) /* all such are made at the same time */
#define ATTACK_ROOT  (1u << 3) /* as root */
#define ATTACK_LONG  (1u << 4) /* it waits for a limit of seconds, alone */

/**
 * struct attack - A row of a catalogue
 * @name:	What is done, in a few words
 * @bug:	The class of bug: of tests/rules, or a word
 * @run:	Does it, in a process of its own.  Return: what happened
 * @want:	What that must begin with
 * @flags:	ATTACK_*
 */
struct attack {
	const char *name;
	const char *bug;
	const char *(*run)(void);
	const char *want;
	unsigned int flags;
};

/**
 * struct attack_scene - The command line
 * @address:	Of the attacked: what attacks connect to, or listen at
 * @node:	The good guest's node
 * @good:	An address of hostd's, for a guest that behaves well; NULL: @node
 *		is opened instead
 * @uid:	Who attacks
 * @share:	@address gives and takes memory
 * @spare:	For the program: a node of its own, a directory, a process
 * @with:	Option of the guestd that it starts; NULL: none
 */
struct attack_scene {
	const char *address;
	const char *node;
	const char *good;
	uid_t uid;
	bool share;
	const char *spare;
	const char *with;
};

extern struct attack_scene scene;

/** attack_says() - What happened, as printf() has it; until the next call */
const char *attack_says(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/**
 * struct attack_catalogue - The rows, and what is done around them
 * @set_up:	Before the first row, when the command line is known
 * @mend:	Behind each row: start again what may have ended
 * @end:	Behind the last row
 *
 * All functions may be NULL.
 */
struct attack_catalogue {
	const struct attack *rows;
	size_t count;
	void (*set_up)(void);
	void (*mend)(void);
	void (*end)(void);
};

/**
 * attack_main() - Run a catalogue, print a line for each row
 *
 * Return: exit status
 */
int attack_main(int argc, char **argv,
		const struct attack_catalogue *catalogue);

/* ---- good.c ----------------------------------------------------------------------- */

/** good_start() - It takes frames from here on, and has taken one */
void good_start(const char *node);

/** good_lost() - Frames that were lost or wrong so far */
uint64_t good_lost(void);

/** good_seen() - Frames that came */
uint64_t good_seen(void);

/** good_goes_on() - Whether a frame comes within a second */
bool good_goes_on(void);

/** good_stop() - It takes no more */
void good_stop(void);

/* ---- measure.c ---------------------------------------------------------------------- */

/**
 * struct measure - What watched processes have
 * @processes:	Their number, with all below them
 * @fds:	Descriptors
 * @kib:	Anonymous memory, KiB
 */
struct measure {
	unsigned int processes;
	unsigned int fds;
	unsigned long kib;
};

/** measure_watch() - These and those below them; "PID,PID" */
void measure_watch(const char *pids);

/** measure_also() - And this one, in place of that of the last call */
void measure_also(pid_t pid);

/** measure_rest() - As soon as nothing changes for a while */
void measure_rest(struct measure *out);

/** measure_settles() - Whether within 5 s as many processes and files are there */
bool measure_settles(const struct measure *before, struct measure *out);

/** measure_d_state() - Whether somebody is in D state for a whole second */
bool measure_d_state(void);

#endif
