// SPDX-License-Identifier: BSD-3-Clause
/*
 * One open of the device for a guest: the order of its commands.
 *
 * A command goes through three steps: begin (loop: may it run, what must be
 * taken back first), run (loop or worker: the device call, nothing else), answer
 * (loop: keep account, respond).  The next one begins after that.
 *
 * Of a kind whose buffers the worker has to fetch, that is done between two
 * commands: a stream of commands does not hold up frames, nor the reverse.
 */
#include "hostd/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostd/session_answer.h"
#include "hostd/session_steps.h"
#include "hostd/worker.h"

static void session_next(struct host_session *session);

struct host_command *host_command_create(struct host_session_env *env,
					 enum host_command_kind kind,
					 uint32_t tag, uint32_t capacity)
{
	struct host_command *command = env->spare;

	env->spare = NULL;
	if (!command)
		command = malloc(sizeof(*command));
	if (!command)
		return NULL;
	memset(command, 0, offsetof(struct host_command, planes));
	plane_set_init(&command->planes);
	command->payload.desc = NULL;
	command->kind = kind;
	command->tag = tag;
	command->capacity = capacity;
	return command;
}

void host_command_free(struct host_session_env *env,
		       struct host_command *command)
{
	if (!command)
		return;
	payload_finish(&command->payload);
	plane_set_finish(&command->planes);
	import_hold_drop(&command->hold);
	quota_hold_drop(&command->making);
	memo_job_free(command->memo);
	if (command->exported)
		close(command->fd);
	slice_drop(command->slice);
	free(command->bytes);
	/* Mostly one is under way at a time. */
	if (env->spare)
		free(command);
	else
		env->spare = command;
}

void host_command_status(const struct client_output *output,
			 const struct host_command *command, int error)
{
	if (command->bytes)
		client_output_io_status(output, command->tag, error);
	else
		client_output_status(output, command->tag, error);
}

uint32_t host_session_id(const struct host_session *session)
{
	return session->id;
}

bool host_session_closing(const struct host_session *session)
{
	return session->closing;
}

/* A guest that counts may have used a session before it was told of it. */
static void session_refuse_rest(struct host_session *session)
{
	const struct client_output *output = session->env->output;
	struct host_command *command;

	while ((command = session->first)) {
		session->first = command->next;
		if (command->kind == HOST_COMMAND_CLOSE)
			output->ops->respond(output->owner, command->tag, NULL,
					     0, 0);
		else
			host_command_status(output, command, -EINVAL);
		host_command_free(session->env, command);
	}
	session->last = &session->first;
}

/* Return: whether the session still exists */
static bool session_answer(struct host_session *session,
			   struct host_command *command)
{
	bool over = command->kind == HOST_COMMAND_CLOSE ||
		    (command->kind == HOST_COMMAND_OPEN && command->result);

	if (command->ns)
		pace_saw(&session->env->pace, command->payload.desc,
			 command->ns);
	/*
	 * What succeeded came before the device went, if only a moment: vivid's
	 * "Disconnect" is such a call.  What failed came after it.
	 */
	if (command->result < 0) {
		session->running = NULL;
		host_session_tell(session);
	}
	host_session_answer(session, command);
	session->running = NULL;
	host_command_free(session->env, command);
	if (over) {
		session_refuse_rest(session);
		session->env->closed(session->env->client, session);
		return false;
	}
	host_session_tell(session);
	if (session->pumping && session->pump.suspended && !session->lost)
		pump_resume(&session->pump);
	else if (session->pumping)
		pump_update(&session->pump);
	return true;
}

/* Return: whether the worker is at it now */
static bool session_fetch(struct host_session *session)
{
	if (!session->pumping || !pump_fetch_begin(&session->pump))
		return false;
	if (!worker_submit(session->worker, &session->pump))
		return true;
	/* There can be no thread. */
	pump_fetch(&session->pump);
	pump_fetch_end(&session->pump);
	return false;
}

static void session_ready(void *owner)
{
	struct host_session *session = owner;

	if (!session->running && !worker_busy(session->worker))
		session_fetch(session);
}

static void session_done(void *owner, void *job)
{
	struct host_session *session = owner;

	if (job == &session->pump)
		pump_fetch_end(&session->pump);
	else if (!session_answer(session, job) || session_fetch(session))
		return;
	session_next(session);
}

/*
 * Beside a worker nothing is quick for sure: that may have the driver's lock.  Nor
 * beside a stream, whose frames would wait: a program of another guest may have it, and
 * one number has controls that are quick and others that are not.
 */
