// SPDX-License-Identifier: BSD-3-Clause
/*
 * The list of kinds and the --device option; and the kind v4l2, as far as other
 * character devices can show it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/options.h"
#include "hostd/device_convert.h"
#include "hostd/device_kinds.h"
#include "hostd/device_pattern.h"
#include "hostd/device_v4l2.h"

static struct device_list list;
static char why[OPTIONS_WHY_LEN];

static int empty_list(void **state)
{
	(void)state;

	memset(&list, 0, sizeof(list));
	memset(why, 0, sizeof(why));
	return 0;
}

/* @text is taken: as this kind, name and target. */
static void expect(const char *text, const struct device_ops *ops,
		   const char *name, const char *target)
{
	const struct device *device;

	empty_list(NULL);
	assert_int_equal(device_list_add(&list, text, why), 0);
	assert_int_equal(list.count, 1);
	device = &list.devices[0];
	assert_ptr_equal(device->ops, ops);
	assert_string_equal(device->name, name);
	assert_string_equal(device->target, target);
	assert_null(device->state);
}

/* @text is refused, and the reason has this word. */
static void expect_refusal(const char *text, const char *word)
{
	unsigned int count = list.count;

	why[0] = '\0';
	assert_true(device_list_add(&list, text, why) < 0);
	if (!strstr(why, word))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, why, word);
	assert_int_equal(list.count, count);
}

static void a_path_is_a_node_named_after_its_file(void **state)
{
	(void)state;

	expect("/dev/video0", &device_v4l2_ops, "video0", "/dev/video0");
	expect("/dev/v4l/by-id/usb-Cam_1.0", &device_v4l2_ops, "usb-Cam_1.0",
	       "/dev/v4l/by-id/usb-Cam_1.0");
	expect("cam=/dev/video0", &device_v4l2_ops, "cam", "/dev/video0");
	expect("cam=/dev/a=b:c", &device_v4l2_ops, "cam", "/dev/a=b:c");
	expect("v4l2:/dev/video7", &device_v4l2_ops, "video7", "/dev/video7");
}

static void a_kind_may_have_parameters_and_is_named_after_itself(void **state)
{
	(void)state;

	expect("pattern", &device_pattern_ops, "pattern", "");
	expect("pattern:", &device_pattern_ops, "pattern", "");
	expect("pattern:fps=60", &device_pattern_ops, "pattern", "fps=60");
	expect("a=pattern", &device_pattern_ops, "a", "");
	expect("Front-Door_2.b=pattern:640x480,fps=30", &device_pattern_ops,
	       "Front-Door_2.b", "640x480,fps=30");
}

static void a_path_may_have_the_option_convert(void **state)
{
	(void)state;

	expect("/dev/video0,convert", &device_convert_ops, "video0",
	       "/dev/video0");
	expect("cam=/dev/video0,convert", &device_convert_ops, "cam",
	       "/dev/video0");
	expect("c=/dev/v4l/by-path/pci-0000:00:14.0-video-index0,convert",
	       &device_convert_ops, "c",
	       "/dev/v4l/by-path/pci-0000:00:14.0-video-index0");
	expect_refusal("/dev/video0,converted",
		       "\",converted\": all that may follow a path is "
		       "\",convert\"");
	expect_refusal("/dev/video0,", "\",\": all that may follow");
	expect_refusal("/dev/video0,convert,convert", "all that may follow");
	expect_refusal("/dev/video98,/dev/video99", "\",/dev/video99\"");
	expect_refusal("pattern,convert", "no such kind");
	expect_refusal("/etc/video0,convert", "/dev/");
	expect_refusal("/dev/../x,convert", "..");
	expect_refusal("/dev/usb-Maker_of_Cameras-video-index0,convert",
		       "NAME=PATH");
	expect_refusal(",convert", "no such kind");
}

static void what_may_be_remembered_is_said_last(void **state)
{
	(void)state;

	expect("/dev/video0", &device_v4l2_ops, "video0", "/dev/video0");
	assert_false(list.devices[0].forget);
	expect("/dev/video0,memo=off", &device_v4l2_ops, "video0",
	       "/dev/video0");
	assert_true(list.devices[0].forget);
	expect("/dev/video0,memo=auto", &device_v4l2_ops, "video0",
	       "/dev/video0");
	assert_false(list.devices[0].forget);
	expect("c=/dev/video0,convert,memo=off", &device_convert_ops, "c",
	       "/dev/video0");
	assert_true(list.devices[0].forget);
	expect("pattern,memo=off", &device_pattern_ops, "pattern", "");
	assert_true(list.devices[0].forget);
	expect("p=pattern:fps=60,memo=off", &device_pattern_ops, "p", "fps=60");
	assert_true(list.devices[0].forget);
	expect_refusal("/dev/video0,memo=no", "memo is off or auto");
	expect_refusal("/dev/video0,memo=", "memo is off or auto");
	expect_refusal("/dev/video0,memo=off,convert", "the last thing");
	expect_refusal("/dev/video0,memo=off,memo=off", "the last thing");
	expect_refusal("/dev/video0,memo", "all that may follow");
}

