// SPDX-License-Identifier: GPL-2.0
/* Runs of pages against single pages, and random tables against an independent plain walker. */
#include "sim/core/rng.h"
#include "tests/unit/model/iommu_world.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SID   0x6a01
#define PASID 77u
/* Reads of context and PASID tables for the first request: root, context, directory, entry. */
#define ABOVE 4

static struct iommu_world w;

static void begin(const struct iommu_cfg *cfg)
{
	iw_new(&w, cfg);
	iw_device(&w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE | VTD_CTX_Q0_PRE);
}

/* ---- an independent, plain walker: recursion, no caches, no timing ---- */

struct plain {
	bool ok;
	u64 pa;
	bool r, w;
};

static struct plain plain_second(u64 root, u32 levels, u64 gpa)
{
	struct plain p = {.r = true, .w = true};
	u64 table = root;

	if (gpa >= 1ull << (12 + 9 * levels))
		return (struct plain){0};
	for (u32 level = levels; level; level--) {
		u32 shift = 12 + 9 * (level - 1);
		u64 e = iw_ptr(&w, table)[(gpa >> shift) & 511];

		p.r &= e & 1;
		p.w &= (e >> 1) & 1;
		if (!p.r && !p.w)
			return (struct plain){0};
		if (level == 1 || (level < 4 && (e & 0x80))) {
			u64 mask = (1ull << shift) - 1;

			p.pa = ((e & 0x000ffffffffff000ull) & ~mask) | (gpa & mask);
			p.ok = true;
			return p;
		}
		table = e & 0x000ffffffffff000ull;
	}
	return p;
}

static struct plain plain_walk(const struct iw_space *first, const struct iw_space *second, u64 va)
{
	struct plain p = {.r = true, .w = true}, q;
	u64 table;

	if (!first)
		return plain_second(second->root, second->levels, va);
	table = first->root;
	for (u32 level = first->levels; level; level--) {
		u32 shift = 12 + 9 * (level - 1);
		u64 e, mask = (1ull << shift) - 1;

		if (second) {
			q = plain_second(second->root, second->levels, table);
			if (!q.ok || !q.r || !q.w)
				return (struct plain){0};
			table = q.pa;
		}
		e = iw_ptr(&w, table)[(va >> shift) & 511];
		if (!(e & 1) || !(e & 4))
			return (struct plain){0};
		p.w &= (e >> 1) & 1;
		table = e & 0x000ffffffffff000ull;
		if (level > 1 && !(level < 4 && (e & 0x80)))
			continue;
		p.pa = (table & ~mask) | (va & mask);
		p.ok = true;
		break;
	}
	if (second) {
		q = plain_second(second->root, second->levels, p.pa);
		if (!q.ok)
			return q;
		p.pa = q.pa;
		p.r &= q.r;
		p.w &= q.w;
		p.ok = p.r;
	}
	return p;
}

/* ---- runs ---- */

struct totals {
	u64 ok, pages, hits, walks, reads;
};

/* Translates [va, va + len) by runs (step 0) or page by page; totals and a digest of the answers.
 */
static u64 sweep(u64 va, u64 len, u64 step, u32 access, struct totals *t)
{
	u64 digest = 0, end = va + len;

	memset(t, 0, sizeof(*t));
	while (va < end) {
		u64 want = step ? step - (va & (step - 1)) : end - va;
		struct iommu_reply r =
			iw_translate(&w, SID, PASID, va, want < end - va ? want : end - va, access);
		u64 page;

		t->pages += r.pages;
		t->hits += r.iotlb_hits;
		t->walks += r.walks;
		t->reads += r.reads;
		if (r.status != IOMMU_OK) {
			digest = digest * 31 + va;
			va += MEM_PAGE - (va & (MEM_PAGE - 1));
			continue;
		}
		for (page = 0; page < r.len; page += MEM_PAGE - ((va + page) & (MEM_PAGE - 1)))
			digest = digest * 31 + (r.pa + page) * 3 + r.perms;
		t->ok++;
		va += r.len;
	}
	return digest;
}

enum kind { FIRST, SECOND, NESTED, KINDS };

/* What @kind needs besides: the frames that first-stage entries name, in a second stage of their
 * own. */
static void second_below(struct iw_space *s, struct sim_rng *rng, u64 base, u32 pages)
{
	for (u64 gpa = 0; gpa < 16ull << 30; gpa += 1 << 30) /* tables, identity */
		iw_map(&w, s, gpa, gpa, 30, IW_SS | VTD_SS_A | VTD_SS_D);
	for (u32 i = 0; i < pages; i++) {
		u64 flags = IW_SS | (sim_rng_below(rng, 2) ? VTD_SS_A : 0);

		if (sim_rng_below(rng, 200))
			iw_map(&w, s, base + i * MEM_PAGE, (1ull << 37) + i * MEM_PAGE, 12, flags);
	}
}

