// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: too little, or too slowly.
 */
#include <poll.h>
#include <string.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/shared/process.h"

#define CROWD   100
#define LONG_MS 14000

/* Ended in how many seconds after @start? */
static const char *ended_after(struct peer *peer, long start)
{
	const char *text = peer_end(peer, start + LONG_MS - now_ms());
	const char *said = attack_says("%s, %.1f s", text,
				       (double)(now_ms() - start) / 1000);

	peer_close(peer);
	return said;
}

/* A byte a second, until it ends or they are all sent */
static const char *drip(struct peer *peer, const uint8_t *bytes, size_t len)
{
	struct pollfd pollfd = { .fd = peer->fd, .events = POLLIN };
	long start = now_ms();
	size_t i;

	for (i = 0; i < len && now_ms() < start + LONG_MS; i++) {
		peer_bytes(peer, bytes + i, 1);
		if (poll(&pollfd, 1, 1000) == 1)
			break;
	}
	return ended_after(peer, start);
}

const char *slow_nothing(void)
{
	struct peer peer;
	long start;

	peer_connect(&peer, scene.address);
	start = now_ms();
	return ended_after(&peer, start);
}

const char *slow_hello(void)
{
	const struct vms_header header = { .type = VMS_HELLO,
					   .len = sizeof(struct vms_hello),
					   .slen = sizeof(struct vms_hello) };
	uint8_t bytes[sizeof(header)];
	struct peer peer;

	peer_connect(&peer, scene.address);
	peer_put(&header, bytes);
	return drip(&peer, bytes, sizeof(bytes));
}

static void put_req(uint8_t *bytes)
{
	const struct vms_header header = {
		.type = VMS_REQ, .len = 64, .slen = 64, .tag = 1
	};

	peer_put(&header, bytes);
}

/* Half of a header, and nothing more */
const char *slow_header(void)
{
	uint8_t bytes[sizeof(struct vms_header)];
	struct guest guest;
	long start;

	guest_start(&guest, FEATURES_PLAIN, "pat");
	put_req(bytes);
	peer_bytes(&guest.peer, bytes, sizeof(bytes) / 2);
	start = now_ms();
	return ended_after(&guest.peer, start);
}

const char *slow_bytes(void)
{
	uint8_t bytes[sizeof(struct vms_header) + 64] = { 0 };
	struct guest guest;

	guest_start(&guest, FEATURES_PLAIN, "pat");
	put_req(bytes);
	return drip(&guest.peer, bytes, sizeof(bytes));
}

/* Of contents, into a buffer of a device's */
const char *slow_data(void)
{
	struct vms_header header = { .type = VMS_DATA,
				     .len = 4096,
				     .slen = 4096 };
	uint64_t addrs[GUEST_BUFFERS];
	uint8_t bytes[sizeof(header) + 64] = { 0 };
	struct guest guest;

	guest_start(&guest, FEATURES_PLAIN, "out");
	guest_buffers(&guest, OUTPUT, addrs);
	header.off = addrs[0];
	peer_put(&header, bytes);
	peer_bytes(&guest.peer, bytes, sizeof(header));
	return drip(&guest.peer, bytes + sizeof(header), 64);
}

/* More than a guest may have, which say nothing */
const char *slow_crowd(void)
{
	static struct peer peers[CROWD];
	unsigned int refused = 0;
	unsigned int late = 0;
	unsigned int i;

	for (i = 0; i < CROWD; i++)
		peer_connect(&peers[i], scene.address);
	for (i = 0; i < CROWD; i++) {
		const char *text = peer_end(&peers[i], LONG_MS);

		refused += !strcmp(text, "ended: too many connections");
		late += !strcmp(text, "ended: timed out");
	}
	return attack_says("%u timed out, %u refused", late, refused);
}
