/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the DSA device: the objects that the files of this folder share. */
#ifndef MODEL_DSA_DSA_PRIV_H
#define MODEL_DSA_DSA_PRIV_H

#include <assert.h>
#include <linux/idxd.h>
#include <string.h>

#include "model/dsa/check.h"
#include "model/dsa/dsa.h"
#include "model/dsa/ops.h"
#include "model/dsa/record.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/hint.h"
#include "sim/core/resource.h"
#include "sim/core/stats.h"

#define DSA_CONFIG_BYTES 4096
#define DSA_MAX_MSIX	 64
#define DSA_MAX_PERF	 32

#define DSA_USED_PAGES 1024

#define dsa_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Growing array of spans, kept with the work object so that steady state allocates nothing. */
struct dsa_span_vec {
	struct dsa_span *span;
	u64 *pa; /* physical address of each span */
	u32 n, cap : 30;
	bool fixed : 1; /* does not grow: one element on somebody's stack */
	bool own : 1;	/* span and pa are allocated; else they are the owner's one element */
};

/*
 * Room for spans. A vector keeps its room for the next descriptor as long as it is no larger than
 * DSA_SPANS_KEPT (8 MiB in scattered pages); all of a device together never hold more than
 * DSA_SPANS_MAX: beyond that a transfer ends with a hardware error (20) where the room ends.
 */
#define DSA_SPANS_KEPT 2048
#define DSA_SPANS_MAX  (4u << 20)

/* "Physical address" of a span whose writes go nowhere. */
#define DSA_NO_PA (~0ull >> 1)

/* A place in a span vector, moving with the stream. */
struct dsa_cursor {
	u32 span;
	u64 off;
};

enum dsa_work_state {
	DSA_WORK_FREE,
	DSA_WORK_QUEUED,    /* in a WQ */
	DSA_WORK_TRANSLATE, /* in an engine: waiting for translations */
	DSA_WORK_PAGE,	    /* waiting for a page response */
	DSA_WORK_STREAM,    /* data moves */
	DSA_WORK_RECORD,    /* record on its way */
	DSA_WORK_BATCH,	    /* a batch whose members run */
	DSA_WORK_DRAIN,	    /* a Drain waiting for earlier descriptors */
	DSA_WORK_LOG,	    /* waits for room in the event log */
};

/* What a descriptor reads or writes through one role. */
struct dsa_access {
	struct dsa_span_vec spans;
	/* Most operands are one span: no pointer to follow, nothing to allocate. */
	struct dsa_span one_span;
	u64 one_pa;
	u64 done; /* bytes translated so far */
	struct dsa_cursor cursor;
	u64 moved; /* bytes accounted on the ports */
};

/*
 * One descriptor inside the device: a WQ entry, then a slot of an engine. Hundreds of them are in
 * use in turn, so what most descriptors need stands together, and what few need at the end.
 */
struct dsa_work {
	struct sim_event ev; /* next step */
	u8 desc[DSA_DESC_SIZE] __attribute__((aligned(8)));
	struct dsa *dsa;
	struct dsa_wq *wq;
	struct dsa_group *group; /* set at dispatch */
	struct dsa_engine *engine;
	struct dsa_batch *batch;	      /* the batch it is a member of */
	struct dsa_batch *own_batch;	      /* the batch it is */
	struct dsa_work *next;		      /* free list or WQ order */
	u64 seq;			      /* order of acceptance; members have their batch's */
	struct dsa_work *out_next, *out_prev; /* all outstanding, in order of acceptance */
	u8 state;
	u8 opcode;
	u8 portal; /* limited bit 0, IMS bit 1 */
	bool priv, pasid_valid;
	bool record_lost; /* its page is not there and will not come (1A) */
	bool faulted;
	bool executed; /* w->res is final already */
	u32 flags;
	u32 pasid;
	u8 *record; /* where the completion record goes, NULL until translated */
	u64 record_pa;
	u64 record_ready;
	u8 role_fault[DSA_ROLE_DATA_COUNT]; /* status of an operand that ended in a fault */
	u8 fault_role;			    /* operand that faulted last */
	u8 fault_status;
	u8 page_tries; /* requests for page_addr so far */
	bool stale;    /* an invalidation came while it waited: translate again */
	/* What observers get at its end, of which the rest is filled in then. */
	struct dsa_retired life __attribute__((aligned(64)));

