/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A memory helper and one application, for tests of what is copied between them.
 */
#ifndef TESTS_MEMORY_SCENE_H
#define TESTS_MEMORY_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/app.h"
#include "tests/memory_rig.h"

#define MEMORY_SCENE_FILE 7

/**
 * struct memory_scene - All of it; there is one
 * @rig:	Its node is APP_NODE
 * @app:	There after memory_scene_start()
 * @caller:	The application, which calls on file MEMORY_SCENE_FILE
 */
struct memory_scene {
	struct memory_rig rig;
	struct app app;
	struct memory_caller caller;
};

extern struct memory_scene memory_scene;

/* For cmocka, as MEMORY_SCENE_TEST() has them: the rig, and the end of both */
int memory_scene_setup(void **state);
int memory_scene_teardown(void **state);
#define MEMORY_SCENE_TEST(name)                                                \
	cmocka_unit_test_setup_teardown(name, memory_scene_setup,              \
					memory_scene_teardown)

/** memory_scene_start() - Start the application, or skip the test */
void memory_scene_start(enum app_how how);

/** memory_scene_extent() - From byte @at of its plain memory to @bytes, or back */
struct payload_extent memory_scene_extent(size_t at, uint8_t *bytes,
					  size_t len);

/** memory_scene_is_pattern() - Are these its plain memory from byte @at on? */
bool memory_scene_is_pattern(const uint8_t *bytes, size_t at, size_t len);

#endif
