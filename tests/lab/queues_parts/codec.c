// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory-to-memory nodes: two queues in each file.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define BOTH    (POLLIN | POLLOUT | POLLPRI)
#define BUFFERS 3

/* An open file and its queues */
struct codec {
	int fd;
	struct lab_queue out;
	struct lab_queue in;
};

static bool codec_open(struct codec *codec, const char *path)
{
	codec->fd = node_open(path, O_NONBLOCK);
	if (!lab_is_m2m(codec->fd)) {
		close(codec->fd);
		return false;
	}
	lab_queue_init(&codec->out, codec->fd, lab_type(codec->fd, true),
		       BUFFERS);
	lab_queue_init(&codec->in, codec->fd, lab_type(codec->fd, false),
		       BUFFERS);
	return true;
}

static void codec_close(struct codec *codec)
{
	lab_queue_finish(&codec->out);
	lab_queue_finish(&codec->in);
	close(codec->fd);
}

static void codec_start(struct codec *codec)
{
	lab_stream(&codec->out, "STREAMON OUTPUT", true);
	lab_stream(&codec->in, "STREAMON CAPTURE", true);
}

/* What was made of it, in a number */
static void show_contents(const struct lab_queue *queue,
			  const struct lab_buffer *buffer)
{
	unsigned int used = V4L2_TYPE_IS_MULTIPLANAR(queue->type)
				    ? buffer->planes[0].bytesused
				    : buffer->v4l2.bytesused;
	const uint8_t *at = lab_plane(queue, buffer->v4l2.index, 0);
	uint32_t sum = 1;
	char text[32];

	for (; used--; at++)
		sum = sum * 31 + *at;
	snprintf(text, sizeof(text), "sequence %u sum %x",
		 buffer->v4l2.sequence, sum);
	fact("contents", text);
}

static void fill(const struct lab_queue *queue, unsigned int index,
		 unsigned int seed)
{
	uint8_t *at = lab_plane(queue, index, 0);
	size_t i;

	for (i = 0; i < queue->length[0]; i++)
		at[i] = (uint8_t)(seed + i / 64);
}

static void one_round(struct codec *codec, unsigned int seed)
{
	struct lab_buffer buffer;

	fill(&codec->out, seed % BUFFERS, seed);
	lab_enqueue(&codec->out, "QBUF OUTPUT", seed % BUFFERS);
	lab_enqueue(&codec->in, "QBUF CAPTURE", seed % BUFFERS);
	lab_wait_done(&codec->in, 1);
	lab_wait_done(&codec->out, 1);
	lab_dequeue(&codec->out, "DQBUF OUTPUT", &buffer);
	lab_dequeue(&codec->in, "DQBUF CAPTURE", &buffer);
	show_contents(&codec->in, &buffer);
}

void test_codec(const char *path)
{
	struct codec codec;
	unsigned int i;

	if (!codec_open(&codec, path))
		return;
	lab_query(&codec.out, "QUERYBUF OUTPUT", 0);
	lab_query(&codec.in, "QUERYBUF CAPTURE", 0);
	codec_start(&codec);
	for (i = 0; i < 7; i++)
		one_round(&codec, i);
	/* The output queue alone begins anew. */
	lab_stream(&codec.out, "STREAMOFF OUTPUT", false);
	fact("REQBUFS CAPTURE while it streams",
	     result_name(lab_reqbufs(codec.fd, codec.in.type, 2)));
	lab_stream(&codec.out, "STREAMON OUTPUT", true);
	one_round(&codec, 1);
	codec_close(&codec);
}

void test_codec_polls(const char *path)
{
	struct lab_buffer buffer;
	struct codec codec;

	if (!codec_open(&codec, path))
		return;
	lab_poll("poll, nothing streams", codec.fd, BOTH, 0);
	lab_poll("poll PRI, nothing streams", codec.fd, POLLPRI, 0);
	lab_stream(&codec.out, "STREAMON OUTPUT", true);
	lab_poll("poll, OUTPUT streams", codec.fd, BOTH, 0);
	lab_enqueue(&codec.out, "QBUF OUTPUT", 0);
	lab_poll("poll, OUTPUT has one", codec.fd, BOTH, 50);
	lab_poll("poll IN, OUTPUT has one", codec.fd, POLLIN, 50);
	lab_stream(&codec.in, "STREAMON CAPTURE", true);
	lab_poll("poll, CAPTURE streams", codec.fd, BOTH, 50);
	lab_enqueue(&codec.in, "QBUF CAPTURE", 0);
	lab_wait_done(&codec.in, 1);
	lab_wait_done(&codec.out, 1);
	lab_poll("poll, both done", codec.fd, BOTH, 0);
	lab_poll("poll IN, both done", codec.fd, POLLIN, 0);
	lab_poll("poll OUT, both done", codec.fd, POLLOUT, 0);
	lab_dequeue(&codec.out, "DQBUF OUTPUT", &buffer);
	lab_poll("poll, OUTPUT has none", codec.fd, BOTH, 0);
	lab_dequeue(&codec.in, "DQBUF CAPTURE", &buffer);
	lab_poll("poll, both have none", codec.fd, BOTH, 50);
	lab_enqueue(&codec.in, "QBUF CAPTURE", 0);
	lab_poll("poll, CAPTURE has one", codec.fd, BOTH, 50);
	lab_stream(&codec.out, "STREAMOFF OUTPUT", false);
	lab_poll("poll, CAPTURE alone streams", codec.fd, BOTH, 50);
	lab_stream(&codec.in, "STREAMOFF CAPTURE", false);
	lab_poll("poll, nothing streams again", codec.fd, BOTH, 0);
	codec_close(&codec);
}

