// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every ioctl with wrong sizes, flags, values, descriptors and callers: the
 * errno that uapi/linux/mmscope.h promises. Oracle: that header.
 */
#include "dev.h"
#include "tap.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NOBODY 65534

struct call {
	const char *name;
	unsigned long nr;
	__u32 size;		/* today */
	__u32 since;		/* when the call appeared: smaller ones are refused */
	__u32 flags;		/* known */
	bool needs_target;
};

#define VIEW (MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER)

static const struct call calls[] = {
	{ "INFO", MMSCOPE_IOC_INFO, sizeof(struct mmscope_info), 176, 0, false },
	{ "ATTACH", MMSCOPE_IOC_ATTACH, sizeof(struct mmscope_attach), 32, 1, false },
	{ "WALK", MMSCOPE_IOC_WALK, sizeof(struct mmscope_walk), 192, VIEW, true },
	{ "SCAN", MMSCOPE_IOC_SCAN, sizeof(struct mmscope_scan), 96, 7 | VIEW, true },
	{ "VMAS", MMSCOPE_IOC_VMAS, sizeof(struct mmscope_vmas), 48, 0, true },
	{ "MM", MMSCOPE_IOC_MM, sizeof(struct mmscope_mm), 288, 0, true },
	{ "TASKS", MMSCOPE_IOC_TASKS, sizeof(struct mmscope_tasks), 32, 0, true },
	{ "FRAMES", MMSCOPE_IOC_FRAMES, sizeof(struct mmscope_frames), 48, 1, false },
	{ "LAYOUT", MMSCOPE_IOC_LAYOUT, sizeof(struct mmscope_layout), 24, 0, false },
	{ "ZONES", MMSCOPE_IOC_ZONES, sizeof(struct mmscope_zones), 24, 0, false },
};

#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

/* An argument that is right, apart from what a test then breaks. */
static void prepare(const struct call *c, unsigned char *arg)
{
	memset(arg, 0, 8192);
	memcpy(arg, &c->size, 4);
	if (c->nr == MMSCOPE_IOC_SCAN) {
		struct mmscope_scan *s = (void *)arg;

		s->flags = MMSCOPE_SCAN_RUNS;
		s->end = PAGE;
		s->levels = 7;
	}
	if (c->nr == MMSCOPE_IOC_FRAMES)
		((struct mmscope_frames *)arg)->end = 1;
	if (c->nr == MMSCOPE_IOC_VMAS)
		((struct mmscope_vmas *)arg)->end = PAGE;
	if (c->nr == MMSCOPE_IOC_ATTACH)
		((struct mmscope_attach *)arg)->fd = open_pagemap(getpid());
}

/* A descriptor that is ready for everything but a second ATTACH. */
static int ready_fd(const struct call *c)
{
	static const void *before;
	int fd = dev_open();

	if (before)	/* a mapping keeps its descriptor's buffer alive */
		munmap((void *)before, BUFFER_LEN);
	before = dev_map(fd);
	if (c->needs_target && dev_attach(fd, getpid()))
		die("ATTACH");
	return fd;
}

static int with_size(const struct call *c, __u32 size, int dirty_at)
{
	static unsigned char arg[8192];
	int fd = ready_fd(c), err;

	prepare(c, arg);
	memcpy(arg, &size, 4);
	if (dirty_at)
		arg[dirty_at] = 1;
	err = dev_call(fd, c->nr, arg);
	close(fd);
	return err;
}

static void sweep_sizes(void)
{
	unsigned int i, size, bad;

	for (i = 0; i < NR_CALLS; i++) {
		const struct call *c = &calls[i];

		for (size = bad = 0; size < c->since; size++)
			bad += with_size(c, size, 0) != EINVAL;
		ok(!bad, "%s: every size below %u is EINVAL", c->name, c->since);
		for (size = c->since, bad = 0; size <= 4096; size += 93)
			bad += with_size(c, size, 0) != 0;
		ok(!bad && !with_size(c, 4096, 0), "%s: larger sizes with zeroes are accepted", c->name);
		ok(with_size(c, c->size + 8, c->size) == E2BIG &&
		   with_size(c, c->size + 8, c->size + 7) == E2BIG &&
		   with_size(c, 4096, 4095) == E2BIG, "%s: unknown bytes that are set: E2BIG", c->name);
		ok(with_size(c, 4097, 0) == E2BIG && with_size(c, 0xffffffff, 0) == E2BIG,
		   "%s: more than a page: E2BIG", c->name);
	}
}

