// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd-run: start a program with the shim, and if asked with the library by which
 * libudev shows it our nodes.
 *
 * Looks at the program first, and says in one line if the loader will not preload
 * a library into it.  The program is executed all the same: it may start others
 * into which one can be.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guestd/shim/program.h"

/* In the order in which they are preloaded; the second one is asked for. */
static const char *const libraries[] = {
	"libguestd-shim.so",
	"libguestd-udev.so",
};

/* As env(1) and other programs that execute one have it. */
#define EXIT_OURS           125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127

static const char help[] =
	"usage: guestd-run [-dv] [--] PROGRAM [ARG...]\n"
	"Start a program that maps the buffers of guestd's nodes.\n"
	"\n"
	"  -d  have libudev show the program the nodes, as V4L2 devices\n"
	"  -h  print this\n"
	"  -v  have the shim say what it does, on standard error\n";

static void complain(const char *what, const char *why)
{
	fprintf(stderr, "guestd-run: %s: %s\n", what, why);
}

/* ---- the libraries --------------------------------------------------------- */

/*
 * The directory that has ${LIB}: in a build that of this program, installed the
 * one above its bin.
 */
static int find_prefix(char *prefix)
{
	ssize_t len = readlink("/proc/self/exe", prefix, PATH_MAX - 1);
	char *slash;

	if (len < 0)
		return -errno;
	prefix[len] = 0;
	slash = strrchr(prefix, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	slash = strrchr(prefix, '/');
	if (slash && !strcmp(slash, "/bin"))
		*slash = 0;
	return 0;
}

static bool has_library(const char *prefix, const struct program_abi *abi,
			const char *library)
{
	char path[PATH_MAX + 64];
	size_t i;

	for (i = 0; abi && abi->dirs[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", prefix, abi->dirs[i],
			 library);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

/* Behind what is there: that one's hooks come first, and find ours. */
static int preload(const char *prefix, const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	char *value;
	int ret;

	if (before && !*before)
		before = NULL;
	if (asprintf(&value, "%s%s%s/${LIB}/%s", before ? before : "",
		     before ? ":" : "", prefix, library) < 0)
		return -ENOMEM;
	ret = setenv("LD_PRELOAD", value, 1) < 0 ? -errno : 0;
	free(value);
	return ret;
}

/* ---- the program ----------------------------------------------------------- */

/* Why none of the libraries will be in it, or NULL. */
static const char *find_obstacle(const struct program *program,
				 const char *prefix)
{
	if (prefix[strcspn(prefix, " :")])
		return "LD_PRELOAD cannot have a path with a blank or a colon";
	if (program->gains)
		return "it gains rights (setuid, setgid or capabilities), and "
		       "then no library is preloaded";
	if (!program->is_elf)
		return NULL;
	if (program->is_static)
		return "it is static, so no library can be preloaded";
	return NULL;
}

static void look_for(const char *library, const struct program *program,
		     const char *name, const char *prefix)
{
	if (!program->is_elf)
		return;
	if (program->is_musl)
		fprintf(stderr,
			"guestd-run: %s: its C library is musl, for which "
			"there is no %s\n",
			name, library);
	else if (!has_library(prefix, program->abi, library))
		fprintf(stderr,
			"guestd-run: %s: there is no %s for its kind of "
			"machine code\n",
			name, library);
}

static void look(const char *path, const char *name, const char *prefix,
		 size_t count)
{
	struct program program;
	const char *obstacle;
	size_t i;

	program_look(path, getuid(), getgid(), &program);
	if (strcmp(path, program.path) != 0)
		name = program.path;
	obstacle = find_obstacle(&program, prefix);
	if (obstacle)
		complain(name, obstacle);
	for (i = 0; i < count && !obstacle; i++)
		look_for(libraries[i], &program, name, prefix);
}

/* @count: of the libraries, how many */
static int run(char **argv, size_t count)
{
	char path[PATH_MAX];
	char prefix[PATH_MAX];
	size_t i;
	int ret = program_find(argv[0], getenv("PATH"), path);

	if (ret < 0) {
		complain(argv[0], strerror(-ret));
		return ret == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	ret = find_prefix(prefix);
	for (i = 0; i < count && !ret; i++)
		ret = preload(prefix, libraries[i]);
	if (ret < 0) {
		complain("LD_PRELOAD", strerror(-ret));
		return EXIT_OURS;
	}
	look(path, argv[0], prefix, count);
	execvp(argv[0], argv);
	ret = errno;
	complain(argv[0], strerror(ret));
	return ret == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int main(int argc, char **argv)
{
	size_t count = 1;
	int option;

	while ((option = getopt(argc, argv, "+dhv")) != -1) {
		switch (option) {
		case 'd':
			count = sizeof(libraries) / sizeof(libraries[0]);
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'v':
			setenv("GUESTD_SHIM_VERBOSE", "1", 1);
			break;
		default:
			return EXIT_OURS; /* getopt() has said why */
		}
	}
	if (optind == argc) {
		fputs("guestd-run: no program is named (guestd-run -h)\n",
		      stderr);
		return EXIT_OURS;
	}
	return run(argv + optind, count);
}
