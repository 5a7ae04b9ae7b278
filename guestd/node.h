/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of nodes: which are free, and whether one has come to be.
 *
 * The kernel refuses a name or number that is taken in silence, so guestd looks
 * before and after.
 */
#ifndef GUESTD_NODE_H
#define GUESTD_NODE_H

#include <stdint.h>
#include <sys/types.h>

#include "common/loop.h"

#define NODE_NAME_LEN 64
#define NODE_AUTO_MAX 256 /* as /dev/video0 to /dev/video255 */

/**
 * node_parse_number() - "MAJOR:MINOR", a line's end behind it allowed
 *
 * Return: 0, or -EINVAL if it is none, or more than a dev_t can have
 */
int node_parse_number(const char *text, unsigned int *major,
		      unsigned int *minor);

/**
 * node_parse_name() - A name as the kernel gives V4L2 nodes, with or without /dev/
 * @out:	NODE_NAME_LEN bytes: set to it, without /dev/
 *
 * That is video, vbi, radio, swradio or v4l-touch (v4l2-dev.c) and a decimal
 * number without leading zeros.
 *
 * Return: 0 or -EINVAL
 */
int node_parse_name(const char *text, char *out);

/**
 * node_choose() - Check a name, or find one
 * @name:	NODE_NAME_LEN bytes; empty: set to the first free one of the type
 * @type:	enum virtio_media_device_type, as the host says; videoN if none
 *
 * Return: 0, or -EEXIST if it (or every one) is taken
 */
int node_choose(char *name, uint32_t type);

/**
 * node_look() - Has CUSE made the node, and is /dev/@name it?
 * @rdev:	Set to its number
 *
 * Return: 1; 0 if it is not there (yet); -EEXIST if /dev/@name is another
 */
int node_look(const char *name, dev_t *rdev);

struct node_wait;

/**
 * node_wait_create() - Look until the node is there
 * @made:	Called once: 0 and its number; -EEXIST if /dev/@name is another
 *		node; -ETIMEDOUT after 5 s
 *
 * The kernel does not tell (fs/fuse/cuse.c, cuse_process_init_reply).
 *
 * Return: 0 or -ENOMEM
 */
int node_wait_create(struct loop *loop, const char *name,
		     void (*made)(void *owner, int error, dev_t rdev),
		     void *owner, struct node_wait **out);

/** node_wait_destroy() - Stop looking, for tests; @wait may be NULL */
void node_wait_destroy(struct node_wait *wait);

#endif
