// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as a frame: the header, then the body as what the header says it
 * is.  What is accepted must come out of the writer as it went in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/memo_wire.h"
#include "common/wire.h"

#define ACK_MAX                                                                \
	(sizeof(struct vms_hello_ack) +                                        \
	 VMS_LIST_MAX * sizeof(struct vms_list_entry))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void must_write(const struct wire_writer *writer, const uint8_t *data,
		       size_t size)
{
	must(!writer->failed && writer->len == size);
	must(memcmp(writer->start, data, size) == 0);
}

static void fuzz_hello(const uint8_t *body, size_t len)
{
	struct wire_writer writer;
	struct vms_hello hello;
	uint8_t bytes[sizeof(hello)];

	if (wire_get_hello(body, len, &hello) < 0)
		return;
	must(strlen(hello.device) < VMS_NAME_LEN);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello(&writer, &hello);
	must_write(&writer, body, len);
}

/* Terminating text may change it, but only once. */
static void fuzz_hello_ack(const uint8_t *body, size_t len)
{
	static struct vms_list_entry entries[VMS_LIST_MAX], again[VMS_LIST_MAX];
	static uint8_t bytes[ACK_MAX];
	struct vms_hello_ack ack, other;
	struct wire_writer writer;
	unsigned int i, count, recount;

	if (wire_get_hello_ack(body, len, &ack, entries, &count) < 0)
		return;
	must(wire_get_hello_ack(body, len, &other, NULL, NULL) == 0);
	must(memcmp(&ack, &other, sizeof(ack)) == 0);

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello_ack(&writer, &ack);
	for (i = 0; i < count; i++)
		wire_put_list_entry(&writer, &entries[i]);
	must(!writer.failed && writer.len == len);

	must(wire_get_hello_ack(bytes, len, &other, again, &recount) == 0);
	must(memcmp(&ack, &other, sizeof(ack)) == 0);
	must(recount == count);
	must(memcmp(entries, again, count * sizeof(entries[0])) == 0);
}

static void fuzz_goaway(const uint8_t *body, size_t len)
{
	struct wire_writer writer;
	struct vms_goaway goaway;
	uint8_t bytes[sizeof(goaway)];

	if (wire_get_goaway(body, len, &goaway) < 0)
		return;
	must(strlen(wire_goaway_text(goaway.reason)) > 0);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_goaway(&writer, &goaway);
	must_write(&writer, body, len);
}

static void fuzz_clock(const uint8_t *body, size_t len)
{
	struct wire_writer writer;
	struct vms_clock clock;
	uint8_t bytes[sizeof(clock)];

	if (wire_get_clock(body, len, &clock) < 0)
		return;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_clock(&writer, &clock);
	must_write(&writer, body, len);
}

/* Entries are taken one by one, and each comes out as it went in. */
static void fuzz_memo(const uint8_t *body, size_t len)
{
	uint8_t bytes[MEMO_ENTRY_MAX];
	struct wire_reader reader;
	struct wire_writer writer;
	struct memo_entry entry;
	const uint8_t *at;

	wire_reader_init(&reader, body, len);
	while (reader.left) {
		at = reader.at;
		if (memo_get(&reader, &entry) < 0)
			return;
		must(memo_lasts(entry.value[0] | entry.value[1] << 8));
		wire_writer_init(&writer, bytes, sizeof(bytes));
		memo_put(&writer, &entry);
		must_write(&writer, at, (size_t)(reader.at - at));
	}
}

static void fuzz_memo_inval(const uint8_t *body, size_t len)
{
	uint8_t bytes[sizeof(struct vms_memo_inval)];
	struct vms_memo_inval inval;
	struct wire_writer writer;

	if (memo_get_inval(body, len, &inval) < 0)
		return;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	memo_put_inval(&writer, &inval);
	must_write(&writer, body, len);
}

static void fuzz_io(const uint8_t *body, size_t len)
{
	static uint8_t bytes[sizeof(struct vms_io) + VMS_MAX_IO];
	struct wire_writer writer;
	const void *written;
	struct vms_io io;

	if (wire_get_io(body, len, &io, &written) < 0)
		return;
	must(!written == (io.direction != VMS_IO_WRITE));
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_io(&writer, &io);
	if (written)
		wire_put_bytes(&writer, written, io.length);
	/* Events that there are not are cut off. */
	if (io.direction == VMS_IO_POLL)
		must(!writer.failed && writer.len == len &&
		     !(io.length & ~VMS_IO_EVENTS));
	else
		must_write(&writer, body, len);
}

