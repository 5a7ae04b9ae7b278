// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: numbers, sessions and lengths in commands.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "common/ioctl_table.h"
#include "tests/lab/hostile_guest_parts/guest.h"

/* So many of so many were answered as they must be, and the connection lives. */
static const char *answered(struct guest *guest, unsigned int good,
			    unsigned int count, const char *how)
{
	bool works = guest_works(guest);

	guest_leave(guest);
	if (good == count && works)
		return attack_says("all %s, %u of them", how, count);
	return attack_says("%u of %u %s%s", good, count, how,
			   works ? "" : ", and it is not served any more");
}

const char *commands_unknown(void)
{
	static const uint32_t cmds[] = { 0, 6, 7, 255, 1u << 31, UINT32_MAX };
	unsigned int count = sizeof(cmds) / sizeof(cmds[0]);
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < count; i++) {
		const uint32_t words[4] = { cmds[i], 0, guest.session };

		good += guest_status(&guest, guest_req(&guest, words,
						       sizeof(words), 64)) ==
			ENOTTY;
	}
	return answered(&guest, good, count, "ENOTTY");
}

/* Every command cut at every byte; one of no byte at all is among them. */
const char *commands_short(void)
{
	static const uint32_t lens[] = { 4, 8, 16, 16, 20, 16 };
	unsigned int good = 0;
	unsigned int count = 0;
	struct guest guest;
	uint32_t cmd, len;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (cmd = VIRTIO_MEDIA_CMD_OPEN; cmd <= VIRTIO_MEDIA_CMD_MUNMAP; cmd++)
		for (len = 0; len < lens[cmd]; len++) {
			const uint32_t words[5] = { cmd, 0, guest.session };

			count++;
			good += guest_status(&guest, guest_req(&guest, words,
							       len, 64)) ==
				EINVAL;
		}
	return answered(&guest, good, count, "EINVAL");
}

static bool session_is_none(struct guest *guest, uint32_t session)
{
	uint32_t own = guest->session;
	struct virtio_media_resp_mmap resp;
	uint32_t priority;
	bool none;

	guest->session = session;
	none = guest_ioctl(guest, VIDIOC_G_PRIORITY, &priority) == EINVAL &&
	       guest_mmap(guest, 0, &resp) == EINVAL &&
	       guest_close(guest, session) == 0;
	guest->session = own;
	return none;
}

const char *commands_sessions(void)
{
	unsigned int good = 0;
	struct guest guest;
	uint32_t closed;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	guest_open(&guest, &closed);
	guest_close(&guest, closed);
	good += session_is_none(&guest, 0);
	good += session_is_none(&guest, closed);
	good += session_is_none(&guest, closed + 1);
	good += session_is_none(&guest, guest.session | 1u << 16);
	good += session_is_none(&guest, UINT32_MAX);
	return answered(&guest, good, 5, "EINVAL");
}

/* What one connection has is nothing in another one. */
const char *commands_foreign(void)
{
	struct guest victim, guest;
	uint64_t addrs[GUEST_BUFFERS];
	unsigned int good = 0;
	uint32_t session = 0;
	bool works;

	guest_start(&victim, FEATURES_PLAIN, "out");
	guest_open(&victim, &session);
	guest_buffers(&victim, OUTPUT, addrs);
	guest_start(&guest, FEATURES_PLAIN, "out");
	good += session_is_none(&guest, session);
	good += guest_munmap(&guest, addrs[0]) == EINVAL;
	good += guest_munmap(&guest, addrs[1]) == EINVAL;
	guest_data(&guest, addrs[0], 0, addrs, sizeof(addrs));
	works = guest_works(&victim) && guest_munmap(&victim, addrs[0]) == 0;
	guest_leave(&victim);
	return answered(&guest, good + works, 4, "of no use");
}

static bool is_answered_by_nobody(uint32_t nr)
{
	const struct ioctl_desc *desc = ioctl_lookup_nr(nr);

	return !desc || desc->where != IOCTL_HOST;
}

/* All numbers of 8 bits that hostd must not give to a device, and some longer ones */
const char *commands_numbers(void)
{
	static const uint8_t argument[IOCTL_ARG_MAX];
	struct virtio_media_cmd_ioctl ioctl = { .cmd = VIRTIO_MEDIA_CMD_IOCTL };
	uint8_t section[sizeof(ioctl) + sizeof(argument)] = { 0 };
	unsigned int good = 0;
	unsigned int count = 0;
	struct guest guest;
	uint32_t i, nr;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	ioctl.session_id = guest.session;
	for (i = 0; i < 256 + 32; i++) {
		/* A whole number of an ioctl is none, either. */
		nr = i < 256 ? i : (1u << (i - 256)) | _IOC_NR(VIDIOC_G_FMT);
		if (!is_answered_by_nobody(nr) ||
		    (i >= 256 && nr == _IOC_NR(VIDIOC_G_FMT)))
			continue;
		ioctl.code = nr;
		memcpy(section, &ioctl, sizeof(ioctl));
		count++;
		good += guest_status(&guest,
				     guest_req(&guest, section, sizeof(section),
					       4096)) == ENOTTY;
	}
	return answered(&guest, good, count, "ENOTTY");
}

