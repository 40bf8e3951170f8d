/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the workload: spaces, clients, slots. Private to this folder. */
#ifndef SIM_WORKLOAD_WORKLOAD_PRIV_H
#define SIM_WORKLOAD_WORKLOAD_PRIV_H

#include <linux/idxd.h>

#include "host-driver/process/process.h"
#include "model/dsa/dsa.h"
#include "model/machine.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/core/hint.h"
#include "sim/core/resource.h"
#include "sim/cores.h"
#include "sim/guests.h"
#include "sim/report/report.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/scenario/scenario.h"
#include "sim/system.h"
#include "sim/workload/trace.h"
#include "sim/workload/workload.h"

#define wl_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* ---- Kernels ---- */

/* A kernel whose processes and clients take part: the host's or a guest's. */
struct site {
	struct kernel *kernel;
	struct guest *guest;		 /* NULL: the host */
	struct vm *vm;			 /* of the guest */
	const struct guest_entry *entry; /* of the guest */
	const struct system_wq *wq;	 /* what is enabled there */
	u32 nwqs;
	/* Its memory, as itself counts it, and how far that is from where it lies in the machine.
	 */
	u64 ram, ram_bytes, shift;
	u32 socket; /* of a guest's processors */
	u32 placed; /* clients on them */
	u32 report; /* a guest\'s number in the report */
	struct command_queue {
		u64 next, served;
	} command[GUEST_VDEVS_MAX];  /* actions' commands to each virtual device */
	u32 clients, started, ended; /* that it has, that began to work, that ended */
};

/* Runs @fn(@arg) on a fiber of the kernel, as system_call(). */
int site_call(struct workload *wl, const struct site *site, int (*fn)(void *arg), void *arg);
/* One more of its clients begins to work, has ended: what the report knows of guests' exits. */
void site_started(struct workload *wl, struct site *site);
void site_ended(struct workload *wl, struct site *site);
/* Guests that are still at work when the run ends. */
void sites_settle(struct workload *wl);

/* ---- Address spaces ---- */

/* 2 MiB of a space: which of its 4 KiB pages the player has made present. */
struct space_region {
	u64 key; /* address >> 21, plus 1; 0: empty */
	u64 present[8];
};

/* One process with what its clients share. */
struct space {
	struct workload *wl;
	struct site *site;
	struct process *proc;
	struct feed *feed; /* that it is of; NULL: a process of the scenario */
	u32 number;	   /* of the trace's process */
	char name[32];
	struct space_region *region; /* open addressing */
	u32 nregions, cap;
	u64 page_size;
	s32 node;
	u32 clients; /* of it that have not ended */
	/* Of a trace: all queues that its clients will use, in order. */
	const struct system_wq **want;
	u32 nwant;
	bool mapped;
	bool opening;		/* one of its threads opens a queue */
	struct verify *verify;	/* data mode verify, else NULL */
	struct client_wq *open; /* queues that the process has open */
	u32 nopen;
};

/* Runs @fn(@arg), which takes one off wl->fibers at its end, on a fiber of the space's kernel. */
int space_fiber(const struct space *s, void (*fn)(void *arg), void *arg, const char *name);
int space_init(struct space *s, struct site *site, struct workload *wl, const char *name, u32 node);
void space_exit(struct space *s); /* on a fiber */
/* Notes that [addr, addr + len) is used; space_map() then maps all that was noted. */
int space_note(struct space *s, u64 addr, u64 len);
/* Maps every noted region; on a fiber. */
int space_map(struct space *s);
/*
 * Makes the pages of [addr, addr + len) present without time, as a program that used them before
 * would have. Returns how many 4 KiB pages were missing, or a negative errno (address not noted).
 */
s64 space_prepare(struct space *s, u64 addr, u64 len, bool write);
bool space_present(const struct space *s, u64 addr);
/* Is the address part of what was noted? */
bool space_noted(const struct space *s, u64 addr);
/* Drops one page again; on a fiber. */
int space_discard(struct space *s, u64 addr);
/* Host memory of [va, ...): *run bytes of it are contiguous, at most @len. NULL when absent. */
u8 *space_ptr(struct space *s, u64 va, u64 len, bool write, u64 *pa, u64 *run);
int space_read(struct space *s, u64 va, void *buf, u64 len);
int space_write(struct space *s, u64 va, const void *buf, u64 len);

