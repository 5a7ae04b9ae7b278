/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The structures of 32-bit programs, and how to convert them both ways.
 *
 * Layouts are those of the kernel's v4l2-compat-ioctl32.c, with timestamps of 32
 * and of 64 bits.  An ioctl's number has the size of its argument in it, so that
 * it tells the layout.
 */
#ifndef GUESTD_COMPAT32_LAYOUT_H
#define GUESTD_COMPAT32_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compat32_field;

/**
 * struct compat32_layout - A structure
 * @name:	For tests
 * @fields:	In no particular order, @count of them
 * @size32, @size64: Bytes
 * @typed:	It has a format: which fields it has depends on the buffer type
 * @type32, @type64: Where that is
 */
struct compat32_layout {
	const char *name;
	const struct compat32_field *fields;
	unsigned int count;
	uint16_t size32;
	uint16_t size64;
	bool typed;
	uint16_t type32;
	uint16_t type64;
};

/**
 * struct compat32_ioctl - An ioctl whose argument has another layout
 * @cmd:	In 32-bit programs
 * @native:	In 64-bit programs
 */
struct compat32_ioctl {
	uint32_t cmd;
	uint32_t native;
	const struct compat32_layout *layout;
};

#define COMPAT32_ARG_MAX   248 /* struct v4l2_create_buffers, the largest */
#define COMPAT32_PLANE_MAX 60

/** compat32_plane - struct v4l2_plane, which arguments point to */
extern const struct compat32_layout compat32_plane;

/**
 * compat32_lookup() - The ioctl that has this number in 32-bit programs only
 *
 * Return: NULL if there is none
 */
const struct compat32_ioctl *compat32_lookup(uint32_t cmd);

/**
 * compat32_row() - Row number @index, to walk the table
 *
 * Return: the row, or NULL behind the last
 */
const struct compat32_ioctl *compat32_row(size_t index);

/**
 * compat32_get() - From a 32-bit program
 * @from:	layout->size32 bytes
 * @to:		layout->size64 bytes; what is no field of @from becomes 0
 *
 * Return: 0, or -EINVAL for a format of no known type
 */
int compat32_get(const struct compat32_layout *layout, const void *from,
		 void *to);

/**
 * compat32_put() - Back to it
 * @from:	layout->size64 bytes
 * @to:		layout->size32 bytes that the program passed in; what is no
 *		field stays
 */
void compat32_put(const struct compat32_layout *layout, const void *from,
		  void *to);

#endif
