/* SPDX-License-Identifier: GPL-2.0 */
/* The contract of a VT-d remapping unit: registers, table entries, descriptors, faults. */
#ifndef SPEC_VTD_H
#define SPEC_VTD_H

#include "field.h"

/*
 * Source: Intel VT-d Architecture Specification D51397-018 (revision 5.10); section numbers in
 * comments. Masks of table entries are per 64-bit word; the word's index is in the name (_Q0_, _Q1_
 * ...) where an entry has more than one.
 */

#define VTD_PAGE_SHIFT 12
#define VTD_PAGE_ADDR  SPEC_FIELD(63, 12)
#define VTD_PASID_BITS 20
#define VTD_PASID_MAX  0xfffffu

/* ---- Registers (11.4) ---- */
#define VTD_REG_VER	 0x00  /* u32 RO */
#define VTD_REG_CAP	 0x08  /* u64 RO */
#define VTD_REG_ECAP	 0x10  /* u64 RO */
#define VTD_REG_GCMD	 0x18  /* u32 WO */
#define VTD_REG_GSTS	 0x1c  /* u32 RO */
#define VTD_REG_RTADDR	 0x20  /* u64 */
#define VTD_REG_CCMD	 0x28  /* u64 */
#define VTD_REG_FSTS	 0x34  /* u32 */
#define VTD_REG_FECTL	 0x38  /* u32 */
#define VTD_REG_FEDATA	 0x3c  /* u32 */
#define VTD_REG_FEADDR	 0x40  /* u32 */
#define VTD_REG_FEUADDR	 0x44  /* u32 */
#define VTD_REG_PMEN	 0x64  /* u32 */
#define VTD_REG_PLMBASE	 0x68  /* u32 */
#define VTD_REG_PLMLIMIT 0x6c  /* u32 */
#define VTD_REG_PHMBASE	 0x70  /* u64 */
#define VTD_REG_PHMLIMIT 0x78  /* u64 */
#define VTD_REG_IQH	 0x80  /* u64 RO */
#define VTD_REG_IQT	 0x88  /* u64 */
#define VTD_REG_IQA	 0x90  /* u64 */
#define VTD_REG_ICS	 0x9c  /* u32 */
#define VTD_REG_IECTL	 0xa0  /* u32 */
#define VTD_REG_IEDATA	 0xa4  /* u32 */
#define VTD_REG_IEADDR	 0xa8  /* u32 */
#define VTD_REG_IEUADDR	 0xac  /* u32 */
#define VTD_REG_IQERCD	 0xb0  /* u64 RO */
#define VTD_REG_IRTA	 0xb8  /* u64 */
#define VTD_REG_PQH	 0xc0  /* u64 */
#define VTD_REG_PQT	 0xc8  /* u64 */
#define VTD_REG_PQA	 0xd0  /* u64 */
#define VTD_REG_PRS	 0xdc  /* u32 */
#define VTD_REG_PECTL	 0xe0  /* u32 */
#define VTD_REG_PEDATA	 0xe4  /* u32 */
#define VTD_REG_PEADDR	 0xe8  /* u32 */
#define VTD_REG_PEUADDR	 0xec  /* u32 */
#define VTD_REG_VCMD	 0xe00 /* u64 */
#define VTD_REG_VCMD_EO	 0xe08 /* u64 */
#define VTD_REG_VCRSP	 0xe10 /* u64 RO */
#define VTD_REG_VCCAP	 0xe30 /* u64 RO */

/* VER */
#define VTD_VER_MAJOR SPEC_FIELD(7, 4)
#define VTD_VER_MINOR SPEC_FIELD(3, 0)

