// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames for software devices: their memory, and pictures.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hostd/frames.h"

static void frame_memory_has_whole_pages_and_keeps_them(void **state)
{
	struct stat status;
	void *bytes;
	int fd;

	(void)state;

	assert_int_equal(frames_memfd(5000, &fd, &bytes), 0);
	memset(bytes, 1, 5000);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 8192);
	assert_int_equal(fcntl(fd, F_GET_SEALS),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 1 << 20), -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	munmap(bytes, 5000);
	close(fd);
}

static void frame_memory_of_no_size_is_refused(void **state)
{
	void *bytes;
	int fd;

	(void)state;

	assert_int_equal(frames_memfd(0, &fd, &bytes), -EINVAL);
	assert_int_equal(frames_memfd(SIZE_MAX, &fd, &bytes), -EINVAL);
}

struct size {
	uint32_t width;
	uint32_t height;
	uint32_t stride;
};

/* The smallest, one without digits, usual ones, one with a wide stride. */
static const struct size sizes[] = {
	{ 8, 2, 16 },      { 16, 16, 32 },     { 90, 50, 180 },
	{ 160, 120, 320 }, { 640, 480, 1280 }, { 160, 120, 384 },
};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static uint8_t *picture(const struct size *size)
{
	uint8_t *bytes = calloc(size->height, size->stride);

	assert_non_null(bytes);
	return bytes;
}

static void a_frame_says_which_tick_it_is(void **state)
{
	size_t i;

	(void)state;

	for (i = 0; i < SIZES; i++) {
		const struct size *size = &sizes[i];
		uint8_t *bytes = picture(size);
		uint64_t tick = 0;

		frames_draw(bytes, size->width, size->height, size->stride,
			    0x123456789abcull, true, false);
		assert_int_equal(
			frames_check(bytes, (size_t)size->stride * size->height,
				     &tick),
			0);
		assert_int_equal(tick, 0x123456789abcull);
		free(bytes);
	}
}

static void
drawing_over_an_older_frame_gives_the_same_as_a_fresh_one(void **state)
{
	static const uint64_t ticks[] = {
		1, 2, 9, 10, 99, 1000000, 9999999999ull, 0
	};
	size_t i, j;

	(void)state;

	for (i = 0; i < SIZES; i++) {
		const struct size *size = &sizes[i];
		size_t len = (size_t)size->stride * size->height;
		uint8_t *over = picture(size);
		uint8_t *fresh = picture(size);

		for (j = 0; j < sizeof(ticks) / sizeof(ticks[0]); j++) {
			frames_draw(over, size->width, size->height,
				    size->stride, ticks[j], j == 0, false);
			frames_draw(fresh, size->width, size->height,
				    size->stride, ticks[j], true, false);
			assert_memory_equal(over, fresh, len);
		}
		free(over);
		free(fresh);
	}
}

static void a_static_picture_differs_in_its_stamp_only(void **state)
{
	const struct size *size = &sizes[3];
	size_t len = (size_t)size->stride * size->height;
	uint8_t *first = picture(size);
	uint8_t *second = picture(size);

	(void)state;

	frames_draw(first, size->width, size->height, size->stride, 7, true,
		    true);
	memcpy(second, first, len);
	frames_draw(second, size->width, size->height, size->stride, 123456,
		    false, true);
	assert_memory_not_equal(second, first, 16);
	assert_memory_equal(second + 16, first + 16, len - 24);
	assert_memory_not_equal(second + len - 8, first + len - 8, 8);
	free(first);
	free(second);
}

static void the_line_is_where_the_tick_says(void **state)
{
	static const uint8_t white[] = { 235, 128, 235, 128 };
	const struct size *size = &sizes[3];
	uint8_t *bytes = picture(size);
	uint64_t tick;

	(void)state;

	for (tick = 0; tick < 200; tick++) {
		size_t pair = tick % (size->width / 2);

		frames_draw(bytes, size->width, size->height, size->stride,
			    tick, tick == 0, false);
		assert_memory_equal(bytes + size->stride + pair * 4, white, 4);
		pair = (pair + 1) % (size->width / 2);
		assert_memory_not_equal(bytes + size->stride + pair * 4, white,
					4);
	}
	free(bytes);
}