/* ---- Clients ---- */

struct op_stream {
	/* Next operation into @op: 1, 0 at the end, negative errno with the workload's error set.
	 */
	int (*next)(struct op_stream *s, struct trace_op *op);
};

/* A queue as one client uses it. */
struct client_wq {
	struct dsa *dsa;
	u64 off;	/* of the limited portal page in BAR2 */
	u64 va;		/* in the process */
	u64 revision;	/* as of which all of this holds (sim_revision()) */
	u64 gpa;	/* of a guest's portal page, as its kernel counts */
	u32 host_pasid; /* of its process */
	u64 generation;
	bool dedicated;
	u32 device, queue, size;
	u32 line;  /* next 64-byte line of the portal page */
	u32 *used; /* dedicated: entries that the programs count as theirs */
};

struct slot_member {
	u8 status, result, opcode; /* expected */
	u8 flags_record;
	u32 bytes, size;
	u64 record_va, line;
	u64 sum;      /* verify.h */
	bool spoiled; /* others touched its memory meanwhile */
};

enum slot_state { SLOT_FREE, SLOT_FLYING, SLOT_WAITING, SLOT_LOST, SLOT_DONE };

/* A unit that is several descriptors, one in each slot. */
struct unit {
	u64 issued; /* the first of them */
	u32 tag;    /* of the first of them */
	u64 bytes;
	u32 descriptors, left; /* left: slots not seen complete; 0: free */
	u8 status;
};

/* A unit in flight, or a piece of one: a descriptor or a batch. */
struct slot {
	struct sim_event fly; /* submission on its way to the portal */
	struct client *c;
	u8 desc[64] __attribute__((aligned(8)));
	struct trace_op op;
	struct slot_member *member;
	u32 nmembers, member_cap;
	u8 state;
	struct unit *unit; /* NULL: the slot is the unit */
	bool claimed;	   /* its memory is noted (verify.h) */
	bool spoiled;	   /* ... and others touched it meanwhile */
	bool again;	   /* submitted again after a fault */
	bool stalls;	   /* its posted store traps: the core stands still until it is through */
	u64 sum;
	u8 original[64];       /* as first submitted */
	u8 (*member_desc)[64]; /* data mode verify: the members as first submitted */
	u32 wq, tag;	       /* tag: its number among the client's slots */
	u32 retries;
	u32 fruitless;	 /* repairs in a row that brought it no further */
	u32 descriptors; /* work descriptors */
	u64 bytes;
	u64 issued; /* first submission instruction */
	u64 record_va, record_pa;
	u8 *record; /* NULL: no record asked for */
	/* where record_va was found, as of this generation of the process's mappings */
	u8 *record_host;
	u64 generation, revision;
};

enum client_state {
	CLIENT_RUN,	/* next thing to do */
	CLIENT_WAIT,	/* for the oldest (or any) unit */
	CLIENT_IDLE,	/* until the next arrival, and looks at the oldest unit meanwhile */
	CLIENT_SUBMIT,	/* ENQCMD on its way */
	CLIENT_BLOCKED, /* a fiber works for it */
	CLIENT_ENDED
};

struct client {
	struct sim_event step;
	struct mem_watch watch;
	struct workload *wl;
	struct space *space;
	struct op_stream *stream;
	struct client_wq *wq;
	u32 nwqs, next_wq;
	const struct system_wq **want; /* nwqs queues to open before the first step */
	struct kernel_client *kernel;  /* part of the kernel, else NULL */
	u32 id;			       /* in the report */
	struct fiber *fiber;	       /* while it waits for a queue */
	struct client *next_waiter;
	char name[48];

	/* behaviour */
	u32 window, loop, waitfor, recycle, wait;
	u64 page_size; /* of its arrays; 0: as its space */
	u32 random;    /* operands at random places */
	u64 far_ppm;   /* read latency of its furthest operand, of that of local memory */
	bool retry, cpu_engine, open_loop, push;
	bool generated; /* not recorded: the client repairs faults as its scenario says */
	bool fault_on_dst, touch_write;
	bool major;		    /* what it touches first is on disk */
	u64 protect, protect_bytes; /* scenario's keys of these names */
	u64 src_va, src_len;	    /* its source array */
	u64 overhead;		    /* software's own time for each unit */
	u32 retry_max, cache, repair;
	u64 start;

