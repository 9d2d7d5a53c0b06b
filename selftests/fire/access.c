// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may look: a table of attempts, each with the answer that docs/DESIGN.md ("Who
 * may look") and uapi/linux/mmscope.h promise. Oracle: what /proc/PID/pagemap answers
 * to the same caller about the same process at the same moment; for what has no file in
 * /proc the promise alone; for the event another tracepoint of the kernel.
 *
 *	access who		callers by user, capability, namespace
 *	access passed		descriptors handed on, opened again, forged
 *	access confined		pid namespace, hidepid, subset, chroot, seccomp
 *	access limits		what stops somebody who opens and maps without end
 *	access perf		the event by perf_event_open()
 *	access yama		ptrace_scope 0 to 3 (3 stays: last)
 *	access lockdown		integrity, then confidentiality (stays: last)
 *
 * And for access.sh:
 *	access frames PID		frames of a process, by pagemap
 *	access shown LIST FILE…		entries in FILEs that hold one of these frames
 *	access pointers FILE…		addresses of kernel memory in FILEs, by /proc/kcore
 *	access buffers PID FILE		what every call gives of a process, to a file
 */
#include "dev.h"
#include "phys.h"
#include "tap.h"

#include <ctype.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define USER 1000
#define STRANGER 1001
#define ALL_CAPS (~0ULL)
#define CAP(x) (1ULL << (x))
#define FRAME_FIELD 0x000ffffffffff000ULL

/* Numbers that children go on with. */
struct tally {
	int done, failed;
	long attempts, denied, allowed;
};

static struct tally *tally;

static const char *who = "root", *whom = "itself";

/* A page that every process of this program has, at the same address. */
static char page_mem[PAGE] __attribute__((aligned(4096)));

/* One without access rights: its frame is stored inverted. */
static char none_mem[PAGE] __attribute__((aligned(4096)));

static void touch_pages(void)
{
	page_mem[1] = 1;
	if (mprotect(none_mem, PAGE, PROT_READ | PROT_WRITE))
		_exit(1);
	none_mem[1] = 1;
	if (mprotect(none_mem, PAGE, PROT_NONE))
		_exit(1);
}

/* What a caller may: the answer of /proc (errno), by pid, frames. */
struct right {
	int proc;
	bool admin, phys;
};

static const char *word(int err)
{
	return err ? strerrorname_np(err) : "allowed";
}

/* One attempt: the answer and the one that was promised, 0 or errno. */
static bool attempt(int got, int want, const char *what)
{
	tally->attempts++;
	if (got)
		tally->denied++;
	else
		tally->allowed++;
	if (got == want)
		return ok(true, "%s: %s of %s: %s", who, what, whom, word(got));
	return ok(false, "%s: %s of %s: %s, promised: %s", who, what, whom, word(got), word(want));
}

/* The same where the answer is something to see, or not. */
static bool sight(bool got, bool want, const char *what)
{
	tally->attempts++;
	if (got)
		tally->allowed++;
	else
		tally->denied++;
	return ok(got == want, "%s: %s of %s: %s%s", who, what, whom, got ? "seen" : "hidden",
		  got == want ? "" : ", promised the other");
}

/* Runs a part in a process of its own, whose results are this one's. */
#define PART(...) do {							\
	pid_t part_ = part_begin();					\
									\
	if (!part_) {							\
		__VA_ARGS__;						\
		part_exit();						\
	}								\
	part_end(part_);						\
} while (0)

static pid_t part_begin(void)
{
	fflush(stdout);
	tally->done = -1;
	return fork();
}

static void part_exit(void)
{
	fflush(stdout);
	tally->failed = tap_failed;
	tally->done = tap_done;
	_exit(0);
}

