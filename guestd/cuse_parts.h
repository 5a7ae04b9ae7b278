/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the front: cuse.c has the connection, cuse_calls.c makes requests of
 * calls, cuse_reply.c is what requests ask of a front.
 */
#ifndef GUESTD_CUSE_PARTS_H
#define GUESTD_CUSE_PARTS_H

#define FUSE_USE_VERSION 314
#include <cuse_lowlevel.h>
#include <fuse_lowlevel.h>

#include "guestd/cuse.h"
#include "guestd/request.h"
#include "guestd/retry.h"

struct cuse {
	struct fuse_session *session;
	struct fuse_buf buffer;
	struct cuse_config config;
	struct guest_device *device;
	struct loop_watch *watch;
	void (*ended)(void *owner);
	void *owner;
	int fd;
	struct cuse_request *spare; /* NULL: the next one is allocated */
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

/** cuse_request_free() - It is answered */
void cuse_request_free(struct cuse_request *call);

/** cuse_ops - Of libfuse; the userdata is the struct cuse */
extern const struct cuse_lowlevel_ops cuse_ops;

extern const struct request_ops cuse_request_ops;

/** cuse_reply_error() - request_ops.reply_error() */
void cuse_reply_error(struct request *request, int error);

/** cuse_call_again() - Ask the kernel to make the call again and bring more */
void cuse_call_again(struct cuse_request *call);

#endif
