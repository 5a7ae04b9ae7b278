// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a channel receives, over a real socketpair: DATA, which goes straight to
 * where the owner says; and both directions at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/stats.h"
#include "tests/channel_rig.h"

#define GUARD 64

static void data_goes_where_the_owner_says(void **state)
{
	static const size_t sizes[] = { 1, 8, 1001, 5000, CHUNK };
	uint8_t *memory = malloc(GUARD + CHUNK + GUARD);
	uint8_t guard[GUARD];
	struct channel_rig *rig = *state;
	struct loan loan;
	size_t i;

	memset(guard, 0xee, GUARD);
	for (i = 0; i < 5; i++) {
		loan_make(&loan, rig, sizes[i]);
		memset(memory, 0xee, GUARD + CHUNK + GUARD);
		rig->memory = memory + GUARD;
		peer_data(rig, loan.bytes, loan.len);
		peer_cancel(rig, 5);
		rig_run(rig);

		assert_int_equal(rig->data_ended, i + 1);
		assert_int_equal(rig->frame_count, i + 1);
		assert_memory_equal(memory, guard, GUARD);
		assert_memory_equal(memory + GUARD, loan.bytes, loan.len);
		assert_memory_equal(memory + GUARD + loan.len, guard, GUARD);
		free(loan.bytes);
	}
	free(memory);
}

static void data_may_come_byte_by_byte(void **state)
{
	uint8_t memory[1001 + GUARD];
	uint8_t bytes[HEADER + 1008];
	uint8_t guard[GUARD];
	struct channel_rig *rig = *state;
	struct loan loan;
	size_t len, i;

	memset(memory, 0xee, sizeof(memory));
	memset(guard, 0xee, GUARD);
	loan_make(&loan, rig, 1001);
	len = rig_make_frame(
		bytes, sizeof(bytes),
		&(struct vms_header){ .type = VMS_DATA, .slen = 1001 },
		loan.bytes);
	rig->memory = memory;

	for (i = 0; i < len; i++) {
		assert_int_equal(rig->data_ended, 0);
		peer_write(rig, bytes + i, 1);
		rig_run(rig);
		/* Not later than its byte. */
		if (i >= HEADER && i < HEADER + 1001)
			assert_int_equal(memory[i - HEADER], bytes[i]);
	}
	assert_int_equal(rig->data_ended, 1);
	assert_memory_equal(memory, loan.bytes, 1001);
	assert_memory_equal(memory + 1001, guard, GUARD);
	free(loan.bytes);
}

static void data_and_the_frame_behind_it_cost_few_reads(void **state)
{
	uint8_t *memory = malloc(CHUNK);
	struct channel_rig *rig = *state;
	uint64_t before;
	struct loan loan;

	loan_make(&loan, rig, CHUNK);
	rig->memory = memory;
	before = stats_get(STATS_SYSCALLS_IN);
	peer_data(rig, loan.bytes, CHUNK);
	peer_cancel(rig, 1);
	rig_run(rig);

	assert_int_equal(rig->data_ended, 1);
	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(stats_get(STATS_SYSCALLS_IN) - before, 2);
	free(loan.bytes);
	free(memory);
}

static void data_without_memory_is_skipped(void **state)
{
	uint64_t before = stats_get(STATS_DATA_DISCARDED);
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, CHUNK - 3);
	peer_data(rig, loan.bytes, loan.len);
	peer_cancel(rig, 7);
	rig_run(rig);

	assert_int_equal(rig->data_begun, 1);
	assert_int_equal(rig->data_ended, 0);
	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->frames[0].header.tag, 7);
	assert_int_equal(stats_get(STATS_DATA_DISCARDED) - before, loan.len);
	free(loan.bytes);
}

