// SPDX-License-Identifier: BSD-3-Clause
/*
 * The host that fuzz_guest.c makes of its input: what it tells before it is asked.
 */
#include "tests/fuzz_host.h"

#include <stdlib.h>

#include "common/memo_wire.h"

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void take_back(struct wire_reader *input)
{
	const struct vms_header header = { .type = VMS_MEMO_INVAL };
	uint8_t bytes[sizeof(struct vms_memo_inval)];
	struct vms_memo_inval inval = { 0 };
	struct wire_writer writer;

	inval.classes = wire_get_u8(input);
	inval.epoch = wire_get_u8(input);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	memo_put_inval(&writer, &inval);
	fuzz_host_send(&header, bytes, sizeof(bytes));
}

/* The argument is the question and, as far as it goes, the answer. */
static size_t put_memo(struct wire_writer *writer,
		       const struct ioctl_desc *desc, struct wire_reader *input)
{
	uint8_t key[MEMO_KEY_MAX];
	uint8_t value[MEMO_VALUE_MAX];
	struct memo_entry entry = { .key = key, .value = value };
	uint32_t status = wire_get_u8(input);
	struct wire_writer answer;
	struct payload payload;
	size_t len;

	entry.class = desc->memo;
	entry.epoch = wire_get_u8(input);
	payload_init(&payload, desc, NULL);
	wire_skip(input, 3);
	len = wire_get_u8(input);
	if (len > ioctl_size(desc))
		len = ioctl_size(desc);
	wire_get_bytes(input, payload.arg.bytes,
		       len < input->left ? len : input->left);
	if (desc->cmd == VIDIOC_ENUM_FMT)
		payload.arg.fmtdesc.mbus_code = 0;
	entry.key_len = memo_key(&payload, key);
	wire_writer_init(&answer, value, sizeof(value));
	payload_put_response(&payload, status, &answer, &entry.value_len);
	memo_put(writer, &entry);
	return writer->len;
}

void fuzz_host_memo(struct wire_reader *input)
{
	const struct vms_header header = { .type = VMS_MEMO };
	uint32_t nr = wire_get_u8(input);
	struct wire_reader spoil = *input;
	const struct ioctl_desc *desc;
	uint8_t bytes[MEMO_ENTRY_MAX];
	struct wire_writer writer;
	uint32_t offset;
	size_t len;

	if (nr >= 128) {
		take_back(input);
		return;
	}
	desc = ioctl_lookup_nr(nr);
	if (!desc || !desc->memo)
		desc = ioctl_lookup(VIDIOC_QUERYCTRL);
	wire_skip(&spoil, 2);
	offset = wire_get_u16(&spoil);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	len = put_memo(&writer, desc, input);
	must(!writer.failed);
	bytes[offset % len] += wire_get_u8(&spoil);
	fuzz_host_send(&header, bytes, len);
}
