// SPDX-License-Identifier: GPL-2.0
// The host driver on a device whose registers say anything: it may refuse, it must not break.
#include <CUnit/Basic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/pci_scan.h"
#include "host-driver/kapi/sysfs_user.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/core/rng.h"

#define RAM_BASE   0x100000000ull
#define RAM_SIZE   (32ull << 20)
#define BDF	   0x0008u
#define BAR0	   0x800000000000ull
#define BAR2	   0x800000800000ull
#define BAR0_LEN   0x10000u
#define BAR2_LEN   0x20000u
#define MSIX_TABLE 0x2000u
#define VECTORS	   9u
#define US	   1000000ull

/* A function with two BARs and MSI-X, as far as configuration space goes; what is behind is noise.
 */
struct hostile {
	struct sim *sim;
	struct kernel *k;
	struct sim_rng rng;
	u8 cfg[4096];
	u32 sane; /* registers below this offset tell the truth about a Sapphire Rapids device */
	u32 dest[VECTORS], vector[VECTORS];
	u64 reads;
	int booted;
};

static void cfg_set(struct hostile *h, u32 off, u32 val)
{
	memcpy(h->cfg + off, &val, 4);
}

static void cfg_init(struct hostile *h)
{
	cfg_set(h, 0x00, 0x0b258086);
	cfg_set(h, 0x04, 0x00100000);
	cfg_set(h, 0x08, 0x08800000);
	cfg_set(h, 0x10, (u32)BAR0 | 0xc);
	cfg_set(h, 0x14, BAR0 >> 32);
	cfg_set(h, 0x18, (u32)BAR2 | 0xc);
	cfg_set(h, 0x1c, BAR2 >> 32);
	cfg_set(h, 0x34, 0x40);
	cfg_set(h, 0x40, 0x00920010 | 0x80 << 8);
	cfg_set(h, 0x44, 0x10008022);
	cfg_set(h, 0x80, 0x00080011);
	cfg_set(h, 0x84, 0x00002000);
	cfg_set(h, 0x88, 0x00003000);
}

static u32 cfg_read(void *ctx, u32 bdf, u32 off, u32 width)
{
	struct hostile *h = ctx;
	u32 val = ~0u;

	if (bdf == BDF && off + width <= sizeof(h->cfg))
		memcpy(&val, h->cfg + off, width);
	return width < 4 ? val & ((1u << 8 * width) - 1) : val;
}

static void cfg_write(void *ctx, u32 bdf, u32 off, u32 width, u32 val)
{
	struct hostile *h = ctx;

	if (bdf != BDF || off + width > sizeof(h->cfg) || off < 4)
		return;
	if (off == 0x10)
		val = (val & ~(BAR0_LEN - 1)) | 0xc;
	if (off == 0x18)
		val = (val & ~(BAR2_LEN - 1)) | 0xc;
	memcpy(h->cfg + off, &val, width);
}

static u64 spr_register(u32 off)
{
	switch (off) {
	case DSA_REG_VERSION:
		return DSA_VERSION_1;
	case DSA_REG_GENCAP:
		return 0x40915f0107;
	case DSA_REG_WQCAP:
		return 0x003b000000080080;
	case DSA_REG_GRPCAP:
		return 0x36004;
	case DSA_REG_ENGCAP:
		return 4;
	case DSA_REG_OFFSETS:
		return 0x0040000200040003;
	case DSA_REG_OFFSETS + 8:
		return 0x10;
	}
	return 0;
}

static u64 mmio_read(void *ctx, u64 pa, u32 width)
{
	struct hostile *h = ctx;
	u32 off = pa - BAR0;
	u64 val = sim_rng_u64(&h->rng);

	h->reads++;
	fiber_sleep(US / 2);
	if (off < h->sane)
		val = spr_register(off);
	else if (off == DSA_REG_CMDSTS || off == DSA_REG_GENSTS)
		val = sim_rng_below(&h->rng, 4) ? 0 : val;
	else if (!(sim_rng_u64(&h->rng) & 3))
		val = sim_rng_u64(&h->rng) & 1 ? 0 : ~0ull;
	return width < 8 ? val & ((1ull << 8 * width) - 1) : val;
}

/* The MSI-X table is kept: its messages are the interrupts that may come. */
static void mmio_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct hostile *h = ctx;
	u32 off = pa - BAR0 - MSIX_TABLE;

	if (off / 16 < VECTORS && off % 16 == 0)
		h->dest[off / 16] = val >> 12 & 0xff;
	if (off / 16 < VECTORS && off % 16 == 8)
		h->vector[off / 16] = val & 0xff;
	fiber_sleep(US / 10);
}

static void mmio_write64(void *ctx, u64 pa, const void *data)
{
}

static int mmio_enqcmd64(void *ctx, u64 pa, const void *data)
{
	return sim_rng_u64(&((struct hostile *)ctx)->rng) & 1;
}

