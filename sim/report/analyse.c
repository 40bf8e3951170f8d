// SPDX-License-Identifier: GPL-2.0
/* What limited the run, in one line with its reasons. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/format.h"
#include "sim/report/report_priv.h"

/* A resource counts as the limit from this share of the interval on. */
#define BUSY_ENOUGH 0.90
/* What takes this share of the clients' time or of the latency decides. */
#define MOST 0.5
/* In flight this close to the window: the window is used up. */
#define WINDOW_FULL 0.85

static void say(struct report *r, enum limit_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct report *r, enum limit_kind kind, const char *fmt, ...)
{
	va_list ap;

	r->limit_kind = kind;
	va_start(ap, fmt);
	vsnprintf(r->limit, sizeof(r->limit), fmt, ap);
	va_end(ap);
}

/* The busiest resource; @slots: engine slots, which fill up behind a busy port, are looked at. */
static const struct usage *busiest(const struct report *r, bool derived)
{
	for (u32 i = 0; i < r->nusages; i++) {
		const struct usage *u = &r->usage[i];

		if (!u->symptom && !u->use == derived && u->value.count)
			return u;
	}
	return NULL;
}

/* ---- The clients that drive the devices ---- */

struct load {
	u32 clients; /* that saw units */
	u32 open_loop;
	u64 units, latency; /* and the sum of theirs */
	u64 active;	    /* sum of their times from the first unit issued to the last one seen */
	double window;	    /* mean window of an active client, 0 when one is unknown */
	double flight;	    /* mean units in flight of one, by Little's law */
	u64 time, part[REPORT_TIME_COUNT];
};

static void add_client(struct load *l, const struct report *r, const struct client *c)
{
	u64 from = c->first_issued > r->start ? c->first_issued : r->start;
	u64 active = c->last_seen > from ? c->last_seen - from : 1;

	l->clients++;
	l->open_loop += c->cfg.open_loop;
	l->units += c->work.units;
	l->latency += c->work.latency.sum_lo;
	l->active += active;
	l->window += (double)c->cfg.window * (double)active;
	for (u32 k = 0; k < REPORT_TIME_COUNT; k++) {
		l->part[k] += c->work.time[k];
		l->time += c->work.time[k];
	}
}

/* Cores that do the work themselves count only when nobody uses a device. */
static struct load load_of(const struct report *r)
{
	struct load l = {0};
	bool known = true, device = false;

	for (u32 i = 0; i < r->nclients; i++)
		device |= r->client[i]->work.units && !r->client[i]->cfg.is_cpu_baseline;
	for (u32 i = 0; i < r->nclients; i++) {
		const struct client *c = r->client[i];

		if (!c->work.units || (device && c->cfg.is_cpu_baseline))
			continue;
		known &= c->cfg.window != 0;
		add_client(&l, r, c);
	}
	l.window = known && l.active ? l.window / (double)l.active : 0;
	l.flight = report_share(l.latency, l.active);
	return l;
}

static double part(const struct load *l, enum report_time k)
{
	return report_share(l->part[k], l->time);
}

static u32 longest_stage(const struct report *r)
{
	u32 longest = 0;

	for (u32 s = 1; s < STAGE_COUNT; s++)
		if (r->work.stage[s] > r->work.stage[longest])
			longest = s;
	return longest;
}

/* Time of descriptors in the devices that was spent waiting for page responses. */
static double fault_share(const struct report *r)
{
	u64 resident = 0;

	for (u32 i = 0; i < r->ndevices; i++)
		for (u32 e = 0; e < r->device[i]->nengines; e++)
			resident += r->device[i]->engine[e].resident +
				    r->device[i]->engine[e].batch_resident;
	return report_share(r->work.fault_wait, resident);
}

/* What the cores do all the time, when they hardly wait. False: they do wait. */
static bool bound_by_core(struct report *r, const struct load *l)
{
	double submit = part(l, REPORT_PREPARE) + part(l, REPORT_SUBMIT);
	u64 asked = r->work.retries;

	if (part(l, REPORT_WORK) >= MOST) {
		say(r, LIMIT_CORE, "the cores' own work: %s of their time goes into the operations",
		    text_percent(part(l, REPORT_WORK)).s);
		return true;
	}
	/* What an open loop has between two arrivals is no thought of its program. */
	if (part(l, REPORT_THINK) >= MOST && l->open_loop < l->clients) {
		say(r, LIMIT_THINK,
		    "the programs themselves: %s of the clients' time is think time",
		    text_percent(part(l, REPORT_THINK)).s);
		return true;
	}
	if (part(l, REPORT_REPAIR) >= MOST) {
		say(r, LIMIT_REPAIR,
		    "software repair of faults: %s of the clients' time, %s repairs",
		    text_percent(part(l, REPORT_REPAIR)).s, text_count(r->work.repairs).s);
		return true;
	}
	for (u32 i = 0; i < r->ndevices; i++)
		asked += r->device[i]->total.accepted - r->device[i]->base.accepted;
	if (submit >= MOST && report_share(r->work.retries, asked) > 0.2) {
		say(r, LIMIT_RETRIES,
		    "refused submissions: %s of the ENQCMDs were answered with Retry, submission "
		    "takes %s of the clients' time",
		    text_percent(report_share(r->work.retries, asked)).s, text_percent(submit).s);
		return true;
	}
	if (submit >= MOST) {
		say(r, LIMIT_SUBMISSION,
		    "submission by the cores: preparing descriptors takes %s of the clients' time, "
		    "the submission instructions %s",
		    text_percent(part(l, REPORT_PREPARE)).s,
		    text_percent(part(l, REPORT_SUBMIT)).s);
		return true;
	}
	return false;
}

