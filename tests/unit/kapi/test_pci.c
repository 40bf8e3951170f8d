// SPDX-License-Identifier: GPL-2.0
// PCI: enumeration, BARs, capabilities, MSI-X and its interrupts, reset, DMA; two kernels side by
// side.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "dev_world.h"
#include "fake_pci.h"
#include "host-driver/kapi/pci_scan.h"
#include "toy_pci.h"

#define BAR0 0x10000000000ull
#define BDF0 0x6a08 /* 6a:01.0 */
#define BDF1 0x6a10

static struct dev_world w;
static struct fake_bus bus[2];

/* @kernels each with one bus and @fns functions; @assigned: firmware gave addresses. */
static void begin(u32 kernels, u32 fns, bool assigned)
{
	void *ctx[2] = {&bus[0], &bus[1]};
	struct kernel_pci_bus desc = {
		.bus = 0x6a,
		.node = 1,
		.window_base = 0x20000000000ull,
		.window_bytes = 0x1000000,
	};

	memset(bus, 0, sizeof(bus));
	memset(toy_pci, 0, sizeof(toy_pci));
	dev_world_new(&w, kernels, &fake_bus_ops, ctx);
	for (u32 i = 0; i < kernels; i++) {
		bus[i].k = w.k[i];
		fake_fn_init(&bus[i], 0, BDF0, assigned ? BAR0 : 0);
		if (fns > 1)
			fake_fn_init(&bus[i], 1, BDF1, assigned ? BAR0 + 0x100000 : 0);
		CU_ASSERT_EQUAL_FATAL(kernel_pci_add_bus(w.k[i], &desc), 0);
		CU_ASSERT_EQUAL(kernel_pci_add_bus(w.k[i], &desc), -EEXIST);
		CU_ASSERT_EQUAL_FATAL(dev_world_start(&w, i), 0);
		bus[i].trace[0] = 0;
	}
}

static void end(void)
{
	for (u32 i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(bus[i].bad_accesses, 0);
	dev_world_free(&w);
}

static int call(int (*fn)(void *))
{
	return dev_world_call(&w, 0, fn, NULL);
}

static void test_scan(void)
{
	char buf[512];

	begin(1, 2, true);
	dev_list(&w, 0, "/sys/bus/pci/devices", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "0000:6a:01.0 0000:6a:02.0 ");
	dev_realpath(&w, 0, "/sys/bus/pci/devices/0000:6a:01.0", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "/sys/devices/pci0000:6a/0000:6a:01.0");
#define AT "/sys/bus/pci/devices/0000:6a:01.0/"
	CU_ASSERT(dev_reads(&w, 0, AT "vendor", "0x8086\n"));
	CU_ASSERT(dev_reads(&w, 0, AT "device", "0x0b25\n"));
	CU_ASSERT(dev_reads(&w, 0, AT "class", "0x088000\n"));
	CU_ASSERT(dev_reads(&w, 0, AT "numa_node", "1\n"));
	CU_ASSERT(dev_reads(&w, 0, AT "enable", "0\n"));
	CU_ASSERT(dev_reads(&w, 0, AT "modalias",
			    "pci:v00008086d00000B25sv00008086sd00000001bc08sc80i00\n"));
	CU_ASSERT_EQUAL(dev_read(&w, 0, AT "config", buf, 5), 4);
	CU_ASSERT_EQUAL(memcmp(buf, "\x86\x80\x25\x0b", 4), 0);
	CU_ASSERT_EQUAL(call(toy_pci_get), 0);
	/* Sizing left the BARs and the command register as they were. */
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x10, 4), 0x0000000c);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x14, 4), BAR0 >> 32);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x04, 2), 0);
	end();
}