static void map_random(struct iw_space *s, struct sim_rng *rng, u64 va, u32 pages, u64 base)
{
	u64 frame = base;

	for (u32 i = 0; i < pages; i++, va += MEM_PAGE, frame += MEM_PAGE) {
		u64 flags = s->second ? IW_SS : IW_FS;

		if (!sim_rng_below(rng, 40))
			continue;
		if (!sim_rng_below(rng, 20))
			frame = base + sim_rng_below(rng, pages) * MEM_PAGE;
		if (!sim_rng_below(rng, 30))
			flags &= ~2ull; /* read-only, in either stage */
		if (sim_rng_below(rng, 2))
			flags |= s->second ? VTD_SS_A : VTD_FS_A;
		if (!sim_rng_below(rng, 3))
			flags |= s->second ? VTD_SS_D : VTD_FS_D;
		iw_map(&w, s, va, frame, 12, flags);
	}
}

static void tables_for(enum kind kind, struct sim_rng *rng)
{
	struct iw_space first = {0}, second = {0};
	u64 va = 0x7fff00000ull, base = 1ull << 36;

	iw_space(&w, &first, 4, false);
	iw_space(&w, &second, 4, true);
	if (kind == NESTED)
		second_below(&second, rng, base, 3000);
	map_random(kind == SECOND ? &second : &first, rng, va, 3000, base);
	if (kind == FIRST)
		iw_set_first(&w, SID, PASID, 1, &first);
	else if (kind == SECOND)
		iw_set_second(&w, SID, PASID, 2, &second);
	else
		iw_set_nested(&w, SID, PASID, 2, &first, &second);
	if (kind != FIRST)
		*iw_pasid(&w, SID, PASID) |= VTD_PE_Q0_SSADE;
}

/* A run says the same as its pages one by one: answers, counts, marks. */
static void runs_equal_pages(void)
{
	struct totals t[2];
	u64 digest[2], updates[2];

	for (u32 i = 0; i < KINDS * 4; i++) {
		bool caches = i & 1;
		u32 access = i & 2 ? IOMMU_R | IOMMU_W : IOMMU_R;

		for (u32 way = 0; way < 2; way++) {
			struct iommu_cfg cfg;
			struct sim_rng rng;

			iw_cfg(&cfg);
			if (!caches)
				cfg.fs_walk.entries = cfg.ss_walk.entries = 0;
			begin(&cfg);
			sim_rng_init(&rng, 7 + i, "runs");
			tables_for(i / 4, &rng);
			iw_enable(&w);
			digest[way] = sweep(0x7fff00123ull, 3000 * MEM_PAGE - 0x123,
					    way ? MEM_PAGE : 0, access, &t[way]);
			updates[way] = iw_count(&w, "ad_updates");
			CU_ASSERT_EQUAL(iw_count(&w, "iotlb_hits"), t[way].hits);
			iw_free(&w);
		}
		CU_ASSERT_EQUAL(digest[0], digest[1]);
		CU_ASSERT_EQUAL(t[0].pages, t[1].pages);
		CU_ASSERT_EQUAL(t[0].hits, t[1].hits);
		CU_ASSERT_EQUAL(t[0].walks, t[1].walks);
		CU_ASSERT_EQUAL(updates[0], updates[1]);
		CU_ASSERT(t[0].ok < t[1].ok);
		CU_ASSERT(t[1].ok > 2000);
	}
}

/* Small pages in an IOTLB full of large ones: their sets are shared, the counts by size stay right.
 */
