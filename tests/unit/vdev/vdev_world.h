/* SPDX-License-Identifier: GPL-2.0 */
/* Cases of the virtual device's core in kernel code, each on a fiber of a fresh kernel (both worlds
 * include this). */
#ifndef TESTS_UNIT_VDEV_WORLD_H
#define TESTS_UNIT_VDEV_WORLD_H

#include "sim/core/types.h"

struct vt {
	u32 checks, fails;
	char first[512]; /* the first check that failed */
	bool done;
	char text[16384]; /* what the tables' functions wrote */
};

struct vt_case {
	const char *name;
	void (*run)(struct vt *t);
};

extern const struct vt_case vt_command_cases[], vt_effect_cases[], vt_config_cases[],
	vt_register_cases[], vt_interrupt_cases[], vt_pasid_cases[], vt_error_cases[],
	vt_portal_cases[], vt_state_cases[], vt_image_cases[], vt_reset_cases[], vt_pairs_cases[];

/* The tables of docs/vdev.md, into @t->text. */
void vt_table_registers(struct vt *t);
void vt_table_config(struct vt *t);
void vt_table_commands(struct vt *t);

void vt_check(struct vt *t, bool ok, const char *expr, const char *file, int line);
/* As above for numbers: says both. */
void vt_equal(struct vt *t, u64 a, u64 b, const char *expr, const char *file, int line);
void vt_text(struct vt *t, const char *a, const char *b, const char *file, int line);

#define VT_CHECK(t, c)	  vt_check(t, !!(c), #c, __FILE__, __LINE__)
#define VT_EQUAL(t, a, b) vt_equal(t, a, b, #a, __FILE__, __LINE__)
#define VT_TEXT(t, a, b)  vt_text(t, a, b, __FILE__, __LINE__)

#endif
