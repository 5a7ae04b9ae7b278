// SPDX-License-Identifier: BSD-3-Clause
/*
 * A scripted guest.
 */
#include "tests/guest_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/wire.h"

void guest_peer_init(struct guest_peer *peer, int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	peer->fd = fd;
	peer->len = 0;
	peer->taken = 0;
	peer->ended = false;
}

int guest_peer_init_pair(struct guest_peer *peer)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	guest_peer_init(peer, fds[0]);
	return fds[1];
}

void guest_peer_finish(struct guest_peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

struct vms_hello guest_peer_hello(void)
{
	return (struct vms_hello){
		.version_min = VMS_VERSION_MIN,
		.version_max = VMS_VERSION_MAX,
		.role = VMS_ROLE_CONTROL,
		.features = VMS_FEATURES,
		.max_ctrl = VMS_MAX_CTRL,
		.max_chunk = VMS_MAX_CHUNK,
		.cmd_window = VMS_CMD_WINDOW,
		.evt_credit = UINT32_MAX,
		.page_size = VMS_PAGE_SIZE,
	};
}

bool guest_peer_send(struct guest_peer *peer, const struct vms_header *header,
		     const void *body, size_t len)
{
	uint8_t bytes[sizeof(struct vms_header) + 4096];
	struct vms_header sent = *header;
	struct wire_writer writer;
	ssize_t ret;

	if (!sent.len)
		sent.len = (uint32_t)wire_pad(len);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &sent);
	wire_put_bytes(&writer, body, len);
	wire_put_zero(&writer, wire_pad(len) - len);
	assert_false(writer.failed);

	ret = send(peer->fd, bytes, writer.len, MSG_NOSIGNAL);
	if (ret < 0) {
		assert_true(errno == EAGAIN || errno == EPIPE ||
			    errno == ECONNRESET);
		return false;
	}
	assert_int_equal(ret, writer.len);
	return true;
}

void guest_peer_send_hello(struct guest_peer *peer,
			   const struct vms_hello *hello)
{
	const struct vms_header header = {
		.type = VMS_HELLO,
		.slen = sizeof(*hello),
	};
	uint8_t body[sizeof(*hello)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_hello(&writer, hello);
	guest_peer_send(peer, &header, body, sizeof(body));
}

bool guest_peer_send_clock(struct guest_peer *peer,
			   const struct vms_clock *clock)
{
	const struct vms_header header = {
		.type = VMS_CLOCK,
		.slen = sizeof(*clock),
	};
	uint8_t body[sizeof(*clock)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_clock(&writer, clock);
	return guest_peer_send(peer, &header, body, sizeof(body));
}

bool guest_peer_open(struct guest_peer *peer, uint32_t tag)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = tag,
		.slen = sizeof(struct virtio_media_cmd_open),
		.arg = sizeof(struct virtio_media_resp_open),
	};
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};

	return guest_peer_send(peer, &header, &open, sizeof(open));
}

void guest_peer_receive(struct guest_peer *peer)
{
	ssize_t ret;

	while (!peer->ended && peer->len < sizeof(peer->bytes)) {
		ret = recv(peer->fd, peer->bytes + peer->len,
			   sizeof(peer->bytes) - peer->len, 0);
		if (ret < 0 && errno == EAGAIN)
			return;
		if (ret <= 0)
			peer->ended = true;
		else
			peer->len += (size_t)ret;
	}
}

bool guest_peer_next(struct guest_peer *peer, struct vms_header *header,
		     const uint8_t **section)
{
	peer->len -= peer->taken;
	memmove(peer->bytes, peer->bytes + peer->taken, peer->len);
	peer->taken = 0;

	if (peer->len < sizeof(*header))
		return false;
	assert_int_equal(wire_get_header(peer->bytes, VMS_MAX_CTRL,
					 VMS_MAX_CHUNK, header),
			 0);
	if (peer->len < sizeof(*header) + header->len)
		return false;

	*section = peer->bytes + sizeof(*header);
	peer->taken = sizeof(*header) + header->len;
	return true;
}
