// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a shim does, for programs of the lab that have none.
 */
#include "tests/lab/shared/shim.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "tests/lab/shared/process.h"

#define WAIT_S 10

struct shim_attach shim_attach(int fd)
{
	struct shim_attach attach;

	if (ioctl(fd, SHIM_IOCTL_ATTACH, &attach) < 0)
		fatal("ATTACH");
	errno = EPROTO;
	if (attach.magic != SHIM_MAGIC || attach.version != SHIM_VERSION)
		fatal("ATTACH");
	return attach;
}

int shim_reach(const struct shim_attach *attach)
{
	static const struct timeval limit = { .tv_sec = WAIT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, attach->path, sizeof(attach->path));
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) <
		    0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fatal(attach->path);
	return fd;
}
