/* SPDX-License-Identifier: GPL-2.0 */
/* A platform file as a typed struct: everything the machine is built and timed from. */
#ifndef SIM_SCENARIO_PLATFORM_H
#define SIM_SCENARIO_PLATFORM_H

#include "sim/core/types.h"

/*
 * Times are ps (u64 _ps), rates bytes per second (u64 _bps), sizes bytes. A rate of 0 means "no
 * limit". All values are range-checked by platform_load(); users need not check again. The key of
 * each member, its range and its meaning stand in the tables of sim/scenario/platform_keys.c:
 * a new key is one line there and one member here. Where a value comes from stands beside it in
 * the platform file.
 */

struct cfg_error;
struct cfg_arena;

#define PLAT_SOCKETS_MAX 64
#define PLAT_NODES_MAX	 256
#define PLAT_DEVICES_MAX 64
#define PLAT_WALK_LEVELS 5

enum plat_mem_kind { PLAT_MEM_DRAM, PLAT_MEM_CXL, PLAT_MEM_HBM };

struct plat_socket {
	u32 cores;
};

/* One memory node; its NUMA number is its index. */
struct plat_node {
	u32 kind;   /* enum plat_mem_kind */
	u32 socket; /* the socket it hangs on */
	u64 size;
	u64 read_latency_ps;  /* at the socket's mesh, unloaded */
	u64 write_latency_ps; /* until globally observed */
	u64 read_bps;
	u64 write_bps;
};

/* Last-level cache of one socket, as devices see it. */
struct plat_llc {
	u64 size;
	u32 ways;
	u32 io_ways;	      /* ways that allocating device writes may fill */
	u64 read_latency_ps;  /* device read that hits */
	u64 write_latency_ps; /* device write that allocates */
	u64 bps;	      /* device traffic that hits */
};

/* Between sockets. */
struct plat_link {
	u64 latency_ps; /* one way, added to an access of the other socket's memory */
	u64 bps;	/* each direction */
};

/* Between a socket's devices and its memory, shared by the socket's devices. */
struct plat_io {
	u64 read_bps;
	u64 write_bps;
	u64 mmio_read_ps;  /* round trip of an uncached register read */
	u64 mmio_write_ps; /* posted register write: until it reaches the device */
	u64 mmio_issue_ps; /* what a posted register write costs the core */
	u64 message_ps;	   /* an interrupt message from the device to the core's interrupt unit */
};

enum plat_cache_state { PLAT_COLD, PLAT_LLC, PLAT_L1, PLAT_CACHE_STATES };

/* One core doing the work itself: call + bytes / rate, by where the operands lie. */
struct plat_cpu_op {
	u64 random_line_ps; /* line at a random place, before prefetching runs */
	u64 call_ps[PLAT_CACHE_STATES];
	u64 bps[PLAT_CACHE_STATES];
};