/* CAP (11.4.2) */
#define VTD_CAP_ND	 SPEC_FIELD(2, 0) /* 2^(4+2n) domains */
#define VTD_CAP_RWBF	 SPEC_BIT(4)
#define VTD_CAP_PLMR	 SPEC_BIT(5)
#define VTD_CAP_PHMR	 SPEC_BIT(6)
#define VTD_CAP_CM	 SPEC_BIT(7)
#define VTD_CAP_SAGAW	 SPEC_FIELD(12, 8)
#define VTD_CAP_SAGAW_39 SPEC_BIT(9)
#define VTD_CAP_SAGAW_48 SPEC_BIT(10)
#define VTD_CAP_SAGAW_57 SPEC_BIT(11)
#define VTD_CAP_MGAW	 SPEC_FIELD(21, 16) /* width - 1 */
#define VTD_CAP_ZLR	 SPEC_BIT(22)
#define VTD_CAP_FRO	 SPEC_FIELD(33, 24) /* x 16 bytes */
#define VTD_CAP_SSLPS	 SPEC_FIELD(37, 34)
#define VTD_CAP_SSLPS_2M SPEC_BIT(34)
#define VTD_CAP_SSLPS_1G SPEC_BIT(35)
#define VTD_CAP_PSI	 SPEC_BIT(39)
#define VTD_CAP_NFR	 SPEC_FIELD(47, 40) /* records - 1 */
#define VTD_CAP_MAMV	 SPEC_FIELD(53, 48)
#define VTD_CAP_DWD	 SPEC_BIT(54)
#define VTD_CAP_DRD	 SPEC_BIT(55)
#define VTD_CAP_FS1GP	 SPEC_BIT(56)
#define VTD_CAP_PI	 SPEC_BIT(59)
#define VTD_CAP_FS5LP	 SPEC_BIT(60)
#define VTD_CAP_ECMDS	 SPEC_BIT(61)
#define VTD_CAP_ESIRTPS	 SPEC_BIT(62)
#define VTD_CAP_ESRTPS	 SPEC_BIT(63)

/* ECAP (11.4.3) */
#define VTD_ECAP_C	SPEC_BIT(0)
#define VTD_ECAP_QI	SPEC_BIT(1)
#define VTD_ECAP_DT	SPEC_BIT(2)
#define VTD_ECAP_IR	SPEC_BIT(3)
#define VTD_ECAP_EIM	SPEC_BIT(4)
#define VTD_ECAP_PT	SPEC_BIT(6)
#define VTD_ECAP_SC	SPEC_BIT(7)
#define VTD_ECAP_IRO	SPEC_FIELD(17, 8) /* x 16 bytes */
#define VTD_ECAP_MHMV	SPEC_FIELD(23, 20)
#define VTD_ECAP_MTS	SPEC_BIT(25)
#define VTD_ECAP_NEST	SPEC_BIT(26)
#define VTD_ECAP_PRS	SPEC_BIT(29)
#define VTD_ECAP_ERS	SPEC_BIT(30)
#define VTD_ECAP_SRS	SPEC_BIT(31)
#define VTD_ECAP_NWFS	SPEC_BIT(33)
#define VTD_ECAP_EAFS	SPEC_BIT(34)
#define VTD_ECAP_PSS	SPEC_FIELD(39, 35) /* PASID bits - 1 */
#define VTD_ECAP_PASID	SPEC_BIT(40)
#define VTD_ECAP_DIT	SPEC_BIT(41)
#define VTD_ECAP_PDS	SPEC_BIT(42)
#define VTD_ECAP_SMTS	SPEC_BIT(43)
#define VTD_ECAP_VCS	SPEC_BIT(44)
#define VTD_ECAP_SSADS	SPEC_BIT(45)
#define VTD_ECAP_SSTS	SPEC_BIT(46)
#define VTD_ECAP_FSTS	SPEC_BIT(47)
#define VTD_ECAP_SMPWCS SPEC_BIT(48)
#define VTD_ECAP_RPS	SPEC_BIT(49)
#define VTD_ECAP_ADMS	SPEC_BIT(52)
#define VTD_ECAP_RPRIVS SPEC_BIT(53)
#define VTD_ECAP_HPTS	SPEC_BIT(55)
#define VTD_ECAP_PTRS	SPEC_BIT(56)
#define VTD_ECAP_SSIRWS SPEC_BIT(57)
#define VTD_ECAP_SMS	SPEC_BIT(58)
#define VTD_ECAP_EIMER	SPEC_BIT(61)
#define VTD_ECAP_IRREQ	SPEC_BIT(62)

