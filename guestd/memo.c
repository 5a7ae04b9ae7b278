// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers of the host to what nobody has asked yet: a hash table by question.
 */
#include "guestd/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEMO_BUCKETS 1024u /* a power of two */

/**
 * struct memo_answer - One that is remembered
 * @next:	In its bucket
 * @bytes:	Key, then value
 */
struct memo_answer {
	struct memo_answer *next;
	unsigned int class;
	size_t key_len;
	size_t value_len;
	uint8_t bytes[];
};

/**
 * struct memo_class - What there is of a class
 * @spoiling:	Calls of ours under way that may change it
 */
struct memo_class {
	uint32_t epoch;
	unsigned int spoiling;
	size_t count;
	size_t bytes;
};

struct memo {
	struct memo_class classes[VMS_MEMO_CLASSES];
	struct memo_answer *buckets[MEMO_BUCKETS];
};

/* A host that wants them all in one bucket has a slow guest, no more. */
static unsigned int bucket_of(const void *key, size_t len)
{
	return memo_hash(MEMO_HASH, key, len) & (MEMO_BUCKETS - 1);
}

static struct memo_answer **find(struct memo_answer **at, const void *key,
				 size_t len)
{
	while (*at &&
	       ((*at)->key_len != len || memcmp((*at)->bytes, key, len) != 0))
		at = &(*at)->next;
	return at;
}

static void forget_one(struct memo *memo, struct memo_answer **at)
{
	struct memo_answer *answer = *at;
	struct memo_class *class = &memo->classes[answer->class];

	*at = answer->next;
	class->count--;
	class->bytes -= answer->key_len + answer->value_len;
	free(answer);
}

void memo_forget(struct memo *memo, uint32_t classes)
{
	struct memo_answer **at;
	unsigned int i;
	size_t count = 0;

	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		if (classes & 1u << i)
			count += memo->classes[i].count;
	for (i = 0; count && i < MEMO_BUCKETS; i++) {
		at = &memo->buckets[i];
		while (*at) {
			if (classes & 1u << (*at)->class)
				forget_one(memo, at);
			else
				at = &(*at)->next;
		}
	}
}

int memo_create(struct memo **out)
{
	struct memo *memo = calloc(1, sizeof(*memo));

	if (!memo)
		return -ENOMEM;
	*out = memo;
	return 0;
}

void memo_destroy(struct memo *memo)
{
	if (!memo)
		return;
	memo_forget(memo, VMS_MEMO_ALL);
	free(memo);
}

static struct memo_answer *new_answer(const struct memo_entry *entry)
{
	struct memo_answer *answer =
		malloc(sizeof(*answer) + entry->key_len + entry->value_len);

	if (!answer)
		return NULL;
	answer->class = memo_class_index(entry->class);
	answer->key_len = entry->key_len;
	answer->value_len = entry->value_len;
	memcpy(answer->bytes, entry->key, entry->key_len);
	memcpy(answer->bytes + entry->key_len, entry->value, entry->value_len);
	return answer;
}

static bool has_room(const struct memo_class *class,
		     const struct memo_entry *entry)
{
	return class->count < VMS_MEMO_ENTRIES_MAX &&
	       class->bytes + entry->key_len + entry->value_len <=
		       VMS_MEMO_BYTES_MAX;
}

bool memo_learn(struct memo *memo, const struct memo_entry *entry)
{
	struct memo_class *class =
		&memo->classes[memo_class_index(entry->class)];
	struct memo_answer **at =
		&memo->buckets[bucket_of(entry->key, entry->key_len)];
	struct memo_answer *answer;

	if (entry->epoch != class->epoch || class->spoiling)
		return false;
	at = find(at, entry->key, entry->key_len);
	if (*at)
		forget_one(memo, at);
	answer = has_room(class, entry) ? new_answer(entry) : NULL;
	if (!answer)
		return false;
	answer->next = *at;
	*at = answer;
	class->count++;
	class->bytes += entry->key_len + entry->value_len;
	return true;
}

bool memo_holds(const struct memo *memo, uint32_t class)
{
	return memo->classes[memo_class_index(class)].count;
}

size_t memo_find(const struct memo *memo, const void *key, size_t key_len,
		 const void **value)
{
	struct memo_answer *bucket = memo->buckets[bucket_of(key, key_len)];
	const struct memo_answer *answer = *find(&bucket, key, key_len);

	if (!answer)
		return 0;
	*value = answer->bytes + answer->key_len;
	return answer->value_len;
}

void memo_expire(struct memo *memo, const struct vms_memo_inval *inval)
{
	unsigned int i;

	memo_forget(memo, inval->classes);
	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		if (inval->classes & 1u << i)
			memo->classes[i].epoch = inval->epoch;
}

static void count_spoiling(struct memo *memo, uint32_t classes, int by)
{
	unsigned int i;

	for (i = 0; i < VMS_MEMO_CLASSES; i++)
		if (classes & 1u << i)
			memo->classes[i].spoiling += (unsigned int)by;
}

void memo_spoil(struct memo *memo, uint32_t classes)
{
	memo_forget(memo, classes);
	count_spoiling(memo, classes, 1);
}

void memo_spoilt(struct memo *memo, uint32_t classes)
{
	count_spoiling(memo, classes, -1);
}
