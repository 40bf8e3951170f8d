// SPDX-License-Identifier: GPL-2.0
// Lives of guests and their devices in which seeded defects show.
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/process/process.h"
#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/scenario/cfg.h"
#include "sim/system.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_program.h"
#include "tests/unit/sim/attack_world.h"
#include "tests/unit/sim/defect_life.h"
#include "tests/unit/sim/guest_kernel.h"

#define CONFIG	 "traces/configs/tenants-mixed.json"
#define FUNCTION (3u << 3)
#define BYTES	 0x40000u
#define MEMORY	 (16 * MIB)

struct life {
	struct world w;
	struct findings *f;
	struct guest *g;
	u64 regs, portals, dma;
	u8 *mem;
	u64 descriptors; /* accepted and dropped by the device so far */
	struct program prog;
	bool refused;
};

/* One after the other; what the first found wrong may make the next go wrong too. */
static void want(struct life *l, bool good, const char *what)
{
	if (!good)
		finding(l->f, what);
}

static void begin(struct life *l, u64 seeded, struct findings *f, const char *set)
{
	world_new(&l->w, CONFIG, &set, set ? 1 : 0);
	l->f = f;
	kernel_seed_defects(system_host(l->w.sys), seeded);
}

/* What the checkers said, in the words before the descriptor's history. */
static void checkers(struct life *l)
{
	char text[96], *end;
	u32 i;

	for (i = 0; i < l->w.found.n && i < FINDINGS_MAX; i++) {
		snprintf(text, sizeof(text), "checker:%s", strchr(l->w.found.text[i], ':') + 1);
		end = strstr(text, ": descriptor");
		if (end)
			*end = 0;
		finding(l->f, text);
	}
	l->w.found.n = 0;
}

static void kernel_counters(struct life *l, struct kernel *k)
{
	struct kernel_stats st;
	struct kernel_dmar_stats dmar;

	kernel_get_stats(k, &st);
	kernel_dmar_get_stats(k, &dmar);
	want(l, !dmar.faults, "kernel: the IOMMU reported a fault of the device's DMA");
	want(l, !dmar.page_failures, "kernel: a page request for a PASID that is gone");
	want(l, !st.spurious_irqs, "kernel: an interrupt that nobody handles");
	want(l, !st.warnings && !st.bugs, "kernel: a warning");
	want(l, !st.slab_errors, "kernel: memory written after it was freed");
}

/* ---- inside a guest ---- */

static u64 interrupts(struct life *l)
{
	struct vm_stats st;

	guest_vm_stats(l->g, &st);
	return st.interrupts;
}

static u32 command(struct life *l, u32 code, u32 operand)
{
	u32 status;

	atk_write(l->regs + DSA_REG_CMD, 4, (u64)code << 20 | operand);
	do
		status = atk_read(l->regs + DSA_REG_CMDSTS, 4);
	while (status & DSA_CMDSTS_ACTIVE);
	return status;
}

static void store(struct life *l, struct dsa_hw_desc *d)
{
	memset(l->mem, 0, 32);
	d->completion_addr = l->dma;
	d->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	atk_store(l->portals + DSA_PORTAL_LIMITED, d);
}

