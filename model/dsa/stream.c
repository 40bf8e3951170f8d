// SPDX-License-Identifier: GPL-2.0
// Data movement in time: read port, read buffers, operation unit, write port and the memory behind.
//
// A segment moves in chunks. Each chunk reserves every resource it passes, in closed form; the
// slowest decides. Alone on the device a transfer takes everything at once and is cut short when
// another stream begins. Several take turns: of a quantum each, or, where a transfer has very many
// of them, of several quanta, while others get their shares as if it were single ones (hold()).
#include "model/dsa/dsa_priv.h"
#include "sim/core/hint.h"

#define LINE 64ull
/*
 * Turns that a transfer of so many quanta is divided into beside others. Only resolution, no
 * property of hardware: the time of a transfer follows its share of the ports in so many steps.
 */
#define TURNS(quanta) ((quanta) > 64 ? 8 : (quanta) > 16 ? 4 : 2)

static u64 max64(u64 a, u64 b)
{
	return a > b ? a : b;
}

static enum mem_dir direction(const struct dsa_work *w, const struct dsa_plan_operand *op)
{
	if (!op->write)
		return MEM_READ;
	return w->flags & IDXD_OP_FLAG_CC ? MEM_WRITE_ALLOC : MEM_WRITE;
}

/* Cache Flush: its destination is neither read nor written, caches give it up. */
static inline bool flushes(const struct dsa_work *w)
{
	return w->opcode == DSA_OPCODE_CFLUSH;
}

/*
 * Accounts the next @bytes of an operand in memory; *end: when the last byte passed, *first: the
 * latency of the first.
 */
static inline void touch(struct dsa_work *w, const struct dsa_plan_operand *op, u64 bytes, u64 now,
			 u64 *first, u64 *end)
{
	struct dsa *dsa = w->dsa;
	struct dsa_access *a = &w->access[op->role];
	u32 i = a->cursor.span, n = a->spans.n;
	enum mem_dir dir = direction(w, op);
	u64 off = a->cursor.off;

	a->moved += bytes;
	while (bytes && i < n) {
		u64 pa = a->spans.pa[i], len = a->spans.span[i].len;
		u64 part = len - off < bytes ? len - off : bytes;

		if (unlikely(flushes(w))) {
			if (pa != DSA_NO_PA && dsa->bus->flush)
				*end = max64(*end,
					     dsa->bus->flush(dsa->bus_ctx, now, pa + off, part,
							     !(w->flags & IDXD_OP_FLAG_CC)));
		} else if (likely(pa != DSA_NO_PA)) {
			struct mem_cost cost = dsa->bus->access(dsa->bus_ctx, now, pa + off, part,
								dsa->cfg.socket, dir);

			/* Bandwidth only: the latency is added once, behind the ports. */
			*end = max64(*end, cost.finish - cost.first_ps);
			*first = max64(*first, cost.first_ps);
		}
		bytes -= part;
		off += part;
		if (off == len) {
			off = 0;
			i++;
		}
	}
	a->cursor.span = i;
	a->cursor.off = off;
}

/* Bytes of an operand of length @len that go with transfer bytes [pos, pos + n) of @total. */
static u64 portion(u64 len, u64 pos, u64 n, u64 total)
{
	if (likely(len == total))
		return n;
	return (u64)((unsigned __int128)len * (pos + n) / total -
		     (unsigned __int128)len * pos / total);
}