	/* execution */
	u64 pos;	 /* transfer bytes streamed */
	u64 segment_end; /* transfer bytes translated: end of the running segment */
	u64 total;	 /* transfer bytes to stream */
	u64 ready;	 /* when the running step's translations are there */
	u64 finish;	 /* latest finish time of what was streamed */
	u64 partial; /* when its partial lines are merged, without the memory's latency; 0: none */
	struct dsa_plan plan;
	u64 bus_epoch; /* oldest epoch of its translations (checker) */
	u64 frees;     /* *dsa->frees when it began (checker) */
	struct dsa_access access[DSA_ROLE_DATA_COUNT];
	struct dsa_chunk {
		u64 start, end; /* time on the ports */
		u64 write_end;	/* ... on the write port */
		u64 bytes;	/* of the transfer */
		u32 holds;	/* w->hold in use */
		bool listed;	/* in dsa->long_turns */
	} chunk;
	u8 page_shift; /* of the page translated last, while the performance monitor counts */
	u8 page_code;  /* answer to the page request */
	u16 prgi;      /* page request group index while waiting */
	u64 epoch;     /* device's invalidation count when translated */
	u64 page_addr;
	struct dsa_result res __attribute__((aligned(64)));

	/* What a chunk reserved, and from when on: needed when it is cut short. */
	struct dsa_hold {
		struct sim_server *server;
		u64 start, end;
	} hold[8];
	struct dsa_work *long_next, *long_prev; /* dsa->long_turns */
	u64 fault_addr, fault_since;
	u64 role_fault_addr[DSA_ROLE_DATA_COUNT];
} __attribute__((aligned(64))); /* no line of the host's cache holds parts of two */

/* A batch in an engine. */
struct dsa_batch {
	struct dsa_work *work;	  /* the Batch descriptor; NULL: free */
	struct dsa_batch *next;	  /* engine's list of batches with members to start */
	struct dsa_span_vec list; /* entries first .. avail - 1 */
	u32 first;
	u32 count;    /* members asked for */
	u32 avail;    /* members whose list entries translated */
	u32 issued;   /* members started or abandoned */
	u32 done;     /* members retired */
	u32 failed;   /* with a status other than success */
	u64 fetch_at; /* when member first is there */
	u64 end_at;   /* earliest time of its own record */
	bool fenced;  /* the next member waits for all earlier ones */
	bool list_fault, abandoned;
	bool ending; /* no member is left: only its own completion is missing */
	u64 list_fault_addr;
	u8 log_id;	    /* event-log batch identifier */
	bool logged;	    /* the log names a member */
	bool record_logged; /* the log holds a member's record */
};

struct dsa_devtlb_entry {
	u64 page;  /* address >> 12 */
	u64 pa;	   /* of the page */
	u32 pasid; /* IOMMU_NO_PASID: none */
	bool valid, write, priv;
	u8 page_shift;
	u64 epoch; /* of the translation, see iommu_check() */
	u64 frees; /* *dsa->frees when its page was last found in use */
	u8 *ram;   /* host memory of the page */
};

#define DSA_DEVTLB_MAX 256

struct dsa_engine {
	struct sim_event pump; /* fires when the engine may start another descriptor */
	struct dsa *dsa;
	u32 index;
	struct dsa_group *group; /* NULL: unused */
	u32 in_progress, batches;
	u32 drains;				    /* Drain descriptors among those in progress */
	u64 free_at;				    /* next start of a descriptor */
	struct dsa_work *stream_head, *stream_tail; /* translated, in the order of streaming */
	bool streaming;	 /* one of its streams is under way on the ports */
	u64 data_until;	 /* when the last one that was is off them */
	u64 readback;	 /* when the destination readbacks asked for are through */
	bool turn_batch; /* whose turn: batch member or WQ */
	struct dsa_batch *batch_head, *batch_tail;
	struct dsa_devtlb_entry *tlb[DSA_ROLE_COUNT]; /* of each role, most recent first */
	struct sim_rate through;		      /* bytes that run through it */
	struct sim_server op; /* operation unit, for operations slower than the ports */
	struct sim_usage busy;
	u64 descriptors, tlb_requests, tlb_hits;
};

