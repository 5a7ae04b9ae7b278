/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An answer of a camera, as guestd looks at it.
 */
#ifndef TESTS_PLAUSIBLE_RIG_H
#define TESTS_PLAUSIBLE_RIG_H

#include <stdint.h>

#include "guestd/plausible.h"

/**
 * plausible_rig_answer() - As plausible_answer()
 * @asked:	The ioctl's argument
 * @got:	The same, with the answer; mended
 * @control_type: That of the control that is asked about
 */
const char *plausible_rig_answer(uint32_t cmd, const void *asked, void *got,
				 uint32_t control_type);

#endif
