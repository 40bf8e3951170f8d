/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of processors. */
#ifndef _LINUX_CPUMASK_H
#define _LINUX_CPUMASK_H

#include <linux/bitmap.h>

#define NR_CPUS 1024

typedef struct cpumask {
	DECLARE_BITMAP(bits, NR_CPUS);
} cpumask_t;
typedef struct cpumask cpumask_var_t[1];

unsigned int num_online_cpus(void);
#define num_possible_cpus() num_online_cpus()
#define num_present_cpus()  num_online_cpus()
#define nr_cpu_ids	    num_online_cpus()
#define cpu_online(cpu)	    ((unsigned int)(cpu) < num_online_cpus())

#define for_each_online_cpu(cpu)   for ((cpu) = 0; (cpu) < (int)num_online_cpus(); (cpu)++)
#define for_each_possible_cpu(cpu) for_each_online_cpu(cpu)
#define for_each_present_cpu(cpu)  for_each_online_cpu(cpu)

#define cpumask_bits(m)		  ((m)->bits)
#define cpumask_set_cpu(cpu, m)	  set_bit(cpu, (m)->bits)
#define cpumask_clear_cpu(cpu, m) clear_bit(cpu, (m)->bits)
#define cpumask_test_cpu(cpu, m)  test_bit(cpu, (m)->bits)
#define cpumask_clear(m)	  bitmap_zero((m)->bits, NR_CPUS)
#define cpumask_weight(m)	  bitmap_weight((m)->bits, NR_CPUS)
#define cpumask_first(m)	  find_first_bit((m)->bits, NR_CPUS)
#define cpumask_next(n, m)	  find_next_bit((m)->bits, NR_CPUS, (n) + 1)
#define cpumask_empty(m)	  bitmap_empty((m)->bits, NR_CPUS)
#define cpumask_pr_args(m)	  NR_CPUS, (m)->bits

#endif