/* Interrupts, masks, permissions, handles, errors: what a driver relies on. */
static int registers(void *arg)
{
	struct life *l = arg;
	struct dsa_hw_desc ring = {.opcode = DSA_OPCODE_NOOP, .flags = IDXD_OP_FLAG_RCI};
	u32 status, error;
	u64 before;

	before = interrupts(l);
	command(l, DSA_CMD_DRAIN_ALL, (u32)DSA_CMD_INT_REQ);
	fiber_sleep(50 * US);
	want(l, interrupts(l) == before + 1,
	     "test: no interrupt after a command that asks for one");
	status = command(l, DSA_CMD_RELEASE_INT_HANDLE, 0x777);
	want(l, SPEC_GET(DSA_CMDSTS_ERR, status) == DSA_CMDERR_HANDLE_INVALID,
	     "test: release of a handle that was never given succeeds");
	atk_write(l->regs + 0x308, 4, 0xffffffff);
	want(l,
	     !(atk_read(l->regs + 0x308, 4) &
	       ~(u32)(DSA_MSIXPERM_IGNORE | DSA_MSIXPERM_PASID_EN | DSA_MSIXPERM_PASID)),
	     "test: reserved bits of a permission entry read back");
	atk_write(l->regs + 0x308, 4, 0);

	/* A masked vector waits, an unmasked one tells, once. */
	status = command(l, DSA_CMD_REQUEST_INT_HANDLE, 1);
	ring.int_handle = SPEC_GET(DSA_CMDSTS_RESULT, status);
	atk_write(l->regs + 0x61c, 4, 1);
	before = interrupts(l);
	store(l, &ring);
	fiber_sleep(50 * US);
	want(l, interrupts(l) == before, "test: a masked vector interrupts");
	atk_write(l->regs + 0x61c, 4, 0);
	fiber_sleep(50 * US);
	want(l, interrupts(l) == before + 1, "test: the interrupt of an unmasked vector is lost");

	/* Not its own driver's business: nobody else takes the error before it is looked at. */
	atk_write(l->regs + DSA_REG_GENCTRL, 4, 0);
	atk_write(l->regs + DSA_REG_SWERROR, 4, 3);
	atk_config_write(FUNCTION, 4, 2, 2);
	error = atk_read(l->regs + DSA_REG_SWERROR, 4);
	want(l, SPEC_GET(DSA_SWERR0_ERROR, error) == DSA_SWERR_PCI_CONFIG,
	     "test: no error after bus mastership was lost");
	want(l, error & DSA_SWERR0_VALID, "test: an error without its valid bit");
	return 0;
}

static int set_up(void *arg)
{
	struct life *l = arg;

	l->regs = atk_bar(DSA_PCI_BAR_MMIO);
	l->portals = atk_bar(DSA_PCI_BAR_PORTAL);
	l->mem = atk_memory(BYTES, &l->dma);
	return world_enable(guest_kernel(l->g), "wq0.0");
}

/* Copies with interrupts, more than the device does until the guest is gone. */
static void load(void *arg)
{
	struct life *l = arg;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.flags = IDXD_OP_FLAG_RCI,
				.src_addr = l->dma + 0x1000,
				.dst_addr = l->dma + 0x20000,
				.xfer_size = 0x10000};

	d.int_handle = SPEC_GET(DSA_CMDSTS_RESULT, command(l, DSA_CMD_REQUEST_INT_HANDLE, 1));
	for (;;) {
		store(l, &d);
		fiber_sleep(US);
	}
}

static int wait_100us(void *arg)
{
	(void)arg;
	fiber_sleep(100 * US);
	return 0;
}

/* With the record where the last guest had its own, before anything else uses the device. */
static int record_arrives(void *arg)
{
	struct life *l = arg;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};

	store(l, &d);
	fiber_sleep(50 * US);
	return *(volatile u8 *)l->mem != DSA_COMP_SUCCESS;
}

static int moves(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");
	int bad = !c;
	u32 i;

	(void)arg;
	for (i = 0; c && i < 20; i++)
		bad |= gclient_move(c, 4096, i, i & 1) != 0;
	if (c)
		gclient_close(c);
	return bad;
}

/* ---- a guest, and the one that comes after it ---- */

static bool born(struct life *l, const char *name)
{
	static const char *const wq[] = {"wq0.0", NULL};
	struct cfg_error err;

	l->g = world_try_guest(&l->w, name, MEMORY, wq, NULL, &err);
	want(l, l->g, "monitor: the virtual device can't be used");
	if (l->g)
		want(l, !guest_call(l->g, set_up, l),
		     "test: the guest's driver can't enable its queue");
	return l->g;
}

#define TABLES 32

#define TABLES 32

struct hole {
	struct life *l;
	u64 hpa, bytes;
	u64 table[TABLES];
};

/* Takes what the dead guest left, so that the next one and its tables lie elsewhere. */
static int fill_hole(void *arg)
{
	struct hole *h = arg;
	u64 page = 4096;
	u32 i;
	int rc = vm_ram_alloc(system_host(h->l->w.sys), -1, &h->bytes, &h->hpa);

	for (i = 0; i < TABLES && !rc; i++)
		rc = vm_ram_alloc(system_host(h->l->w.sys), -1, &page, &h->table[i]);
	if (!rc)
		memset(mem_ptr(system_mem(h->l->w.sys), h->hpa), 0x77, h->bytes);
	return rc;
}

