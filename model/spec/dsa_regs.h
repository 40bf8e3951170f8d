/* SPDX-License-Identifier: GPL-2.0 */
/* The register contract of Intel DSA: BAR0 registers, tables, commands, portals, event log, and
 * codes newer than the uapi header. */
#ifndef SPEC_DSA_REGS_H
#define SPEC_DSA_REGS_H

#include "field.h"

/*
 * Source: Intel DSA Architecture Specification 341204 rev 3.0, chapter 9, and
 * the Linux idxd driver. Offsets are bytes from BAR0 unless said otherwise,
 * masks are in place. DSA 1.x descriptor and record layouts come from
 * <linux/idxd.h>, not from here.
 */

/* ---- Versions ---- */
#define DSA_VERSION_1 0x100
#define DSA_VERSION_2 0x200
#define DSA_VERSION_3 0x300

/* ---- Fixed registers ---- */
#define DSA_REG_VERSION	      0x00   /* u32 RO */
#define DSA_REG_GENCAP	      0x10   /* u64 RO */
#define DSA_REG_WQCAP	      0x20   /* u64 RO */
#define DSA_REG_GRPCAP	      0x30   /* u64 RO */
#define DSA_REG_ENGCAP	      0x38   /* u64 RO */
#define DSA_REG_OPCAP	      0x40   /* 256 bits RO */
#define DSA_REG_OFFSETS	      0x60   /* 128 bits RO */
#define DSA_REG_GENCFG	      0x80   /* u32 RW while Disabled */
#define DSA_REG_GENCTRL	      0x88   /* u32 RW */
#define DSA_REG_GENSTS	      0x90   /* u32 RO */
#define DSA_REG_INTCAUSE      0x98   /* u32 RW1C */
#define DSA_REG_CMD	      0xa0   /* u32 WO */
#define DSA_REG_CMDSTS	      0xa8   /* u32 RO */
#define DSA_REG_CMDCAP	      0xb0   /* u64 RO, when GENCAP.CMD_CAP */
#define DSA_REG_SWERROR	      0xc0   /* 256 bits */
#define DSA_REG_EVLCFG	      0xe0   /* 128 bits RW while Disabled, v2 */
#define DSA_REG_EVLSTATUS     0xf0   /* u64, v2 */
#define DSA_REG_IDCAP	      0x100  /* u64 RO, v2 */
#define DSA_REG_IDBR	      0x108  /* u32 RW while Disabled, v2 */
#define DSA_REG_IAACAP	      0x180  /* u64 RO, IAA v2 only, same place as DSACAP0 */
#define DSA_REG_DSACAP0	      0x180  /* u64 RO, v3 */
#define DSA_REG_DSACAP1	      0x188  /* u64 RO, v3 */
#define DSA_REG_DSACAP2	      0x190  /* u64 RO, v3 */
#define DSA_REG_FIXED_END     0x200  /* first byte after the fixed part */
#define DSA_REG_CMDPARAM      0xe000 /* u64 RW, v2 */
#define DSA_REG_DUMMY_PORTAL  0xf000 /* one page that behaves as a disabled WQ */
#define DSA_DUMMY_PORTAL_SIZE 0x1000

#define DSA_OPCAP_BITS	   256
#define DSA_OPCAP_QWORDS   4
#define DSA_SWERROR_QWORDS 4

/* ---- VERSION ---- */
#define DSA_VERSION_MINOR SPEC_FIELD(7, 0)
#define DSA_VERSION_MAJOR SPEC_FIELD(15, 8)

/* ---- GENCAP ---- */
#define DSA_GENCAP_BLOCK_ON_FAULT      SPEC_BIT(0)
#define DSA_GENCAP_OVERLAP_COPY	       SPEC_BIT(1)
#define DSA_GENCAP_CACHE_CONTROL       SPEC_BIT(2)
#define DSA_GENCAP_CACHE_FLUSH_CONTROL SPEC_BIT(3) /* rev 1.x */
#define DSA_GENCAP_CMD_CAP	       SPEC_BIT(4)
#define DSA_GENCAP_DURABLE_WRITE       SPEC_BIT(5) /* v3 */
#define DSA_GENCAP_INTER_DOMAIN	       SPEC_BIT(6) /* v2 */
#define DSA_GENCAP_FETCH_STRIDE	       SPEC_BIT(7) /* v2; rev 1.0: request interrupt handle */
#define DSA_GENCAP_DST_READBACK	       SPEC_BIT(8)
#define DSA_GENCAP_DRAIN_READBACK      SPEC_BIT(9)
#define DSA_GENCAP_FILL16	       SPEC_BIT(10)	  /* v2 */
#define DSA_GENCAP_CRC64	       SPEC_BIT(11)	  /* v2 */
#define DSA_GENCAP_FAULT_INFO	       SPEC_BIT(12)	  /* v2 */
#define DSA_GENCAP_EVL		       SPEC_FIELD(14, 13) /* v2: 0 none, n: entries of 32 << n bytes */
#define DSA_GENCAP_BATCH_CONTINUE      SPEC_BIT(15)	  /* v2 */
#define DSA_GENCAP_MAX_XFER_SHIFT      SPEC_FIELD(20, 16)
#define DSA_GENCAP_MAX_BATCH_SHIFT     SPEC_FIELD(24, 21)
#define DSA_GENCAP_IMS_MULT	       SPEC_FIELD(30, 25) /* IMS entries / 256 */
#define DSA_GENCAP_CONFIG	       SPEC_BIT(31)
#define DSA_GENCAP_EVL_OVERFLOW	       SPEC_BIT(32)	  /* v2 */
#define DSA_GENCAP_MAX_DESCS	       SPEC_FIELD(39, 32) /* rev 1.0/1.1 only */
#define DSA_GENCAP_BATCH1	       SPEC_BIT(52)	  /* v3 */
#define DSA_GENCAP_SO_LIMIT_MEM	       SPEC_BIT(53)	  /* v3 */
#define DSA_GENCAP_SO_LIMIT_PEER       SPEC_BIT(54)	  /* v3 */

