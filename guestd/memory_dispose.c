// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors that the memory helper is to close.
 *
 * One after the other, so that ours is never the last when it is closed, which then
 * waits for nobody: the helper says that it has it, we close it, and say so.
 *
 * But of a file of FUSE, NFS and others each close(2) asks the server (FLUSH), not
 * only the last.  Such a one never leaves this process.
 */
#include "guestd/memory_dispose.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "guestd/helper_wire.h"

#define MEMORY_DISPOSE_NS (100 * LOOP_MS) /* until it is tried again */

static void dispose_wait(struct memory_dispose *dispose, int error)
{
	loop_timer_set(dispose->timer, MEMORY_DISPOSE_NS);
	/* It is busy, that is all. */
	if (error == -EAGAIN)
		return;
	if (!dispose->said)
		log_warn("memory helper: what the host has sent cannot be "
			 "closed yet: %s",
			 strerror(-error));
	dispose->said = true;
}

/* Ask it to take the first. */
static void dispose_next(struct memory_dispose *dispose)
{
	struct helper_request request = { .type = HELPER_CLOSE };
	int ret;

	if (!dispose->count || !dispose->output ||
	    memory_pending(&dispose->job) || loop_timer_armed(dispose->timer))
		return;
	memory_jobs_begin(dispose->jobs, &dispose->job, dispose->memory);
	request.id = dispose->job.id;
	ret = memory_output_pass(dispose->output, &request, sizeof(request),
				 dispose->kept[0]);
	if (!ret)
		return;
	memory_jobs_forget(dispose->jobs, &dispose->job);
	dispose_wait(dispose, ret);
}

static void dispose_taken(struct memory_job *job, int result)
{
	static const struct helper_request closed = { .type = HELPER_CLOSED };
	struct memory_dispose *dispose =
		(struct memory_dispose *)((char *)job -
					  offsetof(struct memory_dispose, job));

	if (!dispose->output)
		return;
	if (result) {
		dispose_wait(dispose, result);
		return;
	}
	close(dispose->kept[0]);
	dispose->count--;
	memmove(dispose->kept, dispose->kept + 1,
		dispose->count * sizeof(dispose->kept[0]));
	if (memory_output_send(dispose->output, &closed, sizeof(closed), -1) <
	    0)
		memory_output_break(dispose->output);
	dispose_next(dispose);
}

static void dispose_again(void *data)
{
	dispose_next(data);
}

int memory_dispose_init(struct memory_dispose *dispose, struct loop *loop)
{
	dispose->job.done = dispose_taken;
	return loop_timer(loop, dispose_again, dispose, &dispose->timer);
}

/* Memory is a file, too.  Nobody is asked: what is not known counts as such a file. */
static bool dispose_asks(int fd)
{
	struct statx known;

	if (fcntl(fd, F_GET_SEALS) >= 0)
		return false;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
		  &known) < 0)
		return true;
	return S_ISREG(known.stx_mode) || S_ISDIR(known.stx_mode);
}

static void dispose_too_many(struct memory_dispose *dispose)
{
	/* This one stays open, too; there will not be many more. */
	if (!dispose->output)
		return;
	log_err("memory helper: the host has sent too many descriptors that "
		"cannot be closed");
	memory_output_break(dispose->output);
	/* A message may bring more, before this is seen. */
	memory_dispose_lost(dispose);
}

static void dispose_never(struct memory_dispose *dispose, int fd)
{
	if (dispose->file_count == MEMORY_FILES_MAX) {
		dispose_too_many(dispose);
		return;
	}
	if (!dispose->file_count)
		log_warn("the host has sent a file, which stays open: to close "
			 "it might wait for ever");
	dispose->files[dispose->file_count++] = fd;
}

void memory_dispose_finish(struct memory_dispose *dispose)
{
	loop_timer_destroy(dispose->timer);
	while (dispose->count)
		close(dispose->kept[--dispose->count]);
	while (dispose->file_count)
		close(dispose->files[--dispose->file_count]);
}

void memory_dispose_add(struct memory_dispose *dispose, int fd)
{
	if (dispose_asks(fd)) {
		dispose_never(dispose, fd);
	} else if (dispose->count == MEMORY_KEPT_MAX) {
		dispose_too_many(dispose);
	} else {
		dispose->kept[dispose->count++] = fd;
		dispose_next(dispose);
	}
}

void memory_dispose_lost(struct memory_dispose *dispose)
{
	dispose->output = NULL;
	loop_timer_stop(dispose->timer);
}
