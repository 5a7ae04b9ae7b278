/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the link: hostlink.c begins and ends it, hostlink_out.c sends calls,
 * hostlink_in.c takes what comes, hostlink_memo.c what comes before it is asked for,
 * hostlink_object.c sends and takes memory,
 * hostlink_orphan.c has what nobody waits for, hostlink_clock.c asks what time it is.
 */
#ifndef GUESTD_HOSTLINK_PARTS_H
#define GUESTD_HOSTLINK_PARTS_H

#include "common/channel.h"
#include "guestd/clock.h"
#include "guestd/hostlink.h"
#include "guestd/hostlink_start.h"
#include "guestd/hostlink_why.h"
#include "guestd/memo.h"

#define SLOT_BITS  6
#define SLOT_COUNT (1u << SLOT_BITS)
static_assert(SLOT_COUNT >= VMS_CMD_WINDOW, "a slot for each outstanding REQ");

/* In place of enum virtio_media_cmd: a call that is a frame of its own. */
#define HOSTLINK_CMD_IO 0x80000000u

/** struct slot - A REQ or IO that has no answer yet */
struct slot {
	uint32_t tag; /* 0: free */
	uint32_t cmd;
	struct hostlink_call *call; /* NULL: an orphan */
	unsigned int objects;       /* that were sent before it */
	uint32_t spoils;            /* vms_memo_class: until its answer */
};

/** struct hostlink - A connection to the host, from its HELLO on */
struct hostlink {
	struct loop *loop;
	const struct hostlink_config *config;
	const struct hostlink_ops *ops;
	void *owner;
	struct hostlink_start start;
	struct channel *channel; /* NULL: not connected yet */
	bool ready;              /* HELLO was answered */
	bool unread;             /* it is left, for it does not read contents */
	struct loop_timer *timer; /* for HELLO's answer, then for CLOCK */
	uint64_t asked_ns;        /* when HELLO, or the last CLOCK, was sent */
	bool asking;              /* CLOCK was not answered yet */
	struct clock clock;
	unsigned int clock_credit; /* questions that may still follow at once */
	unsigned int sessions;     /* open, or being opened */
	struct hostlink_call *held; /* OPENs that wait for the clock */
	struct loop_timer *hold;    /* but not for ever */
	struct loop_timer *soon;    /* hostlink_fail_later() */
	uint64_t offered;           /* in HELLO */
	uint64_t features;          /* agreed on */
	struct memo *memo;          /* NULL: MEMO was not agreed on */
	struct plane_object object; /* OBJ: waits for its RESP */
	uint64_t object_addr;
	uint64_t object_len;
	uint32_t window;
	uint32_t max_ctrl; /* largest body of a frame that the host takes */
	uint32_t outstanding;
	unsigned int objects; /* of those: at most VMS_OBJECTS_MAX */
	uint32_t count;       /* tags given out */
	bool over;            /* lost() or refused() is due or was called */
	int error;
	struct slot slots[SLOT_COUNT];
	struct hostlink_call *waiting; /* for a slot, or to be failed */
	struct hostlink_call **waiting_last;
	struct hostlink_call *refused; /* too large: fail with -ENOMEM */
};

/** hostlink_send_waiting() - There may be room in the window again */
void hostlink_send_waiting(struct hostlink *link);

/** hostlink_fail_calls() - Everything under way ends with -ENODEV */
void hostlink_fail_calls(struct hostlink *link);

/**
 * hostlink_fail_later() - Fail what cannot be sent; @data is the link
 *
 * By a timer, whose setting needs no memory.
 */
void hostlink_fail_later(void *data);

/** hostlink_own() - Is it a call that nobody else waits for, or frees? */
bool hostlink_own(const struct hostlink_call *call);

/** hostlink_own_call() - Such a call, or NULL; it frees itself when it is done */
struct hostlink_call *hostlink_own_call(void);

/**
 * hostlink_undo_orphan() - An answer came to a call that nobody waits for any more
 * @cmd:	What it was
 *
 * What the host has made for it goes away.
 */
void hostlink_undo_orphan(struct hostlink *link, uint32_t cmd,
			  const struct channel_frame *frame);

/**
 * hostlink_object_take() - OBJ came
 *
 * Return: 0, -EPROTO if it is malformed or out of place
 */
int hostlink_object_take(struct hostlink *link,
			 const struct channel_frame *frame);

/** hostlink_object_fits() - Is this the answer that an OBJ was for, if there is one? */
bool hostlink_object_fits(const struct hostlink *link, uint32_t cmd,
			  const struct channel_frame *frame);

/** hostlink_objects_have_room() - May a call's memory be sent now, of VMS_OBJECTS_MAX? */
bool hostlink_objects_have_room(const struct hostlink *link,
				const struct hostlink_call *call);

/**
 * hostlink_objects_send() - Send the memory of a call that has some, for the REQ that has
 * its tag
 *
 * Return: 0 or -ENOMEM
 */
int hostlink_objects_send(struct hostlink *link,
			  const struct hostlink_call *call);

/** hostlink_object_drop() - Whoever wanted it has taken it by now */
void hostlink_object_drop(struct hostlink *link);

/** hostlink_clock_create() - Return: 0 or -ENOMEM */
int hostlink_clock_create(struct hostlink *link);

/** hostlink_clock_start() - HELLO was answered: a first offset */
void hostlink_clock_start(struct hostlink *link,
			  const struct vms_hello_ack *ack);

/** hostlink_clock_timer() - It is time for the next question */
void hostlink_clock_timer(struct hostlink *link);

/** hostlink_clock_open() - A session is being opened */
void hostlink_clock_open(struct hostlink *link);

/** hostlink_clock_close() - A session has been closed, or was not opened */
void hostlink_clock_close(struct hostlink *link);

/**
 * hostlink_clock_hold() - OPEN was answered
 *
 * Return: true: it is done() when the host's time is known, and until then in
 * @held, without a tag
 */
bool hostlink_clock_hold(struct hostlink *link, struct hostlink_call *call);

/**
 * hostlink_clock_let_go() - This session says something that cannot wait
 *
 * If its OPEN is held, it is done() now: whatever the event is, it comes after it.
 */
void hostlink_clock_let_go(struct hostlink *link, uint32_t session_id);

/**
 * hostlink_clock_answer() - CLOCK came
 *
 * Return: 0, -EPROTO if that is not true
 */
int hostlink_clock_answer(struct hostlink *link,
			  const struct channel_frame *frame);

/**
 * hostlink_get_ioctl() - Take the answer to an IOCTL, whenever it came
 * @section:	Of the RESP
 *
 * Return: for call->done()
 */
int hostlink_get_ioctl(struct hostlink *link, struct hostlink_call *call,
		       const void *section, size_t len, const void *aux,
		       size_t aux_len);

/**
 * hostlink_memo_take() - MEMO came
 *
 * Return: 0, -EPROTO if it is malformed
 */
int hostlink_memo_take(struct hostlink *link,
		       const struct channel_frame *frame);

/** hostlink_memo_expire() - MEMO_INVAL came; as hostlink_memo_take() */
int hostlink_memo_expire(struct hostlink *link,
			 const struct channel_frame *frame);

/** hostlink_take() - Take a frame that is not DATA, after HELLO */
int hostlink_take(struct hostlink *link, const struct channel_frame *frame);

#endif
