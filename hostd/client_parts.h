/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the device core: client.c begins and ends it, client_command.c takes
 * commands.
 */
#ifndef HOSTD_CLIENT_PARTS_H
#define HOSTD_CLIENT_PARTS_H

#include "hostd/client.h"
#include "hostd/imports.h"
#include "hostd/session.h"

struct client {
	struct host_session_env env;
	struct client_output output;
	struct quota quota;
	struct window window;
	struct exports *exports;
	struct imports imports;
	struct host_session *sessions[GRANT_SESSIONS_MAX];
	unsigned int session_count;
	uint32_t next_id;
	struct log_rate failures;
	bool hushed;      /* client_hush() */
	uint32_t lasting; /* what may be remembered, from client_probe() */
};

#endif
