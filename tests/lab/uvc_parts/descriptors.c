// SPDX-License-Identifier: BSD-3-Clause
/*
 * The descriptors of the camera (USB 2.0, 9.6; USB Video Class 1.0, 3).
 *
 *	camera terminal --> processing unit --> output terminal --> bulk endpoint
 */
#include "tests/lab/uvc_parts/descriptors.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/usb/ch9.h>
#include <linux/usb/video.h>

#include "tests/lab/uvc_parts/controls.h"

/* Ids for tests and hobbyists; uvcvideo takes any with the right class. */
#define VENDOR  0x1209
#define PRODUCT 0x0001

#define UVC_1_0  0x0100
#define CLOCK_HZ 10000000

#define CLASS_DESCRIPTOR (USB_TYPE_CLASS | USB_DT_INTERFACE)

enum string {
	STRING_LANGUAGES,
	STRING_MANUFACTURER,
	STRING_PRODUCT,
	STRING_SERIAL,
	STRINGS,
};

static const char *strings[STRINGS] = {
	[STRING_MANUFACTURER] = "usermedia",
	[STRING_PRODUCT] = "Lab camera",
};

static const struct usb_device_descriptor device = {
	.bLength = USB_DT_DEVICE_SIZE,
	.bDescriptorType = USB_DT_DEVICE,
	.bcdUSB = 0x0200,
	.bDeviceClass = USB_CLASS_MISC,
	.bDeviceSubClass = 2, /* interface association */
	.bDeviceProtocol = 1,
	.bMaxPacketSize0 = 64,
	.idVendor = VENDOR,
	.idProduct = PRODUCT,
	.bcdDevice = 0x0001,
	.iManufacturer = STRING_MANUFACTURER,
	.iProduct = STRING_PRODUCT,
	.iSerialNumber = STRING_SERIAL,
	.bNumConfigurations = 1,
};

static uint8_t configuration[4096];
static uint16_t configuration_len;

/* The first byte of each descriptor is its length.  Return: where it is now */
static void *append(const void *descriptor)
{
	uint8_t len = *(const uint8_t *)descriptor;
	uint8_t *place = configuration + configuration_len;

	memcpy(place, descriptor, len);
	configuration_len = (uint16_t)(configuration_len + len);
	return place;
}

static void append_control(void)
{
	DECLARE_UVC_HEADER_DESCRIPTOR(1);
	static const struct usb_interface_descriptor interface = {
		.bLength = USB_DT_INTERFACE_SIZE,
		.bDescriptorType = USB_DT_INTERFACE,
		.bInterfaceNumber = DESCRIPTORS_CONTROL,
		.bInterfaceClass = USB_CLASS_VIDEO,
		.bInterfaceSubClass = UVC_SC_VIDEOCONTROL,
		.iInterface = STRING_PRODUCT,
	};
	static const struct UVC_HEADER_DESCRIPTOR(1) header = {
		.bLength = UVC_DT_HEADER_SIZE(1),
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VC_HEADER,
		.bcdUVC = UVC_1_0,
		.wTotalLength = UVC_DT_HEADER_SIZE(1) +
				UVC_DT_CAMERA_TERMINAL_SIZE(3) +
				UVC_DT_PROCESSING_UNIT_SIZE(2) - 1 +
				UVC_DT_OUTPUT_TERMINAL_SIZE,
		.dwClockFrequency = CLOCK_HZ,
		.bInCollection = 1,
		.baInterfaceNr = { DESCRIPTORS_STREAMING },
	};
	struct uvc_camera_terminal_descriptor camera = {
		.bLength = UVC_DT_CAMERA_TERMINAL_SIZE(3),
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VC_INPUT_TERMINAL,
		.bTerminalID = CONTROLS_CAMERA,
		.wTerminalType = UVC_ITT_CAMERA,
		.bControlSize = 3,
	};
	/* UVC 1.0 has no bmVideoStandards. */
	struct uvc_processing_unit_descriptor processing = {
		.bLength = UVC_DT_PROCESSING_UNIT_SIZE(2) - 1,
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VC_PROCESSING_UNIT,
		.bUnitID = CONTROLS_PROCESSING,
		.bSourceID = CONTROLS_CAMERA,
		.bControlSize = 2,
	};
	static const struct uvc_output_terminal_descriptor output = {
		.bLength = UVC_DT_OUTPUT_TERMINAL_SIZE,
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VC_OUTPUT_TERMINAL,
		.bTerminalID = CONTROLS_OUTPUT,
		.wTerminalType = UVC_TT_STREAMING,
		.bSourceID = CONTROLS_PROCESSING,
	};
	uint32_t mask = controls_mask(CONTROLS_CAMERA);

	memcpy(camera.bmControls, &mask, sizeof(camera.bmControls));
	mask = controls_mask(CONTROLS_PROCESSING);
	memcpy(processing.bmControls, &mask, sizeof(processing.bmControls));
	append(&interface);
	append(&header);
	append(&camera);
	append(&processing);
	append(&output);
}

