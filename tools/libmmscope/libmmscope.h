/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libmmscope: the records of one process, from the live device or from a
 * recording; whoever reads does not know which.
 *
 * Functions return 0 or a negative errno:
 *   -ENODEV   the module is not loaded (or the path is not its device)
 *   -EPROTO   the module, or the recording, speaks another ABI version
 *   -EACCES, -EPERM   not allowed
 *   -ESRCH    no such process, or it exited or called exec meanwhile
 *   -ENXIO    a kernel thread
 *   -EBADMSG  the recording is damaged
 *   -EOPNOTSUPP  the machine has no such thing (page-table isolation is off)
 *   -ENODATA  the recording does not hold it
 *   anything else as the system call gave it
 */
#ifndef LIBMMSCOPE_H
#define LIBMMSCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/mmscope.h>

/* A word of C++: there this field of struct mmscope_entry is called klass. */
#ifdef __cplusplus
#define class klass
extern "C" {
#endif
#include <mmscope/decode.h>
#include <mmscope/rights.h>
#include <mmscope/run.h>
#include <mmscope/version.h>
#ifdef __cplusplus
#undef class
#endif

/* What follows is exported (libmmscope.map); the library is built with all else hidden. */
#pragma GCC visibility push(default)

struct libmmscope_source;

/**
 * libmmscope_open_live - bind to a running process
 * @pid: its process id
 * @out: the source, to be closed with libmmscope_close()
 * @lender: may be NULL; with -ENXIO the process whose address space the kernel
 *          thread borrows, 0 if none, -1 if not known
 */
int libmmscope_open_live(pid_t pid, struct libmmscope_source **out, pid_t *lender);

/**
 * libmmscope_open_one_of_many - bind to one of many processes that are looked at in turn
 * @pid: its process id
 * @out: the source, to be closed with libmmscope_close()
 *
 * Its answers are shorter, for a buffer costs more than most processes have to say;
 * of a list of threads a part may be missing.
 */
int libmmscope_open_one_of_many(pid_t pid, struct libmmscope_source **out);

/**
 * libmmscope_open_recording - read a file made by libmmscope_record()
 * @path: file name, or FILE@N: its Nth moment; without N the last that is whole
 * @out: the source, to be closed with libmmscope_close()
 *
 * Of a damaged file what comes before the damage; libmmscope_damage() tells.
 * -ENOENT with FILE@N: the file has no such moment.
 */
int libmmscope_open_recording(const char *path, struct libmmscope_source **out);

/* Ends a source; NULL is allowed. */
void libmmscope_close(struct libmmscope_source *src);

/* What entries mean where the source comes from. Valid until close. */
const struct mmscope_format *libmmscope_format(const struct libmmscope_source *src);

/* Process id, of then if it is a recording. */
pid_t libmmscope_pid(const struct libmmscope_source *src);

/* Identity of the address space: equal for the same one (see struct mmscope_attach). */
uint64_t libmmscope_mm_id(const struct libmmscope_source *src);

/* Every level of one address; see struct mmscope_walk. Set w->va and w->flags. */
int libmmscope_walk(struct libmmscope_source *src, struct mmscope_walk *w);

/**
 * libmmscope_scan - the next records of a range
 * @src: source
 * @scan: see struct mmscope_scan; the caller sets flags, start, end, levels
 *        and filter, and goes on at scan->resume until that equals scan->end
 * @records: scan->bytes bytes of records, valid until the next call
 */
int libmmscope_scan(struct libmmscope_source *src, struct mmscope_scan *scan,
		    const void **records);

/* The next VMAs of a range; in the same manner, struct mmscope_vma records. */
int libmmscope_vmas(struct libmmscope_source *src, struct mmscope_vmas *vmas,
		    const void **records);

/* Fields and counters of the mm_struct. */
int libmmscope_mm(struct libmmscope_source *src, struct mmscope_mm *mm);

/* The tasks that share the mm: struct mmscope_task records, valid until the next call. */
int libmmscope_tasks(struct libmmscope_source *src, struct mmscope_tasks *tasks,
		     const void **records);

/**
 * libmmscope_frames - facts about frames
 * @src: source; not of recordings (-ENODATA)
 * @frames: see struct mmscope_frames; set flags, start and end
 * @records: struct mmscope_frame records, valid until the next call
 */
int libmmscope_frames(struct libmmscope_source *src, struct mmscope_frames *frames,
		      const void **records);

/* The regions of the kernel half; struct mmscope_region records. Not of recordings. */
int libmmscope_layout(struct libmmscope_source *src, struct mmscope_layout *layout,
		      const void **records);

/* The zones of all nodes; struct mmscope_zone records. Not of recordings. */
int libmmscope_zones(struct libmmscope_source *src, struct mmscope_zones *zones,
		     const void **records);

/* All zones, in one block of memory. */
struct libmmscope_zones {
	size_t count;
	struct mmscope_zone *zone;
};

/* All of them; to be freed with libmmscope_zones_free(). */
int libmmscope_zones_read(struct libmmscope_source *src, struct libmmscope_zones *zones);
void libmmscope_zones_free(struct libmmscope_zones *zones);

/*
 * Name of a zone by node and number, as in struct mmscope_frame; "zone2" if it
 * spans nothing: frames at the edge of memory may be said to be in such a one.
 */
const char *libmmscope_zone_name(const struct libmmscope_zones *zones, int node,
				 unsigned int number);

/* All regions, in one block of memory. */
struct libmmscope_regions {
	size_t count;
	struct mmscope_region *region;
};

/* The whole layout; to be freed with libmmscope_regions_free(). */
int libmmscope_regions_read(struct libmmscope_source *src, struct libmmscope_regions *regions);
void libmmscope_regions_free(struct libmmscope_regions *regions);

/* The smallest region that covers an address, or NULL. */
const struct mmscope_region *
libmmscope_regions_find(const struct libmmscope_regions *regions, uint64_t va);

/**
 * libmmscope_swap_name - device or file of a swap type
 * @src: source
 * @type: swap type number of an entry
 *
 * /proc/swaps lists the areas in the order of their types but leaves out numbers
 * that are free. With one area the answer is certain; with several it is right
 * unless an area before it was switched off since.
 * Return: its path as in /proc/swaps, or NULL. Valid until close.
 */
const char *libmmscope_swap_name(struct libmmscope_source *src, unsigned int type);

/* All VMAs, as pointers into one block of memory. */
struct libmmscope_maps {
	size_t count;
	const struct mmscope_vma **vma;
	void *memory;
};

/**
 * libmmscope_maps_read - the whole memory map
 * @src: source
 * @maps: filled in; to be freed with libmmscope_maps_free()
 */
int libmmscope_maps_read(struct libmmscope_source *src, struct libmmscope_maps *maps);
void libmmscope_maps_free(struct libmmscope_maps *maps);

/* Number of the first VMA that ends after an address; maps->count if none does. */
size_t libmmscope_maps_after(const struct libmmscope_maps *maps, uint64_t va);

/* The VMA that covers an address, or NULL. */
const struct mmscope_vma *libmmscope_maps_find(const struct libmmscope_maps *maps,
					       uint64_t va);

/* The first VMA that begins after an address, or NULL. */
const struct mmscope_vma *libmmscope_maps_next(const struct libmmscope_maps *maps,
					       uint64_t va);

/* A string of a VMA record by its offset field, or NULL. */
static inline const char *libmmscope_vma_string(const struct mmscope_vma *vma, __u16 at)
{
	return at ? (const char *)vma + at : NULL;
}

/* How a moment of a recording has ended. */
enum {
	LIBMMSCOPE_ENDED_WHOLE = 0,
	LIBMMSCOPE_ENDED_INTERRUPTED = 1,	/* by whoever recorded */
	LIBMMSCOPE_ENDED_GONE = 2,	/* the process exited or called exec meanwhile */
};

/* Counters of what a moment of a recording holds; also in the file. */
struct libmmscope_recorded {
	uint64_t tables;	/* page tables that were read */
	uint64_t entries;	/* in them, that are not empty */
	uint64_t retries;	/* looks that had to be repeated */
	uint64_t changed;	/* spans that could not be read */
	uint32_t out_flags;	/* MMSCOPE_OUT_* */
	uint32_t ended;		/* LIBMMSCOPE_ENDED_* */
	uint64_t frames;	/* records of facts about frames */
};

/* libmmscope_moment.flags and libmmscope_what.flags */
#define LIBMMSCOPE_FROZEN	(1U << 0) /* all its tasks were stopped meanwhile */
#define LIBMMSCOPE_FRAMES	(1U << 1) /* with facts about the frames of entries and tables */
#define LIBMMSCOPE_HIDDEN	(1U << 2) /* frame numbers, swap slots, table addresses are 0 */
#define LIBMMSCOPE_AT_EXIT	(1U << 3) /* the process was about to exit */
#define LIBMMSCOPE_PART		(1U << 4) /* there are addresses whose tables were not asked for */

/* One process at one time, as a file holds it. */
struct libmmscope_moment {
	uint32_t number;	/* in the file, from 1 on */
	pid_t pid;
	uint64_t time;		/* nanoseconds since 1970; 0: not known */
	uint64_t start, end;	/* addresses whose tables were read */
	uint32_t flags;		/* LIBMMSCOPE_* as above */
	bool whole;		/* its end is in the file; else the counters are 0 */
	char comm[16];
	struct libmmscope_recorded done;
	uint64_t stored, length;	/* bytes in the file, and unpacked */
	size_t first, count;	/* its chunks, by number */
};

/*
 * A recording as a file: which moments it has and how far it is sound. It may have been
 * written by anybody, cut off or damaged: what comes before the damage can be read.
 */
struct libmmscope_file;

int libmmscope_file_open(const char *path, struct libmmscope_file **out);
void libmmscope_file_close(struct libmmscope_file *file);

/* All moments in order, valid until close; NULL with a count of 0. */
const struct libmmscope_moment *libmmscope_file_moments(const struct libmmscope_file *file,
							size_t *count);

/*
 * Looks at every chunk, not only at their heads: libmmscope_file_damage() tells what was
 * found. 0 or a negative errno, if it could not be read.
 */
int libmmscope_file_check(struct libmmscope_file *file);

/* NULL, or why what follows the offset @at is of no use. */
const char *libmmscope_file_damage(const struct libmmscope_file *file, uint64_t *at);

/* Lines of "name=value": where and by what it was made; to be freed, or NULL. */
char *libmmscope_file_host(struct libmmscope_file *file);

/* The moment that a source is; NULL if it is live. Valid until close. */
const struct libmmscope_moment *libmmscope_moment(const struct libmmscope_source *src);

/* As libmmscope_file_damage(), for the moment that a source is; NULL if it is live. */
const char *libmmscope_damage(const struct libmmscope_source *src, uint64_t *at);

/* What is to be recorded of a source, and whom to tell how far it has come. */
struct libmmscope_what {
	uint32_t flags;		/* LIBMMSCOPE_FRAMES; FROZEN and AT_EXIT are written down */
	uint64_t start, end;	/* addresses, multiples of 4096; 0 and 0: all */
	/* NULL, or told after each piece; what is not 0 ends the moment there */
	int (*progress)(void *arg, const char *unit, uint64_t done, uint64_t total);
	void *arg;
};

/* A recording that is being written. */
struct libmmscope_recorder;

/**
 * libmmscope_recorder_begin - begin a file
 * @stream: opened for writing, at its start
 * @host: lines of "name=value" to be written down as well, or NULL
 * @out: to be ended with libmmscope_recorder_end()
 */
int libmmscope_recorder_begin(FILE *stream, const char *host, struct libmmscope_recorder **out);

/**
 * libmmscope_recorder_add - one moment of one process
 * @rec: recorder
 * @src: source; all sources of one file come from the same kernel (else -EINVAL)
 * @what: which part of it; NULL: all, without facts about frames
 * @done: filled in
 *
 * Return: 0, also if it was interrupted or the process is gone: @done->ended tells. A
 * negative errno if the file could not be written, or nothing of the process be read.
 */
int libmmscope_recorder_add(struct libmmscope_recorder *rec, struct libmmscope_source *src,
			    const struct libmmscope_what *what, struct libmmscope_recorded *done);

/* Ends the file and the recorder; 0 or a negative errno. NULL is allowed. */
int libmmscope_recorder_end(struct libmmscope_recorder *rec);

/**
 * libmmscope_record - a file of one moment
 * @src: source
 * @stream: opened for writing, at its start
 * @done: filled in
 */
int libmmscope_record(struct libmmscope_source *src, FILE *stream,
		      struct libmmscope_recorded *done);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* LIBMMSCOPE_H */
