// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd's command line.
 */
#include "hostd/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

static int set_device(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	return device_list_add(&settings->devices, value, why);
}

static int set_listen(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;
	int ret;

	if (settings->address_count == LISTENER_ADDRESSES_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d addresses",
			 LISTENER_ADDRESSES_MAX);
		return -E2BIG;
	}

	ret = transport_parse(value,
			      &settings->addresses[settings->address_count]);
	if (ret == -EINVAL)
		snprintf(why, OPTIONS_WHY_LEN,
			 "neither vsock:[CID:]PORT nor unix:PATH nor "
			 "hybrid:PATH nor fd:N");
	if (ret < 0)
		return ret;
	settings->address_count++;
	return 0;
}

static int set_allow(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	return policy_add(&settings->policy, value, why);
}

static int set_verbose(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	(void)value;
	(void)why;

	settings->log_level = LOG_LEVEL_DEBUG;
	return 0;
}

static const struct option_desc option_table[] = {
	{
		.name = "device",
		.value = "[NAME=]DEVICE",
		.help = "/dev/videoM[,convert] or "
			"pattern[:WIDTHxHEIGHT,fps=N,static]; default: pattern",
		.set = set_device,
	},
	{
		.name = "listen",
		.value = "ADDRESS",
		.help = "vsock:[CID:]PORT, unix:PATH, hybrid:PATH or fd:N; "
			"default: vsock:848",
		.set = set_listen,
	},
	{
		.name = "allow",
		.value = "GUEST",
		.help = "cid:N[,any-port], uid:N[,share] or hybrid:PATH; "
			"our own user is always let in over unix",
		.set = set_allow,
	},
	{
		.name = "verbose",
		.help = "log more",
		.set = set_verbose,
	},
	{ 0 },
};

static const struct options option_list = {
	.program = "hostd",
	.synopsis = "[--device [NAME=]DEVICE]... [--listen ADDRESS]... "
		    "[--allow GUEST]...",
	.summary = "Give V4L2 devices of this machine to virtual machines "
		   "and containers.",
	.table = option_table,
};

/* What was not said: the pattern, and vsock. */
static void set_defaults(struct host_settings *settings)
{
	char why[OPTIONS_WHY_LEN];

	if (settings->address_count == 0) {
		settings->addresses[0] = (struct transport_address){
			.kind = TRANSPORT_VSOCK,
			.cid = VMADDR_CID_ANY,
			.port = VMS_PORT,
		};
		settings->address_count = 1;
	}
	/* Its parameters are good, since it has none. */
	if (settings->devices.count == 0)
		device_list_add(&settings->devices, "pattern", why);
}

enum options_result host_settings_parse(int argc, char **argv,
					struct host_settings *settings)
{
	enum options_result result;

	memset(settings, 0, sizeof(*settings));
	settings->policy.own_uid = geteuid();
	settings->log_level = LOG_LEVEL_INFO;
	result = options_parse(&option_list, argc, argv, settings);
	if (result == OPTIONS_RUN)
		set_defaults(settings);
	return result;
}
