// SPDX-License-Identifier: BSD-3-Clause
/*
 * other_cuse NAME: a CUSE node, /dev/NAME, of somebody else than guestd.  It can
 * be opened, and knows no ioctl.
 */
#define FUSE_USE_VERSION 314

#include <cuse_lowlevel.h>
#include <errno.h>
#include <stdio.h>

static void other_open(fuse_req_t req, struct fuse_file_info *info)
{
	fuse_reply_open(req, info);
}

static const struct cuse_lowlevel_ops other_ops = {
	.open = other_open,
};

int main(int argc, char **argv)
{
	char *args[] = { argv[0], (char *)"-f", (char *)"-s", NULL };
	char devname[64];
	const char *dev_info[] = { devname };
	struct cuse_info info = {
		.dev_info_argc = 1,
		.dev_info_argv = dev_info,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: other_cuse NAME\n");
		return 2;
	}
	snprintf(devname, sizeof(devname), "DEVNAME=%s", argv[1]);
	return cuse_lowlevel_main(3, args, &info, &other_ops, NULL);
}
