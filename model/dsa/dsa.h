/* SPDX-License-Identifier: GPL-2.0 */
/* A DSA device: what its bus sees of it (configuration space, BAR0, portals) and what it asks of
 * the world. */
#ifndef MODEL_DSA_DSA_H
#define MODEL_DSA_DSA_H

#include "sim/core/types.h"
#include "sim/core/event.h"
#include "model/dsa/ops.h"
#include "model/iommu/iommu.h"
#include "model/memory/memory.h"

struct dsa;
struct dsa_work;
struct sim_level;

#define DSA_MAX_WQS	256
#define DSA_MAX_GROUPS	64
#define DSA_MAX_ENGINES 64
#define DSA_MAX_OPCODES DSA_OP_TABLE_SIZE

/*
 * Stages of a descriptor's life: t[STAGE] is when the stage ended, so the time spent in a stage is
 * the difference to the stage before it. All ps.
 */
enum dsa_stage {
	DSA_STAGE_ISSUED,     /* the client's instruction was issued (stamped by who submits) */
	DSA_STAGE_ACCEPTED,   /* arrived through the portal; a batch member: fetched */
	DSA_STAGE_DISPATCHED, /* left the WQ for an engine */
	DSA_STAGE_TRANSLATED, /* decoded, checked, all first translations there */
	DSA_STAGE_GRANTED,    /* given the engine's data path, which serves descriptors in order */
	DSA_STAGE_STREAMED,   /* data read, operated on and written */
	DSA_STAGE_RECORDED,   /* completion record visible (or retired without one) */
	DSA_STAGE_COUNT
};

/* Timing of the device; sources stand in the platform file. ps unless said otherwise. */
struct dsa_timing {
	u64 portal;		  /* arrival at the portal to entry in the WQ */
	u64 dispatch;		  /* WQ entry to engine when the engine is free */
	u64 issue;		  /* least time between two descriptors started by one engine */
	u64 issue_batch;	  /* the same for batch members */
	u64 turnaround;		  /* added where a descriptor both reads and writes */
	u64 engine_bytes_per_s;	  /* added for each byte of the longest operand; 0: nothing */
	u64 decode;		  /* decode and checks, before translation starts */
	u64 devtlb_hit;		  /* device TLB look-up that hits */
	u64 devtlb_miss;	  /* what the device adds to an ATS round trip */
	u64 page_bubble;	  /* a lone stream's gap at each further 4 KiB page */
	u64 batch_fetch;	  /* first bytes of the batch list, beyond the memory's latency */
	u64 batch_fetch_each;	  /* between members that come out of the list reader */
	u64 batch_done;		  /* last member recorded to batch record started */
	u64 read_latency;	  /* device side of a memory read, beyond the memory's latency */
	u64 write_latency;	  /* last data handed out to globally visible */
	u64 record_latency;	  /* completion record write, handed out to visible */
	u64 readback_latency;	  /* destination readback */
	u64 interrupt_latency;	  /* record visible to message written */
	u64 command;		  /* execution of a command beyond what it waits for */
	u64 mmio_read;		  /* register read, inside the device */
	u64 page_response;	  /* page response to retried translation */
	u64 partial_write_half;	  /* service of a partial line cut at a 32-byte multiple */
	u64 partial_write_odd;	  /* service of any other partial line */
	u64 partial_write_cached; /* service of one that lies in the last-level cache */
	u64 partial_latency_half; /* what one such line adds to the descriptor's own latency */
	u64 partial_latency_odd;
	u64 partial_body_ppm; /* share of a descriptor's write time that its partial lines hold */
	u64 read_tail;	      /* slowest of n lines read: for each doubling of n */
	u64 write_tail;	      /* the same for lines written */
	u32 read_buffer;      /* bytes that one read buffer holds; 0: a line */
	u32 tail_lines;	      /* lines beyond which the slowest is no slower */
	u64 read_port_bytes_per_s;  /* one read port, shared by the engines; 0: unlimited */
	u64 write_port_bytes_per_s; /* one write port */
	u64 write_gap;	  /* of the write port, between a descriptor's data and its record */
	u64 quantum;	  /* bytes a long transfer moves before another engine's turn */
	u64 answer_burst; /* read data that the answer to an ENQCMD may have to wait for, bytes */
	u64 window;	  /* bytes of each operand translated ahead of the stream */
	u64 op_latency[DSA_MAX_OPCODES];     /* added once per descriptor */
	u64 op_bytes_per_s[DSA_MAX_OPCODES]; /* of the transfer size, per engine; 0: port speed */
	u64 clock_period;		     /* for counters that count cycles */
};