static void part_end(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	if (tally->done >= 0) {
		tap_done = tally->done;
		tap_failed = tally->failed;
		return;
	}
	ok(false, "%s: the part about %s ended early (status 0x%x)", who, whom, status);
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static int open_errno(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void set_caps(uint64_t caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	int i;

	for (i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = caps >> (32 * i);
	if (syscall(SYS_capset, &head, data))
		die("capset");
}

/* Another user, or fewer capabilities; a change of user makes undumpable. */
static void become(uid_t uid, uint64_t caps)
{
	prctl(PR_SET_KEEPCAPS, 1);
	if (uid && (setgroups(0, NULL) || setgid(uid) || setuid(uid)))
		die("setuid");
	if (uid || caps != ALL_CAPS)
		set_caps(caps == ALL_CAPS ? 0 : caps);
	if (prctl(PR_SET_DUMPABLE, 1))
		die("PR_SET_DUMPABLE");
}

/* Root of a user namespace of one's own. */
static void become_ns_root(void)
{
	char map[32];

	become(USER, 0);
	if (unshare(CLONE_NEWUSER))
		die("unshare");
	snprintf(map, sizeof(map), "0 %d 1", USER);
	put("/proc/self/setgroups", "deny");
	if (!put("/proc/self/uid_map", map))
		die("uid_map");
	snprintf(map, sizeof(map), "0 %d 1", USER);
	put("/proc/self/gid_map", map);
}

enum target {
	SELF, CHILD, SAME, OTHER, ROOT, UNDUMPABLE, SETUID, TRACEABLE, UNDUMPABLE_ROOT,
	IN_USERNS, INIT, KTHREAD, TARGETS
};

static const char * const target_name[TARGETS] = {
	"itself", "its own child", "a process of user 1000", "a process of user 1001",
	"a process of root", "an undumpable process of user 1000",
	"a setuid program of user 1000", "a process of user 1000 with PR_SET_PTRACER_ANY",
	"an undumpable process of root", "a process in a user namespace of user 1000",
	"process 1", "a kernel thread",
};

static pid_t target_pid[TARGETS];

/* What a target does once it is what it is to be. */
static void wait_for_ever(int ready)
{
	touch_pages();
	if (write(ready, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void be_target(enum target kind, int ready)
{
	char number[16];

	if (kind == ROOT || kind == UNDUMPABLE_ROOT)
		become(0, ALL_CAPS);
	else if (kind == IN_USERNS)
		become_ns_root();
	else if (kind != CHILD)
		become(kind == OTHER ? STRANGER : USER, 0);
	if (kind == UNDUMPABLE || kind == UNDUMPABLE_ROOT)
		prctl(PR_SET_DUMPABLE, 0);
	if (kind == TRACEABLE)
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (kind == SETUID) {
		snprintf(number, sizeof(number), "%d", ready);
		execl("/tmp/access-setuid", "access", "wait", number, NULL);
		_exit(1);
	}
	wait_for_ever(ready);
}

static pid_t target_start(enum target kind)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid)
		be_target(kind, ready[1]);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		die("a target: %s", target_name[kind]);
	close(ready[0]);
	return pid;
}

/* A copy of this program that root has made setuid. */
static void make_setuid(void)
{
	static char buffer[65536];
	int in = open("/proc/self/exe", O_RDONLY), out;
	ssize_t n;

	unlink("/tmp/access-setuid");
	out = open("/tmp/access-setuid", O_WRONLY | O_CREAT | O_EXCL, 0755);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, n) != n)
			die("a copy of the program");
	if (fchmod(out, 04755))
		die("chmod");
	close(in);
	close(out);
}

static void targets_start(void)
{
	int t;

	make_setuid();
	for (t = SAME; t < INIT; t++)
		target_pid[t] = target_start(t);
	target_pid[INIT] = 1;
	target_pid[KTHREAD] = 2;
}

static void targets_end(void)
{
	int t;

	for (t = SAME; t < INIT; t++)
		if (target_pid[t] > 0) {
			kill(target_pid[t], SIGKILL);
			waitpid(target_pid[t], NULL, 0);
		}
}

/* errno of ATTACH by pid, on a descriptor of its own. */
static int attach_pid(pid_t pid)
{
	struct mmscope_attach a = { .size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = pid };
	int fd = dev_open(), err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);

	close(fd);
	return err;
}

static int attach_with(int fd, int pagemap)
{
	struct mmscope_attach a = { .size = sizeof(a), .fd = pagemap };

	return dev_call(fd, MMSCOPE_IOC_ATTACH, &a);
}

/* Word of pagemap for the page that all have: 0 if it cannot be read. */
static uint64_t pagemap_word(int pagemap)
{
	uint64_t w = 0;

	if (pread(pagemap, &w, 8, (uintptr_t)page_mem / PAGE * 8) != 8)
		return 0;
	return w;
}

static bool pagemap_shows(int pagemap)
{
	return pagemap_word(pagemap) & ((1ULL << 55) - 1);
}

/* A hidden frame is 0: zeroes if present, ones where it is stored inverted. */
static bool frame_shown(uint64_t raw)
{
	return raw && (raw & FRAME_FIELD) != (raw & 1 ? 0 : FRAME_FIELD);
}

static int scan(int fd, __u32 flags, __u64 start, __u64 end, struct mmscope_scan *s)
{
	memset(s, 0, sizeof(*s));
	s->size = sizeof(*s);
	s->flags = flags;
	s->start = start;
	s->end = end;
	s->levels = flags & MMSCOPE_SCAN_BLOCKS ? 15 : 7;
	if (flags & MMSCOPE_SCAN_FRAMES)
		s->frame_end = 1UL << 20;
	return dev_call(fd, MMSCOPE_IOC_SCAN, s);
}

/* Entries, and addresses of tables, that a scan of everything shows. */
static unsigned int scan_shows(int fd, const char *buffer, __u32 how, unsigned int *tables)
{
	__u64 end = dev_info(fd).task_size, at, from;
	unsigned int i, shown = 0;
	struct mmscope_scan s;

	for (from = *tables = 0; from < end; from = s.resume) {
		if (scan(fd, how, from, end, &s))
			die("SCAN");
		for (at = 0; at < s.bytes;) {
			const struct mmscope_record *r = (const void *)(buffer + at);
			const uint64_t *slot = (const uint64_t *)(r + 1);

			at += sizeof(*r);
			if (r->type == MMSCOPE_REC_RUN)
				shown += frame_shown(r->data);
			if (r->type != MMSCOPE_REC_BLOCK)
				continue;
			*tables += !!r->data;
			for (i = 0; i < r->nr; i++)
				shown += frame_shown(slot[i]);
			at += 8UL * r->nr;
		}
	}
	return shown;
}

/* Calls on a bound descriptor: what they show to whom. */
static void looks(int fd, const char *buffer, const struct right *r, uint64_t word_of_page)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)page_mem };
	unsigned int i, entries = 0, slots = 0, nodes = 0, tables;
	struct mmscope_mm mm = { .size = sizeof(mm) };
	struct mmscope_scan s;
	uint64_t leaf = 0;

	attempt(dev_call(fd, MMSCOPE_IOC_WALK, &w), 0, "WALK");
	for (i = 0; i < w.nr_levels; i++) {
		entries += frame_shown(w.level[i].entry);
		slots += !!w.level[i].slot;
		nodes += w.level[i].node != -1;
		leaf = w.level[i].entry;
	}
	/* process 1 is another program: it may have nothing there */
	if (entries || !w.nr_levels || w.level[0].entry)
		sight(entries, r->phys, "frames in WALK");
	sight(slots, r->phys, "slots in WALK");
	sight(nodes, r->phys, "nodes in WALK");
	sight(!(w.out_flags & MMSCOPE_OUT_HIDDEN), r->phys, "what WALK says it shows");
	if (r->phys && w.result == MMSCOPE_END_LEAF && word_of_page)
		ok((leaf & FRAME_FIELD) >> 12 == (word_of_page & ((1ULL << 55) - 1)),
		   "%s: the frame is that of pagemap, 0x%llx", who,
		   (unsigned long long)(leaf & FRAME_FIELD) >> 12);
	sight(scan_shows(fd, buffer, MMSCOPE_SCAN_BLOCKS, &tables), r->phys, "frames in SCAN's blocks");
	sight(tables, r->phys, "tables in SCAN's blocks");
	sight(scan_shows(fd, buffer, MMSCOPE_SCAN_RUNS, &tables), r->phys, "frames in SCAN's runs");
	attempt(scan(fd, MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_FRAMES, 0, PAGE, &s), r->phys ? 0 : EPERM,
		"SCAN by frame");
	attempt(dev_call(fd, MMSCOPE_IOC_MM, &mm), 0, "MM");
	sight(mm.pgd, r->phys, "the top table in MM");
	w.va = dev_info(fd).kernel_start;
	w.flags = MMSCOPE_HALF_KERNEL;
	attempt(dev_call(fd, MMSCOPE_IOC_WALK, &w), r->phys ? 0 : EPERM, "WALK in the kernel half");
	attempt(scan(fd, MMSCOPE_SCAN_RUNS | MMSCOPE_HALF_KERNEL, -2 * PAGE, -PAGE, &s),
		r->phys ? 0 : EPERM, "SCAN in the kernel half");
}

/* Calls that need no process. */
static void free_calls(int fd, const struct right *r)
{
	struct mmscope_frames f = { .size = sizeof(f), .end = 1 };
	struct mmscope_layout l = { .size = sizeof(l) };
	struct mmscope_zones z = { .size = sizeof(z) };
	__u64 features = dev_info(fd).features;
	int want = r->phys ? 0 : EPERM;

	attempt(dev_call(fd, MMSCOPE_IOC_FRAMES, &f), want, "FRAMES");
	attempt(dev_call(fd, MMSCOPE_IOC_LAYOUT, &l), want, "LAYOUT");
	attempt(dev_call(fd, MMSCOPE_IOC_ZONES, &z), want, "ZONES");
	sight(features & MMSCOPE_FEATURE_PHYS, r->phys, "what INFO says of frames");
	sight(features & MMSCOPE_FEATURE_ATTACH_PID, r->admin, "what INFO says of ATTACH by pid");
}

/* Everything a caller can try on a process. proc < 0: whatever /proc answers. */
static void battery(pid_t pid, const struct right *r)
{
	struct mmscope_mm mm = { .size = sizeof(mm) };
	int fd = dev_open(), pagemap = open_pagemap(pid), own = open_pagemap(getpid());
	int proc = pagemap < 0 ? errno : 0, err, by_pid = r->admin ? 0 : EPERM;
	const char *buffer = dev_map(fd);
	uint64_t word_of_page = 0;

	if (r->proc >= 0)
		attempt(proc, r->proc, "/proc's own pagemap");
	/* the oracle of frames: what pagemap shows to the same caller of itself */
	if (own >= 0)
		ok(pagemap_shows(own) == r->admin, "%s: pagemap %s frames to it", who,
		   r->admin ? "shows" : "hides");
	if (!proc)
		word_of_page = pagemap_word(pagemap);
	err = proc ? proc : attach_with(fd, pagemap);
	attempt(err, pid == 2 && !proc ? ESRCH : proc, "ATTACH by pagemap");
	attempt(attach_pid(pid), pid == 2 && r->admin ? ENXIO : by_pid, "ATTACH by pid");
	if (err)
		attempt(dev_call(fd, MMSCOPE_IOC_MM, &mm), ENOTCONN, "MM without ATTACH");
	else
		looks(fd, buffer, r, word_of_page);
	free_calls(fd, r);
	close(fd);
	munmap((void *)buffer, BUFFER_LEN);
	close(pagemap);
	close(own);
}

