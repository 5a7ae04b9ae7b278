// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: payloads of controls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/shared/process.h"

#define START 0x10000ull /* where the guest says that a payload is */

/**
 * struct claim - What a guest says of the payload of one control
 * @size:	The control's
 * @start, @entry: The entry behind it
 * @count:	Of the aux block
 * @addr ... @space: Its extent
 * @bytes:	How many follow
 */
struct claim {
	uint32_t size;
	uint64_t start;
	uint32_t entry;
	uint32_t count;
	uint64_t addr;
	uint32_t len;
	uint16_t dir;
	uint16_t space;
	size_t bytes;
};

static struct claim honest_claim(uint32_t size)
{
	return (struct claim){
		.size = size,
		.start = START,
		.entry = size,
		.count = 1,
		.addr = START,
		.len = size,
		.dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE,
		.space = VMS_SPACE_GUEST,
		.bytes = size,
	};
}

/* The first control with payload that can be set, and how long it is */
static uint32_t find_payload(struct guest *guest, uint32_t *size)
{
	struct v4l2_query_ext_ctrl info;
	uint32_t id = 0;

	for (;;) {
		info = (struct v4l2_query_ext_ctrl){
			.id = id | V4L2_CTRL_FLAG_NEXT_CTRL |
			      V4L2_CTRL_FLAG_NEXT_COMPOUND,
		};
		errno = ENOENT;
		if (guest_ioctl(guest, VIDIOC_QUERY_EXT_CTRL, &info))
			fatal("a control with payload");
		id = info.id;
		*size = info.elems * info.elem_size;
		if ((info.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) &&
		    !(info.flags & V4L2_CTRL_FLAG_READ_ONLY) && *size <= 4096)
			return id;
	}
}

static struct wire_writer begin_section(struct guest *guest, uint32_t cmd,
					uint32_t count, void *bytes,
					size_t size)
{
	const struct virtio_media_cmd_ioctl ioctl = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.session_id = guest->session,
		.code = _IOC_NR(cmd),
	};
	const struct v4l2_ext_controls controls = { .count = count };
	struct wire_writer writer;

	wire_writer_init(&writer, bytes, size);
	wire_put_bytes(&writer, &ioctl, sizeof(ioctl));
	wire_put_bytes(&writer, &controls, sizeof(controls));
	return writer;
}

static void put_control(struct wire_writer *writer, uint32_t id, uint32_t size,
			uint64_t value)
{
	struct v4l2_ext_control control = { .id = id, .size = size };

	memcpy(&control.value64, &value, sizeof(value));
	wire_put_bytes(writer, &control, sizeof(control));
}

static void put_entry(struct wire_writer *writer, uint64_t start, uint32_t len)
{
	const struct virtio_media_sg_entry entry = { .start = start,
						     .len = len };

	wire_put_bytes(writer, &entry, sizeof(entry));
}

/* G_EXT_CTRLS of one control, whose payload goes both ways */
static int claim_status(struct guest *guest, uint32_t id,
			const struct claim *claim)
{
	const struct vms_extent extent = { .addr = claim->addr,
					   .len = claim->len,
					   .dir = claim->dir,
					   .space = claim->space };
	const struct vms_aux aux = { .count = claim->count };
	uint8_t section[256], block[8192];
	struct wire_writer writer = begin_section(guest, VIDIOC_G_EXT_CTRLS, 1,
						  section, sizeof(section));
	struct wire_writer behind;

	put_control(&writer, id, claim->size, 0);
	put_entry(&writer, claim->start, claim->entry);
	wire_writer_init(&behind, block, sizeof(block));
	wire_put_bytes(&behind, &aux, sizeof(aux));
	wire_put_bytes(&behind, &extent, sizeof(extent));
	wire_put_zero(&behind, wire_pad(claim->bytes));
	return guest_status(guest, guest_req_aux(guest, section, writer.len,
						 block, behind.len));
}

static const char *refused(struct guest *guest, unsigned int good,
			   unsigned int count)
{
	bool works = guest_works(guest);

	guest_leave(guest);
	return attack_says("%s%u of %u refused%s",
			   good == count && works ? "all " : "", good, count,
			   works ? "" : ", and it is not served any more");
}

