/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A node of guestd's and guestd's helper for the shim's parts, which make each
 * system call with shim_raw(): the one here answers for the node and for sysfs,
 * and passes on all others.  The node's descriptor is one of /dev/null.
 */
#ifndef TESTS_SHIM_RIG_H
#define TESTS_SHIM_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/shim.h"

enum shim_rig_manner {
	SHIM_RIG_ANSWERS,
	SHIM_RIG_IS_SILENT,
	SHIM_RIG_HANGS_UP,
	SHIM_RIG_ANSWERS_SHORT,
	SHIM_RIG_PASSES_TWO,
};

/**
 * struct shim_rig - There is one
 * @node:	The open file
 * @number:	Its device number, as sysfs writes it
 * @link:	What sysfs's link "subsystem" says; NULL: there is none
 * @uevent:	What that file says
 * @lookups:	How often one of the two was asked for
 * @attach:	Answer of ATTACH
 * @attach_error: Errno of it, or 0
 * @attached:	That is only after so many
 * @attaches:	How often it was called
 * @manner:	What the helper does with a question
 * @answer:	What it answers
 * @passed:	The descriptor with it, or -1
 * @asked:	The last question
 * @timeout:	Seconds that the shim would wait; the rig makes less of it
 * @interrupts:	So many connect() are EINTR
 * @failing:	This system call fails with EMFILE; -1: none
 * @calls:	System calls since it was set to 0, but for those that cannot fail
 * @fail_at:	This one of them fails with @fail_error; 0: none
 * @full:	No descriptor is free when the answer comes
 */
struct shim_rig {
	int node;
	char number[32];
	const char *link;
	const char *uevent;
	unsigned int lookups;
	struct shim_attach attach;
	int attach_error;
	unsigned int attached;
	unsigned int attaches;
	enum shim_rig_manner manner;
	struct shim_answer answer;
	int passed;
	struct shim_ask asked;
	long timeout;
	unsigned int interrupts;
	long failing;
	unsigned int calls;
	unsigned int fail_at;
	int fail_error;
	bool full;
};
extern struct shim_rig shim_rig;

/** shim_rig_setup() - For cmocka: a node, and a helper that answers ENOMSG */
int shim_rig_setup(void **state);

/** shim_rig_teardown() - Fails if a descriptor has stayed open */
int shim_rig_teardown(void **state);

/** shim_rig_pass() - Answer with @fd, which is the rig's from now on */
void shim_rig_pass(int fd, uint64_t len);

/** shim_rig_memory() - A memfd with F_SEAL_SHRINK that begins with @text */
int shim_rig_memory(size_t len, const char *text);

/** shim_rig_new_number() - The node has another number, which nobody remembers */
void shim_rig_new_number(void);

#endif
