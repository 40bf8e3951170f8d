// SPDX-License-Identifier: GPL-2.0
/* Interrupts of a guest: messages that the host injects, on their way to its processors. */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <spec/vtd.h>

#include "host-driver/hypervisor/vm_priv.h"

static void arrives(struct sim *sim, struct sim_event *ev)
{
	struct vm_irq *irq = container_of(ev, struct vm_irq, ev);
	struct vm *vm = irq->vm;

	list_move_tail(&irq->node, &vm->irqs_free);
	if (!vm->guest)
		return;
	vm->stats.interrupts++;
	kernel_irq(vm->guest, irq->vector);
}

void vm_raise(struct vm *vm, u32 vector, u64 delay)
{
	struct sim *sim = kernel_sim(vm->cfg.host);
	struct kernel_frame save;
	struct vm_irq *irq;

	if (list_empty(&vm->irqs_free)) {
		kernel_enter(vm->cfg.host, &save);
		irq = kzalloc(sizeof(*irq), GFP_ATOMIC);
		kernel_leave(&save);
		if (!irq)
			return;
		irq->vm = vm;
		sim_event_init(&irq->ev, arrives);
		list_add(&irq->node, &vm->irqs_free);
	}
	irq = list_first_entry(&vm->irqs_free, struct vm_irq, node);
	irq->vector = vector;
	list_move_tail(&irq->node, &vm->irqs);
	sim_after(sim, &irq->ev, delay, SIM_PRIO_RESPONSE);
}

/* Compatibility format: what a guest without remapping programs. False: no interrupt for it. */
bool vm_message_vector(u64 addr, u32 data, u32 *vector)
{
	if ((addr & ~0xfffffull) != VTD_MSI_BASE || (addr & VTD_MSI_REMAP))
		return false;
	*vector = SPEC_GET(VTD_MSI_DEST, addr) << 8 | (data & 0xff);
	return true;
}

void vm_message(struct vm *vm, u64 addr, u32 data)
{
	u32 vector;

	if (!vm->guest || !vm_message_vector(addr, data, &vector))
		return;
	vm->stats.injections++;
	vm_raise(vm, vector, vm->cfg.cost.injection);
}

void vm_irqs_free(struct vm *vm)
{
	struct vm_irq *irq, *next;

	list_for_each_entry (irq, &vm->irqs, node)
		sim_cancel(kernel_sim(vm->cfg.host), &irq->ev);
	list_splice_init(&vm->irqs, &vm->irqs_free);
	list_for_each_entry_safe (irq, next, &vm->irqs_free, node)
		kfree(irq);
}
