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
#include <mmscope/decode.h>
#include <mmscope/rights.h>
#include <mmscope/run.h>

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
 * @path: file name
 * @out: the source, to be closed with libmmscope_close()
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

/* Counters of what a recording holds. */
struct libmmscope_recorded {
	uint64_t tables;
	uint64_t entries;
	uint64_t retries;
	uint64_t changed;
	uint32_t out_flags;
};

/**
 * libmmscope_record - write all of a source to a stream
 * @src: source
 * @stream: opened for writing, at its start
 * @done: filled in
 */
int libmmscope_record(struct libmmscope_source *src, FILE *stream,
		      struct libmmscope_recorded *done);

#endif /* LIBMMSCOPE_H */
