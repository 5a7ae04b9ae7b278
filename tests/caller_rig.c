// SPDX-License-Identifier: BSD-3-Clause
/*
 * A question about a caller and its answers.
 */
#include "tests/caller_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

struct caller_rig caller_rig;

int caller_rig_setup(void **state)
{
	(void)state;
	memory_rig_start(&caller_rig.memory, true, APP_NODE);
	memset(&caller_rig.question, 0, sizeof(caller_rig.question));
	caller_rig.answers = 0;
	return 0;
}

int caller_rig_teardown(void **state)
{
	(void)state;
	caller_stop(&caller_rig.question);
	app_finish(&caller_rig.app);
	memory_rig_finish(&caller_rig.memory);
	return 0;
}

void caller_rig_start_app(enum app_how how)
{
	if (!memory_rig_possible(how))
		skip();
	app_start(&caller_rig.app, how, APP_NODE);
}

void caller_rig_ask(const struct memory_caller *caller, int fallback)
{
	caller_rig.answers = 0;
	caller_nonblock(&caller_rig.question, caller_rig.memory.loop,
			caller_rig.memory.memory, caller, fallback,
			caller_rig_on_answer, &caller_rig.memory);
	assert_int_equal(caller_rig.answers, 0);
}

void caller_rig_on_answer(void *data, int result)
{
	assert_ptr_equal(data, &caller_rig.memory);
	caller_rig.answers++;
	caller_rig.answer = result;
}

void caller_rig_wait(unsigned int count)
{
	uint64_t end = loop_now(caller_rig.memory.loop) + 20000 * LOOP_MS;

	while (caller_rig.answers < count &&
	       loop_now(caller_rig.memory.loop) < end)
		memory_rig_run(&caller_rig.memory, 1);
	assert_int_equal(caller_rig.answers, count);
}