static void test_probe(void)
{
	const struct toy_pci *t = &toy_pci[0];

	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(t->probes, 1);
	CU_ASSERT_EQUAL(t->bar_start[0], BAR0);
	CU_ASSERT_EQUAL(t->bar_len[0], 0x10000);
	CU_ASSERT_EQUAL(t->bar_len[1], 0);
	CU_ASSERT_EQUAL(t->bar_start[2], BAR0 + 0x20000);
	CU_ASSERT_EQUAL(t->bar_len[2], 0x20000);
	CU_ASSERT_EQUAL(t->bar_len[4], 0);
	CU_ASSERT_EQUAL(t->caps[0], 0x40);
	CU_ASSERT_EQUAL(t->caps[1], 0x80);
	CU_ASSERT_EQUAL(t->caps[2], 0x90);
	CU_ASSERT_EQUAL(t->caps[3], 0x220);
	CU_ASSERT_EQUAL(t->caps[4], 0x230);
	CU_ASSERT_EQUAL(t->caps[5], 0x240);
	CU_ASSERT_EQUAL(t->vectors, FAKE_VECTORS);
	/* Memory decoding, bus mastering. */
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x04, 2), 6);
	CU_ASSERT(dev_reads(&w, 0, AT "enable", "1\n"));
	CU_ASSERT(dev_exists(&w, 0, "/sys/bus/pci/drivers/toypci/0000:6a:01.0"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/drivers/toypci/unbind", "0000:6a:01.0"), 12);
	CU_ASSERT_EQUAL(t->removes, 1);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x04, 2), 2);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x82, 2), FAKE_VECTORS - 1);
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/drivers/toypci/bind", "0000:6a:01.0\n"), 13);
	CU_ASSERT_EQUAL(t->probes, 2);
	CU_ASSERT_EQUAL(call(toy_pci_unregister), 0);
	CU_ASSERT_EQUAL(t->removes, 2);
	end();
}

static void test_unassigned(void)
{
	const struct toy_pci *t = &toy_pci[0];

	begin(1, 1, false);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(t->probes, 1);
	CU_ASSERT_EQUAL(t->vectors, FAKE_VECTORS);
	/* Each aligned to its size, in order. */
	CU_ASSERT_EQUAL(t->bar_start[0], 0x20000000000ull);
	CU_ASSERT_EQUAL(t->bar_start[2], 0x20000020000ull);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x1c, 4), 0x200);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x18, 4), 0x0002000c);
	end();
}

/* A window too small for both: the function stays, enabling it is refused. */
static void test_no_room(void)
{
	void *ctx[1] = {&bus[0]};
	struct kernel_pci_bus desc = {
		.bus = 0x6a, .node = -1, .window_base = 0x20000000000ull, .window_bytes = 0x10000};

	memset(bus, 0, sizeof(bus));
	memset(toy_pci, 0, sizeof(toy_pci));
	dev_world_new(&w, 1, &fake_bus_ops, ctx);
	fake_fn_init(&bus[0], 0, BDF0, 0);
	desc.window_bytes = ~0ull;
	CU_ASSERT_EQUAL(kernel_pci_add_bus(w.k[0], &desc), -EINVAL);
	desc.window_bytes = 0x10000;
	CU_ASSERT_EQUAL(kernel_pci_add_bus(w.k[0], &desc), 0);
	CU_ASSERT_EQUAL(dev_world_start(&w, 0), 0);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(toy_pci[0].vectors, 0);
	CU_ASSERT(dev_world_logged(&w, 0, "BAR 2: no space"));
	CU_ASSERT(dev_world_logged(&w, 0, "can't enable device: BAR 2 not assigned"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, AT "driver"));
	end();
}

/* The order in which the kernel writes the table, and that every message arrives where it belongs.
 */
static void test_msix(void)
{
	const struct toy_pci *t = &toy_pci[0];
	const char *on, *all, *masked, *off;

	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	on = strstr(bus[0].trace, "c82=c003 ");
	all = strstr(bus[0].trace, "m2000=fee");
	masked = strstr(bus[0].trace, "m203c=1 ");
	off = strstr(bus[0].trace, "c82=8003 ");
	CU_ASSERT(on && all && masked && off);
	CU_ASSERT(on < all && all < masked && masked < off);
	/* Unmasked when the handler is there, not before. */
	CU_ASSERT_PTR_NOT_NULL(off ? strstr(off, "m200c=0 ") : NULL);
	for (u32 v = 0; v < FAKE_VECTORS; v++) {
		for (u32 n = 0; n <= v; n++) {
			CU_ASSERT(fake_fn_interrupt(&bus[0], 0, v));
			sim_run(w.sim, SIM_NEVER);
		}
	}
	for (u32 v = 0; v < FAKE_VECTORS; v++)
		CU_ASSERT_EQUAL(t->fired[v], v + 1);
	CU_ASSERT_EQUAL(call(toy_pci_unregister), 0);
	CU_ASSERT_FALSE(fake_fn_interrupt(&bus[0], 0, 0));
	end();
}

