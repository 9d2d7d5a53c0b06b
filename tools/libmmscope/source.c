// SPDX-License-Identifier: GPL-2.0-only
/* What all sources have in common. */
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MMSCOPE_ABI_STRUCT(type, bytes)	\
	_Static_assert(sizeof(struct type) == (bytes), #type);
#define MMSCOPE_ABI_FIELD(type, field, at, bytes)	\
	_Static_assert(offsetof(struct type, field) == (at) &&	\
		       sizeof(((struct type *)0)->field) == (bytes), #type "." #field);
#include <linux/mmscope_abi.def>

int source_check_abi(const struct mmscope_info *info)
{
	return info->abi_version == MMSCOPE_ABI_VERSION ? 0 : -EPROTO;
}

static void *copy(const void *from, size_t nr, size_t size)
{
	void *to = calloc(nr ? nr : 1, size);

	if (to && nr)
		memcpy(to, from, nr * size);
	return to;
}

int source_set_format(struct libmmscope_source *src, const struct mmscope_info *info,
		      const void *bits, const void *kinds, const void *vma_flags)
{
	struct mmscope_format *f = &src->format;

	f->info = *info;
	f->bits = copy(bits, info->nr_bits, sizeof(*f->bits));
	f->kinds = copy(kinds, info->nr_kinds, sizeof(*f->kinds));
	f->vma_flags = copy(vma_flags, info->nr_vma_flags, sizeof(*f->vma_flags));
	return f->bits && f->kinds && f->vma_flags ? 0 : -ENOMEM;
}

void libmmscope_close(struct libmmscope_source *src)
{
	if (!src)
		return;
	src->ops->close(src);
	free((void *)src->format.bits);
	free((void *)src->format.kinds);
	free((void *)src->format.vma_flags);
	free(src->swap);
	free(src->swaps);
	free(src);
}

const struct mmscope_format *libmmscope_format(const struct libmmscope_source *src)
{
	return &src->format;
}

pid_t libmmscope_pid(const struct libmmscope_source *src)
{
	return src->pid;
}

uint64_t libmmscope_mm_id(const struct libmmscope_source *src)
{
	return src->mm_id;
}

int libmmscope_walk(struct libmmscope_source *src, struct mmscope_walk *w)
{
	w->size = sizeof(*w);
	if (!(w->flags & MMSCOPE_HALF_KERNEL) && w->va >= src->format.info.task_size)
		return -EINVAL;
	return src->ops->walk(src, w);
}

int libmmscope_scan(struct libmmscope_source *src, struct mmscope_scan *scan,
		    const void **records)
{
	scan->size = sizeof(*scan);
	return src->ops->scan(src, scan, records);
}

int libmmscope_vmas(struct libmmscope_source *src, struct mmscope_vmas *vmas,
		    const void **records)
{
	vmas->size = sizeof(*vmas);
	vmas->flags = 0;
	return src->ops->vmas(src, vmas, records);
}

int libmmscope_mm(struct libmmscope_source *src, struct mmscope_mm *mm)
{
	mm->size = sizeof(*mm);
	mm->flags = 0;
	return src->ops->mm(src, mm);
}

int libmmscope_tasks(struct libmmscope_source *src, struct mmscope_tasks *tasks,
		     const void **records)
{
	*tasks = (struct mmscope_tasks){ .size = sizeof(*tasks) };
	return src->ops->tasks(src, tasks, records);
}

int libmmscope_frames(struct libmmscope_source *src, struct mmscope_frames *frames,
		      const void **records)
{
	frames->size = sizeof(*frames);
	return src->ops->frames(src, frames, records);
}

int libmmscope_layout(struct libmmscope_source *src, struct mmscope_layout *layout,
		      const void **records)
{
	*layout = (struct mmscope_layout){ .size = sizeof(*layout) };
	return src->ops->layout(src, layout, records);
}

int libmmscope_zones(struct libmmscope_source *src, struct mmscope_zones *zones,
		     const void **records)
{
	*zones = (struct mmscope_zones){ .size = sizeof(*zones) };
	return src->ops->zones(src, zones, records);
}

/* Records of any length, each cut to what we know of it, into one block. */
static void *copy_records(const void *records, __u32 count, __u32 record_size, size_t size)
{
	char *to = calloc(count + 1, size);
	__u32 i;

	for (i = 0; to && i < count; i++)
		memcpy(to + i * size, (const char *)records + (size_t)i * record_size, size);
	return to;
}

int libmmscope_zones_read(struct libmmscope_source *src, struct libmmscope_zones *zones)
{
	struct mmscope_zones z;
	const void *records;
	int err = libmmscope_zones(src, &z, &records);

	memset(zones, 0, sizeof(*zones));
	if (err)
		return err;
	zones->zone = copy_records(records, z.count, z.record_size, sizeof(*zones->zone));
	if (!zones->zone)
		return -ENOMEM;
	zones->count = z.count;
	return 0;
}

void libmmscope_zones_free(struct libmmscope_zones *zones)
{
	free(zones->zone);
	memset(zones, 0, sizeof(*zones));
}

const char *libmmscope_zone_name(const struct libmmscope_zones *zones, int node,
				 unsigned int number)
{
	static const char * const empty[] = {
		"zone0", "zone1", "zone2", "zone3", "zone4", "zone5", "zone6", "zone7",
	};
	size_t i;

	for (i = 0; i < zones->count; i++)
		if (zones->zone[i].node == node && zones->zone[i].number == number)
			return zones->zone[i].name;
	return number < sizeof(empty) / sizeof(empty[0]) ? empty[number] : "?";
}

int libmmscope_regions_read(struct libmmscope_source *src, struct libmmscope_regions *regions)
{
	struct mmscope_layout layout;
	const void *records;
	int err = libmmscope_layout(src, &layout, &records);

	memset(regions, 0, sizeof(*regions));
	if (err)
		return err;
	regions->region = copy_records(records, layout.count, layout.record_size,
				       sizeof(*regions->region));
	if (!regions->region)
		return -ENOMEM;
	regions->count = layout.count;
	return 0;
}

void libmmscope_regions_free(struct libmmscope_regions *regions)
{
	free(regions->region);
	memset(regions, 0, sizeof(*regions));
}

const struct mmscope_region *
libmmscope_regions_find(const struct libmmscope_regions *regions, uint64_t va)
{
	const struct mmscope_region *best = NULL, *r;
	size_t i;

	for (i = 0; i < regions->count; i++) {
		r = &regions->region[i];
		if (va >= r->start && va < r->end &&
		    (!best || r->end - r->start < best->end - best->start))
			best = r;
	}
	return best;
}

/* Cuts the text into names: the first word of every line after the heading. */
static void index_swaps(struct libmmscope_source *src)
{
	size_t nr = 0, lines = 0;
	char *p, *line, *rest;

	for (p = src->swaps; *p; p++)
		lines += *p == '\n';
	src->swap = calloc(lines + 2, sizeof(*src->swap));
	if (!src->swap)
		return;
	strtok_r(src->swaps, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest))) {
		line[strcspn(line, " \t")] = '\0';
		src->swap[nr++] = line;
	}
}