struct dsa_group {
	struct dsa *dsa;
	u32 index;
	u64 cfg_wq[4], cfg_engines, cfg_flags; /* GRPCFG as written */
	/* decoded by Enable Device */
	u32 nwqs, nengines;
	u16 wq[DSA_MAX_WQS];
	u8 engine[DSA_MAX_ENGINES];
	u32 next_wq, next_engine; /* round robin */
	u32 queued;		  /* descriptors waiting in its WQs */
	u32 read_buffers;
	u32 work_limit, batch_limit; /* per engine */
	u8 tc[2];
	struct sim_server rdbuf; /* its read buffers as one server */
	/* Its share of each port is 1 / (1 << limit), of which it is a server; 0: all. */
	struct sim_server read_share, write_share;
	u8 read_limit, write_limit;
	struct {
		u64 bytes, latency, work, time;
	} held;		   /* what the last transfer held of them */
	bool shares_all;   /* other groups are active, and all draw on the device's buffers */
	bool shares_limit; /* draws on the buffers of the global limit */
};

struct dsa_wq {
	struct dsa *dsa;
	u32 index;
	u32 cfg[DSA_WQCFG_DWORDS]; /* WQCFG as software reads it, but dword 6 */
	u8 state;		   /* DSA_WQ_STATE_* */
	bool occ_int_done;
	/* decoded by Enable WQ */
	struct dsa_group *group;
	bool dedicated, bof, ats, prs, pasid_en, priv;
	u32 size, threshold, pasid, priority, credit;
	struct dsa_caps caps;
	/* queue */
	struct dsa_work *head, *tail;
	u32 occupancy;
	u32 drains; /* Drain descriptors waiting */
	struct sim_level depth;
	u64 accepted, retried, dropped, retired;
	/* history of the checker */
	u64 bytes;
};

struct dsa_perf_counter {
	u64 cfg, data;
	u32 filter[DSA_FILTER_COUNT];
};

struct dsa_ims {
	u64 addr;
	u32 data, ctrl;
	bool allocated; /* handed out by Request Interrupt Handle */
};

struct dsa {
	struct sim *sim;
	struct dsa_cfg cfg;
	char name[16];
	const struct dsa_bus_ops *bus;
	void *bus_ctx;
	const u64 *epoch; /* what bus->epoch told, or a 0: nothing can be stale */
	const u64 *frees; /* dsa_watch_memory(), or a 0: nothing is ever freed */
	dsa_freed_fn *freed;
	u64 used_round, used_frees; /* the round's bits in them, *frees when it began */
	void *freed_ctx;
	struct dsa_observer obs;
	bool checkers, payload;
	u32 nwqs, ngroups, nengines, wq_total, ims_entries;
	struct {
		u32 (*wqcfg)[DSA_WQCFG_DWORDS];
		struct dsa_fixed_group *group;
	} fixed; /* what a device without configuration support has; NULL on others */

	/* configuration space */
	u8 config[DSA_CONFIG_BYTES];
	bool bme, ats_on, pasid_on, pasid_priv, prs_on, d3hot; /* decoded */
	u8 tc_usable; /* traffic classes mapped to an enabled virtual channel */

	/* registers */
	u32 gencfg, genctrl, intcause, cmdsts;
	u8 state, reset_type;
	u64 swerror[DSA_SWERROR_QWORDS];
	u64 evlcfg[2], evlstatus;
	bool log_on; /* enabled when the device was, with a ring that was checked then */
	u32 idbr;
	u64 cmdparam;
	struct {
		u64 addr;
		u32 data, ctrl;
	} msix[DSA_MAX_MSIX];
	u64 pba;
	u32 msixperm[DSA_MAX_MSIX];
	bool handle_given[DSA_MAX_MSIX];
	struct dsa_ims *ims;

	/* command in execution */
	struct sim_event cmd_ev;
	u32 cmd;
	u64 cmd_seq; /* descriptors accepted before it are waited for */
	bool cmd_waiting;

	/* perfmon */
	struct dsa_perf_counter perf[DSA_MAX_PERF];
	u32 perf_freeze, perf_overflow;
	u64 perf_wanted; /* categories that some enabled counter watches, bit mask */

