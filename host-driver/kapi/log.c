// SPDX-License-Identifier: GPL-2.0
/* The kernel log, and reports of bugs: WARN, BUG, panic. */
#include <linux/bug.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"

#define LOG_BYTES_DEFAULT (16 * 1024)
#define LOG_BYTES_MIN	  1024

/* In front of each line in the ring. */
struct log_record {
	u64 time;
	u16 len;
	u8 level;
	u8 pad[5];
};

void kapi_log_init(struct kernel *k)
{
	k->log.size =
		max_t(u32, k->cfg.log_bytes ? k->cfg.log_bytes : LOG_BYTES_DEFAULT, LOG_BYTES_MIN);
	k->log.line_level = LOGLEVEL_WARNING;
}

static void ring_copy_in(struct kapi_log *log, u64 at, const void *src, u32 n)
{
	const char *s = src;

	for (u32 i = 0; i < n; i++)
		log->ring[(at + i) % log->size] = s[i];
}

static void ring_copy_out(const struct kapi_log *log, u64 at, void *dst, u32 n)
{
	char *d = dst;

	for (u32 i = 0; i < n; i++)
		d[i] = log->ring[(at + i) % log->size];
}

static void ring_add(struct kernel *k, u64 time, int level, const char *text, u32 len)
{
	struct kapi_log *log = &k->log;
	struct log_record rec = {.time = time, .level = level, .len = len};

	if (!log->ring) {
		/* Made at the first line: silent kernels need none. */
		log->ring = calloc(1, log->size);
		if (!log->ring)
			return;
	}
	while (log->head - log->tail + sizeof(rec) + len > log->size) {
		struct log_record old;

		ring_copy_out(log, log->tail, &old, sizeof(old));
		log->tail += sizeof(old) + old.len;
		k->stats.log_lost++;
	}
	ring_copy_in(log, log->head, &rec, sizeof(rec));
	ring_copy_in(log, log->head + sizeof(rec), text, len);
	log->head += sizeof(rec) + len;
}

static void line_end(struct kernel *k)
{
	struct kapi_log *log = &k->log;

	log->line[log->line_len] = 0;
	k->stats.log_lines++;
	ring_add(k, log->line_time, log->line_level, log->line, log->line_len);
	log->line_len = 0;
	if (k->cfg.log)
		k->cfg.log(k->cfg.log_ctx, k, log->line_time, log->line_level, log->line);
}

static void log_text(struct kernel *k, int level, bool cont, const char *text)
{
	struct kapi_log *log = &k->log;

	if (!cont && log->line_len)
		line_end(k);
	for (; *text; text++) {
		if (!log->line_len) {
			log->line_level = level;
			log->line_time = sim_now(k->sim);
		}
		if (*text == '\n') {
			line_end(k);
			continue;
		}
		/* A line that is too long goes on in the next. */
		if (log->line_len == sizeof(log->line) - 1)
			line_end(k);
		log->line[log->line_len++] = *text;
	}
}

static int log_va(struct kernel *k, int level, const char *fmt, va_list args)
{
	char text[1024];
	const char *p = text;
	bool cont = false;
	int len;

	len = vscnprintf(text, sizeof(text), fmt, args);
	while (p[0] == KERN_SOH_ASCII && p[1]) {
		if (p[1] >= '0' && p[1] <= '7' && level == LOGLEVEL_DEFAULT)
			level = p[1] - '0';
		else if (p[1] == 'c')
			cont = true;
		p += 2;
	}
	if (level == LOGLEVEL_DEFAULT)
		level = cont && k->log.line_len ? k->log.line_level : LOGLEVEL_WARNING;
	log_text(k, level, cont, p);
	return len - (p - text);
}

void vprintk_level(int level, const char *fmt, va_list args)
{
	struct kernel *k = kernel_current();

	if (k)
		log_va(k, level, fmt, args);
}