static void sweep_flags(void)
{
	static unsigned char arg[8192];
	unsigned int i, bit, bad;
	__u32 flags;
	int fd;

	for (i = 0; i < NR_CALLS; i++) {
		const struct call *c = &calls[i];

		fd = ready_fd(c);
		for (bit = bad = 0; bit < 32; bit++) {
			prepare(c, arg);
			flags = 1U << bit;
			memcpy(arg + 4, &flags, 4);
			if (!(flags & c->flags))
				bad += dev_call(fd, c->nr, arg) != EOPNOTSUPP;
		}
		ok(!bad, "%s: unknown flags: EOPNOTSUPP", c->name);
		ok(dev_call(fd, c->nr, NULL) == EFAULT && dev_call(fd, c->nr, (void *)-4096L) == EFAULT,
		   "%s: bad pointer: EFAULT", c->name);
		close(fd);
		if (!c->needs_target)
			continue;
		fd = dev_open();
		dev_map(fd);
		prepare(c, arg);
		ok(dev_call(fd, c->nr, arg) == ENOTCONN, "%s: before ATTACH: ENOTCONN", c->name);
		close(fd);
	}
}

static void numbers(void)
{
	unsigned int nr, bad = 0;
	char arg[4096] = { 0 };
	int fd = dev_open();

	for (nr = 0; nr < 256; nr++)
		if (nr < 0x80 || nr > 0x89)
			bad += dev_call(fd, _IO(MMSCOPE_IOC_MAGIC, nr), arg) != ENOTTY;
	ok(!bad, "unknown numbers: ENOTTY");
	ok(dev_call(fd, _IO(0xBC, 0x80), arg) == ENOTTY &&
	   dev_call(fd, _IOWR(MMSCOPE_IOC_MAGIC, 0x80, int), arg) == ENOTTY &&
	   dev_call(fd, 0, arg) == ENOTTY, "other drivers' and other forms: ENOTTY");
	close(fd);
}

static int attach_fd(int target)
{
	struct mmscope_attach a = { .size = sizeof(a), .fd = target };
	int fd = dev_open(), err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);

	close(fd);
	return err;
}

static int attach_pid(pid_t pid)
{
	struct mmscope_attach a = { .size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = pid };
	int fd = dev_open(), err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);

	close(fd);
	return err;
}

