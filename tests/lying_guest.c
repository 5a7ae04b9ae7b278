// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest by hand.
 */
#include "tests/lying_guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clockdomain.h"
#include "common/wire.h"
#include "tests/fake_device_io.h"
#include "tests/host_peer.h"

#define RAW_WAIT_S 20
#define CODEC      (V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING)

struct lying_guest raw;

/* ---- frames ------------------------------------------------------------- */

static void keep(const struct vms_header *header, const uint8_t *section)
{
	struct raw_frame *frame;
	size_t len = header->slen;

	if (header->type == VMS_DATA) {
		raw.data_bytes += len;
		return;
	}
	if (raw.forgetting) {
		raw.forgotten++;
		return;
	}
	assert_true(raw.count < RAW_FRAMES);
	frame = &raw.frames[raw.count++];
	frame->header = *header;
	if (len > sizeof(frame->bytes))
		len = sizeof(frame->bytes);
	memcpy(frame->bytes, section, len);
}

void raw_run(void)
{
	const uint8_t *section;
	struct vms_header header;

	front_run(&harness.front);
	if (!raw.reading)
		return;
	guest_peer_receive(&raw.peer);
	while (guest_peer_next(&raw.peer, &header, &section))
		keep(&header, section);
}

void raw_settle(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		raw_run();
}

static const struct raw_frame *find_answer(uint32_t tag)
{
	unsigned int i;

	for (i = 0; i < raw.count; i++)
		if ((raw.frames[i].header.type == VMS_RESP ||
		     raw.frames[i].header.type == VMS_IO_RESP) &&
		    raw.frames[i].header.tag == tag)
			return &raw.frames[i];
	return NULL;
}

bool raw_answered(uint32_t tag)
{
	return find_answer(tag);
}

unsigned int raw_events(void)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < raw.count; i++)
		count += raw.frames[i].header.type == VMS_EVT;
	return count;
}

const struct raw_frame *raw_wait(uint32_t tag)
{
	const struct raw_frame *frame;
	struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!(frame = find_answer(tag))) {
		raw_run();
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (raw.peer.ended || now.tv_sec - start.tv_sec > RAW_WAIT_S)
			fail_msg("hostd does not answer");
	}
	return frame;
}

uint32_t raw_status(uint32_t tag)
{
	const struct raw_frame *frame = raw_wait(tag);
	uint32_t status = 0;

	if (frame->header.slen)
		memcpy(&status, frame->bytes, sizeof(status));
	return status;
}

uint32_t raw_req(const void *bytes, size_t len, uint32_t capacity)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = ++raw.tag,
		.slen = (uint32_t)len,
		.arg = capacity,
	};

	assert_true(guest_peer_send(&raw.peer, &header, bytes, len));
	return raw.tag;
}

struct raw_array raw_array(uint32_t session, uint32_t cmd, uint32_t size)
{
	return (struct raw_array){
		.section = {
			.cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
				 .session_id = session,
				 .code = _IOC_NR(cmd) },
			.controls = { .count = 1 },
			.list = { { .id = FAKE_CID_ARRAY, .size = size } },
			.sg = { { .start = 0x1000, .len = size } },
		},
		.aux = {
			.head = { .count = 1 },
			.extent = { .addr = 0x1000,
				    .len = size,
				    .dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE,
				    .space = VMS_SPACE_GUEST },
		},
	};
}

uint32_t raw_req_aux(const void *bytes, size_t len, const void *aux,
		     size_t aux_len, uint32_t capacity)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.flags = VMS_FLAG_AUX,
		.tag = ++raw.tag,
		.slen = (uint32_t)len,
		.arg = capacity,
	};
	uint8_t body[4096] = { 0 };

	assert_true(wire_pad(len) + aux_len <= sizeof(body));
	memcpy(body, bytes, len);
	memcpy(body + wire_pad(len), aux, aux_len);
	assert_true(guest_peer_send(&raw.peer, &header, body,
				    wire_pad(len) + aux_len));
	return raw.tag;
}

uint32_t raw_io(const void *bytes, size_t len)
{
	const struct vms_header header = {
		.type = VMS_IO,
		.tag = ++raw.tag,
		.slen = (uint32_t)len,
	};

	assert_true(guest_peer_send(&raw.peer, &header, bytes, len));
	return raw.tag;
}

void raw_cancel(uint32_t tag)
{
	const struct vms_header header = { .type = VMS_CANCEL, .tag = tag };

	guest_peer_send(&raw.peer, &header, NULL, 0);
}

bool raw_data(uint64_t addr, uint32_t generation, const void *bytes, size_t len)
{
	const struct vms_header header = {
		.type = VMS_DATA,
		.slen = (uint32_t)len,
		.arg = generation,
		.off = addr,
	};

	return guest_peer_send(&raw.peer, &header, bytes, len);
}

/* ---- commands ------------------------------------------------------------- */

uint32_t raw_open(void)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	struct virtio_media_resp_open resp;
	uint32_t tag = raw_req(&open, sizeof(open), sizeof(resp));

	memcpy(&resp, raw_wait(tag)->bytes, sizeof(resp));
	assert_int_equal(resp.status, 0);
	return resp.session_id;
}

uint32_t raw_close(uint32_t session)
{
	const struct virtio_media_cmd_close close = {
		.cmd = VIRTIO_MEDIA_CMD_CLOSE,
		.session_id = session,
	};

	return raw_req(&close, sizeof(close), 0);
}

