/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device of hostd that does what a test wants and writes down what it was
 * told.
 *
 * Left alone it is simple but sound: buffers of any type of queue that its
 * capabilities allow, that finish when the test says so, events likewise, two
 * controls with payload, an EDID.  A test puts its own function in the place of
 * an ioctl, lets it fail, or lets it sleep.
 *
 * There is one, and all files of it share its queues; or each has its own, as
 * those of codecs do.
 */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/payload.h"
#include "hostd/device.h"
#include "tests/event_model.h"

#define FAKE_TYPES   15
#define FAKE_BUFFERS 48 /* more than VIDEO_MAX_FRAME */
#define FAKE_RECORDS 512
#define FAKE_EVENTS  128
#define FAKE_FILES   64

#define FAKE_CID_ARRAY  (V4L2_CID_USER_BASE | 0x1001) /* u8, FAKE_ARRAY_LEN */
#define FAKE_CID_STRING (V4L2_CID_USER_BASE | 0x1002) /* FAKE_STRING_LEN */
#define FAKE_CID_SCALAR (V4L2_CID_USER_BASE | 0x1003)
#define FAKE_ARRAY_LEN  256
#define FAKE_STRING_LEN 33 /* with its NUL */
#define FAKE_EDID_LEN   512

/** fake_fn - An ioctl; on the loop or on a worker */
typedef int (*fake_fn)(void *arg);

/**
 * struct fake_record - An ioctl that was run
 * @arg:	As it came
 * @nested:	Planes, controls or EDID, as they came
 */
struct fake_record {
	uint32_t cmd;
	union payload_arg arg;
	uint8_t nested[1024];
	size_t nested_len;
};

enum fake_state { FAKE_IDLE, FAKE_QUEUED, FAKE_DONE };

struct fake_buffer {
	enum fake_state state;
	uint32_t data_offset[VIDEO_MAX_PLANES]; /* a test sets it */
	unsigned int order;                     /* of QBUF or of the end */
	int fds[VIDEO_MAX_PLANES]; /* of our own; of DMABUF, a copy */
	uint8_t *planes[VIDEO_MAX_PLANES];
	uint32_t used[VIDEO_MAX_PLANES];
	uint32_t flags;
	uint32_t sequence;
	struct timeval timestamp;
	bool there;
	bool prepared;
};

/* @ended: DQBUF is EPIPE (vb2's last_buffer_dequeued) */
struct fake_queue {
	uint32_t memory;
	bool streaming;
	bool failed;
	bool ended;
	unsigned int count;
	unsigned int sequence;
	struct fake_buffer buffers[FAKE_BUFFERS];
};

/**
 * struct fake_file - One open of it
 * @wanted:	DEVICE_* that poll() was asked for
 * @signal_fds:	The first is readable if one of them is there
 * @model:	In place of @events, if fake.kernel_events
 * @own:	Its queues; NULL: those of the device
 * @io_fd:	Without buffers: what poll() looks at; -1: not asked for
 * @io_value:	What is in it
 */
struct fake_file {
	struct device_file base; /* first */
	unsigned int wanted;
	int signal_fds[2];
	int io_fd;
	uint64_t io_value;
	struct v4l2_event events[FAKE_EVENTS];
	unsigned int event_count;
	struct fake_queue *own;
	uint32_t event_sequence; /* of the next */
	struct event_model model;
};

/** struct fake_row - What a test said about one ioctl */
struct fake_row {
	fake_fn fn;
	int error;
	unsigned int fails; /* so many times */
	unsigned int sleeps;
	bool deaf;
};

/**
 * struct fake_io - Without buffers: see fake_device_io.h
 * @bytes:	What there is to read, @len of them
 * @written:	By the last write()
 */
struct fake_io {
	uint8_t bytes[128 << 10];
	size_t len;
	uint8_t written[128 << 10];
	size_t written_len;
	bool full;
	bool always_ready;
	int error;
	unsigned int fails;
	unsigned int sleeps;
	unsigned int reads;
	unsigned int writes;
};

