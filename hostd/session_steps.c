// SPDX-License-Identifier: BSD-3-Clause
/*
 * What each command of a session does before its answer: begin, run.
 *
 * Only one command of a session is between begin and answer, so what it changes
 * needs no lock; the pump alone runs beside a worker.
 */
#include "hostd/session_steps.h"

#include <errno.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "common/stats.h"
#include "hostd/device_open.h"
#include "hostd/patch.h"
#include "hostd/permit.h"
#include "hostd/session_making.h"

/* ---- run: on the worker or on the loop ------------------------------- */

static int run_open(struct host_session *session, struct host_command *command)
{
	const struct host_session_env *env = session->env;
	int ret;

	ret = device_open(env->device, env->index, env->opener, &session->file);
	if (!ret)
		memo_job_run(command->memo, session->file);
	return ret;
}

/* begin has seen to it that nobody uses the session's memory any more. */
void host_session_close_run(struct host_session *session)
{
	const struct device_ops *ops = session->file->device->ops;
	unsigned int i;

	for (i = 0; i < session->unmap_count; i++)
		ops->unmap(session->file, &session->unmap[i]);
	ops->close(session->file);
	session->file = NULL;
	memo_monitor_close(session->monitor);
	session->monitor = NULL;
}

/* The node is open with O_NONBLOCK, which is what it looks at. */
static bool seeks_blocking(const struct host_command *command)
{
	return command->payload.desc->cmd == VIDIOC_S_HW_FREQ_SEEK &&
	       !command->nonblock;
}

/* May the guest's programs bring memory of their own? */
static bool may_import(const struct host_session *session)
{
	return session->env->output->features & VMS_FEATURE_OBJ_FD &&
	       session->env->device->ops->imports;
}

static int run_ioctl(struct host_session *session, struct host_command *command)
{
	const struct device_ops *ops = session->file->device->ops;
	bool block = seeks_blocking(command);
	bool paced = command->payload.desc->sleeps;
	uint64_t begun = paced ? monotonic_ns() : 0;
	int ret;

	/* begin_ioctl() has made sure that nobody else uses the file. */
	if (block && ops->set_blocking)
		ops->set_blocking(session->file, true);
	ret = patch_run(session->file, &command->payload,
			may_import(session) ? &command->planes : NULL,
			&session->env->grant->controls);
	if (block && ops->set_blocking)
		ops->set_blocking(session->file, false);
	if (paced)
		command->ns = monotonic_ns() - begun;
	memo_job_run(command->memo, session->file);
	return ret;
}

/* Without a descriptor, its contents travel. */
static void export_plane(const struct host_session *session,
			 struct host_command *command)
{
	const struct device_ops *ops = session->env->device->ops;
	const struct device_plane plane = {
		.type = command->buffer->queue->type,
		.index = command->buffer->index,
		.plane = command->plane,
	};

	if (!(session->env->output->features & VMS_FEATURE_SHM_FD) ||
	    !ops->export_plane)
		return;
	command->fd = ops->export_plane(session->file, &plane, &command->map,
					&command->object);
	command->exported = command->fd >= 0;
}

/* Where the guest sees the contents, too, if there is room for that. */
static void place_plane(const struct host_session *session,
			struct host_command *command)
{
	struct slices *slices = session->env->device->slices;

	if (!slices)
		return;
	command->placed =
		slices_offset(slices, command->map.bytes, &command->slice_at);
	if (command->placed)
		return;
	command->slice = slices_take(slices, command->map.len);
	command->placed = command->slice;
	if (command->slice)
		command->slice_at = command->slice->offset;
}

static int run_mmap(struct host_session *session, struct host_command *command)
{
	const struct device_ops *ops = session->env->device->ops;
	int ret;

	ret = ops->map(session->file, command->offset,
		       command->buffer->planes[command->plane].len,
		       &command->map);
	if (ret)
		return ret;
	export_plane(session, command);
	place_plane(session, command);
	return 0;
}

void host_session_run(struct host_session *session,
		      struct host_command *command)
{
	const struct device_ops *ops = session->env->device->ops;

