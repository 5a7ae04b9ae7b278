// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as the host of guestd's node, and as the programs that have it open:
 * calls, signals, answers that were changed or come in another order, events.
 *
 * An input is the kind of node, 0 to 6, plus 7 if memory is copied later, plus 14
 * if one part of it cannot be, plus 28 if files are of profile stream whatever the
 * node is, plus 56 if there is a memory helper, so that there are USERPTR buffers, and
 * 112 if it answers with CALLER alone, or 224 if there is memory that the host has,
 * too; and a list of steps, whose first byte is its kind:
 *
 *	OPEN, CLOSE	u8 file
 *	IOCTL	u8 file, u8 nr, u8 len, argument; pointers lead to zeroes
 *	READ, WRITE	u8 file, u16 len; from 0x8000 on with O_NONBLOCK
 *	POLL	u8 file, u16 events
 *	SIGNAL	u8 call
 *	CALLER	u8 how the oldest question about a caller is answered; and the helper
 *		does what it was asked for
 *	ANSWER	u8 which question, u8 errno, u16 offset, u8 what is added there
 *	EVENT	u8 kind, u8 session, u16 len, bytes of its body
 *	DATA	u8 mapping, u16 len, u8 generation
 *	CLOCK	u32 host's time after the question's, u32 until it answered
 *	TIME	u16 milliseconds
 *	OBJ	u8 what comes, u8 offset, u8 what is added there: memory for the
 *		next answer to MMAP; of memory that both have, u8 which page, and from
 *		128 on with a descriptor
 *	MEMO	u8 nr, u8 errno, u8 epoch, u16 offset, u8 what is added there, u8 len,
 *		argument: an answer to what may be asked; from nr 128 on, u8 classes,
 *		u8 epoch: it is taken back
 *
 * Who looks at callers is replaced by functions here, and time stands still but
 * for TIME.  What must hold: every call is answered once, at the latest when the
 * connection ends, and guestd touches nothing that is gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/log.h"
#include "common/shmem.h"
#include "common/wire.h"
#include "guestd/import.h"
#include "tests/fake_front.h"
#include "tests/fake_helper.h"
#include "tests/fuzz_host.h"
#include "tests/fuzz_programs.h"
#include "tests/simulated.h"

#define CALLERS 32

enum step {
	STEP_OPEN,
	STEP_CLOSE,
	STEP_IOCTL,
	STEP_READ,
	STEP_WRITE,
	STEP_POLL,
	STEP_SIGNAL,
	STEP_CALLER,
	STEP_ANSWER,
	STEP_EVENT,
	STEP_DATA,
	STEP_CLOCK,
	STEP_TIME,
	STEP_OBJ,
	STEP_MEMO,
	STEP_COUNT,
};

static const uint32_t nodes[] = {
	V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING,
	V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_RADIO | V4L2_CAP_TUNER | V4L2_CAP_RDS_CAPTURE |
		V4L2_CAP_READWRITE,
	V4L2_CAP_VBI_CAPTURE | V4L2_CAP_SLICED_VBI_CAPTURE |
		V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_META_OUTPUT | V4L2_CAP_STREAMING,
};
#define NODES (sizeof(nodes) / sizeof(nodes[0]))

/* Bits of the kind of node, less the node itself */
enum kind {
	KIND_LATER = 1,
	KIND_FAULT = 2,
	KIND_STREAM = 4,
	KIND_HELPER = 8,
	KIND_SILENT = 16,
	KIND_SHMEM = 32,
};

static struct front front;
static struct fake_helper helper;
static struct memory *copier; /* NULL: there is no helper */
static uint64_t now;
static struct caller_question *callers[CALLERS];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* ---- in place of guestd/caller.c ----------------------------------------- */

static void caller_asked(struct caller_question *question,
			 void (*answer)(void *data, int result), void *data)
{
	unsigned int i = 0;

	while (callers[i])
		must(++i < CALLERS);
	question->answer = answer;
	question->data = data;
	callers[i] = question;
}

void caller_stop(struct caller_question *question)
{
	unsigned int i;

	for (i = 0; i < CALLERS; i++)
		if (callers[i] == question)
			callers[i] = NULL;
}

void caller_nonblock(struct caller_question *question, struct loop *loop,
		     struct memory *memory, const struct memory_caller *caller,
		     int fallback, void (*answer)(void *data, int result),
		     void *data)
{
	(void)loop, (void)memory, (void)caller, (void)fallback;
	question->attempt = 1;
	caller_asked(question, answer, data);
}

void caller_signals(struct caller_question *question, struct loop *loop,
		    struct memory *memory, const struct memory_caller *caller,
		    void (*answer)(void *data, int result), void *data)
{
	(void)loop, (void)memory, (void)caller;
	question->attempt = 0;
	caller_stop(question);
	caller_asked(question, answer, data);
}

/* ---- in place of guestd/import.c ----------------------------------------- */

void import_queue(struct request *request,
		  void (*step)(struct request *request))
{
	unsigned int i;

	request->result = 0;
	for (i = 0; i < request->buffer->plane_count; i++) {
		int fd = memfd_create("fuzz", MFD_CLOEXEC);

		must(fd >= 0);
		must(plane_set_add(&request->planes, fd, VMS_OBJ_MEMFD,
				   &front.device->imported, IMPORT_MAX) == 0);
		queue_give(request->buffer, i, (unsigned int)fd, 4096);
	}
	if (request->payload.arg.buffer.flags & V4L2_BUF_FLAG_KEYFRAME) {
		queue_refuse_import(request->buffer,
				    &request->payload.arg.buffer);
		request->result = -EINVAL;
	}
	step(request);
}

