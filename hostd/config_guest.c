// SPDX-License-Identifier: BSD-3-Clause
/*
 * [guest GUEST] of hostd.conf(5).
 *
 * It is a rule with the grant that an --allow would have, less what its keys take
 * away; "share", "shm" and "any-port" alone add.  Which devices it names is looked up
 * at the end of the file, since their sections may follow.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "hostd/config_parts.h"

#define CONFIG_PAYLOAD_MIN 1024
#define CONFIG_MEMORY_MIN  (64u << 10)

/* ---- values ---------------------------------------------------------- */

/* Bytes in the unit that this letter stands for; 0: none */
static unsigned int config_unit(char letter)
{
	switch (letter) {
	case 'K':
		return 1u << 10;
	case 'M':
		return 1u << 20;
	case 'G':
		return 1u << 30;
	default:
		return 0;
	}
}

/* Decimal, nothing before it, and after it @unit at most. */
static int config_number(const char *value, bool bytes, uint64_t *out)
{
	unsigned long long number;
	unsigned int unit = 1;
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (bytes && *end)
		unit = config_unit(*end++);
	if (errno || !unit || *end || number > UINT64_MAX / unit)
		return -EINVAL;
	*out = number * unit;
	return 0;
}

static int config_count(const char *value, unsigned int most, unsigned int *out,
			char *why)
{
	uint64_t number;

	if (config_number(value, false, &number) < 0 || !number ||
	    number > most) {
		snprintf(why, OPTIONS_WHY_LEN, "not a number from 1 to %u",
			 most);
		return -EINVAL;
	}
	*out = (unsigned int)number;
	return 0;
}

static int config_bytes(const char *value, uint64_t least, uint64_t most,
			uint64_t *out, char *why)
{
	uint64_t number;

	if (config_number(value, true, &number) < 0 || number < least ||
	    number > most) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "not bytes from %" PRIu64 "K to %" PRIu64
			 "M; K, M or G may follow the number",
			 least >> 10, most >> 20);
		return -EINVAL;
	}
	*out = number;
	return 0;
}

/* ---- the section ----------------------------------------------------- */

int config_begin_guest(struct config *config, const char *argument, char *why)
{
	int ret;

	config->devices.line = 0;
	ret = policy_parse(argument, &config->rule, why);
	if (ret == 0 && (config->rule.any_port || config->rule.grant.share)) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "%s is a key here: a line %s = yes below it",
			 config->rule.any_port ? "any-port" : "share",
			 config->rule.any_port ? "any-port" : "share");
		ret = -EINVAL;
	}
	config->rule.configured = true;
	snprintf(config->rule.grant.rule, sizeof(config->rule.grant.rule),
		 "%.255s:%u", config->name, config->line);
	return ret;
}

int config_end_guest(struct config *config, char *why)
{
	struct policy *policy = &config->settings->policy;
	int ret;

	ret = policy_put(policy, &config->rule, why);
	if (ret < 0 || !config->devices.line)
		return ret;
	config->devices.rule = policy->count - 1;
	config->names[config->name_count++] = config->devices;
	return 0;
}

static int config_devices(struct config *config, const char *value, char *why)
{
	(void)why;

	config->devices.line = config->line;
	snprintf(config->devices.text, sizeof(config->devices.text), "%s",
		 value);
	return 0;
}

static int config_class(struct config *config, const char *value, char *why)
{
	unsigned int class;

	for (class = 0; class < GRANT_CLASS_COUNT; class ++) {
		if (strcmp(value, grant_class_name(class)) == 0) {
			config->rule.grant.class = class;
			return 0;
		}
	}
	snprintf(why, OPTIONS_WHY_LEN, "neither view nor use nor full");
	return -EINVAL;
}

static int config_controls(struct config *config, const char *value, char *why)
{
	return control_set_parse(&config->rule.grant.controls, value, why);
}

static int config_share(struct config *config, const char *value, char *why)
{
	if (config->rule.peer.kind != TRANSPORT_UNIX) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "buffers are shared with [guest uid:...] and "
			 "[guest unix:...] alone");
		return -EINVAL;
	}
	return config_yes(value, &config->rule.grant.share, why);
}

