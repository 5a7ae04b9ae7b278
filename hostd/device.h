/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hostd can give to guests: the interface that every kind implements.
 *
 * A kind gets private, validated copies and knows no socket, no session and no
 * guest.  Its calls may sleep; whoever calls decides on which thread.  For one
 * file only one ioctl, map or unmap runs at a time, but collect_*, poll and
 * QUERYCAP run on the loop thread at the same time as an ioctl on the worker
 * thread, as they may on a real node (but see collect_sleeps).
 *
 * Files of one device in one process share the state that a real node shares
 * (formats, queue owners); nothing is shared between processes, so a kind that
 * serves several guests with one camera must talk to a producer process.
 */
#ifndef HOSTD_DEVICE_H
#define HOSTD_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/ioctl_table.h"
#include "common/protocol.h"

struct device_ops;
struct slices;

#define DEVICE_TARGET_LEN 256
#define DEVICE_WHY_LEN    (DEVICE_TARGET_LEN + 144)

/**
 * struct device - One --device
 * @ops:	Its kind
 * @name:	What guests ask for
 * @target:	Path of the node, or the parameters of a software kind
 * @type:	What kind of node it is to be in the guest, once it is loaded
 * @forget:	Guests are to remember nothing of it
 * @slices:	Memory that the guest has, too: a kind that can have its buffers there
 *		has them there.  NULL: there is none.  Set before there are buffers
 * @state:	The kind's own, made by the first open in this process
 */
struct device {
	const struct device_ops *ops;
	char name[VMS_NAME_LEN];
	char target[DEVICE_TARGET_LEN];
	enum virtio_media_device_type type;
	bool forget;
	struct slices *slices;
	void *state;
};

/** struct device_file - One open; kinds embed it as their first member */
struct device_file {
	struct device *device;
};

/**
 * struct device_map - Memory of one plane
 * @bytes:	Mapped read and write
 * @len:	Length of the plane
 */
struct device_map {
	void *bytes;
	size_t len;
};

/**
 * struct device_plane - Which plane it is
 * @type:	enum v4l2_buf_type
 */
struct device_plane {
	uint32_t type;
	uint32_t index;
	uint32_t plane;
};

/* What poll() can be asked for. */
#define DEVICE_CAPTURE 1u /* a buffer of a capture queue is finished */
#define DEVICE_OUTPUT  2u /* a buffer of an output queue is finished */
#define DEVICE_EVENT   4u /* a V4L2 event waits */
#define DEVICE_HANGUP  8u /* the device has gone */

/**
 * struct device_ops - A kind of device
 * @name:	Word in --device and in the listing, at most 15 bytes
 * @load:	Load what a process needs that will use files of this kind, before
 *		it may open nothing more; NULL: nothing.  Failure shows in
 *		@open
 * @check:	Are these parameters good?  0, or -EINVAL with the reason in
 *		@why (OPTIONS_WHY_LEN bytes).  Called once, at start
 * @open_node:	Open what only the opener process may open: returns a
 *		descriptor or a negative errno.  NULL: nothing to open
 * @explain:	What an error of @open_node or of QUERYCAP means, with the path, in
 *		@why (DEVICE_WHY_LEN bytes); NULL: strerror(3) says all
 * @type:	What kind of node it is to be in the guest; may look at the node's
 *		path; NULL: video
 * @open:	One more open; @fd is from @open_node (taken over on success)
 *		or -1
 * @close:	Undo @open: streams stop, buffers go once they are unmapped
 * @ioctl:	Run one ioctl.  @arg is the raw structure with pointers into
 *		private memory.  The host's file is always non-blocking.
 *		0 or a negative errno.  Never called with an ioctl whose row
 *		says IOCTL_GUEST (but for QUERYCAP and LOG_STATUS, which the
 *		start of a connection needs) or IOCTL_NOBODY
 * @map:	Map the plane that QUERYBUF gave @offset for
 * @unmap:	Undo @map
 * @export_plane: A descriptor of the same memory, the caller's, and what it is; or a
 *		negative errno.  It cannot get shorter, has whole pages, and
 *		nothing that we parse is in it.  NULL: never
 * @imports:	What QBUF takes as m.fd of V4L2_MEMORY_DMABUF, as 1 << enum
 *		vms_obj_kind: whoever calls closes the descriptor afterwards.  0:
 *		there is no such memory for guests
 * @exports:	Are @export_plane's descriptors dma-bufs?  NULL: no
 * @poll:	Which descriptor and epoll events tell that one of @wanted
 *		(DEVICE_*) is there; 0 and *@fd untouched if none.  The
 *		descriptor is the same for the life of the file
 * @collect_buffer: Take a finished buffer of queue @buffer->type, as DQBUF:
 *		-EAGAIN if there is none.  Multi-planar: m.planes and length
 *		are set by the caller to VIDEO_MAX_PLANES planes
 * @collect_event: Take an event, as DQEVENT: -ENOENT if there is none
 * @set_blocking: Clear (or set again) O_NONBLOCK of the host's file, for
 *		S_HW_FREQ_SEEK only; NULL: nothing to do
 * @collect_sleeps: @collect_buffer takes its time, or shares a lock with the
 *		other calls: it runs where @ioctl does, and not beside it
 * @read, @write: As read(2) and write(2) of the host's file, which do not wait:
 *		bytes or a negative errno.  For devices without buffers only
 * @io_fd:	A descriptor for which poll(2) says what it says of the host's
 *		file; another one than @poll has, the same for the life of the
 *		file, which closes it; or a negative errno
 * @lasting:	Of which classes (bits of enum vms_memo_class) may the answers to a
 *		guest be remembered?  Of formats and inputs, if they are the same as
 *		long as there is the device, for every file.  Of controls, if a file
 *		that has subscribed to all of them hears of everything that changes
 *		in what QUERYCTRL, QUERY_EXT_CTRL and QUERYMENU say.  NULL: of none
 *
 * All but @load, @open_node, @explain, @type, @export_plane, @imports, @exports,
 * @set_blocking and @lasting are mandatory; but a kind that has @read has @write and
 * @io_fd, too, or none of the three.
 */
struct device_ops {
	const char *name;
	void (*load)(void);
	int (*check)(const char *target, char *why);
	int (*open_node)(const char *target);
	void (*explain)(const char *target, int error, char *why);
	enum virtio_media_device_type (*type)(const char *target);
	int (*open)(struct device *device, int fd, struct device_file **out);
	void (*close)(struct device_file *file);
	int (*ioctl)(struct device_file *file, const struct ioctl_desc *desc,
		     void *arg);
	int (*map)(struct device_file *file, uint32_t offset, size_t len,
		   struct device_map *out);
	void (*unmap)(struct device_file *file, const struct device_map *map);
	int (*export_plane)(struct device_file *file,
			    const struct device_plane *plane,
			    const struct device_map *map,
			    enum vms_obj_kind *kind);
	unsigned int imports;
	bool (*exports)(struct device_file *file);
	uint32_t (*poll)(struct device_file *file, unsigned int wanted,
			 int *fd);
	int (*collect_buffer)(struct device_file *file,
			      struct v4l2_buffer *buffer);
	int (*collect_event)(struct device_file *file,
			     struct v4l2_event *event);
	void (*set_blocking)(struct device_file *file, bool blocking);
	bool collect_sleeps;
	ssize_t (*read)(struct device_file *file, void *bytes, size_t len);
	ssize_t (*write)(struct device_file *file, const void *bytes,
			 size_t len);
	int (*io_fd)(struct device_file *file);
	uint32_t (*lasting)(const struct v4l2_capability *capability);
};

#endif