struct plat_cpu {
	u64 tsc_hz;
	u64 movdir64b_ps;	  /* what one costs the core */
	u64 movdir64b_gap_ps;	  /* least distance of two from one core to one portal line */
	u64 movdir64b_latency_ps; /* core to portal */
	u64 enqcmd_gap_ps;	  /* least distance of two from one core */
	u64 enqcmd_out_ps;	  /* core to portal */
	u64 enqcmd_back_ps;	  /* portal's answer back to the core */
	u64 sfence_ps;
	u64 pause_ps;
	u64 poll_interval_ps;	/* one turn of a loop that reads a completion record */
	u64 poll_miss_ps;	/* reading the record after the device wrote it */
	u64 umwait_wake_ps;	/* from the write to the first instruction after UMWAIT */
	u64 descriptor_fill_ps; /* preparing one descriptor and clearing its record */
	u64 batch_fill_ps;	/* preparing one member of a batch */
	u64 interrupt_entry_ps;
	u64 interrupt_exit_ps;
	u64 context_switch_ps;
	u64 syscall_ps;
	u64 minor_fault_ps;	 /* page fault of a core, without zeroing the page */
	u64 major_fault_ps;	 /* the same when the page is on disk: beyond a minor one */
	u64 zero_bps;		 /* kernel clearing a fresh page */
	u64 prs_service_ps;	 /* kernel serving one page request of a device, without zeroing */
	u64 page_alloc_ps;	 /* fault that takes a fresh page, without clearing it */
	u64 zero_page_break_ps;	 /* page first read, then written */
	u64 vm_exit_ps;		 /* guest to host and back, without the work between */
	u64 vm_user_exit_ps;	 /* from an exit on to the monitor's process and back */
	u64 eventfd_ps;		 /* signalling an eventfd until its other end acts */
	u64 vm_injection_ps;	 /* delivering an interrupt to a guest by the hypervisor */
	u64 ept_violation_ps;	 /* guest touching an absent page, without clearing it */
	u64 pin_page_ps;	 /* pinning one page of a guest's memory, without clearing it */
	u64 posted_interrupt_ps; /* delivering a posted interrupt to a running guest */
	u64 touch_ps;		 /* touching one present page in another cache state */
	u64 string_copy_bytes;	 /* copies from this size on are one string instruction */
	u64 string_copy_bps;	 /* what a copy below that runs at, operands cold */
	u64 string_start_ps;	 /* ... and what one costs that starts within a page */
	u64 random_source_ppm;	 /* random_line where only the source, known ahead, is random */
	struct plat_cpu_op copy;
	struct plat_cpu_op fill;
	struct plat_cpu_op compare;
	struct plat_cpu_op compval; /* compare with a pattern */
	struct plat_cpu_op crc;
	u32 random_lines; /* lines at a random place until the prefetchers run ahead */
};

struct plat_iommu {
	u32 iotlb_entries;
	u32 iotlb_ways;
	u32 pwc_entries[PLAT_WALK_LEVELS]; /* paging-structure cache per table level, [0] lowest */
	u32 context_entries;
	u32 pasid_entries;
	u32 prq_entries_log2; /* page request queue the hardware can hold, pages of 4 KiB */
	u32 address_width;    /* host address width, bits */
	bool five_level;
	bool huge_1g;
	bool nested;
	bool posted_interrupts;
	bool interrupt_remapping; /* of devices' messages; else as with intremap=off */
	u32 walkers;		  /* walks in progress at once */
	u64 lookup_ps;		  /* a request that hits */
	u64 lookup_gap_ps;	  /* between two requests entering */
	u64 walk_step_ps;	  /* per table access, on top of the memory read */
	u64 ats_link_ps;	  /* device to IOMMU, one way */
	u64 invalidate_ps;	  /* one descriptor of the invalidation queue */
	u64 page_request_ps;	  /* from the device's request to its entry in the queue */
};

struct plat_devtlb {
	u32 entries_per_role;
	u64 hit_ps;
	u64 miss_ps;	    /* own share of a miss, before the ATS request leaves */
	u64 page_bubble_ps; /* stall of a stream at each page it enters */
};

struct plat_perfmon {
	u32 counters;
	u32 width; /* bits */
};

