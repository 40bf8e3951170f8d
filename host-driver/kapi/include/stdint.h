/* SPDX-License-Identifier: GPL-2.0 */
/* Fixed-size integers for headers shared with user space: as in the kernel, 64-bit is long long. */
#ifndef _STDINT_H
#define _STDINT_H

#include <linux/types.h>
#include <linux/limits.h>

#define UINT8_C(c)  c
#define UINT16_C(c) c
#define UINT32_C(c) c##U
#define UINT64_C(c) c##ULL

#endif
