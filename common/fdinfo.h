/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel says of one of our descriptors, in /proc/self/fdinfo: for files
 * that cannot be asked, since they may answer when somebody else likes.
 */
#ifndef COMMON_FDINFO_H
#define COMMON_FDINFO_H

/**
 * fdinfo_find() - Look for a line
 * @key:	What stands before its colon, at most 16 characters
 * @value:	Set to the number behind it, in decimal, 0 if that is none; may be NULL
 *
 * Return: 0, -ENODATA if there is no such line, or what open(2) or read(2) says
 */
int fdinfo_find(int fd, const char *key, long *value);

#endif
