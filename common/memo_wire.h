/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers that are given before somebody asks: what they are about, and how they
 * travel.
 *
 * A key is the command as it would be sent, but of no session, and with zeroes
 * behind what a device looks at: programs count an index up in the structure that
 * they have just been given back.
 */
#ifndef COMMON_MEMO_WIRE_H
#define COMMON_MEMO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/payload.h"
#include "common/wire.h"

/* Of the longest argument that is remembered, see memo_key(). */
#define MEMO_KEY_MAX                                                           \
	(sizeof(struct virtio_media_cmd_ioctl) +                               \
	 sizeof(struct v4l2_query_ext_ctrl))
#define MEMO_VALUE_MAX                                                         \
	(sizeof(struct virtio_media_resp) + sizeof(struct v4l2_query_ext_ctrl))

/* An entry, with its padding. */
#define MEMO_ENTRY_MAX                                                         \
	(sizeof(struct vms_memo) + ((MEMO_KEY_MAX + 7) & ~(size_t)7) +         \
	 ((MEMO_VALUE_MAX + 7) & ~(size_t)7))
static_assert(MEMO_ENTRY_MAX <= VMS_MIN_CTRL, "one fits into any frame");

/**
 * struct memo_entry - One answer
 * @class:	enum vms_memo_class
 * @key, @value: Where they are; not owned
 */
struct memo_entry {
	uint32_t class;
	uint32_t epoch;
	const uint8_t *key;
	size_t key_len;
	const uint8_t *value;
	size_t value_len;
};

/**
 * memo_class_index() - The number of a class, from 0
 * @class:	enum vms_memo_class; anything else is below VMS_MEMO_CLASSES, too
 */
unsigned int memo_class_index(uint32_t class);

#define MEMO_HASH 14695981039346656037u /* to begin with; anything will do */

/**
 * memo_hash() - FNV-1a, by words; zeroes count behind the last bytes
 * @hash:	MEMO_HASH, or of what was before
 *
 * What a product has in its upper half gets into the lower one, too.
 */
uint64_t memo_hash(uint64_t hash, const void *bytes, size_t len);

/**
 * memo_key() - What a request is remembered by
 * @key:	MEMO_KEY_MAX bytes
 *
 * Return: bytes written; 0 if its answer may not be remembered
 */
size_t memo_key(const struct payload *payload, uint8_t *key);

/**
 * memo_lasts() - May an answer of this status be remembered?
 * @status:	0 or a positive errno
 *
 * What is not there, and the end of a list.  All other errors are of the moment.
 */
bool memo_lasts(uint32_t status);

/** memo_put() - One entry, padded */
void memo_put(struct wire_writer *writer, const struct memo_entry *entry);

/**
 * memo_get() - Take the next entry of a MEMO apart
 *
 * It is complete: a key as memo_key() makes them, of an ioctl of its class, and a
 * value that lasts and is as long as that ioctl's.
 *
 * Return: 0, or -EPROTO
 */
int memo_get(struct wire_reader *reader, struct memo_entry *out);

/**
 * memo_event_changes() - Does it say that answers of VMS_MEMO_CONTROLS are others now?
 *
 * A control's value is none of them.
 */
bool memo_event_changes(const struct v4l2_event *event);

/** memo_put_inval() - The section of a MEMO_INVAL */
void memo_put_inval(struct wire_writer *writer,
		    const struct vms_memo_inval *inval);

/**
 * memo_get_inval() - Take a MEMO_INVAL apart
 *
 * There is a class, and none that is unknown; what is reserved is zero.
 *
 * Return: 0, or -EPROTO
 */
int memo_get_inval(const void *bytes, size_t len, struct vms_memo_inval *out);

#endif