/**
 * struct fake_device - All of it; settings are made before the first open
 * @caps:	device_caps
 * @bus_info:	Of QUERYCAP
 * @plane_count: Of multi-planar buffers
 * @plane_len:	Of each plane; the first for single-planar buffers
 * @open_result: What open() returns
 * @open_sleeps, @close_sleeps: The next one, until fake_wake()
 * @log_status:	What LOG_STATUS returns
 * @initial:	SEND_INITIAL makes an event
 * @kernel_events: Events are for those who subscribed, with the kernel's rules;
 *		else all files get all of them
 * @own_queues:	Each file has its own
 * @only_type:	The type of the one queue that it has; 0: it has all
 * @takes_empty: Output: 0 bytes are none, and not all (allow_zero_bytesused)
 * @forgetful:	DECODER_CMD(START) does not clear what LAST has set, as vicodec
 *		of 6.1
 * @now:	Its clock, nanoseconds; NULL: CLOCK_MONOTONIC
 * @time_flag:	V4L2_BUF_FLAG_TIMESTAMP_* of buffers that get none when they finish
 * @blocking:	The node is not O_NONBLOCK now; @blockings: how often it was not
 * @unrecorded:	Nothing is written down
 * @shares:	Buffers made from here on have memory that can be exported
 * @exports_none: What is exported is no descriptor
 * @gone:	It was unplugged: everything is ENODEV
 * @sleeping:	Calls that sleep now
 * @files:	Open ones
 * @current:	Whose ioctl runs
 * @running:	Queues of the file that does something
 * @chosen:	Queues that a test means
 * @mapped:	Planes that are mapped
 */
struct fake_device {
	uint32_t caps;
	char bus_info[32];
	unsigned int plane_count;
	size_t plane_len[VIDEO_MAX_PLANES];
	int open_result;
	bool open_sleeps;
	bool close_sleeps;
	int log_status;
	bool initial;
	bool kernel_events;
	bool own_queues;
	uint32_t only_type;
	bool takes_empty;
	bool forgetful;
	uint64_t (*now)(void);
	uint32_t time_flag;
	bool blocking;
	unsigned int blockings;
	bool unrecorded;

	pthread_mutex_t lock;
	sem_t gate;
	bool shares;
	bool exports_none;
	bool gone;
	unsigned int sleeping;
	struct fake_file *files[FAKE_FILES];
	unsigned int file_count;
	struct fake_file *current;
	unsigned int mapped;
	unsigned int order;
	struct fake_row rows[IOCTL_NR_MAX];
	struct fake_queue queues[FAKE_TYPES];
	struct fake_queue *running;
	struct fake_queue *chosen;
	struct fake_record records[FAKE_RECORDS];
	unsigned int record_count;
	uint8_t array[FAKE_ARRAY_LEN];
	char string[FAKE_STRING_LEN];
	int32_t scalar;
	uint8_t edid[FAKE_EDID_LEN];
	struct fake_io io;
};

extern struct fake_device fake;
extern const struct device_ops fake_device_ops;

/** fake_device_init() - A capture device of one plane of 4096 bytes */
void fake_device_init(void);

/** fake_device_finish() - Wakes who sleeps; all files must be closed after that */
void fake_device_finish(void);

/**
 * fake_on() - @fn runs in place of an ioctl; NULL: what it does by itself
 *
 * DQBUF and DQEVENT: behind it, when there is a buffer or an event.
 */
void fake_on(uint32_t cmd, fake_fn fn);

/** fake_fail() - The next @count calls fail, after they were recorded */
void fake_fail(uint32_t cmd, int error, unsigned int count);

/** fake_sleep() - The next call sleeps, before it is recorded, until fake_wake()
 * or a signal
 */
void fake_sleep(uint32_t cmd);

/** fake_sleep_deaf() - No signal wakes it */
void fake_sleep_deaf(uint32_t cmd);
void fake_wake(void);
unsigned int fake_sleeping(void);

/** fake_count() - How often an ioctl was run */
unsigned int fake_count(uint32_t cmd);

/** fake_last() - The last one; NULL: there was none */
const struct fake_record *fake_last(uint32_t cmd);

/** fake_queued() - Buffers of a type that it has */
unsigned int fake_queued(uint32_t type);

/** fake_plane() - Memory of a buffer */
uint8_t *fake_plane(uint32_t type, unsigned int index, unsigned int plane);

/** fake_has() - Can that buffer be finished? */
bool fake_has(uint32_t type, unsigned int index);

/** fake_finish() - Finish a buffer: one plane, @used bytes */
void fake_finish(uint32_t type, unsigned int index, uint32_t used,
		 uint32_t flags);

/** fake_finish_planes() - Finish a multi-planar buffer */
void fake_finish_planes(uint32_t type, unsigned int index, const uint32_t *used,
			uint32_t flags);

/** fake_choose() - From now on a test means the queues of this open file */
void fake_choose(unsigned int file);

/** fake_end() - Nothing more comes, and there was no LAST buffer */
void fake_end(uint32_t type);

/** fake_queue_error() - A queue is given up until STREAMOFF: vb2_queue_error() */
void fake_queue_error(uint32_t type);

/** fake_send_event() - An event for every open file; time and sequence are its */
void fake_send_event(const struct v4l2_event *event);

/** fake_event() - The same, in short */
void fake_event(uint32_t type, uint32_t id, uint32_t changes);

/** fake_unplug() - From now on there is nothing but ENODEV */
void fake_unplug(void);

#endif
