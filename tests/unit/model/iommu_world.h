/* SPDX-License-Identifier: GPL-2.0 */
/* A remapping unit with memory, and builders for everything it walks: for tests and benches. */
#ifndef TESTS_IOMMU_WORLD_H
#define TESTS_IOMMU_WORLD_H

#include "model/iommu/iommu.h"
#include "model/memory/memory.h"
#include "model/spec/vtd.h"
#include "sim/core/event.h"

#define IW_MSIS 64u

struct iommu_world {
	struct sim *sim;
	struct mem *mem;
	struct iommu *iommu;
	u64 root, iqa, pqa, irta;
	u32 iq_tail;
	struct {
		u64 addr, when;
		u32 data;
	} msi[IW_MSIS];
	u32 msis; /* messages of the unit itself so far */
};

/* One set of page tables. Table pages lie at host = (address in the tables) + offset. */
struct iw_space {
	u64 root;
	u32 levels;
	bool second;
	u64 offset;
};

/* cfg NULL: the default configuration, 50 ns a table read. Aborts the program when out of memory.
 */
void iw_new(struct iommu_world *w, const struct iommu_cfg *cfg);
void iw_cfg(struct iommu_cfg *cfg);
void iw_free(struct iommu_world *w);
/* Fresh zeroed pages, aligned to their own size if a power of two. */
u64 iw_pages(struct iommu_world *w, u64 pages);
u64 *iw_ptr(struct iommu_world *w, u64 pa);

/* Scalable context entry of @sid: @q0 flags (P is added), all 20 bits of PASIDs, RID_PASID 0. */
u64 *iw_device(struct iommu_world *w, u16 sid, u64 q0);
u64 *iw_context(struct iommu_world *w, u16 sid);
u64 *iw_directory(struct iommu_world *w, u16 sid, u32 pasid);
/* The eight words of a PASID-table entry, made if need be. */
u64 *iw_pasid(struct iommu_world *w, u16 sid, u32 pasid);
void iw_set_first(struct iommu_world *w, u16 sid, u32 pasid, u16 did, const struct iw_space *s);
void iw_set_second(struct iommu_world *w, u16 sid, u32 pasid, u16 did, const struct iw_space *s);
void iw_set_nested(struct iommu_world *w, u16 sid, u32 pasid, u16 did, const struct iw_space *first,
		   const struct iw_space *second);
void iw_set_pass(struct iommu_world *w, u16 sid, u32 pasid, u16 did);

void iw_space(struct iommu_world *w, struct iw_space *s, u32 levels, bool second);
/* Maps one leaf of 1 << shift bytes; @flags goes into the leaf, tables get all rights. Returns the
 * leaf. */
u64 *iw_map(struct iommu_world *w, const struct iw_space *s, u64 va, u64 pa, u32 shift, u64 flags);
/* The entry of @va at @level (1 = 4 KiB), NULL when a table above is missing. */
u64 *iw_entry(struct iommu_world *w, const struct iw_space *s, u64 va, u32 level);
#define IW_FS (VTD_FS_P | VTD_FS_RW | VTD_FS_US)
#define IW_SS (VTD_SS_R | VTD_SS_W)

/* Root table, queue (256-bit), translation on; interrupt messages unmasked. */
void iw_enable(struct iommu_world *w);
void iw_push(struct iommu_world *w, u64 q0, u64 q1);
/* Pushes and runs until nothing is left to do within @us microseconds. */
void iw_qi(struct iommu_world *w, u64 q0, u64 q1);
void iw_run_us(struct iommu_world *w, u64 us);

u32 iw_read32(struct iommu_world *w, u32 off);
u64 iw_read64(struct iommu_world *w, u32 off);
void iw_write(struct iommu_world *w, u32 off, u64 val);

/* Newest fault: reason of record @index or 0; clears nothing. */
u32 iw_fault(struct iommu_world *w, u32 index, u64 *q0, u64 *q1);
/* Clears all records and PFO. */
void iw_clear_faults(struct iommu_world *w);

/* A request, in order of use: now = sim time. */
struct iommu_reply iw_translate(struct iommu_world *w, u16 sid, u32 pasid, u64 addr, u64 len,
				u32 access);
struct iommu_reply iw_ats(struct iommu_world *w, u16 sid, u32 pasid, u64 addr, u64 len,
			  bool no_write);

/* Value of one counter of the unit. */
u64 iw_count(struct iommu_world *w, const char *name);

#endif
