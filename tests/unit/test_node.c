// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names of nodes, in a /dev and a /sys/class that a test has made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/protocol.h"
#include "guestd/node.h"
#include "tests/places.h"
#include "tests/simulated.h"

/* ---- a /dev and a /sys of its own -------------------------------------------- */

static int (*check)(void);

static int with_classes(void)
{
	if (mkdir("/sys/class", 0755) < 0 ||
	    mkdir("/sys/class/video4linux", 0755) < 0 ||
	    mkdir("/sys/class/cuse", 0755) < 0)
		return PLACES_SKIPPED;
	return check();
}

static void elsewhere(int (*what)(void))
{
	static const char *const places[] = { "/dev", "/sys", NULL };

	check = what;
	places_run(places, with_classes);
}

static bool touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* What CUSE makes in sysfs. */
static bool sysfs(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/cuse/%s", name);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "/sys/class/cuse/%s/dev", name);
	file = fopen(path, "we");
	if (!file)
		return false;
	fputs(text, file);
	return !fclose(file);
}

static bool device(const char *path, unsigned int major_nr,
		   unsigned int minor_nr)
{
	return !mknod(path, S_IFCHR | 0600, makedev(major_nr, minor_nr));
}

static int choose_in_places(void)
{
	char name[NODE_NAME_LEN] = "";

	if (node_choose(name, VIRTIO_MEDIA_TYPE_VIDEO) ||
	    strcmp(name, "video0") != 0)
		return 1;
	touch("/dev/video0");
	mkdir("/sys/class/video4linux/video1", 0755);
	mkdir("/sys/class/cuse/video2", 0755);
	if (symlink("nowhere", "/dev/video3") < 0)
		return 2;
	name[0] = 0;
	if (node_choose(name, VIRTIO_MEDIA_TYPE_VIDEO) ||
	    strcmp(name, "video4") != 0)
		return 3;
	/* A name that was given is only looked at. */
	if (node_choose(name, VIRTIO_MEDIA_TYPE_VIDEO))
		return 4;
	snprintf(name, sizeof(name), "video1");
	if (node_choose(name, VIRTIO_MEDIA_TYPE_VIDEO) != -EEXIST)
		return 5;
	snprintf(name, sizeof(name), "video3");
	if (node_choose(name, VIRTIO_MEDIA_TYPE_VIDEO) != -EEXIST)
		return 6;
	return strcmp(name, "video3") ? 7 : 0;
}

static void the_first_name_that_is_free_everywhere_is_chosen(void **state)
{
	(void)state;
	elsewhere(choose_in_places);
}

static int choose_by_type(void)
{
	static const struct {
		uint32_t type;
		const char *name;
	} nodes[] = {
		{ VIRTIO_MEDIA_TYPE_VBI, "vbi0" },
		{ VIRTIO_MEDIA_TYPE_RADIO, "radio1" },
		{ VIRTIO_MEDIA_TYPE_SDR, "swradio0" },
		{ VIRTIO_MEDIA_TYPE_TOUCH, "v4l-touch0" },
		/* The kernel's sub-devices, which are not ours, and nonsense */
		{ 3, "video0" },
		{ UINT32_MAX, "video0" },
	};
	int i;

	touch("/dev/radio0");
	for (i = 0; i < (int)(sizeof(nodes) / sizeof(nodes[0])); i++) {
		char name[NODE_NAME_LEN] = "";

		if (node_choose(name, nodes[i].type) ||
		    strcmp(name, nodes[i].name) != 0)
			return i + 1;
	}
	return 0;
}

/* Rule: B14 */
static void the_name_chosen_is_one_of_the_device_s_type(void **state)
{
	(void)state;
	elsewhere(choose_by_type);
}

static int choose_where_none_is_free(void)
{
	char name[NODE_NAME_LEN] = "";
	char path[64];
	int i;

	for (i = 0; i < NODE_AUTO_MAX; i++) {
		snprintf(path, sizeof(path), "/dev/video%d", i);
		if (!touch(path))
			return 1;
	}
	return node_choose(name, VIRTIO_MEDIA_TYPE_VIDEO) == -EEXIST && !name[0]
		       ? 0
		       : 2;
}

static void where_every_name_is_taken_none_is_chosen(void **state)
{
	(void)state;
	elsewhere(choose_where_none_is_free);
}

static int look_in_places(void)
{
	dev_t rdev = 0;

	if (node_look("video9", &rdev))
		return 1;
	if (!sysfs("video9", "510:3\n") || node_look("video9", &rdev))
		return 2;
	/* What CUSE made, and the name is somebody else's. */
	if (!device("/dev/video9", 81, 9))
		return PLACES_SKIPPED;
	if (node_look("video9", &rdev) != -EEXIST)
		return 3;
	unlink("/dev/video9");
	if (!device("/dev/video9", 510, 3) || node_look("video9", &rdev) != 1)
		return 4;
	if (rdev != makedev(510, 3))
		return 5;
	unlink("/dev/video9");
	touch("/dev/video9");
	if (node_look("video9", &rdev) != -EEXIST)
		return 6;
	sysfs("video9", "garbage");
	return node_look("video9", &rdev) ? 7 : 0;
}

