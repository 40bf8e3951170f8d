/* SPDX-License-Identifier: GPL-2.0 */
/* A scenario file as a typed struct: platform, devices' configuration, processes, guests, workload,
 * outputs. */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include "sim/core/types.h"

/*
 * The words are those in which measurements on silicon are described (loop, window, reuse, ...),
 * so that a published experiment can be written down as a scenario. docs/scenario-format.md has
 * the meaning of every key. Times are ps, sizes bytes.
 */

struct cfg_error;
struct cfg_arena;
struct platform;

enum data_mode { DATA_FULL, DATA_VERIFY, DATA_NONE };
enum scn_engine { SCN_DSA, SCN_CPU };

/* Not an opcode: the core reads or writes one byte of each page (engine cpu only). */
#define SCN_OP_TOUCH 0xff

enum scn_loop { SCN_SYNC, SCN_RING, SCN_BURST, SCN_PUSH, SCN_FIRST, SCN_OPEN };
enum scn_unit { SCN_DESC, SCN_BATCH };
enum scn_waitfor { SCN_ALL, SCN_LAST };
enum scn_pattern { SCN_SEQ, SCN_RANDOM, SCN_SAME };
enum scn_reuse { SCN_REUSE_NONE, SCN_REUSE_ONE, SCN_REUSE_SLOT, SCN_REUSE_BURST };
enum scn_cache { SCN_CACHE_DRAM, SCN_CACHE_COLD, SCN_CACHE_WARM };
enum scn_fault { SCN_FAULT_NONE, SCN_FAULT_TLBMISS, SCN_FAULT_MINOR, SCN_FAULT_MAJOR };
enum scn_operand { SCN_ON_SRC, SCN_ON_DST };
enum scn_repair { SCN_REPAIR_SW, SCN_REPAIR_PRS, SCN_REPAIR_PRETOUCH, SCN_REPAIR_PRETOUCH_ALL };
enum scn_record { SCN_RECORD_SEQ, SCN_RECORD_HIT, SCN_RECORD_MISS };
enum scn_wait { SCN_POLL, SCN_UMWAIT, SCN_INTERRUPT };
enum scn_alloc { SCN_ALLOC_PAGE, SCN_ALLOC_MALLOC };
enum scn_addr { SCN_VIRT, SCN_PHYS };
enum scn_small { SCN_SMALL_DEVICE, SCN_SMALL_CPU, SCN_SMALL_BATCH };
enum scn_wq_mode { SCN_WQ_ANY, SCN_WQ_SHARED, SCN_WQ_DEDICATED };

/* Operations that a generator makes; descriptor opcodes, so that no second table is needed. */
struct scn_op {
	u8 opcode;  /* DSA opcode */
	u32 weight; /* share: weight / sum of weights */
};

/* Transfer sizes. */
enum scn_size_kind {
	SCN_SIZE_FIXED,	  /* a */
	SCN_SIZE_UNIFORM, /* a..b, both included */
	SCN_SIZE_ALT,	  /* run of a, run of b, ... (struct scn_client.run each) */
	SCN_SIZE_FIRST,	  /* one of a, then only b */
	SCN_SIZE_DOUBLE,  /* a, 2a, 4a ... b */
	SCN_SIZE_MIX,	  /* na of a and nb of b, dealt evenly */
	SCN_SIZE_TABLE,	  /* drawn from table */
};
struct scn_size_row {
	u64 size;
	u64 cumulative; /* weights up to and including this row */
};
struct scn_size {
	u32 kind; /* enum scn_size_kind */
	u64 a, b;
	u32 na, nb;
	u32 rows;
	struct scn_size_row *table; /* ascending in cumulative */
};

enum scn_think_kind { SCN_THINK_FIXED, SCN_THINK_EXP, SCN_THINK_TABLE };
struct scn_think {
	u32 kind;    /* enum scn_think_kind */
	u64 mean_ps; /* fixed: the value */
	u32 rows;
	u64 *table; /* ps, one drawn uniformly */
};

/* A work queue as a client names it: "wq0.1", a queue's name, or a mode. */
struct scn_wq {
	const char *name;  /* NULL: by mode */
	s32 device, queue; /* "wqD.Q"; else -1 */
	u32 mode;	   /* enum scn_wq_mode, when name is NULL */
};

