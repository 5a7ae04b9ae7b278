// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's thread for applications' shims.
 *
 * One question per connection, one answer, and the connection is over.  Nothing
 * waits for a client but its place in the table below, for so long and no longer; or,
 * when it has been answered, that in helper_unread.h's.
 *
 * No descriptor is ever received, nor closed here: see helper_hangup.h.
 */
#include "guestd/helper_shim.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "common/rights.h"
#include "guestd/helper_ask.h"
#include "guestd/helper_export.h"
#include "guestd/helper_hangup.h"
#include "guestd/helper_unread.h"

#define SHIM_NAME      "guestd-shim"
#define SHIM_STACK_LEN ((size_t)64 << 10)
#define SHIM_MS_NS     1000000ull
#define SHIM_PAUSE_NS                                                          \
	(100 * SHIM_MS_NS) /* nothing left of something: who knows */
#define SHIM_UNREAD_NS (100 * SHIM_MS_NS) /* after which to see who has read */

struct shim_client {
	int fd;
	uid_t uid;
	bool over;         /* to be hung up on as soon as that can be */
	uint64_t since_ns; /* it is here; CLOCK_MONOTONIC */
};

struct shim {
	int listener;
	int udmabuf;
	struct helper_table *table;
	struct shim_client clients[SHIM_CLIENTS_MAX];
	unsigned int count;
	struct unread unread;
	struct hangup hangup;
	uint64_t paused_until_ns; /* nobody is accepted before */
};

/* ---- one question ------------------------------------------------------ */

/* Return: 0 with @ask set, -EAGAIN, or another negative errno: no shim */
static int shim_receive(int fd, struct shim_ask *ask)
{
	uint8_t bytes[sizeof(*ask)];
	ssize_t got = hangup_look(fd, bytes, sizeof(bytes));

	return got < 0 ? (int)got : helper_ask_parse(bytes, (size_t)got, ask);
}

/* An answer finds room, for it is the only one; if not, nobody hears it. */
static void shim_send(int fd, const struct shim_answer *answer, int passed)
{
	ssize_t sent =
		rights_send(fd, answer, sizeof(*answer), passed, MSG_DONTWAIT);

	if (sent < 0)
		log_debug("helper: a shim does not hear its answer: %s",
			  strerror((int)-sent));
}

static int shim_export(const struct shim *shim, const struct shim_ask *ask,
		       int *fd)
{
	uint64_t len;
	int plane, ret;

	ret = helper_table_export(shim->table, ask, shim->udmabuf >= 0, &plane,
				  &len);
	if (ret)
		return ret;
	if (!len) {
		*fd = plane;
		return 0;
	}
	ret = helper_export(shim->udmabuf, plane, len);
	close(plane);
	if (ret < 0)
		return ret;
	*fd = ret;
	return 0;
}

/* Those who have read their answers make room. */
static void shim_unread_end(struct shim *shim)
{
	uid_t uid;
	int fd;

	while ((fd = unread_take(&shim->unread, &uid)) >= 0) {
		if (hangup(&shim->hangup, fd))
			continue;
		unread_add(&shim->unread, fd, uid);
		break;
	}
}

static bool shim_has_room(struct shim *shim, uid_t uid)
{
	if (unread_room(&shim->unread, uid))
		return true;
	shim_unread_end(shim);
	return unread_room(&shim->unread, uid);
}

static int shim_do(const struct shim *shim, const struct shim_ask *ask, int *fd,
		   uint64_t *len)
{
	return ask->kind == SHIM_EXPORT
		       ? shim_export(shim, ask, fd)
		       : helper_table_map(shim->table, ask, fd, len);
}

enum shim_step {
	SHIM_STAYS,
	SHIM_OVER,
	SHIM_READS, /* it has a descriptor to read */
};

static enum shim_step shim_serve(struct shim *shim,
				 const struct shim_client *client)
{
	struct shim_answer answer = { .magic = SHIM_MAGIC };
	struct shim_ask ask = { 0 };
	int passed = -1;
	int ret;

	ret = shim_receive(client->fd, &ask);
	if (ret)
		return ret == -EAGAIN ? SHIM_STAYS : SHIM_OVER;

	if (shim_has_room(shim, client->uid))
		ret = shim_do(shim, &ask, &passed, &answer.len);
	else
		ret = -EAGAIN;
	if (ret)
		log_debug("helper: a shim gets: %s", strerror(-ret));
	answer.error = -ret;
	shim_send(client->fd, &answer, passed);
	if (passed < 0)
		return SHIM_OVER;
	close(passed);
	unread_add(&shim->unread, client->fd, client->uid);
	return SHIM_READS;
}

/* ---- clients -------------------------------------------------------------- */

static struct shim_client shim_client(int fd)
{
	struct ucred cred = { .uid = 0 };
	socklen_t len = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	return (struct shim_client){
		.fd = fd,
		.uid = cred.uid,
		.since_ns = monotonic_ns(),
	};
}

static void shim_accept(struct shim *shim)
{
	struct sockaddr_un peer; /* no names there */
	socklen_t len;
	int fd;

	while (shim->count < SHIM_CLIENTS_MAX) {
		len = sizeof(peer);
		fd = accept4(shim->listener, (struct sockaddr *)&peer, &len,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN)
				shim->paused_until_ns =
					monotonic_ns() + SHIM_PAUSE_NS;
			return;
		}
		shim->clients[shim->count++] = shim_client(fd);
	}
}

