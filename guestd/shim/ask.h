/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A question to guestd's memory helper, and the descriptor that it answers with.
 */
#ifndef GUESTD_SHIM_ASK_H
#define GUESTD_SHIM_ASK_H

#include <stdint.h>

#include "common/shim.h"

/**
 * shim_ask_helper() - One connection, one question
 * @attach:	Whose socket and token
 * @ask:	Magic and token are filled in here
 * @len:	Set to the answer's, if it has a descriptor; may be NULL
 * @why:	Set to a word or two if there was no answer
 *
 * Waits for no more than 5 seconds; errno is left alone.
 *
 * Return: the descriptor, close-on-exec; the answer's error, negative;
 * -SHIM_NO_DESCRIPTOR if the program may have no more of them, of which the socket
 * is one, too; or -SHIM_NO_ANSWER
 */
int shim_ask_helper(const struct shim_attach *attach, struct shim_ask *ask,
		    uint64_t *len, const char **why);

/* Above every errno. */
#define SHIM_NO_ANSWER     4096
#define SHIM_NO_DESCRIPTOR 4097

#endif
