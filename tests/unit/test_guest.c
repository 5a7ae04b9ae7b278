// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest's connection: HELLO, what may follow it, and the end.
 *
 * The guest runs on this thread's loop, its peer is a script on the other end of
 * a socketpair, and the opener is a real process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/clockdomain.h"
#include "common/log.h"
#include "common/options.h"
#include "common/wire.h"
#include "hostd/guest.h"
#include "hostd/hello.h"
#include "tests/guest_peer.h"

#define NOT_ENDED 1 /* no negative errno, and not 0 */

static const struct transport_peer who = { .kind = TRANSPORT_UNIX, .uid = 7 };
static const struct policy policy = { .own_uid = 7 };

static struct device_list devices;
static struct loop *loop;
static struct opener *opener;
static pid_t opener_process;
static struct guest *guest;
static struct guest_peer peer;
static int ended_with;
static char said[4096]; /* all log lines */

/* ---- a device that is slow, or broken -------------------------------- */

static sem_t open_gate; /* one post for each open that may go on */
static int open_result;
static int open_count; /* the first is the probe */

static int fake_open(struct device *device, int fd, struct device_file **out)
{
	static struct device_file file;

	(void)fd;

	/* Only the probe is on this thread, and must not wait. */
	if (__atomic_fetch_add(&open_count, 1, __ATOMIC_SEQ_CST) > 0)
		sem_wait(&open_gate);
	if (open_result < 0)
		return open_result;
	file.device = device;
	*out = &file;
	return 0;
}

static void fake_close(struct device_file *file)
{
	(void)file;
}

static uint32_t fake_caps;
static int fake_log_status;