static void runs_among_large_pages(void)
{
	struct iw_space s = {0};
	struct iommu_reply r;

	begin(NULL);
	iw_space(&w, &s, 4, false);
	for (u64 i = 0; i < 300; i++) {
		iw_map(&w, &s, 0x100000000ull + (i << 21), (8ull << 30) + (i << 21), 21, IW_FS);
		iw_map(&w, &s, 0x2000000000ull + (i << 30), (64ull << 30) + (i << 30), 30, IW_FS);
		iw_map(&w, &s, 0x1000000ull + (i << 12), (4ull << 30) + (i << 12), 12, IW_FS);
	}
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_enable(&w);
	for (u32 round = 0; round < 3; round++) {
		r = iw_translate(&w, SID, PASID, 0x100000000ull, 300ull << 21, IOMMU_R);
		CU_ASSERT_EQUAL(r.pages, 300);
		CU_ASSERT_EQUAL(r.len, 300ull << 21);
		r = iw_translate(&w, SID, PASID, 0x1000000ull, 300 << 12, IOMMU_R);
		CU_ASSERT_EQUAL(r.pages, 300);
		CU_ASSERT_EQUAL(r.len, 300 << 12);
		r = iw_translate(&w, SID, PASID, 0x2000000000ull, 300ull << 30, IOMMU_R);
		CU_ASSERT_EQUAL(r.pages, 300);
		CU_ASSERT_EQUAL(r.len, 300ull << 30);
	}
	/* what a last run left is found, whatever its size */
	r = iw_translate(&w, SID, PASID, 0x1000000ull, 16 << 12, IOMMU_R);
	r = iw_translate(&w, SID, PASID, 0x1000000ull, 16 << 12, IOMMU_R);
	CU_ASSERT_EQUAL(r.iotlb_hits, 16);
	r = iw_translate(&w, SID, PASID, 0x2000000000ull + (299ull << 30), 8, IOMMU_R);
	CU_ASSERT_EQUAL(r.iotlb_hits, 1);
	/* up to the very end of the address space */
	iw_map(&w, &s, ~0ull << 21, 8ull << 30, 21, IW_FS);
	r = iw_translate(&w, SID, PASID, ~0ull - 0xfff, 0x2000, IOMMU_R);
	CU_ASSERT_EQUAL(r.len, 0x1000);
	CU_ASSERT_EQUAL(r.pa, (8ull << 30) + 0x1ff000);
	iw_free(&w);
}

/* Second sweep over what fits the IOTLB: hits only, runs again the same. */
static void runs_of_hits(void)
{
	struct iommu_cfg cfg;
	struct iw_space s = {0};
	struct totals t;
	u64 first;

	iw_cfg(&cfg);
	cfg.iotlb = (struct iommu_cache_cfg){1024, 8};
	begin(&cfg);
	iw_space(&w, &s, 4, false);
	for (u32 i = 0; i < 700; i++)
		iw_map(&w, &s, 0x1000000 + i * MEM_PAGE, (1ull << 36) + i * MEM_PAGE, 12, IW_FS);
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_enable(&w);
	first = sweep(0x1000000, 700 * MEM_PAGE, 0, IOMMU_R, &t);
	CU_ASSERT_EQUAL(t.ok, 1);
	CU_ASSERT_EQUAL(t.walks, 700);
	CU_ASSERT_EQUAL(sweep(0x1000000, 700 * MEM_PAGE, 0, IOMMU_R, &t), first);
	CU_ASSERT_EQUAL(t.hits, 700);
	CU_ASSERT_EQUAL(t.walks, 0);
	iw_free(&w);
}

/* Pages of a run are pipelined: one look-up apart while hitting, walkers in parallel while missing.
 */
static void run_timing(void)
{
	struct iommu_cfg cfg;
	struct iw_space s = {0};
	struct iommu_reply one, many;
	u64 walk;

	iw_cfg(&cfg);
	cfg.fs_walk.entries = 0;
	cfg.walkers = 4;
	begin(&cfg);
	iw_space(&w, &s, 4, false);
	for (u32 i = 0; i < 16; i++)
		iw_map(&w, &s, 0x1000000 + i * MEM_PAGE, (1ull << 36) + i * MEM_PAGE, 12,
		       IW_FS | VTD_FS_A);
	for (u32 l = 2; l <= 4; l++)
		*iw_entry(&w, &s, 0x1000000, l) |= VTD_FS_A;
	iw_set_first(&w, SID, PASID, 1, &s);
	iw_enable(&w);
	one = iw_translate(&w, SID, PASID, 0x1000000, 8, IOMMU_R);
	walk = 4 * cfg.walk_read_ps;
	CU_ASSERT_EQUAL(one.first_done, 2 * cfg.link_ps + cfg.lookup_ps + cfg.hit_ps + walk +
						ABOVE * cfg.walk_read_ps);
	CU_ASSERT_EQUAL(one.first_done, one.last_done);
	iw_run_us(&w, 10);
	many = iw_translate(&w, SID, PASID, 0x1000000, 9 * MEM_PAGE, IOMMU_R);
	CU_ASSERT_EQUAL(many.pages, 9);
	CU_ASSERT_EQUAL(many.iotlb_hits, 1);
	CU_ASSERT_EQUAL(many.first_done - sim_now(w.sim),
			2 * cfg.link_ps + cfg.lookup_ps + cfg.hit_ps);
	/* eight walks on four walkers: two rounds, the second starts when the first walker is free
	 */
	CU_ASSERT_EQUAL(many.last_done - sim_now(w.sim),
			2 * cfg.link_ps + 5 * cfg.lookup_ps + cfg.hit_ps + 2 * walk);
	iw_free(&w);
}

/* ---- random tables against the plain walker ---- */