static int attach_raw(__u32 flags, int target, pid_t pid, __u32 reserved)
{
	struct mmscope_attach a = {
		.size = sizeof(a), .flags = flags, .fd = target, .pid = pid, .__reserved = reserved,
	};
	int fd = dev_open(), err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);

	close(fd);
	return err;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void attach(void)
{
	int fd = dev_open(), dead, before, memfd = memfd_create("x", 0);
	struct mmscope_mm mm = { .size = sizeof(mm) };
	pid_t pid = sleeper();

	ok(attach_fd(-1) == EBADF && attach_fd(9999) == EBADF, "ATTACH: no descriptor: EBADF");
	ok(attach_fd(open("/proc/self/maps", O_RDONLY)) == EINVAL &&
	   attach_fd(open("/proc/self/mem", O_RDONLY)) == EINVAL &&
	   attach_fd(open("/proc/self/environ", O_RDONLY)) == EINVAL &&
	   attach_fd(open("/dev/null", O_RDONLY)) == EINVAL && attach_fd(memfd) == EINVAL &&
	   attach_fd(fd) == EINVAL, "ATTACH: no pagemap descriptor: EINVAL");
	ok(attach_raw(0, open_pagemap(pid), 1, 0) == EINVAL &&
	   attach_raw(MMSCOPE_ATTACH_PID, 1, pid, 0) == EINVAL &&
	   attach_raw(MMSCOPE_ATTACH_PID, 0, pid, 1) == EINVAL,
	   "ATTACH: both ways at once, or a reserved field: EINVAL");
	ok(dev_attach(fd, pid) == 0 && dev_attach(fd, pid) == EBUSY, "ATTACH: once, then EBUSY");
	ok(attach_pid(pid) == 0, "ATTACH by pid as administrator");
	before = open_pagemap(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(attach_fd(before) == ESRCH, "ATTACH: pagemap of a dead process: ESRCH");
	ok(attach_pid(pid) == ESRCH && attach_pid(0) == ESRCH && attach_pid(-1) == ESRCH,
	   "ATTACH by pid: no such process: ESRCH");
	ok(attach_pid(2) == ENXIO, "ATTACH by pid: kernel thread: ENXIO");
	dead = dev_call(fd, MMSCOPE_IOC_MM, &mm);
	ok(dead == ESRCH, "a bound descriptor after the process has exited: ESRCH");
	close(fd);
}

static int scan_with(int fd, __u64 start, __u64 end, __u32 flags, __u32 levels, __u64 mask,
		     __u64 value, __u32 reserved)
{
	struct mmscope_scan s = {
		.size = sizeof(s), .flags = flags, .start = start, .end = end, .levels = levels,
		.filter_mask = mask, .filter_value = value, .__reserved = reserved,
	};

	return dev_call(fd, MMSCOPE_IOC_SCAN, &s);
}

static void values(void)
{
	struct mmscope_vmas v = { .size = sizeof(v), .end = PAGE };
	struct mmscope_walk w = { .size = sizeof(w) };
	int fd = dev_open();
	struct mmscope_info info = dev_info(fd);
	const __u32 runs = MMSCOPE_SCAN_RUNS;

	if (dev_attach(fd, getpid()))
		die("ATTACH");
	ok(scan_with(fd, 0, PAGE, runs, 7, 0, 0, 0) == ENOBUFS &&
	   dev_call(fd, MMSCOPE_IOC_VMAS, &v) == ENOBUFS, "SCAN and VMAS without a buffer: ENOBUFS");
	dev_map(fd);
	ok(scan_with(fd, 0, PAGE, runs, 7, 0, 0, 0) == 0, "SCAN of one page");
	ok(scan_with(fd, 1, PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 0, PAGE + 1, runs, 7, 0, 0, 0) == EINVAL, "SCAN unaligned: EINVAL");
	ok(scan_with(fd, PAGE, PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 2 * PAGE, PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 0, info.task_size + PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 0, -PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, -2 * PAGE, -PAGE, runs, 7, 0, 0, 0) == EINVAL,
	   "SCAN empty, reversed, past the user half: EINVAL");
	ok(scan_with(fd, 0, PAGE, 0, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 0, PAGE, 3, 7, 0, 0, 0) == EINVAL, "SCAN neither or both ways: EINVAL");
	ok(scan_with(fd, 0, PAGE, runs, 0, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 0, PAGE, runs, 1U << info.levels, 0, 0, 0) == EINVAL &&
	   scan_with(fd, 0, PAGE, runs, 1U << 31, 0, 0, 0) == EINVAL, "SCAN no or unknown level: EINVAL");
	ok(scan_with(fd, 0, PAGE, runs, 7, 1, 2, 0) == EINVAL &&
	   scan_with(fd, 0, PAGE, runs, 7, 0, 0, 1) == EINVAL,
	   "SCAN filter value outside its mask, reserved field: EINVAL");
	ok(scan_with(fd, info.task_size - PAGE, info.task_size, runs, 7, 0, 0, 0) == 0,
	   "SCAN of the last page of the user half");
	w.va = info.task_size;
	ok(dev_call(fd, MMSCOPE_IOC_WALK, &w) == EINVAL, "WALK at the end of the user half: EINVAL");
	w.va = 0xffff800000000000ULL;
	ok(dev_call(fd, MMSCOPE_IOC_WALK, &w) == EINVAL, "WALK in the kernel half: EINVAL");
	w.va = 1ULL << 62;
	ok(dev_call(fd, MMSCOPE_IOC_WALK, &w) == EINVAL, "WALK non-canonical: EINVAL");
	w.va = info.task_size - 1;
	ok(dev_call(fd, MMSCOPE_IOC_WALK, &w) == 0, "WALK of the last byte of the user half");
	v.start = PAGE;
	ok(dev_call(fd, MMSCOPE_IOC_VMAS, &v) == EINVAL, "VMAS empty range: EINVAL");
	close(fd);
}

/* The filter by frame: 0 or errno; *entries: what it found. */
static int filter_with(int fd, __u32 flags, __u64 frame_start, __u64 frame_end, __u64 *entries)
{
	struct mmscope_scan s = {
		.size = sizeof(s), .flags = flags, .levels = 7,
		.frame_start = frame_start, .frame_end = frame_end,
	};
	int err;

	s.end = dev_info(fd).task_size;
	err = dev_call(fd, MMSCOPE_IOC_SCAN, &s);
	if (entries)
		*entries = s.entries;
	return err;
}

static void filter_values(void)
{
	const __u32 runs = MMSCOPE_SCAN_RUNS, frames = runs | MMSCOPE_SCAN_FRAMES;
	const __u32 blocks = MMSCOPE_SCAN_BLOCKS | MMSCOPE_SCAN_FRAMES;
	int fd = dev_open();
	__u64 limit = dev_info(fd).pfn_mask >> 12, entries = 0;

	if (dev_attach(fd, getpid()))
		die("ATTACH");
	dev_map(fd);
	ok(filter_with(fd, runs, 0, 1, NULL) == EINVAL && filter_with(fd, runs, 1, 0, NULL) == EINVAL,
	   "SCAN frames without their flag: EINVAL");
	ok(filter_with(fd, frames, 0, 0, NULL) == EINVAL && filter_with(fd, frames, 5, 5, NULL) == EINVAL &&
	   filter_with(fd, frames, 6, 5, NULL) == EINVAL && filter_with(fd, frames, -1, 0, NULL) == EINVAL,
	   "SCAN frames empty, reversed: EINVAL");
	ok(filter_with(fd, frames, 0, limit + 1, NULL) == EINVAL &&
	   filter_with(fd, frames, 0, -1, NULL) == EINVAL &&
	   filter_with(fd, frames, limit, limit + 1, NULL) == EINVAL,
	   "SCAN frames past physical memory: EINVAL");
	ok(filter_with(fd, MMSCOPE_SCAN_FRAMES, 0, 1, NULL) == EINVAL &&
	   filter_with(fd, blocks | runs, 0, 1, NULL) == EINVAL, "SCAN frames neither or both ways: EINVAL");
	ok(!filter_with(fd, frames, limit - 1, limit, &entries) && !entries &&
	   !filter_with(fd, blocks, limit - 1, limit, &entries) && !entries,
	   "SCAN the last frame there can be: nobody has it");
	ok(!filter_with(fd, frames, 0, limit, &entries) && entries > 50,
	   "SCAN of all frames finds entries");
	close(fd);
}

static int walk_with(int fd, __u64 va, __u32 flags)
{
	struct mmscope_walk w = { .size = sizeof(w), .flags = flags, .va = va };

	return dev_call(fd, MMSCOPE_IOC_WALK, &w);
}

static int frames_with(int fd, __u64 start, __u64 end)
{
	struct mmscope_frames a = { .size = sizeof(a), .start = start, .end = end };

	return dev_call(fd, MMSCOPE_IOC_FRAMES, &a);
}

/* The kernel half and the calls that need no target. */
static void kernel_values(void)
{
	struct mmscope_layout l = { .size = sizeof(l) };
	struct mmscope_zones z = { .size = sizeof(z) };
	struct mmscope_tasks t = { .size = sizeof(t) };
	const __u32 k = MMSCOPE_HALF_KERNEL, runs = MMSCOPE_SCAN_RUNS | k;
	int fd = dev_open(), pti;
	struct mmscope_info info = dev_info(fd);
	__u64 base = info.kernel_start;

	if (dev_attach(fd, getpid()))
		die("ATTACH");
	ok(frames_with(fd, 0, 1) == ENOBUFS && dev_call(fd, MMSCOPE_IOC_LAYOUT, &l) == ENOBUFS &&
	   dev_call(fd, MMSCOPE_IOC_TASKS, &t) == ENOBUFS &&
	   dev_call(fd, MMSCOPE_IOC_ZONES, &z) == ENOBUFS,
	   "FRAMES, LAYOUT, TASKS and ZONES without a buffer: ENOBUFS");
	dev_map(fd);
	ok(base == (info.levels == 5 ? 0xff00000000000000ULL : 0xffff800000000000ULL),
	   "the kernel half begins where the address bits of %u levels end", info.levels);
	ok(walk_with(fd, base, k) == 0 && walk_with(fd, -PAGE - 1, k) == 0,
	   "WALK of the first and the last address of the kernel half");
	ok(walk_with(fd, base - 1, k) == EINVAL && walk_with(fd, 0, k) == EINVAL &&
	   walk_with(fd, info.task_size, k) == EINVAL && walk_with(fd, -PAGE, k) == EINVAL &&
	   walk_with(fd, -1, k) == EINVAL, "WALK outside the kernel half: EINVAL");
	ok(scan_with(fd, base, -PAGE, runs, 1U << (info.levels - 1), 0, 0, 0) == 0 &&
	   scan_with(fd, -2 * PAGE, -PAGE, runs, 7, 0, 0, 0) == 0,
	   "SCAN of the kernel half, to its end");
	ok(scan_with(fd, 0, -PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, base, base, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, base, PAGE, runs, 7, 0, 0, 0) == EINVAL &&
	   scan_with(fd, base, 0, runs, 7, 0, 0, 0) == EINVAL, "SCAN outside it: EINVAL");
	pti = info.features & MMSCOPE_FEATURE_PTI ? 0 : EOPNOTSUPP;
	ok(walk_with(fd, PAGE, MMSCOPE_TOP_USER) == pti &&
	   walk_with(fd, base, k | MMSCOPE_TOP_USER) == pti &&
	   scan_with(fd, 0, PAGE, MMSCOPE_SCAN_RUNS | MMSCOPE_TOP_USER, 7, 0, 0, 0) == pti,
	   "user mode's top table: %s", pti ? "EOPNOTSUPP without page-table isolation" : "there");
	ok(frames_with(fd, 1, 1) == EINVAL && frames_with(fd, 2, 1) == EINVAL &&
	   frames_with(fd, 0, -1) == EINVAL && frames_with(fd, 1ULL << 52, (1ULL << 52) + 1) == EINVAL,
	   "FRAMES empty, reversed, past physical memory: EINVAL");
	ok(frames_with(fd, 1ULL << 39, (1ULL << 39) + 5) == 0, "FRAMES of a hole");
	ok(dev_call(fd, MMSCOPE_IOC_ZONES, &z) == 0 && z.count > 0 &&
	   z.record_size == sizeof(struct mmscope_zone) && z.bytes == z.count * z.record_size,
	   "ZONES: %u of them", z.count);
	close(fd);
}

static int map_errno(int fd, size_t len, int prot, off_t offset)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, fd, offset);

	if (p == MAP_FAILED)
		return errno;
	munmap(p, len);
	return 0;
}

