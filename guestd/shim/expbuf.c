// SPDX-License-Identifier: BSD-3-Clause
/*
 * VIDIOC_EXPBUF: guestd's helper has the buffer, and passes it.
 */
#include "guestd/shim/expbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stddef.h>
#include <string.h>

#include "guestd/shim/ask.h"
#include "guestd/shim/attach.h"
#include "guestd/shim/raw.h"
#include "guestd/shim/report.h"

/* dma_buf_fd() needs a descriptor, too. */
static int expbuf_error(int answer)
{
	switch (answer) {
	case -SHIM_NO_ANSWER:
		return ENOTTY;
	case -SHIM_NO_DESCRIPTOR:
		return EMFILE;
	default:
		return -answer;
	}
}

int shim_expbuf(int fd, void *arg)
{
	struct v4l2_exportbuffer *expbuf = arg;
	struct shim_ask ask = { .kind = SHIM_EXPORT };
	struct shim_attach attach;
	const char *why = "guestd does not export";
	int buffer;

	errno = ENOTTY;
	if (!shim_attach_file(fd, &attach))
		return -1;
	ask.type = expbuf->type;
	ask.index = expbuf->index;
	ask.plane = expbuf->plane;
	ask.flags = expbuf->flags;
	buffer = shim_ask_helper(&attach, &ask, NULL, &why);
	if (buffer < 0) {
		errno = expbuf_error(buffer);
		shim_report(fd, why, NULL, errno);
		return -1;
	}
	if (!(expbuf->flags & O_CLOEXEC))
		SHIM_RAW(SYS_fcntl, buffer, F_SETFD, 0);
	expbuf->fd = buffer;
	memset(expbuf->reserved, 0, sizeof(expbuf->reserved));
	return 0;
}
