// SPDX-License-Identifier: BSD-3-Clause
/*
 * A front for tests.
 */
#include "tests/fake_front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guestd/compat32.h"

#define FRONT_WAIT_S 20 /* sanitizers on a busy machine */

/* Nothing else is there: programs and libraries lie higher. */
#define FRONT_LOW_ADDR 0x20000000ul
#define FRONT_LOW_LEN  (1ul << 20)

/** struct front_request - A request and its way back; request is first */
struct front_request {
	struct request request;
	struct front *front;
	struct front_call *call;
	void *copy; /* of what is written, or the argument */
	const struct payload_extent *extents;
	unsigned int count;
	bool storing;
	void (*done)(struct request *request, int result);
};

static void copy_later(void *data);

/* ---- replies --------------------------------------------------------- */

static struct front_call *answered(struct request *request,
				   enum front_reply reply, ssize_t result)
{
	struct front_request *asked = (struct front_request *)request;
	struct front_call *call = asked->call;

	assert_int_equal(call->reply, FRONT_REPLY_NONE);
	call->reply = reply;
	call->result = result;
	call->request = NULL;
	return call;
}

/* What comes after this touches memory that is freed, and is found out. */
static void request_free(struct request *request)
{
	struct front_request *asked = (struct front_request *)request;

	loop_undefer(asked->front->loop, copy_later, asked);
	request_finish(request);
	compat32_finish(request);
	free(asked->copy);
	free(asked);
}

static void reply_open(struct request *request, struct guest_session *session)
{
	struct front_call *call = answered(request, FRONT_REPLY_OPEN, 0);

	assert_int_equal(request->kind, REQUEST_OPEN);
	call->file->session = session;
	request_free(request);
}

static void reply_error(struct request *request, int error)
{
	assert_true(error < 0 && error >= -4095 && error != FRONT_RESTART);
	answered(request, FRONT_REPLY_ERROR, error);
	request_free(request);
}

static void reply_ioctl(struct request *request, int result, const void *arg,
			size_t len)
{
	struct front_call *call = answered(request, FRONT_REPLY_IOCTL, result);

	assert_int_equal(request->kind, REQUEST_IOCTL);
	assert_true(result <= 0);
	call->argument_len = arg ? len : 0;
	if (arg && len)
		memcpy(call->arg, arg, len);
	request_free(request);
}

static void reply_bytes(struct request *request, const void *bytes, size_t len)
{
	struct front_call *call =
		answered(request, FRONT_REPLY_BYTES, (ssize_t)len);

	assert_int_equal(request->kind, REQUEST_READ);
	assert_true(len <= call->len);
	if (len)
		memcpy(call->bytes, bytes, len);
	request_free(request);
}

static void reply_count(struct request *request, size_t count)
{
	const struct front_call *call =
		answered(request, FRONT_REPLY_COUNT, (ssize_t)count);

	assert_true(count <= call->len);
	request_free(request);
}

static void reply_poll(struct request *request, uint32_t ready)
{
	answered(request, FRONT_REPLY_POLL, ready);
	assert_int_equal(request->kind, REQUEST_POLL);
	request_free(request);
}

static void reply_restart(struct request *request)
{
	answered(request, FRONT_REPLY_RESTART, FRONT_RESTART);
	assert_int_equal(request->kind, REQUEST_IOCTL);
	request_free(request);
}

static void reply_done(struct request *request)
{
	answered(request, FRONT_REPLY_DONE, 0);
	assert_int_equal(request->kind, REQUEST_RELEASE);
	request_free(request);
}

/* ---- the application's memory ---------------------------------------- */

void *front_low(const void *bytes, size_t len)
{
	static size_t used;
	uint8_t *low = (void *)FRONT_LOW_ADDR;

	if (!used)
		assert_ptr_equal(
			mmap(low, FRONT_LOW_LEN, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			     -1, 0),
			low);
	assert_true(len <= FRONT_LOW_LEN - used);
	low += used;
	used += (len + 15) / 16 * 16;
	memcpy(low, bytes, len);
	return low;
}

