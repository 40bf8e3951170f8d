/* SPDX-License-Identifier: GPL-2.0 */
/* What a report consists of: private to sim/report. */
#ifndef SIM_REPORT_REPORT_PRIV_H
#define SIM_REPORT_REPORT_PRIV_H

#include "model/dsa/dsa.h"
#include "model/spec/dsa_regs.h"
#include "host-driver/hypervisor/vm.h"
#include "sim/core/hist.h"
#include "sim/core/resource.h"
#include "sim/core/stats.h"
#include "sim/report/report.h"
#include "vdev/core/vdev_traps.h"

struct timeline;

/* Stages of a unit as its client sees it; the first six are those of enum dsa_stage. */
enum {
	STAGE_SUBMIT,	 /* issued -> accepted */
	STAGE_QUEUE,	 /* accepted -> dispatched */
	STAGE_TRANSLATE, /* dispatched -> translated */
	STAGE_ARBITRATE, /* translated -> granted */
	STAGE_STREAM,	 /* granted -> streamed */
	STAGE_RECORD,	 /* streamed -> recorded */
	STAGE_REPAIR,	 /* recorded with a fault -> accepted again */
	STAGE_NOTICE,	 /* recorded -> seen by the client */
	STAGE_COUNT
};
#define STAGE_DEVICE STAGE_REPAIR /* how many of them the device knows */

struct stage_name {
	const char *name, *from, *to;
};
extern const struct stage_name stage_names[STAGE_COUNT];
extern const char *const time_names[REPORT_TIME_COUNT];
/* "success", "page fault on a read"; for unknown codes "status 0x..". */
const char *report_status_name(u8 status);
/* "memmove"; for unknown ones "opcode". */
const char *report_op_name(u8 opcode);

/*
 * A descriptor that retired as nearly all do, once for its unit, with success and without a fault,
 * until its client sees it: found by its tag. struct pending has the others. The host's cache has
 * one line for it.
 */
enum unseen_state {
	UNSEEN_NONE,
	UNSEEN_NEW,	/* nothing of it is counted */
	UNSEEN_COUNTED, /* what the device did is */
	UNSEEN_PENDING, /* the same, and its stages are in struct pending */
};
struct unseen {
	u64 issued, took;	  /* took: to the record, the sum of ... */
	u32 length[STAGE_DEVICE]; /* ... its stages */
	u32 size, devtlb_misses;
	union {
		struct {
			u8 opcode, status, wq, engine;
			u16 device;
			u8 state; /* enum unseen_state */
		};
		u64 kind; /* all of that */
	};
} __attribute__((aligned(64)));

/* Those of a client, by tag: a number and no pointer to follow from there. */
struct unseen_table {
	struct unseen *at;
	u32 n;
};

/* The stages of a unit that did not just succeed, over all its attempts. */
struct pending {
	u64 issued;
	u64 length[STAGE_NOTICE];
	u64 recorded;
};

/* What a client did in the measured interval, or several together. */
struct work_counts {
	u64 units, descriptors, bytes;
	u64 errors, retries, repairs;
	u64 faults, fault_wait;
	u64 staged, staged_latency, stage[STAGE_COUNT]; /* units whose stage times are known */
	u64 time[REPORT_TIME_COUNT];
	struct sim_hist latency; /* no buckets: nothing was seen, or no memory */
};
/* -ENOMEM: without the latencies. */
int work_counts_add(struct work_counts *into, const struct work_counts *from);

struct client {
	u32 id;
	char *name, *process, *wq, *tenant;
	struct report_client_cfg cfg; /* its texts are those above */

	/* the measured interval */
	struct work_counts work;
	u64 protects, protect_ps;
	u64 time_base[REPORT_TIME_COUNT]; /* of cfg.time, at its start */
	u64 first_issued, last_seen;	  /* of units seen in the interval */

	/* its whole life */
	u64 seen;
	u64 before;		 /* descriptors before the measured interval */
	u64 issued, outstanding; /* report_client_end() */
	bool ended;

	struct pending *pending; /* by tag */
	u32 npending;
};

/* The clients of one tenant, taken together. */
struct tenant {
	const char *name;
	u32 clients;
	struct work_counts work;
};

/* ---- Guests ---- */

/* Exits and what belongs to them, as far as one point in time. */
struct guest_counts {
	struct vm_stats vm;
	struct vdev_traps *traps; /* of each virtual device */
};

struct guest_vdev {
	char *type, *wqs;
};

/* Commands of one kind that a guest gave. */
struct guest_command {
	const char *name;
	u64 errors;
	struct sim_hist took;
};
#define GUEST_COMMANDS_MAX 16

struct guest {
	char *name;
	struct report_guest_cfg cfg; /* its texts but the name are constants */
	struct guest_vdev *vdev;
	bool ready, done;
	struct guest_counts startup, end; /* since the beginning */
	u64 since, until;		  /* of the steady state */
	u64 before, descriptors;	  /* of its clients: until then, and in it */
	struct guest_command *command;	  /* NULL: none yet */
	u32 ncommands;
};