/* Lines of the destination that are written in part: read-modify-write at the memory side. */
static void partial_lines(struct dsa_work *w, const struct dsa_plan_operand *op, u64 now)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	const struct dsa_span_vec *v = &w->access[op->role].spans;
	u64 head = op->addr % LINE, tail = (op->addr + op->len) % LINE, service, each, body;
	bool odd = head % 32 || tail % 32;
	u32 lines;

	/* Written into the cache, a part of a line needs no reading and merging in memory. */
	if (likely(!(head | tail) || w->flags & IDXD_OP_FLAG_CC || flushes(w)))
		return;
	lines = !!head + (tail && (!head || op->addr / LINE != (op->addr + op->len) / LINE));
	/* Where the cache holds the line they are merged there. */
	if (dsa->bus->cached && v->n && v->pa[0] != DSA_NO_PA &&
	    dsa->bus->cached(dsa->bus_ctx, v->pa[0])) {
		service = t->partial_write_cached * lines;
		w->partial = sim_server_reserve(&dsa->partial, now, service) - service;
		return;
	}
	service = odd ? t->partial_write_odd : t->partial_write_half;
	each = odd ? t->partial_latency_odd : t->partial_latency_half;
	/* Head and tail are merged in order with the body between them, which waits in part. */
	body = sim_pipe_time(&dsa->write_port, op->len) * t->partial_body_ppm / 1000000;
	service = service * lines + body;
	/* The descriptor is through before the unit is: the merged lines are still on their way. */
	w->partial =
		sim_server_reserve(&dsa->partial, now, service) - service + each * lines + body;
}

/* ---- Turns of several quanta ---- */

static void long_turn_begin(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	w->chunk.listed = true;
	w->long_prev = NULL;
	w->long_next = dsa->long_turns;
	if (dsa->long_turns)
		dsa->long_turns->long_prev = w;
	dsa->long_turns = w;
	dsa->longest = max64(dsa->longest, w->chunk.bytes);
}

static void long_turn_end(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;

	w->chunk.listed = false;
	if (w->long_prev)
		w->long_prev->long_next = w->long_next;
	else
		dsa->long_turns = w->long_next;
	if (w->long_next)
		w->long_next->long_prev = w->long_prev;
	if (!dsa->long_turns)
		dsa->longest = 0;
}

/*
 * Time that long turns have reserved of @s for bytes that would not have their turn yet if each
 * stream stopped at @bytes, or at a quantum.
 */
static u64 too_early(struct dsa *dsa, const struct sim_server *s, u64 now, u64 bytes)
{
	u64 quantum = dsa->cfg.timing.quantum, sum = 0, longest = 0;
	const struct dsa_work *w;
	u32 i;

	bytes = max64(bytes, quantum);
	for (w = dsa->long_turns; w; w = w->long_next) {
		longest = max64(longest, w->chunk.bytes);
		for (i = 0; i < w->chunk.holds; i++) {
			const struct dsa_hold *h = &w->hold[i];
			u64 full = h->end - h->start, done, due;

			if (h->server != s || h->end <= now || w->chunk.bytes <= bytes)
				continue;
			done = now > h->start ? now - h->start : 0;
			due = (u64)((unsigned __int128)full * bytes / w->chunk.bytes);
			/* It is somewhere in a quantum. */
			due -= done % max64(full / (w->chunk.bytes / quantum), 1);
			sum += full - done > due ? full - done - due : 0;
		}
	}
	dsa->longest = longest;
	return sum;
}

static void chunk_done(struct sim *sim, struct sim_event *ev)
{
	struct dsa_work *w = dsa_of(ev, struct dsa_work, ev);

	if (w->dsa->exclusive == w)
		w->dsa->exclusive = NULL;
	if (w->chunk.listed)
		long_turn_end(w);
	w->pos += w->chunk.bytes;
	dsa_stream_segment(w);
}

/* Long turns on @s go on behind a newcomer's @service. */
static void put_off(struct dsa *dsa, const struct sim_server *s, u64 now, u64 service)
{
	struct dsa_work *w;
	u32 i;

	for (w = dsa->long_turns; w; w = w->long_next) {
		for (i = 0; i < w->chunk.holds; i++) {
			struct dsa_hold *h = &w->hold[i];

			if (h->server != s || h->end <= now)
				continue;
			h->start += service;
			h->end += service;
			if (h->end <= w->chunk.end)
				continue;
			w->finish += h->end - w->chunk.end;
			w->chunk.end = h->end;
			sim_at(dsa->sim, &w->ev, w->chunk.end, SIM_PRIO_COMPLETE);
		}
	}
}

