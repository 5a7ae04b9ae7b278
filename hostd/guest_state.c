// SPDX-License-Identifier: BSD-3-Clause
/*
 * Inside a connection: its state, what is logged of it, its end.
 */
#include "hostd/guest_state.h"

#include <assert.h>
#include <errno.h>

#include "common/stats.h"

static const char *const guest_state_names[] = {
	[GUEST_HELLO] = "hello",
	[GUEST_SERVING] = "serving",
	[GUEST_ENDING] = "ending",
};
static_assert(sizeof(guest_state_names) / sizeof(guest_state_names[0]) ==
		      GUEST_STATE_COUNT,
	      "a state without a name");

void guest_set_state(struct guest *guest, enum guest_state state)
{
	assert(state > guest->state);

	log_debug("%s: %s -> %s", guest->who, guest_state_names[guest->state],
		  guest_state_names[state]);
	guest->state = state;
}

enum log_level guest_level(struct guest *guest, unsigned int notice,
			   enum log_level level)
{
	guest->notice = notice;
	return notices_new(guest->notices, &guest->peer, notice)
		       ? level
		       : LOG_LEVEL_DEBUG;
}

void guest_end(struct guest *guest, int error, enum vms_goaway_reason reason)
{
	if (guest->state == GUEST_ENDING)
		return;

	guest->explained = true;
	loop_timer_stop(guest->timeout);
	guest_set_state(guest, GUEST_ENDING);
	channel_goaway(guest->channel, error, reason);
}

int guest_lie(struct guest *guest, const char *what)
{
	log_line(guest_level(guest, NOTICE_LIE, LOG_LEVEL_WARN),
		 "%s: %s, closing", guest->who, what);
	stats_add(STATS_LIES, 1);
	guest->explained = true;
	loop_timer_stop(guest->timeout);
	guest_set_state(guest, GUEST_ENDING);
	return -EPROTO;
}
