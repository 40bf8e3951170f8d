// SPDX-License-Identifier: GPL-2.0
// Cases: pages, kmalloc, ids, arrays, device memory.
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/xarray.h>
#include "host-driver/kapi/kernel.h"
#include "tests/unit/kapi/prim_world.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static u64 pages_in_use(struct kt *t)
{
	struct kernel_stats st;

	kernel_get_stats(t->k, &st);
	return st.pages;
}

static void pages(struct kt *t)
{
	struct page *p[12], *huge;
	u64 begin = pages_in_use(t);
	u8 *v;

	for (unsigned int o = 0; o < 12; o++) {
		p[o] = alloc_pages(GFP_KERNEL, o);
		KT_CHECK(t, p[o] && IS_ALIGNED(page_to_phys(p[o]), PAGE_SIZE << o));
		v = page_address(p[o]);
		KT_CHECK(t, virt_to_phys(v) == page_to_phys(p[o]) &&
				    phys_to_virt(virt_to_phys(v)) == v);
		KT_CHECK(t, virt_to_page(v) == p[o] && pfn_to_page(page_to_pfn(p[o])) == p[o]);
		memset(v, 0x5a, PAGE_SIZE << o);
	}
	KT_CHECK(t, pages_in_use(t) - begin == (1u << 12) - 1);
	get_page(p[3]);
	__free_pages(p[3], 3); /* one reference is left */
	KT_CHECK(t, page_count(p[3]) == 1);
	put_page(p[3]);
	p[3] = alloc_pages(GFP_KERNEL | __GFP_ZERO, 3);
	KT_CHECK(t, !memchr_inv(page_address(p[3]), 0, PAGE_SIZE << 3));
	for (unsigned int o = 0; o < 12; o++)
		__free_pages(p[o], o);
	KT_CHECK(t, pages_in_use(t) == begin);
	/* Everything joined again: dense, so the same low memory serves a large block. */
	huge = alloc_pages(GFP_KERNEL, 12);
	KT_CHECK(t, huge && page_to_phys(huge) < PRIM_BASE + (48ull << 20));
	__free_pages(huge, 12);
	KT_CHECK(t, !alloc_pages(GFP_KERNEL | __GFP_NOWARN, 18)); /* 1 GiB does not fit */
	KT_CHECK(t, !alloc_pages(GFP_KERNEL | __GFP_NOWARN, 19));
}

static void nodes(struct kt *t)
{
	struct page *p = alloc_pages_node(1, GFP_KERNEL, 0), *q;
	struct page *all[64];
	int n = 0;
	void *v;

	KT_CHECK(t, num_online_nodes() == 2 && node_online(1) && !node_online(2));
	KT_CHECK(t, page_to_nid(p) == 1 && page_to_phys(p) >= PRIM_BASE + PRIM_RAM);
	v = kmalloc_node(100, GFP_KERNEL, 1);
	KT_CHECK(t, virt_to_phys(v) >= PRIM_BASE + PRIM_RAM);
	kfree(v);
	while (n < 64 && (q = alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 9)))
		all[n++] = q;
	KT_CHECK(t, n > 28 && n < 32);
	q = alloc_pages_node(1, GFP_KERNEL, 9); /* falls back to the other node */
	KT_CHECK(t, q && page_to_nid(q) == 0);
	__free_pages(q, 9);
	while (n)
		__free_pages(all[--n], 9);
	__free_pages(p, 0);
	KT_CHECK(t, PTR_ERR_OR_ZERO(alloc_pages_node(99, GFP_KERNEL | __GFP_NOWARN, 30)) == 0);
}

/* Random allocations and frees: blocks are aligned, inside the RAM, and never overlap. */
static void page_soup(struct kt *t)
{
	enum { N = 64 };
	struct page *p[N] = {NULL};
	unsigned int order[N];
	u64 begin = pages_in_use(t);

	for (int round = 0; round < 4000; round++) {
		int i = get_random_u32() % N;

		if (p[i]) {
			u64 *v = page_address(p[i]);

			KT_CHECK(t, v[0] == (u64)i && v[(PAGE_SIZE << order[i]) / 8 - 1] == (u64)i);
			__free_pages(p[i], order[i]);
			p[i] = NULL;
			continue;
		}
		order[i] = get_random_u32() % 7;
		p[i] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order[i]);
		if (p[i]) {
			u64 *v = page_address(p[i]);

			v[0] = v[(PAGE_SIZE << order[i]) / 8 - 1] = i;
		}
	}
	for (int i = 0; i < N; i++)
		if (p[i])
			__free_pages(p[i], order[i]);
	KT_CHECK(t, pages_in_use(t) == begin);
}

