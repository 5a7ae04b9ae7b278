/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Types of nodes, and what the kernel calls nodes of each.
 */
#ifndef COMMON_NODE_TYPE_H
#define COMMON_NODE_TYPE_H

#include <stddef.h>

#include "common/protocol.h"

/**
 * node_type_parse() - The type that the name of a node says
 * @name:	Without /dev/
 * @type:	Set to it; may be NULL
 *
 * v4l2-dev.c: a name is video, vbi, radio, swradio or v4l-touch, and a number,
 * which is not looked at.
 *
 * Return: how many bytes of @name stand before the number; 0 if it says none
 */
size_t node_type_parse(const char *name, enum virtio_media_device_type *type);

/**
 * node_type_base() - What the name of a node begins with
 * @type:	Maybe from the peer
 *
 * Return: "video" for a type that there is not
 */
const char *node_type_base(uint32_t type);

#endif
