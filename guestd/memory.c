// SPDX-License-Identifier: BSD-3-Clause
/*
 * The loop's end of the memory helper: what is asked of it.
 *
 * Whatever goes wrong with the socket, it is shut down, and the event that this
 * makes ends every job.
 */
#include "guestd/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "guestd/helper_marks.h"
#include "guestd/helper_wire.h"
#include "guestd/memory_dispose.h"
#include "guestd/memory_jobs.h"
#include "guestd/memory_output.h"

static_assert(MEMORY_SIGNAL_KILL == HELPER_SIGNAL_KILL, "says it otherwise");
static_assert(MEMORY_SIGNAL_OTHER == HELPER_SIGNAL_OTHER, "says it otherwise");
static_assert(MEMORY_SIGNAL_GONE == HELPER_SIGNAL_GONE, "says it otherwise");

#define MEMORY_ROUND 64 /* reads before others have their turn */

struct memory {
	int fd; /* -1: the helper is gone */
	struct loop_watch *watch;
	void (*lost)(void *data);
	void *data;
	struct memory_jobs jobs;
	struct memory_output output;
	struct memory_dispose dispose;
	uint64_t last_region;
	struct helper_marks *marks; /* NULL: nobody has attached, or no room */
};

/* From the loop only, and nothing may be touched afterwards. */
static void memory_lose(struct memory *memory)
{
	loop_watch_remove(memory->watch);
	memory->watch = NULL;
	memory_dispose_lost(&memory->dispose);
	memory_output_finish(&memory->output);
	close(memory->fd);
	memory->fd = -1;

	memory->lost(memory->data);
}

static void memory_on_event(void *data, uint32_t events)
{
	struct memory *memory = data;
	unsigned int round;
	ssize_t got;

	if (events & EPOLLOUT)
		memory_output_flush(&memory->output);

	for (round = 0; round < MEMORY_ROUND; round++) {
		got = memory_jobs_receive(&memory->jobs, memory->fd);
		if (got == -EAGAIN)
			return;
		if (got == -EPROTO)
			log_err("memory helper: result that makes no sense");
		if (got <= 0 && got != -EINTR) {
			memory_lose(memory);
			return;
		}
	}
}

int memory_create(struct loop *loop, int fd, void (*lost)(void *data),
		  void *data, struct memory **out)
{
	struct memory *memory;
	int ret;

	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return -ENOMEM;

	ret = memory_jobs_init(&memory->jobs, loop);
	if (ret)
		goto err_free;

	memory->dispose.memory = memory;
	memory->dispose.jobs = &memory->jobs;
	memory->dispose.output = &memory->output;
	ret = memory_dispose_init(&memory->dispose, loop);
	if (ret)
		goto err_jobs;

	ret = loop_watch(loop, fd, EPOLLIN, memory_on_event, memory,
			 &memory->watch);
	if (ret)
		goto err_dispose;

	memory->fd = fd;
	memory->lost = lost;
	memory->data = data;
	memory_output_init(&memory->output, fd, memory->watch);
	*out = memory;
	return 0;

err_dispose:
	memory_dispose_finish(&memory->dispose);
err_jobs:
	memory_jobs_finish(&memory->jobs);
err_free:
	free(memory);
	return ret;
}

void memory_destroy(struct memory *memory)
{
	if (!memory)
		return;

	memory_jobs_finish(&memory->jobs);
	loop_watch_remove(memory->watch);
	memory_dispose_finish(&memory->dispose);
	memory_output_finish(&memory->output);
	helper_marks_close(memory->marks);
	if (memory->fd >= 0)
		close(memory->fd);
	free(memory);
}

/* ---- asking ---------------------------------------------------------- */

/* What must not get lost. */
static void memory_command(struct memory *memory,
			   const struct helper_request *request)
{
	if (memory->fd >= 0 && memory_output_send(&memory->output, request,
						  sizeof(*request), -1) < 0)
		memory_output_break(&memory->output);
}

static struct helper_request memory_begin(struct memory *memory,
					  struct memory_job *job,
					  const struct memory_caller *caller,
					  enum helper_type type)
{
	memory_jobs_begin(&memory->jobs, job, memory);
	return (struct helper_request){
		.type = type,
		.id = job->id,
		.tid = caller->tid,
		.uid = caller->uid,
		.cmd = caller->cmd,
		.file = caller->file,
	};
}

