/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of what a guest is told before it asks: memo.c knows when it is over,
 * memo_job.c asks and tells.
 */
#ifndef HOSTD_MEMO_PARTS_H
#define HOSTD_MEMO_PARTS_H

#include "hostd/memo.h"

/**
 * struct memo_told - What the guest has been told of a class, in this epoch
 * @hash:	Of what was asked in one go
 * @count, @content: Of everything, as in struct memo_answers
 * @paid_ns:	Until when it was asked for often enough, by loop_now(); not of the epoch
 */
struct memo_told {
	uint32_t epoch;
	uint64_t paid_ns;
	uint64_t hash;
	unsigned int count;
	size_t content;
};

/**
 * struct host_memo - Of a connection
 * @epoch:	The last one that was begun, of any class
 * @told:	Classes that were told in their epoch, bits as in the following
 * @walking:	That somebody is asking
 * @checked_ns:	Until when what was told was asked again often enough
 * @monitor:	Hears of controls, through @watch; NULL: there is none
 * @deaf:	There can be none, as long as there are files
 * @files:	Of sessions
 */
struct host_memo {
	struct host_memo_config config;
	uint32_t epoch;
	struct memo_told classes[VMS_MEMO_CLASSES];
	uint32_t told;
	uint32_t walking;
	uint64_t checked_ns;
	struct device_file *monitor;
	struct loop_watch *watch;
	bool deaf;
	unsigned int files;
};

/**
 * struct memo_job - Of a command, from its begin to its answer
 * @classes:	To be asked
 * @checks:	Only to be compared with what was told
 * @listens:	A monitor is needed first; it is @monitor then
 * @ran:	memo_job_run() was called
 * @answers:	One for each class, with the epoch in which the job was begun
 * @asked:	Classes of which that is all
 * @class:	Of the question itself, whose key is @key
 */
struct memo_job {
	struct host_memo *memo;
	uint32_t classes;
	bool checks;
	bool listens;
	bool ran;
	struct device_file *monitor;
	struct memo_answers answers[VMS_MEMO_CLASSES];
	uint32_t asked;
	uint32_t class;
	size_t key_len;
	uint8_t key[MEMO_KEY_MAX];
};

/**
 * memo_take_over_monitor() - The monitor that @job has opened is the memo's
 *
 * Two sessions may have opened one each; the first is heard.
 */
void memo_take_over_monitor(struct host_memo *memo, struct memo_job *job);

#endif
