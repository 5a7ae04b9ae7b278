/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether an open file is a node that guestd may have made.
 */
#ifndef GUESTD_SHIM_NODE_H
#define GUESTD_SHIM_NODE_H

#include <stdbool.h>

/**
 * shim_node_ours() - Whether @fd is a node of CUSE with a name of V4L2
 *
 * sysfs says so, of the device number.  The answer is remembered per number and
 * never forgotten: where a number goes from a camera to guestd while a program
 * runs, that program is not helped until it is started again; the other way round
 * it asks the new owner for an ATTACH that no driver has.
 */
bool shim_node_ours(int fd);

#define SHIM_NODE_NAME_LEN 32

/**
 * shim_node_name() - What sysfs calls the node behind @fd, for reports
 * @name:	SHIM_NODE_NAME_LEN bytes; "" if that cannot be told
 */
void shim_node_name(int fd, char *name);

#endif
