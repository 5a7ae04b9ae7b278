/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A text of hostd.conf(5), read, for tests.
 */
#ifndef TESTS_CONFIG_RIG_H
#define TESTS_CONFIG_RIG_H

#include "hostd/config.h"

/**
 * struct config_rig - There is one
 * @settings:	What all texts since config_rig_setup() say; our own uid is 1000
 * @errors:	Of the last one
 */
struct config_rig {
	struct host_settings settings;
	struct config_errors errors;
};
extern struct config_rig config_rig;

/* For cmocka */
int config_rig_setup(void **state);
#define CONFIG_TEST(name) cmocka_unit_test_setup(name, config_rig_setup)

/** config_rig_parse() - config_parse() of a file with the name f */
int config_rig_parse(const char *text);

/** config_rig_good() - The same, and there is no error */
void config_rig_good(const char *text);

/** config_rig_granted() - What a guest gets, who is let in */
struct grant config_rig_granted(const char *guest);

#endif
