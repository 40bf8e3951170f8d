// SPDX-License-Identifier: GPL-2.0
// Commands and state machines (chapter 4): protocol, error matrix, what waits for what.
#include <CUnit/Basic.h>

#include "tests/unit/model/dsa_bus.h"

#define SRC BUS_ADDR(0)
#define DST BUS_ADDR(300)
#define REC BUS_ADDR(600)

static struct bus b;

static void create(bool v2)
{
	struct dsa_cfg cfg;

	if (v2)
		bus_cfg_v2(&cfg);
	else
		bus_cfg(&cfg);
	cfg.work_in_progress = 2;
	bus_new(&b, &cfg);
}

/* @wqs DWQs of 16 entries on one engine that holds two descriptors. */
static void start(u32 wqs)
{
	u32 i;

	create(false);
	bus_group(&b, wqs, 16, 1);
	for (i = 0; i < wqs; i++)
		bus_wq(&b, i, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, wqs), 0);
}

static void end(void)
{
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(b.violations, 0);
	bus_free(&b);
}

static u32 state(void)
{
	return SPEC_GET(DSA_GENSTS_STATE, bus_rd(&b, DSA_REG_GENSTS, 4));
}

static u32 wq_state(u32 wq)
{
	return SPEC_GET(DSA_WQCFG6_STATE, bus_rd(&b, bus_wqcfg(&b, wq) + 24, 4));
}

static u32 cmdsts(void)
{
	return bus_rd(&b, DSA_REG_CMDSTS, 4);
}

static void issue(u32 code, u32 operand)
{
	bus_wr(&b, DSA_REG_CMD, 4, code << 20 | operand);
}

/* @n moves of 64 KiB into @wq with records from @rec on. */
static void load(u32 wq, u32 n, u64 rec)
{
	struct dsa_hw_desc d;
	u32 i;

	for (i = 0; i < n; i++) {
		d = bus_move(SRC, DST, 65536, rec + 32 * i);
		memset(bus_rec(&b, rec + 32 * i), 0, 32);
		CU_ASSERT_EQUAL(bus_post(&b, wq, &d), DSA_ACCEPTED);
	}
}

static u32 done(u64 rec, u32 n)
{
	u32 i, sum = 0;

	for (i = 0; i < n; i++)
		sum += bus_rec(&b, rec + 32 * i)->status == DSA_COMP_SUCCESS;
	return sum;
}

static void test_4_1_active_at_once(void)
{
	start(1);
	issue(DSA_CMD_DRAIN_ALL, 0);
	CU_ASSERT_EQUAL(cmdsts(), DSA_CMDSTS_ACTIVE);
	/* A second command is discarded and reported. */
	issue(DSA_CMD_DISABLE_DEVICE, 0);
	CU_ASSERT_EQUAL(SPEC_GET(DSA_SWERR0_ERROR, bus_rd(&b, DSA_REG_SWERROR, 8)),
			DSA_SWERR_CMD_ACTIVE);
	CU_ASSERT(
		!(bus_rd(&b, DSA_REG_SWERROR, 8) & (DSA_SWERR0_DESC_VALID | DSA_SWERR0_WQ_VALID)));
	bus_run(&b);
	CU_ASSERT_EQUAL(cmdsts(), 0);
	CU_ASSERT_EQUAL(state(), DSA_STATE_ENABLED);
	end();
}

static void test_4_2_common_errors(void)
{
	start(2);
	CU_ASSERT_EQUAL(bus_cmd(&b, 0, 0), DSA_CMDERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, 13, 0), DSA_CMDERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, 17, 0), DSA_CMDERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, 31, 0), DSA_CMDERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 8), DSA_CMDERR_WQ_INDEX);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_WQ, 0x100), DSA_CMDERR_WQ_INDEX);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_WQ, 0x10001), DSA_CMDERR_WQ_INDEX);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_ALL, 1), DSA_CMDERR_RSVD_OPERAND);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 1), DSA_CMDERR_RSVD_OPERAND);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0x10000), DSA_CMDERR_RSVD_OPERAND);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_NOT_DISABLED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_NOT_DISABLED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_WQ, 0x7), DSA_CMDERR_WQ_NOT_ENABLED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ABORT_WQ, 0x4), DSA_CMDERR_WQ_NOT_ENABLED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_WQ, 0x3), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_WQ, 0x1), DSA_CMDERR_WQ_NOT_ENABLED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DISABLE_DEVICE, 0), DSA_CMDERR_DEV_NOT_ENABLED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0), DSA_CMDERR_WQ_DEV_NOT_ENABLED);
	/* No state needed. */
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_ALL, 0), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ABORT_ALL, 0), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_PASID, 5), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ABORT_PASID, 5), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_WQ, 0xff), 0);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
	end();
}

