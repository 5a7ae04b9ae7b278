/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both daemons in one process, on one loop: guestd's node and hostd's guest with
 * a socketpair between them, the opener in a process of its own, a front and a
 * memory helper that a test commands.
 *
 * The loop's time is simulated and stands still unless harness_pass_ms() is
 * called; devices and worker threads have the real time.  guestd takes that for
 * its own: what clocks that differ do is in tests/two_clocks.h.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "guestd/device.h"
#include "hostd/guest.h"
#include "hostd/slices.h"
#include "tests/fake_device.h"
#include "tests/fake_front.h"
#include "tests/fake_helper.h"

#define HARNESS_WIDTH  64 /* of the device "pattern" */
#define HARNESS_HEIGHT 48
#define HARNESS_FRAME  (HARNESS_WIDTH * HARNESS_HEIGHT * 2)

#define HARNESS_FDS 64

/**
 * struct harness - All of it; there is one
 * @host_loop:	hostd's, whose clock is the devices'; the same as @loop, but for
 *		tests/two_clocks.h
 * @devices:	"pattern" of HARNESS_FRAME bytes, 200 frames a second; "fake"
 * @guest:	hostd's end; NULL: there is no hostd
 * @grant:	guest_set_grant(), for those that are accepted from here on
 * @shmem:	guestd's mapping of memory that both have, once harness_have_shmem()
 *		was called; @shmem_fd is the file
 * @slices:	hostd's
 * @hosting:	hostd accepts connections; else they are closed at once
 * @splice:	What stands between guestd, when it connects by itself, and hostd:
 *		takes the one end, and returns the other; NULL: nothing
 * @scarce:	hostd may fail to accept, as tests/fault.h has it
 * @accepts:	How often guestd connected by itself
 * @device:	guestd's end
 * @ups, @fatals: How often guest_device_ops were called
 * @fatal:	What they said
 * @ended_with:	What hostd's last connection ended with
 * @said:	All log lines but debug
 */
struct harness {
	struct device_list devices;
	struct transport_peer who;
	struct loop *loop;
	struct loop *host_loop;
	uint64_t now;
	uint64_t until;
	struct opener *opener;
	pid_t opener_process;

	struct transport_address address;
	int listener;
	struct loop_watch *listening;
	bool hosting;
	struct grant grant;
	struct shmem shmem;
	int shmem_fd;
	struct slices *slices;
	int (*splice)(int fd);
	bool scarce;
	unsigned int accepts;
	struct guest *guest;
	int ended_with;

	struct fake_helper helper;
	struct memory *memory;
	struct guest_device_config config;
	struct guest_device *device;
	struct front front;
	unsigned int ups;
	unsigned int fatals;
	char fatal[512];
	char said[8192];
	char fds[HARNESS_FDS][64];
};

extern struct harness harness;

/** harness_setup(), harness_teardown() - For cmocka_unit_test_setup_teardown()
 *
 * The second checks that the same descriptors are open as before the first.
 */
int harness_setup(void **state);
int harness_teardown(void **state);

/* A test with these fixtures, for a struct CMUnitTest */
#define HARNESS_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)

/** harness_connect() - Make both ends, for this device; waits until it is up */
void harness_connect(const char *device, enum profile_choice choice);

/** harness_host() - hostd's end only; Return: the other one */
int harness_host(void);

/** harness_attach() - guestd's end only, over this connected socket */
void harness_attach(int fd, enum profile_choice choice);

/**
 * harness_have_shmem() - Give both ends memory, for those that connect later
 * @len:	Bytes of the file
 */
void harness_have_shmem(size_t len);

/** harness_settle() - Let everything happen that happens by itself */
void harness_settle(void);

/** harness_pass_ms() - Let simulated time pass */
void harness_pass_ms(unsigned int ms);

/** harness_until() - Run until @true_now returns true */
void harness_until(bool (*true_now)(void));

/** harness_begin() - guestd's end, which connects by itself, for this device */
void harness_begin(const char *device);

/** harness_open() - An open file, O_RDWR */
void harness_open(struct front_file *file);

/** harness_open_fake() - The same of the fake device, to which it connects first */
void harness_open_fake(struct front_file *file);

/** harness_host_leaves() - hostd's process is gone */
void harness_host_leaves(void);

/** harness_host_returns() - It is there again, and guestd finds it */
void harness_host_returns(void);

/** harness_expect_said() - It is in the log */
void harness_expect_said(const char *what);

/** harness_times_said() - How often it is there */
unsigned int harness_times_said(const char *what);

/** harness_asleep() - Until a call of the fake device sleeps */
void harness_asleep(void);

#endif
