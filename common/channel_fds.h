/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors that come in with a stream.
 *
 * The kernel says with which bytes a descriptor came only roughly: with those of
 * one recvmsg(2).  A frame's comes with the first byte of its header, so its header
 * must begin among them, and a descriptor for which none does is unexpected.
 *
 * Whoever closes one waits for the server of its file (channel_fds.c).  Where that
 * must not be, somebody disposes of what is not accepted, and there is always room for
 * as many as can come: what has none is closed by the kernel before recvmsg(2)
 * returns.  Without anybody who does there is no room as long as none is accepted.
 */
#ifndef COMMON_CHANNEL_FDS_H
#define COMMON_CHANNEL_FDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/rights.h"

/*
 * One whose header is not complete, and one that came with the rest of it: a
 * recvmsg(2) ends behind the bytes that a descriptor came with.
 */
#define CHANNEL_FDS_MAX 2

/** struct channel_fds_one - One of them, and the bytes [@from, @to) it came with */
struct channel_fds_one {
	int fd;
	uint64_t from;
	uint64_t to;
};

/**
 * struct channel_fds - Those that wait for their header
 * @fits:	Which may come; NULL: none
 * @none:	The socket's kind has none, so nothing is asked about them
 * @dispose:	Takes what does not fit, and is given @owner; NULL: it is closed
 * @waiting:	@count of them, in order
 * @room:	What recvmsg(2) fills
 */
struct channel_fds {
	bool (*fits)(int fd);
	bool none;
	void (*dispose)(void *owner, int fd);
	void *owner;
	struct channel_fds_one waiting[CHANNEL_FDS_MAX];
	unsigned int count;
	struct rights_room room;
};

/** channel_fds_finish() - Close those that wait; fine if zeroed */
void channel_fds_finish(struct channel_fds *fds);

/** channel_fds_dispose() - Of one that does not fit */
void channel_fds_dispose(const struct channel_fds *fds, int fd);

/** channel_fds_prepare() - Before recvmsg(2): room, if there shall be any */
void channel_fds_prepare(struct channel_fds *fds, struct msghdr *msg);

/**
 * channel_fds_received() - After it: take what came with the bytes [@from, @to)
 *
 * Return: 0; -EPROTO if there was one that does not fit, or more than one; -EMFILE if
 * there was no room for it in this process
 */
int channel_fds_received(struct channel_fds *fds, const struct msghdr *msg,
			 uint64_t from, uint64_t to);

/**
 * channel_fds_header() - A header begins at byte @at
 * @wanted:	It says that a descriptor comes with it
 * @fd:		Gets it, the caller's to close; -1: none
 *
 * Return: 0; -EBADMSG if it has none although it says so; -EPROTO if one that came
 * before belongs to no header
 */
int channel_fds_header(struct channel_fds *fds, uint64_t at, bool wanted,
		       int *fd);

#endif