/* ---- the end --------------------------------------------------------------------- */

/* V4L2_ENC_CMD_* are the same numbers. */
static unsigned long command_of(int fd)
{
	struct v4l2_decoder_cmd stop = { .cmd = V4L2_DEC_CMD_STOP };
	struct v4l2_encoder_cmd end = { .cmd = V4L2_ENC_CMD_STOP };

	if (!lab_call(fd, VIDIOC_TRY_DECODER_CMD, &stop))
		return VIDIOC_DECODER_CMD;
	if (!lab_call(fd, VIDIOC_TRY_ENCODER_CMD, &end))
		return VIDIOC_ENCODER_CMD;
	return 0;
}

static void command(int fd, const char *what, uint32_t cmd)
{
	struct v4l2_decoder_cmd decoder = { .cmd = cmd };
	struct v4l2_encoder_cmd encoder = { .cmd = cmd };
	unsigned long known = command_of(fd);
	void *arg = known == VIDIOC_DECODER_CMD ? (void *)&decoder
						: (void *)&encoder;

	fact(what, result_name(lab_call(fd, known, arg)));
}

static void at_the_end(struct codec *codec)
{
	struct lab_buffer buffer;

	lab_dequeue(&codec->in, "DQBUF at the end", &buffer);
	lab_poll("poll at the end", codec->fd, BOTH, 0);
}

static void drain(struct codec *codec)
{
	struct lab_buffer buffer;
	unsigned int i;

	command(codec->fd, "STOP", V4L2_DEC_CMD_STOP);
	lab_wait_done(&codec->in, BUFFERS);
	for (i = 0; i < BUFFERS; i++)
		lab_dequeue(&codec->in, "DQBUF of the last", &buffer);
	at_the_end(codec);
}

void test_codec_end(const char *path)
{
	struct lab_buffer buffer;
	struct codec codec;
	unsigned int i;

	if (!codec_open(&codec, path))
		return;
	if (!command_of(codec.fd)) {
		codec_close(&codec);
		return;
	}
	command(codec.fd, "STOP before the stream", V4L2_DEC_CMD_STOP);
	codec_start(&codec);
	for (i = 0; i < BUFFERS; i++)
		lab_enqueue(&codec.in, "QBUF CAPTURE", i);
	for (i = 0; i < BUFFERS - 1; i++)
		lab_enqueue(&codec.out, "QBUF OUTPUT", i);
	lab_wait_done(&codec.out, BUFFERS - 1);
	drain(&codec);
	lab_stream(&codec.in, "STREAMON CAPTURE at the end", true);
	at_the_end(&codec);
	lab_enqueue(&codec.in, "QBUF CAPTURE at the end", 0);
	lab_poll("poll, CAPTURE has one", codec.fd, BOTH, 50);
	command(codec.fd, "START", V4L2_DEC_CMD_START);
	at_the_end(&codec);
	command(codec.fd, "START again", V4L2_DEC_CMD_START);
	at_the_end(&codec);
	lab_stream(&codec.in, "STREAMOFF CAPTURE", false);
	lab_dequeue(&codec.in, "DQBUF stopped", &buffer);
	lab_poll("poll stopped", codec.fd, BOTH, 0);
	lab_stream(&codec.in, "STREAMON CAPTURE", true);
	for (i = 0; i < BUFFERS; i++)
		lab_dequeue(&codec.out, "DQBUF OUTPUT", &buffer);
	lab_poll("poll, then", codec.fd, BOTH, 50);
	codec_close(&codec);
}

/* ---- several files ----------------------------------------------------------------- */

void test_codec_files(const char *path)
{
	struct codec first;
	struct codec second;
	unsigned int i;

	if (!codec_open(&first, path))
		return;
	codec_open(&second, path);
	codec_start(&first);
	codec_start(&second);
	for (i = 0; i < BUFFERS; i++) {
		one_round(&first, i);
		one_round(&second, i + 1);
	}
	codec_close(&first);
	one_round(&second, 1);
	codec_close(&second);
}
