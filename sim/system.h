/* SPDX-License-Identifier: GPL-2.0 */
/* A system under simulation: the machine of a platform with its host kernel, booted and configured.
 */
#ifndef SIM_SYSTEM_H
#define SIM_SYSTEM_H

#include "sim/core/types.h"
#include "sim/queues.h"

struct cores;
struct sim;
struct system;
struct kbus_ops;
struct kernel;
struct machine;
struct mem;
struct platform;
struct scenario;
struct cfg_error;
struct accel_config;
struct dsa_payload_hint;
struct dsa_origin;

/*
 * Builds the machine and starts its host kernel: IOMMU driver, PCI scan, idxd probe. Virtual time
 * passes as it would at boot. 0, or a negative errno with @err filled. @plat must outlive it.
 */
int system_new(struct sim *sim, const struct platform *plat, struct system **out,
	       struct cfg_error *err);
void system_free(struct system *sys);

/* Runs the event loop until @done(@arg) says so; -ETIMEDOUT when nothing is left to happen. */
int system_run_until(struct system *sys, bool (*done)(void *arg), void *arg);
/* Runs @fn(@arg) on a fiber of the host kernel and waits for its end. Its return value. */
int system_call(struct system *sys, int (*fn)(void *arg), void *arg);

/* What memory management costs processes of @k, the host or a guest, on this platform. */
void system_set_costs(struct system *sys, struct kernel *k);
/* The host kernel's last warning or error, for messages about what failed. */
const char *system_last_log(const struct system *sys);

struct sim *system_sim(struct system *sys);
struct kernel *system_host(struct system *sys);
/* The host kernel's way to its hardware, for who maps pages of it into a guest. */
void system_host_bus(struct system *sys, const struct kbus_ops **ops, void **ctx);
struct machine *system_machine(struct system *sys);
struct mem *system_mem(struct system *sys);
struct cores *system_cores(struct system *sys);
const struct platform *system_platform(struct system *sys);

/* The host's enabled work queues, as its driver has them now; again after each change. On a fiber
 * of the host. -ENOMEM. */
int system_read_queues(struct system *sys);
u32 system_wq_count(const struct system *sys);
const struct system_wq *system_wq(const struct system *sys, u32 i);

/* Data mode none: who knows the outcome of a descriptor (machine.h). */
typedef const struct dsa_payload_hint *system_hint_fn(void *ctx, const struct dsa_origin *origin,
						      int member, struct dsa_payload_hint *buf);
void system_set_hint(struct system *sys, system_hint_fn *fn, void *ctx);

#endif