static void a_node_is_there_when_both_numbers_are_equal(void **state)
{
	(void)state;
	elsewhere(look_in_places);
}

/* ---- waiting ----------------------------------------------------------------- */

static struct loop *loop;
static struct node_wait *waiting;
static uint64_t now;
static int made_with;
static dev_t made_rdev;

static void on_made(void *owner, int error, dev_t rdev)
{
	(void)owner;
	made_with = error;
	made_rdev = rdev;
}

static int wait_start(void)
{
	made_with = 1;
	if (loop_create(&loop))
		return -1;
	simulated_time(loop, &now);
	return node_wait_create(loop, "video9", on_made, NULL, &waiting);
}

static void wait_ms(uint64_t ms)
{
	uint64_t end = now + ms * LOOP_MS;

	while (now < end && made_with == 1)
		loop_run_once(loop, 10);
}

static void wait_end(void)
{
	node_wait_destroy(waiting);
	loop_destroy(loop);
}

static int wait_for_node(void)
{
	if (wait_start())
		return 1;
	wait_ms(1000);
	if (made_with != 1)
		return 2;
	if (!sysfs("video9", "510:3\n") || !device("/dev/video9", 510, 3))
		return PLACES_SKIPPED;
	wait_ms(20);
	if (made_with || made_rdev != makedev(510, 3))
		return 3;
	wait_end();
	return 0;
}

static void who_waits_hears_when_it_is_there(void **state)
{
	(void)state;
	elsewhere(wait_for_node);
}

static int wait_in_vain(void)
{
	if (wait_start())
		return 1;
	wait_ms(4900);
	if (made_with != 1)
		return 2;
	wait_ms(200);
	if (made_with != -ETIMEDOUT)
		return 3;
	wait_end();
	return 0;
}

static void nobody_waits_for_ever(void **state)
{
	(void)state;
	elsewhere(wait_in_vain);
	node_wait_destroy(NULL);
}

/* ---- numbers ------------------------------------------------------------------ */

static void numbers_are_parsed(void **state)
{
	static const char *const bad[] = { "",
					   ":",
					   "81",
					   "81:",
					   ":3",
					   "81:3x",
					   "a:b",
					   "81:3:4",
					   "4096:0",
					   "0:1048576",
					   "-1:3",
					   "81:-3",
					   "99999999999999999999:1" };
	unsigned int major_nr = 0;
	unsigned int minor_nr = 0;
	size_t i;

	(void)state;
	assert_int_equal(node_parse_number("81:3", &major_nr, &minor_nr), 0);
	assert_int_equal(major_nr, 81);
	assert_int_equal(minor_nr, 3);
	assert_int_equal(
		node_parse_number("510:1048575\n", &major_nr, &minor_nr), 0);
	assert_int_equal(minor_nr, 1048575);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			node_parse_number(bad[i], &major_nr, &minor_nr),
			-EINVAL);
	assert_int_equal(major_nr, 510);
}

/* ---- names ------------------------------------------------------------------ */

/* Rule: B38 */
static void names_are_those_of_v4l2(void **state)
{
	static const char *const names[][2] = {
		{ "video0", "video0" },
		{ "/dev/video42", "video42" },
		{ "vbi3", "vbi3" },
		{ "/dev/radio7", "radio7" },
		{ "/dev/swradio1", "swradio1" },
		{ "v4l-touch0", "v4l-touch0" },
	};
	char name[NODE_NAME_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(node_parse_name(names[i][0], name), 0);
		assert_string_equal(name, names[i][1]);
	}
}

static void other_words_are_no_names(void **state)
{
	static const char *const words[] = {
		"",
		"0",
		"video",
		"video-1",
		"video0x",
		"video00",
		"video 1",
		"/dev/",
		"/dev/null",
		"/dev//video0",
		"dev/video0",
		"/dev/v/video0",
		"cam",
		"Video0",
		"v4l-subdev0",
		"/tmp/video0",
		"media0",
		"video0\n",
		"video1234567890",
	};
	char name[NODE_NAME_LEN] = "untouched";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(node_parse_name(words[i], name), -EINVAL);
	assert_string_equal(name, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_v4l2),
		cmocka_unit_test(other_words_are_no_names),
		cmocka_unit_test(
			the_first_name_that_is_free_everywhere_is_chosen),
		cmocka_unit_test(the_name_chosen_is_one_of_the_device_s_type),
		cmocka_unit_test(where_every_name_is_taken_none_is_chosen),
		cmocka_unit_test(a_node_is_there_when_both_numbers_are_equal),
		cmocka_unit_test(who_waits_hears_when_it_is_there),
		cmocka_unit_test(nobody_waits_for_ever),
		cmocka_unit_test(numbers_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
