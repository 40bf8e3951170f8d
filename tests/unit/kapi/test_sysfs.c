// SPDX-License-Identifier: GPL-2.0
// /sys and /dev as programs see them: modes, errors, nodes, open files, poll.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <CUnit/Basic.h>

#include "dev_world.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "toy_bus.h"

static struct dev_world w;
static void begin(u32 kernels)
{
	dev_world_new(&w, kernels, NULL, NULL);
	for (u32 i = 0; i < kernels; i++)
		CU_ASSERT_EQUAL_FATAL(dev_world_call(&w, i, toy_register, NULL), 0);
	toy_events[0] = 0;
}

static void end(void)
{
	dev_world_free(&w);
}

static void test_paths(void)
{
	char buf[64];

	begin(1);
	CU_ASSERT_EQUAL(dev_read(&w, 0, "/sys/nothing", buf, sizeof(buf)), -ENOENT);
	CU_ASSERT_EQUAL(dev_read(&w, 0, "", buf, sizeof(buf)), -ENOENT);
	CU_ASSERT_EQUAL(dev_read(&w, 0, "/sys/devices/toy0", buf, sizeof(buf)), -EISDIR);
	CU_ASSERT_EQUAL(dev_read(&w, 0, "/sys/devices/toy0/level/x", buf, sizeof(buf)), -ENOTDIR);
	CU_ASSERT_EQUAL(dev_read(&w, 0, "/sys/devices/toy0/level/", buf, sizeof(buf)), -ENOTDIR);
	CU_ASSERT(dev_reads(&w, 0, "//sys/./bus/../devices//toy0/q0.0/../level", "0\n"));
	CU_ASSERT(dev_reads(&w, 0, "/../../sys/bus/toy/devices/q0.0/../level", "0\n"));
	CU_ASSERT_EQUAL(dev_list(&w, 0, "/sys/devices/toy0/level", buf, sizeof(buf)), -ENOTDIR);
	CU_ASSERT_EQUAL(dev_readlink(&w, 0, "/sys/devices/toy0", buf, sizeof(buf)), -EINVAL);
	CU_ASSERT_EQUAL(dev_readlink(&w, 0, "/sys/bus/toy/devices/toy0", buf, 7), 6);
	CU_ASSERT_STRING_EQUAL(buf, "../../");
	CU_ASSERT_EQUAL(dev_realpath(&w, 0, "/sys/bus/toy/devices/toy0", buf, 8), -ERANGE);
	dev_list(&w, 0, "/", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "sys dev ");
	dev_list(&w, 0, "/sys", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "devices bus class module dev ");
	end();
}

static void test_long_path(void)
{
	static char path[5000];
	char buf[8];

	begin(1);
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	CU_ASSERT_EQUAL(dev_read(&w, 0, path, buf, sizeof(buf)), -ENAMETOOLONG);
	path[300] = 0;
	CU_ASSERT_EQUAL(dev_read(&w, 0, path, buf, sizeof(buf)), -ENAMETOOLONG);
	end();
}

static void test_modes(void)
{
	static const char level[] = "/sys/devices/toy0/level";
	char buf[64];

	begin(1);
	CU_ASSERT_EQUAL(dev_write(&w, 0, level, "12"), 2);
	CU_ASSERT(dev_reads(&w, 0, level, "12\n"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, level, "twelve"), -EINVAL);
	CU_ASSERT_EQUAL(dev_write_as(&w, 0, 1000, level, "13"), -EACCES);
	/* On sysfs the mode binds root as well (KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK). */
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/slow", "1"), -EACCES);
	CU_ASSERT_EQUAL(dev_read(&w, 0, "/sys/devices/toy0/secret", buf, sizeof(buf)), -EACCES);
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/secret", "abc"), 3);
	CU_ASSERT(dev_reads(&w, 0, level, "3\n"));
	/* The mode allows it, nothing stands behind it. */
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/liar", "1"), -EIO);
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/empty", ""));
	CU_ASSERT_EQUAL(dev_write(&w, 0, level, ""), 0);
	CU_ASSERT(dev_reads(&w, 0, level, "3\n"));
	/* is_visible chose 0400. */
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/extra/optional", "3\n"));
	CU_ASSERT_EQUAL(dev_write(&w, 0, "/sys/devices/toy0/extra/optional", "1"), -EACCES);
	end();
}

