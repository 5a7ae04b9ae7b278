// SPDX-License-Identifier: BSD-3-Clause
/*
 * The host that fuzz_guest.c makes of its input.
 *
 * It answers each call by the rules, with what the payload modules make of it, and
 * then changes a byte: so most of what it says is understood, and a little is not.
 */
#include "tests/fuzz_host.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/ioctl_table.h"
#include "common/payload.h"
#include "tests/host_peer.h"

#define QUESTIONS 64
#define MAPPINGS  64
#define PLANES    2u
#define LEN       4096u

struct question {
	struct vms_header header;
	uint8_t *body;
};

static struct guest_peer peer;
static uint32_t node;
static bool places; /* OBJ says where, and brings nothing */
static struct question questions[QUESTIONS];
static unsigned int question_count;
static struct vms_clock clock_question;
static uint64_t mappings[MAPPINGS];
static unsigned int mapping_count;
static uint32_t memory; /* of the last REQBUFS */
static uint32_t sessions;

static void must(bool truth)
{
	if (!truth)
		abort();
}

int fuzz_host_begin(uint32_t caps, bool shmem)
{
	places = shmem;
	memset(&clock_question, 0, sizeof(clock_question));
	question_count = 0;
	mapping_count = 0;
	memory = V4L2_MEMORY_MMAP;
	sessions = 0;
	node = caps;
	return guest_peer_init_pair(&peer);
}

void fuzz_host_end(void)
{
	guest_peer_finish(&peer);
	peer.ended = true;
	while (question_count)
		free(questions[--question_count].body);
}

void fuzz_host_send(const struct vms_header *header, const void *bytes,
		    size_t len)
{
	struct vms_header sent = *header;

	if (!sent.slen)
		sent.slen = (uint32_t)len;
	if (!peer.ended)
		guest_peer_send(&peer, &sent, bytes, len);
}

static void acknowledge(void)
{
	struct vms_hello_ack ack = host_peer_ack(node);

	ack.cmd_window = 24;
	if (places)
		ack.features =
			(ack.features & ~VMS_FEATURES_FD) | VMS_FEATURE_SHMEM;
	if (node & V4L2_CAP_STREAMING)
		ack.features &= ~VMS_FEATURE_IO;
	if (!peer.ended)
		host_peer_send_ack(&peer, &ack);
}

void fuzz_host_take(void)
{
	struct question *question;
	struct vms_header header;
	const uint8_t *body;

	guest_peer_receive(&peer);
	while (guest_peer_next(&peer, &header, &body)) {
		if (header.type == VMS_HELLO)
			acknowledge();
		if (header.type == VMS_CLOCK)
			must(!wire_get_clock(body, header.slen,
					     &clock_question));
		if (header.type != VMS_REQ && header.type != VMS_IO)
			continue;
		must(question_count < QUESTIONS);
		question = &questions[question_count++];
		question->header = header;
		question->body = malloc(header.len + 1);
		must(question->body != NULL);
		memcpy(question->body, body, header.len);
	}
}

static void answer_buffer(struct payload *payload)
{
	struct v4l2_buffer *buffer = &payload->arg.buffer;
	struct v4l2_plane *plane = payload_planes(payload);
	uint32_t i;

	buffer->memory = memory;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->length = LEN;
		buffer->m.offset = buffer->index << 12;
		return;
	}
	if (buffer->length > PLANES)
		buffer->length = PLANES;
	for (i = 0; i < buffer->length; i++) {
		plane[i].length = LEN;
		plane[i].m.mem_offset = (buffer->index * PLANES + i) << 12;
	}
}

static void answer_query(struct v4l2_query_ext_ctrl *info)
{
	if (info->id & 1)
		info->flags |= V4L2_CTRL_FLAG_HAS_PAYLOAD;
	info->nr_of_dims = !(info->id & 2);
	info->dims[0] = info->id & 0xff;
	info->elem_size = info->nr_of_dims ? 1 : info->id & 0xff;
	info->elems = info->nr_of_dims ? info->dims[0] : 1;
	info->maximum = (int64_t)info->elem_size - 1;
	info->type = info->id & 2 ? V4L2_CTRL_TYPE_STRING : V4L2_CTRL_TYPE_U8;
}

