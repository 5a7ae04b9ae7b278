/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stream of frames: which format, when, and into which URBs.
 *
 * A stream begins with frame 0, and no frame is left out: one that was fetched
 * late delays the next.  So the number in a picture is the sequence number that
 * uvcvideo gives its buffer.
 */
#ifndef TESTS_LAB_UVC_PARTS_STREAM_H
#define TESTS_LAB_UVC_PARTS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lab/uvc_parts/formats.h"

/**
 * stream_init() - Nothing streams
 * @fd:		Where URBs are completed
 * @broken:	Of this JPEG only the first half is sent, the next one begins with
 *		zeros, the one after it says that it has another size;
 *		UINT32_MAX: none
 */
void stream_init(const struct formats *formats, int fd, uint32_t broken);

/**
 * stream_get() - A class request of the streaming interface that asks
 * @selector:	UVC_VS_PROBE_CONTROL or UVC_VS_COMMIT_CONTROL
 * @request:	UVC_GET_*
 * @out:	Valid until the next call
 *
 * Return: bytes, or -EPIPE for a stall
 */
int stream_get(uint8_t selector, uint8_t request, const uint8_t **out);

/**
 * stream_set() - UVC_SET_CUR: propose a format, or start with it
 *
 * Return: 0, or -EPIPE for a stall
 */
int stream_set(uint8_t selector, const uint8_t *data, size_t len);

/** stream_stop() - uvcvideo says it by clearing the endpoint's halt */
void stream_stop(void);

/** stream_submit() - A URB for @len bytes of frames */
void stream_submit(uint32_t seqnum, size_t len);

/** stream_unlink() - Forget a URB.  Return: was it there? */
bool stream_unlink(uint32_t seqnum);

/** stream_run() - Do what is due.  Return: ms until there is more, or -1 */
int stream_run(void);

#endif
