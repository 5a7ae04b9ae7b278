// SPDX-License-Identifier: BSD-3-Clause
/*
 * One call of an application.
 */
#include "guestd/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

static const char *const request_state_names[] = {
	[REQUEST_FETCH] = "fetch",
	[REQUEST_WIRE] = "wire",
	[REQUEST_PARKED] = "parked",
	[REQUEST_STORE] = "store",
};
static_assert(sizeof(request_state_names) / sizeof(request_state_names[0]) ==
		      REQUEST_STATE_COUNT,
	      "a state without a name");

void request_init(struct request *request)
{
	memset(request, 0, offsetof(struct request, planes));
	plane_set_init(&request->planes);
	request->payload.desc = NULL;
}

struct request *request_of_job(struct memory_job *job)
{
	return (struct request *)((char *)job - offsetof(struct request, job));
}

void request_set_state(struct request *request, enum request_state state)
{
	assert(state >= request->state ||
	       (state == REQUEST_WIRE && request->state == REQUEST_PARKED &&
		(request->kind == REQUEST_READ ||
		 request->kind == REQUEST_WRITE)));
	if (state == request->state)
		return;
	log_debug("call of thread %d: %s -> %s", (int)request->caller.tid,
		  request_state_names[request->state],
		  request_state_names[state]);
	request->state = state;
}

void request_finish(struct request *request)
{
	hostlink_orphan(&request->call);
	if (memory_pending(&request->job))
		memory_withdraw(&request->job);
	caller_stop(&request->question);
	plane_set_finish(&request->planes);
	payload_finish(&request->payload);
	if (request->query)
		payload_finish(request->query);
	free(request->query);
	request->query = NULL;
	free(request->written);
	request->written = NULL;
}