/* Reserves @service beside long turns: does not wait for what they have reserved too early, but
 * puts it off. Remembers with a long chunk what it holds. */
static __attribute__((noinline)) u64 hold_long(struct dsa_work *w, struct sim_server *s, u64 now,
					       u64 service)
{
	struct dsa *dsa = w->dsa;
	struct dsa_hold *h = &w->hold[w->chunk.holds++];
	u64 wait, early;

	h->server = s;
	h->start = max64(now, s->free_at);
	if (h->start > now && w->chunk.bytes <= dsa->longest / 2) {
		wait = h->start - now;
		early = too_early(dsa, s, now, w->chunk.bytes);
		h->start -= early < wait ? early : wait;
		if (early)
			put_off(dsa, s, now, service);
	}
	h->end = h->start + service;
	s->use.count++;
	s->use.wait += h->start - now;
	s->use.busy += service;
	s->free_at = max64(now, s->free_at) + service;
	return h->end;
}

/* Does its chunk reserve as it is, or beside or with turns of several quanta? */
static inline bool alone(const struct dsa_work *w)
{
	return likely(!w->dsa->long_turns && w->chunk.bytes <= w->dsa->cfg.timing.quantum);
}

/* Reserves @service on a resource; @plain: alone(). */
static inline u64 hold(struct dsa_work *w, bool plain, struct sim_server *s, u64 now, u64 service)
{
	if (unlikely(!plain))
		return hold_long(w, s, now, service);
	return sim_server_reserve(s, now, service);
}

/*
 * The last of n lines decides, and the slowest of n is later than the typical one: with latencies
 * that have an exponential tail by an amount for each doubling of n, as far as lines overlap.
 */
static u64 tail(const struct dsa_timing *t, u64 bytes, u64 each)
{
	u64 n = (bytes + LINE - 1) / LINE, top;

	if (!each || n < 2)
		return 0;
	if (n > t->tail_lines)
		n = t->tail_lines;
	/* log2 with a straight line between powers of two */
	top = 63 - __builtin_clzll(n);
	return each * top + (each * (n - (1ull << top)) >> top);
}

/* Two independent delays of one line: their spreads add up like the sides of a right angle. */
static u64 both_tails(u64 a, u64 b)
{
	u64 high = a > b ? a : b, low = a > b ? b : a;

	return high ? high + low * low / (2 * high) - low * low / high * low / high * low / high / 8
		    : 0;
}

/* What the slowest of the lines adds; the last answer is kept, because sizes repeat. */
static inline u64 tails(struct dsa *dsa, u64 rd, u64 wr)
{
	const struct dsa_timing *t = &dsa->cfg.timing;

	if (unlikely(rd != dsa->tails.rd || wr != dsa->tails.wr)) {
		dsa->tails.rd = rd;
		dsa->tails.wr = wr;
		dsa->tails.time = both_tails(tail(t, rd, t->read_tail), tail(t, wr, t->write_tail));
	}
	return dsa->tails.time;
}

/* Time that the read buffers of @group take for @bytes; kept as well. */
static inline u64 buffers_time(struct dsa_group *g, u64 bytes, u64 latency)
{
	const struct dsa_timing *t = &g->dsa->cfg.timing;
	u64 size = t->read_buffer ? t->read_buffer : LINE;

	if (unlikely(bytes != g->held.bytes || latency != g->held.latency)) {
		g->held.bytes = bytes;
		g->held.latency = latency;
		g->held.work = (bytes + size - 1) / size * latency;
		g->held.time = g->read_buffers ? g->held.work / g->read_buffers : 0;
	}
	return g->held.time;
}

/* Time constant of the mean below: long against a descriptor, short against a program's phase. */
#define ANSWER_SHIFT 22

