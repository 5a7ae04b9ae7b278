/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file of the kind convert, on the fake libv4l2.
 *
 * A test has its own libv4l2_load(), since not all want the fake.
 */
#ifndef TESTS_CONVERT_RIG_H
#define TESTS_CONVERT_RIG_H

#include <stdint.h>

#include "hostd/device.h"

/**
 * struct convert_rig - All of it
 * @file:	NULL: it is closed
 * @node:	The file's, a pipe
 * @other_end:	Of the pipe: closing it, and setting it to -1, hangs @node up
 * @said:	What was logged, without debug, lines
 */
struct convert_rig {
	struct device device;
	struct device_file *file;
	int node;
	int other_end;
	char said[1000];
};

/** convert_rig_setup() - For cmocka: *@state is a struct convert_rig */
int convert_rig_setup(void **state);
int convert_rig_teardown(void **state);

/** convert_rig_close() - Before the test ends; nothing stays open */
void convert_rig_close(struct convert_rig *rig);

/** convert_rig_call() - An ioctl of the file */
int convert_rig_call(struct convert_rig *rig, uint32_t cmd, void *arg);

/** convert_rig_request() - REQBUFS */
int convert_rig_request(struct convert_rig *rig, uint32_t count);

/** convert_rig_fail() - The library's next @count calls of @cmd fail */
void convert_rig_fail(uint32_t cmd, int error, unsigned int count);

#endif
