// SPDX-License-Identifier: BSD-3-Clause
/*
 * One who behaves well.
 */
#include "tests/lab/hostile_parts/honest.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clockdomain.h"
#include "common/wire.h"
#include "tests/lab/hostile_parts/attack.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

struct vms_hello honest_hello(uint64_t features, const char *device)
{
	struct vms_hello hello = {
		.version_min = VMS_VERSION_MIN,
		.version_max = VMS_VERSION_MAX,
		.role = VMS_ROLE_CONTROL,
		.features = features,
		.max_ctrl = VMS_MAX_CTRL,
		.max_chunk = VMS_MAX_CHUNK,
		.cmd_window = VMS_CMD_WINDOW,
		.evt_credit = UINT32_MAX,
		.page_size = VMS_PAGE_SIZE,
		.clock_domain = clockdomain(),
	};

	snprintf(hello.device, sizeof(hello.device), "%s", device);
	return hello;
}

bool honest_send_hello(struct peer *peer, const struct vms_hello *hello)
{
	const struct vms_header header = { .type = VMS_HELLO };
	uint8_t body[sizeof(*hello)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_hello(&writer, hello);
	return peer_frame(peer, &header, body, sizeof(body));
}

static bool acknowledged(struct peer *peer)
{
	struct vms_hello_ack ack;

	return peer_next(peer, PEER_PATIENCE_MS) &&
	       peer->header.type == VMS_HELLO_ACK &&
	       !wire_get_hello_ack(peer->section, peer->header.slen, &ack, NULL,
				   NULL) &&
	       !ack.status;
}

bool honest_connect(struct peer *peer, uint64_t features, const char *device)
{
	const struct vms_hello hello = honest_hello(features, device);

	peer_connect(peer, scene.address);
	return honest_send_hello(peer, &hello) && acknowledged(peer);
}

/* HELLO, and OPEN of the first device */
static bool guest_is_served(void)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = 1,
		.arg = sizeof(struct virtio_media_resp_open),
	};
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	const struct vms_hello hello = honest_hello(0, "");
	struct peer peer;
	bool served;

	peer_connect(&peer, scene.good);
	served = honest_send_hello(&peer, &hello) && acknowledged(&peer) &&
		 peer_frame(&peer, &header, &open, sizeof(open)) &&
		 peer_next(&peer, PEER_PATIENCE_MS) &&
		 peer.header.type == VMS_RESP &&
		 wire_is_zero(peer.section, sizeof(uint32_t));
	peer_close(&peer);
	return served;
}

/* Another file of the same node */
static bool program_is_served(void)
{
	struct v4l2_format format;
	int fd = node_open(scene.node, O_CLOEXEC);
	bool served = !node_get_format(fd, &format);

	close(fd);
	return served;
}

long honest_served(void)
{
	long start = now_ms();

	if (!(scene.good ? guest_is_served() : program_is_served()))
		return -1;
	return now_ms() - start;
}