/* Each row breaks one rule of a sound configuration: Enable Device (4.2, 4.3). */
static void test_4_2_enable_device(void)
{
	u64 flags;
	u32 step;

	for (step = 0; step < 20; step++) {
		u32 want = 0;

		create(false);
		bus_group(&b, 2, 16, 2);
		flags = bus_grpcfg(&b, 0) + DSA_GRPCFG_FLAGS;
		switch (step) {
		case 1:
			dsa_cfg_write(b.dsa, 4, 2, 2);
			want = DSA_CMDERR_DEV_BME;
			break;
		case 2:
			bus_controls(&b, true);
			dsa_cfg_write(b.dsa, DSA_PCI_ECAP_PRI + 12, 4, 0);
			want = DSA_CMDERR_DEV_PRS_ALLOC;
			break;
		case 3:
			bus_controls(&b, true);
			dsa_cfg_write(b.dsa, DSA_PCI_ECAP_PRI + 12, 4, 0x201);
			want = DSA_CMDERR_DEV_PRS_ALLOC;
			break;
		case 4:
			bus_wr(&b, bus_wqcfg(&b, 0), 4, 113);
			want = DSA_CMDERR_DEV_TOTAL_SIZE;
			break;
		case 5:
			bus_wr(&b, bus_grpcfg(&b, 0) + DSA_GRPCFG_ENGINES, 8, 0);
			want = DSA_CMDERR_DEV_GRPCFG;
			break;
		case 6:
			bus_wr(&b, bus_grpcfg(&b, 1) + DSA_GRPCFG_ENGINES, 8, 4);
			want = DSA_CMDERR_DEV_GRPCFG;
			break;
		case 7: /* WQ in two groups */
			bus_wr(&b, bus_grpcfg(&b, 1), 8, 1);
			bus_wr(&b, bus_grpcfg(&b, 1) + DSA_GRPCFG_ENGINES, 8, 4);
			want = DSA_CMDERR_DEV_GRPCFG_WQ;
			break;
		case 8: /* sized WQ in no group */
			bus_wr(&b, bus_wqcfg(&b, 5), 4, 1);
			want = DSA_CMDERR_DEV_GRPCFG_WQ;
			break;
		case 9: /* WQ of size 0 in a group */
			bus_wr(&b, bus_wqcfg(&b, 1), 4, 0);
			want = DSA_CMDERR_DEV_GRPCFG_WQ;
			break;
		case 10: /* no such WQ */
			bus_wr(&b, bus_grpcfg(&b, 0) + 24, 8, 1ull << 63);
			want = DSA_CMDERR_DEV_GRPCFG_WQ;
			break;
		case 11: /* engine in two groups */
			bus_wr(&b, bus_grpcfg(&b, 0), 8, 1);
			bus_wr(&b, bus_grpcfg(&b, 1), 8, 2);
			bus_wr(&b, bus_grpcfg(&b, 1) + DSA_GRPCFG_ENGINES, 8, 2);
			want = DSA_CMDERR_DEV_GRPCFG_ENG;
			break;
		case 12: /* no such engine */
			bus_wr(&b, bus_grpcfg(&b, 0) + DSA_GRPCFG_ENGINES, 8, 1 | 1ull << 4);
			want = DSA_CMDERR_DEV_GRPCFG_ENG;
			break;
		case 13: /* less than 4 buffers an engine */
			bus_wr(&b, flags, 8, SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 7));
			want = DSA_CMDERR_DEV_RDBUF;
			break;
		case 14: /* less allowed than reserved */
			bus_wr(&b, flags, 8,
			       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 8) |
				       SPEC_PREP(DSA_GRPFLAGS_RDBUF_RESERVED, 9));
			want = DSA_CMDERR_DEV_RDBUF;
			break;
		case 15: /* more reserved than there are */
			bus_wr(&b, flags, 8,
			       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 97) |
				       SPEC_PREP(DSA_GRPFLAGS_RDBUF_RESERVED, 97));
			want = DSA_CMDERR_DEV_RDBUF;
			break;
		case 16: /* global limit above the total */
			bus_wr(&b, DSA_REG_GENCFG, 4, 97);
			want = DSA_CMDERR_DEV_RDBUF;
			break;
		case 17: /* global limit below 4 for each engine that is under it */
			bus_wr(&b, DSA_REG_GENCFG, 4, 7);
			bus_wr(&b, flags, 8,
			       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 96) |
				       DSA_GRPFLAGS_USE_RDBUF_LIMIT);
			want = DSA_CMDERR_DEV_RDBUF;
			break;
		case 18:
			bus_wr(&b, DSA_REG_GENCFG, 4, 8);
			bus_wr(&b, flags, 8,
			       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, 8) |
				       DSA_GRPFLAGS_USE_RDBUF_LIMIT);
			break;
		}
		CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), want);
		CU_ASSERT_EQUAL(state(), want ? DSA_STATE_DISABLED : DSA_STATE_ENABLED);
		end();
	}
}

