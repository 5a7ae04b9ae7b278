/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A node for usermedia-bench (tests/bench/kernel.h), and a clock that only calls move.
 *
 * It has one format, YUYV in two sizes of two rates each, one input, and two controls,
 * one a menu of three items.
 */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct fake_kernel - How it behaves, and what was done to it
 * @caps:	Its device_caps
 * @multiplanar: Its queue, of two planes
 * @maps:	mmap() works
 * @no_userptr:	REQBUFS of USERPTR fails
 * @endless:	No enumeration comes to an end
 * @call_ns:	That each call takes
 * @frame_ns:	Between two frames
 * @late_ns:	From a frame's timestamp until poll() says that it is there
 * @skip:	So many frames are lost behind the fifth
 * @fails_at:	DQBUF or read() of this frame fails, from 1
 * @now_ns:	The clock
 * @opened:	Files that are open
 * @mapped:	Planes that are mapped
 * @calls:	ioctls that were made
 * @queued:	Buffers that are
 * @streams:	Between STREAMON and STREAMOFF
 */
struct fake_kernel {
	uint32_t caps;
	bool multiplanar;
	bool maps;
	bool no_userptr;
	bool endless;
	uint64_t call_ns;
	uint64_t frame_ns;
	uint64_t late_ns;
	unsigned int skip;
	unsigned int fails_at;

	uint64_t now_ns;
	unsigned int opened;
	unsigned int mapped;
	unsigned int calls;
	unsigned int queued;
	bool streams;
};
extern struct fake_kernel fake_kernel;

/** fake_kernel_setup() - cmocka: vivid's like, by mmap(), USERPTR and read() */
int fake_kernel_setup(void **state);

#endif
