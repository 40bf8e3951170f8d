// SPDX-License-Identifier: GPL-2.0
/* Page-table walks (sections 3.6 - 3.8): first stage, second stage, one through the other. */
#include "model/iommu/iommu_int.h"

#define PT_RESERVED_LOW(shift, from) (((1ull << (shift)) - 1) & ~((1ull << (from)) - 1))

static inline u32 index_at(u64 addr, u32 level)
{
	return (u32)(addr >> (12 + 9 * (level - 1))) & 511;
}

static inline u32 level_shift(u32 level)
{
	return 12 + 9 * (level - 1);
}

static inline void charge(struct walk *w, u64 pa)
{
	if (w->dry)
		return;
	w->reads++;
	w->ps += table_read_ps(w->u, pa);
}

/*
 * Walk caches: [level] holds the table that is walked at that level, found by the address bits
 * above. The value is the table's host address with permissions so far in the low bits.
 */
static u32 cache_start(struct walk *w, struct tcache *tags, u64 *const *table, u64 k1, u64 addr,
		       u32 levels, u64 *value)
{
	if (w->dry || !tags[1].sets)
		return levels;
	w->cache_lookups++;
	for (u32 level = 1; level < levels; level++) {
		u32 slot = tcache_find(&tags[level], addr >> (12 + 9 * level), k1);

		if (slot != TCACHE_NONE) {
			w->cache_hits++;
			*value = table[level][slot];
			return level;
		}
	}
	return levels;
}

static void cache_fill(struct walk *w, struct tcache *tags, u64 **table, u64 k1, u64 addr,
		       u32 level, u64 value)
{
	if (!w->dry && tags[level].sets)
		table[level][tcache_put(&tags[level], addr >> (12 + 9 * level), k1)] = value;
}

/* Marks need snooped walks: selectable per PASID entry, else never. */
static inline bool marks_free(const struct walk *w)
{
	return w->u->cfg.ecap & VTD_ECAP_SMPWCS && w->pi->pwsnp;
}

/*
 * Sets accessed and dirty bits of an entry in one atomic update; false with the fault reason when
 * the update cannot be made. Section 3.6.2, 3.7.2, 3.10.
 */
static bool set_marks(struct walk *w, u64 *entry, u64 pa, u64 need, u8 no_snoop, u8 failed)
{
	struct iommu *u = w->u;

	if (w->dry)
		return true;
	if (!marks_free(w)) {
		w->fault = no_snoop;
		return false;
	}
	if (mem_fails(u->mem, pa, 8) & MEM_FAIL_WRITE) {
		w->fault = failed;
		return false;
	}
	*entry |= need;
	u->count.ad_updates++;
	charge(w, pa);
	return true;
}

/* ---- second stage ---- */

enum ss_use { SS_FINAL, SS_TABLE, SS_TOP };

struct ss_result {
	u64 pa;	   /* of the page that contains the address, 4 KiB aligned */
	u64 perms; /* VTD_SS_R, VTD_SS_W: AND of all levels */
	u8 shift;
	bool snoop, dirty;
};

static u64 ss_reserved(const struct iommu *u, u32 level, bool leaf)
{
	u64 bits = u->haw_mask;

	if (level >= 4)
		bits |= VTD_SS_PS;
	if (!leaf)
		bits |= VTD_SS_SNP;
	else if (level == 2)
		bits |= PT_RESERVED_LOW(21, 12) | (u->cfg.cap & VTD_CAP_SSLPS_2M ? 0 : VTD_SS_PS);
	else if (level == 3)
		bits |= PT_RESERVED_LOW(30, 12) | (u->cfg.cap & VTD_CAP_SSLPS_1G ? 0 : VTD_SS_PS);
	if (leaf && !(u->cfg.ecap & VTD_ECAP_SC))
		bits |= VTD_SS_SNP;
	else if (leaf)
		bits &= ~VTD_SS_SNP;
	if (!u->ssirwe)
		bits |= VTD_SS_IW & ~allow_2020(u, VTD_SS_IW);
	return bits;
}

