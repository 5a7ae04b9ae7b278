/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole frames over a non-blocking stream socket.
 *
 * Two lists go out: control frames first, always, and bulk.  Bulk is what may
 * take long: runs of DATA frames of at most max_chunk bytes, sent straight from
 * the memory that the caller lends until done() is called, and the frames that
 * must not overtake them.  A frame that has begun is always finished.
 *
 * DATA comes in straight into the memory that the owner names for it.
 */
#ifndef COMMON_CHANNEL_H
#define COMMON_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/loop.h"
#include "common/wire.h"

struct channel;

/**
 * struct channel_frame - A frame that came in
 * @header:	Checked by wire_get_header()
 * @section:	header.slen bytes
 * @aux:	Aux block, NULL without VMS_FLAG_AUX
 * @aux_len:	Its bytes
 *
 * Valid only during the call.
 */
struct channel_frame {
	struct vms_header header;
	const uint8_t *section;
	const uint8_t *aux;
	size_t aux_len;
};

/**
 * struct channel_ops - What a channel tells its owner
 * @frame:	A whole frame that is not DATA.  A negative errno ends the
 *		channel: GOAWAY(PROTOCOL) is sent, then @closed
 * @data_begin:	Where the header->slen bytes of a DATA frame go; NULL: read and
 *		forget them.  The memory must stay until @data_end or
 *		channel_forget_data()
 * @data_end:	All bytes of it are there.  Negative errno as for @frame
 * @closed:	Last call, once, never from inside a channel_ function; @error
 *		is 0 if the peer just left, else a negative errno.  The owner
 *		calls channel_destroy() then or later
 * @drained:	Fewer than CHANNEL_LOW bytes wait to be sent, after
 *		channel_queued() was at CHANNEL_HIGH or more; may be NULL
 *
 * All but @drained are mandatory.
 */
struct channel_ops {
	int (*frame)(void *owner, const struct channel_frame *frame);
	void *(*data_begin)(void *owner, const struct vms_header *header);
	int (*data_end)(void *owner, const struct vms_header *header);
	void (*closed)(void *owner, int error);
	void (*drained)(void *owner);
};

#define CHANNEL_HIGH (1u << 20)
#define CHANNEL_LOW  (1u << 18)

/**
 * channel_create() - Speak over a connected socket
 * @fd:		Taken over, closed by channel_destroy(), on success only
 * @partial_ms:	A frame that is begun and not complete after this time ends the
 *		channel with -ETIMEDOUT; 0: no limit
 *
 * Limits are VMS_MAX_* until channel_set_limits().  A descriptor that arrives
 * over AF_UNIX ends the channel, until channel_accept_fds(); where the kernel has
 * SO_PASSRIGHTS it cannot even arrive.
 *
 * Return: 0 or a negative errno
 */
int channel_create(struct loop *loop, int fd, uint32_t partial_ms,
		   const struct channel_ops *ops, void *owner,
		   struct channel **out);

/**
 * channel_destroy() - Close the socket, or see channel_dispose(), call done() of what is
 * lent, free
 * @channel:	May be NULL
 *
 * What waits to be sent is lost; see channel_goaway().
 */
void channel_destroy(struct channel *channel);

/**
 * channel_set_limits() - What HELLO agreed on
 */
void channel_set_limits(struct channel *channel, uint32_t max_ctrl,
			uint32_t max_chunk);

/**
 * channel_without_fds() - The socket's kind brings no descriptors
 *
 * Before anything is received, and never over AF_UNIX.
 */
void channel_without_fds(struct channel *channel);

/**
 * channel_accept_fds() - From now on frames may bring a descriptor
 * @fits:	Whether it is one that may come, asked as soon as it has come; what is
 *		not ends the channel
 *
 * One with each frame that has VMS_FLAG_FD, and none with any other.  Only that of
 * a HELLO_ACK may have been lost on the way.
 */
void channel_accept_fds(struct channel *channel, bool (*fits)(int fd));

/**
 * channel_dispose() - Never close what the peer may have the server of
 * @dispose:	Takes over, to have them closed elsewhere: each descriptor that may
 *		not come, at once, before the channel ends; and in channel_destroy()
 *		the socket itself, shut down, in which some may be unread
 *
 * Over AF_UNIX, before anything is received.  One that may come is closed here: it
 * must be such that this waits for nobody.
 */
void channel_dispose(struct channel *channel,
		     void (*dispose)(void *owner, int fd), void *owner);

