// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest, its peer, its opener and a device that does what a test wants.
 */
#include "tests/guest_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "common/wire.h"

struct guest_rig guest_rig;

/* ---- a device that is slow, or broken -------------------------------- */

static enum virtio_media_device_type fake_type(const char *target)
{
	(void)target;

	return VIRTIO_MEDIA_TYPE_VBI;
}

static int fake_open(struct device *device, int fd, struct device_file **out)
{
	static struct device_file file;

	(void)fd;

	/* Only the probe is on this thread, and must not wait. */
	if (__atomic_fetch_add(&guest_rig.open_count, 1, __ATOMIC_SEQ_CST) > 0)
		sem_wait(&guest_rig.open_gate);
	if (guest_rig.open_result < 0)
		return guest_rig.open_result;
	file.device = device;
	*out = &file;
	return 0;
}

static void fake_close(struct device_file *file)
{
	(void)file;
}

static int fake_ioctl(struct device_file *file, const struct ioctl_desc *desc,
		      void *arg)
{
	struct v4l2_capability *capability = arg;

	(void)file;

	if (desc->cmd == VIDIOC_LOG_STATUS)
		return guest_rig.fake_log_status;
	if (desc->cmd != VIDIOC_QUERYCAP)
		return -ENOTTY;
	memcpy(capability->driver, "fake", sizeof("fake"));
	memset(capability->card, 'c', sizeof(capability->card));
	capability->device_caps = guest_rig.fake_caps;
	capability->capabilities = guest_rig.fake_caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

static uint32_t fake_poll(struct device_file *file, unsigned int wanted,
			  int *fd)
{
	(void)file;
	(void)wanted;
	(void)fd;

	return 0;
}

static int fake_export(struct device_file *file,
		       const struct device_plane *plane,
		       const struct device_map *map, enum vms_obj_kind *kind)
{
	(void)file;
	(void)plane;
	(void)map;
	(void)kind;

	return -EINVAL;
}

static bool fake_exports(struct device_file *file)
{
	(void)file;

	return guest_rig.fake_exports;
}

static const struct device_ops fake_ops = {
	.name = "v4l2",
	.type = fake_type,
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.export_plane = fake_export,
	.exports = fake_exports,
	.poll = fake_poll,
};

void guest_rig_add_fake(const char *name, const char *target)
{
	struct device *device =
		&guest_rig.devices.devices[guest_rig.devices.count++];

	*device = (struct device){ .ops = &fake_ops };
	snprintf(device->name, sizeof(device->name), "%s", name);
	snprintf(device->target, sizeof(device->target), "%s", target);
	device_list_load(&guest_rig.devices, UINT64_MAX);
}

/* ---- the rig --------------------------------------------------------- */

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(guest_rig.said);

	if (level < LOG_LEVEL_DEBUG)
		snprintf(guest_rig.said + len, sizeof(guest_rig.said) - len,
			 "%s\n", line);
}

static void on_ended(void *data, int error)
{
	(void)data;

	assert_int_equal(guest_rig.ended_with, GUEST_RIG_NOT_ENDED);
	guest_rig.ended_with = error;
}

static void start_opener(void)
{
	struct grant grant;
	int fds[2];

	grant_default(&grant);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	guest_rig.opener_process = fork();
	assert_true(guest_rig.opener_process >= 0);
	if (guest_rig.opener_process == 0) {
		close(fds[0]);
		_exit(opener_run(fds[1], &guest_rig.devices, &grant,
				 &guest_rig.who));
	}
	close(fds[1]);
	assert_int_equal(opener_create(fds[0], &guest_rig.opener), 0);
}

void guest_rig_start(void)
{
	int fd = guest_peer_init_pair(&guest_rig.peer);

	guest_rig.ended_with = GUEST_RIG_NOT_ENDED;
	assert_int_equal(guest_create(guest_rig.loop, fd, &guest_rig.who,
				      &guest_rig.devices, guest_rig.opener,
				      on_ended, NULL, &guest_rig.guest),
			 0);
}

int guest_rig_setup(void **state)
{
	char why[OPTIONS_WHY_LEN];

	(void)state;

	guest_rig.who = (struct transport_peer){
		.kind = TRANSPORT_UNIX,
		.uid = 7,
	};
	guest_rig.devices.count = 0;
	assert_int_equal(
		device_list_add(&guest_rig.devices, "cam=pattern", why), 0);
	assert_int_equal(device_list_add(&guest_rig.devices, "pattern", why),
			 0);
	guest_rig_add_fake("fake", "/dev/vbi3");
	guest_rig.open_result = 0;
	guest_rig.open_count = 0;
	sem_init(&guest_rig.open_gate, 0, 0);
	guest_rig.fake_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
			      V4L2_CAP_READWRITE;
	guest_rig.fake_log_status = 0;
	guest_rig.fake_exports = false;

	guest_rig.said[0] = '\0';
	log_set_sink(sink);
	start_opener();
	assert_int_equal(loop_create(&guest_rig.loop), 0);
	guest_rig_start();
	return 0;
}

