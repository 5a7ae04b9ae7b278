// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every ioctl of a V4L2 node but those of buffers, controls and events, and every
 * word that comes back: inputs, outputs, standards, timings, EDID, formats, selections, audio.
 *
 *	calls NODE
 *
 * What the node is set to in the end is what it is set to in the beginning.  So
 * test_calls.sh runs it natively, natively once more, and through us, and the
 * last two must be equal.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/show.h"

#define ENUM_MAX  20 /* of one enumeration */
#define BUF_TYPES 16 /* one more than there are */

static int fd;
static union {
	uint8_t bytes[4096];
	uint32_t word;
	struct v4l2_audio audio;
	struct v4l2_crop crop;
	struct v4l2_cropcap cropcap;
	struct v4l2_dv_timings timings;
	struct v4l2_dv_timings_cap timings_cap;
	struct v4l2_edid edid;
	struct v4l2_encoder_cmd encoder; /* and of a decoder */
	struct v4l2_enum_dv_timings enum_timings;
	struct v4l2_fmtdesc fmtdesc;
	struct v4l2_format format;
	struct v4l2_frmivalenum interval;
	struct v4l2_frmsizeenum size;
	struct v4l2_selection selection;
	struct v4l2_sliced_vbi_cap sliced;
	struct v4l2_streamparm parm;
	v4l2_std_id std;
} arg;

static void fill(void)
{
	show_fill(&arg, sizeof(arg));
}

static int call(const char *what, unsigned int number, unsigned long cmd)
{
	return show_call_of(what, number, fd, cmd, &arg);
}

/* All of an enumeration whose index is the first word. */
static void enumerate(const char *what, unsigned long cmd)
{
	unsigned int i;

	for (i = 0; i < ENUM_MAX; i++) {
		fill();
		arg.word = i;
		if (call(what, i, cmd))
			break;
	}
	fill();
	call(what, arg.word, cmd);
}

/* ---- what there is ------------------------------------------------------------ */

static void enumerations(const char *path)
{
	fd = node_open(path, O_NONBLOCK);
	enumerate("ENUMINPUT", VIDIOC_ENUMINPUT);
	enumerate("ENUMOUTPUT", VIDIOC_ENUMOUTPUT);
	enumerate("ENUMSTD", VIDIOC_ENUMSTD);
	enumerate("ENUMAUDIO", VIDIOC_ENUMAUDIO);
	enumerate("ENUMAUDOUT", VIDIOC_ENUMAUDOUT);
}

static void sizes_of(uint32_t format)
{
	uint32_t width;
	uint32_t height;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fill();
		arg.size.index = i;
		arg.size.pixel_format = format;
		if (call("ENUM_FRAMESIZES", i, VIDIOC_ENUM_FRAMESIZES))
			break;
		width = arg.size.discrete.width;
		height = arg.size.discrete.height;
		fill();
		arg.interval.index = 0;
		arg.interval.pixel_format = format;
		arg.interval.width = width;
		arg.interval.height = height;
		call("ENUM_FRAMEINTERVALS", i, VIDIOC_ENUM_FRAMEINTERVALS);
		fill();
		arg.interval.index = 1;
		arg.interval.pixel_format = format;
		arg.interval.width = 3;
		arg.interval.height = 5;
		call("ENUM_FRAMEINTERVALS odd", i, VIDIOC_ENUM_FRAMEINTERVALS);
	}
}

static void formats(const char *path)
{
	unsigned int type;
	unsigned int i;
	uint32_t format;

	fd = node_open(path, O_NONBLOCK);
	for (type = 0; type < BUF_TYPES; type++) {
		for (i = 0; i < ENUM_MAX; i++) {
			fill();
			arg.fmtdesc.index = i;
			arg.fmtdesc.type = type;
			arg.fmtdesc.mbus_code = 0;
			if (call("ENUM_FMT", type, VIDIOC_ENUM_FMT))
				break;
			format = arg.fmtdesc.pixelformat;
			if (i < 2)
				sizes_of(format);
		}
		fill();
		arg.fmtdesc.index = 0;
		arg.fmtdesc.type = type;
		call("ENUM_FMT of a bus", type, VIDIOC_ENUM_FMT);
	}
	sizes_of(0);
}

