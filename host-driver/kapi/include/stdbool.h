/* SPDX-License-Identifier: GPL-2.0 */
/* bool where a shared header asks for the C spelling. */
#ifndef _STDBOOL_H
#define _STDBOOL_H

#include <linux/types.h>

#endif