int guest_rig_teardown(void **state)
{
	int status;

	(void)state;

	guest_destroy(guest_rig.guest);
	loop_destroy(guest_rig.loop);
	guest_peer_finish(&guest_rig.peer);
	opener_destroy(guest_rig.opener);
	assert_int_equal(waitpid(guest_rig.opener_process, &status, 0),
			 guest_rig.opener_process);
	log_set_sink(NULL);
	sem_destroy(&guest_rig.open_gate);
	return 0;
}

void guest_rig_settle(void)
{
	int i;

	for (i = 0; i < 200 && loop_run_once(guest_rig.loop, 10) > 0; i++)
		;
	guest_peer_receive(&guest_rig.peer);
}

bool guest_rig_next(struct vms_header *header, const uint8_t **section)
{
	int i;

	for (i = 0; i < 500; i++) {
		guest_peer_receive(&guest_rig.peer);
		if (guest_peer_next(&guest_rig.peer, header, section))
			return true;
		if (guest_rig.peer.ended)
			return false;
		assert_true(loop_run_once(guest_rig.loop, 100) >= 0);
	}
	return false;
}

struct vms_hello_ack guest_rig_next_ack(struct vms_list_entry *entries,
					unsigned int *count)
{
	struct vms_hello_ack ack = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(guest_rig_next(&header, &section));
	assert_int_equal(header.type, VMS_HELLO_ACK);
	assert_int_equal(
		wire_get_hello_ack(section, header.slen, &ack, entries, count),
		0);
	assert_int_equal(!!(header.flags & VMS_FLAG_FD),
			 !!(ack.features & VMS_FEATURES_FD));
	return ack;
}

struct vms_clock guest_rig_next_clock(void)
{
	struct vms_clock clock = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(guest_rig_next(&header, &section));
	assert_int_equal(header.type, VMS_CLOCK);
	assert_int_equal(wire_get_clock(section, header.slen, &clock), 0);
	return clock;
}

void guest_rig_expect_resp(uint32_t tag, uint32_t status)
{
	struct wire_reader reader;
	const uint8_t *section;
	struct vms_header header;

	assert_true(guest_rig_next(&header, &section));
	assert_int_equal(header.type, VMS_RESP);
	assert_int_equal(header.tag, tag);
	wire_reader_init(&reader, section, header.slen);
	assert_int_equal(wire_get_u32(&reader), status);
}

void guest_rig_expect_goaway(uint32_t error, enum vms_goaway_reason reason)
{
	struct vms_goaway goaway = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(guest_rig_next(&header, &section));
	assert_int_equal(header.type, VMS_GOAWAY);
	assert_int_equal(wire_get_goaway(section, header.slen, &goaway), 0);
	assert_int_equal(goaway.error, error);
	assert_int_equal(goaway.reason, reason);

	guest_rig_settle();
	assert_false(guest_peer_next(&guest_rig.peer, &header, &section));
	assert_int_equal(guest_rig.ended_with, -(int)error);
	guest_destroy(guest_rig.guest);
	guest_rig.guest = NULL;
	guest_peer_receive(&guest_rig.peer);
	assert_true(guest_rig.peer.ended);
}

void guest_rig_say(const struct vms_hello *hello)
{
	guest_peer_send_hello(&guest_rig.peer, hello);
}

struct vms_hello guest_rig_hello_for(const char *device)
{
	struct vms_hello hello = guest_peer_hello();

	snprintf(hello.device, sizeof(hello.device), "%s", device);
	return hello;
}

struct vms_hello_ack guest_rig_connect(const char *device)
{
	struct vms_hello hello = guest_rig_hello_for(device);
	struct vms_hello_ack ack;

	guest_rig_say(&hello);
	ack = guest_rig_next_ack(NULL, NULL);
	assert_int_equal(ack.status, 0);
	return ack;
}

void guest_rig_expect_said(const char *what)
{
	if (!strstr(guest_rig.said, what))
		fail_msg("\"%s\" is not in:\n%s", what, guest_rig.said);
}
