/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Honest answers to everything that an application needs for streaming, each of
 * which a test may change before it is sent, see lying_host.h.
 */
#ifndef TESTS_LYING_ANSWERS_H
#define TESTS_LYING_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

#define LYING_LEN 4096ull /* of a plane */

/**
 * struct lying_answer - A RESP, before it is sent
 * @tag:	Whom to
 * @cmd:	VIRTIO_MEDIA_CMD_*
 * @code:	IOCTL: its number
 * @session:	If it has one
 * @bytes:	virtio section, @len bytes; the argument begins at bytes + 8
 * @withheld:	Not sent now; lying_release() sends it
 */
struct lying_answer {
	uint32_t tag;
	uint32_t cmd;
	uint32_t code;
	uint32_t session;
	uint8_t bytes[1024];
	size_t len;
	bool withheld;
};

/**
 * struct lying_io - An IO_RESP, before it is sent
 * @asked:	The question
 * @type:	VMS_IO_RESP
 * @tag:	Whom to
 * @bytes:	The section, @len bytes
 * @withheld:	Not sent now; lying_release_io() sends it
 */
struct lying_io {
	struct vms_io asked;
	uint16_t type;
	uint32_t tag;
	uint8_t bytes[2048];
	size_t len;
	bool withheld;
};

/** lying_answer() - A REQ has come: answer it, or let the test have the answer */
void lying_answer(const struct vms_header *header, const uint8_t *section);

/** lying_answer_io() - Likewise an IO */
void lying_answer_io(const struct vms_header *header, const uint8_t *section);

/** lying_argument() - The argument in an answer */
void *lying_argument(struct lying_answer *answer);

/** lying_is() - Is it the answer to this ioctl? */
bool lying_is(const struct lying_answer *answer, uint32_t cmd);

/** lying_release() - Send one answer that was withheld: the @which oldest */
void lying_release(unsigned int which);

/** lying_withhold_io() - For lying.lie_io: withhold it, whatever it is */
void lying_withhold_io(struct lying_io *io);

/** lying_release_io() - Send lying.io, as it is now */
void lying_release_io(void);

/** lying_io_put() - Make the answer to an IO: status, count, and what follows */
void lying_io_put(struct lying_io *io, uint32_t status, uint32_t count,
		  const void *bytes, size_t len);

#endif
