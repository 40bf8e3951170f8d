// SPDX-License-Identifier: GPL-2.0
// The keys of a platform file: one line for each value of sim/scenario/platform.h.
#include "sim/scenario/platform_keys.h"

/*
 * Numbers have no default here: what the hardware is stands in the platform files, with its
 * source. Only what can be derived from another key may be left out.
 */

#define NS(n)	 (PS_PER_NS * (n))
#define TIME_MAX PS_PER_S
#define RATE_MAX 100000000000000ull
#define TiB	 (1ull << 40)
#define MAX32	 0xffffffffull
#define MAX64	 (~0ull)

#define TIME(st, m, k, h)	   YAML_VAL(st, m, k, TIME, 0, TIME_MAX, NULL, h)
#define RATE(st, m, k, h)	   YAML_VAL(st, m, k, RATE, 0, RATE_MAX, NULL, h)
#define COUNT(st, m, k, lo, hi, h) YAML_VAL(st, m, k, COUNT, lo, hi, NULL, h)

static const char *const mem_kinds[] = {"dram", "cxl", "hbm", NULL};
/* By GENCAP's field; "register" leaves it as given. */
static const char *const event_logs[] = {"none", "64", "128", "256", "register", NULL};

static const struct yaml_key socket_keys[] = {
	COUNT(struct plat_socket, cores, "cores", 1, 1024, "Cores of the socket."),
	YAML_END,
};
static const struct yaml_table socket_table = {"One socket", socket_keys, NULL};

static const struct yaml_key node_keys[] = {
	YAML_ENUM(struct plat_node, kind, "kind", mem_kinds, "dram", "Kind of memory."),
	COUNT(struct plat_node, socket, "socket", 0, PLAT_SOCKETS_MAX - 1,
	      "Socket that it hangs on."),
	YAML_VAL(struct plat_node, size, "size", SIZE, 1ull << 24, 64 * TiB, NULL, "Capacity."),
	TIME(struct plat_node, read_latency_ps, "read_latency",
	     "Unloaded read from the socket's mesh."),
	TIME(struct plat_node, write_latency_ps, "write_latency",
	     "Write until it is globally observed."),
	RATE(struct plat_node, read_bps, "read_bandwidth", "Read bandwidth of the node."),
	RATE(struct plat_node, write_bps, "write_bandwidth", "Write bandwidth of the node."),
	YAML_END,
};
static const struct yaml_table node_table = {"One memory node", node_keys, NULL};

static const struct yaml_key llc_keys[] = {
	YAML_VAL(struct plat_llc, size, "size", SIZE, 1ull << 16, 1ull << 32, NULL,
		 "Capacity of one socket's last-level cache."),
	COUNT(struct plat_llc, ways, "ways", 1, 64, "Ways."),
	COUNT(struct plat_llc, io_ways, "io_ways", 0, 64,
	      "Ways that allocating writes of devices may fill."),
	TIME(struct plat_llc, read_latency_ps, "read_latency", "Device read that hits."),
	TIME(struct plat_llc, write_latency_ps, "write_latency", "Device write that allocates."),
	RATE(struct plat_llc, bps, "bandwidth", "Device traffic that hits."),
	YAML_END,
};
static const struct yaml_table llc_table = {"Last-level cache", llc_keys, NULL};

static const struct yaml_key link_keys[] = {
	TIME(struct plat_link, latency_ps, "latency",
	     "One way, added to an access of another socket's memory."),
	RATE(struct plat_link, bps, "bandwidth", "Each direction."),
	YAML_END,
};
static const struct yaml_table link_table = {"Link between sockets", link_keys, NULL};

static const struct yaml_key io_keys[] = {
	RATE(struct plat_io, read_bps, "read_bandwidth",
	     "All devices of a socket together, reading."),
	RATE(struct plat_io, write_bps, "write_bandwidth",
	     "All devices of a socket together, writing."),
	TIME(struct plat_io, mmio_read_ps, "mmio_read", "Round trip of a register read."),
	TIME(struct plat_io, mmio_write_ps, "mmio_write",
	     "Posted register write until it reaches the device."),
	TIME(struct plat_io, mmio_issue_ps, "mmio_issue",
	     "What a posted register write costs the core."),
	TIME(struct plat_io, message_ps, "message",
	     "Interrupt message from a device to a core's interrupt unit."),
	YAML_END,
};
static const struct yaml_table io_table = {"I/O fabric", io_keys, NULL};

