/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walking the table of ioctls through both daemons, each byte with a value of its
 * own.
 *
 * For each case the application's argument, and what it points to, is filled with
 * bytes that tell one place from another (walk_byte()).  The device writes down
 * what came and answers with other bytes.  What is not the same at the other end
 * must be in a list of fields that we set ourselves (walk_fields.c), where each
 * has a rule, a reason, and a case that needs it.
 *
 *	walk_connect() for each layout
 *	walk_case() for each: once it succeeds, then with errors
 *	walk_finish()	was every field needed?
 */
#ifndef TESTS_WALK_H
#define TESTS_WALK_H

#include "tests/streamer.h"

#define WALK_NESTED_MAX  (256 * 128) /* of EDID blocks; controls are 20480 */
#define WALK_LENGTH      4096        /* of a plane */
#define WALK_PAYLOAD_MAX (64 * 1024) /* of all controls */

/** enum walk_outcome - Who answers */
enum walk_outcome {
	WALK_DEVICE,  /* the device */
	WALK_TOLD,    /* guestd, with what the host has told it before */
	WALK_REFUSED, /* one of us, with walk_case.error */
};

/** enum walk_way - From the application to the device, or from there */
enum walk_way { WALK_THERE, WALK_BACK };

/** enum walk_rule - What a field is instead of what was sent */
enum walk_rule {
	WALK_ZERO,    /* 0 */
	WALK_ASKED,   /* BACK: what the application has */
	WALK_ADDRESS, /* THERE: an address, and not the application's */
	WALK_BITS,    /* others of walk_field.bits; the rest is as sent */
	WALK_VALUE,   /* walk_field.bits */
	WALK_OWN,     /* guestd's own account; tests of that look at it */
};

/**
 * struct walk_field - A field that we set
 * @type:	Structure
 * @name:	Of the field, @offset and @len in the structure
 * @tag:	Only in cases, or for controls and planes, that have this word among
 *		theirs, or all of several with '+' between them; "compat" and
 *		"native" are 32-bit programs and others; NULL: in all
 * @bits:	WALK_BITS, WALK_VALUE
 * @why:	The reason
 */
struct walk_field {
	const char *type;
	const char *name;
	size_t offset;
	size_t len;
	enum walk_way way;
	enum walk_rule rule;
	uint32_t bits;
	const char *tag;
	const char *why;
};

extern const struct walk_field walk_fields[];
extern const size_t walk_field_count;

/**
 * struct walk_case - One call
 * @type:	Structure of the argument; NULL: a number, or nothing
 * @tag:	Words that say which fields are set
 * @error:	WALK_REFUSED: a negative errno
 * @number:	For the functions: type of buffer, number of controls, ...
 * @planes:	Of multi-planar buffers; 0: 3
 * @before:	What must be before it
 * @ask:	Puts into the argument what it needs to be carried at all
 * @device:	What the device does by itself, before it answers
 * @answer:	Puts into the answer what it needs to be carried at all
 */
struct walk_case {
	uint32_t cmd;
	const char *type;
	const char *tag;
	enum walk_outcome outcome;
	int error;
	uint32_t number;
	unsigned int planes;
	void (*before)(void);
	void (*ask)(union payload_arg *arg);
	int (*device)(void *arg);
	void (*answer)(union payload_arg *arg);
};

extern const struct walk_case walk_cases[];
extern const size_t walk_case_count;

/** struct walk_layout - How the application's structures are laid out */
struct walk_layout {
	const char *name;
	bool compat;
	bool time64;
};

#define WALK_LAYOUTS 3
extern const struct walk_layout walk_layouts[WALK_LAYOUTS];

/** struct walk_bytes - An argument and what it points to, at one of the ends */
struct walk_bytes {
	union payload_arg arg;
	uint8_t nested[WALK_NESTED_MAX];
	uint8_t payload[WALK_PAYLOAD_MAX];
};

