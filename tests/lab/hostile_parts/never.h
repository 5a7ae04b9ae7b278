/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file system of the attacker's own (tests/lab/neverfs.c), mounted on the directory
 * scene.spare: no byte of its file ever comes.
 */
#ifndef TESTS_LAB_HOSTILE_PARTS_NEVER_H
#define TESTS_LAB_HOSTILE_PARTS_NEVER_H

#include <stdbool.h>

void never_mount(void);

/** never_open() - Its file */
int never_open(void);

/** never_answer() - Whether it answers at all */
void never_answer(bool answers);

/** never_unmount() - It ends, and nothing is left of it */
void never_unmount(void);

#endif
