// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd's command line.
 */
#include "guestd/settings.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/vm_sockets.h>

#include "common/loop.h"
#include "common/transport.h"
#include "guestd/node.h"
#include "guestd/strict.h"

#define DEFAULT_ADDRESS "vsock:2:848"

static int set_device(void *data, const char *value, char *why)
{
	struct settings *settings = data;
	char *name = settings->cuse.name;
	char video[NODE_NAME_LEN];

	settings->device_given = true;
	name[0] = 0;
	if (!strcmp(value, "auto") || !node_parse_name(value, name))
		return 0;
	snprintf(video, sizeof(video), "video%.16s", value);
	if (!node_parse_name(video, name))
		snprintf(why, OPTIONS_WHY_LEN, "say %s", video);
	else
		snprintf(why, OPTIONS_WHY_LEN,
			 "no name for a node: use /dev/videoN (or vbiN, "
			 "radioN, swradioN, v4l-touchN) or auto");
	return -EINVAL;
}

static int set_connect(void *data, const char *value, char *why)
{
	struct settings *settings = data;
	struct transport_address *address = &settings->device.link.address;

	/* A hybrid socket is the host's view of a VM's vsock. */
	if (!transport_parse(value, address) &&
	    address->kind != TRANSPORT_HYBRID) {
		/* Messages shall say what vsock:PORT means. */
		if (address->kind == TRANSPORT_VSOCK &&
		    address->cid == VMADDR_CID_ANY)
			address->cid = VMADDR_CID_HOST;
		return 0;
	}
	snprintf(why, OPTIONS_WHY_LEN,
		 "not an address of hostd: use vsock:CID:PORT, unix:PATH or "
		 "fd:N");
	return -EINVAL;
}

static int set_remote(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	if (strlen(value) >= sizeof(settings->device.link.device)) {
		snprintf(why, OPTIONS_WHY_LEN, "longer than %zu bytes",
			 sizeof(settings->device.link.device) - 1);
		return -EINVAL;
	}
	snprintf(settings->device.link.device,
		 sizeof(settings->device.link.device), "%s", value);
	return 0;
}

static int set_list(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;
	settings->list = true;
	return 0;
}

static int set_wait(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;
	settings->device.wait = true;
	return 0;
}

static int set_profile(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	if (!profile_parse(value, &settings->cuse.profile))
		return 0;
	snprintf(why, OPTIONS_WHY_LEN, "no profile: use auto, read or stream");
	return -EINVAL;
}

static int parse_id(const char *text, unsigned int *out)
{
	unsigned long id;
	char *end;

	errno = 0;
	id = strtoul(text, &end, 10);
	if (errno || end == text || *end || id >= UINT32_MAX)
		return -EINVAL;
	*out = (unsigned int)id;
	return 0;
}

static int parse_user(const char *name, uid_t *out)
{
	const struct passwd *user;

	if (!*name)
		return 0;
	user = getpwnam(name);
	if (user) {
		*out = user->pw_uid;
		return 0;
	}
	return parse_id(name, out);
}

static int parse_group(const char *name, gid_t *out)
{
	const struct group *group;

	if (!*name)
		return 0;
	group = getgrnam(name);
	if (group) {
		*out = group->gr_gid;
		return 0;
	}
	return parse_id(name, out);
}

static int set_owner(void *data, const char *value, char *why)
{
	struct settings *settings = data;
	char user[64];
	const char *colon = strchrnul(value, ':');

	if ((size_t)(colon - value) >= sizeof(user)) {
		snprintf(why, OPTIONS_WHY_LEN, "no such user");
		return -EINVAL;
	}
	memcpy(user, value, (size_t)(colon - value));
	user[colon - value] = 0;
	if (parse_user(user, &settings->owner)) {
		snprintf(why, OPTIONS_WHY_LEN, "no user %s", user);
		return -EINVAL;
	}
	if (*colon && parse_group(colon + 1, &settings->group)) {
		snprintf(why, OPTIONS_WHY_LEN, "no group %s", colon + 1);
		return -EINVAL;
	}
	settings->permissions_given = true;
	return 0;
}

static int set_mode(void *data, const char *value, char *why)
{
	struct settings *settings = data;
	unsigned long mode;
	char *end;

	mode = strtoul(value, &end, 8);
	if (end == value || *end || !mode || mode > 0777) {
		snprintf(why, OPTIONS_WHY_LEN, "no mode: use, say, 0660");
		return -EINVAL;
	}
	settings->mode = (mode_t)mode;
	settings->permissions_given = true;
	return 0;
}

static int set_dev_number(void *data, const char *value, char *why)
{
	struct settings *settings = data;
	unsigned int major;
	unsigned int minor;

	if (node_parse_number(value, &major, &minor) || !major) {
		snprintf(why, OPTIONS_WHY_LEN, "no number: use MAJOR:MINOR");
		return -EINVAL;
	}
	/* Taken by videodev, or lost to it (measured): never. */
	if (major == 81 && minor < 256) {
		snprintf(
			why, OPTIONS_WHY_LEN,
			"81:0 to 81:255 are the kernel's: use 81:256 or above");
		return -EINVAL;
	}
	settings->cuse.major = major;
	settings->cuse.minor = minor;
	return 0;
}

