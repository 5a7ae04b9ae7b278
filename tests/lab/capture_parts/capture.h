/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of capture share.
 *
 *	capture.c	the command line, and what is printed
 *	take.c		how frames are had
 *	look.c		what is looked at
 *	moving.c	what is looked at in vivid's picture that moves
 */
#ifndef TESTS_LAB_CAPTURE_PARTS_CAPTURE_H
#define TESTS_LAB_CAPTURE_PARTS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/videodev2.h>

#define CAPTURE_BUFFERS_MAX 32
#define CAPTURE_SECOND_NS   1000000000ull

enum capture_method {
	CAPTURE_READ, /* read() of whole frames */
	CAPTURE_USER, /* USERPTR */
	CAPTURE_MAP,  /* mmap() */
	CAPTURE_FILE, /* PATH is a file with frames, one behind the other */
};

/**
 * struct capture - Frames that are taken
 * @method ... @costs: The command line; 0 is no limit, and a size or rate as it is
 * @fd, @len:	The file, and the bytes of a frame
 * @memory:	Of each buffer; of the first alone if there are none
 * @counts:	@warm frames have been seen
 * @seen ... @next: Frames, and the number of the one that comes if none is lost
 * @first_ns ... @interval_at: When they came; the longest interval, and behind which
 * @stamp_ns:	The driver's, of the last frame
 * @rest:	With @ends: of the checksum, what is not the tick's; 0: not known yet
 * @cpu_ns:	What the processes of @costs used
 * @picture:	With @moving: what moving.c knows of it; NULL before the first frame
 */
struct capture {
	enum capture_method method;
	const char *path;
	unsigned int width;
	unsigned int height;
	unsigned int fps;
	unsigned int frames;
	unsigned int seconds;
	unsigned int buffers;
	unsigned int warm;
	bool plain;
	bool ends;
	bool moving;
	bool no_gap;
	char *costs;

	int fd;
	size_t len;
	uint8_t *memory[CAPTURE_BUFFERS_MAX];

	bool counts;
	unsigned int seen;
	unsigned int wrong;
	uint64_t lost;
	uint64_t next;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t interval_ns;
	unsigned int interval_at;
	uint64_t stamp_ns;
	uint64_t rest;
	uint64_t cpu_ns;
	struct moving *picture;
};

/** capture_wrong() - Say what is wrong with the frame that was seen last */
void capture_wrong(struct capture *capture, const char *what, uint64_t value);

/**
 * capture_look() - At one frame
 * @buffer:	NULL if read() gave the frame
 */
void capture_look(struct capture *capture, const void *bytes,
		  const struct v4l2_buffer *buffer);

/** capture_look_whole() - At a frame behind the ones that count, with @ends */
void capture_look_whole(struct capture *capture, const void *bytes);

/** moving_look() - At some lines of one frame */
void moving_look(struct capture *capture, const uint8_t *bytes);

/** capture_set() - Size and rate */
void capture_set(struct capture *capture);

/** capture_take() - All frames */
void capture_take(struct capture *capture);

#endif
