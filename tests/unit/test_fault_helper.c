// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory, descriptors or threads run out in the memory helper, at any moment of what
 * it does for guestd and for shims.
 *
 * Who asks is answered with an error, nothing is left of it, and the helper does the
 * next thing as ever.
 */
#include "guestd/helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault.h"
#include "tests/fds.h"
#include "tests/helper_rig.h"
#include "tests/memory_scene.h"
#include "tests/sealed.h"
#include "tests/shim_client.h"

#define PATIENCE_MS 10000
#define REGION      9

/**
 * struct work - What the helper does
 * @run:	Has it done, and looks at what comes of it
 * @threads:	Those that do it, as they are named in ps(1)
 * @least:	Faults that there are in each, or the library is not the one in which
 *		calls fail
 * @stays:	Allocations that are there after the first time, and no more
 * @forever:	Kinds without which it is answered, even if there is never more
 */
struct work {
	void (*run)(void);
	const char *threads[2];
	unsigned int least[2];
	int stays;
	unsigned int forever;
};

static pid_t helper;
static const struct work *work;
static unsigned int fault_number;
static unsigned int fds; /* of the helper; 0: who knows */

/* It lets go of what it had for who was answered, but after that. */
static void expect_as_before(void)
{
	int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (fds_count_of(helper) == fds && fault_kept() == work->stays)
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	fail_msg("fault %u, %s: %u descriptors of %u, %d allocations of %d",
		 fault_number, fault_name(), fds_count_of(helper), fds,
		 fault_kept(), work->stays);
}

/* @at, @count: as for fault_arm().  Return: whether anything has failed */
static bool fails(unsigned int kinds, unsigned int at, unsigned int count)
{
	unsigned int hits;

	fault_number = at;
	fault_arm(kinds, at, count);
	work->run();
	hits = fault_disarm();
	expect_as_before();
	fault_arm(0, 1, 0);
	work->run();
	expect_as_before();
	return hits;
}

static void each_call_fails(pid_t process, const struct work *what)
{
	unsigned int at, i;

	helper = process;
	work = what;
	fault_spare(true);
	fds = fds_count_of(helper);
	fault_watch(helper);
	work->run();
	expect_as_before();
	for (i = 0; i < 2 && work->threads[i]; i++) {
		fault_only(work->threads[i]);
		for (at = 1; fails(FAULT_ALL, at, 1); at++)
			;
		print_message("%s: %u faults\n", work->threads[i], at - 1);
		assert_true(at > work->least[i]);
		for (at = 1; work->forever && fails(work->forever, at, 0); at++)
			;
	}
}

static int teardown(int (*rig)(void **state), void **state)
{
	fault_disarm();
	fault_only(NULL);
	fault_spare(false);
	return rig(state);
}

static int rig_teardown(void **state)
{
	return teardown(helper_rig_teardown, state);
}

static int scene_teardown(void **state)
{
	return teardown(memory_scene_teardown, state);
}

/* ---- shims ---------------------------------------------------------------- */

static void run_map(void)
{
	int ret;

	helper_rig_attach(HELPER_RIG_STRANGER, true);
	helper_rig_add(REGION, HELPER_RIG_STRANGER, HELPER_RIG_CAPTURE, 0, 0);
	helper_rig_sync();
	ret = helper_rig_map(HELPER_RIG_STRANGER, 0, HELPER_RIG_PAGE);
	if (ret == -EPIPE || (ret && !fault_hits()))
		fail_msg("fault %u, %s: map: %s", fault_number, fault_name(),
			 strerror(-ret));
	helper_rig_tell((struct helper_request){ .type = HELPER_FILE_CLOSED,
						 .file = HELPER_RIG_STRANGER },
			-1);
	helper_rig_tell((struct helper_request){ .type = HELPER_REGION_REMOVE,
						 .region = REGION },
			-1);
	helper_rig_sync();
}

static void a_shim_is_answered(void **state)
{
	static const struct work map = {
		.run = run_map,
		.threads = { "guestd-memory", "guestd-shim" },
		.least = { 4, 2 },
	};

	(void)state;
	each_call_fails(helper_rig_pid(), &map);
}

