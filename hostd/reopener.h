/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What only /proc tells of memory, for a process that opens nothing: a thread of
 * the opener process, and the side that asks it.
 *
 * It has a thread and a socket of its own since an open(2) of a device may take
 * seconds, and who asks here must not wait for that.
 */
#ifndef HOSTD_REOPENER_H
#define HOSTD_REOPENER_H

struct reopener;

/**
 * reopener_start() - Start the thread, in the opener process
 * @fd:		Set to the end for who asks, the caller's
 *
 * It ends when that end is closed everywhere.
 *
 * Return: 0 or a negative errno
 */
int reopener_start(int *fd);

/**
 * reopener_create() - The asker's side
 * @fd:		From reopener_start(), taken over, on success only
 *
 * Return: 0 or a negative errno
 */
int reopener_create(int fd, struct reopener **out);

/** reopener_destroy() - Close it, which ends the thread; NULL is fine */
void reopener_destroy(struct reopener *reopener);

/**
 * reopener_anew() - Open a memfd once more: another open file of the same memory
 * @reopener:	NULL: there is nobody to ask
 * @fd:		A memfd that is sealed against being cut, and open for writing
 *
 * Any thread, as reopener_held().
 *
 * Return: a descriptor; -EINVAL if it is none of those; -ENOSYS without a
 * @reopener; -EIO if the thread is gone; another negative errno
 */
int reopener_anew(struct reopener *reopener, int fd);

/**
 * reopener_held() - Does somebody else have a dma-buf, or a mapping of it?
 * @reopener:	As for reopener_anew()
 * @fd:		The only descriptor that the caller has
 *
 * Return: 1: yes; 0: nobody; a negative errno: who knows
 */
int reopener_held(struct reopener *reopener, int fd);

#endif