#define DSA_IMS_MULTIPLIER 256

/* ---- WQCAP ---- */
#define DSA_WQCAP_TOTAL_SIZE	 SPEC_FIELD(15, 0)
#define DSA_WQCAP_NUM_WQS	 SPEC_FIELD(23, 16)
#define DSA_WQCAP_WQCFG_SHIFT	 SPEC_FIELD(27, 24) /* WQCFG stride = 1 << (n + 5) bytes */
#define DSA_WQCAP_SHARED_MODE	 SPEC_BIT(48)
#define DSA_WQCAP_DEDICATED_MODE SPEC_BIT(49)
#define DSA_WQCAP_ATS_DISABLE	 SPEC_BIT(50)
#define DSA_WQCAP_PRIORITY	 SPEC_BIT(51)
#define DSA_WQCAP_OCCUPANCY	 SPEC_BIT(52)
#define DSA_WQCAP_OCCUPANCY_INT	 SPEC_BIT(53)
#define DSA_WQCAP_OPCFG		 SPEC_BIT(54)
#define DSA_WQCAP_PRS_DISABLE	 SPEC_BIT(55)

#define DSA_WQCFG_MIN_SHIFT 5

/* ---- GRPCAP ---- */
#define DSA_GRPCAP_NUM_GROUPS	  SPEC_FIELD(7, 0)
#define DSA_GRPCAP_READ_BUFFERS	  SPEC_FIELD(15, 8)
#define DSA_GRPCAP_RDBUF_CONTROL  SPEC_BIT(16)
#define DSA_GRPCAP_RDBUF_LIMIT	  SPEC_BIT(17)
#define DSA_GRPCAP_PROGRESS_LIMIT SPEC_BIT(18) /* v2 */
#define DSA_GRPCAP_BW_LIMIT	  SPEC_BIT(19) /* v3 */

/* ---- ENGCAP ---- */
#define DSA_ENGCAP_NUM_ENGINES SPEC_FIELD(7, 0)
#define DSA_ENGCAP_MAX_WD      SPEC_FIELD(15, 8) /* when GRPCAP.PROGRESS_LIMIT */
#define DSA_ENGCAP_MAX_BD      SPEC_FIELD(23, 16)

/* ---- OFFSETS, in units of DSA_OFFSET_UNIT ---- */
#define DSA_OFFSETS0_GRPCFG   SPEC_FIELD(15, 0)
#define DSA_OFFSETS0_WQCFG    SPEC_FIELD(31, 16)
#define DSA_OFFSETS0_MSIXPERM SPEC_FIELD(47, 32)
#define DSA_OFFSETS0_IMS      SPEC_FIELD(63, 48)
#define DSA_OFFSETS1_PERFMON  SPEC_FIELD(15, 0)
#define DSA_OFFSETS1_IDPT     SPEC_FIELD(31, 16)
#define DSA_OFFSET_UNIT	      0x100

/* ---- GENCFG ---- */
#define DSA_GENCFG_RDBUF_LIMIT SPEC_FIELD(7, 0)
#define DSA_GENCFG_USER_INT    SPEC_BIT(12)
#define DSA_GENCFG_EVL_EN      SPEC_BIT(13) /* v2 */

/* ---- GENCTRL ---- */
#define DSA_GENCTRL_SWERROR_INT SPEC_BIT(0)
#define DSA_GENCTRL_HALT_INT	SPEC_BIT(1)
#define DSA_GENCTRL_EVL_INT	SPEC_BIT(2) /* v2 */

/* ---- GENSTS ---- */
#define DSA_GENSTS_STATE      SPEC_FIELD(1, 0)
#define DSA_GENSTS_RESET_TYPE SPEC_FIELD(3, 2)

#define DSA_STATE_DISABLED 0
#define DSA_STATE_ENABLED  1
#define DSA_STATE_DRAINING 2
#define DSA_STATE_HALT	   3

#define DSA_RESET_SOFTWARE 0
#define DSA_RESET_FLR	   1
#define DSA_RESET_WARM	   2
#define DSA_RESET_COLD	   3

/* ---- INTCAUSE ---- */
#define DSA_INTCAUSE_SWERROR	    SPEC_BIT(0)
#define DSA_INTCAUSE_CMD	    SPEC_BIT(1)
#define DSA_INTCAUSE_OCCUPANCY	    SPEC_BIT(2)
#define DSA_INTCAUSE_PERFMON	    SPEC_BIT(3)
#define DSA_INTCAUSE_HALT	    SPEC_BIT(4)
#define DSA_INTCAUSE_EVL	    SPEC_BIT(5) /* v2 */
#define DSA_INTCAUSE_HANDLE_REVOKED SPEC_BIT(31)

/* ---- CMD ---- */
#define DSA_CMD_OPERAND SPEC_FIELD(19, 0)
#define DSA_CMD_CODE	SPEC_FIELD(24, 20)
#define DSA_CMD_INT_REQ SPEC_BIT(31)

/* Operand of WQ commands in mask form (all but Enable WQ): 16 WQs from 16 * base. */
#define DSA_CMD_WQ_MASK	    SPEC_FIELD(15, 0)
#define DSA_CMD_WQ_BASE	    SPEC_FIELD(19, 16)
#define DSA_CMD_WQ_INDEX    SPEC_FIELD(7, 0)  /* Enable WQ */
#define DSA_CMD_PASID	    SPEC_FIELD(19, 0) /* Drain/Abort PASID */
#define DSA_CMD_HANDLE	    SPEC_FIELD(15, 0) /* table index or handle */
#define DSA_CMD_HANDLE_IMS  SPEC_BIT(16)      /* table: 0 MSI-X, 1 IMS */
#define DSA_CMD_BITMAP_SIZE SPEC_FIELD(16, 0) /* Invalidate Submitter Bitmap Cache */

