/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many files this process may have.
 */
#ifndef COMMON_FILELIMIT_H
#define COMMON_FILELIMIT_H

/**
 * filelimit_raise() - As many as the hard limit says
 *
 * Each buffer is a descriptor, and whoever uses a device says how many of them
 * there are.  The soft limit is also how many descriptors of our user may be on
 * their way in sockets, those of its other processes included (unix(7),
 * ETOOMANYREFS).  It is 1024 for the sake of programs with select(2), which we do
 * not call.
 *
 * Return: 0 or a negative errno, and then the limit is as before
 */
int filelimit_raise(void);

#endif
