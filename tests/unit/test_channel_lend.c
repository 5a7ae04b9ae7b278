// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is lent to a channel, over a real socketpair: when it comes back, and how
 * much waits.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "tests/channel_rig.h"

static struct channel *lender;

static void cancelling_finishes_the_chunk_from_a_copy(void **state)
{
	static const char key, other;
	struct channel_rig *rig = *state;
	struct loan loan, copy, kept;

	loan_begin(&loan, rig, &key, 3 * CHUNK);
	loan_make(&copy, rig, 3 * CHUNK);
	loan_make(&kept, rig, CHUNK);
	loan_send(&kept, &other, 8);
	rig_send_behind(rig, &key, 1);
	rig_send_behind(rig, &other, 2);

	channel_cancel(rig->channel, &key);
	assert_int_equal(loan.done, 1);
	assert_int_equal(kept.done, 0);
	memset(loan.bytes, 0xff, loan.len);
	loan_free(&loan);

	peer_expects_chunk(rig, &copy, 0, 0);
	peer_expects_chunk(rig, &kept, 0, 8);
	peer_expects_cancel(rig, 2);
	peer_expects_nothing(rig);
	assert_int_equal(channel_queued(rig->channel), 0);
	free(copy.bytes);
	loan_free(&kept);
}

static void what_has_not_begun_is_not_sent_when_cancelled(void **state)
{
	static const char key, other;
	struct channel_rig *rig = *state;
	struct loan first, second;

	loan_begin(&first, rig, &other, CHUNK);
	loan_make(&second, rig, CHUNK);
	loan_send(&second, &key, 0);
	channel_cancel(rig->channel, &key);
	loan_free(&second);

	peer_expects_chunk(rig, &first, 0, 0);
	peer_expects_nothing(rig);
	loan_free(&first);
}

static void cancel_its_own_key(struct loan *loan)
{
	channel_cancel(loan->rig->channel, loan->rig);
}

static void a_loan_may_cancel_its_key_when_it_is_done(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loans[3];
	int i;

	loan_begin(&loans[0], rig, rig, CHUNK);
	for (i = 1; i < 3; i++) {
		loan_make(&loans[i], rig, 10);
		loan_send(&loans[i], rig, 0);
	}
	for (i = 0; i < 3; i++)
		loans[i].then = cancel_its_own_key;
	peer_expects_chunk(rig, &loans[0], 0, 0);
	rig_run(rig);
	for (i = 0; i < 3; i++)
		loan_free(&loans[i]);
}

static void lend_again(struct loan *loan)
{
	if (loan->done < 1000)
		loan_send(loan, loan->rig, 0);
}

static void a_loan_may_be_lent_again_when_it_is_done(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;
	int i;

	loan_make(&loan, rig, 5000);
	loan.then = lend_again;
	loan_send(&loan, rig, 0);
	for (i = 0; i < 1000; i++)
		peer_expects_chunk(rig, &loan, 0, 0);
	rig_run(rig);
	assert_int_equal(loan.done, 1000);
	free(loan.bytes);
}

static void lend_to_a_fast_peer(struct loan *loan)
{
	static uint8_t bytes[2 * CHUNK];

	/* Once too often would be for ever. */
	assert_true(loan->done < 100);
	assert_true(recv(loan->rig->peer, bytes, sizeof(bytes), 0) > 0);
	loan_send(loan, loan->rig, 0);
}

static void a_lender_that_never_stops_does_not_keep_the_loop(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, CHUNK);
	loan.then = lend_to_a_fast_peer;
	loan_send(&loan, rig, 0);
	assert_in_range(loan.done, 1, (1 << 20) / CHUNK + 1);

	loan.then = NULL;
	loan.done = 0;
	rig_destroy(rig);
	loan_free(&loan);
}

static void destroying_returns_what_is_lent(void **state)
{
	static const char key;
	struct channel_rig *rig = *state;
	struct loan loans[3];
	int i;

	loan_begin(&loans[0], rig, &key, 2 * CHUNK);
	for (i = 1; i < 3; i++) {
		loan_make(&loans[i], rig, CHUNK);
		loan_send(&loans[i], rig, 0);
	}
	rig_send_cancel(rig, 1);
	rig_send_behind(rig, rig, 1);
	rig_destroy(rig);
	for (i = 0; i < 3; i++)
		loan_free(&loans[i]);
	rig_run(rig);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void try_to_lend_again(struct loan *loan)
{
	/* The fixture has forgotten it already. */
	assert_int_equal(channel_send_data(lender, loan, loan->bytes, loan->len,
					   0, 3, loan_done, loan),
			 -ESHUTDOWN);
	channel_cancel(lender, loan);
}

static void nothing_can_be_lent_to_what_is_being_destroyed(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, 2 * CHUNK);
	loan.then = try_to_lend_again;
	lender = rig->channel;
	rig_destroy(rig);
	loan_free(&loan);
}

/* ---- how much waits -------------------------------------------------- */

static void drained_comes_once_when_little_waits(void **state)
{
	struct channel_rig *rig = *state;
	struct vms_header header;
	uint8_t body[CHUNK];
	struct loan loan;

	loan_make(&loan, rig, 2 * CHANNEL_HIGH);
	loan_send(&loan, rig, 0);
	rig_run(rig);
	assert_true(channel_queued(rig->channel) >= CHANNEL_HIGH);

	while (channel_queued(rig->channel) >= CHANNEL_LOW) {
		assert_int_equal(rig->drained, 0);
		peer_next(rig, &header, body);
	}
	rig_run(rig);
	assert_int_equal(rig->drained, 1);
	while (!loan.done)
		peer_next(rig, &header, body);
	rig_run(rig);
	assert_int_equal(rig->drained, 1);
	loan_free(&loan);
}

static void drained_does_not_come_unless_much_waited(void **state)
{
	struct channel_rig *rig = *state;
	struct vms_header header;
	uint8_t body[CHUNK];
	struct loan loan;

	loan_make(&loan, rig, CHANNEL_HIGH - CHUNK);
	loan_send(&loan, rig, 0);
	while (!loan.done)
		peer_next(rig, &header, body);
	rig_run(rig);
	assert_int_equal(rig->drained, 0);
	loan_free(&loan);
}

static void cancelling_drains_too(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, 2 * CHANNEL_HIGH);
	loan_send(&loan, rig, 0);
	rig->inside = true;
	channel_cancel(rig->channel, rig);
	rig->inside = false;
	assert_int_equal(rig->drained, 0);
	rig_run(rig);
	assert_int_equal(rig->drained, 1);
	loan_free(&loan);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cancelling_finishes_the_chunk_from_a_copy),
		TEST(what_has_not_begun_is_not_sent_when_cancelled),
		TEST(a_loan_may_cancel_its_key_when_it_is_done),
		TEST(a_loan_may_be_lent_again_when_it_is_done),
		TEST(a_lender_that_never_stops_does_not_keep_the_loop),
		TEST(destroying_returns_what_is_lent),
		TEST(nothing_can_be_lent_to_what_is_being_destroyed),
		TEST(drained_comes_once_when_little_waits),
		TEST(drained_does_not_come_unless_much_waited),
		TEST(cancelling_drains_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
