/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel-side checks of address spaces; both worlds include this. All run on a fiber in the kernel.
 */
#ifndef TESTS_UNIT_KAPI_MM_CALLS_H
#define TESTS_UNIT_KAPI_MM_CALLS_H

#include "sim/core/types.h"

/* Each returns 0, or the line of the check that failed. */
int mm_test_refs(void *arg);	  /* users, structure, end of an address space */
int mm_test_notifiers(void *arg); /* who is told what, in which order */
int mm_test_remap(void *arg);	  /* device memory */
int mm_test_user_access(void *arg);
int mm_test_levels(void *arg);	   /* five-level tables */
int mm_test_lock(void *arg);	   /* a writer waits for readers that sleep in a fault */
int mm_test_unregister(void *arg); /* a notifier goes while its callback sleeps */
int mm_test_split(void *arg);	   /* vm_ops and files across splits */

#endif