/* The same through a child that is made now, by whoever this is by now. */
static void battery_of(enum target t, const struct right *r)
{
	pid_t pid = t == SELF ? getpid() : t == CHILD ? target_start(CHILD) : target_pid[t];

	touch_pages();
	battery(pid, r);
	if (t == CHILD) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* Callers. */
static const struct caller {
	const char *name;
	uid_t uid;
	uint64_t caps;
	bool admin;	/* CAP_SYS_ADMIN in the initial namespace */
} callers[] = {
	{ "root", 0, ALL_CAPS, true },
	{ "user", USER, 0, false },
	{ "root without capabilities", 0, 0, false },
	{ "root without CAP_SYS_ADMIN", 0, ALL_CAPS & ~CAP(CAP_SYS_ADMIN) & ((1ULL << 41) - 1), false },
	{ "user with CAP_SYS_ADMIN", USER, CAP(CAP_SYS_ADMIN), true },
	{ "user with CAP_SYS_PTRACE", USER, CAP(CAP_SYS_PTRACE), false },
	{ "user with CAP_SYS_ADMIN, CAP_SYS_PTRACE", USER,
	  CAP(CAP_SYS_ADMIN) | CAP(CAP_SYS_PTRACE), true },
	{ "user with CAP_DAC_READ_SEARCH", USER, CAP(CAP_DAC_READ_SEARCH), false },
	{ "user with CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE", USER,
	  CAP(CAP_DAC_READ_SEARCH) | CAP(CAP_SYS_PTRACE), false },
	{ "user with CAP_DAC_OVERRIDE", USER, CAP(CAP_DAC_OVERRIDE), false },
	{ "user with CAP_PERFMON", USER, CAP(CAP_PERFMON), false },
	{ "user with CAP_SYS_RAWIO", USER, CAP(CAP_SYS_RAWIO), false },
	{ "user with CAP_BPF", USER, CAP(CAP_BPF), false },
	{ "user with CAP_SYSLOG", USER, CAP(CAP_SYSLOG), false },
	{ "user with CAP_CHECKPOINT_RESTORE", USER, CAP(CAP_CHECKPOINT_RESTORE), false },
};

/* What /proc must answer in a few cases that are beyond doubt: the situation is real. */
static int promised(const struct caller *c, enum target t)
{
	bool whole = !c->uid && c->caps == ALL_CAPS;

	if (t == SELF || t == CHILD || (whole && t != KTHREAD))
		return 0;
	if (c->uid == USER && !c->caps) {
		if (t == SAME || t == TRACEABLE)
			return 0;
		if (t != IN_USERNS && t != KTHREAD)
			return EACCES;
	}
	if (c->caps == (CAP(CAP_DAC_READ_SEARCH) | CAP(CAP_SYS_PTRACE)) && t != KTHREAD)
		return 0;
	if (c->caps == CAP(CAP_PERFMON) && t == OTHER)
		return EACCES;
	return -1;
}

static void one_caller(const struct caller *c, enum target t)
{
	struct right r = { .proc = promised(c, t), .admin = c->admin, .phys = c->admin };

	become(c->uid, c->caps);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("PR_SET_NO_NEW_PRIVS");
	battery_of(t, &r);
}

static void by_caller(void)
{
	static const struct right ns = { -1, false, false };
	unsigned int c;
	int t;

	for (c = 0; c < sizeof(callers) / sizeof(callers[0]); c++)
		for (t = SELF; t < TARGETS; t++) {
			who = callers[c].name;
			whom = target_name[t];
			PART(one_caller(&callers[c], t));
		}
	put("/proc/sys/kernel/unprivileged_userns_clone", "1");
	who = "root of a user namespace";
	for (t = SELF; t < TARGETS; t++) {
		whom = target_name[t];
		PART(become_ns_root(); battery_of(t, &ns));
	}
}

/* The node as it comes: root's alone. And debugfs, wherever it is mounted. */
static void nodes(void)
{
	static const char * const files[] = { "walk", "maps", "mm", "pagetables" };
	char path[64];
	struct stat st;
	unsigned int i;

	who = "user";
	whom = "/dev/mmscope (0600)";
	attempt(!stat(MMSCOPE_DEVICE, &st) && (st.st_mode & 07777) == 0600 && !st.st_uid ? 0 : EINVAL,
		0, "mode and owner");
	PART(become(USER, 0); attempt(open_errno(MMSCOPE_DEVICE, O_RDONLY), EACCES, "open"));
	chmod(MMSCOPE_DEVICE, 0666);
	PART(become(USER, 0); attempt(open_errno("/sys/kernel/debug/mmscope/stats", O_RDONLY), EACCES,
				      "debugfs"));
	chmod("/sys/kernel/debug", 0755);
	whom = "debugfs opened to all";
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/mmscope/%s", files[i]);
		attempt(!stat(path, &st) && (st.st_mode & 07777) == 0600 ? 0 : EINVAL, 0, files[i]);
		chmod(path, 0666);
		PART(become(USER, 0); attempt(open_errno(path, O_RDWR), EPERM, files[i]));
		PART(become_ns_root(); attempt(open_errno(path, O_RDWR), EPERM, files[i]));
		PART(become(USER, CAP(CAP_SYS_ADMIN)); attempt(open_errno(path, O_RDWR), 0, files[i]));
		chmod(path, 0600);
	}
	PART(become(USER, 0);
	     attempt(open_errno("/sys/kernel/debug/mmscope/stats", O_RDONLY), EACCES, "stats");
	     attempt(open_errno("/sys/kernel/debug/mmscope/selftest", O_RDONLY), EACCES, "selftest"));
	chmod("/sys/kernel/debug", 0700);
}

/* A descriptor to somebody else, by a message. */
static void send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, c = 0;
	struct iovec iov = { &c, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(int));
	if (sendmsg(to, &m, 0) != 1)
		die("SCM_RIGHTS");
}

static int receive_fd(int from)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(from, &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
		die("SCM_RIGHTS");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return fd;
}

/* What a descriptor that somebody else has opened gives: the opener's rights. */
static void use_received(int fd, int spare, int pagemap, const struct right *r)
{
	struct mmscope_attach a = {
		.size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = target_pid[ROOT],
	};
	const char *buffer = dev_map(fd);

	sight(pagemap_shows(pagemap), r->phys, "frames in the pagemap handed on");
	looks(fd, buffer, r, pagemap_word(pagemap));
	free_calls(fd, r);
	attempt(dev_call(spare, MMSCOPE_IOC_ATTACH, &a), r->admin ? 0 : EPERM,
		"ATTACH by pid, with a descriptor handed on");
}

static void with_pagemap_of_root(int pagemap)
{
	static const struct right little = { 0, false, false };
	int fd = dev_open();

	attempt(attach_with(fd, pagemap), 0, "ATTACH by it");
	looks(fd, dev_map(fd), &little, 0);
	free_calls(fd, &little);
	close(fd);
}

