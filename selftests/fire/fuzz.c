// SPDX-License-Identifier: GPL-2.0-only
/*
 * All entry points of the module with arguments that are right, nearly right and
 * wrong, from several processes and threads at once; a part of them is an ordinary
 * user. The same seed makes the same calls, numbered by process.
 *
 *	fuzz [--seed S] [--calls N] [--procs P] [--user]
 *
 * --user: no process is root's. Pids and where the kernel places things differ from run
 * to run, and with them the values of some arguments.
 *
 * Oracle: uapi/linux/mmscope.h. For each argument the rules it breaks are collected;
 * the errno has to be that of one of them, and 0 if it breaks none. What surrounds the
 * argument, and its "in" fields, stay as they were; after an error nothing is written.
 * Records are well formed and lie in the range asked for. A process without the right
 * never gets a frame number. What the kernel itself has to say (oops, lockdep, leaks) is
 * read from the console by whoever runs this.
 */
#include "dev.h"
#include "tap.h"

#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

#define DEFAULT_SEED	20240607UL
#define DEFAULT_CALLS	200000UL
#define DEFAULT_PROCS	4
#define PROCS_MAX	16
#define USER_ID		1000

#define DEBUGFS		"/sys/kernel/debug/mmscope"
#define EVENT		"/sys/kernel/tracing/events/mmscope/mmscope_fault"

#define BASE		0x200000000000UL	/* memory of the targets */
#define WINDOWS		0x300000000000UL	/* mappings of the device, by slot */
#define WINDOW_LEN	(48UL << 20)
#define ARENA		0x2f0000000000UL	/* arguments, writable */
#define ARENA_RO	0x2f0000100000UL	/* the same pages, read-only */
#define ARENA_LEN	(4 * PAGE)
#define ROWS		0x2f0000200000UL	/* INFO's arrays */
#define ROWS_LEN	(8 * PAGE)
#define CANARY		64
#define PATTERN		0xc5

/* errnos as numbers of bits, so that a word is a set of them; 0 is "it succeeds" */
#define ERRNOS(X) X(E2BIG) X(EACCES) X(EAGAIN) X(EBADF) X(EBUSY) X(EEXIST) X(EFAULT) X(EINTR) \
	X(EINVAL) X(EIO) X(EISDIR) X(ELOOP) X(ENOBUFS) X(ENODEV) X(ENOENT) X(ENOMEM) \
	X(ENOTCONN) X(ENOTDIR) X(ENOTTY) X(ENXIO) X(EOPNOTSUPP) X(EOVERFLOW) X(EPERM) \
	X(EPIPE) X(ESPIPE) X(ESRCH) X(ETXTBSY) X(ENOSPC) X(EFBIG) X(ENOSYS) X(EXDEV)
#define NUMBER_OF(e)	e##_BIT,
enum { OK_BIT, ERRNOS(NUMBER_OF) OTHER_BIT };
#define E(e)		(1ULL << e##_BIT)
#define E_OK		(1ULL << OK_BIT)

/* The set of one result. */
static uint64_t set_of(int err)
{
#define CASE_OF(e) case e: return 1ULL << e##_BIT;
	switch (err) {
	case 0:
		return E_OK;
		ERRNOS(CASE_OF)
	}
	return 1ULL << OTHER_BIT;
}

/* Entry points. The first are the ioctls, in the order of the commands. */
#define GROUPS(X) \
	X(INFO, "ioctl INFO") X(ATTACH, "ioctl ATTACH") X(WALK, "ioctl WALK") \
	X(SCAN, "ioctl SCAN") X(VMAS, "ioctl VMAS") X(MM, "ioctl MM") X(TASKS, "ioctl TASKS") \
	X(FRAMES, "ioctl FRAMES") X(LAYOUT, "ioctl LAYOUT") X(ZONES, "ioctl ZONES") \
	X(UNKNOWN, "ioctl, no such command") X(OPEN, "open") X(MMAP, "mmap of the device") \
	X(MEMORY, "calls on the mapping") X(FILES, "other calls on the descriptor") \
	X(DEBUG_OPEN, "debugfs open") X(DEBUG_WRITE, "debugfs write") \
	X(DEBUG_READ, "debugfs read") \
	X(EVENT, "tracepoint") X(RACE, "threads on one descriptor") \
	X(PASS, "descriptors of other processes")
#define GROUP_NUMBER(g, text)	G_##g,
#define GROUP_TEXT(g, text)	text,
enum { GROUPS(GROUP_NUMBER) NR_GROUPS };
static const char * const group_text[] = { GROUPS(GROUP_TEXT) };

#define NR_COMMANDS	(G_ZONES + 1)

#define ORACLES(X) \
	X(ERRNO, "the errno is one of a rule that is broken; 0 if none is") \
	X(HEAD, "wrong sizes, surplus bits, unknown flags and pointers: their errno") \
	X(OUTSIDE, "what surrounds an argument, and its in fields, are left alone") \
	X(ERROR, "after an error the argument is as it was") \
	X(ANSWER, "out fields fit the question and each other") \
	X(RECORDS, "records are well formed and in the range asked for") \
	X(HIDDEN, "no frame number for those who may not see them") \
	X(DENIED, "what a user may not do is refused") \
	X(SEALED, "the buffer cannot be made writable") \
	X(TEXT, "debugfs gives text, never more than asked for")
#define ORACLE_NUMBER(o, text)	O_##o,
enum { ORACLES(ORACLE_NUMBER) NR_ORACLES };
static const char * const oracle_text[] = { ORACLES(GROUP_TEXT) };

/* Processes that are looked at; one set of them for each uid. */
enum {
	T_SELF, T_SMALL, T_HUGE, T_VMAS, T_STORM, T_INIT,	/* keep their mm */
	T_EXEC, T_SHORT, T_ZOMBIE, T_KTHREAD,
	NR_TARGETS
};
#define T_STEADY	(T_INIT + 1)
#define T_NONE		-1
#define T_UNSURE	-2

struct shared {
	unsigned long calls[NR_GROUPS][2], good[NR_GROUPS][2];	/* by user */
	unsigned long checks[NR_ORACLES], fails[NR_ORACLES];
	unsigned long scans, entries, retries, changed, denied;
	unsigned long mm_id[2][NR_TARGETS];
	pid_t pid[2][NR_TARGETS];
};

static struct shared *sh;
static uint64_t seed = DEFAULT_SEED;
static unsigned int me;			/* number of this process */
static bool is_user;
static struct mmscope_info format;
static struct mmscope_kind kinds[64];
static pid_t top_targets[2 * NR_TARGETS];
static double targets_since;		/* seconds_now() when they began */

/* The call that is made, in words once somebody wants to read them. */
struct now {
	unsigned long number;
	const char *text;
	unsigned long v[5];
	const struct command *c;
	const unsigned char *arg;
};

static __thread struct now now;
static __thread uint64_t rng;

