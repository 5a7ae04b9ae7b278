// SPDX-License-Identifier: BSD-3-Clause
/*
 * layout32 fields|numbers: guestd's table of 32-bit layouts, and what a compiler
 * for i386 says of the same structures.
 *
 *	fields	built for i386 or ARM: each row, `ok' or `not ok'.  A program has
 *		one kind of time_t and sees the rows that have it
 *	numbers	`NAME, number: 0x...' of each ioctl whose argument should be the
 *		same in 32-bit and 64-bit programs
 *
 * Exit status 1 if a row is not as the compiler says.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/ioctl_table.h"
#include "guestd/compat32_fields.h"

static int failed;

static void check_row(const char *what, size_t at, size_t len, size_t at_here,
		      size_t len_here)
{
	if (at == at_here && len == len_here) {
		printf("ok %s: %zu bytes at %zu\n", what, len, at);
		return;
	}
	printf("not ok %s: %zu bytes at %zu\n# here: %zu bytes at %zu\n", what,
	       len, at, len_here, at_here);
	failed = 1;
}

#define FIELD(s, member, at, len, kind, way, types)                            \
	check_row(#s "." #member, at, len, offsetof(struct v4l2_##s, member),  \
		  sizeof(((struct v4l2_##s *)NULL)->member));
#define PAD(s, at, len, types)
#define CHECK(list, s)                                                         \
	do {                                                                   \
		COMPAT32_##list(FIELD, PAD)                                    \
			check_row(#s, 0, COMPAT32_##list##_SIZE, 0,            \
				  sizeof(struct v4l2_##s));                    \
	} while (0)

/* Without a row, and the same */
static void check_control(void)
{
	check_row("ext_control", 0, 20, 0, sizeof(struct v4l2_ext_control));
	check_row("ext_control.value64", 12, 8,
		  offsetof(struct v4l2_ext_control, value64), 8);
	check_row("ext_control.ptr", 12, 4,
		  offsetof(struct v4l2_ext_control, ptr), sizeof(void *));
}

struct number {
	const char *name;
	uint32_t here;
	uint32_t size;
};

#define NUMBER(ioctl, list) { #ioctl, VIDIOC_##ioctl, COMPAT32_##list##_SIZE },

static const struct number numbers[] = { COMPAT32_IOCTLS(NUMBER) };

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* The size in a number is that of the kind of time_t that we have. */
static void check_number(const char *name)
{
	size_t i;

	for (i = 0; i < NUMBERS; i++) {
		if (strcmp(numbers[i].name, name) != 0 ||
		    numbers[i].size != _IOC_SIZE(numbers[i].here))
			continue;
		printf("ok %s: %#x\n", name, numbers[i].here);
		return;
	}
	/* One that this kind of time_t does not have, on ARM */
	if (COMPAT32_ARM && sizeof(time_t) == 8 && strcmp(name, "DQEVENT") == 0)
		return;
	printf("not ok %s: no row\n", name);
	failed = 1;
}

static int fields(void)
{
	size_t i;

	if (sizeof(long) != 4) {
		fprintf(stderr, "layout32 fields: not a 32-bit program\n");
		return 2;
	}
	CHECK(FORMAT, format);
	CHECK(CREATE_BUFFERS, create_buffers);
	CHECK(PLANE, plane);
	CHECK(FRAMEBUFFER, framebuffer);
	CHECK(EXT_CONTROLS, ext_controls);
	CHECK(EDID, edid);
	check_control();
	if (sizeof(time_t) == 4) {
		CHECK(BUFFER_TIME32, buffer);
		CHECK(EVENT_TIME32, event);
	} else {
		CHECK(BUFFER_TIME64, buffer);
	}
#if COMPAT32_ARM
	check_row("standard", 0, 72, 0, sizeof(struct v4l2_standard));
	check_row("input", 0, 80, 0, sizeof(struct v4l2_input));
	if (sizeof(time_t) == 8)
		check_row("event", 0, 136, 0, sizeof(struct v4l2_event));
#else
	CHECK(STANDARD, standard);
	CHECK(INPUT, input);
	if (sizeof(time_t) == 8)
		CHECK(EVENT_TIME64, event);
#endif
	for (i = 0; i < NUMBERS; i++)
		check_number(numbers[i].name);
	return failed;
}

static bool converted(const char *name)
{
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		if (strcmp(numbers[i].name, name) == 0)
			return true;
	return false;
}

static int same_numbers(void)
{
	const struct ioctl_desc *desc;
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++)
		if (!converted(desc->name))
			printf("%s, number: %#x\n", desc->name, desc->cmd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "fields") == 0)
		return fields();
	if (argc == 2 && strcmp(argv[1], "numbers") == 0)
		return same_numbers();
	fprintf(stderr, "usage: layout32 fields|numbers\n");
	return 2;
}
