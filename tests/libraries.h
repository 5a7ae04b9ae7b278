/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The libraries that are preloaded into programs, as they are built.
 */
#ifndef TESTS_LIBRARIES_H
#define TESTS_LIBRARIES_H

/**
 * libraries_check_exports() - Check what each build of a library exports
 * @name:	Of the library
 * @exports:	What that at @path exports: names in the order of strcmp(), each with
 *		a newline
 */
void libraries_check_exports(const char *name,
			     const char *(*exports)(const char *path));

#endif
