// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: too much.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/shared/process.h"

#define TAKEN_MAX (64u << 20) /* who takes so much takes everything */
#define QUIET_MS  300
#define CROWD     100
#define OPENS_MAX 256 /* of one connection */

/*
 * Send it again and again, and read nothing, until for a while the other end takes
 * no more, or has ended the connection.  Return: the bytes that it took
 */
static size_t flood(struct peer *peer, const void *bytes, size_t len)
{
	long quiet = now_ms() + QUIET_MS;
	size_t taken = 0;
	size_t at = 0;
	ssize_t sent;

	while (!peer->ended && taken < TAKEN_MAX && now_ms() < quiet) {
		sent = send(peer->fd, (const char *)bytes + at, len - at,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0) {
			peer->ended = errno != EAGAIN;
			pause_ms(5);
			continue;
		}
		quiet = now_ms() + QUIET_MS;
		taken += (size_t)sent;
		at = (at + (size_t)sent) % len;
	}
	return taken;
}

/* @frame: @len bytes, of which 128 go at once */
static const char *flood_with(struct guest *guest, const uint8_t *frame,
			      size_t len)
{
	uint8_t *frames = zeroed(128 * len);
	const char *how = "held back";
	size_t taken;
	size_t i;

	for (i = 0; i < 128; i++)
		memcpy(frames + i * len, frame, len);
	taken = flood(&guest->peer, frames, 128 * len);
	free(frames);
	if (guest->peer.ended)
		how = "closed";
	else if (taken >= TAKEN_MAX)
		how = "not held back";
	guest_leave(guest);
	return attack_says("%s after %zu KiB", how, taken >> 10);
}

/* The bytes of one frame.  Return: their number */
static size_t put_frame(uint8_t *bytes, struct vms_header header,
			const void *body, size_t len)
{
	header.slen = (uint32_t)len;
	header.len = (uint32_t)wire_pad(len);
	peer_put(&header, bytes);
	memset(bytes + sizeof(header), 0, header.len);
	memcpy(bytes + sizeof(header), body, len);
	return sizeof(header) + header.len;
}

/* Questions with long answers, none of which is read */
const char *floods_unread(void)
{
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_format format;
	} command = { .cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
			       .code = _IOC_NR(VIDIOC_G_FMT) },
		      .format = { .type = CAPTURE } };
	uint8_t frame[512];
	struct guest guest;
	size_t len;

	guest_start(&guest, FEATURES_PLAIN, "pat");
	command.cmd.session_id = guest.session;
	len = put_frame(
		frame,
		(struct vms_header){ .type = VMS_REQ, .tag = 9, .arg = 4096 },
		&command, sizeof(command));
	return flood_with(&guest, frame, len);
}

/* What is answered at once, and not counted */
const char *floods_clock(void)
{
	const struct vms_clock clock = { .tx_ns = 1 };
	uint8_t frame[128];
	struct guest guest;
	size_t len;

	guest_start(&guest, FEATURES_PLAIN, "pat");
	len = put_frame(frame, (struct vms_header){ .type = VMS_CLOCK }, &clock,
			sizeof(clock));
	return flood_with(&guest, frame, len);
}

/* Every change is an event, for itself as well */
const char *floods_subscribe(void)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.flags = V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK |
			 V4L2_EVENT_SUB_FL_SEND_INITIAL,
	};
	struct v4l2_query_ext_ctrl info = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_control control;
	} command[2] = { { .cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
				    .code = _IOC_NR(VIDIOC_S_CTRL) },
			   .control = { .id = V4L2_CID_BRIGHTNESS } } };
	uint8_t frames[256];
	struct guest guest;
	size_t len, i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	while (!guest_ioctl(&guest, VIDIOC_QUERY_EXT_CTRL, &info)) {
		subscription.id = info.id;
		guest_ioctl(&guest, VIDIOC_SUBSCRIBE_EVENT, &subscription);
		info.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	command[0].cmd.session_id = guest.session;
	command[1] = command[0];
	command[1].control.value = 200;
	for (i = 0, len = 0; i < 2; i++)
		len += put_frame(frames + len,
				 (struct vms_header){
					 .type = VMS_REQ, .tag = 9, .arg = 64 },
				 &command[i], sizeof(command[i]));
	return flood_with(&guest, frames, len);
}

