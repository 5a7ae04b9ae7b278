// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd says of a node that is there, and of what it cannot do.
 */
#include "guestd/announce.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/log.h"
#include "common/node_type.h"

static const char *ptrace_cure(int error)
{
	switch (error) {
	case -EPERM:
		return "give guestd CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH";
	case -EACCES:
		return "kernel.yama.ptrace_scope is 3, and stays so until this "
		       "machine boots with less";
	default:
		return "something forbids process_vm_readv(2) or hides "
		       "/proc/PID/syscall, perhaps a container's seccomp "
		       "filter";
	}
}

void announce_limits(const struct settings *settings, int ptrace_error)
{
	if (ptrace_error)
		log_warn("application memory cannot be copied: no USERPTR, and "
			 "O_NONBLOCK counts as it was at open: %s",
			 ptrace_cure(ptrace_error));
	else if (settings->device.strict)
		log_info("--strict: a camera only: no USERPTR, nothing shared "
			 "with the host, and O_NONBLOCK counts as it was at "
			 "open");
	else if (!settings->ptrace)
		log_info("--no-ptrace: no USERPTR, and O_NONBLOCK counts as it "
			 "was at open");
}

static const char *shim_cure(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "another guestd has it: give one of them another "
		       "--shim-socket";
	case -EEXIST:
		return "it is no socket: remove it, or give another "
		       "--shim-socket";
	default:
		return "give a --shim-socket where guestd may make files, or "
		       "none";
	}
}

void announce_no_shim(const char *path, int error)
{
	log_warn("%s: %s: programs cannot have mmap(): %s", path,
		 strerror(-error), shim_cure(error));
}

/* Programs look for radios in /dev/radio*, and take what is there for one. */
static void announce_type(const char *name, const char *path,
			  uint32_t device_type)
{
	const char *base = node_type_base(device_type);

	if (node_type_parse(name, NULL) == strlen(base) &&
	    !strncmp(name, base, strlen(base)))
		return;
	log_warn("%s: the host's device is a %s node, which programs may look "
		 "for by its name: use /dev/%sN or --device auto",
		 path, base, base);
}

void announce_node(const struct settings *settings,
		   const struct guest_device *device, const char *path,
		   dev_t rdev)
{
	const struct hostlink_config *link = &settings->device.link;
	const struct v4l2_capability *host = &device->ack.capability;
	enum profile profile =
		profile_choose(settings->cuse.profile, host->device_caps);
	char address[TRANSPORT_TEXT_LEN];

	transport_format(&link->address, address, sizeof(address));
	log_info("%s: %u:%u: %.32s (%.16s), %s at %s, profile %s", path,
		 major(rdev), minor(rdev), (const char *)host->card,
		 (const char *)host->driver,
		 link->device[0] ? link->device : "first device", address,
		 profile_name(profile));
	announce_type(settings->cuse.name, path,
		      device->ack.config.device_type);
	/* A radio without RDS has no more than this natively. */
	if (profile == PROFILE_NATIVE &&
	    profile_device_caps(profile, guest_device_io(device),
				host->device_caps) != host->device_caps)
		log_warn("%s: no read() or write(): the host's device has no "
			 "streaming I/O, and this hostd sends nothing else",
			 path);
}
