/* SPDX-License-Identifier: GPL-2.0 */
/* A toy bus with queues, after the manner of the dsa bus; both worlds include this. */
#ifndef TESTS_UNIT_KAPI_TOY_BUS_H
#define TESTS_UNIT_KAPI_TOY_BUS_H

#include "sim/core/types.h"

/* What the drivers told so far: "KERNEL:EVENT DEVICE|" each. The test empties it. */
#define TOY_EVENTS_MAX 4096
extern char toy_events[TOY_EVENTS_MAX];
void toy_event(const char *kernel, const char *what, const char *dev);

/* What a probe of driver "user" should return, one for all kernels; 0: success. */
extern int toy_probe_error;
/* What the slow attribute waits for, ps. */
extern u64 toy_slow_ps;

/* ioctl() of the node: one for each way of reaching the caller's memory. */
enum {
	TOY_IOC_PLUS_ONE = 1,
	TOY_IOC_STRUCT4 = 4, /* copy_struct_from_user() of that many bytes: value * 1000 + newer */
	TOY_IOC_STRUCT8 = 8,
	TOY_IOC_STRUCT16 = 16,
	TOY_IOC_TEXT = 20,	/* length of the text, at most 8 */
	TOY_IOC_INCREMENT = 21, /* of the u32 */
	TOY_IOC_CLEAR = 22,	/* 1000 bytes: those not cleared */
};

/* All run inside a kernel on a fiber; the argument is unused unless said. Return 0 or -errno. */
int toy_register(
	void *arg); /* bus, drivers "ctl" and "user", device toy0 with q0.0, q0.1, toy0/class */
int toy_unregister(void *arg);	 /* everything, newest first */
int toy_add_late(void *arg);	 /* another queue while drivers are there: q0.7 */
int toy_remove_queue(void *arg); /* *(u32 *)arg: number of the queue */
int toy_devres(void *arg);	 /* managed resources are released newest first */
int toy_find(void *arg);	 /* look-ups and walks */
int toy_errors(void *arg);	 /* misuse that must fail */
int toy_node_add(void *arg);	 /* character device toy!q0.0 */
int toy_node_del(void *arg);
int toy_chrdev_numbers(void *arg); /* allocation of device numbers */
int toy_misc(void *arg);
/* Opens /dev/toy/q0.0 as process would: kept in *(void **)arg. */
int toy_open(void *arg);
int toy_use_file(void *arg); /* read, write, ioctl, poll, seek on the file at *(void **)arg */
int toy_close(void *arg);
int toy_poll_ready(void *arg); /* makes the node readable */
int toy_poll_wait(void *arg);  /* waits on the file at *(void **)arg: events */
int toy_sysfs_poll(void *arg); /* waits until toy0's "level" is notified: 0 */
int toy_sysfs_notify(void *arg);
int toy_notifier(void *arg); /* watches the bus from here on */
int toy_shutdown(void *arg);
int toy_class_add(void *arg); /* a1 and b1 below toy0, virt/one without a parent */
int toy_class_del(void *arg);

#endif