static int chmod_chown(void *arg)
{
	char buf[8];

	(void)arg;
	if (ksys_chmod(w.k[0], "/sys/devices/toy0/level", 0600))
		return -1;
	if (ksys_read_as(w.k[0], 1000, "/sys/devices/toy0/level", buf, 8) != -EACCES)
		return -2;
	if (ksys_chown(w.k[0], "/sys/devices/toy0/level", 1000, 1000))
		return -3;
	if (ksys_read_as(w.k[0], 1000, "/sys/devices/toy0/level", buf, 8) != 2)
		return -4;
	return ksys_write_as(w.k[0], 1001, "/sys/devices/toy0/level", "1", 1) == -EACCES ? 0 : -5;
}

static void test_owner(void)
{
	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, chmod_chown, NULL), 0);
	end();
}

static int read_pieces(void *arg)
{
	static char buf[5000];
	struct ksys_stat st;

	(void)arg;
	/* A show function that overruns its page is cut, not believed. */
	if (ksys_read(w.k[0], "/sys/devices/toy0/long", buf, sizeof(buf)) != 4095)
		return -1;
	if (ksys_pread(w.k[0], "/sys/devices/toy0/long", buf, 100, 4090) != 5)
		return -2;
	if (ksys_pread(w.k[0], "/sys/devices/toy0/long", buf, 100, 9999) != 0)
		return -3;
	if (ksys_write(w.k[0], "/sys/devices/toy0/level", "7", 1) != 1)
		return -4;
	if (ksys_read(w.k[0], "/sys/devices/toy0/level", buf, 1) != 1 || buf[0] != '7')
		return -5;
	if (ksys_pread(w.k[0], "/sys/devices/toy0/level", buf, 1, 1) != 1 || buf[0] != '\n')
		return -6;
	/* Binary attributes: by offset, up to their size. */
	if (ksys_pread(w.k[0], "/sys/devices/toy0/blob", buf, 200, 250) != 50 ||
	    buf[0] != (char)250)
		return -7;
	if (ksys_pread(w.k[0], "/sys/devices/toy0/blob", buf, 200, 300) != 0)
		return -8;
	if (ksys_stat(w.k[0], "/sys/devices/toy0/blob", true, &st) || st.size != 300)
		return -9;
	if (ksys_stat(w.k[0], "/sys/devices/toy0/level", true, &st) || st.size != 4096 ||
	    st.mode != 0644 || st.type != KSYS_FILE)
		return -10;
	if (ksys_stat(w.k[0], "/sys/bus/toy/devices/toy0", false, &st) || st.type != KSYS_LINK)
		return -11;
	if (ksys_stat(w.k[0], "/sys/bus/toy/devices/toy0", true, &st) || st.type != KSYS_DIR)
		return -12;
	/* More than a page is cut, as a write(2) of that length would be. */
	memset(buf, '1', sizeof(buf));
	return ksys_write(w.k[0], "/sys/devices/toy0/secret", buf, sizeof(buf)) == 4096 ? 0 : -13;
}

static void test_pieces(void)
{
	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, read_pieces, NULL), 0);
	CU_ASSERT(dev_world_logged(&w, 0, "returned bad count"));
	end();
}

static void test_node(void)
{
	char buf[256];

	begin(1);
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/dev/toy"));
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_add, NULL), 0);
	/* The name's slash: a directory in /dev, a '!' in sysfs. */
	dev_list(&w, 0, "/dev", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "toy char ");
	CU_ASSERT(dev_exists(&w, 0, "/sys/devices/toy0/q0.0/toy!q0.0"));
	CU_ASSERT(dev_exists(&w, 0, "/sys/bus/toy/devices/toy!q0.0"));
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/q0.0/toy!q0.0/dev", "254:3\n"));
	CU_ASSERT(dev_reads(&w, 0, "/sys/devices/toy0/q0.0/toy!q0.0/uevent",
			    "MAJOR=254\nMINOR=3\nDEVNAME=toy/q0.0\nDEVTYPE=node\n"));
	dev_readlink(&w, 0, "/dev/char/254:3", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "../toy/q0.0");
	dev_realpath(&w, 0, "/sys/dev/char/254:3", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "/sys/devices/toy0/q0.0/toy!q0.0");
	CU_ASSERT_EQUAL(dev_read(&w, 0, "/dev/toy/q0.0", buf, sizeof(buf)), -ENXIO);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_del, NULL), 0);
	CU_ASSERT_STRING_EQUAL(toy_events, "host:release toy!q0.0|");
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/dev/toy"));
	dev_list(&w, 0, "/dev", buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(buf, "");
	end();
}