/* As the answer to questions of each kind, whose length the answer says. */
static void fuzz_io_resp(const uint8_t *body, size_t len)
{
	static uint8_t bytes[sizeof(struct vms_io_resp) + VMS_MAX_IO];
	struct vms_io io = { .length = (uint32_t)len / 2 };
	struct wire_writer writer;
	struct vms_io_resp resp;
	const void *read;

	for (; io.direction < VMS_IO_DIRECTION_COUNT; io.direction++) {
		if (len > sizeof(bytes) ||
		    wire_get_io_resp(body, len, &io, &resp, &read) < 0)
			continue;
		must(io.direction == VMS_IO_POLL || resp.count <= io.length);
		wire_writer_init(&writer, bytes, sizeof(bytes));
		wire_put_io_resp(&writer, &resp);
		if (read)
			wire_put_bytes(&writer, read, resp.count);
		must_write(&writer, body, len);
	}
}

static void fuzz_header(const uint8_t *data, const uint8_t *body, size_t len)
{
	uint8_t bytes[sizeof(struct vms_header)];
	struct wire_writer writer;
	struct vms_header header;

	if (wire_get_header(data, VMS_MAX_CTRL, VMS_MAX_CHUNK, &header) < 0)
		return;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	must_write(&writer, data, sizeof(bytes));

	must(strlen(wire_type_name(header.type)) > 0);
	must(header.slen <= header.len && header.len % 8 == 0);
	must(header.len <= VMS_MAX_CTRL);
	if (header.len > len)
		return;

	switch (header.type) {
	case VMS_HELLO:
		must(header.slen == sizeof(struct vms_hello));
		fuzz_hello(body, header.slen);
		break;
	case VMS_HELLO_ACK:
		must(header.slen <= ACK_MAX);
		fuzz_hello_ack(body, header.slen);
		break;
	case VMS_CLOCK:
		fuzz_clock(body, header.slen);
		break;
	case VMS_GOAWAY:
		fuzz_goaway(body, header.slen);
		break;
	case VMS_MEMO:
		fuzz_memo(body, header.slen);
		break;
	case VMS_MEMO_INVAL:
		fuzz_memo_inval(body, header.slen);
		break;
	case VMS_IO:
		must(header.slen >= sizeof(struct vms_io));
		fuzz_io(body, header.slen);
		break;
	case VMS_IO_RESP:
		must(header.slen >= sizeof(struct vms_io_resp));
		fuzz_io_resp(body, header.slen);
		break;
	default:
		break;
	}
}

/* The bytes say which calls to make on a reader of themselves. */
static void fuzz_reader(const uint8_t *data, size_t size)
{
	struct wire_reader reader;
	struct wire_writer writer;
	uint8_t out[64], copy[16];
	const void *at;
	size_t i;

	wire_reader_init(&reader, data, size);
	wire_writer_init(&writer, out, sizeof(out));
	for (i = 0; i < size && i < 64; i++) {
		size_t left = reader.left;
		size_t len = data[i] >> 4;

		switch (data[i] % 7) {
		case 0:
			wire_put_u8(&writer, wire_get_u8(&reader));
			break;
		case 1:
			wire_put_u16(&writer, wire_get_u16(&reader));
			break;
		case 2:
			wire_put_u32(&writer, wire_get_u32(&reader));
			break;
		case 3:
			wire_put_u64(&writer, wire_get_u64(&reader));
			break;
		case 4:
			wire_get_bytes(&reader, copy, len);
			wire_put_bytes(&writer, copy, len);
			break;
		case 5:
			at = wire_skip(&reader, len);
			must(reader.failed || at);
			break;
		default:
			wire_put_zero(&writer, len);
			break;
		}
		must(reader.left <= left && writer.len <= sizeof(out));
		must(reader.at == data + (size - reader.left));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t skip = sizeof(struct vms_header);

	fuzz_reader(data, size);
	if (size < skip)
		return 0;
	fuzz_header(data, data + skip, size - skip);

	/* The parsers do not rely on a header. */
	fuzz_hello(data + skip, size - skip);
	fuzz_hello_ack(data + skip, size - skip);
	fuzz_goaway(data + skip, size - skip);
	fuzz_clock(data + skip, size - skip);
	fuzz_io(data + skip, size - skip);
	fuzz_io_resp(data + skip, size - skip);
	return 0;
}