#define DSA_CMD_ENABLE_DEVICE	    1
#define DSA_CMD_DISABLE_DEVICE	    2
#define DSA_CMD_DRAIN_ALL	    3
#define DSA_CMD_ABORT_ALL	    4
#define DSA_CMD_RESET_DEVICE	    5
#define DSA_CMD_ENABLE_WQ	    6
#define DSA_CMD_DISABLE_WQ	    7
#define DSA_CMD_DRAIN_WQ	    8
#define DSA_CMD_ABORT_WQ	    9
#define DSA_CMD_RESET_WQ	    10
#define DSA_CMD_DRAIN_PASID	    11
#define DSA_CMD_ABORT_PASID	    12
#define DSA_CMD_REQUEST_INT_HANDLE  13
#define DSA_CMD_RELEASE_INT_HANDLE  14
#define DSA_CMD_REVOKED_PROCESSED   15 /* virtual devices of revision 1 only (tree of 2022) */
#define DSA_CMD_REQUEST_IDPT_HANDLE 15
#define DSA_CMD_RELEASE_IDPT_HANDLE 16
#define DSA_CMD_INVAL_BITMAP_CACHE  17
#define DSA_CMD_LAST		    17

/* Codes assumed when there is no CMDCAP register: bits 1..12. */
#define DSA_CMDCAP_DEFAULT SPEC_FIELD(12, 1)

/* ---- CMDSTS ---- */
#define DSA_CMDSTS_ERR	  SPEC_FIELD(7, 0)
#define DSA_CMDSTS_RESULT SPEC_FIELD(23, 8)
#define DSA_CMDSTS_ACTIVE SPEC_BIT(31)

#define DSA_CMDERR_SUCCESS	      0x00
#define DSA_CMDERR_UNSUPPORTED	      0x01
#define DSA_CMDERR_WQ_INDEX	      0x02
#define DSA_CMDERR_HW		      0x03
#define DSA_CMDERR_RSVD_OPERAND	      0x04
#define DSA_CMDERR_HALTED	      0x05
#define DSA_CMDERR_DEV_NOT_DISABLED   0x10 /* Enable Device ... */
#define DSA_CMDERR_DEV_CONFIG	      0x11
#define DSA_CMDERR_DEV_BME	      0x12
#define DSA_CMDERR_DEV_PRS_ALLOC      0x13
#define DSA_CMDERR_DEV_TOTAL_SIZE     0x14
#define DSA_CMDERR_DEV_GRPCFG	      0x15
#define DSA_CMDERR_DEV_GRPCFG_WQ      0x16
#define DSA_CMDERR_DEV_GRPCFG_ENG     0x17
#define DSA_CMDERR_DEV_RDBUF	      0x18
#define DSA_CMDERR_DEV_EVL	      0x19
#define DSA_CMDERR_DEV_ATS	      0x1a
#define DSA_CMDERR_DEV_PASID	      0x1b
#define DSA_CMDERR_WQ_DEV_NOT_ENABLED 0x20 /* Enable WQ ... */
#define DSA_CMDERR_WQ_NOT_DISABLED    0x21
#define DSA_CMDERR_WQ_SIZE	      0x22
#define DSA_CMDERR_WQ_PRIORITY	      0x23
#define DSA_CMDERR_WQ_MODE	      0x24
#define DSA_CMDERR_WQ_BOF	      0x25
#define DSA_CMDERR_WQ_PASID	      0x26
#define DSA_CMDERR_WQ_MAX_BATCH	      0x27
#define DSA_CMDERR_WQ_MAX_XFER	      0x28
#define DSA_CMDERR_WQ_PRIV	      0x2a
#define DSA_CMDERR_WQ_OCCUPANCY_INT   0x2b
#define DSA_CMDERR_WQ_ATS	      0x2c
#define DSA_CMDERR_WQ_OPCFG	      0x2d
#define DSA_CMDERR_WQ_PRS	      0x2e
#define DSA_CMDERR_DEV_NOT_ENABLED    0x31 /* Disable Device */
#define DSA_CMDERR_WQ_NOT_ENABLED     0x32 /* Disable, Drain, Abort WQ */
#define DSA_CMDERR_HANDLE_INVALID     0x41
#define DSA_CMDERR_HANDLE_NONE_LEFT   0x42
#define DSA_CMDERR_IDPT_INVALID	      0x51
#define DSA_CMDERR_IDPT_NONE_LEFT     0x52

/* ---- SWERROR, by qword ---- */
#define DSA_SWERR0_VALID       SPEC_BIT(0) /* RW1C */
#define DSA_SWERR0_OVERFLOW    SPEC_BIT(1) /* RW1C */
#define DSA_SWERR0_DESC_VALID  SPEC_BIT(2)
#define DSA_SWERR0_WQ_VALID    SPEC_BIT(3)
#define DSA_SWERR0_BATCH       SPEC_BIT(4)
#define DSA_SWERR0_FAULT_WRITE SPEC_BIT(5)
#define DSA_SWERR0_PRIV	       SPEC_BIT(6)
#define DSA_SWERR0_INFO_VALID  SPEC_BIT(7) /* v2 */
#define DSA_SWERR0_ERROR       SPEC_FIELD(15, 8)
#define DSA_SWERR0_WQ_INDEX    SPEC_FIELD(23, 16)
#define DSA_SWERR0_OPERATION   SPEC_FIELD(39, 32)
#define DSA_SWERR0_PASID       SPEC_FIELD(59, 40)
#define DSA_SWERR1_BATCH_INDEX SPEC_FIELD(15, 0)
#define DSA_SWERR1_INFO	       SPEC_FIELD(63, 32)
/* SWERR2 is the fault address, SWERR3 is unused. */

