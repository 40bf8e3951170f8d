/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of a monitor: its way to a virtual device, and the device's place in the machine. */
#ifndef SIM_MONITOR_PRIV_H
#define SIM_MONITOR_PRIV_H

#include "sim/monitor.h"
#include "sim/vmm_process.h"
#include "vdev/core/vdev_traps.h"

struct vm_device;

/* Enough for any virtual device's state: VDEV_STATE_MAX. */
#define MONITOR_STATE_BYTES (96 * 1024)

/* Where the guest put a device's BARs. */
struct monitor_map {
	bool enabled, revoked;
	u64 regs, regs_bytes;
	u64 portals, portals_bytes;
};

/*
 * How a monitor reaches a virtual device: one per front door. @d->door is the door's own. Accesses
 * are the guest's, in sizes and alignments that a machine can make.
 */
struct monitor_ops {
	/* Composes it and lets its queues reach the guest's memory. Undoes all on failure. */
	int (*open)(struct monitor_dev *d, const struct guest_vdev_cfg *cfg);
	void (*close)(struct monitor_dev *d);
	/* An exit goes on to the monitor's process. */
	bool in_process;
	/* Writes: -EAGAIN, not done, for the device has been saved or left; else they are over. */
	u32 (*config_read)(struct monitor_dev *d, u32 off, u32 width);
	int (*config_write)(struct monitor_dev *d, u32 off, u32 width, u32 val);
	u64 (*mmio_read)(struct monitor_dev *d, u32 bar, u64 off, u32 width);
	int (*mmio_write)(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val);
	/* It is in the machine now, at @d->in_vm. NULL: nothing to do. */
	int (*placed)(struct monitor_dev *d);
	/* As vm_ops.pasid_gone; NULL: queues never carry PASIDs of the guest. */
	void (*pasid_gone)(struct monitor_dev *d, u32 pasid, u32 host);
	/* Where the BARs are, but for @map->revoked. */
	void (*bars)(struct monitor_dev *d, struct monitor_map *map);
	/* Host-physical page to map at @off of the portal BAR; -ENOENT: none. */
	int (*portal)(struct monitor_dev *d, u64 off, u64 *pa);
	/* Stores to pages of the portal BAR that trap. */
	int (*portal_write)(struct monitor_dev *d, u64 off, const void *data, u32 bytes);
	int (*portal_enqueue)(struct monitor_dev *d, u64 off, const void *desc); /* 1: retry */
	/* The guest may have changed its messages: those that can be are posted. NULL: none. */
	void (*post)(struct monitor_dev *d);
	/* In place of ->portal: puts the page at @off to @gpa of the machine, and keeps it up. */
	void (*map_portal)(struct monitor_dev *d, u64 off, u64 gpa);
	/* Any context. */
	void (*traps)(const struct monitor_dev *d, struct vdev_traps *traps);
	/* As the functions of monitor.h. */
	int (*pause)(struct monitor_dev *d);
	int (*resume)(struct monitor_dev *d);
	int (*revoke_handles)(struct monitor_dev *d);
	/*
	 * A paused device's state, MONITOR_STATE_BYTES at most, and how long it is; it answers
	 * -EAGAIN until it is resumed. Loaded into a device it is what that is then, paused.
	 */
	s64 (*save)(struct monitor_dev *d, void *state);
	int (*load)(struct monitor_dev *d, const void *state, u32 bytes);
	/* What this side knows of the guest's device goes to the door of @to too. NULL: nothing. */
	void (*carry)(struct monitor_dev *d, struct monitor_dev *to);
	/* @d->door is @d's from now on. */
	void (*adopt)(struct monitor_dev *d);
	/* It is another door than before: its pages take the places of the other's. */
	void (*remap)(struct monitor_dev *d);
	/* The end: accesses that wait for a paused device are over. */
	void (*leave)(struct monitor_dev *d);
	/* Any context. */
	void (*portal_stats)(const struct monitor_dev *d, struct vdev_portal_stats *st);
};

struct monitor {
	struct system *sys;
	struct vm *vm;
	const struct monitor_ops *ops;
	bool sva, posted;
	bool served; /* a server's process composes the devices, behind a socket */
	struct monitor_dev *devs;
	struct vmm_process vmm; /* not of a direct one */
	int container;		/* descriptors of the process; -1: none */
	bool container_ready;
	int vm_fd;
	u32 devices; /* composed so far */
};

struct monitor_dev {
	struct monitor *m;
	struct monitor_dev *next;
	const struct monitor_ops *ops;
	void *door;
	struct vm_device *in_vm;
	bool revoked;
	struct monitor_map map;
	u32 changes; /* of map */
	/* Accesses under way, those of the door that is and those of the one before. */
	u32 users[2], turn;
	bool moving;
	bool left; /* the end: nobody does anything again */
	/* Of doors before this one. */
	struct vdev_traps traps;
	struct vdev_portal_stats portal_stats;
};

/* How long a processor waits before it does an access again that met a device on the move. */
#define MONITOR_AGAIN_PS (10 * PS_PER_US)

/* The BARs, or which portal pages exist, may have changed. */
void monitor_update_map(struct monitor_dev *d);
/* Which pages of the portal BAR exist has changed: as vdev_ops.portals. */
void monitor_portals(struct monitor_dev *d);
/* Delivery past the host, where that can be: the guest's messages or their slots have changed. */
void monitor_post(struct monitor_dev *d);

/* Calls into the host kernel without a process around them. */
extern const struct monitor_ops monitor_direct_ops;
/* A mediated device, over VFIO. */
extern const struct monitor_ops monitor_mdev_ops;
/* A character device: composed in the host kernel. */
extern const struct monitor_ops monitor_cdev_ops;
/* One that hands out queues and slots: composed in the monitor's process. */
extern const struct monitor_ops monitor_vmm_ops;

/* The machine as a descriptor of the process. */
int monitor_vm_fd(struct monitor *m);
/* The physical function of a host queue: its path. -ENODEV: no such queue. */
int monitor_wq_function(struct monitor_dev *d, const char *wq, char *path, u32 size);
bool monitor_wq_shared(struct monitor_dev *d, const char *wq);

#endif
