// SPDX-License-Identifier: GPL-2.0
/* Traces: records a second out of a text trace; the same text without a parser beside it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/rng.h"
#include "sim/scenario/cfg.h"
#include "sim/workload/trace.h"
#include "tests/bench/bench.h"

#define RECORDS 1000000u
#define CLIENTS 4u

struct state {
	char path[64];
	char *text;
	size_t len;
	u64 sum; /* keeps the compiler honest */
};

/* Sizes, times and addresses as servers have them: many lengths of numbers. */
static void make_op(struct sim_rng *rng, struct trace_op *op)
{
	*op = (struct trace_op){
		.time = sim_rng_exp(rng, 3000) * PS_PER_NS,
		.client = (u32)sim_rng_below(rng, CLIENTS),
		.instr = TRACE_ENQCMD,
		.op = sim_rng_below(rng, 10) ? 0x03 : 0x04,
		.flags = 0x10c,
		.comp = 0x13c00280,
		.src = 0x10000000 + sim_rng_below(rng, 1u << 28),
		.dst = 0x20000000 + sim_rng_below(rng, 1u << 28),
		.size = (u32)(4096 + sim_rng_below(rng, 65536)),
		.status = sim_rng_below(rng, 30) ? 0x01 : 0x83,
	};
	if (op->status == 0x83)
		op->bytes = op->size / 2;
}

static int write_trace(struct state *s, struct cfg_error *err)
{
	struct trace_client client = {.window = 1};
	struct trace_writer *w;
	struct trace_op op;
	struct sim_rng rng;
	int rc;
	u32 i;

	rc = trace_write_open(&w, s->path, err);
	if (rc)
		return rc;
	trace_write_default_status(w, 0x01);
	for (i = 0; i < CLIENTS; i++) {
		client.thr = i;
		trace_write_client(w, &client);
	}
	sim_rng_init(&rng, 1, "bench/trace");
	for (i = 0; i < RECORDS; i++) {
		make_op(&rng, &op);
		trace_write_op(w, &op);
	}
	return trace_write_close(w, err);
}

static int load_text(struct state *s)
{
	FILE *file = fopen(s->path, "rb");
	long len;

	if (!file)
		return -errno;
	if (fseek(file, 0, SEEK_END) || (len = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) {
		fclose(file);
		return -EIO;
	}
	s->text = malloc((size_t)len);
	s->len = s->text ? fread(s->text, 1, (size_t)len, file) : 0;
	fclose(file);
	return s->text && s->len == (size_t)len ? 0 : -EIO;
}

static void done(void *state)
{
	struct state *s = state;

	unlink(s->path);
	free(s->text);
	free(s);
}

static int setup(const struct bench_figure *fig, void **state)
{
	struct state *s = calloc(1, sizeof(*s));
	struct cfg_error err;
	int rc, fd;

	if (!s)
		return -ENOMEM;
	strcpy(s->path, "/tmp/dsasim-bench-XXXXXX");
	fd = mkstemp(s->path);
	if (fd < 0) {
		free(s);
		return -errno;
	}
	close(fd);
	rc = write_trace(s, &err);
	if (rc)
		fprintf(stderr, "%s\n", err.text);
	else
		rc = load_text(s);
	if (rc)
		done(s);
	*state = s;
	return rc;
}

static int sample(const struct bench_figure *fig, void *state, struct bench_sample *out)
{
	double t = bench_seconds();
	struct state *s = state;
	struct cfg_error err;
	struct trace_op op;
	struct trace *trace;
	int rc;

	rc = trace_open(&trace, s->path, &err);
	if (rc) {
		fprintf(stderr, "%s\n", err.text);
		return rc;
	}
	while ((rc = trace_next(trace, &op)) > 0)
		s->sum += op.src + op.size;
	if (rc)
		fprintf(stderr, "%s\n", trace_error(trace));
	out->value = (double)trace_count(trace) / (bench_seconds() - t);
	trace_close(trace);
	out->yardstick = bench_text_rate(s->text, s->len, &s->sum);
	return rc;
}

const struct bench_figure bench_trace[] = {
	{.name = "trace_text",
	 .unit = "records/s",
	 .yardstick = "the same text split into fields",
	 .at_least = 8e6,
	 .setup = setup,
	 .sample = sample,
	 .done = done},
	{0},
};
