// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as hostd.conf(5).  Whatever they are, every error has a line, and what
 * is granted is within what can be.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostd/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check_errors(const struct config_errors *errors, size_t lines)
{
	unsigned int i;

	for (i = 0; i < errors->count && i < CONFIG_ERRORS_MAX; i++) {
		unsigned long line;

		must(strncmp(errors->texts[i], "f:", 2) == 0);
		must(strlen(errors->texts[i]) < CONFIG_ERROR_LEN - 1);
		line = strtoul(errors->texts[i] + 2, NULL, 10);
		must(line > 0 && line <= lines);
	}
}

static void check_rule(const struct policy_rule *rule)
{
	const struct grant *grant = &rule->grant;

	must(rule->configured);
	must(grant->devices);
	must(grant->class < GRANT_CLASS_COUNT);
	must(!grant->share || rule->peer.kind == TRANSPORT_UNIX);
	must(!rule->any_port || rule->peer.kind == TRANSPORT_VSOCK);
	must(grant->connections && grant->connections <= GRANT_CONNECTIONS_MAX);
	must(grant->sessions && grant->sessions <= GRANT_SESSIONS_MAX);
	must(grant->buffers && grant->buffers <= GRANT_BUFFERS_MAX);
	must(grant->requests && grant->requests <= GRANT_REQUESTS_MAX);
	must(grant->memory && grant->memory <= GRANT_MEMORY_MAX);
	must(grant->shared && grant->shared <= GRANT_SHARED_MAX);
	must(grant->control_payload &&
	     grant->control_payload <= GRANT_CONTROL_PAYLOAD_MAX);
	must(grant->controls.count <= CONTROL_SET_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host_settings settings;
	static struct config_errors errors;
	size_t lines = 1;
	unsigned int i, j;
	int ret;

	for (i = 0; i < size; i++)
		lines += data[i] == '\n';

	memset(&settings, 0, sizeof(settings));
	ret = config_parse(&settings, "f", (const char *)data, size, &errors);
	must((ret == 0) == (errors.count == 0));
	check_errors(&errors, lines);
	if (ret < 0)
		return 0;

	must(settings.policy.count <= POLICY_RULES_MAX);
	must(settings.devices.count <= DEVICE_COUNT_MAX);
	must(settings.address_count <= LISTENER_ADDRESSES_MAX);
	for (i = 0; i < settings.policy.count; i++) {
		check_rule(&settings.policy.rules[i]);
		for (j = 0; j < i; j++)
			must(!policy_same_guest(
				&settings.policy.rules[i].peer,
				&settings.policy.rules[j].peer));
	}
	return 0;
}