static void answer_caller(unsigned int i, int result)
{
	struct caller_question *question = callers[i];

	/* A signal is looked for again and again. */
	if (question->attempt)
		callers[i] = NULL;
	question->answer(question->data, result);
}

static void step_caller(int result)
{
	unsigned int i = 0;

	while (i < CALLERS && !callers[i])
		i++;
	if (i < CALLERS)
		answer_caller(i, result);
}

static void helper_answers(void)
{
	bool silent = helper.silent;

	if (!copier)
		return;
	helper.silent = false;
	fake_helper_answer(&helper);
	helper.silent = silent;
}

static void run(unsigned int rounds)
{
	while (rounds--) {
		must(loop_run_once(front.loop, 0) >= 0);
		fuzz_host_take();
	}
}

/* ---- the whole ------------------------------------------------------------------ */

static void step(struct wire_reader *input)
{
	switch ((enum step)(wire_get_u8(input) % STEP_COUNT)) {
	case STEP_OPEN:
		fuzz_programs_open(input);
		break;
	case STEP_CLOSE:
		fuzz_programs_close(input);
		break;
	case STEP_IOCTL:
		fuzz_programs_ioctl(input);
		break;
	case STEP_READ:
		fuzz_programs_read(input);
		break;
	case STEP_WRITE:
		fuzz_programs_write(input);
		break;
	case STEP_POLL:
		fuzz_programs_poll(input);
		break;
	case STEP_SIGNAL:
		fuzz_programs_signal(input);
		break;
	case STEP_CALLER:
		step_caller(wire_get_u8(input) % 3);
		helper_answers();
		break;
	case STEP_ANSWER:
		fuzz_host_answer(input);
		break;
	case STEP_EVENT:
		fuzz_host_event(input);
		break;
	case STEP_DATA:
		fuzz_host_data(input);
		break;
	case STEP_CLOCK:
		fuzz_host_clock(input);
		break;
	case STEP_TIME:
		now += wire_get_u16(input) * LOOP_MS;
		break;
	case STEP_OBJ:
		fuzz_host_obj(input);
		return;
	case STEP_MEMO:
		fuzz_host_memo(input);
		break;
	case STEP_COUNT:
		break;
	}
	run(3);
}

static void is_up(void *owner, const struct vms_hello_ack *ack)
{
	(void)owner;
	(void)ack;
}

static void is_over(void *owner, const char *why)
{
	(void)owner;
	(void)why;
}

static void helper_lost(void *owner)
{
	(void)owner;
	must(false);
}

static void begin_helper(unsigned int kind)
{
	int fd;

	copier = NULL;
	if (!(kind & KIND_HELPER))
		return;
	fd = fake_helper_start(&helper, front.loop);
	must(!memory_create(front.loop, fd, helper_lost, NULL, &copier));
	helper.silent = kind & KIND_SILENT;
	if (kind & KIND_FAULT)
		helper.fault = fuzz_programs_frames();
}

static void finish_helper(void)
{
	if (!copier)
		return;
	memory_destroy(copier);
	fake_helper_finish(&helper);
}

static void begin(unsigned int kind)
{
	static const struct guest_device_ops ops = {
		.up = is_up,
		.fatal = is_over,
	};
	static struct guest_device_config config = {
		.link.address.kind = TRANSPORT_FD,
		.link.import = true,
	};
	static uint8_t bytes[SHMEM_LEN_MIN] __attribute__((aligned(8)));
	static const struct shmem shmem = { bytes, sizeof(bytes) };
	unsigned int bits = kind / NODES;

	memset(callers, 0, sizeof(callers));
	memset(&front, 0, sizeof(front));
	fuzz_programs_begin(&front);
	now = 1000 * LOOP_MS;
	front.memory = bits & KIND_LATER ? FRONT_LATER : FRONT_NOW;
	front.fault = bits & KIND_FAULT ? fuzz_programs_memory() : 0;
	front.choice = bits & KIND_STREAM ? PROFILE_CHOICE_STREAM
					  : PROFILE_CHOICE_AUTO;
	must(loop_create(&front.loop) == 0);
	simulated_time_stands(front.loop, &now);
	begin_helper(bits);
	config.userptr = copier;
	config.link.shmem = bits & KIND_SHMEM ? &shmem : NULL;
	must(guest_device_attach(
		     front.loop,
		     fuzz_host_begin(nodes[kind % NODES], bits & KIND_SHMEM),
		     copier, &config, &ops, NULL, &front.device) == 0);
	run(6);
	must(front.device->ready);
}

/* The host goes, and then the programs do. */
static void finish(void)
{
	unsigned int i;

	fuzz_host_end();
	helper.silent = false;
	helper_answers();
	for (i = 0; i < CALLERS; i++)
		if (callers[i] && callers[i]->attempt)
			answer_caller(i, 0);
	for (i = 0; i < 8; i++)
		must(loop_run_once(front.loop, 0) >= 0);
	fuzz_programs_end();
	must(!front.device->members && !front.device->window.count);
	must(!front.device->imported);
	guest_device_destroy(front.device);
	finish_helper();
	loop_destroy(front.loop);
}

static void no_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reader input;

	log_set_sink(no_log);
	wire_reader_init(&input, data, size);
	begin(wire_get_u8(&input));
	while (input.left && !input.failed)
		step(&input);
	finish();
	return 0;
}
