/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One ioctl's argument with everything it points to, in private memory.
 *
 * guestd fills it from an application, step by step, because each step tells
 * where the next one is (argument, array, which controls carry payload, that
 * payload), and whoever fetches the bytes may need to wait:
 *
 *	payload_init()
 *	while payload_next() wants something: fetch it, or payload_control()
 *	payload_put_request()  ...wire...  payload_get_response()
 *	payload_results(): what to write back to the application
 *
 * hostd:	payload_get_request(), run it, payload_put_response()
 *
 * Pointers never travel: guestd writes zeroes, and the application gets its own
 * values back.  hostd ignores what is there and returns it (virtio 1.4).
 */
#ifndef COMMON_PAYLOAD_H
#define COMMON_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ioctl_table.h"
#include "common/protocol.h"
#include "common/wire.h"

/** union payload_arg - Aligned storage for any argument */
union payload_arg {
	uint8_t bytes[IOCTL_ARG_MAX];
	uint32_t u32;
	struct v4l2_buffer buffer;
	struct v4l2_capability capability;
	struct v4l2_create_buffers create;
	struct v4l2_edid edid;
	struct v4l2_enc_idx enc_idx;
	struct v4l2_event event;
	struct v4l2_event_subscription subscription;
	struct v4l2_ext_controls controls;
	struct v4l2_fmtdesc fmtdesc;
	struct v4l2_format format;
	struct v4l2_framebuffer framebuffer;
	struct v4l2_query_ext_ctrl query_ext_ctrl;
	struct v4l2_remove_buffers remove;
	struct v4l2_requestbuffers reqbufs;
	struct v4l2_streamparm parm;
};

/**
 * struct payload_extent - Bytes of the application and their private copy
 * @addr:	Address in the application
 * @bytes:	Copy, inside the payload
 * @len:	Bytes of both
 * @control:	Index of the control that it is payload of; else 0
 */
struct payload_extent {
	uint64_t addr;
	void *bytes;
	size_t len;
	unsigned int control;
};

/**
 * struct payload_blob - Payload of one extended control
 * @control:	Index in the array
 * @len:	Bytes on the wire: `size` of the control there
 * @own:	Of these, how many are the application's; the rest is zero
 * @offset:	Of the first byte in blob_bytes
 * @addr:	Address in the application; on the host what the request had
 * @wire_addr:	Address in its SG entry, made up by guestd
 * @text:	Guest: a string control
 */
struct payload_blob {
	unsigned int control;
	uint32_t len;
	uint32_t own;
	uint32_t offset;
	uint64_t addr;
	uint64_t wire_addr;
	bool text;
};

/** struct payload_saved - What the application had in a control */
struct payload_saved {
	uint32_t id;
	uint32_t size;
	uint64_t ptr;
};

/**
 * struct payload - An argument and its nested data
 * @desc:	Which ioctl
 * @nested:	Array behind it (planes, controls, EDID blocks), malloc()ed
 * @nested_len:	Its bytes
 * @nested_addr: Where it was in the application; on the host what the request
 *		had in its place
 * @blobs:	Control payloads, in order
 * @blob_count:	Their number
 * @blob_bytes:	Their bytes, one after the other
 * @blob_len:	Sum of their lengths
 * @saved:	Guest: what each control looked like before
 * @unfetched:	Guest: payload of controls was not there, and is zero
 * @status:	Guest: of the response
 * @step, @at, @extents: progress of payload_next()
 * @arg:	The argument; its pointers are not valid, and nothing is known of
 *		the bytes behind ioctl_size().  Last, since it is as long as all
 *		else many times over, and an ioctl rarely has much of it
 */
struct payload {
	const struct ioctl_desc *desc;
	uint8_t *nested;
	size_t nested_len;
	uint64_t nested_addr;
	struct payload_blob *blobs;
	unsigned int blob_count;
	uint8_t *blob_bytes;
	size_t blob_len;
	struct payload_saved *saved;
	bool unfetched;
	uint32_t status;
	int step;
	unsigned int at;
	struct payload_extent *extents;
	union payload_arg arg;
};