static void what_cannot_change_lasts(void **state)
{
	struct v4l2_capability capability = {
		.driver = "uvcvideo",
		.device_caps = V4L2_CAP_VIDEO_CAPTURE,
	};

	(void)state;

	assert_int_equal(device_v4l2_ops.lasting(&capability), VMS_MEMO_ALL);
	assert_int_equal(device_pattern_ops.lasting(&capability), VMS_MEMO_ALL);
	assert_null(device_convert_ops.lasting);
	memcpy(capability.driver, "uvcvideo2", 10);
	assert_int_equal(device_v4l2_ops.lasting(&capability),
			 VMS_MEMO_CONTROLS);
	memcpy(capability.driver, "v4l2 loopback", 14);
	assert_int_equal(device_v4l2_ops.lasting(&capability),
			 VMS_MEMO_CONTROLS);
	capability.device_caps = V4L2_CAP_VIDEO_M2M;
	assert_int_equal(device_v4l2_ops.lasting(&capability), 0);
	capability.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_IO_MC;
	assert_int_equal(device_v4l2_ops.lasting(&capability), 0);
}

static void a_name_has_a_limited_length_and_alphabet(void **state)
{
	(void)state;

	expect("abcdefghijklmnopqrstuvwxyz01234=pattern", &device_pattern_ops,
	       "abcdefghijklmnopqrstuvwxyz01234", "");
	expect_refusal("abcdefghijklmnopqrstuvwxyz012345=pattern", "31");
	expect_refusal("=pattern", "a name has");
	expect_refusal("a b=pattern", "a name has");
	expect_refusal("caf\xc3\xa9=pattern", "a name has");
}

static void a_path_that_gives_no_name_needs_one(void **state)
{
	(void)state;

	expect_refusal("/dev/v4l/by-path/pci-0000:00:14.0-video-index0",
		       "NAME=PATH: the path's last part has other than");
	expect_refusal("/dev/", "NAME=");
	expect_refusal("/dev/v4l/by-id/usb-Maker_of_Cameras-video-index0",
		       "NAME=PATH: the path's last part is longer than 31");
	expect("c=/dev/v4l/by-path/pci-0000:00:14.0-video-index0",
	       &device_v4l2_ops, "c",
	       "/dev/v4l/by-path/pci-0000:00:14.0-video-index0");
}

static void what_is_no_kind_is_refused_by_name(void **state)
{
	(void)state;

	expect_refusal("", "no such kind");
	expect_refusal("webcam", "webcam: say /dev/videoM or pattern");
	expect_refusal("video0", "video0: say /dev/video0");
	expect_refusal("cam=video12", "video12: say /dev/video12");
	expect_refusal("v4l-touch0", "v4l-touch0: say /dev/v4l-touch0");
	expect_refusal("patter", "patter");
	expect_refusal("patterns:fps=30", "patterns");
	expect_refusal("cam=webcam:fps=30", "webcam");
	expect_refusal("cam=", "no such kind");
	expect_refusal("dev/video0", "no such kind");
}

static void paths_outside_of_dev_are_refused(void **state)
{
	(void)state;

	expect_refusal("/etc/passwd", "/dev/");
	expect_refusal("/dev", "/dev/");
	expect_refusal("/dev/../etc/passwd", "..");
	expect_refusal("cam=/dev/v4l/..", "..");
	expect("/dev/..video0", &device_v4l2_ops, "..video0", "/dev/..video0");
	expect("/dev/v4l../a..", &device_v4l2_ops, "a..", "/dev/v4l../a..");
	expect_refusal("v4l2:video0", "/dev/");
	expect_refusal("v4l2", "/dev/");
}