/* Times of one device's pipeline. */
struct plat_dsa_timing {
	u64 portal_ps;		/* portal to work queue: decode, accept or refuse */
	u64 wq_dispatch_ps;	/* entry into the queue until the arbiter sees it */
	u64 arbiter_ps;		/* between two descriptors leaving a group's queues */
	u64 engine_issue_ps;	/* between two descriptors that one engine starts */
	u64 turnaround_ps;	/* added where a descriptor reads and writes */
	u64 write_gap_ps;	/* write port between data and record */
	u64 decode_ps;		/* descriptor at the engine until its first translation */
	u64 batch_fetch_ps;	/* reading the list, own part, added to the memory's latency */
	u64 batch_member_ps;	/* between two members leaving the batch unit */
	u64 batch_finish_ps;	/* last member done until the batch's record is written */
	u64 read_overhead_ps;	/* added to each read stream's latency */
	u64 write_overhead_ps;	/* added to each write stream's latency */
	u64 partial_write_ps;	/* write port time of a line of which only 32 aligned bytes are
				   written */
	u64 unaligned_write_ps; /* write port time of a line with any other part */
	u64 partial_cached_ps;	/* the same when the line lies in the last-level cache */
	u64 partial_latency_ps;
	u64 unaligned_latency_ps;
	u64 partial_body_ppm; /* share of a descriptor's write time that its partial lines hold
				 back */
	u64 answer_burst;     /* bytes of read data that an ENQCMD's answer may wait for */
	u64 read_tail_ps;     /* slowest of n lines: for each doubling of n */
	u64 write_tail_ps;
	u32 tail_lines;
	u64 readback_ps;     /* destination readback, on top of the memory read */
	u64 record_write_ps; /* completion record: issue until visible to a core, without memory */
	u64 interrupt_ps;    /* record visible until the interrupt message leaves */
	u64 noop_ps;
	u64 command_ps; /* a command of the command register, without what it waits for */
	u64 fault_ps;	/* detecting a fault and giving up or asking for the page */
	u64 crc_ps;	/* CRC operations: added per descriptor */
	u64 crc_bps;	/* CRC unit of one engine */
	u64 dif_ps;
	u64 dif_bps;
	u64 delta_ps;
	u64 delta_bps;
	u64 flush_ps;
	u64 flush_bps;
};

/* One DSA device. The raw registers and the counts agree after loading. */
struct plat_dsa {
	u32 version; /* as the register reads: 0x100 */
	u64 gencap;
	u64 wqcap;
	u64 grpcap;
	u64 engcap;
	u64 opcap[4];
	u32 engines;
	u32 groups;
	u32 wqs;
	u32 wq_entries;
	u32 read_buffers;
	u64 max_transfer;
	u32 max_batch;
	u32 ims_slots;
	u32 msix_vectors;
	u32 event_log; /* 0: none; else entries of 32 << n bytes */
	struct plat_perfmon perfmon;
	struct plat_devtlb devtlb;
	u64 read_bps;		 /* read port, shared by the engines */
	u64 write_bps;		 /* write port */
	u64 engine_bps;		 /* of one engine */
	u32 read_buffer_bytes;	 /* what one read buffer holds */
	u32 work_in_progress;	 /* work descriptors of one engine in its pipeline */
	u32 batches_in_progress; /* batches one engine has open */
	u64 quantum;		 /* bytes of one stream before the ports turn to the next */
	struct plat_dsa_timing timing;
};

struct plat_device {
	u32 socket;
	u32 iommu; /* IOMMU it stands behind, numbered over the machine */
	struct plat_dsa dsa;
};

struct platform {
	const char *name;
	const char *description;
	const char *origin; /* file, or the name of a built-in platform */
	u32 sockets_count;
	u32 nodes_count;
	u32 devices_count;
	u32 iommus_count;
	struct plat_socket *sockets;
	struct plat_node *nodes;
	struct plat_device *devices;
	struct plat_llc llc;
	struct plat_link link;
	struct plat_io io;
	struct plat_cpu cpu;
	struct plat_iommu iommu;
	struct plat_dsa dsa;	 /* what every device is unless its entry says otherwise */
	struct cfg_arena *arena; /* owns everything above */
};

/*
 * Loads @name: the name of a built-in platform ("spr") or a path (has a '/' or ends in ".yaml"),
 * which is read relative to the directory of @from (a file; NULL: the working directory).
 * @sets: @nsets texts "path=value" applied in order before the checks.
 * Returns 0 and a platform to be freed by platform_free(), or -EINVAL / -ENOENT / -errno with
 * @err filled; prints nothing.
 */
int platform_load(struct platform **out, const char *name, const char *from,
		  const char *const *sets, unsigned int nsets, struct cfg_error *err);
void platform_free(struct platform *plat);

/* Built-in platforms in order of name; NULL past the end. */
const char *platform_builtin_name(unsigned int i);
/* The text of a built-in platform file and its length, NULL if there is none of that name. */
const char *platform_builtin_text(const char *name, size_t *len);

#endif