static void test_vectors(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_vectors), 0);
	CU_ASSERT_EQUAL(call(toy_pci_remap), 0);
	end();
}

static void test_caps(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_cap_walk), 0);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x48, 2), 0x5910);
	CU_ASSERT_EQUAL(call(toy_pci_accessors), 0);
	end();
}

/* Lists that lead nowhere or in a circle. */
static void test_hostile_caps(void)
{
	begin(1, 1, true);
	bus[0].fn[0].cfg[0x91] = 0x40;				 /* PM points back to PCIe */
	memcpy(bus[0].fn[0].cfg + 0x240, "\x13\x00\x01\x10", 4); /* PRI points back to AER */
	dev_write(&w, 0, AT "remove", "1");
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT_EQUAL(call(toy_pci_cap_walk), -3); /* finds PM again behind itself */
	bus[0].fn[0].cfg[0x34] = 0x3f;		     /* into the header */
	bus[0].fn[0].cfg[0x40] = 0xff;
	dev_write(&w, 0, AT "remove", "1");
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT_EQUAL(call(toy_pci_cap_walk), -1);
	/* An MSI-X table outside its BAR. */
	fake_fn_init(&bus[0], 0, BDF0, BAR0);
	memcpy(bus[0].fn[0].cfg + 0x84, "\xf0\xff\xff\xff", 4);
	dev_write(&w, 0, AT "remove", "1");
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(toy_pci[0].vectors, 0);
	CU_ASSERT_FALSE(dev_exists(&w, 0, AT "driver"));
	end();
}

static void test_ats(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_ats), 0);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x226, 2), 0x8000);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x236, 2), 0x0005);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x244, 2), 0x0001);
	/* They come back after a reset: PASID first, ATS last. */
	bus[0].trace[0] = 0;
	CU_ASSERT_EQUAL(call(toy_pci_reset), 0);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x226, 2), 0x8000);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x236, 2), 0x0005);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x24c, 4), 32);
	CU_ASSERT(strstr(bus[0].trace, "c236=5 ") < strstr(bus[0].trace, "c244=1 "));
	CU_ASSERT(strstr(bus[0].trace, "c244=1 ") < strstr(bus[0].trace, "c226=8000 "));
	end();
}

static void test_reset(void)
{
	const struct toy_pci *t = &toy_pci[0];
	u64 from;

	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	from = sim_now(w.sim);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "reset", "1"), 1);
	CU_ASSERT_EQUAL(bus[0].fn[0].flrs, 1);
	/* 100 ms, then until it answers: 1 + 2 + 4 ms for three reads of all ones. */
	CU_ASSERT(sim_now(w.sim) - from >= 107 * PS_PER_MS);
	CU_ASSERT(sim_now(w.sim) - from < 200 * PS_PER_MS);
	CU_ASSERT_EQUAL(t->resets_prepared, 1);
	CU_ASSERT_EQUAL(t->resets_done, 1);
	/* BARs, command register and the MSI-X table are back. */
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x14, 4), BAR0 >> 32);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x04, 2), 6);
	for (u32 v = 0; v < FAKE_VECTORS; v++)
		CU_ASSERT(fake_fn_interrupt(&bus[0], 0, v));
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(t->fired[3], 1);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "reset", "2"), -EINVAL);
	end();
}

static void test_state(void)
{
	begin(1, 1, true);
	memcpy(bus[0].fn[0].cfg + 0x190, "\x02\x00\x00\x81", 4); /* firmware enabled VC1 */
	CU_ASSERT_EQUAL(call(toy_pci_state), 0);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x190, 4), 0x81000002);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x154, 4), 0);
	end();
}