	/* data path */
	struct dsa_wq *wq;
	struct dsa_group *group;
	struct dsa_engine *engine;
	struct dsa_devtlb_entry *tlb; /* of all engines */
	struct dsa_work *pool, *free_work;
	struct dsa_batch *batch_pool;
	u32 npool, nbatches;
	struct dsa_work *out_head, *out_tail; /* outstanding */
	u64 seq, ids;
	u32 spans_held; /* room in all span vectors */
	u8 nowhere[4096] __attribute__((
		aligned(8))); /* takes posted writes that the IOMMU blocks; never read */
	u32 drain_waiters;    /* Drain descriptors and the command */
	struct sim_pipe read_port, write_port;
	u64 answer_wait, answer_at; /* mean wait for read data, and when that was */
	bool answers;		    /* a queue has been shared: somebody may ask for it */
	struct {
		u64 rd, wr, time;
	} tails;		   /* of the last transfer: what its slowest lines added */
	struct sim_server partial; /* read-modify-write of partial lines */
	struct sim_server rdbuf_all, rdbuf_limited; /* read buffers that groups share */
	u32 read_buffers, limited_buffers;
	struct dsa_work *exclusive; /* whose long chunk may be cut short */
	u32 streams;
	struct dsa_work *long_turns; /* chunks of several quanta under way beside other streams */
	u64 longest;		     /* no such chunk has more bytes */
	u64 invalidations;	     /* device-TLB invalidations so far */
	struct dsa_inv_wait {
		struct iommu_inv inv;
		u64 seq;
		bool used;
	} inv_wait[DSA_PCI_ATS_QUEUE_DEPTH];
	u32 inv_waiting;
	u16 prgi_next;
	struct dsa_work *page_wait[512]; /* by page request group index */
	u8 log_batch_id;
	struct dsa_work *log_wait_head, *log_wait_tail; /* stalled for room in the event log */
	struct dsa_totals tot;
	u64 used_page[DSA_USED_PAGES]; /* pages last found in use, see dsa_used_key() */
};

/* ---- engine.c ---- */
void dsa_engine_init(struct dsa *dsa);
void dsa_engine_pump(struct dsa_engine *e);
/* A slot of @e became free: the same, if there is anything to start. */
static inline void dsa_engine_look(struct dsa_engine *e)
{
	if (e->group && (e->group->queued || e->batch_head))
		dsa_engine_pump(e);
}
/* Work has entered a WQ of @g, or a slot became free: starts what can be started. */
void dsa_group_kick(struct dsa_group *g);
/* Looks for work at @when, unless an earlier look is planned. */
void dsa_engine_wake(struct dsa_engine *e, u64 when);
/* Does any engine hold a descriptor? */
bool dsa_engines_busy(const struct dsa *dsa);
/* Continues after a page response. */
void dsa_work_resume(struct dsa_work *w, u8 code);
/*
 * After a fault of a translation: sends a page request for what w->fault_* say and returns true;
 * false when the WQ has no page requests, or the page was asked for in vain too often (then
 * w->fault_status is 04).
 */
bool sim_cold dsa_work_ask_page(struct dsa_work *w);
/* Can descriptors of this WQ send page requests? */
bool dsa_wq_page_requests(const struct dsa_wq *wq);
/* Translates the record address if there is one; false: waits for a page response. */
bool dsa_work_translate_record(struct dsa_work *w, u64 now);

/* ---- arbiter.c ---- */
/* Takes the next descriptor that @e may start from the WQs of its group, NULL when none. */
struct dsa_work *dsa_arbiter_take(struct dsa_engine *e);

/* ---- wq.c ---- */
struct dsa_work *dsa_work_new(struct dsa *dsa);
void dsa_work_free(struct dsa_work *w);
/* Abandons what waits in @wq (PASID filter: IOMMU_NO_PASID = all) and was accepted before @seq. */
void dsa_wq_abandon(struct dsa_wq *wq, u32 pasid, u64 seq);
/* Occupancy fell or the interrupt was armed: fires the occupancy interrupt when due. */
void sim_cold dsa_wq_check_occupancy(struct dsa_wq *wq);

static inline void dsa_wq_depth_changed(struct dsa_wq *wq)
{
	struct dsa *dsa = wq->dsa;

	sim_level_set(&wq->depth, sim_now(dsa->sim), wq->occupancy);
	if (unlikely(dsa->obs.wq_depth))
		dsa->obs.wq_depth(dsa->obs.ctx, dsa, wq->index, wq->occupancy);
}

