// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms of mappings: unmap, move, map over, protect, fork, exec, give back, write by
 * ptrace. Oracle: the pages that each of them writes. Which ones depends on the table,
 * so that the content of one table is implausible in the place of another.
 */
#include "races.h"

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define SLOTS	32
#define STRIDE	(4 * MIB)

/* Table number k has pages k mod 16, and each 16th from there on. */
unsigned int where_striped(uint64_t va)
{
	uint64_t page = (va - BASE) / PAGE;

	return page % 16 == page / 512 % 16 ? ANYWHERE : 0;
}

static void touch_striped(uint64_t table, unsigned int step)
{
	touch(table * HUGE + table % 16 * PAGE, (table + 1) * HUGE, step * 16 * PAGE);
}

static const struct shape anon[] = { SMALL_RW(0) };

/* Each round frees the page tables of one slot and makes new ones. */
void storm_munmap(void)
{
	uint64_t slot;

	for (;; shared->rounds++) {
		slot = rnd(SLOTS);
		munmap(AT(slot * STRIDE), STRIDE);
		dirty_freed_pages();
		map_at(slot * STRIDE, STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
		touch_striped(slot * 2, 1 + rnd(16));
		touch_striped(slot * 2 + 1, 1 + rnd(16));
		if (!rnd(4))
			munmap(AT(slot * STRIDE), STRIDE);
	}
}

/* Pages 3 mod 16 of each slot, wherever it is: whole tables move, or entries do. */
static unsigned int where_moved(uint64_t va)
{
	return (va - BASE) / PAGE % 16 == 3 ? ANYWHERE : 0;
}

static void storm_mremap(void)
{
	uint64_t from = 0, to, shift;

	map_at(from, STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	touch(from + 3 * PAGE, from + STRIDE, 16 * PAGE);
	for (;; shared->rounds++) {
		shift = rnd(3) ? 0 : 16 * PAGE * rnd(32);
		to = rnd(SLOTS) * 2 * STRIDE + shift;
		if (to + STRIDE > from && from + STRIDE > to)
			continue;
		if (mremap(AT(from), STRIDE, STRIDE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(to)) != AT(to))
			die("mremap");
		from = to;
		dirty_freed_pages();
		touch(from + 3 * PAGE, from + STRIDE, 64 * PAGE);
	}
}

static const struct shape over[] = { SMALL_RW(1), SMALL_RO(2) };

/* Memory and a file, one mapped over the other. */
static void storm_fixed(void)
{
	int fd = memfd_create("file", 0);
	volatile char sum = 0;
	uint64_t slot, i;

	if (fd < 0 || ftruncate(fd, STRIDE))
		die("memfd");
	for (;; shared->rounds++) {
		slot = rnd(8);
		if (rnd(2)) {
			map_at(slot * STRIDE, STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
			touch_striped(slot * 2 + rnd(2), 1 + rnd(4));
			continue;
		}
		map_at(slot * STRIDE, STRIDE, PROT_READ, MAP_PRIVATE, fd);
		/* page by page: a fault maps what is in the cache around it, too */
		madvise(AT(slot * STRIDE), STRIDE, MADV_RANDOM);
		i = slot * 2 + rnd(2);
		for (i = i * HUGE + i % 16 * PAGE; i % HUGE < HUGE - 64 * PAGE; i += 64 * PAGE)
			sum += *AT(i);
	}
	(void)sum;
}

/* Faults on page-cache pages map those around: any address for them. */
static unsigned int where_any(uint64_t va)
{
	(void)va;
	return ANYWHERE;
}

/*
 * PROT_NONE leaves no right at all (PAGE_NONE: neither US nor NX); what was dirty or
 * accessed stays so.
 */
static const struct shape protected[] = {
	SMALL_RW(1), SMALL_RO(2),
	{ NOACCESS, 0, 4, E_NONE, MAY_DIRTY },
	{ LEAF, 0, 8, E_P | E_US, MAY_DIRTY },
};

static void storm_mprotect(void)
{
	static const int prot[] = {
		PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
	};
	uint64_t at;

	map_at(0, 2 * STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (at = 0; at < 4; at++)
		touch_striped(at, 1);
	for (;; shared->rounds++) {
		at = rnd(2 * STRIDE / PAGE - 256) * PAGE;
		if (mprotect(AT(at), 256 * PAGE, prot[rnd(4)]))
			die("mprotect");
		if (shared->rounds % 64)
			continue;
		mprotect(AT(0), 2 * STRIDE, PROT_READ | PROT_WRITE);
		touch_striped(rnd(4), 1);
	}
}

static const struct shape forked[] = { SMALL_RW(1), SMALL_RO(2) };

/* The target is a child that breaks some of the sharing, and ends. */
static void storm_fork(void)
{
	uint64_t i;
	pid_t pid;

	map_at(0, 4 * STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (i = 0; i < 8; i++)
		touch_striped(i, 1);
	for (;; shared->rounds++) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			shared->target = getpid();
			for (i = 0; i < 16; i++) {
				touch_striped(rnd(8), 2);
				usleep(200);
			}
			munmap(AT(STRIDE), STRIDE);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		/* here it breaks as well; the next child's sequence is another */
		touch_striped(rnd(8), 1);
		dirty_freed_pages();
	}
}

/* Even and odd pages are written by turns: the state is of one program. */
static unsigned int where_parity(uint64_t va)
{
	return (va - BASE) / PAGE % 2 ? 2 : 1;
}

void storm_exec(void)
{
	char name[16], *argv[] = { "races", "--exec", name, NULL }, *env[] = { NULL };
	uint64_t from = shared->rounds % 2 * PAGE;

	snprintf(name, sizeof(name), "%d", shared_fd);
	shared->target = getpid();
	map_at(0, STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	touch(from, STRIDE, 16 * PAGE);
	usleep(2000);
	touch(from, STRIDE, 8 * PAGE);
	shared->rounds++;
	execve("/proc/self/exe", argv, env);
	die("execve");
}

/* From 7.0 on an empty table is freed at once (PT_RECLAIM), before it stays. */
static void storm_dontneed(void)
{
	uint64_t i, from, nr;

	map_at(0, SLOTS * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (;; shared->rounds++) {
		from = rnd(SLOTS);
		nr = 1 + rnd(SLOTS - from < 4 ? SLOTS - from : 4);
		madvise(AT(from * HUGE), nr * HUGE, MADV_DONTNEED);
		dirty_freed_pages();
		for (i = from; i < from + nr; i++)
			touch_striped(i, 1 + rnd(16));
	}
}

static const struct shape poked[] = {
	{ LEAF, 0, 1, ANON_RO, MAY_AGE },
	{ LEAF, 0, 2, ANON_RO | E_D, MAY_AGE },
	{ LEAF, 0, 2, ANON_RO | E_SAVED, MAY_AGE },
};

#define POKED 64

/* A file's pages, read; what the tracer wrote is given back. */
static void storm_ptrace(void)
{
	int fd = memfd_create("file", 0);
	volatile char sum = 0;
	uint64_t i;

	if (fd < 0 || ftruncate(fd, STRIDE))
		die("memfd");
	map_at(0, STRIDE, PROT_READ, MAP_PRIVATE, fd);
	for (;; shared->rounds++, usleep(100)) {
		for (i = 0; i < POKED; i++)
			sum += *AT(i * 16 * PAGE);
		if (!rnd(4))
			madvise(AT(0), STRIDE, MADV_DONTNEED);
	}
	(void)sum;
}

static void help_ptrace(void)
{
	pid_t pid = shared->target;
	unsigned int i;
	int status;

	for (;; shared->helped++) {
		if (ptrace(PTRACE_ATTACH, pid, 0, 0) || waitpid(pid, &status, __WALL) != pid)
			_exit(1);
		for (i = 0; i < 8; i++)
			ptrace(PTRACE_POKEDATA, pid, AT(rnd(POKED) * 16 * PAGE), shared->helped);
		ptrace(PTRACE_DETACH, pid, 0, 0);
		usleep(500);
	}
}

const struct race map_races[] = {
	{
		.name = "munmap", .storm = storm_munmap, .len = SLOTS * STRIDE, SHAPES(anon),
		.where = where_striped,
	},
	{
		.name = "mremap", .storm = storm_mremap, .len = 2 * SLOTS * STRIDE + 2 * STRIDE,
		SHAPES(anon), .where = where_moved,
	},
	{
		.name = "fixed", .storm = storm_fixed, .len = 8 * STRIDE, SHAPES(over),
		.where = where_any, .states = 3,
	},
	{
		.name = "mprotect", .storm = storm_mprotect, .len = 2 * STRIDE, SHAPES(protected),
		.where = where_striped, .states = 15,
	},
	{
		.name = "fork", .storm = storm_fork, .len = 4 * STRIDE, SHAPES(forked),
		.where = where_striped, .states = 3, .flags = MORTAL,
	},
	{
		.name = "exec", .storm = storm_exec, .len = STRIDE, SHAPES(anon),
		.where = where_parity, .states = 3, .flags = MORTAL | ONE_STATE,
	},
	{
		.name = "dontneed", .storm = storm_dontneed, .len = SLOTS * HUGE, SHAPES(anon),
		.where = where_striped,
	},
	{
		.name = "ptrace", .storm = storm_ptrace, .helper = help_ptrace, .len = STRIDE,
		SHAPES(poked), .states = 3,
	},
	{ 0 }
};
