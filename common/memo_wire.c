// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers that are given before somebody asks, on the wire.
 */
#include "common/memo_wire.h"

#include <errno.h>
#include <string.h>

#include "common/videodev2_new.h"

unsigned int memo_class_index(uint32_t class)
{
	unsigned int i = 0;

	while (i < VMS_MEMO_CLASSES - 1 && class != 1u << i)
		i++;
	return i;
}

uint64_t memo_hash(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t word;
	size_t part;

	for (; len; at += part, len -= part) {
		part = len < sizeof(word) ? len : sizeof(word);
		word = 0;
		memcpy(&word, at, part);
		hash = (hash ^ word) * 1099511628211u;
		hash ^= hash >> 32;
	}
	return hash;
}

/**
 * struct memo_question - What a device looks at in a question
 * @len:	Bytes; what is behind them v4l2-core zeroes before it asks a driver
 *		(v4l2-ioctl.c INFO_FL_CLEAR, v4l_enum_fmt())
 */
struct memo_question {
	uint32_t cmd;
	size_t len;
};

#define UP_TO(ioctl, type, member)                                             \
	{                                                                      \
		VIDIOC_##ioctl, offsetof(struct type, member) +                \
					sizeof(((struct type *)NULL)->member)  \
	}

static const struct memo_question memo_questions[] = {
	UP_TO(ENUM_FMT, v4l2_fmtdesc, type),
	UP_TO(ENUM_FRAMESIZES, v4l2_frmsizeenum, pixel_format),
	UP_TO(ENUM_FRAMEINTERVALS, v4l2_frmivalenum, height),
	UP_TO(ENUMINPUT, v4l2_input, index),
	UP_TO(ENUMOUTPUT, v4l2_output, index),
	UP_TO(ENUMAUDIO, v4l2_audio, index),
	UP_TO(ENUMAUDOUT, v4l2_audioout, index),
	UP_TO(ENUMSTD, v4l2_standard, index),
	UP_TO(ENUM_DV_TIMINGS, v4l2_enum_dv_timings, pad),
	UP_TO(DV_TIMINGS_CAP, v4l2_dv_timings_cap, pad),
	UP_TO(ENUM_FREQ_BANDS, v4l2_frequency_band, index),
	UP_TO(QUERYCTRL, v4l2_queryctrl, id),
	UP_TO(QUERYMENU, v4l2_querymenu, index),
	UP_TO(QUERY_EXT_CTRL, v4l2_query_ext_ctrl, id),
};

static size_t question_len(const struct ioctl_desc *desc)
{
	size_t i;

	for (i = 0; desc->memo &&
		    i < sizeof(memo_questions) / sizeof(memo_questions[0]);
	     i++)
		if (memo_questions[i].cmd == desc->cmd)
			return memo_questions[i].len;
	return 0;
}

/* Nodes with a media controller look at it; who is asked by it asks for one code. */
static bool asks_for_code(const struct payload *payload)
{
	return payload->desc->cmd == VIDIOC_ENUM_FMT &&
	       payload->arg.fmtdesc.mbus_code;
}

size_t memo_key(const struct payload *payload, uint8_t *key)
{
	size_t len = question_len(payload->desc);
	struct wire_writer writer;

	if (!len || asks_for_code(payload))
		return 0;
	wire_writer_init(&writer, key, MEMO_KEY_MAX);
	wire_put_u32(&writer, VIRTIO_MEDIA_CMD_IOCTL);
	wire_put_u32(&writer, 0);
	wire_put_u32(&writer, 0);
	wire_put_u32(&writer, _IOC_NR(payload->desc->cmd));
	wire_put_bytes(&writer, payload->arg.bytes, len);
	wire_put_zero(&writer, ioctl_size(payload->desc) - len);
	return writer.len;
}

bool memo_lasts(uint32_t status)
{
	return status == 0 || status == EINVAL || status == ENOTTY;
}

static void put_padded(struct wire_writer *writer, const uint8_t *bytes,
		       size_t len)
{
	wire_put_bytes(writer, bytes, len);
	wire_put_zero(writer, wire_pad(len) - len);
}

void memo_put(struct wire_writer *writer, const struct memo_entry *entry)
{
	wire_put_u32(writer, (uint32_t)entry->key_len);
	wire_put_u32(writer, (uint32_t)entry->value_len);
	wire_put_u32(writer, entry->class);
	wire_put_u32(writer, entry->epoch);
	put_padded(writer, entry->key, entry->key_len);
	put_padded(writer, entry->value, entry->value_len);
}