static int fake_ioctl(struct device_file *file, const struct ioctl_desc *desc,
		      void *arg)
{
	struct v4l2_capability *capability = arg;

	(void)file;

	if (desc->cmd == VIDIOC_LOG_STATUS)
		return fake_log_status;
	if (desc->cmd != VIDIOC_QUERYCAP)
		return -ENOTTY;
	memcpy(capability->driver, "fake", sizeof("fake"));
	memset(capability->card, 'c', sizeof(capability->card));
	capability->device_caps = fake_caps;
	capability->capabilities = fake_caps | V4L2_CAP_DEVICE_CAPS;
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

static const struct device_ops fake_ops = {
	.name = "v4l2",
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.poll = fake_poll,
};

static void add_fake(const char *name, const char *target)
{
	struct device *device = &devices.devices[devices.count++];

	*device = (struct device){ .ops = &fake_ops };
	snprintf(device->name, sizeof(device->name), "%s", name);
	snprintf(device->target, sizeof(device->target), "%s", target);
}

/* ---- the rig --------------------------------------------------------- */

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(said);

	if (level < LOG_LEVEL_DEBUG)
		snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

static void on_ended(void *data, int error)
{
	(void)data;

	assert_int_equal(ended_with, NOT_ENDED);
	ended_with = error;
}

static void start_opener(void)
{
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	opener_process = fork();
	assert_true(opener_process >= 0);
	if (opener_process == 0) {
		close(fds[0]);
		_exit(opener_run(fds[1], &devices, &policy, &who));
	}
	close(fds[1]);
	assert_int_equal(opener_create(fds[0], &opener), 0);
}

static int setup(void **state)
{
	char why[OPTIONS_WHY_LEN];
	int fds[2];

	(void)state;

	devices.count = 0;
	assert_int_equal(device_list_add(&devices, "cam=pattern", why), 0);
	assert_int_equal(device_list_add(&devices, "pattern", why), 0);
	add_fake("fake", "/dev/vbi3");
	open_result = 0;
	open_count = 0;
	sem_init(&open_gate, 0, 0);
	fake_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
		    V4L2_CAP_READWRITE;
	fake_log_status = 0;

	said[0] = '\0';
	log_set_sink(sink);
	start_opener();
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	guest_peer_init(&peer, fds[0]);
	ended_with = NOT_ENDED;
	assert_int_equal(guest_create(loop, fds[1], &who, &devices, opener,
				      on_ended, NULL, &guest),
			 0);
	return 0;
}

static int teardown(void **state)
{
	int status;

	(void)state;

	guest_destroy(guest);
	loop_destroy(loop);
	guest_peer_finish(&peer);
	opener_destroy(opener);
	assert_int_equal(waitpid(opener_process, &status, 0), opener_process);
	log_set_sink(NULL);
	sem_destroy(&open_gate);
	return 0;
}

/* Let everything happen that happens by itself. */
static void settle(void)
{
	int i;

	for (i = 0; i < 200 && loop_run_once(loop, 10) > 0; i++)
		;
	guest_peer_receive(&peer);
}

/* Wait for the next frame, or for the end. */
static bool next(struct vms_header *header, const uint8_t **section)
{
	int i;

	for (i = 0; i < 500; i++) {
		guest_peer_receive(&peer);
		if (guest_peer_next(&peer, header, section))
			return true;
		if (peer.ended)
			return false;
		assert_true(loop_run_once(loop, 100) >= 0);
	}
	return false;
}

static struct vms_hello_ack next_ack(struct vms_list_entry *entries,
				     unsigned int *count)
{
	struct vms_hello_ack ack = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(next(&header, &section));
	assert_int_equal(header.type, VMS_HELLO_ACK);
	assert_int_equal(
		wire_get_hello_ack(section, header.slen, &ack, entries, count),
		0);
	return ack;
}

static void expect_resp(uint32_t tag, uint32_t status)
{
	struct wire_reader reader;
	const uint8_t *section;
	struct vms_header header;

	assert_true(next(&header, &section));
	assert_int_equal(header.type, VMS_RESP);
	assert_int_equal(header.tag, tag);
	wire_reader_init(&reader, section, header.slen);
	assert_int_equal(wire_get_u32(&reader), status);
}

/* GOAWAY, and nothing after it but the end. */
static void expect_goaway(uint32_t error, enum vms_goaway_reason reason)
{
	struct vms_goaway goaway = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(next(&header, &section));
	assert_int_equal(header.type, VMS_GOAWAY);
	assert_int_equal(wire_get_goaway(section, header.slen, &goaway), 0);
	assert_int_equal(goaway.error, error);
	assert_int_equal(goaway.reason, reason);

	settle();
	assert_false(guest_peer_next(&peer, &header, &section));
	assert_int_equal(ended_with, -(int)error);
	guest_destroy(guest);
	guest = NULL;
	guest_peer_receive(&peer);
	assert_true(peer.ended);
}

static void say(const struct vms_hello *hello)
{
	guest_peer_send_hello(&peer, hello);
}

static struct vms_hello hello_for(const char *device)
{
	struct vms_hello hello = guest_peer_hello();

	snprintf(hello.device, sizeof(hello.device), "%s", device);
	return hello;
}

static struct vms_hello_ack connect_to(const char *device)
{
	struct vms_hello hello = hello_for(device);
	struct vms_hello_ack ack;

	say(&hello);
	ack = next_ack(NULL, NULL);
	assert_int_equal(ack.status, 0);
	return ack;
}

static void expect_said(const char *what)
{
	if (!strstr(said, what))
		fail_msg("\"%s\" is not in:\n%s", what, said);
}

/* ---- HELLO ----------------------------------------------------------- */

static void hello_is_answered_with_what_both_can(void **state)
{
	struct vms_hello hello = hello_for("fake");
	struct vms_hello_ack ack;
	unsigned int listed = 99;

	(void)state;

	hello.version_max = 7;
	hello.features |= VMS_FEATURE_SHM_FD | VMS_FEATURE_MEMO | 1ull << 63;
	hello.features &= ~VMS_FEATURE_EDID;
	hello.max_ctrl = 8192;
	hello.max_chunk = 5001;
	hello.cmd_window = 3;
	say(&hello);

	ack = next_ack(NULL, &listed);
	assert_int_equal(ack.status, 0);
	assert_int_equal(ack.version, 1);
	assert_true(ack.features == (VMS_FEATURES & ~VMS_FEATURE_EDID));
	assert_int_equal(ack.max_ctrl, 8192);
	assert_int_equal(ack.max_chunk, 5000);
	assert_int_equal(ack.cmd_window, 3);
	assert_true(ack.evt_credit == UINT32_MAX);
	assert_int_equal(listed, 0);
	expect_said("uid 7: connected, device fake");
}

static void more_than_we_can_is_cut_to_what_we_can(void **state)
{
	struct vms_hello hello = guest_peer_hello();
	struct vms_hello_ack ack;

	(void)state;

	hello.max_ctrl = UINT32_MAX;
	hello.max_chunk = UINT32_MAX;
	hello.cmd_window = UINT32_MAX;
	say(&hello);

	ack = next_ack(NULL, NULL);
	assert_int_equal(ack.max_ctrl, VMS_MAX_CTRL);
	assert_int_equal(ack.max_chunk, VMS_MAX_CHUNK);
	assert_int_equal(ack.cmd_window, VMS_CMD_WINDOW);
}

static void hello_ack_tells_about_the_device(void **state)
{
	struct vms_hello_ack ack;

	(void)state;

	ack = connect_to("fake");
	assert_string_equal((char *)ack.capability.driver, "fake");
	assert_int_equal(ack.capability.device_caps, fake_caps);
	assert_int_equal(ack.config.device_caps, fake_caps);
	assert_int_equal(ack.config.device_type, VIRTIO_MEDIA_TYPE_VBI);
	assert_int_equal(strspn(ack.config.card, "c"),
			 sizeof(ack.config.card) - 1);
	assert_true(ack.shm_len == 1ull << 40);
	assert_int_equal(ack.page_size, 4096);
	assert_int_equal(ack.generation, 0);
}

static void hello_ack_tells_the_time(void **state)
{
	uint64_t before = hello_now(CLOCK_MONOTONIC);
	uint64_t real = hello_now(CLOCK_REALTIME);
	struct vms_hello_ack ack;

	(void)state;

	ack = connect_to("");
	assert_true(ack.mono_ns >= before);
	assert_true(ack.mono_ns <= hello_now(CLOCK_MONOTONIC));
	assert_true(ack.real_ns >= real);
	assert_true(ack.real_ns <= hello_now(CLOCK_REALTIME));
	assert_true(ack.clock_domain == clockdomain());
	assert_true(ack.clock_domain != 0);
}

static void no_name_is_the_first_device(void **state)
{
	(void)state;

	connect_to("");
	expect_said("device cam");
}

static void what_only_read_could_carry_is_masked_without_streaming(void **state)
{
	struct vms_hello_ack ack;

	(void)state;

	fake_caps = V4L2_CAP_RADIO | V4L2_CAP_TUNER | V4L2_CAP_READWRITE |
		    V4L2_CAP_RDS_CAPTURE;
	ack = connect_to("fake");
	assert_int_equal(ack.config.device_caps,
			 V4L2_CAP_RADIO | V4L2_CAP_TUNER);
	assert_int_equal(ack.capability.device_caps, fake_caps);
}

static void log_status_is_a_feature_of_devices_that_have_it(void **state)
{
	struct vms_hello_ack ack;

	(void)state;

	fake_log_status = -ENOTTY;
	ack = connect_to("fake");
	assert_true(ack.features == (VMS_FEATURES & ~VMS_FEATURE_LOG_STATUS));
}

static void the_name_of_the_node_says_its_type(void **state)
{
	static const struct {
		const char *target;
		uint32_t type;
	} nodes[] = {
		{ "/dev/video0", VIRTIO_MEDIA_TYPE_VIDEO },
		{ "/dev/vbi0", VIRTIO_MEDIA_TYPE_VBI },
		{ "/dev/radio12", VIRTIO_MEDIA_TYPE_RADIO },
		{ "/dev/swradio1", VIRTIO_MEDIA_TYPE_SDR },
		{ "/dev/v4l-touch0", VIRTIO_MEDIA_TYPE_TOUCH },
		{ "/dev/vbi/video3", VIRTIO_MEDIA_TYPE_VIDEO },
		{ "/dev/v4l/by-id/usb-cam", VIRTIO_MEDIA_TYPE_VIDEO },
	};
	const struct v4l2_capability capability = { 0 };
	struct device device = { .ops = &fake_ops };
	struct vms_hello_ack ack = { 0 };
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		snprintf(device.target, sizeof(device.target), "%s",
			 nodes[i].target);
		hello_device(&ack, &device, &capability, false);
		assert_int_equal(ack.config.device_type, nodes[i].type);
	}

	/* Parameters of a software kind are no path. */
	hello_device(&ack, &devices.devices[0], &capability, false);
	assert_int_equal(ack.config.device_type, VIRTIO_MEDIA_TYPE_VIDEO);
}