static int node_mode(void *arg)
{
	struct ksys_stat st;

	(void)arg;
	if (ksys_stat(w.k[0], "/dev/toy/q0.0", true, &st) || st.type != KSYS_CHR)
		return -1;
	return st.mode == 0600 && st.uid == 0 && st.major == 254 && st.minor == 3 ? 0 : -2;
}

/* A node that goes while a file is open: the file keeps the driver's object. */
static void test_open_file(void)
{
	void *file = NULL;

	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_add, NULL), 0);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, node_mode, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(dev_world_call(&w, 0, toy_open, &file), 0);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_use_file, &file), 0);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_del, NULL), 0);
	CU_ASSERT_STRING_EQUAL(toy_events, "host:open toy!q0.0|");
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_close, &file), 0);
	CU_ASSERT_STRING_EQUAL(toy_events,
			       "host:open toy!q0.0|host:close toy!q0.0|host:release toy!q0.0|");
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_open, &file), -ENOENT);
	end();
}

static void test_poll(void)
{
	void *file = NULL;
	struct dev_call waiter = {.fn = toy_poll_wait, .arg = &file};
	u64 from;

	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_add, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(dev_world_call(&w, 0, toy_open, &file), 0);
	from = sim_now(w.sim);
	dev_world_begin(&w, 0, &waiter);
	sim_run(w.sim, from + 20 * PS_PER_US);
	CU_ASSERT_FALSE(waiter.done);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_poll_ready, NULL), 0);
	CU_ASSERT(waiter.done);
	CU_ASSERT_EQUAL(waiter.rc, 1); /* EPOLLIN */
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_close, &file), 0);
	end();
}

static void test_notify(void)
{
	struct dev_call waiter = {.fn = toy_sysfs_poll};

	begin(1);
	dev_world_begin(&w, 0, &waiter);
	sim_run(w.sim, sim_now(w.sim) + PS_PER_US);
	CU_ASSERT_FALSE(waiter.done);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_sysfs_notify, NULL), 0);
	CU_ASSERT(waiter.done);
	CU_ASSERT_EQUAL(waiter.rc, 0);
	end();
}

/* The ways of drivers into a program's memory, at @va (two pages) and where there is none. */
static int user_memory(struct process *p, int fd, u64 va)
{
	u32 words[4] = {7, 3, 0, 0};

	process_copy_out(p, va, words, 16);
	if (process_ioctl(p, fd, TOY_IOC_STRUCT4, va) != 7000 ||
	    process_ioctl(p, fd, TOY_IOC_STRUCT8, va) != 7003 ||
	    process_ioctl(p, fd, TOY_IOC_STRUCT16, va) != 7003)
		return -20;
	words[3] = 1; /* a field of a newer program, in use */
	process_copy_out(p, va, words, 16);
	if (process_ioctl(p, fd, TOY_IOC_STRUCT16, va) != -E2BIG ||
	    process_ioctl(p, fd, TOY_IOC_STRUCT16, va + 8184) != -EFAULT)
		return -21;
	if (process_ioctl(p, fd, TOY_IOC_INCREMENT, va) || process_copy_in(p, words, va, 4) ||
	    words[0] != 8 || process_ioctl(p, fd, TOY_IOC_INCREMENT, 16) != -EFAULT ||
	    process_ioctl(p, fd, TOY_IOC_INCREMENT, ~0ull - 1) != -EFAULT)
		return -22;
	process_copy_out(p, va, "queue", 6);
	if (process_ioctl(p, fd, TOY_IOC_TEXT, va) != 5)
		return -23;
	process_copy_out(p, va, "queue0.0.0", 11);
	if (process_ioctl(p, fd, TOY_IOC_TEXT, va) != 8 ||
	    process_ioctl(p, fd, TOY_IOC_TEXT, 0) != -EFAULT)
		return -24;
	/* Over the end of the mapping: 8 bytes are there. */
	if (process_ioctl(p, fd, TOY_IOC_CLEAR, va) != 0 ||
	    process_ioctl(p, fd, TOY_IOC_CLEAR, va + 8184) != 992)
		return -25;
	return process_copy_in(p, words, va, 4) || words[0] ? -26 : 0;
}

