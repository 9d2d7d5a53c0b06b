// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends of all kinds: targets killed, by hand and for want of memory; readers killed,
 * stopped, starved; processors that go; the module unloaded. Oracle: what storms can
 * produce; the errno vocabulary; the references of MM and /proc/vmstat for what is left.
 */
#include "races.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MODULE_FILE	"/lab/mmscope.ko"
#define CGROUP		"/sys/fs/cgroup/races"
#define STORM_LEN	(32 * 4 * MIB)

static const struct shape anon[] = { SMALL_RW(0) };

/* Targets, one after the other; with @killed each is killed at any moment. */
static void storm_of_targets(void (*target)(void), bool killed)
{
	pid_t pid;

	for (;; shared->rounds++) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			shared->target = getpid();
			target();
			_exit(0);
		}
		if (killed) {
			usleep((5000 + rnd(40000)) * slow);
			kill(pid, SIGKILL);
		}
		waitpid(pid, NULL, 0);
	}
}

static void storm_kill(void)
{
	storm_of_targets(storm_munmap, true);
}

static const char *lacks_memcg(void)
{
	char text[256];

	if (!get("/sys/fs/cgroup/cgroup.controllers", text, sizeof(text)) || !strstr(text, "memory"))
		return "no memory controller in /sys/fs/cgroup";
	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(CGROUP, 0755) && errno != EEXIST)
		return "no cgroup can be made";
	if (!put(CGROUP "/memory.max", "16777216"))
		return "no memory.max";
	put(CGROUP "/memory.swap.max", "0");
	return NULL;
}

static void end_oom(void)
{
	rmdir(CGROUP);
}

