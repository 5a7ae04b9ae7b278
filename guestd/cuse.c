// SPDX-License-Identifier: BSD-3-Clause
/*
 * The front: CUSE calls to requests, and their replies.
 *
 * Restricted mode: the kernel brings the argument of an ioctl and takes it back;
 * what it points to is copied by the memory helper.  Unrestricted mode: the
 * kernel brings everything, see retry.h.
 *
 * A poll handle belongs to an open file and is used again and again.  It is
 * notified once per FUSE_POLL at most: whoever still waits asks again after a
 * notification, and an edge-triggered epoll must not see an edge twice.
 */
#define FUSE_USE_VERSION 314

#include "guestd/cuse.h"

#include <cuse_lowlevel.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "guestd/retry.h"
#include "guestd/session.h"

/* include/linux/errno.h of the kernel; only an ioctl's result may be it */
#define RESULT_ERESTARTSYS (-512)

#define LOOK_NS    (5 * LOOP_MS)
#define LOOK_COUNT 1000 /* 5 s */

struct cuse {
	struct fuse_session *session;
	struct fuse_buf buffer;
	struct cuse_config config;
	struct guest_device *device;
	struct loop_watch *watch;
	void (*ended)(void *owner);
	void *owner;
	int fd;
};

/* One open file. */
struct cuse_file {
	struct guest_session *session;
	struct fuse_pollhandle *poll;
	bool polled; /* since the last notification */
};

/* A request and its way back; request is first. */
struct cuse_request {
	struct request request;
	fuse_req_t req;
	struct cuse *cuse;
	struct cuse_file *file;
	void (*done)(struct request *request, int result);
	bool *gone; /* set when it is answered inside its call */
	void *copy; /* of what was written, if it has to wait */

	struct retry retry; /* unrestricted mode */
};

/* ---- replies --------------------------------------------------------------- */

static void cuse_request_free(struct cuse_request *call)
{
	if (call->gone)
		*call->gone = true;
	request_finish(&call->request);
	retry_finish(&call->retry);
	free(call->copy);
	free(call);
}

static void reply_open(struct request *request, struct guest_session *session)
{
	struct cuse_request *call = (struct cuse_request *)request;
	struct fuse_file_info info = {
		.fh = (uintptr_t)call->file,
	};

	call->file->session = session;
	/* fuse_lowlevel.h, open: interrupted, there will be no release. */
	if (fuse_reply_open(call->req, &info) == -ENOENT) {
		session_discard(session);
		free(call->file);
	}
	cuse_request_free(call);
}

static void reply_error(struct request *request, int error)
{
	struct cuse_request *call = (struct cuse_request *)request;

	if (request->kind == REQUEST_OPEN)
		free(call->file);
	fuse_reply_err(call->req, -error);
	cuse_request_free(call);
}

static void reply_ioctl(struct request *request, int result, const void *arg,
			size_t len)
{
	struct cuse_request *call = (struct cuse_request *)request;
	struct iovec *iov;
	unsigned int i;

	if (!call->retry.back_count) {
		fuse_reply_ioctl(call->req, result, arg, len);
		cuse_request_free(call);
		return;
	}
	iov = calloc(call->retry.back_count + 1, sizeof(iov[0]));
	if (iov) {
		iov[0].iov_base = (void *)arg;
		iov[0].iov_len = len;
		for (i = 0; i < call->retry.back_count; i++)
			iov[i + 1] = call->retry.back[i];
		fuse_reply_ioctl_iov(call->req, result, iov,
				     (int)call->retry.back_count + 1);
	} else {
		fuse_reply_err(call->req, ENOMEM);
	}
	free(iov);
	cuse_request_free(call);
}

static void reply_bytes(struct request *request, const void *bytes, size_t len)
{
	struct cuse_request *call = (struct cuse_request *)request;

	fuse_reply_buf(call->req, bytes, len);
	cuse_request_free(call);
}