/* Fields of the error info word (SWERR1_INFO and the event log's), as 32-bit masks */
#define DSA_ERRINFO_FLAGS	   SPEC_FIELD(23, 0) /* error 0x11: invalid flags */
#define DSA_ERRINFO_HANDLE	   SPEC_FIELD(15, 0) /* interrupt or IDPT handle */
#define DSA_ERRINFO_RCI		   SPEC_BIT(16)	     /* event log, 0x19, 0x1a, 0x26, 0x27 */
#define DSA_ERRINFO_IMS_PORTAL	   SPEC_BIT(17)
#define DSA_ERRINFO_RCR		   SPEC_BIT(18)
#define DSA_ERRINFO_FIRST_IN_BATCH SPEC_BIT(19)
#define DSA_ERRINFO_OPERAND	   SPEC_FIELD(31, 29)

/* Operand identifiers in error info and in the record's fault info */
#define DSA_OPERAND_SRC	   1
#define DSA_OPERAND_SRC2   2
#define DSA_OPERAND_DST	   3
#define DSA_OPERAND_DST2   4
#define DSA_OPERAND_RECORD 5
#define DSA_OPERAND_SGL	   6

/* Device-level codes, never in a record */
#define DSA_SWERR_PCI_CONFIG 0x51 /* SWERROR only */
#define DSA_SWERR_CMD_ACTIVE 0x52 /* SWERROR or event log */
#define DSA_SWERR_DWQ_FULL   0x53 /* SWERROR only */
#define DSA_SWERR_EVL_WRITE  0x54 /* SWERROR only */

/* ---- EVLCFG, by qword ---- */
#define DSA_EVLCFG0_PASID_EN SPEC_BIT(0)
#define DSA_EVLCFG0_PRIV     SPEC_BIT(1)
#define DSA_EVLCFG0_BASE     SPEC_FIELD(63, 12)
#define DSA_EVLCFG1_SIZE     SPEC_FIELD(15, 0) /* entries, >= DSA_EVL_MIN_ENTRIES */
#define DSA_EVLCFG1_PASID    SPEC_FIELD(35, 16)
#define DSA_EVL_MIN_ENTRIES  64
#define DSA_EVL_MAX_ENTRIES  65535

/* ---- EVLSTATUS ---- */
#define DSA_EVLSTATUS_HEAD	  SPEC_FIELD(15, 0)
#define DSA_EVLSTATUS_TAIL	  SPEC_FIELD(47, 32)
#define DSA_EVLSTATUS_INT_PENDING SPEC_BIT(62) /* RW1C */
/* The same fields when accessed as two dwords, at DSA_REG_EVLSTATUS and 4 bytes above */
#define DSA_EVLSTATUS_LO_HEAD	     SPEC_FIELD(15, 0)
#define DSA_EVLSTATUS_HI_TAIL	     SPEC_FIELD(15, 0)
#define DSA_EVLSTATUS_HI_INT_PENDING SPEC_BIT(30)

/* ---- Event log entry: qwords 0..3, then the 32-byte record ---- */
#define DSA_EVL_ENTRY_SIZE    64 /* DSA; larger entries add bytes behind */
#define DSA_EVL_RECORD_OFFSET 32
#define DSA_EVL0_DESC_VALID   SPEC_BIT(2)
#define DSA_EVL0_WQ_VALID     SPEC_BIT(3)
#define DSA_EVL0_BATCH	      SPEC_BIT(4)
#define DSA_EVL0_FAULT_WRITE  SPEC_BIT(5)
#define DSA_EVL0_PRIV	      SPEC_BIT(6)
#define DSA_EVL0_INFO_VALID   SPEC_BIT(7)
#define DSA_EVL0_ERROR	      SPEC_FIELD(15, 8)
#define DSA_EVL0_WQ_INDEX     SPEC_FIELD(23, 16)
#define DSA_EVL0_BATCH_ID     SPEC_FIELD(31, 24)
#define DSA_EVL0_OPERATION    SPEC_FIELD(39, 32)
#define DSA_EVL0_PASID	      SPEC_FIELD(59, 40)
#define DSA_EVL1_BATCH_INDEX  SPEC_FIELD(15, 0)
#define DSA_EVL1_INFO	      SPEC_FIELD(63, 32) /* DSA_ERRINFO_* */
/* EVL2 is the fault or record address, EVL3 is unused. */

/* ---- IDCAP, IDBR ---- */
#define DSA_IDCAP_TYPE_SASS	 SPEC_BIT(0)
#define DSA_IDCAP_TYPE_SAMS	 SPEC_BIT(1)
#define DSA_IDCAP_ENTRIES	 SPEC_FIELD(23, 8)
#define DSA_IDCAP_OFFSET_MODE	 SPEC_BIT(24)
#define DSA_IDCAP_SUPPRESS_DRAIN SPEC_BIT(25)
#define DSA_IDCAP_ENTRY_SHIFT	 SPEC_FIELD(27, 26) /* IDPT stride = 1 << (n + 5) */
#define DSA_IDBR_PASID_EN	 SPEC_BIT(0)
#define DSA_IDBR_PRIV		 SPEC_BIT(1)
#define DSA_IDBR_TC		 SPEC_FIELD(4, 2)
#define DSA_IDBR_PASID		 SPEC_FIELD(27, 8)

/* ---- IDPT entry: dwords 0 and 1, then qwords 1..3 ---- */
#define DSA_IDPT0_USABLE	  SPEC_BIT(0)
#define DSA_IDPT0_ALLOW_UPDATE	  SPEC_BIT(1)
#define DSA_IDPT0_TYPE		  SPEC_FIELD(3, 2)
#define DSA_IDPT0_SUBMITTER_PASID SPEC_FIELD(31, 12)
#define DSA_IDPT1_READ		  SPEC_BIT(0)
#define DSA_IDPT1_WRITE		  SPEC_BIT(1)
#define DSA_IDPT1_PRIV		  SPEC_BIT(2)
#define DSA_IDPT1_WINDOW_EN	  SPEC_BIT(3)
#define DSA_IDPT1_OFFSET_MODE	  SPEC_BIT(4)
#define DSA_IDPT1_ACCESS_PASID	  SPEC_FIELD(31, 12)
#define DSA_IDPT_BASE		  8
#define DSA_IDPT_SIZE		  16
#define DSA_IDPT_BITMAP		  24
#define DSA_IDPT_BITMAP_ADDR	  SPEC_FIELD(63, 12)
#define DSA_IDPT_TYPE_SASS	  0
#define DSA_IDPT_TYPE_SAMS	  1
#define DSA_IDPT_MIN_SHIFT	  5
/* Update Window flags, descriptor byte 61 */
#define DSA_UPDWIN_READ	       SPEC_BIT(0)
#define DSA_UPDWIN_WRITE       SPEC_BIT(1)
#define DSA_UPDWIN_ENABLE      SPEC_BIT(2)
#define DSA_UPDWIN_OFFSET_MODE SPEC_BIT(3)

