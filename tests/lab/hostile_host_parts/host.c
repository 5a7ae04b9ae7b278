// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: what a host says.
 */
#include "tests/lab/hostile_host_parts/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clockdomain.h"
#include "common/ioctl_table.h"
#include "tests/host_peer.h"
#include "tests/lab/hostile_host_parts/listen.h"
#include "tests/lab/shared/process.h"

#define END_MS 8000 /* a refused host's connection lasts for 5 s */
#define CAPS   (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING)

struct vms_hello_ack host_ack(void)
{
	struct vms_hello_ack ack = host_peer_ack(CAPS);

	ack.features = VMS_FEATURE_CANCEL | VMS_FEATURE_QUEUE_ERROR;
	ack.clock_domain = clockdomain();
	snprintf((char *)ack.capability.driver, 16, "hostile");
	snprintf((char *)ack.capability.card, 32, "Hostile");
	snprintf((char *)ack.capability.bus_info, 32, "platform:hostile");
	snprintf(ack.config.card, 32, "Hostile");
	return ack;
}

/* Who said HELLO and heard nothing for 10 s is there no more: HELLO is. */
static bool has_left(const struct host *host)
{
	struct pollfd pollfd = { .fd = host->peer.fd, .events = POLLRDHUP };

	return poll(&pollfd, 1, 0) == 1;
}

void host_accept(struct host *host)
{
	long end = now_ms() + 15000;

	memset(host, 0, sizeof(*host));
	while (now_ms() < end) {
		peer_init(&host->peer, listen_accept());
		if (peer_next(&host->peer, 3000) &&
		    host->peer.header.type == VMS_HELLO && !has_left(host))
			return;
		peer_close(&host->peer);
	}
	errno = ETIMEDOUT;
	fatal("HELLO");
}

void host_send_ack(struct host *host, const struct vms_hello_ack *ack,
		   size_t extra)
{
	const struct vms_header header = {
		.type = VMS_HELLO_ACK,
		.flags = ack->features & VMS_FEATURES_FD ? VMS_FLAG_FD : 0,
	};
	uint8_t *body = calloc(1, sizeof(*ack) + extra);
	struct wire_writer writer;
	int fd = -1;

	if (!body)
		fatal("calloc");
	wire_writer_init(&writer, body, sizeof(*ack));
	wire_put_hello_ack(&writer, ack);
	if (header.flags)
		fd = peer_memory(0, F_SEAL_SHRINK);
	peer_frame_with(&host->peer, &header, body, sizeof(*ack) + extra, &fd,
			fd >= 0);
	if (fd >= 0)
		close(fd);
	free(body);
}

void host_start(struct host *host)
{
	const struct vms_hello_ack ack = host_ack();

	host_accept(host);
	host_send_ack(host, &ack, 0);
}

void host_start_sharing(struct host *host)
{
	struct vms_hello_ack ack = host_ack();

	ack.features |= VMS_FEATURE_SHM_FD;
	host_accept(host);
	host_send_ack(host, &ack, 0);
}

/* ---- honest answers ------------------------------------------------------------------- */

bool answer_is(const struct answer *answer, uint32_t cmd)
{
	return answer->cmd == VIRTIO_MEDIA_CMD_IOCTL &&
	       answer->code == _IOC_NR(cmd);
}

void *answer_argument(struct answer *answer)
{
	return answer->bytes + sizeof(struct virtio_media_resp);
}

static void fill_format(void *argument)
{
	struct v4l2_format format;

	memcpy(&format, argument, sizeof(format));
	format.fmt.pix = (struct v4l2_pix_format){
		.width = HOST_WIDTH,
		.height = HOST_HEIGHT,
		.pixelformat = V4L2_PIX_FMT_YUYV,
		.field = V4L2_FIELD_NONE,
		.bytesperline = HOST_WIDTH * 2,
		.sizeimage = HOST_LEN,
		.colorspace = V4L2_COLORSPACE_SRGB,
	};
	memcpy(argument, &format, sizeof(format));
}

static void fill_buffer(void *argument)
{
	struct v4l2_buffer buffer;

	memcpy(&buffer, argument, sizeof(buffer));
	buffer.length = HOST_PLANE;
	buffer.memory = V4L2_MEMORY_MMAP;
	buffer.m.offset = buffer.index * HOST_PLANE;
	memcpy(argument, &buffer, sizeof(buffer));
}

static void answer_ioctl(struct host *host, struct answer *answer,
			 struct wire_reader *reader)
{
	const struct ioctl_desc *desc;

	answer->session = wire_get_u32(reader);
	answer->code = wire_get_u32(reader);
	desc = ioctl_lookup_nr(answer->code);
	if (!desc || !ioctl_writes(desc))
		return;
	answer->len += ioctl_reads(desc) ? reader->left : ioctl_size(desc);
	if (answer->len > sizeof(answer->bytes))
		fatal(desc->name);
	if (ioctl_reads(desc))
		memcpy(answer_argument(answer), reader->at, reader->left);
	switch (desc->cmd) {
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		fill_format(answer_argument(answer));
		break;
	case VIDIOC_QUERYBUF:
		fill_buffer(answer_argument(answer));
		break;
	case VIDIOC_QBUF:
		host->queued++;
		break;
	case VIDIOC_ENUM_FMT:
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
	case VIDIOC_ENUMINPUT:
		memcpy(answer->bytes, &(uint32_t){ EINVAL }, sizeof(uint32_t));
		answer->len = sizeof(struct virtio_media_resp);
		break;
	default:
		break;
	}
}

