// SPDX-License-Identifier: BSD-3-Clause
/*
 * Formats that a host tells: those that drivers are known to say, and those that none
 * can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "guestd/plausible.h"

#define MPLANE    V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
#define PIXELS(x) V4L2_PIX_FMT_##x
#define ODD       0x3233444fu /* a format that nobody knows */

static const char *check(uint32_t caps, struct v4l2_format *format)
{
	const struct plausible_about about = { .device_caps = caps };
	union payload_arg asked = { .format = *format };
	union payload_arg arg = { .format = *format };
	const char *why = plausible_answer(&about, ioctl_lookup(VIDIOC_G_FMT),
					   &asked, &arg);

	*format = arg.format;
	return why;
}

/* clang-format off */
static const struct {
	const char *who;
	uint32_t fourcc;
	uint32_t width, height, bytesperline, sizeimage;
	bool codec, lie;
} pictures[] = {
	{ "uvcvideo", PIXELS(YUYV), 640, 480, 1280, 614400, 0, 0 },
	{ "padded lines", PIXELS(YUYV), 640, 480, 2048, 2048 * 480, 0, 0 },
	{ "no padding behind the last", PIXELS(YUYV), 640, 480, 2048,
	  2048 * 479 + 1280, 0, 0 },
	{ "odd width", PIXELS(YUYV), 853, 480, 1706, 818880, 0, 0 },
	{ "short picture", PIXELS(YUYV), 640, 480, 1280, 614399, 0, 1 },
	{ "no picture", PIXELS(YUYV), 640, 480, 1280, 0, 0, 1 },
	{ "no width", PIXELS(YUYV), 0, 480, 1280, 614400, 0, 1 },
	{ "no height", PIXELS(YUYV), 640, 0, 1280, 614400, 0, 1 },
	{ "too wide", PIXELS(GREY), 65537, 1, 65537, 65537, 0, 1 },
	{ "as wide as can be", PIXELS(GREY), 65536, 1, 65536, 65536, 0, 0 },
	{ "too high", PIXELS(GREY), 1, 65537, 1, 65537, 0, 1 },
	{ "a product of 2^32", PIXELS(RGB32), 32768, 32768, 131072, 0, 0, 1 },
	{ "more than 31 bits", PIXELS(GREY), 32768, 65535, 32768,
	  2147450880u + 65536, 0, 1 },
	{ "Bayer", PIXELS(SRGGB8), 640, 480, 640, 307200, 0, 0 },
	{ "packed Bayer", PIXELS(SGRBG10P), 640, 488, 800, 390400, 0, 0 },
	{ "packed Bayer, short", PIXELS(SGRBG10P), 640, 488, 800, 390399, 0, 1 },
	{ "RGB", PIXELS(RGB24), 640, 480, 1920, 921600, 0, 0 },
	{ "NV12", PIXELS(NV12), 640, 480, 640, 460800, 0, 0 },
	{ "NV12, no chroma", PIXELS(NV12), 640, 480, 640, 307200, 0, 1 },
	{ "NV12, padded", PIXELS(NV12), 640, 480, 1024, 1024 * 720, 0, 0 },
	{ "NV12, odd height", PIXELS(NV12), 640, 481, 640,
	  640 * 481 + 640 * 240, 0, 0 },
	{ "lines with their chroma", PIXELS(YUV420), 640, 480, 960, 460800,
	  0, 0 },
	{ "YUV410", PIXELS(YUV410), 640, 480, 640, 345600, 0, 0 },
	{ "NV24", PIXELS(NV24), 640, 480, 640, 921600, 0, 0 },
	{ "P010", PIXELS(P010), 640, 480, 1280, 921600, 0, 0 },
	{ "planes in a format without", PIXELS(NV12M), 640, 480, 640, 460800,
	  0, 1 },
	{ "MJPEG", PIXELS(MJPEG), 640, 480, 0, 614400, 0, 0 },
	{ "MJPEG with lines", PIXELS(MJPEG), 640, 480, 1, 1, 0, 0 },
	{ "MJPEG without memory", PIXELS(MJPEG), 640, 480, 0, 0, 0, 0 },
	{ "DV, uvcvideo", PIXELS(DV), 0, 0, 0, 144000, 0, 0 },
	{ "MJPEG, more than 31 bits", PIXELS(MJPEG), 640, 480, 0, 1u << 31,
	  0, 1 },
	{ "a stream not read yet", PIXELS(H264), 0, 0, 0, 0, 1, 0 },
	{ "a stream too wide", PIXELS(H264), 65537, 0, 0, 0, 1, 1 },
	{ "hantro, what a program wants", PIXELS(H264_SLICE), 640, 480, 0,
	  UINT32_MAX, 1, 0 },
	{ "what no program wants", PIXELS(NV12), 640, 480, 640, UINT32_MAX,
	  1, 1 },
	{ "what a decoder will give", PIXELS(NV12), 0, 0, 0, 0, 1, 0 },
	{ "what a decoder gives", PIXELS(NV12), 640, 480, 0, 0, 1, 1 },
	{ "what no decoder gives", PIXELS(NV12), 0, 0, 0, 0, 0, 1 },
	{ "unknown", ODD, 640, 480, 640, 1, 0, 0 },
	{ "unknown, too wide", ODD, 65537, 480, 640, 1, 0, 1 },
	{ "uvcvideo knows it not, either", 0, 640, 480, 640, 614400, 0, 0 },
	{ "omap3isp, before one is set", 0, 0, 0, 0, 0, 0, 0 },
};
/* clang-format on */

