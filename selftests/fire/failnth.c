// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation fails once, and every copy to and from user memory: the kernel's
 * fault injection (Documentation/fault-injection, fail-nth) lets the Nth chance of an
 * operation fail, N = 1, 2, … until the operation ends before its Nth. Oracle: an
 * operation that met a failure either did without or says why (ENOMEM; EFAULT of a
 * copy), and the same one afterwards, undisturbed, does what it did before. What was
 * lost on the way is kmemleak's to tell; the console's watchers tell the rest.
 *
 * usage: failnth MODULE.ko [NAME…]
 */
#include "dev.h"
#include "tap.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define TRACE	"/sys/kernel/tracing/events/mmscope/mmscope_fault/enable"
#define DEBUG	"/sys/kernel/debug/mmscope/"
#define MOST	4000	/* chances of one operation; more is a loop */

static pid_t target;
static int module_fd, nth_fd, pipe_fd[2];
static uint64_t task_size;

/* State an operation finds: descriptor, attached, mapped. */
struct state {
	int fd, other;
	const char *buffer;
};

static int set_number(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int op_open(struct state *s)
{
	s->fd = open(MMSCOPE_DEVICE, O_RDONLY | O_CLOEXEC);
	return s->fd < 0 ? errno : 0;
}

static int op_attach(struct state *s)
{
	struct mmscope_attach a = { .size = sizeof(a), .fd = s->other };

	return dev_call(s->fd, MMSCOPE_IOC_ATTACH, &a);
}

static int op_attach_pid(struct state *s)
{
	struct mmscope_attach a = {
		.size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = target,
	};

	return dev_call(s->fd, MMSCOPE_IOC_ATTACH, &a);
}

static int op_info(struct state *s)
{
	static struct mmscope_bit bits[64];
	static struct mmscope_kind kinds[64];
	struct mmscope_info i = {
		.size = sizeof(i), .nr_bits = 64, .bits = (uintptr_t)bits,
		.nr_kinds = 64, .kinds = (uintptr_t)kinds,
	};

	return dev_call(s->fd, MMSCOPE_IOC_INFO, &i);
}

static int op_walk(struct state *s)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)&target };

	return dev_call(s->fd, MMSCOPE_IOC_WALK, &w);
}

static int op_scan(struct state *s)
{
	struct mmscope_scan a = {
		.size = sizeof(a), .flags = MMSCOPE_SCAN_RUNS, .levels = 7,
		.end = task_size,
	};

	return dev_call(s->fd, MMSCOPE_IOC_SCAN, &a);
}

static int op_vmas(struct state *s)
{
	struct mmscope_vmas a = { .size = sizeof(a), .end = task_size };

	return dev_call(s->fd, MMSCOPE_IOC_VMAS, &a);
}

static int op_mm(struct state *s)
{
	struct mmscope_mm a = { .size = sizeof(a) };

	return dev_call(s->fd, MMSCOPE_IOC_MM, &a);
}

static int op_tasks(struct state *s)
{
	struct mmscope_tasks a = { .size = sizeof(a) };

	return dev_call(s->fd, MMSCOPE_IOC_TASKS, &a);
}

static int op_frames(struct state *s)
{
	struct mmscope_frames a = { .size = sizeof(a), .start = 0x1000, .end = 0x1400 };

	return dev_call(s->fd, MMSCOPE_IOC_FRAMES, &a);
}

static int op_layout(struct state *s)
{
	struct mmscope_layout a = { .size = sizeof(a) };

	return dev_call(s->fd, MMSCOPE_IOC_LAYOUT, &a);
}

static int op_zones(struct state *s)
{
	struct mmscope_zones a = { .size = sizeof(a) };

	return dev_call(s->fd, MMSCOPE_IOC_ZONES, &a);
}

static int op_mmap(struct state *s)
{
	s->buffer = mmap(NULL, BUFFER_LEN, PROT_READ, MAP_SHARED, s->fd, 0);
	return s->buffer == MAP_FAILED ? errno : 0;
}

/* A page of the buffer into the page tables: a fault that fails is a signal. */
static int op_touch(struct state *s)
{
	/* the kernel reads it: EFAULT, not SIGBUS */
	return write(pipe_fd[1], s->buffer + 5 * PAGE, PAGE) < 0 ? errno : 0;
}

