// SPDX-License-Identifier: GPL-2.0
/*
 * From the guest's context and PASID tables to nested entries on the host. A guest PASID gets one
 * PASID of the host, and an entry on each of the host's functions where a function of the guest has
 * it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <spec/defects.h>

#include "host-driver/hypervisor/viommu_int.h"

/* ---- the guest's tables ---- */

/* Copies @words quad words of the guest's memory; false: not there. */
static bool fetch(const struct viommu *v, u64 gpa, u64 *out, u32 words)
{
	const void *at = vm_gpa(v->vm, gpa, words * 8);

	if (at)
		memcpy(out, at, words * 8);
	return at;
}

static u8 read_context(const struct viommu *v, u16 sid, u64 *ctx)
{
	u64 root[2], half;

	if (!viommu_scalable(v))
		return VTD_FR_RTA;
	if (!fetch(v, (v->root & VTD_PAGE_ADDR) + (sid >> 8) * VTD_ROOT_BYTES, root, 2))
		return VTD_FR_ROOT_ACC;
	half = root[sid >> 7 & 1];
	if (!(half & VTD_ROOT_P))
		return VTD_FR_ROOT_P;
	if (half & SPEC_FIELD(11, 1))
		return VTD_FR_ROOT_RSVD;
	if (!fetch(v, (half & VTD_ROOT_CTP) + (sid & 0x7f) * VTD_CTX_BYTES, ctx, 4))
		return VTD_FR_CTX_ACC;
	if (!(ctx[0] & VTD_CTX_Q0_P))
		return VTD_FR_CTX_P;
	/* Neither the host permission table nor PASIDs in translated requests are offered. */
	if ((ctx[0] & SPEC_FIELD(8, 5)) || ctx[1] || ctx[2] || ctx[3])
		return VTD_FR_CTX_RSVD;
	if ((ctx[0] & VTD_CTX_Q0_PRE) && !(ctx[0] & VTD_CTX_Q0_DTE))
		return VTD_FR_CTX_INV;
	return 0;
}

static u8 decode_entry(const u64 *pe, struct viommu_entry *e)
{
	if (!(pe[0] & VTD_PE_Q0_P))
		return VTD_FR_PE_P;
	if ((pe[0] & (VTD_PE_Q0_SSEE | VTD_PE_Q0_SSADE)) ||
	    (pe[1] & ~(VTD_PE_Q1_DID | VTD_PE_Q1_PWSNP | VTD_PE_Q1_PGSNP)) ||
	    (pe[2] & (VTD_PE_Q2_ERE | VTD_PE_Q2_EAFE | SPEC_FIELD(11, 8))) || pe[3] || pe[4] ||
	    pe[5] || pe[6] || pe[7])
		return VTD_FR_PE_RSVD;
	*e = (struct viommu_entry){
		.pgtt = SPEC_GET(VTD_PE_Q0_PGTT, pe[0]),
		.did = SPEC_GET(VTD_PE_Q1_DID, pe[1]),
		.root = pe[2] & VTD_PE_Q2_FSPTPTR,
		.levels = 4,
		.flags = (pe[2] & VTD_PE_Q2_SRE ? IOMMU_GUEST_SRE : 0) |
			 (pe[2] & VTD_PE_Q2_WPE ? IOMMU_GUEST_WPE : 0),
	};
	if (e->pgtt == VTD_PGTT_PASS) {
		/* The table's address is ignored. */
		e->root = 0;
		e->levels = 0;
	}
	/* Second stage and five levels are not offered; domain 0 is forbidden in caching mode. */
	if ((e->pgtt != VTD_PGTT_FIRST && e->pgtt != VTD_PGTT_PASS) || !e->did ||
	    (e->pgtt == VTD_PGTT_FIRST && (pe[2] & VTD_PE_Q2_FSPM)))
		return VTD_FR_PE_INV;
	return 0;
}