/* Return: bytes of the answer, whose section is *@section */
static size_t answer_ioctl(const struct question *question, uint32_t status,
			   struct wire_writer *writer, size_t *section)
{
	const struct vms_header *header = &question->header;
	size_t head = sizeof(struct virtio_media_cmd_ioctl);
	bool aux = header->flags & VMS_FLAG_AUX;
	size_t at = wire_pad(header->slen);
	const struct ioctl_desc *desc;
	struct payload payload;

	desc = ioctl_lookup_nr(question->body[12]);
	must(desc && !payload_get_request(&payload, desc, question->body + head,
					  header->slen - head,
					  aux ? question->body + at : NULL,
					  aux ? header->len - at : 0));
	if (desc->nested == IOCTL_NESTED_PLANES)
		answer_buffer(&payload);
	if (desc->cmd == VIDIOC_QUERY_EXT_CTRL)
		answer_query(&payload.arg.query_ext_ctrl);
	if (desc->cmd == VIDIOC_REQBUFS && payload.arg.reqbufs.count > 4)
		payload.arg.reqbufs.count = 4;
	if (desc->cmd == VIDIOC_REQBUFS && !status)
		memory = payload.arg.reqbufs.memory;
	payload_put_response(&payload, status, writer, section);
	payload_finish(&payload);
	return writer->len;
}

static size_t answer_io(const struct question *question, uint32_t status,
			struct wire_writer *writer)
{
	struct vms_io_resp resp = { .status = status };
	const void *written;
	struct vms_io io;

	must(!wire_get_io(question->body, question->header.slen, &io,
			  &written));
	if (!status)
		resp.count =
			io.direction == VMS_IO_POLL ? io.length & 1 : io.length;
	wire_put_io_resp(writer, &resp);
	if (io.direction == VMS_IO_READ)
		wire_put_zero(writer, resp.count);
	return writer->len;
}

static size_t answer_command(const struct question *question, uint32_t status,
			     struct wire_writer *writer)
{
	uint32_t cmd = question->body[0];
	uint64_t addr;

	if (cmd == VIRTIO_MEDIA_CMD_CLOSE)
		return 0;
	wire_put_u32(writer, status);
	wire_put_u32(writer, 0);
	if (!status && cmd == VIRTIO_MEDIA_CMD_OPEN) {
		wire_put_u32(writer, ++sessions);
		wire_put_u32(writer, 0);
	} else if (!status && cmd == VIRTIO_MEDIA_CMD_MMAP) {
		addr = (mapping_count + 1ull) * 16 * LEN;
		wire_put_u64(writer, addr);
		wire_put_u64(writer, LEN);
		if (mapping_count < MAPPINGS)
			mappings[mapping_count++] = addr;
	}
	return writer->len;
}

void fuzz_host_answer(struct wire_reader *input)
{
	unsigned int which = wire_get_u8(input);
	uint32_t status = wire_get_u8(input);
	uint32_t offset = wire_get_u16(input);
	uint8_t added = wire_get_u8(input);
	struct vms_header header = { .type = VMS_RESP };
	struct question question;
	uint8_t bytes[LEN];
	struct wire_writer writer;
	size_t section = 0;
	size_t len;

	if (!question_count)
		return;
	which %= question_count;
	question = questions[which];
	question_count--;
	memmove(&questions[which], &questions[which + 1],
		(question_count - which) * sizeof(question));
	header.tag = question.header.tag;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	if (question.header.type == VMS_IO) {
		header.type = VMS_IO_RESP;
		len = answer_io(&question, status, &writer);
	} else if (question.body[0] == VIRTIO_MEDIA_CMD_IOCTL) {
		len = answer_ioctl(&question, status, &writer, &section);
	} else {
		len = answer_command(&question, status, &writer);
	}
	free(question.body);
	must(!writer.failed);
	if (len)
		bytes[offset % len] += added;
	if (section && len > wire_pad(section)) {
		header.flags = VMS_FLAG_AUX;
		header.slen = (uint32_t)section;
	}
	fuzz_host_send(&header, bytes, len);
}