/* One file of debugfs, asked by writing and then read to its end. */
static int ask_debugfs(const char *name, const char *question)
{
	char path[128], text[4096];
	int fd, err = 0;
	ssize_t n;

	snprintf(path, sizeof(path), DEBUG "%s", name);
	fd = open(path, (question ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (question && write(fd, question, strlen(question)) < 0)
		err = errno;
	while (!err && (n = read(fd, text, sizeof(text))))
		if (n < 0)
			err = errno;
	close(fd);
	return err;
}

static int op_debugfs(const char *name, unsigned long address)
{
	char question[64];

	snprintf(question, sizeof(question), address ? "%d %lx" : "%d", target, address);
	return ask_debugfs(name, question);
}

static int op_debug_walk(struct state *s)
{
	(void)s;
	return op_debugfs("walk", (uintptr_t)&target);
}

static int op_debug_maps(struct state *s)
{
	(void)s;
	return op_debugfs("maps", 0);
}

static int op_debug_mm(struct state *s)
{
	(void)s;
	return op_debugfs("mm", 0);
}

static int op_debug_tables(struct state *s)
{
	(void)s;
	return op_debugfs("pagetables", 0);
}

static int op_debug_stats(struct state *s)
{
	(void)s;
	return ask_debugfs("stats", NULL);
}

static int op_debug_selftest(struct state *s)
{
	(void)s;
	return ask_debugfs("selftest", NULL);
}

static int op_trace_on(struct state *s)
{
	(void)s;
	return set_number(TRACE, "1");
}

static int op_trace_off(struct state *s)
{
	(void)s;
	return set_number(TRACE, "0");
}

static int op_load(struct state *s)
{
	(void)s;
	return syscall(SYS_finit_module, module_fd, "", 0) ? errno : 0;
}

static int op_unload(struct state *s)
{
	(void)s;
	return syscall(SYS_delete_module, "mmscope", O_NONBLOCK) ? errno : 0;
}

/* What an operation needs before, and leaves behind. */
enum needs { NOTHING, OPENED, PAGEMAP, ATTACHED, MAPPED, TRACED, UNLOADED, LOADED };

/*
 * @spares: what the kernel calls in it cannot do without memory, and warns: taking out a
 * kprobe (kernel/kprobes.c), describing the event of a module (event_define_fields(),
 * kernel/trace/trace_events.c). There allocations succeed.
 */
static const struct operation {
	const char *name;
	enum needs needs;
	int (*op)(struct state *s);
	const char *spares;
} operations[] = {
	{ "open", NOTHING, op_open },
	{ "attach", PAGEMAP, op_attach },
	{ "attach-pid", OPENED, op_attach_pid },
	{ "mmap", OPENED, op_mmap },
	{ "touch", MAPPED, op_touch },
	{ "info", OPENED, op_info },
	{ "walk", ATTACHED, op_walk },
	{ "scan", MAPPED, op_scan },
	{ "vmas", MAPPED, op_vmas },
	{ "mm", MAPPED, op_mm },
	{ "tasks", MAPPED, op_tasks },
	{ "frames", MAPPED, op_frames },
	{ "layout", MAPPED, op_layout },
	{ "zones", MAPPED, op_zones },
	{ "debugfs-walk", NOTHING, op_debug_walk },
	{ "debugfs-maps", NOTHING, op_debug_maps },
	{ "debugfs-mm", NOTHING, op_debug_mm },
	{ "debugfs-pagetables", NOTHING, op_debug_tables },
	{ "debugfs-stats", NOTHING, op_debug_stats },
	{ "debugfs-selftest", NOTHING, op_debug_selftest },
	{ "trace-on", NOTHING, op_trace_on, "__disarm_kprobe_ftrace" },
	{ "trace-off", TRACED, op_trace_off, "__disarm_kprobe_ftrace" },
	{ "unload", LOADED, op_unload },
	{ "load", UNLOADED, op_load, "trace_module_notify" },
};

/* Undisturbed; what fails here was broken by the time before. */
static void prepare(struct state *s, enum needs needs)
{
	*s = (struct state){ .fd = -1, .other = -1, .buffer = MAP_FAILED };
	if (needs == TRACED && op_trace_on(s))
		die("tracepoint on");
	if (needs == UNLOADED && op_unload(s))
		die("unload");
	if (needs < OPENED || needs > MAPPED)
		return;
	if (op_open(s))
		die("open");
	s->other = open_pagemap(target);
	if (needs >= ATTACHED && op_attach(s))
		die("ATTACH");
	if (needs == MAPPED && op_mmap(s))
		die("mmap");
}

static void settle(struct state *s, enum needs needs)
{
	char rest[PAGE];
	struct stat st;

	while (read(pipe_fd[0], rest, sizeof(rest)) > 0)
		;
	if (s->buffer != MAP_FAILED)
		munmap((void *)s->buffer, BUFFER_LEN);
	if (s->fd >= 0)
		close(s->fd);
	if (s->other >= 0)
		close(s->other);
	if (!stat(TRACE, &st) && set_number(TRACE, "0"))
		die("tracepoint off");
	if (needs >= UNLOADED && stat("/sys/module/mmscope", &st) && op_load(s))
		die("load");
}

/* What is left of the number before may make the first try fail. */
static void inject(unsigned int n)
{
	char text[16];
	int i;

	snprintf(text, sizeof(text), "%u", n);
	for (i = 0; pwrite(nth_fd, text, strlen(text), 0) < 0; i++)
		if (i)
			die("fail-nth");
}

/* Was the Nth chance met? What it is read with may meet it itself: no. */
static bool was_met(void)
{
	char text[16] = "1";
	bool met = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && text[0] == '0';

	inject(0);
	return met;
}

/* A function of the kernel: from its first byte to that of the next one. */
static void find_function(const char *name, unsigned long *start, unsigned long *end)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long address;
	char line[512], symbol[256];

	*start = *end = 0;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %255s", &address, symbol) == 2 && !strcmp(symbol, name))
			*start = address;
	if (!f || !*start)
		die("%s in /proc/kallsyms", name);
	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx", &address) == 1 && address > *start && (!*end || address < *end))
			*end = address;
	fclose(f);
}

/* Allocations made by @name, however deep, do not count as chances; NULL: all do. */
static void spare(const char *name)
{
	static const char * const attributes[] = { "failslab", "fail_page_alloc" };
	unsigned long start = 0, end = 0;
	char path[128], text[32];
	unsigned int i, bad = 0;

	if (name)
		find_function(name, &start, &end);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/stacktrace-depth", attributes[i]);
		bad += !!set_number(path, "32");
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/reject-start", attributes[i]);
		snprintf(text, sizeof(text), "0x%lx", start);
		bad += !!set_number(path, text);
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/reject-end", attributes[i]);
		snprintf(text, sizeof(text), "0x%lx", end);
		bad += !!set_number(path, text);
	}
	if (bad)
		die("reject-start, reject-end");
}

