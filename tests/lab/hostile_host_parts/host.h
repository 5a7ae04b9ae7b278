/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of hostile_host share: a host that answers well until an attack
 * begins, the guestd that has connected to it, and an application of its node.
 *
 *	hostile_host.c	the catalogue
 *	host.c		what a host says
 *	app.c		what an application does, and what it gets
 *	hello.c		HELLO_ACK, GOAWAY, times, frames
 *	answers.c	RESP: to nobody, of another length, status or content
 *	events.c	buffers that are finished, and are not
 *	memory.c	addresses, contents and memory
 *	listen.c	guestd
 *	waits.c		too slow, too little, away
 */
#ifndef TESTS_LAB_HOSTILE_HOST_PARTS_HOST_H
#define TESTS_LAB_HOSTILE_HOST_PARTS_HOST_H

#include "common/wire.h"
#include "tests/lab/hostile_parts/attack.h"
#include "tests/lab/hostile_parts/peer.h"

#define CAPTURE      V4L2_BUF_TYPE_VIDEO_CAPTURE
#define HOST_WIDTH   64
#define HOST_HEIGHT  48
#define HOST_LEN     (HOST_WIDTH * HOST_HEIGHT * 2) /* of a frame */
#define HOST_PLANE   8192                           /* of a buffer */
#define HOST_BUFFERS 3
#define HOST_ENDED   "ended: protocol error"

struct host;

/**
 * struct answer - A RESP before it is sent
 * @cmd, @code: What was asked, VIRTIO_MEDIA_CMD_* and the number of the ioctl
 * @bytes:	@len of them; the argument is at @bytes + 8
 * @withheld:	It is not sent
 */
struct answer {
	uint32_t tag;
	uint32_t cmd;
	uint32_t code;
	uint32_t session;
	uint8_t bytes[4096];
	size_t len;
	bool withheld;
};

/**
 * struct host - A connection of guestd's
 * @lie:	May change an answer; NULL: honest
 * @sessions:	That were opened
 * @addrs:	That MMAP gave; @mapped of them
 * @queued:	How often QBUF came
 * @streams:	STREAMON came
 * @withheld:	How many answers were
 */
struct host {
	struct peer peer;
	void (*lie)(struct host *host, struct answer *answer);
	uint32_t sessions;
	uint64_t addrs[64];
	unsigned int mapped;
	unsigned int queued;
	bool streams;
	unsigned int withheld;
};

/** host_ack() - A HELLO_ACK that guestd likes, without memory going either way */
struct vms_hello_ack host_ack(void);

/** host_accept() - guestd connects, and has said HELLO */
void host_accept(struct host *host);

/** host_send_ack() - Answer it; @extra bytes of 0 behind it */
void host_send_ack(struct host *host, const struct vms_hello_ack *ack,
		   size_t extra);

/** host_start() - Both, honestly */
void host_start(struct host *host);

/** host_start_sharing() - The same, and memory may come */
void host_start_sharing(struct host *host);

/** host_serve() - Answer for @ms.  Return: whether it is still there */
bool host_serve(struct host *host, long ms);

/** host_serve_until() - Answer until @done says so; at most 10 s */
bool host_serve_until(struct host *host, bool (*done)(struct host *host));

/** host_withholds() - For host_serve_until(): a question is left without an answer */
bool host_withholds(struct host *host);

/** host_resp() - A RESP of the host's own accord */
bool host_resp(struct host *host, uint32_t tag, const void *bytes, size_t len);

/** host_frame() - Any frame */
bool host_frame(struct host *host, uint16_t type, uint32_t tag,
		const void *bytes, size_t len);

/** host_buffer() - The event of a buffer that is finished; @change is it */
struct virtio_media_event_dqbuf host_buffer(const struct host *host,
					    uint32_t index);
bool host_send_buffer(struct host *host,
		      const struct virtio_media_event_dqbuf *event);

/** host_data() - Contents */
bool host_data(struct host *host, uint64_t addr, uint32_t generation,
	       size_t len);

/** host_object() - OBJ with descriptors */
bool host_object(struct host *host, uint64_t addr, uint64_t len, uint32_t kind,
		 const int *fds, size_t count);

