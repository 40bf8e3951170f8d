// SPDX-License-Identifier: GPL-2.0
// The world of tests with guests that share virtual memory: host, guests, their programs.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "model/machine.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "tests/unit/sim/sva_world.h"

#define CONFIG "traces/configs/guests-sva.json"

/* Outside a suite (a page of the documentation is written) nobody counts. */
#define EXPECT_EQUAL(a, b)                                                                         \
	do {                                                                                       \
		if (!CU_get_current_suite())                                                       \
			(void)((a) == (b));                                                        \
		else                                                                               \
			CU_ASSERT_EQUAL(a, b);                                                     \
	} while (0)

static struct sim *sva_sim;
static struct platform *plat;
static u32 violations;
static void (*listener)(void *ctx, const char *text);
static void *listener_ctx;
struct system *sva_sys;

/* ---- a host, its guests ---- */

static void fail(const char *what, int rc, const struct cfg_error *err)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, err->text);
	abort();
}

/* The checkers of the model: none of these tests may make them speak, unless it listens. */
static void violation(void *ctx, struct dsa *dsa, const char *text)
{
	(void)ctx;
	(void)dsa;
	if (listener) {
		listener(listener_ctx, text);
		return;
	}
	fprintf(stderr, "violation: %s\n", text);
	violations++;
}

void sva_listen(void (*fn)(void *ctx, const char *text), void *ctx)
{
	listener = fn;
	listener_ctx = ctx;
}

void sva_boot_with(const char *const *sets, u32 nsets)
{
	struct cfg_error err = {""};
	int rc = platform_load(&plat, "spr", NULL, sets, nsets, &err);

	if (!rc) {
		sva_sim = sim_new(1);
		rc = system_new(sva_sim, plat, &sva_sys, &err);
	}
	if (!rc)
		rc = system_configure(sva_sys, CONFIG, -1, true, &err);
	if (rc)
		fail("boot", rc, &err);
	violations = 0;
	dsa_set_observer(machine_dsa(system_machine(sva_sys), 0),
			 &(struct dsa_observer){.violation = violation});
}

void sva_boot(void)
{
	sva_boot_with(NULL, 0);
}

void sva_check_quiet(struct kernel *k)
{
	struct kernel_stats st;

	kernel_get_stats(k, &st);
	EXPECT_EQUAL(st.warnings, 0);
	EXPECT_EQUAL(st.bugs, 0);
	EXPECT_EQUAL(st.slab_errors, 0);
	EXPECT_EQUAL(st.spurious_irqs, 0);
}

void sva_down(void)
{
	EXPECT_EQUAL(violations, 0);
	sva_check_quiet(system_host(sva_sys));
	system_free(sva_sys);
	sim_free(sva_sim);
	platform_free(plat);
}

bool sva_on = true;
u32 sva_interrupts = SCN_INTERRUPTS_REMAPPED; /* of guests made from here on */
u32 sva_home = SCN_HOME_KERNEL_MDEV;

struct guest *sva_guest_made(const char *name, const char *wq, u32 memory_mode, bool strict)
{
	struct guest_cfg cfg = {.name = name,
				.memory = 64 * MIB,
				.node = -1,
				.nvdevs = 1,
				.memory_mode = memory_mode,
				.interrupts = sva_interrupts,
				.home = sva_home,
				.sva = sva_on};
	struct kernel_dmar_cfg dmar = {.domain =
					       strict ? KERNEL_DMAR_STRICT : KERNEL_DMAR_IDENTITY};
	struct cfg_error err = {""};
	struct guest *g;
	int rc;

	cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = wq;
	rc = guest_new(sva_sys, &cfg, &g, &err);
	if (!rc) {
		EXPECT_EQUAL(kernel_dmar_configure(guest_kernel(g), &dmar), 0);
		rc = guest_start(g, &err);
	}
	if (rc)
		fail(name, rc, &err);
	return g;
}

