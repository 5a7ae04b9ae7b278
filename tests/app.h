/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application that is inside ioctl(2), for tests of who looks at it.
 *
 * There is no CUSE where unit tests run, but every character device has an
 * ioctl that can sleep: FIONBIO is done by the kernel for all of them, and its
 * argument may lie in a page behind userfaultfd.  So /dev/null is our node.
 */
#ifndef TESTS_APP_H
#define TESTS_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#define APP_NODE      "/dev/null"
#define APP_CMD       FIONBIO
#define APP_PLAIN_LEN ((size_t)2 << 20)

/* Descriptors that it has: memfds of APP_MEMFD_LEN bytes, one of them sealed. */
#define APP_SEALED    20
#define APP_UNSEALED  21
#define APP_MEMFD_LEN 8192

enum app_how {
	APP_IOCTL,     /* in the call, from a 64-bit program */
	APP_COMPAT,    /* as an i386 program calls */
	APP_BUSY,      /* computing, and in the call after app_tell('g') */
	APP_ELSEWHERE, /* asleep in another system call */
	APP_FAULT,     /* asleep in no system call */
};

/**
 * struct app - The process
 * @pid:	Its number
 * @tid:	Of the thread that calls; it is not the first one
 * @plain:	APP_PLAIN_LEN bytes of the application, app_pattern() each;
 *		readable in the test, too, at the same address, where they are
 *		zero
 * @hole:	Behind them: a page that is not there
 * @stuck:	A page that makes who touches it wait for app_tell('s')
 */
struct app {
	pid_t pid;
	pid_t tid;
	uint8_t *plain;
	uint8_t *hole;
	uint8_t *stuck;
	uint8_t *argument;
	int control;
};

/**
 * app_possible() - Does this kernel let us?
 *
 * It takes userfaultfd(2) for page faults of the kernel: root.
 */
bool app_possible(enum app_how how);

/**
 * app_start() - Fork it and wait until its thread is about to do @how
 * @device:	What it opens; APP_NODE
 */
void app_start(struct app *app, enum app_how how, const char *device);

/** app_finish() - Kill it and take it away; harmless if it is gone */
void app_finish(struct app *app);

/**
 * app_tell() - Have it do something, and wait until it has
 * @what:	'n' set O_NONBLOCK, 'b' clear it, 'g' go (APP_BUSY), 's' let
 *		@stuck be zeroes, 'r' let the call return and the thread end
 */
void app_tell(struct app *app, char what);

/** app_pattern() - What is at @plain[@at] */
uint8_t app_pattern(size_t at);

/** app_peek() - Read the application's memory; false if that fails */
bool app_peek(const struct app *app, const void *addr, void *bytes, size_t len);

#endif
