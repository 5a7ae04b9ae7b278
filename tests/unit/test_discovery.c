// SPDX-License-Identifier: BSD-3-Clause
/*
 * What libguestd-udev.so makes of libudev's answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "guestd/discovery/asked.h"
#include "guestd/discovery/node.h"
#include "tests/fake_libudev.h"

/* libudev.h has these, but that is for who links with it. */
struct udev_enumerate *udev_enumerate_new(struct udev *udev);
int udev_enumerate_add_match_subsystem(struct udev_enumerate *enumerate,
				       const char *subsystem);
int udev_enumerate_scan_devices(struct udev_enumerate *enumerate);
struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev,
						   const char *name);
int udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *monitor, const char *subsystem,
	const char *devtype);
struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor);
const char *udev_device_get_subsystem(struct udev_device *device);
const char *udev_device_get_property_value(struct udev_device *device,
					   const char *key);

enum { NATIVE, SUBDEV, OURS, MIXER, OTHER, NET, END };

static struct udev_device devices[END + 1];

static int setup(void **state)
{
	static const struct udev_device fresh[END + 1] = {
		[NATIVE] = { .path = "/sys/devices/usb1/video4linux/video0",
			     .subsystem = "video4linux",
			     .number = "81:0",
			     .version = "2" },
		[SUBDEV] = { .path = "/sys/devices/v/video4linux/v4l-subdev0",
			     .subsystem = "video4linux" },
		[OURS] = { .path = "/sys/devices/virtual/cuse/video9",
			   .subsystem = "cuse",
			   .number = "240:0",
			   .version = "2" },
		[MIXER] = { .path = "/sys/devices/virtual/cuse/mixer",
			    .subsystem = "cuse",
			    .number = "241:0" },
		[OTHER] = { .path = "/sys/devices/virtual/cuse/video10",
			    .subsystem = "cuse",
			    .number = "242:0" },
		[NET] = { .path = "/sys/devices/virtual/net/lo",
			  .subsystem = "net" },
	};

	(void)state;
	memcpy(devices, fresh, sizeof(devices));
	fake_libudev = (struct fake_libudev){ .devices = devices };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return fake_libudev.refs;
}

/* ---- enumerators ----------------------------------------------------------- */

#define BIT(device) (1u << (device))

/* A bit for each device that is listed now. */
static unsigned int listed(void)
{
	const struct libudev *real = libudev();
	struct udev_list_entry *entry =
		real->enumerate_get_list_entry(&fake_libudev.enumerate);
	unsigned int bits = 0;
	size_t i;

	for (; entry; entry = real->list_entry_get_next(entry))
		for (i = 0; i < END; i++)
			if (!strcmp(real->list_entry_get_name(entry),
				    devices[i].path))
				bits |= BIT(i);
	return bits;
}

static unsigned int enumerate_two(const char *subsystem, const char *second)
{
	struct udev_enumerate *enumerate = udev_enumerate_new(NULL);

	assert_int_equal(
		udev_enumerate_add_match_subsystem(enumerate, subsystem), 0);
	if (second)
		assert_int_equal(
			udev_enumerate_add_match_subsystem(enumerate, second),
			0);
	assert_int_equal(udev_enumerate_scan_devices(enumerate), 0);
	return listed();
}

static unsigned int enumerate_one(const char *subsystem)
{
	return enumerate_two(subsystem, NULL);
}

static const unsigned int v4l = BIT(NATIVE) | BIT(SUBDEV) | BIT(OURS);
static const unsigned int cuse = BIT(OURS) | BIT(MIXER) | BIT(OTHER);

static void who_asks_for_video4linux_is_given_ours_of_cuse(void **state)
{
	(void)state;
	assert_int_equal(enumerate_one("video4linux"), v4l);
	assert_int_equal(enumerate_one("video*"), v4l);
	assert_int_equal(enumerate_two("video4linux", "net"), v4l | BIT(NET));
	assert_int_equal(enumerate_two("net", "video4linux"), v4l | BIT(NET));
	assert_int_equal(enumerate_two("video4linux", "video4linux"), v4l);
}

static void where_all_of_cuse_are_ours_there_is_one_scan(void **state)
{
	(void)state;
	devices[MIXER].hidden = true;
	devices[OTHER].hidden = true;
	assert_int_equal(enumerate_one("video4linux"), v4l);
	assert_int_equal(fake_libudev.scans, 1);
}

