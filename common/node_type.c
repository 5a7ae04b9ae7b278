// SPDX-License-Identifier: BSD-3-Clause
/*
 * Types of nodes, and what the kernel calls nodes of each.
 */
#include "common/node_type.h"

#include <string.h>

/* No base begins with another. */
static const struct {
	const char *base;
	enum virtio_media_device_type type;
} node_types[] = {
	{ "video", VIRTIO_MEDIA_TYPE_VIDEO },
	{ "vbi", VIRTIO_MEDIA_TYPE_VBI },
	{ "radio", VIRTIO_MEDIA_TYPE_RADIO },
	{ "swradio", VIRTIO_MEDIA_TYPE_SDR },
	{ "v4l-touch", VIRTIO_MEDIA_TYPE_TOUCH },
};
#define NODE_TYPES (sizeof(node_types) / sizeof(node_types[0]))

size_t node_type_parse(const char *name, enum virtio_media_device_type *type)
{
	size_t i;

	for (i = 0; i < NODE_TYPES; i++) {
		size_t len = strlen(node_types[i].base);

		if (strncmp(name, node_types[i].base, len) != 0)
			continue;
		if (type)
			*type = node_types[i].type;
		return len;
	}
	return 0;
}

const char *node_type_base(uint32_t type)
{
	size_t i;

	for (i = 0; i < NODE_TYPES; i++)
		if (node_types[i].type == type)
			return node_types[i].base;
	return node_types[0].base;
}
