// SPDX-License-Identifier: BSD-3-Clause
/*
 * Tuners and modulators of a V4L2 node, frequencies, and looking for stations: every
 * word that comes back.  As calls.c.
 *
 *	tuner_calls NODE
 */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/show.h"

static int fd;
static union {
	uint8_t bytes[256];
	uint32_t word;
	struct v4l2_frequency frequency;
	struct v4l2_frequency_band band;
	struct v4l2_hw_freq_seek seek;
	struct v4l2_modulator modulator;
	struct v4l2_tuner tuner;
} arg;

static void fill(void)
{
	show_fill(&arg, sizeof(arg));
}

static int call(const char *what, unsigned int number, unsigned long cmd)
{
	return show_call_of(what, number, fd, cmd, &arg);
}

static void seeks(unsigned int type)
{
	int flags = fcntl(fd, F_GETFL);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		/* Those that do not seek: they say so at once. */
		fcntl(fd, F_SETFL,
		      i ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
		fill();
		call("S_HW_FREQ_SEEK of nothing", i, VIDIOC_S_HW_FREQ_SEEK);
		memset(&arg, 0, sizeof(arg));
		arg.seek.type = type;
		arg.seek.rangelow = 5;
		call("S_HW_FREQ_SEEK half a range", i, VIDIOC_S_HW_FREQ_SEEK);
		arg.seek.rangehigh = 4;
		call("S_HW_FREQ_SEEK no range", i, VIDIOC_S_HW_FREQ_SEEK);
		arg.seek.tuner = 1;
		call("S_HW_FREQ_SEEK of another", i, VIDIOC_S_HW_FREQ_SEEK);
	}
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	memset(&arg, 0, sizeof(arg));
	arg.seek.type = type;
	arg.seek.wrap_around = 1;
	call("S_HW_FREQ_SEEK without waiting", 0, VIDIOC_S_HW_FREQ_SEEK);
}

static void frequencies(unsigned int type)
{
	uint32_t now;
	unsigned int i;

	fill();
	arg.frequency.tuner = 0;
	arg.frequency.type = type;
	call("G_FREQUENCY", type, VIDIOC_G_FREQUENCY);
	now = arg.frequency.frequency;
	for (i = 0; i < 3; i++) {
		fill();
		arg.frequency.tuner = i == 2;
		arg.frequency.type = type;
		arg.frequency.frequency = i ? 0xffffffff : 0;
		call("S_FREQUENCY", type, VIDIOC_S_FREQUENCY);
	}
	fill();
	arg.frequency.tuner = 0;
	arg.frequency.type = type;
	arg.frequency.frequency = now;
	call("S_FREQUENCY as it was", type, VIDIOC_S_FREQUENCY);
	for (i = 0; i < 4; i++) {
		fill();
		arg.band.tuner = 0;
		arg.band.type = type;
		arg.band.index = i;
		call("ENUM_FREQ_BANDS", i, VIDIOC_ENUM_FREQ_BANDS);
	}
}

/* How strong the signal is depends on the moment. */
static void tuner(unsigned int index)
{
	fill();
	arg.tuner.index = index;
	if (ioctl(fd, VIDIOC_G_TUNER, &arg) == 0)
		arg.tuner.signal = 0;
	show_bytes("G_TUNER", &arg, sizeof(arg.tuner));
	arg.tuner.audmode = V4L2_TUNER_MODE_MONO;
	call("S_TUNER mono", index, VIDIOC_S_TUNER);
	arg.tuner.audmode = 99;
	call("S_TUNER odd", index, VIDIOC_S_TUNER);
	arg.tuner.audmode = V4L2_TUNER_MODE_STEREO;
	call("S_TUNER stereo", index, VIDIOC_S_TUNER);
}

static void tuners(const char *path)
{
	unsigned int i;

	fd = node_open(path, O_NONBLOCK);
	arg.word = 0;
	ioctl(fd, VIDIOC_S_INPUT, &arg);
	for (i = 0; i < 3; i++) {
		tuner(i);
		fill();
		arg.modulator.index = i;
		call("G_MODULATOR", i, VIDIOC_G_MODULATOR);
		call("S_MODULATOR as it is", i, VIDIOC_S_MODULATOR);
		arg.modulator.txsubchans = 0xff;
		call("S_MODULATOR odd", i, VIDIOC_S_MODULATOR);
	}
}

/* From one place up, and down, and up to where nothing is. */
static void seek_stations(const char *path)
{
	unsigned int i;

	fd = node_open(path, O_NONBLOCK);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	for (i = 0; i < 4; i++) {
		fill();
		arg.frequency.tuner = 0;
		arg.frequency.type = V4L2_TUNER_RADIO;
		arg.frequency.frequency = 1600000;
		call("S_FREQUENCY", i, VIDIOC_S_FREQUENCY);
		memset(&arg, 0, sizeof(arg));
		arg.seek.type = V4L2_TUNER_RADIO;
		arg.seek.seek_upward = i & 1;
		arg.seek.wrap_around = i >> 1;
		arg.seek.spacing = 200000;
		call("S_HW_FREQ_SEEK", i, VIDIOC_S_HW_FREQ_SEEK);
		fill();
		arg.frequency.tuner = 0;
		call("G_FREQUENCY", i, VIDIOC_G_FREQUENCY);
	}
}

static void bands(const char *path)
{
	unsigned int i;

	fd = node_open(path, O_NONBLOCK);
	for (i = 0; i < 7; i++)
		frequencies(i);
	for (i = 0; i < 7; i++)
		seeks(i);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "tuners", tuners },
		{ "bands", bands },
		{ "seeks", seek_stations },
	};

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