static void without_a_common_version_it_says_ours(void **state)
{
	struct vms_hello hello = guest_peer_hello();
	struct vms_hello_ack ack;
	unsigned int listed;

	(void)state;

	hello.version_min = 2;
	hello.version_max = 9;
	say(&hello);

	ack = next_ack(NULL, &listed);
	assert_int_equal(ack.status, EPROTONOSUPPORT);
	assert_int_equal(ack.version, VMS_VERSION_MAX);
	assert_int_equal(listed, 0);
	expect_goaway(EPROTONOSUPPORT, VMS_GOAWAY_VERSION);
	expect_said("uid 7: speaks versions 2 to 9, we 1 to 1");
}

static void version_0_is_no_version(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;

	hello.version_min = 0;
	hello.version_max = 0;
	say(&hello);
	assert_int_equal(next_ack(NULL, NULL).status, EPROTONOSUPPORT);
	expect_goaway(EPROTONOSUPPORT, VMS_GOAWAY_VERSION);
}

static void an_unknown_device_is_answered_with_those_there_are(void **state)
{
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello hello = hello_for("nope\n");
	struct vms_hello_ack ack;
	unsigned int listed;

	(void)state;

	say(&hello);
	ack = next_ack(entries, &listed);
	assert_int_equal(ack.status, ENODEV);
	assert_int_equal(listed, 3);
	assert_string_equal(entries[0].name, "cam");
	assert_string_equal(entries[0].kind, "pattern");
	assert_string_equal(entries[1].name, "pattern");
	assert_string_equal(entries[2].name, "fake");
	assert_string_equal(entries[2].kind, "v4l2");
	expect_goaway(ENODEV, VMS_GOAWAY_DEVICE);
}