static void parameters_that_are_too_long_are_refused(void **state)
{
	char text[1000];

	(void)state;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	expect_refusal(text, "no such kind");
	memcpy(text, "pattern:", 8);
	expect_refusal(text, "too long");
	memcpy(text, "/dev/", 5);
	expect_refusal(text, "too long");

	memcpy(text, "c=/dev/", 7);
	text[2 + DEVICE_TARGET_LEN] = '\0';
	expect_refusal(text, "too long");
	text[2 + DEVICE_TARGET_LEN - 1] = '\0';
	assert_int_equal(device_list_add(&list, text, why), 0);
}

static void a_name_is_given_once(void **state)
{
	(void)state;

	assert_int_equal(device_list_add(&list, "/dev/video0", why), 0);
	expect_refusal("video0=pattern", "video0 is taken");
	expect_refusal("/dev/video0", "taken");
	assert_int_equal(device_list_add(&list, "other=/dev/video0", why), 0);
}

static void the_list_has_an_end(void **state)
{
	char text[32];
	int i;

	(void)state;

	for (i = 0; i < DEVICE_COUNT_MAX; i++) {
		snprintf(text, sizeof(text), "n%d=pattern", i);
		assert_int_equal(device_list_add(&list, text, why), 0);
	}
	expect_refusal("last=pattern", "more than");
}

static void devices_are_found_by_name_and_the_first_without(void **state)
{
	(void)state;

	assert_int_equal(device_list_find(&list, ""), -ENODEV);
	assert_int_equal(device_list_add(&list, "a=pattern", why), 0);
	assert_int_equal(device_list_add(&list, "b=pattern", why), 0);
	assert_int_equal(device_list_find(&list, ""), -ENODEV);
	assert_int_equal(device_list_find(&list, "a"), 0);
	assert_int_equal(device_list_find(&list, "b"), 1);
	assert_int_equal(device_list_find(&list, "c"), -ENODEV);
	assert_int_equal(device_list_find(&list, "B"), -ENODEV);
}

static void every_kind_has_all_that_is_mandatory(void **state)
{
	static const struct device_ops *const kinds[] = {
		&device_v4l2_ops,
		&device_convert_ops,
		&device_pattern_ops,
	};
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct device_ops *ops = kinds[i];

		assert_true(strlen(ops->name) <= 15);
		assert_non_null(ops->check);
		assert_non_null(ops->open);
		assert_non_null(ops->close);
		assert_non_null(ops->ioctl);
		assert_non_null(ops->map);
		assert_non_null(ops->unmap);
		assert_non_null(ops->poll);
		assert_non_null(ops->collect_buffer);
		assert_non_null(ops->collect_event);
	}
}

/* Rule: B38 */
static void the_name_of_the_node_says_its_type(void **state)
{
	static const struct {
		const char *target;
		enum virtio_media_device_type type;
	} nodes[] = {
		{ "/dev/video0", VIRTIO_MEDIA_TYPE_VIDEO },
		{ "/dev/vbi0", VIRTIO_MEDIA_TYPE_VBI },
		{ "/dev/radio12", VIRTIO_MEDIA_TYPE_RADIO },
		{ "/dev/swradio1", VIRTIO_MEDIA_TYPE_SDR },
		{ "/dev/v4l-touch0", VIRTIO_MEDIA_TYPE_TOUCH },
		{ "/dev/vbi/video3", VIRTIO_MEDIA_TYPE_VIDEO },
		{ "/dev/v4l/by-id/usb-cam", VIRTIO_MEDIA_TYPE_VIDEO },
	};
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		assert_int_equal(device_v4l2_ops.type(nodes[i].target),
				 nodes[i].type);
}

static void a_link_has_the_type_of_its_node(void **state)
{
	char directory[] = "/tmp/node.XXXXXX";
	char node[64];
	char link[64];

	(void)state;

	assert_non_null(mkdtemp(directory));
	snprintf(node, sizeof(node), "%s/radio3", directory);
	snprintf(link, sizeof(link), "%s/video-like", directory);
	assert_int_equal(symlink("radio3", link), 0);
	assert_int_equal(device_v4l2_ops.type(link), VIRTIO_MEDIA_TYPE_VIDEO);

	close(open(node, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(device_v4l2_ops.type(link), VIRTIO_MEDIA_TYPE_RADIO);

	unlink(link);
	unlink(node);
	rmdir(directory);
}

static void only_character_devices_are_opened(void **state)
{
	int fd;

	(void)state;

	assert_int_equal(device_v4l2_ops.open_node("/dev/no/such/node"),
			 -ENOENT);
	assert_int_equal(device_v4l2_ops.open_node("/dev"), -ENODEV);
	assert_int_equal(device_v4l2_ops.open_node("/proc/self/exe"), -ENODEV);

	fd = device_v4l2_ops.open_node("/dev/zero");
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK),
			 O_RDWR | O_NONBLOCK);
	close(fd);
}