static void forgotten_memory_is_not_written(void **state)
{
	uint8_t bytes[HEADER + 2000];
	uint8_t *memory = malloc(2000);
	struct channel_rig *rig = *state;

	rig_make_frame(bytes, sizeof(bytes),
		       &(struct vms_header){ .type = VMS_DATA, .slen = 2000 },
		       NULL);
	rig->memory = memory;
	peer_write(rig, bytes, HEADER + 500);
	rig_run(rig);
	assert_int_equal(rig->data_begun, 1);

	channel_forget_data(rig->channel, memory + 1999, 1);
	free(memory); /* AddressSanitizer watches */
	peer_write(rig, bytes + HEADER + 500, 1500);
	peer_cancel(rig, 1);
	rig_run(rig);

	assert_int_equal(rig->data_ended, 0);
	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void memory_that_only_lacks_its_padding_can_be_forgotten(void **state)
{
	uint8_t bytes[HEADER + 8] = { 0 };
	uint8_t memory[7];
	struct channel_rig *rig = *state;

	rig_make_frame(bytes, sizeof(bytes),
		       &(struct vms_header){ .type = VMS_DATA, .slen = 7 },
		       NULL);
	rig->memory = memory;
	peer_write(rig, bytes, HEADER + 7);
	rig_run(rig);
	channel_forget_data(rig->channel, memory, 7);
	peer_write(rig, bytes + HEADER + 7, 1);
	rig_run(rig);

	assert_int_equal(rig->data_ended, 0);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void forgetting_other_memory_changes_nothing(void **state)
{
	uint8_t bytes[HEADER + 80];
	uint8_t memory[240] = { 0 };
	struct channel_rig *rig = *state;

	memset(bytes, 1, sizeof(bytes));
	rig_make_frame(bytes, sizeof(bytes),
		       &(struct vms_header){ .type = VMS_DATA, .slen = 80 },
		       NULL);
	rig->memory = memory + 80;
	peer_write(rig, bytes, HEADER + 40);
	rig_run(rig);
	channel_forget_data(rig->channel, memory, 80);
	channel_forget_data(rig->channel, memory + 160, 80);
	peer_write(rig, bytes + HEADER + 40, 40);
	rig_run(rig);

	assert_int_equal(rig->data_ended, 1);
}

/* ---- both busy ------------------------------------------------------- */

#define FLOOD     (20u << 20)
#define FLOOD_RUN (600u << 10)

struct flooder {
	struct channel *channel;
	uint8_t *bytes;
	uint8_t *memory;
	size_t lent;
	size_t received;
	unsigned int frames;
};

static void flood(void *data)
{
	struct flooder *flooder = data;

	if (flooder->lent >= FLOOD)
		return;
	flooder->lent += FLOOD_RUN;
	channel_send(flooder->channel,
		     &(struct vms_header){ .type = VMS_CANCEL, .tag = 1 }, NULL,
		     0);
	assert_int_equal(channel_send_data(flooder->channel, flooder,
					   flooder->bytes, FLOOD_RUN, 0, 1,
					   flood, flooder),
			 0);
	channel_send_behind(
		flooder->channel, flooder,
		&(struct vms_header){ .type = VMS_CANCEL, .tag = 2 }, NULL, 0);
}

static int flooder_frame(void *owner, const struct channel_frame *frame)
{
	struct flooder *flooder = owner;

	/* A frame behind its bulk finds all of it here. */
	flooder->frames++;
	if (frame->header.tag == 2)
		assert_int_equal(flooder->received % FLOOD_RUN, 0);
	return 0;
}

static void *flooder_data_begin(void *owner, const struct vms_header *header)
{
	struct flooder *flooder = owner;

	return flooder->memory + header->off;
}

static int flooder_data_end(void *owner, const struct vms_header *header)
{
	struct flooder *flooder = owner;

	flooder->received += header->slen;
	if (header->flags & VMS_FLAG_LAST) {
		assert_memory_equal(flooder->memory, flooder->bytes, FLOOD_RUN);
		memset(flooder->memory, 0, FLOOD_RUN);
	}
	return 0;
}

static void flooder_closed(void *owner, int error)
{
	(void)owner;
	fail_msg("closed: %d", error);
}

static const struct channel_ops flooder_ops = {
	.frame = flooder_frame,
	.data_begin = flooder_data_begin,
	.data_end = flooder_data_end,
	.closed = flooder_closed,
};

static void both_ends_can_flood_each_other(void **state)
{
	struct flooder flooders[2] = { 0 };
	struct channel_rig *rig = *state;
	int i, j;

	for (i = 0; i < 2; i++) {
		flooders[i].bytes = malloc(FLOOD_RUN);
		flooders[i].memory = malloc(FLOOD_RUN);
		for (j = 0; j < (int)FLOOD_RUN; j++)
			flooders[i].bytes[j] = (uint8_t)(j ^ j >> 8);
		assert_int_equal(channel_create(rig->loop,
						i ? rig->peer : rig->fd, 0,
						&flooder_ops, &flooders[i],
						&flooders[i].channel),
				 0);
	}
	flood(&flooders[0]);
	flood(&flooders[1]);
	rig_run(rig);

	for (i = 0; i < 2; i++) {
		assert_true(flooders[i].received >= FLOOD);
		assert_int_equal(flooders[i].received, flooders[i].lent);
		assert_int_equal(flooders[i].frames,
				 2 * (flooders[i].lent / FLOOD_RUN));
		assert_int_equal(channel_queued(flooders[i].channel), 0);
	}
	for (i = 0; i < 2; i++) {
		channel_destroy(flooders[i].channel);
		free(flooders[i].bytes);
		free(flooders[i].memory);
	}
	rig->peer = -1;
}

#define BARE(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup_bare, rig_teardown)
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(data_goes_where_the_owner_says),
		TEST(data_may_come_byte_by_byte),
		TEST(data_and_the_frame_behind_it_cost_few_reads),
		TEST(data_without_memory_is_skipped),
		TEST(forgotten_memory_is_not_written),
		TEST(memory_that_only_lacks_its_padding_can_be_forgotten),
		TEST(forgetting_other_memory_changes_nothing),
		BARE(both_ends_can_flood_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
