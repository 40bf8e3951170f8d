// SPDX-License-Identifier: GPL-2.0
// Interrupts (chapter 7): vector 0, completion handles, MSI-X and IMS tables, occupancy.
#include <CUnit/Basic.h>

#include "tests/unit/model/dsa_bus.h"

#define SRC BUS_ADDR(0)
#define DST BUS_ADDR(100)
#define REC BUS_ADDR(600)

#define PERM(v) (0x200 + DSA_MSIXPERM_STRIDE * (v))
#define MSIX(v) (DSA_PCI_MSIX_TABLE + 16 * (v))
#define IMS(i)	(0x4000 + DSA_IMS_STRIDE * (i))

static struct bus b;

/* Messages to 0xfee00000, data 0x40 + vector; all unmasked. */
static void open_device(const struct dsa_cfg *cfg)
{
	u32 v;

	bus_new(&b, cfg);
	bus_controls(&b, false);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0x8000);
	for (v = 0; v < 9; v++) {
		bus_wr(&b, MSIX(v), 8, 0xfee00000);
		bus_wr(&b, MSIX(v) + 8, 8, 0x40 + v);
	}
}

/* WQ 0: DWQ, PASID 5; WQ 1: DWQ without PASID. */
static void start_cfg(const struct dsa_cfg *cfg)
{
	open_device(cfg);
	bus_wr(&b, DSA_REG_GENCFG, 4, 0x60 | DSA_GENCFG_USER_INT);
	bus_group(&b, 2, 16, 1);
	bus_wq(&b, 0, BUS_DWQ | BUS_PASID(5));
	bus_wq(&b, 1, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 2), 0);
}

static void start(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	start_cfg(&cfg);
}

static void end(void)
{
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	bus_free(&b);
}

static struct dsa_hw_desc with_handle(u32 handle)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_NOOP, CRAV_RCR | IDXD_OP_FLAG_RCI, REC);

	d.int_handle = handle;
	return d;
}

static void test_7_1_command_completion(void)
{
	start();
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_ALL, 0), 0);
	CU_ASSERT_EQUAL(b.messages, 0);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_INT_REQ | DSA_CMD_DRAIN_ALL << 20);
	CU_ASSERT(bus_rd(&b, DSA_REG_CMDSTS, 4) & DSA_CMDSTS_ACTIVE);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(b.msg[0].data, 0x40);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_INTCAUSE, 4), DSA_INTCAUSE_CMD);
	bus_wr(&b, DSA_REG_INTCAUSE, 4, DSA_INTCAUSE_CMD);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_INTCAUSE, 4), 0);
	end();
}

static void test_7_1_software_error(void)
{
	struct dsa_hw_desc d = bus_desc(0x3f, 0, 0);

	start();
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 0);
	bus_wr(&b, DSA_REG_SWERROR, 8, 3);
	bus_wr(&b, DSA_REG_GENCTRL, 4, DSA_GENCTRL_SWERROR_INT);
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_SWERROR);
	/* Only valid 0 -> 1 interrupts; the second error only overflows. */
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_SWERROR, 4) & 3, 3);
	end();
}

static void test_7_1_halt(void)
{
	start();
	bus_wr(&b, DSA_REG_GENCTRL, 4, DSA_GENCTRL_HALT_INT);
	dsa_halt(b.dsa, DSA_RESET_FLR);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_HALT);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_GENSTS, 4),
			DSA_STATE_HALT | SPEC_PREP(DSA_GENSTS_RESET_TYPE, DSA_RESET_FLR));
	end();
}

/* Data, record, interrupt: in this order (7.2). */
static void test_7_2_completion_interrupt_follows_the_record(void)
{
	struct dsa_hw_desc d = with_handle(3);

	start();
	bus_wr(&b, PERM(3), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	bus_post(&b, 0, &d);
	while (!b.messages && sim_step(b.sim))
		if (!b.messages && bus_rec(&b, REC)->status)
			CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.msg[0].data, 0x43);
	CU_ASSERT_EQUAL(b.msg[0].addr, 0xfee00000);
	CU_ASSERT_EQUAL(b.msg[0].when - b.retired[0].t[DSA_STAGE_RECORDED], 50000);
	CU_ASSERT(b.retired[0].interrupt);
	/* Vector 0 is legal by index. */
	bus_wr(&b, PERM(0), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	d = with_handle(0);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.messages, 2);
	end();
}

