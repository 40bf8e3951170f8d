// SPDX-License-Identifier: GPL-2.0
/* A remapping unit as a whole: configuration and its checks, creation, counters. */
#include "model/iommu/iommu_int.h"
#include "sim/core/stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IOTLB_REG_OFF 0x100u
#define FRCD_REG_OFF  0x200u

void iommu_cfg_default(struct iommu_cfg *cfg)
{
	*cfg = (struct iommu_cfg){
		.name = "iommu",
		.haw = 52,
		.version = 0x60,
		.checkers = true,
		.cap = SPEC_PREP(VTD_CAP_ND, 6) | VTD_CAP_SAGAW_39 | VTD_CAP_SAGAW_48 |
		       VTD_CAP_SAGAW_57 | SPEC_PREP(VTD_CAP_MGAW, 56) | VTD_CAP_ZLR |
		       VTD_CAP_SSLPS_2M | VTD_CAP_SSLPS_1G | VTD_CAP_PSI |
		       SPEC_PREP(VTD_CAP_NFR, 7) | SPEC_PREP(VTD_CAP_MAMV, 18) | VTD_CAP_DWD |
		       VTD_CAP_DRD | VTD_CAP_FS1GP | VTD_CAP_PI | VTD_CAP_FS5LP | VTD_CAP_ESIRTPS |
		       VTD_CAP_ESRTPS,
		.ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_EIM |
			VTD_ECAP_PT | VTD_ECAP_SC | SPEC_PREP(VTD_ECAP_MHMV, 15) | VTD_ECAP_NEST |
			VTD_ECAP_PRS | VTD_ECAP_SRS | VTD_ECAP_NWFS | VTD_ECAP_EAFS |
			SPEC_PREP(VTD_ECAP_PSS, 19) | VTD_ECAP_PASID | VTD_ECAP_PDS |
			VTD_ECAP_SMTS | VTD_ECAP_SSADS | VTD_ECAP_SSTS | VTD_ECAP_FSTS |
			VTD_ECAP_SMPWCS | VTD_ECAP_RPS,
		.iotlb = {128, 8},
		.context = {64, 4},
		.pasid = {64, 4},
		.irte = {64, 4},
		.fs_walk = {16, 4},
		.ss_walk = {16, 4},
		.walkers = 16,
		.link_ps = 40 * PS_PER_NS,
		.lookup_ps = 1 * PS_PER_NS,
		.hit_ps = 10 * PS_PER_NS,
		.prq_write_ps = 200 * PS_PER_NS,
		.inv_fetch_ps = 100 * PS_PER_NS,
		.inv_exec_ps = 50 * PS_PER_NS,
		.inv_timeout_ps = 60 * PS_PER_MS,
		.irte_hit_ps = 20 * PS_PER_NS,
		.event_msg_ps = 100 * PS_PER_NS,
	};
}

static int bad(char *msg, size_t len, const char *text)
{
	snprintf(msg, len, "%s", text);
	return -EINVAL;
}

static int check_cache(const struct iommu_cache_cfg *c, const char *name, char *msg, size_t len)
{
	u32 sets;

	if (!c->entries)
		return 0;
	if (c->entries > 1u << 20 || !c->ways || c->ways > 64 || c->entries % c->ways) {
		snprintf(msg, len,
			 "%s: %u entries, %u ways: at most 1048576 entries, ways in 1..64, entries "
			 "a multiple of ways",
			 name, c->entries, c->ways);
		return -EINVAL;
	}
	sets = c->entries / c->ways;
	if (sets & (sets - 1)) {
		snprintf(msg, len, "%s: %u entries / %u ways = %u sets is not a power of two", name,
			 c->entries, c->ways, sets);
		return -EINVAL;
	}
	return 0;
}

