/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A V4L2 capture node, for the lab's programs that compare how two nodes behave.
 *
 * What is written as void ends the program if it fails, with one line on stderr,
 * and so do node_open() and whatever has no other answer.  All else returns -1
 * with errno, for the program to print.
 */
#ifndef TESTS_LAB_SHARED_NODE_H
#define TESTS_LAB_SHARED_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/videodev2.h>

#define NODE_BUFFERS 4

/** node_open() - With O_RDWR and these flags; there is no failure */
int node_open(const char *path, int flags);

/** node_get_format() - Asks the host, through us: guestd does not answer it */
int node_get_format(int fd, struct v4l2_format *format);

/** node_frame_len() - Bytes of a frame; there is no failure */
size_t node_frame_len(int fd);

/** node_set_fps() - Ask for this rate */
void node_set_fps(int fd, unsigned int fps);

/* ---- buffers ---------------------------------------------------------------- */

/** node_buffers() - REQBUFS.  Return: how many there are now */
int node_buffers(int fd, unsigned int count, uint32_t memory);

/** node_queue() - An MMAP buffer */
int node_queue(int fd, unsigned int index);

/** node_queue_all() - The first NODE_BUFFERS of them */
int node_queue_all(int fd);

/** node_queue_pointer() - A USERPTR buffer, @len bytes at @memory */
int node_queue_pointer(int fd, unsigned int index, void *memory, size_t len);

/** node_dequeue() - An MMAP buffer.  Return: its index */
int node_dequeue(int fd);

/** node_flags() - V4L2_BUF_FLAG_* of a buffer; there is no failure */
uint32_t node_flags(int fd, unsigned int index);

/** node_wait_done() - Until the first @count are full: no frame is under way */
void node_wait_done(int fd, unsigned int count);

/* ---- streaming -------------------------------------------------------------- */

int node_stream(int fd, bool on);

/** node_start() - NODE_BUFFERS MMAP buffers, none queued, and streaming */
void node_start(int fd);

/** node_start_queued() - The same, all queued */
void node_start_queued(int fd);

/** node_read() - A whole frame, for nobody.  Return: its length */
ssize_t node_read(int fd);

/** node_poll() - Return: revents */
int node_poll(int fd, int events, int ms);

/* ---- controls and events ------------------------------------------------------ */

/** node_find_control() - By its name; there is no failure */
uint32_t node_find_control(int fd, const char *name);

int node_set_control(int fd, uint32_t id, int value);

/** node_get_control() - Return: its value */
int node_get_control(int fd, uint32_t id);

/** node_get_array() - G_EXT_CTRLS of one control */
int node_get_array(int fd, struct v4l2_ext_control *array);

/** node_change_control() - Another value: whoever has subscribed gets an event */
void node_change_control(int fd, uint32_t id);

/** node_subscribe() - To a control */
int node_subscribe(int fd, uint32_t id);

/** node_subscribe_event() - To anything */
int node_subscribe_event(int fd, uint32_t type, uint32_t id, uint32_t flags);
int node_dequeue_event(int fd);

#endif
