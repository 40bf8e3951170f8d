/* SPDX-License-Identifier: GPL-2.0 */
/* __stringify() lives in linux/compiler.h here. */
#ifndef _LINUX_STRINGIFY_H
#define _LINUX_STRINGIFY_H

#include <linux/compiler.h>

#endif
