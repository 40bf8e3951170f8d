/* SPDX-License-Identifier: GPL-2.0 */
/* Seeded defects of the virtual device code: never there in a module. */
#ifndef VDEV_DEFECT_H
#define VDEV_DEFECT_H

#ifdef CONFIG_VDEV_DEFECTS
#include <linux/seeded_defect.h>
#include <spec/defects.h>
/* @name as in <spec/defects.h>, without DEFECT_. */
#define vdev_defect(name) seeded_defect(DEFECT_##name)
#else
#define vdev_defect(name) false
#endif

#endif