/* GCMD / GSTS */
#define VTD_GCMD_TE    SPEC_BIT(31) /* translation enable */
#define VTD_GCMD_SRTP  SPEC_BIT(30) /* set root table pointer */
#define VTD_GCMD_WBF   SPEC_BIT(27) /* write buffer flush */
#define VTD_GCMD_QIE   SPEC_BIT(26) /* queued invalidation */
#define VTD_GCMD_IRE   SPEC_BIT(25) /* interrupt remapping */
#define VTD_GCMD_SIRTP SPEC_BIT(24) /* set interrupt table pointer */
#define VTD_GCMD_CFI   SPEC_BIT(23) /* compatibility format let through */

/* RTADDR */
#define VTD_RTADDR_SSIRWE SPEC_BIT(7)
#define VTD_RTADDR_TTM	  SPEC_FIELD(11, 10)
#define VTD_TTM_LEGACY	  0
#define VTD_TTM_SCALABLE  1
#define VTD_TTM_ABORT	  3

/* CCMD and IOTLB register commands: refused in scalable mode */
#define VTD_CCMD_ICC   SPEC_BIT(63)
#define VTD_CCMD_CAIG  SPEC_FIELD(60, 59)
#define VTD_IOTLB_IVT  SPEC_BIT(63)
#define VTD_IOTLB_IAIG SPEC_FIELD(58, 57)

/* FSTS, FECTL and the records (11.4.7) */
#define VTD_FSTS_PFO	  SPEC_BIT(0)
#define VTD_FSTS_PPF	  SPEC_BIT(1)
#define VTD_FSTS_IQE	  SPEC_BIT(4)
#define VTD_FSTS_ICE	  SPEC_BIT(5)
#define VTD_FSTS_ITE	  SPEC_BIT(6)
#define VTD_FSTS_FRI	  SPEC_FIELD(15, 8)
#define VTD_ECTL_IM	  SPEC_BIT(31) /* FECTL, IECTL, PECTL: masked */
#define VTD_ECTL_IP	  SPEC_BIT(30) /* ... and pending */
#define VTD_FRCD_Q0_FI	  SPEC_FIELD(63, 12)
#define VTD_FRCD_Q1_SID	  SPEC_FIELD(15, 0)
#define VTD_FRCD_Q1_T2	  SPEC_BIT(28)
#define VTD_FRCD_Q1_PRIV  SPEC_BIT(29)
#define VTD_FRCD_Q1_EXE	  SPEC_BIT(30)
#define VTD_FRCD_Q1_PP	  SPEC_BIT(31)
#define VTD_FRCD_Q1_FR	  SPEC_FIELD(39, 32)
#define VTD_FRCD_Q1_PASID SPEC_FIELD(59, 40)
#define VTD_FRCD_Q1_AT	  SPEC_FIELD(61, 60)
#define VTD_FRCD_Q1_T1	  SPEC_BIT(62)
#define VTD_FRCD_Q1_F	  SPEC_BIT(63)

/* PMEN */
#define VTD_PMEN_EPM SPEC_BIT(31)
#define VTD_PMEN_PRS SPEC_BIT(0)

/* Invalidation queue (11.4.9) */
#define VTD_IQA_QS	  SPEC_FIELD(2, 0)
#define VTD_IQA_DW	  SPEC_BIT(11)
#define VTD_IQ_PTR	  SPEC_FIELD(18, 4)
#define VTD_ICS_IWC	  SPEC_BIT(0)
#define VTD_IQERCD_IQEI	  SPEC_FIELD(3, 0)
#define VTD_IQERCD_ITESID SPEC_FIELD(47, 32)
#define VTD_IQERCD_ICESID SPEC_FIELD(63, 48)
#define VTD_IQEI_TAIL	  1
#define VTD_IQEI_FETCH	  2
#define VTD_IQEI_TYPE	  3
#define VTD_IQEI_RESERVED 4
#define VTD_IQEI_WIDTH	  5
#define VTD_IQEI_ALIGN	  6
#define VTD_IQEI_TTM	  7

/* IRTA */
#define VTD_IRTA_EIME SPEC_BIT(11)
#define VTD_IRTA_S    SPEC_FIELD(3, 0) /* 2^(S+1) entries */

