/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The start of a connection: connect, HELLO, and its answer.
 */
#ifndef GUESTD_HOSTLINK_START_H
#define GUESTD_HOSTLINK_START_H

#include "common/channel.h"
#include "guestd/hostlink.h"

#define HOSTLINK_ANSWER_NS (10000 * LOOP_MS) /* to connect and answer HELLO */

/**
 * struct hostlink_start - A connect that is under way
 * @connected:	@fd is connected, and the owner's; last call
 * @failed:	@error is a negative errno; last call
 */
struct hostlink_start {
	struct loop *loop;
	const struct hostlink_config *config;
	void (*connected)(void *owner, int fd);
	void (*failed)(void *owner, int error);
	void *owner;
	struct loop_watch *watch;
	int fd;
	int error;
};

/**
 * hostlink_start_connect() - Begin to connect; the end comes by callback only
 * @start:	Zeroed but for @loop, @config, @connected, @failed, @owner
 * @fd:		Connected already; -1: connect to config->address
 *
 * Return: 0, or -ENOMEM: there is no callback, and @fd is still the caller's
 */
int hostlink_start_connect(struct hostlink_start *start, int fd);

/** hostlink_start_stop() - Forget it; harmless when it is over */
void hostlink_start_stop(struct hostlink_start *start);

/** hostlink_start_drop() - End a connection of which nothing was read */
void hostlink_start_drop(const struct hostlink_config *config, int fd);

/** hostlink_start_features() - What can be offered over this socket */
uint64_t hostlink_start_features(int fd, const struct hostlink_config *config);

/**
 * hostlink_start_hello() - Send HELLO
 * @features:	That are offered
 *
 * Return: 0 or -ENOMEM
 */
int hostlink_start_hello(struct channel *channel,
			 const struct hostlink_config *config,
			 uint64_t features);

/**
 * hostlink_start_answer() - Take the frame that answers HELLO
 * @offered:	The features of HELLO
 * @ack:	Set on success
 * @why:	Set on failure, HOSTLINK_WHY_LEN bytes, see hostlink_why.h
 *
 * A listing that was asked for goes to config->listing.
 *
 * Return: 0; 1 if it was a listing and all is said; or a negative errno: -EPROTO
 * if it cannot be hostd's, -EAGAIN if hostd ends or was too slow and may soon be
 * there, anything else if it has said no
 */
int hostlink_start_answer(const struct hostlink_config *config,
			  uint64_t offered, const struct channel_frame *frame,
			  void *owner, struct vms_hello_ack *ack, char *why);

#endif