static void add(unsigned long *counter, unsigned long n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* splitmix64 */
static uint64_t rnd(void)
{
	uint64_t z = rng += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Less than @n, which is not 0. */
static unsigned long below(unsigned long n)
{
	return rnd() % n;
}

static bool chance(unsigned int percent)
{
	return below(100) < percent;
}

/* Every call has a state of its own: what one consumes does not shift the next. */
static void reseed(unsigned long number, unsigned int thread)
{
	rng = seed ^ (me + 1) * 0xd1342543de82ef95ULL ^ (number + 1) * 0xa0761d6478bd642fULL ^
	      thread * 0xe7037ed1a0b428dbULL;
	rnd();
	now.number = number;
}

#define PICK(array) ((array)[below(sizeof(array) / sizeof((array)[0]))])

/*
 * The arguments of all commands: which fields are asked with, and what they hold.
 * Checked against mmscope_abi.def at the start: complete, same places.
 */
enum kind {
	K_OUT, K_SIZE, K_FLAGS, K_RESERVED, K_FD, K_PID, K_ADDR, K_PAGE, K_PFN, K_MASK, K_LEVELS,
	K_ROOM, K_ROWS,
};

struct field {
	const char *of, *name;
	unsigned int offset, size;
	enum kind kind;
};

#define FIELD(type, field, kind) \
	{ #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field), kind }
#define HEAD(type)	FIELD(type, size, K_SIZE), FIELD(type, flags, K_FLAGS)
#define ANSWER_OF(type)	FIELD(type, bytes, K_OUT), FIELD(type, count, K_OUT), \
	FIELD(type, record_size, K_OUT)
#define MM_FIELD(field, unit, help) FIELD(mmscope_mm, field, K_OUT),

static const struct field fields[] = {
	HEAD(mmscope_info), FIELD(mmscope_info, abi_version, K_OUT),
	FIELD(mmscope_info, levels, K_OUT), FIELD(mmscope_info, page_shift, K_OUT),
	FIELD(mmscope_info, index_bits, K_OUT), FIELD(mmscope_info, vma_tree, K_OUT),
	FIELD(mmscope_info, features, K_OUT), FIELD(mmscope_info, task_size, K_OUT),
	FIELD(mmscope_info, pfn_mask, K_OUT), FIELD(mmscope_info, enc_mask, K_OUT),
	FIELD(mmscope_info, shared_mask, K_OUT), FIELD(mmscope_info, pat, K_OUT),
	FIELD(mmscope_info, swp_type_shift, K_OUT), FIELD(mmscope_info, swp_type_bits, K_OUT),
	FIELD(mmscope_info, swp_offset_shift, K_OUT), FIELD(mmscope_info, swp_offset_bits, K_OUT),
	FIELD(mmscope_info, swp_pfn_bits, K_OUT), FIELD(mmscope_info, __reserved, K_OUT),
	FIELD(mmscope_info, nr_bits, K_ROOM), FIELD(mmscope_info, nr_kinds, K_ROOM),
	FIELD(mmscope_info, nr_vma_flags, K_ROOM), FIELD(mmscope_info, __reserved2, K_RESERVED),
	FIELD(mmscope_info, bits, K_ROWS), FIELD(mmscope_info, kinds, K_ROWS),
	FIELD(mmscope_info, vma_flags, K_ROWS), FIELD(mmscope_info, release, K_OUT),
	FIELD(mmscope_info, kernel_start, K_OUT),
	HEAD(mmscope_attach), FIELD(mmscope_attach, fd, K_FD), FIELD(mmscope_attach, pid, K_PID),
	FIELD(mmscope_attach, lender, K_OUT), FIELD(mmscope_attach, __reserved, K_RESERVED),
	FIELD(mmscope_attach, mm_id, K_OUT),
	HEAD(mmscope_walk), FIELD(mmscope_walk, va, K_ADDR), FIELD(mmscope_walk, nr_levels, K_OUT),
	FIELD(mmscope_walk, result, K_OUT), FIELD(mmscope_walk, retries, K_OUT),
	FIELD(mmscope_walk, out_flags, K_OUT), FIELD(mmscope_walk, level, K_OUT),
	HEAD(mmscope_scan), FIELD(mmscope_scan, start, K_PAGE), FIELD(mmscope_scan, end, K_PAGE),
	FIELD(mmscope_scan, filter_mask, K_MASK), FIELD(mmscope_scan, filter_value, K_MASK),
	FIELD(mmscope_scan, levels, K_LEVELS), FIELD(mmscope_scan, __reserved, K_RESERVED),
	FIELD(mmscope_scan, resume, K_OUT), FIELD(mmscope_scan, bytes, K_OUT),
	FIELD(mmscope_scan, entries, K_OUT), FIELD(mmscope_scan, tables, K_OUT),
	FIELD(mmscope_scan, retries, K_OUT), FIELD(mmscope_scan, changed, K_OUT),
	FIELD(mmscope_scan, out_flags, K_OUT), FIELD(mmscope_scan, __reserved2, K_OUT),
	FIELD(mmscope_scan, frame_start, K_PFN), FIELD(mmscope_scan, frame_end, K_PFN),
	HEAD(mmscope_vmas), FIELD(mmscope_vmas, start, K_ADDR), FIELD(mmscope_vmas, end, K_ADDR),
	FIELD(mmscope_vmas, resume, K_OUT), FIELD(mmscope_vmas, bytes, K_OUT),
	FIELD(mmscope_vmas, count, K_OUT), FIELD(mmscope_vmas, map_count, K_OUT),
	HEAD(mmscope_mm), FIELD(mmscope_mm, out_flags, K_OUT),
#define MMSCOPE_MM_FIELD	MM_FIELD
#include <mmscope/mm_fields.def>
	HEAD(mmscope_tasks), ANSWER_OF(mmscope_tasks), FIELD(mmscope_tasks, unseen, K_OUT),
	FIELD(mmscope_tasks, truncated, K_OUT),
	HEAD(mmscope_frames), FIELD(mmscope_frames, start, K_PFN),
	FIELD(mmscope_frames, end, K_PFN),
	FIELD(mmscope_frames, resume, K_OUT), ANSWER_OF(mmscope_frames),
	HEAD(mmscope_layout), ANSWER_OF(mmscope_layout),
	HEAD(mmscope_zones), ANSWER_OF(mmscope_zones),
};

#define NR_FIELDS	(sizeof(fields) / sizeof(fields[0]))

#define VIEW	(MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER)
#define ALWAYS	(E(EINVAL) | E(E2BIG) | E(EOPNOTSUPP) | E(EFAULT))
#define BOUND	(E(ENOTCONN) | E(ESRCH))

struct command {
	const char *of;			/* the structure */
	unsigned long ioctl;
	uint32_t size, since, flags;
	bool target;			/* needs one */
	bool buffer;
	uint64_t errnos;		/* by the header */
};

static const struct command commands[NR_COMMANDS] = {
#define COMMAND(g, type, since, flags, target, buffer, errnos) \
	[G_##g] = { #type, MMSCOPE_IOC_##g, sizeof(struct type), since, flags, target, buffer, \
		    ALWAYS | (errnos) }
	COMMAND(INFO, mmscope_info, 176, 0, false, false, 0),
	COMMAND(ATTACH, mmscope_attach, 32, MMSCOPE_ATTACH_PID, false, false,
		E(EBADF) | E(EBUSY) | E(EPERM) | E(ESRCH) | E(ENXIO)),
	COMMAND(WALK, mmscope_walk, 192, VIEW, true, false, E(EPERM) | BOUND),
	COMMAND(SCAN, mmscope_scan, 96, MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_BLOCKS |
		MMSCOPE_SCAN_FRAMES | VIEW, true, true, E(EPERM) | E(ENOBUFS) | BOUND),
	COMMAND(VMAS, mmscope_vmas, 48, 0, true, true, E(ENOBUFS) | E(ENOMEM) | E(EINTR) | BOUND),
	COMMAND(MM, mmscope_mm, 288, 0, true, false, BOUND),
	COMMAND(TASKS, mmscope_tasks, 32, 0, true, true, E(ENOBUFS) | BOUND),
	COMMAND(FRAMES, mmscope_frames, 48, MMSCOPE_FRAMES_SKIP, false, true,
		E(ENOBUFS) | E(EPERM)),
	COMMAND(LAYOUT, mmscope_layout, 24, 0, false, true, E(ENOBUFS) | E(EPERM)),
	COMMAND(ZONES, mmscope_zones, 24, 0, false, true, E(ENOBUFS) | E(EPERM)),
};

/* The largest argument, and then some. */
#define KNOWN_MAX	512

/* Where the fields of a command are, and which of them ask for something. */
struct index {
	unsigned int first, end, nr_asked;
	unsigned char asked[16];
};

static struct index index_of[NR_COMMANDS];

/* The rows of a structure stand together. */
static void make_index(void)
{
	unsigned int g, i;

	for (g = 0; g < NR_COMMANDS; g++) {
		struct index *of = &index_of[g];

		for (i = 0; strcmp(fields[i].of, commands[g].of); i++)
			;
		of->first = i;
		for (; i < NR_FIELDS && !strcmp(fields[i].of, commands[g].of); i++)
			if (fields[i].kind != K_OUT && fields[i].kind != K_SIZE)
				of->asked[of->nr_asked++] = i;
		of->end = i;
	}
}

/* The field that holds one value of up to 8 bytes. */
static uint64_t get_field(const unsigned char *arg, const struct field *f)
{
	uint64_t v = 0;

	memcpy(&v, arg + f->offset, f->size < 8 ? f->size : 8);
	return v;
}

/* Longer fields are filled with copies of the value. */
static void set_field(unsigned char *arg, const struct field *f, uint64_t v)
{
	unsigned int i;

	for (i = 0; i < f->size; i += 8)
		memcpy(arg + f->offset + i, &v, f->size - i < 8 ? f->size - i : 8);
}

/* The call that is made, as far as it takes to make it again by hand. */
static void describe(char *to, size_t len)
{
	size_t n, i;

	if (!now.c) {
		n = snprintf(to, len, now.text ? now.text : "?", now.v[0], now.v[1], now.v[2],
			     now.v[3], now.v[4]);
		return;
	}
	n = snprintf(to, len, "%s", now.c->of + strlen("mmscope_"));
	for (i = 0; i < NR_FIELDS && n < len; i++)
		if (!strcmp(fields[i].of, now.c->of) && fields[i].kind != K_OUT)
			n += snprintf(to + n, len - n, " %s=%#lx", fields[i].name,
				      get_field(now.arg, &fields[i]));
}

static void complain(unsigned int oracle, const char *text, ...)
	__attribute__((format(printf, 2, 3)));

/* One write() a line: lines of several processes do not mix. */
static void complain(unsigned int oracle, const char *text, ...)
{
	char line[1024], call[600];
	va_list ap;
	size_t n;

	/* some of each sort */
	if (__atomic_fetch_add(&sh->fails[oracle], 1, __ATOMIC_RELAXED) >= 8)
		return;
	describe(call, sizeof(call));
	n = snprintf(line, sizeof(line), "# seed %lu process %u call %lu (%s%s): ", seed, me,
		     now.number, is_user ? "user: " : "", call);
	va_start(ap, text);
	n += vsnprintf(line + n, sizeof(line) - n, text, ap);
	va_end(ap);
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(1, line, n) < 0)
		_exit(1);
}

#define CHECK(oracle, good, ...) do { \
		add(&sh->checks[O_##oracle], 1); \
		if (!(good)) \
			complain(O_##oracle, __VA_ARGS__); \
	} while (0)

/* By privilege: what a user is refused is no failure of the call. */
static void count(unsigned int group, bool good)
{
	add(&sh->calls[group][is_user], 1);
	add(&sh->good[group][is_user], good);
}

/* Counts a call that is no command; the result of a system call is 0 or its errno. */
static int done(unsigned int group, int err, uint64_t allowed)
{
	count(group, !err);
	CHECK(ERRNO, set_of(err) & allowed, "%s: %s", group_text[group], strerror(err));
	return err;
}

/* The text of complaints about calls that are no commands. */
static void words(const char *text, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d)
{
	now.c = NULL;
	now.text = text;
	now.v[0] = a;
	now.v[1] = b;
	now.v[2] = c;
	now.v[3] = d;
}

/*
 * Descriptors of the device that a process works with. READY ones are bound and mapped;
 * the ATTACH one is fresh; to WILD ones anything may happen; the FOREIGN one came from
 * another process.
 */
enum { S_READY, S_ATTACH = 4, S_WILD, S_FOREIGN = 7, NR_SLOTS };

struct slot {
	int fd;
	bool phys;		/* opened by one who may see frames */
	bool admin;		/* ... may attach by pid */
	bool lent;		/* others may use it meanwhile */
	bool touched;		/* something was done to the mapping */
	bool mapped;		/* has a buffer */
	int target;
	const char *map;	/* of len bytes, or NULL */
	size_t len;
};

static struct slot slots[NR_SLOTS];

static char *window_of(const struct slot *s)
{
	return (char *)WINDOWS + (s - slots) * WINDOW_LEN;
}

/* The window is given back as a whole: nobody else ever maps something in it. */
static void slot_unmap(struct slot *s)
{
	if (mmap(window_of(s), WINDOW_LEN, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("window");
	s->map = NULL;
	s->touched = false;
}

/* The mapping first: it holds the file. */
static void slot_close(struct slot *s)
{
	if (s->map || s->touched)
		slot_unmap(s);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct slot){ .fd = -1, .target = T_NONE };
}

/* The rights are those of whoever opens, for all time. */
static int slot_open(struct slot *s, int flags)
{
	int err;

	slot_close(s);
	words("open %#lo", flags, 0, 0, 0);
	s->fd = open(MMSCOPE_DEVICE, flags | O_CLOEXEC, 0600);
	err = s->fd < 0 ? errno : 0;
	s->phys = s->admin = !is_user;
	return err;
}

/* At the begin of the window, where nothing else is by now. */
static int slot_map(struct slot *s, size_t len)
{
	void *p;

	words("mmap of %#lx bytes", len, 0, 0, 0);
	p = mmap(window_of(s), len, PROT_READ, MAP_SHARED | MAP_FIXED, s->fd, 0);
	if (p == MAP_FAILED)
		return errno;
	s->map = p;
	s->len = len;
	s->mapped = true;
	s->touched = true;
	return 0;
}

/* Descriptors of the targets' pagemap files, and of much else. */
enum what { W_CLOSED, W_OTHER, W_PAGEMAP, W_GONE };

struct known {
	int fd;
	enum what what;
	int target;
};

static struct known known[96];
static unsigned int nr_known;

/* A pid that may be another one's by the time it is used. */
static pid_t pid_of(int target)
{
	switch (target) {
	case T_SELF:
		return getpid();
	case T_INIT:
		return 1;
	case T_KTHREAD:
		return 2;
	}
	return __atomic_load_n(&sh->pid[is_user][target], __ATOMIC_RELAXED);
}

static void know(int fd, enum what what, int target)
{
	if (nr_known < sizeof(known) / sizeof(known[0]))
		known[nr_known++] = (struct known){ fd, fd < 0 ? W_CLOSED : what, target };
}

/* The pagemap files of those that keep their mm are opened once. */
static int pagemap_fd[T_STEADY];

/* Mostly one that stays: of the others most answers are ESRCH. */
static int any_target(void)
{
	static const int usual[] = { T_SELF, T_SMALL, T_SMALL, T_HUGE, T_VMAS, T_STORM, T_STORM };
	static const int mortal[] = { T_EXEC, T_SHORT, T_SHORT };

	if (chance(15))
		return PICK(mortal);
	return !is_user && chance(5) ? T_INIT : PICK(usual);
}

/* Open, map, bind: what most calls need. Each is a call of its own. */
static void slot_renew(struct slot *s)
{
	static const size_t lens[] = { 65536, 65536, 65536, 65536, 69632, 131072 };
	struct mmscope_attach a = { .size = sizeof(a) };
	int err, target = any_target();

	done(G_OPEN, slot_open(s, O_RDONLY), E_OK);
	if (chance(97))
		done(G_MMAP, slot_map(s, PICK(lens)), E_OK);
	if (chance(3))
		return;
	a.fd = target < T_STEADY ? pagemap_fd[target] : open_pagemap(pid_of(target));
	words("attach fd %ld target %ld", a.fd, target, 0, 0);
	err = dev_call(s->fd, MMSCOPE_IOC_ATTACH, &a);
	done(G_ATTACH, err, target < T_STEADY ? E_OK : E_OK | E(ESRCH) | E(EBADF));
	if (!err)
		s->target = target;
	if (target >= T_STEADY && a.fd >= 0)
		close(a.fd);
}

/* A descriptor that can answer, as a rule; made anew from time to time. */
static struct slot *any_slot(const struct command *c)
{
	struct slot *s = &slots[S_READY + below(S_ATTACH - S_READY)];

	if (chance(8))
		return &slots[S_ATTACH + below(NR_SLOTS - S_ATTACH)];
	if (s->fd < 0 || !chance(99) || (c->target && s->target == T_NONE && chance(80)) ||
	    (c->buffer && !s->map && chance(80)) || (s->target >= T_STEADY && chance(10)))
		slot_renew(s);
	return s;
}

/* Addresses at which something begins or ends. */
static uint64_t borders[256];
static unsigned int nr_borders;

/* Both ends of each VMA; later calls aim at them and beside. */
static void learn_borders(pid_t pid)
{
	unsigned long start, end;
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && nr_borders + 2 < 200 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || end > format.task_size)
			continue;
		borders[nr_borders++] = start;
		borders[nr_borders++] = end;
	}
	if (f)
		fclose(f);
	borders[nr_borders++] = format.task_size;
}

/* Regions of the kernel half, with four and with five levels. */
static uint64_t kernel_address(void)
{
	static const uint64_t bases[] = {
		0xffff800000000000, 0xffff888000000000, 0xff11000000000000, 0xffffc90000000000,
		0xffffea0000000000, 0xfffffe0000000000, 0xffffffff80000000, 0xffffffff81000000,
		0xffffffffc0000000, 0xffffffffff600000, 0xfffffffffffff000, 0xffffff0000000000,
	};

	return chance(20) ? format.kernel_start + below(512) * PAGE :
			    PICK(bases) + below(1UL << below(20)) * PAGE;
}

/* Ends of everything: of the halves, of 64 bits, of what is canonical. */
static uint64_t odd_address(void)
{
	static const uint64_t odd[] = {
		0, 1, PAGE - 1, PAGE, 1ULL << 46, 1ULL << 47, 1ULL << 48, 1ULL << 56, 1ULL << 57,
		1ULL << 63, 0xffff800000000000, 0xff00000000000000, ~0ULL, ~0ULL - PAGE,
		~0ULL - 2 * PAGE, 0x8000deadbeef0000,
	};

	return PICK(odd) + (chance(50) ? (below(5) - 2) * PAGE : below(9) - 4);
}

static uint64_t any_address(void)
{
	switch (below(10)) {
	case 0: case 1: case 2: case 3:
		return BASE + below(8192) * PAGE + (chance(30) ? below(PAGE) : 0);
	case 4: case 5: case 6:
		return borders[below(nr_borders)] +
		       (chance(80) ? (below(5) - 2) * PAGE : below(3) - 1);
	case 7:
		return odd_address();
	case 8:
		return chance(50) ? kernel_address() : rnd() % format.task_size;
	}
	return rnd() >> below(64);
}

/* A range of whole pages of the user half, mostly a small one. */
static void good_range(__u64 *start, __u64 *end)
{
	static const uint64_t lens[] = {
		PAGE, PAGE, 2 * PAGE, 7 * PAGE, 16 * PAGE, 64 * PAGE, 64 * PAGE, 512 * PAGE,
		513 * PAGE, 4096 * PAGE, 1UL << 30,
	};
	uint64_t max = format.task_size - PAGE;

	*start = any_address() & ~(PAGE - 1);
	if (*start > max)
		*start = BASE + (*start >> 12) % 4096 * PAGE;
	*end = *start + PICK(lens) + (chance(10) ? below(64) * PAGE : 0);
	if (chance(1))
		*end = format.task_size;
	if (*end > format.task_size)
		*end = format.task_size;
}

/* Small ones only: parts of the half are mapped over and over (KASAN's shadow). */
static void kernel_range(__u64 *start, __u64 *end)
{
	uint64_t len = chance(90) ? (1 + below(32)) * PAGE : (1 + below(1024)) * PAGE;

	*start = kernel_address() & ~(PAGE - 1);
	if (*start < format.kernel_start)
		*start = format.kernel_start;
	if (*start > -64 * PAGE)
		*start = -64 * PAGE;
	*end = *start + len;
	if (*end < *start || *end > -PAGE)
		*end = -PAGE;
}

/* Single bits, combinations that entries have, and nonsense. */
static uint64_t any_mask(void)
{
	static const uint64_t masks[] = {
		0, 0, 1, 2, 4, 0x20, 0x40, 0x80, 0x100, 1ULL << 63, 0x8000000000000067,
		0x000ffffffffff000, ~0ULL, 0x1c0,
	};

	return chance(90) ? PICK(masks) : rnd() & rnd();
}

/* In memory, past its end, and around the largest there can be. */
static uint64_t any_pfn(void)
{
	uint64_t top = format.pfn_mask >> 12;

	switch (below(8)) {
	case 0:
		return top + below(3) - 1;
	case 1:
		return rnd() >> below(64);
	case 2:
		return 0x100000 + below(4096);
	}
	return below(0x40000);
}

/* Random arguments that are right for a descriptor in this state. */
static void good_scan(struct mmscope_scan *a, const struct slot *s)
{
	a->flags = chance(60) ? MMSCOPE_SCAN_RUNS : MMSCOPE_SCAN_BLOCKS;
	a->levels = 1 + below((1 << format.levels) - 1);
	if (chance(40))
		a->levels = 1U << below(3);
	if (s->phys && chance(12)) {
		a->flags |= MMSCOPE_HALF_KERNEL;
		kernel_range(&a->start, &a->end);
	} else {
		good_range(&a->start, &a->end);
	}
	if ((format.features & MMSCOPE_FEATURE_PTI) && chance(10))
		a->flags |= MMSCOPE_TOP_USER;
	if (chance(25)) {
		a->filter_mask = any_mask();
		a->filter_value = (chance(50) ? rnd() : ~0ULL) & a->filter_mask;
	}
	if (s->phys && chance(10)) {
		a->flags |= MMSCOPE_SCAN_FRAMES;
		a->frame_start = below(0x40000);
		a->frame_end = a->frame_start + 1 + below(0x40000);
	}
}

/* By pid for those who may, else by one of the open pagemap files. */
static void good_attach(struct mmscope_attach *a, const struct slot *s)
{
	int target = any_target();

	if (s->admin && chance(30)) {
		a->flags = MMSCOPE_ATTACH_PID;
		a->pid = pid_of(target);
	} else {
		a->fd = pagemap_fd[target < T_STEADY ? target : T_SMALL];
	}
}

/* Any byte of a range that SCAN could be asked for. */
static void good_walk(struct mmscope_walk *a, const struct slot *s)
{
	__u64 end;

	if (s->phys && chance(12)) {
		a->flags = MMSCOPE_HALF_KERNEL;
		kernel_range(&a->va, &end);
	} else {
		good_range(&a->va, &end);
	}
	a->va += chance(50) ? below(PAGE) : 0;
	if ((format.features & MMSCOPE_FEATURE_PTI) && chance(10))
		a->flags |= MMSCOPE_TOP_USER;
}

/* An array with room for all rows there are, and a pattern around it. */
static uint64_t any_rows(unsigned int which)
{
	uint64_t at = ROWS + which * 2 * PAGE + CANARY;

	return chance(30) ? 0 : at + (chance(20) ? below(64) : 0);
}

/* With and without arrays, and room for fewer rows than there are. */
static void good_info(struct mmscope_info *a)
{
	static const uint32_t rooms[] = { 0, 0, 1, 3, 10, 64, 1000, 0xffffffff };

	a->nr_bits = PICK(rooms);
	a->nr_kinds = PICK(rooms);
	a->nr_vma_flags = PICK(rooms);
	a->bits = any_rows(0);
	a->kinds = any_rows(1);
	a->vma_flags = any_rows(2);
}

/* In memory mostly: what a frame of no memory is like is known soon. */
static void good_frames(struct mmscope_frames *a)
{
	a->flags = chance(30) ? MMSCOPE_FRAMES_SKIP : 0;
	a->start = below(0x50000);
	a->end = a->start + 1 + below(chance(90) ? 64 : 4096);
	if (chance(3))
		a->start = any_pfn() % (format.pfn_mask >> 13);
	if (a->end <= a->start)
		a->end = a->start + 64;
}

static void good(unsigned int g, unsigned char *arg, const struct slot *s)
{
	struct mmscope_vmas *v = (void *)arg;

	switch (g) {
	case G_INFO:
		return good_info((void *)arg);
	case G_ATTACH:
		return good_attach((void *)arg, s);
	case G_WALK:
		return good_walk((void *)arg, s);
	case G_SCAN:
		return good_scan((void *)arg, s);
	case G_FRAMES:
		return good_frames((void *)arg);
	case G_VMAS:
		good_range(&v->start, &v->end);
		if (chance(30))
			v->end = format.task_size;
		v->start += chance(20) && v->end - v->start > PAGE ? below(PAGE) : 0;
	}
}

/* Memory that INFO cannot write, or not wholly. */
static uint64_t any_row_pointer(void)
{
	static const uint64_t bad[] = {
		0, 1, 0x1000, 0xffffffff81000000, 0x8000000000000000, ~0ULL, ARENA_RO,
		ROWS + ROWS_LEN - 8, ROWS + ROWS_LEN, WINDOWS,
	};

	return PICK(bad);
}

/* Of a target, or none that a process can have. */
static int32_t any_pid(void)
{
	static const int32_t bad[] = { 0, -1, 1, 2, 3, INT_MAX, INT_MIN, 4194304, 99999 };

	return chance(50) ? pid_of(below(NR_TARGETS)) : PICK(bad);
}

/* Anything for a field of that kind. */
static uint64_t any_value(const struct command *c, enum kind kind)
{
	static const uint32_t rooms[] = { 0, 1, 2, 100, 0x7fffffff, 0x80000000, 0xffffffff };
	uint32_t flags = rnd() & c->flags;

	/* a command's own bits as well: not every mistake is an unknown bit */
	switch (kind) {
	case K_FLAGS:
		return chance(40) ? 1U << below(32) : chance(60) ? flags :
		       chance(50) ? 0xffffffff : rnd();
	case K_RESERVED:
		return chance(50) ? 1ULL << below(32) : 0;
	case K_FD:
		return chance(80) ? (uint64_t)known[below(nr_known)].fd :
		       chance(50) ? -1ULL : rnd() >> (32 + below(32));
	case K_PID:
		return any_pid();
	case K_ADDR:
		return any_address();
	case K_PAGE:
		return chance(80) ? any_address() & ~(PAGE - 1) : any_address();
	case K_PFN:
		return any_pfn();
	case K_MASK:
		return any_mask();
	case K_LEVELS:
		return chance(80) ? below(64) : rnd();
	case K_ROOM:
		return PICK(rooms);
	case K_ROWS:
		return any_row_pointer();
	default:
		return rnd();
	}
}

/* Where an argument lies, and what of that the kernel has to notice. */
enum place {
	P_PLAIN, P_UNALIGNED, P_FITS, P_CUT, P_READONLY, P_NULL, P_KERNEL, P_BUFFER,
};

/* One call of a command: the argument as given, as it lies in memory, what may happen. */
struct call {
	unsigned int g;
	const struct command *c;
	struct slot *s;
	enum place place;
	uint32_t size;			/* as the argument says */
	size_t len;			/* bytes of it that are in memory, at most a page */
	bool surplus;			/* a bit behind the known fields is set, */
	unsigned int surplus_at;	/* here */
	unsigned char given[PAGE + 64];	/* what the caller wrote */
	unsigned char *at;		/* where it is, or nowhere */
	unsigned char before[PAGE + 2 * CANARY];	/* with what is around it */
	size_t low, high;		/* how much around it */
	void *pointer;			/* for the kernel */
	uint64_t must, may;		/* sets of errnos */
	bool head;			/* refused before the fields are looked at */
	int target;			/* ATTACH: which it would be */
	int err;
};

/* The argument as the kernel takes it: what the caller does not know reads as 0. */
static void effective(const struct call *k, unsigned char *arg)
{
	memset(arg, 0, k->c->size);
	memcpy(arg, k->given, k->size < k->c->size ? k->size : k->c->size);
}

/* Right in every field; then, in every other call, some that are not. */
static void make_fields(struct call *k)
{
	unsigned int i, wild = chance(60) ? 0 : chance(80) ? 1 + below(2) : 20;
	const struct index *of = &index_of[k->g];
	bool rubbish = chance(50);

	/* what the one before has left: its fields, and a bit of surplus */
	memset(k->given, 0, KNOWN_MAX);
	k->given[k->surplus_at] = 0;
	good(k->g, k->given, k->s);
	for (i = of->first; i < of->end; i++)
		if (fields[i].kind == K_OUT && rubbish)
			set_field(k->given, &fields[i], rnd());
	while (wild--) {
		const struct field *f = &fields[of->asked[below(of->nr_asked)]];

		set_field(k->given, f, any_value(k->c, f->kind));
	}
}

/* Too small, older, newer with and without surplus, past a page. */
static void make_size(struct call *k)
{
	const struct command *c = k->c;

	k->size = c->size;
	k->surplus = false;
	switch (below(32)) {
	case 0:
		k->size = below(c->since);
		break;
	case 1:
		k->size = c->since + below(c->size - c->since + 1);
		break;
	case 2:
		k->size = c->size + 1 + below(200);
		break;
	case 3:
		k->size = c->size + 1 + below(chance(80) ? 64 : PAGE - c->size);
		k->surplus_at = c->size + below(k->size - c->size);
		k->given[k->surplus_at] |= 1 << below(8);
		k->surplus = true;
		break;
	case 4:
		k->size = chance(30) ? PAGE : chance(50) ? PAGE + 1 + below(PAGE) : 0xffffffff;
		break;
	case 5:
		k->size = chance(20) ? 0 : chance(10) ? rnd() | 1U << 31 : c->size;
		break;
	}
	memcpy(k->given, &k->size, 4);
	k->len = k->size < 4 ? 4 : k->size > PAGE ? PAGE : k->size;
}

/* Copies the argument to its place and remembers what is around it. */
static void put_argument(struct call *k)
{
	static void * const nowhere[] = {
		(void *)0xffff888000000000, (void *)0xffffffff81000000, (void *)0x8000000000000000,
		(void *)-4096L, (void *)-8L, (void *)0x0000800000000000, (void *)0xff11000000000000,
	};
	unsigned char *end = (unsigned char *)ARENA + ARENA_LEN;
	unsigned int r = below(100);

	k->place = r < 84 ? P_PLAIN : r < 87 ? P_UNALIGNED : r < 90 ? P_FITS : r < 93 ? P_CUT :
		   r < 95 ? P_READONLY : r < 96 ? P_NULL : r < 99 ? P_KERNEL : P_BUFFER;
	if (k->place == P_BUFFER && !k->s->map)
		k->place = P_PLAIN;
	k->at = (unsigned char *)ARENA + PAGE + below(64) * 8;
	k->low = k->high = CANARY;
	if (k->place == P_UNALIGNED)
		k->at += 1 + below(7);
	if (k->place == P_FITS || k->place == P_CUT)
		k->at = end - (k->place == P_FITS ? k->len : below(k->len));
	k->pointer = k->at;
	if (k->place == P_READONLY)
		k->pointer = k->at - ARENA + ARENA_RO;
	if (k->place == P_NULL)
		k->pointer = (void *)below(PAGE);
	if (k->place == P_KERNEL)
		k->pointer = PICK(nowhere);
	if (k->place == P_BUFFER)
		k->pointer = (char *)k->s->map + below(k->s->len / 8) * 8;
	if (k->at + k->len + k->high > end) {
		k->high = 0;
		if (k->at + k->len > end)
			k->len = end - k->at;
	}
	memset(k->at - k->low, PATTERN, k->low);
	memset(k->at + k->len, PATTERN, k->high);
	memcpy(k->at, k->given, k->len);
	memcpy(k->before, k->at - k->low, k->low + k->len + k->high);
}

/* Errors that come before the fields are looked at. Whether there are any. */
static bool expect_head(struct call *k)
{
	bool cut = k->place == P_CUT;
	uint32_t flags;

	if (k->place == P_NULL || k->place == P_KERNEL || (cut && k->len < 4)) {
		k->must |= E(EFAULT);
		return true;
	}
	if (k->place == P_BUFFER) {
		/* what it holds nobody knows; that it can be no answer's place is sure */
		k->must |= k->c->errnos;
		return true;
	}
	if (k->size < k->c->since)
		k->must |= E(EINVAL);
	else if (k->size > PAGE)
		k->must |= E(E2BIG);
	else if (k->surplus)
		k->must |= cut ? E(E2BIG) | E(EFAULT) : E(E2BIG);
	else if (cut)
		k->must |= E(EFAULT);
	if (k->must)
		return true;
	memcpy(&flags, k->given + 4, 4);
	if (flags & ~k->c->flags)
		k->must |= E(EOPNOTSUPP);
	return k->must;
}

/* A rule of the header: what it says for arguments that break it. */
static void rule(struct call *k, bool broken, uint64_t errnos)
{
	if (broken)
		k->must |= errnos;
}

/* Addresses of WALK and SCAN. */
static void expect_view(struct call *k, uint64_t start, uint64_t end, uint32_t flags)
{
	bool kernel = flags & MMSCOPE_HALF_KERNEL;

	rule(k, (flags & MMSCOPE_TOP_USER) && !(format.features & MMSCOPE_FEATURE_PTI),
	     E(EOPNOTSUPP));
	rule(k, start >= end, E(EINVAL));
	rule(k, !kernel && end > format.task_size, E(EINVAL));
	rule(k, kernel && !k->s->phys, E(EPERM));
	rule(k, kernel && (start < format.kernel_start || end > -PAGE), E(EINVAL));
}

/* SCAN's own rules, beside those of addresses. */
static void expect_scan(struct call *k, const struct mmscope_scan *a)
{
	uint32_t form = a->flags & (MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_BLOCKS);
	bool frames = a->flags & MMSCOPE_SCAN_FRAMES;

	expect_view(k, a->start, a->end, a->flags);
	rule(k, form != MMSCOPE_SCAN_RUNS && form != MMSCOPE_SCAN_BLOCKS, E(EINVAL));
	rule(k, a->__reserved || !a->levels || a->levels >> format.levels, E(EINVAL));
	rule(k, (a->start | a->end) % PAGE, E(EINVAL));
	rule(k, a->filter_value & ~a->filter_mask, E(EINVAL));
	rule(k, frames && !k->s->phys, E(EPERM));
	rule(k, frames && (a->frame_start >= a->frame_end ||
			   a->frame_end > format.pfn_mask >> 12), E(EINVAL));
	rule(k, !frames && (a->frame_start || a->frame_end), E(EINVAL));
}

/* Which process a pid is; those that come and go may be anything. */
static void expect_pid(struct call *k, int pid)
{
	int t;

	rule(k, pid <= 0, E(ESRCH));
	for (t = 0; t < T_STEADY && pid > 0; t++) {
		if (pid == pid_of(t)) {
			k->target = t;
			return;
		}
	}
	if (pid == 2)
		k->must |= E(ENXIO);
	else if (pid > 0)
		k->may |= E_OK | E(ESRCH) | E(ENXIO);
	k->target = T_UNSURE;
}

/* Which process a descriptor stands for, if it is a pagemap file. */
static void expect_fd(struct call *k, int fd)
{
	unsigned int i;

	k->target = T_UNSURE;
	for (i = 0; i < nr_known && known[i].fd != fd; i++)
		;
	if (fd < 0) {
		k->must |= E(EBADF);
	} else if (i == nr_known) {
		k->may |= E_OK | E(EBADF) | E(EINVAL) | E(ESRCH);
	} else {
		k->target = known[i].target;
		rule(k, known[i].what == W_CLOSED, E(EBADF));
		rule(k, known[i].what == W_OTHER, E(EINVAL));
		rule(k, known[i].what == W_GONE, E(ESRCH));
		k->may |= k->target >= T_STEADY ? E(ESRCH) : 0;
	}
}

/* One way or the other, once, and by pid only for those who may. */
static void expect_attach(struct call *k, const struct mmscope_attach *a)
{
	bool by_pid = a->flags & MMSCOPE_ATTACH_PID;

	rule(k, a->__reserved || (by_pid ? a->fd : a->pid), E(EINVAL));
	rule(k, by_pid && !k->s->admin, E(EPERM));
	if (k->s->lent || k->s->target == T_UNSURE)
		k->may |= E(EBUSY) | E_OK;
	else
		rule(k, k->s->target != T_NONE, E(EBUSY));
	if (by_pid)
		expect_pid(k, a->pid);
	else
		expect_fd(k, a->fd);
}

/* The part of the arrays' memory that is wholly accessible. */
static bool in_rows(uint64_t p)
{
	return p >= ROWS && p < ROWS + 6 * PAGE;
}

/* What lies in the arrays' memory can be written, and nothing else is asked for. */
static void expect_info(struct call *k, const struct mmscope_info *a)
{
	rule(k, a->__reserved2, E(EINVAL));
	rule(k, a->nr_bits && a->bits && !in_rows(a->bits), E(EFAULT));
	rule(k, a->nr_kinds && a->kinds && !in_rows(a->kinds), E(EFAULT));
	rule(k, a->nr_vma_flags && a->vma_flags && !in_rows(a->vma_flags), E(EFAULT));
}

/* The state of the descriptor: buffer and target. */
static void expect_state(struct call *k)
{
	const struct slot *s = k->s;

	if (k->c->buffer && !s->mapped) {
		if (s->lent)
			k->may |= E(ENOBUFS);
		else
			k->must |= E(ENOBUFS);
	}
	if (!k->c->target)
		return;
	if (s->target == T_NONE && !s->lent)
		k->must |= E(ENOTCONN);
	else if (s->target < 0)
		k->may |= BOUND;
	if (s->target >= T_STEADY)
		k->may |= E(ESRCH);
}

/* All rules that a call breaks: one of their errnos has to come. */
static void expect(struct call *k)
{
	unsigned char arg[KNOWN_MAX] __attribute__((aligned(8)));
	const struct mmscope_frames *f = (const void *)arg;
	const struct mmscope_walk *w = (const void *)arg;
	const struct mmscope_vmas *v = (const void *)arg;

	k->must = k->may = 0;
	k->head = expect_head(k);
	if (k->head)
		return;
	effective(k, arg);
	expect_state(k);
	switch (k->g) {
	case G_INFO:
		expect_info(k, (const void *)arg);
		break;
	case G_ATTACH:
		expect_attach(k, (const void *)arg);
		break;
	case G_WALK:
		expect_view(k, w->va, w->va + 1, w->flags);
		break;
	case G_SCAN:
		expect_scan(k, (const void *)arg);
		break;
	case G_VMAS:
		rule(k, v->start >= v->end || v->end > format.task_size, E(EINVAL));
		break;
	case G_FRAMES:
		rule(k, f->start >= f->end || f->end > format.pfn_mask >> 12, E(EINVAL));
		break;
	}
	if (k->g == G_FRAMES || k->g == G_LAYOUT || k->g == G_ZONES)
		rule(k, !k->s->phys, E(EPERM));
	/* all is well, and the answer has no place; or the kernel thread's lender */
	if (k->place == P_READONLY && (!k->must || (k->must & E(ENXIO))))
		k->must |= E(EFAULT);
}

/* Does an entry show where its page is? Written from the UAPI, not with decode.h. */
static bool shows_frame(uint64_t raw, unsigned int level)
{
	uint64_t mask = format.pfn_mask, offset, type, offsets;
	bool leaf = level == 0 || (level <= 2 && (raw & 0x80));
	unsigned int i;

	if (!(raw & ~0x60ULL))
		return false;
	if (raw & 1)
		return raw & mask & (leaf && level ? ~0x1000ULL : ~0ULL);
	if ((raw & 0x100) || (level && (raw & 0x80)))
		return ~raw & mask & ~((PAGE << 9 * level) - 1);
	type = raw >> format.swp_type_shift & ((1ULL << format.swp_type_bits) - 1);
	offsets = (1ULL << format.swp_offset_bits) - 1;
	offset = ~raw >> format.swp_offset_shift & offsets;
	for (i = 0; i < format.nr_kinds && i < 64; i++)
		if (type >= kinds[i].first && type <= kinds[i].last &&
		    (kinds[i].flags & MMSCOPE_KIND_MARKER))
			return false;
	return offset || (type && type <= kinds[0].last);
}

/* Rows from the top table down, indices of the address, nothing hidden. */
static void check_walk(const struct call *k, const struct mmscope_walk *a)
{
	const struct mmscope_level *l = a->level;
	bool hidden = !k->s->phys;
	unsigned int i;

	CHECK(ANSWER, a->nr_levels <= format.levels && a->result >= MMSCOPE_END_LEAF &&
	      a->result <= MMSCOPE_END_CHANGED &&
	      (a->nr_levels == 0) == (a->result == MMSCOPE_END_CHANGED),
	      "%u levels, result %u", a->nr_levels, a->result);
	CHECK(ANSWER, !(a->out_flags & MMSCOPE_OUT_HIDDEN) == !hidden &&
	      !(a->out_flags & MMSCOPE_OUT_UNSTABLE) == !(a->flags & MMSCOPE_HALF_KERNEL),
	      "out_flags %#x", a->out_flags);
	for (i = 0; i < MMSCOPE_LEVELS_MAX; i++, l++) {
		unsigned int level = format.levels - 1 - i;

		if (i >= a->nr_levels) {
			CHECK(ANSWER, !l->entry && !l->slot && !l->index && !l->level,
			      "row %u after the last is not empty", i);
			continue;
		}
		CHECK(ANSWER, l->level == level && l->index == (a->va >> (12 + 9 * level) & 511),
		      "row %u: level %u, index %u", i, l->level, l->index);
		CHECK(HIDDEN, !hidden || (!l->slot && l->node == -1 &&
					  !shows_frame(l->entry, level)),
		      "level %u: entry %#llx slot %#llx", level, l->entry, l->slot);
	}
	if (a->nr_levels)
		CHECK(ANSWER, (a->result == MMSCOPE_END_NONE) ==
		      !(a->level[a->nr_levels - 1].entry & ~0x60ULL) ||
		      a->result == MMSCOPE_END_BAD, "result %u", a->result);
	add(&sh->retries, a->retries);
	add(&sh->changed, a->result == MMSCOPE_END_CHANGED);
}

/* One record of SCAN; returns its length, 0 if it is none. */
static size_t check_record(const struct call *k, const struct mmscope_scan *a,
			   const struct mmscope_record *r, size_t left, uint64_t *entries)
{
	uint64_t span = PAGE << 9 * r->level, first = a->start & ~(span - 1), last, *raw;
	bool block = r->type == MMSCOPE_REC_BLOCK, run = r->type == MMSCOPE_REC_RUN, fine;
	size_t len = sizeof(*r) + (block ? 8 * (size_t)r->nr : 0);
	unsigned int i;

	last = r->va + r->nr * span - 1;
	fine = left >= len && r->level < format.levels && r->nr && r->type >= 1 && r->type <= 4 &&
	       (run || !r->taken) && r->taken < 16 && r->stride <= (run && r->nr > 1 ? 3 : 0) &&
	       (run || r->nr <= MMSCOPE_SLOTS) && !(run && !(a->flags & MMSCOPE_SCAN_RUNS)) &&
	       !(block && !(a->flags & MMSCOPE_SCAN_BLOCKS)) &&
	       !((run || block) && !(a->levels >> r->level & 1)) &&
	       r->va % span == 0 && r->va >= first && last > r->va &&
	       last <= ((a->end - 1) | (span - 1));
	CHECK(RECORDS, fine, "record va %#llx data %#llx nr %u level %u type %u stride %u taken %u",
	      r->va, r->data, r->nr, r->level, r->type, r->stride, r->taken);
	if (!fine)
		return 0;
	raw = (uint64_t *)(r + 1);
	for (i = 0; block && i < r->nr; i++) {
		*entries += (raw[i] & ~0x60ULL) != 0;
		if (!k->s->phys && shows_frame(raw[i], r->level))
			CHECK(HIDDEN, false, "block %#llx slot %u: %#lx", r->va, i, raw[i]);
	}
	if (run) {
		*entries += r->nr;
		CHECK(RECORDS, (r->data & a->filter_mask) == a->filter_value,
		      "run %#llx: %#llx does not match", r->va, r->data);
	}
	CHECK(HIDDEN, k->s->phys || !(run ? shows_frame(r->data, r->level) :
				      block ? r->data : 0), "record %#llx: %#llx", r->va, r->data);
	return len;
}

/* The answer by itself; then the records, added up. */
static void check_scan(const struct call *k, const struct mmscope_scan *a)
{
	uint64_t at = 0, entries = 0;
	size_t len;

	CHECK(ANSWER, a->resume > a->start && a->resume <= a->end, "resume %#llx", a->resume);
	CHECK(ANSWER, !(a->out_flags & MMSCOPE_OUT_HIDDEN) == k->s->phys &&
	      !(a->out_flags & MMSCOPE_OUT_CHANGED) == !a->changed &&
	      !(a->out_flags & MMSCOPE_OUT_UNSTABLE) == !(a->flags & MMSCOPE_HALF_KERNEL) &&
	      !a->__reserved2, "out_flags %#x changed %u", a->out_flags, a->changed);
	add(&sh->scans, 1);
	add(&sh->entries, a->entries);
	add(&sh->retries, a->retries);
	add(&sh->changed, a->changed);
	if (!k->s->map || k->s->lent)
		return;
	CHECK(RECORDS, a->bytes <= k->s->len, "%llu bytes in %zu", a->bytes, k->s->len);
	for (; at < a->bytes && a->bytes <= k->s->len; at += len) {
		len = check_record(k, a, (const void *)(k->s->map + at), a->bytes - at, &entries);
		if (!len)
			return;
	}
	CHECK(ANSWER, entries == a->entries, "%lu entries in the buffer, %llu by the answer",
	      entries, a->entries);
}

/* Is there a string at that offset of a record, and does it end in it? */
static bool string_fits(const struct mmscope_vma *v, uint16_t at)
{
	return !at || (at >= sizeof(*v) && at < v->bytes &&
		       memchr((const char *)v + at, 0, v->bytes - at));
}

/* In order, each in the range, its strings inside of it. */
static void check_vmas(const struct call *k, const struct mmscope_vmas *a)
{
	uint64_t at = 0, before = 0;
	uint32_t count = 0;
	bool fine = true;

	CHECK(ANSWER, a->resume >= a->start && a->resume <= a->end, "resume %#llx", a->resume);
	if (!k->s->map || k->s->lent)
		return;
	CHECK(RECORDS, a->bytes <= k->s->len, "%llu bytes in %zu", a->bytes, k->s->len);
	for (; fine && at < a->bytes && a->bytes <= k->s->len; count++) {
		const struct mmscope_vma *v = (const void *)(k->s->map + at);

		fine = a->bytes - at >= sizeof(*v) && v->bytes >= sizeof(*v) && v->bytes % 8 == 0 &&
		       v->bytes <= a->bytes - at && v->start < v->end && v->end > a->start &&
		       v->start < a->end && v->start >= before && string_fits(v, v->name) &&
		       string_fits(v, v->ops) && string_fits(v, v->anon_name) &&
		       !v->__reserved[0] && !v->__reserved[1] && !v->__reserved[2];
		CHECK(RECORDS, fine, "VMA %u: %#llx-%#llx, %u bytes", count, v->start, v->end,
		      v->bytes);
		before = v->start;
		at += v->bytes;
	}
	CHECK(ANSWER, !fine || count == a->count, "%u VMAs, %u by the answer", count, a->count);
}

/* At least the process itself, wherever its pid can be seen. */
static void check_tasks(const struct call *k, const struct mmscope_tasks *a)
{
	const struct mmscope_task *t = (const void *)k->s->map;
	unsigned int i;

	CHECK(ANSWER, a->record_size == sizeof(*t) && a->bytes == a->count * sizeof(*t) &&
	      (k->s->target < 0 || k->s->target >= T_STEADY || a->count + a->unseen),
	      "%u tasks of %u bytes, %llu bytes", a->count, a->record_size, a->bytes);
	if (!k->s->map || k->s->lent)
		return;
	CHECK(RECORDS, a->bytes <= k->s->len, "%llu bytes in %zu", a->bytes, k->s->len);
	for (i = 0; i < a->count && a->bytes <= k->s->len; i++, t++)
		CHECK(RECORDS, t->pid > 0 && t->tgid > 0 && t->ppid >= 0 && t->flags < 32 &&
		      memchr(t->comm, 0, sizeof(t->comm)), "task %d/%d flags %#x", t->pid, t->tgid,
		      t->flags);
}

/* One record for each frame, in order; without SKIP none is left out. */
static void check_frames(const struct call *k, const struct mmscope_frames *a)
{
	const struct mmscope_frame *f = (const void *)k->s->map;
	uint64_t next = a->start;
	unsigned int i;

	CHECK(ANSWER, a->record_size == sizeof(*f) && a->bytes == a->count * sizeof(*f) &&
	      a->resume > a->start && a->resume <= a->end &&
	      ((a->flags & MMSCOPE_FRAMES_SKIP) || a->count == a->resume - a->start),
	      "%u frames up to %#llx", a->count, a->resume);
	if (!k->s->map || k->s->lent)
		return;
	CHECK(RECORDS, a->bytes <= k->s->len, "%llu bytes in %zu", a->bytes, k->s->len);
	for (i = 0; i < a->count && a->bytes <= k->s->len; i++, f++) {
		CHECK(RECORDS, f->pfn >= next && f->pfn < a->resume && f->head <= f->pfn &&
		      f->kind <= MMSCOPE_FRAME_OFFLINE && f->attrs < 32 && f->order < 32 &&
		      !f->__reserved[0] && !f->__reserved[4], "frame %#llx head %#llx kind %u",
		      f->pfn, f->head, f->kind);
		next = f->pfn + 1;
	}
}

static void check_layout(const struct call *k, const struct mmscope_layout *a)
{
	const struct mmscope_region *r = (const void *)k->s->map;
	uint64_t before = 0;
	unsigned int i;

	CHECK(ANSWER, a->count && a->record_size == sizeof(*r) &&
	      a->bytes == a->count * sizeof(*r), "%u regions, %llu bytes", a->count, a->bytes);
	for (i = 0; k->s->map && !k->s->lent && i < a->count; i++, r++) {
		CHECK(RECORDS, r->start < r->end && r->start >= before &&
		      r->start >= format.kernel_start && memchr(r->name, 0, sizeof(r->name)),
		      "region %#llx-%#llx", r->start, r->end);
		before = r->start;
	}
}

static void check_zones(const struct call *k, const struct mmscope_zones *a)
{
	const struct mmscope_zone *z = (const void *)k->s->map;
	unsigned int i;

	CHECK(ANSWER, a->count && a->record_size == sizeof(*z) &&
	      a->bytes == a->count * sizeof(*z), "%u zones, %llu bytes", a->count, a->bytes);
	for (i = 0; k->s->map && !k->s->lent && i < a->count; i++, z++)
		CHECK(RECORDS, z->present <= z->spanned && z->managed <= z->present &&
		      memchr(z->name, 0, sizeof(z->name)), "zone %u: %llu of %llu frames",
		      z->number, z->present, z->spanned);
}

/* One process, one identity, whoever asks. */
static void check_mm_id(int target, uint64_t id)
{
	unsigned long *known_id, none = 0;

	CHECK(ANSWER, id, "mm_id is 0");
	/* SELF is another one in every process */
	if (target <= T_SELF || target >= T_STEADY)
		return;
	known_id = &sh->mm_id[is_user][target];
	if (!__atomic_compare_exchange_n(known_id, &none, id, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		CHECK(ANSWER, none == id, "mm_id %#lx of target %d was %#lx before", id, target,
		      none);
}

static void check_mm(const struct call *k, const struct mmscope_mm *a)
{
	CHECK(ANSWER, !(a->out_flags & MMSCOPE_OUT_HIDDEN) == k->s->phys &&
	      a->vma_tree == format.vma_tree && a->task_size && a->mm_count,
	      "out_flags %#x tree %u task_size %#llx", a->out_flags, a->vma_tree, a->task_size);
	CHECK(HIDDEN, k->s->phys || !a->pgd, "pgd %#llx", a->pgd);
	check_mm_id(k->s->target, a->mm_id);
}

/* One array of INFO: rows up to the caller's room, nothing beside them. */
static void check_rows(uint64_t at, uint32_t room, uint32_t have, size_t size)
{
	unsigned char pattern[64], *p = (unsigned char *)at;
	size_t len = size * (room < have ? room : have);

	if (!at || !in_rows(at))
		return;
	memset(pattern, PATTERN, sizeof(pattern));
	CHECK(OUTSIDE, !memcmp(p - 64, pattern, 64) && !memcmp(p + len, pattern, 64),
	      "bytes beside %u of %u rows", room, have);
	memset(p, PATTERN, len);
}

/* The same for everybody, but for the rights. */
static void check_info(const struct call *k, const struct mmscope_info *a)
{
	const struct mmscope_info *given = (const void *)k->given;
	uint64_t rights = MMSCOPE_FEATURE_PHYS | MMSCOPE_FEATURE_ATTACH_PID;

	CHECK(ANSWER, a->abi_version == MMSCOPE_ABI_VERSION && a->levels == format.levels &&
	      a->task_size == format.task_size && a->pfn_mask == format.pfn_mask &&
	      a->nr_bits == format.nr_bits && a->nr_kinds == format.nr_kinds &&
	      a->nr_vma_flags == format.nr_vma_flags, "levels %u, %u %u %u rows", a->levels,
	      a->nr_bits, a->nr_kinds, a->nr_vma_flags);
	CHECK(DENIED, (a->features & rights) == (k->s->phys ? rights : 0), "features %#llx",
	      a->features);
	check_rows(given->bits, given->nr_bits, a->nr_bits, sizeof(struct mmscope_bit));
	check_rows(given->kinds, given->nr_kinds, a->nr_kinds, sizeof(struct mmscope_kind));
	check_rows(given->vma_flags, given->nr_vma_flags, a->nr_vma_flags,
		   sizeof(struct mmscope_vma_flag));
}

/* After an error some of the arrays may have been written; not to all is known how far. */
static void restore_rows(const struct mmscope_info *a)
{
	const uint64_t at[] = { a->bits, a->kinds, a->vma_flags };
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (in_rows(at[i]))
			memset((void *)at[i], PATTERN, PAGE / 2);
}

static void check_answer(const struct call *k)
{
	unsigned char arg[KNOWN_MAX] __attribute__((aligned(8))) = { 0 };

	memcpy(arg, k->at, k->len < k->c->size ? k->len : k->c->size);
	switch (k->g) {
	case G_INFO:
		return check_info(k, (const void *)arg);
	case G_ATTACH:
		return check_mm_id(k->target, ((struct mmscope_attach *)arg)->mm_id);
	case G_WALK:
		return check_walk(k, (const void *)arg);
	case G_SCAN:
		return check_scan(k, (const void *)arg);
	case G_VMAS:
		return check_vmas(k, (const void *)arg);
	case G_MM:
		return check_mm(k, (const void *)arg);
	case G_TASKS:
		return check_tasks(k, (const void *)arg);
	case G_FRAMES:
		return check_frames(k, (const void *)arg);
	case G_LAYOUT:
		return check_layout(k, (const void *)arg);
	default:
		return check_zones(k, (const void *)arg);
	}
}

/* Fields that are asked with: INFO's rooms come back as counts. */
static bool kept(enum kind kind)
{
	return kind != K_OUT && kind != K_ROOM;
}

/* What may not have changed, has not. */
static void check_argument(const struct call *k)
{
	const unsigned char *now_at = k->at - k->low;
	size_t all = k->low + k->len + k->high, len;
	unsigned int i;

	if (k->place == P_BUFFER || k->place == P_KERNEL || k->place == P_NULL)
		return;
	if (k->err && !(k->err == ENXIO && k->g == G_ATTACH)) {
		CHECK(ERROR, !memcmp(now_at, k->before, all), "changed after %s", strerror(k->err));
		return;
	}
	len = k->len < k->c->size ? k->len : k->c->size;
	CHECK(OUTSIDE, !memcmp(now_at, k->before, k->low) &&
	      !memcmp(k->at + len, k->before + k->low + len, k->len - len + k->high),
	      "bytes beside %zu of %u written", len, k->size);
	for (i = index_of[k->g].first; i < index_of[k->g].end; i++) {
		const struct field *f = &fields[i];

		if (kept(f->kind) && f->offset + f->size <= len)
			CHECK(OUTSIDE, !memcmp(k->at + f->offset, k->given + f->offset, f->size),
			      "%s is %#lx afterwards", f->name, get_field(k->at, f));
	}
}

/* What a call of ATTACH has done to the descriptor. */
static void note_attach(const struct call *k)
{
	if (k->g != G_ATTACH)
		return;
	if (!k->err)
		k->s->target = k->target;
	else if (k->err == EFAULT && k->place == P_READONLY && k->s->target == T_NONE)
		k->s->target = T_UNSURE;
}

/* Makes one call, foretells what comes of it, and compares. */
static void fuzz_command(unsigned int g)
{
	static struct call k;
	uint64_t allowed;

	k.g = g;
	k.c = &commands[g];
	k.s = any_slot(k.c);
	if (g == G_ATTACH && chance(75)) {
		k.s = &slots[S_ATTACH];
		if (k.s->target != T_NONE || k.s->fd < 0)
			done(G_OPEN, slot_open(k.s, O_RDONLY), E_OK);
	}
	if (k.s->fd < 0)
		slot_renew(k.s);
	make_fields(&k);
	make_size(&k);
	put_argument(&k);
	k.target = T_NONE;
	expect(&k);
	now.c = k.c;
	now.arg = k.given;
	k.err = dev_call(k.s->fd, k.c->ioctl, k.pointer);
	count(g, !k.err);
	allowed = k.may | (k.must ? k.must : E_OK);
	add(&sh->checks[k.head ? O_HEAD : O_ERRNO], 1);
	if (!(set_of(k.err) & allowed & (k.c->errnos | E_OK)))
		complain(k.head ? O_HEAD : O_ERRNO,
			 "size %u place %u target %d: %s, not of %#lx", k.size, k.place,
			 k.s->target, strerror(k.err), allowed);
	if (is_user && k.err == EPERM)
		add(&sh->denied, 1);
	if (is_user && !k.s->phys && (g == G_FRAMES || g == G_LAYOUT || g == G_ZONES))
		CHECK(DENIED, k.err, "a user got an answer");
	check_argument(&k);
	if (k.err)
		restore_rows((const void *)(g == G_INFO ? k.given : (unsigned char[200]){ 0 }));
	else
		check_answer(&k);
	note_attach(&k);
}

/* No command: other numbers, other drivers' magic, a direction or a size. */
static void fuzz_unknown(void)
{
	static const unsigned int magics[] = { 0xbc, 0xbe, 0x12, 0xae, 0xaa, 0xbd, 0xbd, 0xbd };
	struct slot *s = &slots[below(NR_SLOTS)];
	unsigned int magic, nr;
	unsigned long cmd;
	int err;

	do {
		magic = PICK(magics);
		nr = chance(50) ? 0x80 + below(16) : below(256);
		cmd = _IOC(chance(50) ? 0 : below(4), magic, nr, chance(50) ? 0 : below(1 << 14));
	} while (_IOC_DIR(cmd) == 0 && _IOC_SIZE(cmd) == 0 && magic == 0xbd && nr >= 0x80 &&
		 nr < 0x80 + NR_COMMANDS);
	words("ioctl %#lx", cmd, 0, 0, 0);
	if (s->fd < 0)
		return;
	err = ioctl(s->fd, cmd, chance(50) ? (void *)ARENA : NULL) ? errno : 0;
	count(G_UNKNOWN, err == ENOTTY);
	CHECK(HEAD, err == ENOTTY, "%s", strerror(err));
}

/* Flags in all combinations; some make the open fail, none the module. */
static void fuzz_open(void)
{
	static const int more[] = {
		O_NONBLOCK, O_APPEND, O_TRUNC, O_CREAT, O_CREAT | O_EXCL, O_DIRECTORY, O_PATH,
		O_DIRECT, O_TMPFILE, O_NOATIME, O_NOFOLLOW, O_SYNC, O_DSYNC, O_ASYNC, O_NOCTTY,
		O_LARGEFILE, 3, O_RDWR | O_TRUNC, O_WRONLY, O_RDWR,
	};
	struct slot *s = &slots[S_WILD + below(2)];
	int flags = chance(50) ? O_RDONLY : below(3), err;

	while (chance(50))
		flags |= PICK(more);
	err = slot_open(s, flags);
	done(G_OPEN, err, E_OK | E(EEXIST) | E(ENOTDIR) | E(EINVAL) | E(EPERM) | E(EISDIR) |
	     E(EOPNOTSUPP) | E(EACCES) | E(EINTR));
	/* without O_PATH it is a descriptor like others */
	if (!err && (flags & O_PATH))
		slot_close(s);
	if (!err && chance(60) && !(flags & O_PATH))
		slot_map(s, 65536);
}

/* mmap() in all its forms; what is mapped stays in the window. */
static void fuzz_mmap(void)
{
	static const size_t lens[] = {
		65536, 65536, 65536, 131072, 1 << 20, 65536 + 4096, 65537, (16 << 20) + 4096,
		61440, 4096, 0, 1, 65535, 1UL << 62, 40 << 20, ~0UL,
	};
	static const int prots[] = {
		PROT_READ, PROT_READ, PROT_READ, PROT_READ | PROT_WRITE, PROT_WRITE, PROT_NONE,
		PROT_READ | PROT_EXEC, PROT_EXEC, 7, PROT_READ | 8, PROT_READ | 0x01000000,
	};
	static const int ways[] = {
		MAP_SHARED, MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, MAP_SHARED | MAP_POPULATE,
		MAP_SHARED | MAP_LOCKED, MAP_SHARED | MAP_NORESERVE, MAP_SHARED_VALIDATE | MAP_SYNC,
		MAP_PRIVATE | MAP_GROWSDOWN, MAP_SHARED | MAP_HUGETLB, 0, MAP_SHARED | MAP_POPULATE,
	};
	struct slot *s = &slots[S_WILD + below(2)];
	size_t len = chance(1) ? MMSCOPE_BUFFER_MAX : PICK(lens);
	int prot = chance(70) ? PROT_READ : PICK(prots), way = PICK(ways), err;
	off_t offset = chance(85) ? 0 : chance(50) ? 4096 : (off_t)(rnd() >> below(40));
	void *p;

	if (s->fd < 0 || s->mapped)
		done(G_OPEN, slot_open(s, chance(80) ? O_RDONLY : O_RDWR), E_OK);
	words("mmap %#lx prot %lu flags %#lx offset %#lx", len, prot, way, offset);
	p = mmap(window_of(s), len > WINDOW_LEN ? WINDOW_LEN : len, prot, way | MAP_FIXED, s->fd,
		 offset);
	err = p == MAP_FAILED ? errno : 0;
	s->touched = true;
	if (!err)
		s->mapped = true;
	done(G_MMAP, err, E_OK | E(EINVAL) | E(EPERM) | E(EBUSY) | E(ENOMEM) | E(EACCES) |
	     E(EBADF) | E(EOPNOTSUPP) | E(EAGAIN) | E(EOVERFLOW) | E(ENODEV) | E(EINTR));
	CHECK(SEALED, err || !(prot & PROT_WRITE), "mapped for writing");
	CHECK(ANSWER, err || (len >= MMSCOPE_BUFFER_MIN - 4095 && len <= MMSCOPE_BUFFER_MAX &&
			      !(offset >> 12)), "mapped %#zx bytes at %#lx", len, offset);
	if (!err && chance(50)) {
		/* not beside the first: mm would make one mapping of both, and not ask */
		p = mmap(window_of(s) + WINDOW_LEN - (1 << 20), 65536, PROT_READ,
			 MAP_SHARED | MAP_FIXED, s->fd, 0);
		done(G_MMAP, p == MAP_FAILED ? errno : 0, E(EBUSY) | E(EPERM));
	}
}

/* Reads a page of the window, if there is one to be read. */
static int touch_fd;

static int touch(const void *p)
{
	return pwrite(touch_fd, p, 1, 0) < 0 ? errno : 0;
}

/* Within the window, also to a length beyond that of the buffer. */
static int remap(struct slot *s, char *at, size_t len)
{
	void *p = mremap(at, len, (1 + below(600)) * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			 window_of(s) + (24UL << 20) + below(512) * PAGE);

	return p == MAP_FAILED ? errno : 0;
}

/* What mm does with a mapping without asking the module much. */
static void fuzz_memory(void)
{
	static const int advices[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE,
		MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_MERGEABLE, MADV_UNMERGEABLE,
		MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK,
		MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT, 22, 23, 24, 25, 102, 103, 1000,
	};
	struct slot *s = &slots[S_WILD + below(2)];
	char *at = window_of(s) + (chance(70) ? below(16) : below(5000)) * PAGE;
	size_t len = (1 + below(20)) * PAGE;
	unsigned int what = below(9);
	int err = 0, advice = PICK(advices);

	words("memory call %lu at +%#lx, %#lx bytes, advice %lu", what, at - window_of(s), len,
	      advice);
	if (what == 0 || what == 1)
		err = madvise(at, len, advice) ? errno : 0;
	else if (what == 2)
		err = mprotect(at, len, below(8)) ? errno : 0;
	else if (what == 3)
		err = (chance(50) ? mlock(at, len) : munlock(at, len)) ? errno : 0;
	else if (what == 4)
		err = msync(at, len, 1 + below(7)) ? errno : 0;
	else if (what == 5)
		err = remap(s, at, len);
	else if (what == 6)
		err = mincore(at, PAGE, (unsigned char *)ARENA) ? errno : 0;
	else if (what == 7 && chance(20))
		err = mmap(at, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		      MAP_FAILED ? errno : 0;
	else
		err = touch(at);
	/* its records are not read any more: there may be nothing */
	s->touched = true;
	s->map = NULL;
	done(G_MEMORY, err, E_OK | E(EINVAL) | E(ENOMEM) | E(EACCES) | E(EPERM) | E(EAGAIN) |
	     E(EBUSY) | E(EFAULT) | E(EBADF) | E(EINTR) | E(EIO) | E(EOPNOTSUPP));
	if (slots[S_READY].map && chance(10)) {
		err = mprotect(slots[S_READY].map == NULL ? at : window_of(&slots[S_READY]), PAGE,
			       PROT_READ | PROT_WRITE) ? errno : 0;
		CHECK(SEALED, err == EACCES, "mprotect() for writing: %s", strerror(err));
	}
}

static int result_of(long n)
{
	return n < 0 ? errno : 0;
}

/* Locks, flags and owners of the open file. */
static int fuzz_fcntl(int fd)
{
	static const int commands_of[] = {
		F_GETFL, F_SETFL, F_GETFD, F_DUPFD_CLOEXEC, F_SETOWN, F_GETOWN, F_SETSIG, F_GETSIG,
		F_SETLEASE, F_GETLEASE, F_NOTIFY, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS,
		F_GET_SEALS, F_SETLK, F_GETLK, 1000,
	};
	struct flock lock = { .l_type = below(3), .l_len = below(100) };
	int cmd = PICK(commands_of), n;

	if (cmd == F_SETLK || cmd == F_GETLK)
		return result_of(fcntl(fd, cmd, &lock));
	if (cmd == F_SETFL)
		return result_of(fcntl(fd, cmd, chance(50) ? O_NONBLOCK : O_APPEND | O_NOATIME));
	if (cmd == F_SETOWN || cmd == F_SETSIG)
		return result_of(fcntl(fd, cmd, 0));
	n = fcntl(fd, cmd, 0);
	if (cmd == F_DUPFD_CLOEXEC && n >= 0)
		close(n);
	return result_of(n);
}

/* Between the device, a pipe and a memory file, both ways. */
static int fuzz_splice(int fd)
{
	static int pipes[2], memfd;
	loff_t at = 0;

	if (!memfd) {
		memfd = memfd_create("splice", MFD_CLOEXEC);
		if (pipe2(pipes, O_NONBLOCK | O_CLOEXEC) || ftruncate(memfd, PAGE))
			die("pipe");
	}
	switch (below(5)) {
	case 0:
		return result_of(splice(fd, NULL, pipes[1], NULL, PAGE, SPLICE_F_NONBLOCK));
	case 1:
		return result_of(splice(pipes[0], NULL, fd, &at, PAGE, SPLICE_F_NONBLOCK));
	case 2:
		return result_of(sendfile(memfd, fd, &at, PAGE));
	case 3:
		return result_of(sendfile(fd, memfd, &at, PAGE));
	}
	return result_of(copy_file_range(fd, NULL, memfd, NULL, PAGE, 0));
}

/* The device has no read() or write(): that is left to the kernel to say. */
static int fuzz_file(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	struct epoll_event e = { .events = EPOLLIN };
	static int epoll;
	struct stat st;
	char b[64];

	switch (below(16)) {
	case 0:
		return result_of(read(fd, b, sizeof(b)));
	case 1:
		return result_of(write(fd, b, sizeof(b)));
	case 2:
		return result_of(pread(fd, b, sizeof(b), rnd() >> 1));
	case 3:
		return result_of(pwrite(fd, b, sizeof(b), below(PAGE)));
	case 4: case 5:
		return result_of(lseek(fd, rnd() >> below(64), below(6)));
	case 6: case 7:
		return result_of(poll(&p, 1, 0));
	case 8:
		epoll = epoll ? epoll : epoll_create1(EPOLL_CLOEXEC);
		return result_of(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e));
	case 9:
		return fuzz_splice(fd);
	case 10:
		return result_of(fallocate(fd, below(64), below(PAGE), 1 + below(PAGE)));
	case 11:
		return result_of(chance(50) ? fsync(fd) : fdatasync(fd));
	case 12:
		return result_of(ftruncate(fd, below(PAGE)));
	case 13:
		return result_of(fstat(fd, &st));
	case 14:
		return result_of(flock(fd, (1 << below(4)) | LOCK_NB));
	}
	return fuzz_fcntl(fd);
}

static void fuzz_files(void)
{
	struct slot *s = &slots[below(NR_SLOTS)];
	unsigned int n = 1 + below(4);

	while (s->fd >= 0 && n--) {
		words("read, write and the like on slot %lu", s - slots, 0, 0, 0);
		done(G_FILES, fuzz_file(s->fd), E_OK | E(EINVAL) | E(EBADF) | E(ESPIPE) |
		     E(EPERM) | E(EAGAIN) | E(EXDEV) | E(ENODEV) | E(EOPNOTSUPP) |
		     E(EACCES) | E(ENXIO) | E(ENOTDIR) | E(EEXIST) | E(EFBIG) | E(ETXTBSY) |
		     E(EBUSY) | E(EINTR) | E(EOVERFLOW) | E(EISDIR) | E(ENOTTY));
	}
}

/*
 * debugfs: some descriptors of files of the module. Only for those who may; for others
 * that they may not is all there is to see.
 */
enum { NR_SESSIONS = 5, NAMES_MAX = 16 };

struct session {
	int fd;
	int mode;
	unsigned int name;
};

static struct session sessions[NR_SESSIONS];
static char names[NAMES_MAX][32];
static unsigned int nr_names;

/* What files there are the module says; tests need no list of them. */
static void learn_names(void)
{
	DIR *d = opendir(DEBUGFS);
	struct dirent *e;

	while (d && nr_names < NAMES_MAX && (e = readdir(d)))
		if (e->d_name[0] != '.')
			snprintf(names[nr_names++], sizeof(names[0]), "%.31s", e->d_name);
	if (d)
		closedir(d);
}

/* Files without input: what they show depends on nothing that is written. */
static bool is_text_file(unsigned int name)
{
	return !strcmp(names[name], "stats") || !strcmp(names[name], "selftest");
}

/* A file anew, most often for reading and writing. */
static void session_open(struct session *s)
{
	static const int modes[] = {
		O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_TRUNC,
		O_RDWR | O_APPEND, O_RDWR | O_NONBLOCK, O_RDWR | O_DIRECTORY, O_RDWR | O_DIRECT,
	};
	char path[96];
	int err;

	if (s->fd >= 0)
		close(s->fd);
	/* those that read no input less often; on a debug kernel the selftest takes seconds */
	do {
		s->name = below(nr_names);
	} while (is_text_file(s->name) && !chance(strcmp(names[s->name], "selftest") ? 10 : 2));
	s->mode = chance(85) ? O_RDWR : PICK(modes);
	snprintf(path, sizeof(path), DEBUGFS "/%s", names[s->name]);
	words("debugfs open mode %#lo", s->mode, 0, 0, 0);
	s->fd = open(path, s->mode | O_CLOEXEC);
	err = result_of(s->fd);
	if (is_user) {
		add(&sh->denied, 1);
		CHECK(DENIED, err == EACCES || err == EPERM, "%s: %s", path, strerror(err));
		return;
	}
	done(G_DEBUG_OPEN, err, E_OK | E(ENOTDIR) | E(EINVAL) | E(EACCES) | E(EPERM));
}

/* "PID [ADDR…]", right for that file, then perhaps damaged. */
static size_t make_line(const struct session *s, char *to, size_t max)
{
	__u64 start, end;
	size_t len = snprintf(to, max, "%d", chance(80) ? pid_of(below(T_INIT)) : any_pid());
	unsigned int n;

	good_range(&start, &end);
	if (!strcmp(names[s->name], "walk"))
		for (n = 1 + below(8); n--;)
			len += snprintf(to + len, max - len, chance(50) ? " %llx" : " 0x%llx",
					n % 2 ? start : end - 1);
	else if (!strcmp(names[s->name], "pagetables") && chance(70))
		len += snprintf(to + len, max - len, " %llx %llx", start, end);
	if (chance(50))
		to[len++] = '\n';
	if (chance(80))
		return len;
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return below(len + 1);
	case 2:
		memset(to, '1', max);
		return 200 + below(max - 200);
	case 3:
		for (n = 0; n < 64; n++)
			to[n] = rnd();
		return 64;
	case 4:
		to[below(len)] = rnd();
		return len;
	case 5:
		return snprintf(to, max, " %d\t%llx\n\n %lx  ", pid_of(T_SMALL), start, rnd());
	case 6:
		return snprintf(to, max, "%d %llx %llx %llx", pid_of(T_SMALL), end, start, start);
	}
	memset(to, ' ', 300);
	return chance(50) ? 256 : 257;
}

/* Accepted or refused; a line that is too long or lies nowhere is refused. */
static void session_write(struct session *s)
{
	static char line[6000];
	size_t len = make_line(s, line, sizeof(line));
	bool nowhere = chance(3);
	void *from = nowhere ? (void *)0xffffffff81000000 : line;
	int err;

	words("debugfs write of %lu bytes to file %lu", len, s->name, 0, 0);
	err = result_of(write(s->fd, from, len));
	count(G_DEBUG_WRITE, !err);
	if ((s->mode & O_ACCMODE) == O_RDONLY)
		CHECK(ERRNO, err == EBADF, "%s", strerror(err));
	else if (is_text_file(s->name))
		CHECK(ERRNO, err == EINVAL || err == EIO || err == EFAULT, "%s", strerror(err));
	else
		CHECK(ERRNO, set_of(err) & (E_OK | E(EINVAL) | E(EFAULT) | E(ESRCH) | E(ENXIO) |
					    E(ENOMEM) | E(EINTR)), "%s", strerror(err));
	CHECK(ERRNO, err || (!nowhere && len <= 256), "%zu bytes accepted", len);
}

/* Text that fits: printable, no longer than asked, nothing behind it. */
static void session_read(struct session *s)
{
	static const size_t lens[] = { 4096, 16384, 20000, 100, 7, 1, 0, 32768 };
	static char text[32768 + 64];
	size_t len = PICK(lens), i;
	int err, how = below(20);
	void *to = how == 0 ? (void *)ARENA_RO : how == 1 ? (void *)0xffffffff81000000 : text;
	ssize_t n;

	words("debugfs read of %lu bytes of file %lu, way %lu", len, s->name, how, 0);
	memset(text + len, PATTERN, 64);
	if (how == 2)
		n = pread(s->fd, to, len, rnd() >> (1 + below(63)));
	else
		n = read(s->fd, to, len);
	err = result_of(n);
	count(G_DEBUG_READ, n >= 0);
	if ((s->mode & O_ACCMODE) == O_WRONLY)
		CHECK(ERRNO, err == EBADF, "%s", strerror(err));
	else
		CHECK(ERRNO, set_of(err) & (E_OK | E(EFAULT) | E(EINVAL) | E(ENOTCONN) | E(ESRCH) |
					    E(EINTR)), "%s", strerror(err));
	for (i = 0; i < 64 && (unsigned char)text[len + i] == PATTERN; i++)
		;
	CHECK(TEXT, n <= (ssize_t)len && i == 64, "%zd bytes of %zu", n, len);
	for (i = 0; n > 0 && to == text && i < (size_t)n; i++)
		if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~'))
			break;
	CHECK(TEXT, n <= 0 || to != text || i == (size_t)n, "byte %#x at %zu",
	      (unsigned char)text[i], i);
}

/* Write, then read in pieces, sometimes another line in between. */
static void fuzz_debugfs(void)
{
	struct session *s = &sessions[below(NR_SESSIONS)];
	unsigned int n = 1 + below(6);

	if (!nr_names)
		return;
	if (is_user || s->fd < 0 || chance(10))
		session_open(s);
	if (s->fd < 0)
		return;
	session_write(s);
	while (n--) {
		session_read(s);
		if (chance(5))
			lseek(s->fd, rnd() >> below(64), below(3));
		if (chance(10))
			session_write(s);
	}
}

/* One word to a file of the tracing directory. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = result_of(write(fd, text, strlen(text)));
	close(fd);
	return err;
}

/* One process only: the event on and off, filters, triggers. */
static void fuzz_event(void)
{
	static const char * const filters[] = {
		"addr > 0x1000", "pid == 1", "kind == 2 || result & 4", "0", "nothing == 1",
		"addr > ", "((pid == 3)", "vm_flags & 0x100 && ns > 5", "reserved == 0", "\1\2\3",
	};
	unsigned int way = below(4), filter = below(sizeof(filters) / sizeof(filters[0]));
	static bool on;
	char b[4096];
	int fd, err;

	words("tracepoint, way %lu, filter %lu, on %lu", way, filter, on, 0);
	switch (way) {
	case 0: case 1:
		on = !on;
		err = write_file(EVENT "/enable", on ? "1" : "0");
		break;
	case 2:
		err = write_file(EVENT "/filter", filters[filter]);
		break;
	default:
		fd = open(chance(50) ? EVENT "/format" : EVENT "/enable", O_RDONLY | O_CLOEXEC);
		err = result_of(fd < 0 ? fd : read(fd, b, sizeof(b)));
		close(fd);
	}
	/* EPERM is the filter parser's own */
	done(G_EVENT, err, E_OK | E(EINVAL) | E(ENOENT) | (way == 2 ? E(EPERM) : 0));
}

/*
 * Threads that do all at once on one descriptor: bind, ask, map, unmap, close. Which of
 * them comes first nobody knows, so only the vocabulary is left as an oracle.
 */
struct race {
	int fd;
	unsigned long number;
	unsigned int thread;
	char *window;
};

/* Right arguments: what comes of them depends on what the others do. */
static void race_command(const struct race *r, unsigned char *arg)
{
	static const unsigned int usual[] = {
		G_SCAN, G_SCAN, G_SCAN, G_WALK, G_VMAS, G_INFO, G_MM, G_TASKS, G_FRAMES, G_ATTACH,
		G_ATTACH, G_ZONES,
	};
	const struct slot any = { .phys = !is_user, .fd = r->fd, .target = T_NONE };
	unsigned int g = PICK(usual);
	const struct command *c = &commands[g];
	int err;

	memset(arg, 0, KNOWN_MAX);
	good(g, arg, &any);
	memcpy(arg, &c->size, 4);
	if (g == G_INFO)
		memset(arg + offsetof(struct mmscope_info, bits), 0, 24);
	now.c = c;
	now.arg = arg;
	err = dev_call(r->fd, c->ioctl, arg);
	count(G_RACE, !err);
	CHECK(ERRNO, set_of(err) & (c->errnos | E_OK | E(EBADF)), "in a race: %s", strerror(err));
}

static void *race_thread(void *p)
{
	const struct race *r = p;
	unsigned char arg[KNOWN_MAX] __attribute__((aligned(8)));
	unsigned int n = 12 + 6 * (r->thread & 1);
	int err = 0;
	char *at;

	reseed(r->number, r->thread);
	at = r->window + r->thread * (2UL << 20);
	while (n--) {
		unsigned int what = below(20);

		if (what == 0 && chance(15)) {
			err = result_of(close(r->fd));
		} else if (what < 3) {
			err = mmap(at, 65536, PROT_READ, MAP_SHARED | MAP_FIXED, r->fd, 0) ==
			      MAP_FAILED ? errno : 0;
		} else if (what == 3) {
			err = result_of(munmap(at, PAGE << below(5)));
		} else if (what == 4) {
			err = touch(r->window + (2UL << 20) + below(16) * PAGE);
		} else {
			race_command(r, arg);
			continue;
		}
		words("race, call %lu", what, 0, 0, 0);
		done(G_RACE, err, E_OK | E(EBADF) | E(EBUSY) | E(ENOMEM) | E(EFAULT) | E(EINTR) |
		     E(EACCES));
	}
	return NULL;
}

/* The threads live as long as the race. */
static void fuzz_race(void)
{
	enum { THREADS = 3 };
	struct race r[THREADS];
	pthread_t t[THREADS];
	/* the window after those of the slots */
	char *window = (char *)WINDOWS + NR_SLOTS * WINDOW_LEN;
	unsigned int i;
	int fd = open(MMSCOPE_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s", MMSCOPE_DEVICE);
	mmap(window, WINDOW_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
	     -1, 0);
	for (i = 0; i < THREADS; i++) {
		r[i] = (struct race){ fd, now.number, i + 1, window };
		if (pthread_create(&t[i], NULL, race_thread, &r[i]))
			die("thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	/* a thread may have closed it; no thread opens anything */
	close(fd);
	munmap(window, WINDOW_LEN);
}

/* To the next process, which may be another user; from the one before. */
static int link_out = -1, link_in = -1;

/* The descriptor, and what is known of it. */
static void send_slot(void)
{
	struct slot *s = &slots[below(NR_SLOTS)];
	struct iovec io = { .iov_base = s, .iov_len = sizeof(*s) };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control = { .space = { 0 } };
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	if (s->fd < 0)
		return;
	s->lent = true;
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &s->fd, sizeof(int));
	words("slot %lu to another process", s - slots, 0, 0, 0);
	done(G_PASS, result_of(sendmsg(link_out, &m, MSG_DONTWAIT)), E_OK | E(EAGAIN) | E(EINTR));
}

/* What its opener may do goes with it. Its target is of another set of processes. */
static void receive_slot(void)
{
	struct slot *s = &slots[S_FOREIGN], got;
	struct iovec io = { .iov_base = &got, .iov_len = sizeof(got) };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control;
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int err;

	if (recvmsg(link_in, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof(got) ||
	    m.msg_controllen < sizeof(struct cmsghdr))
		return;
	slot_close(s);
	*s = (struct slot){
		.lent = true, .phys = got.phys, .admin = got.admin, .mapped = got.mapped,
		.target = got.target == T_NONE ? T_NONE : T_UNSURE,
	};
	memcpy(&s->fd, CMSG_DATA(&control.head), sizeof(int));
	count(G_PASS, true);
	if (chance(50)) {
		s->touched = true;
		words("mmap of another's descriptor", 0, 0, 0, 0);
		err = mmap(window_of(s), 65536, PROT_READ, MAP_SHARED | MAP_FIXED, s->fd, 0) ==
		      MAP_FAILED ? errno : 0;
		/* with the rights it was opened with */
		done(G_PASS, err, E_OK | E(EBUSY) | E(EPERM) | E(EACCES));
		s->mapped |= !err || err == EBUSY;
	}
}

/* A child has all descriptors and mappings, and uses them beside its parent. */
static void fuzz_fork(void)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = BASE };
	struct mmscope_scan a = {
		.size = sizeof(a), .flags = MMSCOPE_SCAN_RUNS, .levels = 7, .start = BASE,
		.end = BASE + 64 * PAGE,
	};
	unsigned int n, i = below(NR_SLOTS);
	pid_t pid;
	int err;

	if (slots[i].fd < 0)
		return;
	words("calls on slot %lu, parent and child", i, 0, 0, 0);
	pid = fork();
	if (pid < 0)
		return;
	for (n = 0; n < 10; n++) {
		err = dev_call(slots[i].fd, MMSCOPE_IOC_WALK, &w);
		done(G_PASS, err, E_OK | BOUND);
		err = dev_call(slots[i].fd, MMSCOPE_IOC_SCAN, &a);
		done(G_PASS, err, E_OK | BOUND | E(ENOBUFS));
		if (slots[i].map)
			done(G_PASS, touch(slots[i].map), E_OK);
	}
	if (!pid)
		_exit(0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void fuzz_pass(void)
{
	switch (below(8)) {
	case 0:
		return fuzz_fork();
	case 1: case 2: case 3:
		return send_slot();
	}
	receive_slot();
}

/* What comes next, by weights; the privileged calls less often where they are refused. */
static void one_call(void)
{
	static const struct {
		unsigned int group, root, user;
	} weights[] = {
		{ G_INFO, 80, 80 }, { G_ATTACH, 110, 130 }, { G_WALK, 150, 200 },
		{ G_SCAN, 190, 250 }, { G_VMAS, 80, 100 }, { G_MM, 60, 80 }, { G_TASKS, 40, 40 },
		{ G_FRAMES, 70, 10 }, { G_LAYOUT, 25, 5 }, { G_ZONES, 25, 5 },
		{ G_UNKNOWN, 20, 20 },
		{ G_OPEN, 25, 25 }, { G_MMAP, 30, 30 }, { G_MEMORY, 45, 45 }, { G_FILES, 25, 25 },
		{ G_DEBUG_READ, 18, 6 }, { G_RACE, 2, 2 }, { G_PASS, 8, 8 },
	};
	unsigned int i, total = 0, r;

	for (i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		total += is_user ? weights[i].user : weights[i].root;
	r = below(total);
	for (i = 0; r >= (is_user ? weights[i].user : weights[i].root); i++)
		r -= is_user ? weights[i].user : weights[i].root;
	switch (weights[i].group) {
	case G_UNKNOWN:
		return fuzz_unknown();
	case G_OPEN:
		return fuzz_open();
	case G_MMAP:
		return fuzz_mmap();
	case G_MEMORY:
		return fuzz_memory();
	case G_FILES:
		return fuzz_files();
	case G_DEBUG_READ:
		return fuzz_debugfs();
	case G_RACE:
		return fuzz_race();
	case G_PASS:
		return fuzz_pass();
	}
	fuzz_command(weights[i].group);
}

/* Memory of all sorts at BASE: touched, untouched, no access, shared, a hole. */
static void small_memory(void)
{
	char *p = (char *)BASE;
	int fd = memfd_create("small", MFD_CLOEXEC);
	unsigned int i;

	if (mmap(p, 64 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("memory");
	for (i = 0; i < 64; i += 1 + i % 3)
		p[i * PAGE] = i;
	mprotect(p + 16 * PAGE, 8 * PAGE, PROT_NONE);
	munmap(p + 30 * PAGE, 3 * PAGE);
	if (ftruncate(fd, 8 * PAGE) ||
	    mmap(p + 40 * PAGE, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		die("memory");
	memset(p + 40 * PAGE, 1, 4 * PAGE);
	close(fd);
}

/* Huge pages where there are some, one of them split. */
static void huge_memory(void)
{
	char *p = mmap((char *)BASE, 16UL << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	madvise(p, 16UL << 20, MADV_HUGEPAGE);
	memset(p, 1, 12UL << 20);
	/* one of them in parts */
	madvise(p + (5UL << 20), PAGE, MADV_DONTNEED);
}

/* More VMAs than one batch or one small buffer takes. */
static void many_vmas(void)
{
	unsigned int i;
	char *p = mmap((char *)BASE, 1024 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	for (i = 0; i < 1024; i += 3) {
		p[i * PAGE] = 1;
		mprotect(p + i * PAGE, PAGE, i % 2 ? PROT_READ : PROT_NONE);
	}
}

static double seconds_of(const struct timeval *t)
{
	return t->tv_sec + t->tv_usec / 1e6;
}

/*
 * The pause of a busy target in us, at least @us. It gets one twentieth of a processor,
 * however slow the kernel is: else the targets have all of it, and the calls wait.
 */
static useconds_t pause_of(useconds_t us)
{
	struct rusage own, children;
	double owed;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	owed = 20 * (seconds_of(&own.ru_utime) + seconds_of(&own.ru_stime) +
		     seconds_of(&children.ru_utime) + seconds_of(&children.ru_stime)) -
	       (seconds_now() - targets_since);
	return owed * 1e6 > us ? owed * 1e6 : us;
}

/* Maps, touches and unmaps: tables come and go. */
static void storm(void)
{
	unsigned int i;
	char *p;

	for (rng = seed;; usleep(pause_of(1500))) {
		p = (char *)BASE + below(8) * (4UL << 20);
		munmap(p, 4UL << 20);
		p = mmap(p, 4UL << 20, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		for (i = 0; i < 8; i++)
			p[below(1024) * PAGE] = 1;
		if (chance(20))
			madvise(p, 4UL << 20, MADV_DONTNEED);
	}
}

/* Lives for some milliseconds, lies about as a zombie for some, and again. */
static void short_lives(pid_t *publish)
{
	for (;;) {
		useconds_t us = pause_of(12000);
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			small_memory();
			usleep(us / 3 * 2);
			_exit(0);
		}
		__atomic_store_n(publish, pid, __ATOMIC_RELAXED);
		usleep(us);
		waitpid(pid, NULL, 0);
	}
}

/* A process that has changed its uid is not to be looked at, unless it says so. */
static void become_user(void)
{
	if (setgroups(0, NULL) || setresgid(USER_ID, USER_ID, USER_ID) ||
	    setresuid(USER_ID, USER_ID, USER_ID))
		die("uid %d", USER_ID);
	prctl(PR_SET_DUMPABLE, 1);
}

/* exec() without end, under one pid. */
static void exec_loop(void)
{
	char since[32], *argv[] = { (char *)"fuzz", (char *)"--target", since, NULL };

	snprintf(since, sizeof(since), "%.3f", targets_since);
	usleep(pause_of(20000));
	execve("/proc/self/exe", argv, NULL);
	_exit(1);
}

/* Tells that it is ready, then is what it is until it is killed. */
static void be_target(int target, bool user, int ready)
{
	pid_t pid;

	if (user)
		become_user();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (target == T_SMALL)
		small_memory();
	if (target == T_HUGE)
		huge_memory();
	if (target == T_VMAS)
		many_vmas();
	if (target == T_ZOMBIE) {
		pid = fork();
		if (!pid)
			_exit(0);
		sh->pid[user][target] = pid;
	} else {
		sh->pid[user][target] = getpid();
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	if (target == T_STORM)
		storm();
	if (target == T_EXEC)
		exec_loop();
	if (target == T_SHORT)
		short_lives(&sh->pid[user][target]);
	for (;;)
		pause();
}

/* One after the other: each says when its memory is as it should be. */
static void start_targets(void)
{
	static const int what[] = {
		T_SMALL, T_HUGE, T_VMAS, T_STORM, T_EXEC, T_SHORT, T_ZOMBIE,
	};
	unsigned int i, user, n = 0;
	int ready[2];
	char c;

	if (pipe2(ready, O_CLOEXEC))
		die("pipe");
	for (user = geteuid() != 0; user < 2; user++)
		for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
			pid_t pid = fork();

			if (!pid)
				be_target(what[i], user, ready[1]);
			top_targets[n++] = pid;
			if (read(ready[0], &c, 1) != 1)
				die("target");
		}
	close(ready[0]);
	close(ready[1]);
}

static void know_path(const char *format_text, pid_t pid, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), format_text, pid, name);
	know(open(path, flags | O_CLOEXEC), W_OTHER, T_NONE);
}

/* Descriptors that look like pagemap files, a little. */
static void know_pagemaps(void)
{
	int t, fd, dead[2], status;
	char path[64], c;
	pid_t pid;

	for (t = 0; t < T_STEADY; t++) {
		pagemap_fd[t] = open_pagemap(pid_of(t));
		know(pagemap_fd[t], W_PAGEMAP, t);
	}
	know(open_pagemap(pid_of(T_EXEC)), W_PAGEMAP, T_EXEC);
	/* up to 6.1 a kernel thread's can be opened */
	know(open_pagemap(2), W_GONE, T_NONE);
	fd = open("/proc/self/pagemap", O_PATH | O_CLOEXEC);
	know(fd, W_CLOSED, T_NONE);
	if (pipe2(dead, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (!pid) {
		if (read(dead[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	fd = open_pagemap(pid);
	if (write(dead[1], "", 1) != 1)
		die("pipe");
	waitpid(pid, &status, 0);
	know(fd, W_GONE, T_NONE);
	close(dead[0]);
	close(dead[1]);
	snprintf(path, sizeof(path), "/tmp/fuzz.%d", getpid());
	if (!mkdir(path, 0700)) {
		know_path("/tmp/fuzz.%d/%s", getpid(), "pagemap", O_RDWR | O_CREAT);
		strcat(path, "/pagemap");
		unlink(path);
		*strrchr(path, '/') = '\0';
		rmdir(path);
	}
}

/* Of every kind of file there is; two or three of some. */
static void learn_known(void)
{
	static const char * const of_proc[] = {
		"maps", "mem", "smaps", "status", "environ", "auxv", "ns/mnt", "fd", "exe", "root",
	};
	static const char * const other[] = {
		"/dev/zero", "/dev/null", "/proc", "/tmp", "/proc/kpagemap", "/proc/self",
		MMSCOPE_DEVICE, DEBUGFS "/walk", DEBUGFS "/stats", EVENT "/enable", EVENT "/format",
		"/sys/kernel/mm/transparent_hugepage/enabled",
	};
	unsigned int i;
	int pair[2];
	sigset_t none;

	know_pagemaps();
	for (i = 0; i < sizeof(of_proc) / sizeof(of_proc[0]); i++)
		know_path("/proc/%d/%s", i % 2 ? getpid() : pid_of(T_SMALL), of_proc[i], O_RDONLY);
	know_path("/proc/%d/%s", getpid(), "clear_refs", O_WRONLY);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		know(open(other[i], O_RDONLY | O_CLOEXEC), W_OTHER, T_NONE);
	sigemptyset(&none);
	know(memfd_create("pagemap", MFD_CLOEXEC), W_OTHER, T_NONE);
	if (!pipe2(pair, O_CLOEXEC)) {
		know(pair[0], W_OTHER, T_NONE);
		know(pair[1], W_OTHER, T_NONE);
	}
	know(socket(AF_UNIX, SOCK_STREAM, 0), W_OTHER, T_NONE);
	know(eventfd(0, EFD_CLOEXEC), W_OTHER, T_NONE);
	know(epoll_create1(EPOLL_CLOEXEC), W_OTHER, T_NONE);
	know(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), W_OTHER, T_NONE);
	know(signalfd(-1, &none, SFD_CLOEXEC), W_OTHER, T_NONE);
	know(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY), W_OTHER, T_NONE);
	know(syscall(SYS_pidfd_open, getpid(), 0), W_OTHER, T_NONE);
	know(open("/dev", O_PATH | O_CLOEXEC), W_CLOSED, T_NONE);
	know(1022, W_CLOSED, T_NONE);
	know(-1, W_CLOSED, T_NONE);
}

/* Is it the argument of a command? There are records, too. */
static bool is_command(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].of, name))
			return true;
	return false;
}

/* Every field of every argument is in the table, and where the UAPI says. */
static unsigned int missing_fields(void)
{
	static const struct field abi[] = {
#define MMSCOPE_ABI_STRUCT(of, size)
#define MMSCOPE_ABI_FIELD(of, name, offset, size) { #of, #name, offset, size, K_OUT },
#include <linux/mmscope_abi.def>
	};
	unsigned int i, j, missing = 0, found = 0;

	for (i = 0; i < sizeof(abi) / sizeof(abi[0]); i++) {
		if (!is_command(abi[i].of))
			continue;
		for (j = 0; j < NR_FIELDS; j++)
			if (!strcmp(abi[i].of, fields[j].of) &&
			    !strcmp(abi[i].name, fields[j].name) &&
			    abi[i].offset == fields[j].offset && abi[i].size == fields[j].size)
				break;
		found += j < NR_FIELDS;
		missing += j == NR_FIELDS;
		if (j == NR_FIELDS)
			printf("# not in the table: %s.%s\n", abi[i].of, abi[i].name);
	}
	return missing + (found != NR_FIELDS);
}

/* Behind each of them nothing is mapped: arguments can end there. */
static void map_arenas(void)
{
	int fd = memfd_create("arena", MFD_CLOEXEC);

	if (ftruncate(fd, ARENA_LEN) ||
	    mmap((void *)ARENA, ARENA_LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED ||
	    mmap((void *)ARENA_RO, ARENA_LEN, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED ||
	    mmap((void *)ROWS, ROWS_LEN, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("arena");
	memset((void *)ROWS, PATTERN, ROWS_LEN);
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A mistake of this program, or memory that should be there and is not. */
static void on_crash(int sig)
{
	complain(O_ANSWER, "signal %d", sig);
	_exit(2);
}

/* Signals make calls end early. */
static void start_alarms(void)
{
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &sa, NULL);
	signal(SIGSEGV, on_crash);
	signal(SIGBUS, on_crash);
	setitimer(ITIMER_REAL, &every, NULL);
}

static unsigned long calls_of(bool user)
{
	unsigned long n = 0;
	unsigned int g;

	for (g = 0; g < NR_GROUPS; g++)
		n += sh->calls[g][user];
	return n;
}

/* One process of the fuzzer, from its own descriptors to its last call. */
static void work(unsigned int number, bool user, unsigned long calls)
{
	unsigned long n;
	unsigned int i;

	me = number;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (user && geteuid() == 0)
		become_user();
	is_user = user;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < NR_SLOTS; i++)
		slots[i] = (struct slot){ .fd = -1, .target = T_NONE };
	for (i = 0; i < NR_SESSIONS; i++)
		sessions[i].fd = -1;
	map_arenas();
	touch_fd = memfd_create("touch", MFD_CLOEXEC);
	small_memory();
	learn_known();
	learn_borders(getpid());
	learn_borders(pid_of(T_SMALL));
	for (i = 0; i < NR_SLOTS; i++) {
		reseed(i, 1000);
		slot_unmap(&slots[i]);
		slot_renew(&slots[i]);
	}
	start_alarms();
	for (n = 0; n < calls; n++) {
		reseed(n, 0);
		one_call();
		if (number == 0 && n % (calls / 20 + 1) == calls / 20)
			fprintf(stderr, "# a process has made %lu of %lu calls, %.0f s\n", n + 1,
				calls, seconds_now() - targets_since);
		if (number == 0 && !user && n % 1000 == 100)
			fuzz_event();
	}
	for (i = 0; i < NR_SLOTS; i++)
		slot_close(&slots[i]);
	_exit(0);
}

/* The device still answers, and rightly: its own memory, beside /proc/self/pagemap. */
static void check_after(void)
{
	enum { PAGES = 16 };
	struct mmscope_scan a = {
		.size = sizeof(a), .flags = MMSCOPE_SCAN_BLOCKS, .levels = 1, .start = BASE,
		.end = BASE + PAGES * PAGE,
	};
	uint64_t proc[PAGES], seen = 0, same = 0;
	const struct mmscope_record *r;
	struct mmscope_info info;
	int fd = dev_open(), pagemap = open_pagemap(getpid()), err, i;
	const uint64_t *raw;

	info = dev_info(fd);
	ok(info.levels == format.levels && info.nr_bits == format.nr_bits, "afterwards: INFO");
	if (mmap((void *)BASE, PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("memory");
	madvise((void *)BASE, PAGES * PAGE, MADV_NOHUGEPAGE);
	for (i = 0; i < PAGES; i += 2)
		((char *)BASE)[i * PAGE] = 1;
	r = dev_map(fd);
	err = dev_attach(fd, getpid());
	err = err ? err : dev_call(fd, MMSCOPE_IOC_SCAN, &a);
	if (pread(pagemap, proc, sizeof(proc), BASE / PAGE * 8) != sizeof(proc))
		die("pagemap");
	raw = (const uint64_t *)(r + 1);
	for (i = 0; !err && r->nr == PAGES && i < PAGES; i++) {
		seen += raw[i] & 1;
		same += (raw[i] & 1) == proc[i] >> 63 &&
			((raw[i] & format.pfn_mask) >> 12) == (proc[i] & ((1ULL << 55) - 1));
	}
	ok(!err && seen == PAGES / 2 && same == PAGES,
	   "afterwards: SCAN of itself, %lu of %d entries as in pagemap (%s)", same, PAGES,
	   strerror(err));
	close(fd);
	close(pagemap);
}

/* Calls that only the privileged get answers to are judged by theirs. */
static void report_group(unsigned int g, bool have_root)
{
	bool privileged = g == G_FRAMES || g == G_LAYOUT || g == G_ZONES ||
			  (g >= G_DEBUG_OPEN && g <= G_EVENT);
	unsigned long root = sh->calls[g][0], all = root + sh->calls[g][1];
	unsigned long good_root = sh->good[g][0], good_all = good_root + sh->good[g][1];

	printf("# %s: %lu calls, %lu ok; %lu by a user, %lu ok\n", group_text[g], all, good_all,
	       sh->calls[g][1], sh->good[g][1]);
	if (privileged && !have_root)
		return skip(group_text[g], "needs privilege");
	if (g == G_EVENT && access(EVENT, F_OK))
		return skip(group_text[g], "no such event");
	if (privileged) {
		all = root;
		good_all = good_root;
	}
	if (g == G_FILES || g == G_MEMORY)
		ok(all, "%s: %lu calls", group_text[g], all);
	else
		ok(all && good_all * 100 >= all * 30, "%s: %lu calls, of them %lu %% succeed",
		   group_text[g], all, all ? good_all * 100 / all : 0);
}

/* A line of results for each entry point and oracle, totals as comments. */
static void report(bool have_root, double seconds)
{
	unsigned int i;

	for (i = 0; i < NR_GROUPS; i++)
		report_group(i, have_root);
	for (i = 0; i < NR_ORACLES; i++)
		ok(sh->checks[i] && !sh->fails[i], "%s: %lu checks, %lu failed", oracle_text[i],
		   sh->checks[i], sh->fails[i]);
	printf("# count fuzz calls %lu\n# count fuzz seconds %.0f\n", calls_of(0) + calls_of(1),
	       seconds);
	printf("# count fuzz scans %lu\n# count fuzz entries %lu\n# count fuzz retries %lu\n",
	       sh->scans, sh->entries, sh->retries);
	printf("# count fuzz changed %lu\n# count fuzz denied %lu\n", sh->changed, sh->denied);
	printf("# %.0f calls per second\n", (calls_of(0) + calls_of(1)) / seconds);
}

/* The rows of kinds tell whether an entry holds a frame. */
static void learn_format(void)
{
	int fd = dev_open();

	format = (struct mmscope_info){
		.size = sizeof(format), .nr_kinds = 64, .kinds = (uint64_t)(uintptr_t)kinds,
	};
	if (dev_call(fd, MMSCOPE_IOC_INFO, &format))
		die("INFO");
	close(fd);
}

/* Whoever runs this has to open the node to others for that. */
static bool user_may_open(void)
{
	struct stat st;

	return !stat(MMSCOPE_DEVICE, &st) && (st.st_mode & 0006) == 0006;
}

/* Each sends to the next; an ordinary user's neighbours are root's. */
static void start_workers(pid_t *pid, unsigned int procs, unsigned long calls, bool all_users,
			  bool no_users)
{
	int links[PROCS_MAX][2];
	unsigned int i;

	for (i = 0; i < procs; i++)
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, links[i]))
			die("socketpair");
	fflush(stdout);
	for (i = 0; i < procs; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			die("fork");
		if (pid[i])
			continue;
		link_out = links[i][0];
		link_in = links[(i + procs - 1) % procs][1];
		work(i, all_users || (i % 2 && !no_users), calls / procs);
	}
	for (i = 0; i < procs; i++) {
		close(links[i][0]);
		close(links[i][1]);
	}
}

/* All processes, at the same time; what they have counted lies in shared memory. */
static void run(unsigned long calls, unsigned int procs, bool all_users)
{
	bool no_users = geteuid() == 0 && !user_may_open();
	pid_t pid[PROCS_MAX];
	unsigned int i, bad = 0;
	double start;
	int status;

	targets_since = seconds_now();
	start_targets();
	learn_names();
	start = seconds_now();
	start_workers(pid, procs, calls, all_users || geteuid(), no_users);
	for (i = 0; i < procs; i++) {
		waitpid(pid[i], &status, 0);
		if (status)
			printf("# process %u: status %#x\n", i, status);
		bad += status != 0;
	}
	start = seconds_now() - start;
	if (geteuid() == 0)
		write_file(EVENT "/filter", "0");
	ok(geteuid() || access(EVENT, F_OK) || !write_file(EVENT "/enable", "0"),
	   "the event is off again");
	ok(!bad, "all %u processes have made their calls", procs);
	for (bad = i = 0; i < 2 * NR_TARGETS && top_targets[i]; i++) {
		bad += waitpid(top_targets[i], &status, WNOHANG) != 0;
		kill(top_targets[i], SIGKILL);
		waitpid(top_targets[i], &status, 0);
	}
	ok(!bad, "all processes that were looked at have lived on");
	if (no_users)
		skip("calls of a user", "the device is not open to users");
	report(geteuid() == 0 && !all_users, start);
}

int main(int argc, char **argv)
{
	unsigned long calls = DEFAULT_CALLS;
	unsigned int procs = DEFAULT_PROCS;
	bool all_users = false;
	int i;

	if (argc > 2 && !strcmp(argv[1], "--target")) {
		targets_since = strtod(argv[2], NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exec_loop();
	}
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--calls") && i + 1 < argc)
			calls = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--procs") && i + 1 < argc)
			procs = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--user"))
			all_users = true;
		else
			die("usage: fuzz [--seed S] [--calls N] [--procs P] [--user]");
	}
	procs = procs < 1 ? 1 : procs > PROCS_MAX ? PROCS_MAX : procs;
	printf("# seed %lu, %lu calls, %u processes\n", seed, calls, procs);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		die("shared memory");
	ok(!missing_fields(), "the table of fields is that of mmscope_abi.def");
	make_index();
	learn_format();
	run(calls, procs, all_users);
	check_after();
	return tap_end();
}