static void mappings(void)
{
	int fd = dev_open(), rw = open(MMSCOPE_DEVICE, O_RDWR);
	const int r = PROT_READ;
	char *p, *q;
	pid_t pid;
	int status;

	ok(map_errno(fd, PAGE, r, 0) == EINVAL && map_errno(fd, MMSCOPE_BUFFER_MIN - PAGE, r, 0) == EINVAL &&
	   map_errno(fd, MMSCOPE_BUFFER_MAX + PAGE, r, 0) == EINVAL &&
	   map_errno(fd, BUFFER_LEN, r, PAGE) == EINVAL, "mmap of a wrong length or offset: EINVAL");
	ok(map_errno(rw, BUFFER_LEN, r | PROT_WRITE, 0) == EPERM &&
	   map_errno(rw, BUFFER_LEN, r, 0) == EPERM,
	   "mmap for writing, or of a descriptor opened for writing: EPERM");
	p = mmap(NULL, MMSCOPE_BUFFER_MAX, r, MAP_SHARED, fd, 0);
	ok(p != MAP_FAILED && map_errno(fd, BUFFER_LEN, r, 0) == EBUSY, "a second mmap: EBUSY");
	ok(mprotect(p, PAGE, r | PROT_WRITE) && errno == EACCES, "the mapping cannot be made writable");
	q = mremap(p, MMSCOPE_BUFFER_MAX, MMSCOPE_BUFFER_MAX + 16 * PAGE, MREMAP_MAYMOVE);
	if (q == MAP_FAILED) {
		ok(true, "the mapping cannot grow");
	} else {
		pid = fork();
		if (!pid) {
			signal(SIGBUS, SIG_DFL);
			_exit(((volatile char *)q)[MMSCOPE_BUFFER_MAX + PAGE]);
		}
		waitpid(pid, &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "past the buffer is SIGBUS");
	}
	close(fd);
	close(rw);
	q = q == MAP_FAILED ? p : q;
	ok(q[0] == 0 && q[MMSCOPE_BUFFER_MAX - 1] == 0, "the buffer outlives the descriptor while mapped");
}

