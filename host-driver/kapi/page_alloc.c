// SPDX-License-Identifier: GPL-2.0
/*
 * Page allocator: a buddy system per node behind a bump pointer, so that memory is touched densely.
 * What is known about frames lies in host memory, in pieces made when their RAM is first used:
 * a stray DMA in the simulation cannot break the simulator.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"
#include "host-driver/kapi/page.h"

#define CHUNK_PAGES 64
/* Poisoning costs an eighth of the block: larger ones are user memory, not worth it. */
#define POISON_ORDER_MAX 9

static u64 node_chunks(const struct kapi_node *n)
{
	return DIV_ROUND_UP(n->end_pfn - (n->first_pfn & ~(u64)(CHUNK_PAGES - 1)), CHUNK_PAGES);
}

static struct page **chunk_slot(struct kapi_node *n, u64 pfn)
{
	return &n->chunk[(pfn / CHUNK_PAGES) - (n->first_pfn / CHUNK_PAGES)];
}

/* The page of @pfn if it was ever part of an allocation unit, else NULL. */
static struct page *page_find(struct kapi_node *n, u64 pfn)
{
	struct page *chunk = *chunk_slot(n, pfn);

	return chunk ? &chunk[pfn % CHUNK_PAGES] : NULL;
}

/* The same, made when it is not there yet. */
static struct page *page_make(struct kernel *k, struct kapi_node *n, u64 pfn)
{
	struct page **slot = chunk_slot(n, pfn);

	if (!*slot) {
		struct page *chunk = calloc(CHUNK_PAGES, sizeof(*chunk));

		if (!chunk)
			return NULL;
		for (u32 i = 0; i < CHUNK_PAGES; i++) {
			chunk[i].pfn = (pfn & ~(u64)(CHUNK_PAGES - 1)) + i;
			chunk[i].node = n - k->node;
		}
		*slot = chunk;
		n->chunks_used = max(n->chunks_used, (u32)(slot - n->chunk) + 1);
	}
	return *slot + pfn % CHUNK_PAGES;
}

int kapi_mem_init(struct kernel *k)
{
	for (u32 i = 0; i < k->cfg.nr_ram; i++) {
		struct kapi_node *n = &k->node[i];

		n->first_pfn = k->cfg.ram[i].base >> PAGE_SHIFT;
		n->end_pfn = n->first_pfn + (k->cfg.ram[i].bytes >> PAGE_SHIFT);
		/* Frame 0 stays unused: a physical address of 0 means "none" too often. */
		n->next_pfn = n->first_pfn ? n->first_pfn : 1;
		for (u32 o = 0; o < KAPI_ORDERS; o++)
			INIT_LIST_HEAD(&n->free[o]);
		n->chunk = calloc(node_chunks(n), sizeof(*n->chunk));
		if (!n->chunk)
			return -ENOMEM;
		k->nr_nodes++;
	}
	return 0;
}

void kapi_mem_free(struct kernel *k)
{
	for (u32 i = 0; i < k->nr_nodes; i++) {
		struct kapi_node *n = &k->node[i];

		kapi_unpoison(k->cfg.phys_base + (n->first_pfn << PAGE_SHIFT),
			      (n->next_pfn - n->first_pfn) << PAGE_SHIFT);
		for (u32 c = 0; c < n->chunks_used; c++)
			free(n->chunk[c]);
		free(n->chunk);
		n->chunk = NULL;
	}
	k->nr_nodes = 0;
}

static void free_list_add(struct kapi_node *n, struct page *p, unsigned int order, bool fresh)
{
	p->state = PAGE_FREE;
	p->order = order;
	p->fresh = fresh;
	list_add(&p->lru, &n->free[order]);
}

/* Gives a block back, joined with its free neighbours. */
static void block_free(struct kapi_node *n, struct page *p, unsigned int order, bool fresh)
{
	u64 pfn = p->pfn;

	for (; order < KAPI_ORDERS - 1; order++) {
		u64 buddy_pfn = pfn ^ (1ull << order);
		struct page *buddy;

		if (buddy_pfn < n->first_pfn || buddy_pfn + (1ull << order) > n->next_pfn)
			break;
		buddy = page_find(n, buddy_pfn);
		if (!buddy || buddy->state != PAGE_FREE || buddy->order != order)
			break;
		list_del(&buddy->lru);
		buddy->state = PAGE_NONE;
		fresh = fresh && buddy->fresh;
		p->state = PAGE_NONE;
		pfn &= ~(1ull << order);
		p = page_find(n, pfn);
	}
	free_list_add(n, p, order, fresh);
}