static void test_managed(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_managed), 0);
	CU_ASSERT_EQUAL(bus[0].fn[0].bar0[0x101], 0x12);
	end();
}

static void test_dma(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_dma), 0);
	CU_ASSERT_EQUAL(call(toy_pci_pool), 0);
	end();
}

static void test_hotplug(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "remove", "1\n"), 2);
	CU_ASSERT_EQUAL(toy_pci[0].removes, 1);
	CU_ASSERT_FALSE(dev_exists(&w, 0, AT "vendor"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT_EQUAL(toy_pci[0].probes, 2);
	fake_fn_init(&bus[0], 1, BDF1, BAR0 + 0x100000);
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT_EQUAL(toy_pci[0].probes, 3);
	end();
}

static void set_bar(u32 reg, u32 val, u32 mask)
{
	memcpy(bus[0].fn[0].cfg + reg, &val, 4);
	memcpy(bus[0].fn[0].mask + reg, &mask, 4);
}

/* 32-bit, I/O, without size, with holes in the mask, 64-bit in the last register. */
static void test_odd_bars(void)
{
	char buf[512];

	begin(1, 1, true);
	set_bar(0x10, 0x80000000, 0xfffff000); /* 4 KiB below 4 GiB */
	set_bar(0x14, 0x00000001, 0x0000ffe0); /* I/O ports: not looked at */
	set_bar(0x18, 0x00000000, 0x00000000);
	set_bar(0x1c, 0x90000000, 0xf0f0f000); /* no size makes sense */
	set_bar(0x20, 0x00000000, 0xffff0000); /* 32-bit without an address */
	set_bar(0x24, 0x00000004, 0xffff0000); /* claims a second register that does not exist */
	dev_write(&w, 0, AT "remove", "1");
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT(dev_read(&w, 0, AT "resource", buf, sizeof(buf)) > 0);
	CU_ASSERT_PTR_EQUAL(strstr(buf, "0x0000000080000000 0x0000000080000fff"), buf);
	CU_ASSERT(dev_world_logged(&w, 0, "reg 0x1c: invalid BAR"));
	CU_ASSERT(dev_world_logged(&w, 0, "BAR 4: no space below 4 GiB"));
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x10, 4), 0x80000000);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x24, 4), 0x00000004);
	end();
}

static void test_functions(void)
{
	char buf[256];

	begin(1, 1, true);
	/* A second function counts only when the first says that there are more. */
	fake_fn_init(&bus[0], 1, BDF0 + 3, BAR0 + 0x100000);
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	dev_list(&w, 0, "/sys/bus/pci/devices", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "0000:6a:01.0 ");
	bus[0].fn[0].cfg[0x0e] = 0x80;
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	dev_list(&w, 0, "/sys/bus/pci/devices", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "0000:6a:01.0 0000:6a:01.3 ");
	/* What is no endpoint is left alone. */
	bus[0].fn[1].cfg[0x0e] = 0x01;
	dev_write(&w, 0, "/sys/bus/pci/devices/0000:6a:01.3/remove", "1");
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/bus/pci/devices/0000:6a:01.3"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "x"), -EINVAL);
	end();
}

static void test_config_file(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "enable", "1"), 1);
	CU_ASSERT_EQUAL(fake_cfg(&bus[0], 0, 0x04, 2), 2);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "enable", "0"), 1);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "enable", "0"), -EIO);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "enable", "maybe"), -EINVAL);
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "enable", "1"), -EBUSY);
	CU_ASSERT(dev_reads(&w, 0, AT "irq", "0\n"));
	CU_ASSERT(dev_reads(&w, 0, AT "uevent",
			    "DRIVER=toypci\nPCI_CLASS=88000\nPCI_ID=8086:0B25\n"
			    "PCI_SUBSYS_ID=8086:0001\nPCI_SLOT_NAME=0000:6a:01.0\n"));
	end();
}

