// SPDX-License-Identifier: GPL-2.0-only
/* What is mapped in an address space: areas by address, the newest over the older. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

void trace_areas_forget(struct trace_areas *as)
{
	size_t i;

	for (i = 0; i < as->nr; i++)
		free(as->area[i].path);
	free(as->area);
	*as = (struct trace_areas){ 0 };
}

/* The first that ends after an address; nr: there is none. */
static size_t first_after(const struct trace_areas *as, uint64_t va)
{
	size_t low = 0, high = as->nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (as->area[middle].end <= va)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct trace_area *trace_areas_at(const struct trace_areas *as, uint64_t va)
{
	size_t i = first_after(as, va);

	return i < as->nr && as->area[i].start <= va ? &as->area[i] : NULL;
}

/* Room for so many more. False: out of memory. */
static bool grow(struct trace_areas *as, size_t more)
{
	const size_t room = as->nr + more + as->nr / 4;
	struct trace_area *area;

	if (as->nr + more <= as->room)
		return true;
	area = reallocarray(as->area, room, sizeof(*area));
	if (!area)
		return false;
	as->area = area;
	as->room = room;
	return true;
}

/* Two areas of one that goes on over an address; there is room for one more. */
static void split(struct trace_areas *as, uint64_t va)
{
	size_t i = first_after(as, va);
	struct trace_area *a = &as->area[i];

	if (i == as->nr || a->start >= va)
		return;
	memmove(a + 1, a, (as->nr++ - i) * sizeof(*a));
	a->end = va;
	a++;
	a->offset += va - a->start;
	a->start = va;
	a->path = tool_copy(a->path, SIZE_MAX);
}

void trace_areas_put(struct trace_areas *as, const struct trace_area *a)
{
	size_t from, to;

	/* itself, and the ends of what it cuts in two */
	if (a->start >= a->end || !grow(as, 3)) {
		free(a->path);
		return;
	}
	split(as, a->start);
	split(as, a->end);
	from = first_after(as, a->start);
	for (to = from; to < as->nr && as->area[to].start < a->end; to++)
		free(as->area[to].path);
	memmove(&as->area[from + 1], &as->area[to], (as->nr - to) * sizeof(*a));
	as->nr -= to - from;
	as->nr++;
	as->area[from] = *a;
}

void trace_areas_copy(struct trace_areas *to, const struct trace_areas *from)
{
	struct trace_area *a;
	size_t i;

	if (!grow(to, from->nr))
		return;
	for (i = 0; i < from->nr; i++) {
		a = &to->area[to->nr++];
		*a = from->area[i];
		a->path = tool_copy(a->path, SIZE_MAX);
	}
}
