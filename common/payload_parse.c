// SPDX-License-Identifier: BSD-3-Clause
/*
 * Taking payloads from the wire apart, the layout being in payload_wire.c.
 *
 * The peer may be hostile.  Both directions check all lengths before they use a
 * value, and no length from the wire is allocated before the bytes are there.
 */
#include "common/payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where the bytes of all blobs are in an aux block that has exactly their
 * extents, or NULL.  The channel's padding is behind it.
 */
static const uint8_t *find_aux_bytes(const struct payload *payload,
				     const void *aux, size_t aux_len,
				     uint16_t dir)
{
	struct wire_reader reader;
	const uint8_t *bytes;
	unsigned int i;
	bool same;

	wire_reader_init(&reader, aux, aux_len);
	same = wire_get_u32(&reader) == payload->blob_count;
	same &= wire_get_u32(&reader) == 0;
	for (i = 0; same && i < payload->blob_count; i++) {
		const struct payload_blob *blob = &payload->blobs[i];

		same &= wire_get_u64(&reader) == blob->wire_addr;
		same &= wire_get_u32(&reader) == blob->len;
		same &= wire_get_u16(&reader) == dir;
		same &= wire_get_u16(&reader) == VMS_SPACE_GUEST;
	}
	bytes = wire_skip(&reader, payload->blob_len);
	if (!same || reader.left >= 8)
		return NULL;
	return bytes;
}

/* ---- requests, on the host ------------------------------------------ */

/* Makes a blob of every control that has a size. */
static int get_blobs(struct payload *payload, struct wire_reader *reader)
{
	struct v4l2_ext_control *array = (void *)payload->nested;
	struct payload_blob *blob;
	uint32_t i;

	for (i = 0; i < payload->arg.controls.count; i++) {
		if (array[i].size == 0)
			continue;
		if (array[i].size > VMS_MAX_CTRL - payload->blob_len)
			return -EINVAL;
		payload->blob_len += array[i].size;
		payload->blob_count++;
	}
	if (payload->blob_count == 0)
		return 0;

	payload->blobs = calloc(payload->blob_count, sizeof(*blob));
	if (!payload->blobs)
		return -ENOMEM;

	payload->blob_len = 0;
	blob = payload->blobs;
	for (i = 0; i < payload->arg.controls.count; i++) {
		if (array[i].size == 0)
			continue;
		blob->addr = (uintptr_t)array[i].ptr;
		array[i].ptr = NULL;
		blob->control = i;
		blob->len = array[i].size;
		blob->own = blob->len;
		blob->offset = payload->blob_len;
		blob->wire_addr = wire_get_u64(reader);
		if (wire_get_u32(reader) != blob->len ||
		    blob->wire_addr > UINT64_MAX - blob->len)
			return -EINVAL;
		wire_skip(reader, sizeof(uint32_t));
		payload->blob_len += blob->len;
		blob++;
	}
	return reader->failed ? -EINVAL : 0;
}

static int get_blob_bytes(struct payload *payload, const void *aux,
			  size_t aux_len)
{
	const uint8_t *bytes;

	if (payload->blob_count == 0)
		return aux ? -EINVAL : 0;
	if (!aux)
		return -EINVAL;

	bytes = find_aux_bytes(payload, aux, aux_len,
			       VMS_EXTENT_READ | VMS_EXTENT_WRITE);
	if (!bytes)
		return -EINVAL;
	payload->blob_bytes = malloc(payload->blob_len);
	if (!payload->blob_bytes)
		return -ENOMEM;
	memcpy(payload->blob_bytes, bytes, payload->blob_len);
	return 0;
}

static int get_nested(struct payload *payload, struct wire_reader *reader)
{
	const uint8_t *bytes;
	uint64_t addr;
	size_t len;
	int ret;

	ret = payload_nested(payload->desc, &payload->arg, &addr, &len);
	if (ret < 0)
		return ret;
	payload->nested_addr = addr;
	if (len == 0)
		return 0;

	bytes = wire_skip(reader, len);
	if (!bytes)
		return -EINVAL;
	payload->nested = malloc(len);
	if (!payload->nested)
		return -ENOMEM;
	memcpy(payload->nested, bytes, len);
	payload->nested_len = len;

	if (payload->desc->nested != IOCTL_NESTED_CONTROLS)
		return 0;
	return get_blobs(payload, reader);
}

