// SPDX-License-Identifier: BSD-3-Clause
/*
 * A request of a guest's and the fake device that it is for.
 */
#include "tests/patch_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "hostd/patch.h"
#include "tests/fake_device.h"

struct patch_rig patch_rig;

static struct device device = { .ops = &fake_device_ops };

int patch_rig_setup(void **state)
{
	(void)state;
	fake_device_init();
	memset(&patch_rig, 0, sizeof(patch_rig));
	return fake_device_ops.open(&device, -1, &patch_rig.file);
}

int patch_rig_teardown(void **state)
{
	(void)state;
	payload_finish(&patch_rig.payload);
	fake_device_ops.close(patch_rig.file);
	fake_device_finish();
	return 0;
}

void patch_rig_request(uint32_t cmd, const void *arg, const void *nested,
		       size_t nested_len)
{
	uint8_t bytes[2048] = { 0 };
	const struct ioctl_desc *desc = ioctl_lookup(cmd);
	size_t len = ioctl_reads(desc) ? ioctl_size(desc) : 0;

	if (len)
		memcpy(bytes, arg, len);
	if (nested_len)
		memcpy(bytes + len, nested, nested_len);
	payload_finish(&patch_rig.payload);
	assert_int_equal(payload_get_request(&patch_rig.payload, desc, bytes,
					     len + nested_len, NULL, 0),
			 0);
}

int patch_rig_run(void)
{
	return patch_run(patch_rig.file, &patch_rig.payload, NULL,
			 &patch_rig.controls);
}