/* Every argument of the table at half its length, and one byte short */
const char *commands_cut_arguments(void)
{
	struct virtio_media_cmd_ioctl ioctl = { .cmd = VIRTIO_MEDIA_CMD_IOCTL };
	uint8_t section[sizeof(ioctl) + IOCTL_ARG_MAX] = { 0 };
	const struct ioctl_desc *desc;
	unsigned int good = 0;
	unsigned int count = 0;
	struct guest guest;
	size_t i, size;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	ioctl.session_id = guest.session;
	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (!ioctl_reads(desc) || desc->where != IOCTL_HOST)
			continue;
		ioctl.code = _IOC_NR(desc->cmd);
		memcpy(section, &ioctl, sizeof(ioctl));
		size = sizeof(ioctl) + ioctl_size(desc);
		count += 2;
		good += guest_status(&guest, guest_req(&guest, section,
						       size - 1, 4096)) ==
			EINVAL;
		good += guest_status(&guest,
				     guest_req(&guest, section,
					       size - ioctl_size(desc) / 2,
					       4096)) == EINVAL;
	}
	return answered(&guest, good, count, "EINVAL");
}

static bool fits_not(struct guest *guest, const void *section, size_t len,
		     uint32_t capacity)
{
	return guest_status(guest, guest_req(guest, section, len, capacity)) ==
		       EINVAL &&
	       guest->peer.header.slen <= sizeof(struct virtio_media_resp);
}

/* Room for an answer that is none, and more than there is memory */
const char *commands_capacity(void)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	struct virtio_media_cmd_ioctl ioctl = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.code = _IOC_NR(VIDIOC_G_PRIORITY),
	};
	unsigned int good = 0;
	struct guest guest;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	ioctl.session_id = guest.session;
	good += fits_not(&guest, &open, sizeof(open), 0);
	good += fits_not(&guest, &open, sizeof(open), 15);
	good += fits_not(&guest, &ioctl, sizeof(ioctl), 0);
	good += fits_not(&guest, &ioctl, sizeof(ioctl), 11);
	good += guest_status(&guest, guest_req(&guest, &ioctl, sizeof(ioctl),
					       UINT32_MAX)) == 0 &&
		guest.peer.header.slen == 12;
	return answered(&guest, good, 5, "as far as there is room");
}

/* Nobody but the guest itself is confused. */
const char *commands_same_tag(void)
{
	unsigned int good = 0;
	struct guest guest;
	uint32_t priority = 0;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < 20; i++) {
		guest.tag = 41;
		guest_send_ioctl(&guest, VIDIOC_G_PRIORITY, &priority);
	}
	for (i = 0; i < 20; i++)
		good += guest_status(&guest, 42) == 0;
	return answered(&guest, good, 20, "answered");
}

/* An IO whose status is EINVAL */
static bool io_is_einval(struct guest *guest, const struct vms_io *io,
			 size_t len)
{
	uint8_t body[sizeof(*io) + VMS_MAX_IO] = { 0 };
	const struct vms_header header = { .type = VMS_IO,
					   .tag = ++guest->tag };

	memcpy(body, io, sizeof(*io));
	peer_frame(&guest->peer, &header, body, len);
	return guest_status(guest, guest->tag) == EINVAL;
}

/* Of a radio, which is read; and of a camera, which is not */
const char *commands_io(void)
{
	struct vms_io ios[] = {
		{ .direction = VMS_IO_READ, .length = VMS_MAX_IO + 1 },
		{ .direction = VMS_IO_READ, .length = UINT32_MAX },
		{ .direction = VMS_IO_WRITE, .length = 64 },
		{ .direction = VMS_IO_WRITE, .length = UINT32_MAX },
		{ .direction = VMS_IO_DIRECTION_COUNT },
		{ .direction = UINT32_MAX },
		{ .direction = VMS_IO_POLL, .length = POLLIN, .reserved = 1 },
	};
	unsigned int count = sizeof(ios) / sizeof(ios[0]);
	const struct vms_io unknown = { .session_id = 4711 };
	const struct vms_io read = { .direction = VMS_IO_READ, .length = 64 };
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "fm");
	for (i = 0; i < count; i++) {
		ios[i].session_id = guest.session;
		good += io_is_einval(&guest, &ios[i], sizeof(ios[i]));
	}
	good += io_is_einval(&guest, &unknown, sizeof(unknown));
	/* Bytes that a read does not have */
	good += io_is_einval(&guest, &read, sizeof(read) + 64);
	return answered(&guest, good, count + 2, "EINVAL");
}
