// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bodies of the frames that are not virtio's: HELLO, HELLO_ACK, GOAWAY, CLOCK,
 * OBJ, IO, IO_RESP.
 */
#include "common/wire.h"

#include <errno.h>
#include <string.h>

static bool limits_fit(uint32_t max_ctrl, uint32_t max_chunk,
		       uint32_t cmd_window)
{
	return max_ctrl >= VMS_MIN_CTRL && max_chunk >= VMS_MIN_CHUNK &&
	       cmd_window > 0;
}

void wire_put_hello(struct wire_writer *writer, const struct vms_hello *hello)
{
	wire_put_u16(writer, hello->version_min);
	wire_put_u16(writer, hello->version_max);
	wire_put_u32(writer, hello->role);
	wire_put_u64(writer, hello->features);
	wire_put_u32(writer, hello->max_ctrl);
	wire_put_u32(writer, hello->max_chunk);
	wire_put_u32(writer, hello->cmd_window);
	wire_put_u32(writer, hello->evt_credit);
	wire_put_u32(writer, hello->session_id);
	wire_put_u32(writer, hello->page_size);
	wire_put_u64(writer, hello->shmem_mark);
	wire_put_u64(writer, hello->shmem_len);
	wire_put_u64(writer, hello->clock_domain);
	wire_put_bytes(writer, hello->device, sizeof(hello->device));
}

int wire_get_hello(const void *bytes, size_t len, struct vms_hello *out)
{
	struct wire_reader reader;
	struct vms_hello hello;

	wire_reader_init(&reader, bytes, len);
	hello.version_min = wire_get_u16(&reader);
	hello.version_max = wire_get_u16(&reader);
	hello.role = wire_get_u32(&reader);
	hello.features = wire_get_u64(&reader);
	hello.max_ctrl = wire_get_u32(&reader);
	hello.max_chunk = wire_get_u32(&reader);
	hello.cmd_window = wire_get_u32(&reader);
	hello.evt_credit = wire_get_u32(&reader);
	hello.session_id = wire_get_u32(&reader);
	hello.page_size = wire_get_u32(&reader);
	hello.shmem_mark = wire_get_u64(&reader);
	hello.shmem_len = wire_get_u64(&reader);
	hello.clock_domain = wire_get_u64(&reader);
	wire_get_bytes(&reader, hello.device, sizeof(hello.device));

	if (reader.failed || reader.left > 0)
		return -EPROTO;
	if (hello.role != VMS_ROLE_CONTROL && hello.role != VMS_ROLE_LIST)
		return -EPROTO;
	if (hello.session_id != 0 || (!(hello.features & VMS_FEATURE_SHMEM) &&
				      (hello.shmem_mark || hello.shmem_len)))
		return -EPROTO;
	if (!limits_fit(hello.max_ctrl, hello.max_chunk, hello.cmd_window))
		return -EPROTO;
	if (!memchr(hello.device, '\0', sizeof(hello.device)))
		return -EPROTO;

	*out = hello;
	return 0;
}

void wire_put_hello_ack(struct wire_writer *writer,
			const struct vms_hello_ack *ack)
{
	wire_put_u16(writer, ack->version);
	wire_put_u16(writer, ack->reserved0);
	wire_put_u32(writer, ack->status);
	wire_put_u64(writer, ack->features);
	wire_put_u32(writer, ack->max_ctrl);
	wire_put_u32(writer, ack->max_chunk);
	wire_put_u32(writer, ack->cmd_window);
	wire_put_u32(writer, ack->evt_credit);
	wire_put_bytes(writer, ack->token, sizeof(ack->token));
	wire_put_u64(writer, ack->shm_len);
	wire_put_u32(writer, ack->page_size);
	wire_put_u32(writer, ack->generation);
	wire_put_u32(writer, ack->config.device_caps);
	wire_put_u32(writer, ack->config.device_type);
	wire_put_bytes(writer, ack->config.card, sizeof(ack->config.card));
	wire_put_bytes(writer, &ack->capability, sizeof(ack->capability));
	wire_put_u64(writer, ack->mono_ns);
	wire_put_u64(writer, ack->real_ns);
	wire_put_u64(writer, ack->clock_domain);
}

void wire_put_list_entry(struct wire_writer *writer,
			 const struct vms_list_entry *entry)
{
	wire_put_bytes(writer, entry->name, sizeof(entry->name));
	wire_put_bytes(writer, entry->kind, sizeof(entry->kind));
	wire_put_bytes(writer, entry->reserved, sizeof(entry->reserved));
}

int wire_listing_count(size_t len)
{
	size_t listing = len - sizeof(struct vms_hello_ack);
	size_t count = listing / sizeof(struct vms_list_entry);

	if (len < sizeof(struct vms_hello_ack) ||
	    listing % sizeof(struct vms_list_entry) != 0 ||
	    count > VMS_LIST_MAX)
		return -EPROTO;
	return (int)count;
}