/* A block from the free lists, the smallest that does; the rest goes back. */
static struct page *take_free(struct kernel *k, struct kapi_node *n, unsigned int order)
{
	for (unsigned int o = order; o < KAPI_ORDERS; o++) {
		struct page *p;
		bool fresh;

		p = list_first_entry_or_null(&n->free[o], struct page, lru);
		if (!p)
			continue;
		/* The upper halves need their pages before anything is changed. */
		for (unsigned int s = order; s < o; s++)
			if (!page_make(k, n, p->pfn + (1ull << s)))
				return NULL;
		list_del(&p->lru);
		fresh = p->fresh;
		while (o > order) {
			o--;
			free_list_add(n, page_find(n, p->pfn + (1ull << o)), o, fresh);
		}
		p->fresh = fresh;
		return p;
	}
	return NULL;
}

/* A block that was never used; what alignment skips goes to the free lists. */
static struct page *take_new(struct kernel *k, struct kapi_node *n, unsigned int order)
{
	u64 pages = 1ull << order;
	u64 pfn = ALIGN(n->next_pfn, pages);
	struct page *p;

	if (pfn < n->next_pfn || pfn > n->end_pfn || pages > n->end_pfn - pfn)
		return NULL;
	p = page_make(k, n, pfn);
	if (!p)
		return NULL;
	while (n->next_pfn < pfn) {
		unsigned int o = __ffs(n->next_pfn);
		struct page *gap = page_make(k, n, n->next_pfn);

		if (!gap)
			return NULL;
		n->next_pfn += 1ull << o;
		block_free(n, gap, o, true);
	}
	n->next_pfn += pages;
	p->fresh = true;
	return p;
}

static struct page *node_alloc(struct kernel *k, u32 nid, unsigned int order)
{
	struct kapi_node *n = &k->node[nid];
	struct page *p = take_free(k, n, order);

	return p ? p : take_new(k, n, order);
}

static struct page *nodes_alloc(struct kernel *k, int nid, gfp_t gfp, unsigned int order)
{
	u32 first = nid >= 0 && nid < k->nr_nodes ? nid : 0;
	struct page *p = node_alloc(k, first, order);

	if (p || (gfp & __GFP_THISNODE))
		return p;
	for (u32 i = 0; i < k->nr_nodes && !p; i++)
		if (i != first)
			p = node_alloc(k, i, order);
	return p;
}

void kernel_fail_alloc(struct kernel *k, u64 nth)
{
	k->fail_alloc = nth;
}

bool kapi_fail_alloc(struct kernel *k, gfp_t gfp)
{
	if (likely(!k->fail_alloc) || (gfp & __GFP_NOFAIL) || --k->fail_alloc)
		return false;
	k->stats.alloc_fails++;
	return true;
}

void kapi_ram_used(struct kernel *k, u64 pa, u64 bytes)
{
	if (k->cfg.ram_used)
		k->ram_debt += k->cfg.ram_used(k->cfg.ram_ctx, pa, bytes);
}

void kapi_ram_pay(struct kernel *k)
{
	u64 debt = k->ram_debt;

	k->ram_debt = 0;
	if (debt)
		kapi_spend(kapi_frame_here(), debt);
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	struct kernel *k = kapi_kernel();

	if (gfpflags_allow_blocking(gfp)) {
		might_sleep();
		kapi_ram_pay(k);
	}
	return kapi_fail_alloc(k, gfp) ? NULL : kapi_alloc_pages(k, nid, gfp, order);
}

struct page *kapi_alloc_pages(struct kernel *k, int nid, gfp_t gfp, unsigned int order)
{
	struct page *p;
	void *virt;

	if (order >= KAPI_ORDERS)
		return NULL;
	p = nodes_alloc(k, nid, gfp, order);
	if (!p) {
		if (!(gfp & __GFP_NOWARN))
			pr_warn("page allocation failure: order:%u, mode:%#x, node:%d\n", order,
				gfp, nid);
		return NULL;
	}
	p->state = PAGE_USED;
	p->order = order;
	p->refcount = 1;
	p->slab = NULL;
	p->size = 0;
	virt = page_address(p);
	if (order <= POISON_ORDER_MAX)
		kapi_unpoison(virt, PAGE_SIZE << order);
	if ((gfp & __GFP_ZERO) && !(p->fresh && k->cfg.ram_zeroed))
		memset(virt, 0, PAGE_SIZE << order);
	if (gfp & __GFP_ZERO)
		kapi_ram_used(k, p->pfn << PAGE_SHIFT, PAGE_SIZE << order);
	k->stats.pages += 1ull << order;
	k->stats.pages_peak = max(k->stats.pages_peak, k->stats.pages);
	return p;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return alloc_pages_node(NUMA_NO_NODE, gfp, order);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (WARN(page->state != PAGE_USED || page->order != order,
		 "bad page free: pfn %llx, order %u, is %u\n", page->pfn, order, page->order))
		return;
	put_page(page);
}

void get_page(struct page *page)
{
	WARN_ON(page->state != PAGE_USED);
	page->refcount++;
}

