/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A question about a caller and its answers, with the memory helper and an
 * application.
 */
#ifndef TESTS_CALLER_RIG_H
#define TESTS_CALLER_RIG_H

#include "guestd/caller.h"
#include "tests/app.h"
#include "tests/memory_rig.h"

/**
 * struct caller_rig - All of it; there is one
 * @answers:	How many there were
 * @answer:	The last one
 */
struct caller_rig {
	struct memory_rig memory;
	struct app app;
	struct caller_question question;
	unsigned int answers;
	int answer;
};

extern struct caller_rig caller_rig;

/* For cmocka_unit_test_setup_teardown() */
int caller_rig_setup(void **state);
int caller_rig_teardown(void **state);

/** caller_rig_start_app() - Start the application, or skip the test */
void caller_rig_start_app(enum app_how how);

/** caller_rig_ask() - Ask whether @caller wants to block */
void caller_rig_ask(const struct memory_caller *caller, int fallback);

/** caller_rig_on_answer() - What a question calls; @data is the memory rig */
void caller_rig_on_answer(void *data, int result);

/** caller_rig_wait() - Until there are @count answers */
void caller_rig_wait(unsigned int count);

#endif
