// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory, descriptors or processes run out in the listener or in a process of a
 * connection, at any moment from accept(2) on.
 *
 * Who comes is told so, or its connection ends; nothing is left of it, and the next
 * one is served, or refused, as ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "common/wire.h"
#include "tests/fault.h"
#include "tests/fds.h"
#include "tests/listener_rig.h"

#define NODE "cam=/dev/null" /* which is no camera, but can be opened */

/**
 * struct visit - Who comes, and where something fails meanwhile
 * @name:	Of the test
 * @process:	As it is named in ps(1); "": the listener
 * @device:	What is asked for
 * @opens:	It has sessions
 * @stranger:	No rule lets it in
 * @least:	Faults that there are, or the library is not the one where calls fail
 * @forever:	Kinds without which there is an answer, even if there is never more
 */
struct visit {
	const char *name;
	const char *process;
	const char *device;
	bool opens;
	bool stranger;
	unsigned int least;
	unsigned int forever;
};

static const struct visit visits[] = {
	{ "served", "", "pattern", true, false, 6, FAULT_MEMORY },
	{ "refused", "", "pattern", false, true, 4, FAULT_MEMORY },
	{ "in_the_guest_process", "hostd-guest", "pattern", true, false, 20,
	  FAULT_ALL },
	{ "in_the_opener", "hostd-opener", "cam", false, false, 1, FAULT_ALL },
	{ "in_the_refuser", "hostd-refuser", "pattern", false, true, 1,
	  FAULT_ALL },
};
#define VISITS (sizeof(visits) / sizeof(visits[0]))

static struct guest_peer *const peer = &listener_rig.peers[0];
static unsigned int fault_number;
static unsigned int fds; /* of the listener; 0: who knows */

/* ---- one visit -------------------------------------------------------------- */

static bool is_scarce(uint32_t error)
{
	return fault_hits() && (error == ENOMEM || error == EMFILE ||
				error == EAGAIN || error == ENOSPC);
}

static void expect_goaway(const struct visit *visit,
			  const struct vms_header *header,
			  const uint8_t *section)
{
	struct vms_goaway goaway;

	assert_int_equal(header->type, VMS_GOAWAY);
	assert_int_equal(wire_get_goaway(section, header->slen, &goaway), 0);
	if (visit->stranger) {
		assert_int_equal(goaway.error, EACCES);
		assert_int_equal(goaway.reason, VMS_GOAWAY_NOT_ALLOWED);
	} else if (!is_scarce(goaway.error)) {
		fail_msg("fault %u, %s: GOAWAY %u, %s", fault_number,
			 fault_name(), goaway.reason, strerror(goaway.error));
	}
}

/* Nothing is asked any more if there is no answer. */
static void visit_device(const struct visit *visit)
{
	const uint8_t *section;
	struct vms_header header;
	bool answered;

	listener_rig_dial_device(peer, visit->device);
	answered = listener_rig_next(peer, &header, &section);
	if (answered && header.type == VMS_HELLO_ACK && !visit->stranger) {
		if (visit->opens && guest_peer_open(peer, 1))
			answered = listener_rig_next(peer, &header, &section);
	} else if (answered) {
		expect_goaway(visit, &header, section);
	}
	if (!answered && !fault_hits())
		fail_msg("fault %u, %s: no answer, now that nothing fails",
			 fault_number, fault_name());
	guest_peer_finish(peer);
}

/* ---- what must be as before -------------------------------------------------- */

static void expect_no_bug(void)
{
	static const char *const bugs[] = { "Sanitizer", "runtime error",
					    "by signal", "by seccomp" };
	size_t i;

	for (i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++)
		if (listener_rig_log_count(bugs[i])) {
			listener_rig_logged("and what else");
			fail_msg("fault %u, %s", fault_number, fault_name());
		}
}

/* Of the listener, but for the socket to its refuser, when there is no connection */
static unsigned int descriptors(void)
{
	unsigned int count, refusers;
	pid_t pids[CHILDREN_MAX];

	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
	count = fds_count_of(listener_rig.daemon_pid);
	refusers = (unsigned int)listener_rig_children("hostd-refuser", pids);
	return count ? count - refusers : 0;
}

static void expect_as_before(void)
{
	int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		if (!fault_kept() && descriptors() == fds)
			break;
		listener_rig_pause_ms(1);
	}
	if (i == PATIENCE_MS)
		fail_msg("fault %u, %s: %u descriptors of %u, %d allocations",
			 fault_number, fault_name(), descriptors(), fds,
			 fault_kept());
	expect_no_bug();
}

/* One that ends takes along who is to be refused next, without a word. */
static void end_refuser(void)
{
	pid_t pids[CHILDREN_MAX];

	if (listener_rig_children("hostd-refuser", pids))
		kill(pids[0], SIGKILL);
	listener_rig_wait_for_children("hostd-refuser", 0, pids);
}

/* ---- faults -------------------------------------------------------------------- */

/* @at, @count: as for fault_arm().  Return: whether anything has failed */
static bool fails(const struct visit *visit, unsigned int kinds,
		  unsigned int at, unsigned int count)
{
	unsigned int hits;

	end_refuser();
	fault_number = at;
	fault_arm(kinds, at, count);
	visit_device(visit);
	hits = fault_disarm();
	expect_as_before();
	end_refuser();
	fault_arm(0, 1, 0);
	visit_device(visit);
	expect_as_before();
	return hits;
}

static void somebody_comes(void **state)
{
	const struct visit *visit = *state;
	char why[OPTIONS_WHY_LEN];
	unsigned int at;

	listener_rig_setup(state);
	assert_int_equal(device_list_add(&listener_rig.devices, NODE, why), 0);
	if (visit->stranger)
		listener_rig.policy.own_uid = geteuid() + 1;
	fault_spare(true);
	listener_rig_start(TRANSPORT_UNIX);
	fault_watch(listener_rig.daemon_pid);
	fault_only(visit->process);
	visit_device(visit);
	fds = descriptors();
	for (at = 1; fails(visit, FAULT_ALL, at, 1); at++)
		;
	print_message("%s: %u faults\n", visit->name, at - 1);
	assert_true(at > visit->least);
	for (at = 1; fails(visit, visit->forever, at, 0); at++)
		;
}

static int teardown(void **state)
{
	fault_disarm();
	fault_only(NULL);
	return listener_rig_teardown(state);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[VISITS];
	size_t i;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (i = 0; i < VISITS; i++)
		tests[i] = (struct CMUnitTest){
			.name = visits[i].name,
			.test_func = somebody_comes,
			.teardown_func = teardown,
			.initial_state = (void *)&visits[i],
		};
	return _cmocka_run_group_tests("fault_listener", tests, i,
				       listener_rig_make_directory,
				       listener_rig_remove_directory);
}