static inline u64 ss_perms(const struct iommu *u, u64 e)
{
	if (!u->ssirwe)
		return e & (VTD_SS_R | VTD_SS_W);
	return SPEC_GET(VTD_SS_IR | VTD_SS_IW, e);
}

/* Keep one leaf for the next page of a run. */
static void keep_stage(struct stage *s, u64 *leaf, u64 raw, u64 marks, u64 dirty, u32 shift)
{
	s->leaf = leaf;
	s->raw = raw;
	s->marks = marks;
	s->dirty = dirty;
	s->shift = (u8)shift;
}

/*
 * Walks the second stage for @addr. @write: the access will write, so the leaf's dirty bit is
 * wanted. Under SSADE reading a first-stage table counts as a write of it. Section 3.8.1.
 */
static bool ss_walk(struct walk *w, u64 addr, enum ss_use use, bool write, struct ss_result *r)
{
	struct iommu *u = w->u;
	const struct pasid_info *pi = w->pi;
	u64 key = walk_key_ss(pi->did);
	u64 table = pi->ss_root | VTD_SS_R | VTD_SS_W;
	u32 level = cache_start(w, u->ss_tags, u->ss_table, key, addr, pi->ss_levels, &table);

	if (use != SS_FINAL && pi->ssade)
		write = true;
	for (;; level--) {
		u64 pa = (table & VTD_PT_ADDR) + 8ull * index_at(addr, level);
		u64 perms = table & (VTD_SS_R | VTD_SS_W);
		u64 need = 0, *entry, e;
		bool leaf;

		if (!table_readable(u, pa, 8)) {
			w->fault = level == pi->ss_levels ? VTD_FR_SS_TOP : VTD_FR_SS_ACC;
			return false;
		}
		entry = mem_ptr(u->mem, pa);
		e = *entry;
		charge(w, pa);
		if (!ss_perms(u, e)) {
			w->fault = VTD_FR_SS_P;
			return false;
		}
		leaf = level == 1 || (level <= 3 && e & VTD_SS_PS);
		if (e & ss_reserved(u, level, leaf)) {
			w->fault = VTD_FR_SS_RSVD;
			return false;
		}
		perms &= ss_perms(u, e);
		if (!perms) {
			w->fault = VTD_FR_SS_P;
			return false;
		}
		if (pi->ssade) {
			need = VTD_SS_A | (leaf && write && perms & VTD_SS_W ? VTD_SS_D : 0);
			if ((e & need) != need &&
			    !set_marks(w, entry, pa, need, VTD_FR_SS_AD_SNOOP, VTD_FR_SS_AD_FAIL))
				return false;
			e |= need;
		}
		if (leaf) {
			u32 shift = level_shift(level);

			r->pa = (e & VTD_PT_ADDR & ~((1ull << shift) - 1)) |
				(addr & ((1ull << shift) - 1) & VTD_PAGE_ADDR);
			r->perms = perms;
			r->shift = (u8)shift;
			r->snoop = e & VTD_SS_SNP;
			r->dirty = !pi->ssade || e & VTD_SS_D;
			if (use == SS_FINAL)
				keep_stage(&w->ss, entry, e, marks_free(w) ? need : 0,
					   pi->ssade ? VTD_SS_D : 0, shift);
			return true;
		}
		table = (e & VTD_PT_ADDR) | perms;
		cache_fill(w, u->ss_tags, u->ss_table, key, addr, level - 1, table);
	}
}

static bool ss_in_width(const struct pasid_info *pi, u64 addr)
{
	return !(addr >> (12 + 9 * pi->ss_levels));
}

/*
 * Host address of a first-stage table. Nested: its guest address goes through the second stage and
 * may be read only with read permission (under SSADE: and write); *writable says whether marks may
 * be set.
 */
static bool table_address(struct walk *w, u64 addr, enum ss_use use, u64 *pa, bool *writable)
{
	struct ss_result r;

	if (w->pi->pgtt != VTD_PGTT_NESTED) {
		*pa = addr;
		*writable = true;
		return true;
	}
	if (!ss_in_width(w->pi, addr)) {
		w->fault = VTD_FR_FS_WIDTH;
		return false;
	}
	if (!ss_walk(w, addr, use, false, &r))
		return false;
	if (!(r.perms & VTD_SS_R)) {
		w->fault = use == SS_TOP ? VTD_FR_SS_TOP_READ : VTD_FR_SS_TABLE_READ;
		return false;
	}
	*writable = r.perms & VTD_SS_W;
	if (w->pi->ssade && !*writable) {
		w->fault = VTD_FR_SS_TABLE_WRITE;
		return false;
	}
	*pa = r.pa;
	return true;
}

