// SPDX-License-Identifier: GPL-2.0
// A program with a queue.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/process/process.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/attack_program.h"
#include "tests/unit/sim/attack_world.h"

static s64 map(struct program *x, enum process_map_kind kind, u64 len)
{
	struct process_map m = {.kind = kind, .len = len, .fd = x->fd, .node = -1};

	m.prot = kind == PROCESS_MAP_DEVICE ? PROCESS_PROT_WRITE
					    : PROCESS_PROT_READ | PROCESS_PROT_WRITE;
	return process_mmap(x->p, &m);
}

int program_start(struct program *x, struct kernel *k, const char *wq, bool shared)
{
	char path[32];
	s64 va;

	*x = (struct program){.shared = shared};
	x->p = process_new(k, "program", 0);
	snprintf(path, sizeof(path), "/dev/dsa/%s", wq);
	x->fd = process_open(x->p, path);
	if (x->fd < 0)
		return x->fd;
	va = map(x, PROCESS_MAP_DEVICE, 4096);
	if (va < 0)
		return va;
	x->portal = va;
	va = map(x, PROCESS_MAP_ANON, 2 * PROGRAM_DATA + 4096);
	if (va < 0)
		return va;
	x->source = va;
	x->target = va + PROGRAM_DATA;
	x->record = va + 2 * PROGRAM_DATA;
	return process_touch(x->p, va, 2 * PROGRAM_DATA + 4096, true);
}

void program_end(struct program *x)
{
	process_exit(x->p);
	x->p = NULL;
}

int program_submit(struct program *x, const struct dsa_hw_desc *d)
{
	int rc;

	if (!x->shared)
		return process_movdir64b(x->p, x->portal, d);
	do {
		rc = process_enqcmd(x->p, x->portal, d);
		if (rc == -EAGAIN)
			fiber_sleep(US / 2);
	} while (rc == -EAGAIN);
	return rc;
}

u8 program_run(struct program *x, struct dsa_hw_desc *d)
{
	static const u8 zero[32];
	u8 status = 0;
	u32 i;

	process_copy_out(x->p, x->record, zero, sizeof(zero));
	d->completion_addr = x->record;
	d->flags |= IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	if (program_submit(x, d))
		return 0;
	for (i = 0; i < 20000 && !status; i++) {
		fiber_sleep(US / 4);
		if (process_copy_in(x->p, &status, x->record, 1))
			return 0;
	}
	return status & 0x7f;
}

u8 program_copy(struct program *x, u32 bytes, u32 seed)
{
	struct dsa_hw_desc d = {.opcode = DSA_OPCODE_MEMMOVE,
				.src_addr = x->source,
				.dst_addr = x->target,
				.xfer_size = bytes};
	u8 *want = calloc(2, bytes), *got = want + bytes, status;
	u32 i;

	for (i = 0; i < bytes; i++)
		want[i] = seed + i * 7;
	process_copy_out(x->p, x->source, want, bytes);
	memset(got, ~seed, bytes);
	process_copy_out(x->p, x->target, got, bytes);
	status = program_run(x, &d);
	process_copy_in(x->p, got, x->target, bytes);
	if (memcmp(want, got, bytes))
		status = 0;
	free(want);
	return status;
}

void program_record(const struct program *x, u8 *record)
{
	process_copy_in(x->p, record, x->record, 32);
}
