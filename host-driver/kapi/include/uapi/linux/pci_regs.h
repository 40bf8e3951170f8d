/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration space: register places and bits. Source: PCI Express Base Specification 5.0,
 * chapter 7. */
#ifndef _UAPI_LINUX_PCI_REGS_H
#define _UAPI_LINUX_PCI_REGS_H

#define PCI_CFG_SPACE_SIZE     256
#define PCI_CFG_SPACE_EXP_SIZE 4096
#define PCI_STD_HEADER_SIZEOF  64
#define PCI_STD_NUM_BARS       6

/* Type 0 header */
#define PCI_VENDOR_ID		 0x00
#define PCI_DEVICE_ID		 0x02
#define PCI_COMMAND		 0x04
#define PCI_COMMAND_IO		 0x1
#define PCI_COMMAND_MEMORY	 0x2
#define PCI_COMMAND_MASTER	 0x4
#define PCI_COMMAND_PARITY	 0x40
#define PCI_COMMAND_SERR	 0x100
#define PCI_COMMAND_INTX_DISABLE 0x400
#define PCI_STATUS		 0x06
#define PCI_STATUS_CAP_LIST	 0x10
#define PCI_CLASS_REVISION	 0x08
#define PCI_REVISION_ID		 0x08
#define PCI_CLASS_PROG		 0x09
#define PCI_CLASS_DEVICE	 0x0a
#define PCI_CACHE_LINE_SIZE	 0x0c
#define PCI_LATENCY_TIMER	 0x0d
#define PCI_HEADER_TYPE		 0x0e
#define PCI_HEADER_TYPE_MASK	 0x7f
#define PCI_HEADER_TYPE_MFD	 0x80
#define PCI_HEADER_TYPE_NORMAL	 0
#define PCI_HEADER_TYPE_BRIDGE	 1
#define PCI_BIST		 0x0f
#define PCI_BASE_ADDRESS_0	 0x10
#define PCI_BASE_ADDRESS_1	 0x14
#define PCI_BASE_ADDRESS_2	 0x18
#define PCI_BASE_ADDRESS_3	 0x1c
#define PCI_BASE_ADDRESS_4	 0x20
#define PCI_BASE_ADDRESS_5	 0x24

#define PCI_BASE_ADDRESS_SPACE	       0x01
#define PCI_BASE_ADDRESS_SPACE_IO      0x01
#define PCI_BASE_ADDRESS_SPACE_MEMORY  0x00
#define PCI_BASE_ADDRESS_MEM_TYPE_MASK 0x06
#define PCI_BASE_ADDRESS_MEM_TYPE_32   0x00
#define PCI_BASE_ADDRESS_MEM_TYPE_64   0x04
#define PCI_BASE_ADDRESS_MEM_PREFETCH  0x08
#define PCI_BASE_ADDRESS_MEM_MASK      (~0x0fUL)
#define PCI_BASE_ADDRESS_IO_MASK       (~0x03UL)

#define PCI_SUBSYSTEM_VENDOR_ID 0x2c
#define PCI_SUBSYSTEM_ID	0x2e
#define PCI_ROM_ADDRESS		0x30
#define PCI_CAPABILITY_LIST	0x34
#define PCI_INTERRUPT_LINE	0x3c
#define PCI_INTERRUPT_PIN	0x3d

/* Capability list */
#define PCI_CAP_LIST_ID	  0
#define PCI_CAP_LIST_NEXT 1
#define PCI_CAP_ID_PM	  0x01
#define PCI_CAP_ID_MSI	  0x05
#define PCI_CAP_ID_VNDR	  0x09
#define PCI_CAP_ID_EXP	  0x10
#define PCI_CAP_ID_MSIX	  0x11
#define PCI_CAP_ID_MAX	  0x14

/* Power management */
#define PCI_PM_PMC		  2
#define PCI_PM_CTRL		  4
#define PCI_PM_CTRL_STATE_MASK	  0x0003
#define PCI_PM_CTRL_NO_SOFT_RESET 0x0008

/* MSI-X */
#define PCI_MSIX_FLAGS		    2
#define PCI_MSIX_FLAGS_QSIZE	    0x07ff
#define PCI_MSIX_FLAGS_MASKALL	    0x4000
#define PCI_MSIX_FLAGS_ENABLE	    0x8000
#define PCI_MSIX_TABLE		    4
#define PCI_MSIX_TABLE_BIR	    0x00000007
#define PCI_MSIX_TABLE_OFFSET	    0xfffffff8
#define PCI_MSIX_PBA		    8
#define PCI_MSIX_PBA_BIR	    0x00000007
#define PCI_MSIX_PBA_OFFSET	    0xfffffff8
#define PCI_MSIX_ENTRY_SIZE	    16
#define PCI_MSIX_ENTRY_LOWER_ADDR   0x0
#define PCI_MSIX_ENTRY_UPPER_ADDR   0x4
#define PCI_MSIX_ENTRY_DATA	    0x8
#define PCI_MSIX_ENTRY_VECTOR_CTRL  0xc
#define PCI_MSIX_ENTRY_CTRL_MASKBIT 0x00000001