/* The frame descriptors of all formats are the same but for lengths and subtype. */
static void append_sizes(const struct formats *formats, enum format_kind kind)
{
	DECLARE_UVC_FRAME_UNCOMPRESSED(7);
	static_assert(FORMATS_INTERVALS_MAX == 7, "there is room for all");
	struct UVC_FRAME_UNCOMPRESSED(7) frame = {
		.bLength = (uint8_t)UVC_DT_FRAME_UNCOMPRESSED_SIZE(
			formats->intervals),
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = kind == FORMAT_MJPEG
					      ? UVC_VS_FRAME_MJPEG
					      : UVC_VS_FRAME_UNCOMPRESSED,
		.dwDefaultFrameInterval = formats->interval[0],
		.bFrameIntervalType = formats->intervals,
	};
	uint32_t bits;
	uint8_t i;

	memcpy(frame.dwFrameInterval, formats->interval,
	       formats->intervals * sizeof(*formats->interval));
	for (i = 0; i < formats->sizes; i++) {
		bits = format_len(kind, &formats_sizes[i]) * 8;
		frame.bFrameIndex = (uint8_t)(i + 1);
		frame.wWidth = formats_sizes[i].width;
		frame.wHeight = formats_sizes[i].height;
		frame.dwMinBitRate = bits * 15;
		frame.dwMaxBitRate = bits * 30;
		frame.dwMaxVideoFrameBufferSize = bits / 8;
		append(&frame);
	}
}

static void append_raw(const struct formats *formats, uint8_t index,
		       enum format_kind kind)
{
	/* A fourcc, and the rest of every media type of Windows */
	static const uint8_t guids[][16] = {
		[FORMAT_YUYV] = "YUY2\x00\x00\x10\x00"
				"\x80\x00\x00\xaa\x00\x38\x9b\x71",
		[FORMAT_BAYER] = "BA81\x00\x00\x10\x00"
				 "\x80\x00\x00\xaa\x00\x38\x9b\x71",
	};
	struct uvc_format_uncompressed format = {
		.bLength = UVC_DT_FORMAT_UNCOMPRESSED_SIZE,
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VS_FORMAT_UNCOMPRESSED,
		.bFormatIndex = index,
		.bNumFrameDescriptors = formats->sizes,
		.bBitsPerPixel = kind == FORMAT_BAYER ? 8 : 16,
		.bDefaultFrameIndex = 1,
	};

	memcpy(format.guidFormat, guids[kind], sizeof(guids[kind]));
	append(&format);
	append_sizes(formats, kind);
}

static void append_mjpeg(const struct formats *formats, uint8_t index)
{
	struct uvc_format_mjpeg format = {
		.bLength = UVC_DT_FORMAT_MJPEG_SIZE,
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VS_FORMAT_MJPEG,
		.bFormatIndex = index,
		.bNumFrameDescriptors = formats->sizes,
		.bDefaultFrameIndex = 1,
	};

	append(&format);
	append_sizes(formats, FORMAT_MJPEG);
}

static void append_formats(const struct formats *formats)
{
	static const struct uvc_color_matching_descriptor colour = {
		.bLength = UVC_DT_COLOR_MATCHING_SIZE,
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VS_COLORFORMAT,
		.bColorPrimaries = UVC_COLOR_PRIMARIES_BT_709_SRGB,
		.bTransferCharacteristics = UVC_TRANSFER_CHARACTERISTICS_BT_709,
		.bMatrixCoefficients = UVC_MATRIX_COEFFICIENTS_SMPTE_170M,
	};
	uint8_t i;

	for (i = 0; i < formats->count; i++) {
		switch (formats->kinds[i]) {
		case FORMAT_YUYV:
		case FORMAT_BAYER:
			append_raw(formats, (uint8_t)(i + 1),
				   formats->kinds[i]);
			break;
		case FORMAT_MJPEG:
			append_mjpeg(formats, (uint8_t)(i + 1));
			break;
		}
		append(&colour);
	}
}

