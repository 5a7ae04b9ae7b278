// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as a guest's request, as an application's memory, as a host's
 * response.
 *
 *	u8 mode; u8 row of the table; u16 aux_len; the rest:
 *
 *	MODE_REQUEST	section (behind virtio_media_cmd_ioctl), aux block
 *	MODE_HONEST	argument, what the walk asks for, what the device changes
 *	MODE_RESPONSE	argument, what the walk asks for, section, aux block
 *
 * The aux block is the last aux_len bytes.  A walk that finds no more bytes gets
 * zeroes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/payload.h"

enum mode {
	MODE_REQUEST,
	MODE_HONEST,
	MODE_RESPONSE,
	MODE_COUNT,
};

#define WALK_EXTENTS (1 + IOCTL_CONTROLS_MAX)
#define SKIP         sizeof(struct virtio_media_cmd_ioctl)

/* What the walk asked for: nothing else may be written back. */
static struct payload_extent asked[WALK_EXTENTS];
static unsigned int asked_count;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Blocks of their exact size, which AddressSanitizer guards. */
static uint8_t *duplicate(const uint8_t *bytes, size_t len)
{
	uint8_t *copy;

	if (len == 0)
		return NULL;
	copy = malloc(len);
	must(copy != NULL);
	memcpy(copy, bytes, len);
	return copy;
}

static void check_blobs(const struct payload *payload)
{
	size_t sum = 0;
	unsigned int i;

	for (i = 0; i < payload->blob_count; i++) {
		const struct payload_blob *blob = &payload->blobs[i];

		must(blob->len > 0 && blob->own > 0 && blob->own <= blob->len);
		must(blob->offset == sum);
		must(i == 0 || blob->control > payload->blobs[i - 1].control);
		must(blob->control < payload->arg.controls.count);
		sum += blob->len;
	}
	must(sum == payload->blob_len && sum <= VMS_MAX_CTRL);
}

/* A device: changes what hostd gave it, and needs some of it for that. */
static void run_device(struct payload *payload, struct wire_reader *input)
{
	struct v4l2_ext_control *array = (void *)payload->nested;
	size_t len = ioctl_size(payload->desc);
	unsigned int i;

	wire_get_bytes(input, payload->arg.bytes, len < 64 ? len : 64);
	if (payload->desc->nested != IOCTL_NESTED_CONTROLS) {
		if (payload->nested_len > 0)
			wire_get_bytes(input, payload->nested, 64);
		return;
	}
	for (i = 0; i < payload->nested_len / sizeof(*array) && i < 8; i++)
		array[i].size = wire_get_u32(input);
	for (i = 0; i < payload->blob_count; i++) {
		array[payload->blobs[i].control].ptr =
			payload->blob_bytes + payload->blobs[i].offset;
		memset(payload->blob_bytes + payload->blobs[i].offset,
		       wire_get_u8(input), payload->blobs[i].len);
	}
}

static uint8_t *put_response(const struct payload *payload, uint32_t status,
			     struct wire_writer *writer, size_t *section_len)
{
	size_t room = payload_response_room(payload);
	uint8_t *bytes = malloc(room);

	must(bytes != NULL);
	wire_writer_init(writer, bytes, room);
	payload_put_response(payload, status, writer, section_len);
	must(!writer->failed);
	must(*section_len == sizeof(struct virtio_media_resp) ||
	     *section_len == payload_response_size(payload));
	must(wire_pad(writer->len) <= VMS_MAX_CTRL);
	return bytes;
}

static void fuzz_request(const struct ioctl_desc *desc,
			 struct wire_reader *input, size_t aux_len)
{
	struct wire_writer writer;
	struct payload payload;
	uint8_t *section, *aux, *bytes;
	uint32_t status;
	size_t section_len;
	int ret;

	if (aux_len > input->left)
		aux_len = input->left;
	section_len = input->left - aux_len;
	section = duplicate(input->at, section_len);
	aux = duplicate(input->at + section_len, aux_len);
	ret = payload_get_request(&payload, desc, section, section_len, aux,
				  aux_len);
	free(section);
	free(aux);
	if (ret < 0)
		return;

	check_blobs(&payload);
	must(payload_plane_count(&payload) <= VIDEO_MAX_PLANES);
	status = payload.arg.u32 % 64;
	run_device(&payload, input);
	bytes = put_response(&payload, status, &writer, &section_len);
	free(bytes);
	payload_finish(&payload);
}

static void answer_control(struct payload *payload, struct wire_reader *input)
{
	struct v4l2_query_ext_ctrl info = { .nr_of_dims = 2 };
	uint8_t kind = wire_get_u8(input);

	info.elem_size = wire_get_u32(input);
	info.elems = wire_get_u32(input);
	info.dims[0] = wire_get_u32(input);
	info.dims[1] = kind >> 4;
	info.flags = kind & 1 ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0;
	info.type = kind & 2 ? V4L2_CTRL_TYPE_STRING : V4L2_CTRL_TYPE_U8;
	payload_control(payload, kind & 4 ? NULL : &info);
}

