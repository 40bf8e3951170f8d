/* SPDX-License-Identifier: GPL-2.0 */
/* How a system's devices are configured: by accel-config files, or so that a scenario finds the
 * queues that it needs. */
#ifndef SIM_CONFIGURE_H
#define SIM_CONFIGURE_H

#include "sim/core/types.h"

struct cfg_error;
struct scenario;
struct system;

/*
 * Applies an accel-config file through the driver's sysfs attributes, in accel-config's order, then
 * enables the devices and queues it describes. @device: which DSA the file's one device becomes, or
 * -1 for the file's own names. Notes go to stderr unless @quiet.
 */
int system_configure(struct system *sys, const char *file, s32 device, bool quiet,
		     struct cfg_error *err);
/* One group with all engines and one shared queue per device, for programs. */
int system_configure_default(struct system *sys, struct cfg_error *err);
/*
 * The scenario's files. Without any: on each device one group with all engines, and in it a
 * dedicated queue for each virtual device of that kind, a shared one for the others, one for
 * programs and one for the kernel of the host where the scenario has such processes; they share the
 * device's entries evenly. Queues of guests with memory on demand block on faults. -EINVAL where a
 * device has fewer queues than that takes.
 */
int system_configure_scenario(struct system *sys, const struct scenario *scn, bool quiet,
			      struct cfg_error *err);

/* Host device of the @turn-th virtual device that is given by type and bound to no device. */
u32 system_vdev_turn(struct system *sys, u32 turn);

#endif
