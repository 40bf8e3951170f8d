/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kapi's core share: the kernel object, its frames, tasks and pools (private). */
#ifndef HOST_DRIVER_KAPI_KAPI_H
#define HOST_DRIVER_KAPI_KAPI_H

#include <asm/page.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock_types.h>
#include <linux/wait.h>
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/core/rng.h"

/* Host memory for what must not lie in simulated RAM. libc's. */
void *calloc(size_t n, size_t size);
void free(void *p);

/* A broken invariant of the simulator itself: prints and aborts. Nothing a driver does gets here.
 */
void kapi_assert_fail(const char *expr, const char *file, int line) __noreturn;
#define KAPI_ASSERT(c) ((c) ? (void)0 : kapi_assert_fail(#c, __FILE__, __LINE__))

/*
 * One stay of a fiber (or of the event loop) in one kernel. Frames of a fiber form a stack; the
 * top one says what `current` is and which context the code runs in.
 */
struct kapi_frame {
	struct kapi_frame *prev;
	struct kernel *k;
	struct task_struct *task;
	struct fiber *fiber;	 /* NULL: the event loop's own stack */
	struct fiber *was_fiber; /* of the task, restored on leave */
	struct list_head node;	 /* in kernel.frames */
	u32 preempt;		 /* spinlocks held, preemption disabled */
	u32 bh;			 /* bottom halves disabled */
	u32 rcu_depth;
	u8 rcu_idx;
	bool irqs_off; /* interrupts off, and counted in kernel.irqs_off */
	bool hardirq;  /* runs a hard interrupt handler */
	bool softirq;  /* runs a timer or tasklet */
	bool own_task; /* the task was made for this frame */
	bool event;    /* a frame of the event loop */
	/* Works on an interrupt of this kernel, on processor irq_cpu; NULL: on none. */
	struct kernel *irq_k;
	u32 irq_cpu;
};

/* A queued event of a kernel, from a pool: kernel_free() can take them all back. */
struct kapi_event {
	struct sim_event ev;
	struct list_head node; /* in kernel.events, .running_events or .free_events */
	struct kernel *k;
	void (*fn)(struct kapi_event *e); /* event context, inside the kernel */
	void *owner;
};

/* A fiber about to run, or running, in a kernel. */
struct kapi_start {
	struct list_head node; /* in kernel.free_starts */
	struct kernel *k;
	struct task_struct *task;
	void (*fn)(void *arg);
	void *arg;
	bool put_task;
	char name[32];
};

/* State of a static that is only a name. */
struct kapi_static {
	const void *addr;
	void *state;
	struct kapi_static *next;
};
#define KAPI_STATIC_BUCKETS 64

struct kapi_log {
	char *ring;
	u32 size;
	u64 head, tail; /* bytes ever written, ever dropped */
	char line[512]; /* text without its newline yet */
	u32 line_len;
	int line_level;
	u64 line_time;
};

#define KAPI_ORDERS 19

struct page;
struct kapi_node {
	u64 first_pfn, end_pfn;
	u64 next_pfn;	     /* never handed out from here on */
	struct page **chunk; /* pages in pieces of 512 (2 MiB of RAM) */
	u32 chunks_used;     /* none is beyond */
	struct list_head free[KAPI_ORDERS];
};

#define KAPI_SLAB_SHIFT_MIN 4
#define KAPI_SLAB_SHIFT_MAX 13
#define KAPI_SLAB_CLASSES   (KAPI_SLAB_SHIFT_MAX - KAPI_SLAB_SHIFT_MIN + 1)
struct kapi_slab_class {
	struct list_head partial; /* slabs with a free object, longest partial first */
	u32 empty;		  /* of them without any object in use */
};

struct kapi_rcu {
	u32 readers[2];
	u8 idx;
	bool busy; /* a grace period is under way */
	wait_queue_head_t wait;
	struct rcu_head *head; /* callbacks, oldest first */
	struct rcu_head **tail;
	bool draining;
	u64 queued, done; /* callbacks */
};

struct kapi_irq_desc;
struct eventfd_ctx;
struct file;

struct kernel {
	struct sim *sim;
	struct kernel_cfg cfg;
	char name[32];
	struct kernel_stats stats;
	enum { KERNEL_IDLE, KERNEL_STARTED, KERNEL_STOPPED } phase;
	bool crashed;
	bool dead; /* kernel_free() was called: its fibers never run again */
	struct kernel *next_dead;
	struct {
		void *p;
		void (*free)(struct kernel *k, void *p);
	} slot[KERNEL_SLOT_COUNT];

	/* tasks and fibers */
	struct list_head frames;
	struct list_head tasks, free_tasks;
	struct list_head free_starts;
	struct task_struct *idle; /* current on the event loop */
	u32 fibers;		  /* alive or about to run, started by this kernel */
	u32 guests_inside;	  /* frames of foreign fibers */
	pid_t next_pid;
	void *host_blocks; /* chain of calloc()ed blocks of the pools */

	/* interrupts */
	u32 irqs_off; /* fibers that keep interrupts off */
	struct kapi_irq_desc **irq;
	u32 nr_irq, cap_irq;
	u32 *cpu_irqs;		    /* interrupts of each processor */
	struct list_head held_irqs; /* waiting for irqs_off to become 0, in order of arrival */

	/* time */
	struct list_head events, running_events, free_events;
	wait_queue_head_t timer_wait; /* for callbacks that run */