static int walk(struct payload *payload, struct wire_reader *input)
{
	struct payload_need need;
	unsigned int i;

	asked_count = 0;
	for (;;) {
		int ret = payload_next(payload, &need);

		if (ret < 0 || need.kind == PAYLOAD_COMPLETE)
			return ret;
		if (need.kind == PAYLOAD_CONTROL) {
			answer_control(payload, input);
			continue;
		}
		for (i = 0; i < need.count; i++) {
			must(need.extents[i].len > 0);
			must(asked_count < WALK_EXTENTS);
			asked[asked_count++] = need.extents[i];
			wire_get_bytes(input, need.extents[i].bytes,
				       need.extents[i].len);
		}
	}
}

static void check_results(struct payload *payload, const union payload_arg *arg)
{
	const struct payload_extent *extents;
	unsigned int i, count;
	uint64_t old, new;
	size_t len, old_len;

	must(payload_results(payload, &extents, &count) == 0);
	must(count == asked_count);
	for (i = 0; i < count; i++) {
		must(extents[i].addr == asked[i].addr);
		must(extents[i].len == asked[i].len);
		free(duplicate(extents[i].bytes, extents[i].len));
	}

	/* The application's pointers, and never more elements than it had. */
	must(payload_nested(payload->desc, arg, &old, &old_len) == 0);
	if (payload->desc->nested != IOCTL_NESTED_EDID || old_len > 0) {
		must(payload_nested(payload->desc, &payload->arg, &new, &len) ==
		     0);
		must(new == old &&len <= old_len);
	}
}

/* Whatever ours sends, ours understands, and so the way back. */
static void fuzz_honest(struct payload *guest, const union payload_arg *arg,
			struct wire_reader *input, uint32_t status)
{
	size_t section, aux, room, section_len;
	struct wire_writer writer;
	struct payload host;
	uint8_t *bytes;
	uint32_t said;
	bool filled;

	payload_request_size(guest, &section, &aux);
	room = aux ? wire_pad(section) + aux : section;
	must(wire_pad(room) <= VMS_MAX_CTRL);
	bytes = malloc(room);
	must(bytes != NULL);
	wire_writer_init(&writer, bytes, room);
	payload_put_request(guest, 1, &writer);
	must(!writer.failed && writer.len == room);
	must(payload_get_request(
		     &host, guest->desc, bytes + SKIP, section - SKIP,
		     aux ? bytes + wire_pad(section) : NULL, aux) == 0);
	free(bytes);

	check_blobs(&host);
	must(host.nested_len == guest->nested_len);
	must(host.blob_len == guest->blob_len);
	must(host.blob_len == 0 ||
	     memcmp(host.blob_bytes, guest->blob_bytes, host.blob_len) == 0);
	run_device(&host, input);

	bytes = put_response(&host, status, &writer, &section_len);
	aux = writer.len > section_len ? writer.len - wire_pad(section_len) : 0;
	must(payload_get_response(guest, bytes, section_len,
				  aux ? bytes + wire_pad(section_len) : NULL,
				  aux, &said, &filled) == 0);
	must(said == status);
	must(filled == payload_carries_argument(guest->desc, status));
	free(bytes);
	payload_finish(&host);
	if (filled)
		check_results(guest, arg);
}

static void fuzz_response(struct payload *guest, const union payload_arg *arg,
			  struct wire_reader *input, size_t aux_len)
{
	uint8_t *section, *aux;
	size_t section_len;
	uint32_t status;
	bool filled;
	int ret;

	if (aux_len > input->left)
		aux_len = input->left;
	section_len = input->left - aux_len;
	section = duplicate(input->at, section_len);
	aux = duplicate(input->at + section_len, aux_len);
	ret = payload_get_response(guest, section, section_len, aux, aux_len,
				   &status, &filled);
	free(section);
	free(aux);
	if (ret == 0 && filled)
		check_results(guest, arg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ioctl_desc *desc;
	struct wire_reader input;
	union payload_arg arg = { 0 };
	struct payload guest;
	unsigned int mode, row, rows = 0;
	uint16_t aux_len;

	while (ioctl_row(rows))
		rows++;
	must(rows > 0);

	wire_reader_init(&input, data, size);
	mode = wire_get_u8(&input) % MODE_COUNT;
	row = wire_get_u8(&input);
	aux_len = wire_get_u16(&input);
	desc = ioctl_row(row % rows);

	if (mode == MODE_REQUEST) {
		fuzz_request(desc, &input, aux_len);
		return 0;
	}

	wire_get_bytes(&input, arg.bytes, ioctl_size(desc));
	payload_init(&guest, desc, &arg);
	if (walk(&guest, &input) == 0) {
		check_blobs(&guest);
		if (mode == MODE_HONEST)
			fuzz_honest(&guest, &arg, &input, aux_len % 4096);
		else
			fuzz_response(&guest, &arg, &input, aux_len);
	}
	payload_finish(&guest);
	return 0;
}