int payload_get_request(struct payload *payload, const struct ioctl_desc *desc,
			const void *section, size_t section_len,
			const void *aux, size_t aux_len)
{
	const void *arg = NULL;
	struct wire_reader reader;
	int ret = 0;

	wire_reader_init(&reader, section, section_len);
	if (ioctl_reads(desc))
		arg = wire_skip(&reader, ioctl_size(desc));
	if (reader.failed)
		return -EINVAL;
	payload_init(payload, desc, arg);
	if (arg) {
		ret = get_nested(payload, &reader);
		payload_zero_pointers(desc, &payload->arg);
	}
	if (ret == 0)
		ret = get_blob_bytes(payload, aux, aux_len);
	if (ret < 0)
		payload_finish(payload);
	return ret;
}

/* ---- responses, in the guest ---------------------------------------- */

/**
 * struct text_field - Text in an argument that an application may print
 */
struct text_field {
	uint16_t offset;
	uint16_t len; /* 0: none */
};

#define TEXT_FIELDS 3

#define TEXT(type, member)                                                     \
	{                                                                      \
		offsetof(struct type, member),                                 \
			sizeof(((struct type *)NULL)->member)                  \
	}
#define ROW(ioctl, ...) [_IOC_NR(VIDIOC_##ioctl)] = { __VA_ARGS__ }

/*
 * QUERYMENU's name shares its bytes with the value of an integer menu, which
 * has the first 8 of them only, and v4l2-core zeroes the rest in advance
 * (v4l2-ioctl.c INFO_FL_CLEAR): its last byte is 0 in both cases.
 */
static const struct text_field text_fields[IOCTL_NR_MAX][TEXT_FIELDS] = {
	ROW(QUERYCAP, TEXT(v4l2_capability, driver),
	    TEXT(v4l2_capability, card), TEXT(v4l2_capability, bus_info)),
	ROW(ENUM_FMT, TEXT(v4l2_fmtdesc, description)),
	ROW(ENUMSTD, TEXT(v4l2_standard, name)),
	ROW(ENUMINPUT, TEXT(v4l2_input, name)),
	ROW(ENUMOUTPUT, TEXT(v4l2_output, name)),
	ROW(G_TUNER, TEXT(v4l2_tuner, name)),
	ROW(G_MODULATOR, TEXT(v4l2_modulator, name)),
	ROW(G_AUDIO, TEXT(v4l2_audio, name)),
	ROW(ENUMAUDIO, TEXT(v4l2_audio, name)),
	ROW(G_AUDOUT, TEXT(v4l2_audioout, name)),
	ROW(ENUMAUDOUT, TEXT(v4l2_audioout, name)),
	ROW(QUERYCTRL, TEXT(v4l2_queryctrl, name)),
	ROW(QUERYMENU, TEXT(v4l2_querymenu, name)),
	ROW(QUERY_EXT_CTRL, TEXT(v4l2_query_ext_ctrl, name)),
};

static void terminate_text(const struct ioctl_desc *desc,
			   union payload_arg *arg)
{
	const struct text_field *fields = text_fields[_IOC_NR(desc->cmd)];
	size_t i;

	for (i = 0; i < TEXT_FIELDS && fields[i].len; i++)
		arg->bytes[fields[i].offset + fields[i].len - 1] = '\0';
}

static void limit(uint32_t *count, uint32_t max)
{
	if (*count > max)
		*count = max;
}