const char *floods_cancel(void)
{
	struct vms_header header = { .type = VMS_CANCEL };
	static uint8_t frames[1024 * sizeof(header)];
	struct guest guest;
	uint32_t i, k;
	bool works;

	guest_start(&guest, FEATURES_PLAIN, "pat");
	for (i = 0; i < 20; i++) {
		for (k = 0; k < 1024; k++) {
			header.tag = i * 1024 + k + 1;
			peer_put(&header, frames + k * sizeof(header));
		}
		peer_bytes(&guest.peer, frames, sizeof(frames));
		guest.tag = i * 1024;
		guest_works(&guest);
	}
	works = guest_works(&guest);
	guest_leave(&guest);
	return works ? "ignored, and served" : "not served any more";
}

const char *floods_opens(void)
{
	struct guest guest;
	uint32_t session = 0;
	unsigned int i;

	guest_connect(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < 300; i++)
		if (guest_open(&guest, &session) ||
		    guest_close(&guest, session))
			return attack_says("ended after %u", i);
	guest_leave(&guest);
	return attack_says("served, %u times", i);
}

const char *floods_sessions(void)
{
	struct guest guest;
	uint32_t session;
	unsigned int count = 0;
	int status;

	guest_connect(&guest, FEATURES_PLAIN, "cap");
	while (!(status = guest_open(&guest, &session)) && count <= OPENS_MAX)
		count++;
	guest_leave(&guest);
	return attack_says("%u files, then %s", count, strerrorname_np(status));
}

/* 1.8 MB each, and nobody who reads them */
const char *floods_frames(void)
{
	struct v4l2_format format = { .type = CAPTURE };
	uint64_t addrs[GUEST_BUFFERS];
	struct guest guest;
	uint32_t i;

	guest_start(&guest, FEATURES_PLAIN, "pat");
	format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	format.fmt.pix.width = 1280;
	format.fmt.pix.height = 720;
	if (guest_ioctl(&guest, VIDIOC_S_FMT, &format) ||
	    format.fmt.pix.height != 720)
		return "no such frames";
	guest_buffers(&guest, CAPTURE, addrs);
	for (i = 0; i < GUEST_BUFFERS; i++)
		guest_queue(&guest, CAPTURE, i);
	if (guest_stream(&guest, CAPTURE, true))
		return "it does not stream";
	pause_ms(1000);
	guest_leave(&guest);
	return "left, 1 s later";
}

/* ---- connections --------------------------------------------------------------------- */

/* More than a guest may have, each of them with HELLO */
const char *floods_connections(void)
{
	static struct peer peers[CROWD];
	unsigned int refused = 0;
	unsigned int in = 0;
	unsigned int i;

	for (i = 0; i < CROWD; i++) {
		if (honest_connect(&peers[i], FEATURES_PLAIN, "pat"))
			in++;
		else if (!strcmp(peer_end(&peers[i], 3000),
				 "ended: too many connections"))
			refused++;
	}
	return attack_says("%u served, %u refused", in, refused);
}

const char *floods_visits(void)
{
	struct peer peer;
	unsigned int i;

	for (i = 0; i < CROWD; i++) {
		peer_connect(&peer, scene.address);
		peer_close(&peer);
	}
	return attack_says("left %u times", i);
}

/* ---- a device that sleeps -------------------------------------------------------------- */

/* The server of device nest: its number is in a file */
static pid_t sleeper(void)
{
	char path[256], text[16] = "";
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "%s.pid", scene.spare);
	file = fopen(path, "re");
	got = file && fgets(text, sizeof(text), file);
	if (file)
		fclose(file);
	if (!got)
		fatal(path);
	return (pid_t)strtol(text, NULL, 10);
}

/* Leave while open(2) of the device sleeps for two OPENs, and an ioctl for a REQ */
const char *floods_asleep(void)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	struct v4l2_format format = { .type = CAPTURE };
	pid_t pid = sleeper();
	struct guest guest;
	bool slept;

	guest_start(&guest, FEATURES_PLAIN, "nest");
	kill(pid, SIGSTOP);
	guest_req(&guest, &open, sizeof(open), 64);
	guest_req(&guest, &open, sizeof(open), 64);
	guest_send_ioctl(&guest, VIDIOC_S_FMT, &format);
	slept = !peer_next(&guest.peer, 500);
	guest_leave(&guest);
	pause_ms(300);
	kill(pid, SIGCONT);
	return slept ? "left" : "nobody sleeps";
}
