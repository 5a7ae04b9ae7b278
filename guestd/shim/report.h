/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the shim says on standard error, with GUESTD_SHIM_VERBOSE=1 in the
 * environment: a line each, by write(2).
 */
#ifndef GUESTD_SHIM_REPORT_H
#define GUESTD_SHIM_REPORT_H

/** shim_report_setup() - Look at the environment; silent until then */
void shim_report_setup(void);

/**
 * shim_report() - "guestd-shim: fd 3: WHAT", and ": DETAIL" and ": error 22"
 * @detail:	NULL: none
 * @error:	A positive errno; 0: none
 */
void shim_report(int fd, const char *what, const char *detail, int error);

#endif
