/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers of the host to what nobody has asked yet.
 *
 * An answer is right for as long as nothing has happened that may change it.  The
 * host says when something has, by a new epoch of a class; what this guest itself
 * sends it knows, and forgets at once.
 */
#ifndef GUESTD_MEMO_H
#define GUESTD_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/memo_wire.h"

struct memo;

/**
 * memo_create() - Nothing is remembered, and all epochs are 0
 *
 * Return: 0 or -ENOMEM
 */
int memo_create(struct memo **out);

/** memo_destroy() - Forget everything; NULL is fine */
void memo_destroy(struct memo *memo);

/**
 * memo_learn() - Remember an answer, in place of an older one to the same
 * @entry:	From memo_get(); copied
 *
 * Not if it is of another epoch than its class has, if memo_spoil() has not ended,
 * or if there is no room (VMS_MEMO_ENTRIES_MAX, VMS_MEMO_BYTES_MAX).
 *
 * Return: whether it is remembered
 */
bool memo_learn(struct memo *memo, const struct memo_entry *entry);

/** memo_holds() - Is anything of this class remembered? */
bool memo_holds(const struct memo *memo, uint32_t class);

/**
 * memo_find() - What the host has said
 * @key:	From memo_key()
 * @value:	Set to where the answer is, until the memo is changed
 *
 * Return: its length, 0: nothing is remembered
 */
size_t memo_find(const struct memo *memo, const void *key, size_t key_len,
		 const void **value);

/**
 * memo_forget() - Answers of these classes are not right any more
 *
 * What is learnt of them after this is, if it is of the epoch that they have.
 */
void memo_forget(struct memo *memo, uint32_t classes);

/** memo_expire() - The host has taken something back */
void memo_expire(struct memo *memo, const struct vms_memo_inval *inval);

/**
 * memo_spoil() - Something is on its way that may change answers of these classes
 *
 * They are forgotten, and nothing is learnt of them until memo_spoilt().
 */
void memo_spoil(struct memo *memo, uint32_t classes);

/** memo_spoilt() - It is over: the end of one memo_spoil() */
void memo_spoilt(struct memo *memo, uint32_t classes);

#endif
