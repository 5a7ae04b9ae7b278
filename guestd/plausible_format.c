// SPDX-License-Identifier: BSD-3-Clause
/*
 * Can this be the answer of a V4L2 device?  Formats.
 *
 * A program takes the memory that sizeimage says, and walks over it in lines of
 * bytesperline.  So a picture has to fit into its memory, line by line.
 *
 * Drivers' own ways, which are no lies:
 *
 *	A codec does not know what is in a stream before it has read it: there is
 *	no width, height and size yet.  Of a format that is not known here there need
 *	not be any, either: uvcvideo does not say that of DV, nor omap3isp of a format
 *	that nobody has set, which is 0.
 *	What a codec reads or writes is as large as the program wants, whatever that
 *	is (hantro, rkvdec, cedrus).  Of what it makes of it there need not be any
 *	plane, if the program has said none: s5p-mfc leaves that as it was.
 *	Compressed formats have no lines: bytesperline is 0, or what the driver likes.
 *	Others get bytesperline wrong (gspca's ov534_9), or take a program's and do
 *	not count it in sizeimage (exynos-gsc): then lines are taken to be without
 *	padding, if there is room for these.
 *	The last line may lack its padding, and where width or height are no
 *	multiples of a group of pixels both roundings occur.
 *	Some count a line of a planar format with its chroma (12 bits per pixel),
 *	others without.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "common/pixel_formats.h"
#include "guestd/plausible_parts.h"
#include "guestd/profile.h"

static const char *const no_line = "bytesperline is less than a line has";
static const char *const no_size = "sizeimage is less than a picture has";

/* v4l2_is_hsv_enc_valid() and its neighbours, of the header as it is here */
static void mend_colors(uint32_t fourcc, uint32_t *colorspace,
			uint32_t *encoding, uint32_t *quantization,
			uint32_t *xfer_func)
{
	bool hsv = fourcc == V4L2_PIX_FMT_HSV24 || fourcc == V4L2_PIX_FMT_HSV32;

	if (*colorspace > V4L2_COLORSPACE_DCI_P3)
		*colorspace = V4L2_COLORSPACE_DEFAULT;
	if (*encoding > V4L2_YCBCR_ENC_SMPTE240M &&
	    !(hsv &&
	      (*encoding == V4L2_HSV_ENC_180 || *encoding == V4L2_HSV_ENC_256)))
		*encoding = V4L2_YCBCR_ENC_DEFAULT;
	if (*quantization > V4L2_QUANTIZATION_LIM_RANGE)
		*quantization = V4L2_QUANTIZATION_DEFAULT;
	if (*xfer_func > V4L2_XFER_FUNC_SMPTE2084)
		*xfer_func = V4L2_XFER_FUNC_DEFAULT;
}

/* Return: what is known of a picture's memory, NULL if nothing is */
static const struct pixel_format *find_format(bool codec, uint32_t fourcc,
					      uint32_t width, uint32_t height)
{
	if (codec && (!width || !height))
		return NULL;
	return pixel_format_find(fourcc);
}

static const char *check_picture(bool known, uint32_t width, uint32_t height,
				 uint32_t field)
{
	if (field > V4L2_FIELD_INTERLACED_BT)
		return "field is out of range";
	if (width > PLAUSIBLE_SIDE_MAX || (!width && known))
		return "width is out of range";
	if (height > PLAUSIBLE_SIDE_MAX || (!height && known))
		return "height is out of range";
	return NULL;
}

/* Both components of NV12M are in one line. */
static uint32_t plane_line(const struct pixel_format *format,
			   unsigned int plane, uint32_t width)
{
	if (!plane)
		return (uint32_t)pixel_format_line(format, width);
	return (uint32_t)pixel_format_line(format, width / format->width) *
	       (format->planes == 2 ? format->components : 1u);
}

/*
 * One plane of memory of a format that is known.  Its first component stands in lines
 * of bytesperline, and all of it is in there anyhow.
 */
static const char *check_plane(const struct pixel_format *format,
			       unsigned int plane, uint32_t width,
			       uint32_t height, uint32_t bytesperline,
			       uint32_t sizeimage)
{
	uint64_t size = pixel_format_size(format, plane, width, height);
	uint64_t line = plane_line(format, plane, width);
	uint32_t lines = plane ? height / format->height : height;
	uint64_t other;

	if (sizeimage < size || !sizeimage)
		return no_size;
	if (bytesperline < line)
		return no_line;
	if (!lines)
		return NULL;
	if (sizeimage < (uint64_t)bytesperline * (lines - 1) + line)
		return no_size;
	if (plane || format->planes != 1 || !format->components)
		return NULL;
	/* Each line with its chroma, or the chroma in lines of its share */
	if (bytesperline == size / lines)
		return NULL;
	other = (uint64_t)bytesperline / format->width *
		(lines / format->height) * format->components;
	return sizeimage < (uint64_t)bytesperline * (lines - 1) + line + other
		       ? no_size
		       : NULL;
}

