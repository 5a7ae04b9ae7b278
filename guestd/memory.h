/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop's end of the memory helper: jobs go out, results come back by
 * callback, and nothing here ever waits.
 */
#ifndef GUESTD_MEMORY_H
#define GUESTD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/loop.h"
#include "common/payload.h"
#include "common/plane_object.h"

struct memory;

/**
 * struct memory_caller - A thread that is inside an ioctl on our node
 * @tid:	Thread, as seen by guestd; 0: from a foreign pid namespace, whose
 *		memory cannot be reached (every job ends with -EFAULT)
 * @uid:	Its uid, for the bound on stuck threads
 * @cmd:	Number of the ioctl as the thread called it
 * @file:	Cookie of the open file: jobs of one file run one after another
 */
struct memory_caller {
	pid_t tid;
	uid_t uid;
	uint32_t cmd;
	uint64_t file;
};

/**
 * struct memory_identity - A process, beyond reuse of its number
 */
struct memory_identity {
	pid_t tgid;
	uint64_t start_time; /* field 22 of /proc/PID/stat */
};

/**
 * struct memory_job - One thing asked of the helper
 * @done:	Called once, from the loop, never from inside the asking call
 * @identity:	Result of memory_probe()
 * @object, @object_len: Result of memory_import()
 *
 * Embedded in what waits for it, zeroed before its first use; the rest is
 * private to memory.c and memory_jobs.c.
 */
struct memory_job {
	void (*done)(struct memory_job *job, int result);
	struct memory_identity identity;
	struct plane_object object;
	uint64_t object_len;
	struct memory *memory; /* NULL: not under way */
	struct memory_job *next, **link;
	uint32_t id;           /* 0: the helper does not know it */
	struct iovec *extents; /* read: still to be filled */
	unsigned int count;
	size_t len;    /* read: bytes in all */
	size_t copied; /* copy: bytes, if it succeeds */
};

/**
 * memory_create() - Speak with the helper
 * @fd:		From helper_start(), taken over on success
 * @lost:	Called once if the helper is gone; what was asked of it has no end
 *		any more, as guestd itself has to end: whoever waits hears of that
 *
 * Return: 0 or a negative errno
 */
int memory_create(struct loop *loop, int fd, void (*lost)(void *data),
		  void *data, struct memory **out);

/**
 * memory_destroy() - Close the socket, which ends the helper
 * @memory:	May be NULL
 *
 * Jobs under way are forgotten without done().  Not from done().
 */
void memory_destroy(struct memory *memory);

/**
 * memory_set_node() - Which device number is ours
 *
 * Before the first job, and once: a second time ends the helper.
 */
void memory_set_node(struct memory *memory, dev_t rdev);

/**
 * memory_read() - Copy from the application
 * @extents:	Array is copied; the bytes must stay until done()
 *
 * All or nothing: result is 0, or -EFAULT.
 */
void memory_read(struct memory *memory, struct memory_job *job,
		 const struct memory_caller *caller,
		 const struct payload_extent *extents, unsigned int count);

/**
 * memory_write() - Copy to the application
 * @extents:	As for memory_read(); bytes are taken before it returns
 *
 * Result 0, or -EFAULT; some of it may be written then.
 */
void memory_write(struct memory *memory, struct memory_job *job,
		  const struct memory_caller *caller,
		  const struct payload_extent *extents, unsigned int count);

/**
 * struct memory_place - Which buffer of an application it is
 * @file:	Cookie of the open file, which is attached
 * @offset:	As VIDIOC_QUERYBUF gives it
 */
struct memory_place {
	uint64_t file;
	uint32_t buf_type;
	uint32_t index;
	uint32_t plane;
	uint64_t offset;
};

/**
 * memory_region_add() - Let the helper have plane memory
 * @fd:		Sealed memfd; duplicated
 * @len:	Bytes
 * @place:	For the application's shim: jobs cannot use it; NULL: for jobs
 *
 * Return: id of the region, not 0; 0 if there is no memory
 */
uint64_t memory_region_add(struct memory *memory, int fd, size_t len,
			   const struct memory_place *place);

/** memory_region_given() - Has the helper passed it to a program's shim? */
bool memory_region_given(const struct memory *memory, uint64_t region);

