// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a command of a session has led to: hostd's account of it, and what the
 * guest hears.
 */
#include "hostd/session_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/stats.h"
#include "hostd/device_kinds.h"
#include "hostd/patch.h"
#include "hostd/session_account.h"

/* Of an ioctl with VIDEO_MAX_PLANES planes or a few controls */
#define RESPONSE_USUAL 1024

void host_session_tell(struct host_session *session)
{
	const struct client_output *output = session->env->output;
	struct virtio_media_event_error event = {
		.event = VIRTIO_MEDIA_EVT_ERROR,
		.session_id = session->id,
		.error = (uint32_t)-session->untold,
	};

	if (!session->untold)
		return;
	session->untold = 0;
	output->ops->event(output->owner, NULL, &event, sizeof(event));
}

void host_session_lost(void *owner, int error)
{
	struct host_session *session = owner;
	struct host_session_env *env = session->env;

	if (session->lost)
		return;
	session->lost = true;
	if (error != -ENODEV)
		log_line(client_output_level(env->output, loop_now(env->loop)),
			 "device %s: session %u: %s", env->device->name,
			 session->id, strerror(-error));
	else if (!env->gone)
		log_warn("device %s: it has gone: who has it open gets ENODEV",
			 env->device->name);
	env->gone |= error == -ENODEV;
	/* Another one may come in its place. */
	if (error == -ENODEV)
		host_memo_spoil(env->memo, VMS_MEMO_ALL);
	session->untold = error;
	if (!session->running)
		host_session_tell(session);
}

static void respond_payload(struct host_session *session,
			    struct host_command *command)
{
	const struct client_output *output = session->env->output;
	size_t room = payload_response_room(&command->payload);
	uint8_t usual[RESPONSE_USUAL];
	struct wire_writer writer;
	size_t section;
	void *bytes = usual;

	/* What was done must be said: most answers need no memory. */
	if (room > sizeof(usual))
		bytes = malloc(room);
	if (!bytes) {
		client_output_status(output, command->tag, -ENOMEM);
		return;
	}
	wire_writer_init(&writer, bytes, room);
	payload_put_response(&command->payload, (uint32_t)-command->result,
			     &writer, &section);
	if (writer.failed || section > command->capacity)
		client_output_status(output, command->tag, -EINVAL);
	else
		output->ops->respond(output->owner, command->tag, bytes,
				     section, writer.len);
	if (bytes != usual)
		free(bytes);
}

static void respond_open(struct host_session *session,
			 struct host_command *command)
{
	const struct client_output *output = session->env->output;
	struct virtio_media_resp_open resp = { .session_id = session->id };

	output->ops->respond(output->owner, command->tag, &resp, sizeof(resp),
			     sizeof(resp));
}

/* The guest has the memory already: where in it? */
static void send_place(const struct client_output *output,
		       const struct mapping *mapping)
{
	const struct vms_obj object = {
		.addr = mapping->addr,
		.len = mapping->map.len,
		.off = mapping->offset,
		.kind = VMS_OBJ_SHMEM,
	};

	output->ops->object(output->owner, &object, -1);
}

/* The guest gets the memory itself. */
static void send_object(const struct client_output *output,
			struct host_command *command)
{
	const struct vms_obj object = {
		.addr = command->mapping->addr,
		.len = command->mapping->map.len,
		.kind = command->mapping->export->kind,
	};

	command->exported = false;
	output->ops->object(output->owner, &object, command->fd);
}

static void respond_mmap(struct host_session *session,
			 struct host_command *command)
{
	const struct client_output *output = session->env->output;
	struct virtio_media_resp_mmap resp = {
		.driver_addr = command->mapping->addr,
		.len = command->mapping->map.len,
	};

	if (command->exported)
		send_object(output, command);
	else if (command->mapping->placed)
		send_place(output, command->mapping);
	output->ops->respond(output->owner, command->tag, &resp, sizeof(resp),
			     sizeof(resp));
}

/* Return: 0, or why the guest does not get it */
static int give_object(struct host_command *command,
		       const struct export *export)
{
	command->fd = export_give(export);
	command->exported = command->fd >= 0;
	return command->exported ? 0 : command->fd;
}

/* Once for a queue: the others fail for the same reason, and there may be many. */
static void log_unshared(const struct host_session *session,
			 struct buffer_queue *queue, int error)
{
	const struct host_session_env *env = session->env;

	if (queue->unshared)
		return;
	queue->unshared = true;
	log_line(client_output_level(env->output, loop_now(env->loop)),
		 "session %u: queue of type %u: a buffer cannot be shared: %s",
		 session->id, queue->type, strerror(-error));
}