/* Root opens and binds; a lesser process has the descriptor by fork, or a message. */
static void handed_down(void)
{
	static const struct right full = { 0, true, true };
	int fd = dev_open(), spare = dev_open(), pair[2];
	int pagemap = open_pagemap(target_pid[ROOT]);

	if (attach_with(fd, pagemap) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("ATTACH");
	who = "user by fork, opened by root";
	whom = target_name[ROOT];
	PART(become(USER, 0); use_received(fd, spare, pagemap, &full));
	/* pagemap alone was root's: the process is let in, frames are not */
	who = "user, its own descriptor, a pagemap opened by root";
	PART(become(USER, 0); with_pagemap_of_root(pagemap));
	close(spare);
	close(fd);
	fd = dev_open();
	spare = dev_open();
	if (attach_with(fd, pagemap))
		die("ATTACH");
	send_fd(pair[1], fd);
	send_fd(pair[1], spare);
	send_fd(pair[1], pagemap);
	close(fd);
	close(spare);
	close(pagemap);
	who = "user by SCM_RIGHTS, opened by root";
	PART(become(USER, 0);
	     fd = receive_fd(pair[0]);
	     spare = receive_fd(pair[0]);
	     pagemap = receive_fd(pair[0]);
	     use_received(fd, spare, pagemap, &full));
	close(pair[0]);
	close(pair[1]);
}

/* The other way round: what a user has opened stays a user's, also in root's hands. */
static void handed_up(void)
{
	static const struct right little = { 0, false, false };
	int pair[2], fd, spare, pagemap, status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	pid = fork();
	if (!pid) {
		become(USER, 0);
		fd = dev_open();
		pagemap = open_pagemap(target_pid[SAME]);
		send_fd(pair[1], fd);
		send_fd(pair[1], dev_open());
		send_fd(pair[1], pagemap);
		_exit(0);
	}
	fd = receive_fd(pair[0]);
	spare = receive_fd(pair[0]);
	pagemap = receive_fd(pair[0]);
	waitpid(pid, &status, 0);
	who = "root by SCM_RIGHTS, opened by a user";
	whom = target_name[SAME];
	attempt(attach_with(fd, pagemap), 0, "ATTACH by the user's pagemap");
	use_received(fd, spare, pagemap, &little);
	close(spare);
	spare = receive_fd((send_fd(pair[1], fd), pair[0]));
	attempt(attach_with(spare, pagemap), EBUSY, "a second ATTACH");
	/* root's pagemap does not lift what the user's descriptor shows */
	close(spare);
	close(fd);
}

/* Opened again through /proc: a new descriptor, and the node's mode decides. */
static void opened_again(void)
{
	static const struct right little = { 0, false, false };
	int fd = dev_open(), again;
	char path[32];

	if (attach_with(fd, open_pagemap(target_pid[ROOT])))
		die("ATTACH");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	who = "user by /proc/self/fd, opened by root";
	whom = target_name[ROOT];
	chmod(MMSCOPE_DEVICE, 0600);
	PART(become(USER, 0); attempt(open_errno(path, O_RDONLY), EACCES, "open again, node 0600"));
	chmod(MMSCOPE_DEVICE, 0666);
	PART(become(USER, 0);
	     struct mmscope_mm mm = { .size = sizeof(mm) };

	     again = open(path, O_RDONLY);
	     attempt(again < 0 ? errno : 0, 0, "open again, node 0666");
	     attempt(dev_call(again, MMSCOPE_IOC_MM, &mm), ENOTCONN, "MM with it");
	     free_calls(again, &(struct right){ 0, false, false }));
	who = "root by /proc/PID/fd, opened by a user";
	PART(become(USER, 0);
	     fd = dev_open();
	     snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	     again = open(path, O_RDONLY);
	     dev_map(again);
	     free_calls(again, &little));
	close(fd);
}

/* The target becomes undumpable after pagemap was opened: as pagemap, still allowed. */
static void undumpable_later(void)
{
	struct mmscope_mm mm = { .size = sizeof(mm) };
	int go[2], back[2], pagemap, fd, bound;
	pid_t pid;
	char c = 0;

	become(USER, 0);
	if (pipe(go) || pipe(back))
		die("pipe");
	pid = fork();
	if (!pid) {
		page_mem[1] = 1;
		if (read(go[0], &c, 1) == 1)
			prctl(PR_SET_DUMPABLE, 0);
		wait_for_ever(back[1]);
	}
	pagemap = open_pagemap(pid);
	fd = dev_open();
	bound = dev_open();
	attempt(attach_with(bound, pagemap), 0, "ATTACH before");
	if (write(go[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
		die("pipe");
	attempt(dev_attach(fd, pid), EACCES, "pagemap opened afterwards");
	ok(pagemap_word(pagemap) >> 63, "%s: the pagemap opened before can still be read", who);
	attempt(attach_with(fd, pagemap), 0, "ATTACH by the pagemap opened before");
	attempt(dev_call(bound, MMSCOPE_IOC_MM, &mm), 0, "MM with what was bound before");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	attempt(dev_call(fd, MMSCOPE_IOC_MM, &mm), ESRCH, "MM after its end");
}

static void handed(void)
{
	handed_down();
	handed_up();
	opened_again();
	who = "user";
	whom = "a process that becomes undumpable";
	PART(undumpable_later());
}

/* Something given to ATTACH that is, or is not, a pagemap. */
static void forge(int given, int want, const char *what)
{
	int fd = dev_open(), err = given < 0 && want ? EBADF : attach_with(fd, given);
	struct mmscope_mm mm = { .size = sizeof(mm) };

	attempt(err, want, what);
	if (err)
		attempt(dev_call(fd, MMSCOPE_IOC_MM, &mm), ENOTCONN, "MM after that");
	close(fd);
	if (given > 2)
		close(given);
}

static int open_of(const char *format, pid_t pid, int flags)
{
	char path[96];

	snprintf(path, sizeof(path), format, pid, pid);
	return open(path, flags | O_CLOEXEC);
}

/* What is not alive, or not a process's any more. */
static void forged_gone(void)
{
	int before = -1, fd, go[2];
	pid_t pid;
	char c = 0;

	pid = target_start(CHILD);
	before = open_pagemap(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	forge(before, ESRCH, "ATTACH by pagemap, of a process that has ended");
	pid = fork();
	if (!pid)
		_exit(0);
	/* a zombie has no address space; newer kernels refuse to open its pagemap */
	usleep(200000);
	fd = open_pagemap(pid);
	if (fd >= 0)
		forge(fd, ESRCH, "ATTACH by pagemap, of a zombie");
	else
		attempt(ESRCH, ESRCH, "pagemap of a zombie");
	waitpid(pid, NULL, 0);
	if (pipe(go))
		die("pipe");
	pid = fork();
	if (!pid) {
		if (read(go[0], &c, 1) == 1)
			execl("/bin/sleep", "sleep", "100", NULL);
		_exit(1);
	}
	before = open_pagemap(pid);
	if (write(go[1], &c, 1) != 1)
		die("pipe");
	usleep(500000);
	forge(before, ESRCH, "ATTACH by pagemap, of a process that has called exec");
	forge(open_pagemap(pid), 0, "ATTACH by a pagemap opened after that");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fd = open_pagemap(2);
	if (fd >= 0)
		forge(fd, ESRCH, "ATTACH by pagemap, of a kernel thread");
	else
		skip("ATTACH by pagemap, of a kernel thread", "this kernel does not open it");
}

static void forged(void)
{
	static const char * const others[] = {
		"maps", "smaps", "mem", "environ", "auxv", "status", "numa_maps", "clear_refs",
		"exe", "cmdline", "stat", "smaps_rollup", "task",
	};
	char path[64], name[96];
	unsigned int i;
	int fd;

	who = "root";
	whom = "what is no pagemap";
	/* private_data of a file of tmpfs is 0, of a pipe a small object: harmless first */
	forge(open("/tmp/pagemap", O_RDWR | O_CREAT | O_TRUNC, 0600), EINVAL, "ATTACH by /tmp/pagemap");
	forge(memfd_create("pagemap", 0), EINVAL, "ATTACH by a memfd named pagemap");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", others[i]);
		fd = open(path, strcmp(others[i], "clear_refs") ? O_RDONLY : O_WRONLY);
		snprintf(name, sizeof(name), "ATTACH by /proc/self/%s", others[i]);
		if (fd < 0)
			skip(name, "this kernel has it not");
		else
			forge(fd, EINVAL, name);
	}
	forge(open("/dev/null", O_RDONLY), EINVAL, "ATTACH by /dev/null");
	forge(open("/proc", O_RDONLY), EINVAL, "ATTACH by a directory");
	forge(dev_open(), EINVAL, "ATTACH by the device itself");
	forge(socket(AF_UNIX, SOCK_STREAM, 0), EINVAL, "ATTACH by a socket");
	forge(open("/proc/kpageflags", O_RDONLY), EINVAL, "ATTACH by /proc/kpageflags");
	forge(open_of("/proc/%d/pagemap", getpid(), O_PATH), EBADF, "ATTACH by a pagemap, O_PATH");
	whom = "itself";
	/* the checks are made at open, whatever for */
	fd = open_of("/proc/%d/pagemap", getpid(), O_WRONLY);
	if (fd >= 0)
		forge(fd, 0, "ATTACH by a pagemap opened for writing");
	else
		skip("ATTACH by a pagemap opened for writing", "cannot be opened");
	fd = open_of("/proc/%d/task/%d/pagemap", getpid(), O_RDONLY);
	if (fd >= 0)
		forge(fd, 0, "ATTACH by the pagemap of a task");
	else
		skip("ATTACH by the pagemap of a task", "there is none");
	mkdir("/tmp/proc2", 0755);
	if (mount("proc", "/tmp/proc2", "proc", 0, NULL))
		die("mount of proc");
	forge(open_of("/tmp/proc2/%d/pagemap", getpid(), O_RDONLY), 0, "ATTACH by another mount's pagemap");
	umount("/tmp/proc2");
	whom = "somebody who has gone";
	forged_gone();
}

/* hidepid and subset of a mount of proc: whoever can open it there, may. */
static void one_mount(const char *options, enum target t, int want)
{
	char what[96], path[64];
	int fd, err;

	whom = target_name[t];
	snprintf(what, sizeof(what), "pagemap on proc with %s", options);
	snprintf(path, sizeof(path), "/tmp/proc2/%d/pagemap", t == SELF ? getpid() : target_pid[t]);
	fd = open(path, O_RDONLY);
	err = fd < 0 ? errno : 0;
	attempt(err, want, what);
	if (!err)
		forge(fd, 0, "ATTACH by it");
}

static void by_mount(void)
{
	static const struct {
		const char *options;
		int other, same;
	} mounts[] = {
		{ "hidepid=0", EACCES, 0 },
		{ "hidepid=1", EPERM, 0 },
		{ "hidepid=2", ENOENT, 0 },
		{ "hidepid=4", ENOENT, 0 },
		{ "hidepid=2,gid=1000", EACCES, 0 },
		{ "subset=pid", EACCES, 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (mount("proc", "/tmp/proc2", "proc", 0, mounts[i].options))
			die("mount of proc with %s", mounts[i].options);
		who = "user";
		PART(become(USER, 0);
		     one_mount(mounts[i].options, SELF, 0);
		     one_mount(mounts[i].options, SAME, mounts[i].same);
		     one_mount(mounts[i].options, OTHER, mounts[i].other);
		     one_mount(mounts[i].options, ROOT, mounts[i].other));
		who = "root";
		PART(one_mount(mounts[i].options, SELF, 0); one_mount(mounts[i].options, ROOT, 0));
		umount("/tmp/proc2");
	}
}

/* The tasks of an mm in the caller's numbers. */
static void tasks_of(int fd, const struct mmscope_task *row, int pid, __u32 unseen)
{
	struct mmscope_tasks t = { .size = sizeof(t) };
	unsigned int i, mine = 0;

	attempt(dev_call(fd, MMSCOPE_IOC_TASKS, &t), 0, "TASKS");
	for (i = 0; i < t.count; i++)
		if (!(row[i].flags & MMSCOPE_TASK_KTHREAD))
			mine += row[i].pid == pid || !pid ? 1 : 1000;
	sight(mine == (pid ? 1 : 0) && t.unseen >= unseen, true, "TASKS in the caller's own numbers");
}

static __u64 id_by_pid(pid_t pid)
{
	struct mmscope_attach a = { .size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = pid };
	int fd = dev_open(), err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);

	close(fd);
	return err ? 0 : a.mm_id;
}

/* Process 1 of a namespace, root: numbers are its own, who is outside has none. */
static void in_pidns(int outside, pid_t outside_pid)
{
	struct mmscope_attach a = { .size = sizeof(a) };
	const void *rows;
	int fd = dev_open();

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		die("a mount namespace");
	whom = "itself, process 1 there";
	a.fd = open_pagemap(1);
	attempt(dev_call(fd, MMSCOPE_IOC_ATTACH, &a), 0, "ATTACH by pagemap of process 1");
	sight(a.mm_id && a.mm_id == id_by_pid(1), true, "by pid 1 the same address space");
	rows = dev_map(fd);
	tasks_of(fd, rows, 1, 0);
	close(fd);
	whom = "a process outside";
	attempt(open_pagemap(outside_pid) < 0 ? errno : 0, ENOENT, "pagemap by its outer number");
	attempt(attach_pid(outside_pid), ESRCH, "ATTACH by its outer number");
	fd = dev_open();
	attempt(attach_with(fd, outside), 0, "ATTACH by a pagemap from outside");
	rows = dev_map(fd);
	tasks_of(fd, rows, 0, 1);
	close(fd);
}

static void new_pidns(int outside)
{
	if (unshare(CLONE_NEWPID))
		die("unshare");
	PART(in_pidns(outside, target_pid[ROOT]));
}

static void by_pidns(void)
{
	int outside = open_pagemap(target_pid[ROOT]);

	who = "root of a pid namespace";
	PART(new_pidns(outside));
	close(outside);
}

static long counted(const char *name)
{
	char line[128], key[64];
	long n, found = -1;
	FILE *f = fopen("/sys/kernel/debug/mmscope/stats", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", key, &n) == 2 && !strcmp(key, name))
			found = n;
	if (f)
		fclose(f);
	return found;
}

/* A filter of system calls: ioctl() gives @err, all else is allowed. */
static void forbid_ioctl(int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		die("seccomp");
}

static void under_seccomp(void)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)page_mem };
	struct mmscope_info info = { .size = sizeof(info) };
	int bound = dev_open(), fd = dev_open();

	become(USER, 0);
	if (dev_attach(bound, getpid()))
		die("ATTACH");
	forbid_ioctl(EXDEV);
	attempt(dev_call(fd, MMSCOPE_IOC_INFO, &info), EXDEV, "INFO");
	sight(info.levels, false, "anything in INFO's argument");
	attempt(attach_with(fd, open_pagemap(getpid())), EXDEV, "ATTACH");
	attempt(dev_call(bound, MMSCOPE_IOC_WALK, &w), EXDEV, "WALK");
	sight(w.nr_levels || w.out_flags, false, "anything in WALK's argument");
}

/* A root directory with nothing in it but the node. */
static void under_chroot(void)
{
	struct right little = { 0, false, false };
	int pagemap, fd;
	struct stat st;
	const char *buffer;

	if (stat(MMSCOPE_DEVICE, &st) || (mkdir("/tmp/jail", 0755) && errno != EEXIST) ||
	    (mknod("/tmp/jail/mmscope", S_IFCHR | 0666, st.st_rdev) && errno != EEXIST) ||
	    chmod("/tmp/jail/mmscope", 0666))
		die("a node");
	become(USER, CAP(CAP_SYS_CHROOT));
	pagemap = open_pagemap(getpid());
	if (chroot("/tmp/jail") || chdir("/"))
		die("chroot");
	set_caps(0);
	attempt(open_pagemap(getpid()) < 0 ? errno : 0, ENOENT, "pagemap, without /proc");
	fd = open("/mmscope", O_RDONLY);
	attempt(fd < 0 ? errno : 0, 0, "open of a node");
	attempt(attach_with(fd, pagemap), 0, "ATTACH by a pagemap from before");
	buffer = dev_map(fd);
	looks(fd, buffer, &little, 0);
	free_calls(fd, &little);
}

static void confined(void)
{
	long walks;

	by_pidns();
	mkdir("/tmp/proc2", 0755);
	by_mount();
	who = "user in a chroot";
	whom = "itself";
	touch_pages();
	PART(under_chroot());
	who = "user whom seccomp forbids ioctl";
	walks = counted("walks");
	PART(under_seccomp());
	ok(walks >= 0 && counted("walks") == walks, "%s: the module has not been called", who);
}

/* Kernel threads that borrow the mm are told to those who may attach by pid. */
static unsigned int borrowers(int fd, const struct mmscope_task *row)
{
	struct mmscope_tasks t = { .size = sizeof(t) };
	unsigned int i, n = 0;

	if (dev_call(fd, MMSCOPE_IOC_TASKS, &t))
		die("TASKS");
	for (i = 0; i < t.count; i++)
		n += !!(row[i].flags & MMSCOPE_TASK_BORROWS);
	return n;
}

static void on_cpu(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		die("sched_setaffinity");
}

static pid_t find_kthread(const char *name)
{
	char path[64], comm[32];
	pid_t pid;
	FILE *f;

	for (pid = 2; pid < 500; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f) && !strncmp(comm, name, strlen(name))) {
			fclose(f);
			return pid;
		}
		fclose(f);
	}
	return 0;
}

