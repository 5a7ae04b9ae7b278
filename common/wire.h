/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes to values and back, in memory.  Never sees a descriptor.
 *
 * A reader that runs out of bytes stays failed and yields zeroes, so a parser
 * reads everything it wants and asks once whether all of it was there.
 *
 * What is called for each field is inline: a message has dozens of them.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/protocol.h"

/**
 * struct wire_reader - Bytes that are being taken apart
 * @at:		Next byte
 * @left:	Bytes from @at on
 * @failed:	More was asked for than there was
 */
struct wire_reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static inline void wire_reader_init(struct wire_reader *reader,
				    const void *bytes, size_t len)
{
	reader->at = (const uint8_t *)bytes;
	reader->left = len;
	reader->failed = false;
}

/**
 * wire_skip() - Pass over @len bytes
 *
 * Return: where they are, or NULL
 */
static inline const void *wire_skip(struct wire_reader *reader, size_t len)
{
	const uint8_t *at = reader->at;

	if (reader->failed || len > reader->left) {
		reader->failed = true;
		return NULL;
	}
	if (len > 0)
		reader->at += len;
	reader->left -= len;
	return at;
}

/**
 * wire_get_bytes() - Copy @len bytes out; zeroes if there are not as many
 */
static inline void wire_get_bytes(struct wire_reader *reader, void *dst,
				  size_t len)
{
	const void *src = wire_skip(reader, len);

	if (len == 0)
		return;
	if (src)
		memcpy(dst, src, len);
	else
		memset(dst, 0, len);
}

static inline uint8_t wire_get_u8(struct wire_reader *reader)
{
	uint8_t got;

	wire_get_bytes(reader, &got, sizeof(got));
	return got;
}

static inline uint16_t wire_get_u16(struct wire_reader *reader)
{
	uint16_t got;

	wire_get_bytes(reader, &got, sizeof(got));
	return le16toh(got);
}

static inline uint32_t wire_get_u32(struct wire_reader *reader)
{
	uint32_t got;

	wire_get_bytes(reader, &got, sizeof(got));
	return le32toh(got);
}

static inline uint64_t wire_get_u64(struct wire_reader *reader)
{
	uint64_t got;

	wire_get_bytes(reader, &got, sizeof(got));
	return le64toh(got);
}

/**
 * struct wire_writer - Bytes that are being put together
 * @start:	Buffer, owned by the caller
 * @len:	Bytes written
 * @size:	Bytes there is room for
 * @failed:	Something did not fit; nothing was written beyond @size
 */
struct wire_writer {
	uint8_t *start;
	size_t len;
	size_t size;
	bool failed;
};

static inline void wire_writer_init(struct wire_writer *writer, void *bytes,
				    size_t size)
{
	writer->start = (uint8_t *)bytes;
	writer->len = 0;
	writer->size = size;
	writer->failed = false;
}

/**
 * wire_extend() - Make room for @len bytes more
 *
 * Return: where they go; NULL if there is no room, or nothing goes there
 */
static inline uint8_t *wire_extend(struct wire_writer *writer, size_t len)
{
	uint8_t *at;

	if (writer->failed || len > writer->size - writer->len) {
		writer->failed = true;
		return NULL;
	}
	if (len == 0)
		return NULL;
	at = writer->start + writer->len;
	writer->len += len;
	return at;
}

static inline void wire_put_bytes(struct wire_writer *writer, const void *src,
				  size_t len)
{
	uint8_t *at = wire_extend(writer, len);

	if (at)
		memcpy(at, src, len);
}

/**
 * wire_put_zero() - Write @len zero bytes
 */
static inline void wire_put_zero(struct wire_writer *writer, size_t len)
{
	uint8_t *at = wire_extend(writer, len);

	if (at)
		memset(at, 0, len);
}

static inline void wire_put_u8(struct wire_writer *writer, uint8_t value)
{
	wire_put_bytes(writer, &value, sizeof(value));
}

static inline void wire_put_u16(struct wire_writer *writer, uint16_t value)
{
	value = htole16(value);
	wire_put_bytes(writer, &value, sizeof(value));
}

static inline void wire_put_u32(struct wire_writer *writer, uint32_t value)
{
	value = htole32(value);
	wire_put_bytes(writer, &value, sizeof(value));
}

static inline void wire_put_u64(struct wire_writer *writer, uint64_t value)
{
	value = htole64(value);
	wire_put_bytes(writer, &value, sizeof(value));
}

/** wire_is_zero() - Are all of @len bytes 0? */
bool wire_is_zero(const uint8_t *bytes, size_t len);

