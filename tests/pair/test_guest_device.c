// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a guest sees of a device that goes, sleeps or fails, frame by frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device_ioctls.h"
#include "tests/lying_guest.h"

/* Rule: R12 */
static void after_the_device_is_gone_everything_is_enodev(void **state)
{
	uint32_t session;
	uint64_t addr;

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 1, &addr);
	fake_unplug();
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)),
		ENODEV);
	/* EVT_ERROR precedes the first failing RESP, and comes once. */
	assert_int_equal(raw_events(), 1);
	assert_int_equal(raw.frames[raw.count - 2].header.type, VMS_EVT);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)),
		ENODEV);
	assert_int_equal(raw_status(raw_mmap(session, 0)), ENODEV);
	assert_int_equal(raw_status(raw_munmap(addr)), 0);
	raw_wait(raw_close(session));
	assert_int_equal(raw_events(), 1);
}

/* vivid's control "Disconnect": it is done when everybody knows already. */
static int disconnect(void *arg)
{
	int ret;

	(void)arg;
	fake.gone = true;
	fake_look();
	fake.sleeping++;
	pthread_mutex_unlock(&fake.lock);
	ret = sem_wait(&fake.gate) < 0 ? -EINTR : 0;
	pthread_mutex_lock(&fake.lock);
	fake.sleeping--;
	return ret;
}

static void a_call_that_succeeds_is_answered_before_the_end(void **state)
{
	const struct v4l2_control control = { .id = FAKE_CID_SCALAR };
	struct virtio_media_event_error event;
	uint32_t session;
	uint32_t other;
	uint32_t last;

	(void)state;
	session = raw_open();
	other = raw_open();
	fake_on(VIDIOC_S_CTRL, disconnect);
	last = raw_ioctl(session, VIDIOC_S_CTRL, &control);
	/* The other session hears of it at once. */
	while (!raw_events())
		raw_run();
	raw_settle();
	assert_int_equal(raw_events(), 1);
	memcpy(&event, raw.frames[raw.count - 1].bytes, sizeof(event));
	assert_int_equal(event.session_id, other);
	fake_wake();
	assert_int_equal(raw_status(last), 0);
	raw_settle();
	assert_int_equal(raw_events(), 2);
	memcpy(&event, raw.frames[raw.count - 1].bytes, sizeof(event));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_ERROR);
	assert_int_equal(event.session_id, session);
	assert_int_equal(event.error, ENODEV);
	assert_int_equal(raw.frames[raw.count - 2].header.type, VMS_RESP);
	fake_on(VIDIOC_S_CTRL, NULL);
	raw_wait(raw_close(session));
	raw_wait(raw_close(other));
}

/* The QBUF that starts the device sleeps in it: nobody else has to wait. */
static void a_qbuf_that_starts_the_device_holds_nobody_back(void **state)
{
	uint32_t session;
	uint32_t other;
	uint32_t slow;
	uint64_t addr;

	(void)state;
	session = raw_open();
	other = raw_open();
	raw_buffers(session, CAPTURE, 1, &addr);
	raw_stream(session, CAPTURE, true);
	fake_sleep(VIDIOC_QBUF);
	slow = raw_qbuf(session, CAPTURE, 0);
	harness_asleep();
	assert_int_equal(raw_status(raw_ioctl(other, VIDIOC_G_PRIORITY, NULL)),
			 0);
	fake_wake();
	assert_int_equal(raw_status(slow), 0);
	fake_finish(CAPTURE, 0, 1, 0);
	while (!raw_events())
		raw_run();
	/* It runs: from now on QBUF is quick, and stays on the loop. */
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	fake_finish(CAPTURE, 0, 1, 0);
	while (raw_events() < 2)
		raw_run();
	raw_wait(raw_close(session));
	raw_wait(raw_close(other));
}

static void a_guest_without_queue_errors_loses_its_session(void **state)
{
	struct virtio_media_event_error event;
	uint32_t session;
	uint64_t addr;

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 1, &addr);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_stream(session, CAPTURE, true);
	fake_queue_error(CAPTURE);
	while (!raw_events())
		raw_run();
	memcpy(&event, raw.frames[raw.count - 1].bytes, sizeof(event));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_ERROR);
	assert_int_equal(event.session_id, session);
	assert_int_equal(event.error, EIO);
	raw_wait(raw_close(session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(after_the_device_is_gone_everything_is_enodev),
		RAW_TEST(a_call_that_succeeds_is_answered_before_the_end),
		RAW_TEST(a_qbuf_that_starts_the_device_holds_nobody_back),
		cmocka_unit_test_setup_teardown(
			a_guest_without_queue_errors_loses_its_session,
			raw_setup_plain, raw_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
