// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: programs whose structures are those of i386.
 */
#include "tests/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

#include "tests/walk_32_rows.h"

const struct walk_layout walk_layouts[WALK_LAYOUTS] = {
	{ .name = "64 bits" },
	{ .name = "32 bits", .compat = true },
	{ .name = "32 bits with times of 64", .compat = true, .time64 = true },
};

static const struct map plane_map = MAP(plane_rows, v4l2_plane, plane32);

/* Of the argument; NULL: it is the same in both. */
static const struct map *argument_map(void)
{
	static const struct map buffer =
		MAP(buffer_rows, v4l2_buffer, buffer32);
	static const struct map buffer64 =
		MAP(buffer64_rows, v4l2_buffer, buffer32_time64);
	static const struct map framebuffer =
		MAP(framebuffer_rows, v4l2_framebuffer, framebuffer32);
	static const struct map controls =
		MAP(controls_rows, v4l2_ext_controls, controls32);
	static const struct map edid = MAP(edid_rows, v4l2_edid, edid32);
	static const struct map standard =
		MAP(standard_rows, v4l2_standard, standard32);
	static const struct map input = MAP(input_rows, v4l2_input, input32);
	static const struct map event = MAP(event_rows, v4l2_event, event32);
	static const struct map event64 =
		MAP(event64_rows, v4l2_event, event32_time64);
	static struct map format = MAP(format_rows, v4l2_format, format32);
	static struct map create =
		MAP(create_rows, v4l2_create_buffers, create32);

	format.type64 = offsetof(struct v4l2_format, type);
	create.type64 = offsetof(struct v4l2_create_buffers, format.type);
	if (!walk.layout->compat)
		return NULL;
	switch (walk.now->cmd) {
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		return &format;
	case VIDIOC_CREATE_BUFS:
		return &create;
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_DQBUF:
	case VIDIOC_PREPARE_BUF:
		return walk.layout->time64 ? &buffer64 : &buffer;
	case VIDIOC_G_FBUF:
	case VIDIOC_S_FBUF:
		return &framebuffer;
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		return &controls;
	case VIDIOC_G_EDID:
	case VIDIOC_S_EDID:
		return &edid;
	case VIDIOC_ENUMSTD:
		return &standard;
	case VIDIOC_ENUMINPUT:
		return &input;
	case VIDIOC_DQEVENT:
		return walk.layout->time64 ? &event64 : &event;
	default:
		return NULL;
	}
}

uint32_t walk_cmd(void)
{
	const struct map *map = argument_map();
	uint32_t cmd = walk.now->cmd;

	return map ? _IOC(_IOC_DIR(cmd), 'V', _IOC_NR(cmd), map->size32) : cmd;
}

/* ---- conversion ------------------------------------------------------------- */

static uint32_t buffer_type(const struct map *map, const void *bytes64)
{
	uint32_t type = 0;

	if (map->type64 != SIZE_MAX)
		memcpy(&type, (const uint8_t *)bytes64 + map->type64,
		       sizeof(type));
	return type;
}

static bool has_row(const struct row *row, uint32_t type)
{
	return !row->types || (type < 32 && row->types & (1u << type));
}

/* The lower halves of two words, or of one. */
static void narrow(const struct map *map, const void *from, void *to,
		   uint32_t type)
{
	unsigned int i;

	for (i = 0; i < map->count; i++) {
		const struct row *row = &map->rows[i];
		const uint8_t *at64 = (const uint8_t *)from + row->at64;
		uint8_t *at32 = (uint8_t *)to + row->at32;

		if (!has_row(row, type))
			continue;
		if (row->len32 == row->len64) {
			memcpy(at32, at64, row->len32);
		} else {
			memcpy(at32, at64, 4);
			if (row->len32 == 8)
				memcpy(at32 + 4, at64 + 8, 4);
		}
	}
}

/* An address grows with zeroes, a time with its sign. */
static void widen_row(const struct row *row, const uint8_t *at32, uint8_t *at64)
{
	int32_t times[2];
	int64_t wide[2];

	if (row->len32 == row->len64) {
		memcpy(at64, at32, row->len32);
	} else if (row->len32 == 8) {
		memcpy(times, at32, sizeof(times));
		wide[0] = times[0];
		wide[1] = times[1];
		memcpy(at64, wide, sizeof(wide));
	} else {
		memset(at64, 0, row->len64);
		memcpy(at64, at32, 4);
	}
}

