// SPDX-License-Identifier: GPL-2.0
// Kernel-side checks of address spaces, for test_mm.c.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "host-driver/kapi/kernel.h"
#include "mm_calls.h"

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			return __LINE__;                                                           \
	} while (0)

#define ANON (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE)

static struct mm_struct *new_mm(void)
{
	return mm_create(kernel_current(), 0);
}

static long map(struct mm_struct *mm, unsigned long pages, unsigned long flags)
{
	struct mm_map m = {
		.len = pages * PAGE_SIZE, .vm_flags = flags, .page_shift = PAGE_SHIFT, .node = -1};

	return mm_map(mm, &m);
}

/* ---- notifiers that write down what they hear ---- */

struct spy {
	struct mmu_notifier mn;
	char trail[32];
	unsigned int n;
	unsigned long start, end;
	unsigned int sleep_us;
	char name;
};

static char common[64];
static unsigned int ncommon;

static void heard(struct spy *s, char what)
{
	if (s->n < sizeof(s->trail) - 1)
		s->trail[s->n++] = what;
	if (ncommon < sizeof(common) - 1)
		common[ncommon++] = s->name;
}

static void spy_invalidate(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start,
			   unsigned long end)
{
	struct spy *s = container_of(mn, struct spy, mn);

	if (s->sleep_us)
		usleep_range(s->sleep_us, s->sleep_us);
	heard(s, 'i');
	s->start = start;
	s->end = end;
}

static void spy_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	heard(container_of(mn, struct spy, mn), 'r');
}

static const struct mmu_notifier_ops spy_ops = {
	.invalidate_range = spy_invalidate,
	.release = spy_release,
};

static void spy_init(struct spy *s, char name)
{
	memset(s, 0, sizeof(*s));
	s->mn.ops = &spy_ops;
	s->name = name;
}

int mm_test_notifiers(void *arg)
{
	struct mm_struct *mm = new_mm();
	struct spy a, b;
	long va = map(mm, 8, ANON);

	memset(common, 0, sizeof(common));
	ncommon = 0;
	spy_init(&a, 'a');
	spy_init(&b, 'b');
	CHECK(va > 0);
	CHECK(!mmu_notifier_register(&a.mn, mm) && !mmu_notifier_register(&b.mn, mm));
	/* New pages are no news. */
	CHECK(!mm_touch(mm, va, 4 * PAGE_SIZE, FAULT_FLAG_WRITE));
	CHECK(!ncommon);
	/* Only what was there is reported, in order of registration. */
	CHECK(!mm_protect(mm, va + 2 * PAGE_SIZE, 4 * PAGE_SIZE, VM_READ));
	CHECK(!strcmp(common, "ab"));
	CHECK(a.start == va + 2 * PAGE_SIZE && a.end == va + 4 * PAGE_SIZE);
	CHECK(!mm_protect(mm, va + 2 * PAGE_SIZE, 4 * PAGE_SIZE, VM_READ));
	CHECK(ncommon == 2);
	CHECK(!mm_unmap(mm, va + 6 * PAGE_SIZE, 2 * PAGE_SIZE));
	CHECK(ncommon == 2);
	CHECK(!mm_discard(mm, va, PAGE_SIZE));
	CHECK(ncommon == 4 && b.start == va && b.end == va + PAGE_SIZE);
	/* Unregistering releases first, and the other goes on. */
	mmu_notifier_unregister(&a.mn, mm);
	CHECK(!strcmp(a.trail, "iir"));
	mmput(mm);
	/* The end is told once, and the unmapping that follows as well. */
	CHECK(!strcmp(b.trail, "iiri"));
	CHECK(!strcmp(common, "ababa"
			      "bb"));
	mmu_notifier_unregister(&b.mn, mm);
	return 0;
}

int mm_test_refs(void *arg)
{
	struct mm_struct *mm = new_mm();
	struct spy s;
	long va = map(mm, 4, ANON);

	CHECK(va > 0 && !mm_touch(mm, va, PAGE_SIZE, FAULT_FLAG_WRITE));
	mmgrab(mm);
	CHECK(mmget_not_zero(mm));
	mmput(mm);
	CHECK(!mm_resolve(mm, va, 1, true, NULL, NULL));
	mmput(mm);
	/* The structure stays, what it mapped does not. */
	CHECK(mm_resolve(mm, va, 1, true, NULL, NULL) == -EFAULT);
	CHECK(!mmget_not_zero(mm));
	CHECK(!mm->nr_vmas && !mm->stat.resident_pages);
	spy_init(&s, 's');
	CHECK(mmu_notifier_register(&s.mn, mm) == -ESRCH);
	mmdrop(mm);
	CHECK(!mm_create(kernel_current(), -1) && !mm_create(kernel_current(), MM_MAX_NODES));
	return 0;
}

