/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guestd's end of the wire: HELLO, tags, answers to their calls, events and
 * contents to whoever they are for.
 *
 * The host is hostile: an answer without a call, a malformed frame or event ends
 * the connection; a lie about one session's call is HOSTLINK_LIE for that call.
 */
#ifndef GUESTD_HOSTLINK_H
#define GUESTD_HOSTLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log_rate.h"
#include "common/loop.h"
#include "common/payload.h"
#include "common/plane_object.h"
#include "common/transport.h"
#include "common/wire.h"
#include "guestd/clock.h"

struct hostlink;
struct plane_set;
struct shmem;

/*
 * A call ends with this if the host lies.  No errno, because the host's device
 * may say any of them, EPROTO too (USB).
 */
#define HOSTLINK_LIE (-4096)

/**
 * struct hostlink_call - One command on its way to the host and back
 * @done:	Called once: 0, or a negative errno: the host's status, -ENODEV if
 *		the connection is lost; or HOSTLINK_LIE.  Never called from
 *		inside hostlink_*() that starts it
 * @payload:	IOCTL: argument in and out; must stay until done()
 * @nonblock:	IOCTL: the program's file is O_NONBLOCK, where that matters
 * @filled:	IOCTL: the answer carried the argument
 * @wrong:	HOSTLINK_LIE: what is impossible, if anybody can say
 * @session_id:	OPEN: the new session
 * @addr, @len:	MMAP: where and how much
 * @planes:	IOCTL: memory that goes with it, if hostlink_imports(): given away
 *		one by one when it is sent; NULL: none
 * @io:		IO: what is asked
 * @written:	IO, WRITE: the bytes, until done()
 * @bytes:	IO, READ: what was read, in done() only
 * @count:	IO: bytes read or written, or events that are there
 *
 * Embedded in what waits for it; zeroed before first use; the rest is private.
 */
struct hostlink_call {
	void (*done)(struct hostlink_call *call, int error);
	struct payload *payload;
	bool nonblock;
	bool filled;
	const char *wrong;
	uint32_t session_id;
	uint64_t addr;
	uint64_t len;
	struct plane_set *planes;
	struct vms_io io;
	const void *written;
	const void *bytes;
	uint32_t count;

	struct hostlink *link; /* NULL: not under way */
	struct hostlink_call *next;
	uint32_t cmd;
	uint32_t tag; /* 0: not sent */
	bool cancelled;
	uint32_t offset;
	const void *key;
};

/**
 * struct hostlink_ops - What the link tells
 * @ready:	HELLO was answered: calls can be made
 * @refused:	The connection did not come to be: @why is one line that says
 *		what failed and what to do; @error a negative errno.  @answered:
 *		somebody was reached and it is no use to ask again at once;
 *		-EPROTO then means that it is not hostd.  Last call
 * @lost:	An established connection is over; all calls have ended with
 *		-ENODEV.  Last call.  @error 0: the host left
 * @buffer:	A buffer is finished; its time is the host's, as is that of
 * @event:	A V4L2 event; see hostlink_stamp()
 * @session_error: EVT_ERROR
 * @queue_error: VMS_EVT_QUEUE_ERROR; @type as the host says, @error is -EPIPE
 *		if it has not failed but ended
 * @io_ready:	VMS_EVT_IO_READY
 * @data:	Where contents for this address go; NULL: nowhere.  May call
 *		hostlink_lied()
 * @wrong:	An ioctl is answered: what is impossible about its argument, in a
 *		few words, or NULL; then it may have been mended.  @asked is what
 *		was sent
 *
 * All are mandatory.
 */
struct hostlink_ops {
	void (*ready)(void *owner, const struct vms_hello_ack *ack);
	void (*refused)(void *owner, int error, bool answered, const char *why);
	void (*lost)(void *owner, int error);
	void (*buffer)(void *owner, uint32_t session_id,
		       const struct v4l2_buffer *buffer,
		       const struct v4l2_plane *planes);
	void (*event)(void *owner, uint32_t session_id,
		      const struct v4l2_event *event);
	void (*session_error)(void *owner, uint32_t session_id, int error);
	void (*queue_error)(void *owner, uint32_t session_id, uint32_t type,
			    int error);
	void (*io_ready)(void *owner, uint32_t session_id);
	void *(*data)(void *owner, uint64_t addr, size_t len,
		      uint32_t generation);
	const char *(*wrong)(void *owner, const union payload_arg *asked,
			     struct payload *payload);
};

/**
 * struct hostlink_config - Where to, and what for
 * @address:	Of hostd
 * @device:	Name of the device there; empty: the first
 * @import:	The memory helper can fetch what programs' descriptors stand for
 * @list:	Only ask what there is: ready() is not called, the listing comes
 *		with listing()
 * @clock_domain: Of this machine, as common/clockdomain.h
 * @no_fds:	Descriptors do not get through
 * @shmem:	Memory that the host may have, too; not copied; NULL: there is none
 * @dispose:	Takes over, over a unix socket, what the host has sent and the socket
 *		itself, and is given @disposer, see channel_dispose(); NULL: they are
 *		closed
 * @logged:	How often what a host does to the connection was logged, that of all
 *		connections; NULL: nobody counts
 */
struct hostlink_config {
	struct transport_address address;
	char device[VMS_NAME_LEN];
	uint64_t clock_domain;
	bool import;
	bool no_fds;
	const struct shmem *shmem;
	bool list;
	void (*dispose)(void *disposer, int fd);
	void *disposer;
	struct log_rate *logged;
	void (*listing)(void *owner, const struct vms_list_entry *entries,
			unsigned int count);
};

