// SPDX-License-Identifier: BSD-3-Clause
/*
 * Running flows, and what must be as before behind one that went wrong.
 */
#include "tests/flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/fake_device_io.h"
#include "tests/fds.h"

struct flows flows;

static unsigned int fds;
static unsigned int mappings;

/* ---- the connection ------------------------------------------------------- */

static bool ready(void)
{
	return harness.device && harness.device->ready;
}

static bool lost(void)
{
	return !ready();
}

void flows_connect(const char *device)
{
	harness.hosting = true;
	if (!harness.device)
		harness_begin(device);
	/* Whoever tries again does so within 300 ms. */
	harness.until = harness.now + 1000 * LOOP_MS;
	harness_until(ready);
	harness.until = harness.now;
}

void flows_until_lost(void)
{
	harness_until(lost);
}

/* ---- running ---------------------------------------------------------------- */

bool flows_run(const struct flow *flow)
{
	flows.flow = flow;
	memset(&flows.file, 0, sizeof(flows.file));
	flows.call = 0;
	fake.io.len = 0;
	return flow->run();
}

void flows_works(const struct flow *flow)
{
	bool (*fails)(ssize_t result) = flows.fails;

	flows.fails = NULL;
	flows_run(flow);
	flows.fails = fails;
}

/* ---- what must be as before ---------------------------------------------------- */

/* Of memory that is shared, with the device or with the other daemon */
static unsigned int count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "/memfd:") != NULL;
	fclose(maps);
	return count;
}

void flows_expect_released(void)
{
	unsigned int type;

	assert_int_equal(fake.file_count, 0);
	assert_int_equal(fake.mapped, 0);
	for (type = 1; type < FAKE_TYPES; type++)
		assert_int_equal(fake.queues[type].count, 0);
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
	if (!harness.device)
		return;
	assert_int_equal(harness.device->window.count, 0);
	assert_null(harness.device->members);
	assert_null(harness.device->owner);
	assert_int_equal(harness.device->imported, 0);
}

void flows_remember(void)
{
	fds = fds_count();
	mappings = count_mappings();
}

void flows_expect_as_before(void)
{
	flows_expect_released();
	assert_int_equal(fds_count(), fds);
	assert_int_equal(count_mappings(), mappings);
}