void put_page(struct page *page)
{
	struct kernel *k = kapi_kernel();

	if (WARN_ON(page->state != PAGE_USED || !page->refcount))
		return;
	if (--page->refcount)
		return;
	if (page->order <= POISON_ORDER_MAX)
		kapi_poison(k, page_address(page), PAGE_SIZE << page->order);
	k->stats.pages -= 1ull << page->order;
	k->frees++;
	if (k->cfg.frees_of)
		k->cfg.frees_of->frees++;
	block_free(&k->node[page->node], page, page->order, false);
}

int page_count(struct page *page)
{
	return page->state == PAGE_USED ? page->refcount : 0;
}

int page_to_nid(const struct page *page)
{
	return page->node;
}

unsigned int compound_order(struct page *page)
{
	return page->order;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *p = alloc_pages(gfp, order);

	return p ? (unsigned long)page_address(p) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

void free_pages(unsigned long addr, unsigned int order)
{
	struct page *p;

	if (!addr)
		return;
	p = virt_to_page((void *)addr);
	if (WARN(!p, "free_pages of %px, which is no page of this kernel\n", (void *)addr))
		return;
	__free_pages(p, order);
}

/* The block stays whole: the tail beyond @size is not given back. */
void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp)
{
	struct page *p = alloc_pages_node(nid, gfp, get_order(size));

	return p ? page_address(p) : NULL;
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return alloc_pages_exact_nid(NUMA_NO_NODE, size, gfp);
}

void free_pages_exact(void *virt, size_t size)
{
	free_pages((unsigned long)virt, get_order(size));
}

/* ---- addresses ------------------------------------------------------------------------------- */

static struct kapi_node *node_of_pfn(struct kernel *k, u64 pfn)
{
	for (u32 i = 0; i < k->nr_nodes; i++)
		if (pfn >= k->node[i].first_pfn && pfn < k->node[i].end_pfn)
			return &k->node[i];
	return NULL;
}

bool kapi_in_ram(const struct kernel *k, const volatile void *p)
{
	u64 pa = (const volatile u8 *)p - k->cfg.phys_base;

	for (u32 i = 0; i < k->cfg.nr_ram; i++)
		if (pa - k->cfg.ram[i].base < k->cfg.ram[i].bytes)
			return true;
	return false;
}

bool virt_addr_valid(const void *addr)
{
	return kapi_in_ram(kapi_kernel(), addr);
}

phys_addr_t virt_to_phys(const volatile void *addr)
{
	struct kernel *k = kapi_kernel();

	WARN(!kapi_in_ram(k, addr), "virt_to_phys of memory outside this kernel's RAM\n");
	return (const volatile u8 *)addr - k->cfg.phys_base;
}

void *phys_to_virt(phys_addr_t pa)
{
	struct kernel *k = kapi_kernel();

	if (WARN(!node_of_pfn(k, pa >> PAGE_SHIFT), "phys_to_virt of %#llx, which is no RAM\n", pa))
		return NULL;
	return k->cfg.phys_base + pa;
}

bool pfn_valid(unsigned long pfn)
{
	return node_of_pfn(kapi_kernel(), pfn) != NULL;
}

struct page *pfn_to_page(unsigned long pfn)
{
	struct kernel *k = kapi_kernel();
	struct kapi_node *n = node_of_pfn(k, pfn);

	return n ? page_make(k, n, pfn) : NULL;
}

unsigned long page_to_pfn(const struct page *page)
{
	return page->pfn;
}

void *page_address(const struct page *page)
{
	return kapi_kernel()->cfg.phys_base + (page->pfn << PAGE_SHIFT);
}

struct page *virt_to_page(const void *addr)
{
	struct kernel *k = kapi_kernel();

	if (!kapi_in_ram(k, addr))
		return NULL;
	return pfn_to_page(((const u8 *)addr - k->cfg.phys_base) >> PAGE_SHIFT);
}

/* ---- for checkers ---- */

const u64 *kernel_frees(const struct kernel *k)
{
	return &k->frees;
}

bool kernel_page_is_free(struct kernel *k, u64 pa)
{
	u64 pfn = pa >> PAGE_SHIFT;
	unsigned int o;
	u32 i;

	for (i = 0; i < k->nr_nodes; i++) {
		struct kapi_node *n = &k->node[i];

		if (pfn < n->first_pfn || pfn >= n->next_pfn)
			continue;
		/* The block that it lies in begins at one of these. */
		for (o = 0; o < KAPI_ORDERS; o++) {
			u64 first = pfn & ~((1ull << o) - 1);
			struct page *p = first < n->first_pfn ? NULL : page_find(n, first);

			if (p && p->state != PAGE_NONE && p->order >= o)
				return p->state == PAGE_FREE && !p->fresh;
		}
	}
	return false;
}