/* PCI Express */
#define PCI_EXP_FLAGS		  0x02
#define PCI_EXP_FLAGS_VERS	  0x000f
#define PCI_EXP_FLAGS_TYPE	  0x00f0
#define PCI_EXP_TYPE_ENDPOINT	  0x0
#define PCI_EXP_TYPE_ROOT_PORT	  0x4
#define PCI_EXP_TYPE_RC_END	  0x9
#define PCI_EXP_DEVCAP		  0x04
#define PCI_EXP_DEVCAP_PAYLOAD	  0x00000007
#define PCI_EXP_DEVCAP_FLR	  0x10000000
#define PCI_EXP_DEVCTL		  0x08
#define PCI_EXP_DEVCTL_CERE	  0x0001
#define PCI_EXP_DEVCTL_NFERE	  0x0002
#define PCI_EXP_DEVCTL_FERE	  0x0004
#define PCI_EXP_DEVCTL_URRE	  0x0008
#define PCI_EXP_DEVCTL_RELAX_EN	  0x0010
#define PCI_EXP_DEVCTL_PAYLOAD	  0x00e0
#define PCI_EXP_DEVCTL_EXT_TAG	  0x0100
#define PCI_EXP_DEVCTL_NOSNOOP_EN 0x0800
#define PCI_EXP_DEVCTL_READRQ	  0x7000
#define PCI_EXP_DEVCTL_BCR_FLR	  0x8000
#define PCI_EXP_DEVSTA		  0x0a
#define PCI_EXP_DEVSTA_TRPND	  0x0020
#define PCI_EXP_LNKCTL		  0x10
#define PCI_EXP_SLTCTL		  0x18
#define PCI_EXP_RTCTL		  0x1c
#define PCI_EXP_DEVCAP2		  0x24
#define PCI_EXP_DEVCAP2_EE_PREFIX 0x00200000
#define PCI_EXP_DEVCTL2		  0x28
#define PCI_EXP_LNKCTL2		  0x30
#define PCI_EXP_SLTCTL2		  0x38

/* Extended capabilities */
#define PCI_EXT_CAP_ID(header)	 ((header)&0x0000ffff)
#define PCI_EXT_CAP_VER(header)	 (((header) >> 16) & 0xf)
#define PCI_EXT_CAP_NEXT(header) (((header) >> 20) & 0xffc)

#define PCI_EXT_CAP_ID_ERR   0x01
#define PCI_EXT_CAP_ID_VC    0x02
#define PCI_EXT_CAP_ID_ACS   0x0d
#define PCI_EXT_CAP_ID_ARI   0x0e
#define PCI_EXT_CAP_ID_ATS   0x0f
#define PCI_EXT_CAP_ID_SRIOV 0x10
#define PCI_EXT_CAP_ID_PRI   0x13
#define PCI_EXT_CAP_ID_TPH   0x17
#define PCI_EXT_CAP_ID_LTR   0x18
#define PCI_EXT_CAP_ID_PASID 0x1b
#define PCI_EXT_CAP_ID_DVSEC 0x23

/* Advanced error reporting */
#define PCI_ERR_UNCOR_STATUS 0x04
#define PCI_ERR_UNCOR_MASK   0x08
#define PCI_ERR_UNCOR_SEVER  0x0c
#define PCI_ERR_COR_STATUS   0x10
#define PCI_ERR_COR_MASK     0x14
#define PCI_ERR_CAP	     0x18

/* Virtual channels */
#define PCI_VC_PORT_CAP1	 0x04
#define PCI_VC_CAP1_EVCC	 0x00000007
#define PCI_VC_PORT_CTRL	 0x0c
#define PCI_VC_RES_CTRL		 0x14
#define PCI_CAP_VC_PER_VC_SIZEOF 0x0c

/* Latency tolerance reporting */
#define PCI_LTR_MAX_SNOOP_LAT	0x4
#define PCI_LTR_MAX_NOSNOOP_LAT 0x6

/* Address translation services */
#define PCI_ATS_CAP		      0x04
#define PCI_ATS_CAP_QDEP(x)	      ((x)&0x1f)
#define PCI_ATS_MAX_QDEP	      32
#define PCI_ATS_CAP_PAGE_ALIGNED      0x0020
#define PCI_ATS_CAP_GLOBAL_INVALIDATE 0x0040
#define PCI_ATS_CTRL		      0x06
#define PCI_ATS_CTRL_ENABLE	      0x8000
#define PCI_ATS_CTRL_STU(x)	      ((x)&0x1f)
#define PCI_ATS_MIN_STU		      12

/* Page requests */
#define PCI_PRI_CTRL	       0x04
#define PCI_PRI_CTRL_ENABLE    0x0001
#define PCI_PRI_CTRL_RESET     0x0002
#define PCI_PRI_STATUS	       0x06
#define PCI_PRI_STATUS_RF      0x0001
#define PCI_PRI_STATUS_UPRGI   0x0002
#define PCI_PRI_STATUS_STOPPED 0x0100
#define PCI_PRI_STATUS_PASID   0x8000
#define PCI_PRI_MAX_REQ	       0x08
#define PCI_PRI_ALLOC_REQ      0x0c

/* Process address space ids */
#define PCI_PASID_CAP	      0x04
#define PCI_PASID_CAP_EXEC    0x0002
#define PCI_PASID_CAP_PRIV    0x0004
#define PCI_PASID_CAP_WIDTH   0x1f00
#define PCI_PASID_CTRL	      0x06
#define PCI_PASID_CTRL_ENABLE 0x0001
#define PCI_PASID_CTRL_EXEC   0x0002
#define PCI_PASID_CTRL_PRIV   0x0004

/* Designated vendor-specific */
#define PCI_DVSEC_HEADER1	 0x4
#define PCI_DVSEC_HEADER1_VID(x) ((x)&0xffff)
#define PCI_DVSEC_HEADER1_REV(x) (((x) >> 16) & 0xf)
#define PCI_DVSEC_HEADER1_LEN(x) (((x) >> 20) & 0xfff)
#define PCI_DVSEC_HEADER2	 0x8
#define PCI_DVSEC_HEADER2_ID(x)	 ((x)&0xffff)

#endif