/* Checklist (m): T = 74, four groups that reserve 3: 62 are free, 65 can be allowed. */
static void test_4_3_read_buffer_example(void)
{
	struct dsa_cfg cfg;
	u32 allowed, g;

	for (allowed = 65; allowed < 67; allowed++) {
		bus_cfg(&cfg);
		cfg.grpcap = (cfg.grpcap & ~DSA_GRPCAP_READ_BUFFERS) |
			     SPEC_PREP(DSA_GRPCAP_READ_BUFFERS, 74);
		bus_new(&b, &cfg);
		for (g = 0; g < 4; g++) {
			bus_wr(&b, bus_wqcfg(&b, g), 4, 4);
			bus_wr(&b, bus_grpcfg(&b, g), 8, 1ull << g);
			bus_wr(&b, bus_grpcfg(&b, g) + DSA_GRPCFG_ENGINES, 8, 1ull << g);
			bus_wr(&b, bus_grpcfg(&b, g) + DSA_GRPCFG_FLAGS, 8,
			       SPEC_PREP(DSA_GRPFLAGS_RDBUF_RESERVED, 3) |
				       SPEC_PREP(DSA_GRPFLAGS_RDBUF_ALLOWED, allowed));
		}
		CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0),
				allowed == 65 ? 0 : DSA_CMDERR_DEV_RDBUF);
		end();
	}
}

