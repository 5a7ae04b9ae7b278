/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Extended controls whose payload is nowhere in the application.
 *
 * EFAULT comes with error_idx, and for some calls it is not even the answer: who
 * asks how large a control is has no place for it (v4l2-ctrls-api.c).
 *
 * Only where the memory helper copies: in unrestricted mode it is the kernel that
 * finds the memory missing, and it tells nobody but the application.
 */
#ifndef GUESTD_FAULTS_H
#define GUESTD_FAULTS_H

#include "guestd/request.h"

/**
 * faults_fetch() - A fetch has failed
 * @again:	Goes on with the call, as if it had not
 *
 * Answers the request, or has it go on.
 */
void faults_fetch(struct request *request,
		  void (*again)(struct request *request));

/**
 * faults_store() - A store has failed; the results are still there
 *
 * Answers the request.
 */
void faults_store(struct request *request);

/** faults_reply() - Answer with an error that was found here, and error_idx */
void faults_reply(struct request *request, int error, uint32_t error_idx);

#endif