	switch (command->kind) {
	case HOST_COMMAND_OPEN:
		command->result = run_open(session, command);
		break;
	case HOST_COMMAND_CLOSE:
		host_session_close_run(session);
		break;
	case HOST_COMMAND_IOCTL:
		command->result = run_ioctl(session, command);
		break;
	case HOST_COMMAND_MMAP:
		command->result = run_mmap(session, command);
		break;
	case HOST_COMMAND_MUNMAP:
		ops->unmap(session->file, &command->map);
		break;
	case HOST_COMMAND_IO:
		command->result = nativeio_run(session->file, &command->io,
					       command->bytes);
		break;
	case HOST_COMMAND_REFUSED:
		break;
	}
}

/* ---- begin ------------------------------------------------------------ */

/*
 * The QBUF with which a streaming queue has enough buffers starts the device
 * (vb2_core_qbuf() calls vb2_start_streaming()), which may take its time.
 */
static bool may_start(const struct buffer *buffer)
{
	return buffer && buffer->queue->streaming && !buffer->queue->started;
}

/* What came with it is looked at before any device is. */
static int begin_import(struct host_session *session,
			struct host_command *command)
{
	const struct v4l2_buffer *arg = &command->payload.arg.buffer;
	const struct v4l2_plane *planes = payload_planes(&command->payload);
	uint32_t lens[VIDEO_MAX_PLANES] = { 0 };
	unsigned int i;

	if (!planes)
		lens[0] = arg->length;
	for (i = 0; planes && i < payload_plane_count(&command->payload); i++)
		lens[i] = planes[i].length;
	command->sleeps = true;
	return imports_check(session->env->imports, &command->planes,
			     session->env->device->ops->imports, lens,
			     &command->hold);
}

static void log_refused(struct host_session *session, const char *what)
{
	const struct host_session_env *env = session->env;

	stats_add(STATS_REFUSED, 1);
	if (session->told_refused)
		return;
	session->told_refused = true;
	log_line(client_output_level(env->output, loop_now(env->loop)),
		 "session %u: %s: refused: the guest may only %s", session->id,
		 what, grant_class_name(env->grant->class));
}

static int begin_ioctl(struct host_session *session,
		       struct host_command *command)
{
	const union payload_arg *arg = &command->payload.arg;
	struct buffer *buffer;
	int ret;

	ret = permit_ioctl(session->env->grant, &command->payload);
	if (ret) {
		log_refused(session, command->payload.desc->name);
		return ret;
	}
	switch (command->payload.desc->cmd) {
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		buffer = buffers_find(&session->buffers, arg->buffer.type,
				      arg->buffer.index);
		/* The guest has not been told yet that it is finished. */
		if (buffer && buffer->state == BUFFER_SENDING)
			return -EINVAL;
		if (buffer)
			buffers_fetch(buffer, &arg->buffer,
				      payload_planes(&command->payload));
		if (command->planes.count) {
			ret = begin_import(session, command);
			if (ret)
				return ret;
		} else if (!may_start(buffer)) {
			break;
		}
		/* Drivers grab controls while they stream. */
		command->spoils = ioctl_lookup(VIDIOC_STREAMON)->spoils;
		/* Or the pump finishes it before it is known as queued. */
		pump_suspend(&session->pump);
		command->sleeps = true;
		break;
	case VIDIOC_REMOVE_BUFS:
		if (buffers_sending(&session->buffers, arg->remove.type,
				    arg->remove.index, arg->remove.count))
			return -EBUSY;
		/* Or the pump finishes, and lends, one that the worker removes. */
		pump_suspend(&session->pump);
		break;
	case VIDIOC_REQBUFS:
	case VIDIOC_CREATE_BUFS:
		return host_session_make_begin(session, command);
	case VIDIOC_SUBSCRIBE_EVENT:
		return subscriptions_prepare(&session->subscriptions,
					     arg->subscription.type,
					     arg->subscription.id);
	case VIDIOC_S_HW_FREQ_SEEK:
		if (!seeks_blocking(command))
			break;
		if (session->buffers.streaming)
			return -EBUSY;
		pump_suspend(&session->pump);
		break;
	default:
		break;
	}
	return 0;
}