	/* memory */
	struct kapi_node node[KERNEL_NODES_MAX];
	u32 nr_nodes;
	struct kapi_slab_class slab[KERNEL_NODES_MAX][KAPI_SLAB_CLASSES];
	struct list_head full_slabs;
	u64 ram_debt;	/* time that first uses of memory took and that is not spent yet */
	u64 fail_alloc; /* allocations until one fails; 0: never */
	u64 frees;	/* blocks of pages given back */

	u64 defects; /* seeded ones, by enum spec_defect */

	struct kapi_log log;
	struct kapi_static *statics[KAPI_STATIC_BUCKETS];
	struct workqueue_struct *events_wq, *events_unbound_wq;
	struct list_head workqueues;
	struct kapi_rcu rcu;
	struct sim_rng rng;
	const struct kapi_fd_ops *fd_ops;
	struct eventfd_ctx *(*eventfd_by_fd)(int fd);
	struct eventfd_ctx *(*eventfd_by_file)(struct file *file);
};

/* context.c */
struct kapi_frame *kapi_top(void);	  /* NULL outside every kernel */
struct kapi_frame *kapi_frame_here(void); /* asserts that there is one */
static inline struct kernel *kapi_kernel(void)
{
	return kapi_frame_here()->k;
}
/* Parks the running fiber; never returns into a dead kernel. */
void kapi_park(struct kapi_frame *f);
bool kapi_park_timeout(struct kapi_frame *f, u64 ps);
/* Takes @ps of virtual time as busy work (no-op on the event loop). */
void kapi_spend(struct kapi_frame *f, u64 ps);
/* To be called after anything that may have let time pass: does not return into a dead kernel. */
void kapi_check_alive(struct kapi_frame *f);
/* Stops the running fiber for good. */
void kapi_stop_here(void) __noreturn;
/* A fiber of @k: @task NULL: a new kernel thread named @name, else @task (put at the end if @put).
 */
int kapi_run(struct kernel *k, void (*fn)(void *), void *arg, const char *name,
	     struct task_struct *task, bool put);
struct task_struct *kapi_task_alloc(struct kernel *k, const char *comm);
/* Zeroed host memory that lives as long as the kernel. NULL when out. */
void *kapi_host_alloc(struct kernel *k, size_t size);

/* kernel.c */
/*
 * State of the static at @addr in the current kernel, zeroed at first; @size is fixed per address.
 * NULL when memory is out.
 */
void *kapi_static(struct kernel *k, const void *addr, size_t size);
/* Whether @p points into the program's own data: then it is only a name. */
bool kapi_is_static(const void *p);

/* timer.c */
struct kapi_event *kapi_event_arm(struct kernel *k, u64 when, void (*fn)(struct kapi_event *),
				  void *owner);
void kapi_event_cancel(struct kapi_event *e);
/* Virtual time at which jiffies become @j; SIM_NEVER when beyond the range. */
u64 kapi_jiffies_to_time(struct kernel *k, unsigned long j);

/* page_alloc.c, slab.c */
int kapi_mem_init(struct kernel *k);
void kapi_mem_free(struct kernel *k);
/* Whether this allocation is the one to fail. */
bool kapi_fail_alloc(struct kernel *k, gfp_t gfp);
/* alloc_pages_node() without fault injection. */
struct page *kapi_alloc_pages(struct kernel *k, int nid, gfp_t gfp, unsigned int order);
/* Memory is used for the first time since it was handed out. */
void kapi_ram_used(struct kernel *k, u64 pa, u64 bytes);
/* Spends the time of that. May sleep. */
void kapi_ram_pay(struct kernel *k);
bool kapi_in_ram(const struct kernel *k, const volatile void *p);
void kapi_slab_init(struct kernel *k);
void kapi_slab_free(struct kernel *k);
u64 kapi_slab_spare(const struct kernel *k);

/* the others: undo at kernel_free() */
void kapi_irq_free_all(struct kernel *k);
void kapi_irq_deliver_held(struct kernel *k);
void kapi_rcu_init(struct kernel *k);
void kapi_log_init(struct kernel *k);

/* format.c */
struct kapi_fmt_spec {
	u8 type;
	u8 flags;
	u8 base;
	s8 qualifier;  /* 'l', 'L' (long long), 'h', 'H' (char), 'z', 't' or 0 */
	int width;     /* -1: none */
	int precision; /* -1: none */
};
#define KAPI_FMT_SIGN  1
#define KAPI_FMT_LEFT  2
#define KAPI_FMT_PLUS  4
#define KAPI_FMT_SPACE 8
#define KAPI_FMT_ZERO  16
#define KAPI_FMT_SMALL 32 /* lower case */
#define KAPI_FMT_HASH  64 /* 0x or 0 in front */

struct kapi_fmt_out {
	char *buf;
	size_t size;
	size_t len; /* what it would be */
};
static inline void kapi_fmt_putc(struct kapi_fmt_out *o, char c)
{
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}
void kapi_fmt_string(struct kapi_fmt_out *o, const char *s, struct kapi_fmt_spec spec);
void kapi_fmt_number(struct kapi_fmt_out *o, u64 num, struct kapi_fmt_spec spec);
void kapi_fmt_va(struct kapi_fmt_out *o, const char *fmt, va_list args);
/* %p and what follows it; @fmt points behind the p. Returns how many letters it used. */
size_t kapi_fmt_pointer(struct kapi_fmt_out *o, const char *fmt, const void *ptr,
			struct kapi_fmt_spec spec);

#endif
