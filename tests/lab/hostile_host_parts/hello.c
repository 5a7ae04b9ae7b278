// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: HELLO_ACK, GOAWAY, times, and frames that a host does not send.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lab/hostile_host_parts/host.h"
#include "tests/lab/hostile_host_parts/listen.h"
#include "tests/lab/shared/process.h"

#define GOAWAY_MS 200  /* it begins with 20, and waits 300 at last */
#define ENDS_MS   5000 /* guestd's process */

/* guestd has left, with a word or without. */
static bool is_left(struct host *host)
{
	return strcmp(host_end(host), "still there") != 0;
}

static const char *all_left(unsigned int left, unsigned int count)
{
	return attack_says("left %u of %u times", left, count);
}

static unsigned int ack_is_left(const struct vms_hello_ack *ack, size_t extra)
{
	struct host host;

	host_accept(&host);
	host_send_ack(&host, ack, extra);
	return is_left(&host);
}

/* guestd leaves a host that has answered so when it comes back, 5 s later. */
const char *hello_fields(void)
{
	struct vms_hello_ack acks[4];
	unsigned int left = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		acks[i] = host_ack();
	acks[0].page_size = 65536;
	acks[1].max_ctrl = 0;
	acks[2].cmd_window = 0;
	acks[3].status = 4096;
	for (i = 0; i < 4; i++)
		left += ack_is_left(&acks[i], 0);
	return all_left(left, 4);
}

/* What was not offered */
const char *hello_features(void)
{
	struct vms_hello_ack ack = host_ack();

	ack.features = UINT64_MAX & ~VMS_FEATURES_FD;
	return all_left(ack_is_left(&ack, 0), 1);
}

/* Longer than a listing may be, and not as long as one */
const char *hello_lists(void)
{
	const struct vms_hello_ack ack = host_ack();
	unsigned int left = 0;

	left += ack_is_left(&ack, (VMS_LIST_MAX + 1) * 64);
	left += ack_is_left(&ack, 63);
	return all_left(left, 2);
}

static const char *guestd_ends(const struct vms_hello_ack *ack)
{
	long end = now_ms() + ENDS_MS;
	unsigned int left = ack_is_left(ack, 0);

	while (listen_guestd_runs() && now_ms() < end)
		pause_ms(10);
	return listen_guestd_runs() ? "guestd stays" : all_left(left, 1);
}

/* guestd ends: its node would be another one. */
const char *hello_another(void)
{
	struct vms_hello_ack ack = host_ack();

	ack.config.device_type = VIRTIO_MEDIA_TYPE_RADIO;
	memcpy(ack.capability.bus_info, "usb-elsewhere", 14);
	return guestd_ends(&ack);
}

const char *hello_versions(void)
{
	struct vms_hello_ack ack = host_ack();

	ack.version = UINT16_MAX;
	return guestd_ends(&ack);
}

/* Text without an end, and with what a terminal would obey */
const char *hello_strings(void)
{
	struct vms_hello_ack ack = host_ack();
	struct host host;

	memset(ack.capability.card, 0x1b, sizeof(ack.capability.card));
	memset(ack.config.card, '%', sizeof(ack.config.card));
	host_accept(&host);
	host_send_ack(&host, &ack, 0);
	app_start(APP_FORMAT);
	return app_result(&host);
}

/*
 * A host that sends guestd away each time, and how long it takes to come back then.
 * It has not connected before it says HELLO; the old connection it leaves no sooner.
 */
const char *hello_goaways(void)
{
	const struct vms_goaway goaway = { .error = ECONNRESET,
					   .reason = VMS_GOAWAY_SHUTDOWN };
	long waited = 0;
	struct host host;
	long sent = 0;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		host_accept(&host);
		waited = now_ms() - sent;
		sent = now_ms();
		host_frame(&host, VMS_GOAWAY, 0, &goaway, sizeof(goaway));
		if (!is_left(&host))
			return "guestd stays";
	}
	return attack_says("waits %s: %ld ms",
			   waited < GOAWAY_MS ? "too short" : "longer", waited);
}