/**
 * hostlink_create() - Begin to connect
 * @fd:		Connected already, taken over on success; -1: connect to
 *		@config's address
 * @config:	Must stay as long as the link
 *
 * Everything else, failure to connect too, comes by callback.
 *
 * Return: 0 or -ENOMEM
 */
int hostlink_create(struct loop *loop, int fd,
		    const struct hostlink_config *config,
		    const struct hostlink_ops *ops, void *owner,
		    struct hostlink **out);

/**
 * hostlink_destroy() - End the connection
 * @link:	May be NULL
 *
 * Calls under way are forgotten without done().
 */
void hostlink_destroy(struct hostlink *link);

/** hostlink_open() - CMD_OPEN */
void hostlink_open(struct hostlink *link, struct hostlink_call *call);

/** hostlink_close() - CMD_CLOSE */
void hostlink_close(struct hostlink *link, struct hostlink_call *call,
		    uint32_t session_id, const void *key);

/**
 * hostlink_ioctl() - CMD_IOCTL
 * @key:	The session's: REQs of one session never overtake contents that
 *		were sent before, see channel_send_behind()
 */
void hostlink_ioctl(struct hostlink *link, struct hostlink_call *call,
		    uint32_t session_id, struct payload *payload,
		    const void *key);

/**
 * hostlink_unlearn() - What the host has said of these classes is not so any more
 * @classes:	Bits of enum vms_memo_class
 *
 * Of what is known before the host says so.
 */
void hostlink_unlearn(struct hostlink *link, uint32_t classes);

/**
 * hostlink_recall() - CMD_IOCTL, if the host has answered it already
 * @call:	Not under way
 * @error:	Set to what done() would be given, which is not called
 *
 * Return: whether it is answered; else nothing has happened
 */
bool hostlink_recall(struct hostlink *link, struct hostlink_call *call,
		     struct payload *payload, int *error);

/**
 * hostlink_has_room() - May somebody send a call that nobody waits for?
 *
 * Such calls leave half of the usable window (one less than the host's, for a CANCEL) to
 * the others: with 64, which hostd has, 31 may be under way.  guestd/pipeline.h goes by
 * that, and so does setup_ask_ahead(): behind the REQBUFS it asks about 30 buffers, though
 * SETUP_BATCH would be 32, hence the 30 in guestd(8).
 */
bool hostlink_has_room(const struct hostlink *link);

/** hostlink_mmap() - CMD_MMAP of a plane, by the host's offset */
void hostlink_mmap(struct hostlink *link, struct hostlink_call *call,
		   uint32_t session_id, uint32_t offset, const void *key);

/**
 * hostlink_take_object() - Memory of the plane, in done() of hostlink_mmap()
 *
 * Return: a descriptor that is not checked yet, the caller's; -1 with a kind: the
 * host could not pass it; and with kind 0: contents travel.  VMS_OBJ_SHMEM has none,
 * but @bytes in config->shmem, as many as MMAP says
 */
struct plane_object hostlink_take_object(struct hostlink *link);

/** hostlink_imports() - Does the host take memory of programs? */
bool hostlink_imports(const struct hostlink *link);

/**
 * hostlink_lied() - What the host said is impossible: the connection ends
 * @what:	For the log
 */
void hostlink_lied(struct hostlink *link, const char *what);

/** hostlink_munmap() - CMD_MUNMAP; nobody waits for the answer */
void hostlink_munmap(struct hostlink *link, uint64_t addr, const void *key);

/**
 * hostlink_io() - read(), write() or poll() of the host's file, which does not
 * wait
 * @call:	@io is set, of a READ or WRITE with a length of at most
 *		hostlink_io_max(), and for a WRITE @written
 */
void hostlink_io(struct hostlink *link, struct hostlink_call *call,
		 const void *key);

/** hostlink_io_max() - Bytes that one IO, or its answer, can have */
uint32_t hostlink_io_max(const struct hostlink *link);

/**
 * hostlink_contents() - Send contents of an output buffer
 * @bytes:	Lent until @done
 *
 * Return: 0; -ENODEV, -ENOMEM; -ENOBUFS if so much waits that the connection ends
 */
int hostlink_contents(struct hostlink *link, const void *key, const void *bytes,
		      size_t len, uint64_t addr, uint32_t generation,
		      void (*done)(void *data), void *data);

/**
 * hostlink_abandon() - Memory goes that is still lent
 *
 * Too much of it ends the connection, later.
 */
void hostlink_abandon(struct hostlink *link);

/** hostlink_forget() - Memory that contents may be coming into goes away */
void hostlink_forget(struct hostlink *link, const void *bytes, size_t len);

/**
 * hostlink_stamp() - A time of the host's for an application
 * @stream:	Of the times among which it must not go backwards
 * @step:	Their resolution, nanoseconds
 * @ns:		Host's CLOCK_MONOTONIC in, the guest's out
 */
void hostlink_stamp(struct hostlink *link, struct clock_stream *stream,
		    uint64_t step, uint64_t *ns);

/** hostlink_under_way() - Will done() of this call still come? */
static inline bool hostlink_under_way(const struct hostlink_call *call)
{
	return call->link;
}

/** hostlink_sent() - Has this call left guestd? */
static inline bool hostlink_sent(const struct hostlink_call *call)
{
	return call->link && call->tag;
}

/**
 * hostlink_cancel() - Tell the host that nobody wants to wait; done() comes
 *
 * Said once, however often this is called, and right behind the call if that has
 * not been sent yet.
 */
void hostlink_cancel(struct hostlink_call *call);

/**
 * hostlink_orphan() - Nobody waits for this call any more
 *
 * done() is not called; an answer that comes later is dropped, a session that
 * is opened later is closed.  If it has not been sent it never will be.
 */
void hostlink_orphan(struct hostlink_call *call);

#endif
