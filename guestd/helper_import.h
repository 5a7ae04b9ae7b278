/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a descriptor of an application stands for.
 */
#ifndef GUESTD_HELPER_IMPORT_H
#define GUESTD_HELPER_IMPORT_H

#include <stdint.h>
#include <sys/types.h>

#include "common/plane_object.h"

/**
 * helper_import() - Fetch it, if it is memory
 * @tid, @tgid:	The thread, which is inside a call, and its process
 * @number:	Its descriptor
 * @object:	Set, the caller's to close
 * @len:	Set to its bytes
 *
 * May sleep for ever: to let go of a file of somebody's file system is a call that
 * its server answers.
 *
 * Return: 0; -EINVAL if it is nothing that plane_object_identify() knows; -ENOMEM;
 * -EFAULT if we may not look
 */
int helper_import(pid_t tid, pid_t tgid, int number,
		  struct plane_object *object, uint64_t *len);

#endif
