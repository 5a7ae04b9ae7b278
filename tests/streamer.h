/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an application does to stream, for pair tests.
 */
#ifndef TESTS_STREAMER_H
#define TESTS_STREAMER_H

#include "tests/harness.h"

#define CAPTURE        V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT         V4L2_BUF_TYPE_VIDEO_OUTPUT
#define CAPTURE_MPLANE V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
#define OUTPUT_MPLANE  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE

/** struct stream_buffer - A buffer with room for its planes */
struct stream_buffer {
	struct v4l2_buffer v4l2;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
};

/** stream_buffer() - An argument for QBUF and so on: MMAP, or room for a DQBUF */
void stream_buffer(struct stream_buffer *buffer, uint32_t type, uint32_t index);

/** stream_reqbufs() - Return: buffers made, or a negative errno */
int stream_reqbufs(struct front_file *file, uint32_t type, uint32_t memory,
		   uint32_t count);

/**
 * stream_create() - CREATE_BUFS with an empty format
 * @index:	Of the first; may be NULL
 *
 * Return: buffers made, or a negative errno
 */
int stream_create(struct front_file *file, uint32_t type, uint32_t memory,
		  uint32_t count, uint32_t *index);

int stream_qbuf(struct front_file *file, uint32_t type, uint32_t index);
int stream_query(struct front_file *file, uint32_t type, uint32_t index,
		 struct stream_buffer *buffer);
int stream_on(struct front_file *file, uint32_t type);
int stream_off(struct front_file *file, uint32_t type);

/** stream_dqbuf() - Waits for a buffer */
int stream_dqbuf(struct front_file *file, uint32_t type,
		 struct stream_buffer *buffer);

/** stream_begin_dqbuf() - A DQBUF that may have to wait */
void stream_begin_dqbuf(struct front_call *call, struct front_file *file,
			uint32_t type, struct stream_buffer *buffer);

/** stream_start() - Make @count MMAP buffers, queue all of them, stream */
void stream_start(struct front_file *file, uint32_t type, uint32_t count);

/** stream_bytes() - A plane's memory in guestd */
uint8_t *stream_bytes(struct front_file *file, uint32_t type,
		      unsigned int index, unsigned int plane);

/**
 * stream_see_frames() - Take frames of "pattern", one after the other
 *
 * Each is whole and later than the one before, and is queued again.
 */
void stream_see_frames(struct front_file *file, unsigned int count);

/** stream_read_frames() - The same by read(2), of HARNESS_FRAME bytes each */
void stream_read_frames(struct front_file *file, unsigned int count);

/** stream_see_one() - "fake" finishes a capture buffer with 64 bytes, which are seen */
void stream_see_one(struct front_file *file, unsigned int index);

/** stream_see_two_planes() - The same with the two planes of buffer 0 of CAPTURE_MPLANE,
 * of 4096 and 100 bytes
 */
void stream_see_two_planes(struct front_file *file);

/** stream_write_one() - "fake", an output device, gets what a program writes */
void stream_write_one(struct front_file *file);

/** stream_travelled() - Bytes of planes that have, until now */
uint64_t stream_travelled(void);

/** stream_expect_dead() - Each call of this file says that its device is gone */
void stream_expect_dead(struct front_file *file);

/* Of V4L2 events */
int stream_subscribe(struct front_file *file, uint32_t type, uint32_t id,
		     uint32_t flags);
int stream_unsubscribe(struct front_file *file, uint32_t type, uint32_t id);

/** stream_dqevent() - DQEVENT into memory that holds something else */
int stream_dqevent(struct front_file *file, struct v4l2_event *event);

/** stream_barrier() - Until the host has answered all that this file asked */
void stream_barrier(struct front_file *file);

/** stream_fill() - A pattern that depends on @seed */
void stream_fill(uint8_t *bytes, size_t len, unsigned int seed);

/** stream_filled() - Is it that pattern? */
bool stream_filled(const uint8_t *bytes, size_t len, unsigned int seed);

#endif
