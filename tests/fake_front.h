/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A front for tests, in place of CUSE: the application is this process.
 *
 * A call is begun, goes its way through guestd while the loop runs, and is
 * answered exactly once; then its request is gone, as with the real front.
 */
#ifndef TESTS_FAKE_FRONT_H
#define TESTS_FAKE_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/loop.h"
#include "guestd/request.h"
#include "guestd/session.h"

#define FRONT_RESTART (-512) /* result of an ioctl that the kernel restarts */
#define FRONT_NOTHING 1      /* result of a call that is not answered */

/** enum front_memory - How an application's memory is copied */
enum front_memory {
	FRONT_NOW,   /* as in unrestricted mode */
	FRONT_LATER, /* from the loop */
	FRONT_NEVER, /* behind a page that does not come */
};

/**
 * struct front - All of it
 * @run:	In place of a round of @loop; NULL: that
 * @memory:	How it copies
 * @compat:	Files are opened by a 32-bit program from now on
 * @fault:	This address cannot be touched; 0: none
 * @withdrawn:	Copies that were given up
 * @stored:	Extents that were written back
 */
struct front {
	struct loop *loop;
	struct guest_device *device;
	enum profile_choice choice;
	void (*run)(void);
	enum front_memory memory;
	bool compat;
	uint64_t fault;
	unsigned int withdrawn;
	unsigned int stored;
	uint64_t files;
};

/**
 * struct front_file - One open file
 * @session:	NULL: not open
 * @compat:	A 32-bit program has it open: what it passes in is laid out as
 *		there, and lies where front_low() has put it
 * @wakes:	How often poll() was said to have changed
 */
struct front_file {
	struct front *front;
	struct guest_session *session;
	bool compat;
	uint64_t cookie;
	unsigned int wakes;
};

struct front_request;

/** enum front_reply - Which of the reply_*() it was */
enum front_reply {
	FRONT_REPLY_NONE,
	FRONT_REPLY_OPEN,
	FRONT_REPLY_ERROR,
	FRONT_REPLY_IOCTL,
	FRONT_REPLY_BYTES,
	FRONT_REPLY_COUNT,
	FRONT_REPLY_POLL,
	FRONT_REPLY_RESTART,
	FRONT_REPLY_DONE,
};

/**
 * struct front_call - One call, the test's
 * @request:	NULL: it was answered
 * @arg:	ioctl: the application's argument, written back to
 * @bytes:	read(): where they go, @len bytes
 * @reply:	How it was answered
 * @result:	A negative errno; 0; bytes read or written; FRONT_RESTART; EPOLL*
 * @argument_len: Bytes of the argument that came back
 */
struct front_call {
	struct front_file *file;
	struct front_request *request;
	void *arg;
	void *bytes;
	size_t len;
	enum front_reply reply;
	ssize_t result;
	size_t argument_len;
};

/**
 * front_low() - A copy of these bytes where a 32-bit program can have them
 *
 * It stays until the end; 1 MiB in all.
 */
void *front_low(const void *bytes, size_t len);

/** front_run() - One round of the loop, a millisecond at most */
void front_run(struct front *front);

/** front_wait() - Run until the call is answered; its result */
ssize_t front_wait(struct front *front, struct front_call *call);

/** front_done() - Is it answered? */
static inline bool front_done(const struct front_call *call)
{
	return !call->request;
}

/** front_interrupt() - A signal comes for the caller; harmless when answered */
void front_interrupt(struct front_call *call);

/** front_give_up() - The front cannot keep a write() that waits */
void front_give_up(struct front_call *call, int error);

/** front_state() - Who holds the call that is not answered */
enum request_state front_state(const struct front_call *call);

/* Begin a call.  @call need not be initialised, and stays until it is answered. */
void front_begin_open(struct front *front, struct front_call *call,
		      struct front_file *file, int flags);
void front_begin_close(struct front_call *call, struct front_file *file);
void front_begin_ioctl(struct front_call *call, struct front_file *file,
		       uint32_t cmd, void *arg);
void front_begin_read(struct front_call *call, struct front_file *file,
		      void *bytes, size_t len, int flags);
void front_begin_write(struct front_call *call, struct front_file *file,
		       const void *bytes, size_t len, int flags);

/** front_begin_poll() - A poll() that asks the host: session_poll_asks() */
void front_begin_poll(struct front_call *call, struct front_file *file,
		      uint32_t events);

/** front_begin_piece() - A piece of a read() that CUSE has split, at @offset */
void front_begin_piece(struct front_call *call, struct front_file *file,
		       void *bytes, size_t len, uint64_t offset);

/* Whole calls.  Return: as the system call, but errors are a negative errno */
int front_open(struct front *front, struct front_file *file, int flags);
int front_close(struct front_file *file);
int front_ioctl(struct front_file *file, uint32_t cmd, void *arg);
ssize_t front_read(struct front_file *file, void *bytes, size_t len, int flags);
ssize_t front_write(struct front_file *file, const void *bytes, size_t len,
		    int flags);
uint32_t front_poll(struct front_file *file, uint32_t events);

#endif
