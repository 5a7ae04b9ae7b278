// SPDX-License-Identifier: BSD-3-Clause
/*
 * No number that a guest chose reaches the kernel as an address, a descriptor or the
 * size of what is there, and no host address leaves.
 *
 * Each ioctl of the table is filled with what a guest may hope for.  The device looks
 * at whatever it may take for a pointer, uses it as the kernel does, and leaves host
 * addresses wherever the kernel may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/lying_guest.h"

#define HOSTS    0x00007f5ec0ffee10ull /* as the kernel may know one */
#define HOSTS_FD 0x4fd4fd
#define SEEN_MAX 16
#define BLOCKS   2

static const struct ioctl_desc *now;
static bool reached;
static const char *wrong;
static bool foreign; /* buffers are of another memory than ours */
static const void *seen[SEEN_MAX];
static unsigned int seen_count;

/* ---- the device: on a worker, so nothing fails here ---------------------------- */

static void see(const void *pointer)
{
	if (pointer && seen_count < SEEN_MAX)
		seen[seen_count++] = pointer;
}

static void zero(uint64_t number, const char *what)
{
	if (number)
		wrong = what;
}

/* That many planes are there to be read and written, says AddressSanitizer. */
static void look_at_planes(struct v4l2_buffer *buffer)
{
	struct v4l2_plane *planes = buffer->m.planes;
	unsigned int i;

	if (!planes && buffer->length)
		wrong = "planes that are not there";
	see(planes);
	for (i = 0; planes && i < buffer->length; i++) {
		zero(planes[i].m.userptr, "m of a plane");
		planes[i].m.userptr = foreign ? HOSTS : i;
	}
}

static void look_at_buffer(struct v4l2_buffer *buffer)
{
	zero((uint32_t)buffer->request_fd, "request_fd of a buffer");
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		look_at_planes(buffer);
	} else {
		zero(buffer->m.userptr, "m of a buffer");
		buffer->m.userptr = foreign ? HOSTS : 0;
	}
	buffer->memory = foreign ? V4L2_MEMORY_USERPTR : V4L2_MEMORY_MMAP;
	buffer->request_fd = HOSTS_FD;
}

static void look_at_controls(struct v4l2_ext_controls *controls)
{
	struct v4l2_ext_control *list = controls->controls;
	unsigned int i;

	zero(controls->request_fd != -1 && controls->request_fd,
	     "request_fd of controls");
	see(list);
	for (i = 0; i < controls->count; i++) {
		if (list[i].id != FAKE_CID_ARRAY)
			continue;
		see(list[i].ptr);
		memset(list[i].ptr, 0x11, list[i].size);
	}
	controls->request_fd = HOSTS_FD;
}

static void look_at_edid(struct v4l2_edid *edid)
{
	see(edid->edid);
	if (edid->edid)
		memset(edid->edid, 0x11, (size_t)edid->blocks * 128);
	else
		zero(edid->blocks, "blocks that are not there");
}

static void look_at_window(struct v4l2_format *format)
{
	struct v4l2_window *window = &format->fmt.win;

	if (!payload_is_overlay(format->type))
		return;
	zero(window->clipcount, "clipcount");
	zero((uintptr_t)window->clips, "clips");
	zero((uintptr_t)window->bitmap, "bitmap");
	window->clipcount = 3;
	window->clips = (void *)HOSTS;
	window->bitmap = (void *)HOSTS;
}

static int look(void *bytes)
{
	union payload_arg *arg = bytes;

	reached = true;
	switch (now->nested) {
	case IOCTL_NESTED_PLANES:
		look_at_buffer(&arg->buffer);
		break;
	case IOCTL_NESTED_CONTROLS:
		look_at_controls(&arg->controls);
		break;
	case IOCTL_NESTED_EDID:
		look_at_edid(&arg->edid);
		break;
	case IOCTL_NESTED_WINDOW:
		look_at_window(now->cmd == VIDIOC_CREATE_BUFS
				       ? &arg->create.format
				       : &arg->format);
		break;
	case IOCTL_NESTED_FBUF:
		zero((uintptr_t)arg->framebuffer.base, "base");
		arg->framebuffer.base = (void *)HOSTS;
		break;
	case IOCTL_NESTED_NONE:
		break;
	}
	return 0;
}

/* ---- the guest ---------------------------------------------------------------- */

/* What it paints with: all ones, text, and where something of hostd's may be. */
static void paint(unsigned int pattern, uint8_t *bytes, size_t len)
{
	const void *address = &now;
	size_t i;

	memset(bytes, pattern ? 0x41 : 0xff, len);
	for (i = 0; pattern == 2 && i < len; i++)
		bytes[i] = ((const uint8_t *)&address)[i % sizeof(address)];
}
#define PATTERNS 3