static void test_driver_override(void)
{
	begin(1, 1, true);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "driver_override", "vfio-pci\n"), 9);
	CU_ASSERT(dev_reads(&w, 0, AT "driver_override", "vfio-pci\n"));
	CU_ASSERT_EQUAL(call(toy_pci_register), 0);
	CU_ASSERT_EQUAL(toy_pci[0].probes, 0);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "driver_override", "\n"), 1);
	CU_ASSERT(dev_reads(&w, 0, AT "driver_override", "(null)\n"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/drivers_probe", "0000:6a:01.0"), 12);
	CU_ASSERT_EQUAL(toy_pci[0].probes, 1);
	end();
}

/* The same driver on the same address in two kernels: interrupts, removal and numbers stay apart.
 */
static void test_two_kernels(void)
{
	begin(2, 1, true);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_pci_register, NULL), 0);
	CU_ASSERT_EQUAL(toy_pci[1].probes, 0);
	CU_ASSERT_EQUAL(dev_world_call(&w, 1, toy_pci_register, NULL), 0);
	CU_ASSERT_EQUAL(toy_pci[0].probes, 1);
	CU_ASSERT_EQUAL(toy_pci[1].probes, 1);
	CU_ASSERT(fake_fn_interrupt(&bus[1], 0, 2));
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(toy_pci[0].fired[2], 0);
	CU_ASSERT_EQUAL(toy_pci[1].fired[2], 1);
	CU_ASSERT_EQUAL(dev_write(&w, 0, AT "remove", "1"), 1);
	CU_ASSERT_EQUAL(toy_pci[0].removes, 1);
	CU_ASSERT_EQUAL(toy_pci[1].removes, 0);
	CU_ASSERT(fake_fn_interrupt(&bus[1], 0, 0));
	sim_run(w.sim, SIM_NEVER);
	CU_ASSERT_EQUAL(toy_pci[1].fired[0], 1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 1, toy_pci_unregister, NULL), 0);
	CU_ASSERT_EQUAL(toy_pci[1].removes, 1);
	end();
}

static void test_no_leak(void)
{
	struct kernel_stats before, after;

	begin(1, 1, true);
	for (int i = 0; i < 4; i++) {
		if (i == 1)
			kernel_get_stats(w.k[0], &before);
		CU_ASSERT_EQUAL(call(toy_pci_register), 0);
		CU_ASSERT_EQUAL(call(toy_pci_reset), 0);
		CU_ASSERT_EQUAL(dev_write(&w, 0, AT "remove", "1"), 1);
		CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/bus/pci/rescan", "1"), 1);
		CU_ASSERT_EQUAL(call(toy_pci_unregister), 0);
		CU_ASSERT_EQUAL(call(toy_pci_pool), 0);
	}
	kernel_get_stats(w.k[0], &after);
	CU_ASSERT_EQUAL(after.slab_bytes, before.slab_bytes);
	CU_ASSERT_EQUAL(after.slab_errors, 0);
	CU_ASSERT_EQUAL(after.warnings, 0);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("pci", NULL, NULL);
	CU_add_test(s, "scan", test_scan);
	CU_add_test(s, "probe, unbind, bind", test_probe);
	CU_add_test(s, "BARs without an address are assigned", test_unassigned);
	CU_add_test(s, "a window without room", test_no_room);
	CU_add_test(s, "MSI-X table and interrupts", test_msix);
	CU_add_test(s, "numbers of vectors, remapping", test_vectors);
	CU_add_test(s, "capabilities and accessors", test_caps);
	CU_add_test(s, "malformed capability lists", test_hostile_caps);
	CU_add_test(s, "ATS, PASID, PRI", test_ats);
	CU_add_test(s, "function level reset", test_reset);
	CU_add_test(s, "saved state", test_state);
	CU_add_test(s, "managed resources", test_managed);
	CU_add_test(s, "DMA mapping and pools", test_dma);
	CU_add_test(s, "removal and rescan", test_hotplug);
	CU_add_test(s, "odd BARs", test_odd_bars);
	CU_add_test(s, "several functions in a slot", test_functions);
	CU_add_test(s, "enable and uevent files", test_config_file);
	CU_add_test(s, "driver override", test_driver_override);
	CU_add_test(s, "two kernels", test_two_kernels);
	CU_add_test(s, "nothing leaks", test_no_leak);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() || CU_get_error();
}