static void a_frame_made_of_two_is_recognised(void **state)
{
	const struct size *size = &sizes[3];
	size_t len = (size_t)size->stride * size->height;
	uint8_t *older = picture(size);
	uint8_t *newer = picture(size);
	uint8_t *torn = picture(size);
	uint64_t tick = 42;
	uint32_t line;

	(void)state;

	frames_draw(older, size->width, size->height, size->stride, 100, true,
		    false);
	frames_draw(newer, size->width, size->height, size->stride, 101, true,
		    false);
	for (line = 1; line < size->height; line++) {
		size_t split = (size_t)line * size->stride;

		memcpy(torn, newer, split);
		memcpy(torn + split, older + split, len - split);
		assert_int_equal(frames_check(torn, len, &tick), -EBADMSG);
	}
	assert_int_equal(tick, 42);
	free(older);
	free(newer);
	free(torn);
}

static void two_lines_in_the_wrong_order_are_recognised(void **state)
{
	const struct size *size = &sizes[3];
	size_t len = (size_t)size->stride * size->height;
	uint8_t *bytes = picture(size);
	uint8_t line[320];
	uint64_t tick;

	(void)state;

	/* Line 1 has the white line, a line of digits has not. */
	frames_draw(bytes, size->width, size->height, size->stride, 40, true,
		    false);
	memcpy(line, bytes + size->stride, sizeof(line));
	memmove(bytes + size->stride, bytes + 60 * (size_t)size->stride,
		sizeof(line));
	memcpy(bytes + 60 * (size_t)size->stride, line, sizeof(line));
	assert_int_equal(frames_check(bytes, len, &tick), -EBADMSG);
	free(bytes);
}

static void every_changed_byte_is_recognised(void **state)
{
	const struct size *size = &sizes[1];
	size_t len = (size_t)size->stride * size->height;
	uint8_t *bytes = picture(size);
	uint64_t tick;
	size_t i;

	(void)state;

	frames_draw(bytes, size->width, size->height, size->stride, 3, true,
		    false);
	for (i = 0; i < len; i++) {
		bytes[i] ^= 0x10;
		assert_int_equal(frames_check(bytes, len, &tick), -EBADMSG);
		bytes[i] ^= 0x10;
	}
	assert_int_equal(frames_check(bytes, len, &tick), 0);
	free(bytes);
}

static void what_is_too_short_for_a_stamp_is_no_frame(void **state)
{
	uint8_t bytes[28] = { 0 };
	uint64_t tick;

	(void)state;

	assert_int_equal(frames_check(bytes, 0, &tick), -EINVAL);
	assert_int_equal(frames_check(bytes, 20, &tick), -EINVAL);
	assert_int_equal(frames_check(bytes, 26, &tick), -EINVAL);
	assert_int_equal(frames_check(bytes, 24, &tick), -EBADMSG);
	assert_int_equal(frames_check(bytes, 28, &tick), -EBADMSG);
}

static void bytes_that_hold_no_frame_are_drawn_anew(void **state)
{
	const struct size *size = &sizes[3];
	size_t len = (size_t)size->stride * size->height;
	uint8_t *bytes = picture(size);
	uint64_t tick;

	(void)state;

	memset(bytes, 0xa5, len);
	frames_draw(bytes, size->width, size->height, size->stride, 5, false,
		    false);
	assert_int_equal(frames_check(bytes, len, &tick), 0);
	assert_int_equal(tick, 5);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_memory_has_whole_pages_and_keeps_them),
		cmocka_unit_test(frame_memory_of_no_size_is_refused),
		cmocka_unit_test(a_frame_says_which_tick_it_is),
		cmocka_unit_test(
			drawing_over_an_older_frame_gives_the_same_as_a_fresh_one),
		cmocka_unit_test(a_static_picture_differs_in_its_stamp_only),
		cmocka_unit_test(the_line_is_where_the_tick_says),
		cmocka_unit_test(a_frame_made_of_two_is_recognised),
		cmocka_unit_test(two_lines_in_the_wrong_order_are_recognised),
		cmocka_unit_test(every_changed_byte_is_recognised),
		cmocka_unit_test(what_is_too_short_for_a_stamp_is_no_frame),
		cmocka_unit_test(bytes_that_hold_no_frame_are_drawn_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