/* ---- DSACAP0..2 (v3) ---- */
#define DSA_CAP0_MAX_SGL_SHIFT	    SPEC_FIELD(3, 0)
#define DSA_CAP0_MAX_GR_BLOCK_SHIFT SPEC_FIELD(7, 4)
#define DSA_CAP0_IDPT_OPS	    SPEC_FIELD(14, 8)
#define DSA_CAP0_SGL_FORMATS	    SPEC_FIELD(47, 32)
#define DSA_CAP0_MAX_SG_DESCS	    SPEC_FIELD(55, 48)
#define DSA_CAP1_DATA_TYPES	    SPEC_FIELD(15, 0)
#define DSA_CAP1_FP_UP		    SPEC_FIELD(31, 16)
#define DSA_CAP1_FP_DOWN	    SPEC_FIELD(47, 32)
#define DSA_CAP1_COMPUTE	    SPEC_FIELD(63, 48)
#define DSA_CAP2_NEGATE		    SPEC_BIT(0)
#define DSA_CAP2_FTZ		    SPEC_BIT(2)
#define DSA_CAP2_DAZ		    SPEC_BIT(3)
#define DSA_CAP2_SIGNED		    SPEC_BIT(7)
#define DSA_CAP2_SATURATE	    SPEC_BIT(8)
#define DSA_CAP2_ROUND		    SPEC_FIELD(15, 12)

/* ---- MSIXPERM[i] ---- */
#define DSA_MSIXPERM_STRIDE   8
#define DSA_MSIXPERM_IGNORE   SPEC_BIT(2)
#define DSA_MSIXPERM_PASID_EN SPEC_BIT(3)
#define DSA_MSIXPERM_PASID    SPEC_FIELD(31, 12)

/* ---- IMS[i] ---- */
#define DSA_IMS_STRIDE	      16
#define DSA_IMS_ADDR	      0			 /* u64 */
#define DSA_IMS_DATA	      8			 /* u32 */
#define DSA_IMS_CTRL	      12		 /* u32 */
#define DSA_IMS_ADDR_WINDOW   SPEC_FIELD(63, 20) /* must read DSA_IMS_ADDR_BASE */
#define DSA_IMS_ADDR_BASE     0xfee00000ULL
#define DSA_IMS_CTRL_MASK     SPEC_BIT(0)
#define DSA_IMS_CTRL_PENDING  SPEC_BIT(1) /* RO */
#define DSA_IMS_CTRL_IGNORE   SPEC_BIT(2)
#define DSA_IMS_CTRL_PASID_EN SPEC_BIT(3)
#define DSA_IMS_CTRL_PASID    SPEC_FIELD(31, 12)

/* ---- GRPCFG[g] ---- */
#define DSA_GRPCFG_STRIDE	     64
#define DSA_GRPCFG_WQS		     0	/* 4 x u64: 256-bit WQ mask */
#define DSA_GRPCFG_ENGINES	     32 /* u64 mask */
#define DSA_GRPCFG_FLAGS	     40 /* u64 */
#define DSA_GRPCFG_WQ_QWORDS	     4
#define DSA_GRPFLAGS_TC_A	     SPEC_FIELD(2, 0)
#define DSA_GRPFLAGS_TC_B	     SPEC_FIELD(5, 3)
#define DSA_GRPFLAGS_USE_RDBUF_LIMIT SPEC_BIT(7)
#define DSA_GRPFLAGS_RDBUF_RESERVED  SPEC_FIELD(15, 8)
#define DSA_GRPFLAGS_RDBUF_ALLOWED   SPEC_FIELD(27, 20)
#define DSA_GRPFLAGS_DESC_LIMIT	     SPEC_FIELD(33, 32) /* v2: 1 / (1 << n) of the maximum */
#define DSA_GRPFLAGS_BATCH_LIMIT     SPEC_FIELD(37, 36) /* v2 */
#define DSA_GRPFLAGS_READ_BW	     SPEC_FIELD(43, 40) /* v3: 0..3 = 1, 1/2, 1/4, 1/8 */
#define DSA_GRPFLAGS_WRITE_BW	     SPEC_FIELD(47, 44) /* v3 */
#define DSA_RDBUF_PER_ENGINE	     4 /* least read buffers allowed for each engine */

/* ---- WQCFG[w], by dword ---- */
#define DSA_WQCFG_DW_SIZE      0
#define DSA_WQCFG_DW_THRESHOLD 1
#define DSA_WQCFG_DW_MODE      2
#define DSA_WQCFG_DW_LIMITS    3
#define DSA_WQCFG_DW_OCC_INT   4
#define DSA_WQCFG_DW_OCC_LIMIT 5
#define DSA_WQCFG_DW_STATUS    6
#define DSA_WQCFG_DW_RSVD      7
#define DSA_WQCFG_DW_OPCFG     8  /* 8 dwords, when WQCAP.OPCFG */
#define DSA_WQCFG_DWORDS       16 /* those that exist, OPCFG included */

