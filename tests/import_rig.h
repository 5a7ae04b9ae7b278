/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application that brings memory of its own for a node's buffers, for pair tests.
 *
 * A memfd stands for the dma-buf, which not every kernel makes of it; the devices of
 * these tests take both.
 */
#ifndef TESTS_IMPORT_RIG_H
#define TESTS_IMPORT_RIG_H

#include "tests/streamer.h"

#define IMPORT_RIG_COUNT 4
#define IMPORT_RIG_LEN   8192

/**
 * struct import_rig - There is one
 * @file:	The open file
 * @buffer:	The last argument, and what came back
 * @fds, @memory: What it may bring: IMPORT_RIG_COUNT descriptors of IMPORT_RIG_LEN
 *		bytes, and these
 * @data:	Bytes that had travelled when it was opened
 */
struct import_rig {
	struct front_file file;
	struct stream_buffer buffer;
	int fds[IMPORT_RIG_COUNT];
	uint8_t *memory[IMPORT_RIG_COUNT];
	uint64_t data;
};
extern struct import_rig import_rig;

/** import_rig_open() - Connect to this device, which shares, and open its node */
void import_rig_open(const char *device);

/** import_rig_open_fake() - The same for the fake one, which has these V4L2_CAP_* */
void import_rig_open_fake(uint32_t caps, unsigned int planes);

/** import_rig_close() - Close it; no byte of a frame has travelled */
void import_rig_close(void);

/** import_rig_argument() - Make @buffer an argument of QBUF: DMABUF, single-planar */
void import_rig_argument(uint32_t type, uint32_t index, int fd, uint32_t len,
			 uint32_t used);

/** import_rig_queue_fd() - QBUF of that; Return: as front_ioctl() */
int import_rig_queue_fd(uint32_t type, uint32_t index, int fd, uint32_t len,
			uint32_t used);

/** import_rig_queue() - QBUF of capture with what has the same index */
int import_rig_queue(uint32_t index);

/** import_rig_request() - REQBUFS of DMABUF; Return: as stream_reqbufs() */
int import_rig_request(uint32_t type, uint32_t count);

/** import_rig_start() - All buffers of capture are queued, and it streams */
void import_rig_start(void);

/** import_rig_expect() - QUERYBUF of capture shows this */
void import_rig_expect(uint32_t index, int fd, uint32_t len);

/** import_rig_capabilities() - Return: V4L2_BUF_CAP_* of capture */
uint32_t import_rig_capabilities(void);

#endif