/** wire_pad() - @len rounded up to the 8 bytes frames are padded to */
static inline size_t wire_pad(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

/**
 * wire_put_header() - A frame header; magic is filled in
 */
void wire_put_header(struct wire_writer *writer,
		     const struct vms_header *header);

/**
 * wire_get_header() - Take a frame header apart and check it by itself
 * @max_ctrl:	Largest body of a frame that is not DATA
 * @max_chunk:	Largest section of a DATA frame
 *
 * Checks the magic, the type's flags, that the fields it does not use are zero,
 * and that slen and len are within their limits and go together.  What each
 * type may have is in the table type_rules of wire.c, and in the section Types of
 * usermedia-protocol(7); reserved types are unknown ones.  An unknown type must
 * have VMS_FLAG_IGNORABLE and no other flag; of its other fields only len is
 * looked at.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_header(const void *bytes, uint32_t max_ctrl, uint32_t max_chunk,
		    struct vms_header *out);

void wire_put_hello(struct wire_writer *writer, const struct vms_hello *hello);

/**
 * wire_get_hello() - Take a HELLO apart
 *
 * Checks what version 1 reserves (session_id, role bulk, and without
 * VMS_FEATURE_SHMEM what belongs to it) for zero, that the limits are not below
 * VMS_MIN_*, that cmd_window is not 0, that the name is terminated.  Versions are for
 * the caller to agree on.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_hello(const void *bytes, size_t len, struct vms_hello *out);

void wire_put_hello_ack(struct wire_writer *writer,
			const struct vms_hello_ack *ack);

/**
 * wire_put_list_entry() - One device of the listing, behind the HELLO_ACK
 */
void wire_put_list_entry(struct wire_writer *writer,
			 const struct vms_list_entry *entry);

/**
 * wire_listing_count() - Devices listed behind a HELLO_ACK
 * @len:	Bytes of the section
 *
 * Return: how many, at most VMS_LIST_MAX, or -EPROTO if no HELLO_ACK is as long
 */
int wire_listing_count(size_t len);

/**
 * wire_get_hello_ack() - Take a HELLO_ACK apart
 * @entries:	Gets the listing, at most VMS_LIST_MAX; may be NULL
 * @count:	Gets its length; may be NULL
 *
 * The strings of the capability, the config and the listing come out
 * terminated, whatever was sent, and those of the capability and the config with a
 * question mark for each control character.  With status 0 the limits and the token are
 * checked like those of a HELLO.  Status is at most VMS_ERRNO_MAX, and what is
 * reserved is zero.  On failure @entries is undefined.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_hello_ack(const void *bytes, size_t len, struct vms_hello_ack *out,
		       struct vms_list_entry *entries, unsigned int *count);

void wire_put_goaway(struct wire_writer *writer,
		     const struct vms_goaway *goaway);

/**
 * wire_get_goaway() - Take a GOAWAY apart
 *
 * The errno is at most VMS_ERRNO_MAX; the reason is any number.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_goaway(const void *bytes, size_t len, struct vms_goaway *out);

/**
 * wire_goaway_text() - What a GOAWAY reason means, for a person
 */
const char *wire_goaway_text(uint32_t reason);

void wire_put_clock(struct wire_writer *writer, const struct vms_clock *clock);

/**
 * wire_get_clock() - Take a CLOCK apart
 *
 * Return: 0, or -EPROTO if it is not as long as one
 */
int wire_get_clock(const void *bytes, size_t len, struct vms_clock *out);

void wire_put_obj(struct wire_writer *writer, const struct vms_obj *obj);

/**
 * wire_get_obj() - Take an OBJ apart
 *
 * The kind is one that there is, what is reserved is zero.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_obj(const void *bytes, size_t len, struct vms_obj *out);

/** wire_put_io() - The head of an IO; what is written follows */
void wire_put_io(struct wire_writer *writer, const struct vms_io *io);

/**
 * wire_get_io() - Take an IO apart
 * @written:	WRITE: gets where its @out->length bytes are; else NULL
 *
 * The direction is one that there is, the length within VMS_MAX_IO, of a POLL
 * cut to VMS_IO_EVENTS; nothing follows but what is written, and all of that.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_io(const void *bytes, size_t len, struct vms_io *out,
		const void **written);

/** wire_put_io_resp() - The head of an IO_RESP; what was read follows */
void wire_put_io_resp(struct wire_writer *writer,
		      const struct vms_io_resp *resp);

/**
 * wire_get_io_resp() - Take the answer to an IO apart
 * @io:		The question
 * @read:	READ: gets where the @out->count bytes are; else NULL
 *
 * There is no more than was asked for: fewer bytes or as many, events of
 * VMS_IO_EVENTS only; with an errno, which is at most VMS_ERRNO_MAX, nothing.
 *
 * Return: 0, or -EPROTO
 */
int wire_get_io_resp(const void *bytes, size_t len, const struct vms_io *io,
		     struct vms_io_resp *out, const void **read);

/**
 * wire_type_name() - "REQ", "DATA", ...; "?" if there is none
 */
const char *wire_type_name(unsigned int type);

#endif