static int check_capabilities(const struct iommu_cfg *c, char *msg, size_t len)
{
	u64 cap = c->cap, ecap = c->ecap;
	u64 sm = VTD_ECAP_PASID | VTD_ECAP_PRS | VTD_ECAP_SRS | VTD_ECAP_SSTS | VTD_ECAP_FSTS;
	u64 none = VTD_ECAP_ERS | VTD_ECAP_MTS | VTD_ECAP_HPTS | SPEC_FIELD(51, 50) |
		   SPEC_FIELD(60, 59);

	if (SPEC_GET(VTD_CAP_ND, cap) > 6)
		return bad(msg, len, "cap: ND above 6 (65536 domains)");
	if (SPEC_GET(VTD_CAP_SSLPS, cap) == 2 || SPEC_GET(VTD_CAP_SSLPS, cap) > 3)
		return bad(msg, len, "cap: SSLPS must be 0, 1 or 3");
	if (SPEC_GET(VTD_CAP_NFR, cap) > 127)
		return bad(msg, len, "cap: NFR above 127 (128 fault records)");
	if (cap & (VTD_CAP_ECMDS | VTD_CAP_RWBF))
		return bad(msg, len,
			   "cap: enhanced commands and write-buffer flush are not modelled");
	if (ecap & none)
		return bad(msg, len,
			   "ecap: execute requests, memory typing, host permission tables, TDX "
			   "Connect, performance monitor and RDT tags are not modelled");
	if (ecap & VTD_ECAP_SMTS && !(ecap & VTD_ECAP_QI))
		return bad(msg, len, "ecap: scalable mode (SMTS) needs queued invalidation (QI)");
	if (ecap & sm && !(ecap & VTD_ECAP_SMTS))
		return bad(msg, len,
			   "ecap: PASID, PRS, SRS, SSTS and FSTS need scalable mode (SMTS)");
	if (ecap & (VTD_ECAP_SSADS | VTD_ECAP_EAFS) && !(ecap & VTD_ECAP_SMPWCS))
		return bad(msg, len, "ecap: SSADS and EAFS need SMPWCS");
	if (ecap & VTD_ECAP_NEST && (ecap & VTD_ECAP_FSTS) == 0)
		return bad(msg, len, "ecap: NEST needs FSTS");
	if (ecap & VTD_ECAP_PRS && !(ecap & VTD_ECAP_DT))
		return bad(msg, len, "ecap: page requests (PRS) need device TLBs (DT)");
	if (ecap & VTD_ECAP_EIM && !(ecap & VTD_ECAP_IR))
		return bad(msg, len, "ecap: EIM needs IR");
	return 0;
}

int iommu_cfg_check(const struct iommu_cfg *c, char *msg, size_t len)
{
	const struct {
		const struct iommu_cache_cfg *c;
		const char *name;
	} caches[] = {{&c->iotlb, "iotlb"},
		      {&c->context, "context_cache"},
		      {&c->pasid, "pasid_cache"},
		      {&c->irte, "interrupt_cache"},
		      {&c->fs_walk, "first_stage_walk_cache"},
		      {&c->ss_walk, "second_stage_walk_cache"}};

	for (u32 i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
		int rc = check_cache(caches[i].c, caches[i].name, msg, len);

		if (rc)
			return rc;
	}
	if (c->haw < 36 || c->haw > 52) {
		snprintf(msg, len, "host_address_width: %u is not in 36..52", c->haw);
		return -EINVAL;
	}
	if (!c->walkers || c->walkers > IOMMU_WALKERS_MAX) {
		snprintf(msg, len, "walkers: %u is not in 1..%u", c->walkers, IOMMU_WALKERS_MAX);
		return -EINVAL;
	}
	if (c->socket >= MEM_SOCKETS_MAX) {
		snprintf(msg, len, "socket: %u is not in 0..%u", c->socket, MEM_SOCKETS_MAX - 1);
		return -EINVAL;
	}
	return check_capabilities(c, msg, len);
}

static const struct sim_stat_def stats[] = {
#define STAT(name, unit, what)                                                                     \
	{                                                                                          \
#name, unit, what, offsetof(struct iommu_counts, name)                             \
	}
	STAT(requests, "count", "requests to translate"),
	STAT(pages, "count", "pages translated, every page of a run"),
	STAT(zero_reads, "count", "zero-length reads of the interrupt range"),
	STAT(iotlb_lookups, "count", "IOTLB look-ups"),
	STAT(iotlb_hits, "count", "IOTLB hits"),
	STAT(iotlb_evictions, "count", "valid IOTLB entries replaced"),
	STAT(walks, "count", "page walks"),
	STAT(table_reads, "count", "reads of tables in memory"),
	STAT(walk_cache_lookups, "count", "look-ups in the walk caches"),
	STAT(walk_cache_hits, "count", "hits in the walk caches"),
	STAT(context_lookups, "count", "context-cache look-ups"),
	STAT(context_hits, "count", "context-cache hits"),
	STAT(pasid_lookups, "count", "PASID-cache look-ups"),
	STAT(pasid_hits, "count", "PASID-cache hits"),
	STAT(ad_updates, "count", "updates of accessed and dirty bits"),
	STAT(did_conflicts, "count", "PASID entries that break the rules for sharing a domain ID"),
	STAT(faults, "count", "requests that ended in a fault, recorded or not"),
	STAT(faults_recorded, "count", "faults recorded"),
	STAT(no_access, "count", "translation requests answered without access"),
	STAT(invalidations, "count", "invalidation descriptors executed"),
	STAT(devtlb_invalidations, "count", "device-TLB invalidations sent"),
	STAT(devtlb_timeouts, "count", "device-TLB invalidations that timed out"),
	STAT(waits, "count", "wait descriptors completed"),
	STAT(page_requests, "count", "page requests received"),
	STAT(page_requests_dropped, "count", "page requests that did not reach the queue"),
	STAT(page_responses, "count", "page-group responses of software"),
	STAT(interrupts, "count", "interrupt messages received"),
	STAT(interrupts_posted, "count", "interrupts posted"),
	STAT(interrupts_blocked, "count", "interrupts blocked"),
	STAT(irte_lookups, "count", "interrupt-entry cache look-ups"),
	STAT(irte_hits, "count", "interrupt-entry cache hits"),
#undef STAT
};

