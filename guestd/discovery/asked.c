// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a program has asked its enumerators and monitors for.
 */
#include "guestd/discovery/asked.h"

#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	const void *object; /* NULL: free */
	enum asked asked;
} places[ASKED_PLACES];
static size_t oldest;

/* ASKED_PLACES: it has none. */
static size_t place(const void *object)
{
	size_t i;

	for (i = 0; i < ASKED_PLACES; i++)
		if (places[i].object == object)
			break;
	return i;
}

static size_t new_place(void)
{
	size_t i = place(NULL);

	if (i == ASKED_PLACES) {
		i = oldest;
		oldest = (oldest + 1) % ASKED_PLACES;
	}
	return i;
}

enum asked asked_get(const void *object)
{
	enum asked asked;
	size_t i;

	pthread_mutex_lock(&lock);
	i = place(object);
	asked = i < ASKED_PLACES ? places[i].asked : ASKED_NOTHING;
	pthread_mutex_unlock(&lock);
	return asked;
}

void asked_set(const void *object, enum asked asked)
{
	size_t i;

	pthread_mutex_lock(&lock);
	i = place(object);
	if (i == ASKED_PLACES && asked != ASKED_NOTHING)
		i = new_place();
	if (i < ASKED_PLACES) {
		places[i].object = asked == ASKED_NOTHING ? NULL : object;
		places[i].asked = asked;
	}
	pthread_mutex_unlock(&lock);
}
