/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd and the shim inside an application say to each other.
 *
 * A CUSE node has no mmap().  The shim, which guestd-run preloads, asks with a
 * private ioctl who the open file is, and with the token that it is told fetches
 * the memory of that file's buffers from a unix socket of guestd's memory helper.
 *
 *	ioctl(fd, SHIM_IOCTL_ATTACH)	-> struct shim_attach; the open file is
 *					   of profile stream from then on
 *	connect(path)			SOCK_SEQPACKET
 *	struct shim_ask			->
 *					<- struct shim_answer, and if it says 0
 *					   one descriptor
 *
 * One question per connection.  The helper takes no descriptor from anybody.
 * 32- and 64-bit programs have the same layouts.
 */
#ifndef COMMON_SHIM_H
#define COMMON_SHIM_H

#include <stdint.h>
#include <sys/ioctl.h>

#define SHIM_MAGIC     0x6d696873u /* "shim" */
#define SHIM_VERSION   1u
#define SHIM_TOKEN_LEN 16
#define SHIM_PATH_LEN  104 /* with its end; fits sockaddr_un */

/**
 * struct shim_attach - What ATTACH gives
 * @magic:	SHIM_MAGIC: it is guestd that has answered
 * @version:	SHIM_VERSION
 * @token:	Random; whoever has it has the open file.  Until its last close
 * @path:	Of the socket
 */
struct shim_attach {
	uint32_t magic;
	uint32_t version;
	uint8_t token[SHIM_TOKEN_LEN];
	char path[SHIM_PATH_LEN];
};

/* A type that no driver of Linux has, for a node that may be somebody else's. */
#define SHIM_IOCTL_ATTACH _IOR(0xf2, 0x56, struct shim_attach)

enum shim_kind {
	SHIM_MAP = 1, /* as mmap(2): @offset, @len, @prot, @flags */
	SHIM_EXPORT,  /* as VIDIOC_EXPBUF: @type, @index, @plane, @flags */
};

/**
 * struct shim_ask - What the shim wants; what a kind does not use is 0
 * @offset:	As VIDIOC_QUERYBUF gave it
 * @len:	Bytes
 * @prot:	PROT_*
 * @flags:	MAP_*, or O_*
 * @type:	enum v4l2_buf_type
 */
struct shim_ask {
	uint32_t magic;
	uint32_t kind;
	uint8_t token[SHIM_TOKEN_LEN];
	uint64_t offset;
	uint64_t len;
	uint32_t prot;
	uint32_t flags;
	uint32_t type;
	uint32_t index;
	uint32_t plane;
	uint32_t reserved;
};

/**
 * struct shim_answer - What comes back
 * @error:	0 or a positive errno, as mmap(2) or VIDIOC_EXPBUF have it
 * @len:	MAP: bytes of the descriptor's memory, whole pages, from 0 on
 */
struct shim_answer {
	uint32_t magic;
	int32_t error;
	uint64_t len;
};

#endif