#define DSA_WQCFG0_SIZE		   SPEC_FIELD(15, 0)
#define DSA_WQCFG1_THRESHOLD	   SPEC_FIELD(15, 0)
#define DSA_WQCFG2_DEDICATED	   SPEC_BIT(0)
#define DSA_WQCFG2_BOF		   SPEC_BIT(1)
#define DSA_WQCFG2_ATS_DISABLE	   SPEC_BIT(2)
#define DSA_WQCFG2_PRS_DISABLE	   SPEC_BIT(3) /* v2 */
#define DSA_WQCFG2_PRIORITY	   SPEC_FIELD(7, 4)
#define DSA_WQCFG2_PASID	   SPEC_FIELD(27, 8)
#define DSA_WQCFG2_PASID_EN	   SPEC_BIT(28)
#define DSA_WQCFG2_PRIV		   SPEC_BIT(29)
#define DSA_WQCFG3_MAX_XFER_SHIFT  SPEC_FIELD(4, 0)
#define DSA_WQCFG3_MAX_BATCH_SHIFT SPEC_FIELD(8, 5)
#define DSA_WQCFG3_MAX_SGL_SHIFT   SPEC_FIELD(12, 9) /* v3 */
#define DSA_WQCFG4_OCC_HANDLE	   SPEC_FIELD(15, 0)
#define DSA_WQCFG4_OCC_TABLE	   SPEC_BIT(16) /* 0 MSI-X, 1 IMS */
#define DSA_WQCFG5_OCC_LIMIT	   SPEC_FIELD(15, 0)
#define DSA_WQCFG5_OCC_INT_EN	   SPEC_BIT(16)
#define DSA_WQCFG6_OCCUPANCY	   SPEC_FIELD(15, 0)  /* RO */
#define DSA_WQCFG6_OCC_INT_DONE	   SPEC_BIT(16)	      /* RW1C */
#define DSA_WQCFG6_MODE_SUPPORT	   SPEC_BIT(29)	      /* RO, used when GENCAP.CONFIG = 0 */
#define DSA_WQCFG6_STATE	   SPEC_FIELD(31, 30) /* RO */

#define DSA_WQ_STATE_DISABLED 0
#define DSA_WQ_STATE_ENABLED  1
#define DSA_WQ_STATE_DRAINING 2

#define DSA_WQ_PRIORITY_MAX 15

/* ---- Perfmon, from the base in OFFSETS1 ---- */
#define DSA_PERF_PERFCAP	0x00  /* u64 */
#define DSA_PERF_PERFRST	0x10  /* u32, self-clearing */
#define DSA_PERF_PERFFRZ	0x20  /* u32 */
#define DSA_PERF_OVFSTATUS	0x30  /* u32 RW1C */
#define DSA_PERF_EVNTCAP	0x80  /* + 8 * category */
#define DSA_PERF_CNTRCFG	0x100 /* + 8 * counter */
#define DSA_PERF_CNTRDATA	0x200 /* + 8 * counter */
#define DSA_PERF_FLTCFG		0x300 /* + 32 * counter + 4 * filter */
#define DSA_PERF_FLTCFG_STRIDE	32
#define DSA_PERF_CNTRCAP	0x800 /* + 64 * counter, when PERFCAP.PER_COUNTER */
#define DSA_PERF_CNTRCAP_STRIDE 64

#define DSA_PERFCAP_COUNTERS	  SPEC_FIELD(5, 0)
#define DSA_PERFCAP_WIDTH	  SPEC_FIELD(15, 8)
#define DSA_PERFCAP_CATEGORIES	  SPEC_FIELD(19, 16)
#define DSA_PERFCAP_CATEGORY_MASK SPEC_FIELD(35, 20)
#define DSA_PERFCAP_FILTERS	  SPEC_FIELD(43, 36)
#define DSA_PERFCAP_PER_COUNTER	  SPEC_BIT(52)
#define DSA_PERFCAP_WRITABLE	  SPEC_BIT(53) /* CNTRDATA writable while enabled */
#define DSA_PERFCAP_FREEZE	  SPEC_BIT(54)
#define DSA_PERFCAP_OVF_INT	  SPEC_BIT(55)
#define DSA_PERFRST_CONFIG	  SPEC_BIT(0)
#define DSA_PERFRST_COUNTERS	  SPEC_BIT(1)
#define DSA_EVNTCAP_EVENTS	  SPEC_FIELD(27, 0)
#define DSA_CNTRCFG_ENABLE	  SPEC_BIT(0)
#define DSA_CNTRCFG_OVF_INT	  SPEC_BIT(1)
#define DSA_CNTRCFG_OVF_FREEZE	  SPEC_BIT(2)
#define DSA_CNTRCFG_CATEGORY	  SPEC_FIELD(11, 8)
#define DSA_CNTRCFG_EVENTS	  SPEC_FIELD(59, 32)

#define DSA_FILTER_WQ	       0
#define DSA_FILTER_TC	       1
#define DSA_FILTER_PAGE_SIZE   2
#define DSA_FILTER_XFER_SIZE   3
#define DSA_FILTER_ENGINE      4
#define DSA_FILTER_PASID       5
#define DSA_FILTER_COUNT       6
#define DSA_FLTCFG_RESET       0xffff
#define DSA_FLTCFG_PASID_RESET 0x3fffff
#define DSA_FLTCFG_PASID       SPEC_FIELD(19, 0)
#define DSA_FLTCFG_PASID_MODE  SPEC_FIELD(21, 20)

/* Page size filter bits */
#define DSA_FILTER_PAGE_4K SPEC_BIT(0)
#define DSA_FILTER_PAGE_2M SPEC_BIT(1)
#define DSA_FILTER_PAGE_1G SPEC_BIT(2)

/* Event categories */
#define DSA_PERFCAT_WQ		0
#define DSA_PERFCAT_ENGINE	1
#define DSA_PERFCAT_TRANSLATION 2
#define DSA_PERFCAT_OPERATION	3
#define DSA_PERFCAT_COMPLETION	4
#define DSA_PERFCAT_OPERATION2	5 /* v2 */

