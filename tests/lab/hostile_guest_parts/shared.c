// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: memory that both have, of a guest with the permission for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/shared/process.h"

#define HOARD_MAX   256
#define FRAME_MS    5000
#define HOARD_LIMIT (1ull << 30) /* what hostd may give to one connection */

/* MMAP; @fd gets what came before its RESP, or -1.  Return: its status */
static int map_shared(struct guest *guest, uint32_t offset, int *fd)
{
	const struct virtio_media_cmd_mmap map = {
		.cmd = VIRTIO_MEDIA_CMD_MMAP,
		.session_id = guest->session,
		.flags = VIRTIO_MEDIA_MMAP_FLAG_RW,
		.offset = offset,
	};
	uint32_t tag = guest_req(guest, &map, sizeof(map), 64);
	uint32_t status;

	*fd = -1;
	while (peer_next(&guest->peer, PEER_PATIENCE_MS)) {
		if (guest->peer.header.type == VMS_OBJ) {
			*fd = guest->peer.came;
			guest->peer.came = -1;
		}
		if (guest->peer.header.type != VMS_RESP ||
		    guest->peer.header.tag != tag)
			continue;
		memcpy(&status, guest->peer.section, sizeof(status));
		return (int)status;
	}
	return -1;
}

/* @count MMAP buffers of pat; @fds gets their memory, @len the bytes of one */
static unsigned int share(struct guest *guest, unsigned int count, int *fds,
			  uint32_t *len)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_buffer buffer;
	unsigned int i;

	if (guest_ioctl(guest, VIDIOC_REQBUFS, &request))
		return 0;
	for (i = 0; i < count; i++) {
		buffer = (struct v4l2_buffer){ .type = CAPTURE, .index = i };
		if (guest_ioctl(guest, VIDIOC_QUERYBUF, &buffer) ||
		    map_shared(guest, buffer.m.offset, &fds[i]) || fds[i] < 0)
			return i;
		*len = buffer.length;
	}
	return count;
}

/* Write into all of them while the device does, and make holes into them */
const char *shared_scribble(void)
{
	uint8_t *planes[GUEST_BUFFERS];
	int fds[GUEST_BUFFERS];
	struct guest guest;
	unsigned int frames = 0;
	uint32_t len = 0;
	uint32_t i;
	long end;

	guest_start(&guest, VMS_FEATURES, "pat");
	if (share(&guest, GUEST_BUFFERS, fds, &len) < GUEST_BUFFERS)
		return "nothing is shared";
	for (i = 0; i < GUEST_BUFFERS; i++) {
		planes[i] = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED,
				 fds[i], 0);
		if (planes[i] == MAP_FAILED)
			fatal("mmap");
		guest_queue(&guest, CAPTURE, i);
	}
	guest_stream(&guest, CAPTURE, true);
	end = now_ms() + 300;
	while (now_ms() < end || (!frames && now_ms() < end + FRAME_MS))
		for (i = 0; i < GUEST_BUFFERS; i++) {
			memset(planes[i], (int)now_ms(), len);
			fallocate(fds[i],
				  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				  len);
			if (peer_next(&guest.peer, 10) &&
			    guest.peer.header.type == VMS_EVT)
				frames++;
		}
	guest_stream(&guest, CAPTURE, false);
	if (!guest_works(&guest))
		return "not served any more";
	guest_leave(&guest);
	return frames ? "its own frames are spoilt" : "no frames";
}

/* The largest frames, kept behind REQBUFS(0), until there are no more */
static unsigned int hoard(struct guest *guest, int *fds, uint64_t *bytes)
{
	struct v4l2_format format = { .type = CAPTURE };
	unsigned int count = 0;
	unsigned int got;
	uint32_t len = 0;

	format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	format.fmt.pix.width = 8192;
	format.fmt.pix.height = 4320;
	guest_ioctl(guest, VIDIOC_S_FMT, &format);
	do {
		struct v4l2_requestbuffers none = {
			.type = CAPTURE,
			.memory = V4L2_MEMORY_MMAP,
		};

		got = share(guest, 4, fds + count, &len);
		count += got;
		*bytes += (uint64_t)got * len;
		guest_ioctl(guest, VIDIOC_REQBUFS, &none);
	} while (got == 4 && count < HOARD_MAX - 4);
	return count;
}