/* Enable WQ: each row breaks one rule. */
static void test_4_2_enable_wq(void)
{
	u32 step;

	for (step = 0; step < 16; step++) {
		u32 mode = BUS_DWQ, want = 0, limits = 31 | 10 << 5;
		bool v2 = step >= 11;

		create(v2);
		if (step != 5 && step != 7)
			bus_controls(&b, step == 4 || step == 14);
		bus_group(&b, 1, 16, 1);
		switch (step) {
		case 1:
			mode = DSA_WQCFG2_DEDICATED;
			want = DSA_CMDERR_WQ_PRIORITY;
			break;
		case 2:
			mode = BUS_SWQ;
			break;
		case 3: /* BOF without page requests */
			mode |= DSA_WQCFG2_BOF;
			want = DSA_CMDERR_WQ_BOF;
			break;
		case 4:
			mode |= DSA_WQCFG2_BOF;
			break;
		case 5: /* PASID without the capability enabled */
			mode |= BUS_PASID(1);
			want = DSA_CMDERR_WQ_PASID;
			break;
		case 6: /* SWQ without PASID */
			mode = SPEC_PREP(DSA_WQCFG2_PRIORITY, 1);
			want = DSA_CMDERR_WQ_PASID;
			break;
		case 7: /* privileged DWQ without privileged mode */
			mode |= DSA_WQCFG2_PRIV;
			want = DSA_CMDERR_WQ_PRIV;
			break;
		case 8:
			mode |= DSA_WQCFG2_PRIV;
			break;
		case 9:
			limits = 31 | 11 << 5;
			want = DSA_CMDERR_WQ_MAX_BATCH;
			break;
		case 10: /* transfers of one byte: odd, but no rule forbids it */
			limits = 0;
			break;
		case 11: /* OPCFG beyond OPCAP */
			bus_wr(&b, bus_wqcfg(&b, 0) + 32, 8, 1ull << 0x3f);
			want = DSA_CMDERR_WQ_OPCFG;
			break;
		case 12:
			mode |= DSA_WQCFG2_ATS_DISABLE;
			break;
		case 13: /* no event log */
			mode |= DSA_WQCFG2_PRS_DISABLE;
			want = DSA_CMDERR_WQ_PRS;
			break;
		case 14: /* with block on fault */
			bus_wr(&b, DSA_REG_GENCFG, 4, 96 | DSA_GENCFG_EVL_EN);
			bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 64);
			mode |= DSA_WQCFG2_PRS_DISABLE | DSA_WQCFG2_BOF;
			want = DSA_CMDERR_WQ_PRS;
			break;
		case 15:
			bus_wr(&b, DSA_REG_GENCFG, 4, 96 | DSA_GENCFG_EVL_EN);
			bus_wr(&b, DSA_REG_EVLCFG + 8, 8, 64);
			mode |= DSA_WQCFG2_PRS_DISABLE;
			break;
		}
		bus_wq(&b, 0, mode);
		bus_wr(&b, bus_wqcfg(&b, 0) + 12, 4, limits);
		CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), 0);
		CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0), want);
		CU_ASSERT_EQUAL(wq_state(0), want ? DSA_WQ_STATE_DISABLED : DSA_WQ_STATE_ENABLED);
		/* A WQ of size 0 */
		CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 3), DSA_CMDERR_WQ_SIZE);
		end();
	}
}

static void test_4_2_modes_and_sizes_by_capability(void)
{
	struct dsa_cfg cfg;

	bus_cfg(&cfg);
	cfg.wqcap &= ~DSA_WQCAP_SHARED_MODE;
	cfg.gencap = (cfg.gencap & ~DSA_GENCAP_MAX_XFER_SHIFT) |
		     SPEC_PREP(DSA_GENCAP_MAX_XFER_SHIFT, 20);
	bus_new(&b, &cfg);
	bus_controls(&b, false);
	bus_group(&b, 2, 16, 1);
	bus_wq(&b, 0, BUS_SWQ);
	bus_wq(&b, 1, BUS_DWQ);
	CU_ASSERT_EQUAL(bus_enable(&b, 1), DSA_CMDERR_WQ_MODE);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 1), DSA_CMDERR_WQ_MAX_XFER);
	bus_wr(&b, bus_wqcfg(&b, 1) + 12, 4, 20);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 1), 0);
	end();
}

/* Disable Device: nothing is accepted any more, everything accepted ends, configuration stays. */
static void test_4_5_disable_device(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);

	start(2);
	load(0, 8, REC);
	load(1, 8, REC + 4096);
	issue(DSA_CMD_DISABLE_DEVICE, 0);
	while (state() == DSA_STATE_ENABLED)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(state(), DSA_STATE_DRAINING);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_DRAINING);
	CU_ASSERT(cmdsts() & DSA_CMDSTS_ACTIVE);
	CU_ASSERT_EQUAL(bus_post(&b, 0, &n), DSA_DROPPED);
	while (cmdsts() & DSA_CMDSTS_ACTIVE)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(done(REC, 8) + done(REC + 4096, 8), 16);
	CU_ASSERT_EQUAL(state(), DSA_STATE_DISABLED);
	CU_ASSERT_EQUAL(wq_state(1), DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0), 4), 16);
	CU_ASSERT_EQUAL(bus_enable(&b, 2), 0);
	end();
}