static int get_listing(struct wire_reader *reader, int count,
		       struct vms_list_entry *entries)
{
	struct vms_list_entry entry;
	int i;

	for (i = 0; i < count; i++) {
		wire_get_bytes(reader, entry.name, sizeof(entry.name));
		wire_get_bytes(reader, entry.kind, sizeof(entry.kind));
		wire_get_bytes(reader, entry.reserved, sizeof(entry.reserved));
		if (!wire_is_zero(entry.reserved, sizeof(entry.reserved)))
			return -EPROTO;
		entry.name[sizeof(entry.name) - 1] = '\0';
		entry.kind[sizeof(entry.kind) - 1] = '\0';
		if (entries)
			entries[i] = entry;
	}
	return 0;
}

/*
 * Terminates @text, and takes out what only a host that means harm has put in:
 * v4l_id(8) prints a card for udev, which takes a line more for a property more.
 */
static void clean_text(void *text, size_t len)
{
	unsigned char *c = text;

	c[len - 1] = '\0';
	for (; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
}

int wire_get_hello_ack(const void *bytes, size_t len, struct vms_hello_ack *out,
		       struct vms_list_entry *entries, unsigned int *count)
{
	struct v4l2_capability *cap;
	struct vms_hello_ack ack;
	struct wire_reader reader;
	int listed;
	int ret;

	listed = wire_listing_count(len);
	if (listed < 0)
		return listed;

	wire_reader_init(&reader, bytes, len);
	ack.version = wire_get_u16(&reader);
	ack.reserved0 = wire_get_u16(&reader);
	ack.status = wire_get_u32(&reader);
	ack.features = wire_get_u64(&reader);
	ack.max_ctrl = wire_get_u32(&reader);
	ack.max_chunk = wire_get_u32(&reader);
	ack.cmd_window = wire_get_u32(&reader);
	ack.evt_credit = wire_get_u32(&reader);
	wire_get_bytes(&reader, ack.token, sizeof(ack.token));
	ack.shm_len = wire_get_u64(&reader);
	ack.page_size = wire_get_u32(&reader);
	ack.generation = wire_get_u32(&reader);
	ack.config.device_caps = wire_get_u32(&reader);
	ack.config.device_type = wire_get_u32(&reader);
	wire_get_bytes(&reader, ack.config.card, sizeof(ack.config.card));
	wire_get_bytes(&reader, &ack.capability, sizeof(ack.capability));
	ack.mono_ns = wire_get_u64(&reader);
	ack.real_ns = wire_get_u64(&reader);
	ack.clock_domain = wire_get_u64(&reader);

	if (ack.reserved0 != 0 || ack.status > VMS_ERRNO_MAX)
		return -EPROTO;
	if (ack.status == 0 &&
	    (!limits_fit(ack.max_ctrl, ack.max_chunk, ack.cmd_window) ||
	     !wire_is_zero(ack.token, sizeof(ack.token))))
		return -EPROTO;

	ret = get_listing(&reader, listed, entries);
	if (ret < 0)
		return ret;

	cap = &ack.capability;
	clean_text(ack.config.card, sizeof(ack.config.card));
	clean_text(cap->driver, sizeof(cap->driver));
	clean_text(cap->card, sizeof(cap->card));
	clean_text(cap->bus_info, sizeof(cap->bus_info));

	*out = ack;
	if (count)
		*count = listed;
	return 0;
}

void wire_put_goaway(struct wire_writer *writer,
		     const struct vms_goaway *goaway)
{
	wire_put_u32(writer, goaway->error);
	wire_put_u32(writer, goaway->reason);
}

int wire_get_goaway(const void *bytes, size_t len, struct vms_goaway *out)
{
	struct wire_reader reader;
	struct vms_goaway goaway;

	wire_reader_init(&reader, bytes, len);
	goaway.error = wire_get_u32(&reader);
	goaway.reason = wire_get_u32(&reader);

	if (reader.failed || reader.left > 0 || goaway.error > VMS_ERRNO_MAX)
		return -EPROTO;

	*out = goaway;
	return 0;
}

static const char *const goaway_texts[] = {
	[VMS_GOAWAY_SHUTDOWN] = "shutting down",
	[VMS_GOAWAY_PROTOCOL] = "protocol error",
	[VMS_GOAWAY_VERSION] = "no common version",
	[VMS_GOAWAY_NOT_ALLOWED] = "not allowed",
	[VMS_GOAWAY_PORT] = "source port not below 1024",
	[VMS_GOAWAY_LIMIT] = "too many connections",
	[VMS_GOAWAY_TIMEOUT] = "timed out",
	[VMS_GOAWAY_DEVICE] = "device is gone",
};
static_assert(sizeof(goaway_texts) / sizeof(goaway_texts[0]) ==
		      VMS_GOAWAY_COUNT,
	      "every reason has a text");

const char *wire_goaway_text(uint32_t reason)
{
	if (reason >= VMS_GOAWAY_COUNT)
		return "unknown reason";
	return goaway_texts[reason];
}

void wire_put_clock(struct wire_writer *writer, const struct vms_clock *clock)
{
	wire_put_u64(writer, clock->tx_ns);
	wire_put_u64(writer, clock->rx_ns);
	wire_put_u64(writer, clock->reply_ns);
}

int wire_get_clock(const void *bytes, size_t len, struct vms_clock *out)
{
	struct wire_reader reader;
	struct vms_clock clock;

	wire_reader_init(&reader, bytes, len);
	clock.tx_ns = wire_get_u64(&reader);
	clock.rx_ns = wire_get_u64(&reader);
	clock.reply_ns = wire_get_u64(&reader);

	if (reader.failed || reader.left > 0)
		return -EPROTO;

	*out = clock;
	return 0;
}

void wire_put_obj(struct wire_writer *writer, const struct vms_obj *obj)
{
	wire_put_zero(writer, sizeof(obj->uuid));
	wire_put_u64(writer, obj->addr);
	wire_put_u64(writer, obj->len);
	wire_put_u64(writer, obj->off);
	wire_put_u32(writer, obj->kind);
	wire_put_u32(writer, 0);
}

int wire_get_obj(const void *bytes, size_t len, struct vms_obj *out)
{
	struct wire_reader reader;
	struct vms_obj obj;

	wire_reader_init(&reader, bytes, len);
	wire_get_bytes(&reader, obj.uuid, sizeof(obj.uuid));
	obj.addr = wire_get_u64(&reader);
	obj.len = wire_get_u64(&reader);
	obj.off = wire_get_u64(&reader);
	obj.kind = wire_get_u32(&reader);
	obj.flags = wire_get_u32(&reader);

	if (reader.failed || reader.left > 0 || obj.flags ||
	    !wire_is_zero(obj.uuid, sizeof(obj.uuid)))
		return -EPROTO;
	if (obj.kind != VMS_OBJ_MEMFD && obj.kind != VMS_OBJ_DMABUF &&
	    obj.kind != VMS_OBJ_SHMEM)
		return -EPROTO;
	if (obj.kind != VMS_OBJ_SHMEM && obj.off)
		return -EPROTO;

	*out = obj;
	return 0;
}

void wire_put_io(struct wire_writer *writer, const struct vms_io *io)
{
	wire_put_u32(writer, io->session_id);
	wire_put_u32(writer, io->direction);
	wire_put_u32(writer, io->length);
	wire_put_u32(writer, 0);
}

int wire_get_io(const void *bytes, size_t len, struct vms_io *out,
		const void **written)
{
	struct wire_reader reader;
	struct vms_io io;
	const void *at = NULL;

	wire_reader_init(&reader, bytes, len);
	io.session_id = wire_get_u32(&reader);
	io.direction = wire_get_u32(&reader);
	io.length = wire_get_u32(&reader);
	io.reserved = wire_get_u32(&reader);

	if (reader.failed || io.reserved ||
	    io.direction >= VMS_IO_DIRECTION_COUNT)
		return -EPROTO;
	if (io.direction == VMS_IO_POLL)
		io.length &= VMS_IO_EVENTS;
	else if (io.length > VMS_MAX_IO)
		return -EPROTO;
	if (io.direction == VMS_IO_WRITE)
		at = wire_skip(&reader, io.length);
	if (reader.failed || reader.left > 0)
		return -EPROTO;

	*out = io;
	*written = at;
	return 0;
}

void wire_put_io_resp(struct wire_writer *writer,
		      const struct vms_io_resp *resp)
{
	wire_put_u32(writer, resp->status);
	wire_put_u32(writer, resp->count);
}

static bool io_count_fits(const struct vms_io *io,
			  const struct vms_io_resp *resp)
{
	if (resp->status)
		return resp->status <= VMS_ERRNO_MAX && !resp->count;
	if (io->direction == VMS_IO_POLL)
		return !(resp->count & ~VMS_IO_EVENTS);
	return resp->count <= io->length;
}

int wire_get_io_resp(const void *bytes, size_t len, const struct vms_io *io,
		     struct vms_io_resp *out, const void **read)
{
	struct wire_reader reader;
	struct vms_io_resp resp;
	const void *at = NULL;

	wire_reader_init(&reader, bytes, len);
	resp.status = wire_get_u32(&reader);
	resp.count = wire_get_u32(&reader);

	if (reader.failed || !io_count_fits(io, &resp))
		return -EPROTO;
	if (io->direction == VMS_IO_READ)
		at = wire_skip(&reader, resp.count);
	if (reader.failed || reader.left > 0)
		return -EPROTO;

	*out = resp;
	*read = at;
	return 0;
}