/* A count of struct vm_stats or struct vdev_traps with its name in the results. */
enum guest_count_kind {
	COUNT_SLOW,	  /* an exit that has nothing to do with work */
	COUNT_SUBMISSION, /* exits on a descriptor's way ... */
	COUNT_DMA,
	COUNT_COMPLETION,
	COUNT_FACT, /* no exit */
};
struct guest_count {
	const char *name;
	size_t off;
	enum guest_count_kind kind;
	const char *what;
};
/* Both end with a name of NULL. */
extern const struct guest_count guest_vm_counts[], guest_trap_counts[];
static inline u64 guest_count(const struct guest_count *c, const void *of)
{
	return *(const u64 *)((const char *)of + c->off);
}
/* The count over the steady state. */
u64 guest_steady(const struct guest *g, const struct guest_count *c);
u64 guest_vdev_steady(const struct guest *g, u32 vdev, const struct guest_count *c);

/* All guests' steady state together. */
struct guests_steady {
	u64 descriptors, exits, submission, dma, completion;
	u64 page_requests; /* that the host served */
};
void guests_steady(const struct report *r, struct guests_steady *out);
/* "0 exits for submission, DMA and completion; 3 exits in all" */
void guests_say_steady(const struct guests_steady *s, FILE *out);
/* Guests that did not end yet end here. */
void guests_finish(struct report *r);
void guests_free_all(struct report *r);
struct wq_acc {
	bool configured, shared;
	char *name;
	u32 group, size, threshold, priority;

	u64 direct, members, bytes, errors, abandoned;
	u64 stage[STAGE_DEVICE]; /* of direct ones */
	u64 member_time;	 /* fetched -> recorded, members */
	u64 retries, drops;
	u64 faults, fault_wait;
	struct sim_hist latency; /* issued -> recorded, direct */
	/* depth */
	struct sim_level depth;
};

struct engine_acc {
	u64 descriptors, batches, bytes;
	u64 resident;	    /* dispatched -> recorded, but for batches */
	u64 batch_resident; /* the same of batches */
	u64 devtlb_misses;
};

struct op_acc {
	u64 count, bytes;
	u64 time; /* dispatched -> recorded */
};

struct device {
	struct report *r;
	struct dsa *dsa;
	u32 index;
	u32 nwqs, nengines;
	struct wq_acc *wq;
	struct engine_acc *engine;
	struct op_acc op[256];
	u64 status[256]; /* 0: abandoned */
	u64 note[DSA_NOTE_DROP + 1];
	u64 retired;		       /* whole life */
	u64 retired_before;	       /* by the device, before it was observed */
	struct dsa_totals base, total; /* at the start and the end of the interval */
};

/* Work over time: bins of a power of two of ps, folded pairwise when they run out. */
#define SERIES_BINS 512u
struct series {
	u32 shift, used;
	struct {
		u64 units, descriptors, bytes, latency;
	} bin[SERIES_BINS];
};

/* One counter or resource, with what it was at the start of the interval. */
struct counter {
	const char *instance;
	const struct sim_stat_def *def;
	u64 base, value; /* value: of the interval; "in_flight" and peaks: at the end */
};
struct usage {
	const char *name;
	const struct sim_usage *use; /* NULL: worked out by the report */
	char *own;		     /* owns name when use is NULL */
	const char *what;
	u32 units;
	struct sim_usage base, value;
	double share; /* busy / units / interval, at most 1 */
	bool symptom; /* fills up because of others: not a limit by itself */
};
struct cache {
	const char *instance;
	const char *name; /* of the counter of hits: its first name_len bytes name the cache */
	u32 name_len;
	u64 lookups, hits;
};

/* Lists of texts of which the first ones are kept. */
#define LIST_KEPT  100u
#define LIST_SHOWN 20u
struct text_list {
	u64 count;
	u32 kept;
	char *text[LIST_KEPT];
};

enum limit_kind {
	LIMIT_NOTHING, /* no work */
	LIMIT_RESOURCE,
	LIMIT_FAULTS,
	LIMIT_REPAIR,
	LIMIT_SUBMISSION,
	LIMIT_RETRIES,
	LIMIT_THINK,
	LIMIT_CORE, /* the core does the work */
	LIMIT_WINDOW,
	LIMIT_ARRIVALS,
	LIMIT_COUNT
};

/* A unit that its client has seen, not counted yet. */
struct seen {
	u64 issued, seen, bytes;
	u32 client, tag, descriptors;
	u8 status;
};

/* A descriptor that retired apart from its client's units, not counted yet. */
struct apart {
	struct device *dev;
	struct dsa_retired d;
};

#define BACKLOG 64u

/*
 * Units of one client whose only descriptor was of one kind, queue and engine: what is the same for
 * all of them is counted once, when somebody wants to know or the place is needed.
 */