static void reply_count(struct request *request, size_t count)
{
	struct cuse_request *call = (struct cuse_request *)request;

	if (request->kind == REQUEST_READ)
		fuse_reply_buf(call->req, NULL, 0);
	else
		fuse_reply_write(call->req, count);
	cuse_request_free(call);
}

static void reply_restart(struct request *request)
{
	struct cuse_request *call = (struct cuse_request *)request;

	fuse_reply_ioctl(call->req, RESULT_ERESTARTSYS, NULL, 0);
	cuse_request_free(call);
}

static void reply_done(struct request *request)
{
	struct cuse_request *call = (struct cuse_request *)request;

	fuse_reply_err(call->req, 0);
	cuse_request_free(call);
}

/* ---- the application's memory ------------------------------------------------- */

static void memory_done(struct memory_job *job, int result)
{
	struct request *request =
		(struct request *)((char *)job - offsetof(struct request, job));
	struct cuse_request *call = (struct cuse_request *)request;

	call->done(request, result);
}

/* Ask the kernel to make the call again and bring more. */
static void call_again(struct cuse_request *call)
{
	const struct retry *retry = &call->retry;
	unsigned int dir = _IOC_DIR(call->request.caller.cmd);

	fuse_reply_ioctl_retry(call->req,
			       dir & _IOC_WRITE ? retry->asked : NULL,
			       dir & _IOC_WRITE ? retry->asked_count : 0,
			       dir & _IOC_READ ? retry->asked : NULL,
			       dir & _IOC_READ ? retry->asked_count : 0);
	cuse_request_free(call);
}

static int fetch_brought(struct cuse_request *call,
			 const struct payload_extent *extents,
			 unsigned int count)
{
	int ret = retry_take(&call->retry, extents, count);

	if (!ret)
		call_again(call);
	return ret;
}

static int cuse_fetch(struct request *request,
		      const struct payload_extent *extents, unsigned int count,
		      void (*done)(struct request *request, int result))
{
	struct cuse_request *call = (struct cuse_request *)request;

	if (!call->cuse->config.restricted)
		return fetch_brought(call, extents, count);
	call->done = done;
	request->job.done = memory_done;
	memory_read(call->cuse->device->memory, &request->job, &request->caller,
		    extents, count);
	return 0;
}

static int cuse_store(struct request *request,
		      const struct payload_extent *extents, unsigned int count,
		      void (*done)(struct request *request, int result))
{
	struct cuse_request *call = (struct cuse_request *)request;

	if (!call->cuse->config.restricted)
		return retry_give(&call->retry, extents, count);
	call->done = done;
	request->job.done = memory_done;
	memory_write(call->cuse->device->memory, &request->job,
		     &request->caller, extents, count);
	return 0;
}

static void cuse_withdraw(struct request *request)
{
	if (memory_pending(&request->job))
		memory_withdraw(&request->job);
}

static void cuse_wake(void *data)
{
	struct cuse_file *file = data;

	if (!file->poll || !file->polled)
		return;
	file->polled = false;
	fuse_lowlevel_notify_poll(file->poll);
}

static const struct request_ops cuse_request_ops = {
	.reply_open = reply_open,
	.reply_error = reply_error,
	.reply_ioctl = reply_ioctl,
	.reply_bytes = reply_bytes,
	.reply_count = reply_count,
	.reply_restart = reply_restart,
	.reply_done = reply_done,
	.fetch = cuse_fetch,
	.store = cuse_store,
	.withdraw = cuse_withdraw,
	.wake = cuse_wake,
};

/* ---- calls ---------------------------------------------------------------------- */

static void interrupted(fuse_req_t req, void *data)
{
	(void)req;
	session_interrupt(data);
}

static struct cuse_request *new_call(fuse_req_t req, enum request_kind kind,
				     struct cuse_file *file)
{
	const struct fuse_ctx *context = fuse_req_ctx(req);
	struct cuse_request *call = calloc(1, sizeof(*call));