static inline void dsa_wq_push(struct dsa_wq *wq, struct dsa_work *w)
{
	w->state = DSA_WORK_QUEUED;
	w->next = NULL;
	if (wq->tail)
		wq->tail->next = w;
	else
		wq->head = w;
	wq->tail = w;
	wq->occupancy++;
	wq->group->queued++;
	dsa_wq_depth_changed(wq);
}

static inline struct dsa_work *dsa_wq_pop(struct dsa_wq *wq)
{
	struct dsa_work *w = wq->head;

	wq->head = w->next;
	if (!wq->head)
		wq->tail = NULL;
	w->next = NULL;
	wq->occupancy--;
	wq->group->queued--;
	dsa_wq_depth_changed(wq);
	if (unlikely(wq->cfg[DSA_WQCFG_DW_OCC_LIMIT] & DSA_WQCFG5_OCC_INT_EN))
		dsa_wq_check_occupancy(wq);
	return w;
}

/* ---- batch.c ---- */
void dsa_batch_start(struct dsa_work *w);
/* Its list can't be read beyond what is there (06). */
void dsa_batch_list_fault(struct dsa_work *w);
/* Next member that can start now; *when: earliest time worth another look (SIM_NEVER: none). */
struct dsa_work *dsa_batch_take(struct dsa_engine *e, u64 *when);
void dsa_batch_member_done(struct dsa_work *member, u8 status);

/* ---- drain.c ---- */
/* Outstanding descriptors stand in one list in order of acceptance; members behind their batch. */
static inline void dsa_out_add(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	w->out_next = NULL;
	w->out_prev = dsa->out_tail;
	if (dsa->out_tail)
		dsa->out_tail->out_next = w;
	else
		dsa->out_head = w;
	dsa->out_tail = w;
	dsa->tot.in_flight++;
}

static inline void dsa_out_del(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	if (w->out_prev)
		w->out_prev->out_next = w->out_next;
	else
		dsa->out_head = w->out_next;
	if (w->out_next)
		w->out_next->out_prev = w->out_prev;
	else
		dsa->out_tail = w->out_prev;
	dsa->tot.in_flight--;
}

/* Is any descriptor accepted before @seq left that matches? wq NULL: any; pasid NO_PASID: any. */
bool dsa_out_any(const struct dsa *dsa, u64 seq, const struct dsa_wq *wq, u32 pasid,
		 const struct dsa_work *but);
void dsa_drain_start(struct dsa_work *w);
void sim_cold dsa_drain_look(struct dsa *dsa);
/* A descriptor retired: looks at Drains, the command and invalidations that wait. */
static inline void dsa_drain_check(struct dsa *dsa)
{
	if (dsa->drain_waiters | dsa->inv_waiting | dsa->cmd_waiting)
		dsa_drain_look(dsa);
}
/* A descriptor stopped using translations: answers invalidations that waited for that. */
void dsa_invalidations_check(struct dsa *dsa);

/* ---- devtlb.c ---- */
/*
 * Translates [addr, addr+len) of @w in @role from time @now on, adding spans to @vec (NULL: none
 * wanted) until all is there, @len is covered or a page faults. Returns the bytes translated;
 * *first: when the first page's translation is there (>= now); on a fault w->fault_* are set.
 */
u64 dsa_devtlb_translate(struct dsa_work *w, enum dsa_role role, u64 addr, u64 len, bool write,
			 bool use_tlb, u64 now, struct dsa_span_vec *vec, u64 *first);

/* A place in memory. */
struct dsa_page {
	u8 *ram;
	u64 pa;
	u64 first; /* when the translation is there */
};
/*
 * The same for @len bytes of one page under ATS, none of which @w has asked for before. False: it
 * faults, w->fault_* are set; page->first is valid.
 */
bool dsa_devtlb_page(struct dsa_work *w, enum dsa_role role, u64 addr, u32 len, bool write, u64 now,
		     struct dsa_page *page);
static inline bool dsa_in_page(u64 addr, u64 len)
{
	return len - 1 < 4096 - (addr & 4095);
}
void dsa_devtlb_flush(struct dsa *dsa);
/* False when there is no room. */
bool dsa_span_add(struct dsa *dsa, struct dsa_span_vec *v, u8 *ptr, u64 pa, u64 len);
/* Operand spans of @w begin empty, with room for one each. */
void dsa_span_init(struct dsa_work *w);
/* Gives back what unusually long lists of spans took; @all: whatever was allocated. */
void dsa_span_trim(struct dsa_work *w, bool all);
/* Sends a page request for what w->fault_* say; false when no group index is free. */
void dsa_page_request_send(struct dsa_work *w);

