/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual machine monitor of a guest: what joins its machine and its virtual devices. */
#ifndef SIM_MONITOR_H
#define SIM_MONITOR_H

#include "sim/core/types.h"

struct guest_vdev_cfg;
struct monitor;
struct monitor_dev;
struct system;
struct vdev_portal_stats;
struct vdev_traps;
struct vm;
struct vm_device;

/*
 * All functions run on a fiber of the host kernel unless said otherwise and return 0 or a negative
 * errno.
 */

/* What a monitor's work cost in crossings beyond the exits of its machine (vm_stats). */
struct monitor_crossings {
	u64 user_exits; /* exits that went on to the monitor's process */
	u64 syscalls;	/* its system calls, those of exits and others */
	u64 eventfds;	/* signals to it or to its machine */
};

/*
 * @home: enum scn_home. @sva: devices offer shared virtual memory, through the machine's virtual
 * IOMMU. @posted: completion interrupts are posted if the host can. @sys and @vm stay the caller's
 * and outlive it. -ENOMEM.
 */
int monitor_new(struct system *sys, struct vm *vm, u32 home, bool sva, bool posted,
		struct monitor **out);
/* All devices removed; NULL: nothing. */
void monitor_free(struct monitor *m);

/*
 * Composes a virtual device and puts it at @devfn of the guest's bus 0, before the guest starts.
 * What opening it and vm_device_add() return.
 */
int monitor_add(struct monitor *m, const struct guest_vdev_cfg *cfg, u32 devfn,
		struct monitor_dev **out);
/* The machine is stopped. Nothing of the physical device is left with it. */
void monitor_remove(struct monitor_dev *d);

/* As vm_ops.pasid_gone (host-driver/hypervisor/vm.h). */
void monitor_pasid_gone(struct monitor *m, struct vm_device *in_vm, u32 pasid, u32 host);

/* The process dies, whatever it is doing: its files are closed. Its devices read all ones then. */
void monitor_kill(struct monitor *m);

/* Any context. */
void monitor_get_crossings(const struct monitor *m, struct monitor_crossings *c);
/*
 * Takes the device from under its guest, which notices nothing but time: its own work is done, and
 * what it submits is kept. Then go on, on the same queues; or both, and on others. See
 * vdev/core/vdev.h for errors; moving also returns what monitor_add() does, and then nothing has
 * changed. -EOPNOTSUPP: not through this door.
 */
int monitor_pause(struct monitor_dev *d);
int monitor_resume(struct monitor_dev *d);
int monitor_move(struct monitor_dev *d, const struct guest_vdev_cfg *cfg);
/* The guest's interrupt handles are void: its driver asks for new ones. */
int monitor_revoke_handles(struct monitor_dev *d);
/* Before the machine is stopped: nobody waits for a paused device any more. */
void monitor_leave(struct monitor_dev *d);

/* What became of stores to trapped portal pages. Any context. */
void monitor_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st);
/* Exits of the device by what they touched. Any context. */
void monitor_traps(const struct monitor_dev *d, struct vdev_traps *traps);

#endif
