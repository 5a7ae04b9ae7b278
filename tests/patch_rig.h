/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request of a guest's and the fake device that it is for, for tests of patch.c.
 */
#ifndef TESTS_PATCH_RIG_H
#define TESTS_PATCH_RIG_H

#include "common/control_set.h"
#include "common/payload.h"
#include "hostd/device.h"

#define GUESTS ((void *)0x4141414141414141) /* a number that a guest chose */

/**
 * struct patch_rig - There is one
 * @file:	Of the fake device
 * @controls:	Those that the guest may see; all at first
 * @payload:	What patch_rig_request() has made, and its answer
 * @seen, @seen_fd: For what a test looks at in the device; none at first
 */
struct patch_rig {
	struct device_file *file;
	struct control_set controls;
	struct payload payload;
	const void *seen;
	int seen_fd;
};
extern struct patch_rig patch_rig;

/* For cmocka */
int patch_rig_setup(void **state);
int patch_rig_teardown(void **state);
#define PATCH_RIG_TEST(name)                                                   \
	cmocka_unit_test_setup_teardown(name, patch_rig_setup,                 \
					patch_rig_teardown)

/**
 * patch_rig_request() - What hostd has after payload_get_request()
 * @arg:	Argument of ioctl @cmd, with what a guest may send
 * @nested:	@nested_len bytes that follow it
 */
void patch_rig_request(uint32_t cmd, const void *arg, const void *nested,
		       size_t nested_len);

/** patch_rig_run() - patch_run() for it, without memory of the guest's */
int patch_rig_run(void);

#endif
