/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fake device's buffers and their memory.  With its lock held.
 */
#ifndef TESTS_FAKE_DEVICE_BUFFERS_H
#define TESTS_FAKE_DEVICE_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fake_device.h"

/** fake_free_buffers() - Of one queue, whatever is mapped */
void fake_free_buffers(struct fake_queue *queue);

/** fake_offset() - What QUERYBUF says of a plane */
uint32_t fake_offset(uint32_t type, unsigned int index, unsigned int plane);

/** fake_map_plane() - Map @len bytes of a plane's file; 0 or a negative errno */
int fake_map_plane(int fd, size_t len, struct device_map *out);
void fake_unmap_plane(const struct device_map *map);

/** fake_dequeue() - The first that is finished; 0 or a negative errno */
int fake_dequeue(struct v4l2_buffer *v4l2);

/* The ioctls of buffers; @arg as device_ops has it.  Return: the same, too */
int fake_reqbufs(void *arg);
int fake_create_bufs(void *arg);
int fake_querybuf(void *arg);
int fake_qbuf(void *arg);
int fake_prepare_buf(void *arg);
int fake_remove_bufs(void *arg);
int fake_stream(void *arg, bool on);
int fake_codec_cmd(void *arg);

#endif
