// SPDX-License-Identifier: BSD-3-Clause
/*
 * ATTACH of common/shim.h.
 *
 * The application asks the helper right after it hears of a token or of buffers,
 * so neither is answered before the helper has said that it knows (memory_sync()).
 */
#include "guestd/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "common/stats.h"

int attach_plane(struct guest_session *session, const struct queue *queue,
		 const struct queue_buffer *buffer, unsigned int plane)
{
	struct guest_mapping *mapping = buffer->planes[plane].mapping;
	const struct memory_place place = {
		.file = session->member.file,
		.buf_type = queue->type,
		.index = buffer->index,
		.plane = plane,
		.offset = queue_offset(queue->type, buffer->index, plane),
	};

	if (!attach_shows(session, queue) || !mapping || mapping->region)
		return 0;
	mapping->region = memory_region_add(session->device->memory,
					    mapping->fd, mapping->len, &place);
	mapping->memory = session->device->memory;
	return mapping->region ? 0 : -ENOMEM;
}

static int attach_queue(struct guest_session *session,
			const struct queue *queue)
{
	const struct queue_buffer *buffer;
	unsigned int i, p;
	int ret = 0;

	for (i = 0; i < queue->count && !ret; i++) {
		buffer = queue->buffers[i];
		for (p = 0; buffer && p < buffer->plane_count && !ret; p++)
			ret = attach_plane(session, queue, buffer, p);
	}
	return ret;
}

static int attach_begin(struct guest_session *session)
{
	bool writable = (session->open_flags & O_ACCMODE) != O_RDONLY;

	if (getrandom(session->token, sizeof(session->token), 0) !=
	    sizeof(session->token))
		return -EIO;
	memory_attach(session->device->memory, session->member.file,
		      session->token, writable,
		      session->device->ack.features & VMS_FEATURE_EXPBUF);
	session->attached = true;
	session->profile = PROFILE_STREAM;
	stats_add(STATS_ATTACHED, 1);
	log_debug("session %u: has a shim", session_id(session));
	return 0;
}

static void attached(struct memory_job *job, int result)
{
	struct request *request = request_of_job(job);
	const struct guest_session *session = request->session;
	struct shim_attach attach = {
		.magic = SHIM_MAGIC,
		.version = SHIM_VERSION,
	};

	if (session->dead || result) {
		request->ops->reply_error(request, session->dead ? session->dead
								 : -ENOTTY);
		return;
	}
	memcpy(attach.token, session->token, sizeof(attach.token));
	snprintf(attach.path, sizeof(attach.path), "%s",
		 session->device->config->shim);
	request->ops->reply_ioctl(request, 0, &attach, sizeof(attach));
}

/* Whoever reads is told EBUSY of buffers then, as natively. */
static bool may_read_and_stream(const struct guest_device *device)
{
	return device->ack.capability.device_caps & V4L2_CAP_READWRITE;
}

void attach_run(struct request *request)
{
	struct guest_session *session = request->session;
	struct guest_device *device = session->device;
	unsigned int type;
	int ret = 0;

	if (session->profile == PROFILE_NATIVE || !device->memory ||
	    !device->config->shim)
		ret = -ENOTTY;
	else if (session_fileio(session) && !may_read_and_stream(device))
		ret = -EBUSY;
	else if (!session->attached)
		ret = attach_begin(session);
	/* Again, in case that there was no memory for one. */
	for (type = 1; type < VMS_BUF_TYPE_COUNT && !ret; type++)
		ret = attach_queue(session, &session->queues[type]);
	if (ret) {
		request->ops->reply_error(request, ret);
		return;
	}
	request->job.done = attached;
	memory_sync(device->memory, &request->job);
}
