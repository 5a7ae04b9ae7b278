// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads on the wire.
 *
 *	request:  cmd_ioctl | argument | array | SG list  | pad | aux block
 *	response: resp      | argument | array            | pad | aux block
 *
 * The argument is there when its direction says so, and so is the array.  The
 * SG list says where in the guest the payload of each control is; the aux block
 * carries those bytes, which virtio would fetch and store itself.  All of them
 * go both ways, because what the driver leaves alone must come back as it was.
 *
 * Here they are put together; payload_parse.c takes them apart.
 */
#include "common/payload.h"

#include <errno.h>
#include <string.h>

static struct v4l2_format *format_of(const struct ioctl_desc *desc,
				     union payload_arg *arg)
{
	return desc->cmd == VIDIOC_CREATE_BUFS ? &arg->create.format
					       : &arg->format;
}

/*
 * Overlays: without clips and frame buffer address a node must not claim that
 * it can clip either, or v4l2-compliance expects clips to be kept.
 */
void payload_zero_pointers(const struct ioctl_desc *desc,
			   union payload_arg *arg)
{
	struct v4l2_format *format;

	switch (desc->nested) {
	case IOCTL_NESTED_NONE:
		break;
	case IOCTL_NESTED_PLANES:
		if (V4L2_TYPE_IS_MULTIPLANAR(arg->buffer.type))
			arg->buffer.m.planes = NULL;
		break;
	case IOCTL_NESTED_CONTROLS:
		arg->controls.controls = NULL;
		break;
	case IOCTL_NESTED_EDID:
		arg->edid.edid = NULL;
		break;
	case IOCTL_NESTED_WINDOW:
		format = format_of(desc, arg);
		if (!payload_is_overlay(format->type))
			break;
		format->fmt.win.clips = NULL;
		format->fmt.win.clipcount = 0;
		format->fmt.win.bitmap = NULL;
		break;
	case IOCTL_NESTED_FBUF:
		arg->framebuffer.base = NULL;
		if (desc->cmd == VIDIOC_G_FBUF)
			arg->framebuffer.capability &=
				~(V4L2_FBUF_CAP_LIST_CLIPPING |
				  V4L2_FBUF_CAP_BITMAP_CLIPPING);
		break;
	}
}

bool payload_carries_argument(const struct ioctl_desc *desc, uint32_t status)
{
	if (!ioctl_writes(desc))
		return false;
	if (status == 0)
		return true;
	if (status == ENOTTY || status == ENODEV)
		return false;
	return ioctl_copies_on_error(desc);
}

static size_t aux_size(const struct payload *payload)
{
	if (payload->blob_count == 0)
		return 0;
	return sizeof(struct vms_aux) +
	       payload->blob_count * sizeof(struct vms_extent) +
	       payload->blob_len;
}

void payload_request_size(const struct payload *payload, size_t *section,
			  size_t *aux)
{
	*section = sizeof(struct virtio_media_cmd_ioctl);
	if (ioctl_reads(payload->desc))
		*section += ioctl_size(payload->desc) + payload->nested_len;
	*section += payload->blob_count * sizeof(struct virtio_media_sg_entry);
	*aux = aux_size(payload);
}

size_t payload_response_size(const struct payload *payload)
{
	if (!ioctl_writes(payload->desc))
		return sizeof(struct virtio_media_resp);
	return sizeof(struct virtio_media_resp) + ioctl_size(payload->desc) +
	       payload->nested_len;
}

size_t payload_response_room(const struct payload *payload)
{
	return wire_pad(payload_response_size(payload)) + aux_size(payload);
}

/* Where a pointer of an argument is that has something behind it. */
static void put_back_pointer(const struct payload *payload,
			     union payload_arg *arg)
{
	void *addr = (void *)(uintptr_t)payload->nested_addr;

	switch (payload->desc->nested) {
	case IOCTL_NESTED_PLANES:
		if (V4L2_TYPE_IS_MULTIPLANAR(arg->buffer.type))
			arg->buffer.m.planes = addr;
		break;
	case IOCTL_NESTED_CONTROLS:
		arg->controls.controls = addr;
		break;
	case IOCTL_NESTED_EDID:
		arg->edid.edid = addr;
		break;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
}

static void put_controls(const struct payload *payload, bool answer,
			 struct wire_writer *writer)
{
	struct v4l2_ext_control control;
	size_t i, count = payload->nested_len / sizeof(control);
	unsigned int blob = 0;