static void a_listing_is_all_that_a_list_connection_gets(void **state)
{
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello hello = hello_for("nope");
	struct vms_hello_ack ack;
	unsigned int listed;

	(void)state;

	hello.role = VMS_ROLE_LIST;
	say(&hello);
	ack = next_ack(entries, &listed);
	assert_int_equal(ack.status, 0);
	assert_int_equal(listed, 3);
	expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
	assert_int_equal(open_count, 0);
}

static void the_longest_listing_fits(void **state)
{
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello hello = guest_peer_hello();
	unsigned int listed;

	(void)state;

	while (devices.count < DEVICE_COUNT_MAX)
		add_fake("a-name-of-thirty-one-bytes-long", "");
	hello.role = VMS_ROLE_LIST;
	hello.max_ctrl = VMS_MIN_CTRL;
	say(&hello);
	assert_int_equal(next_ack(entries, &listed).status, 0);
	assert_int_equal(listed, VMS_LIST_MAX);
	assert_string_equal(entries[VMS_LIST_MAX - 1].name,
			    "a-name-of-thirty-one-bytes-long");
	expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
}

static void a_device_that_does_not_open_says_why(void **state)
{
	struct vms_hello hello = hello_for("fake");
	unsigned int listed;

	(void)state;

	open_result = -EBUSY;
	say(&hello);
	assert_int_equal(next_ack(NULL, &listed).status, EBUSY);
	assert_int_equal(listed, 0);
	expect_goaway(EBUSY, VMS_GOAWAY_DEVICE);
	expect_said("uid 7: device fake: Device or resource busy, closing");
}

static void without_an_opener_nothing_opens(void **state)
{
	struct vms_hello hello = hello_for("cam");

	(void)state;

	kill(opener_process, SIGKILL);
	say(&hello);
	assert_int_equal(next_ack(NULL, NULL).status, EIO);
	expect_goaway(EIO, VMS_GOAWAY_DEVICE);
}

/* ---- what is out of place -------------------------------------------- */

static void a_frame_before_hello_ends_it(void **state)
{
	(void)state;

	guest_peer_open(&peer, 1);
	expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	expect_said("uid 7: REQ is out of place, closing");
}