static void slab(struct kt *t)
{
	enum { N = 300 };
	u8 *p[N];
	size_t size[N];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++) {
			size[i] = get_random_u32() % (i % 10 ? 600 : 40000) + 1;
			p[i] = kmalloc(size[i], GFP_KERNEL);
			KT_CHECK(t, p[i] && virt_addr_valid(p[i]) && ksize(p[i]) == size[i]);
			memset(p[i], i, size[i]);
		}
		for (int i = 0; i < N; i++) {
			int j = (i * 7) % N;

			KT_CHECK(t, !memchr_inv(p[j], (u8)j, size[j]));
			kfree(p[j]);
		}
	}
	for (size_t s = 1; s <= 1 << 16; s <<= 1) {
		p[0] = kzalloc(s, GFP_KERNEL);
		KT_CHECK(t, IS_ALIGNED((unsigned long)virt_to_phys(p[0]), min(s, PAGE_SIZE)));
		KT_CHECK(t, !memchr_inv(p[0], 0, s));
		kfree(p[0]);
	}
	KT_CHECK(t, kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	KT_CHECK(t, !kcalloc(SIZE_MAX / 2, 4, GFP_KERNEL));
	KT_CHECK(t, !kvmalloc(PRIM_RAM * 2, GFP_KERNEL | __GFP_NOWARN));
	KT_CHECK(t, !kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	p[0] = kvzalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL);
	KT_CHECK(t, p[0] && !p[0][KMALLOC_MAX_SIZE]);
	kvfree(p[0]);
	p[0] = kmemdup("abc", 4, GFP_KERNEL);
	p[0] = krealloc(p[0], 5000, GFP_KERNEL);
	KT_CHECK(t, !strcmp((char *)p[0], "abc"));
	p[0] = krealloc(p[0], 2, GFP_KERNEL);
	KT_CHECK(t, p[0][0] == 'a' && ksize(p[0]) == 2);
	kfree(p[0]);
}

static void counted(void *obj)
{
	memset(obj, 0x11, 8);
}

static void slab_errors(struct kt *t)
{
	struct kmem_cache *c = kmem_cache_create("c", 40, 64, 0, counted);
	u8 *p = kmem_cache_alloc(c, GFP_KERNEL), *q;

	KT_CHECK(t, p[0] == 0x11 && IS_ALIGNED(virt_to_phys(p), 64));
	kmem_cache_free(c, p);
	kmem_cache_destroy(c);
	/* Freed twice, into the middle, somebody else's memory: reported, and nothing else. */
	p = kmalloc(100, GFP_KERNEL);
	q = kmalloc(100, GFP_KERNEL);
	kfree(p);
	kfree(p);
	kfree(q + 16);
	kfree(t);
	t->want_slab_errors = 3;
#ifndef SANITIZED
	/* Beyond the end; and after the free. With a sanitizer these end the program instead. */
	OPTIMIZER_HIDE_VAR(q);
	q[100] = 1;
	kfree(q);
	q = kmalloc(100, GFP_KERNEL);
	OPTIMIZER_HIDE_VAR(q);
	kfree(q);
	q[7] = 2;
	p = kmalloc(100, GFP_KERNEL);
	KT_CHECK(t, p == q);
	t->want_slab_errors += 2;
	q = p;
#endif
	kfree(q);
	t->want_warnings = t->want_slab_errors;
}