/* Page request queue (11.4.11) */
#define VTD_PQA_PQS SPEC_FIELD(2, 0) /* 2^PQS pages */
#define VTD_PQ_PTR  SPEC_FIELD(18, 5)
#define VTD_PRS_PPR SPEC_BIT(0)
#define VTD_PRS_PRO SPEC_BIT(1)

/* Virtual command (11.4.16) */
#define VTD_VCMD_CMD	SPEC_FIELD(7, 0)
#define VTD_VCMD_PASID	SPEC_FIELD(35, 16) /* operand: 8 + 8 onwards */
#define VTD_VCRSP_IP	SPEC_BIT(0)
#define VTD_VCRSP_SC	SPEC_FIELD(7, 1)
#define VTD_VCRSP_PASID SPEC_FIELD(35, 16)
#define VTD_VCMD_NULL	0
#define VTD_VCMD_ALLOC	1
#define VTD_VCMD_FREE	2
#define VTD_VCRSP_OK	0
#define VTD_VCRSP_UNDEF 1
#define VTD_VCRSP_NONE	16

/* ---- Tables (9) ---- */

/* Root entry: 16 bytes, 256 of them. Q0: devfn 0-127 (legacy: all), Q1: devfn 128-255 */
#define VTD_ROOT_P     SPEC_BIT(0)
#define VTD_ROOT_CTP   SPEC_FIELD(63, 12)
#define VTD_ROOT_BYTES 16
/* Scalable context entry: 32 bytes, 128 of them */
#define VTD_CTX_BYTES	     32
#define VTD_CTX_Q0_P	     SPEC_BIT(0)
#define VTD_CTX_Q0_FPD	     SPEC_BIT(1)
#define VTD_CTX_Q0_DTE	     SPEC_BIT(2)
#define VTD_CTX_Q0_PASIDE    SPEC_BIT(3)
#define VTD_CTX_Q0_PRE	     SPEC_BIT(4)
#define VTD_CTX_Q0_HPTE	     SPEC_BIT(5)
#define VTD_CTX_Q0_EPTR	     SPEC_BIT(6)
#define VTD_CTX_Q0_PDTS	     SPEC_FIELD(11, 9) /* 2^(PDTS+7) directory entries */
#define VTD_CTX_Q0_PASIDDIR  SPEC_FIELD(63, 12)
#define VTD_CTX_Q1_RID_PASID SPEC_FIELD(19, 0)
#define VTD_CTX_Q1_RID_PRIV  SPEC_BIT(20)
/* Legacy context entry: 16 bytes */
#define VTD_LCTX_BYTES	    16
#define VTD_LCTX_Q0_P	    SPEC_BIT(0)
#define VTD_LCTX_Q0_FPD	    SPEC_BIT(1)
#define VTD_LCTX_Q0_TT	    SPEC_FIELD(3, 2)
#define VTD_LCTX_Q0_SSPTPTR SPEC_FIELD(63, 12)
#define VTD_LCTX_Q1_AW	    SPEC_FIELD(2, 0)
#define VTD_LCTX_Q1_DID	    SPEC_FIELD(23, 8)
#define VTD_TT_UNTRANSLATED 0
#define VTD_TT_ALL	    1
#define VTD_TT_PASS	    2

