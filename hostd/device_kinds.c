// SPDX-License-Identifier: BSD-3-Clause
/*
 * The list of kinds, and the --device option.
 *
 *	[NAME=]/dev/videoM[,convert][,memo=off|auto]
 *	[NAME=]KIND[:parameters][,memo=off|auto]
 *
 * Parameters have '=' too, but never before the first ':', as a path has none
 * before the first '/'.
 */
#include "hostd/device_kinds.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/node_type.h"
#include "common/options.h"
#include "hostd/device_convert.h"
#include "hostd/device_pattern.h"
#include "hostd/device_v4l2.h"

static const struct device_ops *const device_kinds[] = {
	&device_v4l2_ops,    /* what a path is */
	&device_convert_ops, /* what a path with ",convert" is */
	&device_pattern_ops,
};
#define DEVICE_SHOWN_LEN 64 /* of what is wrong, in a message */
#define DEVICE_KINDS     (sizeof(device_kinds) / sizeof(device_kinds[0]))

static bool device_name_good(const char *name, size_t len)
{
	size_t good = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.");

	return len > 0 && len < VMS_NAME_LEN && good >= len;
}

/* The kind whose name these @len bytes are, or NULL. */
static const struct device_ops *device_find_kind(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < DEVICE_KINDS; i++)
		if (strlen(device_kinds[i]->name) == len &&
		    strncmp(device_kinds[i]->name, name, len) == 0)
			return device_kinds[i];
	return NULL;
}

static int device_refuse_kind(const char *text, size_t len, char *why)
{
	int shown = len < DEVICE_SHOWN_LEN ? (int)len : DEVICE_SHOWN_LEN;

	if (node_type_parse(text, NULL) > 0)
		snprintf(why, OPTIONS_WHY_LEN,
			 "no such kind of device: %.*s: say /dev/%.*s", shown,
			 text, shown, text);
	else
		snprintf(why, OPTIONS_WHY_LEN,
			 "no such kind of device: %.*s: say /dev/videoM or "
			 "pattern",
			 shown, text);
	return -EINVAL;
}

/* A node, with an option after its path, which is @len bytes. */
static int device_parse_option(struct device *device, const char *text,
			       size_t len, char *why)
{
	const char *option = text + len;

	device->ops = &device_v4l2_ops;
	if (option[0] == '\0')
		return 0;

	device->ops = &device_convert_ops;
	if (strcmp(option + 1, device->ops->name) == 0)
		return 0;

	snprintf(why, OPTIONS_WHY_LEN,
		 "\"%.*s\": all that may follow a path is \",%s\" and, behind "
		 "it, "
		 "\",memo=off\"",
		 DEVICE_SHOWN_LEN, option, device->ops->name);
	return -EINVAL;
}

/* Takes what all kinds have off the end of the text.  Return: 0 or -EINVAL */
static int device_parse_memo(struct device *device, char *text, char *why)
{
	static const char memo[] = ",memo=";
	char *at = strstr(text, memo);

	if (!at)
		return 0;
	*at = '\0';
	at += strlen(memo);
	device->forget = strcmp(at, "off") == 0;
	if (device->forget || strcmp(at, "auto") == 0)
		return 0;
	snprintf(why, OPTIONS_WHY_LEN,
		 "memo is off or auto, and the last thing that is said");
	return -EINVAL;
}

/* Sets ops and target of @device. */
static int device_parse_kind(struct device *device, const char *text, char *why)
{
	const char *target = text;
	size_t len;
	int ret;

	if (text[0] == '/') {
		len = strcspn(text, ",");
		ret = device_parse_option(device, text, len, why);
		if (ret < 0)
			return ret;
	} else {
		len = strcspn(text, ":");
		device->ops = device_find_kind(text, len);
		if (!device->ops)
			return device_refuse_kind(text, len, why);
		target = text[len] ? text + len + 1 : "";
		len = strlen(target);
	}

	if (len >= sizeof(device->target)) {
		snprintf(why, OPTIONS_WHY_LEN, "too long");
		return -EINVAL;
	}

	memcpy(device->target, target, len);
	return device->ops->check(device->target, why);
}

/* No name can be made of a path whose last part has @len bytes. */
static void device_refuse_path(size_t len, char *why)
{
	if (len >= VMS_NAME_LEN)
		snprintf(why, OPTIONS_WHY_LEN,
			 "say NAME=PATH: the path's last part is longer than "
			 "%d characters",
			 VMS_NAME_LEN - 1);
	else
		snprintf(why, OPTIONS_WHY_LEN,
			 "say NAME=PATH: the path's last part has other than "
			 "letters, digits, '-', '_' and '.'");
}

/* Sets name of @device: @name is @len bytes, or none was given. */
static int device_parse_name(struct device *device, const char *name,
			     size_t len, char *why)
{
	const char *slash;

	if (name && !device_name_good(name, len)) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "a name has letters, digits, '-', '_' and '.', "
			 "%d of them at most",
			 VMS_NAME_LEN - 1);
		return -EINVAL;
	}
	if (!name) {
		slash = strrchr(device->target, '/');
		name = slash ? slash + 1 : device->ops->name;
		len = strlen(name);
		if (!device_name_good(name, len)) {
			device_refuse_path(len, why);
			return -EINVAL;
		}
	}

	memcpy(device->name, name, len);
	device->name[len] = '\0';
	return 0;
}

static int device_list_take(struct device_list *list, char *said, char *why)
{
	struct device device = { 0 };
	const char *text = said;
	const char *name = NULL;
	size_t len;
	int ret;

	if (list->count == DEVICE_COUNT_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d devices",
			 DEVICE_COUNT_MAX);
		return -ENOSPC;
	}

	ret = device_parse_memo(&device, said, why);
	if (ret < 0)
		return ret;

	len = strcspn(text, "=:/");
	if (text[len] == '=') {
		name = text;
		text += len + 1;
	}

	ret = device_parse_kind(&device, text, why);
	if (ret < 0)
		return ret;

	ret = device_parse_name(&device, name, len, why);
	if (ret < 0)
		return ret;

	if (device_list_find(list, device.name) >= 0) {
		snprintf(why, OPTIONS_WHY_LEN, "the name %s is taken",
			 device.name);
		return -EEXIST;
	}

	list->devices[list->count++] = device;
	return 0;
}

int device_list_add(struct device_list *list, const char *text, char *why)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);
	int ret;

	if (!copy) {
		snprintf(why, OPTIONS_WHY_LEN, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	memcpy(copy, text, size);
	ret = device_list_take(list, copy, why);
	free(copy);
	return ret;
}

bool device_list_load(struct device_list *list, uint64_t devices)
{
	bool loaded = false;
	unsigned int i;

	for (i = 0; i < list->count; i++) {
		struct device *device = &list->devices[i];

		if (!(devices & 1ull << i))
			continue;
		if (device->ops->load) {
			device->ops->load();
			loaded = true;
		}
		if (device->ops->type)
			device->type = device->ops->type(device->target);
	}
	return loaded;
}

int device_list_find(const struct device_list *list, const char *name)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->devices[i].name, name) == 0)
			return (int)i;
	return -ENODEV;
}

void device_explain(const struct device *device, int error, char *why)
{
	if (device->ops->explain)
		device->ops->explain(device->target, error, why);
	else
		snprintf(why, DEVICE_WHY_LEN, "%s", strerror(-error));
}
