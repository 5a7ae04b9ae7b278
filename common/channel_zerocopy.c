// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sending without a copy: the socket's option and its error queue.
 *
 * One message there is about a range of sends, which the kernel has numbered.  The
 * numbers are not looked at: vsock may have made two of one send, when the peer gave
 * credit in the midst of it.
 */
#include "common/channel_zerocopy.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/errqueue.h>
#include <linux/vm_sockets.h>

#include "common/stats.h"

/* VSOCK_RECVERR, which old headers do not have. */
#define CHANNEL_ZEROCOPY_RECVERR 1
/* include/linux/skbuff.h: MAX_SKB_FRAGS, with the pages of all that is configured. */
#define CHANNEL_ZEROCOPY_FRAGMENTS 17
#define CHANNEL_ZEROCOPY_PAGE      4096u

void channel_zerocopy_init(struct channel_zerocopy *zerocopy, int fd)
{
	*zerocopy = (struct channel_zerocopy){
		.on = setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &(int){ 1 },
				 sizeof(int)) == 0,
	};
}

bool channel_zerocopy_fits(const struct channel_zerocopy *zerocopy,
			   const uint8_t *bytes, size_t len, size_t pad)
{
	size_t before = (uintptr_t)bytes % CHANNEL_ZEROCOPY_PAGE;
	size_t pages = (before + len + CHANNEL_ZEROCOPY_PAGE - 1) /
		       CHANNEL_ZEROCOPY_PAGE;

	return zerocopy->on && len >= CHANNEL_ZEROCOPY_LEAST &&
	       pages + (pad > 0) <= CHANNEL_ZEROCOPY_FRAGMENTS;
}

bool channel_zerocopy_room(struct channel_zerocopy *zerocopy, int fd)
{
	if (zerocopy->held >= CHANNEL_ZEROCOPY_MAX)
		channel_zerocopy_reap(zerocopy, fd);
	return zerocopy->held < CHANNEL_ZEROCOPY_MAX;
}

void channel_zerocopy_sent(struct channel_zerocopy *zerocopy)
{
	zerocopy->held++;
	zerocopy->told = true;
}

/* How many sends it is about. */
static unsigned int channel_zerocopy_count(struct msghdr *msg)
{
	const struct sock_extended_err *error;
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	if (!cmsg || cmsg->cmsg_len < CMSG_LEN(sizeof(*error)))
		return 0;
	if ((cmsg->cmsg_level != SOL_VSOCK ||
	     cmsg->cmsg_type != CHANNEL_ZEROCOPY_RECVERR) &&
	    (cmsg->cmsg_level != SOL_IP || cmsg->cmsg_type != IP_RECVERR))
		return 0;
	error = (const struct sock_extended_err *)(const void *)CMSG_DATA(cmsg);
	if (error->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
		return 0;
	return error->ee_data - error->ee_info + 1;
}

bool channel_zerocopy_reap(struct channel_zerocopy *zerocopy, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct sock_extended_err) +
				      sizeof(struct sockaddr_storage))];
	} control;
	struct msghdr msg = {
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	unsigned int count;
	ssize_t ret;

	if (!zerocopy->told)
		return false;
	ret = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	stats_add(STATS_SYSCALLS_OUT, 1);
	if (ret < 0)
		return false;

	count = channel_zerocopy_count(&msg);
	if (count > zerocopy->held)
		count = zerocopy->held;
	zerocopy->held -= count;
	return true;
}