static void memory_ask(struct memory_job *job,
		       const struct helper_request *request)
{
	struct memory *memory = job->memory;

	if (memory->fd < 0 || request->tid <= 0 ||
	    memory_output_send(&memory->output, request, sizeof(*request), -1) <
		    0)
		memory_jobs_fail(&memory->jobs, job);
}

void memory_set_node(struct memory *memory, dev_t rdev)
{
	struct helper_request request = { .type = HELPER_NODE, .rdev = rdev };

	memory_command(memory, &request);
}

void memory_file_closed(struct memory *memory, uint64_t file)
{
	struct helper_request request = { .type = HELPER_FILE_CLOSED,
					  .file = file };

	memory_command(memory, &request);
}

void memory_withdraw(struct memory_job *job)
{
	struct helper_request request = { .type = HELPER_WITHDRAW,
					  .id = job->id };
	struct memory *memory = job->memory;

	if (!memory)
		return;

	memory_jobs_forget(&memory->jobs, job);
	if (request.id)
		memory_command(memory, &request);
}

uint64_t memory_region_add(struct memory *memory, int fd, size_t len,
			   const struct memory_place *place)
{
	struct helper_request request = { .type = HELPER_REGION_ADD,
					  .region = memory->last_region + 1,
					  .len = len };

	if (place) {
		request.file = place->file;
		request.buf_type = place->buf_type;
		request.index = place->index;
		request.plane = place->plane;
		request.offset = place->offset;
	}
	if (memory->fd >= 0 && memory_output_send(&memory->output, &request,
						  sizeof(request), fd) < 0)
		return 0;

	memory->last_region = request.region;
	return request.region;
}

void memory_region_remove(struct memory *memory, uint64_t region)
{
	struct helper_request request = { .type = HELPER_REGION_REMOVE,
					  .region = region };

	memory_command(memory, &request);
}

bool memory_region_given(const struct memory *memory, uint64_t region)
{
	return helper_marks_has(memory->marks, region);
}

/* Without them nothing is marked; the next file that is attached tries again. */
static void memory_share_marks(struct memory *memory)
{
	struct helper_request request = { .type = HELPER_MARKS };
	int fd;

	if (memory->marks || memory->fd < 0)
		return;
	memory->marks = helper_marks_create(&fd);
	if (!memory->marks)
		return;
	if (memory_output_send(&memory->output, &request, sizeof(request), fd) <
	    0) {
		helper_marks_close(memory->marks);
		memory->marks = NULL;
	}
	close(fd);
}

void memory_attach(struct memory *memory, uint64_t file, const uint8_t *token,
		   bool writable, bool exports)
{
	struct helper_request request = { .type = HELPER_ATTACH, .file = file };

	if (writable)
		request.count |= HELPER_ATTACH_WRITABLE;
	if (exports)
		request.count |= HELPER_ATTACH_EXPORTS;
	memory_share_marks(memory);
	memcpy(request.token, token, sizeof(request.token));
	memory_command(memory, &request);
}

void memory_own(struct memory *memory, uint64_t file, uint32_t buf_type,
		bool fileio)
{
	struct helper_request request = { .type = HELPER_OWNER,
					  .file = file,
					  .buf_type = buf_type,
					  .count = fileio };

	memory_command(memory, &request);
}

void memory_dispose(struct memory *memory, int fd)
{
	memory_dispose_add(&memory->dispose, fd);
}

void memory_sync(struct memory *memory, struct memory_job *job)
{
	struct helper_request request = { .type = HELPER_SYNC };

	memory_jobs_begin(&memory->jobs, job, memory);
	request.id = job->id;
	if (memory->fd < 0 || memory_output_send(&memory->output, &request,
						 sizeof(request), -1) < 0)
		memory_jobs_fail(&memory->jobs, job);
}

/* The structure and the extents.  Return: where bytes may follow, or NULL */
static uint8_t *memory_put_extents(struct memory_message *message,
				   const struct helper_request *request,
				   const struct payload_extent *extents)
{
	uint8_t *at = message->bytes;
	unsigned int i;

	memcpy(at, request, sizeof(*request));
	at += sizeof(*request);
	for (i = 0; i < request->count; i++) {
		struct helper_extent extent = { .addr = extents[i].addr,
						.len = extents[i].len };

		memcpy(at, &extent, sizeof(extent));
		at += sizeof(extent);
	}
	return at;
}