/* Whether it is one of the oldest of a user who has too many */
static bool shim_is_greedy(const struct shim *shim, unsigned int client)
{
	unsigned int i, same = 0;

	for (i = client; i < shim->count; i++)
		if (!shim->clients[i].over &&
		    shim->clients[i].uid == shim->clients[client].uid)
			same++;
	return same > SHIM_USER_MAX;
}

static bool shim_has_greedy(const struct shim *shim)
{
	unsigned int i;

	for (i = 0; i < shim->count; i++)
		if (!shim->clients[i].over && shim_is_greedy(shim, i))
			return true;
	return false;
}

/*
 * @crowded: somebody waits for a place, and there is none.  Those who stay move up,
 * so the oldest are always first.
 */
static void shim_serve_all(struct shim *shim, const struct pollfd *polled,
			   bool crowded)
{
	uint64_t limit_ns = crowded ? SHIM_CROWDED_NS : SHIM_CLIENT_NS;
	uint64_t now = monotonic_ns();
	unsigned int i, kept = 0;

	for (i = 0; i < shim->count; i++) {
		struct shim_client client = shim->clients[i];
		bool greedy = crowded && shim_is_greedy(shim, i);
		enum shim_step step = SHIM_STAYS;

		if (polled[i].revents)
			step = shim_serve(shim, &client);
		if (step == SHIM_READS)
			continue;
		if (step == SHIM_OVER || greedy ||
		    now >= client.since_ns + limit_ns)
			client.over = true;
		if (!client.over || !hangup(&shim->hangup, client.fd))
			shim->clients[kept++] = client;
	}
	shim->count = kept;
}

/* Return: since when the one who says nothing for longest is here; or UINT64_MAX */
static uint64_t shim_oldest_ns(const struct shim *shim)
{
	unsigned int i;

	for (i = 0; i < shim->count; i++)
		if (!shim->clients[i].over)
			return shim->clients[i].since_ns;
	return UINT64_MAX;
}

/* Whether there was no memory to hang up on one */
static bool shim_has_over(const struct shim *shim)
{
	unsigned int i;

	for (i = 0; i < shim->count; i++)
		if (shim->clients[i].over)
			return true;
	return false;
}

/* Return: since when, or from when on, there is a place or somebody must go */
static uint64_t shim_room_ns(const struct shim *shim)
{
	uint64_t oldest = shim_oldest_ns(shim);

	if (shim->count < SHIM_CLIENTS_MAX || shim_has_greedy(shim))
		return 0;
	return oldest == UINT64_MAX ? oldest : oldest + SHIM_CROWDED_NS;
}

/*
 * @work_ms: what hangup_work() said.  Return: until when nothing happens by itself,
 * for poll(2)
 */
static int shim_timeout_ms(const struct shim *shim, uint64_t now, int work_ms)
{
	uint64_t oldest = shim_oldest_ns(shim);
	const uint64_t others[] = {
		shim->paused_until_ns,
		shim_room_ns(shim),
		work_ms < 0 ? UINT64_MAX : now + (unsigned)work_ms * SHIM_MS_NS,
		shim->unread.count ? now + SHIM_UNREAD_NS : UINT64_MAX,
		shim_has_over(shim) ? now + SHIM_PAUSE_NS : UINT64_MAX,
	};
	uint64_t until = oldest;
	unsigned int i;

	if (oldest != UINT64_MAX)
		until += SHIM_CLIENT_NS;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] > now && others[i] < until)
			until = others[i];
	if (until == UINT64_MAX)
		return -1;
	return until <= now ? 0 : (int)((until - now) / SHIM_MS_NS) + 1;
}

static void shim_round(struct shim *shim)
{
	struct pollfd polled[SHIM_CLIENTS_MAX + 1];
	int work_ms = hangup_work(&shim->hangup);
	uint64_t now = monotonic_ns();
	bool accepts =
		now >= shim->paused_until_ns && now >= shim_room_ns(shim);
	unsigned int i;

	for (i = 0; i < shim->count; i++) {
		const struct shim_client *client = &shim->clients[i];

		polled[i] =
			(struct pollfd){ .fd = client->over ? -1 : client->fd,
					 .events = POLLIN };
	}
	polled[i] = (struct pollfd){ .fd = accepts ? shim->listener : -1,
				     .events = POLLIN };
	if (poll(polled, shim->count + 1, shim_timeout_ms(shim, now, work_ms)) <
	    0)
		return;

	shim_unread_end(shim);
	accepts = polled[shim->count].revents;
	shim_serve_all(shim, polled,
		       accepts && shim->count == SHIM_CLIENTS_MAX);
	if (accepts)
		shim_accept(shim);
}

static void *shim_main(void *data)
{
	prctl(PR_SET_NAME, SHIM_NAME);
	for (;;)
		shim_round(data);
	return NULL;
}

int helper_shim_start(int listener, int udmabuf, struct helper_table *table)
{
	struct shim *shim;
	pthread_attr_t attr;
	pthread_t id;
	int ret;

	ret = hangup_listen(listener);
	if (ret)
		return ret;
	shim = calloc(1, sizeof(*shim));
	if (!shim)
		return -ENOMEM;
	shim->listener = listener;
	shim->udmabuf = udmabuf;
	shim->table = table;

	ret = pthread_attr_init(&attr);
	if (!ret) {
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		pthread_attr_setstacksize(&attr, SHIM_STACK_LEN);
		ret = pthread_create(&id, &attr, shim_main, shim);
		pthread_attr_destroy(&attr);
	}
	if (ret)
		free(shim);
	return -ret;
}