/* PASID directory entry: 8 bytes, PASID[19:6] */
#define VTD_PDE_P     SPEC_BIT(0)
#define VTD_PDE_FPD   SPEC_BIT(1)
#define VTD_PDE_TABLE SPEC_FIELD(63, 12)
/* PASID table entry: 64 bytes, PASID[5:0] */
#define VTD_PTE_BYTES	   64
#define VTD_PE_Q0_P	   SPEC_BIT(0)
#define VTD_PE_Q0_FPD	   SPEC_BIT(1)
#define VTD_PE_Q0_AW	   SPEC_FIELD(4, 2) /* 1: 39 bits, 2: 48, 3: 57 */
#define VTD_PE_Q0_SSEE	   SPEC_BIT(5)	    /* before 5.10 */
#define VTD_PE_Q0_PGTT	   SPEC_FIELD(8, 6)
#define VTD_PE_Q0_SSADE	   SPEC_BIT(9)
#define VTD_PE_Q0_SSPTPTR  SPEC_FIELD(63, 12)
#define VTD_PE_Q1_DID	   SPEC_FIELD(15, 0)
#define VTD_PE_Q1_PWSNP	   SPEC_BIT(23)
#define VTD_PE_Q1_PGSNP	   SPEC_BIT(24)
#define VTD_PE_Q1_CD	   SPEC_BIT(25)
#define VTD_PE_Q1_EMTE	   SPEC_BIT(26)
#define VTD_PE_Q1_OLD_TYPE SPEC_FIELD(31, 27) /* EMT, PWT, PCD before 5.10 */
#define VTD_PE_Q1_PAT	   SPEC_FIELD(63, 32)
#define VTD_PE_Q2_SRE	   SPEC_BIT(0)
#define VTD_PE_Q2_ERE	   SPEC_BIT(1)	    /* before 5.10 */
#define VTD_PE_Q2_FSPM	   SPEC_FIELD(3, 2) /* 0: 4 levels, 1: 5 */
#define VTD_PE_Q2_WPE	   SPEC_BIT(4)
#define VTD_PE_Q2_IGNORED  SPEC_FIELD(6, 5) /* NXE, SMEP before 5.10 */
#define VTD_PE_Q2_EAFE	   SPEC_BIT(7)
#define VTD_PE_Q2_FSPTPTR  SPEC_FIELD(63, 12)
#define VTD_PGTT_FIRST	   1
#define VTD_PGTT_SECOND	   2
#define VTD_PGTT_NESTED	   3
#define VTD_PGTT_PASS	   4
#define VTD_AW_39	   1
#define VTD_AW_48	   2
#define VTD_AW_57	   3

/* First-stage entries (9.7) */
#define VTD_FS_P  SPEC_BIT(0)
#define VTD_FS_RW SPEC_BIT(1)
#define VTD_FS_US SPEC_BIT(2)
#define VTD_FS_A  SPEC_BIT(5)
#define VTD_FS_D  SPEC_BIT(6)
#define VTD_FS_PS SPEC_BIT(7)
#define VTD_FS_EA SPEC_BIT(10)
/* Second-stage entries (9.8) */
#define VTD_SS_R    SPEC_BIT(0)
#define VTD_SS_W    SPEC_BIT(1)
#define VTD_SS_PS   SPEC_BIT(7)
#define VTD_SS_A    SPEC_BIT(8)
#define VTD_SS_D    SPEC_BIT(9)
#define VTD_SS_SNP  SPEC_BIT(11)
#define VTD_SS_IR   SPEC_BIT(61)
#define VTD_SS_IW   SPEC_BIT(62)
#define VTD_PT_ADDR SPEC_FIELD(51, 12)

/* ---- Translation completion (4.1.2) and invalidate request payload ---- */
#define VTD_ATS_R    SPEC_BIT(0)
#define VTD_ATS_W    SPEC_BIT(1)
#define VTD_ATS_U    SPEC_BIT(2)
#define VTD_ATS_PRIV SPEC_BIT(4)
#define VTD_ATS_N    SPEC_BIT(10)
#define VTD_ATS_S    SPEC_BIT(11)

