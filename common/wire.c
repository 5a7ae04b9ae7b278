// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bytes to values and back, and the checks a frame header must pass by itself.
 *
 * Whether a frame is welcome at this moment is the caller's question.
 */
#include "common/wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

void wire_reader_init(struct wire_reader *reader, const void *bytes, size_t len)
{
	reader->at = bytes;
	reader->left = len;
	reader->failed = false;
}

const void *wire_skip(struct wire_reader *reader, size_t len)
{
	const uint8_t *at = reader->at;

	if (reader->failed || len > reader->left) {
		reader->failed = true;
		return NULL;
	}
	if (len > 0)
		reader->at += len;
	reader->left -= len;
	return at;
}

void wire_get_bytes(struct wire_reader *reader, void *dst, size_t len)
{
	const void *src = wire_skip(reader, len);

	if (len == 0)
		return;
	if (src)
		memcpy(dst, src, len);
	else
		memset(dst, 0, len);
}

uint8_t wire_get_u8(struct wire_reader *reader)
{
	uint8_t value;

	wire_get_bytes(reader, &value, sizeof(value));
	return value;
}

uint16_t wire_get_u16(struct wire_reader *reader)
{
	uint16_t value;

	wire_get_bytes(reader, &value, sizeof(value));
	return le16toh(value);
}

uint32_t wire_get_u32(struct wire_reader *reader)
{
	uint32_t value;

	wire_get_bytes(reader, &value, sizeof(value));
	return le32toh(value);
}

uint64_t wire_get_u64(struct wire_reader *reader)
{
	uint64_t value;

	wire_get_bytes(reader, &value, sizeof(value));
	return le64toh(value);
}

void wire_writer_init(struct wire_writer *writer, void *bytes, size_t size)
{
	writer->start = bytes;
	writer->len = 0;
	writer->size = size;
	writer->failed = false;
}

/* Where the next @len bytes go, or NULL. */
static uint8_t *writer_extend(struct wire_writer *writer, size_t len)
{
	uint8_t *at;

	if (writer->failed || len > writer->size - writer->len) {
		writer->failed = true;
		return NULL;
	}
	if (len == 0)
		return NULL;
	at = writer->start + writer->len;
	writer->len += len;
	return at;
}

void wire_put_bytes(struct wire_writer *writer, const void *src, size_t len)
{
	uint8_t *at = writer_extend(writer, len);

	if (at)
		memcpy(at, src, len);
}

void wire_put_zero(struct wire_writer *writer, size_t len)
{
	uint8_t *at = writer_extend(writer, len);

	if (at)
		memset(at, 0, len);
}

bool wire_is_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

void wire_put_u8(struct wire_writer *writer, uint8_t value)
{
	wire_put_bytes(writer, &value, sizeof(value));
}

void wire_put_u16(struct wire_writer *writer, uint16_t value)
{
	value = htole16(value);
	wire_put_bytes(writer, &value, sizeof(value));
}

void wire_put_u32(struct wire_writer *writer, uint32_t value)
{
	value = htole32(value);
	wire_put_bytes(writer, &value, sizeof(value));
}

void wire_put_u64(struct wire_writer *writer, uint64_t value)
{
	value = htole64(value);
	wire_put_bytes(writer, &value, sizeof(value));
}

/* Which fields of its header a type uses; the others are zero. */
#define USES_TAG (1u << 0)
#define USES_ARG (1u << 1)
#define USES_OFF (1u << 2)

#define ANY_LEN UINT32_MAX

/**
 * struct type_rule - What the header of one frame type may look like
 * @name:	As in enum vms_type
 * @received:	Part of version 1
 * @flags:	What may be set
 * @uses:	USES_*
 * @slen:	Bytes of the section, ANY_LEN if there is more to say about it
 */
struct type_rule {
	const char *name;
	bool received;
	uint16_t flags;
	unsigned int uses;
	uint32_t slen;
};

/* clang-format off */
#define RULE(type, ...) [VMS_##type] = { #type, true, __VA_ARGS__ }
#define RESERVED(type) [VMS_##type] = { .name = #type }