uint32_t raw_ioctl(uint32_t session, uint32_t cmd, const void *arg)
{
	struct {
		struct virtio_media_cmd_ioctl cmd;
		uint8_t arg[2048];
	} command = {
		.cmd = {
			.cmd = VIRTIO_MEDIA_CMD_IOCTL,
			.session_id = session,
			.code = _IOC_NR(cmd),
		},
	};
	size_t len = _IOC_DIR(cmd) & _IOC_WRITE ? _IOC_SIZE(cmd) : 0;

	assert_true(len <= sizeof(command.arg));
	if (len)
		memcpy(command.arg, arg, len);
	return raw_req(&command, sizeof(command.cmd) + len, 65536);
}

uint32_t raw_mmap(uint32_t session, uint32_t offset)
{
	const struct virtio_media_cmd_mmap map = {
		.cmd = VIRTIO_MEDIA_CMD_MMAP,
		.session_id = session,
		.flags = VIRTIO_MEDIA_MMAP_FLAG_RW,
		.offset = offset,
	};

	return raw_req(&map, sizeof(map),
		       sizeof(struct virtio_media_resp_mmap));
}

uint32_t raw_munmap(uint64_t addr)
{
	const struct virtio_media_cmd_munmap unmap = {
		.cmd = VIRTIO_MEDIA_CMD_MUNMAP,
		.driver_addr = addr,
	};

	return raw_req(&unmap, sizeof(unmap), sizeof(struct virtio_media_resp));
}

void raw_buffers(uint32_t session, uint32_t type, uint32_t count,
		 uint64_t *addrs)
{
	const struct v4l2_requestbuffers request = {
		.count = count,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct virtio_media_resp_mmap resp;
	struct v4l2_buffer buffer;
	uint32_t tag;
	uint32_t i;

	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &request)), 0);
	for (i = 0; i < count; i++) {
		memset(&buffer, 0, sizeof(buffer));
		buffer.type = type;
		buffer.index = i;
		tag = raw_ioctl(session, VIDIOC_QUERYBUF, &buffer);
		assert_int_equal(raw_status(tag), 0);
		memcpy(&buffer,
		       raw_wait(tag)->bytes + sizeof(struct virtio_media_resp),
		       sizeof(buffer));
		tag = raw_mmap(session, buffer.m.offset);
		memcpy(&resp, raw_wait(tag)->bytes, sizeof(resp));
		assert_int_equal(resp.status, 0);
		assert_int_equal(resp.len, fake.plane_len[0]);
		addrs[i] = resp.driver_addr;
	}
}

uint32_t raw_qbuf(uint32_t session, uint32_t type, uint32_t index)
{
	const struct v4l2_buffer buffer = {
		.type = type,
		.index = index,
		.memory = V4L2_MEMORY_MMAP,
	};

	return raw_ioctl(session, VIDIOC_QBUF, &buffer);
}

void raw_stream(uint32_t session, uint32_t type, bool on)
{
	assert_int_equal(
		raw_status(raw_ioctl(session,
				     on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF,
				     &type)),
		0);
}

void raw_object(uint32_t tag, enum vms_obj_kind kind, int fd)
{
	const struct vms_obj object = { .addr = tag, .kind = kind };

	host_peer_send_obj(&raw.peer, &object, fd);
}

void raw_ended(const char *why)
{
	unsigned int i;

	for (i = 0; !raw.peer.ended && i < 1000; i++)
		raw_run();
	assert_true(raw.peer.ended);
	harness_expect_said(why);
}

/* ---- the connection --------------------------------------------------------- */

static int setup(void **state, uint64_t features, uint32_t caps,
		 const struct grant *grant)
{
	struct vms_hello hello = guest_peer_hello();
	int ret = harness_setup(state);

	harness.grant = *grant;
	if (grant->share)
		hello.clock_domain = clockdomain();

	memset(&raw, 0, sizeof(raw));
	raw.reading = true;
	fake.caps = caps;
	guest_peer_init(&raw.peer, harness_host());
	hello.features = features;
	snprintf(hello.device, sizeof(hello.device), "fake");
	guest_peer_send_hello(&raw.peer, &hello);
	while (!raw.count)
		raw_run();
	assert_int_equal(raw.frames[0].header.type, VMS_HELLO_ACK);
	return ret;
}

static int setup_default(void **state, uint64_t features, uint32_t caps,
			 bool share)
{
	struct grant grant;

	grant_default(&grant);
	grant.share = share;
	return setup(state, features, caps, &grant);
}

int raw_setup(void **state)
{
	return setup_default(state, VMS_FEATURES, CODEC, false);
}

int raw_setup_plain(void **state)
{
	return setup_default(state, 0, CODEC, false);
}

int raw_setup_radio(void **state)
{
	return setup_default(state, VMS_FEATURES, FAKE_RADIO, false);
}

int raw_setup_sharing(void **state)
{
	return setup_default(state, VMS_FEATURES, CODEC, true);
}

int raw_setup_granted(void **state, const struct grant *grant)
{
	return setup(state, VMS_FEATURES, CODEC, grant);
}

int raw_teardown(void **state)
{
	guest_peer_finish(&raw.peer);
	return harness_teardown(state);
}