static u64 answer_mean(const struct dsa *dsa, u64 now)
{
	u64 past = now > dsa->answer_at ? now - dsa->answer_at : 0;

	return (dsa->answer_wait << ANSWER_SHIFT) / ((1ull << ANSWER_SHIFT) + past);
}

/* @bytes are read in @service: who comes by chance and meets them waits for half a burst. */
static inline void answer_note(struct dsa *dsa, u64 now, u64 bytes, u64 service)
{
	u64 burst = dsa->cfg.timing.answer_burst, most;

	if (likely(!dsa->answers || !burst || now < dsa->answer_at))
		return;
	most = sim_pipe_time(&dsa->read_port, burst) / 2;
	dsa->answer_wait = answer_mean(dsa, now) +
			   (service * (bytes < burst ? service / 2 : most) >> ANSWER_SHIFT);
	if (dsa->answer_wait > most)
		dsa->answer_wait = most;
	dsa->answer_at = now;
}

u64 dsa_answer_wait(const struct dsa *dsa)
{
	return dsa->answer_wait ? answer_mean(dsa, sim_now(dsa->sim)) : 0;
}

/* Reserves the ports for @bytes from w->pos on; returns when the ports are through. */
static u64 sim_hot reserve(struct dsa_work *w, u64 now, u64 bytes)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	u64 through = now, rd = 0, wr = 0, first_rd = 0, first_wr = 0, mem_end = now, rate;
	bool plain = alone(w);
	u32 i;

	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];
		u64 n = portion(op->len, w->pos, bytes, w->total);

		if (!flushes(w))
			*(op->write ? &wr : &rd) += n;
		touch(w, op, n, now, op->write ? &first_wr : &first_rd, &mem_end);
	}
	w->life.bytes_read += rd;
	w->life.bytes_written += wr;
	w->chunk.holds = 0;
	if (rd) {
		struct dsa_group *g = w->group;
		/* A read buffer is held for the latency of the memory that fills it. */
		u64 held = buffers_time(g, rd, first_rd + t->read_latency), service;

		dsa->read_port.srv.use.bytes += rd;
		service = sim_pipe_time(&dsa->read_port, rd);
		answer_note(dsa, now, rd, service);
		through = hold(w, plain, &dsa->read_port.srv, now, service);
		if (unlikely(g->read_limit))
			through = max64(through, hold(w, plain, &g->read_share, now,
						      service << g->read_limit));
		if (g->read_buffers)
			through = max64(through, hold(w, plain, &g->rdbuf, now, held));
		/* What several groups have to share (8.3). */
		if (unlikely(g->shares_all))
			through = max64(through, hold(w, plain, &dsa->rdbuf_all, now,
						      g->held.work / dsa->read_buffers));
		if (unlikely(g->shares_limit))
			through = max64(through, hold(w, plain, &dsa->rdbuf_limited, now,
						      g->held.work / dsa->limited_buffers));
	}
	if (wr) {
		dsa->write_port.srv.use.bytes += wr;
		w->chunk.write_end = hold(w, plain, &dsa->write_port.srv, now,
					  sim_pipe_time(&dsa->write_port, wr));
		through = max64(through, w->chunk.write_end);
		if (unlikely(w->group->write_limit))
			through = max64(through, hold(w, plain, &w->group->write_share, now,
						      sim_pipe_time(&dsa->write_port, wr)
							      << w->group->write_limit));
	}
	rate = t->op_bytes_per_s[w->opcode];
	if (unlikely(rate))
		through = max64(through, hold(w, plain, &w->engine->op, now,
					      (u64)((unsigned __int128)bytes * PS_PER_S / rate)));
	through = max64(through, mem_end);
	if (rd)
		first_rd += t->read_latency;
	if (wr)
		first_wr += t->write_latency;
	first_rd += tails(dsa, rd ? w->plan.read_bytes : 0, wr ? w->plan.write_bytes : 0);
	/* Partial lines take their own way beside the body of the data. */
	if (unlikely(w->partial))
		w->finish = max64(w->finish, w->partial + first_rd + first_wr);
	w->finish = max64(w->finish, through + first_rd + first_wr);
	return through;
}

