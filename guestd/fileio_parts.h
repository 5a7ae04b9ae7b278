/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside file I/O: fileio_start.c makes its buffers and its stream, and undoes
 * that; fileio.c moves bytes.
 */
#ifndef GUESTD_FILEIO_PARTS_H
#define GUESTD_FILEIO_PARTS_H

#include "guestd/fileio.h"

/*
 *	IDLE -> STARTING -> RUNNING -> FAILED
 *		STARTING -> ENDING -> FAILED -> IDLE or STARTING
 *
 * FAILED with buffers lasts until close(); without, the next call starts anew.
 */
enum fileio_state {
	FILEIO_IDLE,
	FILEIO_STARTING, /* everybody waits */
	FILEIO_ENDING,   /* it could not start: everybody waits for the error */
	FILEIO_RUNNING,
	FILEIO_FAILED,
	FILEIO_STATE_COUNT,
};

/* A call to the host that nobody waits for by name. */
struct fileio_call {
	struct hostlink_call call; /* first: call -> fileio_call */
	struct guest_session *session;
	struct payload payload;
	struct queue_buffer *buffer;
	struct fileio_call *next;
};

/**
 * struct fileio - read() and write() of one file
 * @queue:	Whose buffers it has, or tries to get
 * @output:	It is for write()
 * @nth:	@queue has the node's type number @nth, see profile_io_type()
 * @error:	What it failed with
 * @logged:	A bit for each errno that was logged: a program may try for ever
 * @fresh:	Output: buffers from here on were never used
 * @buffer:	Held
 * @pos:	In it
 * @size:	Of its contents, or room
 * @waiting:	Those who wait for the start, or for a buffer
 * @calls:	Under way
 */
struct fileio {
	struct guest_session *session;
	struct queue *queue;
	bool output;
	unsigned int nth;
	enum fileio_state state;
	int error;
	uint64_t logged[VMS_ERRNO_MAX / 64 + 1];
	unsigned int fresh;
	struct queue_buffer *buffer;
	size_t pos;
	size_t size;
	struct session_list waiting;
	struct fileio_call *calls;
};

/** fileio_set_state() - The only place that changes it */
void fileio_set_state(struct fileio *fileio, enum fileio_state state);

/**
 * fileio_begin() - Start, if it has not been
 *
 * Return: 0 if @session's file I/O is there or on its way, or a negative errno
 */
int fileio_begin(struct guest_session *session, bool output);

/**
 * fileio_give_back() - QBUF
 * @used:	Output: bytes in it
 *
 * Nobody waits for the answer: if it is bad, the next call hears of it.
 *
 * Return: 0 or -ENOMEM, -ENODEV
 */
int fileio_give_back(struct fileio *fileio, struct queue_buffer *buffer,
		     size_t used);

/** fileio_error() - It has failed; @fileio may be gone after that */
void fileio_error(struct fileio *fileio, int error);

/** fileio_end_call() - Forget a call, answered or not */
void fileio_end_call(struct fileio *fileio, struct fileio_call *ended);

/** fileio_serve() - Who waits gets what there is */
void fileio_serve(struct fileio *fileio);

#endif
