/* SPDX-License-Identifier: GPL-2.0 */
/* What a timeline consists of: private to timeline.c and timeline_draw.c. */
#ifndef SIM_REPORT_TIMELINE_PRIV_H
#define SIM_REPORT_TIMELINE_PRIV_H

#include "sim/report/perfetto.h"
#include "sim/report/report_priv.h"
#include "sim/report/timeline.h"

#define LANES_TOGETHER 8u
/* Width of a bin of the bandwidth counters. */
#define BIN_PS (10 * PS_PER_US)

/* Names of events by their iid; operations follow behind. */
enum event_name {
	EV_NONE,
	EV_STREAM,
	EV_UNIT,
	EV_UNIT_FAILED,
	EV_NOTE, /* and on, by enum dsa_note */
	EV_CLIENT_RETRY = EV_NOTE + DSA_NOTE_DROP + 1,
	EV_CLIENT_REPAIR,
	EV_VIOLATION,
	EV_OP, /* and on, by opcode */
};

enum annotation {
	AN_NONE,
	AN_SIZE,
	AN_CLIENT,
	AN_WQ,
	AN_ID,
	AN_MEMBER,
	AN_STATUS,
	AN_FAULTS,
	AN_VALUE,
	AN_BYTES,
	AN_DESCRIPTORS,
	AN_TEXT,
	AN_ARBITRATE,
	AN_COUNT
};

/* Tracks side by side for slices that overlap: a slice goes to the first that is free. */
struct lanes {
	char name[80];
	u64 parent;
	u32 n, cap;
	u64 *end;	/* of each one's last slice; SIM_NEVER: there is no such lane */
	u64 *first_end; /* the least of each LANES_TOGETHER */
	struct proto_word *track;
};

/* A counter; the last value of each ns counts. */
struct level {
	bool late; /* its changes wait to be drawn too: they do not come from drawing */
	struct proto_word track; /* length 0: none yet */
	u64 ns, value;
	u64 written;
	bool waiting, any;
};

struct tl_device {
	u64 process;
	struct proto_word events;
	u32 nwqs, nengines;
	struct level *wq;
	struct lanes *engine, *batches;
	struct level read, write;
	u64 bin, bin_read, bin_written; /* the running bin's number and bytes */
	char name[32];
};

struct tl_client {
	struct proto_word track;
	struct lanes lanes;
};

struct tl_process {
	char *name;
	u64 track;
	u32 children;
};

/* What is not drawn yet. */
struct waiting {
	enum { WAITING_DESCRIPTOR, WAITING_UNIT, WAITING_COUNTER } kind;
	union {
		struct descriptor {
			u64 id, bytes_read, bytes_written;
			u64 ends[STAGE_DEVICE]; /* of the stages, ascending */
			u32 device, client, size, faults;
			s32 member;
			u8 opcode, status, wq, engine;
		} descriptor;
		struct unit {
			u64 issued, seen, bytes;
			u32 client, descriptors;
			u8 status;
		} unit;
		struct counter_event {
			struct proto_word track;
			u64 ns, value;
		} counter;
	};
};
#define WAITING_MAX 64u

struct timeline {
	struct perfetto pf;
	u64 from, to;
	struct proto_word checks; /* track of violations, length 0: none yet */
	u32 ndevices, nclients, nprocesses;
	struct tl_device *device;
	struct tl_client *client;
	u32 clients_cap;
	struct tl_process *process;
	u32 nwaiting;
	struct waiting waiting[WAITING_MAX];
};

/* ---- timeline_draw.c ---- */
/* Tells the file the names of events and annotations. */
void timeline_names(struct timeline *t);
/*
 * Draws what waits, in the order in which it came: before anything else goes into the file. It
 * takes much code that nothing else needs, which is why it is done for several at a time.
 */
void timeline_settle(struct timeline *t);
/* The value of a counter from @ns on; what it was before is written first. */
void timeline_level_set(struct timeline *t, struct level *l, u64 ns, u64 value);
void timeline_level_write(struct timeline *t, struct level *l);
/* The bandwidth of the bin that @now has left, and of the empty ones behind it. */
void timeline_bandwidth(struct timeline *t, struct tl_device *d, u64 now);

/* The next one of @kind, behind all that wait. */
static inline struct waiting *timeline_later(struct timeline *t, u32 kind)
{
	struct waiting *w;

	if (t->nwaiting == WAITING_MAX)
		timeline_settle(t);
	w = &t->waiting[t->nwaiting++];
	w->kind = kind;
	return w;
}

static inline u64 to_ns(u64 ps)
{
	return ps / PS_PER_NS;
}

#endif
