// SPDX-License-Identifier: GPL-2.0
// The life of a guest's program on a share, in which errors of the virtual IOMMU show.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/machine.h"
#include "model/spec/defects.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack_world.h"
#include "tests/unit/sim/defect_life.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/sva_world.h"
#include "tests/unit/sim/viommu_kernel.h"

static struct findings *found;

/* Without the device's name and the descriptor's history. */
static void listen(void *ctx, const char *text)
{
	const char *what = strchr(text, ' ');
	char line[128];

	what = what ? what + 1 : text;
	snprintf(line, sizeof(line), "checker: %.*s", (int)strcspn(what, ":"), what);
	finding(ctx, line);
}

static void want(bool ok, const char *text)
{
	if (!ok)
		finding(found, text);
}

static u64 portal(void)
{
	return ((u64)gclient_config(0x1c, 4) << 32 | (gclient_config(0x18, 4) & ~0xfu)) + 4096;
}

static int program(void *arg)
{
	struct sva_program x = {.g = arg, .shared = true};
	struct dsa_hw_desc d;
	u32 i, pasid;
	int rc;

	rc = sva_program_start(&x, "wq0.0");
	if (rc)
		return rc;
	pasid = process_pasid(x.p) & 0xfffff;
	/* The second finds all pages present, and fills the caches with them. */
	for (i = 0; i < 2; i++)
		want(sva_copy(&x, SVA_SIZE, i) == DSA_COMP_SUCCESS, "test: a copy does not work");
	/* The destination goes; what the device knows of it must too. */
	/* No bytes move from here on: sanitizers would end the program at a write to freed memory.
	 */
	dsa_set_data_mode(machine_dsa(system_machine(sva_sys), 0), DSA_DATA_NONE);
	want(!process_munmap(x.p, x.buf + SVA_SIZE, SVA_SIZE), "test: memory can't be unmapped");
	d = sva_copy_desc(&x, 4096);
	sva_clear_record(&x);
	want(!sva_submit(&x, &d), "test: a descriptor is refused");
	want((sva_wait_record(&x) & 0x3f) == DSA_COMP_PAGE_FAULT_IR,
	     "test: memory that was unmapped is written");
	/* It leaves while the device asks for its pages. */
	for (i = 0; i < 8; i++) {
		d = sva_copy_desc(&x, 4096);
		d.dst_addr = x.buf + 8192 * i;
		sva_submit(&x, &d);
	}
	process_exit(x.p);
	want(vk_enqcmds(portal(), pasid) == -EFAULT,
	     "test: a submission under a PASID that is gone is accepted");
	fiber_sleep(200 * US);
	return 0;
}

void life_of_program(u64 seeded, struct findings *f)
{
	struct kernel_dmar_stats dmar;
	struct guest *g;

	found = f;
	sva_listen(listen, f);
	sva_boot();
	/* Before the guest is made, whose freed memory sanitizers would watch otherwise. */
	kernel_seed_defects(system_host(sva_sys), seeded);
	g = sva_guest_made("guest0", "wq0.2", SCN_MEMORY_PINNED, false);
	sva_run(g, sva_enable_first_user);
	want(!guest_call(g, program, g), "test: the program does not start");
	kernel_dmar_get_stats(system_host(sva_sys), &dmar);
	want(!dmar.faults, "kernel: the IOMMU reported a fault of the device's DMA");
	kernel_seed_defects(system_host(sva_sys), 0);
	guest_free(g);
	sva_down();
	sva_listen(NULL, NULL);
}