static void data_before_hello_ends_it(void **state)
{
	const struct vms_header data = { .type = VMS_DATA, .slen = 16 };
	uint8_t bytes[16] = { 0 };

	(void)state;

	guest_peer_send(&peer, &data, bytes, sizeof(bytes));
	guest_peer_open(&peer, 1);
	expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
}

static void a_second_hello_ends_it(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;

	connect_to("cam");
	say(&hello);
	expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	expect_said("uid 7: HELLO is out of place, closing");
}

static void what_hostd_says_ends_it(void **state)
{
	static const uint16_t types[] = { VMS_RESP, VMS_EVT, VMS_HELLO_ACK };
	static const uint8_t zeros[sizeof(struct vms_hello_ack)];
	struct vms_header header = { 0 };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (i > 0) {
			teardown(state);
			setup(state);
		}
		connect_to("cam");
		header.type = types[i];
		header.tag = types[i] == VMS_RESP ? 1 : 0;
		header.slen = types[i] == VMS_RESP  ? 8
			      : types[i] == VMS_EVT ? 16
						    : sizeof(zeros);
		guest_peer_send(&peer, &header, zeros, header.slen);
		expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
		expect_said("is out of place, closing");
	}
}

static void a_hello_with_reserved_bits_ends_it(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;

	hello.session_id = 1;
	say(&hello);
	expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	expect_said("uid 7: malformed HELLO, closing");
}

