// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd's command line, and with it hostd.conf(5).
 *
 * The options come first: what they say stands, and the file adds to it.
 */
#include "hostd/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "common/loop.h"
#include "common/service.h"
#include "hostd/config.h"

static int set_device(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	return device_list_add(&settings->devices, value, why);
}

int host_settings_listen(struct host_settings *settings, const char *text,
			 char *why)
{
	int ret;

	if (settings->address_count == LISTENER_ADDRESSES_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d addresses",
			 LISTENER_ADDRESSES_MAX);
		return -E2BIG;
	}

	ret = transport_parse(text,
			      &settings->addresses[settings->address_count]);
	if (ret == -EINVAL)
		snprintf(why, OPTIONS_WHY_LEN,
			 "neither vsock:[CID:]PORT nor unix:PATH nor "
			 "hybrid:PATH nor fd:N");
	else if (ret < 0)
		snprintf(why, OPTIONS_WHY_LEN, "%s", strerror(-ret));
	if (ret < 0)
		return ret;
	settings->address_count++;
	return 0;
}

static int set_listen(void *data, const char *value, char *why)
{
	return host_settings_listen(data, value, why);
}

static int set_allow(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	return policy_add(&settings->policy, value, why);
}

static int set_busy_poll(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	return options_number(value, 0, LOOP_BUSY_POLL_MAX_US,
			      &settings->busy_poll_us, why);
}

static int set_shm(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	return policy_shmem(value, settings->policy.shmem, why);
}

static int set_verbose(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	(void)value;
	(void)why;

	settings->log_level = LOG_LEVEL_DEBUG;
	return 0;
}

static int set_config(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	(void)why;

	settings->config = value;
	return 0;
}

static int set_check(void *data, const char *value, char *why)
{
	struct host_settings *settings = data;

	(void)value;
	(void)why;

	settings->check = true;
	return 0;
}

static const struct option_desc option_table[] = {
	{
		.name = "device",
		.value = "[NAME=]DEVICE",
		.help = "/dev/videoM[,convert] or "
			"pattern[:WIDTHxHEIGHT,fps=N,static], and "
			"[,memo=auto|off]; default: pattern",
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
		.help = "cid:N[,any-port], uid:N[,share], unix:PATH[,share] or "
			"hybrid:PATH; "
			"our own user is always let in over unix",
		.set = set_allow,
	},
	{
		.name = "shm",
		.value = "FILE",
		.help = "memory that the guest of --allow has, too, say by "
			"ivshmem: frames go there",
		.set = set_shm,
	},
	{
		.name = "config",
		.value = "FILE",
		.help = "hostd.conf(5); default: " HOST_SETTINGS_CONFIG
			", if it is there",
		.set = set_config,
	},
	{
		.name = "check-config",
		.help = "print what each guest may, and exit",
		.set = set_check,
	},
	{
		.name = "busy-poll",
		.value = "USEC",
		.help = "look so long before each sleep, takes a CPU (0)",
		.set = set_busy_poll,
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
		    "[--allow GUEST]... [--shm FILE] [--config FILE]",
	.summary = "Give V4L2 devices of this machine to virtual machines "
		   "and containers.",
	.table = option_table,
};

/* Those that a service manager listens on for us: as if there were --listen fd:N */
static bool take_sockets(struct host_settings *settings)
{
	unsigned int count = service_sockets(), i;

	if (count > LISTENER_ADDRESSES_MAX - settings->address_count) {
		fprintf(stderr,
			"hostd: %u sockets given at the start, and %u "
			"--listen: more than %d addresses\n",
			count, settings->address_count, LISTENER_ADDRESSES_MAX);
		return false;
	}
	for (i = 0; i < count; i++)
		settings->addresses[settings->address_count++] =
			(struct transport_address){
				.kind = TRANSPORT_FD,
				.fd = SERVICE_SOCKET_FIRST + (int)i,
			};
	return true;
}

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

/* Return: 0, or -EINVAL after one line for each error */
static int read_config(struct host_settings *settings)
{
	const char *path =
		settings->config ? settings->config : HOST_SETTINGS_CONFIG;
	struct config_errors *errors;
	unsigned int i;
	int ret;

	if (!settings->config && access(path, F_OK) < 0 && errno == ENOENT)
		return 0;

	errors = calloc(1, sizeof(*errors));
	ret = errors ? config_read(settings, path, errors) : -ENOMEM;
	if (ret == -ENOMEM)
		log_err("%s: %s", path, strerror(ENOMEM));
	for (i = 0; errors && i < errors->count && i < CONFIG_ERRORS_MAX; i++)
		log_err("%s", errors->texts[i]);
	if (errors && errors->count > CONFIG_ERRORS_MAX)
		log_err("%s: %u errors more", path,
			errors->count - CONFIG_ERRORS_MAX);
	free(errors);
	settings->file = path;
	return ret < 0 ? -EINVAL : 0;
}

static bool check_shm(const struct host_settings *settings)
{
	char why[OPTIONS_WHY_LEN];

	if (policy_check_shmem(&settings->policy, why) == 0)
		return true;
	fprintf(stderr, "hostd: --shm %s: %s\n", settings->policy.shmem, why);
	return false;
}

enum options_result host_settings_parse(int argc, char **argv,
					struct host_settings *settings)
{
	enum options_result result;

	memset(settings, 0, sizeof(*settings));
	settings->policy.own_uid = geteuid();
	settings->log_level = LOG_LEVEL_INFO;
	result = options_parse(&option_list, argc, argv, settings);
	if (result != OPTIONS_RUN)
		return result;
	if (read_config(settings) < 0 || !take_sockets(settings) ||
	    !check_shm(settings))
		return OPTIONS_USAGE;
	set_defaults(settings);
	return OPTIONS_RUN;
}
