// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: what a guest says.
 */
#include "tests/lab/hostile_guest_parts/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/ioctl_table.h"
#include "tests/lab/shared/process.h"

#define CAPACITY VMS_MAX_CTRL

void guest_connect(struct guest *guest, uint64_t features, const char *device)
{
	memset(guest, 0, sizeof(*guest));
	errno = EPROTO;
	if (!honest_connect(&guest->peer, features, device))
		fatal("HELLO");
}

void guest_start(struct guest *guest, uint64_t features, const char *device)
{
	guest_connect(guest, features, device);
	errno = EPROTO;
	if (guest_open(guest, &guest->session))
		fatal("OPEN");
}

void guest_leave(struct guest *guest)
{
	peer_close(&guest->peer);
}

/* ---- REQ and RESP ----------------------------------------------------------------- */

uint32_t guest_req(struct guest *guest, const void *section, size_t len,
		   uint32_t capacity)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = ++guest->tag,
		.arg = capacity,
	};

	peer_frame(&guest->peer, &header, section, len);
	return guest->tag;
}

uint32_t guest_req_aux(struct guest *guest, const void *section, size_t len,
		       const void *aux, size_t aux_len)
{
	size_t padded = wire_pad(len);
	const struct vms_header header = {
		.type = VMS_REQ,
		.flags = VMS_FLAG_AUX,
		.tag = ++guest->tag,
		.slen = (uint32_t)len,
		.arg = CAPACITY,
	};
	uint8_t *body = zeroed(padded + aux_len + 8);

	memcpy(body, section, len);
	memcpy(body + padded, aux, aux_len);
	peer_frame(&guest->peer, &header, body, padded + aux_len);
	free(body);
	return guest->tag;
}

static bool wait_for(struct guest *guest, uint32_t tag)
{
	while (peer_next(&guest->peer, PEER_PATIENCE_MS))
		if ((guest->peer.header.type == VMS_RESP ||
		     guest->peer.header.type == VMS_IO_RESP) &&
		    guest->peer.header.tag == tag)
			return true;
	return false;
}

int guest_status(struct guest *guest, uint32_t tag)
{
	uint32_t status = 0;

	if (!wait_for(guest, tag))
		return -1;
	if (guest->peer.header.slen >= sizeof(status))
		memcpy(&status, guest->peer.section, sizeof(status));
	return (int)status;
}

/* ---- commands --------------------------------------------------------------------- */

int guest_open(struct guest *guest, uint32_t *session)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	struct virtio_media_resp_open resp;
	int status = guest_status(
		guest, guest_req(guest, &open, sizeof(open), sizeof(resp)));

	if (!status) {
		memcpy(&resp, guest->peer.section, sizeof(resp));
		*session = resp.session_id;
	}
	return status;
}

int guest_close(struct guest *guest, uint32_t session)
{
	const struct virtio_media_cmd_close close = {
		.cmd = VIRTIO_MEDIA_CMD_CLOSE,
		.session_id = session,
	};

	return guest_status(guest,
			    guest_req(guest, &close, sizeof(close), CAPACITY));
}

int guest_mmap(struct guest *guest, uint32_t offset,
	       struct virtio_media_resp_mmap *resp)
{
	const struct virtio_media_cmd_mmap map = {
		.cmd = VIRTIO_MEDIA_CMD_MMAP,
		.session_id = guest->session,
		.flags = VIRTIO_MEDIA_MMAP_FLAG_RW,
		.offset = offset,
	};
	int status = guest_status(
		guest, guest_req(guest, &map, sizeof(map), sizeof(*resp)));

	if (!status)
		memcpy(resp, guest->peer.section, sizeof(*resp));
	return status;
}

int guest_munmap(struct guest *guest, uint64_t addr)
{
	const struct virtio_media_cmd_munmap unmap = {
		.cmd = VIRTIO_MEDIA_CMD_MUNMAP,
		.driver_addr = addr,
	};

	return guest_status(guest,
			    guest_req(guest, &unmap, sizeof(unmap), CAPACITY));
}

