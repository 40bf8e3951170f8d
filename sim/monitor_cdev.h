/* SPDX-License-Identifier: GPL-2.0 */
/* A monitor's use of a virtual device's node in /dev/dsa. */
#ifndef SIM_MONITOR_CDEV_H
#define SIM_MONITOR_CDEV_H

#include "sim/monitor_priv.h"

struct monitor_node {
	int fd; /* of the monitor's process; -1: none */
	u32 nwqs;
	char name[32];
	char function[128]; /* path of the physical function */
};

/* Has the device made, as an administrator does, and opens it. */
int monitor_node_open(struct monitor_node *n, struct monitor_dev *d,
		      const struct guest_vdev_cfg *cfg, bool raw);
/* Its queues reach the machine's memory: the PASID by which they do. */
s64 monitor_node_bind(struct monitor_node *n, struct monitor_dev *d);
/* Closed, it is taken away again. */
void monitor_node_remove(struct monitor_node *n, struct monitor_dev *d);

#endif