static const struct type_rule type_rules[] = {
	/*   type	flags		uses			slen */
	RULE(HELLO,	0,		0,			sizeof(struct vms_hello)),
	RULE(HELLO_ACK,	VMS_FLAG_FD,	0,			ANY_LEN),
	RULE(REQ,	VMS_FLAG_AUX | VMS_FLAG_NONBLOCK,
					USES_TAG | USES_ARG,	ANY_LEN),
	RULE(RESP,	VMS_FLAG_AUX,	USES_TAG,		ANY_LEN),
	RULE(EVT,	0,		0,			ANY_LEN),
	RESERVED(EVT_CREDIT),
	RULE(DATA,	VMS_FLAG_LAST,	USES_ARG | USES_OFF,	ANY_LEN),
	RESERVED(DATA_CREDIT),
	RULE(CANCEL,	0,		USES_TAG,		0),
	RULE(MEMO,	0,		0,			ANY_LEN),
	RULE(MEMO_INVAL, 0,		0,			sizeof(struct vms_memo_inval)),
	RULE(OBJ,	VMS_FLAG_FD,	0,			sizeof(struct vms_obj)),
	RULE(CLOCK,	0,		0,			sizeof(struct vms_clock)),
	RESERVED(CFG_CHANGE),
	RULE(GOAWAY,	0,		0,			sizeof(struct vms_goaway)),
	RULE(IO,	0,		USES_TAG,		ANY_LEN),
	RULE(IO_RESP,	0,		USES_TAG,		ANY_LEN),
};
/* clang-format on */
static_assert(sizeof(type_rules) / sizeof(type_rules[0]) == VMS_TYPE_COUNT,
	      "every frame type has a rule");

const char *wire_type_name(unsigned int type)
{
	if (type >= VMS_TYPE_COUNT || !type_rules[type].name)
		return "?";
	return type_rules[type].name;
}

void wire_put_header(struct wire_writer *writer,
		     const struct vms_header *header)
{
	wire_put_u32(writer, VMS_MAGIC);
	wire_put_u16(writer, header->type);
	wire_put_u16(writer, header->flags);
	wire_put_u32(writer, header->len);
	wire_put_u32(writer, header->tag);
	wire_put_u32(writer, header->slen);
	wire_put_u32(writer, header->arg);
	wire_put_u64(writer, header->off);
}

static bool section_fits(const struct vms_header *header,
			 const struct type_rule *rule, uint32_t max_chunk)
{
	switch (header->type) {
	case VMS_HELLO_ACK:
		return wire_listing_count(header->slen) >= 0;
	case VMS_EVT:
		return header->slen ==
			       sizeof(struct virtio_media_event_error) ||
		       header->slen ==
			       sizeof(struct virtio_media_event_dqbuf) ||
		       header->slen == sizeof(struct virtio_media_event_event);
	case VMS_DATA:
		return header->slen >= 1 && header->slen <= max_chunk;
	case VMS_IO:
		return header->slen >= sizeof(struct vms_io) &&
		       header->slen <= sizeof(struct vms_io) + VMS_MAX_IO;
	case VMS_IO_RESP:
		return header->slen >= sizeof(struct vms_io_resp) &&
		       header->slen <= sizeof(struct vms_io_resp) + VMS_MAX_IO;
	default:
		return rule->slen == ANY_LEN || header->slen == rule->slen;
	}
}

/* A tag is there to be matched, so where there is one it is not 0. */
static bool fields_fit(const struct vms_header *header,
		       const struct type_rule *rule)
{
	if (!(rule->uses & USES_TAG) != (header->tag == 0))
		return false;
	if (!(rule->uses & USES_ARG) && header->arg != 0)
		return false;
	if (!(rule->uses & USES_OFF))
		return header->off == 0;
	return header->off % 8 == 0 && header->off >> 63 == VMS_SPACE_WINDOW;
}

static bool len_fits(const struct vms_header *header, uint32_t max_ctrl)
{
	size_t padded = wire_pad(header->slen);

	if (header->type != VMS_DATA && header->len > max_ctrl)
		return false;
	if (!(header->flags & VMS_FLAG_AUX))
		return header->len == padded;
	return header->len % 8 == 0 &&
	       header->len >= padded + sizeof(struct vms_aux);
}

int wire_get_header(const void *bytes, uint32_t max_ctrl, uint32_t max_chunk,
		    struct vms_header *out)
{
	const struct type_rule *rule;
	struct wire_reader reader;
	struct vms_header header;

	wire_reader_init(&reader, bytes, sizeof(header));
	header.magic = wire_get_u32(&reader);
	header.type = wire_get_u16(&reader);
	header.flags = wire_get_u16(&reader);
	header.len = wire_get_u32(&reader);
	header.tag = wire_get_u32(&reader);
	header.slen = wire_get_u32(&reader);
	header.arg = wire_get_u32(&reader);
	header.off = wire_get_u64(&reader);

	if (header.magic != VMS_MAGIC || !len_fits(&header, max_ctrl))
		return -EPROTO;

	if (header.type >= VMS_TYPE_COUNT ||
	    !type_rules[header.type].received) {
		/* Which fields it uses is not for us to know. */
		if (header.flags != VMS_FLAG_IGNORABLE)
			return -EPROTO;
		*out = header;
		return 0;
	}

	rule = &type_rules[header.type];
	if ((header.flags & ~rule->flags) || !fields_fit(&header, rule) ||
	    !section_fits(&header, rule, max_chunk))
		return -EPROTO;

	*out = header;
	return 0;
}