const char *libmmscope_swap_name(struct libmmscope_source *src, unsigned int type)
{
	unsigned int i;

	if (!src->swaps_known) {
		src->swaps_known = true;
		src->swaps = src->ops->swaps(src);
		if (src->swaps)
			index_swaps(src);
	}
	if (!src->swap || !src->swap[0])
		return NULL;
	if (!src->swap[1])
		return src->swap[0];
	for (i = 0; src->swap[i]; i++)
		if (i == type)
			return src->swap[i];
	return NULL;
}

static int index_maps(struct libmmscope_maps *maps, size_t bytes)
{
	const char *p = maps->memory;
	size_t n = 0, at;

	maps->vma = calloc(maps->count + 1, sizeof(*maps->vma));
	if (!maps->vma)
		return -ENOMEM;
	for (at = 0; at < bytes; at += maps->vma[n++]->bytes)
		maps->vma[n] = (const struct mmscope_vma *)(p + at);
	return 0;
}

int libmmscope_maps_read(struct libmmscope_source *src, struct libmmscope_maps *maps)
{
	struct mmscope_vmas v = { .end = src->format.info.task_size };
	size_t bytes = 0;
	const void *records;
	void *more;
	int err;

	memset(maps, 0, sizeof(*maps));
	for (v.resume = 0; v.resume < v.end;) {
		v.start = v.resume;
		err = libmmscope_vmas(src, &v, &records);
		if (err)
			goto out_free;
		more = realloc(maps->memory, bytes + v.bytes + 1);
		err = -ENOMEM;
		if (!more)
			goto out_free;
		maps->memory = more;
		if (v.bytes)
			memcpy((char *)more + bytes, records, v.bytes);
		bytes += v.bytes;
		maps->count += v.count;
	}
	err = index_maps(maps, bytes);
	if (!err)
		return 0;
out_free:
	libmmscope_maps_free(maps);
	return err;
}

void libmmscope_maps_free(struct libmmscope_maps *maps)
{
	free(maps->vma);
	free(maps->memory);
	memset(maps, 0, sizeof(*maps));
}

size_t libmmscope_maps_after(const struct libmmscope_maps *maps, uint64_t va)
{
	size_t low = 0, high = maps->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (maps->vma[mid]->end <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct mmscope_vma *libmmscope_maps_find(const struct libmmscope_maps *maps,
					       uint64_t va)
{
	size_t i = libmmscope_maps_after(maps, va);

	return i < maps->count && maps->vma[i]->start <= va ? maps->vma[i] : NULL;
}

const struct mmscope_vma *libmmscope_maps_next(const struct libmmscope_maps *maps,
					       uint64_t va)
{
	size_t i = libmmscope_maps_after(maps, va);

	i += i < maps->count && maps->vma[i]->start <= va;
	return i < maps->count ? maps->vma[i] : NULL;
}
