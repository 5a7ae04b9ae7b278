// SPDX-License-Identifier: BSD-3-Clause
/*
 * The front: calls of applications to requests.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/attach.h"
#include "guestd/compat32.h"
#include "guestd/cuse_parts.h"
#include "guestd/session.h"

/* linux/fuse.h, which libfuse's headers have in parts */
#define CUSE_IOCTL_COMPAT_X32 (1u << 5)

static void interrupted(fuse_req_t req, void *data)
{
	(void)req;
	session_interrupt(data);
}

static struct cuse_request *new_call(fuse_req_t req, enum request_kind kind,
				     struct cuse_file *file)
{
	const struct fuse_ctx *context = fuse_req_ctx(req);
	struct cuse *cuse = fuse_req_userdata(req);
	struct cuse_request *call = cuse->spare;

	cuse->spare = NULL;
	if (!call)
		call = malloc(sizeof(*call));
	if (!call) {
		fuse_reply_err(req, ENOMEM);
		return NULL;
	}
	request_init(&call->request);
	call->req = req;
	call->cuse = cuse;
	call->file = file;
	call->done = NULL;
	call->gone = NULL;
	call->copy = NULL;
	call->retry = (struct retry){ 0 };
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

/* i386 or ARM; x32 has layouts of its own, which V4L2 does not know either. */
static bool is_compat(unsigned int flags)
{
	return (flags & FUSE_IOCTL_COMPAT) && !(flags & CUSE_IOCTL_COMPAT_X32);
}

static void cuse_op_ioctl(fuse_req_t req, int cmd, void *arg,
			  struct fuse_file_info *info, unsigned int flags,
			  const void *in, size_t in_len, size_t out_len)
{
	struct cuse_file *file = (struct cuse_file *)(uintptr_t)info->fh;
	bool compat = is_compat(flags);
	uint32_t native =
		compat ? compat32_native((uint32_t)cmd) : (uint32_t)cmd;
	const struct ioctl_desc *desc = ioctl_lookup(native);
	bool known = desc || attach_is(native);
	struct cuse_request *call = new_call(req, REQUEST_IOCTL, file);
	bool reads = desc && ioctl_reads(desc);
	size_t size = _IOC_SIZE((uint32_t)cmd); /* the caller's, as it is */
	bool gone = false;

	if (!call)
		return;
	call->gone = &gone;
	call->request.caller.cmd = (uint32_t)cmd;
	if (!call->cuse->config.restricted && known && size) {
		if (retry_argument(&call->retry, arg, size)) {
			cuse_reply_error(&call->request, -ENOMEM);
			return;
		}
		if (!in_len && !out_len) {
			cuse_call_again(call);
			return;
		}
		call->retry.in = in;
		call->retry.in_len = in_len;
		call->retry.in_at = reads ? size : 0;
	}
	if (reads && in_len < size) {
		cuse_reply_error(&call->request, -EFAULT);
		return;
	}
	if (compat)
		compat32_ioctl(file->session, &call->request,
			       reads ? in : NULL);
	else
		session_ioctl(file->session, &call->request, native,
			      reads ? in : NULL);
	if (gone)
		return;
	/* It waits, and libfuse wants its buffer back. */
	if (call->retry.in_len) {
		call->copy = malloc(call->retry.in_len);
		if (call->copy)
			memcpy(call->copy, in, call->retry.in_len);
		else /* the kernel brings it again */
			call->retry.in_len = call->retry.in_at = 0;
		call->retry.in = call->copy;
	}
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
	session_io(file->session, &call->request);
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
	session_io(file->session, &call->request);
	/* It waits, and libfuse wants its buffer back. */
	if (!gone && call->request.bytes) {
		call->copy = malloc(size);
		if (!call->copy) {
			session_give_up(&call->request, -ENOMEM);
			return;
		}
		memcpy(call->copy, bytes, size);
		call->request.bytes = call->copy;
	}
	call_begun(call, &gone);
}

/* Only the host knows: as any other call. */
static void poll_host(fuse_req_t req, struct cuse_file *file,
		      uint32_t requested)
{
	struct cuse_request *call = new_call(req, REQUEST_POLL, file);
	bool gone = false;

	if (!call)
		return;
	call->gone = &gone;
	call->request.requested = requested;
	session_poll_host(file->session, &call->request);
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
	if (session_poll_asks(file->session, info->poll_events))
		poll_host(req, file, info->poll_events);
	else
		fuse_reply_poll(req,
				session_poll(file->session, info->poll_events));
}

const struct cuse_lowlevel_ops cuse_ops = {
	.open = cuse_op_open,
	.release = cuse_op_release,
	.ioctl = cuse_op_ioctl,
	.read = cuse_op_read,
	.write = cuse_op_write,
	.poll = cuse_op_poll,
};
