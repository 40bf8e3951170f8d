// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt core: numbers, handlers, threads (kernel/irq/manage.c, chip.c for edge interrupts).
 * A message starts a borrowed fiber, which runs the hard handlers and then the threads they woke.
 */
#include <asm/processor.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include "host-driver/kapi/kapi.h"

/* Numbers below are the machine's own (timer, IO-APIC pins); vectors are those x86 gives devices.
 */
#define IRQ_BASE	 24
#define VECTOR_FIRST	 0x30
#define VECTORS_PER_DEST 192
#define IRQ_MAX		 (VECTORS_PER_DEST * 4096)

struct irqaction {
	struct irqaction *next;
	irq_handler_t handler, thread_fn;
	void *dev_id;
	const char *name;
	unsigned long flags;
	bool thread_wanted, thread_running;
	bool gone; /* free_irq() has begun: no new calls */
};

struct kapi_irq_desc {
	struct kernel *k;
	unsigned int irq;
	const struct kapi_irq_chip *chip;
	void *data;
	struct irqaction *actions;
	u32 depth;	  /* times disabled */
	bool pending;	  /* came while it could not run */
	bool in_progress; /* hard handlers run, or are about to */
	u32 fibers;	  /* in irq_main() */
	u64 count;
	u32 cpu; /* that its handlers and threads run on; the message's destination is but a number
		  */
	struct list_head held; /* in kernel.held_irqs */
	wait_queue_head_t wait;
};

