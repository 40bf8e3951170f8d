/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence counts: a reader that blocks in between may have to try again. */
#ifndef _LINUX_SEQLOCK_H
#define _LINUX_SEQLOCK_H

#include <linux/spinlock.h>

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

typedef struct {
	seqcount_t seqcount;
	spinlock_t lock;
} seqlock_t;

#define seqcount_init(s) ((s)->sequence = 0)
#define seqlock_init(s)                                                                            \
	do {                                                                                       \
		seqcount_init(&(s)->seqcount);                                                     \
		spin_lock_init(&(s)->lock);                                                        \
	} while (0)

void cpu_relax(void);

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = READ_ONCE(s->sequence)) & 1)
		cpu_relax();
	return seq;
}

static inline bool read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	s->sequence++;
}

static inline void write_seqcount_end(seqcount_t *s)
{
	s->sequence++;
}

static inline void write_seqlock(seqlock_t *s)
{
	spin_lock(&s->lock);
	write_seqcount_begin(&s->seqcount);
}

static inline void write_sequnlock(seqlock_t *s)
{
	write_seqcount_end(&s->seqcount);
	spin_unlock(&s->lock);
}

#define read_seqbegin(s)	read_seqcount_begin(&(s)->seqcount)
#define read_seqretry(s, start) read_seqcount_retry(&(s)->seqcount, start)

#endif
