// SPDX-License-Identifier: BSD-3-Clause
/*
 * What vicodec's stateful decoder does with a stream whose resolution changes, one
 * fact per line.  test_codecs.sh runs it on the native node and on ours; the two
 * outputs must be equal.
 *
 *	decoder NODE FILE
 *
 * FILE is what `v4l2-ctl --stream-to' writes of the encoder, without headers of its
 * own: frames of FWHT, some of one resolution, then some of another.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/m2m.h"
#include "tests/lab/shared/process.h"

/* struct fwht_cframe_hdr of the driver: words in network order */
#define FWHT_WORDS  11
#define FWHT_WIDTH  3
#define FWHT_HEIGHT 4
#define FWHT_SIZE   10

#define MAX_FRAMES 64

#define DRAIN_SECONDS 20

/* The stream, by its frames */
static struct frame {
	const unsigned char *bytes;
	size_t len;
	uint32_t width;
	uint32_t height;
} frames[MAX_FRAMES];
static unsigned int frame_count;

static uint32_t word(const unsigned char *bytes, unsigned int at)
{
	uint32_t value;

	memcpy(&value, bytes + at * sizeof(value), sizeof(value));
	return ntohl(value);
}

static void load_frames(const char *path)
{
	const unsigned char *bytes;
	struct frame *frame;
	struct stat status;
	size_t at = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &status) < 0)
		fatal(path);
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd,
		     0);
	if (bytes == MAP_FAILED)
		fatal("mmap");
	while (at < (size_t)status.st_size && frame_count < MAX_FRAMES) {
		frame = &frames[frame_count++];
		frame->bytes = bytes + at;
		frame->len = FWHT_WORDS * sizeof(uint32_t) +
			     word(frame->bytes, FWHT_SIZE);
		frame->width = word(frame->bytes, FWHT_WIDTH);
		frame->height = word(frame->bytes, FWHT_HEIGHT);
		at += frame->len;
	}
}

/* ---- the decoder ---------------------------------------------------------------- */

/* Its OUTPUT streams, CAPTURE has no buffers. */
static void start_decoder(struct m2m *m2m, const char *path)
{
	m2m_open(m2m, path);
	if (m2m_format(&m2m->output, V4L2_PIX_FMT_FWHT, frames[0].width,
		       frames[0].height) < 0)
		fatal("S_FMT");
	if (m2m_subscribe(m2m, V4L2_EVENT_EOS) < 0 ||
	    m2m_subscribe(m2m, V4L2_EVENT_SOURCE_CHANGE) < 0)
		fatal("SUBSCRIBE_EVENT");
	if (m2m_request(&m2m->output, M2M_BUFFERS) < 0)
		fatal("REQBUFS");
	m2m_fact("STREAMON(OUTPUT)", m2m_stream(&m2m->output, true));
}

static void put_bytes(struct m2m *m2m, unsigned int index,
		      const unsigned char *bytes, size_t len, long time)
{
	if (len > m2m->output.size)
		len = m2m->output.size;
	memcpy(m2m_bytes(&m2m->output, index), bytes, len);
	m2m_fact("QBUF(OUTPUT)", m2m_queue(&m2m->output, index, len, time));
}

static void put_frame(struct m2m *m2m, unsigned int index, unsigned int number)
{
	put_bytes(m2m, index, frames[number].bytes, frames[number].len,
		  (long)number + 1);
}

/* As the codec interface wants it after SOURCE_CHANGE */
static void start_capture(struct m2m *m2m)
{
	struct v4l2_pix_format format;
	char text[64];

	if (m2m_get_format(&m2m->capture, &format) < 0)
		fatal("G_FMT");
	snprintf(text, sizeof(text), "%ux%u, %u bytes", format.width,
		 format.height, format.sizeimage);
	fact("G_FMT(CAPTURE)", text);
	m2m_fact("REQBUFS(CAPTURE)", m2m_request(&m2m->capture, M2M_BUFFERS));
	m2m_fact("STREAMON(CAPTURE)", m2m_stream(&m2m->capture, true));
}

static void restart_capture(struct m2m *m2m)
{
	m2m_fact("STREAMOFF(CAPTURE)", m2m_stream(&m2m->capture, false));
	m2m_fact("REQBUFS(CAPTURE, 0)", m2m_request(&m2m->capture, 0));
	start_capture(m2m);
}

/* ---- tests -------------------------------------------------------------------------- */

static void decode(const char *path)
{
	struct m2m m2m;
	unsigned int i;

	start_decoder(&m2m, path);
	m2m_fact_poll("before the first frame", &m2m);
	put_frame(&m2m, 0, 0);
	m2m_fact_event("SOURCE_CHANGE", &m2m);
	start_capture(&m2m);
	for (i = 0; i < 3; i++) {
		if (i)
			put_frame(&m2m, 0, i);
		m2m_queue(&m2m.capture, i, 0, 0);
		m2m_fact_done("DQBUF(CAPTURE)", &m2m.capture);
		m2m_fact_done("DQBUF(OUTPUT)", &m2m.output);
	}
	m2m_fact_poll("nothing is queued", &m2m);
	m2m_close(&m2m);
}