static void formats_set(const char *path)
{
	struct v4l2_format now;
	unsigned int type;

	fd = node_open(path, O_NONBLOCK);
	for (type = 0; type < BUF_TYPES; type++) {
		fill();
		arg.format.type = type;
		call("G_FMT", type, VIDIOC_G_FMT);
		now = arg.format;
		call("S_FMT as it is", type, VIDIOC_S_FMT);
		call("TRY_FMT as it is", type, VIDIOC_TRY_FMT);
		fill();
		arg.format.type = type;
		/* A window has no clips through us. */
		if (type == V4L2_BUF_TYPE_VIDEO_OVERLAY ||
		    type == V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY)
			memset(&arg.format.fmt.win, 0,
			       sizeof(arg.format.fmt.win));
		call("TRY_FMT of nothing", type, VIDIOC_TRY_FMT);
		memset(&arg, 0, sizeof(arg));
		arg.format.type = type;
		call("TRY_FMT of zeroes", type, VIDIOC_TRY_FMT);
		arg.format.fmt.win.clipcount = 2049;
		call("TRY_FMT of many clips", type, VIDIOC_TRY_FMT);
		memset(&arg, 0, sizeof(arg));
		arg.format.type = type;
		arg.format.fmt.pix.width = 320;
		arg.format.fmt.pix.height = 200;
		call("S_FMT of another size", type, VIDIOC_S_FMT);
		arg.format = now;
		call("S_FMT again", type, VIDIOC_S_FMT);
		fill();
		arg.parm.type = type;
		call("G_PARM", type, VIDIOC_G_PARM);
		call("S_PARM as it is", type, VIDIOC_S_PARM);
		fill();
		arg.sliced.type = type;
		call("G_SLICED_VBI_CAP", type, VIDIOC_G_SLICED_VBI_CAP);
	}
}

static void selections(const char *path)
{
	static const uint32_t targets[] = { 0,     1,     2,     3, 0x100,
					    0x101, 0x102, 0x103, 7 };
	struct v4l2_rect rect;
	unsigned int type;
	unsigned int i;

	fd = node_open(path, O_NONBLOCK);
	for (type = 0; type < BUF_TYPES; type++) {
		fill();
		arg.cropcap.type = type;
		call("CROPCAP", type, VIDIOC_CROPCAP);
		fill();
		arg.crop.type = type;
		call("G_CROP", type, VIDIOC_G_CROP);
		call("S_CROP as it is", type, VIDIOC_S_CROP);
		for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
			fill();
			arg.selection.type = type;
			arg.selection.target = targets[i];
			call("G_SELECTION", targets[i], VIDIOC_G_SELECTION);
			rect = arg.selection.r;
			arg.selection.flags = 0;
			call("S_SELECTION", targets[i], VIDIOC_S_SELECTION);
			arg.selection.flags =
				V4L2_SEL_FLAG_GE | V4L2_SEL_FLAG_LE;
			arg.selection.r.width = 17;
			arg.selection.r.left = -3;
			call("S_SELECTION odd", targets[i], VIDIOC_S_SELECTION);
			arg.selection.flags = 0x80;
			call("S_SELECTION flag", targets[i],
			     VIDIOC_S_SELECTION);
			arg.selection.flags = 0;
			arg.selection.r = rect;
			call("S_SELECTION back", targets[i],
			     VIDIOC_S_SELECTION);
		}
	}
}

/* ---- where pictures come from, and go to -------------------------------------- */

static void timings(void)
{
	struct v4l2_dv_timings now;
	unsigned int i;

	fill();
	call("G_DV_TIMINGS", 0, VIDIOC_G_DV_TIMINGS);
	now = arg.timings;
	fill();
	call("QUERY_DV_TIMINGS", 0, VIDIOC_QUERY_DV_TIMINGS);
	for (i = 0; i < 4; i++) {
		fill();
		arg.enum_timings.index = i * 30;
		arg.enum_timings.pad = i == 3;
		call("ENUM_DV_TIMINGS", i, VIDIOC_ENUM_DV_TIMINGS);
	}
	for (i = 0; i < 2; i++) {
		fill();
		arg.timings_cap.pad = i;
		call("DV_TIMINGS_CAP", i, VIDIOC_DV_TIMINGS_CAP);
	}
	fill();
	call("S_DV_TIMINGS of nothing", 0, VIDIOC_S_DV_TIMINGS);
	memset(&arg, 0, sizeof(arg));
	call("S_DV_TIMINGS of zeroes", 0, VIDIOC_S_DV_TIMINGS);
	arg.timings = now;
	call("S_DV_TIMINGS as they are", 0, VIDIOC_S_DV_TIMINGS);
}

static void standards(void)
{
	v4l2_std_id now;

	fill();
	call("G_STD", 0, VIDIOC_G_STD);
	now = arg.std;
	fill();
	call("QUERYSTD", 0, VIDIOC_QUERYSTD);
	arg.std = V4L2_STD_PAL_BG;
	call("S_STD PAL_BG", 0, VIDIOC_S_STD);
	call("G_STD", 1, VIDIOC_G_STD);
	arg.std = 0;
	call("S_STD of none", 0, VIDIOC_S_STD);
	arg.std = 1ull << 63;
	call("S_STD unknown", 0, VIDIOC_S_STD);
	arg.std = now;
	call("S_STD as it was", 0, VIDIOC_S_STD);
	enumerate("ENUMSTD", VIDIOC_ENUMSTD);
}

static void audio(void)
{
	unsigned int i;

	fill();
	call("G_AUDIO", 0, VIDIOC_G_AUDIO);
	fill();
	call("G_AUDOUT", 0, VIDIOC_G_AUDOUT);
	for (i = 3; i-- > 0;) {
		fill();
		arg.audio.index = i;
		call("S_AUDIO", i, VIDIOC_S_AUDIO);
		fill();
		arg.audio.index = i;
		call("S_AUDOUT", i, VIDIOC_S_AUDOUT);
	}
}