/* Return: bytes of all extents; more than HELPER_BYTES_MAX if too many */
static size_t memory_sum(const struct payload_extent *extents,
			 unsigned int count)
{
	size_t sum = 0;
	unsigned int i;

	for (i = 0; i < count && sum <= HELPER_BYTES_MAX; i++)
		sum += extents[i].len <= HELPER_BYTES_MAX
			       ? extents[i].len
			       : HELPER_BYTES_MAX + 1;
	return sum;
}
static void memory_stream(struct memory_job *job,
			  struct helper_request *request,
			  const struct payload_extent *extents,
			  unsigned int count)
{
	struct memory *memory = job->memory;
	struct memory_message *message;
	bool write = request->type == HELPER_WRITE;
	uint8_t *at;
	unsigned int i;

	request->count = count;
	request->len = memory_sum(extents, count);
	if (memory->fd < 0 || request->tid <= 0 || count > HELPER_EXTENTS_MAX ||
	    request->len > HELPER_BYTES_MAX)
		goto fail;

	message = memory_message_create(sizeof(*request) +
					count * sizeof(struct helper_extent) +
					(write ? request->len : 0));
	if (!message)
		goto fail;

	at = memory_put_extents(message, request, extents);
	for (i = 0; i < count && write; i++) {
		memcpy(at, extents[i].bytes, extents[i].len);
		at += extents[i].len;
	}
	memory_output_queue(&memory->output, message);
	return;

fail:
	memory_jobs_fail(&memory->jobs, job);
}

void memory_read(struct memory *memory, struct memory_job *job,
		 const struct memory_caller *caller,
		 const struct payload_extent *extents, unsigned int count)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_READ);
	unsigned int i;

	job->extents = calloc((size_t)count + 1, sizeof(*job->extents));
	if (!job->extents) {
		memory_jobs_fail(&memory->jobs, job);
		return;
	}

	for (i = 0; i < count; i++) {
		job->extents[i].iov_base = extents[i].bytes;
		job->extents[i].iov_len = extents[i].len;
	}
	job->count = count;
	memory_stream(job, &request, extents, count);
	job->len = request.len;
}

void memory_write(struct memory *memory, struct memory_job *job,
		  const struct memory_caller *caller,
		  const struct payload_extent *extents, unsigned int count)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_WRITE);

	memory_stream(job, &request, extents, count);
}

void memory_probe(struct memory *memory, struct memory_job *job,
		  const struct memory_caller *caller, uint64_t addr, size_t len)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_PROBE);

	request.addr = addr;
	request.len = len;
	memory_ask(job, &request);
}

static void memory_copy(struct memory_job *job, struct helper_request *request,
			uint64_t region, size_t offset, uint64_t addr,
			size_t len)
{
	request->region = region;
	request->offset = offset;
	request->addr = addr;
	request->len = len;
	job->copied = len;
	memory_ask(job, request);
}

void memory_copy_out(struct memory *memory, struct memory_job *job,
		     const struct memory_caller *caller,
		     const struct memory_identity *owner, uint64_t region,
		     size_t offset, uint64_t addr, size_t len)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_COPY_OUT);

	request.owner.tgid = owner->tgid;
	request.owner.start_time = owner->start_time;
	memory_copy(job, &request, region, offset, addr, len);
}

void memory_copy_in(struct memory *memory, struct memory_job *job,
		    const struct memory_caller *caller, uint64_t region,
		    size_t offset, uint64_t addr, size_t len)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_COPY_IN);

	memory_copy(job, &request, region, offset, addr, len);
}

void memory_import(struct memory *memory, struct memory_job *job,
		   const struct memory_caller *caller, int fd)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_IMPORT);

	request.addr = (uint32_t)fd;
	memory_ask(job, &request);
}

void memory_nonblock(struct memory *memory, struct memory_job *job,
		     const struct memory_caller *caller)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_NONBLOCK);

	memory_ask(job, &request);
}

void memory_signals(struct memory *memory, struct memory_job *job,
		    const struct memory_caller *caller)
{
	struct helper_request request =
		memory_begin(memory, job, caller, HELPER_SIGNALS);

	memory_ask(job, &request);
}
