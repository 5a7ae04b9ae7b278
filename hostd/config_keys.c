// SPDX-License-Identifier: BSD-3-Clause
/*
 * The sections of hostd.conf(5), and what the keys of the two short ones mean.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/options.h"
#include "hostd/config_parts.h"

int config_yes(const char *value, bool *out, char *why)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
		snprintf(why, OPTIONS_WHY_LEN, "neither yes nor no");
		return -EINVAL;
	}
	*out = value[0] == 'y';
	return 0;
}

/* ---- [hostd] --------------------------------------------------------- */

static int config_begin_hostd(struct config *config, const char *argument,
			      char *why)
{
	(void)argument;

	if (config->hostd) {
		snprintf(why, OPTIONS_WHY_LEN, "begun in line %u already",
			 config->hostd);
		return -EEXIST;
	}
	config->hostd = config->line;
	return 0;
}

static int config_end_hostd(struct config *config, char *why)
{
	(void)config;
	(void)why;

	return 0;
}

static int config_listen(struct config *config, const char *value, char *why)
{
	struct host_settings *settings = config->settings;
	char known[TRANSPORT_TEXT_LEN];
	unsigned int i;

	for (i = 0; i < settings->address_count; i++) {
		transport_format(&settings->addresses[i], known, sizeof(known));
		if (strcmp(known, value) == 0) {
			snprintf(why, OPTIONS_WHY_LEN, "said already");
			return -EEXIST;
		}
	}
	return host_settings_listen(settings, value, why);
}

static int config_verbose(struct config *config, const char *value, char *why)
{
	bool verbose;
	int ret;

	ret = config_yes(value, &verbose, why);
	if (ret == 0 && verbose)
		config->settings->log_level = LOG_LEVEL_DEBUG;
	return ret;
}

static const struct config_key config_hostd_keys[] = {
	{ .name = "listen", .set = config_listen, .repeats = true },
	{ .name = "verbose", .set = config_verbose },
	{ 0 },
};

/* ---- [device NAME] --------------------------------------------------- */

static int config_begin_device(struct config *config, const char *argument,
			       char *why)
{
	(void)why;

	snprintf(config->device, sizeof(config->device), "%s", argument);
	config->target[0] = '\0';
	config->memo[0] = '\0';
	return 0;
}

static int config_end_device(struct config *config, char *why)
{
	char text[sizeof(config->device) + sizeof(config->target) +
		  sizeof(config->memo) + 8];

	if (!config->target[0] && config->broken)
		return 0;
	if (!config->target[0]) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "nothing says what it is: node = /dev/videoM or "
			 "pattern = PARAMETERS");
		return -EINVAL;
	}
	snprintf(text, sizeof(text), "%s=%s%s%s", config->device,
		 config->target, config->memo[0] ? ",memo=" : "", config->memo);
	return device_list_add(&config->settings->devices, text, why);
}

static int config_target(struct config *config, const char *kind,
			 const char *value, char *why)
{
	if (config->target[0]) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "a device is either a node or a pattern");
		return -EEXIST;
	}
	snprintf(config->target, sizeof(config->target), "%s%s%s", kind,
		 *kind && *value ? ":" : "", value);
	return 0;
}

static int config_node(struct config *config, const char *value, char *why)
{
	if (value[0] != '/') {
		snprintf(why, OPTIONS_WHY_LEN,
			 "not a path: say /dev/videoM or /dev/videoM,convert");
		return -EINVAL;
	}
	return config_target(config, "", value, why);
}

static int config_pattern(struct config *config, const char *value, char *why)
{
	return config_target(config, "pattern", value, why);
}

static int config_memo(struct config *config, const char *value, char *why)
{
	if (strcmp(value, "off") != 0 && strcmp(value, "auto") != 0) {
		snprintf(why, OPTIONS_WHY_LEN, "neither off nor auto");
		return -EINVAL;
	}
	snprintf(config->memo, sizeof(config->memo), "%s", value);
	return 0;
}

static const struct config_key config_device_keys[] = {
	{ .name = "node", .set = config_node },
	{ .name = "pattern", .set = config_pattern, .empty = true },
	{ .name = "memo", .set = config_memo },
	{ 0 },
};

const struct config_section config_sections[] = {
	{
		.name = "hostd",
		.keys = config_hostd_keys,
		.begin = config_begin_hostd,
		.end = config_end_hostd,
	},
	{
		.name = "device",
		.argument = "NAME",
		.keys = config_device_keys,
		.begin = config_begin_device,
		.end = config_end_device,
	},
	{
		.name = "guest",
		.argument = "GUEST",
		.keys = config_guest_keys,
		.begin = config_begin_guest,
		.end = config_end_guest,
	},
	{ 0 },
};