static void test_5_2_interrupt_without_record_and_after_errors(void)
{
	struct dsa_hw_desc d = with_handle(3);

	start();
	bus_wr(&b, PERM(3), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	d.flags = IDXD_OP_FLAG_RCI;
	d.completion_addr = 0;
	bus_post(&b, 0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	d = with_handle(3);
	d.opcode = 0x3f;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BAD_OPCODE);
	CU_ASSERT_EQUAL(b.messages, 2);
	/* But never through an entry that is not the descriptor's. */
	d.int_handle = 4;
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_BAD_OPCODE);
	CU_ASSERT_EQUAL(b.messages, 2);
	end();
}

/* Index, PASID enable, PASID: 19 in record and SWERROR, and no interrupt. */
static void test_7_2_handle_check(void)
{
	struct dsa_hw_desc d = with_handle(9);
	u64 q;

	start();
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	q = bus_rd(&b, DSA_REG_SWERROR, 8);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, q), DSA_COMP_INT_HANDLE_INVAL);
	d = with_handle(0xffff);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	d = with_handle(3);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL); /* no PASID in the entry */
	bus_wr(&b, PERM(3), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 6));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	bus_post(&b, 1, &d); /* no PASID in the WQ */
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(b.messages, 0);
	bus_wr(&b, PERM(3), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.messages, 1);
	end();
}

/* Ignore is no error: nothing is sent. */
static void test_7_2_ignore(void)
{
	struct dsa_hw_desc d = with_handle(3);

	start();
	bus_wr(&b, PERM(3), 4,
	       DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5) | DSA_MSIXPERM_IGNORE);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.messages, 0);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_PBA, 8), 0);
	end();
}

/* 5.2: user-mode interrupts only with GENCFG[12]. */
static void test_5_2_user_interrupts_need_gencfg(void)
{
	struct dsa_hw_desc d = with_handle(3);
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	open_device(&cfg);
	bus_group(&b, 2, 16, 1);
	bus_wq(&b, 0, BUS_DWQ | BUS_PASID(5));
	bus_wq(&b, 1, BUS_DWQ | BUS_PASID(5) | DSA_WQCFG2_PRIV);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 2), 0);
	bus_wr(&b, PERM(3), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INVALID_FLAGS);
	bus_post(&b, 1, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.messages, 1);
	end();
}

static void test_msix_masks_and_pending(void)
{
	start();
	bus_wr(&b, MSIX(0) + 12, 4, 1);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_INT_REQ | DSA_CMD_DRAIN_ALL << 20);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 0);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_PBA, 8), 1);
	bus_wr(&b, DSA_PCI_MSIX_PBA, 8, ~0ull);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_PBA, 8), 1);
	bus_wr(&b, MSIX(0) + 12, 4, 0);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_PCI_MSIX_PBA, 8), 0);
	/* Function mask */
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0xc000);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_INT_REQ | DSA_CMD_DRAIN_ALL << 20);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0x8000);
	CU_ASSERT_EQUAL(b.messages, 2);
	/* Disabled: lost. */
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_INT_REQ | DSA_CMD_DRAIN_ALL << 20);
	bus_run(&b);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_MSIX + 2, 2, 0x8000);
	CU_ASSERT_EQUAL(b.messages, 2);
	end();
}

/* 1.5: without bus mastering, and asleep, messages wait. */
static void test_1_5_bus_master_and_d3_hold_messages(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	open_device(&cfg);
	dsa_cfg_write(b.dsa, 4, 2, 2);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_INT_REQ | DSA_CMD_RESET_DEVICE << 20);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 0);
	dsa_cfg_write(b.dsa, 4, 2, 6);
	CU_ASSERT_EQUAL(b.messages, 1);
	bus_wr(&b, DSA_REG_CMD, 4, DSA_CMD_INT_REQ | DSA_CMD_RESET_DEVICE << 20);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_PM + 4, 2, 3);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_VERSION, 4), 0xffffffff);
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_PM + 4, 2, 0);
	CU_ASSERT_EQUAL(b.messages, 2);
	CU_ASSERT_EQUAL(bus_rd(&b, DSA_REG_VERSION, 4), 0x100);
	/* D1 and D2 do not exist. */
	dsa_cfg_write(b.dsa, DSA_PCI_CAP_PM + 4, 2, 1);
	CU_ASSERT_EQUAL(dsa_cfg_read(b.dsa, DSA_PCI_CAP_PM + 4, 2) & 3, 0);
	end();
}

