/* SPDX-License-Identifier: GPL-2.0 */
/* Bridge header: commands that a simulated kernel gives to a DSA function, past its driver. */
#ifndef HOST_DRIVER_CLIENT_COMMAND_H
#define HOST_DRIVER_CLIENT_COMMAND_H

#include "sim/core/types.h"

struct kcmd;

/*
 * All functions run on a fiber of the kernel that the function belongs to. kcmd_open() takes the
 * DSA function at @devfn of bus 0, whoever drives it. -ENODEV: there is none; -ENOMEM.
 */
int kcmd_open(u32 devfn, struct kcmd **out);
void kcmd_close(struct kcmd *k);
/*
 * Writes @code and @operand to the command register (DSA architecture specification, 9.2.9) and
 * reads the status until the device is through: *error is the device's code, *result its result.
 * -EBUSY: another command is at work; -ETIMEDOUT: it never ended; -ENODEV: the function is gone.
 */
int kcmd_run(struct kcmd *k, u32 code, u32 operand, u32 *error, u32 *result);

#endif