/** host_end() - Read until guestd leaves, at most 8 s, and close; as peer_end() */
const char *host_end(struct host *host);

/** answer_is() - To this ioctl? */
bool answer_is(const struct answer *answer, uint32_t cmd);

/** answer_argument() - What is behind the status */
void *answer_argument(struct answer *answer);

/* ---- app.c ---------------------------------------------------------------------------- */

#define APP_PAYLOAD                                                            \
	(V4L2_CID_USER_BASE | 0x1234) /* a control that it asks for */

#define APP_NAME_LEN 32 /* of formats, inputs and controls */

/* What an application does, until something fails */
enum app_end {
	APP_FORMAT, /* QUERYCAP, G_FMT */
	APP_NAMES,  /* ENUM_FMT, ENUMINPUT, QUERYCTRL: one at least there is */
	APP_CONTROLS, /* G_EXT_CTRLS of a control with payload */
	APP_REQBUFS,  /* REQBUFS, QUERYBUF */
	APP_DEQUEUE,  /* QBUF of all, STREAMON, DQBUF of one */
	APP_TWICE,    /* and of another one */
};

/** app_open() - Open guestd's node, when guestd is connected */
int app_open(void);

/** app_start() - One that opens guestd's node and goes so far */
void app_start(enum app_end end);

/** app_runs() - Has it not ended? */
bool app_runs(void);

/** app_text() - What it got: "NAME: errno" of what failed, "done", "runs" */
const char *app_text(void);

/** app_finish() - Serve the host until it has ended, at most 10 s; its text */
const char *app_finish(struct host *host);

/** app_result() - The same, then the host leaves */
const char *app_result(struct host *host);

/** app_result_true() - The same, of who is told first that buffer 0 is finished */
const char *app_result_true(struct host *host);

/** app_kill() - Kill it.  Return: ms until it was gone, or -1 after 3 s */
long app_kill(void);

/** app_run() - All of it: a host that lies so, and what the application got */
const char *app_run(void (*lie)(struct host *host, struct answer *answer),
		    enum app_end end);

extern unsigned int app_lie; /* Which one is told, for app_each() */

/**
 * app_each() - app_run() of a host that lies in @count ways, app_lie says which
 * @want:	What each application's text must begin with
 *
 * Return: the last one's and @count, or the first that is another
 */
const char *app_each(void (*lie)(struct host *host, struct answer *answer),
		     unsigned int count, enum app_end end, const char *want);

/** app_streaming() - Of a host that has started: until it waits for a buffer */
bool app_streaming(struct host *host, enum app_end end);

/* ---- the attacks -------------------------------------------------------------------- */

/* hello.c */
const char *hello_fields(void);
const char *hello_features(void);
const char *hello_lists(void);
const char *hello_another(void);
const char *hello_versions(void);
const char *hello_strings(void);
const char *hello_goaways(void);
const char *hello_frames(void);
const char *hello_headers(void);
const char *hello_clock(void);
const char *hello_descriptors(void);

/* answers.c */
const char *answers_to_nobody(void);
const char *answers_twice(void);
const char *answers_of_io(void);
const char *answers_status(void);
const char *answers_lengths(void);
const char *answers_count(void);
const char *answers_buffer(void);
const char *answers_identity(void);
const char *answers_controls(void);
const char *answers_names(void);
const char *answers_open(void);
const char *answers_late(void);

/* events.c */
const char *events_unknown_buffers(void);
const char *events_twice(void);
const char *events_lengths(void);
const char *events_other_sessions(void);
const char *events_lengths_of_frames(void);
const char *events_unsubscribed(void);
const char *events_error(void);
const char *events_flood(void);

/* memory.c */
const char *memory_addresses(void);
const char *memory_overlapping(void);
const char *memory_lengths(void);
const char *memory_elsewhere(void);
const char *memory_finished(void);
const char *memory_unasked(void);
const char *memory_kinds(void);
const char *memory_short(void);
const char *memory_huge(void);
const char *memory_many(void);
const char *memory_node(void);
const char *memory_node_alone(void);
const char *memory_dead_fuse(void);

/* waits.c */
const char *waits_silent(void);
const char *waits_open(void);
const char *waits_slow_ack(void);
const char *waits_unread(void);
const char *waits_away(void);

#endif