static int yield_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		sched_yield();
	return 0;
}

/*
 * ksmd works without pause on the second processor, where a process sharing this mm
 * runs in between: now and then it has this mm as active_mm, which root's descriptor
 * tells. The user's never does.
 */
static void borrowed(void)
{
	struct mmscope_attach a = { .size = sizeof(a), .fd = open_pagemap(getpid()) };
	static char stack[16384] __attribute__((aligned(16)));
	int admin = dev_open(), little, pair[2], looks_left = 4000;
	unsigned int by_root = 0, by_user = 0;
	const void *rows, *user_rows;
	pid_t ksmd = find_kthread("ksmd"), other;
	char *memory = mmap(NULL, 2048 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	who = "user";
	whom = "itself";
	if (!ksmd || sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip("TASKS: borrowers", "no ksmd, or one processor");
		return;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	PART(become(USER, 0); send_fd(pair[1], dev_open()));
	little = receive_fd(pair[0]);
	if (dev_call(admin, MMSCOPE_IOC_ATTACH, &a) || dev_call(little, MMSCOPE_IOC_ATTACH, &a))
		die("ATTACH");
	rows = dev_map(admin);
	user_rows = dev_map(little);
	memset(memory, 3, 2048 * PAGE);
	madvise(memory, 2048 * PAGE, MADV_MERGEABLE);
	put("/sys/kernel/mm/ksm/sleep_millisecs", "0");
	put("/sys/kernel/mm/ksm/pages_to_scan", "100000");
	put("/sys/kernel/mm/ksm/run", "1");
	on_cpu(ksmd, 1);
	other = clone(yield_for_ever, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	on_cpu(other, 1);
	on_cpu(0, 0);
	while (looks_left-- && by_root < 20) {
		by_root += borrowers(admin, rows);
		by_user += borrowers(little, user_rows);
	}
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	put("/sys/kernel/mm/ksm/run", "0");
	put("/sys/kernel/mm/ksm/sleep_millisecs", "20");
	if (by_root < 20)
		skip("user: kernel threads that borrow its mm, in TASKS", "root has seen too few");
	else
		sight(by_user, false, "kernel threads that borrow its mm, in TASKS");
}

/* What stops somebody who opens and maps without end: descriptors, memory cgroup. */
static long cgroup_number(const char *file)
{
	char path[96], line[64] = "-1";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/access/%s", file);
	f = fopen(path, "r");
	if (f && !fgets(line, sizeof(line), f))
		line[0] = 0;
	if (f)
		fclose(f);
	return atol(line);
}

static bool join_cgroup(const char *limit)
{
	char number[16];

	mkdir("/sys/fs/cgroup/access", 0755);
	snprintf(number, sizeof(number), "%d", getpid());
	return put("/sys/fs/cgroup/access/memory.max", limit) &&
	       put("/sys/fs/cgroup/access/cgroup.procs", number);
}

static void open_without_end(void)
{
	struct rlimit limit = { 256, 256 };
	int n = 0;

	setrlimit(RLIMIT_NOFILE, &limit);
	become(USER, 0);
	while (open(MMSCOPE_DEVICE, O_RDONLY) >= 0)
		n++;
	attempt(errno, EMFILE, "descriptors past RLIMIT_NOFILE");
	ok(n > 200, "%s: %d descriptors before that", who, n);
}

/* Past the limit the kernel's OOM killer ends the process: not tried, it looks like an oops. */
static bool charged_since_5_11(void)
{
	struct mmscope_info info = dev_info(dev_open());
	int major = 0, minor = 0;

	sscanf(info.release, "%d.%d", &major, &minor);
	return major > 5 || (major == 5 && minor >= 11);
}

static void charge(void)
{
	long before, after, later, bytes = (long)MMSCOPE_BUFFER_MAX * 8;
	void *p[8];
	int fd[8], i;

	if (!join_cgroup("268435456")) {
		skip("buffers are charged to the memory cgroup", "no memory controller");
		return;
	}
	become(USER, 0);
	before = cgroup_number("memory.current");
	for (i = 0; i < 8; i++) {
		fd[i] = dev_open();
		p[i] = (void *)dev_map_len(fd[i], MMSCOPE_BUFFER_MAX);
	}
	after = cgroup_number("memory.current");
	for (i = 0; i < 8; i++) {
		munmap(p[i], MMSCOPE_BUFFER_MAX);
		close(fd[i]);
	}
	usleep(500000);
	later = cgroup_number("memory.current");
	printf("# 8 buffers of 16 MiB: memory.current %ld, with them %ld, afterwards %ld\n", before,
	       after, later);
	if (charged_since_5_11())
		ok(after - before >= bytes, "%s: buffers are charged to the memory cgroup", who);
	else
		skip("buffers are charged to the memory cgroup", "not before 5.11 (src/target.c)");
	ok(after - later >= (after - before) / 2, "%s: and uncharged when they go", who);
}

static void limits(void)
{
	who = "user";
	whom = "buffers";
	mkdir("/sys/fs/cgroup", 0755);
	mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	PART(charge());
	PART(open_without_end());
	borrowed();
}

static int number_in(const char *path)
{
	char line[32] = "-1";
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line, sizeof(line), f))
		die("%s", path);
	fclose(f);
	return atoi(line);
}

static int event_id(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", name);
	return number_in(path);
}

static int perf_open(int id, bool raw)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = id,
		.sample_period = 1, .sample_type = raw ? PERF_SAMPLE_RAW : 0,
		.exclude_kernel = !raw, .exclude_hv = 1, .wakeup_events = 1,
	};
	int fd;

	if (!raw)
		attr.sample_period = 0;
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Frames that the samples of a perf event hold, after a page was touched anew. */
static int perf_frames(int fd, int *events)
{
	char *ring = mmap(NULL, 9 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	volatile struct perf_event_mmap_page *head = (void *)ring;
	char *memory = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int frames = 0, i;
	uint64_t at;

	if (ring == MAP_FAILED)
		die("mmap of a perf event");
	for (i = 0; i < 16; i++)
		memory[i * PAGE] = 1;
	*events = 0;
	for (at = 0; at < head->data_head && at < 8 * PAGE;) {
		const struct perf_event_header *h = (void *)(ring + PAGE + at);
		const struct mmscope_fault_event *e = (void *)((char *)(h + 1) + 4);

		if (h->type == PERF_RECORD_SAMPLE && at + h->size <= 8 * PAGE) {
			(*events)++;
			/* the size before it leaves the event unaligned */
			struct mmscope_fault_event copy;

			memcpy(&copy, e, sizeof(copy));
			frames += copy.pfn_before || copy.pfn_after || frame_shown(copy.before) ||
				  frame_shown(copy.after);
		}
		if (!h->size)
			break;
		at += h->size;
	}
	munmap(memory, 16 * PAGE);
	munmap(ring, 9 * PAGE);
	return frames;
}

/*
 * The event beside one of the kernel's own: whom perf refuses that one, gets this one as
 * little; and of the others only CAP_SYS_ADMIN does, for it has frames, and arms probes.
 */
static void perf_one(const struct caller *c, int ours, int theirs, bool raw, int paranoid)
{
	char what[64];
	int got, want;

	become(c->uid, c->caps);
	want = perf_open(theirs, raw);
	if (want >= 0) {
		close(want);
		want = c->caps & CAP(CAP_SYS_ADMIN) ? 0 : -EPERM;
	}
	got = perf_open(ours, raw);
	if (got >= 0)
		close(got);
	snprintf(what, sizeof(what), "perf_event_open(%s), perf_event_paranoid %d",
		 raw ? "raw" : "counting", paranoid);
	attempt(got < 0 ? -got : 0, want < 0 ? -want : 0, what);
}

/* An event that is given on by fork: who forks need not be allowed to open it. */
static void inherited(int ours)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = ours, .inherit = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	uint64_t before, after;
	pid_t child, forked;
	int status;

	if (fd < 0)
		die("perf_event_open");
	if (read(fd, &before, sizeof(before)) != sizeof(before))
		die("count of an event");
	child = fork();
	if (!child) {
		become(USER, 0);
		forked = fork();
		if (!forked) {
			memset(mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 64 * PAGE);
			_exit(0);
		}
		_exit(forked < 0 || waitpid(forked, NULL, 0) != forked);
	}
	waitpid(child, &status, 0);
	ok(!status, "who is counted by root may fork");
	if (read(fd, &after, sizeof(after)) != sizeof(after))
		die("count of an event");
	ok(after >= before + 64, "and the faults of that one are counted: %lu, %lu", before, after);
	close(fd);
}