static void widen(const struct map *map, const void *from, void *to,
		  uint32_t type)
{
	unsigned int i;

	memset(to, 0, map->size64);
	for (i = 0; i < map->count; i++)
		if (has_row(&map->rows[i], type))
			widen_row(&map->rows[i],
				  (const uint8_t *)from + map->rows[i].at32,
				  (uint8_t *)to + map->rows[i].at64);
}

/* What is left of it behind a 32-bit program's eyes. */
static void through(const struct map *map, void *bytes64, uint32_t type)
{
	uint8_t bytes32[sizeof(union payload_arg)];

	memset(bytes32, 0, sizeof(bytes32));
	narrow(map, bytes64, bytes32, type);
	widen(map, bytes32, bytes64, type);
}

static unsigned int plane_count(void)
{
	return ioctl_lookup(walk.now->cmd)->nested == IOCTL_NESTED_PLANES
		       ? walk.nested_len / sizeof(struct v4l2_plane)
		       : 0;
}

static void planes_through(struct walk_bytes *bytes)
{
	struct v4l2_plane *planes = (void *)bytes->nested;
	unsigned int i;

	for (i = 0; i < plane_count(); i++)
		through(&plane_map, &planes[i], 0);
}

/* ---- the program's memory ------------------------------------------------------ */

void walk_low(void)
{
	static uint8_t *low;

	if (!walk.layout->compat) {
		walk.nested_at = walk.mine.nested;
		walk.payload_at = walk.mine.payload;
		return;
	}
	if (!low)
		low = front_low(&walk.mine, sizeof(walk.mine));
	walk.nested_at = low;
	walk.payload_at = low + WALK_NESTED_MAX;
}

/* It has 64 bits for an address of 32; the others are what they are. */
static void junk_above_addresses(void)
{
	struct v4l2_ext_control *list = (void *)walk.mine.nested;
	unsigned int i;

	if (ioctl_lookup(walk.now->cmd)->nested != IOCTL_NESTED_CONTROLS)
		return;
	for (i = 0; i < walk.nested_len / sizeof(*list); i++)
		if (walk_control_payload(i))
			list[i].value64 |= (int64_t)0x5a5a5a5a << 32;
}

void walk_to_program(void)
{
	const struct map *map = argument_map();
	struct v4l2_plane *planes = (void *)walk.mine.nested;
	uint32_t type;
	unsigned int i;

	if (!walk.layout->compat)
		return;
	junk_above_addresses();
	memcpy(walk.nested_at, walk.mine.nested, sizeof(walk.mine.nested));
	memcpy(walk.payload_at, walk.mine.payload, sizeof(walk.mine.payload));
	for (i = 0; i < plane_count(); i++)
		narrow(&plane_map, &planes[i],
		       walk.nested_at + i * plane_map.size32, 0);
	planes_through(&walk.mine);
	if (!map)
		return;
	walk_fill(walk.arg32, sizeof(walk.arg32), walk.seed + 3);
	memcpy(walk.behind32, walk.arg32, sizeof(walk.arg32));
	type = buffer_type(map, &walk.mine.arg);
	narrow(map, &walk.mine.arg, walk.arg32, type);
	through(map, &walk.mine.arg, type);
}

void walk_from_program(void)
{
	const struct map *map = argument_map();
	struct v4l2_plane *planes = (void *)walk.mine.nested;
	uint32_t type;
	unsigned int i;

	if (!walk.layout->compat)
		return;
	if (!plane_count())
		memcpy(walk.mine.nested, walk.nested_at,
		       sizeof(walk.mine.nested));
	memcpy(walk.mine.payload, walk.payload_at, sizeof(walk.mine.payload));
	for (i = 0; i < plane_count(); i++)
		widen(&plane_map, walk.nested_at + i * plane_map.size32,
		      &planes[i], 0);
	planes_through(&walk.answer);
	if (!map)
		return;
	for (i = map->size32; i < sizeof(walk.arg32); i++)
		assert_int_equal(walk.arg32[i], walk.behind32[i]);
	type = buffer_type(map, &walk.asked.arg);
	widen(map, walk.arg32, &walk.mine.arg, type);
	through(map, &walk.answer.arg, type);
}
