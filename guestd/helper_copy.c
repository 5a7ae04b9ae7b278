// SPDX-License-Identifier: BSD-3-Clause
/*
 * One job of the memory helper.
 *
 * guestd is believed nothing but the number of the thread: whether that thread
 * wants anything from us is seen in /proc/TID/syscall.  It must be inside
 * ioctl(2) with the number that guestd says, on a descriptor of our node.  Only
 * our answer ends such a call, so what was seen stays true while we copy,
 * unless the thread is killed.
 */
#include "guestd/helper_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/plane_object.h"
#include "guestd/helper_import.h"
#include "guestd/helper_proc.h"

/* The same on i386 and ARM; in the 64-bit tables it never sleeps on a device */
#define COPY_COMPAT_IOCTL 54

#define COPY_YIELDS   16 /* looks before the first sleep */
#define COPY_PAUSE_NS 1000000

#define COPY_SEEN_MAX 512 /* highest descriptor that is kept for later */

#define COPY_BATCH 128 /* extents, or probed pages, per system call */
#define COPY_CHUNK ((size_t)1 << 20) /* after which to see who still wants it */

#define COPY_PAGE_LEN 4096 /* a page, or part of one, which does no harm */

/** enum copy_direction - As seen from here */
enum copy_direction {
	COPY_IN, /* from the application */
	COPY_OUT,
};

struct helper_job *helper_job_create(const struct helper_request *request)
{
	struct helper_job *job;

	job = calloc(1, sizeof(*job));
	if (!job)
		return NULL;
	job->request = *request;
	job->result.id = request->id;
	job->object.fd = -1;

	if (request->type != HELPER_READ && request->type != HELPER_WRITE)
		return job;

	job->extents = calloc(request->count + 1, sizeof(*job->extents));
	job->bytes = malloc(request->len + 1);
	if (!job->extents || !job->bytes) {
		helper_job_destroy(job);
		return NULL;
	}
	return job;
}

void helper_job_destroy(struct helper_job *job)
{
	if (!job)
		return;
	helper_region_put(job->region);
	if (job->object.fd >= 0)
		close(job->object.fd);
	free(job->extents);
	free(job->bytes);
	free(job);
}

/* ---- the caller ------------------------------------------------------ */

/* A thread that an earlier job has seen may be gone, and its number another one's. */
static int copy_call(struct helper_job *job, struct helper_call *call)
{
	int ret = helper_proc_call(job->seen, call);

	if (ret != -ESRCH || job->fresh)
		return ret;
	job->fresh = true;
	ret = helper_proc_see(job->seen, job->request.tid);
	return ret ? ret : helper_proc_call(job->seen, call);
}

/* Return: 0 with @fd set, -EAGAIN, or -EFAULT */
static int copy_look(struct helper_job *job, uint32_t *fd)
{
	const struct helper_request *request = &job->request;
	struct helper_call call;
	dev_t rdev;
	int ret;

	ret = copy_call(job, &call);
	if (ret == -EAGAIN)
		return ret;
	if (ret) {
		log_debug("helper: thread %d: no look at its call: %d",
			  request->tid, ret);
		return -EFAULT;
	}

	if ((call.nr != SYS_ioctl && call.nr != COPY_COMPAT_IOCTL) ||
	    (uint32_t)call.args[1] != request->cmd) {
		log_debug("helper: thread %d: in call %" PRId64 " %#" PRIx64
			  ", not in ioctl %#" PRIx32,
			  request->tid, call.nr, call.args[1], request->cmd);
		return -EFAULT;
	}

	*fd = (uint32_t)call.args[0];
	ret = helper_proc_rdev(job->seen->proc, *fd, &rdev);
	if (ret || rdev != job->node) {
		log_debug("helper: thread %d: descriptor %" PRIu32
			  " is not our node",
			  request->tid, *fd);
		return -EFAULT;
	}
	return 0;
}

/*
 * A caller whose request we have already may not have gone to sleep yet, or be
 * awake for a moment because of a signal.
 */
static int copy_wait(struct helper_job *job)
{
	static const struct timespec pause = { .tv_nsec = COPY_PAUSE_NS };
	unsigned int look;
	uint32_t fd;
	int ret;

	for (look = 0;; look++) {
		ret = copy_look(job, &fd);
		if (ret != -EAGAIN)
			return ret;
		if (atomic_load(&job->withdrawn))
			return -EFAULT;

		if (look < COPY_YIELDS)
			sched_yield();
		else
			nanosleep(&pause, NULL);
	}
}

/* ---- bytes ----------------------------------------------------------- */

static struct iovec copy_iovec(uint64_t addr, uint64_t len)
{
	/* An address of another process: a number here. */
	return (struct iovec){
		.iov_base = (void *)(uintptr_t)addr, /* NOLINT */
		.iov_len = len,
	};
}

static int copy_vector(struct helper_job *job, enum copy_direction direction,
		       uint8_t *bytes, size_t len, const struct iovec *remote,
		       unsigned int count)
{
	struct iovec local = { .iov_base = bytes, .iov_len = len };
	pid_t tid = job->request.tid;
	ssize_t done;
	int ret;

	/* The last part may have taken long: who knows what it has executed. */
	ret = copy_wait(job);
	if (ret)
		return ret;
	if (atomic_load(&job->withdrawn))
		return -EFAULT;

	done = direction == COPY_IN
		       ? process_vm_readv(tid, &local, 1, remote, count, 0)
		       : process_vm_writev(tid, &local, 1, remote, count, 0);
	if (done < 0 || (size_t)done != len) {
		log_debug("helper: thread %d: %zd of %zu bytes %s",
			  job->request.tid, done, len,
			  direction == COPY_IN ? "read" : "written");
		return -EFAULT;
	}
	return 0;
}