static const struct kbus_ops ops = {cfg_read,	  cfg_write,	 mmio_read, mmio_write,
				    mmio_write64, mmio_enqcmd64, NULL};

static void booted(void *ctx, int err)
{
	((struct hostile *)ctx)->booted = err ? err : 1;
}

#define DEV "/sys/bus/dsa/devices/"

static int read_attr(void *ctx, const char *name, enum ksys_type type)
{
	char path[256], text[4096];

	snprintf(path, sizeof(path), "%s%s", (const char *)ctx, name);
	if (type == KSYS_FILE)
		ksys_read(kernel_current(), path, text, sizeof(text));
	return 0;
}

static int read_object(void *ctx, const char *name, enum ksys_type type)
{
	char dir[128];

	snprintf(dir, sizeof(dir), DEV "%s/", name);
	return ksys_list(kernel_current(), dir, read_attr, dir);
}

static void put(const char *path, const char *text)
{
	ksys_write(kernel_current(), path, text, strlen(text));
}

/* Whatever came of the probe: look at everything, try to use it. May hang in a command: its fiber.
 */
static void use(void *arg)
{
	struct kernel *k = kernel_current();

	ksys_list(k, DEV, read_object, NULL);
	put(DEV "dsa0/engine0.0/group_id", "0");
	put(DEV "dsa0/wq0.0/group_id", "0");
	put(DEV "dsa0/wq0.0/size", "1");
	put(DEV "dsa0/wq0.0/priority", "1");
	put(DEV "dsa0/wq0.0/mode", "dedicated");
	put(DEV "dsa0/wq0.0/type", "kernel");
	put(DEV "dsa0/wq0.0/name", "q");
	put("/sys/bus/dsa/drivers/idxd/bind", "dsa0");
	put("/sys/bus/dsa/drivers/dmaengine/bind", "wq0.0");
}

/* Interrupts of a device that has nothing to say. */
static void noise(void *arg)
{
	struct hostile *h = arg;
	u32 i, n;

	for (i = 0; i < 500; i++) {
		fiber_sleep(20 * US);
		n = sim_rng_below(&h->rng, VECTORS);
		if (h->vector[n])
			kernel_irq(h->k, h->dest[n] << 8 | h->vector[n]);
	}
}

static u64 irqs; /* delivered to a handler, all runs */

static int one(u64 seed, u32 sane)
{
	struct kernel_stats st;
	struct hostile h = {.sane = sane};
	struct kernel_cfg cfg = {.name = "host", .nr_ram = 1, .nr_cpus = 4, .bus = &ops};
	struct kernel_pci_bus bus = {.node = 0};
	u8 *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int probed;

	h.sim = sim_new(seed);
	sim_rng_init(&h.rng, seed, "hostile");
	cfg_init(&h);
	cfg.phys_base = (u8 *)((uintptr_t)ram - RAM_BASE);
	cfg.ram[0].base = RAM_BASE;
	cfg.ram[0].bytes = RAM_SIZE;
	cfg.ram_zeroed = true;
	cfg.cost = (struct kernel_costs){40000, 1000000, 500000, 0};
	cfg.bus_ctx = &h;
	h.k = kernel_new(h.sim, &cfg);
	CU_ASSERT_PTR_NOT_NULL_FATAL(h.k);
	CU_ASSERT_EQUAL(kernel_pci_add_bus(h.k, &bus), 0);
	CU_ASSERT_EQUAL(kernel_start(h.k, booted, &h), 0);
	sim_run(h.sim, 20000000 * US);
	CU_ASSERT_EQUAL(h.booted, 1);
	probed = ksys_exists(h.k, DEV "dsa0");
	kernel_run_on_fiber(h.k, use, NULL, "use");
	kernel_run_on_fiber(h.k, noise, &h, "noise");
	sim_run(h.sim, sim_now(h.sim) + 1000000 * US);
	kernel_get_stats(h.k, &st);
	irqs += st.irqs;
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_FALSE(kernel_crashed(h.k));
	kernel_free(h.k);
	sim_free(h.sim);
	munmap(ram, RAM_SIZE);
	return probed;
}

static void test_all_noise(void)
{
	u64 seed;

	for (seed = 1; seed <= 150; seed++)
		one(seed, 0);
}

/* Only what comes after the capabilities is noise: the probe succeeds, then nothing is true. */
static void test_noise_after_probe(void)
{
	int probed = 0;
	u64 seed;

	for (seed = 1; seed <= 150; seed++)
		probed += one(seed, DSA_REG_GENCFG);
	CU_ASSERT(probed > 10);
	CU_ASSERT(irqs > 100);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("idxd on a hostile device", NULL, NULL);
	CU_add_test(s, "all registers", test_all_noise);
	CU_add_test(s, "registers after the capabilities", test_noise_after_probe);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
