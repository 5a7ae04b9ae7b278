/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fake device as a USB camera with long lists: what hostd tells before it is asked,
 * and guestd answers from.
 *
 * It has 3 formats of 19 sizes with 7 intervals each, 20 controls of which two are
 * menus, one input.  Exposure is set by hand or not, and if not, its value is inactive:
 * whoever changes that, every file that has subscribed hears of it.
 */
#ifndef TESTS_MEMO_CAMERA_H
#define TESTS_MEMO_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fake_front.h"
#include "tests/harness.h"

#define MEMO_CAMERA_TIME  V4L2_CID_EXPOSURE_ABSOLUTE
#define MEMO_CAMERA_SIZES 19

/**
 * struct memo_camera - What a test may change, before it connects or with
 * memo_camera_change()
 * @lasting:	What its kind says may be remembered
 * @automatic:	Exposure is not set by hand
 * @sizes:	Of each format
 * @more:	It has a control more
 * @silent:	Nobody hears of changes
 * @deaf:	SUBSCRIBE_EVENT fails
 * @asked:	How often ENUM_FMT and QUERYMENU were, for the test to clear
 */
struct memo_camera {
	uint32_t lasting;
	bool automatic;
	unsigned int sizes;
	bool more;
	bool silent;
	bool deaf;
	unsigned int asked;
};

extern struct memo_camera memo_camera;

/* For cmocka_unit_test_setup_teardown(): harness_setup() and this camera. */
int memo_camera_setup(void **state);
#define MEMO_CAMERA_TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, memo_camera_setup,               \
					harness_teardown)

/** memo_camera_connect() - Both ends, to the camera, and an open file */
void memo_camera_connect(struct front_file *file);

/** memo_camera_change() - A program of the host sets exposure by hand or not */
void memo_camera_change(bool automatic);

/** memo_camera_trips() - Round trips since this was called last */
unsigned int memo_camera_trips(void);

#endif
