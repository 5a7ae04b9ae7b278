// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a guest was granted.
 */
#include "hostd/grant.h"

#include <assert.h>
#include <stddef.h>

static_assert(VMS_LIST_MAX <= 64, "a device without a bit");

static const char *const grant_class_names[] = {
	[GRANT_VIEW] = "view",
	[GRANT_USE] = "use",
	[GRANT_FULL] = "full",
};
static_assert(sizeof(grant_class_names) / sizeof(grant_class_names[0]) ==
		      GRANT_CLASS_COUNT,
	      "a class without a name");

void grant_default(struct grant *grant)
{
	*grant = (struct grant){
		.devices = UINT64_MAX,
		.class = GRANT_FULL,
		.connections = GRANT_CONNECTIONS_MAX,
		.sessions = GRANT_SESSIONS_MAX,
		.buffers = GRANT_BUFFERS_MAX,
		.requests = GRANT_REQUESTS_MAX,
		.memory = GRANT_MEMORY_MAX,
		.shared = GRANT_SHARED_MAX,
		.control_payload = GRANT_CONTROL_PAYLOAD_MAX,
	};
}

bool grant_device(const struct grant *grant, unsigned int index)
{
	return index < 64 && (grant->devices >> index) & 1;
}

const char *grant_class_name(enum grant_class class)
{
	return grant_class_names[class];
}
