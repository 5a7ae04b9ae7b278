// SPDX-License-Identifier: BSD-3-Clause
/*
 * Honest answers, and the place where a test changes them.
 */
#include "tests/lying_answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/wire.h"
#include "tests/lying_host.h"

void *lying_argument(struct lying_answer *answer)
{
	return answer->bytes + sizeof(struct virtio_media_resp);
}

bool lying_is(const struct lying_answer *answer, uint32_t cmd)
{
	return answer->cmd == VIRTIO_MEDIA_CMD_IOCTL &&
	       answer->code == _IOC_NR(cmd);
}

static void answer_querybuf(struct lying_answer *answer)
{
	struct v4l2_buffer buffer;

	memcpy(&buffer, lying_argument(answer), sizeof(buffer));
	buffer.length = LYING_LEN;
	buffer.m.offset = buffer.index << 12;
	memcpy(lying_argument(answer), &buffer, sizeof(buffer));
}

/* A picture that has room in a plane */
static void answer_format(struct lying_answer *answer)
{
	struct v4l2_format format;
	uint32_t wanted;

	memcpy(&format, lying_argument(answer), sizeof(format));
	wanted = format.fmt.pix.pixelformat;
	memset(&format.fmt, 0, sizeof(format.fmt));
	format.fmt.pix.width = 32;
	format.fmt.pix.height = 32;
	format.fmt.pix.pixelformat = wanted ? wanted : V4L2_PIX_FMT_YUYV;
	format.fmt.pix.field = V4L2_FIELD_NONE;
	format.fmt.pix.bytesperline = 64;
	format.fmt.pix.sizeimage = 2048;
	memcpy(lying_argument(answer), &format, sizeof(format));
}

static void answer_mmap(struct lying_answer *answer)
{
	struct virtio_media_resp_mmap resp = { .len = LYING_LEN };

	lying.last_addr += 16 * LYING_LEN;
	resp.driver_addr = lying.last_addr;
	memcpy(answer->bytes, &resp, sizeof(resp));
	answer->len = sizeof(resp);
}

static void answer_open(struct lying_answer *answer)
{
	const struct virtio_media_resp_open resp = {
		.session_id = ++lying.sessions,
	};

	memcpy(answer->bytes, &resp, sizeof(resp));
	answer->len = sizeof(resp);
}

/* The argument as it came, behind a status of 0. */
static void answer_ioctl(struct lying_answer *answer,
			 struct wire_reader *reader)
{
	const struct ioctl_desc *desc;

	answer->session = wire_get_u32(reader);
	answer->code = wire_get_u32(reader);
	desc = ioctl_lookup_nr(answer->code);
	assert_non_null(desc);
	lying.ioctls[answer->code]++;
	answer->len = sizeof(struct virtio_media_resp);
	if (!ioctl_writes(desc))
		return;
	if (ioctl_reads(desc))
		answer->len += reader->left;
	else
		answer->len += ioctl_size(desc);
	assert_true(answer->len <= sizeof(answer->bytes));
	if (ioctl_reads(desc))
		memcpy(lying_argument(answer), reader->at, reader->left);
	if (desc->cmd == VIDIOC_QUERYBUF)
		answer_querybuf(answer);
	if (desc->cmd == VIDIOC_G_FMT || desc->cmd == VIDIOC_S_FMT)
		answer_format(answer);
}

static void send_answer(const struct lying_answer *answer)
{
	lying_resp(answer->tag, answer->bytes, answer->len);
}

void lying_answer(const struct vms_header *header, const uint8_t *section)
{
	struct lying_answer answer = { .tag = header->tag };
	struct wire_reader reader;

	wire_reader_init(&reader, section, header->slen);
	answer.cmd = wire_get_u32(&reader);
	wire_get_u32(&reader);
	assert_true(answer.cmd >= 1 && answer.cmd <= 5);
	lying.asked[answer.cmd]++;
	answer.len = sizeof(struct virtio_media_resp);
	switch (answer.cmd) {
	case VIRTIO_MEDIA_CMD_OPEN:
		answer_open(&answer);
		break;
	case VIRTIO_MEDIA_CMD_CLOSE:
		answer.session = wire_get_u32(&reader);
		answer.len = 0;
		break;
	case VIRTIO_MEDIA_CMD_IOCTL:
		answer_ioctl(&answer, &reader);
		break;
	case VIRTIO_MEDIA_CMD_MMAP:
		answer.session = wire_get_u32(&reader);
		answer_mmap(&answer);
		break;
	default:
		break;
	}
	if (lying.lie)
		lying.lie(&answer);
	if (!answer.withheld) {
		send_answer(&answer);
		return;
	}
	assert_true(lying.withheld_count < LYING_ANSWERS);
	lying.withheld[lying.withheld_count++] = answer;
}

void lying_release(unsigned int which)
{
	struct lying_answer sent;

	assert_true(which < lying.withheld_count);
	sent = lying.withheld[which];
	lying.withheld_count--;
	memmove(&lying.withheld[which], &lying.withheld[which + 1],
		(lying.withheld_count - which) * sizeof(lying.withheld[0]));
	send_answer(&sent);
}

void lying_io_put(struct lying_io *io, uint32_t status, uint32_t count,
		  const void *bytes, size_t len)
{
	const struct vms_io_resp resp = { .status = status, .count = count };

	assert_true(len <= sizeof(io->bytes) - sizeof(resp));
	memcpy(io->bytes, &resp, sizeof(resp));
	if (len)
		memcpy(io->bytes + sizeof(resp), bytes, len);
	io->len = sizeof(resp) + len;
}

void lying_withhold_io(struct lying_io *io)
{
	io->withheld = true;
}

void lying_release_io(void)
{
	const struct vms_header header = {
		.type = lying.io.type,
		.tag = lying.io.tag,
	};

	lying_send(&header, lying.io.bytes, lying.io.len);
}

void lying_answer_io(const struct vms_header *header, const uint8_t *section)
{
	struct lying_io io = { .type = VMS_IO_RESP, .tag = header->tag };
	const void *written;

	assert_int_equal(
		wire_get_io(section, header->slen, &io.asked, &written), 0);
	lying.ios[io.asked.direction]++;
	if (io.asked.direction == VMS_IO_READ)
		lying_io_put(&io, EAGAIN, 0, NULL, 0);
	else if (io.asked.direction == VMS_IO_WRITE)
		lying_io_put(&io, 0, io.asked.length, NULL, 0);
	else
		lying_io_put(&io, 0, 0, NULL, 0);
	if (lying.lie_io)
		lying.lie_io(&io);
	lying.io = io;
	if (!io.withheld)
		lying_release_io();
}
