// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd tells the memory helper, message by message.
 *
 * This runs in the first thread, which never touches an application.  So it can
 * always take a job back and always say what signals are pending, no matter
 * whose pages the other threads wait for.
 */
#include "guestd/helper_serve.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/log.h"
#include "common/rights.h"
#include "guestd/helper_copy.h"
#include "guestd/helper_hangup.h"
#include "guestd/helper_pool.h"
#include "guestd/helper_proc.h"
#include "guestd/helper_shim.h"
#include "guestd/helper_table.h"
#include "guestd/helper_wire.h"

struct helper {
	int fd;
	bool ptrace;
	dev_t node;
	bool shim; /* there is a socket for it */
	struct helper_table *table;
	struct helper_pool *pool;
	pthread_mutex_t sending;
	struct hangup hangup;
	bool closing; /* guestd has not closed the last of them yet */
};

/* ---- talking --------------------------------------------------------- */

/* The end of guestd is no error, even in the middle of a message. */
static void helper_receive(int fd, void *bytes, size_t len)
{
	uint8_t *at = bytes;

	while (len) {
		ssize_t got = recv(fd, at, len, MSG_WAITALL);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			_exit(0);
		at += got;
		len -= (size_t)got;
	}
}

static void helper_skip(int fd, size_t len)
{
	uint8_t bytes[4096];

	while (len) {
		size_t part = len < sizeof(bytes) ? len : sizeof(bytes);

		helper_receive(fd, bytes, part);
		len -= part;
	}
}

/*
 * @passed is set to the descriptor that came with it, or below 0, also if it found
 * no room here.  Return: false at the end of the stream.
 */
static bool helper_receive_request(int fd, struct helper_request *request,
				   int *passed)
{
	ssize_t got = rights_receive(fd, request, sizeof(*request), passed,
				     MSG_WAITALL);

	if (got <= 0)
		return false;
	helper_receive(fd, (uint8_t *)request + got,
		       sizeof(*request) - (size_t)got);
	return true;
}

