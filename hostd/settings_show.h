/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What --check-config prints.
 */
#ifndef HOSTD_SETTINGS_SHOW_H
#define HOSTD_SETTINGS_SHOW_H

#include "hostd/settings.h"

/** settings_show() - On stdout: addresses, devices, and what each guest may */
void settings_show(const struct host_settings *settings);

#endif
