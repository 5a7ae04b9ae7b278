/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program, as the loader will see it: whether it can have a library preloaded.
 */
#ifndef GUESTD_SHIM_PROGRAM_H
#define GUESTD_SHIM_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct program_abi - A kind of machine code
 * @class:	ELFCLASS*
 * @machine:	EM_*
 * @dirs:	What the loader of its programs may take ${LIB} for, then NULL
 */
struct program_abi {
	unsigned char class;
	unsigned short machine;
	const char *dirs[4];
};

/**
 * struct program - A file that can be executed
 * @path:	Of the file that has the code: for a script, its interpreter
 * @is_elf:	False: it cannot be told, or something else runs it
 * @is_static:	No loader
 * @is_musl:	The loader is that of musl
 * @gains:	Executing it changes the user, the group or the capabilities, so that
 *		the loader preloads nothing
 * @abi:	NULL: of a machine that is not known here
 */
struct program {
	char path[PATH_MAX];
	bool is_elf;
	bool is_static;
	bool is_musl;
	bool gains;
	const struct program_abi *abi;
};

/**
 * program_find() - The file that execvp(3) would execute
 * @name:	A path, or to be looked for in @search
 * @search:	Value of PATH; NULL: the usual
 * @path:	Of PATH_MAX bytes
 *
 * Return: 0, -ENOENT, or the reason why the one that is there cannot be executed
 */
int program_find(const char *name, const char *search, char *path);

/**
 * program_look() - What there is to know of an executable file
 * @uid:	Who is going to execute it
 *
 * A script is followed to its interpreter, once.  What cannot be read is no error:
 * the kernel may execute it.
 */
void program_look(const char *path, uid_t uid, gid_t gid, struct program *out);

#endif
