/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The receiving half of a channel: bytes to frames.
 *
 * It is asked for the next thing that happened and calls nobody, so it never
 * finds itself destroyed below a call of its own.
 *
 * What comes next is not known before its header is there.  So a little is read
 * ahead, into a staging buffer: a burst of small frames costs one system call,
 * and so does a chunk of DATA with the header behind it.  How little decides how
 * much of DATA is copied, since all of a chunk that is not in staging is read
 * into the memory where it belongs.  The copy is a memcpy(): that memory must be
 * such that it cannot raise SIGBUS.
 */
#ifndef COMMON_CHANNEL_IN_H
#define COMMON_CHANNEL_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/channel_fds.h"
#include "common/protocol.h"

/**
 * enum channel_in_step - What happened
 * @CHANNEL_IN_MORE:	 Nothing, channel_in_read() is needed
 * @CHANNEL_IN_FRAME:	 A frame is complete: header, section, aux, aux_len,
 *			 until channel_in_next() is called again
 * @CHANNEL_IN_DATA:	 DATA follows: header; channel_in_place() must be called
 * @CHANNEL_IN_DATA_END: That memory is filled; not for DATA that is forgotten
 */
enum channel_in_step {
	CHANNEL_IN_MORE,
	CHANNEL_IN_FRAME,
	CHANNEL_IN_DATA,
	CHANNEL_IN_DATA_END,
};

/**
 * enum channel_in_part - What the next byte is part of
 * @CHANNEL_IN_HEADER:	Of a header, in staging
 * @CHANNEL_IN_BODY:	Of a body that fits into staging
 * @CHANNEL_IN_LARGE:	Of a body that has memory of its own
 * @CHANNEL_IN_IGNORED:	Of a body that nobody needs
 * @CHANNEL_IN_PAYLOAD:	Of DATA
 * @CHANNEL_IN_PADDING:	Of DATA's padding
 */
enum channel_in_part {
	CHANNEL_IN_HEADER,
	CHANNEL_IN_BODY,
	CHANNEL_IN_LARGE,
	CHANNEL_IN_IGNORED,
	CHANNEL_IN_PAYLOAD,
	CHANNEL_IN_PADDING,
};

/**
 * struct channel_in - The frame that is coming in
 * @header:	Of it, or of the one that is complete
 * @section:	See enum channel_in_step
 * @aux:	Also
 * @aux_len:	Also
 * @fd:		Descriptor of it, or -1; whoever takes it leaves -1
 * @completed:	Set whenever a frame is complete, for the caller to clear
 * @part:	Which part of it comes next
 * @staging:	Bytes that were read and not taken: [@start, @end)
 * @start:	See @staging
 * @end:	See @staging
 * @body:	Memory of a large body
 * @data:	What channel_in_place() was given
 * @direct:	Where in @body or @data the next @left bytes go; NULL: nowhere
 * @left:	Bytes of LARGE, IGNORED or PAYLOAD still to be taken
 * @fds:	Descriptors whose headers are not taken
 * @received:	Bytes read so far, in all
 */
struct channel_in {
	struct vms_header header;
	const uint8_t *section;
	const uint8_t *aux;
	size_t aux_len;
	int fd;
	bool completed;

	enum channel_in_part part;
	uint8_t *staging;
	size_t start;
	size_t end;
	uint8_t *body;
	uint8_t *data;
	uint8_t *direct;
	size_t left;
	struct channel_fds fds;
	uint64_t received;
};

/**
 * channel_in_init() - Before the first byte
 *
 * Return: 0 or -ENOMEM
 */
int channel_in_init(struct channel_in *in);
void channel_in_finish(struct channel_in *in);

/**
 * channel_in_next() - Take what was read
 * @max_ctrl:	As in wire_get_header()
 * @max_chunk:	Also
 *
 * Return: enum channel_in_step; -EPROTO; -ENOMEM.  After an error, never again
 */
int channel_in_next(struct channel_in *in, uint32_t max_ctrl,
		    uint32_t max_chunk);

/**
 * channel_in_place() - Say where the DATA goes that has been announced
 * @data:	header.slen bytes; NULL: forget it
 */
void channel_in_place(struct channel_in *in, void *data);

/**
 * channel_in_forget() - See channel_forget_data()
 */
void channel_in_forget(struct channel_in *in, const void *bytes, size_t len);

/**
 * channel_in_read() - Read once
 * @more:	Set if the socket may have more than was asked for; set always
 *
 * Only after CHANNEL_IN_MORE.
 *
 * Return: bytes, 0 at the end, -EAGAIN, -EPROTO for a descriptor that is not
 * accepted, another negative errno
 */
ssize_t channel_in_read(struct channel_in *in, int fd, bool *more);

/**
 * channel_in_partial() - Is a frame begun and not complete?
 */
bool channel_in_partial(const struct channel_in *in);

#endif