#define DSA_WQCFG_DWORDS 16

/* GRPCFG of one group. */
struct dsa_fixed_group {
	u64 wqs[4], engines, flags;
};

/*
 * What a device whose software can't configure it (GENCAP[31] = 0) has instead: WQCFG of each WQ
 * (dword 6 bit 29: mode support) and GRPCFG of each group.
 */
struct dsa_fixed {
	u32 wqcfg[DSA_MAX_WQS][DSA_WQCFG_DWORDS];
	struct dsa_fixed_group group[DSA_MAX_GROUPS];
};

/* The hardware description. Capability values as software reads them. */
struct dsa_cfg {
	const char *name; /* "dsa0", copied */
	u16 sid;	  /* requester ID: bus 15:8, device 7:3, function 2:0 */
	u16 pci_device;	  /* 0x0b25 */
	u32 socket;
	u32 version;
	u64 gencap, wqcap, grpcap, engcap, opcap[4], cmdcap;
	u64 offsets[2];
	u32 msix_vectors;
	u32 work_in_progress;	       /* descriptors per engine */
	u32 batch_in_progress;	       /* batches per engine */
	u32 devtlb_entries;	       /* per engine and role */
	u32 perf_counters, perf_width; /* 0: none */
	/* Read by dsa_new() when GENCAP[31] = 0; NULL: nothing is configured. */
	const struct dsa_fixed *fixed;
	struct dsa_timing timing;
};

/*
 * Who submitted a descriptor: carried beside it for accounting and diagnosis, unknown to the
 * modelled hardware. Zero is fine.
 */
struct dsa_origin {
	u32 client; /* the submitter's number; 0 = nobody in particular */
	u32 tag;    /* the submitter's own */
	u64 issued; /* when the instruction was issued, ps */
};

/* Everything the device asks of the world. Tests replace single calls. */
struct dsa_bus_ops {
	/* Address translation, timed (iommu.h); without an IOMMU: identity. */
	void (*translate)(void *ctx, const struct iommu_req *req, struct iommu_reply *reply);
	/*
	 * Sends a page request. The answer comes by dsa_page_response(), unless the reply says that
	 * the unit answered by itself.
	 */
	void (*page_request)(void *ctx, const struct iommu_page_req *req,
			     struct iommu_page_reply *reply);
	/* Is this translation still good? (checker; see iommu_check()). NULL: not checked. */
	enum iommu_stale (*check)(void *ctx, const struct iommu_use *use);
	/* Where the invalidations are counted that software has seen complete, see iommu_epochs;
	 * asked once. NULL, or NULL returned: not checked. */
	const u64 *(*epoch)(void *ctx);
	/* Tells that a device-TLB invalidation is complete. */
	void (*inv_done)(void *ctx, u16 sid, u32 itag);
	/* Host memory behind [pa, pa+len), NULL when that is not all RAM. */
	u8 *(*ram)(void *ctx, u64 pa, u64 len);
	/* When do @bytes at @pa pass? */
	struct mem_cost (*access)(void *ctx, u64 now, u64 pa, u64 bytes, u32 socket,
				  enum mem_dir dir);
	/* Of an access() just accounted these bytes will not move after all. May be NULL. */
	void (*give_back)(void *ctx, u64 now, u64 pa, u64 bytes, u32 socket, enum mem_dir dir);
	/*
	 * Drops [pa, pa+len) from caches, or (@invalidate false) only writes back what is modified
	 * there: mem_flush(). Returns when that is done. NULL: there are no caches.
	 */
	u64 (*flush)(void *ctx, u64 now, u64 pa, u64 len, bool invalidate);
	/* Does the last-level cache hold the line at @pa? May be NULL: no. */
	bool (*cached)(void *ctx, u64 pa);
	/* [pa, pa+len) was written now: who waits for it may look. */
	void (*written)(void *ctx, u64 pa, u32 len);
	/* Interrupt message. */
	void (*msi)(void *ctx, u16 sid, u64 addr, u32 data);
	/* Outcome of a descriptor whose payload is not simulated (data mode none); may be NULL. */
	const struct dsa_payload_hint *(*hint)(void *ctx, const struct dsa_origin *origin,
					       int member, struct dsa_payload_hint *buf);
};

