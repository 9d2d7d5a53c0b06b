// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms that move what is mapped: between nodes, by compaction, to swap and back, into
 * shared pages of KSM, by NUMA hints, by userfaultfd, out of memory that goes offline.
 * Oracle: the entries each of them makes; nodes by /proc/zoneinfo; that no entry has a
 * frame of a block that is offline.
 */
#include "races.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>

#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define AREA		(8 * MIB)

static const struct shape moved[] = {
	SMALL_RW(1), SMALL_LOST(1), { MIGRATING, 0, 2, 0, MAY_SWAP },
};

static const char *lacks_nodes(void)
{
	return nodes() < 2 ? "one node only" : NULL;
}

/* All pages to the other node: by a list of them, and by a policy. */
static void storm_migrate(void)
{
	static void *page[512];
	static int node[512], status[512];
	unsigned long mask, i, from;

	map_at(0, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	touch(0, AREA, 2 * PAGE);
	for (;; shared->rounds++) {
		mask = 1UL << shared->rounds / 2 % 2;
		if (shared->rounds % 2) {
			syscall(__NR_mbind, AT(0), AREA, MPOL_BIND, &mask, 3UL, MPOL_MF_MOVE);
			continue;
		}
		from = rnd(AREA / PAGE - 1024) / 2;
		for (i = 0; i < 512; i++) {
			page[i] = AT((from + i) * 2 * PAGE % AREA);
			node[i] = rnd(2);
		}
		syscall(__NR_move_pages, 0, 512UL, page, node, status, MPOL_MF_MOVE);
	}
}

static const char *lacks_compaction(void)
{
	return access("/proc/sys/vm/compact_memory", W_OK) ? "no compaction" : NULL;
}

/* Memory in pieces, one page of eight. */
static void storm_compact(void)
{
	uint64_t at, end;

	map_at(0, 8 * AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (;; shared->rounds++) {
		at = rnd(8) * AREA;
		touch(at, at + AREA, PAGE);
		for (end = at + AREA; at < end; at += 8 * PAGE)
			madvise(AT(at), 7 * PAGE, MADV_DONTNEED);
		usleep(1000);
	}
}

static void help_compact(void)
{
	for (;; usleep(2000))
		shared->helped += put("/proc/sys/vm/compact_memory", "1");
}

static const struct shape swapped[] = {
	{ LEAF, 0, 1, ANON_RO, MAY_DIRTY | E_RW }, { SWAPPED, 0, 2, 0, MAY_SWAP }, MOVING(0),
};

static const char *lacks_swap(void)
{
	return swap_is_on() ? NULL : "no swap (lab run --swap)";
}

static void storm_swap(void)
{
	volatile char sum = 0;
	uint64_t at;

	map_at(0, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	touch(0, AREA, PAGE);
	for (;; shared->rounds++) {
		at = rnd(AREA / PAGE - 512) * PAGE;
		touch(at, at + 256 * PAGE, PAGE);
		if (madvise(AT(at), 512 * PAGE, MADV_PAGEOUT))
			die("MADV_PAGEOUT");
		for (; rnd(128); at = (at + 3 * PAGE) % AREA)
			sum += *AT(at);
	}
	(void)sum;
}

#define KSM "/sys/kernel/mm/ksm/"

static const struct shape merged[] = { SMALL_RW(1), SMALL_LOST(1), SMALL_RO(2), MOVING(0) };

static const char *lacks_ksm(void)
{
	return access(KSM "run", W_OK) ? "no KSM" : NULL;
}

static void begin_ksm(void)
{
	put(KSM "sleep_millisecs", "0");
	put(KSM "pages_to_scan", "4096");
	put(KSM "run", "1");
}

static void end_ksm(void)
{
	put(KSM "run", "2");
	put(KSM "run", "0");
	put(KSM "pages_to_scan", "100");
	put(KSM "sleep_millisecs", "20");
}

/* Pages that are alike, merged by the kernel, and written to again. */
static void storm_ksm(void)
{
	char text[32];
	uint64_t at;

	map_at(0, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	madvise(AT(0), MIB, MADV_MERGEABLE);
	touch(0, MIB, PAGE);
	for (;; usleep(1000)) {
		if (get(KSM "pages_sharing", text, sizeof(text)) && atoi(text) > 16)
			shared->rounds++;
		at = rnd(MIB / PAGE - 32) * PAGE;
		touch(at, at + 32 * PAGE, PAGE);
	}
}

/* A hint: no right at all, as of PROT_NONE. On 5.10 RW says that writing was allowed. */
static const struct shape hinted[] = {
	{ LEAF, 0, 1, ANON_RO, MAY_DIRTY | E_RW },
	{ NOACCESS, 0, 2, E_NONE, MAY_DIRTY | E_RW }, MOVING(0),
};

static const char * const numa_knob[][2] = {
	{ "scan_delay_ms", "1" }, { "scan_period_min_ms", "10" },
	{ "scan_period_max_ms", "20" }, { "scan_size_mb", "256" },
};

static void put_numa(const char *format, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), format, name);
	put(path, value);
}

static void begin_numa(void)
{
	unsigned int i;

	for (i = 0; i < COUNT(numa_knob); i++) {
		put_numa("/sys/kernel/debug/sched/numa_balancing/%s", numa_knob[i][0], numa_knob[i][1]);
		put_numa("/proc/sys/kernel/numa_balancing_%s", numa_knob[i][0], numa_knob[i][1]);
	}
	put("/proc/sys/kernel/numa_balancing", "1");
}

static void end_numa(void)
{
	put("/proc/sys/kernel/numa_balancing", "0");
}

static const char *lacks_balancing(void)
{
	if (access("/proc/sys/kernel/numa_balancing", W_OK))
		return "no NUMA balancing";
	return lacks_nodes();
}

/* Written from one node and the other. */
static void storm_numa(void)
{
	uint64_t at;

	map_at(0, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (;; shared->rounds++) {
		pin(shared->rounds / 16 % 2);
		at = rnd(16) * PAGE;
		for (; at < AREA; at += 16 * PAGE)
			*AT(at) = 1;
		usleep(500);
	}
}

/* Protected against writing by userfaultfd, or resolved and not yet written again. */
static const struct shape watched[] = {
	SMALL_RW(1),
	{ LEAF, 0, 2, ANON_RO | E_UFFD, MAY_DIRTY },
	{ LEAF, 0, 4, ANON_RO, MAY_DIRTY },
};

static int uffd;

static int open_uffd(void)
{
	struct uffdio_api api = {
		.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *lacks_uffd(void)
{
	int fd = open_uffd();

	if (fd < 0)
		return "no userfaultfd with write protection";
	close(fd);
	return NULL;
}

static void *handle_faults(void *page)
{
	struct uffd_msg msg;

	while (read(uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		uint64_t at = msg.arg.pagefault.address & -PAGE;
		struct uffdio_copy copy = {
			.dst = at, .src = (uintptr_t)page, .len = PAGE,
			.mode = rnd(2) ? UFFDIO_COPY_MODE_WP : 0,
		};
		struct uffdio_writeprotect wp = { .range = { .start = at, .len = PAGE } };

		if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
			ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
		else
			ioctl(uffd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

static void storm_uffd(void)
{
	struct uffdio_register reg = {
		.range = { .start = BASE, .len = AREA },
		.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect wp = {
		.range = { .len = 64 * PAGE }, .mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	static char page[PAGE] __attribute__((aligned(4096)));
	pthread_t thread;
	uint64_t at;

	memset(page, PATTERN, sizeof(page));
	map_at(0, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	uffd = open_uffd();
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("UFFDIO_REGISTER");
	if (pthread_create(&thread, NULL, handle_faults, page))
		die("pthread_create");
	for (;; shared->rounds++) {
		at = rnd(AREA / PAGE / 64) * 64 * PAGE;
		touch(at, at + 64 * PAGE, 4 * PAGE);
		wp.range.start = BASE + at;
		ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
		if (rnd(2))
			touch(at, at + 64 * PAGE, 8 * PAGE);
		if (!rnd(4))
			madvise(AT(at), 64 * PAGE, MADV_DONTNEED);
	}
}

#define BLOCKS_DIR "/sys/devices/system/memory"

static char block_path[16][128];
static unsigned long block_start[16];
static unsigned int nr_blocks;
static unsigned long block_frames;

/* Blocks that are of the movable zone, online, and can be taken offline. */
static const char *lacks_blocks(void)
{
	DIR *dir = opendir(BLOCKS_DIR);
	struct dirent *d;
	char path[300], text[128];
	unsigned long number;

	nr_blocks = 0;
	if (get(BLOCKS_DIR "/block_size_bytes", text, sizeof(text)))
		block_frames = strtoul(text, NULL, 16) / PAGE;
	while (dir && nr_blocks < COUNT(block_path) && (d = readdir(dir))) {
		if (sscanf(d->d_name, "memory%lu", &number) != 1)
			continue;
		snprintf(path, sizeof(path), BLOCKS_DIR "/%s/valid_zones", d->d_name);
		if (!get(path, text, sizeof(text)) || strncmp(text, "Movable", 7))
			continue;
		snprintf(block_path[nr_blocks], sizeof(block_path[0]), BLOCKS_DIR "/memory%lu/state",
			 number);
		block_start[nr_blocks++] = number * block_frames;
	}
	if (dir)
		closedir(dir);
	return nr_blocks ? NULL : "no block of movable memory (movablecore=)";
}

/* Huge pages in more than a block: some are in one that can be taken offline. */
#define FILLER (192 * MIB)

static const struct shape offlined[] = {
	SMALL_RW(1), SMALL_LOST(1), HUGE_RW(2), MOVING(0), MOVING(1), SPLITTING,
	{ LEAF, 1, 2, (ANON_RW | E_PS) & ~E_D, MAY_AGE, true },
};

static void storm_offline(void)
{
	uint64_t at;

	map_at(0, AREA + FILLER, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	madvise(AT(AREA), FILLER, MADV_HUGEPAGE);
	touch(AREA, AREA + FILLER, HUGE);
	for (;;) {
		at = rnd(8) * MIB;
		madvise(AT(at), MIB, MADV_DONTNEED);
		touch(at, at + MIB, 2 * PAGE);
		at = AREA + rnd(FILLER / HUGE) * HUGE;
		madvise(AT(at), HUGE, MADV_DONTNEED);
		touch(at, at + PAGE, PAGE);
		shared->rounds++;
		usleep(20000);
	}
}

/* What is offline is said after it is, and taken back before it is no more. */
static void help_offline(void)
{
	unsigned int i, failed[COUNT(block_path)] = { 0 };

	/* it has much to do, and two readers beside it */
	if (nice(-20) == -1)
		die("nice");
	for (;;) {
		/* the block that the target has a page in, if it is one of these */
		for (i = 0; i < nr_blocks && shared->frame - block_start[i] >= block_frames; i++)
			;
		if (i == nr_blocks || failed[i])
			i = rnd(nr_blocks);
		/* one that has a hole or a page that cannot be moved never goes */
		if (failed[i] > 2 || !put(block_path[i], "offline")) {
			failed[i]++;
			usleep(1000);
			continue;
		}
		shared->off_start = block_start[i];
		shared->off_end = block_start[i] + block_frames;
		__sync_synchronize();
		shared->off_seq++;
		shared->helped++;
		usleep(30000);
		shared->off_end = 0;
		shared->off_start = 0;
		__sync_synchronize();
		shared->off_seq++;
		put(block_path[i], "online_movable");
	}
}

static void end_offline(void)
{
	unsigned int i;

	for (i = 0; i < nr_blocks; i++)
		put(block_path[i], "online_movable");
}

const struct race move_races[] = {
	{
		.name = "migrate", .lacks = lacks_nodes, .storm = storm_migrate, .len = AREA,
		SHAPES(moved), .states = 1 | ST_NODE0 | ST_NODE1, .events = "pgmigrate_success",
	},
	{
		.name = "compact", .lacks = lacks_compaction, .storm = storm_compact,
		.helper = help_compact, .len = 8 * AREA, SHAPES(moved), .events = "pgmigrate_success",
		.flags = QUIET,
	},
	{
		.name = "swap", .lacks = lacks_swap, .storm = storm_swap, .len = AREA,
		SHAPES(swapped), .states = 3, .events = "pswpout pswpin",
	},
	{
		.name = "ksm", .lacks = lacks_ksm, .begin = begin_ksm, .end = end_ksm,
		.storm = storm_ksm, .len = MIB, SHAPES(merged), .states = 3,
	},
	{
		.name = "numa", .lacks = lacks_balancing, .begin = begin_numa, .end = end_numa,
		.storm = storm_numa, .len = AREA, SHAPES(hinted), .states = 3,
		.events = "numa_pte_updates", .flags = ANY_CPU,
	},
	{
		.name = "userfaultfd", .lacks = lacks_uffd, .storm = storm_uffd, .len = AREA,
		SHAPES(watched), .states = 3,
	},
	{
		.name = "offline", .lacks = lacks_blocks, .end = end_offline, .storm = storm_offline,
		.helper = help_offline, .len = AREA + FILLER, SHAPES(offlined), .times = 3,
		.events = "pgmigrate_success", .flags = QUIET,
	},
	{ 0 }
};