/* Everything that allocates must give up cleanly, whichever of its allocations fails. */
static void injected(struct kt *t)
{
	struct kernel_stats st;
	u64 n, fails = 0;

	for (n = 1;; n++) {
		struct xarray xa;
		int err = 0;

		xa_init(&xa);
		kernel_fail_alloc(t->k, n);
		for (unsigned long i = 0; i < 3 && !err; i++)
			err = xa_err(xa_store(&xa, 1ul << (i * 20), xa_mk_value(i), GFP_KERNEL));
		kernel_fail_alloc(t->k, 0);
		KT_CHECK(t, !err || err == -ENOMEM);
		if (err)
			fails++;
		for (unsigned long i = 0; i < 3; i++)
			xa_erase(&xa, 1ul << (i * 20));
		KT_CHECK(t, xa_empty(&xa)); /* what a failed store made is gone */
		kernel_get_stats(t->k, &st);
		KT_CHECK(t, st.slab_bytes == 0);
		if (!err)
			break;
	}
	KT_CHECK(t, fails == n - 1 && fails > 6 && st.alloc_fails == fails);
	kernel_fail_alloc(t->k, 1);
	KT_CHECK(t, !alloc_pages(GFP_KERNEL, 0));
	kernel_fail_alloc(t->k, 1);
	KT_CHECK(t, !kasprintf(GFP_KERNEL, "%d", 1));
}

const struct kt_case kt_mem_cases[] = {
	{"pages: orders, addresses, counts, joining", pages},
	{"pages: nodes", nodes},
	{"pages: random use", page_soup},
	{"kmalloc: sizes, alignment, contents", slab},
	{"allocations failed on purpose", injected},
	{"kmalloc: red zones, double free, use after free", slab_errors},
	{NULL, NULL},
};

/* ---- ids and arrays -----------------------------------------------------------------------------
 */

static DEFINE_IDA(static_ida);

static void idas(struct kt *t)
{
	struct ida ida;

	ida_init(&ida);
	for (int i = 0; i < 3000; i++)
		KT_CHECK(t, ida_alloc(&ida, GFP_KERNEL) == i);
	ida_free(&ida, 1500);
	ida_free(&ida, 7);
	KT_CHECK(t, ida_alloc_min(&ida, 8, GFP_KERNEL) == 1500);
	KT_CHECK(t, ida_alloc(&ida, GFP_KERNEL) == 7);
	KT_CHECK(t, ida_alloc_range(&ida, 5, 9, GFP_KERNEL) == -ENOSPC);
	KT_CHECK(t, ida_alloc_range(&ida, 1000000, 2000000, GFP_KERNEL) == 1000000);
	KT_CHECK(t, ida_alloc_max(&ida, 2999, GFP_KERNEL) == -ENOSPC);
	ida_destroy(&ida);
	KT_CHECK(t, ida_is_empty(&ida));
	ida_free(&ida, 5); /* not allocated */
	KT_CHECK(t, ida_alloc(&static_ida, GFP_KERNEL) == 0);
	KT_CHECK(t, ida_alloc(&static_ida, GFP_KERNEL) == 1);
	KT_CHECK(t, static_ida.xa.root == NULL);
	ida_free(&static_ida, 0);
	ida_free(&static_ida, 1);
	KT_CHECK(t, ida_is_empty(&static_ida));
	t->want_warnings = 1;
}

static void idrs(struct kt *t)
{
	struct idr idr;
	int id, n = 0;
	char *p, *names[] = {"a", "b", "c"};

	idr_init(&idr);
	KT_CHECK(t, idr_alloc(&idr, names[0], 1, 0, GFP_KERNEL) == 1);
	KT_CHECK(t, idr_alloc(&idr, names[1], 1, 0, GFP_KERNEL) == 2);
	KT_CHECK(t, idr_alloc(&idr, NULL, 0, 1, GFP_KERNEL) == 0); /* taken, reads as NULL */
	KT_CHECK(t, idr_alloc(&idr, names[2], 0, 3, GFP_KERNEL) == -ENOSPC);
	KT_CHECK(t, idr_find(&idr, 2) == names[1] && !idr_find(&idr, 0) && !idr_find(&idr, 9));
	idr_for_each_entry(&idr, p, id) n += id;
	KT_CHECK(t, n == 3);
	KT_CHECK(t, idr_replace(&idr, names[2], 1) == names[0]);
	KT_CHECK(t, idr_remove(&idr, 1) == names[2] && !idr_remove(&idr, 1));
	KT_CHECK(t, idr_alloc_cyclic(&idr, names[0], 1, 4, GFP_KERNEL) == 1);
	KT_CHECK(t, idr_alloc_cyclic(&idr, names[0], 1, 4, GFP_KERNEL) == 3);
	idr_remove(&idr, 1);
	KT_CHECK(t, idr_alloc_cyclic(&idr, names[0], 1, 4, GFP_KERNEL) == 1);
	idr_destroy(&idr);
	KT_CHECK(t, idr_is_empty(&idr));
}

