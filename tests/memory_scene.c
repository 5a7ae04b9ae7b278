// SPDX-License-Identifier: BSD-3-Clause
/*
 * A memory helper and one application.
 */
#include "tests/memory_scene.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct memory_scene memory_scene;

int memory_scene_setup(void **state)
{
	(void)state;
	memory_rig_start(&memory_scene.rig, true, APP_NODE);
	return 0;
}

int memory_scene_teardown(void **state)
{
	(void)state;
	app_finish(&memory_scene.app);
	memory_rig_finish(&memory_scene.rig);
	return 0;
}

void memory_scene_start(enum app_how how)
{
	if (!memory_rig_possible(how))
		skip();
	app_start(&memory_scene.app, how, APP_NODE);
	memory_scene.caller =
		memory_rig_caller(&memory_scene.app, MEMORY_SCENE_FILE);
}

struct payload_extent memory_scene_extent(size_t at, uint8_t *bytes, size_t len)
{
	uintptr_t addr = (uintptr_t)memory_scene.app.plain + at;

	return (struct payload_extent){
		.addr = addr,
		.bytes = bytes,
		.len = len,
	};
}

bool memory_scene_is_pattern(const uint8_t *bytes, size_t at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] != app_pattern(at + i))
			return false;
	return true;
}
