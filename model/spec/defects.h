/* SPDX-License-Identifier: GPL-2.0 */
/* Seeded defects: errors that a test or a scenario switches on, to see what catches them. */
#ifndef MODEL_SPEC_DEFECTS_H
#define MODEL_SPEC_DEFECTS_H

/*
 * Name in C, name in scenarios, what goes wrong. The first group was found in sources of 2020 to
 * 2022 (revision in brackets), the second is every wrong order of taking a virtual device's
 * resources away that software could choose.
 */
#define SPEC_DEFECTS(D)                                                                            \
	D(VECTOR0_LOST, "vector0-lost", "vector 0 is never delivered (v1)")                        \
	D(IRQ_INFO_FAILS, "irq-info-fails", "the call that describes interrupts fails (v1)")       \
	D(WQ_LOCK_LEAK, "wq-lock-leak",                                                            \
	  "refusing a queue keeps its lock (v1: a UUID for a disabled queue)")                     \
	D(DVSEC_UNREACHABLE, "dvsec-unreachable",                                                  \
	  "the capability before the last one ends the list (v1)")                                 \
	D(SWERR_NOT_VALID, "swerror-not-valid",                                                    \
	  "losing bus mastership latches an error without its valid bit (v1)")                     \
	D(IMS_NEVER_FREED, "ims-never-freed", "slots of a closed device stay allocated (v1)")      \
	D(MASK_OFFSET, "mask-offset", "masks go to a slot's data word, not its control word (v6)") \
	D(RELEASE_LIES, "release-handle-lies",                                                     \
	  "releasing a handle that is not one's own reports success (late)")                       \
	D(PERM_RESERVED, "permission-reserved",                                                    \
	  "reserved bits of a permission entry keep what is written (late)")                       \
	D(REVOKED_EARLY, "revoked-early",                                                          \
	  "'revoked handles processed' completes before the queue is drained (late)")              \
	D(SWQ_PORTAL_LIVE, "swq-portal-live",                                                      \
	  "a disabled virtual queue keeps its page of the shared queue (late)")                    \
	D(PAUSED_DROPS, "paused-drops", "what is submitted while paused is dropped (late)")        \
	D(DMA_BEFORE_QUEUE, "translation-before-queue",                                            \
	  "the guest's translation goes while its queues still work")                              \
	D(MEMORY_BEFORE_QUEUE, "memory-before-queue",                                              \
	  "the guest's memory is freed while its queues still work")                               \
	D(SLOT_BEFORE_QUEUE, "slot-before-queue", "interrupt slots go while queues still work")    \
	D(QUEUE_KEEPS_PASID, "queue-keeps-pasid",                                                  \
	  "a device that is closed leaves its queue running, with its PASID")                      \
	D(PORTAL_AFTER_QUEUE, "portal-after-queue",                                                \
	  "a queue is taken away with its portal still mapped in the guest")                       \
	D(UNMAP_NO_WAIT, "unmap-no-wait",                                                          \
	  "unmapping a page does not force processors out that are using it")                      \
	D(PASID_NO_KICK, "pasid-no-kick",                                                          \
	  "a guest PASID goes without forcing out processors that are submitting with it")         \
	D(NO_PASID_FLUSH, "no-pasid-flush", "the PASID cache is not invalidated")                  \
	D(NO_IOTLB_FLUSH, "no-iotlb-flush", "the IOTLB is not invalidated")                        \
	D(NO_DEVTLB_FLUSH, "no-devtlb-flush", "the device TLB is not invalidated")                 \
	D(FLUSH_ORDER, "flush-order", "device TLB before IOTLB before PASID cache")                \
	D(NO_PRQ_DRAIN, "no-prq-drain", "page requests of a freed PASID are not drained")          \
	D(GUEST_FLUSH_LOST, "guest-flush-lost",                                                    \
	  "a guest's invalidations for its processes are not passed on")                           \
	D(PAIR_STAYS, "pair-stays",                                                                \
	  "processors go on translating a PASID that a guest has taken away")

enum spec_defect {
#define D(name, word, what) DEFECT_##name,
	SPEC_DEFECTS(D)
#undef D
		DEFECT_COUNT
};

#endif
