// SPDX-License-Identifier: BSD-3-Clause
/*
 * other_user WHO NODE: map a picture of a camera, as user 65534 who is in no group.
 *
 * WHO is `opened': root has opened the node; or `allowed': an access control list,
 * which stays, lets this user do that himself.  Prints what comes of it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define NOBODY 65534

static void allow(const char *path)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} list = {
		{ POSIX_ACL_XATTR_VERSION },
		{
			{ ACL_USER_OBJ, ACL_READ | ACL_WRITE,
			  ACL_UNDEFINED_ID },
			{ ACL_USER, ACL_READ | ACL_WRITE, NOBODY },
			{ ACL_GROUP_OBJ, 0, ACL_UNDEFINED_ID },
			{ ACL_MASK, ACL_READ | ACL_WRITE, ACL_UNDEFINED_ID },
			{ ACL_OTHER, 0, ACL_UNDEFINED_ID },
		},
	};

	if (setxattr(path, "system.posix_acl_access", &list, sizeof(list), 0) <
	    0)
		fatal("setxattr");
}

int main(int argc, char **argv)
{
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_capability capability;
	const char *path = argc == 3 ? argv[2] : NULL;
	bool opened = path && !strcmp(argv[1], "opened");
	uint8_t *bytes;
	int fd;

	if (!opened && (!path || strcmp(argv[1], "allowed") != 0)) {
		fprintf(stderr, "usage: other_user opened|allowed NODE\n");
		return 2;
	}
	if (!opened)
		allow(path);
	else
		fd = node_open(path, 0);
	become(NOBODY);
	if (!opened)
		fd = node_open(path, 0);

	if (ioctl(fd, VIDIOC_QUERYCAP, &capability) < 0)
		fatal("QUERYCAP");
	node_start_queued(fd);
	if (ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0)
		fatal("QUERYBUF");
	bytes = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, fd,
		     buffer.m.offset);
	if (bytes == MAP_FAILED)
		fatal("mmap");
	node_wait_done(fd, 1);
	printf("%s: a picture that is %s\n", argv[1],
	       memchr(bytes, 0x80, buffer.length) ? "there" : "empty");
	munmap(bytes, buffer.length);
	return 0;
}