/* @format: NULL if it is not known */
static const char *mend_plane(bool codec, const struct pixel_format *format,
			      unsigned int plane, uint32_t width,
			      uint32_t height, uint32_t *bytesperline,
			      uint32_t sizeimage)
{
	uint32_t line;
	const char *why;

	if (sizeimage > INT32_MAX && (format || !codec))
		return "sizeimage is out of range";
	if (!format || !check_plane(format, plane, width, height, *bytesperline,
				    sizeimage))
		return NULL;
	line = plane_line(format, plane, width);
	why = check_plane(format, plane, width, height, line, sizeimage);
	if (!why)
		*bytesperline = line;
	return why;
}

static const char *check_pix(bool codec, struct v4l2_pix_format *pix)
{
	const struct pixel_format *format =
		find_format(codec, pix->pixelformat, pix->width, pix->height);
	const char *why =
		check_picture(format, pix->width, pix->height, pix->field);

	if (why)
		return why;
	mend_colors(pix->pixelformat, &pix->colorspace, &pix->ycbcr_enc,
		    &pix->quantization, &pix->xfer_func);
	/* What would be called a plane of memory of another format */
	if (format && format->planes != 1)
		return "pixelformat is for more than one plane";
	return mend_plane(codec, format, 0, pix->width, pix->height,
			  &pix->bytesperline, pix->sizeimage);
}

static const char *check_planes(bool codec, const struct pixel_format *format,
				struct v4l2_pix_format_mplane *pix)
{
	const char *why = NULL;
	uint32_t bytesperline;
	unsigned int i;

	for (i = 0; i < pix->num_planes && !why; i++) {
		bytesperline = pix->plane_fmt[i].bytesperline;
		memset(pix->plane_fmt[i].reserved, 0,
		       sizeof(pix->plane_fmt[i].reserved));
		why = mend_plane(codec, format, i, pix->width, pix->height,
				 &bytesperline, pix->plane_fmt[i].sizeimage);
		pix->plane_fmt[i].bytesperline = bytesperline;
	}
	return why;
}

/* @untold: A program has said no planes */
static const char *check_mplane(bool codec, bool untold,
				struct v4l2_pix_format_mplane *pix)
{
	const struct pixel_format *format =
		find_format(codec, pix->pixelformat, pix->width, pix->height);
	uint32_t colorspace = pix->colorspace;
	uint32_t encoding = pix->ycbcr_enc;
	uint32_t quantization = pix->quantization;
	uint32_t xfer_func = pix->xfer_func;
	const char *why =
		check_picture(format, pix->width, pix->height, pix->field);

	if (why)
		return why;
	untold &= codec && !pix->num_planes;
	if (!untold &&
	    (!pix->num_planes || pix->num_planes > VIDEO_MAX_PLANES ||
	     (format && pix->num_planes != format->planes)))
		return "num_planes is not that of the pixelformat";
	mend_colors(pix->pixelformat, &colorspace, &encoding, &quantization,
		    &xfer_func);
	pix->colorspace = colorspace;
	pix->ycbcr_enc = (uint8_t)encoding;
	pix->quantization = (uint8_t)quantization;
	pix->xfer_func = (uint8_t)xfer_func;
	memset(pix->reserved, 0, sizeof(pix->reserved));
	return check_planes(codec, format, pix);
}

static bool plane_has_room(uint32_t fourcc, bool wanted, unsigned int plane,
			   uint32_t width, uint32_t height,
			   uint32_t bytesperline, uint32_t sizeimage,
			   uint32_t length)
{
	const struct pixel_format *format = pixel_format_find(fourcc);

	if (wanted || !format || plane >= format->planes)
		return length >= sizeimage;
	return !check_plane(format, plane, width, height, bytesperline, length);
}

bool plausible_room(const struct v4l2_format *format, bool wanted,
		    const uint32_t *lengths, unsigned int planes)
{
	const struct v4l2_pix_format_mplane *mp = &format->fmt.pix_mp;
	const struct v4l2_pix_format *pix = &format->fmt.pix;
	unsigned int i;

	switch (format->type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		return plane_has_room(pix->pixelformat, wanted, 0, pix->width,
				      pix->height, pix->bytesperline,
				      pix->sizeimage, lengths[0]);
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
		if (wanted ? planes < mp->num_planes : planes != mp->num_planes)
			return false;
		for (i = 0; i < mp->num_planes; i++)
			if (!plane_has_room(
				    mp->pixelformat, wanted, i, mp->width,
				    mp->height, mp->plane_fmt[i].bytesperline,
				    mp->plane_fmt[i].sizeimage, lengths[i]))
				return false;
		return true;
	case V4L2_BUF_TYPE_SDR_CAPTURE:
	case V4L2_BUF_TYPE_SDR_OUTPUT:
		return wanted || lengths[0] >= format->fmt.sdr.buffersize;
	case V4L2_BUF_TYPE_META_CAPTURE:
	case V4L2_BUF_TYPE_META_OUTPUT:
		return wanted || lengths[0] >= format->fmt.meta.buffersize;
	default:
		return true;
	}
}