static void random_space(struct iw_space *s, struct sim_rng *rng, u64 span, u64 target, u32 maps)
{
	for (u32 i = 0; i < maps; i++) {
		u32 shift = 12 + 9 * (u32)sim_rng_below(rng, 3);
		u64 size = 1ull << shift;
		u64 va = sim_rng_below(rng, span >> shift) << shift;
		u64 pa = target + (sim_rng_below(rng, (8ull << 30) >> shift) << shift);
		u64 flags = s->second ? 1 + sim_rng_below(rng, 3) : IW_FS;
		bool clash = false;

		if (!s->second && !sim_rng_below(rng, 4))
			flags &= ~VTD_FS_RW;
		if (!s->second && !sim_rng_below(rng, 8))
			flags &= ~VTD_FS_US;
		/* never over an existing leaf or table of another size */
		for (u32 l = s->levels; l; l--) {
			u64 *e = iw_entry(&w, s, va, l);
			u32 leaf = (shift - 12) / 9 + 1;

			if (!e)
				break;
			if (*e & 3 && (l <= leaf || *e & VTD_SS_PS)) {
				clash = true;
				break;
			}
		}
		if (!clash)
			iw_map(&w, s, va, pa & ~(size - 1), shift, flags);
	}
}

static void against_plain(bool nested, bool second_only, u64 seed)
{
	struct iw_space first = {0}, second = {0};
	struct sim_rng rng;
	u64 span = 16ull << 30, ok = 0;

	begin(NULL);
	sim_rng_init(&rng, seed, "tables");
	if (nested || second_only) {
		iw_space(&w, &second, 3 + (u32)sim_rng_below(&rng, 3), true);
		if (nested) /* identity below, so that first-stage tables are reachable */
			for (u64 gpa = 0; gpa < 32ull << 30; gpa += 1 << 30)
				iw_map(&w, &second, gpa, gpa, 30,
				       gpa < 12ull << 30 || sim_rng_below(&rng, 3) ? IW_SS
										   : VTD_SS_R);
		else
			random_space(&second, &rng, span, 1ull << 33, 400);
	}
	if (!second_only) {
		iw_space(&w, &first, 4 + (u32)sim_rng_below(&rng, 2), false);
		random_space(&first, &rng, span, nested ? 8ull << 30 : 1ull << 36, 400);
	}
	if (second_only)
		iw_set_second(&w, SID, PASID, 40, &second);
	else if (nested)
		iw_set_nested(&w, SID, PASID, 40, &first, &second);
	else
		iw_set_first(&w, SID, PASID, 1, &first);
	iw_enable(&w);
	for (u32 i = 0; i < 20000; i++) {
		u64 va = sim_rng_below(&rng, span >> 12) << 12 | sim_rng_below(&rng, 4096);
		u64 len = 1 + sim_rng_below(&rng, 64 * MEM_PAGE);
		u32 access = 1 + (u32)sim_rng_below(&rng, 3);
		struct plain p = plain_walk(second_only ? NULL : &first,
					    nested || second_only ? &second : NULL, va);
		bool good = p.ok && (!(access & IOMMU_R) || p.r) && (!(access & IOMMU_W) || p.w);
		struct iommu_reply r = iw_translate(&w, SID, PASID, va, len, access);

		if (good != (r.status == IOMMU_OK)) {
			CU_FAIL("status differs from the plain walk");
			break;
		}
		if (!good)
			continue;
		ok++;
		if (r.pa != p.pa || !r.len || r.len > len) {
			CU_FAIL("address differs from the plain walk");
			break;
		}
		/* the last byte of the run, too */
		p = plain_walk(second_only ? NULL : &first, nested || second_only ? &second : NULL,
			       va + r.len - 1);
		if (!p.ok || p.pa != r.pa + r.len - 1) {
			CU_FAIL("end of the run differs from the plain walk");
			break;
		}
	}
	CU_ASSERT(ok > 500);
	iw_free(&w);
}

static void random_tables(void)
{
	for (u64 seed = 1; seed <= 3; seed++) {
		against_plain(false, false, seed);
		against_plain(false, true, seed);
		against_plain(true, false, seed);
	}
}

int main(void)
{
	CU_pSuite s;
	u32 bad;

	CU_initialize_registry();
	s = CU_add_suite("iommu_run", NULL, NULL);
	CU_ADD_TEST(s, runs_equal_pages);
	CU_ADD_TEST(s, runs_of_hits);
	CU_ADD_TEST(s, runs_among_large_pages);
	CU_ADD_TEST(s, run_timing);
	CU_ADD_TEST(s, random_tables);
	CU_basic_run_tests();
	bad = CU_get_number_of_failures();
	CU_cleanup_registry();
	return bad ? 1 : 0;
}
