// SPDX-License-Identifier: BSD-3-Clause
/*
 * When the host is asked what time it is.
 *
 * Only while a file of the node is open: an idle node wakes nobody up.  What was
 * known before may be worth nothing then, so the file's first answer (OPEN's)
 * waits until the error is small enough for whatever may come, which is one
 * question if round trips are as short as they ought to be; or until enough was
 * asked, or for HOLD_NS.
 *
 * As long as the error is larger than it should be the next question follows at
 * once, if there is credit: a connection may be too slow to ever do better.
 * Otherwise it is asked when drift can have added GROWTH_NS, and every SLOW_NS at
 * least, because a clock that was set or stood still (a machine was suspended)
 * is found out by asking alone.  With 2 s, a burst of BURST questions and answers
 * that take 5 ms the time is right again after less than 3 s.
 */
#include <errno.h>

#include "guestd/hostlink_parts.h"

#define GOOD_NS   500000.0         /* an error that needs no burst */
#define OPEN_NS   1000000ull       /* one with which a file can be used */
#define GROWTH_NS 250000.0         /* of the error between two questions */
#define FAST_NS   (1 * LOOP_MS)    /* in a burst, after an answer */
#define SLOW_NS   (2000 * LOOP_MS) /* else, at most */
#define HOLD_NS   (500 * LOOP_MS)
#define BURST     64u /* questions in a row */
#define REFILL    8u  /* of them, for each slow question */

static void ask(struct hostlink *link)
{
	struct vms_clock question = { .tx_ns = loop_now(link->loop) };
	struct vms_header header = { .type = VMS_CLOCK };
	struct wire_writer writer;
	uint8_t bytes[sizeof(question)];

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_clock(&writer, &question);
	link->asked_ns = question.tx_ns;
	link->asking =
		!channel_send(link->channel, &header, bytes, sizeof(bytes));
}

void hostlink_clock_timer(struct hostlink *link)
{
	if (link->sessions)
		ask(link);
}

static bool asks(const struct hostlink *link)
{
	return !link->clock.same && (link->features & VMS_FEATURE_CLOCK);
}

/* Return: nanoseconds until the next question */
static uint64_t pace(struct hostlink *link)
{
	double growth = GROWTH_NS;

	if (link->clock_credit &&
	    (!link->clock.count || link->clock.error > GOOD_NS)) {
		link->clock_credit--;
		return FAST_NS;
	}
	link->clock_credit += REFILL;
	if (link->clock_credit > BURST)
		link->clock_credit = BURST;
	growth /= link->clock.rate_error + 1e-9;
	return growth < (double)SLOW_NS ? (uint64_t)growth : SLOW_NS;
}

/* ---- files ---------------------------------------------------------------- */

static bool good_enough(const struct hostlink *link)
{
	return !asks(link) || !link->clock_credit ||
	       clock_error(&link->clock, loop_now(link->loop)) <= OPEN_NS;
}

static void release(struct hostlink *link)
{
	struct hostlink_call *call;

	loop_timer_stop(link->hold);
	while ((call = link->held)) {
		link->held = call->next;
		call->link = NULL;
		call->done(call, 0);
	}
}

static void hold_over(void *data)
{
	release(data);
}

void hostlink_clock_open(struct hostlink *link)
{
	if (link->sessions++ || !asks(link))
		return;
	link->clock_credit = BURST;
	if (!link->asking)
		ask(link);
}

void hostlink_clock_close(struct hostlink *link)
{
	if (link->sessions && !--link->sessions && link->ready)
		loop_timer_stop(link->timer);
}

bool hostlink_clock_hold(struct hostlink *link, struct hostlink_call *call)
{
	if (good_enough(link))
		return false;
	/* It has no slot any more. */
	call->tag = 0;
	call->next = link->held;
	link->held = call;
	if (!loop_timer_armed(link->hold))
		loop_timer_set(link->hold, HOLD_NS);
	return true;
}

void hostlink_clock_let_go(struct hostlink *link, uint32_t session_id)
{
	struct hostlink_call **at = &link->held;
	struct hostlink_call *call;

	while (*at && (*at)->session_id != session_id)
		at = &(*at)->next;
	call = *at;
	if (!call)
		return;
	*at = call->next;
	if (!link->held)
		loop_timer_stop(link->hold);
	call->link = NULL;
	call->done(call, 0);
}

/* ---- answers -------------------------------------------------------------- */

int hostlink_clock_create(struct hostlink *link)
{
	return loop_timer(link->loop, hold_over, link, &link->hold);
}

/* To half a round trip, and the time that it took to open the device. */
void hostlink_clock_start(struct hostlink *link,
			  const struct vms_hello_ack *ack)
{
	struct vms_clock answer = {
		.tx_ns = link->asked_ns,
		.rx_ns = ack->mono_ns,
		.reply_ns = ack->mono_ns,
	};

	clock_init(&link->clock,
		   ack->clock_domain &&
			   ack->clock_domain == link->config->clock_domain);
	/* Impossible times are a lie when they answer a question. */
	clock_sample(&link->clock, &answer, loop_now(link->loop));
}

int hostlink_clock_answer(struct hostlink *link,
			  const struct channel_frame *frame)
{
	struct vms_clock answer;
	int ret;

	ret = wire_get_clock(frame->section, frame->header.slen, &answer);
	if (ret)
		return ret;
	if (!link->asking || answer.tx_ns != link->asked_ns)
		return -EPROTO;
	link->asking = false;
	ret = clock_sample(&link->clock, &answer, loop_now(link->loop));
	if (ret < 0)
		return ret;
	if (ret)
		link->clock_credit = BURST;
	if (link->sessions)
		loop_timer_set(link->timer, pace(link));
	if (good_enough(link))
		release(link);
	return 0;
}

void hostlink_stamp(struct hostlink *link, struct clock_stream *stream,
		    uint64_t step, uint64_t *ns)
{
	*ns = clock_stamp(&link->clock, stream, *ns, step,
			  loop_now(link->loop));
}
