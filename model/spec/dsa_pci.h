/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration space of a DSA function: identity, capability places, reset values, SIOV DVSEC.
 */
#ifndef SPEC_DSA_PCI_H
#define SPEC_DSA_PCI_H

#include "field.h"

/* Source: Intel DSA Architecture Specification 341204 rev 3.0, appendix C; SIOV DVSEC: Scalable IOV
 * specification 1.x, 3.7. */

#define DSA_PCI_VENDOR	    0x8086
#define DSA_PCI_DEVICE_SPR  0x0b25 /* Sapphire, Emerald, Granite Rapids, Sierra Forest */
#define DSA_PCI_DEVICE_GNRD 0x11fb
#define DSA_PCI_DEVICE_DMR  0x1212
#define IAA_PCI_DEVICE_SPR  0x0cfe
#define IAA_PCI_DEVICE_DMR  0x1216
#define IAA_PCI_DEVICE_PTL  0xb02d
#define IAA_PCI_DEVICE_WCL  0xfd2d
#define DSA_PCI_CLASS	    0x088000 /* base 08, sub 80, prog-if 00 */

/* BAR registers: 64-bit prefetchable pairs */
#define DSA_PCI_BAR_MMIO   0 /* BAR index of the registers */
#define DSA_PCI_BAR_PORTAL 2 /* BAR index of the portals */
#define DSA_PCI_BAR_RESET  0x0000000c
#define DSA_PCI_BAR0_SIZE  0x10000 /* Sapphire Rapids */

/* Places of the conventional capabilities */
#define DSA_PCI_CAP_EXP	 0x40
#define DSA_PCI_CAP_MSIX 0x80
#define DSA_PCI_CAP_PM	 0x90

/* Places of the extended capabilities */
#define DSA_PCI_ECAP_AER   0x100
#define DSA_PCI_ECAP_LTR   0x150
#define DSA_PCI_ECAP_TPH   0x160
#define DSA_PCI_ECAP_VC	   0x170
#define DSA_PCI_ECAP_DVSEC 0x200
#define DSA_PCI_ECAP_ATS   0x220
#define DSA_PCI_ECAP_PASID 0x230
#define DSA_PCI_ECAP_PRI   0x240

/* Capability reset values (dwords or words as the specification lists them) */
#define DSA_PCI_EXP_HDR		0x8010
#define DSA_PCI_EXP_FLAGS	0x0092 /* version 2, root complex integrated endpoint */
#define DSA_PCI_EXP_DEVCAP	0x10008022
#define DSA_PCI_EXP_DEVCTL	0x2910
#define DSA_PCI_EXP_DEVCAP2	0x10730810
#define DSA_PCI_MSIX_HDR	0x9011
#define DSA_PCI_MSIX_FLAGS	0x0008 /* 9 vectors */
#define DSA_PCI_MSIX_TABLE	0x00002000
#define DSA_PCI_MSIX_PBA	0x00003000
#define DSA_PCI_PM_HDR		0x00030001
#define DSA_PCI_PM_CSR		0x00000008
#define DSA_PCI_AER_HDR		0x15020001
#define DSA_PCI_AER_UE_MASK	0x00400000
#define DSA_PCI_AER_UE_SEVERITY 0x00440000
#define DSA_PCI_AER_CE_MASK	0x00002000
#define DSA_PCI_LTR_HDR		0x16010018
#define DSA_PCI_TPH_HDR		0x17010017
#define DSA_PCI_TPH_CAP		0x00010205
#define DSA_PCI_VC_HDR		0x20010002
#define DSA_PCI_VC_CAP1		0x00000011
#define DSA_PCI_VC_CAP2		0x00000001
#define DSA_PCI_VC0_CTRL	0x800000ff
#define DSA_PCI_VC1_CTRL	0x01000000
#define DSA_PCI_ATS_HDR		0x2301000f
#define DSA_PCI_ATS_CAP		0x0060
#define DSA_PCI_ATS_QUEUE_DEPTH 32
#define DSA_PCI_PASID_HDR	0x2401001b
#define DSA_PCI_PASID_CAP	0x1404 /* 20 bits, privileged mode */
#define DSA_PCI_PRI_HDR		0x00010013
#define DSA_PCI_PRI_STATUS	0x8100
#define DSA_PCI_PRI_CAPACITY	0x200

/* SIOV DVSEC, from its own start */
#define DSA_DVSEC_HDR	      0x00
#define DSA_DVSEC_HDR1	      0x04
#define DSA_DVSEC_ID	      0x08
#define DSA_DVSEC_LINK	      0x0a
#define DSA_DVSEC_FLAGS	      0x0b
#define DSA_DVSEC_PAGES	      0x0c
#define DSA_DVSEC_PAGE_SIZE   0x10
#define DSA_DVSEC_CAPS	      0x14
#define DSA_DVSEC_LEN	      0x18
#define DSA_DVSEC_HDR_VALUE   0x22010023
#define DSA_DVSEC_HDR1_VALUE  0x01808086
#define DSA_DVSEC_HDR1_VENDOR SPEC_FIELD(15, 0)
#define DSA_DVSEC_HDR1_REV    SPEC_FIELD(19, 16)
#define DSA_DVSEC_HDR1_LEN    SPEC_FIELD(31, 20)
#define DSA_DVSEC_ID_SIOV     5
#define DSA_DVSEC_CAPS_IMS    SPEC_BIT(0)

#endif