	if (!call) {
		fuse_reply_err(req, ENOMEM);
		return NULL;
	}
	call->req = req;
	call->cuse = fuse_req_userdata(req);
	call->file = file;
	call->request.ops = &cuse_request_ops;
	call->request.kind = kind;
	call->request.caller.tid = context->pid;
	call->request.caller.uid = context->uid;
	call->request.caller.file = (uintptr_t)file;
	return call;
}

/*
 * A call that is not answered yet can be interrupted.  It may be answered in
 * the very moment that we say so: libfuse remembers signals that came first.
 */
static void call_begun(struct cuse_request *call, const bool *gone)
{
	if (*gone)
		return;
	call->gone = NULL;
	fuse_req_interrupt_func(call->req, interrupted, &call->request);
}

static void cuse_op_open(fuse_req_t req, struct fuse_file_info *info)
{
	struct cuse_file *file = calloc(1, sizeof(*file));
	struct cuse_request *call;
	bool gone = false;

	if (!file) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	call = new_call(req, REQUEST_OPEN, file);
	if (!call) {
		free(file);
		return;
	}
	call->gone = &gone;
	call->request.flags = info->flags;
	session_open(call->cuse->device, &call->request,
		     call->cuse->config.profile, file);
	call_begun(call, &gone);
}

static void cuse_op_release(fuse_req_t req, struct fuse_file_info *info)
{
	struct cuse_file *file = (struct cuse_file *)(uintptr_t)info->fh;
	struct cuse_request *call = new_call(req, REQUEST_RELEASE, file);
	struct guest_session *session = file->session;

	if (!call)
		return;
	if (file->poll)
		fuse_pollhandle_destroy(file->poll);
	file->poll = NULL;
	session_release(session, &call->request);
	free(file);
}

static void cuse_op_ioctl(fuse_req_t req, int cmd, void *arg,
			  struct fuse_file_info *info, unsigned int flags,
			  const void *in, size_t in_len, size_t out_len)
{
	struct cuse_file *file = (struct cuse_file *)(uintptr_t)info->fh;
	const struct ioctl_desc *desc = ioctl_lookup((uint32_t)cmd);
	struct cuse_request *call = new_call(req, REQUEST_IOCTL, file);
	bool gone = false;

	(void)flags; /* 32-bit layouts have numbers of their own */
	if (!call)
		return;
	call->gone = &gone;
	call->request.caller.cmd = (uint32_t)cmd;
	if (!call->cuse->config.restricted && desc && ioctl_size(desc)) {
		if (retry_argument(&call->retry, arg, ioctl_size(desc))) {
			reply_error(&call->request, -ENOMEM);
			return;
		}
		if (!in_len && !out_len) {
			call_again(call);
			return;
		}
		call->retry.in = in;
		call->retry.in_len = in_len;
		call->retry.in_at = ioctl_reads(desc) ? ioctl_size(desc) : 0;
	}
	if (desc && ioctl_reads(desc) && in_len < ioctl_size(desc)) {
		reply_error(&call->request, -EFAULT);
		return;
	}
	session_ioctl(file->session, &call->request,
		      desc && ioctl_reads(desc) ? in : NULL);
	call_begun(call, &gone);
}

static void cuse_op_read(fuse_req_t req, size_t size, off_t off,
			 struct fuse_file_info *info)
{
	struct cuse_file *file = (struct cuse_file *)(uintptr_t)info->fh;
	struct cuse_request *call = new_call(req, REQUEST_READ, file);
	bool gone = false;

	if (!call)
		return;
	call->gone = &gone;
	call->request.flags = info->flags;
	call->request.len = size;
	call->request.offset = (uint64_t)off;
	session_read(file->session, &call->request);
	call_begun(call, &gone);
}