/* One kind of client; @threads of them run alike with streams of their own. */
struct scn_client {
	const char *name;
	u32 threads;
	s32 core; /* of the first thread, numbered over the machine; -1: next free of the socket */
	s32 socket; /* -1: that of its work queue */
	u32 nwqs;
	struct scn_wq *wqs; /* units are dealt out in turn; none: any queue that fits */

	const char *trace; /* trace file instead of a generator, resolved path; NULL: generator */
	s32 trace_proc, trace_thr; /* the recorded client to play; -1: all, one thread each */

	u32 engine; /* enum scn_engine: who does the work */
	u32 nops;
	struct scn_op *ops;
	struct scn_size size;
	u32 run;
	u32 batch; /* members; 0: no batch descriptor */
	u32 split; /* pieces of one operand, one for each of wqs */
	u64 piece; /* operands above are cut into such; 0: never */
	u32 small; /* enum scn_small, with a size mix */
	u64 fill_pattern;

	u32 loop;	 /* enum scn_loop */
	u32 window;	 /* units in flight at most */
	u32 window_unit; /* enum scn_unit */
	u32 waitfor;	 /* enum scn_waitfor */
	u32 recycle; /* oldest unfinished units looked at for a free slot; 1: strictly oldest first
		      */
	bool retry;  /* a refused ENQCMD is repeated */
	u32 retry_max;	 /* give up after so many in a row; 0: never */
	u64 count;	 /* work descriptors of one pass and thread; 0: until duration */
	u64 duration_ps; /* 0: until count */
	u32 passes;
	u32 warmup; /* passes before the measured ones */
	u64 start_ps;
	u64 overhead_ps; /* software's own time for each unit, on top of the platform's */
	struct scn_think think;
	u64 interval_ps; /* loop open: mean distance of arrivals */
	bool poisson;	 /* loop open: exponential distances, else equal */

	u32 pattern_src, pattern_dst; /* enum scn_pattern */
	u64 ws;			      /* working set of each operand */
	u32 reuse;		      /* enum scn_reuse */
	u64 align;
	bool align_exact;
	u64 offset;
	u32 alloc;			     /* enum scn_alloc */
	u32 addr;			     /* enum scn_addr */
	u64 page_size;			     /* 4096, 2 MiB, 1 GiB */
	s32 src_node, dst_node, record_node; /* memory node; -1: local to the client's socket */
	u32 cache;			     /* enum scn_cache */
	bool cc, bof, readback;
	bool member_records; /* members of a batch ask for records of their own */

	u32 fault;	   /* enum scn_fault */
	u32 fault_on;	   /* enum scn_operand */
	u32 fault_ppm;	   /* share of first touches that fault, parts per million */
	u32 repair;	   /* enum scn_repair */
	bool touch_write;  /* cpu touch writes */
	u32 record;	   /* enum scn_record */
	u32 wait;	   /* enum scn_wait */
	u64 protect_ps;	   /* the source array is write-protected so often; 0: never */
	u64 protect_bytes; /* so much of it each time; 0: all */
};

struct scn_process {
	const char *name;
	u32 count; /* identical copies, each an address space of its own */
	u32 nclients;
	struct scn_client *clients;
	struct scn_client base; /* what its clients start from */
};

/* accel-config file for one of the host's devices. */
struct scn_config {
	s32 device;	  /* -1: the file's own device names */
	const char *file; /* resolved path */
};

#define SCN_GUEST_VDEVS_MAX 16
#define SCN_VDEV_WQS_MAX    8

/* SCN_VDEV_QUEUES: exactly the queues named; else any of the host that suit. */
enum scn_vdev_type { SCN_VDEV_1DWQ, SCN_VDEV_1SWQ, SCN_VDEV_QUEUES };
struct scn_vdev {
	u32 type; /* enum scn_vdev_type */
	u32 nwqs;
	struct scn_wq *wqs;
	const char *place; /* "file:line: key 'guests[0].vdev'", for messages */
};

/* Bytes of a guest's name with its number, the 0 included. */
#define SCN_GUEST_NAME_MAX 32

