/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wire: every structure and constant, as usermedia-protocol(7) has them.
 *
 * Inside a frame travel virtio-media structures, byte for byte (virtio 1.4,
 * section 5.22, 64-bit little-endian layout).  The frame around them is ours
 * and replaces what virtqueues give: boundaries, tags, the length written.
 *
 * Nothing that was received is ever cast to these structures: common/wire.h
 * turns its bytes into values.  What hostd sends of virtio's, answers and
 * events, it sends as it stands in memory: the check below makes this machine's
 * layout the wire's.  There is no padding in virtio's own structures; that of
 * v4l2_buffer and v4l2_event is zero, because the whole event was.
 */
#ifndef COMMON_PROTOCOL_H
#define COMMON_PROTOCOL_H

#include <assert.h>
#include <stdint.h>
#include <linux/videodev2.h>

#include "common/memo_class.h"

#if !defined(__LP64__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "payloads travel in the 64-bit little-endian layout, as this machine's"
#endif

#define VMS_MAGIC       0x31534d56u /* "VMS1" */
#define VMS_VERSION_MIN 1
#define VMS_VERSION_MAX 1
#define VMS_PORT        848 /* hostd's default vsock port; below 1024 on purpose */

/*
 * Frame header, 32 bytes.  The body is the section, zero padding to 8 bytes,
 * then, with VMS_FLAG_AUX, the aux block.
 */
struct vms_header {
	uint32_t magic;
	uint16_t type;  /* enum vms_type */
	uint16_t flags; /* VMS_FLAG_* */
	uint32_t len;   /* bytes after this header, padding included */
	uint32_t tag;   /* REQ, IO, answers, CANCEL: chosen by guestd, not 0 */
	uint32_t slen;  /* bytes of the section: virtio's used.len in a RESP */
	uint32_t arg;   /* REQ: writable capacity; DATA: mapping generation */
	uint64_t off;   /* DATA: address in the window, multiple of 8 */
};
static_assert(sizeof(struct vms_header) == 32, "frame header");

enum vms_type {
	VMS_HELLO = 1,
	VMS_HELLO_ACK = 2,
	VMS_REQ = 3,
	VMS_RESP = 4,
	VMS_EVT = 5,
	VMS_EVT_CREDIT = 6, /* reserved */
	VMS_DATA = 7,
	VMS_DATA_CREDIT = 8, /* reserved */
	VMS_CANCEL = 9,
	VMS_MEMO = 10, /* needs VMS_FEATURE_MEMO, as does the next */
	VMS_MEMO_INVAL = 11,
	VMS_OBJ = 12, /* needs VMS_FEATURE_SHM_FD or SHMEM, to hostd OBJ_FD */
	VMS_CLOCK = 13,
	VMS_CFG_CHANGE = 14, /* reserved */
	VMS_GOAWAY = 15,
	VMS_IO = 16, /* needs VMS_FEATURE_IO, as does its answer */
	VMS_IO_RESP = 17,
	VMS_TYPE_COUNT = 18,
};

#define VMS_FLAG_AUX       (1u << 0) /* an aux block follows the section */
#define VMS_FLAG_FD        (1u << 1) /* one descriptor comes with this frame */
#define VMS_FLAG_DEP       (1u << 2) /* reserved: needs a bulk connection */
#define VMS_FLAG_LAST      (1u << 3) /* DATA: last chunk of this plane */
#define VMS_FLAG_NONBLOCK  (1u << 4) /* REQ: the program's file is O_NONBLOCK */
#define VMS_FLAG_IGNORABLE (1u << 15) /* unknown type: skip, do not end */