/* All frames, each where it goes */
static void resolution_change(const char *path)
{
	unsigned int next, taken = 0;
	uint32_t flags;
	struct m2m m2m;

	start_decoder(&m2m, path);
	for (next = 0; next < M2M_BUFFERS && next < frame_count; next++)
		put_frame(&m2m, next, next);
	m2m_fact_event("SOURCE_CHANGE", &m2m);
	start_capture(&m2m);
	m2m_queue_all(&m2m.capture, 1);
	while (taken < frame_count) {
		flags = m2m_fact_done("DQBUF(CAPTURE)", &m2m.capture);
		if (flags & V4L2_BUF_FLAG_LAST) {
			m2m_fact_done("after the last", &m2m.capture);
			m2m_fact_event("SOURCE_CHANGE", &m2m);
			restart_capture(&m2m);
			m2m_queue_all(&m2m.capture, 1);
			continue;
		}
		m2m_fact_done("DQBUF(OUTPUT)", &m2m.output);
		if (next < frame_count) {
			put_frame(&m2m, taken % M2M_BUFFERS, next);
			next++;
		}
		taken++;
		m2m_queue(&m2m.capture, 0, 0, 0);
	}
	m2m_fact("STOP", m2m_decoder(&m2m, V4L2_DEC_CMD_STOP));
	m2m_fact_done("the last", &m2m.capture);
	m2m_fact_done("after the last", &m2m.capture);
	m2m_fact_event("EOS", &m2m);
	m2m_close(&m2m);
}

/* STOP with frames on their way, then more of the stream: natively that hangs. */
static void drain(const char *path)
{
	struct m2m m2m;
	unsigned int i;

	alarm(DRAIN_SECONDS);
	start_decoder(&m2m, path);
	put_frame(&m2m, 0, 0);
	m2m_fact_event("SOURCE_CHANGE", &m2m);
	put_frame(&m2m, 1, 1);
	m2m_fact("STOP", m2m_decoder(&m2m, V4L2_DEC_CMD_STOP));
	start_capture(&m2m);
	for (i = 0; i < 2; i++) {
		m2m_queue(&m2m.capture, i, 0, 0);
		m2m_fact_done("frame", &m2m.capture);
	}
	m2m_fact_done("after the last", &m2m.capture);
	m2m_fact_event("EOS", &m2m);
	m2m_fact_done("DQBUF(OUTPUT)", &m2m.output);
	m2m_fact_done("DQBUF(OUTPUT)", &m2m.output);

	m2m_fact("START", m2m_decoder(&m2m, V4L2_DEC_CMD_START));
	m2m_queue_all(&m2m.capture, 1);
	put_frame(&m2m, 0, 2);
	m2m_fact_done("after START", &m2m.capture);
	m2m_fact("PAUSE", m2m_decoder(&m2m, V4L2_DEC_CMD_PAUSE));
	m2m_close(&m2m);
}

static void seek(const char *path)
{
	struct m2m m2m;

	start_decoder(&m2m, path);
	put_frame(&m2m, 0, 0);
	m2m_fact_event("SOURCE_CHANGE", &m2m);
	start_capture(&m2m);
	m2m_queue_all(&m2m.capture, 1);
	m2m_fact_done("frame", &m2m.capture);
	put_frame(&m2m, 1, 1);
	put_frame(&m2m, 2, 2);
	m2m_fact("STREAMOFF(OUTPUT)", m2m_stream(&m2m.output, false));
	m2m_fact_done("DQBUF(OUTPUT)", &m2m.output);
	m2m_fact("STREAMON(OUTPUT)", m2m_stream(&m2m.output, true));
	m2m_queue_all(&m2m.capture, 2);
	put_frame(&m2m, 2, 0);
	put_frame(&m2m, 3, 1);
	m2m_fact_done("frame after the seek", &m2m.capture);
	m2m_fact_done("frame after the seek", &m2m.capture);
	m2m_close(&m2m);
}

/* The driver finds frames in a stream of bytes. */
static void split_frames(const char *path)
{
	const unsigned char *bytes = frames[0].bytes;
	size_t half = frames[0].len / 2;
	struct m2m m2m;

	start_decoder(&m2m, path);
	put_bytes(&m2m, 0, bytes, half, 1);
	m2m_fact_event("SOURCE_CHANGE", &m2m);
	start_capture(&m2m);
	m2m_queue_all(&m2m.capture, 2);
	m2m_fact_done("DQBUF(OUTPUT) of the first half", &m2m.output);
	put_bytes(&m2m, 1, bytes + half, frames[0].len + frames[1].len - half,
		  2);
	m2m_fact_done("frame", &m2m.capture);
	m2m_fact_done("frame", &m2m.capture);
	m2m_fact_done("DQBUF(OUTPUT) of the rest", &m2m.output);
	m2m_close(&m2m);
}

static void rubbish(const char *path)
{
	static const unsigned char nothing[1000];
	struct m2m m2m;

	start_decoder(&m2m, path);
	put_bytes(&m2m, 0, nothing, sizeof(nothing), 1);
	m2m_fact_done("DQBUF(OUTPUT) of nothing", &m2m.output);
	put_bytes(&m2m, 0, nothing, 1, 1);
	m2m_fact_done("DQBUF(OUTPUT) of a byte", &m2m.output);
	put_frame(&m2m, 1, 0);
	m2m_fact_event("SOURCE_CHANGE", &m2m);
	start_capture(&m2m);
	m2m_queue_all(&m2m.capture, 1);
	m2m_fact_done("frame", &m2m.capture);
	m2m_close(&m2m);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "decode", decode },
		{ "resolution change", resolution_change },
		{ "drain", drain },
		{ "seek", seek },
		{ "split frames", split_frames },
		{ "rubbish", rubbish },
	};

	if (argc != 3) {
		fprintf(stderr, "usage: decoder NODE FILE\n");
		return 2;
	}
	load_frames(argv[2]);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
