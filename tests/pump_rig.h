/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pump between the fake device and a device core's output.
 */
#ifndef TESTS_PUMP_RIG_H
#define TESTS_PUMP_RIG_H

#include <stdint.h>

#include "common/loop.h"
#include "hostd/buffers.h"
#include "hostd/pump.h"
#include "tests/output_rig.h"

#define PUMP_RIG_SESSION 42

/**
 * struct pump_rig - All of it
 * @ops:	The fake device's; a test may change them
 * @out:	What the pump has handed on
 * @losses:	How often the device was said to be gone
 * @lost_with:	The last time
 * @readies:	How often something was there to be fetched
 */
struct pump_rig {
	struct device_ops ops;
	struct device device;
	struct device_file *file;
	struct loop *loop;
	struct output_rig out;
	struct window window;
	struct buffers buffers;
	struct pump pump;
	unsigned int losses;
	int lost_with;
	unsigned int readies;
};

/** pump_rig_setup() - For cmocka: *@state is a struct pump_rig */
int pump_rig_setup(void **state);
int pump_rig_teardown(void **state);

/** pump_rig_run() - Until nothing more happens */
void pump_rig_run(const struct pump_rig *rig);

/** pump_rig_wanted() - What the device is watched for, but its end, which is always */
unsigned int pump_rig_wanted(const struct pump_rig *rig);

/** pump_rig_stream() - @count buffers queued, in the device and in hostd's account */
void pump_rig_stream(struct pump_rig *rig, uint32_t type, uint32_t count);

#endif