/* After exec the descriptor of the old address space is dead. */
static void after_exec(void)
{
	struct mmscope_mm mm = { .size = sizeof(mm) };
	int fd = dev_open(), go[2], err;
	pid_t pid;
	char c = 0;

	if (pipe(go))
		die("pipe");
	pid = fork();
	if (!pid) {
		if (read(go[0], &c, 1) == 1)
			execl("/bin/sleep", "sleep", "100", NULL);
		_exit(1);
	}
	err = dev_attach(fd, pid);
	ok(!err && !dev_call(fd, MMSCOPE_IOC_MM, &mm), "attached before exec");
	if (write(go[1], &c, 1) != 1)
		die("write");
	usleep(300000);
	ok(dev_call(fd, MMSCOPE_IOC_MM, &mm) == ESRCH, "after exec: ESRCH");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

/* A hidden frame is 0: zeroes if present, ones where it is stored inverted. */
static bool frame_shown(uint64_t raw)
{
	const uint64_t field = 0x000ffffffffff000ULL;

	return raw && (raw & field) != (raw & 1 ? 0 : field);
}

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/* Entries that are not present: eight without access, and swapped ones. */
static void make_nonpresent(void)
{
	const int rw = PROT_READ | PROT_WRITE, priv = MAP_PRIVATE | MAP_ANONYMOUS;
	char *none = mmap(NULL, 8 * PAGE, rw, priv, -1, 0);
	char *swap = mmap(NULL, 64 * PAGE, rw, priv, -1, 0);

	memset(none, 1, 8 * PAGE);
	mprotect(none, 8 * PAGE, PROT_NONE);
	memset(swap, 1, 64 * PAGE);
	madvise(swap, 64 * PAGE, MADV_PAGEOUT);
}

/* All of an ordinary user's tables: entries, but no frames. */
static void scan_hidden(int fd, const char *buffer)
{
	struct mmscope_scan s = {
		.size = sizeof(s), .flags = MMSCOPE_SCAN_BLOCKS, .levels = 15,
		.end = dev_info(fd).task_size,
	};
	unsigned int i, shown = 0, entries = 0, none = 0, swapped = 0;
	uint64_t at;

	for (s.resume = 0; s.resume < s.end;) {
		s.start = s.resume;
		if (dev_call(fd, MMSCOPE_IOC_SCAN, &s))
			die("SCAN");
		for (at = 0; at < s.bytes;) {
			const struct mmscope_record *r = (const void *)(buffer + at);
			const uint64_t *slot = (const uint64_t *)(r + 1);

			shown += r->type != MMSCOPE_REC_BLOCK || r->data;
			for (i = 0; i < r->nr; i++) {
				entries += !!slot[i];
				shown += frame_shown(slot[i]);
				none += (slot[i] & 0x101) == 0x100;
				swapped += slot[i] && !(slot[i] & 0x181) && !(slot[i] >> 59);
			}
			at += sizeof(*r) + 8UL * r->nr;
		}
	}
	ok(!shown && entries > 50 && (s.out_flags & MMSCOPE_OUT_HIDDEN),
	   "user: SCAN shows no frame in %u entries", entries);
	ok(none >= 8, "user: %u entries without access are still entries", none);
	if (!swap_is_on())
		skip("user: swap entries are still entries", "nothing was swapped out");
	else
		ok(swapped >= 32, "user: %u swap entries are still entries, of type 0", swapped);
}

/* As an ordinary user, on a device that was opened to all. */
static int unprivileged(void)
{
	struct mmscope_attach a = { .size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = 1 };
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)unprivileged };
	struct mmscope_mm mm = { .size = sizeof(mm) };
	struct mmscope_layout l = { .size = sizeof(l) };
	struct mmscope_zones z = { .size = sizeof(z) };
	struct mmscope_tasks t = { .size = sizeof(t) };
	unsigned int i, shown = 0;
	const char *buffer;
	int fd;

	/* a change of user makes a process undumpable, and its pagemap root's */
	if (setgid(NOBODY) || setuid(NOBODY) || prctl(PR_SET_DUMPABLE, 1))
		die("setuid");
	fd = dev_open();
	ok(dev_call(fd, MMSCOPE_IOC_ATTACH, &a) == EPERM, "user: ATTACH by pid: EPERM");
	ok(open_pagemap(1) < 0, "user: pagemap of process 1 cannot be opened");
	ok(dev_attach(fd, getpid()) == 0, "user: ATTACH to itself");
	buffer = dev_map(fd);
	ok(!dev_call(fd, MMSCOPE_IOC_WALK, &w) && (w.out_flags & MMSCOPE_OUT_HIDDEN) &&
	   w.result == MMSCOPE_END_LEAF, "user: WALK says that frame numbers are hidden");
	for (i = 0; i < w.nr_levels; i++)
		shown += frame_shown(w.level[i].entry) || w.level[i].slot || w.level[i].node != -1;
	ok(!shown, "user: WALK shows no frame, slot or node");
	ok(!dev_call(fd, MMSCOPE_IOC_MM, &mm) && !mm.pgd, "user: MM shows no pgd");
	ok(walk_with(fd, dev_info(fd).kernel_start, MMSCOPE_HALF_KERNEL) == EPERM &&
	   scan_with(fd, -2 * PAGE, -PAGE, MMSCOPE_SCAN_RUNS | MMSCOPE_HALF_KERNEL, 7, 0, 0, 0) == EPERM &&
	   dev_call(fd, MMSCOPE_IOC_LAYOUT, &l) == EPERM, "user: the kernel half: EPERM");
	ok(frames_with(fd, 0, 1) == EPERM && dev_call(fd, MMSCOPE_IOC_ZONES, &z) == EPERM,
	   "user: FRAMES and ZONES: EPERM");
	ok(filter_with(fd, MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_FRAMES, 0, 1, NULL) == EPERM &&
	   filter_with(fd, MMSCOPE_SCAN_BLOCKS | MMSCOPE_SCAN_FRAMES, 0, 1, NULL) == EPERM,
	   "user: SCAN by frame: EPERM");
	ok(!dev_call(fd, MMSCOPE_IOC_TASKS, &t) && t.count == 1 &&
	   ((const struct mmscope_task *)buffer)->pid == getpid(),
	   "user: TASKS shows itself and no kernel thread");
	make_nonpresent();
	scan_hidden(fd, buffer);
	fflush(stdout);
	return tap_failed;
}

int main(void)
{
	int status, before;
	pid_t pid;

	numbers();
	sweep_sizes();
	sweep_flags();
	attach();
	values();
	filter_values();
	kernel_values();
	mappings();
	after_exec();
	if (chmod(MMSCOPE_DEVICE, 0666))
		die("chmod");
	before = tap_done;
	pid = fork();
	if (!pid) {
		/* results go out as they come; their number with the status */
		tap_failed = 0;
		status = unprivileged();
		_exit(status ? 0 : tap_done - before);
	}
	waitpid(pid, &status, 0);
	chmod(MMSCOPE_DEVICE, 0600);
	tap_done = before + (WIFEXITED(status) ? WEXITSTATUS(status) : 0);
	ok(tap_done > before, "the user's part passed");
	return tap_end();
}
