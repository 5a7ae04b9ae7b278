/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What HELLO agrees on, and what HELLO_ACK tells.  Values only: who calls knows
 * the channel and the device.
 */
#ifndef HOSTD_HELLO_H
#define HOSTD_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/protocol.h"
#include "common/wire.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"

/* A HELLO_ACK with the longest listing. */
#define HELLO_ACK_LEN_MAX                                                      \
	(sizeof(struct vms_hello_ack) +                                        \
	 VMS_LIST_MAX * sizeof(struct vms_list_entry))

/**
 * hello_agree() - Version, limits and features that both sides can do
 * @ack:	Filled in as far as @hello decides it, all else zero
 *
 * Return: 0, or -EPROTONOSUPPORT: no common version, @ack has our highest
 */
int hello_agree(const struct vms_hello *hello, struct vms_hello_ack *ack);

/**
 * hello_device() - What the device decides
 * @capability:	QUERYCAP of the host's node
 * @features:	As client_probe() says
 *
 * VMS_FEATURE_IO stays for devices without STREAMING, of kinds that have read().
 * Without either, READWRITE and RDS_* are clear in the device_caps of the
 * configuration: nothing on the wire could carry read().
 */
void hello_device(struct vms_hello_ack *ack, const struct device *device,
		  const struct v4l2_capability *capability, uint64_t features);

/**
 * hello_share() - May the guest have memory of buffers, or send its own?
 * @share:	It is allowed to, over a socket that carries descriptors
 *
 * VMS_FEATURE_SHM_FD, and with it EXPBUF, stays if so, if this kind has what can be
 * shared, and if the guest's kernel is ours: somebody may pass on bytes from another
 * machine.  So does VMS_FEATURE_OBJ_FD, if this kind takes memory.
 */
void hello_share(struct vms_hello_ack *ack, const struct vms_hello *hello,
		 const struct device *device, bool share);

/**
 * hello_shmem() - Has the guest the memory that it is given slices of?
 * @slices:	NULL: it is given none
 *
 * After hello_share(): VMS_FEATURE_SHMEM is there if so, and if it does not get the
 * memory itself.
 */
void hello_shmem(struct vms_hello_ack *ack, const struct vms_hello *hello,
		 struct slices *slices);

/**
 * hello_find() - The device that a guest has named
 * @name:	Empty: the first that it may use
 *
 * Return: its index, or -ENODEV; one that is not granted is as one that is not there
 */
int hello_find(const struct device_list *devices, const struct grant *grant,
	       const char *name);

/**
 * hello_put() - The section of the HELLO_ACK frame
 * @ack:	Gets the times
 * @mono_ns:	CLOCK_MONOTONIC now
 * @devices:	To be listed; NULL: no listing
 * @grant:	Those that it has not are left out
 */
void hello_put(struct wire_writer *writer, struct vms_hello_ack *ack,
	       uint64_t mono_ns, const struct device_list *devices,
	       const struct grant *grant);

/**
 * hello_now() - A clock in nanoseconds
 */
uint64_t hello_now(clockid_t clock);

#endif