#define CPU_STATE(s, name)                                                                         \
	TIME(struct plat_cpu_op, call_ps[s], name "_call",                                         \
	     "Fixed time of a call, operands " name "."),                                          \
		RATE(struct plat_cpu_op, bps[s], name "_bandwidth",                                \
		     "Bytes of the operation per second, operands " name ".")

static const struct yaml_key cpu_op_keys[] = {
	TIME(struct plat_cpu_op, random_line_ps, "random_line",
	     "Operands at random places: added for each of the first cpu.random_lines lines."),
	CPU_STATE(PLAT_COLD, "cold"),
	CPU_STATE(PLAT_LLC, "llc"),
	CPU_STATE(PLAT_L1, "l1"),
	YAML_END,
};
static const struct yaml_table cpu_op_table = {"A core doing an operation itself", cpu_op_keys,
					       NULL};

#define CPU_TIME(m, k, h) TIME(struct plat_cpu, m, k, h)

static const struct yaml_key cpu_keys[] = {
	YAML_VAL(struct plat_cpu, tsc_hz, "tsc", FREQ, 1000000, 10000000000ull, NULL,
		 "Rate of the time-stamp counter."),
	CPU_TIME(movdir64b_ps, "movdir64b", "What a MOVDIR64B costs the core."),
	CPU_TIME(movdir64b_gap_ps, "movdir64b_gap",
		 "Least distance of two MOVDIR64B from one core to one portal line."),
	CPU_TIME(movdir64b_latency_ps, "movdir64b_latency", "Core to portal."),
	CPU_TIME(enqcmd_gap_ps, "enqcmd_gap", "Least distance of two ENQCMD from one core."),
	CPU_TIME(enqcmd_out_ps, "enqcmd_out", "ENQCMD: core to portal."),
	CPU_TIME(enqcmd_back_ps, "enqcmd_back", "ENQCMD: the portal's answer back to the core."),
	CPU_TIME(sfence_ps, "sfence", "SFENCE with nothing outstanding."),
	CPU_TIME(pause_ps, "pause", "PAUSE."),
	CPU_TIME(poll_interval_ps, "poll_interval",
		 "One turn of a loop that reads a completion record."),
	CPU_TIME(poll_miss_ps, "poll_miss", "Reading the record after the device wrote it."),
	CPU_TIME(umwait_wake_ps, "umwait_wake",
		 "From the write to the first instruction after UMWAIT."),
	CPU_TIME(descriptor_fill_ps, "descriptor_fill",
		 "Preparing one descriptor and clearing its record."),
	CPU_TIME(batch_fill_ps, "batch_fill", "Preparing one member of a batch."),
	CPU_TIME(interrupt_entry_ps, "interrupt_entry",
		 "Interrupt at the core until the handler's first instruction."),
	CPU_TIME(interrupt_exit_ps, "interrupt_exit", "Return from an interrupt."),
	CPU_TIME(context_switch_ps, "context_switch", "Switching to another thread."),
	CPU_TIME(syscall_ps, "syscall", "Into the kernel and back."),
	CPU_TIME(minor_fault_ps, "minor_fault", "Page fault of a core, without zeroing the page."),
	CPU_TIME(major_fault_ps, "major_fault",
		 "What a page fault takes longer when the page is on disk."),
	RATE(struct plat_cpu, zero_bps, "zero_bandwidth", "Kernel clearing fresh pages."),
	CPU_TIME(prs_service_ps, "prs_service",
		 "Kernel serving one page request of a device, without zeroing."),
	CPU_TIME(page_alloc_ps, "page_alloc",
		 "Added to a page fault that takes a fresh page, without clearing it."),
	CPU_TIME(zero_page_break_ps, "zero_page_break",
		 "Page first read, then written: second fault, invalidations, without the page."),
	CPU_TIME(vm_exit_ps, "vm_exit", "Guest to host and back, without the work between."),
	CPU_TIME(vm_user_exit_ps, "vm_user_exit",
		 "From an exit on to the monitor's process and back, without its system calls."),
	CPU_TIME(eventfd_ps, "eventfd", "Signalling an eventfd until its other end acts."),
	CPU_TIME(vm_injection_ps, "vm_injection", "Hypervisor delivering an interrupt to a guest."),
	CPU_TIME(ept_violation_ps, "ept_violation",
		 "Guest touching an absent page: exit, finding one, entry; without clearing it."),
	CPU_TIME(pin_page_ps, "pin_page",
		 "Pinning one 4 KiB page of a guest's memory at its start, without clearing it."),
	CPU_TIME(posted_interrupt_ps, "posted_interrupt",
		 "Posted interrupt reaching a running guest."),
	CPU_TIME(touch_ps, "touch", "First access to a present page that is in no cache."),
	YAML_VAL(struct plat_cpu, random_lines, "random_lines", COUNT, 0, 4096, NULL,
		 "Lines of an operand at a random place until the prefetchers run ahead."),
	YAML_VAL(struct plat_cpu, string_copy_bytes, "string_copy", SIZE, 0, 1u << 30, NULL,
		 "Copies from this size on are one string instruction, below they are loops."),
	RATE(struct plat_cpu, string_copy_bps, "loop_copy_bandwidth",
	     "Bytes of a copy by a loop per second, operands cold."),
	CPU_TIME(string_start_ps, "string_start",
		 "What a string copy costs that does not start at a page, operands cold."),
	YAML_VAL(struct plat_cpu, random_source_ppm, "random_source", SHARE, 0, 1000000, NULL,
		 "Share of random_line where only the source, which is known ahead, is random."),
	YAML_MAPPED(struct plat_cpu, compval, "compval", &cpu_op_table,
		    "Compare with a pattern by a core."),
	YAML_MAPPED(struct plat_cpu, copy, "copy", &cpu_op_table, "Copy by a core."),
	YAML_MAPPED(struct plat_cpu, fill, "fill", &cpu_op_table, "Fill by a core."),
	YAML_MAPPED(struct plat_cpu, compare, "compare", &cpu_op_table, "Compare by a core."),
	YAML_MAPPED(struct plat_cpu, crc, "crc", &cpu_op_table, "CRC by a core."),
	YAML_END,
};
static const struct yaml_table cpu_table = {"Cores", cpu_keys, NULL};

