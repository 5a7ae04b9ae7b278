// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the kernel does not tell a CUSE server about a caller.
 */
#include "guestd/caller.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#define CALLER_WATCH_MS 100

/* Between the looks at a caller that has not gone to sleep yet */
static const unsigned int caller_pauses_ms[] = { 1, 5, 20 };
#define CALLER_PAUSES (sizeof(caller_pauses_ms) / sizeof(caller_pauses_ms[0]))

static struct caller_question *caller_of(struct memory_job *job)
{
	char *at = (char *)job;

	return (void *)(at - offsetof(struct caller_question, job));
}

static void caller_begin(struct caller_question *question, struct loop *loop,
			 struct memory *memory,
			 const struct memory_caller *caller,
			 void (*answer)(void *data, int result), void *data)
{
	assert(!memory_pending(&question->job) && !question->timer);
	*question = (struct caller_question){
		.memory = memory,
		.caller = *caller,
		.loop = loop,
		.answer = answer,
		.data = data,
	};
}

/* Return: 0 or -ENOMEM */
static int caller_again(struct caller_question *question, loop_fn ask,
			unsigned int pause_ms)
{
	int ret;

	if (!question->timer) {
		ret = loop_timer(question->loop, ask, question,
				 &question->timer);
		if (ret)
			return ret;
	}

	loop_timer_set(question->timer, pause_ms * LOOP_MS);
	return 0;
}

void caller_stop(struct caller_question *question)
{
	if (memory_pending(&question->job))
		memory_withdraw(&question->job);
	loop_timer_destroy(question->timer);
	question->timer = NULL;
}

/* ---- O_NONBLOCK ------------------------------------------------------ */

static void caller_ask_nonblock(void *data)
{
	struct caller_question *question = data;

	memory_nonblock(question->memory, &question->job, &question->caller);
}

static void caller_on_nonblock(struct memory_job *job, int result)
{
	struct caller_question *question = caller_of(job);

	if (result == -EAGAIN && question->attempt < CALLER_PAUSES) {
		unsigned int pause_ms = caller_pauses_ms[question->attempt++];

		if (!caller_again(question, caller_ask_nonblock, pause_ms))
			return;
	}

	caller_stop(question);
	question->answer(question->data,
			 result < 0 ? question->fallback : result);
}

void caller_nonblock(struct caller_question *question, struct loop *loop,
		     struct memory *memory, const struct memory_caller *caller,
		     int fallback, void (*answer)(void *data, int result),
		     void *data)
{
	caller_begin(question, loop, memory, caller, answer, data);
	question->fallback = fallback;
	question->job.done = caller_on_nonblock;
	caller_ask_nonblock(question);
}

/* ---- signals --------------------------------------------------------- */

static void caller_ask_signals(void *data)
{
	struct caller_question *question = data;

	memory_signals(question->memory, &question->job, &question->caller);
}

static int caller_verdict(int signals)
{
	if (signals < 0)
		return CALLER_SIGNALLED; /* which one, nobody can tell */
	if (signals & (MEMORY_SIGNAL_KILL | MEMORY_SIGNAL_GONE))
		return CALLER_GIVE_UP;
	return signals & MEMORY_SIGNAL_OTHER ? CALLER_SIGNALLED : 0;
}

static void caller_on_signals(struct memory_job *job, int result)
{
	struct caller_question *question = caller_of(job);

	/*
	 * Without a timer this was the last look; the caller's own time limit
	 * remains.
	 */
	caller_again(question, caller_ask_signals, CALLER_WATCH_MS);
	question->answer(question->data, caller_verdict(result));
}

void caller_signals(struct caller_question *question, struct loop *loop,
		    struct memory *memory, const struct memory_caller *caller,
		    void (*answer)(void *data, int result), void *data)
{
	caller_begin(question, loop, memory, caller, answer, data);
	question->job.done = caller_on_signals;
	caller_ask_signals(question);
}
