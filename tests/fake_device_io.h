/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fake device without buffers: what it has to read, and what was written.
 *
 * It is one if a test takes STREAMING out of fake.caps.
 */
#ifndef TESTS_FAKE_DEVICE_IO_H
#define TESTS_FAKE_DEVICE_IO_H

#include "tests/fake_device.h"

#define FAKE_RADIO                                                             \
	(V4L2_CAP_RADIO | V4L2_CAP_TUNER | V4L2_CAP_READWRITE |                \
	 V4L2_CAP_RDS_CAPTURE | V4L2_CAP_RDS_OUTPUT)

/** fake_put() - There is something to read, behind what there was */
void fake_put(const void *bytes, size_t len);

/**
 * fake_full() - There is no room for what is written, or there is again
 *
 * Its poll() says IN, too, as long as it is full.
 */
void fake_full(bool full);

/** fake_always_ready() - Its poll() always says IN and OUT, and never wakes */
void fake_always_ready(void);

/** fake_io_fails() - The next @count reads or writes fail */
void fake_io_fails(int error, unsigned int count);

/** fake_io_sleeps() - The next one sleeps until fake_wake() or a signal */
void fake_io_sleeps(void);

/** fake_wake_pollers() - As a driver may, without need */
void fake_wake_pollers(void);

/** fake_reads(), fake_writes() - How often they were called */
unsigned int fake_reads(void);
unsigned int fake_writes(void);

/* For fake_device.c: of device_ops, and with the lock held. */
ssize_t fake_read(struct device_file *file, void *bytes, size_t len);
ssize_t fake_write(struct device_file *file, const void *bytes, size_t len);
int fake_io_fd(struct device_file *base);
void fake_io_look(struct fake_file *file);

#endif
