/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Races between storms and readers. A storm changes page tables in one way without
 * pause, readers scan it meanwhile, and every entry they get must be one that this
 * storm can make at that address: a shape.
 */
#ifndef MMSCOPE_TEST_RACES_H
#define MMSCOPE_TEST_RACES_H

#include "dev.h"

/* 32 TiB: nothing else is there, with four levels too; the start of a PUD's span */
#define BASE		0x200000000000UL
#define MIB		(1UL << 20)
#define HUGE		(2 * MIB)
#define AT(offset)	((char *)BASE + (offset))
#define PATTERN		0xa5
#define READERS		2
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Bits of an entry (SDM vol. 3A, 4.5.5; asm/pgtable_types.h for those of software). */
#define E_P		0x001UL
#define E_RW		0x002UL
#define E_US		0x004UL
#define E_A		0x020UL
#define E_D		0x040UL
#define E_PS		0x080UL
#define E_NONE		0x100UL		/* PROT_NONE, when not present */
#define E_UFFD		0x400UL
#define E_SOFT		0x800UL		/* soft-dirty */
#define E_SAVED		(1UL << 58)	/* dirty, while not writable (6.6) */
#define E_NX		(1UL << 63)
#define E_FRAME		0x000ffffffffff000UL

/* Page ageing clears A; what clears soft-dirty is not used, what sets it is. */
#define MAY_AGE		(E_A | E_SOFT)
#define MAY_DIRTY	(MAY_AGE | E_D | E_SAVED)
#define ANON_RW		(E_P | E_RW | E_US | E_D | E_NX)
#define ANON_RO		(E_P | E_US | E_NX)

/* Low bits of a non-present entry (asm/pgtable_64.h): soft-dirty, uffd-wp, exclusive. */
#define MAY_SWAP	0x00eUL

/* What a shape's frame field is. */
enum kind {
	LEAF,		/* present: a frame */
	NOACCESS,	/* not present, PROT_NONE or a PMD being split: a frame, inverted */
	SWAPPED,	/* a slot of the swap space */
	MIGRATING,	/* a frame, under a migration type */
	DEAD,		/* not even that: for ends of lists */
};

struct shape {
	enum kind kind;
	unsigned int level;
	unsigned int state;	/* a bit; two that were seen show that the storm was met */
	uint64_t need;		/* bits that are set */
	uint64_t may;		/* bits that may be */
	bool on_older;	/* only there: migration and split left dirty to the page */
};

#define SMALL_RW(state)	{ LEAF, 0, state, ANON_RW, MAY_AGE }
#define SMALL_LOST(state) { LEAF, 0, state, ANON_RW & ~E_D, MAY_AGE, true }
#define SMALL_RO(state)	{ LEAF, 0, state, ANON_RO, MAY_DIRTY }
#define HUGE_RW(state)	{ LEAF, 1, state, ANON_RW | E_PS, MAY_AGE }
/* pmd_mkinvalid(): present is cleared, and the frame inverted for that (L1TF) */
#define SPLITTING	{ NOACCESS, 1, 0, (ANON_RW | E_PS) & ~E_P, MAY_AGE }
#define MOVING(level)	{ MIGRATING, level, 0, 0, MAY_SWAP }

/* race.flags */
#define MORTAL		1	/* targets come and go: ESRCH is right, then attach anew */
#define ONE_STATE	2	/* what one descriptor sees has one state only */
#define ANY_CPU		4	/* nobody is bound to a processor */
#define PARTNER		8	/* is the table of level 1 shared with the partner? */
#define IDLE_READERS	16	/* readers at SCHED_IDLE */
#define QUIET		32	/* the storm may be too slow to make looks repeat; it has other signs */

/* States that are not of a shape, and those that are. */
#define ST_SHAPES	0xffU
#define ST_NODE0	0x100U
#define ST_NODE1	0x200U
#define ST_SHARED	0x400U
#define ST_OWN		0x800U

struct race {
	const char *name;
	const char *(*lacks)(void);	/* why it cannot be run here, or NULL */
	void (*begin)(void);
	void (*end)(void);
	void (*storm)(void);		/* the target; does not return */
	void (*helper)(void);		/* beside it; does not return */
	void (*run)(const struct race *race, double seconds);	/* instead of all that */
	unsigned int (*where)(uint64_t va);	/* 0: never mapped there; else states, or 0x80000000 */
	unsigned int times;		/* as long as others; 0 for 1 */
	const struct shape *shapes;
	unsigned int nr_shapes;
	uint64_t len;			/* of what is scanned, from BASE on */
	const char *events;		/* names in /proc/vmstat; their sum must grow */
	unsigned int states;		/* that must have been seen, all of them */
	unsigned int flags;
};

#define SHAPES(list) .shapes = list, .nr_shapes = COUNT(list)
#define ANYWHERE 0x80000000U

struct result {
	unsigned long scans, entries, retries, changed, implausible, mixed, attached;
	unsigned long ended;	/* calls on a descriptor whose target had gone */
	unsigned long errors, in_call;
	double first;		/* when the first implausible one was seen (seconds) */
	unsigned int states;
};

/* In a file that all processes map, also those that called exec. */
struct shared {
	volatile unsigned long rounds;
	volatile unsigned long helped;	/* what the helper did */
	double start;
	volatile pid_t target, partner, reader[READERS];
	volatile unsigned long off_seq, off_start, off_end;	/* frames offline now */
	volatile unsigned long frame;	/* one that an entry had */
	volatile bool enough;		/* it has raced, readers may end */
	struct result result[READERS];
};

extern struct shared *shared;
extern int shared_fd;
/* Seconds that a busy machine or a slow kernel may take longer, until a race has been one. */
extern double longer;
/* What watches over a debug kernel makes it so many times as slow. */
extern unsigned int slow;
extern const struct race map_races[], huge_races[], move_races[], end_races[];

/* races.c */
bool tested(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
double now(void);
unsigned int rnd(unsigned int below);
void *map_at(uint64_t offset, size_t len, int prot, int flags, int fd);
void touch(uint64_t from, uint64_t to, uint64_t step);
void dirty_freed_pages(void);
bool put(const char *path, const char *value);
bool get(const char *path, char *value, size_t len);
unsigned long vmstat(const char *names);
void pin(int cpu);
pid_t spawn(void (*fn)(void), int cpu);
void reap(pid_t group);
int nodes(void);
struct result sum_up(void);
void print_counts(const struct race *race, double seconds, const struct result *sum);

/* race_read.c */
void read_prepare(void);
void read_loop(const struct race *race, unsigned int number, double seconds);
bool read_plausible(const struct race *race, uint64_t va, uint64_t raw, unsigned int level,
		    unsigned int *state);

/* race_fuse.c */
const char *lacks_fuse(void);
void run_unanswered(const struct race *race, double seconds);

/* race_map.c */
void storm_munmap(void);
void storm_exec(void);
unsigned int where_striped(uint64_t va);
extern const struct shape shapes_anon[1];

#endif /* MMSCOPE_TEST_RACES_H */
