/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostd's command line, and with it hostd.conf(5).
 */
#ifndef HOSTD_SETTINGS_H
#define HOSTD_SETTINGS_H

#include "common/log.h"
#include "common/options.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/listener.h"
#include "hostd/policy.h"

#define HOST_SETTINGS_CONFIG "/etc/usermedia/hostd.conf"

/**
 * struct host_settings - What the options and the file say
 * @devices:	The pattern if there was none
 * @policy:	The rules, and our own uid
 * @addresses:	Where to listen, @address_count of them, at least one
 * @config:	--config, or NULL
 * @file:	The file that was read, or NULL: there is none
 * @busy_poll_us: For loop_busy_poll()
 * @check:	--check-config
 */
struct host_settings {
	struct device_list devices;
	struct policy policy;
	struct transport_address addresses[LISTENER_ADDRESSES_MAX];
	unsigned int address_count;
	enum log_level log_level;
	const char *config;
	const char *file;
	unsigned int busy_poll_us;
	bool check;
};

/**
 * host_settings_parse() - As options_parse(), then the file, then defaults
 *
 * What is wrong in the file is logged, each with its line: OPTIONS_USAGE.
 */
enum options_result host_settings_parse(int argc, char **argv,
					struct host_settings *settings);

/**
 * host_settings_listen() - Take one address
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or a negative errno
 */
int host_settings_listen(struct host_settings *settings, const char *text,
			 char *why);

#endif
