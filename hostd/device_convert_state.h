/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the kind convert: shared by device_convert.c, which has its files, and
 * by what its ioctls and frames are.
 */
#ifndef HOSTD_DEVICE_CONVERT_STATE_H
#define HOSTD_DEVICE_CONVERT_STATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "hostd/device_node.h"
#include "hostd/libv4l2.h"

/**
 * struct convert_plane - Memory that a guest has mapped
 * @offset:	What QUERYBUF gave for it
 * @fd:		Of @map, see frames_memfd()
 * @orphan:	Its buffer is gone, and another one may have that offset
 */
struct convert_plane {
	LIST_ENTRY(convert_plane) all;
	uint32_t offset;
	bool orphan;
	int fd;
	struct device_map map;
};

/**
 * struct convert_file - One open node
 * @node:	What callers see; its fd is -1 after close
 * @excess:	libv4l2 has no room for it: all but QUERYCAP is EMFILE, since a file
 *		that quietly did without would be another camera
 * @planes:	They may outlive the close
 * @source:	The device's format, when libv4l2 asked for it last
 * @dropped:	Frames that could not be converted
 */
struct convert_file {
	struct device_node node;
	const struct libv4l2 *library;
	bool excess;
	LIST_HEAD(, convert_plane) planes;
	struct v4l2_pix_format source;
	unsigned int dropped;
};

static inline struct convert_file *convert_file(struct device_file *base)
{
	return (struct convert_file *)base;
}

/**
 * convert_lock - Held while files of this process are opened, and while the
 * format of a device may change
 *
 * v4l2_fd_open() does not care for other threads, and what libv4l2 believes of a
 * format must be what it is.
 */
extern pthread_mutex_t convert_lock;

/** convert_call() - An ioctl through libv4l2 */
int convert_call(struct convert_file *file, unsigned long cmd, void *arg);

/** convert_plain() - An ioctl of the device itself */
int convert_plain(struct convert_file *file, unsigned long cmd, void *arg);

/** convert_learn() - Remember the format that libv4l2 has just asked for */
int convert_learn(struct convert_file *file);

/* Members of struct device_ops */
int convert_ioctl(struct device_file *base, const struct ioctl_desc *desc,
		  void *arg);
int convert_map(struct device_file *base, uint32_t offset, size_t len,
		struct device_map *out);
int convert_export(struct device_file *base, const struct device_plane *which,
		   const struct device_map *map, enum vms_obj_kind *kind);
void convert_unmap(struct device_file *base, const struct device_map *map);
int convert_collect_buffer(struct device_file *base,
			   struct v4l2_buffer *buffer);

#endif
