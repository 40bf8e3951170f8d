// SPDX-License-Identifier: GPL-2.0
/*
 * Posted interrupts: the IOMMU sets a bit in the descriptor of a virtual processor and notifies it;
 * a processor in the guest takes the interrupt without an exit. VT-d 5.2.3; what KVM does with the
 * descriptor when a processor is not in the guest.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <spec/vtd.h>

#include "host-driver/hypervisor/vm_priv.h"

/* Linux's vectors: a notification for a processor in the guest, and for one asleep. */
#define VECTOR_NOTIFY 0xf2
#define VECTOR_WAKEUP 0xf1
#define DESCRIPTORS   (PAGE_SIZE / VTD_PID_BYTES)
#define PIR_WORDS     4

static u64 *descriptor(const struct vm *vm, u32 cpu)
{
	return (u64 *)(kernel_phys_base(vm->cfg.host) + vm->posts + cpu * VTD_PID_BYTES);
}

/* ---- interrupts in the descriptors ---- */

/* What a processor does with its descriptor: all that is set there becomes its interrupts. */
static void take_posted(struct vm *vm)
{
	u32 cpu, w, bit;
	u64 *d, pir;

	for (cpu = 0; cpu < DESCRIPTORS; cpu++) {
		d = descriptor(vm, cpu);
		d[PIR_WORDS] &= ~VTD_PID_Q4_ON;
		for (w = 0; w < PIR_WORDS; w++) {
			pir = d[w];
			d[w] = 0;
			while (pir) {
				bit = __ffs(pir);
				pir &= pir - 1;
				vm->stats.posted++;
				vm->stats.interrupts++;
				kernel_irq(vm->guest, cpu << 8 | (w * 64 + bit));
			}
		}
	}
}

static void posts_arrive(struct sim *sim, struct sim_event *ev)
{
	struct vm *vm = container_of(ev, struct vm, posts_ev);

	vm->posts_due = false;
	/* Preempted meanwhile: they wait for it to come back. */
	if (vm->guest && vm->running == VM_RUNNING)
		take_posted(vm);
}

static void look_after(struct vm *vm, u64 ps)
{
	if (vm->posts_due)
		return;
	vm->posts_due = true;
	sim_after(kernel_sim(vm->cfg.host), &vm->posts_ev, ps, SIM_PRIO_RESPONSE);
}

bool vm_posted(struct kernel *host, u64 pa, bool notify)
{
	struct vm_host *h = vm_host(host, false);
	struct vm *vm = h ? xa_load(&h->by_posts, pa >> PAGE_SHIFT) : NULL;

	if (!vm)
		return false;
	if (!notify || !vm->guest)
		return true;
	switch (vm->running) {
	case VM_RUNNING:
		if (vm->exits_now < max_t(u32, vm->cfg.nr_cpus, 1)) {
			look_after(vm, vm->cfg.cost.posted);
			break;
		}
		/* In the host on the guest's behalf: the notification interrupts that. */
		vm->stats.wakeups++;
		look_after(vm, vm->cfg.cost.injection);
		break;
	case VM_HALTED:
		vm->stats.wakeups++;
		vm_set_running(vm, VM_RUNNING);
		break;
	case VM_PREEMPTED:
		break;
	}
	return true;
}

/* Suppressed while preempted; to the host's handler while asleep (KVM's posted_intr.c). */
static void set_notification(struct vm *vm, enum vm_running state)
{
	u32 cpu;
	u64 *q;

	for (cpu = 0; cpu < DESCRIPTORS; cpu++) {
		q = &descriptor(vm, cpu)[PIR_WORDS];
		*q = SPEC_SET(VTD_PID_Q4_NV, *q,
			      state == VM_HALTED ? VECTOR_WAKEUP : VECTOR_NOTIFY) &
		     ~VTD_PID_Q4_SN;
		if (state == VM_PREEMPTED)
			*q |= VTD_PID_Q4_SN;
	}
}

void vm_set_running(struct vm *vm, enum vm_running state)
{
	enum vm_running old = vm->running;

	if (state == old)
		return;
	vm->running = state;
	if (!vm->posts)
		return;
	set_notification(vm, state);
	/* What came meanwhile enters with it. */
	if (state == VM_RUNNING)
		look_after(vm, old == VM_HALTED ? vm->cfg.cost.injection : 0);
}

/* ---- descriptors ---- */

static int posts_make(struct vm *vm)
{
	struct vm_host *h = vm_host(vm->cfg.host, true);
	struct page *page = h ? alloc_pages(GFP_KERNEL | __GFP_ZERO, 0) : NULL;
	int rc;

	if (!page)
		return -ENOMEM;
	rc = xa_err(xa_store(&h->by_posts, page_to_pfn(page), vm, GFP_KERNEL));
	if (rc) {
		__free_pages(page, 0);
		return rc;
	}
	vm->posts = page_to_phys(page);
	set_notification(vm, vm->running);
	return 0;
}

int vm_post_target(struct vm *vm, u64 addr, u32 data, u64 *desc, u8 *vector)
{
	u32 to;
	int rc = 0;

	if (!vm->cfg.posted || !vm_message_vector(addr, data, &to) || to >> 8 >= DESCRIPTORS)
		return -EINVAL;
	if (!vm->posts)
		rc = posts_make(vm);
	if (rc)
		return rc;
	*desc = vm->posts + (to >> 8) * VTD_PID_BYTES;
	*vector = to & 0xff;
	return 0;
}

void vm_post_init(struct vm *vm)
{
	sim_event_init(&vm->posts_ev, posts_arrive);
}

void vm_post_free(struct vm *vm)
{
	if (vm->posts_due)
		sim_cancel(kernel_sim(vm->cfg.host), &vm->posts_ev);
	if (!vm->posts)
		return;
	xa_erase(&vm_host(vm->cfg.host, false)->by_posts, vm->posts >> PAGE_SHIFT);
	__free_pages(pfn_to_page(vm->posts >> PAGE_SHIFT), 0);
}
