/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device's side of USB/IP (Documentation/usb/usbip_protocol.rst), as far as
 * one device needs it that is attached to this machine's own vhci_hcd.
 */
#ifndef TESTS_LAB_UVC_PARTS_USBIP_H
#define TESTS_LAB_UVC_PARTS_USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/usb/ch9.h>

#define USBIP_OUT_MAX 4096 /* bytes that a request may bring */

/**
 * struct usbip_request - A URB that is submitted, or the end of one
 * @seqnum:	Its number
 * @endpoint:	0 is for control
 * @in:		It wants data of us
 * @len:	Bytes that it wants or brings
 * @setup:	Of a control request
 * @data:	@len bytes that it brings, if not @in
 * @unlink:	Number of the URB that is not wanted any more, or 0
 */
struct usbip_request {
	uint32_t seqnum;
	uint32_t endpoint;
	bool in;
	uint32_t len;
	struct usb_ctrlrequest setup;
	uint8_t data[USBIP_OUT_MAX];
	uint32_t unlink;
};

/**
 * usbip_attach() - Plug a high speed device into a port of vhci_hcd.0
 *
 * Return: the device's end; when it closes, the device is pulled out.  There is no
 * failure.
 */
int usbip_attach(unsigned int port);

/** usbip_receive() - Wait for a request.  Return: false if vhci_hcd has gone */
bool usbip_receive(int fd, struct usbip_request *request);

/**
 * usbip_complete() - End a URB
 * @status:	0, or a negative errno: -EPIPE is a stall
 * @data:	What it wanted; NULL if it brought data
 * @len:	Bytes that it got or that were taken
 */
void usbip_complete(int fd, uint32_t seqnum, int status, const void *data,
		    size_t len);

/** usbip_unlinked() - Answer an unlink: was the URB still @pending? */
void usbip_unlinked(int fd, uint32_t seqnum, bool pending);

#endif