	u32 pieces, nslots; /* pieces of a unit at most; window * pieces */
	u32 units;	    /* in flight */
	struct unit *unit;  /* @window of them, where units have pieces */
	struct unit *open_unit;
	u32 pieces_left;    /* of it to be submitted */
	bool draining;	    /* sees everything in flight before it goes on */
	bool relocate;	    /* slots are not taken in turn: records and lists go by slot */
	bool first;	    /* ends with its first unit */
	u64 stop;	    /* submits nothing from here on; 0: no such time */
	struct slot *slot;  /* @nslots of them */
	struct slot **ring; /* the same in order of submission, from @head on */
	u32 head, inflight;
	u8 state;
	bool eof, have_op, thought;
	bool steady;	    /* with a full window it waits for its oldest unit, and only that */
	bool looks;	    /* at complete units whenever it comes by, not only when it must */
	u32 discards;	    /* pages dropped for the unit at hand */
	u64 due;	    /* when it may be submitted */
	struct trace_op op; /* next unit */
	struct trace_op *member; /* its members */
	u32 nmembers, member_cap;
	struct slot *waiting; /* for this one */
	u64 wait_since;	      /* when it began to wait, or will */
	u32 core, socket;     /* the core is numbered over the machine */
	bool shares_core;
	u64 issued_units, done_units, lost_units;
	u64 time[REPORT_TIME_COUNT]; /* where it went, ps */
	u64 last_portal;	     /* time of the last MOVDIR64B */
	u32 stalls;		     /* slots that have it stand still */
	bool held;		     /* its step came meanwhile, at ... */
	u64 held_at;
	u64 fiber_addr;
};

struct workload {
	struct system *sys;
	struct site *site; /* the host, then the guests */
	u32 nsites;
	struct sim *sim;
	struct mem *mem;
	const struct scenario *scn;
	const struct platform *plat;
	struct report *report;
	u32 data; /* enum data_mode */
	struct space **space;
	u32 nspaces;
	struct client **client; /* by report id - first_id */
	u32 nclients, running, first_id;
	struct cores *cores;
	u32 ncores;
	u32 *on_core, *placed; /* clients of each core; placed on each socket in turn */
	u64 descriptors, total, end;
	u64 failed;   /* descriptors in error that nobody expected */
	u32 *wq_used; /* by queue, see client_wq.used */
	bool cut;     /* the scenario's time is up */
	bool stuck;   /* clients wait, but nothing happens any more */
	bool unseen;  /* there were units whose completion no record shows */
	struct sim_event limit;
	u64 verified, not_verified; /* operations whose effect was checked, or could not be */
	u32 warming;		    /* clients that have not finished their warm-up passes */
	struct cfg_error err;
	int error;
	struct feed *feed; /* traces that are played, the last one first */
	/* Clients that wait for a queue which others open or have open. */
	struct client *waiters, **waiters_end;
	bool started; /* a client has begun */
	u32 fibers;   /* at work for the clients */
	bool dying;   /* nothing new begins */
	void (*progress)(void *ctx);
	void *progress_ctx;
};