static struct kapi_irq_desc *desc_of(struct kernel *k, unsigned int irq)
{
	return irq >= IRQ_BASE && irq - IRQ_BASE < k->nr_irq ? k->irq[irq - IRQ_BASE] : NULL;
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

static int grow(struct kernel *k)
{
	u32 cap = k->cap_irq ? k->cap_irq * 2 : 16;
	struct kapi_irq_desc **irq = calloc(cap, sizeof(*irq));

	if (!irq)
		return -ENOMEM;
	memcpy(irq, k->irq, k->nr_irq * sizeof(*irq));
	free(k->irq);
	k->irq = irq;
	k->cap_irq = cap;
	return 0;
}

/* Processors of @node, all if it has none: @first to the one before the end. */
static u32 node_cpus(const struct kernel *k, int node, u32 *first)
{
	u32 end = 0, i;

	for (i = 0; node >= 0 && node < KERNEL_NODES_MAX && i <= (u32)node; i++) {
		*first = end;
		end += k->cfg.node_cpus[i];
	}
	if (end > k->cfg.nr_cpus || !i || *first == end) {
		*first = 0;
		end = k->cfg.nr_cpus;
	}
	return end;
}

/* Of the node's processors the first that has fewest (irq_matrix_alloc()). */
static u32 choose_cpu(struct kernel *k, int node)
{
	u32 first = 0, end = node_cpus(k, node, &first), best = first, i;

	for (i = first + 1; i < end; i++)
		if (k->cpu_irqs[i] < k->cpu_irqs[best])
			best = i;
	k->cpu_irqs[best]++;
	return best;
}

int kapi_irq_alloc(struct kernel *k, int node, const struct kapi_irq_chip *chip, void *data)
{
	struct kapi_irq_desc *d;
	u32 i = 0;

	while (i < k->nr_irq && k->irq[i])
		i++;
	if (i >= IRQ_MAX)
		return -ENOSPC;
	if (i == k->cap_irq && grow(k))
		return -ENOMEM;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->k = k;
	d->irq = IRQ_BASE + i;
	d->chip = chip;
	d->data = data;
	d->cpu = choose_cpu(k, node);
	INIT_LIST_HEAD(&d->held);
	init_waitqueue_head(&d->wait);
	k->irq[i] = d;
	k->nr_irq = max(k->nr_irq, i + 1);
	return d->irq;
}

void kapi_irq_free(struct kernel *k, unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(k, irq);

	if (!d || WARN(d->actions, "irq %u freed with a handler\n", irq))
		return;
	list_del(&d->held);
	k->irq[irq - IRQ_BASE] = NULL;
	k->cpu_irqs[d->cpu]--;
	/* A fiber may be on its way out of the handler: it frees the last of it. */
	d->chip = NULL;
	d->data = NULL;
	if (!d->fibers)
		free(d);
}

void kapi_irq_free_all(struct kernel *k)
{
	for (u32 i = 0; i < k->nr_irq; i++) {
		struct kapi_irq_desc *d = k->irq[i];
		struct irqaction *a, *next;

		for (a = d ? d->actions : NULL; a; a = next) {
			next = a->next;
			free(a);
		}
		free(d);
	}
	free(k->irq);
	free(k->cpu_irqs);
	k->irq = NULL;
	k->cpu_irqs = NULL;
	k->nr_irq = 0;
}

u32 kapi_irq_vector(struct kernel *k, unsigned int irq)
{
	u32 n = irq - IRQ_BASE;

	if (!desc_of(k, irq))
		return 0;
	return n / VECTORS_PER_DEST << 8 | (VECTOR_FIRST + n % VECTORS_PER_DEST);
}

u32 kapi_irq_cpu(struct kernel *k, unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(k, irq);

	return d ? d->cpu : 0;
}

void *kapi_irq_chip_data(struct kernel *k, unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(k, irq);

	return d ? d->data : NULL;
}

u64 kapi_irq_count(struct kernel *k, unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(k, irq);

	return d ? d->count : 0;
}

/* ---- delivery ----------------------------------------------------------------------------------
 */

static void run_hard(struct kapi_irq_desc *d)
{
	struct kapi_frame *f = kapi_frame_here();

	f->hardirq = true;
	kapi_spend(f, d->k->cfg.cost.irq_entry);
	do {
		d->pending = false;
		d->count++;
		d->k->stats.irqs++;
		for (struct irqaction *a = d->actions; a; a = a->next) {
			irqreturn_t ret = IRQ_WAKE_THREAD;

			if (a->gone)
				continue;
			if (a->handler)
				ret = a->handler(d->irq, a->dev_id);
			if ((ret & IRQ_WAKE_THREAD) && a->thread_fn)
				a->thread_wanted = true;
			WARN(f->preempt, "irq %u handler left with locks held\n", d->irq);
		}
	} while (d->pending && !d->depth && !d->k->crashed);
	f->hardirq = false;
	d->in_progress = false;
	wake_up_all(&d->wait);
}

static struct irqaction *thread_to_run(struct kapi_irq_desc *d)
{
	for (struct irqaction *a = d->actions; a; a = a->next)
		if (a->thread_wanted && !a->thread_running)
			return a;
	return NULL;
}

static void run_threads(struct kapi_irq_desc *d)
{
	struct kapi_frame *f = kapi_frame_here();
	struct irqaction *a;

	while ((a = thread_to_run(d)) != NULL) {
		a->thread_running = true;
		snprintf(current->comm, sizeof(current->comm), "irq/%u-%s", d->irq, a->name);
		kapi_spend(f, d->k->cfg.cost.context_switch);
		while (a->thread_wanted) {
			a->thread_wanted = false;
			a->thread_fn(d->irq, a->dev_id);
		}
		a->thread_running = false;
		wake_up_all(&d->wait);
	}
}

static void irq_done(struct kapi_irq_desc *d)
{
	/* kapi_irq_free() came meanwhile: the last one out frees it. */
	if (--d->fibers == 0 && desc_of(d->k, d->irq) != d)
		free(d);
}

/* From here on the fiber's time is the interrupt's processor's. */
static void begin_on_cpu(const struct kapi_irq_desc *d)
{
	struct kapi_frame *f = kapi_frame_here();

	f->irq_k = d->k;
	f->irq_cpu = d->cpu;
}

/* The processor returns to what was interrupted: nothing here waits for that. */
static void leave_cpu(const struct kapi_irq_desc *d)
{
	const struct kernel_cfg *cfg = &d->k->cfg;

	if (cfg->irq_work && cfg->cost.irq_exit)
		cfg->irq_work(cfg->irq_ctx, d->cpu, cfg->cost.irq_exit);
}

static void irq_main(void *arg)
{
	struct kapi_irq_desc *d = arg;

	begin_on_cpu(d);
	run_hard(d);
	run_threads(d);
	leave_cpu(d);
	irq_done(d);
}

static void irq_thread_main(void *arg)
{
	struct kapi_irq_desc *d = arg;

	begin_on_cpu(d);
	run_threads(d);
	irq_done(d);
}

static void start_fiber(struct kapi_irq_desc *d, void (*fn)(void *), const char *name)
{
	d->fibers++;
	if (kapi_run(d->k, fn, d, name, NULL, true)) {
		d->fibers--;
		d->in_progress = false;
		kernel_log(d->k, KERNEL_ERR, "no fiber for irq %u, it is lost", d->irq);
	}
}

static void raise_irq(struct kapi_irq_desc *d)
{
	if (d->k->crashed || d->k->dead)
		return;
	if (!d->actions) {
		d->k->stats.spurious_irqs++;
		return;
	}
	if (d->depth || d->in_progress) {
		d->pending = true;
		return;
	}
	if (d->k->irqs_off) {
		if (list_empty(&d->held))
			list_add_tail(&d->held, &d->k->held_irqs);
		return;
	}
	d->in_progress = true;
	start_fiber(d, irq_main, "irq");
}

void kernel_irq(struct kernel *k, u32 vector)
{
	u32 dest = vector >> 8, vec = vector & 0xff;
	struct kapi_irq_desc *d = NULL;

	if (vec >= VECTOR_FIRST && vec < VECTOR_FIRST + VECTORS_PER_DEST &&
	    dest < IRQ_MAX / VECTORS_PER_DEST)
		d = desc_of(k, IRQ_BASE + dest * VECTORS_PER_DEST + vec - VECTOR_FIRST);
	if (d)
		raise_irq(d);
	else
		k->stats.spurious_irqs++;
}

void kapi_irq_raise(struct kernel *k, unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(k, irq);

	if (d)
		raise_irq(d);
}

void kapi_irq_deliver_held(struct kernel *k)
{
	while (!list_empty(&k->held_irqs) && !k->irqs_off) {
		struct kapi_irq_desc *d =
			list_first_entry(&k->held_irqs, struct kapi_irq_desc, held);

		list_del_init(&d->held);
		raise_irq(d);
	}
}

void irq_wake_thread(unsigned int irq, void *dev_id)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);

	for (struct irqaction *a = d ? d->actions : NULL; a; a = a->next) {
		if (a->dev_id != dev_id || !a->thread_fn || a->gone)
			continue;
		a->thread_wanted = true;
		if (!a->thread_running)
			start_fiber(d, irq_thread_main, "irq-thread");
	}
}