/* Refused while somebody counts: no reference of the module is lost by it. */
static void refused_meanwhile(int ours)
{
	int held = perf_open(ours, false), before = number_in("/sys/module/mmscope/refcnt"), i;

	if (held < 0)
		die("perf_event_open");
	for (i = 0; i < 5; i++)
		PART(become(USER, 0);
		     attempt(-perf_open(ours, false), EPERM, "counting what root counts, too"));
	ok(number_in("/sys/module/mmscope/refcnt") == before && before > 0,
	   "the module is held by %d as before", before);
	close(held);
}

static void by_perf(void)
{
	static const struct caller list[] = {
		{ "user", USER, 0, false },
		{ "user with CAP_PERFMON", USER, CAP(CAP_PERFMON), false },
		{ "user with CAP_SYS_ADMIN", USER, CAP(CAP_SYS_ADMIN), true },
		{ "user with CAP_SYS_PTRACE", USER, CAP(CAP_SYS_PTRACE), false },
		{ "root", 0, ALL_CAPS, true },
	};
	int ours = event_id("mmscope/mmscope_fault"), theirs = event_id("exceptions/page_fault_user");
	int paranoid, events, fd;
	char number[8];
	unsigned int c;

	whom = "mmscope:mmscope_fault";
	for (paranoid = 3; paranoid >= -1; paranoid--) {
		snprintf(number, sizeof(number), "%d", paranoid);
		if (!put("/proc/sys/kernel/perf_event_paranoid", number)) {
			skip("perf_event_paranoid", number);
			continue;
		}
		for (c = 0; c < sizeof(list) / sizeof(list[0]); c++) {
			who = list[c].name;
			PART(perf_one(&list[c], ours, theirs, true, paranoid));
			PART(perf_one(&list[c], ours, theirs, false, paranoid));
		}
	}
	who = "user";
	PART(become(USER, 0);
	     attempt(open_errno("/sys/kernel/tracing/trace", O_RDONLY), EACCES, "tracefs"));
	/* root sees frames: what the rest is compared with */
	who = "root";
	put("/proc/sys/kernel/perf_event_paranoid", "3");
	fd = perf_open(ours, true);
	sight(fd >= 0 && perf_frames(fd, &events) && events >= 16, true, "frames in perf's samples");
	close(fd);
	PART(inherited(ours));
	who = "user";
	if (put("/proc/sys/kernel/perf_event_paranoid", "2"))
		refused_meanwhile(ours);
}