/* Reset Device: what has not started is abandoned, what has started ends, WQCFG goes back. */
static void test_4_5_reset_device(void)
{
	struct dsa_totals t;

	start(1);
	load(0, 10, REC);
	issue(DSA_CMD_RESET_DEVICE, 0);
	while (cmdsts() & DSA_CMDSTS_ACTIVE)
		sim_step(b.sim);
	dsa_totals(b.dsa, &t);
	CU_ASSERT_EQUAL(t.in_flight, 0);
	CU_ASSERT(t.abandoned >= 7);
	CU_ASSERT_EQUAL(done(REC, 10), t.completed);
	CU_ASSERT_EQUAL(state(), DSA_STATE_DISABLED);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0), 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 8, 4), 0);
	end();
}

/* Drain All waits for what came before it; the device goes on accepting. */
static void test_4_5_drain_all(void)
{
	start(2);
	load(0, 6, REC);
	issue(DSA_CMD_DRAIN_ALL, 0);
	while (sim_next_time(b.sim) <= sim_now(b.sim) + 100000 && done(REC, 6) < 2)
		sim_step(b.sim);
	while (done(REC, 6) < 4)
		sim_step(b.sim);
	load(1, 6, REC + 4096);
	while (cmdsts() & DSA_CMDSTS_ACTIVE)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(done(REC, 6), 6);
	CU_ASSERT(done(REC + 4096, 6) < 6);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_ENABLED);
	bus_run(&b);
	CU_ASSERT_EQUAL(done(REC + 4096, 6), 6);
	end();
}

/* Drain WQ: the named ones only; their state stays. */
static void test_4_5_drain_wq(void)
{
	start(3);
	load(0, 4, REC);
	load(1, 12, REC + 4096);
	load(2, 4, REC + 8192);
	issue(DSA_CMD_DRAIN_WQ, 0x5);
	while (cmdsts() & DSA_CMDSTS_ACTIVE)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(cmdsts(), 0);
	CU_ASSERT_EQUAL(done(REC, 4) + done(REC + 8192, 4), 8);
	CU_ASSERT(done(REC + 4096, 12) < 12);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_ENABLED);
	bus_run(&b);
	end();
}

static void test_4_5_abort_wq(void)
{
	struct dsa_totals t;

	start(2);
	load(0, 10, REC);
	load(1, 4, REC + 4096);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ABORT_WQ, 1), 0);
	CU_ASSERT_EQUAL(dsa_wq_occupancy(b.dsa, 0), 0);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_ENABLED);
	bus_run(&b);
	dsa_totals(b.dsa, &t);
	CU_ASSERT(t.abandoned > 0);
	CU_ASSERT_EQUAL(done(REC, 10) + t.abandoned, 10);
	CU_ASSERT_EQUAL(done(REC + 4096, 4), 4);
	/* Abandoned: neither record nor interrupt. */
	CU_ASSERT_EQUAL(t.records, t.completed);
	end();
}

/* Reset WQ: abort and disable, WQCFG to its initial values except for the size. */
static void test_4_5_reset_wq(void)
{
	start(2);
	load(0, 10, REC);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_WQ, 1), 0);
	CU_ASSERT_EQUAL(wq_state(0), DSA_WQ_STATE_DISABLED);
	CU_ASSERT_EQUAL(wq_state(1), DSA_WQ_STATE_ENABLED);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0), 4), 16);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 4, 4), 0);
	CU_ASSERT_EQUAL(bus_rd(&b, bus_wqcfg(&b, 0) + 8, 8), 0);
	bus_wq(&b, 0, BUS_DWQ);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_WQ, 0), 0);
	end();
}

