/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fake device's ioctls do by themselves.  With its lock held.
 */
#ifndef TESTS_FAKE_DEVICE_IOCTLS_H
#define TESTS_FAKE_DEVICE_IOCTLS_H

#include "tests/fake_device.h"

int fake_default(uint32_t cmd, void *arg);
int fake_dequeue(struct v4l2_buffer *v4l2);
void fake_free_buffers(struct fake_queue *queue);
uint32_t fake_offset(uint32_t type, unsigned int index, unsigned int plane);
int fake_map_plane(int fd, size_t len, struct device_map *out);
void fake_unmap_plane(const struct device_map *map);
void fake_add_event(struct fake_file *file, uint32_t type, uint32_t id,
		    uint32_t changes);

/* fake_look() - What poll() looks at may have changed */
void fake_look(void);

#endif