static int init_caches(struct iommu *u)
{
	const struct iommu_cfg *c = &u->cfg;
	int rc = iotlb_init(&u->iotlb, &c->iotlb);

	rc |= tcache_init(&u->ctx_tags, &c->context);
	rc |= tcache_init(&u->pasid_tags, &c->pasid);
	rc |= tcache_init(&u->irte_tags, &c->irte);
	u->ctx = calloc(tcache_slots(&u->ctx_tags), sizeof(*u->ctx));
	u->pasid = calloc(tcache_slots(&u->pasid_tags), sizeof(*u->pasid));
	u->irte = calloc(tcache_slots(&u->irte_tags), sizeof(*u->irte));
	for (u32 level = 1; level <= 4; level++) {
		rc |= tcache_init(&u->fs_tags[level], &c->fs_walk);
		rc |= tcache_init(&u->ss_tags[level], &c->ss_walk);
		u->fs_table[level] =
			calloc(tcache_slots(&u->fs_tags[level]), sizeof(*u->fs_table[0]));
		u->ss_table[level] =
			calloc(tcache_slots(&u->ss_tags[level]), sizeof(*u->ss_table[0]));
		if (!u->fs_table[level] || !u->ss_table[level])
			rc = -ENOMEM;
	}
	if (c->ecap & VTD_ECAP_VCS) {
		u->vcmd_pasids = calloc(1, (VTD_PASID_MAX + 1) / 8);
		if (!u->vcmd_pasids)
			rc = -ENOMEM;
	}
	return rc || !u->ctx || !u->pasid || !u->irte ? -ENOMEM : 0;
}

static int register_counters(struct iommu *u)
{
	char name[48];
	int rc = sim_stats_register(u->sim, u->name, &u->count, stats,
				    sizeof(stats) / sizeof(stats[0]));

	snprintf(name, sizeof(name), "%s.walkers", u->name);
	return rc ? rc
		  : sim_usage_register(u->sim, name, &u->walker_use, u->cfg.walkers,
				       "page walkers");
}

struct iommu *iommu_new(struct sim *sim, struct mem *mem, const struct iommu_cfg *cfg)
{
	struct iommu *u;
	char msg[200];

	if (iommu_cfg_check(cfg, msg, sizeof(msg)))
		return NULL;
	u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	u->sim = sim;
	u->mem = mem;
	u->cfg = *cfg;
	u->hit_time = 2 * cfg->link_ps + cfg->lookup_ps + cfg->hit_ps;
	snprintf(u->name, sizeof(u->name), "%s", cfg->name ? cfg->name : "iommu");
	u->cfg.name = u->name;
	u->haw_mask = VTD_PT_ADDR & ~((1ull << cfg->haw) - 1);
	u->iotlb_off = IOTLB_REG_OFF;
	u->frcd_off = FRCD_REG_OFF;
	u->n_frcd = (u32)SPEC_GET(VTD_CAP_NFR, cfg->cap) + 1;
	devtlb_init(u);
	iq_init(u);
	msg_init(u, &u->fault_msg, VTD_REG_FECTL, cfg->event_msg_ps);
	msg_init(u, &u->inv_msg, VTD_REG_IECTL, cfg->event_msg_ps);
	msg_init(u, &u->prq_msg, VTD_REG_PECTL,
		 cfg->link_ps + cfg->prq_write_ps + cfg->event_msg_ps);
	regs_init(u);
	if (init_caches(u) || register_counters(u)) {
		iommu_free(u);
		return NULL;
	}
	return u;
}

void iommu_free(struct iommu *u)
{
	if (!u)
		return;
	sim_cancel(u->sim, &u->iq_ev);
	sim_cancel(u->sim, &u->inv_timer);
	sim_cancel(u->sim, &u->rsp_ev);
	sim_cancel(u->sim, &u->fault_msg.ev);
	sim_cancel(u->sim, &u->inv_msg.ev);
	sim_cancel(u->sim, &u->prq_msg.ev);
	port_cancel(&u->ghost);
	for (u32 b = 0; b < 256; b++) {
		for (u32 f = 0; u->bus[b] && f < 256; f++) {
			if (!u->bus[b][f])
				continue;
			port_cancel(u->bus[b][f]);
			free(u->bus[b][f]);
		}
		free(u->bus[b]);
	}
	for (u32 level = 1; level <= 4; level++) {
		tcache_free(&u->fs_tags[level]);
		tcache_free(&u->ss_tags[level]);
		free(u->fs_table[level]);
		free(u->ss_table[level]);
	}
	tcache_free(&u->ctx_tags);
	tcache_free(&u->pasid_tags);
	tcache_free(&u->irte_tags);
	free(u->ctx);
	free(u->pasid);
	free(u->irte);
	iotlb_free(&u->iotlb);
	free(u->vcmd_pasids);
	free(u);
}
