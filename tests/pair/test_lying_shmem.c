// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about where contents are in the memory that both have: the connection
 * ends, with one line that says so, and nothing outside of that memory is touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/stats.h"
#include "tests/host_peer.h"
#include "tests/lying_host.h"
#include "tests/sealed.h"

#define PAGE ((uint64_t)VMS_PAGE_SIZE)
#define LEN  SHMEM_LEN_MIN

static struct vms_obj object; /* comes before the answer to MMAP */
static bool with_fd;
static uint64_t agreed;

static void agree(struct vms_hello_ack *ack)
{
	ack->features = (ack->features & ~VMS_FEATURES_FD) | agreed;
}

static void before_mmap(struct lying_answer *answer)
{
	struct virtio_media_resp_mmap resp;
	struct vms_obj obj = object;
	int fd;

	if (answer->cmd != VIRTIO_MEDIA_CMD_MMAP)
		return;
	memcpy(&resp, answer->bytes, sizeof(resp));
	obj.addr += resp.driver_addr;
	obj.len += resp.len;
	if (!with_fd) {
		host_peer_send_obj_without(&lying.peer, &obj);
		return;
	}
	fd = sealed_memfd(LEN, F_SEAL_SHRINK);
	host_peer_send_obj(&lying.peer, &obj, fd);
	close(fd);
}

static int setup(void **state)
{
	int ret = lying_init(state);

	object = (struct vms_obj){ .off = PAGE, .kind = VMS_OBJ_SHMEM };
	with_fd = false;
	agreed = VMS_FEATURE_SHMEM;
	lying.hello = agree;
	harness_have_shmem(LEN);
	return ret;
}

static void begin(void)
{
	lying_start(PROFILE_CHOICE_STREAM);
	assert_int_equal(harness.fatals, 0);
	harness_open(&lying.file);
	lying.lies = stats_get(STATS_LIES);
	lying.lie = before_mmap;
}

static void honest_slices_are_used(void **state)
{
	uint8_t *bytes;

	(void)state;
	begin();
	assert_int_equal(lying_reqbufs(1), 1);
	assert_ptr_equal(harness.device->window.mappings[0]->placed,
			 harness.shmem.bytes + PAGE);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	memset(harness.shmem.bytes + PAGE, 7, 100);
	lying_buffer(1, CAPTURE, 0, 50);
	lying_settle();
	bytes = stream_bytes(&lying.file, CAPTURE, 0, 0);
	assert_int_equal(bytes[49], 7);
	assert_int_equal(bytes[50], 0);
	assert_int_equal(stats_get(STATS_LIES), lying.lies);
	assert_int_equal(front_close(&lying.file), 0);
}

/* Of a buffer that is not queued, and of more than there is of it */
static void only_what_is_queued_is_copied(void **state)
{
	uint8_t *bytes;

	(void)state;
	begin();
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	memset(harness.shmem.bytes + PAGE, 7, LYING_LEN);
	lying_buffer(1, CAPTURE, 1, 50);
	lying_buffer(1, CAPTURE, 0, UINT32_MAX);
	lying_settle();
	bytes = stream_bytes(&lying.file, CAPTURE, 1, 0);
	assert_int_equal(bytes[0], 0);
	bytes = stream_bytes(&lying.file, CAPTURE, 0, 0);
	assert_int_equal(bytes[LYING_LEN - 1], 7);
	assert_int_equal(front_close(&lying.file), 0);
}

static void expect_refused(void)
{
	int ret;

	begin();
	ret = lying_reqbufs(1);
	assert_true(ret == -ENODEV || ret == -EIO);
	harness_settle();
	assert_false(harness.device->ready);
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(stats_get(STATS_LIES), lying.lies + 1);
	assert_int_equal(front_close(&lying.file), 0);
}

static void any_other_place_is_refused(void **state)
{
	static const struct vms_obj others[] = {
		{ .off = 0 },                     /* the marks */
		{ .off = PAGE + 8 },              /* no page */
		{ .off = LEN },                   /* behind it */
		{ .off = LEN - PAGE, .len = 1 },  /* half behind it */
		{ .off = UINT64_MAX - PAGE + 1 }, /* around the end */
		{ .off = PAGE, .len = LEN },
		{ .off = PAGE, .len = UINT64_MAX - LYING_LEN - PAGE },
		{ .off = PAGE, .len = -(uint64_t)LYING_LEN }, /* nothing */
		{ .off = PAGE, .addr = PAGE }, /* of another plane */
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (i) {
			lying_teardown(state);
			setup(state);
		}
		object = others[i];
		object.kind = VMS_OBJ_SHMEM;
		expect_refused();
	}
}

static void a_place_that_comes_with_a_descriptor_is_refused(void **state)
{
	(void)state;
	with_fd = true;
	agreed |= VMS_FEATURES_FD;
	expect_refused();
}

static void a_place_that_was_not_agreed_on_is_refused(void **state)
{
	(void)state;
	agreed = 0;
	expect_refused();
	harness_expect_said("memory that was not agreed");
}

static void who_offers_no_memory_gets_none(void **state)
{
	(void)state;
	harness.config.link.shmem = NULL;
	lying_start(PROFILE_CHOICE_STREAM);
	assert_int_equal(harness.fatals, 1);
	assert_non_null(
		strstr(harness.fatal, "agreed to what was not offered"));
}

static void contents_of_it_end_it(void **state)
{
	(void)state;
	begin();
	assert_int_equal(lying_reqbufs(1), 1);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	lying_data(lying_addr(0), 0, "x", 1);
	harness_settle();
	assert_false(harness.device->ready);
	harness_expect_said("contents of memory that is shared");
	assert_int_equal(front_close(&lying.file), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, lying_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(honest_slices_are_used),
		TEST(only_what_is_queued_is_copied),
		TEST(any_other_place_is_refused),
		TEST(a_place_that_comes_with_a_descriptor_is_refused),
		TEST(a_place_that_was_not_agreed_on_is_refused),
		TEST(who_offers_no_memory_gets_none),
		TEST(contents_of_it_end_it),
	};

	return cmocka_run_group_tests_name("lying_shmem", tests, NULL, NULL);
}
