/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hanging up on a client that may have sent descriptors; and closing what a host has
 * sent to guestd, see memory_dispose.h.
 *
 * Nobody asked for any, but a kernel without SO_PASSRIGHTS lets them come.  Whoever
 * takes such a message, or closes the socket in which it waits, closes what it
 * carries, and that may last: a socket with SO_LINGER, our own node, a file of
 * somebody's FUSE that has a lock.  So messages are looked at before they are taken,
 * and a socket with such a one is closed by the end of a process made for that.
 *
 * Whoever wants that process to hang makes it hang.  So each that does lets twice as
 * many sockets wait for the next: all the descriptors that the kernel lets a user
 * have on their way (its limit of open files) are not enough to use up all processes.
 */
#ifndef GUESTD_HELPER_HANGUP_H
#define GUESTD_HELPER_HANGUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define HANGUP_PROCESSES_MAX 20
#define HANGUP_FILES_MAX     1024 /* that wait */

/** struct hangup - Zeroed: nothing is to be closed; all of it private */
struct hangup {
	int *waiting;
	unsigned int count;
	unsigned int room;
	pid_t processes[HANGUP_PROCESSES_MAX];
	unsigned int process_count;
};

/**
 * hangup_listen() - Prepare the listening socket, before the first accept(2)
 *
 * Return: 0 or a negative errno
 */
int hangup_listen(int listener);

/**
 * hangup_look() - What the next message of a client is, without taking it
 * @bytes:	Set to @len bytes of it at the most
 *
 * Never waits.
 *
 * Return: its bytes, perhaps more than @len; -EAGAIN: there is none; -EPROTO: it
 * carries descriptors; or another negative errno, -EPIPE if there will be none
 */
ssize_t hangup_look(int fd, void *bytes, size_t len);

/**
 * hangup() - Close a client's socket, here or by a process; never waits
 *
 * Return: false if there is no memory now, and then it is open as before
 */
bool hangup(struct hangup *hangup, int fd);

/**
 * hangup_file() - Have a process close any descriptor; never waits
 *
 * Return: false if there is no memory now, or enough waits already, and then it is
 * open as before
 */
bool hangup_file(struct hangup *hangup, int fd);

/**
 * hangup_work() - Make processes for what waits, and see which have ended
 *
 * Return: in how many milliseconds to call it again; -1: not before hangup()
 */
int hangup_work(struct hangup *hangup);

#endif