static int copy_extents(struct helper_job *job, enum copy_direction direction)
{
	const struct helper_extent *extent = job->extents;
	const struct helper_extent *end = extent + job->request.count;
	struct iovec remote[COPY_BATCH];
	uint8_t *bytes = job->bytes;

	while (extent < end) {
		unsigned int count = 0;
		size_t len = 0;
		int ret;

		for (; extent < end && count < COPY_BATCH; extent++) {
			remote[count++] = copy_iovec(extent->addr, extent->len);
			len += extent->len;
		}

		ret = copy_vector(job, direction, bytes, len, remote, count);
		if (ret)
			return ret;
		bytes += len;
	}
	return 0;
}

static int copy_pieces(struct helper_job *job, enum copy_direction direction)
{
	const struct helper_request *request = &job->request;
	const struct helper_region *region = job->region;
	uint64_t done;

	for (done = 0; done < request->len; done += COPY_CHUNK) {
		size_t len = request->len - done < COPY_CHUNK
				     ? request->len - done
				     : COPY_CHUNK;
		struct iovec remote = copy_iovec(request->addr + done, len);
		int ret;

		ret = copy_vector(job, direction,
				  region->bytes + request->offset + done, len,
				  &remote, 1);
		if (ret)
			return ret;
	}
	return 0;
}

static int copy_region(struct helper_job *job, enum copy_direction direction)
{
	const struct helper_request *request = &job->request;
	const struct helper_region *region = job->region;
	bool write = direction == COPY_IN;
	int ret;

	if (!region || !region->bytes || request->len > region->len ||
	    request->offset > region->len - request->len)
		return -EFAULT;

	if (region->fd >= 0)
		plane_object_sync(region->fd, write, false);
	ret = copy_pieces(job, direction);
	if (region->fd >= 0)
		plane_object_sync(region->fd, write, true);
	return ret;
}

/* One byte of each page. */
static int copy_probe(struct helper_job *job)
{
	uint64_t addr = job->request.addr, len = job->request.len;
	struct iovec remote[COPY_BATCH];
	uint8_t bytes[COPY_BATCH];
	int ret = 0;

	if (addr + len < addr)
		return -EFAULT;

	while (len && !ret) {
		unsigned int count = 0;

		while (len && count < COPY_BATCH) {
			uint64_t step = COPY_PAGE_LEN - addr % COPY_PAGE_LEN;

			remote[count++] = copy_iovec(addr, 1);
			step = step < len ? step : len;
			addr += step;
			len -= step;
		}
		ret = copy_vector(job, COPY_IN, bytes, count, remote, count);
	}
	return ret;
}

/* ---- jobs ------------------------------------------------------------ */

static int job_check_owner(const struct helper_job *job)
{
	const struct helper_identity *owner = &job->request.owner;
	struct helper_identity found;
	int ret;

	ret = helper_proc_identity(job->seen->proc, &found);
	if (ret)
		return -EFAULT;
	return found.tgid == owner->tgid &&
			       found.start_time == owner->start_time
		       ? 0
		       : -ESRCH;
}

static int job_nonblock(struct helper_job *job)
{
	uint32_t fd;
	int flags, ret;

	ret = copy_look(job, &fd);
	if (ret)
		return ret;
	if (helper_proc_flags(job->seen->proc, fd, &flags) < 0)
		return -EFAULT;
	return (flags & O_NONBLOCK) != 0;
}

/* It was that thread's if it still is in its call. */
static int job_import(struct helper_job *job)
{
	struct helper_result *result = &job->result;
	struct helper_identity identity;
	int ret;

	if (helper_proc_identity(job->seen->proc, &identity))
		return -EFAULT;
	ret = helper_import(job->request.tid, identity.tgid,
			    (int)job->request.addr, &job->object,
			    &result->object_len);
	if (!ret)
		ret = copy_wait(job);
	if (!ret)
		result->object_kind = job->object.kind;
	return ret;
}

static int job_copy(struct helper_job *job)
{
	struct helper_identity *identity = &job->result.identity;
	int ret;

	/* These look at it for each part, first of all for the first. */
	if (job->request.type == HELPER_READ)
		return copy_extents(job, COPY_IN);
	if (job->request.type == HELPER_WRITE)
		return copy_extents(job, COPY_OUT);

	ret = copy_wait(job);
	if (ret)
		return ret;

	switch (job->request.type) {
	case HELPER_PROBE:
		ret = helper_proc_identity(job->seen->proc, identity);
		return ret ? -EFAULT : copy_probe(job);
	case HELPER_COPY_IN:
		ret = helper_proc_identity(job->seen->proc, identity);
		return ret ? -EFAULT : copy_region(job, COPY_IN);
	case HELPER_COPY_OUT:
		ret = job_check_owner(job);
		return ret ? ret : copy_region(job, COPY_OUT);
	case HELPER_IMPORT:
		return job_import(job);
	default:
		return -EFAULT;
	}
}

void helper_job_run(struct helper_job *job, struct helper_seen *seen)
{
	int ret;

	job->seen = seen;
	job->fresh = seen->tid != job->request.tid;
	if (job->fresh && helper_proc_see(seen, job->request.tid)) {
		job->result.result = -EFAULT;
		return;
	}

	ret = job->request.type == HELPER_NONBLOCK ? job_nonblock(job)
						   : job_copy(job);
	/* The lowest numbers are taken first: many are kept. */
	if (seen->tid && seen->call > COPY_SEEN_MAX)
		helper_proc_forget(seen);

	job->result.result = ret;
	if (!ret && job->request.type == HELPER_READ)
		job->result.len = job->request.len;
}