/* Feature bits of HELLO and HELLO_ACK; the ACK has the intersection. */
#define VMS_FEATURE_SHM_FD      (1ull << 0) /* OBJ may come; unix sockets only */
#define VMS_FEATURE_OBJ_FD      (1ull << 1) /* OBJ may go to hostd, DMABUF with it */
#define VMS_FEATURE_EDID        (1ull << 2) /* EDID blocks follow as nested data */
#define VMS_FEATURE_CLOCK       (1ull << 3)
#define VMS_FEATURE_CANCEL      (1ull << 4)
#define VMS_FEATURE_REMOVE_BUFS (1ull << 5)
#define VMS_FEATURE_LOG_STATUS  (1ull << 6)  /* the device has LOG_STATUS */
#define VMS_FEATURE_IO          (1ull << 7)  /* the device is without buffers */
#define VMS_FEATURE_BULK_CONN   (1ull << 8)  /* reserved */
#define VMS_FEATURE_MEMO        (1ull << 9)  /* MEMO and MEMO_INVAL may come */
#define VMS_FEATURE_EVT_CREDIT  (1ull << 10) /* reserved */
#define VMS_FEATURE_DATA_CREDIT (1ull << 11) /* reserved */
#define VMS_FEATURE_XU          (1ull << 12) /* reserved */
#define VMS_FEATURE_QUEUE_ERROR (1ull << 13) /* VMS_EVT_QUEUE_ERROR may come */
#define VMS_FEATURE_NONBLOCK    (1ull << 14) /* VMS_FLAG_NONBLOCK counts */
#define VMS_FEATURE_EXPBUF      (1ull << 15) /* what comes by OBJ is a dma-buf */
#define VMS_FEATURE_SHMEM       (1ull << 16) /* VMS_OBJ_SHMEM may come */

/*
 * What this implementation can do.  SHM_FD and OBJ_FD are offered and agreed to
 * only where a descriptor can go along.  SHMEM is one more, where both have been
 * given memory that is the same; never with SHM_FD.
 */
#define VMS_FEATURES                                                           \
	(VMS_FEATURE_SHM_FD | VMS_FEATURE_OBJ_FD | VMS_FEATURE_EDID |          \
	 VMS_FEATURE_CLOCK | VMS_FEATURE_CANCEL | VMS_FEATURE_REMOVE_BUFS |    \
	 VMS_FEATURE_LOG_STATUS | VMS_FEATURE_IO | VMS_FEATURE_QUEUE_ERROR |   \
	 VMS_FEATURE_NONBLOCK | VMS_FEATURE_EXPBUF | VMS_FEATURE_MEMO)

/* What cannot be where no descriptor goes along. */
#define VMS_FEATURES_FD                                                        \
	(VMS_FEATURE_SHM_FD | VMS_FEATURE_OBJ_FD | VMS_FEATURE_EXPBUF)

/* Limits, offered in HELLO; the smaller of the two sides holds. */
#define VMS_MAX_CTRL (1u << 20) /* body of any frame but DATA */
#define VMS_MAX_CHUNK                                                          \
	(64u << 10) /* section of DATA; sent: channel_out_chunk() */
#define VMS_MAX_IO     (64u << 10) /* bytes in an IO or IO_RESP */
#define VMS_CMD_WINDOW 64          /* REQs and IOs without answer */
#define VMS_MIN_CTRL   4096        /* below these a HELLO is refused */
#define VMS_MIN_CHUNK  4096

#define VMS_ERRNO_MAX 4095 /* include/linux/err.h MAX_ERRNO */

/*
 * Addresses in the window are multiples of it.  They are made up, so this has
 * nothing to do with the pages that either machine has.
 */
#define VMS_PAGE_SIZE 4096

/* What one session can have. */
#define VMS_BUF_TYPE_COUNT    15 /* enum v4l2_buf_type, 0 unused */
#define VMS_QUEUE_BUFFERS_MAX 1024
#define VMS_OBJECTS_MAX       64 /* OBJs to hostd whose REQ has no answer */
static_assert(VMS_BUF_TYPE_COUNT > V4L2_BUF_TYPE_META_OUTPUT, "queues");

#define VMS_HELLO_TIMEOUT_MS   5000  /* hostd: connection without HELLO */
#define VMS_PARTIAL_TIMEOUT_MS 10000 /* hostd: frame begun, not ended */

enum vms_role {
	VMS_ROLE_CONTROL = 0,
	VMS_ROLE_BULK = 1, /* refused unless VMS_FEATURE_BULK_CONN */
	VMS_ROLE_LIST = 2, /* HELLO_ACK carries the listing, then the end */
};

#define VMS_NAME_LEN 32 /* with its NUL, so 31 bytes of name */

struct vms_hello {
	uint16_t version_min;
	uint16_t version_max;
	uint32_t role; /* enum vms_role */
	uint64_t features;
	uint32_t max_ctrl;
	uint32_t max_chunk;
	uint32_t cmd_window;
	uint32_t evt_credit; /* 0xffffffff: unlimited */
	uint32_t session_id; /* bulk only, else 0 */
	uint32_t page_size;
	uint64_t shmem_mark;       /* SHMEM: left there by guestd; else 0 */
	uint64_t shmem_len;        /* SHMEM: bytes that it has; else 0 */
	uint64_t clock_domain;     /* hash of boot id and time namespace */
	char device[VMS_NAME_LEN]; /* name; empty: the first */
};
static_assert(sizeof(struct vms_hello) == 96, "HELLO");

