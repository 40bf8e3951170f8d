/* SPDX-License-Identifier: GPL-2.0 */
/* size_t, NULL and offsetof where a shared header asks for the C spelling. */
#ifndef _STDDEF_H
#define _STDDEF_H

#include <linux/types.h>

#endif