/**
 * payload_init() - Begin with an argument
 * @arg:	ioctl_size() bytes, or NULL for zeroes (the device does not
 *		read it)
 *
 * Nothing is allocated; payload_finish() is harmless afterwards.
 */
void payload_init(struct payload *payload, const struct ioctl_desc *desc,
		  const void *arg);

/**
 * payload_finish() - Free what hangs on it; nothing does where @desc is NULL, as after it
 */
void payload_finish(struct payload *payload);

/** payload_is_overlay() - Has a format of this type a window? */
static inline bool payload_is_overlay(uint32_t type)
{
	return type == V4L2_BUF_TYPE_VIDEO_OVERLAY ||
	       type == V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY;
}

/** payload_planes() - The nested planes; NULL if there are none */
struct v4l2_plane *payload_planes(struct payload *payload);

/** payload_plane_count() - Planes behind a multi-planar buffer, else 0 */
unsigned int payload_plane_count(const struct payload *payload);

/**
 * payload_nested() - What an argument points to
 * @addr:	Set to its address, 0 if it points to nothing
 * @len:	Set to its bytes; 0 if there are none
 *
 * Only the array; what its controls point to depends on the controls.
 *
 * Return: 0, or -EINVAL for more planes, controls, EDID blocks or clips (which are
 * counted, although they do not travel) than v4l2-ioctl.c check_array_args() allows
 */
int payload_nested(const struct ioctl_desc *desc, const union payload_arg *arg,
		   uint64_t *addr, size_t *len);

enum payload_need_kind {
	PAYLOAD_COMPLETE, /* nothing more */
	PAYLOAD_BYTES,    /* fill the extents from the application */
	PAYLOAD_CONTROL,  /* say what control @control is: payload_control() */
};

/**
 * struct payload_need - What payload_next() wants
 * @extents:	PAYLOAD_BYTES; they belong to the payload and stay until the
 *		next payload_ call
 * @count:	PAYLOAD_BYTES
 * @control:	PAYLOAD_CONTROL: control id
 * @size:	PAYLOAD_CONTROL: bytes that the application has for it
 */
struct payload_need {
	enum payload_need_kind kind;
	const struct payload_extent *extents;
	unsigned int count;
	uint32_t control;
	uint32_t size;
};

/**
 * payload_next() - The next step of filling it from an application
 *
 * Every PAYLOAD_BYTES must have been filled, every PAYLOAD_CONTROL answered,
 * before it is called again.
 *
 * A control is asked about only if its size is not 0: without one, V4L2 reads
 * and writes no payload.
 *
 * Return: 0 with @need set; -EINVAL as payload_nested(), -ENOMEM if the request
 * would be over VMS_MAX_CTRL or there is no memory
 */
int payload_next(struct payload *payload, struct payload_need *need);

/**
 * payload_control() - Answer PAYLOAD_CONTROL
 * @info:	QUERY_EXT_CTRL of that control; NULL: there is no such control
 *
 * `size` counts only where V4L2_CTRL_FLAG_HAS_PAYLOAD is set, as in
 * v4l2-ctrls; elsewhere it travels as 0 and comes back as it was.  More than
 * the control can have (elems or the product of dims, times elem_size) is cut:
 * a string to just that, everything else to one element more, because there the
 * kernel tells "too much" from "enough" (ENOSPC, v4l2-ctrls-api.c
 * prepare_ext_ctrls()).  The bytes beyond what the control can have are zero.
 */
void payload_control(struct payload *payload,
		     const struct v4l2_query_ext_ctrl *info);

/**
 * payload_control_max() - Bytes a control can have, at most UINT32_MAX
 *
 * Return: 0 if the host does not say
 */
uint64_t payload_control_max(const struct v4l2_query_ext_ctrl *info);

/**
 * payload_control_extents() - The extents that payload_next() asked for last, if
 * they are payload of controls
 * @count:	Set to their number
 *
 * Return: NULL if they are something else
 */
const struct payload_extent *
payload_control_extents(const struct payload *payload, unsigned int *count);

/**
 * payload_unfetched() - They cannot be fetched, but go on
 *
 * For G_EXT_CTRLS, which does not read them: only what the driver has written
 * goes back then, and nothing if it has not (v4l2-ctrls-api.c ptr_to_user()).
 */
