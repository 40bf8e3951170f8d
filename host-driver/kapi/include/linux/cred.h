/* SPDX-License-Identifier: GPL-2.0 */
/* Credentials of a task. */
#ifndef _LINUX_CRED_H
#define _LINUX_CRED_H

#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

struct cred {
	kuid_t uid, euid;
	kgid_t gid, egid;
	u64 cap_effective; /* bit n: capability n */
};

#define current_cred() ((const struct cred *)current->cred)

kuid_t current_uid(void);
kuid_t current_euid(void);

#endif
