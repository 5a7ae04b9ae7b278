// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd says to udev, and whether it is done, in a /run that a test has made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guestd/udev.h"
#include "tests/places.h"
#include "tests/simulated.h"

#define MARK    "/run/usermedia/video9.permissions"
#define CONTROL "/run/udev/control"
#define ENTRY   "/run/udev/data/c510:3"

static void elsewhere(int (*what)(void))
{
	static const char *const places[] = { "/run", NULL };

	places_run(places, what);
}

static bool there(const char *path)
{
	return !access(path, F_OK);
}

static bool touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* ---- whose are owner and mode? ------------------------------------------------ */

static int say_whose(void)
{
	struct stat st;

	umask(077);
	/* The rule's need no file, and no directory. */
	if (udev_keep_off("video9", false) || there("/run/usermedia"))
		return 1;
	if (udev_keep_off("video9", true) || !there(MARK))
		return 2;
	if (stat("/run/usermedia", &st) < 0 || (st.st_mode & 0777) != 0755)
		return 3;
	/* Somebody was killed and left it. */
	if (udev_keep_off("video9", true) || !there(MARK))
		return 4;
	if (udev_keep_off("video8", false) || !there(MARK))
		return 5;
	if (udev_keep_off("video9", false) || there(MARK))
		return 6;
	return 0;
}

static void a_file_says_that_permissions_are_guestds(void **state)
{
	(void)state;
	elsewhere(say_whose);
}

static int say_nowhere(void)
{
	if (!touch("/run/usermedia"))
		return PLACES_SKIPPED;
	return udev_keep_off("video9", true) >= 0;
}

static void that_it_cannot_be_said_is_an_error(void **state)
{
	(void)state;
	elsewhere(say_nowhere);
}

/* ---- is it done? ---------------------------------------------------------------- */

static struct loop *loop;
static struct udev_wait *waiting;
static uint64_t now;
static unsigned int calls;

static void on_done(void *owner)
{
	(void)owner;
	calls++;
}

static bool wait_start(void)
{
	if (loop_create(&loop))
		return false;
	simulated_time(loop, &now);
	return !udev_wait_create(loop, makedev(510, 3), on_done, NULL,
				 &waiting);
}

static void wait_ms(uint64_t ms)
{
	uint64_t end = now + ms * LOOP_MS;

	while (now < end && !calls)
		loop_run_once(loop, 10);
}

static int wait_end(void)
{
	udev_wait_destroy(waiting);
	loop_destroy(loop);
	return 0;
}

static bool start_udevd(void)
{
	return !mkdir("/run/udev", 0755) && !mkdir("/run/udev/data", 0755) &&
	       touch(CONTROL);
}

static int wait_for_nobody(void)
{
	if (!wait_start() || calls)
		return 1;
	loop_run_once(loop, 10);
	return calls == 1 && !now ? wait_end() : 2;
}

static void without_udev_nobody_waits(void **state)
{
	(void)state;
	elsewhere(wait_for_nobody);
}

static int wait_for_entry(void)
{
	if (!start_udevd())
		return PLACES_SKIPPED;
	if (!wait_start())
		return 1;
	wait_ms(1000);
	if (calls)
		return 2;
	if (!touch(ENTRY))
		return PLACES_SKIPPED;
	wait_ms(20);
	return calls == 1 ? wait_end() : 3;
}

static void who_waits_hears_when_udev_has_the_node(void **state)
{
	(void)state;
	elsewhere(wait_for_entry);
}

static int wait_in_vain(void)
{
	if (!start_udevd())
		return PLACES_SKIPPED;
	if (!wait_start())
		return 1;
	wait_ms(4900);
	if (calls)
		return 2;
	wait_ms(200);
	return calls == 1 ? wait_end() : 3;
}

static void a_busy_udev_does_not_stop_the_node(void **state)
{
	(void)state;
	elsewhere(wait_in_vain);
	udev_wait_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_says_that_permissions_are_guestds),
		cmocka_unit_test(that_it_cannot_be_said_is_an_error),
		cmocka_unit_test(without_udev_nobody_waits),
		cmocka_unit_test(who_waits_hears_when_udev_has_the_node),
		cmocka_unit_test(a_busy_udev_does_not_stop_the_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
