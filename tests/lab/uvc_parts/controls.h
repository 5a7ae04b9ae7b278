/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The controls of the camera's terminal and its processing unit.  They are
 * remembered and have no effect on the picture.
 */
#ifndef TESTS_LAB_UVC_PARTS_CONTROLS_H
#define TESTS_LAB_UVC_PARTS_CONTROLS_H

#include <stddef.h>
#include <stdint.h>

/* Entities of the video control interface */
#define CONTROLS_CAMERA     1
#define CONTROLS_PROCESSING 2
#define CONTROLS_OUTPUT     3

/** controls_mask() - bmControls of an entity's descriptor */
uint32_t controls_mask(uint8_t entity);

/**
 * controls_get() - A class request that asks
 * @entity:	Upper byte of wIndex
 * @selector:	Upper byte of wValue
 * @request:	UVC_GET_*
 * @data:	Room for 4 bytes
 *
 * Return: bytes, or -EPIPE for a stall
 */
int controls_get(uint8_t entity, uint8_t selector, uint8_t request,
		 uint8_t *data);

/** controls_set() - UVC_SET_CUR.  Return: 0, or -EPIPE for a stall */
int controls_set(uint8_t entity, uint8_t selector, const uint8_t *data,
		 size_t len);

#endif