void fuzz_host_event(struct wire_reader *input)
{
	static const struct {
		uint32_t type;
		size_t len;
	} kinds[] = {
		{ VIRTIO_MEDIA_EVT_ERROR, 16 },
		{ VIRTIO_MEDIA_EVT_DQBUF,
		  sizeof(struct virtio_media_event_dqbuf) },
		{ VIRTIO_MEDIA_EVT_EVENT,
		  sizeof(struct virtio_media_event_event) },
		{ VMS_EVT_QUEUE_ERROR, 16 },
		{ VMS_EVT_IO_READY, 16 },
	};
	const struct vms_header header = { .type = VMS_EVT };
	uint8_t bytes[sizeof(struct virtio_media_event_dqbuf)] = { 0 };
	unsigned int kind = wire_get_u8(input) % 5;
	uint32_t session = wire_get_u8(input);
	size_t given = wire_get_u16(input);
	struct wire_writer writer;

	wire_writer_init(&writer, bytes, 8);
	wire_put_u32(&writer, kinds[kind].type);
	wire_put_u32(&writer, session);
	if (given > kinds[kind].len - 8)
		given = kinds[kind].len - 8;
	wire_get_bytes(input, bytes + 8,
		       given < input->left ? given : input->left);
	fuzz_host_send(&header, bytes, kinds[kind].len);
}

void fuzz_host_data(struct wire_reader *input)
{
	unsigned int which = wire_get_u8(input);
	size_t len = wire_get_u16(input) % 2048 + 1u;
	uint8_t bytes[2048] = { 0 };
	struct vms_header header = { .type = VMS_DATA, .flags = VMS_FLAG_LAST };

	header.arg = wire_get_u8(input);
	header.off = mapping_count ? mappings[which % mapping_count] : 0;
	fuzz_host_send(&header, bytes, len);
}

void fuzz_host_clock(struct wire_reader *input)
{
	struct vms_clock answer = clock_question;

	answer.rx_ns = answer.tx_ns + wire_get_u32(input);
	answer.reply_ns = answer.rx_ns + wire_get_u32(input);
	if (answer.tx_ns && !peer.ended)
		guest_peer_send_clock(&peer, &answer);
}

/* Memory: sealed, too short, not sealed; no memory; nothing */
static int an_object(unsigned int what)
{
	int fd;

	switch (what % 8) {
	case 6:
		return fcntl(peer.fd, F_DUPFD_CLOEXEC, 0);
	case 7:
		return -1;
	default:
		break;
	}
	fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(fd >= 0);
	must(ftruncate(fd, what % 8 == 4 ? LEN / 2 : LEN) == 0);
	if (what % 8 != 5)
		must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	return fd;
}

void fuzz_host_obj(struct wire_reader *input)
{
	unsigned int what = wire_get_u8(input);
	unsigned int offset = wire_get_u8(input);
	uint8_t added = wire_get_u8(input);
	struct vms_obj obj = { .addr = (mapping_count + 1ull) * 16 * LEN,
			       .len = LEN,
			       .kind = VMS_OBJ_MEMFD };
	int fd;

	if (places) {
		obj.kind = VMS_OBJ_SHMEM;
		obj.off = (what & 0x7f) * (uint64_t)VMS_PAGE_SIZE;
	}
	((uint8_t *)&obj)[offset % sizeof(obj)] += added;
	if (peer.ended)
		return;
	if (places && !(what & 0x80)) {
		host_peer_send_obj_without(&peer, &obj);
		return;
	}
	fd = an_object(what);
	host_peer_send_obj(&peer, &obj, fd);
	if (fd >= 0)
		close(fd);
}