static void a_picture_fits_into_its_memory(void **state)
{
	struct v4l2_format format;
	const char *why;
	uint32_t caps;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
		memset(&format, 0, sizeof(format));
		format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		format.fmt.pix.pixelformat = pictures[i].fourcc;
		format.fmt.pix.width = pictures[i].width;
		format.fmt.pix.height = pictures[i].height;
		format.fmt.pix.bytesperline = pictures[i].bytesperline;
		format.fmt.pix.sizeimage = pictures[i].sizeimage;
		caps = pictures[i].codec ? V4L2_CAP_VIDEO_M2M
					 : V4L2_CAP_VIDEO_CAPTURE;
		why = check(caps, &format);
		if (!!why != pictures[i].lie)
			fail_msg("%s: %s", pictures[i].who,
				 why ? why : "no lie");
	}
}

/* clang-format off */
static const struct {
	const char *who;
	uint32_t fourcc;
	unsigned int planes;
	uint32_t bytesperline[3], sizeimage[3];
	bool lie;
} planes[] = {
	{ "NV12M", PIXELS(NV12M), 2, { 640, 640 }, { 307200, 153600 }, 0 },
	{ "NV16M", PIXELS(NV16M), 2, { 640, 640 }, { 307200, 307200 }, 0 },
	{ "YUV420M", PIXELS(YUV420M), 3, { 640, 320, 320 },
	  { 307200, 76800, 76800 }, 0 },
	{ "YUV444M", PIXELS(YUV444M), 3, { 640, 640, 640 },
	  { 307200, 307200, 307200 }, 0 },
	{ "YUYV", PIXELS(YUYV), 1, { 1280 }, { 614400 }, 0 },
	{ "unknown", ODD, 3, { 0 }, { 1, 1, 1 }, 0 },
	{ "one plane is missing", PIXELS(NV12M), 1, { 640 }, { 460800 }, 1 },
	{ "one too many", PIXELS(YUYV), 2, { 1280, 1 }, { 614400, 1 }, 1 },
	{ "none", ODD, 0, { 0 }, { 0 }, 1 },
	{ "short chroma", PIXELS(NV12M), 2, { 640, 640 },
	  { 307200, 153599 }, 1 },
	{ "no memory", PIXELS(NV12M), 2, { 640, 640 }, { 307200, 0 }, 1 },
};
/* clang-format on */

static void each_plane_does(void **state)
{
	struct v4l2_format format;
	const char *why;
	unsigned int p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(planes) / sizeof(planes[0]); i++) {
		memset(&format, 0, sizeof(format));
		format.type = MPLANE;
		format.fmt.pix_mp.pixelformat = planes[i].fourcc;
		format.fmt.pix_mp.width = 640;
		format.fmt.pix_mp.height = 480;
		format.fmt.pix_mp.num_planes = (uint8_t)planes[i].planes;
		for (p = 0; p < 3; p++) {
			format.fmt.pix_mp.plane_fmt[p].bytesperline =
				planes[i].bytesperline[p];
			format.fmt.pix_mp.plane_fmt[p].sizeimage =
				planes[i].sizeimage[p];
		}
		why = check(V4L2_CAP_VIDEO_CAPTURE_MPLANE, &format);
		if (!!why != planes[i].lie)
			fail_msg("%s: %s", planes[i].who, why ? why : "no lie");
	}
}