/* ---- Invalidation descriptors (6.5.2) ---- */
#define VTD_QI_CTX	       1
#define VTD_QI_IOTLB	       2
#define VTD_QI_DEVTLB	       3
#define VTD_QI_IEC	       4
#define VTD_QI_WAIT	       5
#define VTD_QI_PIOTLB	       6
#define VTD_QI_PASID	       7
#define VTD_QI_PDEVTLB	       8
#define VTD_QI_PGRSP	       9
#define VTD_QI_HPT	       10
#define VTD_QI_Q0_TYPE	       SPEC_FIELD(3, 0)
#define VTD_QI_Q0_TYPE_HI      SPEC_FIELD(11, 9)
#define VTD_QI_Q0_G	       SPEC_FIELD(5, 4)
#define VTD_QI_Q0_DID	       SPEC_FIELD(31, 16)
#define VTD_QI_CTX_Q0_SID      SPEC_FIELD(47, 32)
#define VTD_QI_CTX_Q0_FM       SPEC_FIELD(49, 48)
#define VTD_QI_CTX_GLOBAL      1
#define VTD_QI_CTX_DOMAIN      2
#define VTD_QI_CTX_DEVICE      3
#define VTD_QI_IOTLB_Q0_DW     SPEC_BIT(6)
#define VTD_QI_IOTLB_Q0_DR     SPEC_BIT(7)
#define VTD_QI_IOTLB_GLOBAL    1
#define VTD_QI_IOTLB_DOMAIN    2
#define VTD_QI_IOTLB_PAGE      3
#define VTD_QI_Q1_AM	       SPEC_FIELD(5, 0)
#define VTD_QI_Q1_IH	       SPEC_BIT(6)
#define VTD_QI_Q1_ADDR	       SPEC_FIELD(63, 12)
#define VTD_QI_Q0_PASID	       SPEC_FIELD(51, 32) /* types 6, 7, 8, 9 */
#define VTD_QI_PIOTLB_ALL      2
#define VTD_QI_PIOTLB_PAGE     3
#define VTD_QI_PASID_DID       0
#define VTD_QI_PASID_ONE       1
#define VTD_QI_PASID_GLOBAL    3
#define VTD_QI_DEV_Q0_PFSID_LO SPEC_FIELD(15, 12)
#define VTD_QI_DEV_Q0_QDEP     SPEC_FIELD(20, 16)
#define VTD_QI_DEV_Q0_SID      SPEC_FIELD(47, 32)
#define VTD_QI_DEV_Q0_PFSID_HI SPEC_FIELD(63, 52)
#define VTD_QI_DEV_Q1_S	       SPEC_BIT(0)
#define VTD_QI_PDEV_Q0_QDEP    SPEC_FIELD(8, 4)
#define VTD_QI_PDEV_Q0_SID     SPEC_FIELD(31, 16)
#define VTD_QI_PDEV_Q1_GLOBAL  SPEC_BIT(0)
#define VTD_QI_PDEV_Q1_S       SPEC_BIT(11)
#define VTD_QI_IEC_Q0_G	       SPEC_BIT(4)
#define VTD_QI_IEC_Q0_IM       SPEC_FIELD(31, 27)
#define VTD_QI_IEC_Q0_IIDX     SPEC_FIELD(47, 32)
#define VTD_QI_WAIT_Q0_IF      SPEC_BIT(4)
#define VTD_QI_WAIT_Q0_SW      SPEC_BIT(5)
#define VTD_QI_WAIT_Q0_FN      SPEC_BIT(6)
#define VTD_QI_WAIT_Q0_PD      SPEC_BIT(7)
#define VTD_QI_WAIT_Q0_DATA    SPEC_FIELD(63, 32)
#define VTD_QI_WAIT_Q1_ADDR    SPEC_FIELD(63, 2)
#define VTD_QI_PGRSP_Q0_PP     SPEC_BIT(4)
#define VTD_QI_PGRSP_Q0_PDP    SPEC_BIT(5) /* before 5.10 */
#define VTD_QI_PGRSP_Q0_CODE   SPEC_FIELD(15, 12)
#define VTD_QI_PGRSP_Q0_RID    SPEC_FIELD(31, 16)
#define VTD_QI_PGRSP_Q1_LPIG   SPEC_BIT(2) /* ignored */
#define VTD_QI_PGRSP_Q1_PRGI   SPEC_FIELD(11, 3)

/* ---- Page request descriptor: 32 bytes (7.4.1.1) ---- */
#define VTD_PRQ_BYTES	 32
#define VTD_PRQ_Q0_TYPE	 SPEC_FIELD(7, 0)
#define VTD_PRQ_TYPE	 1
#define VTD_PRQ_Q0_PP	 SPEC_BIT(8)
#define VTD_PRQ_Q0_RID	 SPEC_FIELD(31, 16)
#define VTD_PRQ_Q0_PASID SPEC_FIELD(51, 32)
#define VTD_PRQ_Q0_EXE	 SPEC_BIT(52)
#define VTD_PRQ_Q0_PRIV	 SPEC_BIT(53)
#define VTD_PRQ_Q1_R	 SPEC_BIT(0)
#define VTD_PRQ_Q1_W	 SPEC_BIT(1)
#define VTD_PRQ_Q1_LAST	 SPEC_BIT(2)
#define VTD_PRQ_Q1_PRGI	 SPEC_FIELD(11, 3)
#define VTD_PRQ_Q1_ADDR	 SPEC_FIELD(63, 12)
#define VTD_PR_SUCCESS	 0x0
#define VTD_PR_INVALID	 0x1
#define VTD_PR_FAILURE	 0xf