/* A program with memory of its own opens attributes and nodes. */
static int as_process(void *arg)
{
	struct process *p = arg;
	struct process_map map = {.kind = PROCESS_MAP_ANON,
				  .len = 8192,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1};
	s64 va = process_mmap(p, &map);
	char text[16] = {0};
	u64 pos = 0;
	int fd;

	if (va < 0 || process_touch(p, va, 1, true))
		return -1;
	fd = process_open(p, "/sys/devices/toy0/level");
	if (fd < 0 || process_copy_out(p, va, "29\n", 3))
		return fd < 0 ? fd : -2;
	if (process_write(p, fd, va, 3, &pos) != 3 || pos != 3)
		return -3;
	/* The text is made at offset 0 and then stays: piece by piece, then the end. */
	pos = 0;
	if (process_read(p, fd, va + 100, 2, &pos) != 2 || pos != 2)
		return -4;
	if (ksys_write(w.k[0], "/sys/devices/toy0/level", "5", 1) != 1)
		return -5;
	if (process_read(p, fd, va + 102, 10, &pos) != 1 || process_read(p, fd, va, 9, &pos) != 0)
		return -6;
	if (process_copy_in(p, text, va + 100, 3) || strcmp(text, "29\n"))
		return -7;
	pos = 0;
	if (process_read(p, fd, va, 9, &pos) != 2)
		return -8;
	pos = 0;
	if (process_read(p, fd, 0x10, 9, &pos) != -EFAULT || pos)
		return -9;
	if (process_close(p, fd) || process_open(p, "/sys/devices/toy0/slow") != -EACCES)
		return -10;
	fd = process_open(p, "/dev/toy/q0.0");
	if (fd < 0)
		return fd;
	/* Across a page that is there and one that cannot be. */
	pos = 0;
	if (process_write(p, fd, va, 64, &pos) != 64 ||
	    process_write(p, fd, va + 8188, 64, &pos) != -EFAULT)
		return -11;
	if (process_ioctl(p, fd, TOY_IOC_PLUS_ONE, 41) != 42 ||
	    process_ioctl(p, fd, 9, 0) != -ENOTTY)
		return -12;
	return user_memory(p, fd, va);
}

/* Files that a program leaves open are closed when it ends. */
static int exit_process(void *arg)
{
	process_exit(arg);
	return 0;
}

static void test_process(void)
{
	struct process *p;

	begin(1);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_add, NULL), 0);
	p = process_new(w.k[0], "client", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, as_process, p), 0);
	CU_ASSERT_STRING_EQUAL(toy_events, "host:open toy!q0.0|");
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, exit_process, p), 0);
	CU_ASSERT_STRING_EQUAL(toy_events, "host:open toy!q0.0|host:close toy!q0.0|");
	end();
}

static void test_numbers(void)
{
	begin(2);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_chrdev_numbers, NULL), 0);
	/* Numbers of one kernel are no concern of the other. */
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_node_add, NULL), 0);
	CU_ASSERT_EQUAL(dev_world_call(&w, 1, toy_node_add, NULL), 0);
	CU_ASSERT(dev_reads(&w, 1, "/sys/dev/char/254:3/dev", "254:3\n"));
	CU_ASSERT_EQUAL(dev_world_call(&w, 1, toy_node_del, NULL), 0);
	CU_ASSERT(dev_exists(&w, 0, "/dev/toy/q0.0"));
	CU_ASSERT_FALSE(dev_exists(&w, 1, "/dev/toy/q0.0"));
	end();
}

static void test_misc(void)
{
	begin(2);
	CU_ASSERT_EQUAL(dev_world_call(&w, 0, toy_misc, NULL), 0);
	CU_ASSERT_EQUAL(dev_world_call(&w, 1, toy_misc, NULL), 0);
	CU_ASSERT(dev_exists(&w, 0, "/sys/class/misc"));
	CU_ASSERT_FALSE(dev_exists(&w, 0, "/sys/devices/virtual/misc"));
	end();
}

int main(void)
{
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("sysfs", NULL, NULL);
	CU_add_test(s, "paths and their errors", test_paths);
	CU_add_test(s, "names and paths that are too long", test_long_path);
	CU_add_test(s, "modes and errno of attributes", test_modes);
	CU_add_test(s, "chmod and chown", test_owner);
	CU_add_test(s, "reading in pieces, sizes, binary attributes", test_pieces);
	CU_add_test(s, "device node, its directory and links", test_node);
	CU_add_test(s, "open file and a node that goes", test_open_file);
	CU_add_test(s, "poll with and without time limit", test_poll);
	CU_add_test(s, "poll of an attribute", test_notify);
	CU_add_test(s, "files of a process", test_process);
	CU_add_test(s, "device numbers per kernel", test_numbers);
	CU_add_test(s, "miscellaneous device", test_misc);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() || CU_get_error();
}
