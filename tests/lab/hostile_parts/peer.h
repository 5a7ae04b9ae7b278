/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One end of a connection between guestd and hostd, by hand: any bytes, and any
 * descriptors with them.
 *
 * What a program needs for an attack, such as a socket, and does not get ends it,
 * with one line on stderr.
 */
#ifndef TESTS_LAB_HOSTILE_PARTS_PEER_H
#define TESTS_LAB_HOSTILE_PARTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/protocol.h"

#define PEER_FDS_MAX     253 /* SCM_MAX_FD of the kernel */
#define PEER_SECTION     (VMS_MAX_CTRL + 64)
#define PEER_PATIENCE_MS 5000

/**
 * struct peer - A connection
 * @fd:		Blocking, owned; -1: none
 * @ended:	The other end has closed it, or what it says is no frame
 * @goodbye:	The reason of its GOAWAY; -1: none came
 * @header:	Of the frame that peer_next() has read
 * @section:	And its body, @header.len bytes
 * @came:	The descriptor that came with it, owned; -1: none
 */
struct peer {
	int fd;
	bool ended;
	int goodbye;
	struct vms_header header;
	uint8_t *section;
	int came;
};

/** peer_init() - On a connected socket, which is taken over */
void peer_init(struct peer *peer, int fd);

/** peer_connect() - To an address as guestd has them; vsock from a low port */
void peer_connect(struct peer *peer, const char *address);

void peer_close(struct peer *peer);

/** peer_bytes() - Send them.  Return: whether the socket took all within 5 s */
bool peer_bytes(const struct peer *peer, const void *bytes, size_t len);

/** peer_bytes_with() - The same with descriptors, at most PEER_FDS_MAX */
bool peer_bytes_with(const struct peer *peer, const void *bytes, size_t len,
		     const int *fds, size_t count);

/** peer_put() - The bytes of a header, as it is.  Return: their number */
size_t peer_put(const struct vms_header *header, uint8_t *bytes);

/**
 * peer_frame() - Send a frame
 * @header:	magic is filled in, and len and slen if they are 0
 * @len:	Bytes of @body, padded here
 */
bool peer_frame(const struct peer *peer, const struct vms_header *header,
		const void *body, size_t len);

/** peer_frame_with() - The same with descriptors */
bool peer_frame_with(const struct peer *peer, const struct vms_header *header,
		     const void *body, size_t len, const int *fds,
		     size_t count);

/** peer_object() - OBJ with descriptors */
bool peer_object(const struct peer *peer, const struct vms_obj *object,
		 const int *fds, size_t count);

/** peer_memory() - A memfd of @len bytes with these F_SEAL_*, the caller's */
int peer_memory(off_t len, int seals);

/**
 * peer_next() - Read a frame; that of the last call is gone
 *
 * Return: false if none has come within @ms, or none will
 */
bool peer_next(struct peer *peer, long ms);

/**
 * peer_end() - Read until the end, for at most @ms
 *
 * Return: "ended: " and why, "closed" without a word, or "still there"
 */
const char *peer_end(struct peer *peer, long ms);

#endif
