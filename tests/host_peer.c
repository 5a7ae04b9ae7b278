// SPDX-License-Identifier: BSD-3-Clause
/*
 * A scripted host.
 */
#include "tests/host_peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/videodev2.h>

#include "common/wire.h"

struct vms_hello_ack host_peer_ack(uint32_t caps)
{
	return (struct vms_hello_ack){
		.version = VMS_VERSION_MAX,
		.features = VMS_FEATURES,
		.max_ctrl = VMS_MAX_CTRL,
		.max_chunk = VMS_MAX_CHUNK,
		.cmd_window = VMS_CMD_WINDOW,
		.evt_credit = UINT32_MAX,
		.shm_len = 1ull << 40,
		.page_size = VMS_PAGE_SIZE,
		.mono_ns = 1,
		.capability.device_caps = caps,
		.capability.capabilities = caps | V4L2_CAP_DEVICE_CAPS,
		.config.device_caps = caps,
	};
}

void host_peer_send_ack(struct guest_peer *peer,
			const struct vms_hello_ack *ack)
{
	const struct vms_header header = {
		.type = VMS_HELLO_ACK,
		.slen = sizeof(*ack),
	};
	uint8_t body[sizeof(*ack)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_hello_ack(&writer, ack);
	guest_peer_send(peer, &header, body, sizeof(body));
}

void host_peer_send_obj(struct guest_peer *peer, const struct vms_obj *obj,
			int fd)
{
	const struct vms_header header = { .type = VMS_OBJ,
					   .flags = VMS_FLAG_FD,
					   .len = sizeof(*obj),
					   .slen = sizeof(*obj) };
	uint8_t bytes[sizeof(header) + sizeof(*obj)];
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct wire_writer writer;
	struct cmsghdr *cmsg;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	wire_put_obj(&writer, obj);
	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	/* EPERM: since Linux 6.16 a peer can do without.  It may have gone. */
	if (sendmsg(peer->fd, &msg, MSG_NOSIGNAL) < 0 && errno == EPERM)
		send(peer->fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
}
