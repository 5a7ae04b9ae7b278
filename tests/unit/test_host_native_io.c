// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd's end of read(), write() and poll() of a device without buffers: what is
 * watched for, and what the guest is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "hostd/nativeio.h"
#include "tests/fake_device_io.h"
#include "tests/output_rig.h"

static struct device device = { .ops = &fake_device_ops };
static struct device_file *file;
static struct loop *loop;
static struct output_rig rig;
static struct nativeio io;
static int lost_with;

static void on_error(void *data, int error)
{
	(void)data;
	lost_with = error;
}

static int setup(void **state)
{
	(void)state;
	fake_device_init();
	fake.caps = FAKE_RADIO;
	output_rig_init(&rig);
	lost_with = 0;
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(fake_device_ops.open(&device, -1, &file), 0);
	nativeio_init(&io, loop, file, &rig.output, 42, on_error, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	nativeio_finish(&io);
	fake_device_ops.close(file);
	loop_destroy(loop);
	fake_device_finish();
	return 0;
}

static void run(void)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		assert_true(loop_run_once(loop, 0) >= 0);
}

/* Return: status, and in @count what there was */
static uint32_t ask(uint32_t direction, uint32_t length, const void *written,
		    uint32_t *count)
{
	const struct vms_io asked = {
		.session_id = 42,
		.direction = direction,
		.length = length,
	};
	const struct output_rig_item *item = &rig.items[rig.count];
	struct vms_io_resp resp;
	uint8_t bytes[256];

	assert_true(nativeio_room(&asked) <= sizeof(bytes));
	if (written)
		memcpy(bytes, written, length);
	nativeio_begin(&io);
	nativeio_answer(&io, 7, &asked, bytes,
			nativeio_run(file, &asked, bytes));
	assert_int_equal(item->kind, OUTPUT_IO_RESP);
	assert_int_equal(item->tag, 7);
	memcpy(&resp, item->bytes, sizeof(resp));
	*count = resp.count;
	return resp.status;
}

static unsigned int edges(void)
{
	return output_rig_count(&rig, OUTPUT_EVENT);
}

static void each_direction_is_the_devices(void **state)
{
	uint32_t count;

	(void)state;
	assert_int_equal(ask(VMS_IO_READ, 8, NULL, &count), EAGAIN);
	fake_put("abc", 3);
	assert_int_equal(ask(VMS_IO_READ, 8, NULL, &count), 0);
	assert_int_equal(count, 3);
	assert_memory_equal(rig.items[1].bytes + 8, "abc", 3);
	assert_int_equal(rig.items[1].len, 11);
	assert_int_equal(ask(VMS_IO_WRITE, 4, "defg", &count), 0);
	assert_int_equal(count, 4);
	assert_memory_equal(fake.io.written, "defg", 4);
	assert_int_equal(ask(VMS_IO_POLL, EPOLLIN | EPOLLOUT, NULL, &count), 0);
	assert_int_equal(count, EPOLLOUT);
}

static void only_who_polls_hears_of_edges(void **state)
{
	uint32_t count;

	(void)state;
	ask(VMS_IO_READ, 8, NULL, &count);
	fake_put("abc", 3);
	run();
	assert_int_equal(edges(), 0);
	/* What is there is the answer, and no edge. */
	ask(VMS_IO_POLL, EPOLLIN, NULL, &count);
	assert_int_equal(count, EPOLLIN);
	run();
	assert_int_equal(edges(), 0);
	fake_wake_pollers();
	run();
	assert_int_equal(edges(), 1);
}

/* As ask(), but things happen between the call and its answer. */
static const struct vms_io poll_in = {
	.session_id = 42,
	.direction = VMS_IO_POLL,
	.length = EPOLLIN,
};

/* Between the answer and the watch */
static void what_comes_meanwhile_is_an_edge(void **state)
{
	uint8_t bytes[8];
	int result;

	(void)state;
	result = nativeio_run(file, &poll_in, bytes);
	assert_int_equal(result, 0);
	fake_put("abc", 3);
	nativeio_answer(&io, 7, &poll_in, bytes, result);
	run();
	assert_int_equal(edges(), 1);
}

/* Another file was faster: nothing is there when the watch begins. */
static void an_edge_after_the_next_call_is_none_that_was_told(void **state)
{
	uint8_t bytes[8];
	uint32_t count;
	int result;

	(void)state;
	fake_put("abc", 3);
	result = nativeio_run(file, &poll_in, bytes);
	assert_int_equal(result, EPOLLIN);
	assert_int_equal(fake_read(file, bytes, 3), 3);
	nativeio_answer(&io, 7, &poll_in, bytes, result);
	run();
	assert_int_equal(ask(VMS_IO_READ, 3, NULL, &count), EAGAIN);
	fake_put("def", 3);
	run();
	assert_int_equal(edges(), 1);
}

static void what_is_asked_for_adds_up(void **state)
{
	uint32_t count;

	(void)state;
	fake_full(true);
	ask(VMS_IO_POLL, EPOLLOUT, NULL, &count);
	assert_int_equal(count, 0);
	run();
	assert_int_equal(edges(), 0);
	ask(VMS_IO_POLL, EPOLLIN, NULL, &count);
	assert_int_equal(io.events, EPOLLIN | EPOLLOUT);
	/* Nothing that could be waited for */
	ask(VMS_IO_POLL, EPOLLERR | EPOLLHUP, NULL, &count);
	assert_int_equal(io.events, EPOLLIN | EPOLLOUT);
}

static void edges_wait_for_a_guest_that_does_not_read(void **state)
{
	uint32_t count;

	(void)state;
	ask(VMS_IO_POLL, EPOLLIN, NULL, &count);
	run();
	rig.congested = true;
	fake_put("a", 1);
	run();
	fake_wake_pollers();
	run();
	assert_int_equal(edges(), 0);
	nativeio_update(&io);
	assert_int_equal(edges(), 0);
	/* Many are one. */
	rig.congested = false;
	nativeio_update(&io);
	assert_int_equal(edges(), 1);
	nativeio_update(&io);
	assert_int_equal(edges(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_direction_is_the_devices,
						setup, teardown),
		cmocka_unit_test_setup_teardown(only_who_polls_hears_of_edges,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_comes_meanwhile_is_an_edge,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_edge_after_the_next_call_is_none_that_was_told,
			setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_asked_for_adds_up,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			edges_wait_for_a_guest_that_does_not_read, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
