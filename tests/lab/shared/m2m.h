/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A memory to memory node, single- or multi-planar with one plane, whose buffers are
 * memory of the program's.
 *
 * What is written as void ends the program if it fails, with one line on stderr, and
 * so does what has no other answer.  All else returns -1 with errno.
 */
#ifndef TESTS_LAB_SHARED_M2M_H
#define TESTS_LAB_SHARED_M2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/videodev2.h>

#define M2M_BUFFERS 4

/**
 * struct m2m_queue - One of the two
 * @type:	The node's type of buffer for it
 * @size:	Bytes of a buffer, as the format says
 * @memory:	M2M_BUFFERS of them
 */
struct m2m_queue {
	int fd;
	uint32_t type;
	size_t size;
	unsigned char *memory;
};

/** struct m2m - An open file of the node */
struct m2m {
	int fd;
	struct m2m_queue output;
	struct m2m_queue capture;
};

/** m2m_open() - Without O_NONBLOCK; there is no failure */
void m2m_open(struct m2m *m2m, const char *path);

void m2m_close(struct m2m *m2m);

/** m2m_format() - S_FMT; the rest is the driver's choice */
int m2m_format(struct m2m_queue *queue, uint32_t pixelformat, uint32_t width,
	       uint32_t height);

/** m2m_get_format() - G_FMT; @out has what both kinds of formats have */
int m2m_get_format(struct m2m_queue *queue, struct v4l2_pix_format *out);

/** m2m_request() - REQBUFS(@count); memory as the format wants it, unless @count is 0 */
int m2m_request(struct m2m_queue *queue, unsigned int count);

/** m2m_bytes() - The memory of buffer @index */
unsigned char *m2m_bytes(const struct m2m_queue *queue, unsigned int index);

/** m2m_queue() - QBUF; @used and @time (s) are for OUTPUT */
int m2m_queue(struct m2m_queue *queue, unsigned int index, size_t used,
	      long time);

/** m2m_queue_all() - QBUF of @count CAPTURE buffers from 0 */
void m2m_queue_all(struct m2m_queue *queue, unsigned int count);

int m2m_stream(struct m2m_queue *queue, bool on);

/** m2m_encoder() - ENCODER_CMD with V4L2_ENC_CMD_* */
int m2m_encoder(struct m2m *m2m, uint32_t command);

/** m2m_decoder() - DECODER_CMD with V4L2_DEC_CMD_* */
int m2m_decoder(struct m2m *m2m, uint32_t command);

int m2m_subscribe(struct m2m *m2m, uint32_t type);

/* ---- facts -------------------------------------------------------------------- */

/** m2m_fact() - What a call has returned */
void m2m_fact(const char *what, int result);

/**
 * m2m_done() - DQBUF: the name of its errno, or the buffer and a sum of its bytes
 * @flags: V4L2_BUF_FLAG_*, 0 if there is none
 *
 * Return: the calling thread's copy, until its next call
 */
const char *m2m_done(struct m2m_queue *queue, uint32_t *flags);

/** m2m_fact_done() - The same as a fact.  Return: the flags */
uint32_t m2m_fact_done(const char *what, struct m2m_queue *queue);

/** m2m_fact_event() - DQEVENT: its errno, or the event */
void m2m_fact_event(const char *what, struct m2m *m2m);

/** m2m_fact_poll() - Without waiting */
void m2m_fact_poll(const char *what, struct m2m *m2m);

#endif