/* virtio-media's configuration space. */
struct virtio_media_config {
	uint32_t device_caps; /* V4L2_CAP_* */
	uint32_t device_type; /* enum virtio_media_device_type */
	char card[32];
};
static_assert(sizeof(struct virtio_media_config) == 40, "config");

/* enum vfl_devnode_type of the kernel */
enum virtio_media_device_type {
	VIRTIO_MEDIA_TYPE_VIDEO = 0,
	VIRTIO_MEDIA_TYPE_VBI = 1,
	VIRTIO_MEDIA_TYPE_RADIO = 2,
	VIRTIO_MEDIA_TYPE_SDR = 4,
	VIRTIO_MEDIA_TYPE_TOUCH = 5,
};

struct vms_hello_ack {
	uint16_t version;
	uint16_t reserved0;
	uint32_t status; /* errno; not 0: nothing but the listing counts */
	uint64_t features;
	uint32_t max_ctrl;
	uint32_t max_chunk;
	uint32_t cmd_window;
	uint32_t evt_credit;
	uint8_t token[16];
	uint64_t shm_len;   /* size of the window of driver addresses */
	uint32_t page_size; /* VMS_PAGE_SIZE */
	uint32_t generation;
	struct virtio_media_config config;
	struct v4l2_capability capability; /* the host's, unmasked */
	uint64_t mono_ns; /* host CLOCK_MONOTONIC when this was sent */
	uint64_t real_ns; /* host CLOCK_REALTIME when this was sent */
	uint64_t clock_domain;
};
static_assert(sizeof(struct vms_hello_ack) == 232, "HELLO_ACK");

/*
 * Follows HELLO_ACK, once per device this peer may use, in a VMS_ROLE_LIST
 * connection and when the device asked for is not there.
 */
struct vms_list_entry {
	char name[VMS_NAME_LEN];
	char kind[16]; /* "v4l2", "pattern", ... */
	uint8_t reserved[16];
};
static_assert(sizeof(struct vms_list_entry) == 64, "listing");
#define VMS_LIST_MAX 64

enum vms_goaway_reason {
	VMS_GOAWAY_SHUTDOWN = 0,
	VMS_GOAWAY_PROTOCOL = 1, /* malformed or out of place */
	VMS_GOAWAY_VERSION = 2,
	VMS_GOAWAY_NOT_ALLOWED = 3, /* no rule for this peer */
	VMS_GOAWAY_PORT = 4,        /* vsock port of 1024 or more */
	VMS_GOAWAY_LIMIT = 5,       /* too many connections */
	VMS_GOAWAY_TIMEOUT = 6,
	VMS_GOAWAY_DEVICE = 7, /* the device is gone */
	VMS_GOAWAY_COUNT = 8,
};

struct vms_goaway {
	uint32_t error;  /* errno */
	uint32_t reason; /* enum vms_goaway_reason */
};
static_assert(sizeof(struct vms_goaway) == 8, "GOAWAY");

/*
 * To guestd it comes right before the RESP to an MMAP, with one descriptor: the
 * plane itself, whose contents never travel as DATA then; or without one, and says
 * where they are in the memory that both have: there before the EVT, or the REQ of
 * a QBUF, that is about them.
 *
 * To hostd there is one for each plane, in order, before the REQ of a QBUF or
 * PREPARE_BUF with V4L2_MEMORY_DMABUF: what a program's descriptor stands for.
 */
enum vms_obj_kind {
	VMS_OBJ_MEMFD = 1,  /* sealed: it cannot get shorter */
	VMS_OBJ_DMABUF = 2, /* VIDIOC_EXPBUF */
	VMS_OBJ_SHMEM = 3,  /* to guestd only: needs VMS_FEATURE_SHMEM */
};

struct vms_obj {
	uint8_t uuid[16]; /* reserved: virtio's shared objects */
	uint64_t addr;  /* driver_addr of the RESP; to hostd: tag of the REQ */
	uint64_t len;   /* its len; to hostd: 0 */
	uint64_t off;   /* SHMEM: where it begins, in whole pages; else 0 */
	uint32_t kind;  /* enum vms_obj_kind */
	uint32_t flags; /* reserved */
};
static_assert(sizeof(struct vms_obj) == 48, "OBJ");

