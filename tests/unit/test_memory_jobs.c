// SPDX-License-Identifier: BSD-3-Clause
/*
 * The loop's end of the memory helper, against a helper that says and does not
 * say what the test wants.
 */
#include "guestd/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/rights.h"
#include "guestd/helper_wire.h"
#include "tests/fds.h"
#include "tests/memcheck.h"
#include "tests/memory_rig.h"

#define BIG 100000

static struct loop *loop;
static struct memory *memory;
static int sock; /* the helper's end */
static unsigned int lost, fds;

static const struct memory_caller caller = { .tid = 1, .uid = 2, .cmd = 3 };

static void on_lost(void *data)
{
	assert_ptr_equal(data, &lost);
	lost++;
}

static int setup(void **state)
{
	int ends[2];

	(void)state;
	fds = fds_count();
	lost = 0;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	sock = ends[1];
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(memory_create(loop, ends[0], on_lost, &lost, &memory),
			 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memory_destroy(memory);
	loop_destroy(loop);
	close(sock);
	assert_int_equal(fds_count(), fds);
	return 0;
}

static void run(void)
{
	while (loop_run_once(loop, 0) > 0)
		;
}

static struct helper_request take(void)
{
	struct helper_request request;

	assert_int_equal(recv(sock, &request, sizeof(request), 0),
			 sizeof(request));
	return request;
}

static void say(const void *bytes, size_t len)
{
	assert_int_equal(send(sock, bytes, len, MSG_NOSIGNAL), len);
}

static void answer(uint32_t id, int32_t value, uint64_t len)
{
	struct helper_result result = { .id = id, .result = value, .len = len };

	say(&result, sizeof(result));
}

/* Return: its id */
static uint32_t ask(struct memory_rig_job *job)
{
	*job = memory_rig_job();
	memory_signals(memory, &job->job, &caller);
	return take().id;
}

static void jobs_end_in_any_order(void **state)
{
	struct memory_rig_job jobs[3];
	uint32_t ids[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		ids[i] = ask(&jobs[i]);
	answer(ids[1], 11, 0);
	answer(ids[0], 10, 0);
	answer(ids[0], 99, 0); /* of one that was withdrawn, for all we know */
	answer(ids[2], 12, 0);
	run();
	for (i = 0; i < 3; i++) {
		assert_int_equal(jobs[i].ended, 1);
		assert_int_equal(jobs[i].result, 10 + i);
	}
}

static void a_result_may_come_byte_by_byte(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	uint8_t bytes[] = "abcdefgh", got[8] = { 0 };
	struct payload_extent extents[] = { { .bytes = got, .len = 3 },
					    { .len = 0 },
					    { .bytes = got + 3, .len = 5 } };
	struct helper_result result = { .len = sizeof(got) };
	size_t i;

	(void)state;
	memory_read(memory, &job.job, &caller, extents, 3);
	result.id = take().id;
	for (i = 0; i < sizeof(result); i++) {
		say((uint8_t *)&result + i, 1);
		run();
	}
	for (i = 0; i < sizeof(got); i++) {
		assert_int_equal(job.ended, 0);
		say(bytes + i, 1);
		run();
	}
	assert_int_equal(job.ended, 1);
	assert_int_equal(job.result, 0);
	assert_memory_equal(got, bytes, sizeof(got));
}

static void bytes_of_a_withdrawn_job_go_nowhere(void **state)
{
	struct memory_rig_job job = memory_rig_job(), other;
	uint8_t *bytes = malloc(BIG), *got = malloc(BIG);
	struct payload_extent extent = { .bytes = got, .len = BIG };
	struct helper_request request;
	uint32_t other_id;

	(void)state;
	assert_true(bytes && got);
	memset(bytes, 'x', BIG);
	memory_read(memory, &job.job, &caller, &extent, 1);
	request = take();
	assert_int_equal(recv(sock, got, BIG, 0), sizeof(struct helper_extent));
	other_id = ask(&other);

	answer(request.id, 0, BIG);
	say(bytes, BIG / 2);
	run();
	assert_int_equal(got[BIG / 2 - 1], 'x');

	memory_withdraw(&job.job);
	free(got);
	request = take();
	assert_int_equal(request.type, HELPER_WITHDRAW);
	say(bytes, BIG / 2);
	answer(other_id, 4, 0);
	run();
	assert_int_equal(job.ended, 0);
	assert_int_equal(other.ended, 1);
	assert_int_equal(other.result, 4);
	free(bytes);
}

static void hush(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static void a_helper_that_lies_is_lost(void **state)
{
	struct memory_rig_job job, other;
	uint32_t id;

	(void)state;
	log_set_sink(hush);
	id = ask(&job);
	ask(&other);

	answer(id, 0, 8);
	run();
	assert_int_equal(lost, 1);
	assert_int_equal(job.ended, 0);
	assert_int_equal(other.ended, 0);
	memory_withdraw(&job.job);
	memory_withdraw(&other.job);
	log_set_sink(NULL);
}

/* What a job's end may do to others */
static struct memory_rig_job victim;
static unsigned int asked_again;

/* Of whom the helper is not even asked */
static const struct memory_caller nobody = { .tid = 0 };

static void on_done_ask_again(struct memory_job *job, int result)
{
	assert_int_equal(result, -EFAULT);
	memory_withdraw(&victim.job);
	if (asked_again++ < 3)
		memory_signals(memory, job, &nobody);
}

static void jobs_may_ask_and_withdraw_while_others_end(void **state)
{
	struct memory_job again = { .done = on_done_ask_again };

	(void)state;
	asked_again = 0;
	victim = memory_rig_job();
	memory_signals(memory, &victim.job, &nobody);
	memory_signals(memory, &again, &nobody);
	run();
	assert_int_equal(asked_again, 4);
	assert_int_equal(victim.ended, 0);
	assert_false(memory_pending(&again));
}

static void take_all(void *bytes, size_t len)
{
	uint8_t *at = bytes;

	while (len) {
		ssize_t got = recv(sock, at, len, 0);

		if (got < 0) {
			assert_int_equal(errno, EAGAIN);
			assert_true(loop_run_once(loop, 1000) >= 0);
			continue;
		}
		assert_true(got > 0);
		at += got;
		len -= (size_t)got;
	}
}

static int take_fd(enum helper_type type)
{
	struct helper_request request;
	int fd;

	run();
	assert_int_equal(
		rights_receive(sock, &request, sizeof(request), &fd, 0),
		sizeof(request));
	assert_int_equal(request.type, type);
	assert_true(fd >= 0);
	return fd;
}

static void what_the_socket_does_not_take_waits(void **state)
{
	static struct memory_rig_job jobs[20]; /* until teardown() */
	uint8_t *bytes = malloc(BIG), *got = malloc(BIG);
	struct payload_extent extent = { .bytes = bytes, .len = BIG };
	struct helper_extent wire;
	struct stat st;
	int fd, i;

	(void)state;
	assert_true(bytes && got);
	for (i = 0; i < 20; i++) {
		jobs[i] = memory_rig_job();
		memset(bytes, i, BIG);
		memory_write(memory, &jobs[i].job, &caller, &extent, 1);
	}
	fd = memfd_create("plane", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 12345), 0);
	assert_int_not_equal(memory_region_add(memory, fd, 12345, NULL), 0);
	close(fd);
	memory_file_closed(memory, 77);

	for (i = 0; i < 20; i++) {
		struct helper_request request;

		take_all(&request, sizeof(request));
		assert_int_equal(request.type, HELPER_WRITE);
		assert_int_equal(request.len, BIG);
		take_all(&wire, sizeof(wire));
		take_all(got, BIG);
		memset(bytes, i, BIG);
		assert_memory_equal(got, bytes, BIG);
	}
	fd = take_fd(HELPER_REGION_ADD);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 12345);
	close(fd);
	assert_int_equal(take().file, 77);
	free(bytes);
	free(got);
}

/* Of our user too many are on their way: who asked gets an error, and others not. */
static void a_descriptor_that_cannot_be_sent_is_no_end(void **state)
{
	static struct memory_rig_job job; /* until teardown() */
	struct helper_request request;
	struct payload_extent extents[20];
	struct helper_extent wire;
	struct fds_flood flood;
	uint8_t *bytes, *got;
	int i;

	(void)state;
	if (memcheck())
		skip();
	bytes = calloc(20, BIG);
	got = malloc(BIG);
	assert_true(bytes && got);
	fds_flood(&flood);
	assert_int_equal(memory_region_add(memory, sock, 1, NULL), 0);
	memory_file_closed(memory, 76);
	assert_int_equal(take().file, 76);

	/* Behind what the socket does not take it was promised already. */
	job = memory_rig_job();
	for (i = 0; i < 20; i++)
		extents[i] = (struct payload_extent){ .bytes = bytes + i * BIG,
						      .len = BIG };
	memory_write(memory, &job.job, &caller, extents, 20);
	assert_int_not_equal(memory_region_add(memory, sock, 2, NULL), 0);
	take_all(&request, sizeof(request));
	for (i = 0; i < 20; i++)
		take_all(&wire, sizeof(wire));
	for (i = 0; i < 20; i++)
		take_all(got, BIG);
	take_all(&request, sizeof(request));
	assert_int_equal(request.type, HELPER_REGION_ADD);
	assert_int_equal(request.len, 2);
	fds_flood_end(&flood);
	memory_file_closed(memory, 77);
	assert_int_equal(take().file, 77);
	assert_int_equal(lost, 0);
	free(bytes);
	free(got);
}

static void marks_that_cannot_be_sent_are_no_end(void **state)
{
	static const uint8_t token[SHIM_TOKEN_LEN] = "a token";
	struct fds_flood flood;

	(void)state;
	if (memcheck())
		skip();
	fds_flood(&flood);
	memory_attach(memory, 5, token, true, false);
	assert_int_equal(take().type, HELPER_ATTACH);
	fds_flood_end(&flood);
	assert_int_equal(lost, 0);

	memory_attach(memory, 6, token, true, false);
	close(take_fd(HELPER_MARKS));
	assert_int_equal(take().type, HELPER_ATTACH);
}

static void ids_of_jobs_under_way_are_not_used_again(void **state)
{
	static struct memory_rig_job kept; /* until teardown() */
	struct memory_rig_job job;
	uint32_t kept_id, id, i;

	(void)state;
	kept_id = ask(&kept);
	for (i = 0; i < 100; i++) {
		id = ask(&job);
		assert_true(id != 0 && id != kept_id);
		memory_withdraw(&job.job);
		assert_int_equal(take().id, id);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_end_in_any_order),
		TEST(a_result_may_come_byte_by_byte),
		TEST(bytes_of_a_withdrawn_job_go_nowhere),
		TEST(a_helper_that_lies_is_lost),
		TEST(jobs_may_ask_and_withdraw_while_others_end),
		TEST(what_the_socket_does_not_take_waits),
		TEST(a_descriptor_that_cannot_be_sent_is_no_end),
		TEST(marks_that_cannot_be_sent_are_no_end),
		TEST(ids_of_jobs_under_way_are_not_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