static void bound_by_latency(struct report *r, const struct load *l)
{
	const char *each = l->clients > 1 ? " a client" : "";
	u64 mean = report_mean(l->latency, l->units);
	u32 s = longest_stage(r);
	char most[80] = "";

	if (r->work.staged)
		snprintf(most, sizeof(most), ", longest stage %s (%s)", stage_names[s].name,
			 text_percent(report_share(r->work.stage[s], r->work.staged_latency)).s);
	if (l->open_loop == l->clients)
		say(r, LIMIT_ARRIVALS,
		    "the offered load: %s units/s arrive, %.3g in flight%s on average, latency "
		    "%s%s",
		    text_rate(report_rate(r, l->units), "").s, l->flight, each, text_time(mean).s,
		    most);
	else if (l->active < MOST * (double)report_ps(r))
		say(r, LIMIT_ARRIVALS,
		    "the offered load: for %s of the time no client is at work; latency %s%s",
		    text_percent(1 - report_share(l->active, report_ps(r))).s, text_time(mean).s,
		    most);
	else if (l->window > 0 && l->flight >= WINDOW_FULL * l->window)
		say(r, LIMIT_WINDOW, "latency at a window of %.4g unit%s%s: %s a unit%s", l->window,
		    l->window == 1 ? "" : "s", each, text_time(mean).s, most);
	else
		say(r, LIMIT_WINDOW, "latency: %s a unit%s; %.3g units in flight%s on average",
		    text_time(mean).s, most, l->flight, each);
}

static const char *lower_first(const char *what, char *buf, size_t len)
{
	snprintf(buf, len, "%s", what);
	/* Not an abbreviation: "Read port" but "IOTLB". */
	if (buf[0] >= 'A' && buf[0] <= 'Z' && !(buf[1] >= 'A' && buf[1] <= 'Z'))
		buf[0] += 'a' - 'A';
	return buf;
}

static void bound_by_resource(struct report *r, const struct usage *u)
{
	char what[120];

	r->limit_resource = u->name;
	say(r, LIMIT_RESOURCE, "%s (%s), %s busy", u->name,
	    lower_first(u->what, what, sizeof(what)), text_percent(u->share).s);
}

/* The busiest resource beside the limit, as the next thing to look at. */
static void say_next(struct report *r, const struct usage *top)
{
	size_t len = strlen(r->limit);

	if (!top || top->share < 0.01)
		return;
	for (const struct usage *u = top; u < r->usage + r->nusages; u++) {
		if (u->symptom || !u->use || !u->value.count ||
		    (r->limit_resource && !strcmp(u->name, r->limit_resource)))
			continue;
		if (u->share >= 0.01)
			snprintf(r->limit + len, sizeof(r->limit) - len,
				 "; %s resource: %s, %s busy",
				 r->limit_resource ? "next" : "busiest", u->name,
				 text_percent(u->share).s);
		return;
	}
}

void analyse(struct report *r)
{
	const struct usage *top = busiest(r, false), *slots = busiest(r, true);
	struct load l = load_of(r);

	if (!r->work.units) {
		say(r, LIMIT_NOTHING, "nothing: no work was seen complete");
		return;
	}
	if (top && top->share >= BUSY_ENOUGH)
		bound_by_resource(r, top);
	else if (fault_share(r) >= MOST)
		say(r, LIMIT_FAULTS,
		    "page requests: %s of the descriptors' time in the device is spent waiting for "
		    "%s page responses",
		    text_percent(fault_share(r)).s, text_count(r->work.faults).s);
	else if (bound_by_core(r, &l))
		;
	else if (slots && slots->share >= BUSY_ENOUGH)
		bound_by_resource(r, slots);
	else
		bound_by_latency(r, &l);
	say_next(r, top);
}
