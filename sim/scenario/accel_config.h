/* SPDX-License-Identifier: GPL-2.0 */
/* accel-config JSON (the save-config format) as an ordered list of sysfs writes. */
#ifndef SIM_SCENARIO_ACCEL_CONFIG_H
#define SIM_SCENARIO_ACCEL_CONFIG_H

#include "sim/core/types.h"

struct cfg_error;
struct cfg_arena;

/*
 * accel-config walks the file in document order and writes each attribute as it meets it (config.c
 * of intel/idxd-config 4.1), then enables the devices and the queues, each list last added first.
 * What it skips is skipped here: a threshold while the queue is dedicated, read-buffer values of
 * -1, use_read_buffer_limit while the device's limit is 0, traffic classes before version 2.
 */
struct accfg_write {
	const char *dev;   /* "dsa0", "group0.1", "wq0.1", "engine0.2" */
	const char *attr;  /* sysfs attribute of it: "size" */
	const char *value; /* text to write, no newline */
	const char *where; /* JSON path: "[0].groups[1].grouped_workqueues[0].size" */
};

/* What the file says of one queue; -1 / NULL: not stated. */
struct accfg_wq {
	const char *dev; /* "wq0.1" */
	u32 device, id;
	s64 group, size, threshold, priority, block_on_fault;
	s64 max_batch_size, max_transfer_size;
	const char *mode, *type, *name, *driver_name;
	const char *where;
};

struct accfg_device {
	const char *dev; /* "dsa0" */
	u32 id;
	u32 nengines, ngroups; /* engines and groups the file mentions */
	const char *where;
};

struct accel_config {
	const char *path;
	u32 ndevices, nwqs, nwrites, nnotes;
	struct accfg_device *devices; /* in the order of the file */
	struct accfg_wq *wqs;
	struct accfg_write *writes;
	const char **notes;	 /* what was ignored and why, one line each */
	u32 *enable_devices;	 /* indices into devices, in the order of enabling: ndevices */
	u32 *enable_wqs;	 /* indices into wqs, in the order of enabling: nwqs */
	struct cfg_arena *arena; /* owns all of it */
};

/*
 * Reads @path. @rename >= 0: the file must describe one DSA device, which becomes "dsa<rename>"
 * with its queues, groups and engines. @version: the device's version register (0x100, ...), for
 * what accel-config skips on old ones.
 * Returns 0 and a config for accel_config_free(); -EINVAL / -errno with @err naming file and JSON
 * path (or line, for syntax).
 */
int accel_config_load(struct accel_config **out, const char *path, s32 rename, u32 version,
		      struct cfg_error *err);
/* The same from memory; @path is for messages. */
int accel_config_parse(struct accel_config **out, const char *text, size_t len, const char *path,
		       s32 rename, u32 version, struct cfg_error *err);
void accel_config_free(struct accel_config *cfg);

/* The driver a queue is bound to when it is enabled: its driver_name, else by type. */
const char *accel_config_driver(const struct accfg_wq *wq);
/*
 * Fills @err for a write that the driver refused with -@error:
 * "file: [0].groups[1]...size: attribute 'size' of wq0.1: EINVAL (Invalid argument)".
 * Returns -EINVAL.
 */
int accel_config_refused(const struct accel_config *cfg, const struct accfg_write *write, int error,
			 struct cfg_error *err);

#endif