int mm_test_remap(void *arg)
{
	struct mm_struct *mm = new_mm();
	long va = map(mm, 4, VM_READ | VM_WRITE | VM_SHARED | VM_MAYREAD | VM_MAYWRITE);
	struct vm_area_struct *vma = find_vma(mm, va);
	pgprot_t prot = pgprot_noncached(vma->vm_page_prot);
	u64 pa, run;

	CHECK(io_remap_pfn_range(vma, va + 1, 0x80000, PAGE_SIZE, prot) == -EINVAL);
	CHECK(io_remap_pfn_range(vma, va, 0x80000, 5 * PAGE_SIZE, prot) == -EINVAL);
	CHECK(io_remap_pfn_range(vma, va - PAGE_SIZE, 0x80000, PAGE_SIZE, prot) == -EINVAL);
	CHECK(io_remap_pfn_range(vma, va, ~0ul, PAGE_SIZE, prot) == -EINVAL);
	CHECK(!io_remap_pfn_range(vma, va, 0x80000, 2 * PAGE_SIZE, prot));
	CHECK(io_remap_pfn_range(vma, va, 0x90000, PAGE_SIZE, prot) == -EINVAL);
	CHECK(vma->vm_flags & VM_PFNMAP);
	CHECK(!mm_resolve(mm, va + 8, PAGE_SIZE * 4, true, &pa, &run));
	CHECK(pa == 0x80000008 && run == 2 * PAGE_SIZE - 8);
	/* No page behind the rest, and registers are no memory for copies. */
	CHECK(mm_touch(mm, va, PAGE_SIZE, FAULT_FLAG_WRITE) == 0);
	CHECK(mm_touch(mm, va + 2 * PAGE_SIZE, 1, 0) == -EFAULT);
	CHECK(mm_access(mm, va, &pa, 8, false) == -EFAULT);
	CHECK(mm_discard(mm, va, PAGE_SIZE) == -EINVAL);
	/* Protection keeps the caching and the device address. */
	CHECK(!mm_protect(mm, va, PAGE_SIZE, VM_READ));
	CHECK(mm_resolve(mm, va, 8, true, NULL, NULL) == -EFAULT);
	CHECK(!mm_resolve(mm, va, 8, false, &pa, NULL) && pa == 0x80000000);
	CHECK(!mm_protect(mm, va, PAGE_SIZE, VM_READ | VM_WRITE));
	CHECK(!mm_resolve(mm, va, 8, true, &pa, NULL) && pa == 0x80000000);
	mmput(mm);
	return 0;
}

int mm_test_user_access(void *arg)
{
	struct mm_struct *mm = new_mm();
	long va = map(mm, 2, ANON);
	char buf[64];
	u32 word = 0;

	kthread_use_mm(mm);
	CHECK(current->mm == mm);
	/* Faults pages in on both sides of the border; stops at the end of the mapping. */
	memset(buf, 'q', sizeof(buf));
	CHECK(!copy_to_user((void __user *)(va + PAGE_SIZE - 32), buf, 64));
	CHECK(copy_to_user((void __user *)(va + 2 * PAGE_SIZE - 24), buf, 64) == 40);
	memset(buf, 1, sizeof(buf));
	CHECK(copy_from_user(buf, (void __user *)(va + 2 * PAGE_SIZE - 24), 64) == 40);
	CHECK(buf[23] == 'q' && buf[24] == 0 && buf[63] == 0);
	CHECK(put_user(0x12345678, (u32 __user *)va) == 0);
	CHECK(get_user(word, (u32 __user *)va) == 0 && word == 0x12345678);
	CHECK(get_user(word, (u32 __user *)8ul) == -EFAULT);
	CHECK(copy_from_user(buf, (void __user *)~0ul, 8) == 8);
	/* No write into read-only memory, not even by the kernel. */
	CHECK(!mm_protect(mm, va, PAGE_SIZE, VM_READ));
	CHECK(put_user(1, (u32 __user *)va) == -EFAULT);
	kthread_unuse_mm(mm);
	CHECK(!current->mm);
	CHECK(copy_from_user(buf, (void __user *)va, 8) == 8);
	mmput(mm);
	return 0;
}

int mm_test_levels(void *arg)
{
	struct mm_map m = {.addr = 1ul << 50,
			   .len = PAGE_SIZE,
			   .vm_flags = ANON,
			   .page_shift = PAGE_SHIFT,
			   .node = -1};
	struct mm_struct *mm = new_mm();
	u64 pa;

	CHECK(mm->levels == 4);
	CHECK(mm_map(mm, &m) == -EINVAL);
	mmput(mm);
	CHECK(mm_set_levels(kernel_current(), 6) == -EINVAL);
	CHECK(!mm_set_levels(kernel_current(), 5));
	mm = new_mm();
	CHECK(mm->levels == 5);
	CHECK(mm_map(mm, &m) == 1l << 50);
	CHECK(!mm_touch(mm, m.addr, 1, FAULT_FLAG_WRITE));
	CHECK(!mm_resolve(mm, m.addr + 5, 1, true, &pa, NULL) && (pa & ~PAGE_MASK) == 5);
	CHECK(mm_resolve(mm, 5, 1, false, NULL, NULL) == -EFAULT);
	mmput(mm);
	return mm_set_levels(kernel_current(), 4) ? __LINE__ : 0;
}