static const uint8_t *get_padded(struct wire_reader *reader, size_t len)
{
	const uint8_t *bytes = wire_skip(reader, len);
	size_t padding = wire_pad(len) - len;
	const uint8_t *zeroes = wire_skip(reader, padding);

	return bytes && zeroes && wire_is_zero(zeroes, padding) ? bytes : NULL;
}

/* Return: what it asks; NULL if memo_key() makes no such key */
static const struct ioctl_desc *key_ioctl(const struct memo_entry *entry)
{
	const struct ioctl_desc *desc;
	struct wire_reader reader;
	struct payload payload;
	uint8_t key[MEMO_KEY_MAX];
	bool plain;

	wire_reader_init(&reader, entry->key, entry->key_len);
	plain = wire_get_u32(&reader) == VIRTIO_MEDIA_CMD_IOCTL;
	plain &= wire_get_u32(&reader) == 0;
	plain &= wire_get_u32(&reader) == 0;
	desc = ioctl_lookup_nr(wire_get_u32(&reader));
	if (reader.failed || !plain || !desc || !desc->memo ||
	    reader.left != ioctl_size(desc))
		return NULL;
	payload_init(&payload, desc, reader.at);
	if (memo_key(&payload, key) != entry->key_len ||
	    memcmp(key, entry->key, entry->key_len) != 0)
		return NULL;
	return desc;
}

static bool value_fits(const struct memo_entry *entry,
		       const struct ioctl_desc *desc)
{
	struct wire_reader reader;
	uint32_t status;
	bool zero;

	wire_reader_init(&reader, entry->value, entry->value_len);
	status = wire_get_u32(&reader);
	zero = wire_get_u32(&reader) == 0;
	return !reader.failed && zero && memo_lasts(status) &&
	       reader.left == (status ? 0 : ioctl_size(desc));
}

int memo_get(struct wire_reader *reader, struct memo_entry *out)
{
	const struct ioctl_desc *desc;
	struct memo_entry entry;

	entry.key_len = wire_get_u32(reader);
	entry.value_len = wire_get_u32(reader);
	entry.class = wire_get_u32(reader);
	entry.epoch = wire_get_u32(reader);
	if (entry.key_len > MEMO_KEY_MAX || entry.value_len > MEMO_VALUE_MAX)
		return -EPROTO;
	entry.key = get_padded(reader, entry.key_len);
	entry.value = get_padded(reader, entry.value_len);
	if (!entry.key || !entry.value)
		return -EPROTO;
	desc = key_ioctl(&entry);
	if (!desc || desc->memo != entry.class || !value_fits(&entry, desc))
		return -EPROTO;
	*out = entry;
	return 0;
}

bool memo_event_changes(const struct v4l2_event *event)
{
	uint32_t lists = V4L2_EVENT_CTRL_CH_FLAGS | V4L2_EVENT_CTRL_CH_RANGE |
			 V4L2_EVENT_CTRL_CH_DIMENSIONS;

	/* How many elements there are comes with the value. */
	return event->type == V4L2_EVENT_CTRL &&
	       (event->u.ctrl.changes & lists ||
		event->u.ctrl.flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY);
}

void memo_put_inval(struct wire_writer *writer,
		    const struct vms_memo_inval *inval)
{
	wire_put_u32(writer, inval->classes);
	wire_put_u32(writer, inval->epoch);
	wire_put_u32(writer, 0);
	wire_put_u32(writer, 0);
}

int memo_get_inval(const void *bytes, size_t len, struct vms_memo_inval *out)
{
	struct vms_memo_inval inval;
	struct wire_reader reader;

	wire_reader_init(&reader, bytes, len);
	inval.classes = wire_get_u32(&reader);
	inval.epoch = wire_get_u32(&reader);
	inval.reserved[0] = wire_get_u32(&reader);
	inval.reserved[1] = wire_get_u32(&reader);
	if (reader.failed || reader.left > 0 || !inval.classes ||
	    (inval.classes & ~VMS_MEMO_ALL) || inval.reserved[0] ||
	    inval.reserved[1])
		return -EPROTO;
	*out = inval;
	return 0;
}