static void sources(const char *path, const char *get, const char *set,
		    unsigned long get_cmd, unsigned long set_cmd)
{
	unsigned int i;

	fd = node_open(path, O_NONBLOCK);
	for (i = 5; i-- > 0;) {
		arg.word = i;
		if (call(set, i, set_cmd))
			continue;
		fill();
		call(get, i, get_cmd);
		standards();
		timings();
		audio();
		fill();
		arg.parm.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		call("G_PARM of it", i, VIDIOC_G_PARM);
	}
	arg.word = 0xffffffff;
	call(set, arg.word, set_cmd);
}

static void inputs(const char *path)
{
	sources(path, "G_INPUT", "S_INPUT", VIDIOC_G_INPUT, VIDIOC_S_INPUT);
}

static void outputs(const char *path)
{
	sources(path, "G_OUTPUT", "S_OUTPUT", VIDIOC_G_OUTPUT, VIDIOC_S_OUTPUT);
}

/* ---- EDID --------------------------------------------------------------------------- */

static uint8_t *blocks;

static void edid(const char *what, unsigned long cmd, uint32_t pad,
		 uint32_t start, uint32_t count)
{
	fill();
	arg.edid.pad = pad;
	arg.edid.start_block = start;
	arg.edid.blocks = count;
	arg.edid.edid = blocks;
	memset(arg.edid.reserved, 0, sizeof(arg.edid.reserved));
	call(what, count, cmd);
	show_bytes("blocks", blocks, 512);
}

static void edids(const char *path)
{
	static const uint32_t counts[] = { 1, 2, 3, 256, 257, 0xffffffff };
	uint8_t was[512];
	unsigned int pad;
	unsigned int i;

	blocks = show_memory(256 * 128);
	fd = node_open(path, O_NONBLOCK);
	/* The HDMI ones; pads are inputs or outputs. */
	for (pad = 0; pad < 5; pad++) {
		show_fill(blocks, 512);
		edid("G_EDID how many", VIDIOC_G_EDID, pad, 0, 0);
		for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			show_fill(blocks, 512);
			edid("G_EDID", VIDIOC_G_EDID, pad, 0, counts[i]);
			show_fill(blocks, 512);
			edid("G_EDID from 1", VIDIOC_G_EDID, pad, 1, counts[i]);
		}
		edid("G_EDID none from 1", VIDIOC_G_EDID, pad, 1, 0);
		edid("G_EDID from afar", VIDIOC_G_EDID, pad, 300, 1);
		edid("G_EDID 2", VIDIOC_G_EDID, pad, 0, 2);
		memcpy(was, blocks, sizeof(was));
		edid("S_EDID many", VIDIOC_S_EDID, pad, 0, 256);
		edid("S_EDID too many", VIDIOC_S_EDID, pad, 0, 257);
		edid("S_EDID from 1", VIDIOC_S_EDID, pad, 1, 1);
		edid("S_EDID none", VIDIOC_S_EDID, pad, 0, 0);
		edid("G_EDID of none", VIDIOC_G_EDID, pad, 0, 1);
		edid("G_EDID how many none", VIDIOC_G_EDID, pad, 0, 0);
		memcpy(blocks, was, sizeof(was));
		edid("S_EDID as it was", VIDIOC_S_EDID, pad, 0, 2);
		edid("G_EDID again", VIDIOC_G_EDID, pad, 0, 2);
		fill();
		arg.edid.pad = pad;
		arg.edid.blocks = 1;
		arg.edid.start_block = 0;
		arg.edid.edid = (void *)8;
		call("G_EDID to nowhere", pad, VIDIOC_G_EDID);
		call("S_EDID from nowhere", pad, VIDIOC_S_EDID);
	}
}

/* ---- codecs ------------------------------------------------------------------- */

static void codec(const char *what, unsigned long cmd, uint32_t number,
		  uint32_t flags)
{
	fill();
	arg.encoder.cmd = number;
	arg.encoder.flags = flags;
	call(what, number | flags << 8, cmd);
}

/* In any order: nothing streams. */
static void codecs(const char *path)
{
	static const uint32_t flags[] = { 0, 1, 2, 3, 0x80 };
	uint32_t number;
	unsigned int i;

	fd = node_open(path, O_NONBLOCK);
	for (number = 0; number < 6; number++)
		for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
			codec("TRY_ENCODER_CMD", VIDIOC_TRY_ENCODER_CMD, number,
			      flags[i]);
			codec("ENCODER_CMD", VIDIOC_ENCODER_CMD, number,
			      flags[i]);
			codec("TRY_DECODER_CMD", VIDIOC_TRY_DECODER_CMD, number,
			      flags[i]);
			codec("DECODER_CMD", VIDIOC_DECODER_CMD, number,
			      flags[i]);
		}
	fill();
	call("G_ENC_INDEX", 0, VIDIOC_G_ENC_INDEX);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "enumerations", enumerations },
		{ "formats", formats },
		{ "inputs", inputs },
		{ "outputs", outputs },
		{ "formats_set", formats_set },
		{ "selections", selections },
		{ "edids", edids },
		{ "codecs", codecs },
	};

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
