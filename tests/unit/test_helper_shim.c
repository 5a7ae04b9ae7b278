// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's socket for applications' shims: who gets what.
 */
#include "guestd/helper_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include <cmocka.h>

#include "tests/helper_rig.h"
#include "tests/shim_client.h"

#define PLANE_LEN (HELPER_RIG_PAGE + 100)

static void a_token_gets_the_buffers_of_its_file(void **state)
{
	struct shim_ask asked =
		shim_client_map(helper_rig_token(HELPER_RIG_ONE),
				HELPER_RIG_PAGE * 2, HELPER_RIG_PAGE);
	uint64_t len = 0;
	uint8_t byte = 0;
	int fd = -1;

	(void)state;
	assert_int_equal(shim_client_ask(helper_rig_path(), &asked, &fd, &len),
			 0);
	assert_int_equal(len, 2 * HELPER_RIG_PAGE);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 2);
	close(fd);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE), 0);
	assert_int_equal(
		helper_rig_map(HELPER_RIG_ONE, 1 << 30, HELPER_RIG_PAGE), 0);
	assert_int_equal(helper_rig_map(HELPER_RIG_OTHER, HELPER_RIG_PAGE * 8,
					HELPER_RIG_PAGE),
			 0);
}

static void nobody_else_gets_them(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);
	unsigned int i;

	(void)state;
	assert_int_equal(
		helper_rig_map(HELPER_RIG_STRANGER, 0, HELPER_RIG_PAGE),
		-EACCES);
	for (i = 0; i < SHIM_TOKEN_LEN; i++) {
		asked.token[i] ^= 0x80;
		assert_int_equal(helper_rig_ask(&asked), -EACCES);
		asked.token[i] ^= 0x80;
	}
	assert_int_equal(helper_rig_map(HELPER_RIG_OTHER, 0, HELPER_RIG_PAGE),
			 -EINVAL);
	assert_int_equal(helper_rig_map(HELPER_RIG_OTHER, HELPER_RIG_PAGE * 2,
					HELPER_RIG_PAGE),
			 -EINVAL);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, HELPER_RIG_PAGE * 8,
					HELPER_RIG_PAGE),
			 -EINVAL);
	assert_int_equal(helper_rig_ask(&asked), 0);
}

static void lengths_are_those_of_the_plane(void **state)
{
	(void)state;
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, 1), 0);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, PLANE_LEN), 0);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, 2 * HELPER_RIG_PAGE),
			 0);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, 0), -EINVAL);
	assert_int_equal(
		helper_rig_map(HELPER_RIG_ONE, 0, 2 * HELPER_RIG_PAGE + 1),
		-EINVAL);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, UINT64_MAX),
			 -EINVAL);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, HELPER_RIG_PAGE,
					HELPER_RIG_PAGE),
			 -EINVAL);
	assert_int_equal(
		helper_rig_map(HELPER_RIG_ONE, UINT64_MAX, HELPER_RIG_PAGE),
		-EINVAL);
}

static void protection_and_sharing_are_as_vb2_wants_them(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);

	(void)state;
	asked.flags = MAP_PRIVATE;
	assert_int_equal(helper_rig_ask(&asked), -EINVAL);
	asked.flags = MAP_SHARED_VALIDATE;
	assert_int_equal(helper_rig_ask(&asked), 0);
	asked.flags = MAP_SHARED | MAP_POPULATE | MAP_FIXED;
	asked.prot = PROT_READ;
	assert_int_equal(helper_rig_ask(&asked), 0);
	asked.prot = PROT_WRITE;
	assert_int_equal(helper_rig_ask(&asked), -EINVAL);
	asked.offset = 1 << 30;
	assert_int_equal(helper_rig_ask(&asked), 0);
	asked.prot = PROT_READ;
	assert_int_equal(helper_rig_ask(&asked), -EINVAL);
	asked.prot = PROT_NONE;
	assert_int_equal(helper_rig_ask(&asked), -EINVAL);
	/* The kernel's do_mmap() takes VM_SHARED from a read-only file. */
	assert_int_equal(helper_rig_map(HELPER_RIG_READER, 0, HELPER_RIG_PAGE),
			 -EINVAL);
}

static void own(enum helper_rig_file file, uint32_t type, bool fileio)
{
	helper_rig_tell(
		(struct helper_request){
			.type = HELPER_OWNER,
			.file = file,
			.buf_type = type,
			.count = fileio,
		},
		-1);
	helper_rig_sync();
}

static void nobody_maps_while_somebody_reads(void **state)
{
	struct shim_ask asked = shim_client_map(
		helper_rig_token(HELPER_RIG_ONE), 0, HELPER_RIG_PAGE);

	(void)state;
	own(HELPER_RIG_OTHER, HELPER_RIG_CAPTURE, true);
	assert_int_equal(helper_rig_ask(&asked), -EBUSY);
	asked.prot = PROT_WRITE;
	assert_int_equal(helper_rig_ask(&asked), -EINVAL);
	asked.prot = PROT_READ;
	asked.offset = HELPER_RIG_PAGE * 77;
	assert_int_equal(helper_rig_ask(&asked), -EBUSY);
	own(HELPER_RIG_ONE, HELPER_RIG_CAPTURE, false);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE), 0);
	own(0, 0, true);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE), 0);
}

