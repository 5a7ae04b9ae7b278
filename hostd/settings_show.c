// SPDX-License-Identifier: BSD-3-Clause
/*
 * What --check-config prints.
 *
 * Limits are those of a connection, and a guest may have several: what it can have
 * in all is the product, which nobody should have to work out.
 */
#include "hostd/settings_show.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

static void show_bytes(const char *what, uint64_t bytes)
{
	if (bytes % (1u << 30) == 0)
		printf("%" PRIu64 "G %s", bytes >> 30, what);
	else if (bytes % (1u << 20) == 0)
		printf("%" PRIu64 "M %s", bytes >> 20, what);
	else
		printf("%" PRIu64 "K %s", bytes >> 10, what);
}

static void show_devices(const struct device_list *devices,
			 const struct grant *grant)
{
	unsigned int i;

	printf("  devices:");
	for (i = 0; i < devices->count; i++)
		if (grant_device(grant, i))
			printf(" %s", devices->devices[i].name);
	printf("\n");
}

static void show_controls(const struct control_set *controls)
{
	unsigned int i;

	printf("  controls:");
	if (!control_set_restricts(controls))
		printf(" all");
	for (i = 0; i < controls->count; i++)
		printf(" 0x%08" PRIx32, controls->items[i]);
	printf("\n");
}

/* Of @count connections */
static void show_limits(const struct grant *grant, unsigned int count)
{
	printf("%u sessions, %u buffers, ", count * grant->sessions,
	       count * grant->buffers);
	show_bytes("mapped, ", count * grant->memory);
	if (grant->share)
		show_bytes("shared, ", count * grant->shared);
	printf("%u requests of ", count * grant->requests);
	show_bytes("each\n", grant->control_payload);
}

static void show_grant(const struct host_settings *settings,
		       const struct grant *grant)
{
	printf("  by %s\n", grant->rule);
	show_devices(&settings->devices, grant);
	printf("  class: %s\n", grant_class_name(grant->class));
	show_controls(&grant->controls);
	printf("  share: %s\n", grant->share ? "yes" : "no");
	if (grant->shmem[0])
		printf("  shm: %s\n", grant->shmem);
	printf("  a connection: ");
	show_limits(grant, 1);
	printf("  %u connections: ", grant->connections);
	show_limits(grant, grant->connections);
}

/* A port that the rule lets in, so that what it says is what the guest would get */
static void show_guest(const struct host_settings *settings,
		       struct transport_peer peer, bool any_port)
{
	enum vms_goaway_reason reason;
	char who[TRANSPORT_TEXT_LEN];
	struct grant grant;

	if (!policy_grant(&settings->policy, &peer, &grant, &reason))
		return;
	policy_guest_format(&peer, who, sizeof(who));
	printf("guest %s%s\n", who, any_port ? ", from any port" : "");
	show_grant(settings, &grant);
}

static void show_device(const struct device *device)
{
	printf("device %s: %s %s%s\n", device->name, device->ops->name,
	       device->target, device->forget ? ", memo off" : "");
}

void settings_show(const struct host_settings *settings)
{
	const struct policy *policy = &settings->policy;
	struct transport_peer own = {
		.kind = TRANSPORT_UNIX,
		.uid = policy->own_uid,
	};
	char text[TRANSPORT_TEXT_LEN];
	bool own_rule = false;
	unsigned int i;

	printf("file: %s\n", settings->file ? settings->file : "none");
	for (i = 0; i < settings->address_count; i++) {
		transport_format(&settings->addresses[i], text, sizeof(text));
		printf("listen: %s\n", text);
	}
	for (i = 0; i < settings->devices.count; i++)
		show_device(&settings->devices.devices[i]);

	for (i = 0; i < policy->count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		own_rule |= policy_same_guest(&rule->peer, &own);
		show_guest(settings, rule->peer, rule->any_port);
	}
	if (!own_rule)
		show_guest(settings, own, false);
}
