// SPDX-License-Identifier: BSD-3-Clause
/*
 * neverfs DIRECTORY: a file system with one file, `page', which can be opened
 * and mapped, but no byte of which is ever read: whoever needs one waits until
 * this program ends.
 *
 * Any user can have that: fusermount3 mounts it.  Prints `mounted' when it is.
 */
#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE_NAME  "page"
#define PAGE_INODE 2
#define PAGE_BYTES (1 << 30)

static int fill_attributes(fuse_ino_t inode, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = inode;
	st->st_uid = getuid();
	st->st_gid = getgid();
	if (inode == FUSE_ROOT_ID) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	if (inode != PAGE_INODE)
		return -1;
	st->st_mode = S_IFREG | 0644;
	st->st_nlink = 1;
	st->st_size = PAGE_BYTES;
	return 0;
}

static void never_getattr(fuse_req_t req, fuse_ino_t inode,
			  struct fuse_file_info *info)
{
	struct stat st;

	(void)info;
	if (fill_attributes(inode, &st))
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_attr(req, &st, 1.0);
}

static void never_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {
		.ino = PAGE_INODE,
		.attr_timeout = 1.0,
		.entry_timeout = 1.0,
	};

	if (parent != FUSE_ROOT_ID || strcmp(name, PAGE_NAME) != 0) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	fill_attributes(PAGE_INODE, &entry.attr);
	fuse_reply_entry(req, &entry);
}

static void never_open(fuse_req_t req, fuse_ino_t inode,
		       struct fuse_file_info *info)
{
	(void)inode;
	/* Otherwise a later open waits for the page, too. */
	info->keep_cache = 1;
	fuse_reply_open(req, info);
}

static void never_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t off,
		       struct fuse_file_info *info)
{
	(void)req;
	(void)inode;
	(void)size;
	(void)off;
	(void)info;
}

static const struct fuse_lowlevel_ops never_ops = {
	.lookup = never_lookup,
	.getattr = never_getattr,
	.open = never_open,
	.read = never_read,
};

int main(int argc, char **argv)
{
	char *arguments[] = { argv[0], NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, arguments);
	struct fuse_session *session;

	if (argc != 2) {
		fprintf(stderr, "usage: neverfs DIRECTORY\n");
		return 2;
	}
	session = fuse_session_new(&args, &never_ops, sizeof(never_ops), NULL);
	if (!session || fuse_session_mount(session, argv[1]))
		return 1;
	printf("mounted\n");
	fflush(stdout);
	return fuse_session_loop(session) ? 1 : 0;
}
