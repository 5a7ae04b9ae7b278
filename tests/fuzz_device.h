/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device for fuzzers: what is put into its hands it reads and writes to the
 * last byte, so that AddressSanitizer sees what does not belong there.
 *
 * It keeps account and calls abort() when it is used in a way that device.h
 * does not allow.
 */
#ifndef TESTS_FUZZ_DEVICE_H
#define TESTS_FUZZ_DEVICE_H

#include <stdint.h>

#include "hostd/device.h"

extern const struct device_ops fuzz_device_ops;

/** fuzz_device_reset() - Before each input; everything must be closed */
void fuzz_device_reset(void);

/** fuzz_device_check() - Everything is closed and unmapped, or abort() */
void fuzz_device_check(void);

/** fuzz_device_finish() - Finish a buffer, if it is queued and streams */
void fuzz_device_finish(uint32_t type, uint32_t index, uint32_t used,
			uint32_t flags);

/** fuzz_device_event() - An event, unless there are many */
void fuzz_device_event(void);

/**
 * fuzz_device_readable() - What the next reads and writes return
 * @result:	A negative errno, or bytes, which is cut to what they may be
 *
 * And those who poll are woken.
 */
void fuzz_device_readable(int result);

/**
 * fuzz_device_answer() - What the next calls that it does not know return
 * @result:	-ENODEV: it is gone; -EBUSY: it does not open either
 */
void fuzz_device_answer(int result);

#endif
