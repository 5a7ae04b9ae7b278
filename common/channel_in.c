// SPDX-License-Identifier: BSD-3-Clause
/*
 * The receiving half of a channel.
 *
 * Of one recvmsg(2) the first bytes go where they belong, if that is known, and
 * the others into staging.  How many of those are asked for depends on what is
 * likely to follow: behind a chunk that is not the last, another header and then
 * a payload that had better not be in staging; anywhere else, small frames.
 */
#include "common/channel_in.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/stats.h"
#include "common/wire.h"

#define CHANNEL_IN_STAGING    (16u << 10)
#define CHANNEL_IN_AHEAD      (4u << 10)
#define CHANNEL_IN_HEADER_LEN sizeof(struct vms_header)
/* Asked for behind a header that ends a packet: not all of it comes if that is all. */
#define CHANNEL_IN_BEYOND 8

int channel_in_init(struct channel_in *in)
{
	*in = (struct channel_in){ .part = CHANNEL_IN_HEADER, .fd = -1 };

	in->staging = malloc(CHANNEL_IN_STAGING);
	return in->staging ? 0 : -ENOMEM;
}

/* Nobody has taken it. */
static void channel_in_close_fd(struct channel_in *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}

void channel_in_finish(struct channel_in *in)
{
	/* Never begun: nothing was opened. */
	if (in->staging) {
		channel_in_close_fd(in);
		channel_fds_finish(&in->fds);
	}
	free(in->body);
	free(in->staging);
	*in = (struct channel_in){ .part = CHANNEL_IN_HEADER, .fd = -1 };
}

static size_t channel_in_staged(const struct channel_in *in)
{
	return in->end - in->start;
}

static size_t channel_in_data_padding(const struct channel_in *in)
{
	return in->header.len - in->header.slen;
}

static void channel_in_complete(struct channel_in *in)
{
	in->part = CHANNEL_IN_HEADER;
	in->completed = true;
	stats_add(STATS_FRAMES_IN, 1);
}

static int channel_in_take_header(struct channel_in *in, uint32_t max_ctrl,
				  uint32_t max_chunk)
{
	const uint8_t *bytes = in->staging + in->start;
	int ret;

	ret = wire_get_header(bytes, max_ctrl, max_chunk, &in->header);
	if (ret < 0)
		return ret;
	ret = channel_fds_header(&in->fds, in->received - channel_in_staged(in),
				 in->header.flags & VMS_FLAG_FD, &in->fd);
	/* A HELLO_ACK has one to see whether it gets through. */
	if (ret == -EBADMSG)
		ret = in->header.type == VMS_HELLO_ACK ? 0 : -EPROTO;
	if (ret < 0)
		return ret;
	if (in->header.type == VMS_OBJ)
		stats_add(STATS_OBJECTS_IN, 1);
	in->start += CHANNEL_IN_HEADER_LEN;

	if (in->header.type == VMS_DATA) {
		in->part = CHANNEL_IN_PAYLOAD;
		in->left = in->header.slen;
	} else if (in->header.flags & VMS_FLAG_IGNORABLE) {
		in->part = CHANNEL_IN_IGNORED;
		in->left = in->header.len;
		in->direct = NULL;
	} else if (in->header.len > CHANNEL_IN_STAGING) {
		in->body = malloc(in->header.len);
		if (!in->body)
			return -ENOMEM;
		in->part = CHANNEL_IN_LARGE;
		in->left = in->header.len;
		in->direct = in->body;
	} else {
		in->part = CHANNEL_IN_BODY;
	}
	return 0;
}

/* @len of the @left bytes are where they belong. */
static void channel_in_advance(struct channel_in *in, size_t len)
{
	if (in->part == CHANNEL_IN_PAYLOAD)
		stats_add(in->direct ? STATS_DATA_IN : STATS_DATA_DISCARDED,
			  len);
	in->left -= len;
	if (in->direct)
		in->direct += len;
}

static void channel_in_unstage(struct channel_in *in)
{
	size_t len = channel_in_staged(in);

	if (len > in->left)
		len = in->left;
	if (len && in->direct)
		memcpy(in->direct, in->staging + in->start, len);
	in->start += len;
	channel_in_advance(in, len);
}

static int channel_in_take_frame(struct channel_in *in, const uint8_t *body)
{
	size_t slen = in->header.slen;
	size_t padded = wire_pad(slen);

	if (!wire_is_zero(body + slen, padded - slen))
		return -EPROTO;

	in->section = body;
	in->aux = NULL;
	in->aux_len = 0;
	if (in->header.flags & VMS_FLAG_AUX) {
		in->aux = body + padded;
		in->aux_len = in->header.len - padded;
	}
	channel_in_complete(in);
	return CHANNEL_IN_FRAME;
}

/* Return: CHANNEL_IN_DATA_END, or CHANNEL_IN_MORE if nobody waits for it */
static int channel_in_take_padding(struct channel_in *in)
{
	size_t len = channel_in_data_padding(in);

	if (!wire_is_zero(in->staging + in->start, len))
		return -EPROTO;

	in->start += len;
	channel_in_complete(in);
	return in->data ? CHANNEL_IN_DATA_END : CHANNEL_IN_MORE;
}

