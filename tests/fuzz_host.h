/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hostile host for fuzzers: what it says is what an input says, byte by byte.
 */
#ifndef TESTS_FUZZ_HOST_H
#define TESTS_FUZZ_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire.h"

/**
 * fuzz_host_begin() - A new connection, to a node with these capabilities
 * @shmem:	It says that it has the same memory
 *
 * Return: guestd's end of it
 */
int fuzz_host_begin(uint32_t caps, bool shmem);

/** fuzz_host_end() - It goes; what it was asked is forgotten */
void fuzz_host_end(void);

/** fuzz_host_take() - Hear what has come; HELLO is answered at once */
void fuzz_host_take(void);

/** fuzz_host_send() - A frame; without slen it is all section */
void fuzz_host_send(const struct vms_header *header, const void *bytes,
		    size_t len);

/* Steps of an input, see fuzz_guest.c */
void fuzz_host_answer(struct wire_reader *input);
void fuzz_host_event(struct wire_reader *input);
void fuzz_host_data(struct wire_reader *input);
void fuzz_host_obj(struct wire_reader *input);
void fuzz_host_memo(struct wire_reader *input);
void fuzz_host_clock(struct wire_reader *input);

#endif