static const uint32_t types[] = {
	CAPTURE,
	OUTPUT,
	CAPTURE_MPLANE,
	OUTPUT_MPLANE,
	V4L2_BUF_TYPE_VIDEO_OVERLAY,
	V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY,
	V4L2_BUF_TYPE_META_CAPTURE,
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/*
 * What the checks of counts let through, so that the rest is looked at.
 *
 * Return: bytes of the array that follows
 */
static size_t let_through(union payload_arg *arg, uint32_t type)
{
	switch (now->nested) {
	case IOCTL_NESTED_PLANES:
		arg->buffer.type = type;
		arg->buffer.index = 0;
		arg->buffer.memory = V4L2_MEMORY_MMAP;
		arg->buffer.flags &= ~(uint32_t)V4L2_BUF_FLAG_REQUEST_FD;
		if (!V4L2_TYPE_IS_MULTIPLANAR(type))
			return 0;
		arg->buffer.length = VIDEO_MAX_PLANES;
		return VIDEO_MAX_PLANES * sizeof(struct v4l2_plane);
	case IOCTL_NESTED_CONTROLS:
		arg->controls.count = 3;
		return 3 * sizeof(struct v4l2_ext_control);
	case IOCTL_NESTED_EDID:
		arg->edid.blocks = type == CAPTURE ? 0 : BLOCKS;
		return (size_t)arg->edid.blocks * 128;
	case IOCTL_NESTED_WINDOW:
		if (now->cmd == VIDIOC_CREATE_BUFS) {
			arg->create.format.type = type;
			arg->create.memory = V4L2_MEMORY_MMAP;
			return 0;
		}
		arg->format.type = type;
		if (payload_is_overlay(type))
			arg->format.fmt.win.clipcount = IOCTL_CLIPS_MAX;
		return 0;
	case IOCTL_NESTED_NONE:
		if (now->cmd == VIDIOC_REQBUFS) {
			arg->reqbufs.type = type;
			arg->reqbufs.memory = V4L2_MEMORY_MMAP;
		} else if (now->cmd == VIDIOC_OVERLAY) {
			arg->u32 = 0;
		}
		return 0;
	case IOCTL_NESTED_FBUF:
		return 0;
	}
	return 0;
}

static uint32_t send_ioctl(uint32_t session, unsigned int pattern,
			   uint32_t type)
{
	struct virtio_media_cmd_ioctl command = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.session_id = session,
		.code = _IOC_NR(now->cmd),
	};
	struct {
		struct vms_aux head;
		struct vms_extent extent;
		uint8_t bytes[FAKE_ARRAY_LEN];
	} aux = { .head = { .count = 1 } };
	struct virtio_media_sg_entry entry = { .start = HOSTS,
					       .len = FAKE_ARRAY_LEN };
	struct v4l2_ext_control *list;
	uint8_t section[3600];
	union payload_arg arg;
	size_t len = sizeof(command);
	size_t nested;

	memcpy(section, &command, len);
	if (!ioctl_reads(now))
		return raw_req(section, len, 65536);
	paint(pattern, arg.bytes, sizeof(arg));
	nested = let_through(&arg, type);
	memcpy(section + len, arg.bytes, ioctl_size(now));
	len += ioctl_size(now);
	paint(pattern, section + len, nested);
	if (now->nested != IOCTL_NESTED_CONTROLS)
		return raw_req(section, len + nested, 65536);
	/* One that has payload, one that has none, and one that is none. */
	list = calloc(3, sizeof(*list));
	assert_non_null(list);
	memcpy(list, section + len, nested);
	list[0].id = FAKE_CID_ARRAY;
	list[0].size = FAKE_ARRAY_LEN;
	list[1].id = FAKE_CID_SCALAR;
	list[1].size = 0;
	list[2].size = 0;
	memcpy(section + len, list, nested);
	free(list);
	memcpy(section + len + nested, &entry, sizeof(entry));
	aux.extent.addr = entry.start;
	aux.extent.len = entry.len;
	aux.extent.dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE;
	aux.extent.space = VMS_SPACE_GUEST;
	return raw_req_aux(section, len + nested + sizeof(entry), &aux,
			   sizeof(aux), 65536);
}

static bool has_word(const struct raw_frame *frame, uint64_t word, size_t len)
{
	size_t at;

	for (at = 0;
	     at + len <= frame->header.slen && at + len <= sizeof(frame->bytes);
	     at++)
		if (!memcmp(frame->bytes + at, &word, len))
			return true;
	return false;
}

