/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory helper and its socket for applications' shims, with some open files,
 * for tests.
 *
 * There is one at a time.
 */
#ifndef TESTS_HELPER_RIG_H
#define TESTS_HELPER_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/videodev2.h>

#include "common/shim.h"
#include "guestd/helper_wire.h"

#define HELPER_RIG_PAGE    4096u
#define HELPER_RIG_CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define HELPER_RIG_OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

/**
 * enum helper_rig_file - Open files of an application
 *
 * @HELPER_RIG_ONE has capture buffers at the offsets 0 and 2 pages, and one for
 * output at 1 << 30; @HELPER_RIG_OTHER has one at 8 pages; @HELPER_RIG_READER is
 * open for reading only and has one at 0.  Each is two pages of memory, of which
 * the plane has 100 bytes more than one.  @HELPER_RIG_STRANGER is not attached.
 */
enum helper_rig_file {
	HELPER_RIG_ONE = 1,
	HELPER_RIG_OTHER,
	HELPER_RIG_READER,
	HELPER_RIG_STRANGER,
};

/** helper_rig_make() - For cmocka, of a group: a directory for the socket */
int helper_rig_make(void **state);

/** helper_rig_unmake() - For cmocka, of a group: remove it */
int helper_rig_unmake(void **state);

/** helper_rig_setup() - For cmocka: a helper without ptrace rights */
int helper_rig_setup(void **state);

/** helper_rig_teardown() - For cmocka: it ends without an error, if it has not yet */
int helper_rig_teardown(void **state);

#define HELPER_RIG_TEST(name)                                                  \
	cmocka_unit_test_setup_teardown(name, helper_rig_setup,                \
					helper_rig_teardown)

/** helper_rig_pid() - Of the helper */
pid_t helper_rig_pid(void);

/** helper_rig_path() - Of the socket */
const char *helper_rig_path(void);

/** helper_rig_token() - The SHIM_TOKEN_LEN bytes of a file's token */
const uint8_t *helper_rig_token(enum helper_rig_file file);

/** helper_rig_tell() - As guestd; with @fd, if that is no negative number */
void helper_rig_tell(struct helper_request request, int fd);

/** helper_rig_sync() - Wait until the helper has heard all that was told */
void helper_rig_sync(void);

/** helper_rig_attach() - Tell that a file has a shim */
void helper_rig_attach(enum helper_rig_file file, bool writable);

/** helper_rig_add() - Tell of a plane; its first byte is @region */
void helper_rig_add(uint64_t region, enum helper_rig_file file, uint32_t type,
		    uint32_t index, uint64_t offset);

/** helper_rig_stop() - It does nothing until helper_rig_go() */
void helper_rig_stop(void);

/** helper_rig_go() - It goes on */
void helper_rig_go(void);

/** helper_rig_wait() - Wait until the helper has ended; Return: its status */
int helper_rig_wait(void);

/** helper_rig_ask() - shim_client_ask(), and the descriptor is closed */
int helper_rig_ask(const struct shim_ask *asked);

/** helper_rig_map() - The same, for a mapping of @len bytes at @offset */
int helper_rig_map(enum helper_rig_file file, uint64_t offset, uint64_t len);

#endif