/* @nested: @len bytes behind the argument.  Return: the tag */
static uint32_t send_ioctl(struct guest *guest, uint32_t cmd, const void *arg,
			   const void *nested, size_t len)
{
	const struct virtio_media_cmd_ioctl ioctl = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.session_id = guest->session,
		.code = _IOC_NR(cmd),
	};
	size_t size = _IOC_DIR(cmd) & _IOC_WRITE ? _IOC_SIZE(cmd) : 0;
	uint8_t *section = zeroed(sizeof(ioctl) + size + len);
	uint32_t tag;

	memcpy(section, &ioctl, sizeof(ioctl));
	if (size)
		memcpy(section + sizeof(ioctl), arg, size);
	if (len)
		memcpy(section + sizeof(ioctl) + size, nested, len);
	tag = guest_req(guest, section, sizeof(ioctl) + size + len, CAPACITY);
	free(section);
	return tag;
}

uint32_t guest_send_ioctl(struct guest *guest, uint32_t cmd, const void *arg)
{
	return send_ioctl(guest, cmd, arg, NULL, 0);
}

int guest_ioctl(struct guest *guest, uint32_t cmd, void *arg)
{
	int status = guest_status(guest, guest_send_ioctl(guest, cmd, arg));
	size_t size = _IOC_DIR(cmd) & _IOC_READ ? _IOC_SIZE(cmd) : 0;

	if (!status && size &&
	    guest->peer.header.slen >= sizeof(struct virtio_media_resp) + size)
		memcpy(arg,
		       guest->peer.section + sizeof(struct virtio_media_resp),
		       size);
	return status;
}

int guest_nested(struct guest *guest, uint32_t cmd, const void *arg,
		 const void *nested, size_t len)
{
	return guest_status(guest, send_ioctl(guest, cmd, arg, nested, len));
}

bool guest_data(struct guest *guest, uint64_t addr, uint32_t generation,
		const void *bytes, size_t len)
{
	const struct vms_header header = {
		.type = VMS_DATA,
		.flags = VMS_FLAG_LAST,
		.arg = generation,
		.off = addr,
	};

	return peer_frame(&guest->peer, &header, bytes, len);
}

bool guest_works(struct guest *guest)
{
	uint32_t priority;
	uint32_t session;

	if (!guest->session)
		return guest_open(guest, &session) == 0;
	return guest_ioctl(guest, VIDIOC_G_PRIORITY, &priority) == 0;
}

/* ---- buffers ------------------------------------------------------------------------ */

uint32_t guest_buffers(struct guest *guest, uint32_t type, uint64_t *addrs)
{
	struct v4l2_requestbuffers request = {
		.count = GUEST_BUFFERS,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct virtio_media_resp_mmap resp;
	struct v4l2_buffer buffer = { 0 };
	uint32_t i;

	errno = EPROTO;
	if (guest_ioctl(guest, VIDIOC_REQBUFS, &request) ||
	    request.count != GUEST_BUFFERS)
		fatal("REQBUFS");
	for (i = 0; i < GUEST_BUFFERS; i++) {
		buffer = (struct v4l2_buffer){ .type = type, .index = i };
		if (guest_ioctl(guest, VIDIOC_QUERYBUF, &buffer) ||
		    guest_mmap(guest, buffer.m.offset, &resp))
			fatal("MMAP");
		addrs[i] = resp.driver_addr;
	}
	return buffer.length;
}

int guest_queue(struct guest *guest, uint32_t type, uint32_t index)
{
	struct v4l2_buffer buffer = {
		.type = type,
		.index = index,
		.memory = V4L2_MEMORY_MMAP,
		.field = V4L2_FIELD_NONE,
	};

	return guest_ioctl(guest, VIDIOC_QBUF, &buffer);
}

int guest_stream(struct guest *guest, uint32_t type, bool on)
{
	return guest_ioctl(guest, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF,
			   &type);
}