/* Category 0: work queues */
#define DSA_EV0_SWQ_LIMITED_OK	    0x01
#define DSA_EV0_SWQ_LIMITED_RETRY   0x02
#define DSA_EV0_SWQ_UNLIMITED_OK    0x04
#define DSA_EV0_SWQ_UNLIMITED_RETRY 0x08
#define DSA_EV0_DWQ_OK		    0x10
#define DSA_EV0_DWQ_FULL	    0x20
#define DSA_EV0_DISCARDED	    0x40 /* v2 architectural */
#define DSA_EV0_V1_NONBATCH_READY   0x40 /* v1 model-specific, cycles */
#define DSA_EV0_V1_BATCH_READY	    0x80
#define DSA_EV0_V1_WQ_EMPTY	    0x100

/* Category 1: engines; byte counts in units of 32 */
#define DSA_EV1_INPUT_32B	    0x01
#define DSA_EV1_WRITTEN_32B	    0x02
#define DSA_EV1_DESC_SRC1	    0x04
#define DSA_EV1_DESC_DST1	    0x08
#define DSA_EV1_DESC_FROM_BATCH	    0x10
#define DSA_EV1_DESC_FROM_WQ	    0x20
#define DSA_EV1_IDPT_OK		    0x40 /* v2 */
#define DSA_EV1_IDPT_DENY	    0x80
#define DSA_EV1_READ_32B	    0x100
#define DSA_EV1_DESC_SRC2	    0x200
#define DSA_EV1_DESC_DST2	    0x400
#define DSA_EV1_V1_PIPE_FULL	    0x40 /* v1 model-specific, cycles */
#define DSA_EV1_V1_NO_DESC	    0x80
#define DSA_EV1_V1_BATCH_FETCH_FULL 0x100
#define DSA_EV1_V1_BATCH_EXEC_FULL  0x200

/* Category 2: address translation */
#define DSA_EV2_ATS_PASID_OK	     0x01
#define DSA_EV2_ATS_PASID_FAULT	     0x02
#define DSA_EV2_ATS_OK		     0x04
#define DSA_EV2_ATS_FAULT	     0x08
#define DSA_EV2_PRS_OK		     0x10
#define DSA_EV2_PRS_INVALID	     0x20
#define DSA_EV2_V1_ATC_REQUEST	     0x40 /* v1 model-specific from here */
#define DSA_EV2_V1_ATC_NO_ENTRY	     0x80
#define DSA_EV2_V1_ATC_HIT	     0x100
#define DSA_EV2_V1_INVAL_CYCLES	     0x200
#define DSA_EV2_V1_ATS_DROPPED	     0x400
#define DSA_EV2_V1_ATC_IDLE_CYCLES   0x800
#define DSA_EV2_V1_PASID_INVAL_EMPTY 0x8000
#define DSA_EV2_V1_PASID_INVAL_BUSY  0x10000
#define DSA_EV2_V1_INVAL_EMPTY	     0x20000
#define DSA_EV2_V1_INVAL_BUSY	     0x40000
#define DSA_EV2_V1_INVAL_FULL	     0x80000

/* Category 3: descriptors by operation */
#define DSA_EV3_NOOP		   0x01
#define DSA_EV3_BATCH		   0x02
#define DSA_EV3_DRAIN		   0x04
#define DSA_EV3_MEMMOVE		   0x08
#define DSA_EV3_MEMFILL		   0x10
#define DSA_EV3_COMPARE		   0x20
#define DSA_EV3_COMPVAL		   0x40
#define DSA_EV3_CR_DELTA	   0x80
#define DSA_EV3_AP_DELTA	   0x100
#define DSA_EV3_DUALCAST	   0x200
#define DSA_EV3_CRCGEN		   0x400
#define DSA_EV3_COPY_CRC	   0x800
#define DSA_EV3_DIF_CHECK	   0x1000
#define DSA_EV3_DIF_INS		   0x2000
#define DSA_EV3_DIF_STRP	   0x4000
#define DSA_EV3_DIF_UPDT	   0x8000
#define DSA_EV3_CFLUSH		   0x10000
#define DSA_EV3_TRANSL_FETCH	   0x20000 /* v2 */
#define DSA_EV3_DIX_GEN		   0x40000 /* v2 */
#define DSA_EV3_V1_FENCE_KEPT	   0x20000 /* v1 model-specific */
#define DSA_EV3_V1_FENCE_ABANDONED 0x40000
#define DSA_EV3_V1_OVERLAP_MOVE	   0x80000

/* Category 4: completions */
#define DSA_EV4_MSIX		     0x01
#define DSA_EV4_IMS		     0x02
#define DSA_EV4_PARTIAL		     0x04
#define DSA_EV4_ERROR		     0x08
#define DSA_EV4_SUCCESS		     0x10
#define DSA_EV4_RECORD_WRITE	     0x20
#define DSA_EV4_V1_IMPLICIT_READBACK 0x40 /* v1 model-specific */

/* Category 5: newer operations */
#define DSA_EV5_ID_COPY		0x01
#define DSA_EV5_ID_FILL		0x02
#define DSA_EV5_ID_COMPARE	0x04
#define DSA_EV5_ID_COMPVAL	0x08
#define DSA_EV5_UPDATE_WINDOW	0x400
#define DSA_EV5_TYPE_CONVERT	0x800 /* v3 from here */
#define DSA_EV5_REDUCE		0x1000
#define DSA_EV5_REDUCE_DUALCAST 0x2000
#define DSA_EV5_GATHER_REDUCE	0x4000
#define DSA_EV5_GATHER_COPY	0x8000
#define DSA_EV5_SCATTER_COPY	0x10000
#define DSA_EV5_SCATTER_FILL	0x20000

/* ---- Portals, from BAR2 ---- */
#define DSA_PORTAL_SIZE		  0x1000
#define DSA_PORTALS_PER_WQ	  4
#define DSA_PORTAL_WQ_STRIDE	  0x4000
#define DSA_PORTAL_UNLIMITED_MSIX 0x0000
#define DSA_PORTAL_LIMITED_MSIX	  0x1000
#define DSA_PORTAL_UNLIMITED_IMS  0x2000
#define DSA_PORTAL_LIMITED_IMS	  0x3000
#define DSA_PORTAL_WQ		  SPEC_FIELD(63, 14)
#define DSA_PORTAL_IMS		  SPEC_BIT(13)
#define DSA_PORTAL_LIMITED	  SPEC_BIT(12)
#define DSA_PORTAL_SLOT		  SPEC_FIELD(11, 6) /* not decoded, but orders submissions */
#define DSA_PORTAL_SLOT_SIZE	  64