static void garbage_ends_it(void **state)
{
	uint8_t bytes[64];

	(void)state;

	memset(bytes, 'G', sizeof(bytes)); /* "GET / HTTP" and the like */
	assert_int_equal(send(peer.fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	expect_said("uid 7: gone: Protocol error");
}

static void cancel_and_clock_must_have_been_agreed_on(void **state)
{
	static const struct vms_header frames[] = {
		{ .type = VMS_CANCEL, .tag = 1 },
		{ .type = VMS_CLOCK, .slen = sizeof(struct vms_clock) },
	};
	static const uint8_t zeros[sizeof(struct vms_clock)];
	size_t i;

	for (i = 0; i < 2; i++) {
		struct vms_hello hello = guest_peer_hello();

		if (i > 0) {
			teardown(state);
			setup(state);
		}
		hello.features = VMS_FEATURE_EDID;
		say(&hello);
		assert_int_equal(next_ack(NULL, NULL).status, 0);
		guest_peer_send(&peer, &frames[i], zeros, frames[i].slen);
		expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	}
}

/* ---- time ------------------------------------------------------------ */

static uint64_t simulated_ns;

static uint64_t simulated_now(void *data)
{
	(void)data;

	return simulated_ns;
}

static void simulated_advance(void *data, uint64_t deadline)
{
	(void)data;

	simulated_ns = deadline;
}

static const struct loop_clock simulated = {
	.now = simulated_now,
	.advance = simulated_advance,
};

/* The guest has to be made when that clock is there already. */
static void start_again_simulated(void)
{
	int fds[2];

	guest_destroy(guest);
	guest_peer_finish(&peer);
	simulated_ns = 1000 * LOOP_MS;
	loop_set_clock(loop, &simulated);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	guest_peer_init(&peer, fds[0]);
	assert_int_equal(guest_create(loop, fds[1], &who, &devices, opener,
				      on_ended, NULL, &guest),
			 0);
}

static void who_says_nothing_has_to_leave(void **state)
{
	uint64_t start;

	(void)state;

	start_again_simulated();
	start = simulated_ns;
	expect_goaway(ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_true(simulated_ns - start >= VMS_HELLO_TIMEOUT_MS * LOOP_MS);
	assert_true(simulated_ns - start <
		    (VMS_HELLO_TIMEOUT_MS + 2000) * LOOP_MS);
	expect_said("uid 7: no HELLO after 5 s, closing");
}

static void half_a_hello_is_no_hello(void **state)
{
	uint64_t start;

	(void)state;

	start_again_simulated();
	start = simulated_ns;
	assert_int_equal(send(peer.fd, "VMS1", 4, 0), 4);
	expect_goaway(ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_true(simulated_ns - start <
		    (VMS_HELLO_TIMEOUT_MS + 2000) * LOOP_MS);
}

static void after_hello_silence_is_fine_but_half_a_frame_is_not(void **state)
{
	uint64_t start;
	int i;

	(void)state;

	start_again_simulated();
	connect_to("fake");
	for (i = 0; i < 60; i++)
		assert_true(loop_run_once(loop, 1000) >= 0);
	assert_int_equal(ended_with, NOT_ENDED);

	start = simulated_ns;

	assert_int_equal(send(peer.fd, "VMS1", 4, 0), 4);
	expect_goaway(ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_true(simulated_ns - start >= VMS_PARTIAL_TIMEOUT_MS * LOOP_MS);
}

static const struct vms_header clock_frame = {
	.type = VMS_CLOCK,
	.slen = sizeof(struct vms_clock),
};

static bool send_clock(const struct vms_clock *clock)
{
	uint8_t body[sizeof(*clock)];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_clock(&writer, clock);
	return guest_peer_send(&peer, &clock_frame, body, sizeof(body));
}

static struct vms_clock next_clock(void)
{
	struct vms_clock clock = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(next(&header, &section));
	assert_int_equal(header.type, VMS_CLOCK);
	assert_int_equal(wire_get_clock(section, header.slen, &clock), 0);
	return clock;
}

static void clock_comes_back_with_our_times(void **state)
{
	struct vms_clock clock = { .tx_ns = 42 };
	uint64_t before;

	(void)state;

	connect_to("cam");
	before = hello_now(CLOCK_MONOTONIC);
	assert_true(send_clock(&clock));
	clock = next_clock();
	assert_true(clock.tx_ns == 42);
	assert_true(clock.rx_ns >= before);
	assert_true(clock.reply_ns >= clock.rx_ns);
	assert_true(clock.reply_ns <= hello_now(CLOCK_MONOTONIC));
}

static void a_clock_that_has_our_times_already_ends_it(void **state)
{
	const struct vms_clock clock = { .tx_ns = 42, .reply_ns = 1 };

	(void)state;

	connect_to("cam");
	assert_true(send_clock(&clock));
	expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	expect_said("uid 7: malformed CLOCK, closing");
}

/* ---- limits ---------------------------------------------------------- */

static void requests_are_answered(void **state)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = 9,
		.slen = 8,
		.arg = 64,
	};
	const uint32_t unknown[2] = { 77 };

	(void)state;

	connect_to("cam");
	guest_peer_send(&peer, &header, unknown, sizeof(unknown));
	expect_resp(9, ENOTTY);
	guest_peer_open(&peer, 10);
	expect_resp(10, 0);
}

static void at_the_window_nothing_more_is_read(void **state)
{
	const struct vms_clock clock = { .tx_ns = 1 };
	struct vms_hello hello = hello_for("fake");
	const uint8_t *section;
	struct vms_header header;
	int i;

	(void)state;

	hello.cmd_window = 2;
	say(&hello);
	assert_int_equal(next_ack(NULL, NULL).status, 0);

	guest_peer_open(&peer, 1);
	guest_peer_open(&peer, 2);
	guest_peer_open(&peer, 3);
	assert_true(send_clock(&clock));
	for (i = 0; i < 10; i++) {
		settle();
		assert_false(guest_peer_next(&peer, &header, &section));
	}

	/* One answer is room for one more. */
	sem_post(&open_gate);
	assert_true(next(&header, &section));
	assert_int_equal(header.type, VMS_RESP);
	settle();
	assert_false(guest_peer_next(&peer, &header, &section));

	sem_post(&open_gate);
	sem_post(&open_gate);
	for (i = 0; i < 3; i++) {
		assert_true(next(&header, &section));
		if (header.type == VMS_CLOCK)
			assert_in_range(i, 1, 2);
	}
}

static void cancel_is_passed_on_and_needs_no_answer(void **state)
{
	const struct vms_header cancel = { .type = VMS_CANCEL, .tag = 77 };

	(void)state;

	connect_to("cam");
	guest_peer_send(&peer, &cancel, NULL, 0);
	guest_peer_open(&peer, 1);
	expect_resp(1, 0);
}

static void answers_that_nobody_reads_stop_the_questions(void **state)
{
	const size_t bound = 16u << 20;
	struct vms_clock clock = { .tx_ns = 0 };
	const uint8_t *section;
	struct vms_header header;
	uint64_t sent = 0;
	uint64_t i;
	int stuck = 0;

	(void)state;

	connect_to("cam");
	while (stuck < 10) {
		clock.tx_ns = sent;
		if (send_clock(&clock)) {
			sent++;
			stuck = 0;
		} else {
			loop_run_once(loop, 0);
			stuck++;
		}
		if (sent * sizeof(clock) > bound)
			fail_msg("a peer that reads nothing is read for ever");
	}

	for (i = 0; i < sent; i++)
		assert_true(next_clock().tx_ns == i);
	assert_true(send_clock(&clock));
	assert_true(next_clock().tx_ns == clock.tx_ns);
	settle();
	assert_false(guest_peer_next(&peer, &header, &section));
	assert_int_equal(ended_with, NOT_ENDED);
}

/* ---- the end --------------------------------------------------------- */

static void a_peer_that_leaves_is_gone(void **state)
{
	(void)state;

	connect_to("cam");
	guest_peer_open(&peer, 1);
	expect_resp(1, 0);
	guest_peer_finish(&peer);
	while (ended_with == NOT_ENDED)
		assert_true(loop_run_once(loop, 1000) > 0);
	assert_int_equal(ended_with, 0);
	expect_said("uid 7: gone\n");
}

static void goaway_is_answered_with_goaway(void **state)
{
	const struct vms_header goaway = {
		.type = VMS_GOAWAY,
		.slen = sizeof(struct vms_goaway),
	};
	static const uint8_t zeros[sizeof(struct vms_goaway)];

	(void)state;

	connect_to("cam");
	guest_peer_send(&peer, &goaway, zeros, sizeof(zeros));
	expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
	expect_said("uid 7: gone\n");
}

static void goaway_may_even_come_first(void **state)
{
	const struct vms_header goaway = {
		.type = VMS_GOAWAY,
		.slen = sizeof(struct vms_goaway),
	};
	static const uint8_t zeros[sizeof(struct vms_goaway)];

	(void)state;

	guest_peer_send(&peer, &goaway, zeros, sizeof(zeros));
	expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_is_answered_with_what_both_can),
		TEST(more_than_we_can_is_cut_to_what_we_can),
		TEST(hello_ack_tells_about_the_device),
		TEST(hello_ack_tells_the_time),
		TEST(no_name_is_the_first_device),
		TEST(what_only_read_could_carry_is_masked_without_streaming),
		TEST(log_status_is_a_feature_of_devices_that_have_it),
		TEST(the_name_of_the_node_says_its_type),
		TEST(without_a_common_version_it_says_ours),
		TEST(version_0_is_no_version),
		TEST(an_unknown_device_is_answered_with_those_there_are),
		TEST(a_listing_is_all_that_a_list_connection_gets),
		TEST(the_longest_listing_fits),
		TEST(a_device_that_does_not_open_says_why),
		TEST(without_an_opener_nothing_opens),
		TEST(a_frame_before_hello_ends_it),
		TEST(data_before_hello_ends_it),
		TEST(a_second_hello_ends_it),
		TEST(what_hostd_says_ends_it),
		TEST(a_hello_with_reserved_bits_ends_it),
		TEST(garbage_ends_it),
		TEST(cancel_and_clock_must_have_been_agreed_on),
		TEST(who_says_nothing_has_to_leave),
		TEST(half_a_hello_is_no_hello),
		TEST(after_hello_silence_is_fine_but_half_a_frame_is_not),
		TEST(clock_comes_back_with_our_times),
		TEST(a_clock_that_has_our_times_already_ends_it),
		TEST(requests_are_answered),
		TEST(at_the_window_nothing_more_is_read),
		TEST(cancel_is_passed_on_and_needs_no_answer),
		TEST(answers_that_nobody_reads_stop_the_questions),
		TEST(a_peer_that_leaves_is_gone),
		TEST(goaway_is_answered_with_goaway),
		TEST(goaway_may_even_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
