// SPDX-License-Identifier: BSD-3-Clause
/*
 * A set of V4L2 controls.
 */
#include "common/control_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "common/videodev2_new.h"

#define WORD_LEN 32
#define NOTHING  0 /* the class of no control */
#define HEADING  1 /* v4l2-controls.h: what is behind V4L2_CTRL_CLASS_* */
#define BLANKS   ", \t"

/* v4l2-controls.h, "Control classes" */
static const struct {
	const char *word;
	uint32_t item;
} classes[] = {
	{ "user", V4L2_CTRL_CLASS_USER },
	{ "codec", V4L2_CTRL_CLASS_CODEC },
	{ "camera", V4L2_CTRL_CLASS_CAMERA },
	{ "fm-tx", V4L2_CTRL_CLASS_FM_TX },
	{ "flash", V4L2_CTRL_CLASS_FLASH },
	{ "jpeg", V4L2_CTRL_CLASS_JPEG },
	{ "image-source", V4L2_CTRL_CLASS_IMAGE_SOURCE },
	{ "image-proc", V4L2_CTRL_CLASS_IMAGE_PROC },
	{ "dv", V4L2_CTRL_CLASS_DV },
	{ "fm-rx", V4L2_CTRL_CLASS_FM_RX },
	{ "rf-tuner", V4L2_CTRL_CLASS_RF_TUNER },
	{ "detect", V4L2_CTRL_CLASS_DETECT },
	{ "codec-stateless", V4L2_CTRL_CLASS_CODEC_STATELESS },
	{ "colorimetry", V4L2_CTRL_CLASS_COLORIMETRY },
	{ "none", NOTHING },
};

static int parse_number(const char *word, uint32_t *item, char *why)
{
	unsigned long number;
	char *end;

	number = strtoul(word, &end, 16);
	if (*end || !number || number >= V4L2_CID_PRIVATE_BASE) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "%s: not the number of a control, from 0x00000001 to "
			 "0x%08x",
			 word, V4L2_CID_PRIVATE_BASE - 1);
		return -EINVAL;
	}
	*item = (uint32_t)number;
	return 0;
}

static int parse_word(const char *word, uint32_t *item, char *why)
{
	size_t i;

	if (!strncmp(word, "0x", 2))
		return parse_number(word, item, why);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!strcmp(word, classes[i].word)) {
			*item = classes[i].item;
			return 0;
		}
	}
	snprintf(
		why, OPTIONS_WHY_LEN,
		"%s: no class of controls (user, camera, codec and so on), and "
		"no number such as 0x00980900",
		word);
	return -EINVAL;
}

int control_set_parse(struct control_set *set, const char *text, char *why)
{
	struct control_set parsed = *set;
	char word[WORD_LEN];
	size_t len;
	int ret;

	for (text += strspn(text, BLANKS); *text;
	     text += len + strspn(text + len, BLANKS)) {
		len = strcspn(text, BLANKS);
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (parsed.count == CONTROL_SET_MAX) {
			snprintf(why, OPTIONS_WHY_LEN,
				 "more than %d controls and classes",
				 CONTROL_SET_MAX);
			return -EINVAL;
		}
		ret = parse_word(word, &parsed.items[parsed.count], why);
		if (ret)
			return ret;
		parsed.count++;
	}
	if (parsed.count == set->count) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "names no control; \"none\" does so on purpose");
		return -EINVAL;
	}
	*set = parsed;
	return 0;
}

static bool item_has(uint32_t item, uint32_t id)
{
	uint32_t class = V4L2_CTRL_ID2WHICH(item);

	if (item == id)
		return true;
	/* v4l2-ctrls-core.c find_private_ref(): the user class, counted. */
	if (id >= V4L2_CID_PRIVATE_BASE)
		return item == V4L2_CTRL_CLASS_USER;
	return item == V4L2_CTRL_ID2WHICH(id) || id == (class | HEADING);
}

bool control_set_contains(const struct control_set *set, uint32_t id)
{
	unsigned int i;

	if (!set->count)
		return true;
	id &= V4L2_CTRL_ID_MASK;
	for (i = 0; i < set->count; i++)
		if (set->items[i] != NOTHING && item_has(set->items[i], id))
			return true;
	return false;
}
