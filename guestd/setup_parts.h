/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the making of buffers: setup.c begins and ends conversations,
 * setup_ask.c holds them.
 */
#ifndef GUESTD_SETUP_PARTS_H
#define GUESTD_SETUP_PARTS_H

#include "guestd/setup.h"

#define SETUP_BATCH 32

/* One QUERYBUF or MMAP under way. */
struct setup_part {
	struct hostlink_call call; /* first: call -> part */
	struct setup *setup;
	struct payload payload;
	unsigned int index;
	unsigned int plane;
};

/** struct setup - The making of buffers for one REQBUFS or CREATE_BUFS */
struct setup {
	struct guest_session *session;
	struct queue *queue;
	struct hostlink_call call; /* REQBUFS */
	struct payload payload;
	unsigned int first;
	unsigned int count;
	bool shaped;               /* somebody has to know what is in them */
	struct v4l2_format wanted; /* CREATE_BUFS; no type: REQBUFS */
	bool adding;               /* there were buffers before */
	bool made;                 /* REQBUFS or CREATE_BUFS was answered */
	bool mapping;              /* QUERYBUFs are done */
	unsigned int next_index;   /* to be asked */
	unsigned int next_plane;
	unsigned int under_way;
	int error;
	struct memory_job job; /* the helper hears of the planes */
	void (*done)(void *data, int error);
	void *data;
	struct setup_part parts[SETUP_BATCH];
};

/** setup_end() - It is over: frees it, then tells who waits for it */
void setup_end(struct setup *setup, int error);

/** setup_of() - Whose REQBUFS this is */
struct setup *setup_of(struct hostlink_call *call);

/** setup_drop_parts() - Nobody waits for what is said of buffers from @index on */
void setup_drop_parts(struct setup *setup, unsigned int index);

/** setup_made() - REQBUFS or CREATE_BUFS has made [@first, @first + @count) */
void setup_made(struct setup *setup, unsigned int first, unsigned int count);

/**
 * setup_ask_ahead() - REQBUFS for @count buffers has been sent
 *
 * What it waits for, these wait for, too.
 */
void setup_ask_ahead(struct setup *setup, unsigned int count);

#endif