/* The walk of section 3.4.3 in the guest's memory: 0 or the fault's reason. */
static u8 read_entry(const struct viommu *v, u16 sid, u32 pasid, struct viommu_entry *e)
{
	u64 ctx[4], pde, pe[8];
	u8 why = read_context(v, sid, ctx);

	if (why)
		return why;
	if (pasid && !(ctx[0] & VTD_CTX_Q0_PASIDE))
		return VTD_FR_PASIDE;
	if (pasid >> (SPEC_GET(VTD_CTX_Q0_PDTS, ctx[0]) + 13))
		return VTD_FR_PASID_DIR;
	if (!fetch(v, (ctx[0] & VTD_CTX_Q0_PASIDDIR) + (pasid >> 6) * 8, &pde, 1))
		return VTD_FR_PDE_ACC;
	if (!(pde & VTD_PDE_P))
		return VTD_FR_PDE_P;
	if (pde & SPEC_FIELD(11, 2))
		return VTD_FR_PDE_RSVD;
	if (!fetch(v, (pde & VTD_PDE_TABLE) + (pasid & 63) * VTD_PTE_BYTES, pe, 8))
		return VTD_FR_PE_ACC;
	return decode_entry(pe, e);
}

static bool same_entry(const struct viommu_entry *a, const struct viommu_entry *b)
{
	return a->pgtt == b->pgtt && a->root == b->root && a->levels == b->levels &&
	       a->flags == b->flags;
}

/* ---- requests without PASID ---- */

static void rid_set(struct viommu_function *f, enum viommu_rid rid, const struct viommu_entry *e)
{
	int rc = 0;

	if (!f->domain ||
	    (f->rid == rid && (rid != VIOMMU_RID_NESTED || same_entry(&f->rid_entry, e))))
		return;
	if (f->rid != VIOMMU_RID_BLOCKED)
		vm_dma_block(f->v->vm, f->dev, f->pasid);
	if (rid == VIOMMU_RID_SECOND)
		rc = vm_dma_second(f->v->vm, f->dev, f->pasid);
	if (rid == VIOMMU_RID_NESTED) {
		rc = iommu_bind_guest_pgd(f->domain, f->dev, f->pasid, e->root, e->levels,
					  e->flags);
		if (!rc)
			iommu_set_pasid_handler(f->dev, f->pasid, &viommu_rid_handler, f);
		f->rid_entry = *e;
	}
	f->rid = rc ? VIOMMU_RID_BLOCKED : rid;
}

static void sync_rid(struct viommu *v, struct viommu_function *f)
{
	struct viommu_entry e;
	u8 why;

	if (!viommu_on(v)) {
		rid_set(f, VIOMMU_RID_SECOND, NULL);
		return;
	}
	why = read_entry(v, f->sid, 0, &e);
	if (why)
		rid_set(f, VIOMMU_RID_BLOCKED, NULL);
	else if (e.pgtt == VTD_PGTT_PASS)
		rid_set(f, VIOMMU_RID_SECOND, NULL);
	else
		rid_set(f, VIOMMU_RID_NESTED, &e);
}

/* ---- PASIDs ---- */

struct viommu_function *viommu_function(struct viommu *v, u16 sid)
{
	struct viommu_function *f;

	list_for_each_entry (f, &v->functions, node)
		if (f->sid == sid)
			return f;
	return NULL;
}

static struct viommu_bind *bind_at(struct viommu_pasid *p, const struct device *dev)
{
	struct viommu_bind *b;

	list_for_each_entry (b, &p->binds, node)
		if (b->dev == dev)
			return b;
	return NULL;
}

struct viommu_bind *viommu_bind_of(struct viommu *v, const struct viommu_function *f, u32 guest)
{
	struct viommu_pasid *p = xa_load(&v->pasids, guest);
	struct viommu_bind *b = p ? bind_at(p, f->dev) : NULL;

	return b && (b->functions >> f->index & 1) ? b : NULL;
}

/* One that the guest gave up long ago makes room: numbers never leave the machine while it lives.
 */
static struct viommu_pasid *pasid_recycle(struct viommu *v, u32 guest)
{
	struct viommu_pasid *p = list_first_entry_or_null(&v->unused, struct viommu_pasid, unused);

	if (!p)
		return NULL;
	xa_erase(&v->pasids, p->guest);
	if (xa_err(xa_store(&v->pasids, guest, p, GFP_KERNEL))) {
		xa_store(&v->pasids, p->guest, p, GFP_KERNEL);
		return NULL;
	}
	p->guest = guest;
	return p;
}

static struct viommu_pasid *pasid_get(struct viommu *v, u32 guest, struct device *dev)
{
	u32 quota = v->vm->cfg.pasid_quota ? v->vm->cfg.pasid_quota : VM_PASID_QUOTA;
	struct viommu_pasid *p = xa_load(&v->pasids, guest);

