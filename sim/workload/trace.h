/* SPDX-License-Identifier: GPL-2.0 */
/* Traces: streaming reader and writer of one operation a line, plain, gzip or zstd. */
#ifndef SIM_WORKLOAD_TRACE_H
#define SIM_WORKLOAD_TRACE_H

#include "sim/core/types.h"
#include "sim/scenario/op_names.h"

/* docs/trace-format.md is normative; this is its image in memory. */

struct cfg_error;

#define TRACE_VERSION	  1
#define TRACE_CLIENTS_MAX 65536u
#define TRACE_REGIONS_MAX 65536u
#define TRACE_LINE_MAX	  4096u
#define TRACE_TIME_MAX	  (3600000ull * PS_PER_S) /* of one time: a thousand hours */
#define TRACE_NO_WQ	  0xffffu

enum trace_instr { TRACE_MOVDIR64B, TRACE_ENQCMD, TRACE_ENQCMDS, TRACE_WRITE, TRACE_MEMBER };

/* What trace_op.time is. */
enum trace_time {
	TRACE_THINK,   /* closed loop: time between the client's last step and this submission */
	TRACE_ARRIVAL, /* open loop: virtual time of submission, from the trace's beginning */
};

enum trace_loop { TRACE_SYNC, TRACE_RING, TRACE_BURST, TRACE_OPEN };
enum trace_wait { TRACE_POLL, TRACE_UMWAIT, TRACE_INTERRUPT };

/* One descriptor. All 64 bytes of it can be stated; members follow their batch. */
struct trace_op {
	u64 time;	   /* ps; 0 for members */
	u64 src, dst;	   /* bytes 16-23, 24-31 */
	u64 comp;	   /* bytes 8-15: completion record */
	u64 w5, w6, w7;	   /* bytes 40-47, 48-55, 56-63 */
	u64 line;	   /* of the file, from 1 */
	u32 client;	   /* index of a trace_client; members: that of their batch */
	u32 size;	   /* bytes 32-35: transfer size, or number of members */
	u32 flags;	   /* 24 bits */
	u32 word0;	   /* PASID and privilege as the program wrote them */
	u32 bytes;	   /* expected bytes completed */
	u32 member;	   /* members: position in the batch from 0 */
	u32 listed;	   /* batches: member lines that follow, usually @size; generated work
			      beside batches: pieces of the same unit that follow */
	u16 wq_device, wq; /* hint "wqD.Q"; TRACE_NO_WQ */
	u16 inth;	   /* interrupt handle */
	u16 rsvd;	   /* bytes 38-39 */
	u8 op;		   /* opcode */
	u8 instr;	   /* enum trace_instr */
	u8 timing;	   /* enum trace_time */
	u8 status;	   /* expected status byte; 0: not stated */
	u8 result;	   /* expected result byte */
	u8 last;	   /* no member of the same batch follows; batches: they have none */
	u8 auto_record;	   /* there is no column comp: the player provides a record */
	u8 by_core;	   /* generated: the core does it, not the device */
};

/* A client: one thread of one process. Declared in the header, or known from its first record. */
struct trace_client {
	u32 proc, thr;
	u32 window;    /* units in flight at most; a unit is a record that is no member */
	u32 loop;      /* enum trace_loop */
	u32 wait;      /* enum trace_wait */
	u64 page_size; /* hint for its memory; 0: the reader's default */
	u64 start;     /* ps: when its thread begins */
	u64 records;   /* promised number of records, 0: not stated */
	bool declared;
};

/* Memory that the trace describes; what is not described is made where it is used. */
struct trace_region {
	u32 proc;
	u64 addr, len;
	u64 page_size;
	s32 node; /* -1: not stated */
};

struct trace;

/*
 * Opens a trace and reads its header. The file is never loaded: memory does not grow with it,
 * only with the number of clients. Returns 0 or -EINVAL / -errno with @err filled
 * ("file:line:column: ...").
 */
int trace_open(struct trace **out, const char *path, struct cfg_error *err);
/*
 * The next record into @op. Returns 1, 0 at the end, or -EINVAL / -EIO with trace_error() set;
 * after an error or the end every further call returns the same.
 */
int trace_next(struct trace *t, struct trace_op *op);
const char *trace_error(const struct trace *t);
/*
 * After an error of trace_next() in one line (not for a damaged or truncated file): drops the
 * rest of the line so that the next call continues behind it. Returns false where it cannot.
 */
bool trace_skip_line(struct trace *t);
void trace_close(struct trace *t);

/* Clients known by now; pointers stay valid until the next trace_next(). */
u32 trace_clients(const struct trace *t);
const struct trace_client *trace_client(const struct trace *t, u32 i);
u32 trace_regions(const struct trace *t);
const struct trace_region *trace_region(const struct trace *t, u32 i);
const char *trace_path(const struct trace *t);
/* Records delivered by now. */
u64 trace_count(const struct trace *t);

struct trace_writer;

/*
 * Starts @path; its name decides the packing (.gz, .zst, else text). The data goes to a file
 * beside it that takes the name at trace_write_close(); a device or pipe is written directly.
 * The default client is window 1, sync, poll.
 */
int trace_write_open(struct trace_writer **out, const char *path, struct cfg_error *err);
/* Header parts, in this order; all before the first record. */
int trace_write_comment(struct trace_writer *w, const char *text);
/* Rows whose status is @status leave it out. */
int trace_write_default_status(struct trace_writer *w, u8 status);
/* Returns the client's index, to be used in trace_op.client. */
int trace_write_client(struct trace_writer *w, const struct trace_client *client);
int trace_write_region(struct trace_writer *w, const struct trace_region *region);
/* One record; members directly after their batch. -EINVAL if that is broken. */
int trace_write_op(struct trace_writer *w, const struct trace_op *op);
/*
 * Ends the trace and gives it its name. Any error since trace_write_open() is reported here at
 * the latest, with @err filled and nothing left behind. Frees @w.
 */
int trace_write_close(struct trace_writer *w, struct cfg_error *err);
/* Drops what was written. Frees @w. */
void trace_write_abort(struct trace_writer *w);

const char *trace_instr_name(u8 instr);
static inline const char *trace_op_name(u8 op)
{
	return op_name(op);
}

#endif