/* clang-format off */
static const struct {
	const char *who;
	uint32_t fourcc;
	unsigned int width, height, planes;
	uint32_t bytesperline[3], sizeimage[3], mended[3];
} lines[] = {
	{ "ov534_9", PIXELS(SBGGR8), 1024, 768, 1, { 768 }, { 786432 },
	  { 1024 } },
	{ "short line", PIXELS(YUYV), 640, 480, 1, { 1279 }, { 614400 },
	  { 1280 } },
	{ "no line", PIXELS(YUYV), 640, 480, 1, { 0 }, { 614400 }, { 1280 } },
	{ "long line", PIXELS(YUYV), 640, 480, 1, { 1284 }, { 614400 },
	  { 1280 } },
	{ "line without end", PIXELS(YUYV), 640, 480, 1, { UINT32_MAX },
	  { 614400 }, { 1280 } },
	{ "packed Bayer, short", PIXELS(SGRBG10P), 640, 488, 1, { 799 },
	  { 390400 }, { 800 } },
	{ "chroma not padded", PIXELS(NV12), 640, 480, 1, { 1024 },
	  { 1024 * 480 + 640 * 240 }, { 640 } },
	{ "nor one nor the other", PIXELS(YUV420), 640, 480, 1, { 800 },
	  { 460800 }, { 640 } },
	{ "short chroma lines", PIXELS(NV12M), 640, 480, 2, { 640, 639 },
	  { 307200, 153600 }, { 640, 640 } },
	{ "long chroma lines", PIXELS(YUV420M), 640, 480, 3,
	  { 640, 320, 1320 }, { 307200, 76800, 76800 }, { 640, 320, 320 } },
};
/* clang-format on */

static void fill_planes(struct v4l2_pix_format_mplane *mp, size_t row)
{
	unsigned int p;

	mp->pixelformat = lines[row].fourcc;
	mp->width = lines[row].width;
	mp->height = lines[row].height;
	mp->num_planes = (uint8_t)lines[row].planes;
	for (p = 0; p < 3; p++) {
		mp->plane_fmt[p].bytesperline = lines[row].bytesperline[p];
		mp->plane_fmt[p].sizeimage = lines[row].sizeimage[p];
	}
}

/* A program that walks over them stays in its memory. */
static void lines_that_do_not_fit_are_those_that_do(void **state)
{
	struct v4l2_format format;
	unsigned int p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		memset(&format, 0, sizeof(format));
		format.type = MPLANE;
		fill_planes(&format.fmt.pix_mp, i);
		if (check(V4L2_CAP_VIDEO_CAPTURE_MPLANE, &format))
			fail_msg("%s: is a lie", lines[i].who);
		for (p = 0; p < 3; p++)
			assert_int_equal(
				format.fmt.pix_mp.plane_fmt[p].bytesperline,
				lines[i].mended[p]);
	}
}

/* A newer host's, or nobody's: what v4l_sanitize_format() makes of them */
static void colors_that_there_are_not_are_the_default(void **state)
{
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix = {
			.width = 2, .height = 2, .sizeimage = 12,
			.bytesperline = 6, .pixelformat = PIXELS(HSV24),
			.colorspace = 13, .ycbcr_enc = 130,
			.quantization = 3, .xfer_func = 8,
		},
	};

	(void)state;
	assert_null(check(V4L2_CAP_VIDEO_CAPTURE, &format));
	assert_int_equal(format.fmt.pix.colorspace, 0);
	assert_int_equal(format.fmt.pix.ycbcr_enc, 0);
	assert_int_equal(format.fmt.pix.quantization, 0);
	assert_int_equal(format.fmt.pix.xfer_func, 0);
	format.fmt.pix.colorspace = V4L2_COLORSPACE_DCI_P3;
	format.fmt.pix.hsv_enc = V4L2_HSV_ENC_256;
	assert_null(check(V4L2_CAP_VIDEO_CAPTURE, &format));
	assert_int_equal(format.fmt.pix.colorspace, V4L2_COLORSPACE_DCI_P3);
	assert_int_equal(format.fmt.pix.hsv_enc, V4L2_HSV_ENC_256);
	/* Only HSV has that. */
	format.fmt.pix.pixelformat = PIXELS(RGB24);
	assert_null(check(V4L2_CAP_VIDEO_CAPTURE, &format));
	assert_int_equal(format.fmt.pix.ycbcr_enc, 0);
	format.fmt.pix.field = V4L2_FIELD_INTERLACED_BT + 1;
	assert_non_null(check(V4L2_CAP_VIDEO_CAPTURE, &format));
}