struct tally {
	u64 kind; /* of struct unseen */
	u32 client;
	struct client *c;
	struct sim_hist *queue, *whole; /* latencies to the record and in all, but count and sum */
	u64 n, bytes, devtlb_misses, stage[STAGE_COUNT];
} __attribute__((aligned(64)));
#define TALLIES 64u

struct report {
	/* what every observation asks for */
	u64 start, end;
	bool measuring, finished;
	u32 nseen; /* of seen[] */
	u32 nclients, ntables;
	struct client **client;
	struct unseen_table *unseen; /* by the client's number */
	struct timeline *timeline;
	struct series series;

	struct sim *sim;
	struct report_cfg cfg; /* its texts are owned */
	char *dir;
	u32 clients_cap;
	u32 ndevices, devices_cap;
	struct device **device;
	u32 nguests, guests_cap;
	struct guest **guest;

	/* what is not counted yet */
	u32 napart;
	struct seen seen[BACKLOG];
	struct apart apart[BACKLOG];
	struct tally tally[TALLIES];

	/* of all clients, observed as they come */
	struct sim_hist stage[STAGE_COUNT]; /* only buckets, min and max until the end */
	struct {
		u64 length, *bucket;
	} last[STAGE_COUNT]; /* the last one of each stage and where it was counted */
	u64 client_status[256];

	struct text_list violations, mismatches, corrupt, notes;
	report_late_fn *late; /* NULL: nobody wants to know */
	void *late_ctx;
	struct text_list failed; /* checks, worked out at the end */
	bool nomem;

	/* worked out at the start and at the end */
	u32 ncounters, nusages, ncaches;
	struct counter *counter;
	struct usage *usage;
	struct cache *cache;
	struct work_counts work; /* of all clients; faults: of all queues */
	u64 protects, protect_ps;
	u64 time_sum;
	u32 ntenants;
	struct tenant *tenant;
	enum limit_kind limit_kind;
	const char *limit_resource; /* NULL: none */
	char limit[400];
};

/* The duration of the measured interval, at least 1 ps. */
static inline u64 report_ps(const struct report *r)
{
	return r->end > r->start ? r->end - r->start : 1;
}
/* @n per second over the measured interval. */
static inline double report_rate(const struct report *r, u64 n)
{
	return (double)n * 1e12 / (double)report_ps(r);
}
static inline double report_share(u64 part, u64 whole)
{
	return whole ? (double)part / (double)whole : 0;
}
static inline struct client *report_client_of(const struct report *r, u32 id)
{
	return id - 1 < r->nclients ? r->client[id - 1] : NULL;
}
static inline u64 report_mean(u64 sum, u64 n)
{
	return n ? sum / n : 0;
}
static inline bool report_plain_status(u8 status)
{
	return status == 0x01 || status == 0x02; /* success; success, with a predicate that fails */
}
static inline const char *report_text(const char *text)
{
	return text ? text : "";
}

/* Adds a text (copied) to @list. */
void text_list_add(struct report *r, struct text_list *list, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "redis/copy.0" of a client's number. */
void report_label(const struct report *r, u32 client, char *buf, size_t len);

/* ---- observe.c ---- */
/* The observer of devices. */
void observe_device(struct device *d);
/* Forgets the measured interval of a client, a device. */
void observe_reset(struct report *r);

/* ---- count.c: counting descriptors and units ---- */
/* Another client may have units. -ENOMEM. */
int count_client(struct report *r);
/* Counts all units that were seen: before anybody looks at what clients did. */
void count_units(struct report *r);
/* Counts all that has happened: before anybody looks at what was counted. */
void count_all(struct report *r);
/* Counts the units that clients have seen, the descriptors that retired apart from units. */
void count_seen(struct report *r);
void count_apart(struct report *r);
/* Counts a descriptor of a unit for which struct unseen does not do. */
void count_special(struct device *dev, const struct dsa_retired *d);
/* A free place for @tag; NULL: there is none. */
struct unseen *count_place(struct report *r, u32 client, u32 tag);
/* What was counted of all clients together is forgotten. */
void count_reset(struct report *r);

/* ---- registry.c: counters, resources, caches ---- */
/* Remembers where every counter and resource stands. */
int registry_start(struct report *r);
/* Works out the interval's values, adds what devices and clients imply, sorts resources. */
int registry_finish(struct report *r);
void registry_free(struct report *r);

/* ---- tenants.c ---- */
/* Takes the clients of each tenant together. -ENOMEM. */
int tenants_make(struct report *r);
void tenants_free(struct report *r);

/* ---- analyse.c ---- */
/* Names what limited the run. */
void analyse(struct report *r);
extern const char *const limit_names[LIMIT_COUNT];

/* ---- outputs ---- */
/* Both write into an open stream and leave errors to ferror(). */
int report_json(const struct report *r, FILE *out);
int report_html(const struct report *r, FILE *out);
struct table {
	const char *file; /* "clients.csv" */
	bool guests;	  /* only where there are any */
	void (*write)(const struct report *r, FILE *out);
};
extern const struct table report_tables[]; /* ends with file NULL */

#endif
