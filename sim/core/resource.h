/* SPDX-License-Identifier: GPL-2.0 */
/* Shared resources as O(1) objects that answer "when would this finish?". */
#ifndef SIM_CORE_RESOURCE_H
#define SIM_CORE_RESOURCE_H

#include "sim/core/types.h"

/* What every resource counts; zero-initialised. Times in ps. */
struct sim_usage {
	u64 count; /* requests */
	u64 busy;  /* time in service, summed over units */
	u64 wait;  /* time requests waited before service */
	u64 bytes; /* pipes only */
};

/*
 * FIFO server: one unit, the caller gives the service time. Reservations must come in the order
 * of the call; a reservation that may start later passes its own @now.
 */
struct sim_server {
	u64 free_at;
	struct sim_usage use;
};
/* Reserves @service ps from the first free instant >= @now; returns the finish time. */
static inline u64 sim_server_reserve(struct sim_server *s, u64 now, u64 service)
{
	u64 start = s->free_at > now ? s->free_at : now;

	s->use.count++;
	s->use.wait += start - now;
	s->use.busy += service;
	s->free_at = start + service;
	return s->free_at;
}

/* Bandwidth pipe: a FIFO server whose service time follows the bytes. */
struct sim_pipe {
	struct sim_server srv;
	u64 ps_per_64b_q16; /* ps for 64 bytes, 16 fractional bits; 0 = infinitely fast */
};
/* Sets the rate in bytes per second (0: infinitely fast). */
static inline void sim_pipe_set_rate(struct sim_pipe *p, u64 bytes_per_s)
{
	p->ps_per_64b_q16 =
		bytes_per_s ? (u64)((((unsigned __int128)PS_PER_S * 64) << 16) / bytes_per_s) : 0;
}
/* Time that @bytes take at the pipe's rate, ps. */
static inline u64 sim_pipe_time(const struct sim_pipe *p, u64 bytes)
{
	return (u64)(((unsigned __int128)p->ps_per_64b_q16 * bytes) >> 22);
}
/* Reserves the pipe for @bytes; returns when the last byte has passed. */
static inline u64 sim_pipe_reserve(struct sim_pipe *p, u64 now, u64 bytes)
{
	p->srv.use.bytes += bytes;
	return sim_server_reserve(&p->srv, now, sim_pipe_time(p, bytes));
}

/*
 * A rate in bytes per second, to the last ps. Dividing takes long and sizes repeat: the last answer
 * is kept.
 */
struct sim_rate {
	u64 bytes_per_s; /* set before use; not 0 */
	u64 bytes, time; /* the last question and its answer */
};
/* Time that @bytes take, ps. */
static inline u64 sim_rate_time(struct sim_rate *r, u64 bytes)
{
	if (__builtin_expect(bytes != r->bytes, 0)) {
		r->bytes = bytes;
		r->time = (u64)((unsigned __int128)bytes * PS_PER_S / r->bytes_per_s);
	}
	return r->time;
}

/* k identical units behind one FIFO: a request goes to the unit that is free first. */
#define SIM_UNITS_MAX 64
struct sim_units {
	u32 units; /* 1..SIM_UNITS_MAX */
	u64 free_at[SIM_UNITS_MAX];
	struct sim_usage use;
};
u64 sim_units_reserve(struct sim_units *u, u64 now, u64 service);

/* Time-weighted level of something bounded (queue depth, buffers, credits). */
struct sim_level {
	u64 level, peak;
	u64 since;   /* time of the last change */
	u64 area_lo; /* integral of level over time, ps * level, 128 bit */
	u64 area_hi;
};
static inline void sim_level_set(struct sim_level *l, u64 now, u64 level)
{
	unsigned __int128 area = ((unsigned __int128)l->area_hi << 64) | l->area_lo;

	area += (unsigned __int128)l->level * (now - l->since);
	l->area_lo = (u64)area;
	l->area_hi = (u64)(area >> 64);
	l->since = now;
	l->level = level;
	if (level > l->peak)
		l->peak = level;
}
/* Mean level over [0, now] in 1/1000. */
u64 sim_level_mean_milli(const struct sim_level *l, u64 now);

#endif
