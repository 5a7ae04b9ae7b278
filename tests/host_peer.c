// SPDX-License-Identifier: BSD-3-Clause
/*
 * A scripted host.
 */
#include "tests/host_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/rights.h"
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

/* @header: complete; @fd: -1: none */
static void send_with(struct guest_peer *peer, const struct vms_header *header,
		      struct wire_writer *body, int fd)
{
	uint8_t bytes[sizeof(*header) + sizeof(struct vms_hello_ack)];
	struct wire_writer writer;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, header);
	wire_put_bytes(&writer, body->start, body->len);
	/* EPERM: since Linux 6.16 a peer can do without.  It may have gone. */
	if (rights_send(peer->fd, bytes, writer.len, fd, 0) == -EPERM)
		rights_send(peer->fd, bytes, writer.len, -1, 0);
}

void host_peer_send_ack_with(struct guest_peer *peer,
			     const struct vms_hello_ack *ack, int fd)
{
	const struct vms_header header = {
		.type = VMS_HELLO_ACK,
		.flags = ack->features & VMS_FEATURES_FD ? VMS_FLAG_FD : 0,
		.len = sizeof(*ack),
		.slen = sizeof(*ack),
	};
	uint8_t body[sizeof(*ack)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_hello_ack(&writer, ack);
	send_with(peer, &header, &writer, fd);
}

void host_peer_send_ack(struct guest_peer *peer,
			const struct vms_hello_ack *ack)
{
	int fd = -1;

	if (ack->features & VMS_FEATURES_FD) {
		fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
	}
	host_peer_send_ack_with(peer, ack, fd);
	if (fd >= 0)
		close(fd);
}

static void send_obj(struct guest_peer *peer, const struct vms_obj *obj,
		     uint16_t flags, int fd)
{
	const struct vms_header header = { .type = VMS_OBJ,
					   .flags = flags,
					   .len = sizeof(*obj),
					   .slen = sizeof(*obj) };
	uint8_t body[sizeof(*obj)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_obj(&writer, obj);
	send_with(peer, &header, &writer, fd);
}

void host_peer_send_obj(struct guest_peer *peer, const struct vms_obj *obj,
			int fd)
{
	send_obj(peer, obj, VMS_FLAG_FD, fd);
}

void host_peer_send_obj_without(struct guest_peer *peer,
				const struct vms_obj *obj)
{
	send_obj(peer, obj, 0, -1);
}
