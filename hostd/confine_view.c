// SPDX-License-Identifier: BSD-3-Clause
/*
 * Namespaces.
 *
 * A user namespace makes the others possible without any privilege.  No user is
 * mapped into it: that needs /proc, and for root a capability, while all that we do
 * there works without.  Signals, leases and what a device asks of us go by who we
 * are outside.
 */
#include "hostd/confine_view.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define VIEW_NAMESPACES                                                        \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |           \
	 CLONE_NEWUTS)

/* Where the new root is mounted at first; a directory that is there. */
#define VIEW_PLACE   "/dev"
#define VIEW_FLAGS   (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define VIEW_OPTIONS "mode=0555,size=4k,nr_inodes=1"

/* pivot_root(2), "pivot_root(".", ".")": no directory is needed for the old one. */
static int view_enter_root(void)
{
	/* What we do must not come to those who have the same mounts. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("usermedia", VIEW_PLACE, "tmpfs", VIEW_FLAGS, VIEW_OPTIONS) <
		    0 ||
	    chdir(VIEW_PLACE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

int confine_view_enter(void)
{
	if (unshare(VIEW_NAMESPACES) < 0)
		return -errno;
	return view_enter_root();
}

int confine_view_try(int *error)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-confine_view_enter());

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*error = WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
	return 0;
}