/* Moves the cursor of an operand back by @back bytes, which have not been through memory. */
static void step_back(struct dsa_work *w, const struct dsa_plan_operand *op, u64 back, u64 now)
{
	struct dsa *dsa = w->dsa;
	struct dsa_cursor *c = &w->access[op->role].cursor;
	const struct dsa_span_vec *v = &w->access[op->role].spans;
	enum mem_dir dir = direction(w, op);

	w->access[op->role].moved -= back;
	while (back) {
		u64 part;

		if (!c->off) {
			c->span--;
			c->off = v->span[c->span].len;
		}
		part = back < c->off ? back : c->off;
		back -= part;
		c->off -= part;
		if (dsa->bus->give_back && !flushes(w) && v->pa[c->span] != DSA_NO_PA)
			dsa->bus->give_back(dsa->bus_ctx, now, v->pa[c->span] + c->off, part,
					    dsa->cfg.socket, dir);
	}
}

/* Gives back what the long chunk of @w has not used by now; it continues behind the newcomer. */
static __attribute__((noinline)) void cut_short(struct dsa_work *w, u64 now)
{
	struct dsa *dsa = w->dsa;
	u64 quantum = dsa->cfg.timing.quantum, span = w->chunk.end - w->chunk.start, used, end;
	u32 i;

	dsa->exclusive = NULL;
	if (now <= w->chunk.start || now >= w->chunk.end || !span)
		used = quantum;
	else
		used = (u64)((unsigned __int128)w->chunk.bytes * (now - w->chunk.start) / span);
	used = (used / quantum + 1) * quantum;
	if (used >= w->chunk.bytes)
		return;
	end = w->chunk.start + (u64)((unsigned __int128)span * used / w->chunk.bytes);
	for (i = 0; i < w->chunk.holds; i++) {
		struct sim_server *s = w->hold[i].server;
		u64 start = w->hold[i].start, full = s->free_at - start, keep;

		if (s->free_at <= start)
			continue;
		keep = (u64)((unsigned __int128)full * used / w->chunk.bytes);
		s->free_at = start + keep;
		s->use.busy -= full - keep;
	}
	for (i = 0; i < w->plan.noperands; i++) {
		const struct dsa_plan_operand *op = &w->plan.operand[i];
		u64 back = portion(op->len, w->pos + used, w->chunk.bytes - used, w->total);

		if (flushes(w)) {
			/* It took no port. */
		} else if (op->write) {
			w->life.bytes_written -= back;
			dsa->write_port.srv.use.bytes -= back;
		} else {
			w->life.bytes_read -= back;
			dsa->read_port.srv.use.bytes -= back;
		}
		step_back(w, op, back, now);
	}
	w->finish -= w->chunk.end - end;
	w->chunk.bytes = used;
	w->chunk.end = end;
	sim_at(dsa->sim, &w->ev, end > now ? end : now, SIM_PRIO_COMPLETE);
}

/* The last data left the write port at @now: what follows it. */
static void data_written(struct dsa_work *w, u64 now)
{
	const struct dsa_timing *t = &w->dsa->cfg.timing;
	struct dsa_engine *e = w->engine;

	/* The record goes through the same port, behind the data. */
	sim_server_reserve(&w->dsa->write_port.srv, w->chunk.write_end, t->write_gap);
	if (likely(!(w->flags & IDXD_OP_FLAG_DRDBK)))
		return;
	/* An engine reads back one destination after another. */
	e->readback = max64(e->readback, now) + t->readback_latency;
	w->finish += e->readback - now;
}