static void a_fifo_is_not_even_opened(void **state)
{
	char directory[] = "/tmp/usermedia-XXXXXX";
	char path[64];
	int reader;
	char byte;

	(void)state;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/fifo", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(device_v4l2_ops.open_node(path), -ENODEV);
	assert_int_equal(read(reader, &byte, 1), 0);
	close(reader);
	unlink(path);
	rmdir(directory);
}

static void a_node_passes_calls_on_and_errors_back(void **state)
{
	const struct device_ops *ops = &device_v4l2_ops;
	struct device device = { .ops = ops };
	struct v4l2_capability capability;
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_event event;
	struct device_file *file;
	int fd, node;

	(void)state;

	assert_int_equal(ops->open(&device, -1, &file), -EBADF);

	node = ops->open_node("/dev/zero");
	assert_true(node >= 0);
	assert_int_equal(ops->open(&device, node, &file), 0);
	assert_ptr_equal(file->device, &device);
	assert_int_equal(
		ops->ioctl(file, ioctl_lookup(VIDIOC_QUERYCAP), &capability),
		-ENOTTY);
	assert_int_equal(ops->collect_buffer(file, &buffer), -ENOTTY);
	assert_int_equal(buffer.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(ops->collect_event(file, &event), -ENOTTY);

	fd = 42;
	assert_int_equal(ops->poll(file, 0, &fd), 0);
	assert_int_equal(fd, 42);
	assert_int_equal(ops->poll(file, DEVICE_CAPTURE, &fd), EPOLLIN);
	assert_int_equal(fd, node);
	assert_int_equal(ops->poll(file, DEVICE_OUTPUT | DEVICE_EVENT, &fd),
			 EPOLLOUT | EPOLLPRI);
	assert_int_equal(ops->poll(file, DEVICE_HANGUP, &fd), EPOLLHUP);

	ops->set_blocking(file, true);
	assert_false(fcntl(node, F_GETFL) & O_NONBLOCK);
	ops->set_blocking(file, false);
	assert_true(fcntl(node, F_GETFL) & O_NONBLOCK);

	ops->close(file);
	assert_int_equal(fcntl(node, F_GETFD), -1);
}

static void a_mapping_of_a_node_outlives_its_close(void **state)
{
	const struct device_ops *ops = &device_v4l2_ops;
	struct device device = { .ops = ops };
	struct device_map first, second;
	struct device_file *file;
	int node;

	(void)state;

	node = ops->open_node("/dev/zero");
	assert_true(node >= 0);
	assert_int_equal(ops->open(&device, node, &file), 0);
	assert_int_equal(ops->map(file, 1, 4096, &first), -EINVAL);
	assert_int_equal(ops->map(file, 0, 4096, &first), 0);
	assert_int_equal(ops->map(file, 0, 5000, &second), 0);
	assert_int_equal(second.len, 5000);

	ops->unmap(file, &first);
	ops->close(file);
	memset(second.bytes, 1, second.len);
	ops->unmap(file, &second);
}

#define TEST(name) cmocka_unit_test_setup(name, empty_list)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_path_is_a_node_named_after_its_file),
		TEST(a_kind_may_have_parameters_and_is_named_after_itself),
		TEST(a_path_may_have_the_option_convert),
		TEST(what_may_be_remembered_is_said_last),
		TEST(what_cannot_change_lasts),
		TEST(a_name_has_a_limited_length_and_alphabet),
		TEST(a_path_that_gives_no_name_needs_one),
		TEST(what_is_no_kind_is_refused_by_name),
		TEST(paths_outside_of_dev_are_refused),
		TEST(parameters_that_are_too_long_are_refused),
		TEST(a_name_is_given_once),
		TEST(the_list_has_an_end),
		TEST(devices_are_found_by_name_and_the_first_without),
		TEST(every_kind_has_all_that_is_mandatory),
		TEST(the_name_of_the_node_says_its_type),
		TEST(a_link_has_the_type_of_its_node),
		TEST(only_character_devices_are_opened),
		TEST(a_fifo_is_not_even_opened),
		TEST(a_node_passes_calls_on_and_errors_back),
		TEST(a_mapping_of_a_node_outlives_its_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