static int copy_extents(struct front_request *asked)
{
	struct front *front = asked->front;
	unsigned int i;

	for (i = 0; i < asked->count; i++) {
		const struct payload_extent *extent = &asked->extents[i];
		void *there = (void *)(uintptr_t)extent->addr;

		if (!extent->addr ||
		    (front->fault >= extent->addr &&
		     front->fault < extent->addr + extent->len))
			return -EFAULT;
		if (asked->storing)
			memcpy(there, extent->bytes, extent->len);
		else
			memcpy(extent->bytes, there, extent->len);
		front->stored += asked->storing;
	}
	return 0;
}

static void copy_later(void *data)
{
	struct front_request *asked = data;

	asked->done(&asked->request, copy_extents(asked));
}

static int copy_begin(struct request *request, bool storing,
		      const struct payload_extent *extents, unsigned int count,
		      void (*done)(struct request *request, int result))
{
	struct front_request *asked = (struct front_request *)request;

	assert_true(count > 0);
	asked->storing = storing;
	asked->extents = extents;
	asked->count = count;
	asked->done = done;
	switch (asked->front->memory) {
	case FRONT_NOW:
		return copy_extents(asked) ? -EFAULT : 1;
	case FRONT_LATER:
		assert_int_equal(
			loop_defer(asked->front->loop, copy_later, asked), 0);
		break;
	case FRONT_NEVER:
		break;
	}
	return 0;
}

static int fetch(struct request *request, const struct payload_extent *extents,
		 unsigned int count,
		 void (*done)(struct request *request, int result))
{
	return copy_begin(request, false, extents, count, done);
}

static int store(struct request *request, const struct payload_extent *extents,
		 unsigned int count,
		 void (*done)(struct request *request, int result))
{
	return copy_begin(request, true, extents, count, done);
}

static void withdraw(struct request *request)
{
	struct front_request *asked = (struct front_request *)request;

	if (memory_pending(&request->job))
		memory_withdraw(&request->job);
	loop_undefer(asked->front->loop, copy_later, asked);
	asked->front->withdrawn++;
}

static void wake(void *data)
{
	struct front_file *file = data;

	file->wakes++;
}

static const struct request_ops front_ops = {
	.reply_open = reply_open,
	.reply_error = reply_error,
	.reply_ioctl = reply_ioctl,
	.reply_bytes = reply_bytes,
	.reply_count = reply_count,
	.reply_poll = reply_poll,
	.reply_restart = reply_restart,
	.reply_done = reply_done,
	.fetch = fetch,
	.store = store,
	.withdraw = withdraw,
	.wake = wake,
};

/* ---- calls ------------------------------------------------------------ */

static struct request *begin(struct front_call *call, struct front_file *file,
			     enum request_kind kind)
{
	struct front_request *asked = calloc(1, sizeof(*asked));

	assert_non_null(asked);
	memset(call, 0, sizeof(*call));
	call->file = file;
	call->request = asked;
	call->result = FRONT_NOTHING;
	asked->front = file->front;
	asked->call = call;
	asked->request.ops = &front_ops;
	asked->request.kind = kind;
	asked->request.caller.tid = gettid();
	asked->request.caller.uid = getuid();
	asked->request.caller.file = file->cookie;
	return &asked->request;
}

void front_begin_open(struct front *front, struct front_call *call,
		      struct front_file *file, int flags)
{
	struct request *request;

	memset(file, 0, sizeof(*file));
	file->compat = front->compat;
	file->front = front;
	file->cookie = ++front->files;
	request = begin(call, file, REQUEST_OPEN);
	request->flags = flags;
	session_open(front->device, request, front->choice, file);
}

void front_begin_close(struct front_call *call, struct front_file *file)
{
	struct request *request = begin(call, file, REQUEST_RELEASE);
	struct guest_session *session = file->session;

	file->session = NULL;
	session_release(session, request);
}