static void answer_mmap(struct host *host, struct answer *answer)
{
	struct virtio_media_resp_mmap resp = { .len = HOST_PLANE };

	resp.driver_addr = (host->mapped + 1) * 4ull * HOST_PLANE;
	host->addrs[host->mapped++ % 64] = resp.driver_addr;
	memcpy(answer->bytes, &resp, sizeof(resp));
	answer->len = sizeof(resp);
}

static void answer_open(struct host *host, struct answer *answer)
{
	const struct virtio_media_resp_open resp = {
		.session_id = ++host->sessions,
	};

	memcpy(answer->bytes, &resp, sizeof(resp));
	answer->len = sizeof(resp);
}

static void answer_req(struct host *host)
{
	struct answer answer = { .tag = host->peer.header.tag };
	struct wire_reader reader;

	wire_reader_init(&reader, host->peer.section, host->peer.header.slen);
	answer.cmd = wire_get_u32(&reader);
	wire_get_u32(&reader);
	answer.len = sizeof(struct virtio_media_resp);
	switch (answer.cmd) {
	case VIRTIO_MEDIA_CMD_OPEN:
		answer_open(host, &answer);
		break;
	case VIRTIO_MEDIA_CMD_CLOSE:
		answer.len = 0;
		break;
	case VIRTIO_MEDIA_CMD_IOCTL:
		answer_ioctl(host, &answer, &reader);
		break;
	case VIRTIO_MEDIA_CMD_MMAP:
		answer_mmap(host, &answer);
		break;
	default:
		break;
	}
	if (host->lie)
		host->lie(host, &answer);
	host->withheld += answer.withheld;
	if (!answer.withheld)
		host_resp(host, answer.tag, answer.bytes, answer.len);
	if (answer_is(&answer, VIDIOC_STREAMON))
		host->streams = true;
}

bool host_serve(struct host *host, long ms)
{
	long end = now_ms() + ms;

	while (!host->peer.ended && now_ms() < end)
		if (peer_next(&host->peer, end - now_ms()) &&
		    host->peer.header.type == VMS_REQ)
			answer_req(host);
	return !host->peer.ended;
}

bool host_serve_until(struct host *host, bool (*done)(struct host *host))
{
	long end = now_ms() + 10000;

	while (!done(host)) {
		if (!host_serve(host, 10) || now_ms() > end)
			return false;
	}
	return true;
}

bool host_withholds(struct host *host)
{
	return host->withheld > 0;
}

/* ---- of its own accord -------------------------------------------------------------------- */

bool host_frame(struct host *host, uint16_t type, uint32_t tag,
		const void *bytes, size_t len)
{
	const struct vms_header header = { .type = type, .tag = tag };

	return peer_frame(&host->peer, &header, bytes, len);
}

bool host_resp(struct host *host, uint32_t tag, const void *bytes, size_t len)
{
	return host_frame(host, VMS_RESP, tag, bytes, len);
}

struct virtio_media_event_dqbuf host_buffer(const struct host *host,
					    uint32_t index)
{
	struct virtio_media_event_dqbuf event = {
		.event = VIRTIO_MEDIA_EVT_DQBUF,
		.session_id = host->sessions,
		.buffer = {
			.index = index,
			.type = CAPTURE,
			.bytesused = HOST_LEN,
			.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
			.field = V4L2_FIELD_NONE,
			.memory = V4L2_MEMORY_MMAP,
			.length = HOST_PLANE,
		},
	};
	uint64_t now = now_ns();

	event.buffer.timestamp.tv_sec = (long)(now / 1000000000);
	event.buffer.timestamp.tv_usec = (long)(now / 1000 % 1000000);
	return event;
}

bool host_send_buffer(struct host *host,
		      const struct virtio_media_event_dqbuf *event)
{
	return host_frame(host, VMS_EVT, 0, event, sizeof(*event));
}

bool host_data(struct host *host, uint64_t addr, uint32_t generation,
	       size_t len)
{
	static uint8_t bytes[VMS_MAX_CHUNK];
	const struct vms_header header = {
		.type = VMS_DATA,
		.flags = VMS_FLAG_LAST,
		.arg = generation,
		.off = addr,
	};

	memset(bytes, 0xa5, sizeof(bytes));
	return peer_frame(&host->peer, &header, bytes, len);
}

bool host_object(struct host *host, uint64_t addr, uint64_t len, uint32_t kind,
		 const int *fds, size_t count)
{
	const struct vms_obj object = { .addr = addr,
					.len = len,
					.kind = kind };

	return peer_object(&host->peer, &object, fds, count);
}

const char *host_end(struct host *host)
{
	const char *text = peer_end(&host->peer, END_MS);

	peer_close(&host->peer);
	return text;
}
