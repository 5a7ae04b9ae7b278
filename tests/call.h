/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One ioctl call for the tests of payload: from an application to the host and
 * back, without a channel.  The application's memory is the test's own.
 *
 *	call_begin()		walk the argument
 *	call_send()		request to the host
 *	(the test plays the device, on call->host)
 *	call_answer()		response to the guest, results to the application
 *
 * or the latter two in halves, to spoil what is on the wire.
 */
#ifndef TESTS_CALL_H
#define TESTS_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/payload.h"

/* What QUERY_EXT_CTRL knows of. */
enum {
	CID_SCALAR = V4L2_CID_USER_BASE,
	CID_ARRAY,   /* 4 elements of 4 bytes */
	CID_STRING,  /* 8 bytes with the NUL */
	CID_DYNAMIC, /* 2 elements of 4 bytes, at most 6 */
	CID_GROWN,   /* 3 bytes, although its dimensions say 2 */
	CID_HUGE,    /* a host that exaggerates */
	CID_VAGUE,   /* a host that names no size */
	CID_NONE,    /* there is no such control */
};

/**
 * struct call_body - What was put on the wire, taken apart
 *
 * Both are blocks of their exact size, which AddressSanitizer guards.
 */
struct call_body {
	uint8_t *section;
	size_t section_len;
	uint8_t *aux;
	size_t aux_len;
};

/**
 * struct call - Both ends of one call
 * @status, @filled: what call_take_response() found
 */
struct call {
	struct payload guest;
	struct payload host;
	struct call_body request;
	struct call_body response;
	uint32_t status;
	bool filled;
};

/**
 * call_setup() - cmocka: *state is a struct call
 */
int call_setup(void **state);
int call_teardown(void **state);

/**
 * call_info() - QUERY_EXT_CTRL; NULL if there is no such control
 */
const struct v4l2_query_ext_ctrl *call_info(uint32_t id);

/**
 * call_begin() - Fill call->guest from the application
 *
 * Return: as payload_next()
 */
int call_begin(struct call *call, uint32_t cmd, const void *arg);

/**
 * call_put_request() - Fill call->request; checks sizes and head
 */
void call_put_request(struct call *call);

/**
 * call_take_request() - Fill call->host from call->request
 *
 * Return: as payload_get_request()
 */
int call_take_request(struct call *call);

/**
 * call_take_raw() - Fill call->host from @len bytes behind the head
 *
 * Return: as payload_get_request()
 */
int call_take_raw(struct call *call, const struct ioctl_desc *desc,
		  const void *bytes, size_t len);

/**
 * call_send() - call_put_request() and call_take_request(), which succeeds
 */
void call_send(struct call *call);

/**
 * call_put_response() - Fill call->response
 */
void call_put_response(struct call *call, uint32_t status);

/**
 * call_take_response() - Fill call->guest from call->response
 *
 * Return: as payload_get_response()
 */
int call_take_response(struct call *call);

/**
 * call_write_back() - Results into the application's memory
 */
void call_write_back(struct call *call);

/**
 * call_answer() - All three, which succeed
 */
void call_answer(struct call *call, uint32_t status);

/**
 * call_controls() - The argument for @count extended controls at @array
 */
struct v4l2_ext_controls call_controls(struct v4l2_ext_control *array,
				       uint32_t count);

/**
 * call_host_controls() - The array as the host has it
 */
struct v4l2_ext_control *call_host_controls(struct call *call);

#endif