/* Moves the next chunk of the segment, or finishes it. */
void sim_hot dsa_stream_segment(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	u64 now = sim_now(dsa->sim), left = w->segment_end - w->pos, bytes = left;
	u64 quantum = dsa->cfg.timing.quantum;

	if (unlikely(bytes > quantum) && dsa->streams > 1) {
		u64 quanta = (w->total + quantum - 1) / quantum;
		u64 turn = (quanta + TURNS(quanta) - 1) / TURNS(quanta) * quantum;

		bytes = bytes < turn ? bytes : turn;
	}
	if (bytes) {
		w->chunk.start = now;
		w->chunk.bytes = bytes;
		w->chunk.listed = false;
		w->chunk.end = reserve(w, now, bytes);
	}
	if (likely(bytes == left && (bytes <= quantum || w->chunk.end == now))) {
		/* The last chunk: its end needs no event of its own. */
		w->pos += bytes;
		dsa->streams--;
		if (w->segment_end == w->total && w->plan.write_bytes)
			data_written(w, bytes ? w->chunk.end : now);
		dsa_stream_through(w->engine, bytes ? w->chunk.end : now);
		dsa_work_streamed(w);
		return;
	}
	if (bytes > quantum && dsa->streams > 1)
		long_turn_begin(w);
	else if (bytes > quantum)
		dsa->exclusive = w;
	w->ev.fire = chunk_done;
	sim_at(dsa->sim, &w->ev, w->chunk.end, SIM_PRIO_COMPLETE);
}

/* Reads only: the outcome decides how far the device reads. */
static __attribute__((noinline)) void execute_ahead(struct dsa_work *w)
{
	u64 most = 0;
	u32 i;

	for (i = 0; i < w->plan.noperands; i++)
		if (w->plan.operand[i].write)
			return;
	dsa_run_operation(w);
	for (i = 0; i < w->plan.noperands; i++)
		most = max64(most, w->res.moved[w->plan.operand[i].role]);
	if (most < w->total)
		w->segment_end = most;
}

void sim_hot dsa_stream_start(struct dsa_work *w)
{
	struct dsa *dsa = w->dsa;
	const struct dsa_timing *t = &dsa->cfg.timing;
	u64 now = sim_now(dsa->sim), pages = 0, alone;
	u32 i;

	if (unlikely(dsa->exclusive && dsa->exclusive != w))
		cut_short(dsa->exclusive, now);
	dsa->streams++;
	if (unlikely(w->faulted)) {
		/* Only the translated part moves: the shortest operand limits it. */
		for (i = 0; i < w->plan.noperands; i++) {
			const struct dsa_plan_operand *op = &w->plan.operand[i];
			u64 got = w->access[op->role].done;

			if (got >= op->len)
				continue;
			got = (u64)((unsigned __int128)got * w->total / op->len);
			if (got < w->segment_end)
				w->segment_end = got;
		}
		if (w->segment_end < w->pos)
			w->segment_end = w->pos;
	}
	if (!w->pos) {
		w->partial = 0;
		if (dsa->payload && w->segment_end >= w->total)
			execute_ahead(w);
		w->finish = max64(w->finish, now);
		if (unlikely(t->op_latency[w->opcode]))
			w->finish = max64(w->finish, now + t->op_latency[w->opcode]);
		for (i = 0; i < w->plan.noperands; i++)
			if (w->plan.operand[i].write && w->plan.operand[i].len)
				partial_lines(w, &w->plan.operand[i], now);
	}
	if (unlikely(t->page_bubble)) {
		/* A lone stream pays a gap at each page; a busy port hides it. */
		for (i = 0; i < w->plan.noperands; i++)
			pages = max64(pages, portion(w->plan.operand[i].len, w->pos,
						     w->segment_end - w->pos, w->total) >>
						     12);
		alone = now + sim_pipe_time(&dsa->read_port, w->segment_end - w->pos) +
			pages * t->page_bubble + t->read_latency + t->write_latency;
		w->finish = max64(w->finish, alone);
	}
	dsa_stream_segment(w);
}