enum scn_memory_mode { SCN_MEMORY_PINNED, SCN_MEMORY_DEMAND, SCN_MEMORY_SHARED };
enum scn_home { SCN_HOME_KERNEL_MDEV, SCN_HOME_KERNEL_CDEV, SCN_HOME_VMM, SCN_HOME_VFIO_USER };
enum scn_interrupts { SCN_INTERRUPTS_REMAPPED, SCN_INTERRUPTS_POSTED, SCN_INTERRUPTS_NONE };
enum scn_sva { SCN_SVA_AUTO, SCN_SVA_NO, SCN_SVA_YES };

/* What the guest's monitor does to a virtual device: beyond the codes of its commands. */
enum scn_monitor {
	SCN_MONITOR_PAUSE = 0x100,
	SCN_MONITOR_RESUME,
	SCN_MONITOR_MOVE,
	SCN_MONITOR_REVOKE
};

/* Commands to a virtual device while clients work: of the guest's kernel, or of its monitor. */
#define SCN_COMMANDS_MAX 8
struct scn_command {
	const char *name; /* as written */
	u32 code;	  /* DSA_CMD_*, or enum scn_monitor */
	bool takes_wq;
};
struct scn_action {
	u32 ncommands;
	struct scn_command command[SCN_COMMANDS_MAX]; /* one behind the other */
	u32 vdev, wq;
	struct scn_vdev *to; /* where SCN_MONITOR_MOVE goes; NULL: nowhere */
	u64 start_ps, every_ps;
	u64 count; /* rounds; 0: until the workload ends */
};

struct scn_guest {
	const char *name;
	const char *place; /* "file:line: key 'guests[0]'", for messages */
	u32 count;	   /* identical guests */
	u32 nvdevs;
	struct scn_vdev *vdevs;
	s32 device; /* of the host, behind devices given by type; -1: all in turn */
	u32 cpus;
	u64 memory;
	u32 memory_mode; /* enum scn_memory_mode */
	s32 node;	 /* -1: any */
	u32 home;	 /* enum scn_home */
	u32 interrupts;	 /* enum scn_interrupts */
	u32 sva;	 /* enum scn_sva */
	bool error_broadcast, drain_whole_queue;
	u32 nactions;
	struct scn_action *actions;
	u32 nprocesses;
	struct scn_process *processes;
	struct scn_client base; /* what its processes' clients start from */
};

struct scn_output {
	const char *dir; /* results directory, resolved; NULL: named after the scenario */
	bool timeline;
	u64 timeline_from_ps, timeline_to_ps;
	bool csv, html;
};

struct scn_checks {
	bool checkers; /* stale translation, lost completion, ...: on unless switched off */
	bool conservation;
	u64 max_failed; /* descriptors that may end in an error nobody recorded */
	u64 min_ops;	/* least work descriptors that must complete; 0: not checked */
};

struct scenario {
	const char *name;
	const char *description;
	const char *path;
	u64 seed;
	u32 data;		   /* enum data_mode */
	u64 max_time_ps;	   /* virtual time at which the run is cut off; 0: never */
	const char *platform_name; /* as written */
	struct platform *platform;
	u32 nconfigs;
	struct scn_config *configs;
	const char *trace; /* trace whose clients are the workload, resolved; NULL: processes */
	struct scn_client defaults; /* what each client starts from, also those of @trace */
	u32 nprocesses;
	struct scn_process *processes;
	u32 nguests;
	struct scn_guest *guests;
	u64 defects; /* seeded in the host's software: a bit for each enum spec_defect */
	struct scn_output output;
	struct scn_checks checks;
	struct cfg_arena *arena; /* owns all of it */
};

/*
 * Loads a scenario and its platform. @sets: "path=value" texts; a path that begins with a key of
 * the scenario goes there, else to the platform ("dsa.engines=8", "platform.name=x").
 * Files that it names are resolved relative to it, and opened only where the result needs them
 * (size and think tables). Returns 0 and a scenario for scenario_free(), or -EINVAL / -errno with
 * @err filled; prints nothing.
 */
int scenario_load(struct scenario **out, const char *path, const char *const *sets,
		  unsigned int nsets, struct cfg_error *err);
/* Whether it says what is to be done; -EINVAL with @err filled. Who brings a trace need not ask. */
int scenario_check_work(const struct scenario *scn, struct cfg_error *err);
void scenario_free(struct scenario *scn);

#endif
