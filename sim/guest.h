/* SPDX-License-Identifier: GPL-2.0 */
/* A guest of a simulated system: a virtual machine with virtual DSA devices, and the monitor that
 * puts them together. */
#ifndef SIM_GUEST_H
#define SIM_GUEST_H

#include "sim/core/types.h"
#include "sim/scenario/scenario.h"

struct cfg_error;
struct guest;
struct kernel;
struct monitor_dev;
struct system;
struct vdev_portal_stats;
struct vdev_traps;
struct vm;
struct vm_stats;

#define GUEST_VDEVS_MAX SCN_GUEST_VDEVS_MAX
#define GUEST_WQS_MAX	SCN_VDEV_WQS_MAX

/* Where virtual device @i sits on the guest's bus 0. */
#define GUEST_DEVFN(i) ((3 + (i)) << 3)

/* The host's queues that one virtual device is made of: type mdev, enabled with driver mdev. */
struct guest_vdev_cfg {
	const char *wqs[GUEST_WQS_MAX]; /* "wq0.1" */
	u32 nwqs;
};

struct guest_cfg {
	const char *name;
	u64 memory;	 /* bytes, up to 1 GiB; rounded up to a power of two */
	s32 node;	 /* memory node, -1: any */
	u32 cpus;	 /* 0: 1 */
	u32 home;	 /* enum scn_home */
	u32 memory_mode; /* enum scn_memory_mode */
	u32 interrupts;	 /* enum scn_interrupts */
	bool sva;	 /* its devices offer shared virtual memory */
	/* Of the host's queues behind its devices, whoever shares them: struct vdev_cfg. */
	bool error_broadcast, drain_whole_queue;
	struct guest_vdev_cfg vdev[GUEST_VDEVS_MAX];
	u32 nvdevs;
};

/*
 * Builds the machine: memory, pinned for DMA, and devices on bus 0 from slot 3 on. Runs the event
 * loop; not on a fiber. 0, or a negative errno with @err filled; -EOPNOTSUPP: not with this home,
 * memory mode, delivery or SVA.
 */
int guest_new(struct system *sys, const struct guest_cfg *cfg, struct guest **out,
	      struct cfg_error *err);
/* Boots it: returns when its kernel has probed its devices. */
int guest_start(struct guest *g, struct cfg_error *err);
/* Shuts the kernel down: its drivers let go of their devices. Nothing may be running in it. */
void guest_shut_down(struct guest *g);
/* Its monitor's process dies, whatever it is doing; the machine and its memory are still there. */
void guest_kill_monitor(struct guest *g);
/* Pulls the plug, whatever the guest is doing, and takes everything apart. */
void guest_free(struct guest *g);

struct kernel *guest_kernel(struct guest *g);
struct vm *guest_vm(struct guest *g);
/* Its kernel's last warning or error, for messages about what failed. */
const char *guest_last_log(const struct guest *g);
/* Where its memory lies in the machine; *ram and *bytes as the guest counts it. */
u64 guest_ram(const struct guest *g, u64 *ram, u64 *bytes);
/*
 * Its processors stand on @core and the ones behind it of the socket that has @cores from @first
 * on, round again where they end. Before this its interrupts occupy no core.
 */
void guest_place(struct guest *g, u32 core, u32 first, u32 cores);
/* The core of processor @cpu; behind guest_place(). */
u32 guest_core(const struct guest *g, u32 cpu);
/* As system_call(), on a fiber of the guest. */
int guest_call(struct guest *g, int (*fn)(void *arg), void *arg);

/* What left the fast path so far, and what did not. */
void guest_vm_stats(struct guest *g, struct vm_stats *st);
void guest_vdev_traps(struct guest *g, u32 vdev, struct vdev_traps *traps);

/*
 * Pause, resume or move one of its virtual devices, or take its interrupt handles back, while the
 * guest works: monitor_pause() and the others. Runs the event loop; not on a fiber.
 */
int guest_vdev_pause(struct guest *g, u32 vdev);
int guest_vdev_resume(struct guest *g, u32 vdev);
int guest_vdev_move(struct guest *g, u32 vdev, const struct guest_vdev_cfg *cfg);
/* The same for a fiber of the host kernel, which waits itself. */
int guest_vdev_move_here(struct guest *g, u32 vdev, const struct guest_vdev_cfg *cfg);
int guest_vdev_revoke_handles(struct guest *g, u32 vdev);
/* For who does that on a fiber of the host. */
struct monitor_dev *guest_vdev_monitor(struct guest *g, u32 vdev);
void guest_vdev_portals(struct guest *g, u32 vdev, struct vdev_portal_stats *st);

#endif
