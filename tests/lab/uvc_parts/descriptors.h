/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptors of the camera: what it says of itself when it is plugged in.
 */
#ifndef TESTS_LAB_UVC_PARTS_DESCRIPTORS_H
#define TESTS_LAB_UVC_PARTS_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/lab/uvc_parts/formats.h"

#define DESCRIPTORS_CONTROL   0 /* number of the video control interface */
#define DESCRIPTORS_STREAMING 1 /* number of the video streaming interface */

#define DESCRIPTORS_BULK_IN 0x81 /* address of the endpoint of frames */

/** descriptors_init() - For a camera of this serial number */
void descriptors_init(const struct formats *formats, const char *serial);

/**
 * descriptors_get() - Answer GET_DESCRIPTOR
 * @value:	wValue
 * @out:	Valid until the next call
 *
 * Return: bytes, or -EPIPE for a stall
 */
int descriptors_get(uint16_t value, const uint8_t **out);

#endif