static bool hole_untouched(struct hole *h)
{
	const u8 *p = mem_ptr(system_mem(h->l->w.sys), h->hpa);

	return p[0] == 0x77 && !memcmp(p, p + 1, h->bytes - 1);
}

static int empty_hole(void *arg)
{
	struct hole *h = arg;
	u32 i;

	for (i = 0; i < TABLES; i++)
		vm_ram_free(system_host(h->l->w.sys), h->table[i], 4096);
	vm_ram_free(system_host(h->l->w.sys), h->hpa, h->bytes);
	return 0;
}

static bool queue_at_rest(const struct possessions *p)
{
	return !(p->queue[0] >> 30) && !(p->queue[0] & DSA_WQCFG2_PASID_EN);
}

void life_of_guests(u64 seeded, struct findings *f)
{
	struct life l = {.f = f};
	struct hole hole = {.l = &l, .bytes = MEMORY};
	struct possessions before, after;
	bool good;

	begin(&l, seeded, f, NULL);
	if (!born(&l, "first")) {
		world_free(&l.w);
		return;
	}
	guest_call(l.g, registers, &l);
	guest_free(l.g);
	world_count(&l.w, &before);
	want(&l, queue_at_rest(&before), "test: the queue of a closed device still runs");
	want(&l, before.ims_slots == 0, "test: interrupt slots of a closed device are taken");

	born(&l, "second");
	want(&l, !guest_call(l.g, moves, &l), "test: wrong data, or an interrupt that is lost");
	kernel_run_on_fiber(guest_kernel(l.g), load, &l, "load");
	system_call(l.w.sys, wait_100us, &l);
	/* The plug is pulled with work under way. */
	guest_free(l.g);
	system_call(l.w.sys, fill_hole, &hole);
	world_count(&l.w, &after);
	checkers(&l);
	kernel_counters(&l, system_host(l.w.sys));
	want(&l, queue_at_rest(&after), "test: the queue of a killed guest still runs");

	/* Same queue, same PASID, other memory. */
	born(&l, "third");
	good = !guest_call(l.g, record_arrives, &l);
	good &= !guest_call(l.g, moves, &l);
	good &= hole_untouched(&hole);
	want(&l, good, "test: the next guest's DMA goes to memory of the dead one");
	checkers(&l);
	guest_free(l.g);
	system_call(l.w.sys, empty_hole, &hole);
	checkers(&l);
	kernel_counters(&l, system_host(l.w.sys));
	world_free(&l.w);
}

/* ---- a queue that is taken away ---- */

static int unbind(void *arg)
{
	struct life *l = arg;

	return sysfs_put(system_host(l->w.sys), DRV "mdev/unbind", "wq0.0");
}

static u64 seen_by_device(struct life *l)
{
	struct dsa_totals t;

	dsa_totals(world_dsa(&l->w), &t);
	return t.accepted + t.dropped;
}

static void hammer(void *arg)
{
	struct life *l = arg;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_NOOP};

	for (;;)
		store(l, &d);
}

static int take(void *arg)
{
	struct life *l = arg;

	unbind(l);
	l->descriptors = seen_by_device(l);
	fiber_sleep(100000 * US);
	return 0;
}

void life_revoked(u64 seeded, struct findings *f)
{
	struct life l = {.f = f};
	u32 i;

	/* Stores that are long under way. */
	begin(&l, seeded, f, "cpu.movdir64b=50 ms");
	born(&l, "guest");
	for (i = 0; i < 3; i++)
		kernel_run_on_fiber(guest_kernel(l.g), hammer, &l, "hammer");
	system_call(l.w.sys, wait_100us, &l);
	system_call(l.w.sys, take, &l);
	want(&l, seen_by_device(&l) == l.descriptors,
	     "test: a store reaches the queue after it was taken away");
	guest_free(l.g);
	checkers(&l);
	kernel_counters(&l, system_host(l.w.sys));
	world_free(&l.w);
}

