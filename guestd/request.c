// SPDX-License-Identifier: BSD-3-Clause
/*
 * One call of an application.
 */
#include "guestd/request.h"

#include <stdlib.h>

void request_finish(struct request *request)
{
	hostlink_orphan(&request->call);
	if (memory_pending(&request->job))
		memory_withdraw(&request->job);
	caller_stop(&request->question);
	payload_finish(&request->payload);
	if (request->query)
		payload_finish(request->query);
	free(request->query);
	request->query = NULL;
}