/* One WQ of another PASID each; SWQ with several. */
static void test_4_5_pasid_commands(void)
{
	struct dsa_hw_desc d;
	struct dsa_totals t;
	u32 i;

	create(false);
	bus_controls(&b, false);
	bus_group(&b, 1, 64, 1);
	bus_wq(&b, 0, BUS_SWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	for (i = 0; i < 20; i++) {
		d = bus_move(SRC, DST, 65536, REC + 32 * i);
		CU_ASSERT_EQUAL(bus_enq(&b, 0, &d, i % 2 ? 7 : 8), DSA_ACCEPTED);
	}
	issue(DSA_CMD_ABORT_PASID, 7);
	while (cmdsts() & DSA_CMDSTS_ACTIVE)
		sim_step(b.sim);
	dsa_totals(b.dsa, &t);
	CU_ASSERT(t.abandoned >= 8);
	CU_ASSERT(t.in_flight > 0);
	for (i = 0; i < b.nretired; i++)
		if (!b.retired[i].status)
			CU_ASSERT_EQUAL(b.retired[i].pasid, 7);
	issue(DSA_CMD_DRAIN_PASID, 8);
	while (cmdsts() & DSA_CMDSTS_ACTIVE)
		sim_step(b.sim);
	CU_ASSERT(bus_idle(&b));
	for (i = 0; i < 20; i += 2)
		CU_ASSERT_EQUAL(bus_rec(&b, REC + 32 * i)->status, DSA_COMP_SUCCESS);
	end();
}

/* 5.5: a Drain waits for its WQ (DWQ) or its PASID in the WQ (SWQ). */
static void test_5_5_drain_descriptor(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR, REC + 2048);

	start(2);
	load(0, 1, REC);
	load(1, 10, REC + 4096);
	bus_post(&b, 0, &d);
	while (!bus_rec(&b, REC + 2048)->status)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(done(REC, 1), 1);
	CU_ASSERT(done(REC + 4096, 10) < 10);
	bus_run(&b);
	end();
	create(false);
	bus_controls(&b, false);
	bus_group(&b, 1, 64, 1);
	bus_wq(&b, 0, BUS_SWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	d = bus_move(SRC, DST, 1 << 20, REC);
	bus_enq(&b, 0, &d, 1);
	d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR, REC + 2048);
	bus_enq(&b, 0, &d, 2); /* nothing to wait for */
	while (!bus_rec(&b, REC + 2048)->status)
		sim_step(b.sim);
	CU_ASSERT_EQUAL(bus_rec(&b, REC)->status, 0);
	bus_run(&b);
	end();
}

/* 5.5: neither record nor interrupt asked for: the Drain is refused. No-op flags are. */
static void test_5_5_drain_flags(void)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_DRAIN, IDXD_OP_FLAG_CRAV, REC);

	start(1);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INVALID_FLAGS);
	d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR | IDXD_OP_FLAG_BOF, REC);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_INVALID_FLAGS);
	d = bus_desc(DSA_OPCODE_DRAIN, CRAV_RCR | DSA_FLAG_DRAIN_NO_TC_A | DSA_FLAG_DRAIN_NO_TC_B,
		     REC);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	end();
}

/* 4.4: in Halt only what the reset type asks for leads out. */
static void test_4_4_halt(void)
{
	start(1);
	load(0, 4, REC);
	issue(DSA_CMD_DISABLE_DEVICE, 0);
	while (state() == DSA_STATE_ENABLED)
		sim_step(b.sim);
	/* A command under way ends; it does not lead out of Halt. */
	dsa_halt(b.dsa, DSA_RESET_SOFTWARE);
	CU_ASSERT_EQUAL(cmdsts(), DSA_CMDERR_HALTED);
	CU_ASSERT_EQUAL(state(), DSA_STATE_HALT);
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_HALTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_ALL, 0), DSA_CMDERR_HALTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_WQ, 1), DSA_CMDERR_HALTED);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
	CU_ASSERT_EQUAL(state(), DSA_STATE_DISABLED);
	end();
	start(1);
	dsa_halt(b.dsa, DSA_RESET_FLR);
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), DSA_CMDERR_HW);
	CU_ASSERT_EQUAL(state(), DSA_STATE_HALT);
	dsa_cfg_write(b.dsa, 0x48, 4, 0x8000);
	CU_ASSERT_EQUAL(state(), DSA_STATE_DISABLED);
	end();
}