/* With a bulk endpoint there is one setting, which can stream. */
static void append_streaming(const struct formats *formats)
{
	DECLARE_UVC_INPUT_HEADER_DESCRIPTOR(1, 2);
	static const struct usb_interface_descriptor interface = {
		.bLength = USB_DT_INTERFACE_SIZE,
		.bDescriptorType = USB_DT_INTERFACE,
		.bInterfaceNumber = DESCRIPTORS_STREAMING,
		.bNumEndpoints = 1,
		.bInterfaceClass = USB_CLASS_VIDEO,
		.bInterfaceSubClass = UVC_SC_VIDEOSTREAMING,
	};
	static const struct usb_endpoint_descriptor endpoint = {
		.bLength = USB_DT_ENDPOINT_SIZE,
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = DESCRIPTORS_BULK_IN,
		.bmAttributes = USB_ENDPOINT_XFER_BULK,
		.wMaxPacketSize = 512,
	};
	struct UVC_INPUT_HEADER_DESCRIPTOR(1, 2) header = {
		.bLength = (uint8_t)UVC_DT_INPUT_HEADER_SIZE(formats->count, 1),
		.bDescriptorType = CLASS_DESCRIPTOR,
		.bDescriptorSubType = UVC_VS_INPUT_HEADER,
		.bNumFormats = formats->count,
		.bEndpointAddress = DESCRIPTORS_BULK_IN,
		.bTerminalLink = CONTROLS_OUTPUT,
		.bControlSize = 1,
	};
	struct UVC_INPUT_HEADER_DESCRIPTOR(1, 2) * placed;

	append(&interface);
	placed = append(&header);
	append_formats(formats);
	placed->wTotalLength = (uint16_t)(configuration + configuration_len -
					  (uint8_t *)placed);
	append(&endpoint);
}

void descriptors_init(const struct formats *formats, const char *serial)
{
	static const struct usb_config_descriptor config = {
		.bLength = USB_DT_CONFIG_SIZE,
		.bDescriptorType = USB_DT_CONFIG,
		.bNumInterfaces = 2,
		.bConfigurationValue = 1,
		.bmAttributes = USB_CONFIG_ATT_ONE,
		.bMaxPower = 50,
	};
	static const struct usb_interface_assoc_descriptor association = {
		.bLength = sizeof(association),
		.bDescriptorType = USB_DT_INTERFACE_ASSOCIATION,
		.bFirstInterface = DESCRIPTORS_CONTROL,
		.bInterfaceCount = 2,
		.bFunctionClass = USB_CLASS_VIDEO,
		.bFunctionSubClass = 3, /* video interface collection */
		.iFunction = STRING_PRODUCT,
	};
	struct usb_config_descriptor *placed;

	strings[STRING_SERIAL] = serial;
	placed = append(&config);
	append(&association);
	append_control();
	append_streaming(formats);
	placed->wTotalLength = configuration_len;
}

/* Return: bytes */
static int get_string(unsigned int index, const uint8_t **out)
{
	static uint8_t descriptor[2 + 2 * 64];
	const char *text;
	uint8_t len = 2;

	if (index >= STRINGS)
		return -EPIPE;
	if (index == STRING_LANGUAGES) {
		descriptor[len++] = 0x09; /* English */
		descriptor[len++] = 0x04;
	} else {
		for (text = strings[index]; *text && len < sizeof(descriptor);
		     text++) {
			descriptor[len++] = (uint8_t)*text;
			descriptor[len++] = 0;
		}
	}
	descriptor[0] = len;
	descriptor[1] = USB_DT_STRING;
	*out = descriptor;
	return len;
}

int descriptors_get(uint16_t value, const uint8_t **out)
{
	switch (value >> 8) {
	case USB_DT_DEVICE:
		*out = (const uint8_t *)&device;
		return USB_DT_DEVICE_SIZE;
	case USB_DT_CONFIG:
		*out = configuration;
		return configuration_len;
	case USB_DT_STRING:
		return get_string(value & 0xff, out);
	default: /* no other speed to qualify, no BOS */
		return -EPIPE;
	}
}
