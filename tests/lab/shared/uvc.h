/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lab's USB camera (tests/lab/uvc.c), for programs that pull it out.
 */
#ifndef TESTS_LAB_SHARED_UVC_H
#define TESTS_LAB_SHARED_UVC_H

#include <sys/types.h>

/**
 * struct uvc - A camera that lib.sh's plug_uvc has started
 * @pid:	Its process
 * @port:	Of vhci_hcd
 * @link:	A link to its capture node while there is one, as udev makes them in
 *		/dev/v4l/by-id: the number of the node may change
 */
struct uvc {
	pid_t pid;
	unsigned int port;
	const char *link;
};

/** uvc_quiet() - It is there, but sends nothing any more, until it is pulled out */
void uvc_quiet(const struct uvc *uvc);

/** uvc_pull() - Pull it out, and wait until the kernel has noticed */
void uvc_pull(const struct uvc *uvc);

/** uvc_plug() - Plug it in again, and wait until there is a node */
void uvc_plug(const struct uvc *uvc);

#endif