#define IOMMU_TIME(m, k, h)	     TIME(struct plat_iommu, m, k, h)
#define IOMMU_COUNT(m, k, lo, hi, h) COUNT(struct plat_iommu, m, k, lo, hi, h)
#define IOMMU_BOOL(m, k, h)	     YAML_VAL(struct plat_iommu, m, k, BOOL, 0, 1, NULL, h)

static const struct yaml_key iommu_keys[] = {
	IOMMU_COUNT(iotlb_entries, "iotlb_entries", 0, 1u << 20, "Entries of the IOTLB; 0: none."),
	IOMMU_COUNT(iotlb_ways, "iotlb_ways", 1, 64, "Ways of the IOTLB; divides the entries."),
	YAML_VAL(struct plat_iommu, pwc_entries, "pwc_entries", NUMBERS, 0, 65536, NULL,
		 "Paging-structure cache entries of each table level, lowest level first."),
	IOMMU_COUNT(context_entries, "context_entries", 0, 65536, "Context cache entries."),
	IOMMU_COUNT(pasid_entries, "pasid_entries", 0, 65536, "PASID cache entries."),
	IOMMU_COUNT(prq_entries_log2, "prq_pages_log2", 0, 7,
		    "Largest page request queue, log2 of 4 KiB pages."),
	IOMMU_COUNT(address_width, "address_width", 36, 52, "Host address width, bits."),
	IOMMU_BOOL(five_level, "five_level", "Five-level tables."),
	IOMMU_BOOL(huge_1g, "pages_1g", "1 GiB pages."),
	IOMMU_BOOL(nested, "nested", "Nested translation."),
	IOMMU_BOOL(posted_interrupts, "posted_interrupts", "Posted interrupts."),
	YAML_VAL(struct plat_iommu, interrupt_remapping, "interrupt_remapping", BOOL, 0, 1, "yes",
		 "Messages of devices go through the remapping table; no: as with intremap=off."),
	IOMMU_COUNT(walkers, "walkers", 1, 64, "Walks in progress at once."),
	IOMMU_TIME(lookup_ps, "lookup", "A request that hits."),
	IOMMU_TIME(lookup_gap_ps, "lookup_gap", "Between two requests entering."),
	IOMMU_TIME(walk_step_ps, "walk_step", "Per table access, added to the memory read."),
	IOMMU_TIME(ats_link_ps, "ats_link", "Device to IOMMU, one way."),
	IOMMU_TIME(invalidate_ps, "invalidate", "One descriptor of the invalidation queue."),
	IOMMU_TIME(page_request_ps, "page_request",
		   "From a device's page request to its entry in the queue."),
	YAML_END,
};
static const struct yaml_table iommu_table = {"IOMMU", iommu_keys, NULL};

