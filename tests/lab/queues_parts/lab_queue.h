/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any queue of any node, in an application's own memory or mapped, and what is said
 * of its buffers.
 */
#ifndef TESTS_LAB_QUEUES_PARTS_LAB_QUEUE_H
#define TESTS_LAB_QUEUES_PARTS_LAB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/videodev2.h>

#define LAB_QUEUE_BUFFERS 16
#define LAB_QUEUE_TYPES   14 /* enum v4l2_buf_type, from 1 */

/** lab_memory - V4L2_MEMORY_USERPTR or V4L2_MEMORY_MMAP, of all queues */
extern uint32_t lab_memory;

/** lab_other_memory() - The one that it is not */
uint32_t lab_other_memory(void);

/**
 * struct lab_queue - A queue of an open file
 * @count:	Buffers
 * @planes:	Of each
 * @length:	Of each plane
 * @memory:	@slot bytes for each plane of each buffer: the application's, or
 *		where it is mapped
 * @offset:	As QUERYBUF said it, of what is mapped
 * @any_field:	Of what lab_show() prints, the field is left out
 */
struct lab_queue {
	int fd;
	uint32_t type;
	unsigned int count;
	unsigned int planes;
	uint32_t length[VIDEO_MAX_PLANES];
	uint8_t *memory;
	size_t slot;
	uint32_t offset[LAB_QUEUE_BUFFERS][VIDEO_MAX_PLANES];
	bool any_field;
};

/** struct lab_buffer - An argument with room for its planes */
struct lab_buffer {
	struct v4l2_buffer v4l2;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
};

/** lab_call() - ioctl(2) with errno cleared.  Return: 0 or -1 */
int lab_call(int fd, unsigned long cmd, void *arg);

/** lab_caps() - device_caps */
uint32_t lab_caps(int fd);

/**
 * lab_type() - The type of a node's queue
 * @output:	Of a codec: which of the two
 *
 * Asks with REQBUFS of none: nobody else may stream.
 */
uint32_t lab_type(int fd, bool output);

/** lab_is_m2m() - Has each file queues of its own? */
bool lab_is_m2m(int fd);

/** lab_reqbufs() - Of lab_memory.  Return: how many there are, or -1 */
int lab_reqbufs(int fd, uint32_t type, unsigned int count);

/** lab_queue_init() - REQBUFS, and memory for what QUERYBUF says, or mmap() of it */
void lab_queue_init(struct lab_queue *queue, int fd, uint32_t type,
		    unsigned int count);

/** lab_queue_finish() - STREAMOFF and REQBUFS of none */
void lab_queue_finish(struct lab_queue *queue);

/** lab_buffer() - Fill in an argument; of an output, as if it were full */
void lab_buffer(const struct lab_queue *queue, struct lab_buffer *buffer,
		unsigned int index);

/** lab_room() - An argument for QUERYBUF and DQBUF */
void lab_room(struct lab_buffer *buffer, uint32_t type, unsigned int index);

/** lab_plane() - Memory of a plane */
uint8_t *lab_plane(const struct lab_queue *queue, unsigned int index,
		   unsigned int plane);

/** lab_show() - A fact: what a call returned, and the buffer if it succeeded */
void lab_show(const struct lab_queue *queue, const char *what, int ret,
	      const struct lab_buffer *buffer);

/** lab_buffer_call() - Make a call and show it */
int lab_buffer_call(const struct lab_queue *queue, const char *what,
		    unsigned long cmd, struct lab_buffer *buffer);

/** lab_enqueue() - QBUF of lab_buffer(); shown */
int lab_enqueue(const struct lab_queue *queue, const char *what,
		unsigned int index);

/** lab_query() - QUERYBUF; shown */
void lab_query(const struct lab_queue *queue, const char *what,
	       unsigned int index);

/** lab_dequeue() - DQBUF; shown */
int lab_dequeue(const struct lab_queue *queue, const char *what,
		struct lab_buffer *buffer);

/** lab_stream() - STREAMON or STREAMOFF; shown */
int lab_stream(const struct lab_queue *queue, const char *what, bool on);

/** lab_wait_done() - Until @count buffers are finished; there is no failure */
void lab_wait_done(const struct lab_queue *queue, unsigned int count);

/** lab_poll() - poll(2); shown */
void lab_poll(const char *what, int fd, int events, int ms);

#endif