const char *controls_lengths(void)
{
	unsigned int good = 0;
	struct claim claims[12];
	struct guest guest;
	uint32_t id, size;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	id = find_payload(&guest, &size);
	for (i = 0; i < 12; i++)
		claims[i] = honest_claim(size);
	claims[0].entry--;
	claims[1].entry = UINT32_MAX;
	claims[2].size = UINT32_MAX;
	claims[3].len++;
	claims[4].len = UINT32_MAX;
	claims[5].addr++;
	claims[6].count = 0;
	claims[7].count = 2;
	claims[8].count = UINT32_MAX;
	claims[9].dir = VMS_EXTENT_WRITE;
	claims[10].space = VMS_SPACE_WINDOW;
	claims[11].bytes = size > 8 ? size - 8 : 0;
	for (i = 0; i < 12; i++)
		good += claim_status(&guest, id, &claims[i]) == EINVAL;
	/* And what is right is none of these. */
	claims[0] = honest_claim(size);
	if (claim_status(&guest, id, &claims[0]))
		return "an honest payload is refused";
	return refused(&guest, good, 12);
}

/* Where it says that there is one */
const char *controls_without_payload(void)
{
	static const uint64_t none[3];
	uint8_t section[256];
	struct wire_writer writer;
	unsigned int good = 0;
	struct guest guest;
	uint32_t id, size;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	id = find_payload(&guest, &size);

	writer = begin_section(&guest, VIDIOC_S_EXT_CTRLS, 1, section,
			       sizeof(section));
	put_control(&writer, id, size, 0);
	good += guest_status(&guest, guest_req(&guest, section, writer.len,
					       4096)) == EINVAL;
	put_entry(&writer, START, size);
	good += guest_status(&guest, guest_req(&guest, section, writer.len,
					       4096)) == EINVAL;
	/* An aux block for nothing */
	writer = begin_section(&guest, VIDIOC_S_EXT_CTRLS, 1, section,
			       sizeof(section));
	put_control(&writer, V4L2_CID_BRIGHTNESS, 0, 0);
	good += guest_status(&guest, guest_req_aux(&guest, section, writer.len,
						   none, sizeof(none))) ==
		EINVAL;
	return refused(&guest, good, 3);
}

/* B30: the union is a pointer only where a control has payload. */
const char *controls_pointers(void)
{
	uint8_t section[256];
	struct wire_writer writer;
	struct claim claim = honest_claim(64);
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS };
	unsigned int good = 0;
	struct guest guest;
	uint32_t id, size;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	id = find_payload(&guest, &size);
	/* A size at a control that has none: no address gets into its value. */
	claim_status(&guest, V4L2_CID_BRIGHTNESS, &claim);
	good += guest_ioctl(&guest, VIDIOC_G_CTRL, &control) == 0 &&
		control.value >= 0 && control.value <= 255;
	/* A pointer at one that has payload, of no size */
	writer = begin_section(&guest, VIDIOC_S_EXT_CTRLS, 1, section,
			       sizeof(section));
	put_control(&writer, id, 0, 0x7fff00001000ull);
	good += guest_status(&guest,
			     guest_req(&guest, section, writer.len, 4096)) > 0;
	writer = begin_section(&guest, VIDIOC_G_EXT_CTRLS, 1, section,
			       sizeof(section));
	put_control(&writer, id, 0, 0xffff888000000000ull);
	good += guest_status(&guest,
			     guest_req(&guest, section, writer.len, 4096)) > 0;
	good += guest_works(&guest);
	guest_leave(&guest);
	return attack_says("%u of 4 without effect", good);
}

/* As many as there may be, whose sizes together are more than there is memory */
const char *controls_largest(void)
{
	size_t room = 65536;
	uint8_t *section = malloc(room);
	struct wire_writer writer;
	unsigned int good = 0;
	struct guest guest;
	uint32_t id, size;
	unsigned int i;

	if (!section)
		fatal("malloc");
	guest_start(&guest, FEATURES_PLAIN, "cap");
	id = find_payload(&guest, &size);
	for (size = UINT32_MAX; size > 1u << 20; size /= 16) {
		writer = begin_section(&guest, VIDIOC_S_EXT_CTRLS, 1024,
				       section, room);
		for (i = 0; i < 1024; i++)
			put_control(&writer, id, size, 0);
		for (i = 0; i < 1024; i++)
			put_entry(&writer, START, size);
		good += guest_status(&guest,
				     guest_req_aux(&guest, section, writer.len,
						   section, 1024)) == EINVAL;
	}
	free(section);
	return refused(&guest, good, 3);
}
