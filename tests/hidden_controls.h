/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controls that a guest may not see, for tests of patch_controls.c: two devices are
 * asked, one that has them and one that has not, and must answer the same.
 */
#ifndef TESTS_HIDDEN_CONTROLS_H
#define TESTS_HIDDEN_CONTROLS_H

#include "tests/patch_rig.h"

#define HIDDEN_CONTROLS_COUNT 12

/* What the device may have: of user (one is COMPOUND), codec, camera, detect. */
#define OWN      (V4L2_CID_USER_BASE | 0x1001)
#define COMPOUND (V4L2_CID_USER_BASE | 0x1002)
extern const uint32_t hidden_controls_ids[HIDDEN_CONTROLS_COUNT];

/**
 * struct answer - What a guest gets
 * @sets:	How often the device has set something
 * @list:	Of a list of controls
 */
struct answer {
	int ret;
	unsigned int sets;
	union payload_arg arg;
	struct v4l2_ext_control list[8];
};

/* For cmocka: patch_rig_setup(), with a device by the rules of v4l2-ctrls-api.c */
int hidden_controls_setup(void **state);
#define CONTROLS_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, hidden_controls_setup,           \
					patch_rig_teardown)

/** hidden_controls_see() - What is not hidden, as control_set_parse() takes it */
void hidden_controls_see(const char *text);

/**
 * hidden_controls_ask() - Make a request of a guest that does not see the others
 * @arg:	Argument of ioctl @cmd, @count controls in @list with it
 *
 * Return: the answer, which is that of a device without the others
 */
const struct answer *hidden_controls_ask(uint32_t cmd, const void *arg,
					 const struct v4l2_ext_control *list,
					 size_t count);

#endif
