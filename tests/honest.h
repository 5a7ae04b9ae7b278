/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device can answer: for tests whose answers are otherwise made of any bytes.
 */
#ifndef TESTS_HONEST_H
#define TESTS_HONEST_H

#include "common/payload.h"

/** honest_question() - An index of any bytes becomes one that a list may have */
void honest_question(uint32_t cmd, union payload_arg *arg);

/**
 * honest_answer() - Make an answer one that a V4L2 device can give
 * @asked:	The argument as the device got it
 * @arg:	Full of any bytes, none of them 0: as many as can be stay what they are
 *
 * Written from videodev2.h and v4l2-ioctl.c, not from what guestd checks.
 */
void honest_answer(uint32_t cmd, const union payload_arg *asked,
		   union payload_arg *arg);

#endif
