/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the sending half: channel_out.c has the lists, channel_out_write.c
 * writes what is in them.
 */
#ifndef COMMON_CHANNEL_OUT_PARTS_H
#define COMMON_CHANNEL_OUT_PARTS_H

#include "common/channel_out.h"

#define CHANNEL_OUT_HEADER_LEN sizeof(struct vms_header)

/**
 * struct channel_item - A frame, or a run of DATA frames to be
 * @in_bulk:	Which of the two lists it is in
 * @room:	Bytes at @frame
 * @frame_len:	Bytes of the frame; 0: a run
 * @fd:		To go with its first byte, then closed; -1: none
 * @run:	The run
 * @begun_len:	Bytes of the run that are in chunks that have begun.  When it is
 *		all of them, the run is in no list, but belongs to @begun
 */
struct channel_item {
	TAILQ_ENTRY(channel_item) next;
	bool in_bulk;
	const void *key;
	size_t room;
	size_t frame_len;
	int fd;
	struct channel_run run;
	size_t begun_len;
	uint8_t frame[];
};

/**
 * channel_out_list() - The list that the item is in, unless it is in none
 */
struct channel_items *channel_out_list(struct channel_out *out,
				       const struct channel_item *item);

/**
 * channel_out_close_fd() - Its descriptor is sent, or never will be
 */
void channel_out_close_fd(struct channel_item *item);

/**
 * channel_out_retire() - Finish or free an item that is in no list
 */
void channel_out_retire(struct channel_out *out, struct channel_item *item);

#endif
