// SPDX-License-Identifier: BSD-3-Clause
#include "tests/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SESSION 0x01020304

static const struct v4l2_query_ext_ctrl infos[] = {
	{ .id = CID_SCALAR, .elem_size = 4, .elems = 1 },
	{ .id = CID_ARRAY,
	  .type = V4L2_CTRL_TYPE_U32,
	  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD,
	  .elem_size = 4,
	  .elems = 4,
	  .nr_of_dims = 2,
	  .dims = { 2, 2 } },
	{ .id = CID_STRING,
	  .type = V4L2_CTRL_TYPE_STRING,
	  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD,
	  .elem_size = 8,
	  .elems = 1 },
	{ .id = CID_DYNAMIC,
	  .type = V4L2_CTRL_TYPE_U32,
	  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD | V4L2_CTRL_FLAG_DYNAMIC_ARRAY,
	  .elem_size = 4,
	  .elems = 2,
	  .nr_of_dims = 1,
	  .dims = { 6 } },
	{ .id = CID_GROWN,
	  .type = V4L2_CTRL_TYPE_U8,
	  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD,
	  .elem_size = 1,
	  .elems = 3,
	  .nr_of_dims = 1,
	  .dims = { 2 } },
	{ .id = CID_HUGE,
	  .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD,
	  .elem_size = UINT32_MAX,
	  .elems = UINT32_MAX,
	  .nr_of_dims = 99,
	  .dims = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX } },
	{ .id = CID_VAGUE, .flags = V4L2_CTRL_FLAG_HAS_PAYLOAD },
};

const struct v4l2_query_ext_ctrl *call_info(uint32_t id)
{
	size_t i;

	for (i = 0; i < sizeof(infos) / sizeof(infos[0]); i++)
		if (infos[i].id == id)
			return &infos[i];
	return NULL;
}

static uint8_t *duplicate(const void *bytes, size_t len)
{
	uint8_t *copy;

	if (len == 0)
		return NULL;
	copy = malloc(len);
	assert(copy);
	memcpy(copy, bytes, len);
	return copy;
}

static void body_finish(struct call_body *body)
{
	free(body->section);
	free(body->aux);
	memset(body, 0, sizeof(*body));
}

static void body_init(struct call_body *body, const struct wire_writer *writer,
		      size_t section_len)
{
	size_t padded = wire_pad(section_len);

	assert(!writer->failed);
	body_finish(body);
	body->section = duplicate(writer->start, section_len);
	body->section_len = section_len;
	if (writer->len == section_len)
		return;
	assert(writer->len > padded);
	body->aux = duplicate(writer->start + padded, writer->len - padded);
	body->aux_len = writer->len - padded;
}

int call_setup(void **state)
{
	*state = calloc(1, sizeof(struct call));
	return *state ? 0 : -1;
}

int call_teardown(void **state)
{
	struct call *call = *state;

	payload_finish(&call->guest);
	payload_finish(&call->host);
	body_finish(&call->request);
	body_finish(&call->response);
	free(call);
	return 0;
}

static void fetch(const struct payload_extent *extents, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		memcpy(extents[i].bytes, (void *)(uintptr_t)extents[i].addr,
		       extents[i].len);
}

int call_begin(struct call *call, uint32_t cmd, const void *arg)
{
	payload_finish(&call->guest);
	payload_init(&call->guest, ioctl_lookup(cmd), arg);

	for (;;) {
		struct payload_need need;
		int ret = payload_next(&call->guest, &need);

		if (ret < 0 || need.kind == PAYLOAD_COMPLETE)
			return ret;
		if (need.kind == PAYLOAD_CONTROL)
			payload_control(&call->guest, call_info(need.control));
		else
			fetch(need.extents, need.count);
	}
}

int call_take_request(struct call *call)
{
	size_t skip = sizeof(struct virtio_media_cmd_ioctl);

	payload_finish(&call->host);
	return payload_get_request(&call->host, call->guest.desc,
				   call->request.section + skip,
				   call->request.section_len - skip,
				   call->request.aux, call->request.aux_len);
}

int call_take_raw(struct call *call, const struct ioctl_desc *desc,
		  const void *bytes, size_t len)
{
	uint8_t *copy = duplicate(bytes, len);
	int ret;

	payload_finish(&call->host);
	ret = payload_get_request(&call->host, desc, copy, len, NULL, 0);
	free(copy);
	return ret;
}

void call_put_request(struct call *call)
{
	struct wire_writer writer;
	struct wire_reader reader;
	size_t section, aux, room;
	uint8_t *bytes;

	payload_request_size(&call->guest, &section, &aux);
	room = aux ? wire_pad(section) + aux : section;
	bytes = malloc(room);
	assert(bytes);
	wire_writer_init(&writer, bytes, room);
	payload_put_request(&call->guest, SESSION, &writer);
	assert(writer.len == room);
	body_init(&call->request, &writer, section);
	free(bytes);

	wire_reader_init(&reader, call->request.section, section);
	assert(wire_get_u32(&reader) == VIRTIO_MEDIA_CMD_IOCTL);
	assert(wire_get_u32(&reader) == 0);
	assert(wire_get_u32(&reader) == SESSION);
	assert(wire_get_u32(&reader) == _IOC_NR(call->guest.desc->cmd));
}

void call_send(struct call *call)
{
	int ret;

	call_put_request(call);
	ret = call_take_request(call);
	assert(ret == 0);
}

void call_put_response(struct call *call, uint32_t status)
{
	size_t room = payload_response_room(&call->host);
	struct wire_writer writer;
	size_t section;
	uint8_t *bytes;

	bytes = malloc(room);
	assert(bytes);
	wire_writer_init(&writer, bytes, room);
	payload_put_response(&call->host, status, &writer, &section);
	assert(section <= payload_response_size(&call->guest));
	body_init(&call->response, &writer, section);
	free(bytes);
}

int call_take_response(struct call *call)
{
	return payload_get_response(&call->guest, call->response.section,
				    call->response.section_len,
				    call->response.aux, call->response.aux_len,
				    &call->status, &call->filled);
}

void call_write_back(struct call *call)
{
	const struct payload_extent *extents;
	unsigned int i, count;
	int ret;

	ret = payload_results(&call->guest, &extents, &count);
	assert(ret == 0);
	for (i = 0; i < count; i++)
		memcpy((void *)(uintptr_t)extents[i].addr, extents[i].bytes,
		       extents[i].len);
}

void call_answer(struct call *call, uint32_t status)
{
	int ret;

	call_put_response(call, status);
	ret = call_take_response(call);
	assert(ret == 0);
	assert(call->status == status);
	assert(call->filled ==
	       payload_carries_argument(call->guest.desc, status));
	if (call->filled)
		call_write_back(call);
}

/* ---- controls ------------------------------------------------------- */

struct v4l2_ext_controls call_controls(struct v4l2_ext_control *array,
				       uint32_t count)
{
	return (struct v4l2_ext_controls){
		.which = V4L2_CTRL_CLASS_USER,
		.count = count,
		.error_idx = 77,
		.controls = array,
	};
}

struct v4l2_ext_control *call_host_controls(struct call *call)
{
	return (void *)call->host.nested;
}