/* A retired descriptor as observers see it; valid during the call only. */
struct dsa_retired {
	struct dsa_origin origin;
	s32 member;	   /* index in the batch, -1 when submitted directly */
	u8 opcode, status; /* status 0: abandoned, t[] of stages not reached is 0 */
	u8 wq, engine;
	u32 size; /* transfer size or descriptor count */
	u32 faults;
	u32 devtlb_misses;
	u32 pasid; /* IOMMU_NO_PASID when none */
	u64 bytes_read, bytes_written;
	bool record_written, interrupt;
	u64 t[DSA_STAGE_COUNT];
	u64 id;		/* running number of the device */
	u64 batch_id;	/* id of the batch it was a member of, or 0 */
	u64 fault_wait; /* ps of the translated stage spent waiting for page responses */
};

enum dsa_note {
	DSA_NOTE_INTERRUPT, /* value: vector or IMS index */
	DSA_NOTE_FAULT,	    /* value: address */
	DSA_NOTE_SWERROR,   /* value: error code */
	DSA_NOTE_COMMAND,   /* value: command word */
	DSA_NOTE_HALT,
	DSA_NOTE_RETRY, /* value: WQ */
	DSA_NOTE_DROP,	/* value: WQ */
};

/* Observers (reports, timeline, checkers): any member may be NULL. */
struct dsa_observer {
	void (*retired)(void *ctx, struct dsa *dsa, const struct dsa_retired *r);
	void (*wq_depth)(void *ctx, struct dsa *dsa, u32 wq, u32 depth);
	void (*note)(void *ctx, struct dsa *dsa, enum dsa_note note, u64 value);
	/* A checker of the model found a violation; text names descriptor and history. */
	void (*violation)(void *ctx, struct dsa *dsa, const char *text);
	void *ctx;
};

/* What a portal answers. */
enum dsa_accept {
	DSA_ACCEPTED, /* posted: taken; DMWr: Success */
	DSA_RETRY,    /* DMWr only */
	DSA_DROPPED,  /* posted only: silently gone (full DWQ: SWERROR 0x53) */
};

enum dsa_data_mode {
	DSA_DATA_FULL, /* bytes move */
	DSA_DATA_NONE, /* payload untouched: results come from bus->hint() */
};

enum dsa_reset_kind {
	DSA_RESET_KIND_COLD, /* power on, warm reset */
	DSA_RESET_KIND_FLR,
};

/*
 * Creates a device in its power-on state. @cfg is copied; @bus and @bus_ctx must outlive it. NULL
 * with *why set when the description is impossible (why: static text) or memory is short.
 */
struct dsa *dsa_new(struct sim *sim, const struct dsa_cfg *cfg, const struct dsa_bus_ops *bus,
		    void *bus_ctx, const char **why);
void dsa_free(struct dsa *dsa);

/* Configuration space: aligned 1, 2 or 4 byte accesses; others read all ones and write nothing. */
u32 dsa_cfg_read(struct dsa *dsa, u32 off, u32 width);
void dsa_cfg_write(struct dsa *dsa, u32 off, u32 width, u32 value);

