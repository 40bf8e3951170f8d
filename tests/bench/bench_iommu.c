// SPDX-License-Identifier: GPL-2.0
/* The remapping unit: IOTLB hits, first-stage and nested walks, a page more in a run. */
#include <errno.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/unit/model/iommu_world.h"

#define SID	  0x0100
#define PASID	  5u
#define VA	  0x7f0000000000ull
#define GUEST_MIB 64u

struct state {
	struct iommu_world w;
	u32 domains;
	u32 pages; /* visited in turn */
	u64 stride;
	u64 done;
};

struct shape {
	u32 domains, pages;
	bool nested;
	struct iommu_cache_cfg iotlb, context, walk;
};

/* One process: @pages of 4 KiB at VA. */
static void map_first(struct state *s, u32 pasid, u16 did)
{
	struct iw_space sp = {0};
	u64 pa = iw_pages(&s->w, s->pages);

	iw_space(&s->w, &sp, 4, false);
	for (u32 i = 0; i < s->pages; i++)
		iw_map(&s->w, &sp, VA + i * MEM_PAGE, pa + i * MEM_PAGE, 12, IW_FS);
	iw_set_first(&s->w, SID, pasid, did, &sp);
}

/* One guest: first stage of 4 KiB pages, its memory in 4 KiB second-stage pages, both four levels.
 */
static void map_nested(struct state *s, u32 pasid, u16 did)
{
	u64 bytes = (s->pages + 16ull) * MEM_PAGE, host = iw_pages(&s->w, 2 * (s->pages + 16));
	struct iw_space second = {0}, first = {.offset = host};
	u64 next = host;

	(void)bytes;
	iw_space(&s->w, &second, 4, true);
	for (u64 gpa = 0; gpa < 2 * (s->pages + 16) * MEM_PAGE; gpa += MEM_PAGE)
		iw_map(&s->w, &second, gpa, host + gpa, 12, IW_SS);
	/* The guest's tables lie in its own memory: four of them are enough. */
	first = (struct iw_space){.root = next - host, .levels = 4, .offset = host};
	for (u32 level = 4; level > 1; level--) {
		next += MEM_PAGE;
		*iw_entry(&s->w, &first, VA, level) = (next - host) | IW_FS;
	}
	next += MEM_PAGE;
	for (u32 i = 0; i < s->pages; i++)
		iw_map(&s->w, &first, VA + i * MEM_PAGE, next - host + i * MEM_PAGE, 12, IW_FS);
	iw_set_nested(&s->w, SID, pasid, did, &first, &second);
}

static int setup(const struct bench_figure *fig, void **state)
{
	const struct shape *sh = fig->arg;
	struct state *s = calloc(1, sizeof(*s));
	struct iommu_cfg cfg;

	if (!s)
		return -ENOMEM;
	iw_cfg(&cfg);
	cfg.iotlb = sh->iotlb;
	cfg.context = cfg.pasid = sh->context;
	cfg.fs_walk = cfg.ss_walk = sh->walk;
	iw_new(&s->w, &cfg);
	s->domains = sh->domains;
	s->pages = sh->pages;
	iw_device(&s->w, SID, VTD_CTX_Q0_PASIDE | VTD_CTX_Q0_DTE);
	for (u32 d = 0; d < sh->domains; d++) {
		if (sh->nested)
			map_nested(s, PASID + d, (u16)(2 + d));
		else
			map_first(s, PASID + d, 1);
	}
	iw_enable(&s->w);
	*state = s;
	return 0;
}

static void done(void *state)
{
	struct state *s = state;

	iw_free(&s->w);
	free(s);
}

/* Single pages in turn; the time of the next request is when the one before was answered. */
static int sample_pages(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	struct state *s = state;
	struct iommu_req req = {.sid = SID, .len = 64, .access = IOMMU_R};
	struct iommu_reply r;
	u32 page = 0, domain = 0;
	u64 n = 3000000, sum = 0;
	double t = bench_seconds();

	for (u64 i = 0; i < n; i++) {
		req.pasid = PASID + domain;
		req.addr = VA + page * MEM_PAGE;
		iommu_translate(s->w.iommu, &req, &r);
		if (r.status != IOMMU_OK)
			return -EIO;
		req.now = r.last_done;
		sum += r.pa;
		if (++page == s->pages)
			page = 0;
		if (++domain == s->domains)
			domain = 0;
	}
	out->value = (double)n / (bench_seconds() - t);
	s->done += sum;
	return 0;
}

/* Runs of 256 pages that all miss, against single pages: nanoseconds a page more. */
static int sample_run(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	struct state *s = state;
	struct iommu_req req = {.sid = SID, .pasid = PASID, .access = IOMMU_R};
	struct iommu_reply r;
	u64 n = 20000, pages = 0;
	u32 page = 0;
	double t = bench_seconds();

	for (u64 i = 0; i < n; i++) {
		req.addr = VA + page * MEM_PAGE;
		req.len = 256 * MEM_PAGE;
		iommu_translate(s->w.iommu, &req, &r);
		if (r.status != IOMMU_OK || r.pages != 256)
			return -EIO;
		req.now = r.last_done;
		pages += r.pages;
		page = (page + 256) % s->pages;
	}
	out->value = (bench_seconds() - t) * 1e9 / (double)pages;
	return 0;
}

#define OFF                                                                                        \
	{                                                                                          \
		0, 1                                                                               \
	}
static const struct shape hit = {1, 1000, false, {1024, 8}, {64, 4}, {16, 4}};
static const struct shape walk1 = {1, 64, false, OFF, {64, 4}, OFF};
static const struct shape nested = {1, 64, true, OFF, {64, 4}, OFF};
static const struct shape nested1k = {1000, 64, true, OFF, {1024, 4}, OFF};
static const struct shape miss = {1, 2048, false, {128, 8}, {64, 4}, {16, 4}};
static const struct shape run = {1, 2048, false, {128, 8}, {64, 4}, {16, 4}};

const struct bench_figure bench_iommu[] = {
	{.name = "iommu_hit",
	 .unit = "hits/s",
	 .at_least = 30e6,
	 .arg = &hit,
	 .setup = setup,
	 .sample = sample_pages,
	 .done = done},
	{.name = "iommu_walk1",
	 .unit = "walks/s",
	 .at_least = 6e6,
	 .arg = &walk1,
	 .setup = setup,
	 .sample = sample_pages,
	 .done = done},
	{.name = "iommu_nested",
	 .unit = "walks/s",
	 .at_least = 3e6,
	 .arg = &nested,
	 .setup = setup,
	 .sample = sample_pages,
	 .done = done},
	{.name = "iommu_nested_1k",
	 .unit = "walks/s",
	 .arg = &nested1k,
	 .setup = setup,
	 .sample = sample_pages,
	 .done = done},
	{.name = "iommu_miss",
	 .unit = "walks/s",
	 .arg = &miss,
	 .setup = setup,
	 .sample = sample_pages,
	 .done = done},
	{.name = "iommu_run_page",
	 .unit = "ns",
	 .at_most = 10,
	 .arg = &run,
	 .setup = setup,
	 .sample = sample_run,
	 .done = done},
	{0},
};