static bool frame_is_left(uint16_t type, uint32_t tag, size_t len)
{
	static const uint8_t zeros[sizeof(struct vms_hello_ack)];
	struct host host;

	host_start(&host);
	host_frame(&host, type, tag, zeros, len);
	return is_left(&host);
}

const char *hello_frames(void)
{
	unsigned int left = 0;

	left += frame_is_left(VMS_HELLO, 0, sizeof(struct vms_hello));
	left += frame_is_left(VMS_HELLO_ACK, 0, sizeof(struct vms_hello_ack));
	left += frame_is_left(VMS_REQ, 1, 8);
	left += frame_is_left(VMS_CANCEL, 1, 0);
	left += frame_is_left(VMS_IO, 1, sizeof(struct vms_io));
	left += frame_is_left(VMS_CLOCK, 0, sizeof(struct vms_clock));
	left += frame_is_left(VMS_OBJ, 0, sizeof(struct vms_obj));
	return all_left(left, 7);
}

const char *hello_headers(void)
{
	static const struct vms_header headers[] = {
		{ .type = VMS_RESP,
		  .tag = 1,
		  .len = UINT32_MAX - 7,
		  .slen = UINT32_MAX - 7 },
		{ .type = VMS_RESP, .tag = 0, .len = 8, .slen = 8 },
		{ .type = VMS_RESP, .tag = 1, .len = 8, .slen = 9 },
		{ .type = VMS_EVT, .len = 24, .slen = 24 },
		{ .type = VMS_DATA, .len = 8, .slen = 8, .off = 1 },
		{ .type = VMS_DATA, .len = 1u << 20, .slen = 1u << 20 },
		{ .type = UINT16_MAX, .len = 8, .slen = 8 },
	};
	uint8_t bytes[sizeof(headers[0]) + 32] = { 0 };
	unsigned int left = 0;
	struct host host;
	unsigned int i;

	for (i = 0; i < 7; i++) {
		host_start(&host);
		peer_put(&headers[i], bytes);
		peer_bytes(&host.peer, bytes, sizeof(bytes));
		left += is_left(&host);
	}
	return all_left(left, 7);
}

/* @lie: with no question, before its time, or of another age */
static bool clock_is_left(const struct vms_clock *lie)
{
	struct vms_hello_ack ack = host_ack();
	struct host host;

	ack.features |= VMS_FEATURE_CLOCK;
	ack.clock_domain = 0;
	host_accept(&host);
	host_send_ack(&host, &ack, 0);
	host_frame(&host, VMS_CLOCK, 0, lie, sizeof(*lie));
	return is_left(&host);
}

const char *hello_clock(void)
{
	static const struct vms_clock lies[] = {
		{ 0 },
		{ .tx_ns = 1, .rx_ns = 9, .reply_ns = 1 },
		{ .tx_ns = UINT64_MAX,
		  .rx_ns = UINT64_MAX,
		  .reply_ns = UINT64_MAX },
	};
	unsigned int left = 0;
	unsigned int i;

	for (i = 0; i < 3; i++)
		left += clock_is_left(&lies[i]);
	return all_left(left, 3);
}

/*
 * Where none was agreed on: of nothing, of the connection itself, many.  The frame
 * alone would be forgotten.
 */
const char *hello_descriptors(void)
{
	const struct vms_hello_ack ack = host_ack();
	const struct vms_header header = { .type = VMS_DATA };
	static const uint8_t contents[64];
	int fds[PEER_FDS_MAX];
	unsigned int left = 0;
	struct host host;
	unsigned int i, k;

	for (i = 0; i < 3; i++) {
		unsigned int count = i == 2 ? PEER_FDS_MAX : 1;

		host_accept(&host);
		host_send_ack(&host, &ack, 0);
		for (k = 0; k < count; k++)
			fds[k] = i == 1 ? dup(host.peer.fd)
					: open("/dev/null", O_RDWR | O_CLOEXEC);
		peer_frame_with(&host.peer, &header, contents, sizeof(contents),
				fds, count);
		for (k = 0; k < count; k++)
			close(fds[k]);
		left += is_left(&host);
	}
	return all_left(left, 3);
}