static const char *check_try(uint32_t asked_field, uint32_t field)
{
	const struct plausible_about about = {
		.device_caps = V4L2_CAP_VIDEO_CAPTURE,
	};
	union payload_arg asked = {
		.format = {
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.fmt.pix = {
				.width = 640,
				.height = 480,
				.pixelformat = PIXELS(YUYV),
				.field = field,
				.bytesperline = 1280,
				.sizeimage = 614400,
			},
		},
	};
	union payload_arg arg = asked;
	const char *why;

	asked.format.fmt.pix.field = asked_field;
	why = plausible_answer(&about, ioctl_lookup(VIDIOC_TRY_FMT), &asked,
			       &arg);
	if (!why)
		assert_int_equal(arg.format.fmt.pix.field, field);
	return why;
}

/* vimc does. */
static void a_driver_may_leave_a_field_as_it_was(void **state)
{
	(void)state;
	assert_null(check_try(0xa5a5a5a5, 0xa5a5a5a5));
	assert_null(check_try(0xa5a5a5a5, V4L2_FIELD_NONE));
	assert_non_null(check_try(V4L2_FIELD_NONE, 0xa5a5a5a5));
	assert_non_null(check_try(0xa5a5a5a5, 0xa5a5a5a6));
}

static const char *check_untold(uint32_t caps, uint32_t cmd,
				unsigned int asked_planes, uint32_t height)
{
	const struct plausible_about about = { .device_caps = caps };
	union payload_arg asked = {
		.format = {
			.type = MPLANE,
			.fmt.pix_mp = {
				.width = height ? 640 : 0,
				.height = height,
				.pixelformat = PIXELS(NV12M),
			},
		},
	};
	union payload_arg arg = asked;

	asked.format.fmt.pix_mp.num_planes = (uint8_t)asked_planes;
	return plausible_answer(&about, ioctl_lookup(cmd), &asked, &arg);
}

/* s5p-mfc leaves all of it as it was, which FFmpeg and GStreamer begin with 0. */
static void a_codec_may_say_nothing_of_planes(void **state)
{
	const uint32_t codec = V4L2_CAP_VIDEO_M2M_MPLANE;

	(void)state;
	assert_null(check_untold(codec, VIDIOC_TRY_FMT, 0, 480));
	assert_null(check_untold(codec, VIDIOC_TRY_FMT, 0, 0));
	assert_null(check_untold(codec, VIDIOC_S_FMT, 0, 480));
	assert_non_null(check_untold(codec, VIDIOC_S_FMT, 2, 480));
	assert_non_null(check_untold(codec, VIDIOC_G_FMT, 0, 480));
	assert_non_null(check_untold(V4L2_CAP_VIDEO_CAPTURE_MPLANE,
				     VIDIOC_S_FMT, 0, 480));
}

static void other_formats_have_bounds(void **state)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_META_CAPTURE };

	(void)state;
	format.fmt.meta.buffersize = INT32_MAX;
	assert_null(check(V4L2_CAP_META_CAPTURE, &format));
	format.fmt.meta.buffersize++;
	assert_non_null(check(V4L2_CAP_META_CAPTURE, &format));
	memset(&format, 0, sizeof(format));
	format.type = V4L2_BUF_TYPE_VIDEO_OVERLAY;
	assert_null(check(V4L2_CAP_VIDEO_OVERLAY, &format));
	format.fmt.win.field = 10;
	assert_non_null(check(V4L2_CAP_VIDEO_OVERLAY, &format));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_fits_into_its_memory),
		cmocka_unit_test(each_plane_does),
		cmocka_unit_test(lines_that_do_not_fit_are_those_that_do),
		cmocka_unit_test(colors_that_there_are_not_are_the_default),
		cmocka_unit_test(a_driver_may_leave_a_field_as_it_was),
		cmocka_unit_test(a_codec_may_say_nothing_of_planes),
		cmocka_unit_test(other_formats_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
