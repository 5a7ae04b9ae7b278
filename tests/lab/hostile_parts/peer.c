// SPDX-License-Identifier: BSD-3-Clause
/*
 * One end of a connection, by hand.
 */
#include "tests/lab/hostile_parts/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/rights.h"
#include "common/transport.h"
#include "common/wire.h"
#include "tests/lab/shared/process.h"

void peer_init(struct peer *peer, int fd)
{
	const struct timeval patience = { .tv_sec = PEER_PATIENCE_MS / 1000 };

	if (fcntl(fd, F_SETFL, O_RDWR) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) < 0)
		fatal("a connection");
	*peer = (struct peer){ .fd = fd, .goodbye = -1, .came = -1 };
	peer->section = malloc(PEER_SECTION);
	if (!peer->section)
		fatal("malloc");
}

static void wait_connected(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };

	if (poll(&pollfd, 1, PEER_PATIENCE_MS) != 1)
		fatal("connect");
	errno = -transport_connected(fd);
	if (errno)
		fatal("connect");
}

void peer_connect(struct peer *peer, const char *address)
{
	struct transport_address parsed;
	bool pending = false;
	int fd;

	errno = -transport_parse(address, &parsed);
	if (errno)
		fatal(address);
	errno = -transport_connect(&parsed, &fd, &pending);
	if (errno)
		fatal(address);
	if (pending)
		wait_connected(fd);
	peer_init(peer, fd);
}

static void drop_came(struct peer *peer)
{
	if (peer->came >= 0)
		close(peer->came);
	peer->came = -1;
}

void peer_close(struct peer *peer)
{
	drop_came(peer);
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	free(peer->section);
	peer->section = NULL;
}

/* ---- sending ------------------------------------------------------------------- */

bool peer_bytes(const struct peer *peer, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	ssize_t sent;

	while (len) {
		sent = send(peer->fd, at, len, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		at += sent;
		len -= (size_t)sent;
	}
	return true;
}

bool peer_bytes_with(const struct peer *peer, const void *bytes, size_t len,
		     const int *fds, size_t count)
{
	_Alignas(struct cmsghdr) char
		control[CMSG_SPACE(PEER_FDS_MAX * sizeof(int))];
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes,
			     .iov_len = len };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t sent;

	if (!count)
		return peer_bytes(peer, bytes, len);
	memset(control, 0, sizeof(control));
	message.msg_control = control;
	message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&message);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	sent = sendmsg(peer->fd, &message, MSG_NOSIGNAL);
	if (sent < 0)
		return false;
	return peer_bytes(peer, (const uint8_t *)bytes + sent,
			  len - (size_t)sent);
}

size_t peer_put(const struct vms_header *header, uint8_t *bytes)
{
	struct wire_writer writer;

	wire_writer_init(&writer, bytes, sizeof(*header));
	wire_put_header(&writer, header);
	return writer.len;
}

bool peer_frame_with(const struct peer *peer, const struct vms_header *header,
		     const void *body, size_t len, const int *fds, size_t count)
{
	size_t padded = wire_pad(len);
	struct vms_header sent = *header;
	uint8_t *bytes = calloc(1, sizeof(sent) + padded);
	bool all;

	if (!bytes)
		fatal("calloc");
	if (!sent.slen)
		sent.slen = (uint32_t)len;
	if (!sent.len)
		sent.len = (uint32_t)padded;
	peer_put(&sent, bytes);
	if (len)
		memcpy(bytes + sizeof(sent), body, len);
	all = peer_bytes_with(peer, bytes, sizeof(sent) + padded, fds, count);
	free(bytes);
	return all;
}

bool peer_frame(const struct peer *peer, const struct vms_header *header,
		const void *body, size_t len)
{
	return peer_frame_with(peer, header, body, len, NULL, 0);
}

bool peer_object(const struct peer *peer, const struct vms_obj *object,
		 const int *fds, size_t count)
{
	const struct vms_header header = { .type = VMS_OBJ,
					   .flags = VMS_FLAG_FD };
	uint8_t body[sizeof(*object)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_obj(&writer, object);
	return peer_frame_with(peer, &header, body, sizeof(body), fds, count);
}

int peer_memory(off_t len, int seals)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, len) < 0 ||
	    (seals && fcntl(fd, F_ADD_SEALS, seals) < 0))
		fatal("memfd");
	return fd;
}

/* ---- receiving ------------------------------------------------------------------- */

/* Return: whether @len bytes have come until @end, with a descriptor or without */
static bool receive(struct peer *peer, uint8_t *bytes, size_t len, long end)
{
	struct pollfd pollfd = { .fd = peer->fd, .events = POLLIN };
	long left;
	ssize_t got;
	int fd;

	while (len) {
		left = end - now_ms();
		if (poll(&pollfd, 1, left > 0 ? (int)left : 0) != 1)
			return false;
		got = rights_receive(peer->fd, bytes, len, &fd, MSG_DONTWAIT);
		if (got <= 0) {
			peer->ended = true;
			return false;
		}
		if (fd >= 0) {
			drop_came(peer);
			peer->came = fd;
		}
		bytes += got;
		len -= (size_t)got;
	}
	return true;
}

bool peer_next(struct peer *peer, long ms)
{
	uint8_t bytes[sizeof(struct vms_header)];
	long end = now_ms() + ms;
	struct vms_goaway goaway;

	drop_came(peer);
	if (peer->ended || !receive(peer, bytes, sizeof(bytes), end))
		return false;
	/* A frame that has begun is finished. */
	end = now_ms() + PEER_PATIENCE_MS;
	if (wire_get_header(bytes, VMS_MAX_CTRL, VMS_MAX_CHUNK, &peer->header) <
		    0 ||
	    !receive(peer, peer->section, peer->header.len, end)) {
		peer->ended = true;
		return false;
	}
	if (peer->header.type == VMS_GOAWAY &&
	    !wire_get_goaway(peer->section, peer->header.slen, &goaway))
		peer->goodbye = (int)goaway.reason;
	return true;
}

const char *peer_end(struct peer *peer, long ms)
{
	static char text[64];
	long end = now_ms() + ms;

	while (!peer->ended && now_ms() < end)
		peer_next(peer, end - now_ms());
	if (peer->goodbye >= 0) {
		snprintf(text, sizeof(text), "ended: %s",
			 wire_goaway_text((uint32_t)peer->goodbye));
		return text;
	}
	return peer->ended ? "closed" : "still there";
}
