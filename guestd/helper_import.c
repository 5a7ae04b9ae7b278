// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a descriptor of an application stands for.
 *
 * Threads mostly share their descriptors, so the process's are looked at where the
 * kernel cannot be asked for a thread's (before 6.9).
 */
#include "guestd/helper_import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

#define IMPORT_THREAD O_EXCL /* PIDFD_THREAD */

static int import_process(pid_t tid, pid_t tgid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, tid, IMPORT_THREAD);

	if (pidfd < 0)
		pidfd = (int)syscall(SYS_pidfd_open, tgid, 0);
	return pidfd < 0 ? -errno : pidfd;
}

static int import_error(int error)
{
	switch (error) {
	case EBADF:
		return -EINVAL;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return -ENOMEM;
	default:
		return -EFAULT;
	}
}

int helper_import(pid_t tid, pid_t tgid, int number,
		  struct plane_object *object, uint64_t *len)
{
	int pidfd = import_process(tid, tgid);
	int ret = 0;
	int fd;

	if (pidfd < 0)
		return import_error(-pidfd);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		ret = import_error(errno);
	close(pidfd);
	if (!ret && plane_object_identify(fd, &object->kind, len)) {
		close(fd);
		ret = -EINVAL;
	}
	if (!ret)
		object->fd = fd;
	else
		log_debug("helper: thread %d: descriptor %d: %s", tid, number,
			  strerror(-ret));
	return ret;
}