/** memory_region_remove() - Forget it; jobs under way finish first */
void memory_region_remove(struct memory *memory, uint64_t region);

/**
 * memory_probe() - Is [@addr, @addr + @len) readable, and whose is it?
 *
 * Result 0 with job->identity set, or -EFAULT.
 */
void memory_probe(struct memory *memory, struct memory_job *job,
		  const struct memory_caller *caller, uint64_t addr,
		  size_t len);

/**
 * memory_copy_out() - Copy from a region to the application
 * @owner:	Do it only if the caller belongs to this process
 *
 * Result 0; -EFAULT; -ESRCH if the caller is another process, and nothing is
 * written then.
 */
void memory_copy_out(struct memory *memory, struct memory_job *job,
		     const struct memory_caller *caller,
		     const struct memory_identity *owner, uint64_t region,
		     size_t offset, uint64_t addr, size_t len);

/**
 * memory_copy_in() - Copy from the application to a region
 *
 * Result 0 with job->identity set, or -EFAULT.
 */
void memory_copy_in(struct memory *memory, struct memory_job *job,
		    const struct memory_caller *caller, uint64_t region,
		    size_t offset, uint64_t addr, size_t len);

/**
 * memory_import() - What does a descriptor of the caller's stand for?
 *
 * Result 0 with job->object, done()'s to close or to keep, and job->object_len;
 * -EINVAL if it is none, or no memory that plane_object_identify() knows; -ENOMEM if
 * there is no room for it; or -EFAULT.
 */
void memory_import(struct memory *memory, struct memory_job *job,
		   const struct memory_caller *caller, int fd);

/**
 * memory_nonblock() - Has the caller's file O_NONBLOCK set, now?
 *
 * Result 1, 0; -EAGAIN if the thread is not seen inside its call (yet); -EFAULT
 * if it cannot be told.
 */
void memory_nonblock(struct memory *memory, struct memory_job *job,
		     const struct memory_caller *caller);

#define MEMORY_SIGNAL_KILL  1 /* SIGKILL is pending */
#define MEMORY_SIGNAL_OTHER 2 /* one that is no stop signal, not blocked */
#define MEMORY_SIGNAL_GONE  4 /* the thread does not exist any more */

/**
 * memory_signals() - What signals are pending for the thread
 *
 * Result: MEMORY_SIGNAL_* together; 0 for none or only SIGSTOP, SIGTSTP,
 * SIGTTIN, SIGTTOU, SIGCONT, as long as the program has no handler for them;
 * negative if nobody can tell: the thread is of another pid namespace, or hidden.
 * Works without CAP_SYS_PTRACE, and while a copy of the same file is stuck.
 */
void memory_signals(struct memory *memory, struct memory_job *job,
		    const struct memory_caller *caller);

/**
 * memory_sync() - Let the helper hear all that it was told so far
 *
 * Result 0; -EFAULT if it is gone.  Needs no caller.
 */
void memory_sync(struct memory *memory, struct memory_job *job);

/**
 * memory_attach() - The open file's program has the shim, which knows @token
 * @writable:	It is open for writing
 * @exports:	Its buffers will be dma-bufs of the host's
 *
 * Once per file, and only if the helper has a socket for shims.
 */
void memory_attach(struct memory *memory, uint64_t file, const uint8_t *token,
		   bool writable, bool exports);

/**
 * memory_own() - Who has the node's queue
 * @file:	0: nobody
 * @fileio:	By read() or write()
 */
void memory_own(struct memory *memory, uint64_t file, uint32_t buf_type,
		bool fileio);

/**
 * memory_withdraw() - The job is not wanted any longer
 * @job:	May be none under way
 *
 * done() will not be called.  A helper thread that is stuck with it is left
 * behind; the next job of that file gets a new one.
 */
void memory_withdraw(struct memory_job *job);

/** memory_pending() - Is it under way? */
static inline bool memory_pending(const struct memory_job *job)
{
	return job->memory;
}

/**
 * memory_dispose() - Have a descriptor closed whose close(2) may wait, even for us
 * @fd:		Taken over, not closed at once
 */
void memory_dispose(struct memory *memory, int fd);

/**
 * memory_file_closed() - No more jobs of this file come
 */
void memory_file_closed(struct memory *memory, uint64_t file);

#endif