/* FLR while a command waits: the command is gone, the next one works. */
static void test_1_5_flr_ends_a_command(void)
{
	start(1);
	b.perms[0] = 0;
	load(0, 4, REC);
	issue(DSA_CMD_DISABLE_DEVICE, 0);
	while (state() == DSA_STATE_ENABLED)
		sim_step(b.sim);
	dsa_reset(b.dsa, DSA_RESET_KIND_FLR);
	CU_ASSERT_EQUAL(cmdsts(), 0);
	CU_ASSERT_EQUAL(state(), DSA_STATE_DISABLED);
	CU_ASSERT(bus_idle(&b));
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_RESET_DEVICE, 0), 0);
	end();
}

/* The device is idle at once after an FLR: nothing it had reserved ahead delays the next user. */
static void test_1_5_flr_frees_the_ports(void)
{
	struct dsa_hw_desc d = bus_move(SRC, DST, 1 << 20, REC);
	u64 begin, first;
	u32 i;

	start(1);
	begin = sim_now(b.sim);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	first = sim_now(b.sim) - begin;
	bus_post(&b, 0, &d);
	bus_post(&b, 0, &d);
	for (i = 0; i < 6; i++)
		sim_step(b.sim);
	dsa_reset(b.dsa, DSA_RESET_KIND_FLR);
	dsa_cfg_write(b.dsa, 4, 2, 6);
	bus_group(&b, 1, 16, 1);
	bus_wq(&b, 0, BUS_DWQ);
	CU_ASSERT_EQUAL_FATAL(bus_enable(&b, 1), 0);
	begin = sim_now(b.sim);
	CU_ASSERT_EQUAL(bus_do(&b, &d), DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(sim_now(b.sim) - begin, first);
	end();
}

static u32 deepest, depths;

static void saw_depth(void *ctx, struct dsa *dsa, u32 wq, u32 depth)
{
	(void)ctx;
	(void)dsa;
	CU_ASSERT_EQUAL(wq, 0);
	depths++;
	if (depth > deepest)
		deepest = depth;
}

/* What observers hear. */
static void test_observers(void)
{
	struct dsa_hw_desc n = bus_desc(DSA_OPCODE_NOOP, 0, 0);
	struct dsa_observer obs = {.wq_depth = saw_depth};
	u32 i;

	start(1);
	memset(b.notes, 0, sizeof(b.notes));
	CU_ASSERT_EQUAL(bus_cmd(&b, DSA_CMD_DRAIN_ALL, 0), 0);
	CU_ASSERT_EQUAL(b.notes[DSA_NOTE_COMMAND], 1);
	dsa_portal_write(b.dsa, 0, &n, true, NULL);
	CU_ASSERT_EQUAL(b.notes[DSA_NOTE_RETRY], 1);
	for (i = 0; i < 30; i++)
		bus_post(&b, 0, &n);
	/* Two in the engine, once its start gap is over; one is there at once. */
	CU_ASSERT_EQUAL(b.notes[DSA_NOTE_DROP], 30 - 16 - 1);
	CU_ASSERT_EQUAL(b.notes[DSA_NOTE_SWERROR], 30 - 16 - 1);
	bus_run(&b);
	dsa_set_observer(b.dsa, &obs);
	for (i = 0; i < 5; i++)
		bus_post(&b, 0, &n);
	bus_run(&b);
	CU_ASSERT_EQUAL(deepest, 4);
	CU_ASSERT_EQUAL(depths, 10);
	dsa_set_observer(b.dsa, NULL);
	dsa_halt(b.dsa, DSA_RESET_SOFTWARE);
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("dsa commands", NULL, NULL);
#define T(fn) CU_add_test(s, #fn, fn)
	T(test_4_1_active_at_once);
	T(test_4_2_common_errors);
	T(test_4_2_enable_device);
	T(test_4_3_read_buffer_example);
	T(test_4_2_enable_wq);
	T(test_4_2_modes_and_sizes_by_capability);
	T(test_4_5_disable_device);
	T(test_4_5_reset_device);
	T(test_4_5_drain_all);
	T(test_4_5_drain_wq);
	T(test_4_5_abort_wq);
	T(test_4_5_reset_wq);
	T(test_4_5_pasid_commands);
	T(test_5_5_drain_descriptor);
	T(test_5_5_drain_flags);
	T(test_4_4_halt);
	T(test_1_5_flr_ends_a_command);
	T(test_1_5_flr_frees_the_ports);
	T(test_observers);
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