static bool sleeps(const struct host_session *session,
		   const struct host_command *command)
{
	const struct ioctl_desc *desc = command->payload.desc;

	if (command->kind != HOST_COMMAND_IOCTL || command->sleeps)
		return true;
	return desc->sleeps &&
	       (worker_any_busy() || session->env->streams > 0 ||
		!pace_is_quick(&session->env->pace, desc));
}

/* Return: whether the worker has it now, and with it command->result */
static bool session_hand_over(struct host_session *session,
			      struct host_command *command)
{
	int ret;

	if (!sleeps(session, command))
		return false;
	ret = worker_submit(session->worker, command);
	if (ret)
		command->result = ret;
	return !ret;
}

static void session_next(struct host_session *session)
{
	struct host_command *command;
	int ret;

	while (!worker_busy(session->worker) && session->first) {
		command = session->first;
		session->first = command->next;
		if (!session->first)
			session->last = &session->first;
		session->running = command;
		ret = host_session_begin(session, command);
		command->result = ret < 0 ? ret : 0;
		if (!ret && session_hand_over(session, command))
			return;
		if (!ret && !command->result)
			host_session_run(session, command);
		if (!session_answer(session, command) || session_fetch(session))
			return;
	}
}

void host_session_submit(struct host_session *session,
			 struct host_command *command)
{
	if (command->kind == HOST_COMMAND_CLOSE)
		session->closing = true;
	command->next = NULL;
	*session->last = command;
	session->last = &command->next;
	session_next(session);
}

bool host_session_cancel(struct host_session *session, uint32_t tag)
{
	struct host_command *command;

	if (session->running && session->running->tag == tag) {
		if (worker_busy(session->worker))
			worker_interrupt(session->worker);
		return true;
	}
	for (command = session->first; command; command = command->next) {
		if (command->tag != tag)
			continue;
		/* Those that undo something run all the same. */
		if (command->kind == HOST_COMMAND_IOCTL ||
		    command->kind == HOST_COMMAND_MMAP ||
		    command->kind == HOST_COMMAND_IO) {
			command->kind = HOST_COMMAND_REFUSED;
			command->result = -EINTR;
		}
		return true;
	}
	return false;
}

void host_session_close(struct host_session *session, uint32_t tag)
{
	struct host_command *command = session->close;

	session->close = NULL;
	command->kind = HOST_COMMAND_CLOSE;
	command->tag = tag;
	host_session_submit(session, command);
}

void host_session_update(struct host_session *session)
{
	if (session->pumping) {
		pump_update(&session->pump);
		nativeio_update(&session->nativeio);
	}
}

static void session_work(void *owner, void *job)
{
	struct host_session *session = owner;

	if (job == &session->pump)
		pump_fetch(&session->pump);
	else
		host_session_run(session, job);
}

static const struct worker_ops session_worker_ops = {
	.run = session_work,
	.done = session_done,
};

static const struct pump_ops session_pump_ops = {
	.error = host_session_lost,
	.ready = session_ready,
};

int host_session_create(struct host_session_env *env, uint32_t id,
			struct host_session **out)
{
	struct host_session *session;
	int ret;

	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->close = calloc(1, sizeof(*session->close));
	if (!session->close) {
		free(session);
		return -ENOMEM;
	}
	session->env = env;
	session->id = id;
	session->last = &session->first;
	session->pump_ops = &session_pump_ops;
	ret = worker_create(env->loop, &session_worker_ops, session,
			    &session->worker);
	if (ret) {
		free(session->close);
		free(session);
		return ret;
	}
	buffers_init(&session->buffers, env->window, env->quota, env->output,
		     id);
	session->subscriptions.quota = env->quota;
	*out = session;
	return 0;
}

void host_session_destroy(struct host_session *session)
{
	struct host_command *command;

	if (!session)
		return;
	if (worker_busy(session->worker))
		worker_interrupt(session->worker);
	worker_destroy(session->worker);
	command = session->running;
	/* Nobody has been told where it is. */
	if (command && command->kind == HOST_COMMAND_MMAP && !command->result)
		session->file->device->ops->unmap(session->file, &command->map);
	host_command_free(session->env, command);
	while (session->first) {
		command = session->first;
		session->first = command->next;
		host_command_free(session->env, command);
	}
	host_session_close_begin(session);
	if (session->streams)
		session->env->streams--;
	if (session->file)
		host_session_close_run(session);
	free(session->unmap);
	host_command_free(session->env, session->close);
	free(session);
}
