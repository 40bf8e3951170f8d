/* SPDX-License-Identifier: GPL-2.0 */
/* From a platform file's values to the model's configuration. */
#ifndef SIM_MACHINE_BUILD_H
#define SIM_MACHINE_BUILD_H

struct platform;
struct machine_cfg;

/* Fills @cfg (zeroed here) from @plat. Ranges were checked when the platform was loaded. */
void machine_build(const struct platform *plat, struct machine_cfg *cfg);

#endif
