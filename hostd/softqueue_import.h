/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffer queues of software devices: memory that QBUF brings, by the rules of
 * __prepare_dmabuf() and videobuf2-vmalloc.c.
 */
#ifndef HOSTD_SOFTQUEUE_IMPORT_H
#define HOSTD_SOFTQUEUE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/videodev2.h>

#include "common/plane_object.h"

/**
 * struct softqueue_import - What a buffer has got; zeroed: nothing
 * @bytes:	@mapped of them, for reading and writing; NULL: none
 * @object:	Descriptor of our own
 * @dev, @ino:	Which file it is
 * @given:	It has got something once, even if it was let go of since
 * @number, @len: The caller's descriptor and the bytes, as they are told of it: 0 if
 *		it was let go of
 */
struct softqueue_import {
	void *bytes;
	size_t mapped;
	struct plane_object object;
	uint64_t dev;
	uint64_t ino;
	bool given;
	int number;
	uint32_t len;
};

/**
 * softqueue_import() - Map what QBUF or PREPARE_BUF brings
 * @arg:	Single-planar; m.fd stays the caller's
 * @needed:	Bytes of a buffer
 *
 * What it had is let go of, unless that is the same.
 *
 * Return: 0; -EINVAL if it is no memory, or too short, or not for writing; -EFAULT
 * if it is shorter than @arg says; then it has nothing
 */
int softqueue_import(struct softqueue_import *import,
		     const struct v4l2_buffer *arg, size_t needed);

/** softqueue_import_drop() - Let go of it, if there is anything */
void softqueue_import_drop(struct softqueue_import *import);

/** softqueue_import_use() - The CPU begins to write to it, or has ended */
void softqueue_import_use(const struct softqueue_import *import, bool end);

#endif