/* ---- Descriptor basics ---- */
#define DSA_DESC_SIZE	     64
#define DSA_RECORD_SIZE	     32
#define DSA_RECORD_ALIGN     32
#define DSA_DESC_LIST_ALIGN  64
#define DSA_PASID_BITS	     20
#define DSA_PASID_MAX	     0xfffff
#define DSA_DESC0_PASID	     SPEC_FIELD(19, 0) /* trusted dword */
#define DSA_DESC0_RSVD	     SPEC_FIELD(30, 20)
#define DSA_DESC0_PRIV	     SPEC_BIT(31)
#define DSA_DESC1_FLAGS	     SPEC_FIELD(23, 0) /* second dword */
#define DSA_DESC1_OPCODE     SPEC_FIELD(31, 24)
#define DSA_DELTA_MAX_XFER   0x80000
#define DSA_DELTA_ENTRY_SIZE 10
#define DSA_DELTA_MIN_SIZE   80

/* Completion record: byte 0 and the fault info byte */
#define DSA_RECORD_STATUS      SPEC_FIELD(5, 0)
#define DSA_RECORD_FAULT_WRITE SPEC_BIT(7)
#define DSA_FAULT_INFO_OFFSET  2 /* GENCAP.FAULT_INFO */
#define DSA_FAULT_INFO_MASKED  SPEC_BIT(0)
#define DSA_FAULT_INFO_OPERAND SPEC_FIELD(3, 1)

/*
 * Flags by their place in the 24-bit field, beside <linux/idxd.h>'s names:
 * IDXD_OP_FLAG_CRSTS (5) and DSTS (15) are rev 1.0 names of bits that are
 * reserved since rev 2.0; DRDBK (14) is rev 3.0's cache control 2.
 */
#define DSA_FLAG_CACHE_CONTROL3	    0x000020 /* v3 */
#define DSA_FLAG_CACHE_CONTROL2	    0x004000 /* v3 name of destination readback */
#define DSA_FLAG_OP_SPECIFIC	    0xff0000
#define DSA_FLAG_BATCH_CONTINUE	    0x010000 /* Batch, v2 */
#define DSA_FLAG_DRAIN_RDBACK1	    0x010000 /* Drain */
#define DSA_FLAG_DRAIN_RDBACK2	    0x020000
#define DSA_FLAG_DRAIN_NO_TC_A	    0x040000
#define DSA_FLAG_DRAIN_NO_TC_B	    0x080000
#define DSA_FLAG_FILL16		    0x040000 /* Fill, Inter-domain Fill, v2 */
#define DSA_FLAG_USE_STRIDE	    0x010000 /* Translation Fetch, v2 */
#define DSA_FLAG_CRC_READ_SEED	    0x010000 /* CRC */
#define DSA_FLAG_CRC_BYPASS_REFLECT 0x020000 /* inversion and reflection of seed and result */
#define DSA_FLAG_CRC_BYPASS_DATA    0x040000 /* reflection of the data */
#define DSA_FLAG_CRC64		    0x080000 /* v2 */
#define DSA_FLAG_SUPPRESS_DRAIN	    0x010000 /* Update Window, v2 */
#define DSA_FLAG_SRC_HANDLE	    0x010000 /* inter-domain, v2 */
#define DSA_FLAG_DST_HANDLE	    0x020000
#define DSA_FLAG_USE_SELECTOR	    0x010000 /* Reduce, v3 */
#define DSA_FLAG_DST2_TCS	    0x020000 /* Reduce Dualcast, v3 */

/* ---- Opcodes that <linux/idxd.h> of 6.1 lacks ---- */
#define DSA_OP_TRANSL_FETCH    0x0a /* v2 */
#define DSA_OP_DIX_GEN	       0x17
#define DSA_OP_TYPE_CONVERT    0x18 /* v3 */
#define DSA_OP_REDUCE	       0x19
#define DSA_OP_REDUCE_DUALCAST 0x1a
#define DSA_OP_GATHER_REDUCE   0x1b
#define DSA_OP_GATHER_COPY     0x1c
#define DSA_OP_SCATTER_COPY    0x1d
#define DSA_OP_SCATTER_FILL    0x1e
#define DSA_OP_UPDATE_WINDOW   0x21 /* v2 */
#define DSA_OP_ID_COPY	       0x23
#define DSA_OP_ID_FILL	       0x24
#define DSA_OP_ID_COMPARE      0x25
#define DSA_OP_ID_COMPVAL      0x26

/* ---- Operation status codes that <linux/idxd.h> of 6.1 lacks ---- */
#define DSA_STATUS_HW_ERR	 0x20
#define DSA_STATUS_HW_ERR_WRITE	 0x21
#define DSA_STATUS_TRANSL_FAIL	 0x22
#define DSA_STATUS_DRAIN_EVL	 0x26 /* v2, event log only */
#define DSA_STATUS_BATCH_EVL	 0x27 /* v2, event log only */
#define DSA_STATUS_ID_NO_PASID	 0x28
#define DSA_STATUS_IDPT_HANDLE	 0x29
#define DSA_STATUS_IDPT_PERM	 0x2a
#define DSA_STATUS_IDPT_RANGE	 0x2b
#define DSA_STATUS_UPDWIN_DENIED 0x2c
#define DSA_STATUS_UPDWIN_FIELDS 0x2d
#define DSA_STATUS_ID_ABORTED	 0x2e

/* DIF status bits in the result byte of status 0x09 */
#define DSA_DIF_GUARD_ERR 0x01
#define DSA_DIF_APP_ERR	  0x02
#define DSA_DIF_REF_ERR	  0x04
#define DSA_DIF_ALL_F_ERR 0x08

#endif
