// SPDX-License-Identifier: BSD-3-Clause
/*
 * The device core's output, written down.
 */
#include "tests/output_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

static struct output_rig_item *add(struct output_rig *rig,
				   enum output_rig_kind kind)
{
	struct output_rig_item *item;

	assert_true(rig->count < OUTPUT_RIG_MAX);
	item = &rig->items[rig->count++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	return item;
}

static void copy(struct output_rig_item *item, const void *bytes, size_t len)
{
	item->len = len;
	if (len > sizeof(item->bytes))
		len = sizeof(item->bytes);
	if (len)
		memcpy(item->bytes, bytes, len);
}

static void respond(void *owner, uint32_t tag, const void *body, size_t len,
		    size_t body_len)
{
	struct output_rig_item *item = add(owner, OUTPUT_RESP);

	assert_true(len <= body_len || body_len == 0);
	item->tag = tag;
	copy(item, body, len);
}

static void respond_io(void *owner, uint32_t tag, const void *body, size_t len)
{
	struct output_rig_item *item = add(owner, OUTPUT_IO_RESP);

	item->tag = tag;
	copy(item, body, len);
}

static void memo(void *owner, enum vms_type type, const void *body, size_t len)
{
	struct output_rig_item *item = add(owner, OUTPUT_MEMO);

	item->type = type;
	copy(item, body, len);
}

static void event(void *owner, const void *key, const void *bytes, size_t len)
{
	struct output_rig_item *item = add(owner, OUTPUT_EVENT);

	item->key = key;
	copy(item, bytes, len);
}

/* The fake devices export nothing. */
static void object(void *owner, const struct vms_obj *told, int fd)
{
	(void)owner;
	(void)told;
	close(fd);
	fail_msg("an object");
}

static int data(void *owner, const void *key, const void *bytes, size_t len,
		uint64_t addr, uint32_t generation, void (*done)(void *data),
		void *done_data)
{
	struct output_rig *rig = owner;
	struct output_rig_item *item;

	if (rig->data_result)
		return rig->data_result;
	item = add(rig, OUTPUT_DATA);
	item->key = key;
	item->lent = bytes;
	item->len = len;
	item->addr = addr;
	item->generation = generation;
	item->done = done;
	item->data = done_data;
	return 0;
}

void output_rig_sent(struct output_rig *rig, unsigned int index)
{
	struct output_rig_item *item = &rig->items[index];

	assert_true(index < rig->count);
	assert_non_null(item->done);
	item->done(item->data);
	item->done = NULL;
}

static void cancel(void *owner, const void *key)
{
	struct output_rig *rig = owner;
	unsigned int i;

	rig->cancelled = key;
	rig->cancels++;
	for (i = 0; i < rig->count; i++)
		if (rig->items[i].kind == OUTPUT_DATA &&
		    rig->items[i].key == key && rig->items[i].done)
			output_rig_sent(rig, i);
}

static void forget(void *owner, const void *bytes, size_t len)
{
	struct output_rig *rig = owner;

	(void)bytes;
	(void)len;
	rig->forgotten++;
}

static bool congested(void *owner)
{
	const struct output_rig *rig = owner;

	return rig->congested;
}

static const struct client_ops output_ops = {
	.respond = respond,
	.respond_io = respond_io,
	.memo = memo,
	.event = event,
	.object = object,
	.data = data,
	.cancel = cancel,
	.forget = forget,
	.congested = congested,
};

void output_rig_init(struct output_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->output.ops = &output_ops;
	rig->output.owner = rig;
}

unsigned int output_rig_count(const struct output_rig *rig,
			      enum output_rig_kind kind)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < rig->count; i++)
		count += rig->items[i].kind == kind;
	return count;
}