/* ---- handlers -----------------------------------------------------------------------------------
 */

int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn,
			 unsigned long flags, const char *name, void *dev)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);
	struct irqaction *a, **p;

	might_sleep();
	if (!d || (!handler && !thread_fn) || ((flags & IRQF_SHARED) && !dev))
		return -EINVAL;
	for (p = &d->actions; *p; p = &(*p)->next)
		if (!((*p)->flags & flags & IRQF_SHARED))
			return -EBUSY;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->handler = handler;
	a->thread_fn = thread_fn;
	a->flags = flags;
	a->name = name ? name : "";
	a->dev_id = dev;
	*p = a;
	if (p != &d->actions)
		return 0;
	if (flags & IRQF_NO_AUTOEN)
		d->depth = 1;
	else
		d->depth = 0;
	d->pending = false;
	if (!d->depth && d->chip && d->chip->unmask)
		d->chip->unmask(irq, d->data);
	return 0;
}

static bool action_idle(const struct kapi_irq_desc *d, const struct irqaction *a)
{
	return !d->in_progress && !a->thread_running && !a->thread_wanted;
}

const void *free_irq(unsigned int irq, void *dev_id)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);
	struct irqaction **p, *a = NULL;
	const char *name;

	might_sleep();
	for (p = d ? &d->actions : NULL; p && *p; p = &(*p)->next)
		if ((*p)->dev_id == dev_id && !(*p)->gone)
			break;
	a = p ? *p : NULL;
	if (WARN(!a, "free of already-free irq %u\n", irq))
		return NULL;
	a->gone = true;
	if (d->actions == a && !a->next && d->chip && d->chip->mask)
		d->chip->mask(irq, d->data);
	/* A thread that was woken still runs once. */
	wait_event(d->wait, action_idle(d, a));
	for (p = &d->actions; *p != a; p = &(*p)->next)
		;
	*p = a->next;
	name = a->name;
	free(a);
	return name;
}

static bool irq_idle(const struct kapi_irq_desc *d)
{
	for (struct irqaction *a = d->actions; a; a = a->next)
		if (a->thread_running || a->thread_wanted)
			return false;
	return !d->in_progress;
}

void synchronize_irq(unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);

	if (d)
		wait_event(d->wait, irq_idle(d));
}

bool synchronize_hardirq(unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);

	if (!d)
		return true;
	while (d->in_progress)
		cpu_relax();
	return irq_idle(d);
}

void disable_irq_nosync(unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);

	/* Lazily, as the kernel does for messages: one that comes meanwhile is kept. */
	if (d)
		d->depth++;
}

void disable_irq(unsigned int irq)
{
	disable_irq_nosync(irq);
	synchronize_irq(irq);
}

void enable_irq(unsigned int irq)
{
	struct kapi_irq_desc *d = desc_of(kapi_kernel(), irq);

	if (!d || WARN(!d->depth, "unbalanced enable for irq %u\n", irq))
		return;
	if (--d->depth)
		return;
	if (d->chip && d->chip->unmask)
		d->chip->unmask(irq, d->data);
	if (d->pending && !d->in_progress) {
		d->pending = false;
		raise_irq(d);
	}
}

int irq_set_affinity_hint(unsigned int irq, const struct cpumask *m)
{
	return desc_of(kapi_kernel(), irq) ? 0 : -EINVAL;
}