/*
 * ELOOP comes from the kernel's reader of a module's type information (btf_module_notify();
 * its log says "failed to validate module BTF"), at some chances of some runs on 6.12. The
 * module has no such answer.
 */
static bool is_expected(const struct operation *op, int err)
{
	return !err || err == ENOMEM || err == EFAULT || (op->op == op_load && err == ELOOP);
}

static void sweep(unsigned int k)
{
	unsigned int n, failed = 0, odd = 0, lasting = 0;
	struct state s;
	bool met;
	int err;

	spare(operations[k].spares);
	for (n = 1; n < MOST; n++) {
		prepare(&s, operations[k].needs);
		inject(n);
		err = operations[k].op(&s);
		met = was_met();
		failed += met && err;
		if (!is_expected(&operations[k], err) && odd++ < 5)
			printf("# %s, failure %u: %s\n", operations[k].name, n, strerror(err));
		/* which loads the module, if that or its end is what has failed */
		settle(&s, operations[k].needs);
		if (operations[k].needs < UNLOADED) {
			prepare(&s, operations[k].needs);
			err = operations[k].op(&s);
			if (err && lasting++ < 5)
				printf("# %s, after failure %u: %s\n", operations[k].name, n,
				       strerror(err));
			settle(&s, operations[k].needs);
		}
		if (!met)
			break;
	}
	printf("# count failnth-%s calls %u\n", operations[k].name, 2 * n);
	ok(n < MOST && !odd && !lasting, "%s: %u chances to fail, %u told, the others did without",
	   operations[k].name, n - 1, failed);
}

/* Also what may sleep and wait for memory fails, and no trace is printed of it. */
static bool arm(void)
{
	static const char * const names[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[128];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", names[i]);
		if (set_number(path, "0"))
			return false;
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", names[i]);
		if (i < 2 && set_number(path, "N"))
			return false;
	}
	return !set_number("/sys/kernel/debug/fail_page_alloc/min-order", "0") &&
	       !set_number("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
}

/* All, these NAMEs, or all but one: -NAME. */
static bool is_named(int argc, char **argv, const char *name)
{
	int i;

	if (argc == 3 && argv[2][0] == '-')
		return strcmp(argv[2] + 1, name);
	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= 2;
}

int main(int argc, char **argv)
{
	unsigned int k;
	int fd;

	if (argc < 2)
		die("usage: failnth MODULE.ko [NAME… | -NAME]");
	module_fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0) {
		skip("every allocation fails once", "this kernel has no fault injection");
		return tap_end();
	}
	if (module_fd < 0 || !arm())
		die("%s, or the settings in debugfs", argv[1]);
	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK))
		die("pipe");
	fd = dev_open();
	task_size = dev_info(fd).task_size;
	close(fd);
	target = fork();
	if (!target) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	for (k = 0; k < sizeof(operations) / sizeof(operations[0]); k++)
		if (is_named(argc, argv, operations[k].name))
			sweep(k);
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	return tap_end();
}