/* It keeps what it got when it leaves; when its process ends nobody has it. */
const char *shared_hoard(void)
{
	static int fds[HOARD_MAX];
	uint64_t bytes = 0;
	struct guest guest;
	unsigned int count;

	guest_start(&guest, VMS_FEATURES, "pat");
	count = hoard(&guest, fds, &bytes);
	/* Much less, and it was not the limit that ended it. */
	if (bytes > HOARD_LIMIT || bytes < HOARD_LIMIT / 2)
		return attack_says("got %llu MiB",
				   (unsigned long long)bytes >> 20);
	guest_leave(&guest);
	pause_ms(200);
	return attack_says("no more than 1 GiB: %u planes, %llu MiB", count,
			   (unsigned long long)bytes >> 20);
}

const char *shared_truncate(void)
{
	int fds[GUEST_BUFFERS];
	unsigned int good = 0;
	struct guest guest;
	uint32_t len = 0;
	unsigned int i;

	guest_start(&guest, VMS_FEATURES, "pat");
	if (share(&guest, GUEST_BUFFERS, fds, &len) < GUEST_BUFFERS)
		return "nothing is shared";
	for (i = 0; i < GUEST_BUFFERS; i++) {
		good += ftruncate(fds[i], 0) < 0;
		good += ftruncate(fds[i], 4096) < 0;
		/* A seal of its own would let the device's writes fail. */
		good += fcntl(fds[i], F_ADD_SEALS, F_SEAL_WRITE) < 0;
	}
	good += guest_works(&guest);
	guest_leave(&guest);
	return attack_says("%u of 10 refused or of no use", good);
}

/* ---- memory that it brings ------------------------------------------------------------ */

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static void send_object(struct guest *guest, uint32_t tag, uint32_t kind,
			int fd)
{
	const struct vms_obj object = { .addr = tag, .kind = kind };

	peer_object(&guest->peer, &object, &fd, 1);
}

/* QBUF of what it brings: the errno */
static int bring(struct guest *guest, off_t len, int seals, uint32_t kind)
{
	struct v4l2_buffer buffer = { .type = CAPTURE,
				      .memory = V4L2_MEMORY_DMABUF };
	int fd = peer_memory(len, seals);

	send_object(guest, guest->tag + 1, kind, fd);
	close(fd);
	return guest_ioctl(guest, VIDIOC_QBUF, &buffer);
}

/* Too little, memory that can grow, and a memfd that is called a dma-buf */
const char *shared_short(void)
{
	struct v4l2_requestbuffers request = {
		.count = 2,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	unsigned int good = 0;
	struct guest guest;

	guest_start(&guest, VMS_FEATURES, "pat");
	if (guest_ioctl(&guest, VIDIOC_REQBUFS, &request))
		return "no buffers for what programs bring";
	good += bring(&guest, 0, SEALS, VMS_OBJ_MEMFD) > 0;
	good += bring(&guest, 4096, SEALS, VMS_OBJ_MEMFD) > 0;
	good += bring(&guest, 1 << 20, F_SEAL_SHRINK, VMS_OBJ_MEMFD) > 0;
	good += bring(&guest, 1 << 20, SEALS, VMS_OBJ_DMABUF) > 0;
	good += bring(&guest, (off_t)2 << 30, SEALS, VMS_OBJ_MEMFD) > 0;
	/* And none at all */
	{
		struct v4l2_buffer buffer = { .type = CAPTURE,
					      .memory = V4L2_MEMORY_DMABUF };

		good += guest_ioctl(&guest, VIDIOC_QBUF, &buffer) > 0;
	}
	good += guest_works(&guest);
	guest_leave(&guest);
	return attack_says("%u of 7 refused", good);
}

/* More than any guest has a use for */
const char *shared_many(void)
{
	int fd = peer_memory(4096, SEALS);
	struct guest guest;
	const char *text;
	unsigned int i;

	guest_start(&guest, VMS_FEATURES, "pat");
	for (i = 0; i <= VMS_OBJECTS_MAX; i++)
		send_object(&guest, 1000 + i, VMS_OBJ_MEMFD, fd);
	text = peer_end(&guest.peer, 3000);
	guest_leave(&guest);
	return text;
}

/* For commands that have no use for it: closed */
const char *shared_unused(void)
{
	int fd = peer_memory(4096, SEALS);
	struct guest guest;
	unsigned int i;

	guest_start(&guest, VMS_FEATURES, "pat");
	for (i = 0; i < 2 * VMS_OBJECTS_MAX; i++) {
		uint32_t priority;

		send_object(&guest, guest.tag + 1, VMS_OBJ_MEMFD, fd);
		if (guest_ioctl(&guest, VIDIOC_G_PRIORITY, &priority))
			return "not served any more";
	}
	guest_leave(&guest);
	return "closed, and served";
}
