// SPDX-License-Identifier: BSD-3-Clause
/*
 * REQBUFS and CREATE_BUFS: how many buffers a guest may have made.
 *
 * How long they will be is in the format, and known when they are there: a program
 * may have set another one in between.  So it is looked at twice.
 */
#include "hostd/session_making.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/log.h"

/**
 * struct making - What a REQBUFS or CREATE_BUFS is about
 * @count:	In the command's argument
 * @format:	CREATE_BUFS: what they are for
 * @first:	Index of the first, once they are made
 */
struct making {
	uint32_t type;
	uint32_t memory;
	uint32_t *count;
	const struct v4l2_format *format;
	uint32_t first;
};

static struct making making_of(struct host_command *command)
{
	union payload_arg *arg = &command->payload.arg;

	if (command->payload.desc->cmd == VIDIOC_REQBUFS)
		return (struct making){
			.type = arg->reqbufs.type,
			.memory = arg->reqbufs.memory,
			.count = &arg->reqbufs.count,
		};
	return (struct making){
		.type = arg->create.format.type,
		.memory = arg->create.memory,
		.count = &arg->create.count,
		.format = &arg->create.format,
		.first = arg->create.index,
	};
}

static int device_ioctl(const struct host_session *session, uint32_t cmd,
			void *arg)
{
	return session->env->device->ops->ioctl(session->file,
						ioctl_lookup(cmd), arg);
}

/* ---- how long --------------------------------------------------------------- */

static uint64_t planes_len(const struct v4l2_pix_format_mplane *format)
{
	uint64_t len = 0;
	unsigned int i;

	for (i = 0; i < format->num_planes && i < VIDEO_MAX_PLANES; i++)
		len += format->plane_fmt[i].sizeimage;
	return len;
}

/* Bytes of a buffer; 0: it does not say */
static uint64_t format_len(const struct v4l2_format *format)
{
	if (V4L2_TYPE_IS_MULTIPLANAR(format->type))
		return planes_len(&format->fmt.pix_mp);
	switch (format->type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		return format->fmt.pix.sizeimage;
	case V4L2_BUF_TYPE_VBI_CAPTURE:
	case V4L2_BUF_TYPE_VBI_OUTPUT:
		return ((uint64_t)format->fmt.vbi.count[0] +
			format->fmt.vbi.count[1]) *
		       format->fmt.vbi.samples_per_line;
	case V4L2_BUF_TYPE_SLICED_VBI_CAPTURE:
	case V4L2_BUF_TYPE_SLICED_VBI_OUTPUT:
		return format->fmt.sliced.io_size;
	case V4L2_BUF_TYPE_SDR_CAPTURE:
	case V4L2_BUF_TYPE_SDR_OUTPUT:
		return format->fmt.sdr.buffersize;
	case V4L2_BUF_TYPE_META_CAPTURE:
	case V4L2_BUF_TYPE_META_OUTPUT:
		return format->fmt.meta.buffersize;
	default:
		return 0;
	}
}

/* What a DMABUF is of is counted by imports. */
static uint64_t expected_len(const struct host_session *session,
			     const struct making *making)
{
	struct v4l2_format format = { .type = making->type };

	if (making->memory != V4L2_MEMORY_MMAP)
		return 0;
	if (making->format)
		return format_len(making->format);
	return device_ioctl(session, VIDIOC_G_FMT, &format)
		       ? 0
		       : format_len(&format);
}

int host_session_query(struct host_session *session, uint32_t type,
		       unsigned int index, struct v4l2_buffer *buffer,
		       struct v4l2_plane *planes)
{
	memset(planes, 0, VIDEO_MAX_PLANES * sizeof(planes[0]));
	*buffer = (struct v4l2_buffer){
		.index = index,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer->m.planes = planes;
		buffer->length = VIDEO_MAX_PLANES;
	}
	return device_ioctl(session, VIDIOC_QUERYBUF, buffer);
}

/* vb2 makes all of them alike (__vb2_queue_alloc()). */
static uint64_t made_len(struct host_session *session,
			 const struct making *making)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;
	uint64_t len = 0;
	unsigned int i;

	if (making->memory != V4L2_MEMORY_MMAP || !*making->count ||
	    host_session_query(session, making->type, making->first, &buffer,
			       planes))
		return 0;
	if (!V4L2_TYPE_IS_MULTIPLANAR(making->type))
		return buffer.length;
	for (i = 0; i < buffer.length && i < VIDEO_MAX_PLANES; i++)
		len += planes[i].length;
	return len;
}

/* ---- before ------------------------------------------------------------------ */

static void log_full(struct host_session *session)
{
	const struct quota *quota = session->env->quota;

	if (session->told_full)
		return;
	session->told_full = true;
	log_line(client_output_level(session->env->output,
				     loop_now(session->env->loop)),
		 "session %u: more buffers are refused: the guest has %u of "
		 "%u, and %" PRIu64 " of %" PRIu64 " bytes",
		 session->id, quota->buffers, quota->grant->buffers,
		 quota->memory, quota->grant->memory);
}

int host_session_make_begin(struct host_session *session,
			    struct host_command *command)
{
	struct making making = making_of(command);
	const struct buffer_queue *queue =
		buffers_queue(&session->buffers, making.type);
	unsigned int given = 0;
	uint64_t given_len = 0;
	int ret;

	/* What is no queue, or only to be freed, is the device's to say. */
	if (!queue || !*making.count)
		return 0;
	/* vb2_core_reqbufs() frees what there was. */
	if (!making.format)
		given = buffers_held(queue, &given_len);
	ret = quota_reserve(session->env->quota, making.count,
			    expected_len(session, &making), given, given_len,
			    &command->making);
	if (ret)
		log_full(session);
	return ret;
}

/* ---- after ------------------------------------------------------------------- */

/* Return: are they gone?  What is in the way of that is the device's matter. */
static bool give_back(struct host_session *session, const struct making *making,
		      struct buffer_queue *queue)
{
	struct v4l2_requestbuffers none = {
		.type = making->type,
		.memory = making->memory,
	};
	struct v4l2_remove_buffers remove = {
		.type = making->type,
		.index = making->first,
		.count = *making->count,
	};

	if (making->format) {
		if (device_ioctl(session, VIDIOC_REMOVE_BUFS, &remove))
			return false;
		buffers_remove(&session->buffers, making->type, making->first,
			       *making->count);
		return true;
	}
	if (device_ioctl(session, VIDIOC_REQBUFS, &none))
		return false;
	buffers_reset(&session->buffers, queue);
	return true;
}

void host_session_make_end(struct host_session *session,
			   struct host_command *command)
{
	struct making making = making_of(command);
	struct buffer_queue *queue =
		buffers_queue(&session->buffers, making.type);
	int ret;

	quota_hold_drop(&command->making);
	if (!queue)
		return;
	if (!making.format)
		buffers_reset(&session->buffers, queue);
	ret = buffers_add(queue, making.first, *making.count,
			  made_len(session, &making));
	if (ret)
		log_err("session %u: %u buffers of type %u: %s", session->id,
			*making.count, making.type, strerror(-ret));
	if (!*making.count ||
	    (ret != -ENOMEM && !quota_exceeded(session->env->quota)))
		return;
	if (ret != -ENOMEM)
		log_full(session);
	if (give_back(session, &making, queue))
		command->result = -ENOMEM;
}