/* guestd sends tx; hostd returns it with when it came and when it left. */
struct vms_clock {
	uint64_t tx_ns;    /* guest CLOCK_MONOTONIC */
	uint64_t rx_ns;    /* host CLOCK_MONOTONIC, 0 in the question */
	uint64_t reply_ns; /* host CLOCK_MONOTONIC, 0 in the question */
};
static_assert(sizeof(struct vms_clock) == 24, "CLOCK");

/*
 * read(2), write(2) or poll(2) of a device without buffers, none of which waits.
 * WRITE: @length bytes follow.
 */
enum vms_io_direction {
	VMS_IO_READ = 0,
	VMS_IO_WRITE = 1,
	VMS_IO_POLL = 2,
	VMS_IO_DIRECTION_COUNT = 3,
};

struct vms_io {
	uint32_t session_id;
	uint32_t direction; /* enum vms_io_direction */
	uint32_t length;    /* bytes, at most VMS_MAX_IO; POLL: events asked */
	uint32_t reserved;
};
static_assert(sizeof(struct vms_io) == 16, "IO");

/* READ: @count bytes follow. */
struct vms_io_resp {
	uint32_t status; /* 0 or a positive errno */
	uint32_t count;  /* bytes; POLL: events that are there */
};
static_assert(sizeof(struct vms_io_resp) == 8, "IO_RESP");
static_assert(VMS_MAX_IO + sizeof(struct vms_io) <= VMS_MAX_CTRL, "IO fits");

/*
 * What POLL is about: POLLIN, OUT, ERR, HUP, RDNORM, RDBAND, WRNORM, WRBAND of
 * asm-generic/poll.h, the same in epoll.  PRI is for events, which guestd has.
 */
#define VMS_IO_EVENTS 0x3ddu

/*
 * Answers that hostd gives before it is asked.  MEMO is some of these, one behind
 * the other: each followed by its key, zeroes up to 8 bytes, its value, and zeroes
 * again.
 */
struct vms_memo {
	uint32_t key_len;   /* a command IOCTL, its session_id 0 */
	uint32_t value_len; /* the section of its RESP */
	uint32_t class;     /* enum vms_memo_class */
	uint32_t epoch;     /* of that class */
};
static_assert(sizeof(struct vms_memo) == 16, "MEMO");

/* What was said of these classes is not true any more. */
struct vms_memo_inval {
	uint32_t classes; /* bits of enum vms_memo_class, at least one */
	uint32_t epoch;   /* theirs from now on */
	uint32_t reserved[2];
};
static_assert(sizeof(struct vms_memo_inval) == 16, "MEMO_INVAL");

/* What hostd says at most of a class in an epoch, and guestd keeps of it. */
#define VMS_MEMO_ENTRIES_MAX 2048
#define VMS_MEMO_BYTES_MAX   (512u << 10) /* of keys and values */

/*
 * Aux block: what virtio reads and writes by DMA through SG lists, that is,
 * the payload of extended controls.  One extent per SG entry, in their order;
 * then the bytes of all of them, without gaps.
 */
struct vms_aux {
	uint32_t count;
	uint32_t reserved;
};
static_assert(sizeof(struct vms_aux) == 8, "aux");

#define VMS_EXTENT_READ  1 /* the device reads it */
#define VMS_EXTENT_WRITE 2 /* the device writes it */
#define VMS_SPACE_WINDOW 0
#define VMS_SPACE_GUEST  1 /* addresses that guestd made up */

struct vms_extent {
	uint64_t addr; /* start of the SG entry it belongs to */
	uint32_t len;
	uint16_t dir;   /* VMS_EXTENT_* */
	uint16_t space; /* VMS_SPACE_GUEST in version 1 */
};
static_assert(sizeof(struct vms_extent) == 16, "extent");

/* ---- virtio-media, virtio 1.4 section 5.22 -------------------------- */

enum virtio_media_cmd {
	VIRTIO_MEDIA_CMD_OPEN = 1,
	VIRTIO_MEDIA_CMD_CLOSE = 2,
	VIRTIO_MEDIA_CMD_IOCTL = 3,
	VIRTIO_MEDIA_CMD_MMAP = 4,
	VIRTIO_MEDIA_CMD_MUNMAP = 5,
};