static enum dsa_accept post_ims(u32 wq, const struct dsa_hw_desc *d)
{
	return dsa_portal_write(b.dsa, wq * DSA_PORTAL_WQ_STRIDE + DSA_PORTAL_LIMITED_IMS, d, false,
				NULL);
}

static void test_2_5_ims_entry(void)
{
	start();
	CU_ASSERT_EQUAL(bus_rd(&b, IMS(17), 8), 0xfee00000);
	CU_ASSERT_EQUAL(bus_rd(&b, IMS(17) + 8, 8), (u64)DSA_IMS_CTRL_MASK << 32);
	bus_wr(&b, IMS(17), 8, 0xfee01007);
	CU_ASSERT_EQUAL(bus_rd(&b, IMS(17), 8), 0xfee01004);
	/* Outside of the message window: dropped whole. */
	bus_wr(&b, IMS(17), 8, 0x1fee02000);
	bus_wr(&b, IMS(17), 8, 0xfed02000);
	bus_wr(&b, IMS(17), 4, 0x1000);
	bus_wr(&b, IMS(17) + 4, 4, 1);
	CU_ASSERT_EQUAL(bus_rd(&b, IMS(17), 8), 0xfee01004);
	bus_wr(&b, IMS(17), 4, 0xfee03000);
	CU_ASSERT_EQUAL(bus_rd(&b, IMS(17), 8), 0xfee03000);
	/* Pending is read-only. */
	bus_wr(&b, IMS(17) + 12, 4, ~0u & ~DSA_IMS_CTRL_MASK);
	CU_ASSERT(!(bus_rd(&b, IMS(17) + 12, 4) & DSA_IMS_CTRL_PENDING));
	CU_ASSERT_EQUAL(b.messages, 0);
	end();
}

/* The portal chooses the table; masked stays pending; unmasking sends. */
static void test_7_2_ims_interrupt(void)
{
	struct dsa_hw_desc d = with_handle(1500);
	u32 ctrl = DSA_IMS_CTRL_PASID_EN | SPEC_PREP(DSA_IMS_CTRL_PASID, 5);

	start();
	bus_wr(&b, IMS(1500), 8, 0xfee05000);
	bus_wr(&b, IMS(1500) + 8, 8, 0x77 | (u64)ctrl << 32);
	post_ims(0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(b.msg[0].addr, 0xfee05000);
	CU_ASSERT_EQUAL(b.msg[0].data, 0x77);
	bus_wr(&b, IMS(1500) + 12, 4, ctrl | DSA_IMS_CTRL_MASK);
	post_ims(0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT(bus_rd(&b, IMS(1500) + 12, 4) & DSA_IMS_CTRL_PENDING);
	bus_wr(&b, IMS(1500) + 12, 4, ctrl);
	CU_ASSERT_EQUAL(b.messages, 2);
	CU_ASSERT(!(bus_rd(&b, IMS(1500) + 12, 4) & DSA_IMS_CTRL_PENDING));
	/* Another PASID's slot, and one beyond the table. */
	bus_wr(&b, IMS(1500) + 12, 4, DSA_IMS_CTRL_PASID_EN | SPEC_PREP(DSA_IMS_CTRL_PASID, 6));
	post_ims(0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_INT_HANDLE_INVAL);
	d = with_handle(2048);
	memset(bus_rec(&b, REC), 0, 32);
	post_ims(0, &d);
	bus_run(&b);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(b.messages, 2);
	end();
}

static u64 wq_dword(u32 wq, u32 dword)
{
	return bus_wqcfg(&b, wq) + 4 * dword;
}

/* 2.7: level test, fires once until the generated bit is cleared. */
static void test_2_7_occupancy_interrupt(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	struct dsa_cfg cfg;
	u32 i;

	bus_cfg(&cfg);
	cfg.work_in_progress = 1;
	open_device(&cfg);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	bus_wr(&b, wq_dword(0, DSA_WQCFG_DW_OCC_INT), 4, 4);
	/* Armed before the WQ is enabled: fires at Enable WQ. */
	bus_wr(&b, wq_dword(0, DSA_WQCFG_DW_OCC_LIMIT), 4, 3 | DSA_WQCFG5_OCC_INT_EN);
	CU_ASSERT_EQUAL(b.messages, 0);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	CU_ASSERT_EQUAL(b.messages, 1);
	CU_ASSERT_EQUAL(b.msg[0].data, 0x44);
	CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_OCCUPANCY);
	CU_ASSERT(bus_rd(&b, wq_dword(0, 6), 4) & DSA_WQCFG6_OCC_INT_DONE);
	/* The limit is fixed while enabled; it may come with the write that enables. */
	bus_wr(&b, wq_dword(0, DSA_WQCFG_DW_OCC_LIMIT), 4, 9 | DSA_WQCFG5_OCC_INT_EN);
	CU_ASSERT_EQUAL(bus_rd(&b, wq_dword(0, DSA_WQCFG_DW_OCC_LIMIT), 2), 3);
	for (i = 0; i < 8; i++)
		bus_post(&b, 0, &n);
	CU_ASSERT_EQUAL(bus_rd(&b, wq_dword(0, 6), 2), 7);
	bus_wr(&b, wq_dword(0, 6), 4, DSA_WQCFG6_OCC_INT_DONE);
	CU_ASSERT_EQUAL(b.messages, 1); /* 7 > 3 */
	while (dsa_wq_occupancy(b.dsa, 0) > 3)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(b.messages, 2);
	bus_run(&b);
	CU_ASSERT_EQUAL(b.messages, 2);
	/* The condition still holds: clearing the bit fires at once. A narrow write clears nothing
	 * else. */
	bus_wr(&b, wq_dword(0, 6), 1, 0);
	CU_ASSERT(bus_rd(&b, wq_dword(0, 6), 4) & DSA_WQCFG6_OCC_INT_DONE);
	bus_wr(&b, wq_dword(0, 6) + 2, 1, 1);
	CU_ASSERT_EQUAL(b.messages, 3);
	end();
}

static void test_4_2_occupancy_handle_is_checked(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	open_device(&cfg);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	bus_wr(&b, wq_dword(0, DSA_WQCFG_DW_OCC_INT), 4, 9);
	bus_wr(&b, wq_dword(0, DSA_WQCFG_DW_OCC_LIMIT), 4, DSA_WQCFG5_OCC_INT_EN);
	CU_ASSERT_EQUAL(bus_enable(&b, 1), DSA_CMDERR_WQ_OCCUPANCY_INT);
	bus_wr(&b, wq_dword(0, DSA_WQCFG_DW_OCC_INT), 4, 9 | DSA_WQCFG4_OCC_TABLE);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0), 0);
	end();
}

