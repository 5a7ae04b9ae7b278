// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frame headers, and the checks that they must pass by themselves.
 *
 * Whether a frame is welcome at this moment is the caller's question.
 */
#include "common/wire.h"

#include <errno.h>

bool wire_is_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
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

/* Its layout is the wire's on every machine that protocol.h lets through. */
void wire_put_header(struct wire_writer *writer,
		     const struct vms_header *header)
{
	struct vms_header out = *header;

	out.magic = VMS_MAGIC;
	wire_put_bytes(writer, &out, sizeof(out));
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
	wire_get_bytes(&reader, &header, sizeof(header));

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
