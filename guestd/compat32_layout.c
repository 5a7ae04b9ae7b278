// SPDX-License-Identifier: BSD-3-Clause
/*
 * The structures of 32-bit programs: the table, and the two loops that run it.
 */
#include "guestd/compat32_layout.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/ioctl_table.h"
#include "guestd/compat32_fields.h"

enum compat32_kind {
	KIND_BYTES,
	KIND_POINTER,
	KIND_TIME,
	KIND_ZERO,
};

enum compat32_way {
	WAY_IN = 1,
	WAY_OUT = 2,
	WAY_BOTH = WAY_IN | WAY_OUT,
};

/**
 * struct compat32_field - A row of compat32_fields.h
 * @at32, @at64: Where it is
 * @len32:	Bytes in the 32-bit structure
 * @types:	Bits of the buffer types that have it, 0: all
 */
struct compat32_field {
	uint16_t at32;
	uint16_t at64;
	uint16_t len32;
	uint8_t kind;
	uint8_t way;
	uint32_t types;
};

/* clang-format off */
#define ROW_FIELD(s, member, at, len, kind_, way_, types_)                     \
	{                                                                      \
		.at32 = (at),                                                  \
		.at64 = offsetof(struct v4l2_##s, member),                     \
		.len32 = (len),                                                \
		.kind = KIND_##kind_,                                          \
		.way = WAY_##way_,                                             \
		.types = COMPAT32_##types_,                                    \
	},
#define ROW_PAD(s, at, len, types_)                                            \
	{                                                                      \
		.at32 = (at),                                                  \
		.len32 = (len),                                                \
		.kind = KIND_ZERO,                                             \
		.way = WAY_OUT,                                                \
		.types = COMPAT32_##types_,                                    \
	},

/* What the kinds say about the 64-bit field */
#define LEN64_BYTES(len)   (len)
#define LEN64_ZERO(len)    (len)
#define LEN64_POINTER(len) (2ul * (len))
#define LEN64_TIME(len)    (2ul * (len))
#define CHECK_FIELD(s, member, at, len, kind, way, types)                      \
	static_assert(sizeof(((struct v4l2_##s *)NULL)->member) ==             \
			      LEN64_##kind(len),                               \
		      #s "." #member);                                         \
	static_assert((at) + (len) <= COMPAT32_ARG_MAX, #s "." #member);
#define CHECK_PAD(s, at, len, types)
/* clang-format on */

#define FIELDS(list)                                                           \
	COMPAT32_##list(CHECK_FIELD,                                           \
			CHECK_PAD) static const struct compat32_field          \
		list##_fields[] = { COMPAT32_##list(ROW_FIELD, ROW_PAD) }

FIELDS(FORMAT);
FIELDS(CREATE_BUFFERS);
FIELDS(BUFFER_TIME32);
FIELDS(BUFFER_TIME64);
FIELDS(PLANE);
FIELDS(FRAMEBUFFER);
FIELDS(EXT_CONTROLS);
FIELDS(EDID);
FIELDS(EVENT_TIME32);
#if !COMPAT32_ARM
FIELDS(STANDARD);
FIELDS(INPUT);
FIELDS(EVENT_TIME64);
#endif

#define LAYOUT(list, s)                                                        \
	.name = #list, .fields = list##_fields,                                \
	.count = sizeof(list##_fields) / sizeof(list##_fields[0]),             \
	.size32 = COMPAT32_##list##_SIZE, .size64 = sizeof(struct v4l2_##s)

#define LAYOUT_OF(list, s)                                                     \
	static const struct compat32_layout list##_layout = { LAYOUT(list, s) }

static const struct compat32_layout FORMAT_layout = {
	LAYOUT(FORMAT, format),
	.typed = true,
	.type32 = 0,
	.type64 = offsetof(struct v4l2_format, type),
};

static const struct compat32_layout CREATE_BUFFERS_layout = {
	LAYOUT(CREATE_BUFFERS, create_buffers),
	.typed = true,
	.type32 = 12,
	.type64 = offsetof(struct v4l2_create_buffers, format.type),
};
static_assert(COMPAT32_CREATE_BUFFERS_SIZE <= COMPAT32_ARG_MAX, "the largest");

const struct compat32_layout compat32_plane = { LAYOUT(PLANE, plane) };
static_assert(COMPAT32_PLANE_SIZE <= COMPAT32_PLANE_MAX, "the largest");

LAYOUT_OF(BUFFER_TIME32, buffer);
LAYOUT_OF(BUFFER_TIME64, buffer);
LAYOUT_OF(FRAMEBUFFER, framebuffer);
LAYOUT_OF(EXT_CONTROLS, ext_controls);
LAYOUT_OF(EDID, edid);
LAYOUT_OF(EVENT_TIME32, event);
#if !COMPAT32_ARM
LAYOUT_OF(STANDARD, standard);
LAYOUT_OF(INPUT, input);
LAYOUT_OF(EVENT_TIME64, event);
#endif

/* Controls are packed and have room for a pointer of 64 bits in both. */
static_assert(sizeof(struct v4l2_ext_control) == 20, "the same in both");

/* clang-format off */
#define ROW_IOCTL(ioctl, list)                                                 \
	{                                                                      \
		.cmd = _IOC(_IOC_DIR(VIDIOC_##ioctl), 'V',                     \
			    _IOC_NR(VIDIOC_##ioctl), COMPAT32_##list##_SIZE),  \
		.native = VIDIOC_##ioctl,                                      \
		.layout = &list##_layout,                                      \
	},
/* clang-format on */

static const struct compat32_ioctl compat32_ioctls[] = { COMPAT32_IOCTLS(
	ROW_IOCTL) };

#define COMPAT32_COUNT (sizeof(compat32_ioctls) / sizeof(compat32_ioctls[0]))

const struct compat32_ioctl *compat32_row(size_t index)
{
	return index < COMPAT32_COUNT ? &compat32_ioctls[index] : NULL;
}

const struct compat32_ioctl *compat32_lookup(uint32_t cmd)
{
	size_t i;

	for (i = 0; i < COMPAT32_COUNT; i++)
		if (compat32_ioctls[i].cmd == cmd)
			return &compat32_ioctls[i];
	return NULL;
}

/* ---- conversion ------------------------------------------------------- */

static uint32_t word_at(const void *bytes, size_t at)
{
	uint32_t word;

	memcpy(&word, (const uint8_t *)bytes + at, sizeof(word));
	return word;
}

/* Is it there with this buffer type? */
static bool has_field(const struct compat32_field *field, uint32_t type)
{
	return !field->types || (type < 32 && field->types & (1u << type));
}

static bool known_type(const struct compat32_layout *layout, uint32_t type)
{
	unsigned int i;

	for (i = 0; i < layout->count; i++)
		if (layout->fields[i].types &&
		    has_field(&layout->fields[i], type))
			return true;
	return false;
}

static void get_field(const struct compat32_field *field, const uint8_t *from,
		      uint8_t *to)
{
	int32_t time32[2];
	int64_t time64[2];
	uint64_t pointer;

	switch ((enum compat32_kind)field->kind) {
	case KIND_BYTES:
		memcpy(to, from, field->len32);
		break;
	case KIND_POINTER:
		pointer = word_at(from, 0);
		memcpy(to, &pointer, sizeof(pointer));
		break;
	case KIND_TIME:
		memcpy(time32, from, sizeof(time32));
		time64[0] = time32[0];
		time64[1] = time32[1];
		memcpy(to, time64, sizeof(time64));
		break;
	case KIND_ZERO:
		break;
	}
}

int compat32_get(const struct compat32_layout *layout, const void *from,
		 void *to)
{
	uint32_t type = layout->typed ? word_at(from, layout->type32) : 0;
	const struct compat32_field *field;
	unsigned int i;

	memset(to, 0, layout->size64);
	if (layout->typed && !known_type(layout, type))
		return -EINVAL;
	for (i = 0; i < layout->count; i++) {
		field = &layout->fields[i];
		if (field->way & WAY_IN && has_field(field, type))
			get_field(field, (const uint8_t *)from + field->at32,
				  (uint8_t *)to + field->at64);
	}
	return 0;
}

static void put_field(const struct compat32_field *field, const uint8_t *from,
		      uint8_t *to)
{
	switch ((enum compat32_kind)field->kind) {
	case KIND_BYTES:
	case KIND_POINTER: /* the lower half comes first */
		memcpy(to, from, field->len32);
		break;
	case KIND_TIME:
		memcpy(to, from, 4);
		memcpy(to + 4, from + 8, 4);
		break;
	case KIND_ZERO:
		memset(to, 0, field->len32);
		break;
	}
}

void compat32_put(const struct compat32_layout *layout, const void *from,
		  void *to)
{
	uint32_t type = layout->typed ? word_at(from, layout->type64) : 0;
	const struct compat32_field *field;
	unsigned int i;

	for (i = 0; i < layout->count; i++) {
		field = &layout->fields[i];
		if (field->way & WAY_OUT && has_field(field, type))
			put_field(field, (const uint8_t *)from + field->at64,
				  (uint8_t *)to + field->at32);
	}
}