	if (p)
		return p;
	if (v->nr_pasids >= quota)
		return pasid_recycle(v, guest);
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return NULL;
	p->guest = guest;
	p->host = iommu_alloc_global_pasid(dev);
	INIT_LIST_HEAD(&p->binds);
	INIT_LIST_HEAD(&p->unused);
	if (p->host == IOMMU_PASID_INVALID || xa_err(xa_store(&v->pasids, guest, p, GFP_KERNEL))) {
		if (p->host != IOMMU_PASID_INVALID)
			iommu_free_global_pasid(p->host);
		kfree(p);
		return NULL;
	}
	list_add_tail(&p->unused, &v->unused);
	v->nr_pasids++;
	return p;
}

static struct viommu_bind *bind_new(struct viommu_pasid *p, struct viommu_function *f,
				    const struct viommu_entry *e)
{
	struct viommu_bind *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int rc;

	if (!b)
		return NULL;
	b->v = f->v;
	b->p = p;
	b->dev = f->dev;
	b->domain = f->domain;
	b->entry = *e;
	b->functions = 1u << f->index;
	if (e->pgtt == VTD_PGTT_PASS)
		rc = iommu_attach_device_pasid(b->domain, b->dev, p->host);
	else
		rc = iommu_bind_guest_pgd(b->domain, b->dev, p->host, e->root, e->levels, e->flags);
	if (rc) {
		kfree(b);
		return NULL;
	}
	iommu_set_pasid_handler(b->dev, p->host, &viommu_bind_handler, b);
	f->v->vm->stats.nested_binds++;
	return b;
}

/* With v->lock held. */
static void add_function(struct viommu *v, struct viommu_function *f, u32 guest,
			 const struct viommu_entry *e)
{
	struct viommu_pasid *p;
	struct viommu_bind *b;

	if (!f->domain)
		return;
	p = pasid_get(v, guest, f->dev);
	if (!p)
		return;
	b = bind_at(p, f->dev);
	if (b) {
		/* Two functions of one on the host share the entry; the first one's tables hold. */
		if (!b->dying)
			b->functions |= 1u << f->index;
		return;
	}
	b = bind_new(p, f, e);
	if (!b)
		return;
	list_add_tail(&b->node, &p->binds);
	list_del_init(&p->unused);
	/* Last: a processor that has the pair can use it at once. */
	vm_pasid_map(v->vm, guest, p->host);
}

/* Whoever has queues of the function: nothing is under way under the PASID when it returns. */
static void tell_gone(struct viommu *v, struct viommu_function *f, const struct viommu_pasid *p)
{
	if (v->vm->cfg.ops && v->vm->cfg.ops->pasid_gone)
		v->vm->cfg.ops->pasid_gone(v->vm->cfg.ops_ctx, f->in_vm, p->guest, p->host);
	vm_user_pasid_gone(v->vm, f->dev, f->pasid, p->guest, p->host);
}

/*
 * The order of section 10's quiesce: no more submissions, what is under way finished or aborted,
 * then entry, PASID cache, IOTLB, device TLB, page requests. v->lock is held, but given up for the
 * monitor, which may need a lock that another processor holds while it looks a PASID up.
 */
static void drop_function(struct viommu *v, struct viommu_function *f, struct viommu_bind *b)
{
	struct viommu_pasid *p = b->p;
	struct kernel *host = v->vm->cfg.host;
	bool last = b->functions == 1u << f->index;

	if (last) {
		b->dying = true;
		if (list_is_singular(&p->binds) && !kernel_has_defect(host, DEFECT_PAIR_STAYS))
			vm_pasid_unmap(v->vm, p->guest);
		viommu_refuse_asked(b);
	}
	mutex_unlock(&v->lock);
	tell_gone(v, f, p);
	mutex_lock(&v->lock);
	b->functions &= ~(1u << f->index);
	if (!last)
		return;
	iommu_detach_device_pasid(b->domain, b->dev, p->host);
	v->vm->stats.nested_unbinds++;
	list_del(&b->node);
	kfree(b);
	if (list_empty(&p->binds))
		list_add_tail(&p->unused, &v->unused);
}

/* With v->lock held. */
static void sync_pasid(struct viommu *v, struct viommu_function *f, u32 guest)
{
	struct viommu_bind *b = viommu_bind_of(v, f, guest);
	struct viommu_entry e;
	bool want;

	v->steps++;
	want = !f->leaving && viommu_on(v) && !read_entry(v, f->sid, guest, &e);
	if (b && want && same_entry(&b->entry, &e))
		return;
	if (b)
		drop_function(v, f, b);
	if (want)
		add_function(v, f, guest, &e);
}