/* 7.3: with command 13 only requested handles work; revocation makes all stale. */
static void test_7_3_handles(void)
{
	struct dsa_hw_desc d = with_handle(3);
	struct dsa_cfg cfg;

	bus_cfg_v2(&cfg);
	start_cfg(&cfg);
	bus_wr(&b, PERM(3), 4, DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_REQUEST_INT_HANDLE, 9), DSA_CMDERR_HANDLE_INVALID);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_REQUEST_INT_HANDLE, 3),
			SPEC_PREP(DSA_CMDSTS_RESULT, 3));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(b.messages, 1);
	dsa_revoke_handles(b.dsa);
	CU_ASSERT_EQUAL(b.messages, 2);
	CU_ASSERT(bus_rd(&b, DSA_REG_INTCAUSE, 4) & DSA_INTCAUSE_HANDLE_REVOKED);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_REQUEST_INT_HANDLE, 3),
			SPEC_PREP(DSA_CMDSTS_RESULT, 3));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RELEASE_INT_HANDLE, 3), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RELEASE_INT_HANDLE, 3), DSA_CMDERR_HANDLE_INVALID);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	/* IMS handles are numbers of their own. */
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_REQUEST_INT_HANDLE, 3 | DSA_CMD_HANDLE_IMS),
			SPEC_PREP(DSA_CMDSTS_RESULT, 3));
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INT_HANDLE_INVAL);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa interrupts", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_7_1_command_completion);
	T(test_7_1_software_error);
	T(test_7_1_halt);
	T(test_7_2_completion_interrupt_follows_the_record);
	T(test_5_2_interrupt_without_record_and_after_errors);
	T(test_7_2_handle_check);
	T(test_7_2_ignore);
	T(test_5_2_user_interrupts_need_gencfg);
	T(test_msix_masks_and_pending);
	T(test_1_5_bus_master_and_d3_hold_messages);
	T(test_2_5_ims_entry);
	T(test_7_2_ims_interrupt);
	T(test_2_7_occupancy_interrupt);
	T(test_4_2_occupancy_handle_is_checked);
	T(test_7_3_handles);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