/* ---- Interrupts (5.1.2, 9.9 - 9.11) ---- */
#define VTD_MSI_BASE	  0xfee00000ULL
#define VTD_MSI_LAST	  0xfeefffffULL
#define VTD_MSI_ADDR_HI	  SPEC_FIELD(31, 20)
#define VTD_MSI_HANDLE_LO SPEC_FIELD(19, 5)
#define VTD_MSI_REMAP	  SPEC_BIT(4)
#define VTD_MSI_SHV	  SPEC_BIT(3)
#define VTD_MSI_HANDLE_HI SPEC_BIT(2)
/* Compatibility format */
#define VTD_MSI_DEST	    SPEC_FIELD(19, 12)
#define VTD_MSI_RH	    SPEC_BIT(3)
#define VTD_MSI_DM	    SPEC_BIT(2)
#define VTD_MSI_DATA_VECTOR SPEC_FIELD(7, 0)
#define VTD_MSI_DATA_DLM    SPEC_FIELD(10, 8)
#define VTD_MSI_DATA_LEVEL  SPEC_BIT(14)
#define VTD_MSI_DATA_TM	    SPEC_BIT(15)

#define VTD_IRTE_BYTES	       16
#define VTD_IRTE_Q0_P	       SPEC_BIT(0)
#define VTD_IRTE_Q0_FPD	       SPEC_BIT(1)
#define VTD_IRTE_Q0_DM	       SPEC_BIT(2)
#define VTD_IRTE_Q0_RH	       SPEC_BIT(3)
#define VTD_IRTE_Q0_TM	       SPEC_BIT(4)
#define VTD_IRTE_Q0_DLM	       SPEC_FIELD(7, 5)
#define VTD_IRTE_Q0_AVAIL      SPEC_FIELD(11, 8)
#define VTD_IRTE_Q0_URG	       SPEC_BIT(14)
#define VTD_IRTE_Q0_IM	       SPEC_BIT(15) /* 1: posted */
#define VTD_IRTE_Q0_VECTOR     SPEC_FIELD(23, 16)
#define VTD_IRTE_Q0_DEST       SPEC_FIELD(63, 32)
#define VTD_IRTE_Q0_DEST_XAPIC SPEC_FIELD(47, 40)
#define VTD_IRTE_Q0_PDAL       SPEC_FIELD(63, 38) /* descriptor address 31:6 */
#define VTD_IRTE_Q1_SID	       SPEC_FIELD(15, 0)
#define VTD_IRTE_Q1_SQ	       SPEC_FIELD(17, 16)
#define VTD_IRTE_Q1_SVT	       SPEC_FIELD(19, 18)
#define VTD_IRTE_Q1_PDAH       SPEC_FIELD(63, 32)
#define VTD_SVT_NONE	       0
#define VTD_SVT_SID	       1
#define VTD_SVT_BUS	       2
/* Posted-interrupt descriptor: 64 bytes; PIR in Q0-Q3 */
#define VTD_PID_BYTES	      64
#define VTD_PID_Q4_ON	      SPEC_BIT(0)
#define VTD_PID_Q4_SN	      SPEC_BIT(1)
#define VTD_PID_Q4_NV	      SPEC_FIELD(23, 16)
#define VTD_PID_Q4_NDST	      SPEC_FIELD(63, 32)
#define VTD_PID_Q4_NDST_XAPIC SPEC_FIELD(47, 40)