/* ---- several fibers ---- */

struct helper {
	struct mm_struct *mm;
	unsigned long va;
	int ret;
	u64 done_at;
};

static u64 now_us(void)
{
	return ktime_get_ns() / 1000;
}

static int toucher(void *arg)
{
	struct helper *h = arg;

	h->ret = mm_touch(h->mm, h->va, 1, FAULT_FLAG_WRITE);
	h->done_at = now_us();
	return 0;
}

static int unmapper(void *arg)
{
	struct helper *h = arg;

	h->ret = mm_unmap(h->mm, h->va, PAGE_SIZE);
	h->done_at = now_us();
	return 0;
}

int mm_test_lock(void *arg)
{
	static const struct mm_costs slow = {.minor_fault_ps = 100 * PS_PER_US};
	static const struct mm_costs none;
	struct mm_struct *mm = new_mm();
	long va = map(mm, 4, ANON);
	struct helper t[3], u = {.mm = mm, .va = va + PAGE_SIZE};
	u64 start;
	int i;

	CHECK(!mm_set_costs(kernel_current(), &slow));
	CHECK(va > 0);
	start = now_us();
	for (i = 0; i < 3; i++) {
		/* Two threads on one page, one on its neighbour. */
		t[i] = (struct helper){.mm = mm, .va = va + (i == 2) * PAGE_SIZE};
		kthread_run(toucher, &t[i], "toucher");
	}
	usleep_range(10, 10);
	kthread_run(unmapper, &u, "unmapper");
	usleep_range(1000, 1000);
	for (i = 0; i < 3; i++)
		CHECK(!t[i].ret && t[i].done_at - start >= 100 && t[i].done_at - start < 110);
	/* The writer came when all faults were through, and took the page away. */
	CHECK(!u.ret && u.done_at >= t[2].done_at && u.done_at - start < 120);
	CHECK(!mm_resolve(mm, va, 1, true, NULL, NULL));
	CHECK(mm_resolve(mm, va + PAGE_SIZE, 1, true, NULL, NULL) == -EFAULT);
	CHECK(mm->stat.minor_faults == 2 && mm->stat.resident_pages == 1);
	CHECK(!mm_set_costs(kernel_current(), &none));
	mmput(mm);
	return 0;
}

int mm_test_unregister(void *arg)
{
	struct mm_struct *mm = new_mm();
	long va = map(mm, 1, ANON);
	struct spy *s = kzalloc(sizeof(*s), GFP_KERNEL);
	struct helper u = {.mm = mm, .va = va};

	spy_init(s, 's');
	s->sleep_us = 500;
	CHECK(!mm_touch(mm, va, 1, FAULT_FLAG_WRITE));
	CHECK(!mmu_notifier_register(&s->mn, mm));
	kthread_run(unmapper, &u, "unmapper");
	usleep_range(100, 100);
	/* Waits for the callback; freeing the notifier afterwards is safe. */
	mmu_notifier_unregister(&s->mn, mm);
	CHECK(!strcmp(s->trail, "ri"));
	kfree(s);
	usleep_range(1000, 1000);
	CHECK(!u.ret && u.done_at);
	mmput(mm);
	return 0;
}

static int opens, closes;

static void vma_opened(struct vm_area_struct *vma)
{
	opens++;
}

static void vma_closed(struct vm_area_struct *vma)
{
	closes++;
}

static const struct vm_operations_struct counting_ops = {
	.open = vma_opened,
	.close = vma_closed,
};

int mm_test_split(void *arg)
{
	struct mm_struct *mm = new_mm();
	long va = map(mm, 10, ANON);
	struct vm_area_struct *vma = find_vma(mm, va);

	opens = closes = 0;
	vma->vm_ops = &counting_ops;
	/* A hole: the mapping becomes two, and the piece in the middle is closed. */
	CHECK(!mm_unmap(mm, va + 4 * PAGE_SIZE, PAGE_SIZE));
	CHECK(mm->nr_vmas == 2 && opens == 2 && closes == 1);
	vma = find_vma(mm, va + 4 * PAGE_SIZE);
	CHECK(vma->vm_start == va + 5 * PAGE_SIZE && vma->vm_pgoff == 5);
	CHECK(!vma_lookup(mm, va + 4 * PAGE_SIZE));
	CHECK(!mm_protect(mm, va + PAGE_SIZE, PAGE_SIZE, VM_READ));
	CHECK(mm->nr_vmas == 4 && opens == 4);
	CHECK(!mm_unmap(mm, va, 10 * PAGE_SIZE));
	CHECK(!mm->nr_vmas && closes == 5);
	/* The address is the next one's. */
	CHECK(map(mm, 1, ANON) == va);
	mmput(mm);
	CHECK(closes == 5);
	return 0;
}
