/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fake device's ioctls do by themselves.  With its lock held.
 */
#ifndef TESTS_FAKE_DEVICE_IOCTLS_H
#define TESTS_FAKE_DEVICE_IOCTLS_H

#include "tests/fake_device.h"

/** fake_default() - Do one that no test has a function for; as device_ops says */
int fake_default(uint32_t cmd, void *arg);

/** fake_add_event() - Have one file find an event; the time is now */
void fake_add_event(struct fake_file *file, const struct v4l2_event *given);

/** fake_now() - Its clock, nanoseconds */
uint64_t fake_now(void);

/** fake_sleep_now() - Sleep as an ioctl does; Return: 0, or -EINTR: a signal */
int fake_sleep_now(void);

/** fake_look() - What poll() looks at may have changed */
void fake_look(void);

#endif
