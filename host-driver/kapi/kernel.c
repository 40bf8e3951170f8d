// SPDX-License-Identifier: GPL-2.0
/* Kernel instances: life cycle, init calls, slots, statics by name. */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/seeded_defect.h>
#include <linux/string.h>
#include <linux/topology.h>
#include "host-driver/kapi/kapi.h"

/* Kernels that were freed while fibers still stood inside them; kept reachable for leak checkers.
 */
static struct kernel *dead_kernels;

/* The program image, from the linker. */
extern const char __executable_start[] __weak;
extern const char _end[] __weak;

/* Bounds of the section that linux/init.h fills; absent when nothing is linked in. */
extern const struct kapi_initcall *const __start_kapi_initcalls[] __weak;
extern const struct kapi_initcall *const __stop_kapi_initcalls[] __weak;

static bool cfg_ok(const struct kernel_cfg *cfg)
{
	if (!cfg->nr_ram || cfg->nr_ram > KERNEL_NODES_MAX || !cfg->phys_base)
		return false;
	for (u32 i = 0; i < cfg->nr_ram; i++) {
		const struct kernel_ram *r = &cfg->ram[i];

		if (!r->bytes || !PAGE_ALIGNED(r->base) || !PAGE_ALIGNED(r->bytes) ||
		    r->base + r->bytes < r->base || r->base + r->bytes > (1ull << 52))
			return false;
		for (u32 j = 0; j < i; j++) {
			const struct kernel_ram *q = &cfg->ram[j];

			if (r->base < q->base + q->bytes && q->base < r->base + r->bytes)
				return false;
		}
	}
	return true;
}

struct kernel *kernel_new(struct sim *sim, const struct kernel_cfg *cfg)
{
	struct kernel *k;

	if (!cfg_ok(cfg))
		return NULL;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->sim = sim;
	k->cfg = *cfg;
	if (!k->cfg.nr_cpus)
		k->cfg.nr_cpus = 1;
	strscpy(k->name, cfg->name ? cfg->name : "kernel", sizeof(k->name));
	k->cfg.name = k->name;
	INIT_LIST_HEAD(&k->frames);
	INIT_LIST_HEAD(&k->tasks);
	INIT_LIST_HEAD(&k->free_tasks);
	INIT_LIST_HEAD(&k->free_starts);
	INIT_LIST_HEAD(&k->held_irqs);
	INIT_LIST_HEAD(&k->events);
	INIT_LIST_HEAD(&k->running_events);
	INIT_LIST_HEAD(&k->free_events);
	INIT_LIST_HEAD(&k->workqueues);
	sim_rng_init(&k->rng, cfg->seed, k->name);
	kapi_log_init(k);
	kapi_rcu_init(k);
	kapi_slab_init(k);
	k->idle = kapi_task_alloc(k, "swapper");
	k->cpu_irqs = calloc(k->cfg.nr_cpus, sizeof(*k->cpu_irqs));
	if (!k->cpu_irqs || !k->idle || kapi_mem_init(k)) {
		kernel_free(k);
		return NULL;
	}
	return k;
}

static void statics_free(struct kernel *k)
{
	for (u32 i = 0; i < KAPI_STATIC_BUCKETS; i++) {
		struct kapi_static *s = k->statics[i], *next;

		for (; s; s = next) {
			next = s->next;
			free(s->state);
			free(s);
		}
	}
}

u32 kernel_free(struct kernel *k)
{
	u32 inside;

	if (!k)
		return 0;
	for (u32 i = 0; i < KERNEL_SLOT_COUNT; i++)
		if (k->slot[i].p && k->slot[i].free)
			k->slot[i].free(k, k->slot[i].p);
	while (!list_empty(&k->events))
		kapi_event_cancel(list_first_entry(&k->events, struct kapi_event, node));
	k->dead = true;
	kapi_slab_free(k);
	kapi_mem_free(k);
	inside = k->fibers + k->guests_inside;
	if (inside) {
		k->next_dead = dead_kernels;
		dead_kernels = k;
		return inside;
	}
	kapi_irq_free_all(k);
	statics_free(k);
	free(k->log.ring);
	for (void **b = k->host_blocks, **next; b; b = next) {
		next = b[0];
		free(b);
	}
	free(k);
	return 0;
}

/* ---- init calls ---------------------------------------------------------------------------- */

struct kapi_boot {
	struct kernel *k;
	void (*done)(void *ctx, int err);
	void *ctx;
};

static bool wanted(struct kernel *k, const struct kapi_initcall *c)
{
	return !k->cfg.want_module || k->cfg.want_module(k->cfg.module_ctx, c->file);
}

