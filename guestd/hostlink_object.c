// SPDX-License-Identifier: BSD-3-Clause
/*
 * OBJ: memory of a plane.
 *
 * The host's comes right before the answer to its MMAP: a descriptor, or where it is in
 * memory that both have.  So at most one waits, and for the very next frame that is not
 * DATA.  Programs' go before the QBUF that they are for, which may have to wait behind
 * DATA: so it is named.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/plane_set.h"
#include "common/shmem.h"
#include "guestd/hostlink_parts.h"

int hostlink_object_take(struct hostlink *link,
			 const struct channel_frame *frame)
{
	const struct shmem *shmem = link->config->shmem;
	uint64_t needs = VMS_FEATURE_SHM_FD;
	struct vms_obj obj;

	if (link->object.kind ||
	    wire_get_obj(frame->section, frame->header.slen, &obj))
		return -EPROTO;
	if (obj.kind == VMS_OBJ_SHMEM)
		needs = VMS_FEATURE_SHMEM;
	if (!(link->features & needs))
		return -EPROTO;
	if (obj.kind == VMS_OBJ_SHMEM &&
	    (frame->header.flags & VMS_FLAG_FD ||
	     !shmem_has_slice(shmem, obj.off, obj.len)))
		return -EPROTO;
	link->object.fd = channel_take_fd(link->channel);
	link->object.kind = obj.kind;
	if (obj.kind == VMS_OBJ_SHMEM)
		link->object.bytes = shmem->bytes + obj.off;
	link->object_addr = obj.addr;
	link->object_len = obj.len;
	return 0;
}

bool hostlink_object_fits(const struct hostlink *link, uint32_t cmd,
			  const struct channel_frame *frame)
{
	struct wire_reader reader;
	uint32_t status;
	uint64_t addr;
	uint64_t len;

	if (!link->object.kind)
		return true;
	wire_reader_init(&reader, frame->section, frame->header.slen);
	status = wire_get_u32(&reader);
	wire_get_u32(&reader);
	addr = wire_get_u64(&reader);
	len = wire_get_u64(&reader);
	return cmd == VIRTIO_MEDIA_CMD_MMAP && !reader.failed && !status &&
	       addr == link->object_addr && len == link->object_len;
}

struct plane_object hostlink_take_object(struct hostlink *link)
{
	struct plane_object object = link->object;

	link->object = (struct plane_object){ .fd = -1 };
	return object;
}

void hostlink_object_drop(struct hostlink *link)
{
	if (link->object.fd >= 0)
		close(link->object.fd);
	link->object = (struct plane_object){ .fd = -1 };
}

/* ---- programs' --------------------------------------------------------------- */

bool hostlink_imports(const struct hostlink *link)
{
	return link->features & VMS_FEATURE_OBJ_FD;
}

bool hostlink_objects_have_room(const struct hostlink *link,
				const struct hostlink_call *call)
{
	return !call->planes ||
	       call->planes->count <= VMS_OBJECTS_MAX - link->objects;
}

int hostlink_objects_send(struct hostlink *link,
			  const struct hostlink_call *call)
{
	const struct vms_header header = { .type = VMS_OBJ,
					   .flags = VMS_FLAG_FD };
	struct vms_obj object = { .addr = call->tag };
	uint8_t body[sizeof(object)];
	struct wire_writer writer;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < call->planes->count; i++) {
		object.kind = call->planes->objects[i].kind;
		wire_writer_init(&writer, body, sizeof(body));
		wire_put_obj(&writer, &object);
		ret = channel_send_fd(link->channel, &header, body,
				      sizeof(body),
				      plane_set_give(call->planes, i));
	}
	return ret;
}