int channel_in_next(struct channel_in *in, uint32_t max_ctrl,
		    uint32_t max_chunk)
{
	const uint8_t *body;
	int ret;

	if (in->part == CHANNEL_IN_HEADER) {
		free(in->body);
		in->body = NULL;
		channel_in_close_fd(in);
	}

	for (;;) {
		switch (in->part) {
		case CHANNEL_IN_HEADER:
			if (channel_in_staged(in) < CHANNEL_IN_HEADER_LEN)
				return CHANNEL_IN_MORE;
			ret = channel_in_take_header(in, max_ctrl, max_chunk);
			if (ret < 0)
				return ret;
			if (in->part == CHANNEL_IN_PAYLOAD)
				return CHANNEL_IN_DATA;
			break;

		case CHANNEL_IN_BODY:
			if (channel_in_staged(in) < in->header.len)
				return CHANNEL_IN_MORE;
			body = in->staging + in->start;
			in->start += in->header.len;
			return channel_in_take_frame(in, body);

		case CHANNEL_IN_LARGE:
			channel_in_unstage(in);
			if (in->left)
				return CHANNEL_IN_MORE;
			return channel_in_take_frame(in, in->body);

		case CHANNEL_IN_IGNORED:
			channel_in_unstage(in);
			if (in->left)
				return CHANNEL_IN_MORE;
			channel_in_complete(in);
			break;

		case CHANNEL_IN_PAYLOAD:
			channel_in_unstage(in);
			if (in->left)
				return CHANNEL_IN_MORE;
			in->part = CHANNEL_IN_PADDING;
			break;

		case CHANNEL_IN_PADDING:
			if (channel_in_staged(in) < channel_in_data_padding(in))
				return CHANNEL_IN_MORE;
			ret = channel_in_take_padding(in);
			if (ret != CHANNEL_IN_MORE)
				return ret;
			break;
		}
	}
}

void channel_in_place(struct channel_in *in, void *data)
{
	assert(in->part == CHANNEL_IN_PAYLOAD);

	in->data = data;
	in->direct = data;
}

void channel_in_forget(struct channel_in *in, const void *bytes, size_t len)
{
	const uint8_t *start = bytes;

	if (in->part != CHANNEL_IN_PAYLOAD && in->part != CHANNEL_IN_PADDING)
		return;
	if (!in->data || in->data >= start + len ||
	    start >= in->data + in->header.slen)
		return;

	in->data = NULL;
	in->direct = NULL;
}

/* How many bytes to ask for that go into staging. */
static size_t channel_in_wanted(const struct channel_in *in)
{
	size_t staged = channel_in_staged(in);
	size_t wanted = CHANNEL_IN_AHEAD;

	switch (in->part) {
	case CHANNEL_IN_HEADER:
	case CHANNEL_IN_LARGE:
		break;

	case CHANNEL_IN_BODY:
		wanted += in->header.len - staged;
		break;

	case CHANNEL_IN_IGNORED:
		wanted += in->left;
		break;

	case CHANNEL_IN_PAYLOAD:
	case CHANNEL_IN_PADDING:
		if (!(in->header.flags & VMS_FLAG_LAST))
			wanted = CHANNEL_IN_HEADER_LEN + CHANNEL_IN_BEYOND;
		if (!in->direct)
			wanted += in->left;
		wanted += channel_in_data_padding(in) - staged;
		break;
	}
	return wanted;
}

/* recv(2), where that says as much, asks the kernel less. */
static ssize_t channel_in_receive(struct channel_in *in, int fd,
				  struct msghdr *msg)
{
	if (in->fds.none && msg->msg_iovlen == 1)
		return recv(fd, msg->msg_iov->iov_base, msg->msg_iov->iov_len,
			    MSG_DONTWAIT);
	channel_fds_prepare(&in->fds, msg);
	return recvmsg(fd, msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
}

ssize_t channel_in_read(struct channel_in *in, int fd, bool *more)
{
	size_t staged = channel_in_staged(in);
	struct iovec iov[2];
	struct msghdr msg = { .msg_iov = iov };
	size_t direct = 0;
	size_t wanted;
	ssize_t ret;
	int error;

	/* What is left is less than a frame, and mostly nothing. */
	if (in->start) {
		memmove(in->staging, in->staging + in->start, staged);
		in->start = 0;
		in->end = staged;
	}

	if (in->direct && in->left) {
		direct = in->left;
		iov[msg.msg_iovlen++] = (struct iovec){ in->direct, direct };
	}

	wanted = channel_in_wanted(in);
	if (wanted > CHANNEL_IN_STAGING - staged)
		wanted = CHANNEL_IN_STAGING - staged;
	iov[msg.msg_iovlen++] = (struct iovec){ in->staging + staged, wanted };

	do {
		ret = channel_in_receive(in, fd, &msg);
		stats_add(STATS_SYSCALLS_IN, 1);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	error = channel_fds_received(&in->fds, &msg, in->received,
				     in->received + (uint64_t)ret);
	if (error < 0)
		return error;

	in->received += (uint64_t)ret;
	stats_add(STATS_BYTES_IN, (uint64_t)ret);
	*more = (size_t)ret == direct + wanted;
	if ((size_t)ret < direct)
		direct = (size_t)ret;
	if (direct)
		channel_in_advance(in, direct);
	in->end += (size_t)ret - direct;
	return ret;
}

bool channel_in_partial(const struct channel_in *in)
{
	return in->part != CHANNEL_IN_HEADER || in->start < in->end;
}