static void what_is_taken_away_is_gone(void **state)
{
	(void)state;
	helper_rig_tell((struct helper_request){ .type = HELPER_REGION_REMOVE,
						 .region = 2 },
			-1);
	helper_rig_sync();
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, HELPER_RIG_PAGE * 2,
					HELPER_RIG_PAGE),
			 -EINVAL);
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE), 0);

	helper_rig_tell((struct helper_request){ .type = HELPER_FILE_CLOSED,
						 .file = HELPER_RIG_ONE },
			-1);
	helper_rig_sync();
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE),
			 -EACCES);
	assert_int_equal(helper_rig_map(HELPER_RIG_OTHER, HELPER_RIG_PAGE * 8,
					HELPER_RIG_PAGE),
			 0);

	/* The next file may have the same cookie: it has nothing of the last. */
	helper_rig_attach(HELPER_RIG_ONE, true);
	helper_rig_tell((struct helper_request){ .type = HELPER_REGION_REMOVE,
						 .region = 1 },
			-1);
	helper_rig_sync();
	assert_int_equal(helper_rig_map(HELPER_RIG_ONE, 0, HELPER_RIG_PAGE),
			 -EINVAL);
}

static int export(enum helper_rig_file file, uint32_t type, uint32_t index,
		  uint32_t plane, uint32_t flags)
{
	struct shim_ask asked = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_EXPORT,
		.type = type,
		.index = index,
		.plane = plane,
		.flags = flags,
	};

	memcpy(asked.token, helper_rig_token(file), sizeof(asked.token));
	return helper_rig_ask(&asked);
}

/* In the lab there is a kernel that has it. */
static bool exports(void)
{
	return access("/dev/udmabuf", R_OK | W_OK) == 0;
}

static void a_buffer_becomes_a_dma_buf_where_the_kernel_can(void **state)
{
	struct shim_ask asked = {
		.magic = SHIM_MAGIC,
		.kind = SHIM_EXPORT,
		.type = HELPER_RIG_CAPTURE,
		.index = 1,
		.flags = O_RDWR | O_CLOEXEC,
	};
	const uint8_t *bytes;
	uint64_t len;
	int fd = -1;

	(void)state;
	if (!exports()) {
		assert_int_equal(export(HELPER_RIG_ONE, HELPER_RIG_CAPTURE, 1,
					0, O_RDWR),
				 -ENOTTY);
		assert_int_equal(export(HELPER_RIG_STRANGER, HELPER_RIG_CAPTURE,
					1, 0, ~0u),
				 -ENOTTY);
		return;
	}
	assert_int_equal(
		export(HELPER_RIG_STRANGER, HELPER_RIG_CAPTURE, 1, 0, O_RDWR),
		-EACCES);
	memcpy(asked.token, helper_rig_token(HELPER_RIG_ONE),
	       sizeof(asked.token));
	assert_int_equal(shim_client_ask(helper_rig_path(), &asked, &fd, &len),
			 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2 * HELPER_RIG_PAGE);
	bytes = mmap(NULL, 2 * HELPER_RIG_PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	assert_int_equal(bytes[0], 2);
	munmap((void *)bytes, 2 * HELPER_RIG_PAGE);
	close(fd);
}

/* Each of these, which guestd never says */
static void what_makes_no_sense_ends_it(void **state)
{
	static const char *const cases[] = {
		"attached twice",  "a token twice",
		"no file's plane", "a plane that is too short",
		"no file at all",
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct helper_request request = {
			.type = HELPER_ATTACH,
			.file = HELPER_RIG_STRANGER,
		};
		int fd = memfd_create("short", MFD_CLOEXEC);

		memcpy(request.token, helper_rig_token(HELPER_RIG_ONE),
		       sizeof(request.token));
		if (i) {
			helper_rig_teardown(state);
			helper_rig_setup(state);
		}
		switch (i) {
		case 0:
			helper_rig_attach(HELPER_RIG_ONE, true);
			break;
		case 1:
			helper_rig_tell(request, -1);
			break;
		case 2:
			helper_rig_add(9, HELPER_RIG_STRANGER,
				       HELPER_RIG_CAPTURE, 0, 0);
			break;
		case 3:
			assert_int_equal(ftruncate(fd, PLANE_LEN), 0);
			helper_rig_tell(
				(struct helper_request){
					.type = HELPER_REGION_ADD,
					.region = 9,
					.file = HELPER_RIG_ONE,
					.len = PLANE_LEN },
				fd);
			break;
		default:
			memset(request.token, 7, sizeof(request.token));
			request.file = 0;
			helper_rig_tell(request, -1);
			break;
		}
		close(fd);
		if (WEXITSTATUS(helper_rig_wait()) != 1)
			fail_msg("%s", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HELPER_RIG_TEST(a_token_gets_the_buffers_of_its_file),
		HELPER_RIG_TEST(nobody_else_gets_them),
		HELPER_RIG_TEST(lengths_are_those_of_the_plane),
		HELPER_RIG_TEST(protection_and_sharing_are_as_vb2_wants_them),
		HELPER_RIG_TEST(nobody_maps_while_somebody_reads),
		HELPER_RIG_TEST(what_is_taken_away_is_gone),
		HELPER_RIG_TEST(
			a_buffer_becomes_a_dma_buf_where_the_kernel_can),
		HELPER_RIG_TEST(what_makes_no_sense_ends_it),
	};

	return cmocka_run_group_tests(tests, helper_rig_make,
				      helper_rig_unmake);
}