/* Yama restricts attaching, not reading: pagemap does not ask it, nor does the module. */
static void yama_one(enum target t, int scope)
{
	static const struct right r = { 0, false, false };
	char what[64];
	int err;

	become(USER, 0);
	/* shows that the scope is in force: /proc/PID/mem is opened as for attaching */
	err = open_of("/proc/%d/mem", target_pid[t], O_RDONLY) < 0 ? errno : 0;
	snprintf(what, sizeof(what), "/proc's own mem, ptrace_scope %d", scope);
	attempt(err, scope == 0 || (scope == 1 && t == TRACEABLE) ? 0 : EACCES, what);
	battery_of(t, &r);
}

static void yama(void)
{
	static char name[64];
	char number[8];
	int scope;

	if (access("/proc/sys/kernel/yama/ptrace_scope", W_OK)) {
		skip("Yama", "not in this kernel");
		return;
	}
	who = name;
	for (scope = 0; scope <= 3; scope++) {
		snprintf(number, sizeof(number), "%d", scope);
		ok(put("/proc/sys/kernel/yama/ptrace_scope", number), "ptrace_scope %d", scope);
		snprintf(name, sizeof(name), "user, ptrace_scope %d", scope);
		whom = target_name[SAME];
		PART(yama_one(SAME, scope));
		whom = target_name[TRACEABLE];
		PART(yama_one(TRACEABLE, scope));
		whom = target_name[CHILD];
		PART(become(USER, 0); battery_of(CHILD, &(struct right){ 0, false, false }));
		whom = target_name[OTHER];
		PART(become(USER, 0); battery_of(OTHER, &(struct right){ EACCES, false, false }));
		snprintf(name, sizeof(name), "root, ptrace_scope %d", scope);
		PART(battery_of(OTHER, &(struct right){ 0, true, true }));
	}
}

#define LOCKDOWN "/sys/kernel/security/lockdown"

/* debugfs: what is written to is closed; what is only read stays. */
static void locked_debugfs(int want)
{
	whom = "debugfs";
	attempt(open_errno("/sys/kernel/debug/mmscope/walk", O_RDWR), want, "walk");
	attempt(open_errno("/sys/kernel/debug/mmscope/maps", O_RDWR), want, "maps");
	attempt(open_errno("/sys/kernel/debug/mmscope/mm", O_RDWR), want, "mm");
	attempt(open_errno("/sys/kernel/debug/mmscope/pagetables", O_RDWR), want, "pagetables");
	attempt(open_errno("/sys/kernel/debug/mmscope/stats", O_RDONLY), 0, "stats");
	attempt(open_errno("/sys/kernel/debug/mmscope/selftest", O_RDONLY), 0, "selftest");
}

/* All of what is told of a process in this state of the kernel. */
static void locked(const struct right *root)
{
	static const struct right user = { 0, false, false };

	locked_debugfs(strcmp(who, "root") ? EPERM : 0);
	whom = "the kernel";
	attempt(open_errno("/proc/kcore", O_RDONLY), root->phys ? 0 : EPERM, "/proc/kcore");
	whom = target_name[ROOT];
	PART(battery_of(ROOT, root));
	whom = target_name[SAME];
	PART(become(USER, 0); battery_of(SAME, &user));
}

static void lockdown(void)
{
	static const struct right full = { 0, true, true }, dark = { 0, true, false };
	int before, spare, kcore, events = 0, early, late, ours = event_id("mmscope/mmscope_fault");
	int pagemap = open_pagemap(target_pid[ROOT]);
	char elf[4];

	mount("none", "/sys/kernel/security", "securityfs", 0, NULL);
	if (access(LOCKDOWN, W_OK)) {
		skip("lockdown", "not in this kernel");
		return;
	}
	locked(&full);
	before = dev_open();
	spare = dev_open();
	kcore = open("/proc/kcore", O_RDONLY);
	if (attach_with(before, pagemap))
		die("ATTACH");
	early = perf_open(ours, true);
	ok(put(LOCKDOWN, "integrity"), "lockdown for integrity");
	who = "root, integrity";
	locked(&full);
	ok(put(LOCKDOWN, "confidentiality"), "lockdown for confidentiality");
	who = "root, confidentiality";
	locked(&dark);
	/* both are looked at when a descriptor is opened, as for /proc/kcore */
	who = "root, confidentiality, opened before";
	whom = target_name[ROOT];
	if (pread(kcore, elf, 4, 0) == 4)
		PART(use_received(before, spare, pagemap, &full));
	else
		PART(use_received(before, spare, pagemap, &dark));
	who = "root, confidentiality";
	whom = "mmscope:mmscope_fault";
	attempt(open_errno("/sys/kernel/tracing/trace", O_RDONLY), EPERM, "tracefs");
	late = perf_open(ours, true);
	if (late < 0) {
		attempt(-late, EPERM, "perf_event_open(raw)");
	} else {
		sight(perf_frames(late, &events), false,
		      "frames in perf's samples, while somebody listens since before");
		ok(events >= 16, "%d events were told", events);
		close(late);
		close(early);
		late = perf_open(ours, true);
		sight(perf_frames(late, &events), false, "frames in perf's samples, nobody else listens");
		ok(events >= 16, "%d events were told", events);
	}
	close(late);
}

/* Frames of a process by pagemap, a line each. */
static int list_frames(pid_t pid)
{
	unsigned long start, end, va;
	char path[32], line[512];
	int pagemap = open_pagemap(pid);
	uint64_t w;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	if (!f || pagemap < 0)
		die("%s", path);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || start >> 63)
			continue;
		for (va = start; va < end; va += PAGE)
			if (pread(pagemap, &w, 8, va / PAGE * 8) == 8 && w >> 63 && (w << 9))
				printf("%llx\n", (unsigned long long)(w & ((1ULL << 55) - 1)));
	}
	fclose(f);
	return 0;
}