struct virtio_media_cmd_open {
	uint32_t cmd;
	uint32_t reserved;
};
static_assert(sizeof(struct virtio_media_cmd_open) == 8, "cmd open");

struct virtio_media_resp_open {
	uint32_t status; /* 0 or a positive errno */
	uint32_t reserved0;
	uint32_t session_id;
	uint32_t reserved1;
};
static_assert(sizeof(struct virtio_media_resp_open) == 16, "resp open");

/* The RESP to CLOSE has slen 0. */
struct virtio_media_cmd_close {
	uint32_t cmd;
	uint32_t reserved0;
	uint32_t session_id;
	uint32_t reserved1;
};
static_assert(sizeof(struct virtio_media_cmd_close) == 16, "cmd close");

/* Followed by the argument and its nested data, as the ioctl table says. */
struct virtio_media_cmd_ioctl {
	uint32_t cmd;
	uint32_t reserved;
	uint32_t session_id;
	uint32_t code; /* _IOC_NR only */
};
static_assert(sizeof(struct virtio_media_cmd_ioctl) == 16, "cmd ioctl");

struct virtio_media_resp {
	uint32_t status;
	uint32_t reserved;
};
static_assert(sizeof(struct virtio_media_resp) == 8, "resp");

#define VIRTIO_MEDIA_MMAP_FLAG_RW (1u << 0)
struct virtio_media_cmd_mmap {
	uint32_t cmd;
	uint32_t reserved;
	uint32_t session_id;
	uint32_t flags;
	uint32_t offset; /* of QUERYBUF */
};
static_assert(sizeof(struct virtio_media_cmd_mmap) == 20, "cmd mmap");

struct virtio_media_resp_mmap {
	uint32_t status;
	uint32_t reserved;
	uint64_t driver_addr;
	uint64_t len;
};
static_assert(sizeof(struct virtio_media_resp_mmap) == 24, "resp mmap");

struct virtio_media_cmd_munmap {
	uint32_t cmd;
	uint32_t reserved;
	uint64_t driver_addr;
};
static_assert(sizeof(struct virtio_media_cmd_munmap) == 16, "cmd munmap");

enum virtio_media_evt {
	VIRTIO_MEDIA_EVT_ERROR = 0,
	VIRTIO_MEDIA_EVT_DQBUF = 1,
	VIRTIO_MEDIA_EVT_EVENT = 2,
};

/* Ours; far from those that virtio may still define. */
#define VMS_EVT_QUEUE_ERROR 0x80000001u
#define VMS_EVT_IO_READY    0x80000002u

struct virtio_media_event_error {
	uint32_t event;
	uint32_t session_id;
	uint32_t error;
	uint32_t reserved;
};
static_assert(sizeof(struct virtio_media_event_error) == 16, "evt error");

/*
 * The driver has given up a queue (vb2_queue_error()): DQBUF is @error until
 * STREAMOFF.  virtio knows only errors that end a session.  EPIPE: a capture
 * stream has ended without a LAST buffer, or its end outlives the codec's START.
 */
struct vms_event_queue_error {
	uint32_t event;
	uint32_t session_id;
	uint32_t type; /* enum v4l2_buf_type */
	uint32_t error;
};
static_assert(sizeof(struct vms_event_queue_error) == 16, "evt queue error");

/* The device has woken who waits in poll(): ask again. */
struct vms_event_io_ready {
	uint32_t event;
	uint32_t session_id;
	uint32_t reserved[2];
};
static_assert(sizeof(struct vms_event_io_ready) == 16, "evt io ready");

struct virtio_media_event_dqbuf {
	uint32_t event;
	uint32_t session_id;
	struct v4l2_buffer buffer;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
};
static_assert(sizeof(struct v4l2_buffer) == 88, "in evt dqbuf");
static_assert(sizeof(struct v4l2_plane) == 64, "in evt dqbuf");
static_assert(sizeof(struct virtio_media_event_dqbuf) == 8 + 88 + 8 * 64,
	      "evt dqbuf");

struct virtio_media_event_event {
	uint32_t event;
	uint32_t session_id;
	struct v4l2_event v4l2;
};
static_assert(sizeof(struct v4l2_event) == 136, "in evt event");
static_assert(sizeof(struct virtio_media_event_event) == 8 + 136, "evt event");

struct virtio_media_sg_entry {
	uint64_t start;
	uint32_t len;
	uint32_t reserved;
};
static_assert(sizeof(struct virtio_media_sg_entry) == 16, "sg entry");

#endif