/* The plane's contents travel, if it cannot be. */
static void keep_export(struct host_session *session,
			struct host_command *command, struct mapping *mapping)
{
	struct export *export;
	int ret;

	if (!command->exported)
		return;
	command->exported = false;
	ret = exports_add(session->env->exports, command->fd, command->object,
			  mapping->map.len, &export);
	if (!ret) {
		ret = give_object(command, export);
		if (ret)
			export_release(export);
		else
			mapping->export = export;
	}
	if (ret && ret != -EDQUOT)
		log_unshared(session, command->buffer->queue, ret);
}

/* The plane has its memory: give it an address. */
static int answer_mmap(struct host_session *session,
		       struct host_command *command)
{
	struct mapping *mapping = command->mapping;
	int ret;

	if (mapping)
		return mapping->export ? give_object(command, mapping->export)
				       : 0;
	ret = window_add(session->env->window, &command->map, &mapping);
	if (ret) {
		session->file->device->ops->unmap(session->file, &command->map);
		return ret;
	}
	mapping->owner = session;
	mapping->refs = 1;
	mapping->writable = command->writable;
	mapping->placed = command->placed;
	mapping->offset = command->slice_at;
	mapping->slice = command->slice;
	command->slice = NULL;
	keep_export(session, command, mapping);
	buffers_mapped(command->buffer, command->plane, mapping);
	command->mapping = mapping;
	return 0;
}

static void session_opened(struct host_session *session)
{
	struct host_session_env *env = session->env;

	pump_init(&session->pump, session->env->loop, session->file,
		  &session->buffers, session->env->output, session->id,
		  session->pump_ops, session);
	nativeio_init(&session->nativeio, session->env->loop, session->file,
		      session->env->output, session->id, host_session_lost,
		      session);
	session->pumping = true;
	pump_update(&session->pump);
	if (env->gone)
		log_info("device %s: it is there again", env->device->name);
	env->gone = false;
}

/*
 * It was there when the guest connected, and so is the guest's node: open(2) of
 * a node whose device has gone is ENODEV, until somebody removes the node.
 */
static int open_failed(struct host_session *session, int error)
{
	struct host_session_env *env = session->env;
	char why[DEVICE_WHY_LEN];

	if (error != -ENOENT && error != -ENXIO && error != -ENODEV)
		return error;
	if (!env->gone) {
		device_explain(env->device, error, why);
		log_warn("device %s: session %u: %s", env->device->name,
			 session->id, why);
	}
	env->gone = true;
	return -ENODEV;
}

/* After an unplug read() fails, and poll() says so without failing. */
static bool says_gone(const struct host_command *command)
{
	if (command->result < 0)
		return command->result == -ENODEV;
	return command->kind == HOST_COMMAND_IO &&
	       command->io.direction == VMS_IO_POLL &&
	       ((uint32_t)command->result & (EPOLLERR | EPOLLHUP));
}

static void look_if_gone(struct host_session *session,
			 const struct host_command *command)
{
	if (says_gone(command) && !session->lost &&
	    patch_device_gone(session->file))
		host_session_lost(session, -ENODEV);
}

void host_session_answer(struct host_session *session,
			 struct host_command *command)
{
	const struct client_output *output = session->env->output;

	switch (command->kind) {
	case HOST_COMMAND_OPEN:
		if (!command->result) {
			session_opened(session);
			memo_job_answer(command->memo, NULL, 0);
			host_memo_opened(session->env->memo);
			respond_open(session, command);
			return;
		}
		command->result = open_failed(session, command->result);
		break;
	case HOST_COMMAND_CLOSE:
		/* A stream that has ended with it has let controls go. */
		host_memo_look(session->env->memo);
		output->ops->respond(output->owner, command->tag, NULL, 0, 0);
		return;
	case HOST_COMMAND_IOCTL:
		stats_add(STATS_IOCTLS, 1);
		if (!command->result)
			host_session_account(session, command);
		else
			host_session_account_failed(session, command);
		look_if_gone(session, command);
		host_memo_spoil(session->env->memo,
				command->payload.desc->spoils |
					command->spoils);
		memo_job_answer(command->memo, &command->payload,
				command->result);
		respond_payload(session, command);
		return;
	case HOST_COMMAND_IO:
		look_if_gone(session, command);
		nativeio_answer(&session->nativeio, command->tag, &command->io,
				command->bytes, command->result);
		return;
	case HOST_COMMAND_MMAP:
		if (!command->result)
			command->result = answer_mmap(session, command);
		if (!command->result) {
			respond_mmap(session, command);
			return;
		}
		break;
	case HOST_COMMAND_MUNMAP:
	case HOST_COMMAND_REFUSED:
		break;
	}
	host_command_status(output, command, command->result);
}
