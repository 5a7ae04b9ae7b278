/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending without a copy: which sends, and how many at a time.
 *
 * With MSG_ZEROCOPY the kernel holds the pages of what it is given until the peer's
 * kernel has them, and says so in the socket's error queue.  What is there wakes the
 * loop (EPOLLERR), so all of it is read; it is only counted.  Nobody waits for it: see
 * channel_send_data().
 */
#ifndef COMMON_CHANNEL_ZEROCOPY_H
#define COMMON_CHANNEL_ZEROCOPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel copies what it cannot send whole, so the last chunk for which the peer has
 * given credit is copied.  By default that is credit of 256 KiB: four of these fit with
 * their headers, and some small frames.
 */
#define CHANNEL_ZEROCOPY_CHUNK ((64u << 10) - 160)
/* Less is copied: a sendmsg(2) of its own and a message about it are not free. */
#define CHANNEL_ZEROCOPY_LEAST (16u << 10)
/* Sends whose pages the kernel holds: 1 MiB. */
#define CHANNEL_ZEROCOPY_MAX 16

/**
 * struct channel_zerocopy - What there is to know of a socket
 * @on:		It can, and has not refused yet
 * @told:	It may have something in its error queue
 * @held:	Sends of which the kernel has not said that it is done with them
 */
struct channel_zerocopy {
	bool on;
	bool told;
	unsigned int held;
};

/** channel_zerocopy_init() - Ask the kernel: vsock since Linux 6.7, never AF_UNIX */
void channel_zerocopy_init(struct channel_zerocopy *zerocopy, int fd);

/**
 * channel_zerocopy_fits() - Would the kernel take it in one packet, and is it worth it?
 * @pad:	Bytes of padding that go behind it
 */
bool channel_zerocopy_fits(const struct channel_zerocopy *zerocopy,
			   const uint8_t *bytes, size_t len, size_t pad);

/** channel_zerocopy_room() - May one more be sent? */
bool channel_zerocopy_room(struct channel_zerocopy *zerocopy, int fd);

/** channel_zerocopy_sent() - One was */
void channel_zerocopy_sent(struct channel_zerocopy *zerocopy);

/**
 * channel_zerocopy_reap() - Read the error queue
 *
 * Return: whether there was something in it
 */
bool channel_zerocopy_reap(struct channel_zerocopy *zerocopy, int fd);

#endif