	for (i = 0; i < count; i++) {
		memcpy(&control, payload->nested + i * sizeof(control),
		       sizeof(control));
		if (blob < payload->blob_count &&
		    payload->blobs[blob].control == i) {
			control.ptr =
				answer ? (void *)(uintptr_t)payload->blobs[blob]
						 .addr
				       : NULL;
			blob++;
		}
		wire_put_bytes(writer, &control, sizeof(control));
	}
}

/* Most arguments are numbers, and go as they are. */
static bool has_pointer(const struct payload *payload)
{
	enum ioctl_nested nested = payload->desc->nested;

	if (nested == IOCTL_NESTED_WINDOW)
		return payload->desc->cmd == VIDIOC_CREATE_BUFS ||
		       payload_is_overlay(payload->arg.format.type);
	return nested != IOCTL_NESTED_NONE;
}

/* @answer: with the pointers that the request had, as virtio wants it. */
static void put_patched(const struct payload *payload, bool answer,
			struct wire_writer *writer)
{
	size_t size = ioctl_size(payload->desc);
	union payload_arg arg;

	memcpy(arg.bytes, payload->arg.bytes, size);
	payload_zero_pointers(payload->desc, &arg);
	if (answer)
		put_back_pointer(payload, &arg);
	wire_put_bytes(writer, arg.bytes, size);
}

static void put_argument(const struct payload *payload, bool answer,
			 struct wire_writer *writer)
{
	if (has_pointer(payload))
		put_patched(payload, answer, writer);
	else
		wire_put_bytes(writer, payload->arg.bytes,
			       ioctl_size(payload->desc));
	if (payload->desc->nested == IOCTL_NESTED_CONTROLS)
		put_controls(payload, answer, writer);
	else
		wire_put_bytes(writer, payload->nested, payload->nested_len);
}

static void put_aux(const struct payload *payload, size_t section, uint16_t dir,
		    struct wire_writer *writer)
{
	unsigned int i;

	if (payload->blob_count == 0)
		return;

	wire_put_zero(writer, wire_pad(section) - section);
	wire_put_u32(writer, payload->blob_count);
	wire_put_u32(writer, 0);
	for (i = 0; i < payload->blob_count; i++) {
		const struct payload_blob *blob = &payload->blobs[i];

		wire_put_u64(writer, blob->wire_addr);
		wire_put_u32(writer, blob->len);
		wire_put_u16(writer, dir);
		wire_put_u16(writer, VMS_SPACE_GUEST);
	}
	wire_put_bytes(writer, payload->blob_bytes, payload->blob_len);
}

void payload_put_request(const struct payload *payload, uint32_t session_id,
			 struct wire_writer *writer)
{
	size_t start = writer->len;
	unsigned int i;

	wire_put_u32(writer, VIRTIO_MEDIA_CMD_IOCTL);
	wire_put_u32(writer, 0);
	wire_put_u32(writer, session_id);
	wire_put_u32(writer, _IOC_NR(payload->desc->cmd));
	if (ioctl_reads(payload->desc))
		put_argument(payload, false, writer);
	for (i = 0; i < payload->blob_count; i++) {
		wire_put_u64(writer, payload->blobs[i].wire_addr);
		wire_put_u32(writer, payload->blobs[i].len);
		wire_put_u32(writer, 0);
	}
	put_aux(payload, writer->len - start,
		VMS_EXTENT_READ | VMS_EXTENT_WRITE, writer);
}

void payload_put_response(const struct payload *payload, uint32_t status,
			  struct wire_writer *writer, size_t *section_len)
{
	bool carries = payload_carries_argument(payload->desc, status);
	size_t start = writer->len;

	wire_put_u32(writer, status);
	wire_put_u32(writer, 0);
	if (carries)
		put_argument(payload, true, writer);
	*section_len = writer->len - start;
	if (carries)
		put_aux(payload, *section_len, VMS_EXTENT_WRITE, writer);
}