void payload_unfetched(struct payload *payload);

/**
 * payload_results() - What goes back to the application besides the argument
 * @extents:	Set to an array that belongs to the payload
 * @count:	Set to its length, 0 if nothing goes back
 *
 * After payload_get_response(), and only if that carried the payload.
 *
 * Return: 0 or -ENOMEM
 */
int payload_results(struct payload *payload,
		    const struct payload_extent **extents, unsigned int *count);

/**
 * payload_zero_pointers() - Make an argument fit to travel
 *
 * Zeroes its pointers, with window clips and bitmap also their number, and in
 * G_FBUF the two capability bits that promise clipping.  Control and plane
 * arrays are not looked at.
 */
void payload_zero_pointers(const struct ioctl_desc *desc,
			   union payload_arg *arg);

/**
 * payload_carries_argument() - Does a response with this status have it?
 * @status:	0 or a positive errno
 *
 * With an error only where an application gets it, ioctl_copies_on_error(), and
 * not with ENOTTY and ENODEV, which say that it never got to the device.
 */
bool payload_carries_argument(const struct ioctl_desc *desc, uint32_t status);

/**
 * payload_request_size() - Bytes of the section and of the aux block
 */
void payload_request_size(const struct payload *payload, size_t *section,
			  size_t *aux);

/**
 * payload_response_size() - Largest section a response can have: the writable
 * capacity of the request
 */
size_t payload_response_size(const struct payload *payload);

/**
 * payload_put_request() - virtio_media_cmd_ioctl, argument, nested, SG list;
 * padding; aux block
 *
 * Padding only in front of an aux block, as channel_send() wants it: without
 * control payload the section is all that is written.
 */
void payload_put_request(const struct payload *payload, uint32_t session_id,
			 struct wire_writer *writer);

/**
 * payload_get_response() - Take a RESP to an IOCTL apart, guest side
 * @section:	virtio section, status included
 * @aux:	Aux block or NULL
 * @status:	Set to 0 or the positive errno
 * @filled:	Set if the argument was carried
 *
 * Nothing that the application or guestd knows is believed: pointers, types,
 * buffer indices, control ids, which, count and the sizes of scalar controls are
 * put back; text fields come out terminated; window and frame buffer pointers
 * are zero.  Numbers of planes and EDID blocks may only shrink, except where the
 * application asked for the number by saying 0.  A payload control's size is the
 * host's if that changed it, but not more than the application had unless the
 * status is ENOSPC.
 *
 * Return: 0, or -EPROTO if no honest peer sends this; the payload then is in
 * no particular state
 */
int payload_get_response(struct payload *payload, const void *section,
			 size_t section_len, const void *aux, size_t aux_len,
			 uint32_t *status, bool *filled);

/**
 * payload_get_request() - Take a REQ IOCTL apart, host side
 * @payload:	Uninitialised
 * @section:	Behind virtio_media_cmd_ioctl
 * @aux:	Aux block or NULL
 *
 * Bytes behind what is needed are ignored (virtqueue drivers send them), not so
 * behind the aux block.  Nested counts have the limits of payload_nested(); there
 * is one SG entry per control whose size is not 0, of exactly `size` bytes and
 * equal to its extent, which is READ and WRITE.  All pointers come out zero, and
 * with them clipcount and bitmap; a control of size 0 keeps its value.
 *
 * Return: 0; -EINVAL if it is too short or over a limit, -ENOMEM; then there is
 * nothing to finish
 */
int payload_get_request(struct payload *payload, const struct ioctl_desc *desc,
			const void *section, size_t section_len,
			const void *aux, size_t aux_len);

/**
 * payload_put_response() - virtio_media_resp, argument, nested; padding; aux
 * @status:	0 or a positive errno
 * @section_len: Set to slen; more than that was written only if there is an
 *		aux block
 *
 * Whether the argument is carried: payload_carries_argument().  Pointers are
 * what payload_get_request() has found.
 */
void payload_put_response(const struct payload *payload, uint32_t status,
			  struct wire_writer *writer, size_t *section_len);

/**
 * payload_response_room() - Buffer that payload_put_response() needs at most
 */
size_t payload_response_room(const struct payload *payload);

#endif
