// SPDX-License-Identifier: BSD-3-Clause
/*
 * The camera's controls: one table.
 */
#include "tests/lab/uvc_parts/controls.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <linux/usb/video.h>

/**
 * struct control - One of them (UVC 1.0, 4.2.2.1 and 4.2.2.3)
 * @bit:	Of the descriptor's bmControls
 * @len:	Bytes of its value
 * @res:	Step; of the exposure mode all modes that there are
 */
struct control {
	uint8_t entity;
	uint8_t selector;
	uint8_t bit;
	uint8_t len;
	int32_t min;
	int32_t max;
	int32_t res;
	int32_t def;
};

/*
 * As in most cameras, exposure and white balance are automatic by default, and
 * uvcvideo refuses to set them then (EACCES).  v4l2-compliance 1.22 counts that as
 * two failures of the native node.
 */
/* clang-format off */
static const struct control controls[] = {
	/* entity		selector				bit len	min	max	res	def */
	{ CONTROLS_CAMERA,	UVC_CT_AE_MODE_CONTROL,			1, 1,	1,	8,	0x09,	8 },
	{ CONTROLS_CAMERA,	UVC_CT_EXPOSURE_TIME_ABSOLUTE_CONTROL,	3, 4,	1,	5000,	1,	156 },
	{ CONTROLS_PROCESSING,	UVC_PU_BRIGHTNESS_CONTROL,		0, 2,	-64,	64,	1,	0 },
	{ CONTROLS_PROCESSING,	UVC_PU_CONTRAST_CONTROL,		1, 2,	0,	95,	1,	32 },
	{ CONTROLS_PROCESSING,	UVC_PU_SATURATION_CONTROL,		3, 2,	0,	128,	4,	64 },
	{ CONTROLS_PROCESSING,	UVC_PU_WHITE_BALANCE_TEMPERATURE_CONTROL, 6, 2,	2800,	6500,	10,	4600 },
	{ CONTROLS_PROCESSING,	UVC_PU_POWER_LINE_FREQUENCY_CONTROL,	10, 1,	0,	2,	1,	1 },
	{ CONTROLS_PROCESSING,	UVC_PU_WHITE_BALANCE_TEMPERATURE_AUTO_CONTROL, 12, 1, 0, 1,	1,	1 },
};
/* clang-format on */

#define CONTROLS (sizeof(controls) / sizeof(controls[0]))

/* What was set, if @is_set: a camera begins with its defaults. */
static struct {
	bool is_set;
	int32_t value;
} current[CONTROLS];

static int find(uint8_t entity, uint8_t selector)
{
	size_t i;

	for (i = 0; i < CONTROLS; i++)
		if (controls[i].entity == entity &&
		    controls[i].selector == selector)
			return (int)i;
	return -EPIPE;
}

uint32_t controls_mask(uint8_t entity)
{
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < CONTROLS; i++)
		if (controls[i].entity == entity)
			mask |= 1U << controls[i].bit;
	return mask;
}

int controls_get(uint8_t entity, uint8_t selector, uint8_t request,
		 uint8_t *data)
{
	int index = find(entity, selector);
	const struct control *control;
	int32_t value;

	if (index < 0)
		return index;
	control = &controls[index];
	switch (request) {
	case UVC_GET_CUR:
		value = current[index].is_set ? current[index].value
					      : control->def;
		break;
	case UVC_GET_MIN:
		value = control->min;
		break;
	case UVC_GET_MAX:
		value = control->max;
		break;
	case UVC_GET_RES:
		value = control->res;
		break;
	case UVC_GET_DEF:
		value = control->def;
		break;
	case UVC_GET_LEN:
		data[0] = control->len;
		data[1] = 0;
		return 2;
	case UVC_GET_INFO:
		data[0] = UVC_CONTROL_CAP_GET | UVC_CONTROL_CAP_SET;
		return 1;
	default:
		return -EPIPE;
	}
	memcpy(data, &value, control->len);
	return control->len;
}

int controls_set(uint8_t entity, uint8_t selector, const uint8_t *data,
		 size_t len)
{
	int index = find(entity, selector);
	unsigned int unused;
	uint32_t value = 0;

	if (index < 0 || len != controls[index].len)
		return -EPIPE;
	memcpy(&value, data, len);
	unused = (unsigned int)(sizeof(value) - len) * 8;
	/* Two's complement of so many bytes; no value here is as big. */
	current[index].value = (int32_t)(value << unused) >> unused;
	current[index].is_set = true;
	return 0;
}
