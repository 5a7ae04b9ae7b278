/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory behind a queue's buffers: a mapping for each plane, which the host,
 * the memory helper and, of an attached file, the shim know of.
 */
#ifndef GUESTD_PLANES_H
#define GUESTD_PLANES_H

#include "guestd/session_state.h"

/**
 * planes_make() - The host has mapped a plane at [@addr, @addr + @len)
 *
 * Where that fails the host is told to unmap it, or planes_forget() will.
 *
 * Return: 0; -EPROTO if no honest host says that; or a negative errno
 */
int planes_make(struct guest_session *session, struct queue *queue,
		unsigned int index, unsigned int plane_index, uint64_t addr,
		uint64_t len);

/**
 * planes_fetch() - The host has finished a buffer
 *
 * Contents that are in memory of both come to where programs see them.
 */
void planes_fetch(const struct queue *queue, const struct queue_buffer *buffer);

/** planes_forget() - The queue's buffers are gone: unmap and forget their memory */
void planes_forget(struct guest_session *session, struct queue *queue);

/** planes_forget_buffer() - One buffer is gone */
void planes_forget_buffer(struct guest_session *session, struct queue *queue,
			  unsigned int index);

#endif
