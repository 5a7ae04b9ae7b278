// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a fuzzed device core says to its guest, and what must hold of it.
 */
#include "tests/fuzz_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memo_wire.h"
#include "common/protocol.h"

#define LENT_MAX     256
#define MAPPINGS_MAX 64

struct lent {
	const void *key;
	void (*done)(void *data);
	void *data;
};

static uint32_t tags; /* given out */
static uint32_t capacities[FUZZ_OUTPUT_COMMANDS];
static bool answered[FUZZ_OUTPUT_COMMANDS];
static bool is_io[FUZZ_OUTPUT_COMMANDS];
static struct lent lent[LENT_MAX];
static unsigned int lent_count;
static uint64_t mappings[MAPPINGS_MAX];
static unsigned int mapping_count;
static bool congested;

static void must(bool truth)
{
	if (!truth)
		abort();
}

void fuzz_output_reset(void)
{
	memset(answered, 0, sizeof(answered));
	memset(is_io, 0, sizeof(is_io));
	tags = 0;
	lent_count = 0;
	mapping_count = 0;
	congested = false;
}

uint32_t fuzz_output_ask(uint32_t capacity, bool io)
{
	if (tags == FUZZ_OUTPUT_COMMANDS)
		return 0;
	is_io[tags] = io;
	capacities[tags++] = capacity;
	return tags;
}

uint32_t fuzz_output_asked(void)
{
	return tags;
}

uint64_t fuzz_output_mapping(uint32_t number)
{
	return number < mapping_count ? mappings[number] : number * 4096ull;
}

static void out_respond(void *owner, uint32_t tag, const void *body, size_t len,
			size_t body_len)
{
	struct virtio_media_resp_mmap resp;

	(void)owner;
	must(tag && tag <= tags && !answered[tag - 1] && !is_io[tag - 1]);
	must(len <= sizeof(struct virtio_media_resp) ||
	     len <= capacities[tag - 1]);
	must(body_len == 0 || body_len >= len);
	answered[tag - 1] = true;
	if (len == sizeof(resp)) {
		memcpy(&resp, body, sizeof(resp));
		if (resp.status == 0 && mapping_count < MAPPINGS_MAX)
			mappings[mapping_count++] = resp.driver_addr;
	}
}

static void out_respond_io(void *owner, uint32_t tag, const void *body,
			   size_t len)
{
	const volatile uint8_t *at = body;

	(void)owner;
	must(tag && tag <= tags && !answered[tag - 1] && is_io[tag - 1]);
	must(len >= sizeof(struct vms_io_resp));
	must(len == sizeof(struct vms_io_resp) || len <= capacities[tag - 1]);
	(void)at[len - 1];
	answered[tag - 1] = true;
}

/* What guestd would take; an entry that it would not ends the connection. */
static void out_memo(void *owner, enum vms_type type, const void *body,
		     size_t len)
{
	struct vms_memo_inval inval;
	struct wire_reader reader;
	struct memo_entry entry;

	(void)owner;
	must(len && len <= VMS_MIN_CTRL);
	if (type == VMS_MEMO_INVAL) {
		must(memo_get_inval(body, len, &inval) == 0);
		return;
	}
	must(type == VMS_MEMO);
	wire_reader_init(&reader, body, len);
	while (reader.left)
		must(memo_get(&reader, &entry) == 0);
}

static void out_event(void *owner, const void *key, const void *event,
		      size_t len)
{
	(void)owner;
	(void)key;
	must(event);
	must(len == sizeof(struct virtio_media_event_error) ||
	     len == sizeof(struct virtio_media_event_dqbuf) ||
	     len == sizeof(struct virtio_media_event_event));
}

static void out_object(void *owner, const struct vms_obj *object, int fd)
{
	(void)owner;
	must(object->len && object->addr % VMS_PAGE_SIZE == 0);
	if (object->kind == VMS_OBJ_SHMEM) {
		must(fd < 0 && object->off && object->off % VMS_PAGE_SIZE == 0);
		return;
	}
	must(fd >= 0);
	close(fd);
}

static int out_data(void *owner, const void *key, const void *bytes, size_t len,
		    uint64_t addr, uint32_t generation,
		    void (*done)(void *data), void *data)
{
	const volatile uint8_t *at = bytes;

	(void)owner;
	(void)generation;
	must(len && addr % 8 == 0);
	(void)at[0];
	(void)at[len - 1];
	if (lent_count == LENT_MAX)
		return -ENOMEM;
	lent[lent_count++] = (struct lent){ key, done, data };
	return 0;
}

static void give_back(unsigned int index)
{
	struct lent given = lent[index];

	lent_count--;
	memmove(&lent[index], &lent[index + 1],
		(lent_count - index) * sizeof(lent[0]));
	given.done(given.data);
}

static void out_cancel(void *owner, const void *key)
{
	unsigned int i = 0;

	(void)owner;
	while (i < lent_count) {
		if (lent[i].key == key)
			give_back(i);
		else
			i++;
	}
}

static void out_forget(void *owner, const void *bytes, size_t len)
{
	(void)owner;
	must(bytes && len);
}

static bool out_congested(void *owner)
{
	(void)owner;
	return congested;
}

const struct client_ops fuzz_output_ops = {
	.respond = out_respond,
	.respond_io = out_respond_io,
	.memo = out_memo,
	.event = out_event,
	.object = out_object,
	.data = out_data,
	.cancel = out_cancel,
	.forget = out_forget,
	.congested = out_congested,
};

void fuzz_output_sent(unsigned int which)
{
	if (lent_count)
		give_back(which % lent_count);
}

void fuzz_output_congest(bool full)
{
	congested = full;
}

void fuzz_output_check_answers(void)
{
	uint32_t i;

	for (i = 0; i < tags; i++)
		must(answered[i]);
}

void fuzz_output_check_lent(void)
{
	must(lent_count == 0);
}
