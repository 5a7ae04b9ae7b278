// SPDX-License-Identifier: BSD-3-Clause
/*
 * A scripted host.
 */
#include "tests/host_peer.h"

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
