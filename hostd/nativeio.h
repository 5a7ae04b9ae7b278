/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read(), write() and poll() of a device without buffers, for a guest.
 *
 * Nothing waits here: the host's file is non-blocking, EAGAIN goes to the guest,
 * and the guest is told when the device wakes those who poll, that is, of edges.
 * They come from a descriptor of their own, because the pump's is watched by
 * level, and drivers are who may say anything as long as nothing has changed:
 * vivid's radio is readable for ever and has nothing to read.
 */
#ifndef HOSTD_NATIVEIO_H
#define HOSTD_NATIVEIO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/protocol.h"
#include "hostd/client_ops.h"
#include "hostd/device.h"

/**
 * struct nativeio - Of one session
 * @watch:	Of the device's io_fd; NULL until the guest has polled
 * @events:	What the guest has ever asked for
 * @told:	What a POLL has just said, until epoll says it once more, or the
 *		guest acts on it
 * @late:	An edge that waits for the guest to read what it has
 */
struct nativeio {
	struct loop *loop;
	struct device_file *file;
	const struct client_output *output;
	uint32_t session_id;
	void (*error)(void *data, int error);
	void *data;
	struct loop_watch *watch;
	uint32_t events;
	uint32_t told;
	bool late;
};

/**
 * nativeio_init() - Nothing is watched yet
 * @file:	Open until nativeio_finish(); may be of a kind without read()
 * @output:	Not copied
 * @error:	Called from the loop, with @data and -ENODEV, when the device has
 *		gone; or why it cannot be watched.  Nothing is watched then
 */
void nativeio_init(struct nativeio *io, struct loop *loop,
		   struct device_file *file, const struct client_output *output,
		   uint32_t session_id, void (*error)(void *data, int error),
		   void *data);

/** nativeio_finish() - Watch no more; fine if it is zeroed */
void nativeio_finish(struct nativeio *io);

/** nativeio_update() - The guest may have read what it has */
void nativeio_update(struct nativeio *io);

/**
 * nativeio_room() - Bytes that nativeio_run() and nativeio_answer() need
 * @asked:	From wire_get_io()
 */
size_t nativeio_room(const struct vms_io *asked);

/** nativeio_begin() - nativeio_run() follows; on the loop */
void nativeio_begin(struct nativeio *io);

/**
 * nativeio_run() - The call itself; may sleep, but not for what it is about
 * @bytes:	nativeio_room() bytes; WRITE: they begin with what is written
 *
 * Return: bytes read or written, or EPOLL* that are true; or a negative errno
 */
int nativeio_run(struct device_file *file, const struct vms_io *asked,
		 uint8_t *bytes);

/**
 * nativeio_answer() - Answer an IO that was run
 * @bytes:	As nativeio_run() left them
 * @result:	What it returned
 *
 * From the first POLL on, the guest is told of edges.
 */
void nativeio_answer(struct nativeio *io, uint32_t tag,
		     const struct vms_io *asked, uint8_t *bytes, int result);

#endif