/* Fails the run: the first message counts. */
void sim_cold workload_fail(struct workload *wl, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* settle.c: the end of a run. */
struct progress {
	u64 moved, since;
	u32 looks;
};
/* Called now and then: false when for long nothing was accepted, completed or written. */
bool progress_made(struct workload *wl, struct progress *p);
/* Lets the rest finish, closes the books, says what is to be said. */
void workload_settle(struct workload *wl);

/* setup.c: what clients are made of, before virtual time runs for them. */
/* The queue named, or one that suits, looked for from the @turn-th on; NULL when there is none. */
const struct system_wq *choose_wq(const struct site *site, const struct scn_wq *want, u32 turn,
				  bool kernel);
struct client *client_new(struct workload *wl, struct space *space, const char *name);
/* How a scenario's client goes about its work. */
void client_behave(struct client *c, const struct scn_client *cfg);
/* The client will use @wq; it is opened when it begins. */
int client_wants(struct client *c, const struct system_wq *wq, struct cfg_error *err);
/* The core it says, else the next of its socket in turn: more threads than cores share them. */
void client_place(struct workload *wl, struct client *c, const struct scn_client *cfg, u32 thread);
/* Makes it known to the report and ready to begin. */
int client_register(struct workload *wl, struct client *c, struct cfg_error *err);
int setup_cores(struct workload *wl);
/* action.c: the guests' actions of the scenario begin, as the workload does. -ENOMEM. */
int actions_start(struct workload *wl);
/* The host and the guests; behind setup_cores(). -ENOMEM. */
int setup_sites(struct workload *wl, struct guests *guests);
/* Which clients have a core of their own is known when all are placed. */
void setup_shared_cores(struct workload *wl);
/* From now on interrupts delay the clients of the cores that take them. */
void setup_interrupts(struct workload *wl);
/* All processes of the scenario. */
int setup_processes(struct workload *wl, struct cfg_error *err);
/*
 * setup_trace.c: the clients of a trace, as far as @cfg wants them and with what it says beside the
 * trace, on @nsites kernels from @site on. @name: before the names of its processes; NULL: nothing.
 */
int setup_trace(struct workload *wl, struct site *site, u32 nsites, const char *path,
		const struct scn_client *cfg, const char *name, struct cfg_error *err);

/* Opens the client's queues (and maps its process's memory) on a fiber, then starts it. */
void client_begin(struct client *c);
/* The client is through: with the last one its process ends. */
void client_done(struct client *c);
/* Notes its end, its last completion being seen now. */
void client_ended(struct client *c);

/* Makes the client's event that of its working life. */
void client_init_step(struct client *c);
int client_init(struct client *c);
/*
 * The client's core works for it for @ps, from @t on; when it is through. Threads that share a core
 * take turns, first come first served, and interrupts come before them.
 */
u64 client_work(struct client *c, u64 t, u64 ps);
void client_free(struct client *c);
void client_start(struct client *c);
/* Takes back what it has scheduled; its fibers may still run. */
void client_stop(struct client *c);
/* The submission instruction in @s reached its portal, which answered @got. */
void client_submitted(struct slot *s, enum dsa_accept got);

/*
 * guest_store.c: the same instruction of a guest's program. True: *got is the answer; false: it
 * left the fast path, and client_submitted() follows.
 */
bool guest_store(struct slot *s, const struct dsa_origin *origin, enum dsa_accept *got);
/* Whether a posted store to the slot's dedicated queue would trap now. */
bool guest_traps(struct slot *s);

/* client.c: the core that submits the slot stands still in a trap, and goes on. */
void client_stall(struct slot *s);
void client_unstall(struct slot *s);

/* Builds the 64 bytes of a recorded operation. */
void client_build(const struct trace_op *op, u8 desc[64]);

/* unit.c: the way into a slot. */
/* The next unit with all its members into c->op, c->member; false at the end or after an error. */
bool unit_fetch(struct client *c);
/*
 * Makes present what the program had in memory, leaves out what it had not: *discard is a page to
 * be dropped first. 0 or -ENOMEM.
 */
int unit_prepare(struct client *c, const struct trace_op *op, u64 *discard);
/* Fills the free slot behind the youngest with c->op. */
struct slot *unit_load(struct client *c);

/*
 * result.c: the slot @at places behind the oldest is complete and seen at @t: books it, frees it.
 * Time the client needs more.
 */
u64 unit_reap(struct client *c, u32 at, u64 t);

static inline void spend(struct client *c, enum report_time what, u64 ps)
{
	c->time[what] += ps;
}

static inline u8 status_code(u8 status)
{
	return status & 0x3f;
}

static inline bool is_fault(u8 status)
{
	return status_code(status) == DSA_COMP_PAGE_FAULT_NOBOF;
}

/* The slot @at places behind the oldest unit. */
static inline struct slot *slot_at(const struct client *c, u32 at)
{
	u32 i = c->head + at;

	return c->ring[i < c->nslots ? i : i - c->nslots];
}

static inline struct client_wq *slot_wq(struct slot *s)
{
	return &s->c->wq[s->wq];
}

/* protect.c: another thread of the process changes rights while the client works. */
void client_protect(struct client *c); /* on a fiber; returns when the client has ended */

/* repair.c: first touches and what follows a fault of a generated client. */
/* Touches the pages of [va, va + len) as the core would; the time it takes. */
u64 client_touch(struct client *c, u64 va, u64 len, bool write);
/* One access to each page of the operand, and what faults cost. */
u64 client_touch_pages(struct client *c, const struct trace_op *op);
/* Touches what the operation would fault on. */
u64 client_pretouch(struct client *c, const struct trace_op *op);
/*
 * The unit in @s ended with faults: touches the pages and turns the slot into the rest of the work.
 * False when there is nothing to continue. *time: what the core needed.
 */
bool client_continue(struct client *c, struct slot *s, u64 *time);

/* kernel_client.c: a client in the host kernel, on a queue of type kernel. */
int kernel_client_new(struct client *c, const struct system_wq *wq);
/* DMA memory for array @which (0 source, 1 destination, 2 second destination) of its stream; on a
 * fiber. Its address for the stream, or a negative errno. */
s64 kernel_client_array(struct kernel_client *kc, u32 which, u64 bytes);
/* The whole life of the client, on a fiber. */
void kernel_client_run(struct client *c);
void kernel_client_free(struct client *c);

/*
 * cpu_work.c: where the operands lie before a unit, as the scenario says: flushed, or used by the
 * core just before. Takes no time of the client.
 */
void client_cache_state(struct client *c, const struct trace_op *op);
/* What the core needs for the same operation. */
/* Of @random operands at random places; ps. */
u64 cpu_work_time(const struct plat_cpu *cpu, u8 opcode, u64 bytes, u32 cache, u32 random,
		  bool within_page);

/* feed.c: one trace file, many clients. */
struct feed;
/* Reads the whole trace once: clients, regions (noted in their spaces), totals. */
/* Its processes belong to the @nsites kernels from @site on in turn. */
int feed_scan(struct workload *wl, struct site *site, u32 nsites, const char *path,
	      const char *name, struct feed **out);
void feed_free_all(struct feed *f);
/* The address space of a process of the trace; made when it is first asked for. NULL: no memory. */
struct space *feed_space(struct feed *f, u32 proc);
/* Nobody plays this client: its records are dropped. */
void feed_skip(struct feed *f, u32 i);
u32 feed_clients(const struct feed *f);
const struct trace_client *feed_client(const struct feed *f, u32 i);
/* A queue as a client's records name it. */
struct feed_wq {
	u16 device, queue; /* TRACE_NO_WQ: none in particular */
	bool dedicated;	   /* submissions are posted */
	u16 to;		   /* the client's queue (client.wq) that takes its place; 0 until set */
};
/* The @n queues that the client's records name. */
struct feed_wq *feed_client_wqs(struct feed *f, u32 i, u32 *n);
/* Which of the client's queues the operation of the stream goes to. */
u32 feed_route(struct op_stream *s, const struct trace_op *op);
u64 feed_client_units(const struct feed *f, u32 i);
struct op_stream *feed_stream(struct feed *f, u32 i);

/* payload.c: memory contents that make a recorded outcome come true (data modes full, verify). */
void payload_prepare(struct client *c, const struct trace_op *op);
/* The same for generated operations: they succeed, comparisons find no difference. */
void payload_generate(struct client *c, const struct trace_op *op);

/* generate_stream.c: operations of a scenario's client. */
struct op_stream *generate_stream(struct workload *wl, struct space *space,
				  const struct scn_client *cfg, u32 thread, u32 node,
				  struct kernel_client *kernel, struct cfg_error *err);
void generate_stream_free(struct op_stream *s);
/* The unit goes to window slot @slot: its records and list are that slot's. */
void generate_relocate(struct op_stream *s, u32 slot, struct trace_op *op, struct trace_op *member,
		       u32 nmembers);
/* Touches everything that would fault; the core's time for it. */
u64 generate_pretouch(struct op_stream *s, struct client *c);
/* Where its source array lies and how long it is. */
u64 generate_source(const struct op_stream *s, u64 *len);
/* Units in flight at most. */
u32 generate_window(const struct scn_client *cfg);
/* Descriptors that a unit of this client has at most, when it is no batch. */
u32 generate_pieces(const struct scn_client *cfg);

#endif