static int config_shm(struct config *config, const char *value, char *why)
{
	return policy_shmem(value, config->rule.grant.shmem, why);
}

static int config_any_port(struct config *config, const char *value, char *why)
{
	if (config->rule.peer.kind != TRANSPORT_VSOCK) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "only a [guest cid:...] has a port");
		return -EINVAL;
	}
	return config_yes(value, &config->rule.any_port, why);
}

static int config_connections(struct config *config, const char *value,
			      char *why)
{
	return config_count(value, GRANT_CONNECTIONS_MAX,
			    &config->rule.grant.connections, why);
}

static int config_sessions(struct config *config, const char *value, char *why)
{
	return config_count(value, GRANT_SESSIONS_MAX,
			    &config->rule.grant.sessions, why);
}

static int config_buffers(struct config *config, const char *value, char *why)
{
	return config_count(value, GRANT_BUFFERS_MAX,
			    &config->rule.grant.buffers, why);
}

static int config_requests(struct config *config, const char *value, char *why)
{
	return config_count(value, GRANT_REQUESTS_MAX,
			    &config->rule.grant.requests, why);
}

static int config_memory(struct config *config, const char *value, char *why)
{
	return config_bytes(value, CONFIG_MEMORY_MIN, GRANT_MEMORY_MAX,
			    &config->rule.grant.memory, why);
}

static int config_shared(struct config *config, const char *value, char *why)
{
	return config_bytes(value, CONFIG_MEMORY_MIN, GRANT_SHARED_MAX,
			    &config->rule.grant.shared, why);
}

static int config_payload(struct config *config, const char *value, char *why)
{
	uint64_t bytes;
	int ret;

	ret = config_bytes(value, CONFIG_PAYLOAD_MIN, GRANT_CONTROL_PAYLOAD_MAX,
			   &bytes, why);
	if (ret == 0)
		config->rule.grant.control_payload = (uint32_t)bytes;
	return ret;
}

const struct config_key config_guest_keys[] = {
	{ .name = "devices", .set = config_devices },
	{ .name = "class", .set = config_class },
	{ .name = "controls", .set = config_controls },
	{ .name = "share", .set = config_share },
	{ .name = "shm", .set = config_shm },
	{ .name = "any-port", .set = config_any_port },
	{ .name = "connections", .set = config_connections },
	{ .name = "sessions", .set = config_sessions },
	{ .name = "buffers", .set = config_buffers },
	{ .name = "requests", .set = config_requests },
	{ .name = "memory", .set = config_memory },
	{ .name = "shared", .set = config_shared },
	{ .name = "control-payload", .set = config_payload },
	{ 0 },
};
static_assert(sizeof(config_guest_keys) / sizeof(config_guest_keys[0]) <=
		      CONFIG_KEYS_MAX,
	      "more keys than struct config has room for");

/* ---- devices by name ------------------------------------------------- */

/* One name.  Return: its bit, or 0: it has an error */
static uint64_t config_name(struct config *config,
			    const struct config_names *names, const char *name,
			    uint64_t bits)
{
	int index = device_list_find(&config->settings->devices, name);

	if (index < 0 && config->unlisted) /* that one may be the wrong one */
		return 0;
	if (index < 0)
		config_error(config, names->line,
			     "devices: no device %.64s: make it a "
			     "[device %.64s]",
			     name, name);
	else if (bits & 1ull << index)
		config_error(config, names->line, "devices: %.64s twice", name);
	return index < 0 ? 0 : 1ull << index;
}

static void config_find(struct config *config, struct config_names *names)
{
	struct policy_rule *rule = &config->settings->policy.rules[names->rule];
	char *name, *save;

	name = strtok_r(names->text, ", \t", &save);
	if (!name)
		config_error(config, names->line,
			     "devices: names none: name one, or leave out the "
			     "line for all");
	rule->grant.devices = 0;
	for (; name; name = strtok_r(NULL, ", \t", &save))
		rule->grant.devices |=
			config_name(config, names, name, rule->grant.devices);
}

void config_finish(struct config *config)
{
	unsigned int i;

	for (i = 0; i < config->name_count; i++)
		config_find(config, &config->names[i]);
}