static void cuse_op_write(fuse_req_t req, const char *bytes, size_t size,
			  off_t off, struct fuse_file_info *info)
{
	struct cuse_file *file = (struct cuse_file *)(uintptr_t)info->fh;
	struct cuse_request *call = new_call(req, REQUEST_WRITE, file);
	bool gone = false;

	if (!call)
		return;
	call->gone = &gone;
	call->request.flags = info->flags;
	call->request.bytes = bytes;
	call->request.len = size;
	call->request.offset = (uint64_t)off;
	session_write(file->session, &call->request);
	if (gone)
		return;
	/* It waits, and libfuse wants its buffer back. */
	call->copy = malloc(size);
	if (!call->copy) {
		session_interrupt(&call->request);
		return;
	}
	memcpy(call->copy, bytes, size);
	call->request.bytes = call->copy;
	call_begun(call, &gone);
}

static void cuse_op_poll(fuse_req_t req, struct fuse_file_info *info,
			 struct fuse_pollhandle *handle)
{
	struct cuse_file *file = (struct cuse_file *)(uintptr_t)info->fh;

	if (handle) {
		if (file->poll)
			fuse_pollhandle_destroy(file->poll);
		file->poll = handle;
	}
	file->polled = true;
	fuse_reply_poll(req, session_poll(file->session, info->poll_events));
}

static const struct cuse_lowlevel_ops cuse_ops = {
	.open = cuse_op_open,
	.release = cuse_op_release,
	.ioctl = cuse_op_ioctl,
	.read = cuse_op_read,
	.write = cuse_op_write,
	.poll = cuse_op_poll,
};

/* ---- the node --------------------------------------------------------------------- */

static void cuse_readable(void *data, uint32_t events)
{
	struct cuse *cuse = data;
	int ret;

	(void)events;
	ret = fuse_session_receive_buf(cuse->session, &cuse->buffer);
	if (ret == -EAGAIN || ret == -EINTR)
		return;
	if (ret <= 0) {
		/* ENODEV: aborted, or the node could not be made. */
		loop_watch_set(cuse->watch, 0);
		cuse->ended(cuse->owner);
		return;
	}
	fuse_session_process_buf(cuse->session, &cuse->buffer);
}

int cuse_open_device(void)
{
	int fd = open("/dev/cuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

static int cuse_session(struct cuse *cuse)
{
	char devname[NODE_NAME_LEN + 16];
	const char *dev_info[] = { devname };
	struct cuse_info info = {
		.dev_major = cuse->config.major,
		.dev_minor = cuse->config.minor,
		.dev_info_argc = 1,
		.dev_info_argv = dev_info,
		.flags = cuse->config.restricted ? 0 : CUSE_UNRESTRICTED_IOCTL,
	};
	char *argv[] = { (char *)"guestd", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	char mount[32];

	snprintf(devname, sizeof(devname), "DEVNAME=%s", cuse->config.name);
	snprintf(mount, sizeof(mount), "/dev/fd/%d", cuse->fd);
	cuse->session = cuse_lowlevel_new(&args, &info, &cuse_ops, cuse);
	if (!cuse->session)
		return -ENOMEM;
	/* This mount point only tells libfuse which descriptor to use. */
	if (fuse_session_mount(cuse->session, mount)) {
		fuse_session_destroy(cuse->session);
		return -EIO;
	}
	return 0;
}

int cuse_create(struct loop *loop, int fd, const struct cuse_config *config,
		struct guest_device *device, void (*ended)(void *owner),
		void *owner, struct cuse **out)
{
	struct cuse *cuse = calloc(1, sizeof(*cuse));
	int ret;

	if (!cuse)
		return -ENOMEM;
	cuse->config = *config;
	cuse->device = device;
	cuse->ended = ended;
	cuse->owner = owner;
	cuse->fd = fd;
	ret = cuse_session(cuse);
	if (ret)
		goto err_free;
	ret = loop_watch(loop, fd, EPOLLIN, cuse_readable, cuse, &cuse->watch);
	if (ret)
		goto err_session;
	*out = cuse;
	return 0;

err_session:
	fuse_session_destroy(cuse->session);
err_free:
	free(cuse);
	return ret;
}

void cuse_destroy(struct cuse *cuse)
{
	if (!cuse)
		return;
	loop_watch_remove(cuse->watch);
	fuse_session_destroy(cuse->session);
	free(cuse->buffer.mem);
	free(cuse);
}