/**
 * struct walk - Where it is; there is one
 * @layout:	Which program it is
 * @now:	The case
 * @seed:	Of its bytes
 * @error:	What the device returns now
 * @calls:	How often it came to the device
 * @file:	The application's
 * @mine:	The application's memory, in which the answer is afterwards
 * @nested_at, @payload_at: Where it has the array and what is behind that
 * @arg32:	Its argument, if that is laid out in another way, and @behind32:
 *		what is behind that
 * @asked:	What was in it before
 * @came:	What the device got
 * @answer:	What the device answered
 * @nested_len:	Bytes of the array
 * @payload_len: Bytes of all controls
 * @capability:	What the device is, told at HELLO
 * @used:	walk_fields[] that were needed
 */
struct walk {
	const struct walk_layout *layout;
	const struct walk_case *now;
	unsigned int seed;
	int error;
	unsigned int calls;
	struct front_file file;
	struct walk_bytes mine;
	uint8_t *nested_at;
	uint8_t *payload_at;
	uint8_t arg32[sizeof(union payload_arg)];
	uint8_t behind32[sizeof(union payload_arg)];
	struct walk_bytes asked;
	struct walk_bytes came;
	struct walk_bytes answer;
	size_t nested_len;
	size_t payload_len;
	struct v4l2_capability capability;
	bool used[128];
};

extern struct walk walk;

/** walk_fill() - Bytes that tell one place from another, never 0 */
void walk_fill(void *bytes, size_t len, unsigned int seed);

/** walk_connect() - Make both ends, for a device that tells distinct bytes */
void walk_connect(const struct walk_layout *layout);

/** walk_case() - Make the call, and fail unless everything is as it must be */
void walk_case(const struct walk_case *test);

/** walk_known() - Is there a case for this ioctl? */
bool walk_known(uint32_t cmd);

/** walk_finish() - Fail if there is a field that no case has needed */
void walk_finish(void);

/**
 * walk_answer() - The device's answer, for DQBUF and DQEVENT
 *
 * As the ioctl of a WALK_DEVICE, which it is otherwise.  In the device's thread.
 */
int walk_answer(void *arg);

/* ---- walk_compare.c ------------------------------------------------------- */

/** walk_compare_there() - What came is what was asked, but for fields of ours */
void walk_compare_there(void);

/** walk_compare_back() - The application has what was answered, if it may */
void walk_compare_back(bool carried);

/* ---- walk_32.c ------------------------------------------------------------ */

/** walk_cmd() - The number that the program has for the ioctl */
uint32_t walk_cmd(void);

/** walk_low() - Say where the program has its memory */
void walk_low(void);

/** walk_to_program() - Lay out what it asks as it has it */
void walk_to_program(void);

/** walk_from_program() - And what it got as a 64-bit program would have it */
void walk_from_program(void);

/* ---- walk_buffers.c ------------------------------------------------------- */

/** walk_planes() - Planes that buffers have; what is behind is "beyond" */
unsigned int walk_planes(void);

void walk_before_buffers(void);
void walk_before_dqbuf(void);
void walk_before_query(void);
void walk_ask_reqbufs(union payload_arg *arg);
void walk_ask_create(union payload_arg *arg);
void walk_ask_buffer(union payload_arg *arg);
void walk_ask_foreign(union payload_arg *arg);
void walk_ask_userptr(union payload_arg *arg);
int walk_device_reqbufs(void *arg);
int walk_device_create(void *arg);
int walk_device_qbuf(void *arg);
void walk_answer_reqbufs(union payload_arg *arg);
void walk_answer_create(union payload_arg *arg);
void walk_answer_buffer(union payload_arg *arg);
void walk_answer_mmap(union payload_arg *arg);
void walk_answer_query(union payload_arg *arg);

/* ---- walk_controls.c ------------------------------------------------------ */

void walk_before_controls(void);
void walk_ask_controls(union payload_arg *arg);
void walk_answer_controls(union payload_arg *arg);
void walk_ask_edid(union payload_arg *arg);
void walk_answer_edid(union payload_arg *arg);

/** walk_control_tag() - What control number @index is: for walk_field.tag */
const char *walk_control_tag(unsigned int index);

/** walk_control_payload() - Its bytes; 0: it is a number */
size_t walk_control_payload(unsigned int index);

#endif
