// SPDX-License-Identifier: BSD-3-Clause
/*
 * The front: a connection to the kernel, which is a node.
 */
#include "guestd/cuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/log.h"
#include "guestd/cuse_parts.h"

/* Of an ioctl's argument, with libfuse's head; a power of 2, and less than a page */
#define CUSE_REPLY_USUAL 1024

static void cuse_readable(void *data, uint32_t events)
{
	struct cuse *cuse = data;
	int ret;

	(void)events;
	ret = fuse_session_receive_buf(cuse->session, &cuse->buffer);
	if (ret == -EAGAIN || ret == -EINTR)
		return;
	if (ret <= 0) {
		/* ENODEV: aborted, or the node could not be made. */
		loop_watch_set(cuse->watch, 0);
		cuse->ended(cuse->owner);
		return;
	}
	fuse_session_process_buf(cuse->session, &cuse->buffer);
}

int cuse_open_device(void)
{
	int fd = open("/dev/cuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

/* ---- libfuse's way to the kernel -------------------------------------------- */

static ssize_t cuse_read(int fd, void *bytes, size_t len, void *userdata)
{
	(void)userdata;
	return read(fd, bytes, len);
}

/*
 * The kernel pins the page of each piece by itself (fuse_copy_fill()): it costs less
 * to give it one that has all of them.
 */
static ssize_t cuse_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	_Alignas(CUSE_REPLY_USUAL) uint8_t all[CUSE_REPLY_USUAL];
	size_t len = 0;
	int i;

	(void)userdata;
	for (i = 0; i < count; i++) {
		if (iov[i].iov_len > sizeof(all) - len)
			return writev(fd, iov, count);
		if (iov[i].iov_len)
			memcpy(all + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	return write(fd, all, len);
}

static const struct fuse_custom_io cuse_io = {
	.read = cuse_read,
	.writev = cuse_writev,
};

/* ---- the whole ---------------------------------------------------------------- */

static int cuse_session(struct cuse *cuse)
{
	char devname[NODE_NAME_LEN + 16];
	const char *dev_info[] = { devname };
	struct cuse_info info = {
		.dev_major = cuse->config.major,
		.dev_minor = cuse->config.minor,
		.dev_info_argc = 1,
		.dev_info_argv = dev_info,
		.flags = cuse->config.restricted ? 0 : CUSE_UNRESTRICTED_IOCTL,
	};
	char *argv[] = { (char *)"guestd", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);

	snprintf(devname, sizeof(devname), "DEVNAME=%s", cuse->config.name);
	cuse->session = cuse_lowlevel_new(&args, &info, &cuse_ops, cuse);
	if (!cuse->session)
		return -ENOMEM;
	if (fuse_session_custom_io(cuse->session, &cuse_io, cuse->fd)) {
		fuse_session_destroy(cuse->session);
		return -EIO;
	}
	return 0;
}

int cuse_create(struct loop *loop, int fd, const struct cuse_config *config,
		struct guest_device *device, void (*ended)(void *owner),
		void *owner, struct cuse **out)
{
	struct cuse *cuse = calloc(1, sizeof(*cuse));
	int ret;

	if (!cuse)
		return -ENOMEM;
	cuse->config = *config;
	cuse->device = device;
	cuse->ended = ended;
	cuse->owner = owner;
	cuse->fd = fd;
	ret = cuse_session(cuse);
	if (ret)
		goto err_free;
	ret = loop_watch(loop, fd, EPOLLIN, cuse_readable, cuse, &cuse->watch);
	if (ret)
		goto err_session;
	*out = cuse;
	return 0;

err_session:
	fuse_session_destroy(cuse->session);
err_free:
	free(cuse);
	return ret;
}

void cuse_destroy(struct cuse *cuse)
{
	if (!cuse)
		return;
	loop_watch_remove(cuse->watch);
	fuse_session_destroy(cuse->session);
	free(cuse->buffer.mem);
	free(cuse->spare);
	free(cuse);
}
