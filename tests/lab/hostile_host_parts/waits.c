// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: too slow, too little, and away.
 */
#include <poll.h>
#include <string.h>

#include "tests/lab/hostile_host_parts/host.h"
#include "tests/lab/shared/process.h"

#define ASKED_MS 10000

static const char *killed(struct host *host)
{
	long ms;

	if (!app_runs())
		return attack_says("the application does not wait: %s",
				   app_text());
	ms = app_kill();
	peer_close(&host->peer);
	return ms < 0 ? "the application cannot be killed"
		      : attack_says("killed in time: %ld ms", ms);
}

/* One that asks a host with such a lie for its format, and waits */
static const char *killed_waiting(void (*lie)(struct host *host,
					      struct answer *answer))
{
	struct host host;

	host_start(&host);
	host.lie = lie;
	app_start(APP_FORMAT);
	if (!host_serve_until(&host, host_withholds))
		return "nobody asks";
	host_serve(&host, 300);
	return killed(&host);
}

static void say_nothing(struct host *host, struct answer *answer)
{
	(void)host;
	answer->withheld = answer_is(answer, VIDIOC_G_FMT) ||
			   answer_is(answer, VIDIOC_REQBUFS);
}

/* No answer to an ioctl, nor to the CANCEL that follows when it is killed */
const char *waits_silent(void)
{
	return killed_waiting(say_nothing);
}

static void open_nothing(struct host *host, struct answer *answer)
{
	(void)host;
	answer->withheld = answer->cmd == VIRTIO_MEDIA_CMD_OPEN;
}

const char *waits_open(void)
{
	return killed_waiting(open_nothing);
}

/* It does not even read what it is asked. */
const char *waits_unread(void)
{
	struct pollfd asked = { .events = POLLIN };
	struct host host;

	host_start(&host);
	app_start(APP_FORMAT);
	asked.fd = host.peer.fd;
	if (poll(&asked, 1, ASKED_MS) != 1)
		return "nobody asks";
	pause_ms(300);
	return killed(&host);
}

/* HELLO_ACK, a byte a second: guestd waits 10 s for all of it */
const char *waits_slow_ack(void)
{
	const struct vms_header header = { .type = VMS_HELLO_ACK,
					   .len = sizeof(struct vms_hello_ack),
					   .slen = sizeof(
						   struct vms_hello_ack) };
	uint8_t bytes[sizeof(header)];
	long start = now_ms();
	struct host host;
	size_t i;

	host_accept(&host);
	peer_put(&header, bytes);
	for (i = 0; i < sizeof(bytes) && !host.peer.ended; i++) {
		peer_bytes(&host.peer, bytes + i, 1);
		peer_end(&host.peer, 1000);
	}
	peer_close(&host.peer);
	return attack_says("%s %.1f s", i < 14 ? "left after" : "stays for",
			   (double)(now_ms() - start) / 1000);
}

/* Away while an application waits for a buffer */
const char *waits_away(void)
{
	struct host host;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	peer_close(&host.peer);
	host.peer.ended = true;
	return app_finish(&host);
}