/* Which queue it is about, and counts of arrays inside the argument. */
static void restore_plain(const struct ioctl_desc *desc,
			  const union payload_arg *sent, union payload_arg *got)
{
	switch (desc->cmd) {
	case VIDIOC_REQBUFS:
		got->reqbufs.type = sent->reqbufs.type;
		break;
	case VIDIOC_REMOVE_BUFS:
		got->remove.index = sent->remove.index;
		got->remove.count = sent->remove.count;
		got->remove.type = sent->remove.type;
		break;
	case VIDIOC_QUERY_EXT_CTRL:
		limit(&got->query_ext_ctrl.nr_of_dims, V4L2_CTRL_MAX_DIMS);
		break;
	case VIDIOC_G_ENC_INDEX:
		limit(&got->enc_idx.entries, V4L2_ENC_IDX_ENTRIES);
		break;
	default:
		break;
	}
}

static void limit_planes(struct v4l2_format *format)
{
	if (V4L2_TYPE_IS_MULTIPLANAR(format->type) &&
	    format->fmt.pix_mp.num_planes > VIDEO_MAX_PLANES)
		format->fmt.pix_mp.num_planes = VIDEO_MAX_PLANES;
}

/* Puts back what the device must not change, given what was sent. */
static void restore_argument(const struct payload *payload, uint32_t status,
			     union payload_arg *got)
{
	const union payload_arg *sent = &payload->arg;
	uint32_t which;

	switch (payload->desc->nested) {
	case IOCTL_NESTED_NONE:
		restore_plain(payload->desc, sent, got);
		break;
	case IOCTL_NESTED_PLANES:
		/* DQBUF, which returns them, does not travel. */
		got->buffer.index = sent->buffer.index;
		got->buffer.type = sent->buffer.type;
		if (!V4L2_TYPE_IS_MULTIPLANAR(sent->buffer.type))
			break;
		got->buffer.m.planes = sent->buffer.m.planes;
		/* Less: that many it really has (vb2 __fill_v4l2_buffer). */
		if (got->buffer.length > sent->buffer.length)
			got->buffer.length = sent->buffer.length;
		break;
	case IOCTL_NESTED_CONTROLS:
		/* v4l2_g_ext_ctrls_common() may strip it to the class. */
		which = sent->controls.which;
		if (got->controls.which != V4L2_CTRL_ID2WHICH(which))
			got->controls.which = which;
		got->controls.count = sent->controls.count;
		got->controls.request_fd = sent->controls.request_fd;
		got->controls.controls = sent->controls.controls;
		/* As it was, if the ioctl was refused before it began. */
		if (got->controls.error_idx > sent->controls.count &&
		    got->controls.error_idx != sent->controls.error_idx)
			got->controls.error_idx = sent->controls.count;
		break;
	case IOCTL_NESTED_EDID:
		got->edid.pad = sent->edid.pad;
		got->edid.start_block = sent->edid.start_block;
		got->edid.edid = sent->edid.edid;
		/* 0 asks how many there are. */
		if (got->edid.blocks > sent->edid.blocks &&
		    (status != 0 || sent->edid.blocks != 0 ||
		     got->edid.blocks > IOCTL_EDID_BLOCKS_MAX))
			got->edid.blocks = sent->edid.blocks;
		break;
	case IOCTL_NESTED_WINDOW:
		if (payload->desc->cmd == VIDIOC_CREATE_BUFS) {
			got->create.format.type = sent->create.format.type;
			limit_planes(&got->create.format);
		} else {
			got->format.type = sent->format.type;
			limit_planes(&got->format);
		}
		payload_zero_pointers(payload->desc, got);
		break;
	case IOCTL_NESTED_FBUF:
		payload_zero_pointers(payload->desc, got);
		break;
	}
}

/*
 * The size that the application sees.  @sent is what we told the host: 0 for a
 * scalar, and less than the application's for a payload that was cut.
 */
static uint32_t control_size(uint32_t own, uint32_t sent, uint32_t got,
			     bool scalar, uint32_t status)
{
	if (scalar || got == sent)
		return own;
	/* The size it would have needed (v4l2-ctrls-api.c ptr_to_user). */
	if (got > own && status != ENOSPC)
		return own;
	return got;
}