/* ---- stream.c ---- */
/* Starts moving the translated segment of @w; fires dsa_work_streamed() when it is through. */
void dsa_stream_start(struct dsa_work *w);
void dsa_stream_segment(struct dsa_work *w);
/* engine.c: the segment's last byte has passed. */
void dsa_work_streamed(struct dsa_work *w);
/* The stream under way in @e is off the ports at @when: the next one may follow. */
void dsa_stream_through(struct dsa_engine *e, u64 when);

/* ---- complete.c ---- */
/* The descriptor is finished with w->res: record, interrupt, errors, then retire. At w's time. */
void dsa_complete(struct dsa_work *w);
/* Schedules dsa_complete() after the record's way, not before @when. */
void dsa_finish(struct dsa_work *w, u64 when);
/* Forgets the descriptor without record or interrupt. */
void dsa_abandon(struct dsa_work *w);
/* Performs the operation on the translated operands: w->res. */
void dsa_run_operation(struct dsa_work *w);
/* Is there such an entry, and has it been requested where handles must be (7.3)? */
bool dsa_handle_exists(const struct dsa *dsa, bool ims, u32 handle);
/* Is the interrupt handle usable by the descriptor (7.2)? */
bool dsa_handle_ok(const struct dsa_work *w);

/* ---- regs.c, config.c, command.c: what software programs ---- */
/* Do the tables fit beside each other into BAR0? NULL or why not. */
const char *dsa_regs_check(const struct dsa_cfg *cfg);
int dsa_regs_init(struct dsa *dsa);
void dsa_regs_free(struct dsa *dsa);
/* Reset values: cold also clears what survives Reset Device (2.4). */
void dsa_regs_reset(struct dsa *dsa, bool cold);
void dsa_config_space_init(struct dsa *dsa);
/* A page request was answered with Response Failure: none is sent until software clears it. */
void dsa_page_requests_failed(struct dsa *dsa);
/* WQCFG to its reset values (5.x: Reset WQ keeps the size). */
void dsa_wqcfg_reset(struct dsa_wq *wq, bool keep_size);
u32 dsa_wqcfg_read(struct dsa *dsa, u32 wq, u32 dword);
void dsa_wqcfg_write(struct dsa *dsa, u32 wq, u32 dword, u32 value);
u64 dsa_grpcfg_read(struct dsa *dsa, u32 group, u32 qword);
void dsa_grpcfg_write(struct dsa *dsa, u32 group, u32 qword, u64 mask, u64 value);
/* Checks of Enable Device (4.2, 4.3) and decoding into groups; CMDERR or 0. */
u8 dsa_enable_device(struct dsa *dsa);
u8 dsa_enable_wq(struct dsa *dsa, u32 wq);
void dsa_command_write(struct dsa *dsa, u32 value);
/* drain.c: what the running command waited for is gone. */
void dsa_command_drained(struct dsa *dsa);
/* Does the running command still wait? */
bool dsa_command_pending(const struct dsa *dsa);
void dsa_command_reset(struct dsa *dsa);

/* ---- interrupt.c ---- */
void dsa_msix_fire(struct dsa *dsa, u32 vector);
/* ims: IMS entry, else MSI-X. Honours ignore and mask. Returns whether a message left now. */
bool dsa_handle_fire(struct dsa *dsa, bool ims, u32 handle);
/* Sets INTCAUSE bits and sends vector 0. */
void dsa_cause(struct dsa *dsa, u32 cause);
/* Mask or enable bits changed: sends what was pending. */
void dsa_msix_rescan(struct dsa *dsa);
/* The same for IMS entries, when the function may send again. */
void dsa_ims_rescan(struct dsa *dsa);
void dsa_ims_write(struct dsa *dsa, u32 off, u32 width, u64 value);
u64 dsa_ims_read(struct dsa *dsa, u32 off, u32 width);

/* ---- error.c, event_log.c ---- */
/* Reports an error of @w (NULL: device error, wq: index or -1) to SWERROR or the event log (6.3).
 */