/* ---- first stage ---- */

/* Low bits of a first-stage walk-cache value. */
#define FS_CACHE_US	  VTD_FS_US
#define FS_CACHE_RW	  VTD_FS_RW
#define FS_CACHE_WRITABLE SPEC_BIT(0)

static u64 fs_reserved(const struct walk *w, u32 level, bool leaf)
{
	u64 bits = w->pi->pgtt == VTD_PGTT_NESTED ? 0 : w->u->haw_mask;

	if (level >= 4)
		bits |= VTD_FS_PS;
	else if (leaf && level == 2)
		bits |= PT_RESERVED_LOW(21, 13);
	else if (leaf && level == 3)
		bits |= PT_RESERVED_LOW(30, 13) | (w->u->cfg.cap & VTD_CAP_FS1GP ? 0 : VTD_FS_PS);
	return bits;
}

static bool canonical(u64 addr, u32 levels)
{
	u32 unused = 64 - (12 + 9 * levels);

	return (u64)((s64)(addr << unused) >> unused) == addr;
}

/* Permissions by privilege from the AND of U/S and R/W. Section 3.6.1. */
static u64 fs_flags(const struct pasid_info *pi, u64 us, u64 rw)
{
	u64 flags = 0;

	if (us)
		flags |= TLB_UR | (rw ? TLB_UW : 0);
	if (pi->sre)
		flags |= TLB_SR | (rw || !pi->wpe ? TLB_SW : 0);
	return flags;
}

struct fs_result {
	u64 addr; /* 4 KiB aligned output: physical, or guest-physical when nested */
	u64 flags;
	u8 shift;
	bool dirty;
};

static bool fs_walk(struct walk *w, u64 addr, struct fs_result *r)
{
	struct iommu *u = w->u;
	const struct pasid_info *pi = w->pi;
	u64 key = walk_key_fs(pi->did, w->pasid);
	u64 value = FS_CACHE_US | FS_CACHE_RW;
	bool writable = true;
	u32 level;

	if (!canonical(addr, pi->fs_levels)) {
		w->fault = VTD_FR_CANONICAL;
		return false;
	}
	level = cache_start(w, u->fs_tags, u->fs_table, key, addr, pi->fs_levels, &value);
	if (level == pi->fs_levels) {
		u64 top;

		if (!table_address(w, pi->fs_root, SS_TOP, &top, &writable))
			return false;
		value |= top | (writable ? FS_CACHE_WRITABLE : 0);
	}
	for (;; level--) {
		u64 pa = (value & VTD_PT_ADDR) + 8ull * index_at(addr, level);
		u64 need = VTD_FS_A | (pi->eafe ? VTD_FS_EA : 0);
		u64 us, rw, *entry, e;
		bool leaf, can_write;

		if (!table_readable(u, pa, 8)) {
			w->fault = level == pi->fs_levels ? VTD_FR_FS_TOP : VTD_FR_FS_ACC;
			return false;
		}
		entry = mem_ptr(u->mem, pa);
		e = *entry;
		charge(w, pa);
		if (!(e & VTD_FS_P)) {
			w->fault = VTD_FR_FS_P;
			return false;
		}
		leaf = level == 1 || (level <= 3 && e & VTD_FS_PS);
		if (e & fs_reserved(w, level, leaf)) {
			w->fault = VTD_FR_FS_RSVD;
			return false;
		}
		us = value & e & VTD_FS_US;
		rw = value & e & VTD_FS_RW;
		can_write = w->priv ? rw || !pi->wpe : us && rw;
		if (leaf && w->write && can_write)
			need |= VTD_FS_D;
		if ((e & need) != need) {
			if (!(value & FS_CACHE_WRITABLE)) {
				w->fault = VTD_FR_SS_TABLE_WRITE;
				return false;
			}
			if (!set_marks(w, entry, pa, need, VTD_FR_FS_AD_SNOOP, VTD_FR_FS_AD_FAIL))
				return false;
			e |= need;
		}
		if (leaf) {
			u32 shift = level_shift(level);

			r->addr = (e & VTD_PT_ADDR & ~((1ull << shift) - 1)) |
				  (addr & ((1ull << shift) - 1) & VTD_PAGE_ADDR);
			r->flags = fs_flags(pi, us, rw);
			r->shift = (u8)shift;
			r->dirty = e & VTD_FS_D;
			w->user_denied = !us;
			keep_stage(&w->fs, entry, e,
				   value & FS_CACHE_WRITABLE && marks_free(w) ? need : 0, VTD_FS_D,
				   shift);
			return true;
		}
		if (!table_address(w, e & VTD_PT_ADDR, SS_TABLE, &pa, &writable))
			return false;
		value = pa | us | rw | (writable ? FS_CACHE_WRITABLE : 0);
		cache_fill(w, u->fs_tags, u->fs_table, key, addr, level - 1, value);
	}
}

