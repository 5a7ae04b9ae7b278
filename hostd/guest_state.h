/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside a connection: shared by guest.c, which has its frames, and guest_hello.c,
 * which has the first of them.
 */
#ifndef HOSTD_GUEST_STATE_H
#define HOSTD_GUEST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/channel.h"
#include "common/log.h"
#include "hostd/client.h"
#include "hostd/guest.h"
#include "hostd/guest_out.h"

/**
 * enum guest_state - How far a connection is
 * @GUEST_HELLO:	Nothing is known of the peer; the timer runs
 * @GUEST_SERVING:	There is a client; every frame but HELLO may come
 * @GUEST_ENDING:	The last frames are being sent, or everything is over
 */
enum guest_state {
	GUEST_HELLO,
	GUEST_SERVING,
	GUEST_ENDING,
	GUEST_STATE_COUNT,
};

/**
 * struct guest - One connection
 * @who:	The peer, for the log
 * @notices:	What is not to be said again; may be NULL
 * @notice:	What there was to say last
 * @client:	From a good HELLO on
 * @grant:	What it may
 * @slices:	Of memory that it is to have, too; not its own; or NULL
 * @features:	Agreed on
 * @explained:	The log knows why it ends
 */
struct guest {
	struct loop *loop;
	struct transport_peer peer;
	char who[TRANSPORT_TEXT_LEN];
	const struct notices *notices;
	unsigned int notice;
	struct device_list *devices;
	struct opener *opener;
	struct channel *channel;
	struct guest_out out;
	struct client *client;
	struct loop_timer *timeout;
	enum guest_state state;
	struct grant grant;
	struct slices *slices;
	uint64_t features;
	bool explained;
	void (*ended)(void *data, int error);
	void *data;
};

/** guest_set_state() - Go on; there is no way back, logged at debug */
void guest_set_state(struct guest *guest, enum guest_state state);

/**
 * guest_level() - Take down what there is to say, and ask how loud
 * @notice:	enum notice; why the connection ends, if it ends now
 * @level:	If it was not said before
 *
 * Return: for log_line()
 */
enum log_level guest_level(struct guest *guest, unsigned int notice,
			   enum log_level level);

/**
 * guest_end() - Send what the control list has and a GOAWAY, then close
 * @error:	Positive errno, 0: nothing is wrong
 *
 * Does nothing if it is ending already.
 */
void guest_end(struct guest *guest, int error, enum vms_goaway_reason reason);

/**
 * guest_lie() - The guest has broken the protocol
 * @what:	For the log
 *
 * Return: what ends a channel
 */
int guest_lie(struct guest *guest, const char *what);

#endif