/* BAR0: aligned 1, 2, 4 or 8 byte accesses; others read all ones and write nothing. */
u64 dsa_mmio_read(struct dsa *dsa, u64 off, u32 width);
void dsa_mmio_write(struct dsa *dsa, u64 off, u32 width, u64 value);
/* Sizes of BAR0 and BAR2 in bytes. */
u64 dsa_bar_bytes(const struct dsa *dsa, u32 bar);

/*
 * How much longer the answer to a DMWr takes on average because read data is on the same way into
 * the device, ps (measured: ENQCMDs of one core, beside copies of 4 KiB and beside fills).
 */
u64 dsa_answer_wait(const struct dsa *dsa);

/*
 * A 64-byte write arrives at BAR2 + @off: a DMWr (ENQCMD, ENQCMDS) or a posted write (MOVDIR64B).
 * @desc is copied. @origin may be NULL.
 */
enum dsa_accept dsa_portal_write(struct dsa *dsa, u64 off, const void *desc, bool dmwr,
				 const struct dsa_origin *origin);

/* The IOMMU's side (iommu_dev_ops): device-TLB invalidation and page response. */
void dsa_invalidate(struct dsa *dsa, const struct iommu_inv *inv);
void dsa_page_response(struct dsa *dsa, u32 pasid, u16 prgi, u8 code);

void dsa_reset(struct dsa *dsa, enum dsa_reset_kind kind);
/*
 * Puts the device into Halt as a fatal hardware error would (fault injection, hardware tests);
 * @reset_type: GENSTS[3:2]. What it holds is abandoned. Not from within an observer or a bus call.
 */
void dsa_halt(struct dsa *dsa, u32 reset_type);
/*
 * Makes every interrupt handle stale as a live migration would: INTCAUSE[31], vector 0. Only on a
 * device with Request Interrupt Handle.
 */
void dsa_revoke_handles(struct dsa *dsa);

void dsa_set_data_mode(struct dsa *dsa, enum dsa_data_mode mode);
/*
 * For a checker: *@frees changes whenever software frees memory, @freed says whether the page of
 * an address is free now and not for requests with @pasid (IOMMU_NO_PASID: none) to use. Both stay
 * the caller's.
 */
typedef bool dsa_freed_fn(void *ctx, u64 pa, u32 pasid);
void dsa_watch_memory(struct dsa *dsa, const u64 *frees, dsa_freed_fn *freed, void *ctx);
/* Checkers are on by default; off costs nothing. */
void dsa_set_checkers(struct dsa *dsa, bool on);
void dsa_set_observer(struct dsa *dsa, const struct dsa_observer *obs);

const char *dsa_name(const struct dsa *dsa);
const struct dsa_cfg *dsa_config(const struct dsa *dsa);

/* Conservation: accepted == completed + abandoned + in_flight at any time. */
struct dsa_totals {
	u64 accepted, retried, dropped;	     /* at the portals */
	u64 fetched;			     /* batch members that became descriptors */
	u64 completed, abandoned, in_flight; /* of accepted and fetched */
	u64 records, interrupts, errors, faults;
	u64 bytes_read, bytes_written;
	u64 batches;
};
void dsa_totals(const struct dsa *dsa, struct dsa_totals *t);
/*
 * Tells the observer of each descriptor in the device as a violation called @what, its history with
 * it: for the end of a run, when nothing is left that could finish them.
 */
void dsa_report_outstanding(struct dsa *dsa, const char *what);
/* Entries of @wq not yet dispatched. */
u32 dsa_wq_occupancy(const struct dsa *dsa, u32 wq);
/* The same over time, since the device was made or dsa_restart_depths(). */
void dsa_wq_depth(const struct dsa *dsa, u32 wq, struct sim_level *depth);
/* The depths of all queues are accounted from now on. */
void dsa_restart_depths(struct dsa *dsa);

#endif