static uint64_t *set;
static unsigned int set_len;

static void read_set(const char *path)
{
	unsigned long long v;
	FILE *f = fopen(path, "r");

	set = calloc(1 << 20, 8);
	while (f && set_len < 1 << 20 && fscanf(f, "%llx", &v) == 1)
		set[set_len++] = v;
	if (!f || !set_len)
		die("%s", path);
	fclose(f);
}

static bool in_set(uint64_t v)
{
	unsigned int i;

	for (i = 0; i < set_len; i++)
		if (set[i] == v)
			return true;
	return false;
}

/* A present entry that maps one of the frames: bits 0 and 2 are set. */
static bool holds_frame(uint64_t v)
{
	return (v & 5) == 5 && (v & 0xff) > 0x20 && in_set((v & FRAME_FIELD) >> 12);
}

static struct {
	uint64_t start, end;
} kernel_part[4096];
static unsigned int kernel_parts;

static void add_part(uint64_t start, uint64_t end)
{
	if (kernel_parts < sizeof(kernel_part) / sizeof(kernel_part[0]))
		kernel_part[kernel_parts++] = (typeof(kernel_part[0])){ start, end };
}

/*
 * Where the kernel has something: the segments of /proc/kcore. Those of vmalloc and of
 * modules are gigabytes to terabytes of nothing, and would swallow hashes and small
 * negative numbers: of them only the areas that /proc/vmallocinfo lists.
 */
static void read_parts(void)
{
	unsigned long start, end;
	unsigned int i, j, areas;
	char line[512];
	FILE *f = fopen("/proc/vmallocinfo", "r");

	if (!f || !phys_open())
		die("/proc/vmallocinfo, /proc/kcore");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start >> 56 == 0xff)
			add_part(start, end);
	fclose(f);
	areas = kernel_parts;
	for (i = 0; i < phys_segments; i++) {
		start = phys_segment[i].p_vaddr;
		end = start + phys_segment[i].p_memsz;
		for (j = 0; j < areas; j++)
			if (kernel_part[j].start >= start && kernel_part[j].start < end)
				break;
		if (phys_segment[i].p_type == PT_LOAD && start >> 56 == 0xff && j == areas)
			add_part(start, end);
	}
	if (areas < 20 || kernel_parts < areas + 2)
		die("where the kernel is");
}

static bool is_pointer(uint64_t v)
{
	unsigned int i;

	if (v >> 56 != 0xff)
		return false;
	for (i = 0; i < kernel_parts; i++)
		if (v >= kernel_part[i].start && v < kernel_part[i].end)
			return true;
	return false;
}

/* Words of a file, and numbers in its text, that @bad takes. */
static unsigned int search(const char *path, bool (*bad)(uint64_t), unsigned int step)
{
	static char buffer[64 << 20];
	unsigned int found = 0;
	size_t len, i, n;
	uint64_t v;
	FILE *f = fopen(path, "r");

	if (!f)
		die("%s", path);
	len = fread(buffer, 1, sizeof(buffer), f);
	fclose(f);
	for (i = 0; i + 8 <= len; i += step) {
		memcpy(&v, buffer + i, 8);
		if (bad(v)) {
			found++;
			printf("# %s: at %zu: %016llx\n", path, i, (unsigned long long)v);
		}
	}
	for (i = 0; i < len; i += n + 1) {
		for (n = v = 0; i + n < len && isxdigit(buffer[i + n]); n++) {
			char c = tolower(buffer[i + n]);

			v = v << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
		}
		if (n >= 4 && n <= 16 && bad(v)) {
			found++;
			printf("# %s: at %zu, text: %016llx\n", path, i, (unsigned long long)v);
		}
	}
	return found;
}

/* Exit status 1 if there is something, as grep has it the other way round. */
static int search_all(char **paths, bool (*bad)(uint64_t), unsigned int step)
{
	unsigned int found = 0;

	for (; *paths; paths++)
		found += search(*paths, bad, step);
	printf("%u\n", found);
	return found ? 1 : 0;
}

static void keep(FILE *f, const void *what, size_t len)
{
	if (fwrite(what, 1, len, f) != len)
		die("write");
}

/* Every answer about a process and its memory, argument and buffer, to a file. */
static int keep_buffers(pid_t pid, const char *path)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)page_mem };
	struct mmscope_tasks t = { .size = sizeof(t) };
	struct mmscope_mm mm = { .size = sizeof(mm) };
	int fd = dev_open();
	__u32 how;
	struct mmscope_info info = dev_info(fd);
	struct mmscope_vmas v = { .size = sizeof(v), .end = info.task_size };
	struct mmscope_frames fr = { .size = sizeof(fr), .end = 16000 };
	struct mmscope_zones z = { .size = sizeof(z) };
	const char *buffer = dev_map(fd);
	struct mmscope_scan s;
	FILE *f = fopen(path, "w");

	if (!f || dev_attach(fd, pid) || dev_call(fd, MMSCOPE_IOC_WALK, &w) ||
	    dev_call(fd, MMSCOPE_IOC_MM, &mm))
		die("buffers");
	/* the first address of the kernel half is what INFO is asked for */
	info.kernel_start = 0;
	keep(f, &info, sizeof(info));
	keep(f, &w, sizeof(w));
	keep(f, &mm, sizeof(mm));
	for (how = MMSCOPE_SCAN_RUNS; how <= MMSCOPE_SCAN_BLOCKS; how++) {
		s.resume = 0;
		while (s.resume < info.task_size && !scan(fd, how, s.resume, info.task_size, &s)) {
			keep(f, &s, sizeof(s));
			keep(f, buffer, BUFFER_LEN);
		}
	}
	if (dev_call(fd, MMSCOPE_IOC_VMAS, &v) || dev_call(fd, MMSCOPE_IOC_TASKS, &t))
		die("VMAS, TASKS");
	keep(f, &v, sizeof(v));
	keep(f, buffer, BUFFER_LEN);
	if (!dev_call(fd, MMSCOPE_IOC_FRAMES, &fr))
		keep(f, buffer, BUFFER_LEN);
	if (!dev_call(fd, MMSCOPE_IOC_ZONES, &z))
		keep(f, buffer, BUFFER_LEN);
	return fclose(f) ? 1 : 0;
}

static int helper(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "wait"))
		wait_for_ever(atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "frames"))
		return list_frames(atoi(argv[2]));
	if (argc == 4 && !strcmp(argv[1], "buffers"))
		return keep_buffers(atoi(argv[2]), argv[3]);
	if (argc > 3 && !strcmp(argv[1], "shown")) {
		read_set(argv[2]);
		return search_all(argv + 3, holds_frame, 4);
	}
	if (argc > 2 && !strcmp(argv[1], "pointers")) {
		read_parts();
		return search_all(argv + 2, is_pointer, 1);
	}
	return -1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run[2])(void);
	} modes[] = {
		{ "who", { nodes, by_caller } },
		{ "passed", { handed, forged } },
		{ "confined", { confined, NULL } },
		{ "limits", { limits, NULL } },
		{ "perf", { by_perf, NULL } },
		{ "yama", { yama, NULL } },
		{ "lockdown", { lockdown, NULL } },
	};
	int status = helper(argc, argv), i;

	if (status >= 0)
		return status;
	tally = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* the node is opened to all: what remains are the checks of the module */
	if (argc == 2 && strcmp(argv[1], "who") && chmod(MMSCOPE_DEVICE, 0666))
		die("chmod");
	for (i = 0; i < (int)(sizeof(modes) / sizeof(modes[0])); i++) {
		if (argc != 2 || strcmp(argv[1], modes[i].name))
			continue;
		targets_start();
		modes[i].run[0]();
		if (modes[i].run[1])
			modes[i].run[1]();
		targets_end();
		printf("# count access attempts %ld\n# count access denied %ld\n"
		       "# count access allowed %ld\n", tally->attempts, tally->denied, tally->allowed);
		chmod(MMSCOPE_DEVICE, 0600);
		return tap_end();
	}
	fprintf(stderr, "usage: access who|passed|confined|limits|perf|yama|lockdown\n");
	return 1;
}