void sva_run(struct guest *g, int (*body)(void *arg))
{
	EXPECT_EQUAL(guest_call(g, body, g), 0);
}

/* An orderly end. */
void sva_end(struct guest *g)
{
	sva_check_quiet(guest_kernel(g));
	guest_shut_down(g);
	guest_free(g);
}

int sva_put(struct kernel *k, const char *path, const char *value)
{
	int n = ksys_write(k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

void sva_count_possessions(struct sva_possessions *p)
{
	kernel_get_stats(system_host(sva_sys), &p->k);
	kernel_dmar_get_stats(system_host(sva_sys), &p->dmar);
}

void sva_same_possessions(const struct sva_possessions *a, const struct sva_possessions *b)
{
	EXPECT_EQUAL(a->k.pages - a->k.slab_spare, b->k.pages - b->k.slab_spare);
	EXPECT_EQUAL(a->k.slab_bytes, b->k.slab_bytes);
	EXPECT_EQUAL(a->dmar.pasids, b->dmar.pasids);
}

void sva_show_log(struct kernel *k)
{
	static char text[65536];

	kernel_log_read(k, text, sizeof(text));
	fprintf(stderr, "%s", text);
}

void sva_enable_kernel(struct kernel *k)
{
	EXPECT_EQUAL(sva_put(k, DEV "wq0.0/type", "kernel"), 0);
	EXPECT_EQUAL(sva_put(k, DEV "wq0.0/name", "dma"), 0);
	if (!ksys_exists(k, DEV "dsa0/driver"))
		if (sva_put(k, DRV "idxd/bind", "dsa0"))
			sva_show_log(k);
	EXPECT_EQUAL(sva_put(k, DRV "dmaengine/bind", "wq0.0"), 0);
}

/* ---- programs ---- */

void sva_enable_user(struct kernel *k, const char *wq)
{
	char path[64];

	snprintf(path, sizeof(path), DEV "%s/type", wq);
	EXPECT_EQUAL(sva_put(k, path, "user"), 0);
	snprintf(path, sizeof(path), DEV "%s/name", wq);
	EXPECT_EQUAL(sva_put(k, path, "app"), 0);
	if (!ksys_exists(k, DEV "dsa0/driver") && sva_put(k, DRV "idxd/bind", "dsa0"))
		sva_show_log(k);
	if (sva_put(k, DRV "user/bind", wq))
		sva_show_log(k);
}

int sva_enable_first_user(void *arg)
{
	sva_enable_user(guest_kernel(arg), "wq0.0");
	return 0;
}

static s64 map(struct sva_program *x, enum process_map_kind kind, u64 len)
{
	struct process_map m = {.kind = kind,
				.len = len,
				.prot = kind == PROCESS_MAP_DEVICE
						? PROCESS_PROT_WRITE
						: PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				.fd = x->fd,
				.node = -1};

	return process_mmap(x->p, &m);
}

int sva_program_start(struct sva_program *x, const char *wq)
{
	char path[32];
	s64 va;

	x->p = process_new(guest_kernel(x->g), "copier", 0);
	snprintf(path, sizeof(path), "/dev/dsa/%s", wq);
	x->fd = process_open(x->p, path);
	if (x->fd < 0)
		return x->fd;
	va = map(x, PROCESS_MAP_DEVICE, 4096);
	if (va < 0)
		return va;
	x->portal = va;
	va = map(x, PROCESS_MAP_ANON, 2 * SVA_SIZE + 4096);
	if (va < 0)
		return va;
	x->buf = va;
	x->record = va + 2 * SVA_SIZE;
	return process_touch(x->p, x->record, 64, true);
}

int sva_submit(struct sva_program *x, const struct dsa_hw_desc *d)
{
	u32 i;
	int rc;

	if (!x->shared)
		return process_movdir64b(x->p, x->portal, d);
	for (i = 0; i < 1000; i++) {
		rc = process_enqcmd(x->p, x->portal, d);
		if (rc != -EAGAIN)
			return rc;
		fiber_sleep(US);
	}
	return rc;
}

/* The record's status, or 0 when none came. */
u32 sva_wait_record(struct sva_program *x)
{
	u32 i;
	u8 status;

	for (i = 0; i < 20000; i++) {
		if (process_copy_in(x->p, &status, x->record, 1))
			return 0;
		if (status)
			return status;
		fiber_sleep(US);
	}
	return 0;
}

struct dsa_hw_desc sva_copy_desc(const struct sva_program *x, u32 bytes)
{
	return (struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
				    .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR |
					     IDXD_OP_FLAG_BOF | IDXD_OP_FLAG_CC,
				    .completion_addr = x->record,
				    .src_addr = x->buf,
				    .dst_addr = x->buf + SVA_SIZE,
				    .xfer_size = bytes};
}

void sva_clear_record(struct sva_program *x)
{
	static const u8 zero[32];

	process_copy_out(x->p, x->record, zero, sizeof(zero));
}

/* Copies @bytes that depend on @seed; the destination may be absent. Status, or negative. */
int sva_copy(struct sva_program *x, u32 bytes, u32 seed)
{
	static u8 want[SVA_SIZE], got[SVA_SIZE];
	struct dsa_hw_desc d = sva_copy_desc(x, bytes);
	u32 i, status;
	int rc;

	for (i = 0; i < bytes; i++)
		want[i] = (u8)(seed + i * 7);
	rc = process_touch(x->p, x->buf, bytes, true);
	if (!rc)
		rc = process_copy_out(x->p, x->buf, want, bytes);
	sva_clear_record(x);
	if (!rc)
		rc = sva_submit(x, &d);
	if (rc)
		return rc;
	status = sva_wait_record(x) & 0x3f;
	if (status != DSA_COMP_SUCCESS)
		return status ? (int)status : -ETIMEDOUT;
	/* Others may have used the static buffer while this one waited. */
	for (i = 0; i < bytes; i++)
		want[i] = (u8)(seed + i * 7);
	rc = process_copy_in(x->p, got, x->buf + SVA_SIZE, bytes);
	if (rc || memcmp(want, got, bytes))
		return rc ? rc : -EILSEQ;
	return DSA_COMP_SUCCESS;
}

/* @shared: the guest's queue is a share of the host's. */

/* ---- a neighbour at work ---- */

static void neighbour_works(void *arg)
{
	struct sva_neighbour *n = arg;
	struct sva_program x = {.g = n->g, .index = 9, .shared = n->shared};

	n->rc = sva_program_start(&x, "wq0.0");
	while (!n->rc && !n->stop) {
		n->rc = sva_copy(&x, 1024 + 512 * (n->copies % 60), n->copies);
		n->rc = n->rc == DSA_COMP_SUCCESS ? 0 : n->rc;
		n->copies++;
		if (n->gap)
			fiber_sleep(n->gap);
		if (n->copies % 8 == 7)
			process_madvise_dontneed(x.p, x.buf + SVA_SIZE, SVA_SIZE);
	}
	process_exit(x.p);
	n->done = true;
}

static bool neighbour_done(void *arg)
{
	return ((struct sva_neighbour *)arg)->done;
}

void sva_neighbour_start(struct sva_neighbour *n, const char *wq, bool shared)
{
	*n = (struct sva_neighbour){
		.g = sva_guest_made(shared ? "sharer" : "neighbour", wq, SCN_MEMORY_PINNED, false),
		.shared = shared};
	sva_run(n->g, sva_enable_first_user);
	EXPECT_EQUAL(kernel_run_on_fiber(guest_kernel(n->g), neighbour_works, n, "neighbour"), 0);
}

void sva_neighbour_end(struct sva_neighbour *n)
{
	n->stop = true;
	EXPECT_EQUAL(system_run_until(sva_sys, neighbour_done, n), 0);
	EXPECT_EQUAL(n->rc, 0);
	EXPECT_EQUAL(n->copies > 10, true);
	sva_end(n->g);
}
