/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands, as a user types them.
 */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include <stddef.h>

/**
 * shell_run() - Run @command in a shell
 * @text:	What it has said on standard output and standard error
 * @len:	More than that is not kept
 *
 * Return: its exit status; a negative number if it has none
 */
int shell_run(const char *command, char *text, size_t len);

#endif