int vprintk(const char *fmt, va_list args)
{
	struct kernel *k = kernel_current();

	return k ? log_va(k, LOGLEVEL_DEFAULT, fmt, args) : 0;
}

int _printk(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vprintk(fmt, args);
	va_end(args);
	return len;
}

static void log_line(struct kernel *k, int level, const char *fmt, ...) __printf(3, 4);
static void log_line(struct kernel *k, int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_va(k, level, fmt, args);
	va_end(args);
}

void kernel_log(struct kernel *k, int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_va(k, level, fmt, args);
	va_end(args);
	if (k->log.line_len)
		line_end(k);
}

void kernel_log_hook(struct kernel *k, kernel_log_fn *fn, void *ctx)
{
	k->cfg.log = fn;
	k->cfg.log_ctx = ctx;
}

size_t kernel_log_read(const struct kernel *k, char *buf, size_t size)
{
	const struct kapi_log *log = &k->log;
	size_t total = 0;

	for (u64 at = log->tail; at < log->head;) {
		struct log_record rec;
		char text[sizeof(log->line)];
		size_t room = total < size ? size - total : 0;

		ring_copy_out(log, at, &rec, sizeof(rec));
		ring_copy_out(log, at + sizeof(rec), text, rec.len);
		text[rec.len] = 0;
		at += sizeof(rec) + rec.len;
		total += snprintf(room ? buf + total : NULL, room, "[%5llu.%06llu] %s\n",
				  rec.time / PS_PER_S, rec.time % PS_PER_S / PS_PER_US, text);
	}
	if (size && !total)
		buf[0] = 0;
	return total;
}

/* ---- once, rate limits ---------------------------------------------------------------------- */

bool kapi_once(const void *site)
{
	bool *done = kapi_static(kapi_kernel(), site, sizeof(*done));

	if (!done || *done)
		return false;
	*done = true;
	return true;
}

struct ratelimit {
	u64 begin;
	u32 printed;
	u32 missed;
};

bool kapi_ratelimit(const void *site)
{
	struct kernel *k = kapi_kernel();
	struct ratelimit *r = kapi_static(k, site, sizeof(*r));
	u64 now = sim_now(k->sim);

	if (!r)
		return false;
	if (!r->printed || now - r->begin >= 5 * PS_PER_S) {
		if (r->missed)
			pr_warn("%u messages suppressed\n", r->missed);
		*r = (struct ratelimit){.begin = now};
	}
	if (r->printed >= 10) {
		r->missed++;
		return false;
	}
	r->printed++;
	return true;
}

/* ---- bugs ----------------------------------------------------------------------------------- */

void kapi_warn(const char *file, int line, const char *fmt, ...)
{
	struct kapi_frame *f = kapi_top();
	va_list args;

	if (!f)
		return;
	f->k->stats.warnings++;
	log_line(f->k, LOGLEVEL_WARNING, "WARNING: at %s:%d, task %s\n", file, line, f->task->comm);
	if (!fmt)
		return;
	va_start(args, fmt);
	log_va(f->k, LOGLEVEL_WARNING, fmt, args);
	va_end(args);
	if (f->k->log.line_len)
		line_end(f->k);
}

static void crash(struct kapi_frame *f) __noreturn;
static void crash(struct kapi_frame *f)
{
	f->k->stats.bugs++;
	f->k->crashed = true;
	/* On the event loop there is nothing to stop: that is the simulator's own code. */
	KAPI_ASSERT(f->fiber);
	kapi_stop_here();
}

void kapi_bug(const char *file, int line)
{
	struct kapi_frame *f = kapi_frame_here();

	log_line(f->k, LOGLEVEL_CRIT, "kernel BUG at %s:%d, task %s\n", file, line, f->task->comm);
	crash(f);
}

void panic(const char *fmt, ...)
{
	struct kapi_frame *f = kapi_frame_here();
	char text[256];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_line(f->k, LOGLEVEL_EMERG, "Kernel panic - not syncing: %s\n", text);
	crash(f);
}
