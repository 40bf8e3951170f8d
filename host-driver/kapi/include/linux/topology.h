/* SPDX-License-Identifier: GPL-2.0 */
/* Nodes and processors. */
#ifndef _LINUX_TOPOLOGY_H
#define _LINUX_TOPOLOGY_H

#include <linux/numa.h>
#include <linux/smp.h>

int numa_node_id(void);
#define numa_mem_id()	 numa_node_id()
#define cpu_to_node(cpu) 0
unsigned int kapi_nr_nodes(void);
#define node_online(n)	   ((unsigned int)(n) < kapi_nr_nodes())
#define num_online_nodes() ((int)kapi_nr_nodes())

#endif