/**
 * channel_take_fd() - Take the descriptor of the frame that @frame is called for
 *
 * One that nobody takes is closed.
 *
 * Return: it, close-on-exec and the caller's; -1 if there is none (any more)
 */
int channel_take_fd(struct channel *channel);

/**
 * channel_send() - Queue a control frame
 * @header:	magic and len are filled in; slen and flags must be right
 * @body:	Everything behind the header, copied; padded by the channel
 *
 * Without an aux block, header->slen is set to @len.  With VMS_FLAG_AUX the
 * body has the section padded by the caller, then the aux block.
 *
 * Sends at once what the socket takes.  A closed channel swallows it.
 *
 * Return: 0 or -ENOMEM
 */
int channel_send(struct channel *channel, const struct vms_header *header,
		 const void *body, size_t len);

/**
 * channel_send_fd() - As channel_send(), with a descriptor
 * @header:	Has VMS_FLAG_FD
 * @fd:		Taken over, also on failure: closed when it is sent, or never will
 *		be
 *
 * If it cannot be sent because too many of our user are on their way (unix(7),
 * ETOOMANYREFS), the frame goes without it and without VMS_FLAG_FD.
 */
int channel_send_fd(struct channel *channel, const struct vms_header *header,
		    const void *body, size_t len, int fd);

/**
 * channel_send_behind() - Queue a frame that no bulk of @key may follow it
 * @key:	Identity only, never looked into
 *
 * If anything in the bulk list has this key, the frame goes behind the last of
 * it (and has the key too); otherwise it is an ordinary control frame.
 */
int channel_send_behind(struct channel *channel, const void *key,
			const struct vms_header *header, const void *body,
			size_t len);

/**
 * channel_send_data() - Queue memory as DATA frames
 * @key:	As in channel_send_behind()
 * @bytes:	Lent until @done is called; see below
 * @len:	At least 1
 * @addr:	Address of the first byte in the window, multiple of 8
 * @generation:	header.arg of each frame
 * @done:	Called once, when the last byte was sent or on
 *		channel_cancel() and channel_destroy(); may call channel_send*
 *
 * The last chunk has VMS_FLAG_LAST.
 *
 * Over vsock the kernel may read @bytes after @done, without a copy of its own, until
 * the peer has them: they must not be changed before the peer has answered what goes
 * behind them.  If they are all the same, because the peer lies or after
 * channel_cancel(), the peer gets some that are newer.  They may be unmapped.  So they
 * are in a mapping of their own, in which nothing is ever that this peer may not see:
 * not of malloc().
 *
 * Return: 0 or -ENOMEM (@done is not called)
 */
int channel_send_data(struct channel *channel, const void *key,
		      const void *bytes, size_t len, uint64_t addr,
		      uint32_t generation, void (*done)(void *data),
		      void *data);

/**
 * channel_cancel() - Drop all bulk of @key that has not begun
 *
 * Frames that wait behind it are dropped too.  The rest of a chunk that has
 * begun is copied, so the memory is the caller's again when this returns; every
 * done() has been called then.  What is sent may be read later, see
 * channel_send_data(): whoever receives it must know from its generation, or from a
 * frame behind it, that it is void.
 */
void channel_cancel(struct channel *channel, const void *key);

/**
 * channel_forget_data() - Memory is going away
 *
 * A DATA frame that is being received into [@bytes, @bytes + @len) is read and
 * forgotten from here on; data_end is not called for it.
 */
void channel_forget_data(struct channel *channel, const void *bytes,
			 size_t len);

/**
 * channel_pause() - Stop or go on reading
 *
 * Frames that are read already are kept, too.
 */
void channel_pause(struct channel *channel, bool pause);

/**
 * channel_waiting() - Frames, and runs of lent memory, that wait to be sent or given back
 */
size_t channel_waiting(const struct channel *channel);

/**
 * channel_queued() - Bytes that wait to be sent, lent ones included
 */
size_t channel_queued(const struct channel *channel);

/** channel_control_waits() - Do frames wait that overtake all DATA? */
bool channel_control_waits(const struct channel *channel);

/**
 * channel_goaway() - Say why and end
 * @error:	Positive errno for the peer
 *
 * Drops bulk, sends what control frames and the GOAWAY the socket takes within
 * 1 s, then closed(-@error).  Nothing is received any more.
 */
void channel_goaway(struct channel *channel, int error,
		    enum vms_goaway_reason reason);

#endif