static void boot_main(void *arg)
{
	struct kapi_boot *b = arg;
	struct kernel *k = b->k;
	size_t n = __stop_kapi_initcalls - __start_kapi_initcalls;
	int err = 0;

	for (int level = 0; level <= 7; level++) {
		for (size_t i = 0; i < n; i++) {
			const struct kapi_initcall *c = __start_kapi_initcalls[i];
			int ret;

			if (c->level != level || !c->init || !wanted(k, c))
				continue;
			ret = c->init();
			if (ret) {
				pr_warn("initcall in %s returned %d\n", c->file, ret);
				if (!err)
					err = ret;
			}
		}
	}
	if (b->done)
		b->done(b->ctx, err);
}

static void shutdown_main(void *arg)
{
	struct kapi_boot *b = arg;
	struct kernel *k = b->k;
	size_t n = __stop_kapi_initcalls - __start_kapi_initcalls;

	for (int level = 7; level >= 0; level--) {
		for (size_t i = n; i-- > 0;) {
			const struct kapi_initcall *c = __start_kapi_initcalls[i];

			if (c->level == level && c->exit && wanted(k, c))
				c->exit();
		}
	}
	if (b->done)
		b->done(b->ctx, 0);
}

static int boot_run(struct kernel *k, void (*main)(void *), const char *name,
		    void (*done)(void *ctx, int err), void *ctx)
{
	struct kapi_boot *b = kapi_host_alloc(k, sizeof(*b));

	if (!b)
		return -ENOMEM;
	*b = (struct kapi_boot){.k = k, .done = done, .ctx = ctx};
	return kapi_run(k, main, b, name, NULL, true);
}

int kernel_start(struct kernel *k, void (*done)(void *ctx, int err), void *ctx)
{
	int err;

	if (k->phase != KERNEL_IDLE)
		return -EBUSY;
	err = boot_run(k, boot_main, "init", done, ctx);
	if (!err)
		k->phase = KERNEL_STARTED;
	return err;
}

int kernel_stop(struct kernel *k, void (*done)(void *ctx, int err), void *ctx)
{
	int err;

	if (k->phase != KERNEL_STARTED)
		return -EBUSY;
	err = boot_run(k, shutdown_main, "shutdown", done, ctx);
	if (!err)
		k->phase = KERNEL_STOPPED;
	return err;
}

/* ---- statics that are only names ------------------------------------------------------------ */

bool kapi_is_static(const void *p)
{
	return (const char *)p >= __executable_start && (const char *)p < _end;
}

void *kapi_static(struct kernel *k, const void *addr, size_t size)
{
	u64 h = (unsigned long)addr * 0x9e3779b97f4a7c15ull;
	struct kapi_static **bucket = &k->statics[h >> 58], *s;

	for (s = *bucket; s; s = s->next)
		if (s->addr == addr)
			return s->state;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->addr = addr;
	s->state = calloc(1, size);
	if (!s->state) {
		free(s);
		return NULL;
	}
	s->next = *bucket;
	*bucket = s;
	return s->state;
}

/* ---- facts ---------------------------------------------------------------------------------- */

const char *kernel_name(const struct kernel *k)
{
	return k->name;
}

struct sim *kernel_sim(const struct kernel *k)
{
	return k->sim;
}

u8 *kernel_phys_base(const struct kernel *k)
{
	return k->cfg.phys_base;
}

bool kernel_crashed(const struct kernel *k)
{
	return k->crashed;
}

void kernel_seed_defects(struct kernel *k, u64 defects)
{
	k->defects = defects;
	k->cfg.no_poison |= defects != 0;
}

bool kernel_has_defect(const struct kernel *k, u32 defect)
{
	return k->defects >> defect & 1;
}

bool kernel_has_defects(const struct kernel *k)
{
	return k->defects;
}

bool seeded_defect(u32 defect)
{
	return kernel_has_defect(kapi_kernel(), defect);
}

void kernel_get_stats(const struct kernel *k, struct kernel_stats *st)
{
	*st = k->stats;
	st->slab_spare = kapi_slab_spare(k);
}

void *kernel_slot(const struct kernel *k, enum kernel_slot slot)
{
	return k->slot[slot].p;
}

void kernel_set_slot(struct kernel *k, enum kernel_slot slot, void *p)
{
	k->slot[slot].p = p;
}

void kernel_slot_free_hook(struct kernel *k, enum kernel_slot slot,
			   void (*fn)(struct kernel *k, void *p))
{
	k->slot[slot].free = fn;
}

unsigned int num_online_cpus(void)
{
	return kapi_kernel()->cfg.nr_cpus;
}

unsigned int kapi_nr_nodes(void)
{
	return kapi_kernel()->nr_nodes;
}

int numa_node_id(void)
{
	return 0;
}