/* ---- the whole ---- */

static void finish(struct walk *w, u64 pa, u64 flags, u8 shift, bool dirty, bool snoop)
{
	w->pa = pa;
	w->shift = shift;
	w->flags = flags | (dirty ? TLB_DIRTY : 0) | (snoop || w->pi->pgsnp ? TLB_SNOOP : 0) |
		   SPEC_PREP(TLB_PGTT, w->pi->pgtt);
	/* Section 3.15: output in the interrupt range is refused, so such a leaf is used page by
	 * page. */
	if (shift > 12 && (pa >> shift) == (VTD_MSI_BASE >> shift))
		w->shift = 12;
	if ((pa >> 20) == (VTD_MSI_BASE >> 20))
		w->fault = VTD_FR_MSI_OUT;
}

static u64 ss_flags(u64 perms)
{
	return (perms & VTD_SS_R ? TLB_UR | TLB_SR : 0) | (perms & VTD_SS_W ? TLB_UW | TLB_SW : 0);
}

static void walk_nested(struct walk *w, u64 addr)
{
	struct fs_result f;
	struct ss_result s;
	bool write;

	if (!fs_walk(w, addr, &f))
		return;
	if (!ss_in_width(w->pi, f.addr)) {
		w->fault = VTD_FR_FS_WIDTH;
		return;
	}
	write = w->write && f.flags & (w->priv ? TLB_SW : TLB_UW);
	if (!ss_walk(w, f.addr, SS_FINAL, write, &s))
		return;
	finish(w, s.pa, f.flags & ss_flags(s.perms), f.shift < s.shift ? f.shift : s.shift,
	       f.dirty && s.dirty, s.snoop);
}

/*
 * Step 6: page tables, for the 4 KiB page of @addr. Sets w->fault, or w->pa, shift and flags.
 * Whether the permissions suffice is the caller's decision.
 */
void walk_page(struct walk *w, u64 addr)
{
	struct fs_result f;
	struct ss_result s;

	switch (w->pi->pgtt) {
	case VTD_PGTT_FIRST:
		if (fs_walk(w, addr, &f))
			finish(w, f.addr, f.flags, f.shift, f.dirty, false);
		break;
	case VTD_PGTT_SECOND:
		if (!ss_in_width(w->pi, addr))
			w->fault = VTD_FR_SS_WIDTH;
		else if (ss_walk(w, addr, SS_FINAL, w->write, &s))
			finish(w, s.pa, ss_flags(s.perms), s.shift, s.dirty, s.snoop);
		break;
	case VTD_PGTT_NESTED:
		walk_nested(w, addr);
		break;
	default: /* pass-through; large where nothing can be in the way of the interrupt range */
		if (addr >> w->u->cfg.haw)
			w->fault = VTD_FR_HAW;
		else
			finish(w, addr & VTD_PAGE_ADDR, ss_flags(VTD_SS_R | VTD_SS_W), 30, true,
			       false);
		break;
	}
}