/* The guest's own pointers come back, as virtio wants it; nobody else's does. */
static void check_frame(const struct raw_frame *frame, unsigned int pattern)
{
	const uint32_t fd = HOSTS_FD;
	unsigned int i;

	if (has_word(frame, HOSTS, sizeof(uint64_t)) ||
	    has_word(frame, fd, sizeof(fd)))
		fail_msg("%s tells the host's", now->name);
	for (i = 0; i < seen_count; i++)
		if (has_word(frame, (uintptr_t)seen[i], sizeof(void *)))
			fail_msg("%s tells hostd's, pattern %u", now->name,
				 pattern);
}

static void walk_one(uint32_t session, unsigned int pattern, uint32_t type)
{
	uint32_t tag;

	reached = false;
	wrong = NULL;
	seen_count = 0;
	tag = send_ioctl(session, pattern, type);
	raw_status(tag);
	if (wrong)
		fail_msg("%s, type %u, pattern %u: the device gets %s",
			 now->name, type, pattern, wrong);
	check_frame(raw_wait(tag), pattern);
	raw.count = 0;
}

/* Return: whether the device was asked at all */
static bool walk_row(uint32_t session)
{
	bool ever = false;
	unsigned int pattern;
	size_t i;

	fake_on(now->cmd, look);
	for (pattern = 0; pattern < PATTERNS; pattern++) {
		for (i = 0; i < TYPES; i++) {
			foreign = false;
			walk_one(session, pattern, types[i]);
			ever |= reached;
			foreign = true;
			walk_one(session, pattern, types[i]);
		}
	}
	fake_on(now->cmd, NULL);
	return ever;
}

/* Rule: B30, B31 */
static void the_whole_table_is_walked(void **state)
{
	unsigned int unasked = 0;
	uint32_t session;
	size_t i;

	(void)state;
	fake.unrecorded = true;
	for (i = 0; (now = ioctl_row(i)); i++) {
		if (now->where != IOCTL_HOST)
			continue;
		session = raw_open();
		if (!walk_row(session)) {
			print_message("%s never got to the device\n",
				      now->name);
			unasked++;
		}
		raw_wait(raw_close(session));
		raw.count = 0;
	}
	/* S_FBUF, which has an address that nobody may choose. */
	assert_int_equal(unasked, 1);
}

/* ---- what comes by itself ------------------------------------------------------- */

static int tell(void *arg)
{
	struct v4l2_buffer *buffer = arg;
	unsigned int i;

	buffer->memory = V4L2_MEMORY_USERPTR;
	buffer->request_fd = HOSTS_FD;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->m.userptr = HOSTS;
		return 0;
	}
	see(buffer->m.planes);
	for (i = 0; i < buffer->length; i++)
		buffer->m.planes[i].m.userptr = HOSTS;
	return 0;
}

static void queue_one(uint32_t session, uint32_t type)
{
	const struct v4l2_requestbuffers request = {
		.count = 1,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_buffer buffer;
		struct v4l2_plane planes[2];
	} command = {
		.cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
			 .session_id = session,
			 .code = _IOC_NR(VIDIOC_QBUF) },
		.buffer = { .type = type, .memory = V4L2_MEMORY_MMAP },
	};

	if (V4L2_TYPE_IS_MULTIPLANAR(type))
		command.buffer.length = 2;
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &request)), 0);
	assert_int_equal(raw_status(raw_req(&command, sizeof(command), 65536)),
			 0);
	raw_stream(session, type, true);
}

/* Rule: B31 */
static void finished_buffers_tell_no_address(void **state)
{
	static const uint32_t kinds[] = { CAPTURE, CAPTURE_MPLANE };
	const uint32_t used[VIDEO_MAX_PLANES] = { 10, 10 };
	uint32_t session;
	unsigned int i;
	size_t kind;

	(void)state;
	now = ioctl_lookup(VIDIOC_DQBUF);
	fake_on(VIDIOC_DQBUF, tell);
	for (kind = 0; kind < 2; kind++) {
		fake.plane_count = (unsigned int)kind + 1;
		fake.plane_len[1] = fake.plane_len[0];
		session = raw_open();
		queue_one(session, kinds[kind]);
		seen_count = 0;
		fake_finish_planes(kinds[kind], 0, used, 0);
		while (!raw_events())
			raw_run();
		assert_int_equal(seen_count, kind);
		for (i = 0; i < raw.count; i++)
			check_frame(&raw.frames[i], 0);
		raw_wait(raw_close(session));
		raw.count = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(the_whole_table_is_walked),
		RAW_TEST(finished_buffers_tell_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