static void other_questions_have_other_answers(void **state)
{
	struct udev_enumerate *enumerate;

	(void)state;
	assert_int_equal(enumerate_one("net"), BIT(NET));
	assert_int_equal(enumerate_one("cuse"), cuse);
	assert_int_equal(enumerate_one("*"), v4l | cuse | BIT(NET));
	assert_int_equal(enumerate_two("video4linux", "cuse"), v4l | cuse);
	assert_int_equal(enumerate_two("cuse", "video4linux"), v4l | cuse);

	enumerate = udev_enumerate_new(NULL);
	assert_int_equal(udev_enumerate_scan_devices(enumerate), 0);
	assert_int_equal(listed(), v4l | cuse | BIT(NET));
}

static void new_enumerator_at_an_old_address_was_asked_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(enumerate_one("video4linux"), v4l);
	assert_int_equal(enumerate_one("c*"), cuse);
}

static void show_mixer(void)
{
	devices[MIXER].hidden = false;
}

static void nodes_of_others_that_come_meanwhile_are_left_out(void **state)
{
	(void)state;
	devices[MIXER].hidden = true;
	fake_libudev.scanned = show_mixer;
	assert_int_equal(enumerate_one("video4linux"), v4l);
}

static char number[8];

/* As if each time there were another one */
static void renumber_mixer(void)
{
	static int count;

	number[0] = (char)('a' + count++);
	devices[MIXER].number = number;
	fake_libudev.enumerate.left_out_count = 0;
}

static void looking_for_others_comes_to_an_end(void **state)
{
	(void)state;
	fake_libudev.scanned = renumber_mixer;
	enumerate_one("video4linux");
	assert_in_range(fake_libudev.scans, 2, 20);

	/* It may refuse to leave one out. */
	setup(state);
	fake_libudev.keep_number = true;
	assert_int_equal(enumerate_one("video4linux"), v4l | cuse);
	assert_int_equal(fake_libudev.scans, 1);
}

/* ---- monitors -------------------------------------------------------------- */

static struct udev_device *events[END + 1];

/* A bit for each device that an event comes of, of one of each. */
static unsigned int receive(const char *subsystem, const char *second)
{
	struct udev_monitor *monitor =
		udev_monitor_new_from_netlink(NULL, "udev");
	struct udev_device *device;
	unsigned int bits = 0;
	size_t i;

	for (i = 0; i < END; i++)
		events[i] = &devices[i];
	fake_libudev.events = events;
	if (subsystem)
		assert_int_equal(
			udev_monitor_filter_add_match_subsystem_devtype(
				monitor, subsystem, NULL),
			0);
	if (second)
		assert_int_equal(
			udev_monitor_filter_add_match_subsystem_devtype(
				monitor, second, NULL),
			0);
	while ((device = udev_monitor_receive_device(monitor))) {
		bits |= BIT(device - devices);
		fake_libudev.refs--;
	}
	assert_int_equal(errno, EAGAIN);
	return bits;
}

static void who_waits_for_video4linux_hears_of_ours_of_cuse(void **state)
{
	(void)state;
	assert_int_equal(receive("video4linux", NULL), v4l);
	assert_int_equal(receive("video4linux", "net"), v4l | BIT(NET));
	assert_int_equal(receive("video4linux", "cuse"), v4l | cuse);
	assert_int_equal(receive("cuse", "video4linux"), v4l | cuse);
	assert_int_equal(receive("cuse", NULL), cuse);
	assert_int_equal(receive("net", NULL), BIT(NET));
	assert_int_equal(receive(NULL, NULL), v4l | cuse | BIT(NET));
}

static void who_waits_for_a_type_of_video4linux_hears_of_none(void **state)
{
	struct udev_monitor *monitor =
		udev_monitor_new_from_netlink(NULL, "udev");

	(void)state;
	events[0] = &devices[OURS];
	events[1] = NULL;
	fake_libudev.events = events;
	assert_int_equal(udev_monitor_filter_add_match_subsystem_devtype(
				 monitor, "video4linux", "type"),
			 0);
	assert_null(udev_monitor_receive_device(monitor));
}

/* ---- devices --------------------------------------------------------------- */

static void ours_are_what_is_of_cuse_and_has_a_version(void **state)
{
	const struct libudev *real = libudev();
	size_t i;

	(void)state;
	for (i = 0; i < END; i++)
		assert_int_equal(node_is_ours(real, &devices[i]), i == OURS);
	assert_true(node_is_cuse(real, &devices[MIXER]));
	assert_false(node_is_cuse(real, &devices[NATIVE]));
	assert_false(node_is_cuse(real, NULL));
	assert_false(node_is_ours(real, NULL));
}

