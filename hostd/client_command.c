// SPDX-License-Identifier: BSD-3-Clause
/*
 * The device core: what a command is for.  What it does is decided in session.c.
 *
 * Session ids only grow; those that are in use when they begin anew are left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats.h"
#include "common/wire.h"
#include "hostd/client_parts.h"
#include "hostd/nativeio.h"

static struct host_session *find_session(struct client *client, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < client->session_count; i++)
		if (host_session_id(client->sessions[i]) == id &&
		    !host_session_closing(client->sessions[i]))
			return client->sessions[i];
	return NULL;
}

static bool id_is_free(const struct client *client, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < client->session_count; i++)
		if (host_session_id(client->sessions[i]) == id)
			return false;
	return id != 0;
}

static int command_open(struct client *client,
			const struct client_request *request)
{
	struct host_command *command;
	struct host_session *session;
	int ret;

	if (request->capacity < sizeof(struct virtio_media_resp_open))
		return -EINVAL;
	if (client->session_count >= client->env.grant->sessions)
		return -EMFILE;
	command = host_command_create(&client->env, HOST_COMMAND_OPEN,
				      request->tag, request->capacity);
	if (!command)
		return -ENOMEM;
	/* After 2^32 of them, some may still be there that were numbered first. */
	while (!id_is_free(client, client->next_id))
		client->next_id++;
	ret = host_session_create(&client->env, client->next_id, &session);
	if (ret) {
		host_command_free(&client->env, command);
		return ret;
	}
	client->next_id++;
	client->sessions[client->session_count++] = session;
	host_session_submit(session, command);
	return 0;
}

static int command_close(struct client *client, uint32_t tag,
			 struct wire_reader *reader)
{
	struct host_session *session =
		find_session(client, wire_get_u32(reader));

	wire_get_u32(reader);
	if (reader->failed)
		return -EINVAL;
	/* As the Rust devices: closing what is not open does nothing. */
	if (!session) {
		client->output.ops->respond(client->output.owner, tag, NULL, 0,
					    0);
		return 0;
	}
	host_session_close(session, tag);
	return 0;
}

/* Refused, but answered in its turn: a session's answers are in order. */
static int command_refuse(struct client *client, struct host_session *session,
			  uint32_t tag, int error)
{
	struct host_command *command =
		host_command_create(&client->env, HOST_COMMAND_REFUSED, tag, 0);

	if (!command)
		return -ENOMEM;
	command->result = error;
	host_session_submit(session, command);
	return 0;
}

/* Memory may have come for it. */
static int command_ioctl(struct client *client,
			 const struct client_request *request,
			 struct wire_reader *reader, struct plane_set *planes)
{
	uint32_t id = wire_get_u32(reader);
	uint32_t nr = wire_get_u32(reader);
	const struct ioctl_desc *desc = ioctl_lookup_nr(nr);
	struct host_session *session = find_session(client, id);
	struct host_command *command;
	int ret;

	if (reader->failed || !session)
		return -EINVAL;
	if (!desc || desc->where == IOCTL_GUEST || desc->where == IOCTL_NOBODY)
		return command_refuse(client, session, request->tag, -ENOTTY);
	command = host_command_create(&client->env, HOST_COMMAND_IOCTL,
				      request->tag, request->capacity);
	if (!command)
		return -ENOMEM;
	command->nonblock = request->nonblock;
	ret = payload_get_request(&command->payload, desc, reader->at,
				  reader->left, request->aux, request->aux_len);
	if (ret) {
		host_command_free(&client->env, command);
		if (ret != -ENOMEM)
			stats_add(STATS_LIES, 1);
		return command_refuse(client, session, request->tag, ret);
	}
	if (command->payload.blob_len > client->env.grant->control_payload) {
		host_command_free(&client->env, command);
		return command_refuse(client, session, request->tag, -ENOMEM);
	}
	if (planes->count)
		plane_set_move(&command->planes, planes);
	host_session_submit(session, command);
	return 0;
}

static int command_mmap(struct client *client, uint32_t tag,
			struct wire_reader *reader, uint32_t capacity)
{
	struct host_session *session =
		find_session(client, wire_get_u32(reader));
	struct host_command *command;
	uint32_t offset;
	uint32_t flags;