/* ---- page requests ---- */

#define REQUESTS 8

/* A process leaves while requests for its pages are in the unit's queue. */
static int leave_with_requests(void *arg)
{
	struct life *l = arg;
	struct process_map buf = {.kind = PROCESS_MAP_ANON,
				  .len = REQUESTS * 4096,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1};
	struct machine *m = system_machine(l->w.sys);
	struct iommu *unit = machine_iommu(m, machine_device_iommu(m, 0));
	struct process *p = process_new(system_host(l->w.sys), "leaver", 0);
	struct kernel_dmar_stats before, after;
	int fd = process_open(p, "/dev/dsa/wq0.4");
	s64 va = process_mmap(p, &buf);
	u32 i;

	want(l, fd >= 0 && va > 0, "test: a process can't open its queue");
	kernel_dmar_get_stats(system_host(l->w.sys), &before);
	for (i = 0; i < REQUESTS; i++) {
		struct iommu_page_req req = {.now = sim_now(l->w.sim),
					     .addr = va + i * 4096,
					     .pasid = process_pasid(p) & DSA_PASID_MAX,
					     .sid = machine_dsa_sid(m, 0),
					     .prgi = i,
					     .read = true,
					     .last = true};
		struct iommu_page_reply reply;

		iommu_page_request(unit, &req, &reply);
	}
	process_close(p, fd);
	kernel_dmar_get_stats(system_host(l->w.sys), &after);
	want(l, after.page_responses - before.page_responses == REQUESTS,
	     "test: a PASID is freed with page requests in the queue");
	fiber_sleep(1000 * US);
	process_exit(p);
	return 0;
}

void life_of_process(u64 seeded, struct findings *f)
{
	struct life l = {.f = f};

	begin(&l, seeded, f, NULL);
	system_call(l.w.sys, leave_with_requests, &l);
	checkers(&l);
	kernel_counters(&l, system_host(l.w.sys));
	world_free(&l.w);
}

/* ---- a guest's PASID that goes ---- */

static int start_program(void *arg)
{
	struct life *l = arg;
	int rc = world_enable_as(guest_kernel(l->g), "wq0.0", "user");

	l->portals = atk_bar(DSA_PCI_BAR_PORTAL);
	return rc ? rc : program_start(&l->prog, guest_kernel(l->g), "wq0.0", true);
}

/* Until the processor says that there is no such PASID. */
static void submit_for_ever(void *arg)
{
	struct life *l = arg;
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.pasid = process_pasid(l->prog.p) & DSA_PASID_MAX,
				.src_addr = l->prog.source,
				.dst_addr = l->prog.target,
				.xfer_size = 4096};

	while (atk_enqueue(l->portals + DSA_PORTAL_LIMITED, &d) >= 0)
		;
	l->refused = true;
}

static int end_program(void *arg)
{
	struct life *l = arg;

	fiber_sleep(100 * US);
	program_end(&l->prog);
	fiber_sleep(100000 * US);
	return 0;
}

void life_of_submitter(u64 seeded, struct findings *f)
{
	static const struct guest_cfg sva = {.node = -1, .sva = true};
	static const char *const wq[] = {"wq0.5", NULL};
	struct life l = {.f = f};
	struct dsa_totals t;

	/* Submissions that are long under way. */
	begin(&l, seeded, f, "cpu.enqcmd_out=20 ms");
	l.g = world_guest(&l.w, "guest", MEMORY, wq, &sva);
	want(&l, !guest_call(l.g, start_program, &l), "test: a program can't start");
	kernel_run_on_fiber(guest_kernel(l.g), submit_for_ever, &l, "submitter");
	guest_call(l.g, end_program, &l);
	dsa_totals(world_dsa(&l.w), &t);
	want(&l, t.completed && !t.errors, "test: a descriptor under a PASID that is gone");
	want(&l, l.refused, "test: submissions go on with the PASID of a program that has ended");
	checkers(&l);
	kernel_counters(&l, system_host(l.w.sys));
	guest_free(l.g);
	checkers(&l);
	world_free(&l.w);
}