void viommu_sync(struct viommu *v, struct viommu_function *f, u32 pasid)
{
	mutex_lock(&v->lock);
	if (pasid)
		sync_pasid(v, f, pasid);
	else
		sync_rid(v, f);
	mutex_unlock(&v->lock);
}

/* New PASIDs are not looked for: the guest names each, or a use of one asks. */
void viommu_sync_function(struct viommu *v, struct viommu_function *f)
{
	struct viommu_pasid *p;
	unsigned long guest;

	mutex_lock(&v->lock);
	sync_rid(v, f);
	xa_for_each (&v->pasids, guest, p)
		if (viommu_bind_of(v, f, guest))
			sync_pasid(v, f, guest);
	mutex_unlock(&v->lock);
}

void viommu_sync_all(struct viommu *v)
{
	struct viommu_function *f;

	list_for_each_entry (f, &v->functions, node)
		viommu_sync_function(v, f);
}

/* With v->lock held: what is known of @guest, looked up in the guest's tables if nothing is. */
static struct viommu_pasid *find_pasid(struct viommu *v, u32 guest)
{
	struct viommu_function *f;
	struct viommu_pasid *p;

	if (!guest || guest > VTD_PASID_MAX)
		return NULL;
	list_for_each_entry (f, &v->functions, node)
		if (!viommu_bind_of(v, f, guest))
			sync_pasid(v, f, guest);
	p = xa_load(&v->pasids, guest);
	return p && !list_empty(&p->binds) ? p : NULL;
}

/* One that is being taken away is gone: no queue or processor starts to use it. */
static struct viommu_pasid *find_living(struct viommu *v, u32 guest)
{
	struct viommu_pasid *p = find_pasid(v, guest);
	struct viommu_bind *b;

	if (p)
		list_for_each_entry (b, &p->binds, node)
			if (!b->dying)
				return p;
	return NULL;
}

int viommu_lookup(struct viommu *v, u32 guest, u32 *host)
{
	struct viommu_pasid *p;

	mutex_lock(&v->lock);
	p = find_living(v, guest);
	if (p)
		*host = p->host;
	mutex_unlock(&v->lock);
	return p ? 0 : -ENOENT;
}

int viommu_repair(struct vm *vm, u32 guest)
{
	struct viommu *v = vm->viommu;
	struct viommu_pasid *p;
	int rc = -ENOENT;

	mutex_lock(&v->lock);
	p = find_living(v, guest);
	if (p)
		rc = vm_pasid_map(vm, guest, p->host);
	mutex_unlock(&v->lock);
	return rc;
}

/* With v->lock held. Processors look PASIDs up meanwhile: they find none for this function. */
static void drop_all(struct viommu *v, struct viommu_function *f)
{
	struct viommu_pasid *p;
	struct viommu_bind *b;
	unsigned long guest;

	f->leaving = true;
	xa_for_each (&v->pasids, guest, p) {
		b = viommu_bind_of(v, f, guest);
		if (b)
			drop_function(v, f, b);
	}
}

void viommu_release_function(struct viommu *v, struct viommu_function *f)
{
	mutex_lock(&v->lock);
	drop_all(v, f);
	rid_set(f, VIOMMU_RID_SECOND, NULL);
	mutex_unlock(&v->lock);
}

void viommu_abandon_function(struct viommu *v, struct viommu_function *f)
{
	mutex_lock(&v->lock);
	drop_all(v, f);
	rid_set(f, VIOMMU_RID_BLOCKED, NULL);
	f->domain = NULL;
	mutex_unlock(&v->lock);
}

void viommu_release_pasids(struct viommu *v)
{
	struct viommu_pasid *p, *next;

	list_for_each_entry_safe (p, next, &v->unused, unused) {
		xa_erase(&v->pasids, p->guest);
		iommu_free_global_pasid(p->host);
		kfree(p);
	}
}

bool viommu_nests(struct vm *vm, u32 pasid)
{
	struct viommu_pasid *p;
	struct viommu_bind *b;
	unsigned long guest;

	if (vm->viommu)
		xa_for_each (&vm->viommu->pasids, guest, p)
			if (p->host == pasid)
				list_for_each_entry (b, &p->binds, node)
					if (b->entry.pgtt == VTD_PGTT_FIRST)
						return true;
	return false;
}