	flags = wire_get_u32(reader);
	offset = wire_get_u32(reader);
	if (reader->failed || !session)
		return -EINVAL;
	if (capacity < sizeof(struct virtio_media_resp_mmap))
		return command_refuse(client, session, tag, -EINVAL);
	command = host_command_create(&client->env, HOST_COMMAND_MMAP, tag,
				      capacity);
	if (!command)
		return -ENOMEM;
	command->offset = offset;
	command->writable = flags & VIRTIO_MEDIA_MMAP_FLAG_RW;
	host_session_submit(session, command);
	return 0;
}

/* Whose mapping it is, is not in the command: the window knows. */
static struct host_session *mapping_session(struct client *client,
					    const struct mapping *mapping)
{
	unsigned int i;

	for (i = 0; i < client->session_count; i++)
		if (client->sessions[i] == mapping->owner &&
		    !host_session_closing(client->sessions[i]))
			return client->sessions[i];
	return NULL;
}

static int command_munmap(struct client *client, uint32_t tag,
			  struct wire_reader *reader)
{
	uint64_t addr = wire_get_u64(reader);
	struct mapping *mapping = window_find(&client->window, addr, 1);
	struct host_command *command;
	struct host_session *session;

	if (reader->failed || !mapping || mapping->addr != addr)
		return -EINVAL;
	session = mapping_session(client, mapping);
	if (!session) {
		/* Closed, or about to be: only the address is left. */
		if (mapping->refs)
			mapping->refs--;
		if (!mapping->refs && !mapping->owner)
			window_remove(&client->window, mapping);
		client_output_status(&client->output, tag, 0);
		return 0;
	}
	command =
		host_command_create(&client->env, HOST_COMMAND_MUNMAP, tag, 0);
	if (!command)
		return -ENOMEM;
	command->addr = addr;
	host_session_submit(session, command);
	return 0;
}

static int dispatch(struct client *client, const struct client_request *request,
		    struct plane_set *planes)
{
	uint32_t tag = request->tag;
	struct wire_reader reader;
	uint32_t cmd;

	wire_reader_init(&reader, request->bytes, request->len);
	cmd = wire_get_u32(&reader);
	wire_get_u32(&reader); /* reserved: stale bytes in the kernel driver */
	if (reader.failed)
		return -EINVAL;
	switch (cmd) {
	case VIRTIO_MEDIA_CMD_OPEN:
		return command_open(client, request);
	case VIRTIO_MEDIA_CMD_CLOSE:
		return command_close(client, tag, &reader);
	case VIRTIO_MEDIA_CMD_IOCTL:
		return command_ioctl(client, request, &reader, planes);
	case VIRTIO_MEDIA_CMD_MMAP:
		return command_mmap(client, tag, &reader, request->capacity);
	case VIRTIO_MEDIA_CMD_MUNMAP:
		return command_munmap(client, tag, &reader);
	default:
		return -ENOTTY;
	}
}

void client_command(struct client *client, const struct client_request *request)
{
	struct plane_set planes;
	int ret;

	imports_take(&client->imports, request->tag, &planes);
	ret = dispatch(client, request, &planes);
	plane_set_finish(&planes);
	if (ret)
		client_output_status(&client->output, request->tag, ret);
}

int client_object(struct client *client, uint32_t tag, int fd,
		  enum vms_obj_kind kind)
{
	return imports_add(&client->imports, tag, fd, kind);
}

static int command_io(struct client *client, uint32_t tag, const void *bytes,
		      size_t len, uint32_t capacity)
{
	struct host_command *command;
	struct host_session *session;
	const void *written;
	struct vms_io io;

	if (!client->env.device->ops->read ||
	    wire_get_io(bytes, len, &io, &written) ||
	    nativeio_room(&io) > capacity) {
		stats_add(STATS_LIES, 1);
		return -EINVAL;
	}
	session = find_session(client, io.session_id);
	if (!session)
		return -EINVAL;
	command = host_command_create(&client->env, HOST_COMMAND_IO, tag,
				      capacity);
	if (!command)
		return -ENOMEM;
	command->bytes = malloc(nativeio_room(&io));
	if (!command->bytes) {
		host_command_free(&client->env, command);
		return -ENOMEM;
	}
	if (written)
		memcpy(command->bytes, written, io.length);
	command->io = io;
	host_session_submit(session, command);
	return 0;
}

void client_io(struct client *client, uint32_t tag, const void *bytes,
	       size_t len, uint32_t capacity)
{
	int ret = command_io(client, tag, bytes, len, capacity);

	if (ret)
		client_output_io_status(&client->output, tag, ret);
}
