/* SPDX-License-Identifier: GPL-2.0 */
/* A monitor's view of a virtual device through VFIO's file operations. */
#ifndef SIM_MONITOR_VFIO_H
#define SIM_MONITOR_VFIO_H

#include "sim/core/event.h"
#include "sim/monitor_priv.h"

#define MONITOR_VECTORS_MAX 16
#define MONITOR_PAGES_MAX   64 /* of the portal BAR */

/* One vector: an eventfd whose other end injects the message that the guest wrote. */
struct monitor_vector {
	struct monitor_vfio *x;
	int fd;
	struct sim_event inject;
};

struct monitor_vfio {
	struct monitor_dev *d;
	int fd;
	int group;			    /* a mediated device's; -1: none */
	u64 region_off[3], region_bytes[3]; /* of BAR 0, BAR 2, configuration space */
	u32 nr_vectors;
	struct monitor_vector vector[MONITOR_VECTORS_MAX];
	u8 table[16 * MONITOR_VECTORS_MAX]; /* the guest's MSI-X table */
	bool msix_changed;
	struct monitor_post {
		u64 addr;
		u32 data;
	} posted[MONITOR_VECTORS_MAX];
	/* From the capabilities. */
	u32 msix_table, express;
	/* The portal BAR in the process, and its pages that can go straight. */
	u64 portals;
	u64 straight; /* bits of pages */
	bool bars_known;
	struct monitor_map bars;
	int portals_fd; /* eventfd: pages came or went */
	int request_fd; /* eventfd: the host wants the device back */
	bool looking;	/* a thread is on its way to see which */
	u32 threads;
};

/*
 * Looks the device behind descriptor @fd of the monitor's process over, wires its interrupts and
 * maps its portals. -errno of the call that failed; @fd stays the caller's.
 */
int monitor_vfio_attach(struct monitor_vfio *x, struct monitor_dev *d, int fd);
/* Closes the device: accesses find nothing there. */
void monitor_vfio_let_go(struct monitor_vfio *x);
/* Closes its descriptors, as far as the process still lives. */
void monitor_vfio_close(struct monitor_vfio *x);
/*
 * Nothing of it is called any more; its descriptors stay the process's. It frees itself, at once or
 * when its last thread has noticed.
 */
void monitor_vfio_detach(struct monitor_vfio *x);

/* The first member of what @d->door is at such a door. */
static inline struct monitor_vfio *monitor_vfio_of(const struct monitor_dev *d)
{
	return *(struct monitor_vfio *const *)d->door;
}

/* For struct monitor_ops. */
u32 monitor_vfio_config_read(struct monitor_dev *d, u32 off, u32 width);
int monitor_vfio_config_write(struct monitor_dev *d, u32 off, u32 width, u32 val);
u64 monitor_vfio_mmio_read(struct monitor_dev *d, u32 bar, u64 off, u32 width);
int monitor_vfio_mmio_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val);
int monitor_vfio_portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes);
int monitor_vfio_portal_enqueue(struct monitor_dev *d, u64 off, const void *desc);
void monitor_vfio_post(struct monitor_dev *d);
int monitor_vfio_placed(struct monitor_dev *d);
void monitor_vfio_bars(struct monitor_dev *d, struct monitor_map *map);
void monitor_vfio_map_portal(struct monitor_dev *d, u64 off, u64 gpa);
void monitor_vfio_traps(const struct monitor_dev *d, struct vdev_traps *traps);
int monitor_vfio_pause(struct monitor_dev *d);
int monitor_vfio_resume(struct monitor_dev *d);
s64 monitor_vfio_save(struct monitor_dev *d, void *state);
int monitor_vfio_load(struct monitor_dev *d, const void *state, u32 bytes);
void monitor_vfio_carry(struct monitor_dev *d, struct monitor_dev *to);
void monitor_vfio_adopt(struct monitor_dev *d);
void monitor_vfio_remap(struct monitor_dev *d);
int monitor_vfio_revoke_handles(struct monitor_dev *d);
void monitor_vfio_leave(struct monitor_dev *d);
void monitor_vfio_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st);
#define MONITOR_VFIO_OPS                                                                           \
	.in_process = true, .config_read = monitor_vfio_config_read,                               \
	.config_write = monitor_vfio_config_write, .mmio_read = monitor_vfio_mmio_read,            \
	.post = monitor_vfio_post, .bars = monitor_vfio_bars,                                      \
	.map_portal = monitor_vfio_map_portal, .traps = monitor_vfio_traps,                        \
	.pause = monitor_vfio_pause, .resume = monitor_vfio_resume, .save = monitor_vfio_save,     \
	.load = monitor_vfio_load, .adopt = monitor_vfio_adopt, .remap = monitor_vfio_remap,       \
	.revoke_handles = monitor_vfio_revoke_handles, .leave = monitor_vfio_leave,                \
	.portal_stats = monitor_vfio_portal_stats

#endif