static void xarrays(struct kt *t)
{
	static const unsigned long at[] = {0, 1, 63, 64, 4095, 4096, 1ul << 40, ULONG_MAX};
	struct xarray xa;
	unsigned long index, n = 0, last = 0;
	void *entry;
	u32 id, next = 0;

	xa_init(&xa);
	KT_CHECK(t, xa_empty(&xa) && !xa_load(&xa, 5) && !xa_erase(&xa, 5));
	for (size_t i = ARRAY_SIZE(at); i--;)
		KT_CHECK(t, !xa_store(&xa, at[i], xa_mk_value(i), GFP_KERNEL));
	xa_for_each (&xa, index, entry) {
		KT_CHECK(t, index == at[n] && xa_to_value(entry) == n && (!n || index > last));
		last = index;
		n++;
	}
	KT_CHECK(t, n == ARRAY_SIZE(at));
	KT_CHECK(t, xa_insert(&xa, 64, t, GFP_KERNEL) == -EBUSY);
	KT_CHECK(t, xa_store(&xa, 64, t, GFP_KERNEL) == xa_mk_value(3));
	KT_CHECK(t, xa_cmpxchg(&xa, 64, xa_mk_value(3), NULL, GFP_KERNEL) == t);
	KT_CHECK(t, xa_cmpxchg(&xa, 64, t, NULL, GFP_KERNEL) == t && !xa_load(&xa, 64));
	xa_set_mark(&xa, 4096, XA_MARK_1);
	xa_set_mark(&xa, 64, XA_MARK_1); /* nothing there */
	n = 0;
	xa_for_each_marked(&xa, index, entry, XA_MARK_1) n += index;
	KT_CHECK(t, n == 4096 && xa_get_mark(&xa, 4096, XA_MARK_1));
	KT_CHECK(t, xa_err(xa_store(&xa, 1, ERR_PTR(-EIO), GFP_KERNEL)) == -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		xa_erase(&xa, at[i]);
	KT_CHECK(t, xa_empty(&xa));

	xa_init_flags(&xa, XA_FLAGS_ALLOC1);
	for (u32 i = 1; i <= 5000; i++)
		KT_CHECK(t, !xa_alloc(&xa, &id, t, XA_LIMIT(1, 5000), GFP_KERNEL) && id == i);
	KT_CHECK(t, xa_alloc(&xa, &id, t, XA_LIMIT(1, 5000), GFP_KERNEL) == -EBUSY);
	xa_erase(&xa, 4097);
	xa_erase(&xa, 77);
	KT_CHECK(t, !xa_alloc(&xa, &id, NULL, XA_LIMIT(100, 5000), GFP_KERNEL) && id == 4097);
	KT_CHECK(t,
		 !xa_alloc_cyclic(&xa, &id, t, XA_LIMIT(1, 5002), &next, GFP_KERNEL) && id == 77);
	next = 5002;
	KT_CHECK(t,
		 !xa_alloc_cyclic(&xa, &id, t, XA_LIMIT(1, 5002), &next, GFP_KERNEL) && id == 5002);
	KT_CHECK(t, xa_alloc_cyclic(&xa, &id, t, XA_LIMIT(1, 5002), &next, GFP_KERNEL) == 1 &&
			    id == 5001);
	xa_destroy(&xa);
	t->want_warnings = 1;
}

static void released(struct percpu_ref *ref)
{
	ref->release = NULL;
}

static void percpu_refs(struct kt *t)
{
	struct percpu_ref ref;

	KT_CHECK(t, !percpu_ref_init(&ref, released, 0, GFP_KERNEL));
	KT_CHECK(t, percpu_ref_tryget_live(&ref));
	percpu_ref_kill(&ref);
	KT_CHECK(t, !percpu_ref_tryget_live(&ref) && percpu_ref_is_dying(&ref));
	KT_CHECK(t, ref.release && !percpu_ref_is_zero(&ref));
	percpu_ref_put(&ref);
	KT_CHECK(t, !ref.release && percpu_ref_is_zero(&ref) && !percpu_ref_tryget(&ref));
	percpu_ref_reinit(&ref);
	KT_CHECK(t, percpu_ref_tryget_live(&ref));
}

const struct kt_case kt_id_cases[] = {
	{"ida", idas},
	{"idr", idrs},
	{"xarray: order, marks, allocation", xarrays},
	{"percpu_ref", percpu_refs},
	{NULL, NULL},
};

/* ---- device memory
 * -------------------------------------------------------------------------------- */

static void device_memory(struct kt *t)
{
	void __iomem *io = ioremap(PRIM_MMIO, 0x1000);
	u32 ram[4] = {1, 2, 3, 4};
	u64 begin = ktime_get_ns();
	u8 bytes[23];

	writeq(0x1122334455667788ull, io + 8);
	KT_CHECK(t, ktime_get_ns() == begin); /* posted */
	KT_CHECK(t, readq(io + 8) == 0x1122334455667788ull);
	KT_CHECK(t, ktime_get_ns() - begin == 200); /* waits for its round trip */
	KT_CHECK(t, ioread32(io + 12) == 0x11223344 && readw(io + 8) == 0x7788 &&
			    readb(io + 9) == 0x77);
	iowrite32(5, io + 8);
	KT_CHECK(t, readq(io + 8) == 0x1122334400000005ull);
	KT_CHECK(t, readl((void __iomem *)&ram[2]) == 3);
	writel(9, (void __iomem *)&ram[1]);
	KT_CHECK(t, ram[1] == 9);
	for (int i = 0; i < 23; i++)
		bytes[i] = i;
	memcpy_toio(io + 3, bytes, 23);
	memset(bytes, 0, 23);
	memcpy_fromio(bytes, io + 3, 23);
	KT_CHECK(t, bytes[0] == 0 && bytes[1] == 1 && bytes[22] == 22);
	memset_io(io, 0xee, 16);
	KT_CHECK(t, readq(io) == 0xeeeeeeeeeeeeeeeeull);
	KT_CHECK(t, readl(io + 2) == ~0u); /* unaligned: reported */
	KT_CHECK(t, !ioremap(0, 0) && !ioremap(~0ull - 10, 100) && !ioremap(1ull << 52, 8));
	KT_CHECK(t, memremap(PRIM_BASE, 64, MEMREMAP_WB) == phys_to_virt(PRIM_BASE));
	KT_CHECK(t, !memremap(PRIM_MMIO, 64, MEMREMAP_WB));
	iounmap(io);
	t->want_warnings = 1;
}

static void portals(struct kt *t)
{
	void __iomem *io = ioremap(PRIM_MMIO, 0x1000);
	u8 desc[128] __aligned(64);

	for (int i = 0; i < 128; i++)
		desc[i] = i;
	iosubmit_cmds512(io, desc, 2);
	KT_CHECK(t, t->portal_writes == 2 && t->portal[0] == 64 && t->portal[63] == 127);
	t->retries = 1;
	KT_CHECK(t, enqcmds(io, desc) == -EAGAIN && t->portal_writes == 2);
	KT_CHECK(t, enqcmds(io, desc) == 0 && t->portal[5] == 5);
	movdir64b((void __iomem *)(desc + 64), desc);
	KT_CHECK(t, desc[64] == 0 && desc[127] == 63);
	KT_CHECK(t, enqcmds((void __iomem *)desc, desc + 64) == -EAGAIN); /* RAM takes no enqueue */
	iounmap(io);
}

const struct kt_case kt_io_cases[] = {
	{"accessors, widths, round trips", device_memory},
	{"64-byte stores and enqueues", portals},
	{NULL, NULL},
};