static void get_controls(struct payload *payload, uint32_t status,
			 struct wire_reader *reader)
{
	struct v4l2_ext_control *array = (void *)payload->nested;
	struct v4l2_ext_control got;
	size_t i, count = payload->nested_len / sizeof(got);
	unsigned int blob = 0;

	for (i = 0; i < count; i++) {
		const struct payload_saved *saved = &payload->saved[i];
		bool has_blob = blob < payload->blob_count &&
				payload->blobs[blob].control == i;
		/* With a size, only a scalar has no blob. */
		bool scalar = !has_blob && saved->size != 0;

		if (has_blob)
			blob++;
		wire_get_bytes(reader, &got, sizeof(got));
		/* Not asked about, but a scalar would have no size now. */
		if (has_blob || (!scalar && got.size != 0))
			got.value64 = (int64_t)saved->ptr;
		got.id = saved->id;
		got.size = control_size(saved->size, array[i].size, got.size,
					scalar, status);
		array[i] = got;
	}
}

/*
 * A string comes out terminated; but one that came without an end, and which
 * the driver left alone because there was an error, stays as the application
 * wrote it.
 */
static void get_blobs_back(struct payload *payload, uint32_t status,
			   const uint8_t *bytes)
{
	unsigned int i;

	for (i = 0; i < payload->blob_count; i++) {
		const struct payload_blob *blob = &payload->blobs[i];
		uint8_t *text = payload->blob_bytes + blob->offset;
		bool terminated = memchr(text, '\0', blob->own);

		memcpy(text, bytes + blob->offset, blob->len);
		if (blob->text && (status == 0 || terminated) &&
		    !memchr(text, '\0', blob->own))
			text[blob->own - 1] = '\0';
	}
}

/* Planes that the buffer does not have stay as they are (vb2 fills no others). */
static void get_planes(struct payload *payload, uint32_t count,
		       struct wire_reader *reader)
{
	size_t len = count * sizeof(struct v4l2_plane);

	if (len > payload->nested_len)
		len = payload->nested_len;
	wire_get_bytes(reader, payload->nested, len);
}

int payload_get_response(struct payload *payload, const void *section,
			 size_t section_len, const void *aux, size_t aux_len,
			 uint32_t *status, bool *filled)
{
	const struct ioctl_desc *desc = payload->desc;
	const uint8_t *blob_bytes = NULL;
	struct wire_reader reader;
	union payload_arg got;
	uint32_t said;
	bool carried;

	wire_reader_init(&reader, section, section_len);
	said = wire_get_u32(&reader);
	wire_skip(&reader, sizeof(uint32_t));
	if (reader.failed || said > VMS_ERRNO_MAX)
		return -EPROTO;

	/* Whoever refuses a request before it runs has nothing to return. */
	carried = payload_carries_argument(desc, said) &&
		  (said == 0 || reader.left > 0);
	if (section_len != (carried ? payload_response_size(payload)
				    : sizeof(struct virtio_media_resp)))
		return -EPROTO;
	if ((carried && payload->blob_count > 0) != (aux != NULL))
		return -EPROTO;
	if (aux) {
		blob_bytes =
			find_aux_bytes(payload, aux, aux_len, VMS_EXTENT_WRITE);
		if (!blob_bytes)
			return -EPROTO;
	}

	if (carried) {
		/* Not all of it: 2 KiB would be 1 % of a short ioctl. */
		got.u32 = 0;
		wire_get_bytes(&reader, got.bytes, ioctl_size(desc));
		restore_argument(payload, said, &got);
		terminate_text(desc, &got);
		if (desc->nested == IOCTL_NESTED_CONTROLS)
			get_controls(payload, said, &reader);
		else if (desc->nested == IOCTL_NESTED_PLANES)
			get_planes(payload, got.buffer.length, &reader);
		else
			wire_get_bytes(&reader, payload->nested,
				       payload->nested_len);
		if (blob_bytes)
			get_blobs_back(payload, said, blob_bytes);
		memcpy(payload->arg.bytes, got.bytes, ioctl_size(desc));
	}

	payload->status = said;
	*status = said;
	*filled = carried;
	return 0;
}