void front_begin_ioctl(struct front_call *call, struct front_file *file,
		       uint32_t cmd, void *arg)
{
	struct request *request = begin(call, file, REQUEST_IOCTL);
	size_t len = _IOC_SIZE(cmd);
	void *copy = NULL;

	call->arg = arg;
	request->caller.cmd = cmd;
	/* A copy of its exact size, and gone when the call is answered. */
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && len) {
		copy = malloc(len);
		assert_non_null(copy);
		memcpy(copy, arg, len);
		call->request->copy = copy;
	}
	if (file->compat)
		compat32_ioctl(file->session, request, copy);
	else
		session_ioctl(file->session, request, cmd, copy);
}

static void begin_read(struct front_call *call, struct front_file *file,
		       void *bytes, size_t len, int flags, uint64_t offset)
{
	struct request *request = begin(call, file, REQUEST_READ);

	call->bytes = bytes;
	call->len = len;
	request->len = len;
	request->flags = flags;
	request->offset = offset;
	session_io(file->session, request);
}

void front_begin_read(struct front_call *call, struct front_file *file,
		      void *bytes, size_t len, int flags)
{
	begin_read(call, file, bytes, len, flags, 0);
}

void front_begin_piece(struct front_call *call, struct front_file *file,
		       void *bytes, size_t len, uint64_t offset)
{
	begin_read(call, file, bytes, len, 0, offset);
}

void front_begin_write(struct front_call *call, struct front_file *file,
		       const void *bytes, size_t len, int flags)
{
	struct request *request = begin(call, file, REQUEST_WRITE);
	struct front_request *asked = call->request;

	asked->copy = malloc(len);
	assert_non_null(asked->copy);
	memcpy(asked->copy, bytes, len);
	call->len = len;
	request->bytes = asked->copy;
	request->len = len;
	request->flags = flags;
	session_io(file->session, request);
}

void front_begin_poll(struct front_call *call, struct front_file *file,
		      uint32_t events)
{
	struct request *request = begin(call, file, REQUEST_POLL);

	assert_true(session_poll_asks(file->session, events));
	request->requested = events;
	session_poll_host(file->session, request);
}

void front_interrupt(struct front_call *call)
{
	if (call->request)
		session_interrupt(&call->request->request);
}

void front_give_up(struct front_call *call, int error)
{
	session_give_up(&call->request->request, error);
}

enum request_state front_state(const struct front_call *call)
{
	assert_non_null(call->request);
	return call->request->request.state;
}

/* ---- waiting ---------------------------------------------------------- */

void front_run(struct front *front)
{
	if (front->run)
		front->run();
	else
		assert_true(loop_run_once(front->loop, 1) >= 0);
}

ssize_t front_wait(struct front *front, struct front_call *call)
{
	struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (call->request) {
		front_run(front);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (call->request && now.tv_sec - start.tv_sec > FRONT_WAIT_S)
			fail_msg("a call is not answered");
	}
	return call->result;
}

int front_open(struct front *front, struct front_file *file, int flags)
{
	struct front_call call;

	front_begin_open(front, &call, file, flags);
	return (int)front_wait(front, &call);
}

int front_close(struct front_file *file)
{
	struct front_call call;

	front_begin_close(&call, file);
	return (int)front_wait(file->front, &call);
}

int front_ioctl(struct front_file *file, uint32_t cmd, void *arg)
{
	struct front_call call;

	front_begin_ioctl(&call, file, cmd, arg);
	return (int)front_wait(file->front, &call);
}

ssize_t front_read(struct front_file *file, void *bytes, size_t len, int flags)
{
	struct front_call call;

	front_begin_read(&call, file, bytes, len, flags);
	return front_wait(file->front, &call);
}

ssize_t front_write(struct front_file *file, const void *bytes, size_t len,
		    int flags)
{
	struct front_call call;

	front_begin_write(&call, file, bytes, len, flags);
	return front_wait(file->front, &call);
}

uint32_t front_poll(struct front_file *file, uint32_t events)
{
	struct front_call call;

	if (!session_poll_asks(file->session, events))
		return session_poll(file->session, events);
	front_begin_poll(&call, file, events);
	return (uint32_t)front_wait(file->front, &call);
}
