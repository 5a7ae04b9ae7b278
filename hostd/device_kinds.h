/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of kinds, and the --device option.
 */
#ifndef HOSTD_DEVICE_KINDS_H
#define HOSTD_DEVICE_KINDS_H

#include "hostd/device.h"

#define DEVICE_COUNT_MAX VMS_LIST_MAX

/**
 * struct device_list - All --device options, in their order
 */
struct device_list {
	struct device devices[DEVICE_COUNT_MAX];
	unsigned int count;
};

/**
 * device_list_add() - Take one --device option
 * @text:	[NAME=]/dev/videoM[,convert] or [NAME=]KIND[:parameters], and then
 *		[,memo=off|auto]
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Default names: the file name of the node ("video0"), or KIND; a name that is
 * taken is refused.
 *
 * Return: 0, or a negative errno
 */
int device_list_add(struct device_list *list, const char *text, char *why);

/**
 * device_list_load() - In a process that will use files of these devices, before
 * it may open nothing more
 * @devices:	A bit for each index that it will use
 *
 * Return: is anything loaded that is not ours?
 */
bool device_list_load(struct device_list *list, uint64_t devices);

/**
 * device_list_find() - Index of a name
 *
 * Return: index, or -ENODEV
 */
int device_list_find(const struct device_list *list, const char *name);

/**
 * device_explain() - Why a device could not be opened
 * @error:	Negative errno
 * @why:	DEVICE_WHY_LEN bytes
 */
void device_explain(const struct device *device, int error, char *why);

#endif
