/* SPDX-License-Identifier: GPL-2.0 */
/* The world of tests with monitors that hold the doors of virtual devices themselves: a host (that
 * of sva_world.h), machines without processors, programs with a device's file. */
#ifndef TESTS_DOOR_WORLD_H
#define TESTS_DOOR_WORLD_H

#include "host-driver/process/process.h"
#include "tests/unit/sim/sva_world.h"

/* The function of the queues, and its types of mediated devices ("dwq-v1/create" follows). */
extern char door_function[128], door_types[160];

/* The host of sva_boot(); door_function is known. */
void door_boot(void);

/* A machine of 32 MiB whose memory queues can reach; nothing runs in it. Aborts on failure. */
struct guest *door_machine(const char *name);

/* A program with 64 KiB of memory that is there, and a machine's descriptor. On a fiber. */
#define DOOR_BUF (64u * 1024)
struct door_program {
	struct process *p;
	u64 buf;
	int vm;	 /* -1: none */
	u64 ram; /* the machine's memory in the program */
};

int door_program_start(struct door_program *x, struct guest *machine);
struct vfio_iommu_type1_dma_map;
/* What maps the machine's memory in a container. */
void door_memory_map(const struct door_program *x, struct guest *machine,
		     struct vfio_iommu_type1_dma_map *map);
/* ioctl(2) with @arg in the program's memory. */
s64 door_call(struct door_program *x, int fd, u32 cmd, void *arg, u32 bytes);

/* VFIO's migration: the state that it is to have; *data: the descriptor that this returned, -1. */
s64 door_set_state(struct door_program *x, int fd, u32 state, int *data);

/* Writes to an attribute of the function, or of a mediated type. */
int door_put(const char *dir, const char *attribute, const char *value);

#endif
