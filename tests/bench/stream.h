/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking frames from a node as programs do: by mmap(), USERPTR or read().
 */
#ifndef TESTS_BENCH_STREAM_H
#define TESTS_BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/target.h"

#define STREAM_BUFFERS_MAX 32
#define STREAM_PLANES_MAX  VIDEO_MAX_PLANES

/** enum stream_method - In the order in which they are tried */
enum stream_method {
	STREAM_MMAP,
	STREAM_USERPTR,
	STREAM_READ,
	STREAM_METHODS,
};

/**
 * struct stream_plane - Memory of a plane
 * @memory:	Mapped or allocated, as the method takes; NULL: none
 * @len:	Bytes
 */
struct stream_plane {
	void *memory;
	size_t len;
};

/**
 * struct stream - One that runs, or is made ready
 * @planes:	Of each buffer; of read() one alone
 * @failed:	The call that did, in words; NULL: none
 */
struct stream {
	const struct target *target;
	enum stream_method method;
	struct stream_plane planes[STREAM_BUFFERS_MAX][STREAM_PLANES_MAX];
	unsigned int buffer_count;
	unsigned int plane_count;
	const char *failed;
};

/**
 * struct stream_frame - One that came
 * @arrived_ns:	When the call that brought it returned, CLOCK_MONOTONIC
 * @described:	There is a struct v4l2_buffer; read() has none
 * @sequence:	Of the driver
 * @damaged:	It has the error flag
 * @stamped:	@stamp_ns is of CLOCK_MONOTONIC
 * @queueing_ns: What it took to queue its buffer again; @described
 */
struct stream_frame {
	uint64_t arrived_ns;
	bool described;
	uint32_t sequence;
	bool damaged;
	bool stamped;
	uint64_t stamp_ns;
	uint64_t queueing_ns;
};

/** stream_method_name() - "mmap", "userptr", "read" */
const char *stream_method_name(enum stream_method method);

/**
 * stream_choose() - The first method by which the node has buffers
 *
 * Return: 0, or a negative errno with what failed in @failed; -ENOTSUP if there is
 * nothing that could
 */
int stream_choose(const struct target *target, enum stream_method *out,
		  const char **failed);

/**
 * stream_begin() - Four buffers, queued; STREAMON
 *
 * Return: 0, or a negative errno with @stream's @failed set, and nothing to end
 */
int stream_begin(struct stream *stream, const struct target *target,
		 enum stream_method method);

/**
 * stream_next() - Wait for a frame, 10 s at most, and give its buffer back
 *
 * Return: 0, or a negative errno with @stream's @failed set; -ETIMEDOUT if none came
 */
int stream_next(struct stream *stream, struct stream_frame *out);

/** stream_end() - Stop it and free its buffers, as far as they were made */
void stream_end(struct stream *stream);

#endif
