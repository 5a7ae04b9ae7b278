/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostd's command line.
 */
#ifndef HOSTD_SETTINGS_H
#define HOSTD_SETTINGS_H

#include "common/log.h"
#include "common/options.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/listener.h"
#include "hostd/policy.h"

/**
 * struct host_settings - What the options say
 * @devices:	The pattern if there was no --device
 * @policy:	The rules, and our own uid
 * @addresses:	Where to listen, @address_count of them, at least one
 */
struct host_settings {
	struct device_list devices;
	struct policy policy;
	struct transport_address addresses[LISTENER_ADDRESSES_MAX];
	unsigned int address_count;
	enum log_level log_level;
};

/** host_settings_parse() - As options_parse(), with defaults filled in */
enum options_result host_settings_parse(int argc, char **argv,
					struct host_settings *settings);

#endif
