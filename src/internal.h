/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share. One section per noun; every function is
 * called mmscope_<noun>_<verb> and lives in <noun>.c.
 *
 * Locks, outermost first; docs/DESIGN.md has the table.
 *   mmscope_file.lock   one call at a time on a descriptor
 *   mmap_lock (read)    of the target, in vma.c only
 *
 * On its own: arm_lock of fault.c, outside of the kernel's kprobe_mutex and inside
 * of its event_mutex. Probes take no lock.
 * No user memory is touched while either is held: mmap() on the device runs
 * under the caller's mmap_lock, and the caller may be its own target.
 */
#ifndef MMSCOPE_INTERNAL_H
#define MMSCOPE_INTERNAL_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <linux/mmscope.h>
#include <mmscope/decode.h>
#include <mmscope/rights.h>
#include <mmscope/run.h>

struct seq_file;

/*
 * The memory a descriptor's records are written to. The module only ever
 * writes it; the owner of the descriptor maps it read-only.
 */
struct mmscope_buffer {
	size_t len;
	void *data;	/* vmalloc memory, charged to the owner's memcg if it can be */
};

/*
 * One look at one table. Filled by mmscope_walk_look(); big (a table fits in),
 * so it is allocated with the descriptor and used under its lock.
 */
struct mmscope_look {
	u64 va;		/* in: address to look at */
	u64 end;	/* in: no slot that begins at or after this is read */
	u32 flags;	/* in: MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER */
	u8 floor;	/* in: lowest level to go down to */
	bool resume;	/* in: may go on from where the look before has been */
	bool whole;	/* in: the rest of the table at once, or nothing */
	u8 level;	/* out: level of the table that was read */
	u16 nr;		/* out: slots in copy[], the first is that of va */
	u32 retries;	/* out: looks thrown away */
	bool lined;	/* out: copy[] is of whole lines of 8 slots; only then */
	u64 dirty;	/* has a bit for each line of copy[]; 0: all 8 are 0 */
	u16 entries;	/* out, at the floor: how many in copy[] are not empty */
	u8 result;	/* out: MMSCOPE_END_* for the entry at va */
	u64 *slot[MMSCOPE_LEVELS_MAX];	/* out: slots passed, by level */
	u64 entry[MMSCOPE_LEVELS_MAX];	/* out: what they held */
	u64 known[MMSCOPE_LEVELS_MAX];	/* walk.c: entries that led to a table, */
	u64 known_mm;			/* of this mm (ctx_id), */
	s64 known_gen;			/* with this tlb_gen; the look before */
	u64 known_va;			/* was at this address and */
	u8 known_level;			/* got down to here */
	u64 copy[MMSCOPE_SLOTS];	/* out: the slots from va on */
};

/*
 * An open descriptor of the device, or a debugfs session. Holds mm_count of
 * its target from ATTACH to release, mm_users only while a call runs.
 */
struct mmscope_file {
	struct mutex lock;		/* serialises calls; see above */
	struct mm_struct *mm;		/* set once, under lock */
	struct mmscope_buffer *buffer;	/* set once, by cmpxchg */
	struct mmscope_look look;	/* scratch, under lock */
	bool admin;			/* opener had CAP_SYS_ADMIN at home */
	bool phys;			/* may see frame numbers */
};

/* Counters for debugfs stats; added to once per call. */
struct mmscope_stats {
	atomic64_t walks;
	atomic64_t scans;
	atomic64_t tables;
	atomic64_t entries;
	atomic64_t retries;
	atomic64_t changed;
};

/* abi.c: the format description of this kernel */
extern struct mmscope_format mmscope_abi_format;
void mmscope_abi_init(void);
void mmscope_abi_info(const struct mmscope_file *f, struct mmscope_info *info);
int mmscope_abi_copy_rows(const struct mmscope_info *asked,
			  struct mmscope_info *info);

/* target.c: which mm a descriptor is bound to, and who may */
int mmscope_target_init(void);
bool mmscope_target_by_fd(void);
struct mmscope_file *mmscope_target_alloc(struct file *file);
void mmscope_target_free(struct mmscope_file *f);
int mmscope_target_attach(struct mmscope_file *f, struct mmscope_attach *a);
void mmscope_target_detach(struct mmscope_file *f);
struct mm_struct *mmscope_target_get(struct mmscope_file *f);
void mmscope_target_put(struct mm_struct *mm);
u64 mmscope_target_id(const void *object);
struct mmscope_buffer *mmscope_target_buffer(size_t len);

/* walk.c: with slots.c the only code that reads page-table slots */
bool mmscope_walk_read(void *to, const void *from, size_t len);
int mmscope_walk_look(struct mm_struct *mm, struct mmscope_look *look);
int mmscope_walk_peek(struct mm_struct *mm, struct mmscope_look *look);

/* answer.c: what is made of a look */
extern struct mmscope_stats mmscope_answer_stats;
int mmscope_answer_check(const struct mmscope_file *f, u64 start, u64 end, u32 flags);
u8 mmscope_answer_taken(const struct mmscope_look *look);
u64 mmscope_answer_hide(u64 raw, unsigned int level);
int mmscope_answer_walk(struct mmscope_file *f, struct mmscope_walk *w);

/* scan.c, vma.c, mm.c, task.c: the bulk calls, the mm_struct and who shares it */
int mmscope_scan_fill(struct mmscope_file *f, struct mmscope_scan *s);
int mmscope_vma_fill(struct mmscope_file *f, struct mmscope_vmas *v);
int mmscope_mm_read(struct mmscope_file *f, struct mmscope_mm *out);
int mmscope_task_fill(struct mmscope_file *f, struct mmscope_tasks *a);

/* frame.c, layout.c, zone.c: frames, the regions of the kernel half, zones */
u8 mmscope_frame_kind(u64 pfn, bool *exclusive);
int mmscope_frame_fill(struct mmscope_file *f, struct mmscope_frames *a);
int mmscope_layout_fill(struct mmscope_file *f, struct mmscope_layout *a);
int mmscope_zone_fill(struct mmscope_file *f, struct mmscope_zones *a);

/* fault.c: page faults, for the tracepoint */
int mmscope_fault_init(void);
void mmscope_fault_exit(void);
void mmscope_fault_count(u64 *seen, u64 *missed);

/* chardev.c, debugfs.c: the outlets */
int mmscope_chardev_init(void);
void mmscope_chardev_exit(void);
void mmscope_debugfs_init(void);
void mmscope_debugfs_exit(void);

/* text.c: records as lines, for debugfs */
size_t mmscope_text_walk(char *buf, size_t len, const struct mmscope_walk *w);
size_t mmscope_text_vma(char *buf, size_t len, const struct mmscope_vma *vma);
size_t mmscope_text_mm(char *buf, size_t len, const struct mmscope_mm *mm);
size_t mmscope_text_record(char *buf, size_t len, const struct mmscope_record *rec);
size_t mmscope_text_stats(char *buf, size_t len);

/* selftest.c: the decode against the kernel's own helpers, for debugfs */
int mmscope_selftest_run(struct seq_file *m);

#endif /* MMSCOPE_INTERNAL_H */
