// SPDX-License-Identifier: BSD-3-Clause
/*
 * The front: what requests ask of it.
 *
 * Restricted mode: the kernel brings the argument of an ioctl and takes it back;
 * what it points to is copied by the memory helper.  Unrestricted mode: the
 * kernel brings everything, see retry.h.
 *
 * A poll handle belongs to an open file and is used again and again.  It is
 * notified once per FUSE_POLL at most: whoever still waits asks again after a
 * notification, and an edge-triggered epoll must not see an edge twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "guestd/compat32.h"
#include "guestd/cuse_parts.h"
#include "guestd/session.h"

/* include/linux/errno.h of the kernel; only an ioctl's result may be it */
#define RESULT_ERESTARTSYS (-512)

void cuse_request_free(struct cuse_request *call)
{
	struct cuse *cuse = call->cuse;

	if (call->gone)
		*call->gone = true;
	request_finish(&call->request);
	compat32_finish(&call->request);
	retry_finish(&call->retry);
	free(call->copy);
	/* Mostly one is under way at a time. */
	if (cuse->spare)
		free(call);
	else
		cuse->spare = call;
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

void cuse_reply_error(struct request *request, int error)
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

static void reply_poll(struct request *request, uint32_t ready)
{
	struct cuse_request *call = (struct cuse_request *)request;

	fuse_reply_poll(call->req, ready);
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

/* ---- the application's memory ----------------------------------------- */

static void memory_done(struct memory_job *job, int result)
{
	struct request *request = request_of_job(job);
	struct cuse_request *call = (struct cuse_request *)request;

	call->done(request, result);
}

void cuse_call_again(struct cuse_request *call)
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
		cuse_call_again(call);
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

const struct request_ops cuse_request_ops = {
	.reply_open = reply_open,
	.reply_error = cuse_reply_error,
	.reply_ioctl = reply_ioctl,
	.reply_bytes = reply_bytes,
	.reply_count = reply_count,
	.reply_poll = reply_poll,
	.reply_restart = reply_restart,
	.reply_done = reply_done,
	.fetch = cuse_fetch,
	.store = cuse_store,
	.withdraw = cuse_withdraw,
	.wake = cuse_wake,
};