static void ours_say_that_they_are_of_video4linux(void **state)
{
	struct udev_device *ours = &devices[OURS];

	(void)state;
	assert_string_equal(udev_device_get_subsystem(ours), "video4linux");
	assert_string_equal(udev_device_get_property_value(ours, "SUBSYSTEM"),
			    "video4linux");
	assert_string_equal(
		udev_device_get_property_value(ours, "ID_V4L_VERSION"), "2");
	assert_null(udev_device_get_property_value(ours, "ID_V4L_PRODUCT"));
}

static void others_say_what_they_are(void **state)
{
	static const char *const subsystems[END] = {
		"video4linux", "video4linux", NULL, "cuse", "cuse", "net",
	};
	size_t i;

	(void)state;
	for (i = 0; i < END; i++) {
		if (i == OURS)
			continue;
		assert_string_equal(udev_device_get_subsystem(&devices[i]),
				    subsystems[i]);
		assert_string_equal(udev_device_get_property_value(&devices[i],
								   "SUBSYSTEM"),
				    subsystems[i]);
	}
}

/* ---- whatever a program does --------------------------------------------------- */

static void null_is_the_real_ones_to_refuse(void **state)
{
	struct udev_device *ours = &devices[OURS];

	(void)state;
	assert_int_equal(udev_enumerate_add_match_subsystem(NULL, "net"),
			 -EINVAL);
	assert_int_equal(udev_enumerate_add_match_subsystem(
				 udev_enumerate_new(NULL), NULL),
			 0);
	assert_int_equal(udev_enumerate_scan_devices(NULL), -EINVAL);
	assert_null(udev_monitor_new_from_netlink(NULL, NULL));
	assert_int_equal(udev_monitor_filter_add_match_subsystem_devtype(
				 NULL, "video4linux", NULL),
			 -EINVAL);
	assert_int_equal(udev_monitor_filter_add_match_subsystem_devtype(
				 &fake_libudev.monitor, NULL, NULL),
			 -EINVAL);
	assert_null(udev_monitor_receive_device(NULL));
	assert_null(udev_device_get_subsystem(NULL));
	assert_null(udev_device_get_property_value(NULL, "SUBSYSTEM"));
	assert_null(udev_device_get_property_value(ours, NULL));
}

static void without_libudev_everything_fails(void **state)
{
	(void)state;
	fake_libudev.missing = true;
	assert_null(udev_enumerate_new(NULL));
	assert_int_equal(udev_enumerate_add_match_subsystem(NULL, "net"),
			 -ENOSYS);
	assert_int_equal(udev_enumerate_scan_devices(NULL), -ENOSYS);
	assert_null(udev_monitor_new_from_netlink(NULL, "udev"));
	assert_int_equal(udev_monitor_filter_add_match_subsystem_devtype(
				 NULL, "net", NULL),
			 -ENOSYS);
	assert_null(udev_monitor_receive_device(NULL));
	assert_null(udev_device_get_subsystem(NULL));
	assert_null(udev_device_get_property_value(NULL, "SUBSYSTEM"));
}

static void of_too_many_objects_one_is_forgotten(void **state)
{
	static char objects[ASKED_PLACES + 1];
	size_t left = 0;
	size_t i;

	(void)state;
	for (i = 0; i <= ASKED_PLACES; i++) {
		asked_set(&objects[i], ASKED_V4L);
		assert_int_equal(asked_get(&objects[i]), ASKED_V4L);
	}
	for (i = 0; i <= ASKED_PLACES; i++) {
		left += asked_get(&objects[i]) == ASKED_V4L;
		asked_set(&objects[i], ASKED_NOTHING);
		assert_int_equal(asked_get(&objects[i]), ASKED_NOTHING);
	}
	assert_int_equal(left, ASKED_PLACES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_for_video4linux_is_given_ours_of_cuse),
		TEST(where_all_of_cuse_are_ours_there_is_one_scan),
		TEST(other_questions_have_other_answers),
		TEST(new_enumerator_at_an_old_address_was_asked_for_nothing),
		TEST(nodes_of_others_that_come_meanwhile_are_left_out),
		TEST(looking_for_others_comes_to_an_end),
		TEST(who_waits_for_video4linux_hears_of_ours_of_cuse),
		TEST(who_waits_for_a_type_of_video4linux_hears_of_none),
		TEST(ours_are_what_is_of_cuse_and_has_a_version),
		TEST(ours_say_that_they_are_of_video4linux),
		TEST(others_say_what_they_are),
		TEST(null_is_the_real_ones_to_refuse),
		TEST(without_libudev_everything_fails),
		TEST(of_too_many_objects_one_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