static int begin_io(struct host_session *session,
		    const struct host_command *command)
{
	int ret = permit_io(session->env->grant, command->io.direction);

	if (ret)
		log_refused(session, "write");
	return ret;
}

static int begin_mmap(struct host_session *session,
		      struct host_command *command)
{
	struct mapping *mapping;

	command->buffer = buffers_plane_at(&session->buffers, command->offset,
					   &command->plane);
	if (!command->buffer)
		return -EINVAL;
	mapping = command->buffer->planes[command->plane].mapping;
	if (!mapping)
		return 0;
	mapping->refs++;
	mapping->writable |= command->writable;
	command->mapping = mapping;
	return 1;
}

/* Nobody but the device uses the plane's memory when this returns. */
static void release_mapping(struct host_session *session,
			    const struct mapping *mapping)
{
	const struct client_output *output = session->env->output;

	output->ops->forget(output->owner, mapping->map.bytes,
			    mapping->map.len);
	if (mapping->buffer && mapping->buffer->state == BUFFER_SENDING)
		output->ops->cancel(output->owner, mapping->buffer->queue);
}

static int begin_munmap(struct host_session *session,
			struct host_command *command)
{
	struct mapping *mapping =
		window_find(session->env->window, command->addr, 1);

	/* An earlier MUNMAP may have removed it since it was submitted. */
	if (!mapping || mapping->owner != session)
		return -EINVAL;
	if (mapping->refs && --mapping->refs)
		return 1;
	release_mapping(session, mapping);
	command->map = mapping->map;
	buffers_unmapped(&session->buffers, mapping);
	return 0;
}

/*
 * The guest's MUNMAPs may come later, and find that nothing is left to do: an
 * address that is never used again is all that such a mapping is.
 */
void host_session_close_begin(struct host_session *session)
{
	struct window *window = session->env->window;
	struct mapping *mapping;
	unsigned int i = 0;

	if (session->pumping) {
		pump_finish(&session->pump);
		nativeio_finish(&session->nativeio);
		session->monitor = host_memo_closing(session->env->memo);
	}
	session->pumping = false;
	free(session->unmap);
	session->unmap_count = 0;
	session->unmap = calloc(window->count + 1, sizeof(session->unmap[0]));
	while (i < window->count) {
		mapping = window->mappings[i];
		if (mapping->owner != session) {
			i++;
			continue;
		}
		release_mapping(session, mapping);
		if (session->unmap)
			session->unmap[session->unmap_count++] = mapping->map;
		else
			session->file->device->ops->unmap(session->file,
							  &mapping->map);
		buffers_let_go(&session->buffers, mapping);
		mapping->owner = NULL;
		if (mapping->refs)
			i++;
		else
			buffers_unmapped(&session->buffers, mapping);
	}
	buffers_finish(&session->buffers);
	subscriptions_finish(&session->subscriptions);
}

int host_session_begin(struct host_session *session,
		       struct host_command *command)
{
	int ret;

	switch (command->kind) {
	case HOST_COMMAND_OPEN:
		command->memo = memo_job_open(session->env->memo);
		return 0;
	case HOST_COMMAND_CLOSE:
		host_session_close_begin(session);
		return session->file ? 0 : 1;
	case HOST_COMMAND_MUNMAP:
		return begin_munmap(session, command);
	case HOST_COMMAND_IOCTL:
		ret = session->lost ? -ENODEV : begin_ioctl(session, command);
		if (!ret)
			command->memo = memo_job_ioctl(session->env->memo,
						       &command->payload,
						       &command->sleeps);
		return ret;
	case HOST_COMMAND_MMAP:
		return session->lost ? -ENODEV : begin_mmap(session, command);
	case HOST_COMMAND_IO:
		nativeio_begin(&session->nativeio);
		return session->lost ? -ENODEV : begin_io(session, command);
	case HOST_COMMAND_REFUSED:
		return command->result;
	}
	return -ENOTTY;
}