/* Raw VBI: bytes of so many lines */
static const char *check_vbi(struct v4l2_vbi_format *vbi)
{
	memset(vbi->reserved, 0, sizeof(vbi->reserved));
	if (!vbi->samples_per_line ||
	    vbi->samples_per_line > PLAUSIBLE_SIDE_MAX)
		return "samples_per_line is out of range";
	if (vbi->count[0] > PLAUSIBLE_SIDE_MAX ||
	    vbi->count[1] > PLAUSIBLE_SIDE_MAX)
		return "count is out of range";
	return NULL;
}

static const char *check_sliced(struct v4l2_sliced_vbi_format *sliced)
{
	memset(sliced->reserved, 0, sizeof(sliced->reserved));
	return sliced->io_size <= INT32_MAX ? NULL : "io_size is out of range";
}

static const char *check_sdr(struct v4l2_sdr_format *sdr)
{
	memset(sdr->reserved, 0, sizeof(sdr->reserved));
	return sdr->buffersize <= INT32_MAX ? NULL
					    : "buffersize is out of range";
}

/* v4l_g_fmt() begins with zeroes, and v4l_s_fmt() has CLEAR_AFTER_FIELD(). */
static void mend_tail(struct v4l2_format *format, size_t used)
{
	memset(format->fmt.raw_data + used, 0,
	       sizeof(format->fmt.raw_data) - used);
}

static const char *check_format(const struct plausible_about *about,
				const struct v4l2_format *asked,
				struct v4l2_format *format)
{
	bool codec = profile_m2m(about->device_caps);

	switch (format->type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		mend_tail(format, sizeof(format->fmt.pix));
		return check_pix(codec, &format->fmt.pix);
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
		mend_tail(format, sizeof(format->fmt.pix_mp));
		return check_mplane(codec,
				    asked && !asked->fmt.pix_mp.num_planes,
				    &format->fmt.pix_mp);
	case V4L2_BUF_TYPE_VIDEO_OVERLAY:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY:
		return format->fmt.win.field <= V4L2_FIELD_INTERLACED_BT
			       ? NULL
			       : "field is out of range";
	case V4L2_BUF_TYPE_VBI_CAPTURE:
	case V4L2_BUF_TYPE_VBI_OUTPUT:
		mend_tail(format, sizeof(format->fmt.vbi));
		return check_vbi(&format->fmt.vbi);
	case V4L2_BUF_TYPE_SLICED_VBI_CAPTURE:
	case V4L2_BUF_TYPE_SLICED_VBI_OUTPUT:
		mend_tail(format, sizeof(format->fmt.sliced));
		return check_sliced(&format->fmt.sliced);
	case V4L2_BUF_TYPE_SDR_CAPTURE:
	case V4L2_BUF_TYPE_SDR_OUTPUT:
		mend_tail(format, sizeof(format->fmt.sdr));
		return check_sdr(&format->fmt.sdr);
	case V4L2_BUF_TYPE_META_CAPTURE:
	case V4L2_BUF_TYPE_META_OUTPUT:
		return format->fmt.meta.buffersize <= INT32_MAX
			       ? NULL
			       : "buffersize is out of range";
	default:
		return NULL;
	}
}

static_assert(offsetof(struct v4l2_pix_format, field) ==
		      offsetof(struct v4l2_pix_format_mplane, field),
	      "one place for both");

/* Where a format has its field, or NULL */
static uint32_t *field_of(struct v4l2_format *format)
{
	switch (format->type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
		return &format->fmt.pix.field;
	case V4L2_BUF_TYPE_VIDEO_OVERLAY:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY:
		return &format->fmt.win.field;
	default:
		return NULL;
	}
}

const char *plausible_format(const struct plausible_about *about,
			     const struct v4l2_format *asked,
			     struct v4l2_format *format)
{
	uint32_t *field = field_of(format);
	struct v4l2_format was;
	uint32_t got;
	const char *why;

	if (!asked || !field)
		return check_format(about, asked, format);
	was = *asked;
	was.type = format->type;
	got = *field;
	if (got == *field_of(&was))
		*field = V4L2_FIELD_ANY;
	why = check_format(about, asked, format);
	*field = got;
	return why;
}