static int set_no_ptrace(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;
	settings->ptrace = false;
	return 0;
}

static int set_no_pipeline(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;
	settings->device.no_pipeline = true;
	return 0;
}

static int set_shim_socket(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	settings->shim[0] = 0;
	settings->no_shim = !strcmp(value, "none");
	if (settings->no_shim)
		return 0;
	if (value[0] != '/' || value[strlen(value) - 1] == '/') {
		snprintf(why, OPTIONS_WHY_LEN,
			 "no path of a file that begins with /: use, "
			 "say, " SHIMSOCKET_DIR "/video0.shim, or none");
		return -EINVAL;
	}
	if (strlen(value) > SHIMSOCKET_PATH_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "longer than %d bytes",
			 SHIMSOCKET_PATH_MAX);
		return -EINVAL;
	}
	snprintf(settings->shim, sizeof(settings->shim), "%s", value);
	return 0;
}

static int set_shm(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	return ivshmem_parse(value, &settings->shm, why);
}

static int set_strict(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;
	settings->ptrace = false;
	settings->device.link.no_fds = true;
	settings->device.strict = true;
	settings->device.mask = strict_mask;
	return 0;
}

static int set_busy_poll(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	return options_number(value, 0, LOOP_BUSY_POLL_MAX_US,
			      &settings->busy_poll_us, why);
}

static int set_verbose(void *data, const char *value, char *why)
{
	struct settings *settings = data;

	(void)value;
	(void)why;
	settings->verbose = true;
	return 0;
}

static const struct option_desc option_table[] = {
	{
		.name = "device",
		.value = "NODE",
		.help = "node to make: /dev/videoN, or auto for the first free",
		.set = set_device,
	},
	{
		.name = "connect",
		.value = "ADDRESS",
		.help = "hostd: vsock:CID:PORT, unix:PATH, fd:N "
			"(" DEFAULT_ADDRESS ")",
		.set = set_connect,
	},
	{
		.name = "remote",
		.value = "NAME",
		.help = "device at hostd (the first)",
		.set = set_remote,
	},
	{
		.name = "list",
		.help = "list what hostd offers, then exit",
		.set = set_list,
	},
	{
		.name = "wait",
		.help = "wait for hostd instead of failing",
		.set = set_wait,
	},
	{
		.name = "profile",
		.value = "PROFILE",
		.help = "what plain opens get: auto, read or stream (auto)",
		.set = set_profile,
	},
	{
		.name = "owner",
		.value = "USER:GROUP",
		.help = "owner of the node",
		.set = set_owner,
	},
	{
		.name = "mode",
		.value = "MODE",
		.help = "permissions of the node, octal (0660)",
		.set = set_mode,
	},
	{
		.name = "dev-number",
		.value = "MAJOR:MINOR",
		.help = "fixed device number, for containers",
		.set = set_dev_number,
	},
	{
		.name = "no-ptrace",
		.help = "do not copy application memory: slower, no USERPTR",
		.set = set_no_ptrace,
	},
	{
		.name = "no-pipeline",
		.help = "wait for hostd in each call: slower, for measuring",
		.set = set_no_pipeline,
	},
	{
		.name = "strict",
		.help = "a plain camera only, and nothing shared with the host",
		.set = set_strict,
	},
	{
		.name = "shim-socket",
		.value = "PATH",
		.help = "where programs fetch their buffers, or none "
			"(" SHIMSOCKET_DIR "/NODE.shim)",
		.set = set_shim_socket,
	},
	{
		.name = "busy-poll",
		.value = "USEC",
		.help = "look so long before each sleep, takes a CPU (0)",
		.set = set_busy_poll,
	},
	{
		.name = "shm",
		.value = "MEMORY",
		.help = "memory that hostd has, too (its --shm): "
			"ivshmem:PCI-ADDRESS or file:PATH",
		.set = set_shm,
	},
	{
		.name = "verbose",
		.help = "log more",
		.set = set_verbose,
	},
	{ .name = NULL },
};

static const struct options options = {
	.program = "guestd",
	.synopsis = "--device NODE [options]",
	.summary = "Give this machine a video device of hostd's.",
	.table = option_table,
};

enum options_result settings_parse(int argc, char **argv,
				   struct settings *settings)
{
	enum options_result result;

	memset(settings, 0, sizeof(*settings));
	settings->owner = (uid_t)-1;
	settings->group = (gid_t)-1;
	settings->mode = 0660;
	settings->ptrace = true;
	transport_parse(DEFAULT_ADDRESS, &settings->device.link.address);
	result = options_parse(&options, argc, argv, settings);
	if (result == OPTIONS_RUN && settings->device.strict &&
	    settings->shm.path[0]) {
		fprintf(stderr,
			"guestd: --strict shares nothing: leave out --shm\n");
		return OPTIONS_USAGE;
	}
	if (result != OPTIONS_RUN || settings->list || settings->device_given)
		return result;
	fprintf(stderr, "guestd: no --device: say which node to make, "
			"for example --device auto (guestd --help)\n");
	return OPTIONS_USAGE;
}
