/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the test pattern camera share.
 *
 *	device_pattern.c		files, ticks, collecting
 *	device_pattern_config.c		parameters
 *	device_pattern_ioctls.c		the table of ioctls
 *	device_pattern_formats.c	sizes and rates
 *	device_pattern_controls.c	controls
 *	device_pattern_events.c		events about them
 *
 * One lock per camera, held by every call of the vtable from begin to end: an
 * ioctl on a worker thread and collecting on the loop thread exclude each other.
 */
#ifndef HOSTD_DEVICE_PATTERN_STATE_H
#define HOSTD_DEVICE_PATTERN_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "hostd/device.h"
#include "hostd/frames.h"
#include "hostd/softqueue.h"

#define DEVICE_PATTERN_FPS_MAX  1000
#define DEVICE_PATTERN_CONTROLS 2 /* rows of the table of controls */

/**
 * struct device_pattern_config - The parameters of --device
 * @width, @height: Size at start, besides the usual ones
 * @fps:	Frames per second at start, besides the usual ones
 * @is_static:	No line, no digits
 */
struct device_pattern_config {
	uint32_t width;
	uint32_t height;
	uint32_t fps;
	bool is_static;
};

/**
 * struct device_pattern - A camera
 * @lock:	For everything below, files included
 * @config:	Never changes
 * @next:	All cameras of this process
 * @files:	Open ones
 * @queue:	Its capture queue
 * @streamer:	File whose clock ticks; NULL: not streaming
 * @width, @height: Format
 * @interval:	Seconds per frame
 * @values:	Of the controls
 */
struct device_pattern {
	pthread_mutex_t lock;
	struct device_pattern_config config;
	struct device_pattern *next;
	struct device_pattern_file *files;
	struct softqueue queue;
	struct device_pattern_file *streamer;
	uint32_t width;
	uint32_t height;
	struct v4l2_fract interval;
	int32_t values[DEVICE_PATTERN_CONTROLS];
};

/**
 * struct device_pattern_subscription - V4L2_EVENT_CTRL of one control
 * @active:	Subscribed
 * @feedback:	Also of own changes
 * @pending:	@event waits; a newer one replaces it, as in v4l2-ctrls
 * @event:	Without the count of those that wait
 */
struct device_pattern_subscription {
	bool active;
	bool feedback;
	bool pending;
	struct v4l2_event event;
};

/**
 * struct device_pattern_file - One open
 * @base:	What callers see
 * @camera:	Whose file it is
 * @next:	Open files of the camera
 * @clock:	Its timerfd is what poll() names: for ticks, and for what is
 *		there already
 * @wanted:	What poll() was asked for last
 * @priority:	enum v4l2_priority
 * @sequence:	Of the last event
 * @subscriptions: One per control
 * @maps:	Mappings that are not undone: they outlive the close
 * @closed:	close() was called
 */
struct device_pattern_file {
	struct device_file base;
	struct device_pattern *camera;
	struct device_pattern_file *next;
	struct frames_clock clock;
	unsigned int wanted;
	uint32_t priority;
	uint32_t sequence;
	struct device_pattern_subscription
		subscriptions[DEVICE_PATTERN_CONTROLS];
	unsigned int maps;
	bool closed;
};

/**
 * struct device_pattern_control - One control
 * @id, @type, @name, @flags, @minimum, @maximum, @step, @start: As in
 *		v4l2_query_ext_ctrl
 */
struct device_pattern_control {
	uint32_t id;
	uint32_t type;
	const char *name;
	uint32_t flags;
	int32_t minimum;
	int32_t maximum;
	int32_t step;
	int32_t start;
};

/* By id. */
extern const struct device_pattern_control
	device_pattern_controls[DEVICE_PATTERN_CONTROLS];

/* Everything below but device_pattern_parse() is called with the lock held. */

/**
 * device_pattern_parse() - Read the parameters
 * @config:	Undefined on failure
 * @why:	Gets the reason, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or -EINVAL
 */
int device_pattern_parse(const char *target,
			 struct device_pattern_config *config, char *why);

/**
 * device_pattern_advance() - Let the time pass
 *
 * Gives every tick that is over to a buffer that was queued then, or to none.
 * To be called before the queue changes.
 */
void device_pattern_advance(struct device_pattern *camera);

/** device_pattern_wake() - Let the descriptor of @file say what is there */
void device_pattern_wake(struct device_pattern_file *file);

/** device_pattern_stop() - Stop the clock, after STREAMOFF */
void device_pattern_stop(struct device_pattern *camera);

/** device_pattern_frame_len() - Bytes of a frame */
uint32_t device_pattern_frame_len(const struct device_pattern *camera);

/** device_pattern_find() - Row number of a control, or -EINVAL */
int device_pattern_find(uint32_t id);

/** device_pattern_reset_controls() - Give every control its default value */
void device_pattern_reset_controls(struct device_pattern *camera);

/**
 * device_pattern_queue_event() - A control changed: tell a file
 * @row:	Which control; the file has subscribed to it
 * @changes:	V4L2_EVENT_CTRL_CH_*
 */
void device_pattern_queue_event(struct device_pattern_file *file, int row,
				uint32_t changes);

/** device_pattern_event_waits() - Is there something for DQEVENT? */
bool device_pattern_event_waits(const struct device_pattern_file *file);

/** device_pattern_take_event() - DQEVENT; -ENOENT if none waits */
int device_pattern_take_event(struct device_pattern_file *file,
			      struct v4l2_event *event);

/** device_pattern_run() - An ioctl; -ENOTTY if a camera has no such */
int device_pattern_run(struct device_pattern_file *file,
		       const struct ioctl_desc *desc, void *arg);

/* The ioctls of these names; @arg is the raw structure. */
int device_pattern_enum_fmt(struct device_pattern_file *file, void *arg);
int device_pattern_enum_framesizes(struct device_pattern_file *file, void *arg);
int device_pattern_enum_frameintervals(struct device_pattern_file *file,
				       void *arg);
int device_pattern_g_fmt(struct device_pattern_file *file, void *arg);
int device_pattern_s_fmt(struct device_pattern_file *file, void *arg);
int device_pattern_try_fmt(struct device_pattern_file *file, void *arg);
int device_pattern_g_parm(struct device_pattern_file *file, void *arg);
int device_pattern_s_parm(struct device_pattern_file *file, void *arg);
int device_pattern_queryctrl(struct device_pattern_file *file, void *arg);
int device_pattern_query_ext_ctrl(struct device_pattern_file *file, void *arg);
int device_pattern_querymenu(struct device_pattern_file *file, void *arg);
int device_pattern_g_ctrl(struct device_pattern_file *file, void *arg);
int device_pattern_s_ctrl(struct device_pattern_file *file, void *arg);
int device_pattern_g_ext_ctrls(struct device_pattern_file *file, void *arg);
int device_pattern_s_ext_ctrls(struct device_pattern_file *file, void *arg);
int device_pattern_try_ext_ctrls(struct device_pattern_file *file, void *arg);
int device_pattern_subscribe_event(struct device_pattern_file *file, void *arg);
int device_pattern_unsubscribe_event(struct device_pattern_file *file,
				     void *arg);

#endif