/* ---- Fault reasons (tables 15 and 30) ---- */
/* Legacy mode */
#define VTD_FR_L_ROOT_P	   0x01
#define VTD_FR_L_CTX_P	   0x02
#define VTD_FR_L_CTX_INV   0x03
#define VTD_FR_L_WIDTH	   0x04
#define VTD_FR_L_WRITE	   0x05
#define VTD_FR_L_READ	   0x06
#define VTD_FR_L_TABLE	   0x07
#define VTD_FR_L_ROOT_ACC  0x08
#define VTD_FR_L_CTX_ACC   0x09
#define VTD_FR_L_ROOT_RSVD 0x0a
#define VTD_FR_L_CTX_RSVD  0x0b
#define VTD_FR_L_PTE_RSVD  0x0c
#define VTD_FR_L_TT	   0x0d
#define VTD_FR_L_MSI_OUT   0x0e
/* Interrupt remapping */
#define VTD_FR_IR_RSVD	   0x20
#define VTD_FR_IR_INDEX	   0x21
#define VTD_FR_IR_P	   0x22
#define VTD_FR_IR_ACC	   0x23
#define VTD_FR_IR_ENTRY	   0x24
#define VTD_FR_IR_COMPAT   0x25
#define VTD_FR_IR_SID	   0x26
#define VTD_FR_IR_PID_ACC  0x27
#define VTD_FR_IR_PID_RSVD 0x28
#define VTD_FR_IR_REQUEST  0x29
#define VTD_FR_IR_EIME	   0x2a
#define VTD_FR_IR_OFF	   0x2b
/* Scalable mode */
#define VTD_FR_RTA	      0x30
#define VTD_FR_L_PASID	      0x31
#define VTD_FR_L_PRQ	      0x32
#define VTD_FR_ABORT_MODE     0x33
#define VTD_FR_EXEC_V8	      0x34
#define VTD_FR_ROOT_ACC	      0x38
#define VTD_FR_ROOT_P	      0x39
#define VTD_FR_ROOT_RSVD      0x3a
#define VTD_FR_CTX_ACC	      0x40
#define VTD_FR_CTX_P	      0x41
#define VTD_FR_CTX_RSVD	      0x42
#define VTD_FR_CTX_INV	      0x43
#define VTD_FR_DTE	      0x44
#define VTD_FR_PASIDE	      0x45
#define VTD_FR_PASID_DIR      0x46
#define VTD_FR_PRE	      0x47
#define VTD_FR_RID_PASID      0x48
#define VTD_FR_EPTR	      0x49
#define VTD_FR_PDE_ACC	      0x50
#define VTD_FR_PDE_P	      0x51
#define VTD_FR_PDE_RSVD	      0x52
#define VTD_FR_PE_ACC	      0x58
#define VTD_FR_PE_P	      0x59
#define VTD_FR_PE_RSVD	      0x5a
#define VTD_FR_PE_INV	      0x5b
#define VTD_FR_EXEC	      0x5c
#define VTD_FR_SRE	      0x5d
#define VTD_FR_FS_ACC	      0x70
#define VTD_FR_FS_P	      0x71
#define VTD_FR_FS_RSVD	      0x72
#define VTD_FR_FS_TOP	      0x73
#define VTD_FR_FS_WIDTH	      0x74
#define VTD_FR_SS_TOP_READ    0x75
#define VTD_FR_SS_TABLE_READ  0x76
#define VTD_FR_SS_TABLE_WRITE 0x77
#define VTD_FR_SS_ACC	      0x78
#define VTD_FR_SS_P	      0x79
#define VTD_FR_SS_RSVD	      0x7a
#define VTD_FR_SS_TOP	      0x7b
#define VTD_FR_SS_AD_SNOOP    0x7c
#define VTD_FR_SS_AD_FAIL     0x7d
#define VTD_FR_CANONICAL      0x80
#define VTD_FR_USER	      0x81
#define VTD_FR_NX	      0x82
#define VTD_FR_HAW	      0x83
#define VTD_FR_SS_WIDTH	      0x84
#define VTD_FR_WRITE	      0x85
#define VTD_FR_READ	      0x86
#define VTD_FR_MSI_OUT	      0x87
#define VTD_FR_PSS	      0x89
#define VTD_FR_FS_AD_SNOOP    0x90
#define VTD_FR_FS_AD_FAIL     0x91

#endif