/* Nobody else comes meanwhile: it is hung up on nevertheless. */
static void run_sender(void)
{
	struct pollfd end = { .events = POLLIN };
	int sock = shim_client_connect(helper_rig_path());
	int ends[2];
	char byte;

	assert_true(sock >= 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	shim_client_send(sock, "x", 1, ends[1]);
	close(ends[1]);
	end.fd = ends[0];
	if (poll(&end, 1, PATIENCE_MS) != 1)
		fail_msg("fault %u, %s: it is not hung up on", fault_number,
			 fault_name());
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	close(sock);
}

static void who_sends_descriptors_is_hung_up_on(void **state)
{
	static const struct work sender = {
		.run = run_sender,
		.threads = { "guestd-shim" },
		.least = { 3 },
		.stays = 1, /* hangup's list */
	};

	(void)state;
	each_call_fails(helper_rig_pid(), &sender);
}

/* Before there is a process that somebody waits for. */
static void the_first_sender_is_hung_up_on(void **state)
{
	(void)state;
	fault_spare(true);
	fault_only("guestd-shim");
	fault_number = 1;
	fault_arm(FAULT_MEMORY, 1, 1);
	run_sender();
	assert_int_equal(fault_disarm(), 1);
}

/* ---- jobs ------------------------------------------------------------------ */

static void expect(int result, const char *job)
{
	if (result >= 0 ||
	    (fault_hits() && (result == -EFAULT || result == -ENOMEM)))
		return;
	fail_msg("fault %u, %s: %s: %s", fault_number, fault_name(), job,
		 strerror(-result));
}

#define LEN 4096

static void run_read(void)
{
	uint8_t bytes[LEN];
	int ret = memory_rig_read(&memory_scene.rig, &memory_scene.caller,
				  memory_scene.app.plain, bytes, LEN);

	expect(ret, "read");
	assert_true(ret < 0 || memory_scene_is_pattern(bytes, 0, LEN));
}

static void run_copy(void)
{
	struct memory_rig *rig = &memory_scene.rig;
	struct memory_rig_job job = memory_rig_job();
	struct memory_identity owner;
	int memfd = sealed_memfd(LEN, F_SEAL_SHRINK);
	uint64_t region = memory_region_add(rig->memory, memfd, LEN, NULL);
	uint64_t addr = (uintptr_t)memory_scene.app.plain;
	uint8_t *bytes = sealed_map(memfd, LEN);
	int ret;

	memory_copy_in(rig->memory, &job.job, &memory_scene.caller, region, 0,
		       addr, LEN);
	ret = memory_rig_wait(rig, &job);
	owner = job.job.identity;
	expect(ret, "copy in");
	assert_true(ret < 0 || memory_scene_is_pattern(bytes, 0, LEN));
	if (ret == 0) {
		job = memory_rig_job();
		memory_copy_out(rig->memory, &job.job, &memory_scene.caller,
				&owner, region, 0, addr, LEN);
		expect(memory_rig_wait(rig, &job), "copy out");
	}
	memory_region_remove(rig->memory, region);
	sealed_unmap(bytes, LEN, memfd);
}

static void run_import(void)
{
	struct memory_rig *rig = &memory_scene.rig;
	struct memory_rig_job job = memory_rig_job();
	int ret;

	memory_import(rig->memory, &job.job, &memory_scene.caller, APP_SEALED);
	ret = memory_rig_wait(rig, &job);
	expect(ret, "import");
	if (ret == 0)
		close(job.job.object.fd);
}

/* Who cannot be looked at may have a signal: then it is asked again. */
static void run_looks(void)
{
	struct memory_rig *rig = &memory_scene.rig;
	struct memory_rig_job job = memory_rig_job();
	int ret;

	memory_nonblock(rig->memory, &job.job, &memory_scene.caller);
	expect(memory_rig_wait(rig, &job), "nonblock");
	job = memory_rig_job();
	memory_signals(rig->memory, &job.job, &memory_scene.caller);
	ret = memory_rig_wait(rig, &job);
	assert_true(ret == 0 || (fault_hits() && ret == -EMFILE));
}

static void run_jobs(void)
{
	struct memory_rig *rig = &memory_scene.rig;

	run_read();
	run_copy();
	run_import();
	run_looks();
	memory_file_closed(rig->memory, MEMORY_SCENE_FILE);
	assert_int_equal(rig->lost, 0);
}

static void a_job_is_answered(void **state)
{
	static const struct work jobs = {
		.run = run_jobs,
		.threads = { "guestd-memory", "guestd-copy" },
		.least = { 10, 10 },
		.forever = FAULT_ALL,
	};

	(void)state;
	memory_scene_start(APP_IOCTL);
	each_call_fails(memory_scene.rig.helper, &jobs);
}

#define RIG_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, helper_rig_setup, rig_teardown)
#define SCENE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, memory_scene_setup,              \
					scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_shim_is_answered),
		RIG_TEST(who_sends_descriptors_is_hung_up_on),
		RIG_TEST(the_first_sender_is_hung_up_on),
		SCENE_TEST(a_job_is_answered),
	};

	return cmocka_run_group_tests_name("fault_helper", tests,
					   helper_rig_make, helper_rig_unmake);
}
