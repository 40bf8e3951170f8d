/* SPDX-License-Identifier: GPL-2.0 */
/* The user's side of a kernel's /sys and /dev trees: what a program with these paths would see
 * (bridge header). */
#ifndef HOST_DRIVER_KAPI_SYSFS_USER_H
#define HOST_DRIVER_KAPI_SYSFS_USER_H

#include "sim/core/types.h"

struct kernel;

/*
 * Paths are absolute ("/sys/bus/dsa/devices/dsa0/wq0.0/size", "/dev/dsa/wq0.0"), links are
 * followed, "." and ".." work. Functions marked F run the attribute's functions on the calling
 * fiber, which need not be in the kernel: they enter it. All errors are negative errno values as
 * the system call gives them: -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG, -EACCES, -EISDIR, and what
 * the driver returns.
 */

#define KSYS_UID_ROOT 0u

/* F: opens, reads once from the start into @buf of @len bytes, closes. Bytes read. */
int ksys_read(struct kernel *k, const char *path, char *buf, u32 len);
/* F: reads at offset @off of the same text. */
int ksys_pread(struct kernel *k, const char *path, char *buf, u32 len, u64 off);
/*
 * F: opens for writing, writes @len bytes, closes. The driver's own return; -EACCES where nobody
 * may write, -EIO when the attribute cannot be written after all.
 */
int ksys_write(struct kernel *k, const char *path, const char *buf, u32 len);
/* The same as user @uid: modes decide. Owner of everything is root. */
int ksys_read_as(struct kernel *k, u32 uid, const char *path, char *buf, u32 len);
int ksys_write_as(struct kernel *k, u32 uid, const char *path, const char *buf, u32 len);

/* Text of a link, not terminated, cut at @len. Bytes; -EINVAL when it is no link. */
int ksys_readlink(struct kernel *k, const char *path, char *buf, u32 len);
/* The path with all links followed, terminated; its length, -ERANGE when it does not fit. */
int ksys_realpath(struct kernel *k, const char *path, char *buf, u32 len);

enum ksys_type { KSYS_DIR, KSYS_FILE, KSYS_LINK, KSYS_CHR };

struct ksys_stat {
	enum ksys_type type;
	u32 mode; /* permission bits */
	u32 uid, gid;
	u32 major, minor; /* character devices */
	u64 size;	  /* 4096 for attributes */
};
/* @follow: of what a link names. 0 or -errno. */
int ksys_stat(struct kernel *k, const char *path, bool follow, struct ksys_stat *st);
bool ksys_exists(struct kernel *k, const char *path);
/* Entries of a directory without "." and "..", in the order they were made. A non-zero return ends
 * it. */
typedef int ksys_list_fn(void *ctx, const char *name, enum ksys_type type);
int ksys_list(struct kernel *k, const char *dir, ksys_list_fn *fn, void *ctx);

/* chmod(2) and chown(2) of a node or attribute: what udev or an administrator does. */
int ksys_chmod(struct kernel *k, const char *path, u32 mode);
int ksys_chown(struct kernel *k, const char *path, u32 uid, u32 gid);

#endif
