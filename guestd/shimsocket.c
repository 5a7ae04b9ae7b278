// SPDX-License-Identifier: BSD-3-Clause
/*
 * The socket file at which applications' shims find the memory helper.
 *
 * Everybody may connect, as mmap(2) asks nobody who may open the node: an open file
 * that was inherited or passed on is enough, and so it is here, where the token shows
 * that the client has it.  Owner and mode of the node would be too little even for
 * those who may open it: its access control list changes with whoever sits at the
 * machine.
 */
#include "guestd/shimsocket.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/rights.h"

#define SHIMSOCKET_BACKLOG 64
#define SHIMSOCKET_TRIES   8 /* others may come and go meanwhile */

static int socket_address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(out->sun_path))
		return -ENAMETOOLONG;
	memcpy(out->sun_path, path, strlen(path) + 1);
	return 0;
}

static int make_directory(const char *path)
{
	char copy[PATH_MAX];
	const char *dir;

	snprintf(copy, sizeof(copy), "%s", path);
	dir = dirname(copy);
	if (mkdir(dir, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* Whatever the umask is: others must find the socket. */
	return chmod(dir, 0755) < 0 ? -errno : 0;
}

/* The file has no permissions: the umask is all that bind(2) goes by. */
static int bind_closed(int fd, const char *path)
{
	struct sockaddr_un address;
	mode_t umask_before;
	int ret;

	ret = socket_address(path, &address);
	if (ret)
		return ret;
	umask_before = umask(0777);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		ret = -errno;
	umask(umask_before);
	return ret;
}

/*
 * One whose guestd was killed before the socket had its name.  Its number is that
 * process's.
 */
static void take_away_unplaced(const char *path)
{
	char pattern[sizeof(((struct shimsocket *)NULL)->path) + 8];
	const char *number;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s.tmp-[0-9]*", path);
	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		number = strrchr(found.gl_pathv[i], '-') + 1;
		if (kill((pid_t)strtol(number, NULL, 10), 0) < 0 &&
		    errno == ESRCH)
			unlink(found.gl_pathv[i]);
	}
	globfree(&found);
}

int shimsocket_create(struct shimsocket *sock, const char *path, int *fd)
{
	static const int off;
	struct stat st;
	int made, ret;

	ret = make_directory(path);
	if (ret)
		return ret;
	snprintf(sock->path, sizeof(sock->path), "%s.tmp-%d", path, getpid());
	unlink(sock->path); /* of somebody who had our process id */
	take_away_unplaced(path);

	made = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      0);
	if (made < 0) {
		ret = -errno;
		goto err_none;
	}
	ret = bind_closed(made, sock->path);
	if (ret)
		goto err_close;

	/* A kernel that can refuses descriptors before we have to. */
	setsockopt(made, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
	if (listen(made, SHIMSOCKET_BACKLOG) < 0 ||
	    lstat(sock->path, &st) < 0) {
		ret = -errno;
		goto err_unlink;
	}
	sock->dev = st.st_dev;
	sock->ino = st.st_ino;
	*fd = made;
	return 0;

err_unlink:
	unlink(sock->path);
err_close:
	close(made);
err_none:
	sock->path[0] = 0;
	return ret;
}

static bool is_ours(const struct shimsocket *sock, const struct stat *st)
{
	return st->st_dev == sock->dev && st->st_ino == sock->ino;
}

/* By descriptor: in a directory of others the name may mean another file. */
static int open_to_all(const struct shimsocket *sock)
{
	char proc[32];
	struct stat st;
	int fd, ret = 0;

	fd = open(sock->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) < 0)
		ret = -errno;
	else if (!is_ours(sock, &st))
		ret = -EEXIST;
	else if (chmod(proc, 0666) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Return: 0 if nobody listens at @path, or is at @path, or a negative errno */
static int look_for_others(const char *path, struct stat *st)
{
	struct sockaddr_un address;
	int fd, ret;

	if (lstat(path, st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st->st_mode))
		return -EEXIST;
	ret = socket_address(path, &address);
	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		ret = -EADDRINUSE;
	else if (errno != ECONNREFUSED && errno != ENOENT)
		ret = errno == EAGAIN || errno == EPROTOTYPE ? -EADDRINUSE
							     : -errno;
	close(fd);
	return ret;
}

/*
 * Take away what was seen to be dead.  Another guestd may have done so, too, and
 * have put its own there: that one goes back.
 */
static void take_away(const struct shimsocket *sock, const char *path,
		      const struct stat *dead)
{
	char aside[sizeof(sock->path) + 8];
	struct stat st;

	snprintf(aside, sizeof(aside), "%s.old", sock->path);
	if (rename(path, aside) < 0 || lstat(aside, &st) < 0)
		return;
	if ((st.st_dev != dead->st_dev || st.st_ino != dead->st_ino) &&
	    !renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE))
		return;
	unlink(aside);
}

int shimsocket_place(struct shimsocket *sock, const char *path)
{
	unsigned int tries;
	struct stat st;
	int ret;

	ret = open_to_all(sock);
	for (tries = 0; !ret && tries < SHIMSOCKET_TRIES; tries++) {
		if (!renameat2(AT_FDCWD, sock->path, AT_FDCWD, path,
			       RENAME_NOREPLACE)) {
			snprintf(sock->path, sizeof(sock->path), "%s", path);
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
		st = (struct stat){ 0 };
		ret = look_for_others(path, &st);
		if (!ret && st.st_ino)
			take_away(sock, path, &st);
	}
	return ret ? ret : -EADDRINUSE;
}

void shimsocket_remove(struct shimsocket *sock)
{
	struct stat st;

	if (sock->path[0] && !lstat(sock->path, &st) && is_ours(sock, &st))
		unlink(sock->path);
	sock->path[0] = 0;
}