static const struct yaml_key perfmon_keys[] = {
	COUNT(struct plat_perfmon, counters, "counters", 0, 32, "Performance counters."),
	COUNT(struct plat_perfmon, width, "width", 8, 64, "Bits of a counter."),
	YAML_END,
};
static const struct yaml_table perfmon_table = {"Performance counters", perfmon_keys, NULL};

static const struct yaml_key devtlb_keys[] = {
	COUNT(struct plat_devtlb, entries_per_role, "entries_per_role", 0, 256,
	      "Translations kept for each operand role of an engine."),
	TIME(struct plat_devtlb, hit_ps, "hit", "A hit."),
	TIME(struct plat_devtlb, miss_ps, "miss",
	     "Own share of a miss, before the request leaves the device."),
	TIME(struct plat_devtlb, page_bubble_ps, "page_bubble",
	     "Stall of a stream at each page it enters."),
	YAML_END,
};
static const struct yaml_table devtlb_table = {"Device TLB of each engine", devtlb_keys, NULL};

#define DSA_TIME(m, k, h) TIME(struct plat_dsa_timing, m, k, h)
#define DSA_RATE(m, k, h) RATE(struct plat_dsa_timing, m, k, h)

static const struct yaml_key timing_keys[] = {
	DSA_TIME(portal_ps, "portal", "Portal: decode, accept or refuse."),
	DSA_TIME(wq_dispatch_ps, "wq_dispatch", "Entry into the queue until the arbiter sees it."),
	DSA_TIME(arbiter_ps, "arbiter", "Between two descriptors leaving a group's queues."),
	DSA_TIME(engine_issue_ps, "engine_issue",
		 "Between two descriptors that one engine starts."),
	DSA_TIME(turnaround_ps, "turnaround", "Added to that where a descriptor reads and writes."),
	DSA_TIME(write_gap_ps, "write_gap",
		 "Write port between a descriptor's data and its record."),
	DSA_TIME(decode_ps, "decode", "Descriptor at the engine until its first translation."),
	DSA_TIME(batch_fetch_ps, "batch_fetch",
		 "Fetching the list: own part, added to the memory's latency."),
	DSA_TIME(batch_member_ps, "batch_member", "Between two members leaving the batch unit."),
	DSA_TIME(batch_finish_ps, "batch_finish",
		 "Last member done until the batch's record is written."),
	DSA_TIME(read_overhead_ps, "read_overhead", "Added to the latency of a read stream."),
	DSA_TIME(write_overhead_ps, "write_overhead", "Added to the latency of a write stream."),
	DSA_TIME(partial_write_ps, "partial_write",
		 "Write port time of a line of which only 32 aligned bytes are written."),
	DSA_TIME(unaligned_write_ps, "unaligned_write",
		 "Write port time of a line with any other part."),
	DSA_TIME(partial_cached_ps, "partial_cached",
		 "Write port time of a line written in part that lies in the last-level cache."),
	YAML_VAL(struct plat_dsa_timing, answer_burst, "answer_burst", SIZE, 0, 1u << 20, NULL,
		 "Read data in one go that the answer to an ENQCMD may have to wait for."),
	DSA_TIME(partial_latency_ps, "partial_latency",
		 "What a line of 32 aligned bytes adds to its descriptor's own latency."),
	DSA_TIME(unaligned_latency_ps, "unaligned_latency",
		 "What a line with any other part adds to its descriptor's own latency."),
	YAML_VAL(struct plat_dsa_timing, partial_body_ppm, "partial_body", SHARE, 0, 1000000, NULL,
		 "Share of a descriptor's write time that its partial lines hold back others'."),
	DSA_TIME(read_tail_ps, "read_tail",
		 "The slowest of n lines read: added for each doubling of n."),
	DSA_TIME(write_tail_ps, "write_tail", "The same for lines written."),
	YAML_VAL(struct plat_dsa_timing, tail_lines, "tail_lines", COUNT, 1, 1u << 20, NULL,
		 "Lines beyond which the slowest is no slower."),
	DSA_TIME(readback_ps, "readback", "Destination readback, on top of the memory read."),
	DSA_TIME(record_write_ps, "record_write",
		 "Completion record: issue until a core can see it, without memory."),
	DSA_TIME(interrupt_ps, "interrupt", "Record visible until the interrupt message leaves."),
	DSA_TIME(noop_ps, "noop", "No-op in the engine."),
	DSA_TIME(command_ps, "command", "A command, without what it waits for."),
	DSA_TIME(fault_ps, "fault",
		 "Noticing a fault, until the engine gives up or asks for the page."),
	DSA_TIME(crc_ps, "crc", "Added to each CRC operation."),
	DSA_RATE(crc_bps, "crc_bandwidth", "CRC unit of one engine."),
	DSA_TIME(dif_ps, "dif", "Added to each DIF operation."),
	DSA_RATE(dif_bps, "dif_bandwidth", "DIF unit of one engine."),
	DSA_TIME(delta_ps, "delta", "Added to each delta operation."),
	DSA_RATE(delta_bps, "delta_bandwidth", "Delta unit of one engine."),
	DSA_TIME(flush_ps, "flush", "Added to each cache flush."),
	DSA_RATE(flush_bps, "flush_bandwidth", "Cache flush of one engine."),
	YAML_END,
};
static const struct yaml_table timing_table = {"Times of the device's pipeline", timing_keys, NULL};