void sim_cold dsa_error(struct dsa *dsa, const struct dsa_work *w, u8 code, u32 info, u64 addr,
			s32 wq);
/*
 * Writes an event-log entry for @w with @rec (NULL: none). False: the log is full and loses
 * nothing (GENCAP[32] = 0), so the descriptor must wait for room.
 */
bool dsa_event_log(struct dsa *dsa, const struct dsa_work *w, u8 code, u32 info, u64 addr,
		   const u8 *rec);
static inline bool dsa_event_log_enabled(const struct dsa *dsa)
{
	return dsa->log_on;
}
/* Software moved the head: descriptors that wait for room go on. */
void dsa_event_log_room(struct dsa *dsa);

/* ---- perfmon.c ---- */
void dsa_perf_reset(struct dsa *dsa, bool config, bool counters);
u64 dsa_perf_read(struct dsa *dsa, u32 off, u32 width);
void dsa_perf_write(struct dsa *dsa, u32 off, u32 width, u64 value);
void sim_cold dsa_perf_count(struct dsa *dsa, u32 category, u64 events, u64 n,
			     const struct dsa_work *w);
/* An event at the portal of a WQ. */
void sim_cold dsa_perf_count_portal(struct dsa *dsa, u64 events, u32 wq);
static inline void dsa_perf_portal(struct dsa *dsa, u64 events, u32 wq)
{
	if (unlikely((dsa->perf_wanted >> DSA_PERFCAT_WQ) & 1))
		dsa_perf_count_portal(dsa, events, wq);
}
/* Counts @n for each event bit of @events in @category; nearly free when nobody watches. */
static inline void dsa_perf(struct dsa *dsa, u32 category, u64 events, u64 n,
			    const struct dsa_work *w)
{
	if (unlikely((dsa->perf_wanted >> category) & 1))
		dsa_perf_count(dsa, category, events, n, w);
}

/* The same for an event of version 1 whose bit means something else later. */
static inline void dsa_perf_v1(struct dsa *dsa, u32 category, u64 events, const struct dsa_work *w)
{
	if (dsa->cfg.version < DSA_VERSION_2)
		dsa_perf(dsa, category, events, 1, w);
}

/* Must interrupt handles be requested by command 13 (7.3)? */
static inline bool dsa_has_handle_commands(const struct dsa *dsa)
{
	return (dsa->cfg.gencap & DSA_GENCAP_CMD_CAP) &&
	       (dsa->cfg.cmdcap & SPEC_BIT(DSA_CMD_REQUEST_INT_HANDLE));
}

static inline void dsa_note(struct dsa *dsa, enum dsa_note note, u64 value)
{
	if (dsa->obs.note)
		dsa->obs.note(dsa->obs.ctx, dsa, note, value);
}

/* freed.c: is memory about to be used that software has freed since? Only with checkers on. */
void dsa_check_freed_page(struct dsa_work *w, struct dsa_devtlb_entry *t);
/*
 * A page and the PASID that uses it, as they stand in used_page[]: 40 bits, 21 bits; above them
 * three of the round, which ends when anything is freed.
 */
#define DSA_USED_PASID_SHIFT 40
#define DSA_USED_ROUND	     (1ull << 61)
static inline u64 dsa_used_key(const struct dsa *dsa, u64 pa, u32 pasid)
{
	return pa >> 12 | (u64)(pasid & 0x1fffff) << DSA_USED_PASID_SHIFT | dsa->used_round;
}
/* Neighbours beside each other; guests lie a power of two apart: the bits above are mixed in. */
static inline u64 *dsa_used_page(struct dsa *dsa, u64 pa)
{
	u64 above = (pa >> 20) * 0x9e3779b97f4a7c15ull >> 40;

	return &dsa->used_page[((pa >> 12) + above) % DSA_USED_PAGES];
}
/* Was it looked at since anything was freed? */
static inline bool dsa_page_in_use(struct dsa *dsa, u64 pa, u32 pasid)
{
	return *dsa->frees == dsa->used_frees &&
	       *dsa_used_page(dsa, pa) == dsa_used_key(dsa, pa, pasid);
}
void dsa_check_freed_work(struct dsa_work *w);
/* A checker's finding: text names the descriptor and its history. */
void sim_cold dsa_violation(struct dsa *dsa, const struct dsa_work *w, const char *what);

#endif
