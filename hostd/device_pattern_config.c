// SPDX-License-Identifier: BSD-3-Clause
/*
 * The parameters of the test pattern camera:
 *
 *	[size=]WIDTHxHEIGHT,fps=N,static
 */
#include "hostd/device_pattern_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/options.h"

#define DEVICE_PATTERN_WIDTH_MIN  16
#define DEVICE_PATTERN_WIDTH_MAX  8192
#define DEVICE_PATTERN_HEIGHT_MIN 16
#define DEVICE_PATTERN_HEIGHT_MAX 4320

/* A decimal number at *@at, which is moved behind it; false: there is none. */
static bool device_pattern_number(const char **at, uint32_t *out)
{
	size_t len = strspn(*at, "0123456789");
	uint32_t value = 0;
	size_t i;

	if (len == 0 || len > 9)
		return false;

	for (i = 0; i < len; i++)
		value = value * 10 + (uint32_t)((*at)[i] - '0');
	*at += len;
	*out = value;
	return true;
}

static bool device_pattern_size(const char *text, const char *end,
				struct device_pattern_config *config)
{
	if (!device_pattern_number(&text, &config->width) || *text != 'x')
		return false;
	text++;

	return device_pattern_number(&text, &config->height) && text == end &&
	       config->width >= DEVICE_PATTERN_WIDTH_MIN &&
	       config->width <= DEVICE_PATTERN_WIDTH_MAX &&
	       config->width % 2 == 0 &&
	       config->height >= DEVICE_PATTERN_HEIGHT_MIN &&
	       config->height <= DEVICE_PATTERN_HEIGHT_MAX;
}

static bool device_pattern_fps(const char *text, const char *end,
			       struct device_pattern_config *config)
{
	return device_pattern_number(&text, &config->fps) && text == end &&
	       config->fps >= 1 && config->fps <= DEVICE_PATTERN_FPS_MAX;
}

/* One parameter, up to @end. */
static int device_pattern_parameter(const char *text, const char *end,
				    struct device_pattern_config *config,
				    char *why)
{
	size_t len = (size_t)(end - text);

	if (strncmp(text, "size=", 5) == 0)
		text += 5;

	if (text[0] >= '0' && text[0] <= '9') {
		if (device_pattern_size(text, end, config))
			return 0;
		snprintf(why, OPTIONS_WHY_LEN,
			 "a size is WIDTHxHEIGHT, even, from %dx%d to %dx%d",
			 DEVICE_PATTERN_WIDTH_MIN, DEVICE_PATTERN_HEIGHT_MIN,
			 DEVICE_PATTERN_WIDTH_MAX, DEVICE_PATTERN_HEIGHT_MAX);
	} else if (strncmp(text, "fps=", 4) == 0) {
		if (device_pattern_fps(text + 4, end, config))
			return 0;
		snprintf(why, OPTIONS_WHY_LEN, "fps is a number from 1 to %d",
			 DEVICE_PATTERN_FPS_MAX);
	} else if (len == 6 && strncmp(text, "static", len) == 0) {
		config->is_static = true;
		return 0;
	} else {
		snprintf(why, OPTIONS_WHY_LEN,
			 "pattern has no parameter %.*s, "
			 "but WIDTHxHEIGHT, fps=N and static",
			 (int)(len < 64 ? len : 64), text);
	}
	return -EINVAL;
}

int device_pattern_parse(const char *target,
			 struct device_pattern_config *config, char *why)
{
	*config = (struct device_pattern_config){
		.width = 640,
		.height = 480,
		.fps = 30,
	};

	while (target[0]) {
		const char *end = target + strcspn(target, ",");
		int ret = device_pattern_parameter(target, end, config, why);

		if (ret < 0)
			return ret;
		target = *end ? end + 1 : end;
	}
	return 0;
}