#define DSA_COUNT(m, k, lo, hi, h) COUNT(struct plat_dsa, m, k, lo, hi, h)
#define DSA_HEX(m, k, h)	   YAML_VAL(struct plat_dsa, m, k, HEX, 0, MAX64, NULL, h)
/* Derived from a register when left out (0), else put into it. */
#define DSA_FIELD(m, k, hi, reg)                                                                   \
	YAML_VAL(struct plat_dsa, m, k, COUNT, 0, hi, "0",                                         \
		 "Replaces the field of " reg "; 0: as it says.")

static int check_power_of_two(const struct yaml_node *node, const char *path, const char *key,
			      u64 value, struct cfg_error *err)
{
	char sub[128];

	if (!(value & (value - 1)))
		return 0;
	snprintf(sub, sizeof(sub), "%.90s%s%s", path, path[0] ? "." : "", key);
	return yaml_fail(err, node && yaml_get(node, key) ? yaml_get(node, key) : node, sub,
			 "must be a power of two");
}

static int check_dsa(void *obj, const struct yaml_node *node, const char *path,
		     struct cfg_error *err)
{
	const struct plat_dsa *dsa = obj;

	if (check_power_of_two(node, path, "max_transfer", dsa->max_transfer, err))
		return -1;
	return check_power_of_two(node, path, "max_batch", dsa->max_batch, err);
}

