/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REQBUFS and CREATE_BUFS: how many buffers a guest may have made, and what it then
 * has.
 */
#ifndef HOSTD_SESSION_MAKING_H
#define HOSTD_SESSION_MAKING_H

#include "hostd/session_state.h"

/**
 * host_session_make_begin() - Before the device makes them; on the loop
 *
 * A guest that may not have as many as it wants gets less.
 *
 * Return: 0, or -ENOMEM; then the device has not been asked, and the queue has no
 * buffers that it had to give up
 */
int host_session_make_begin(struct host_session *session,
			    struct host_command *command);

/**
 * host_session_make_end() - The device has made them; on the loop
 *
 * Drivers know best how many they need and how long they are.  If it is more than
 * the guest may have they are given back, and the command has failed (-ENOMEM).
 */
void host_session_make_end(struct host_session *session,
			   struct host_command *command);

/**
 * host_session_query() - QUERYBUF of a buffer
 * @buffer, @planes: Set to what it says; VIDEO_MAX_PLANES planes
 *
 * Return: 0 or a negative errno
 */
int host_session_query(struct host_session *session, uint32_t type,
		       unsigned int index, struct v4l2_buffer *buffer,
		       struct v4l2_plane *planes);

#endif
