// SPDX-License-Identifier: BSD-3-Clause
/*
 * A loop for its own tests, with pipes and timers that tell a story.
 */
#include "tests/loop_rig.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/fds.h"

struct loop_rig loop_rig;

void loop_rig_tell(char letter)
{
	size_t len = strlen(loop_rig.story);

	assert_true(len < sizeof(loop_rig.story) - 1);
	loop_rig.story[len] = letter;
	loop_rig.story[len + 1] = '\0';
}

int loop_rig_setup(void **state)
{
	(void)state;

	loop_rig.fds = fds_count();
	memset(loop_rig.story, 0, sizeof(loop_rig.story));
	return loop_create(&loop_rig.loop);
}

int loop_rig_teardown(void **state)
{
	(void)state;

	loop_destroy(loop_rig.loop);
	if (fds_count() == loop_rig.fds)
		return 0;
	print_message("descriptors were left open\n");
	return -1;
}

void pipe_watch_ready(void *data, uint32_t events)
{
	struct pipe_watch *pipe = data;
	char byte;

	pipe->events = events;
	loop_rig_tell(pipe->letter);
	if (pipe->drain)
		assert_int_equal(read(pipe->fds[0], &byte, 1), 1);
	if (pipe->silence)
		assert_int_equal(loop_watch_set(pipe->silence->watch, 0), 0);
	if (pipe->remove) {
		loop_watch_remove(pipe->remove->watch);
		pipe->remove->watch = NULL;
		pipe->remove = NULL;
	}
}

void pipe_watch_open(struct pipe_watch *pipe, char letter, uint32_t events)
{
	memset(pipe, 0, sizeof(*pipe));
	pipe->letter = letter;
	assert_int_equal(pipe2(pipe->fds, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(write(pipe->fds[1], "x", 1), 1);
	assert_int_equal(loop_watch(loop_rig.loop, pipe->fds[0], events,
				    pipe_watch_ready, pipe, &pipe->watch),
			 0);
}

void pipe_watch_close(struct pipe_watch *pipe)
{
	loop_watch_remove(pipe->watch);
	close(pipe->fds[0]);
	close(pipe->fds[1]);
}

static void on_timer(void *data)
{
	struct timer *timer = data;

	loop_rig_tell(timer->letter);
	timer->ran = loop_now(loop_rig.loop);
	assert_false(loop_timer_armed(timer->timer));
	if (timer->again)
		loop_timer_set(timer->timer, timer->again_ns);
	if (timer->destroy) {
		struct timer *other = timer->destroy;

		timer->destroy = NULL;
		loop_timer_destroy(other->timer);
		other->timer = NULL;
	}
}

void timer_open(struct timer *timer, char letter)
{
	memset(timer, 0, sizeof(*timer));
	timer->letter = letter;
	assert_int_equal(
		loop_timer(loop_rig.loop, on_timer, timer, &timer->timer), 0);
}
