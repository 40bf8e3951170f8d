/* SPDX-License-Identifier: GPL-2.0 */
/* The timeline of a run in Perfetto's binary trace format, streamed into a file as it happens. */
#ifndef SIM_REPORT_TIMELINE_H
#define SIM_REPORT_TIMELINE_H

#include "model/dsa/dsa.h"
#include "sim/report/report.h"

/*
 * Times are virtual: ps in, whole ns (rounded down) in the file, as CLOCK_BOOTTIME of the trace.
 * Tracks: a process for each device (work queues' depths, bandwidths, an engine's lanes in which
 * descriptors lie side by side where they overlap, instants) and one for each simulated process
 * (clients, with lanes of units). A slice that reaches out of [from, to] is left out.
 *
 * No function fails: a write that does not go through is remembered, and said by timeline_end().
 */
struct timeline;

/* Opens the file nameless in the directory of @dir, or under a temporary name. NULL with *error
 * an errno. */
struct timeline *timeline_new(const char *dir, u64 from, u64 to, int *error);
void timeline_free(struct timeline *t);

/* A device's tracks; before everything else of that device. False: no memory. */
bool timeline_device(struct timeline *t, u32 device, const char *name, u32 nwqs, u32 nengines);
bool timeline_client(struct timeline *t, u32 client, const char *name, const char *process);

void timeline_retired(struct timeline *t, u32 device, const struct dsa_retired *r);
void timeline_depth(struct timeline *t, u32 device, u32 wq, u32 depth, u64 now);
void timeline_note(struct timeline *t, u32 device, enum dsa_note note, u64 value, u64 now);
void timeline_unit(struct timeline *t, u32 client, u64 issued, u64 seen, u64 bytes, u32 descriptors,
		   u8 status);
/* An ENQCMD was refused, or a fault was repaired by software. */
void timeline_client_instant(struct timeline *t, u32 client, bool repair, u64 now);
void timeline_violation(struct timeline *t, const char *text, u64 now);

/* Writes what is buffered. 0, or the -errno that stopped the writing. */
int timeline_end(struct timeline *t);
/* Gives the finished file the name @path (which must not exist, same file system). 0 or -errno. */
int timeline_link(struct timeline *t, const char *path);

#endif
