/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an open node is: capabilities, type of its queue, format, rate.
 */
#ifndef TESTS_BENCH_TARGET_H
#define TESTS_BENCH_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/videodev2.h>

#include "tests/bench/results.h"

/**
 * struct target - An open one
 * @caps:	Its device_caps
 * @type:	Of its capture queue; 0: it has none
 * @format:	Of that, as it is set
 * @has_format:	Whether the node has said it
 * @nominal:	Frames per second; 0: it does not say
 */
struct target {
	int fd;
	uint32_t caps;
	uint32_t type;
	struct v4l2_format format;
	bool has_format;
	double nominal;
};

/**
 * target_look() - Open it and look
 * @name:	Gets what it says of itself; may be NULL
 *
 * Return: 0, with @out's fd to be closed, or what open() or QUERYCAP failed with
 */
int target_look(const char *path, struct results_node *name,
		struct target *out);

/**
 * target_look_all() - Open all of @results' nodes
 * @out:	As many; the fd of one that cannot be opened is -1
 */
void target_look_all(const struct results *results, struct target *out);

/** target_close_all() - Undo that */
void target_close_all(const struct results *results,
		      const struct target *targets);

/** target_pixelformat() - Of its format, 0 if it has none */
uint32_t target_pixelformat(const struct target *target);

/** target_size() - Of its format, zeroes if it has none */
void target_size(const struct target *target, uint32_t *width,
		 uint32_t *height);

/** target_is_multiplanar() - Do its buffers have an array of planes? */
bool target_is_multiplanar(const struct target *target);

#endif
