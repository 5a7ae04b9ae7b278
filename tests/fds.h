/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open descriptors, for tests that must leave none behind.
 */
#ifndef TESTS_FDS_H
#define TESTS_FDS_H

/** fds_count() - Of this process; only the difference of two counts means anything */
unsigned int fds_count(void);

#endif