static void helper_answer(struct helper *helper,
			  const struct helper_result *result,
			  const uint8_t *bytes, int object)
{
	struct iovec iov[] = {
		{ (void *)result, sizeof(*result) },
		{ (void *)bytes, result->len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t left = sizeof(*result) + result->len;
	struct rights_control control;

	rights_attach(&msg, &control, object);
	pthread_mutex_lock(&helper->sending);
	while (left) {
		ssize_t sent = sendmsg(helper->fd, &msg, MSG_NOSIGNAL);
		size_t head;

		if (sent < 0 && errno == EINTR)
			continue;
		/* Too many are on their way: guestd will see that none came. */
		if (sent < 0 && errno == ETOOMANYREFS && msg.msg_control) {
			rights_attach(&msg, &control, -1);
			continue;
		}
		if (sent < 0)
			_exit(0); /* guestd is gone */

		rights_attach(&msg, &control, -1);
		left -= (size_t)sent;
		head = (size_t)sent < iov[0].iov_len ? (size_t)sent
						     : iov[0].iov_len;
		iov[0].iov_base = (uint8_t *)iov[0].iov_base + head;
		iov[0].iov_len -= head;
		iov[1].iov_base =
			(uint8_t *)iov[1].iov_base + ((size_t)sent - head);
		iov[1].iov_len -= (size_t)sent - head;
	}
	pthread_mutex_unlock(&helper->sending);
}

static void helper_done(void *data, struct helper_job *job)
{
	struct helper *helper = data;

	helper_answer(helper, &job->result, job->bytes,
		      job->result.object_kind ? job->object.fd : -1);
}

/* ---- requests -------------------------------------------------------- */

static bool helper_extents_fit(const struct helper_job *job)
{
	uint64_t left = job->request.len;
	uint32_t i;

	for (i = 0; i < job->request.count; i++) {
		if (job->extents[i].len > left)
			return false;
		left -= job->extents[i].len;
	}
	return left == 0;
}

static void helper_refuse(struct helper *helper,
			  const struct helper_request *request)
{
	struct helper_result result = { .id = request->id, .result = -EFAULT };

	helper_answer(helper, &result, NULL, -1);
}

static bool helper_add_job(struct helper *helper,
			   const struct helper_request *request)
{
	bool stream =
		request->type == HELPER_READ || request->type == HELPER_WRITE;
	size_t extents = 0, bytes = 0;
	struct helper_job *job;

	if (stream) {
		if (request->count > HELPER_EXTENTS_MAX ||
		    request->len > HELPER_BYTES_MAX)
			return false;
		extents = request->count * sizeof(*job->extents);
		bytes = request->type == HELPER_WRITE ? request->len : 0;
	}

	job = helper_job_create(request);
	if (!job) {
		helper_skip(helper->fd, extents + bytes);
		helper_refuse(helper, request);
		return true;
	}

	helper_receive(helper->fd, job->extents, extents);
	helper_receive(helper->fd, job->bytes, bytes);
	if (stream && !helper_extents_fit(job)) {
		helper_job_destroy(job);
		return false;
	}

	if (!helper->ptrace || !helper->node) {
		helper_job_destroy(job);
		helper_refuse(helper, request);
		return true;
	}

	job->node = helper->node;
	job->region = helper_table_get(helper->table, request->region);
	helper_pool_add(helper->pool, job);
	return true;
}

/* Takes @passed over, if it is there. */
static void helper_close(struct helper *helper,
			 const struct helper_request *request, int *passed)
{
	struct helper_result result = { .id = request->id };

	if (*passed < 0 || !hangup_file(&helper->hangup, *passed)) {
		result.result = -EMFILE;
	} else {
		*passed = -1;
		helper->closing = true;
	}
	helper_answer(helper, &result, NULL, -1);
}

/* Return: false if guestd may not say that */
static bool helper_obey(struct helper *helper,
			const struct helper_request *request, int *passed)
{
	struct helper_result result = { .id = request->id };

	if (request->type >= HELPER_TYPE_COUNT)
		return false;

	switch ((enum helper_type)request->type) {
	case HELPER_NODE:
		/* Or guestd could have us look at whoever uses a terminal. */
		if (helper->node)
			return false;
		helper->node = request->rdev;
		return true;
	case HELPER_REGION_ADD:
		return helper_table_add(helper->table, request, *passed);
	case HELPER_REGION_REMOVE:
		helper_table_remove(helper->table, request->region);
		return true;
	case HELPER_MARKS:
		return helper_table_share(helper->table, *passed);
	case HELPER_ATTACH:
		return helper->shim &&
		       helper_table_attach(helper->table, request);
	case HELPER_OWNER:
		helper_table_own(helper->table, request);
		return true;
	case HELPER_FILE_CLOSED:
		helper_pool_close(helper->pool, request->file);
		helper_table_close(helper->table, request->file);
		return true;
	case HELPER_WITHDRAW:
		helper_pool_withdraw(helper->pool, request->id);
		return true;
	case HELPER_CLOSED:
		helper->closing = false;
		return true;
	case HELPER_CLOSE:
		helper_close(helper, request, passed);
		return true;
	case HELPER_READ:
	case HELPER_WRITE:
	case HELPER_PROBE:
	case HELPER_COPY_OUT:
	case HELPER_COPY_IN:
	case HELPER_IMPORT:
	case HELPER_NONBLOCK:
		return helper_add_job(helper, request);
	case HELPER_SIGNALS:
		result.result = helper_proc_signals(request->tid);
		helper_answer(helper, &result, NULL, -1);
		return true;
	case HELPER_SYNC:
		helper_answer(helper, &result, NULL, -1);
		return true;
	case HELPER_TYPE_COUNT:
		break;
	}
	return false;
}

/* Until guestd says something: have closed what is to be. */
static void helper_wait(struct helper *helper)
{
	struct pollfd asked = { .fd = helper->fd, .events = POLLIN };
	int ms;

	while (!helper->closing && (ms = hangup_work(&helper->hangup)) >= 0)
		if (poll(&asked, 1, ms) > 0)
			return;
}

/* Return: 0 or a negative errno */
static int helper_begin(struct helper *helper, int listener, int udmabuf)
{
	int ret;

	pthread_mutex_init(&helper->sending, NULL);
	ret = helper_table_create(&helper->table);
	if (!ret)
		ret = helper_pool_create(helper_done, helper, &helper->pool);
	if (!ret && helper->shim)
		ret = helper_shim_start(listener, udmabuf, helper->table);
	return ret;
}

int helper_serve(int fd, bool ptrace, int listener, int udmabuf)
{
	struct helper helper = {
		.fd = fd,
		.ptrace = ptrace,
		.shim = listener >= 0,
	};
	struct helper_request request;
	int passed, ret;

	ret = helper_begin(&helper, listener, udmabuf);
	if (ret) {
		log_err("helper: cannot start: %s", strerror(-ret));
		return 1;
	}

	while (helper_wait(&helper),
	       helper_receive_request(fd, &request, &passed)) {
		bool ok = helper_obey(&helper, &request, &passed);

		if (passed >= 0)
			close(passed);
		if (!ok) {
			log_err("helper: request %" PRIu32 " makes no sense",
				request.type);
			return 1;
		}
	}
	return 0;
}