/* Takes more than its cgroup has: the OOM killer and its reaper come. */
static void take_all(void)
{
	if (!put(CGROUP "/cgroup.procs", "0"))
		die("cgroup.procs");
	map_at(0, STORM_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	touch(PAGE, STORM_LEN, 4 * PAGE);
}

static void storm_oom(void)
{
	storm_of_targets(take_all, false);
}

/* A quarter of 128 MiB, twice of what the cgroup has. */
static unsigned int where_fourth(uint64_t va)
{
	return (va - BASE) / PAGE % 4 == 1 ? ANYWHERE : 0;
}

static void help_stop(void)
{
	pid_t pid;

	for (;; usleep(rnd(3000))) {
		pid = shared->reader[rnd(READERS)];
		if (pid <= 0)
			continue;
		kill(pid, SIGSTOP);
		usleep(rnd(5000));
		kill(pid, SIGCONT);
		shared->helped++;
	}
}

/* A processor full of real-time work, with the readers' for what it leaves. */
static void help_hog(void)
{
	struct sched_param param = { .sched_priority = 10 };
	double until;

	pin(0);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("SCHED_FIFO");
	for (;; usleep(1 + rnd(3000)), shared->helped++)
		for (until = now() + rnd(3000) / 1e6; now() < until;)
			;
}

#define CPU1 "/sys/devices/system/cpu/cpu1/online"

static const char *lacks_cpu(void)
{
	return access(CPU1, W_OK) ? "no second processor that can go" : NULL;
}

static void help_cpu(void)
{
	for (;; usleep(20000)) {
		if (!put(CPU1, "0"))
			continue;
		shared->helped++;
		usleep(20000);
		put(CPU1, "1");
	}
}

static void end_cpu(void)
{
	put(CPU1, "1");
}

/* A storm to be the target of a race with a course of its own. */
static pid_t start_target(void (*fn)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(1);
	fn();
	_exit(1);
}

static void storm_and_hog(void)
{
	char *p = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	memset(p, PATTERN, 64 * MIB);
	storm_munmap();
}

/* Not free memory: what was given back may wait in the lists of a processor. */
static unsigned long anon_kib(void)
{
	return vmstat("nr_anon_pages") * 4;
}

/* A reader that is killed at any moment; more often than not in the middle of a call. */
static bool kill_reader(const struct race *race, unsigned long *in_call)
{
	struct result *r = &shared->result[0];
	unsigned long before = r->scans;
	int status, i;
	pid_t pid;

	r->in_call = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		pin(0);
		read_loop(race, 0, 1000);
		_exit(1);
	}
	/* half of them have begun to scan, which may take long */
	for (i = rnd(2) * 5000; i && r->scans == before; i--)
		usleep(1000);
	usleep(3000 + rnd(12000));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	*in_call += r->in_call;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void run_killreader(const struct race *race, double seconds)
{
	struct mmscope_mm mm = { .size = sizeof(mm) };
	unsigned long kills = 0, in_call = 0, before, after;
	pid_t target = start_target(storm_and_hog);
	double start = now();
	int fd = dev_open(), i, err;
	struct result sum;
	bool good = true;

	shared->target = target;
	while (!shared->rounds)
		usleep(1000);
	if (dev_attach(fd, target))
		die("ATTACH");
	for (; good && now() < start + (in_call ? seconds : seconds + longer); kills++)
		good = kill_reader(race, &in_call);
	err = dev_call(fd, MMSCOPE_IOC_MM, &mm);
	tested(good && !shared->result[0].implausible && !shared->result[0].errors,
	       "%s: %lu readers killed, %lu of them in a call", race->name, kills, in_call);
	tested(in_call > 0, "%s: some were in the middle of a SCAN", race->name);
	tested(!err && mm.mm_users == 1, "%s: one user of the mm is left, itself: %llu", race->name,
	   (unsigned long long)mm.mm_users);
	before = anon_kib();
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	after = anon_kib();
	for (i = 0; i < 100 && after + 60 * 1024 > before; i++, usleep(20000))
		after = anon_kib();
	tested(after + 60 * 1024 <= before, "%s: its 64 MiB went with it: from %lu KiB to %lu KiB",
	       race->name, before, after);
	err = dev_call(fd, MMSCOPE_IOC_MM, &mm);
	tested(err == ESRCH, "%s: and the mm is gone: %s", race->name, strerror(err));
	close(fd);
	printf("# count race-%s attempts %lu\n", race->name, kills);
	sum = sum_up();
	print_counts(race, now() - start, &sum);
}

/*
 * Two readers on one descriptor write one buffer; what a reader finds may be of either
 * call, but each word of it is one that the storm can make: a slot, or a record's.
 */
static void judge_words(const struct race *race, const uint64_t *word, size_t nr, struct result *r)
{
	unsigned int state, level;
	bool good;
	size_t i;

	for (i = 0; i < nr; i++) {
		uint64_t w = word[i], va, size = w & 0xffffffff;

		if (!w)
			continue;
		good = false;
		if (w & E_P)
			for (va = BASE; va < BASE + race->len && !good; va += PAGE)
				good = read_plausible(race, va, w, 0, &state);
		/* address, table, number of slots with level, type, stride and rights */
		level = w >> 32 & 0xff;
		good = good || (w >= BASE && w <= BASE + race->len && w % PAGE == 0) ||
		       (w < (1UL << 40) && w % PAGE == 0) ||
		       (size && size <= MMSCOPE_SLOTS && level <= 2 && w >> 40 <= 0xffffff);
		r->entries += !!(w & E_P);
		if (!good && r->implausible++ < 5)
			printf("# %s: word %zu: 0x%016lx\n", race->name, i, w);
	}
}

static void share_reader(const struct race *race, int fd, const char *buffer, int number,
			 double seconds)
{
	struct result *r = &shared->result[number];
	double end = now() + seconds;
	int err;

	pin(number);
	while (now() < end && !r->errors) {
		struct mmscope_scan s = {
			.size = sizeof(s), .start = BASE, .end = BASE + race->len, .levels = 1,
			.flags = number ? MMSCOPE_SCAN_BLOCKS : MMSCOPE_SCAN_RUNS,
		};

		err = dev_call(fd, MMSCOPE_IOC_SCAN, &s);
		if (err || s.resume < s.start || s.resume > s.end || s.bytes > BUFFER_LEN) {
			printf("# %s: SCAN: %s, %llu bytes\n", race->name, strerror(err),
			       (unsigned long long)s.bytes);
			r->errors++;
			return;
		}
		r->retries += s.retries;
		r->changed += s.changed;
		r->scans++;
		judge_words(race, (const uint64_t *)buffer, s.bytes / 8, r);
	}
	fflush(stdout);
}

/* One table; its pages as where_striped() has them. */
static void storm_table(void)
{
	for (;; shared->rounds++) {
		munmap(AT(0), HUGE);
		dirty_freed_pages();
		map_at(0, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
		touch(0, HUGE, 16 * PAGE * (1 + rnd(8)));
	}
}

static void run_onefd(const struct race *race, double seconds)
{
	pid_t target = start_target(storm_table), pid[READERS];
	const struct result *r = shared->result;
	int fd = dev_open(), i, status, bad = 0;
	const char *buffer;
	struct result sum;

	while (!shared->rounds)
		usleep(1000);
	if (dev_attach(fd, target))
		die("ATTACH");
	buffer = dev_map(fd);
	fflush(stdout);
	for (i = 0; i < READERS; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			share_reader(race, fd, buffer, i, seconds);
			_exit(0);
		}
	}
	for (i = 0; i < READERS; i++) {
		waitpid(pid[i], &status, 0);
		bad += status != 0;
	}
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	munmap((void *)buffer, BUFFER_LEN);
	close(fd);
	for (i = 0; i < READERS; i++)
		tested(!bad && !r[i].errors && !r[i].implausible && r[i].scans && r[i].entries,
		       "%s: reader %d of one descriptor: %lu scans, %lu words of entries, %lu implausible",
		   race->name, i + 1, r[i].scans, r[i].entries, r[i].implausible);
	sum = sum_up();
	print_counts(race, seconds, &sum);
}

static const char *lacks_module(void)
{
	if (access(MODULE_FILE, R_OK))
		return "no " MODULE_FILE " to load again";
	return access("/sys/module/mmscope", F_OK) ? "the module is built in" : NULL;
}

/* 0 or errno */
static int unload(void)
{
	return syscall(__NR_delete_module, "mmscope", O_NONBLOCK) ? errno : 0;
}

static int load(void)
{
	int fd = open(MODULE_FILE, O_RDONLY | O_CLOEXEC), err;

	err = syscall(__NR_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	return err;
}

/* A descriptor that came into being works, and goes on to until it is closed. */
static void open_loop(struct result *r)
{
	static const int right[] = { ENOENT, ENODEV, ENXIO };
	unsigned int i;
	int fd, err;

	for (;;) {
		struct mmscope_scan s = {
			.size = sizeof(s), .flags = MMSCOPE_SCAN_RUNS, .end = 1UL << 46, .levels = 1,
		};

		fd = open(MMSCOPE_DEVICE, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			for (i = 0; i < COUNT(right) && errno != right[i]; i++)
				;
			r->errors += i == COUNT(right);
			if (i == COUNT(right))
				printf("# rmmod: open: %s\n", strerror(errno));
			r->changed++;
			fflush(stdout);
			continue;
		}
		dev_info(fd);
		err = dev_attach(fd, getpid());
		munmap((void *)dev_map(fd), BUFFER_LEN);
		if (!err)
			err = dev_call(fd, MMSCOPE_IOC_SCAN, &s);
		/* the buffer stays when it is no longer mapped */
		r->errors += err || !s.entries;
		if (err)
			printf("# rmmod: %s\n", strerror(err));
		fflush(stdout);
		r->scans++;
		r->entries += s.entries;
		close(fd);
		usleep(rnd(3000));
	}
}

/* While a descriptor or a mapping of one is there the module does not go. */
static void check_held(const struct race *race)
{
	int fd = dev_open(), err = unload();
	const void *buffer;

	tested(err == EAGAIN || err == EBUSY, "%s: refused while a descriptor is open: %s", race->name,
	   strerror(err));
	buffer = dev_map(fd);
	close(fd);
	err = unload();
	tested(err == EAGAIN || err == EBUSY, "%s: refused while the buffer is mapped: %s", race->name,
	   strerror(err));
	munmap((void *)buffer, BUFFER_LEN);
}

/* Taken out, refused, and each reader had a device: then it has been a race. */
static bool rmmod_met(unsigned long gone, unsigned long busy)
{
	return gone && busy && shared->result[0].scans && shared->result[1].scans;
}

static void run_rmmod(const struct race *race, double seconds)
{
	unsigned long gone = 0, busy = 0, failed = 0;
	struct result *r = shared->result, sum;
	double start = now();
	pid_t pid[READERS];
	int i, err, fd;

	check_held(race);
	fflush(stdout);
	for (i = 0; i < READERS; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			open_loop(&r[i]);
		}
	}
	while (now() < start + seconds ||
	       (!rmmod_met(gone, busy) && now() < start + seconds + longer)) {
		err = unload();
		busy += err == EAGAIN || err == EBUSY;
		gone += !err;
		if (!err)
			failed += load() != 0;
		else if (err != EAGAIN && err != EBUSY)
			failed++;
		usleep(rnd(2000));
	}
	for (i = 0; i < READERS; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	tested(!failed && gone && busy, "%s: unloaded %lu times, refused %lu times, %lu other answers",
	   race->name, gone, busy, failed);
	tested(!r[0].errors && !r[1].errors && r[0].scans && r[1].scans,
	       "%s: %lu descriptors that came into being worked, %lu opens found no device", race->name,
	   r[0].scans + r[1].scans, r[0].changed + r[1].changed);
	fd = dev_open();
	dev_info(fd);
	close(fd);
	printf("# count race-%s attempts %lu\n", race->name, gone + busy);
	sum = sum_up();
	/* opens that found no device */
	sum.changed = 0;
	print_counts(race, now() - start, &sum);
}

#define MUNMAP_STORM .storm = storm_munmap, .len = STORM_LEN, SHAPES(anon), .where = where_striped

const struct race end_races[] = {
	{
		.name = "kill", .storm = storm_kill, .len = STORM_LEN, SHAPES(anon),
		.where = where_striped, .flags = MORTAL | QUIET,
	},
	{
		.name = "oom", .lacks = lacks_memcg, .end = end_oom, .storm = storm_oom,
		.len = STORM_LEN, SHAPES(anon), .where = where_fourth, .flags = MORTAL | QUIET,
		.events = "oom_kill",
	},
	{
		.name = "stop", MUNMAP_STORM, .helper = help_stop,
	},
	{
		.name = "idle", MUNMAP_STORM, .helper = help_hog, .flags = IDLE_READERS,
	},
	{
		.name = "cpu", .lacks = lacks_cpu, MUNMAP_STORM, .helper = help_cpu, .end = end_cpu,
		.flags = ANY_CPU | QUIET,
	},
	{
		.name = "killreader", MUNMAP_STORM, .run = run_killreader,
	},
	{
		.name = "unanswered", .lacks = lacks_fuse, .run = run_unanswered,
	},
	{
		.name = "onefd", .len = HUGE, SHAPES(anon), .where = where_striped, .run = run_onefd,
	},
	{
		.name = "rmmod", .lacks = lacks_module, .run = run_rmmod,
	},
	{ 0 }
};