static const struct yaml_key dsa_keys[] = {
	YAML_VAL(struct plat_dsa, version, "version", HEX, 0x100, 0x2ff, NULL,
		 "VERSION register: 0x100, 0x200."),
	DSA_HEX(gencap, "gencap", "GENCAP register."),
	DSA_HEX(wqcap, "wqcap", "WQCAP register."),
	DSA_HEX(grpcap, "grpcap", "GRPCAP register."),
	DSA_HEX(engcap, "engcap", "ENGCAP register."),
	YAML_VAL(struct plat_dsa, opcap, "opcap", HEXES, 0, MAX64, NULL,
		 "OPCAP register: one bit for each opcode, lowest 64 bits first."),
	DSA_FIELD(engines, "engines", 64, "ENGCAP"),
	DSA_FIELD(groups, "groups", 64, "GRPCAP"),
	DSA_FIELD(wqs, "wqs", 128, "WQCAP"),
	DSA_FIELD(wq_entries, "wq_entries", 65535, "WQCAP"),
	DSA_FIELD(read_buffers, "read_buffers", 255, "GRPCAP"),
	YAML_VAL(struct plat_dsa, max_transfer, "max_transfer", SIZE, 0, 1ull << 31, "0",
		 "Replaces the field of GENCAP; a power of two; 0: as it says."),
	YAML_VAL(struct plat_dsa, max_batch, "max_batch", COUNT, 0, 32768, "0",
		 "Replaces the field of GENCAP; a power of two; 0: as it says."),
	YAML_VAL(struct plat_dsa, ims_slots, "ims_slots", COUNT, 0, 63 * 256, "0",
		 "Replaces the field of GENCAP, rounded up to 256; 0: as it says."),
	DSA_COUNT(msix_vectors, "msix_vectors", 1, 64, "MSI-X vectors."),
	YAML_ENUM(struct plat_dsa, event_log, "event_log", event_logs, "register",
		  "Event log: as GENCAP says, none, or entries of so many bytes."),
	YAML_MAPPED(struct plat_dsa, perfmon, "perfmon", &perfmon_table, "Performance counters."),
	YAML_MAPPED(struct plat_dsa, devtlb, "devtlb", &devtlb_table, "Device TLB."),
	RATE(struct plat_dsa, read_bps, "read_bandwidth", "Read port, shared by the engines."),
	RATE(struct plat_dsa, write_bps, "write_bandwidth", "Write port, shared by the engines."),
	RATE(struct plat_dsa, engine_bps, "engine_bandwidth",
	     "One engine: each byte of a descriptor keeps it from the next one."),
	YAML_VAL(struct plat_dsa, read_buffer_bytes, "read_buffer", SIZE, 64, 1u << 20, NULL,
		 "What one read buffer holds."),
	DSA_COUNT(work_in_progress, "work_in_progress", 1, 1024,
		  "Work descriptors of one engine in its pipeline."),
	DSA_COUNT(batches_in_progress, "batches_in_progress", 1, 256,
		  "Batches that one engine has open."),
	YAML_VAL(struct plat_dsa, quantum, "quantum", SIZE, 64, 1ull << 31, NULL,
		 "Bytes of one stream before the ports turn to the next."),
	YAML_MAPPED(struct plat_dsa, timing, "timing", &timing_table, "Times of the pipeline."),
	YAML_END,
};
static const struct yaml_table dsa_table = {"DSA device", dsa_keys, check_dsa};

static const struct yaml_key device_keys[] = {
	COUNT(struct plat_device, socket, "socket", 0, PLAT_SOCKETS_MAX - 1,
	      "Socket that it hangs on."),
	YAML_VAL(struct plat_device, iommu, "iommu", INT, (u64)-1, PLAT_DEVICES_MAX - 1, "-1",
		 "IOMMU it stands behind, numbered over the machine; -1: one of its own."),
	YAML_INLINED(struct plat_device, dsa, &dsa_table),
	YAML_END,
};
static const struct yaml_table device_table = {
	"One device: its place, and any key of `dsa` that differs", device_keys, NULL};

static void device_init(void *item, const void *obj)
{
	((struct plat_device *)item)->dsa = ((const struct platform *)obj)->dsa;
}

static const struct yaml_key platform_keys[] = {
	YAML_STR(struct platform, name, "name", NULL, "Name of the platform."),
	YAML_STR(struct platform, description, "description", "", "One line about it."),
	YAML_LISTED(struct platform, sockets, sockets_count, "sockets", &socket_table, 1,
		    PLAT_SOCKETS_MAX, NULL, "Sockets; `count: N` repeats an entry."),
	YAML_LISTED(struct platform, nodes, nodes_count, "memory", &node_table, 1, PLAT_NODES_MAX,
		    NULL, "Memory nodes; `count: N` repeats an entry."),
	YAML_MAPPED(struct platform, llc, "llc", &llc_table, "Last-level cache of each socket."),
	YAML_MAPPED(struct platform, link, "link", &link_table, "Link between sockets."),
	YAML_MAPPED(struct platform, io, "io", &io_table, "Between devices and memory."),
	YAML_MAPPED(struct platform, cpu, "cpu", &cpu_table, "What instructions and events cost."),
	YAML_MAPPED(struct platform, iommu, "iommu", &iommu_table, "Every IOMMU."),
	YAML_MAPPED(struct platform, dsa, "dsa", &dsa_table,
		    "What each device is unless its entry in `devices` says otherwise."),
	YAML_LISTED(struct platform, devices, devices_count, "devices", &device_table, 1,
		    PLAT_DEVICES_MAX, device_init, "Devices; `count: N` repeats an entry."),
	YAML_END,
};
const struct yaml_table platform_table = {"Platform file", platform_keys, NULL};
