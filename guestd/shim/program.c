// SPDX-License-Identifier: BSD-3-Clause
/*
 * A program, as the loader will see it.
 */
#include "guestd/shim/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ---- where it is ----------------------------------------------------------- */

static int check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* As execvp(3): what cannot be executed does not end the search. */
int program_find(const char *name, const char *search, char *path)
{
	int worst = -ENOENT;
	int ret;

	if (strchr(name, '/')) {
		if (snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)
			return -ENAMETOOLONG;
		return check_executable(path);
	}
	if (!*name)
		return -ENOENT;
	if (!search)
		search = "/bin:/usr/bin";
	for (;;) {
		size_t len = strcspn(search, ":");

		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, search,
			     len ? "/" : "", name) < PATH_MAX) {
			ret = check_executable(path);
			if (!ret)
				return 0;
			if (ret == -EACCES)
				worst = ret;
		}
		if (!search[len])
			return worst;
		search += len + 1;
	}
}

/* ---- what it is ------------------------------------------------------------ */

static const struct program_abi abis[] = {
	{ ELFCLASS64, EM_X86_64, { "lib/x86_64-linux-gnu", "lib64" } },
	{ ELFCLASS32, EM_386, { "lib/i386-linux-gnu", "lib32", "lib" } },
	{ ELFCLASS64, EM_AARCH64, { "lib/aarch64-linux-gnu", "lib64" } },
	{ ELFCLASS64, EM_RISCV, { "lib/riscv64-linux-gnu", "lib64" } },
};

/* What is in the file at @offset, all of it or nothing. */
static bool read_at(int fd, void *to, size_t len, uint64_t offset)
{
	return pread(fd, to, len, (off_t)offset) == (ssize_t)len;
}

/* The path of the loader; "" if there is none. */
static bool read_loader(int fd, uint64_t offset, uint64_t len, char *loader)
{
	if (len < 2 || len > PATH_MAX || !read_at(fd, loader, len, offset))
		return false;
	return !loader[len - 1];
}

static bool find_loader(int fd, bool wide, char *loader)
{
	union {
		Elf32_Ehdr narrow;
		Elf64_Ehdr wide;
	} header;
	union {
		Elf32_Phdr narrow;
		Elf64_Phdr wide;
	} segment; /* both begin with the type */
	size_t len = wide ? sizeof(segment.wide) : sizeof(segment.narrow);
	unsigned int count;
	uint64_t at;

	if (!read_at(fd, &header,
		     wide ? sizeof(header.wide) : sizeof(header.narrow), 0))
		return false;
	count = wide ? header.wide.e_phnum : header.narrow.e_phnum;
	at = wide ? header.wide.e_phoff : header.narrow.e_phoff;
	for (; count; count--, at += len) {
		if (!read_at(fd, &segment, len, at) ||
		    segment.narrow.p_type != PT_INTERP)
			continue;
		return wide ? read_loader(fd, segment.wide.p_offset,
					  segment.wide.p_filesz, loader)
			    : read_loader(fd, segment.narrow.p_offset,
					  segment.narrow.p_filesz, loader);
	}
	return false;
}

/* Given a program on its command line, it preloads too, and has no loader itself. */
static bool is_loader(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strncmp(slash ? slash + 1 : path, "ld-linux", 8);
}

static void look_at_elf(int fd, struct program *out)
{
	char loader[PATH_MAX];
	Elf32_Ehdr header; /* the machine stands where a 64-bit one has it */
	size_t i;
	bool found;

	if (!read_at(fd, &header, sizeof(header), 0) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB)
		return;
	out->is_elf = true;
	for (i = 0; i < sizeof(abis) / sizeof(abis[0]); i++)
		if (abis[i].class == header.e_ident[EI_CLASS] &&
		    abis[i].machine == header.e_machine)
			out->abi = &abis[i];
	found = find_loader(fd, header.e_ident[EI_CLASS] == ELFCLASS64, loader);
	out->is_static = !found && !is_loader(out->path);
	out->is_musl = found && strstr(loader, "/ld-musl-");
}

/*
 * What makes the kernel set AT_SECURE.  Root gains nothing by becoming root, and
 * has the capabilities already; a mount may forbid all of it.
 */
static bool gains_rights(int fd, uid_t uid, gid_t gid)
{
	struct statvfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || (!fstatvfs(fd, &fs) && fs.f_flag & ST_NOSUID))
		return false;
	if (st.st_mode & S_ISUID && st.st_uid != uid)
		return true;
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st.st_gid != gid)
		return true;
	return uid != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/* binfmt_script.c: the interpreter, up to a blank or the end of the line. */
static bool find_interpreter(int fd, char *path)
{
	char line[256];
	ssize_t got = pread(fd, line, sizeof(line) - 1, 0);
	size_t len;
	char *start;

	if (got < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[got] = 0;
	start = line + 2 + strspn(line + 2, " \t");
	len = strcspn(start, " \t\n");
	if (!len || !start[len])
		return false;
	memcpy(path, start, len);
	path[len] = 0;
	return true;
}

/* A FIFO, which a script may name, is not waited for, nor is a lease. */
static int open_to_look(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void program_look(const char *path, uid_t uid, gid_t gid, struct program *out)
{
	char interpreter[256];
	int fd = open_to_look(path);

	memset(out, 0, sizeof(*out));
	snprintf(out->path, sizeof(out->path), "%s", path);
	if (fd < 0)
		return;
	if (find_interpreter(fd, interpreter)) {
		close(fd);
		snprintf(out->path, sizeof(out->path), "%s", interpreter);
		fd = open_to_look(out->path);
		if (fd < 0)
			return;
	}
	look_at_elf(fd, out);
	out->gains = gains_rights(fd, uid, gid);
	close(fd);
}
