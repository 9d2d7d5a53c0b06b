// SPDX-License-Identifier: GPL-2.0-only
/*
 * The zones of all nodes: ZONES against /proc/zoneinfo, which the kernel writes
 * of the same structures. How many frames are free changes meanwhile.
 */
#include "dev.h"
#include "tap.h"

#define MAX_ZONES 64
#define TOLERANCE 4096	/* free frames, between the two looks */

static struct mmscope_zone zone[MAX_ZONES];
static unsigned int nr_zones;

static void keep(const struct mmscope_zone *z)
{
	if (z->spanned && nr_zones < MAX_ZONES)
		zone[nr_zones++] = *z;
}

/* A line " NAME VALUE" of zoneinfo. */
static void take(const char *line, const char *name, __u64 *value)
{
	size_t len = strlen(name);

	line += strspn(line, " ");
	if (!strncmp(line, name, len) && line[len] == ' ')
		*value = strtoull(line + len, NULL, 10);
}

/* Every zone that spans something; zoneinfo has the others, too. */
static void read_zoneinfo(void)
{
	struct mmscope_zone z = { .node = -1 };
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[256], name[16];
	int node;

	if (!f)
		die("zoneinfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Node %d, zone %15s", &node, name) == 2) {
			unsigned int number = node == z.node ? z.number + 1 : 0;

			keep(&z);
			z = (struct mmscope_zone){ .node = node, .number = number };
			memcpy(z.name, name, sizeof(name));
		}
		take(line, "pages free", &z.free);
		take(line, "spanned", &z.spanned);
		take(line, "present", &z.present);
		take(line, "managed", &z.managed);
		take(line, "start_pfn:", &z.start);
	}
	keep(&z);
	fclose(f);
}

/* Where an empty zone begins is not said. */
static bool same(const struct mmscope_zone *z, const struct mmscope_zone *k)
{
	uint64_t more = z->free > k->free ? z->free - k->free : k->free - z->free;

	return z->node == k->node && z->number == k->number && !strcmp(z->name, k->name) &&
	       (z->start == k->start || !k->present) && z->spanned == k->spanned &&
	       z->present == k->present && z->managed == k->managed && more <= TOLERANCE;
}

int main(void)
{
	struct mmscope_zones a = { .size = sizeof(a) };
	const struct mmscope_zone *z;
	unsigned int i, nodes = 0;
	int device = dev_open();
	const char *buffer = dev_map(device);

	read_zoneinfo();
	if (dev_call(device, MMSCOPE_IOC_ZONES, &a))
		die("ZONES");
	ok(a.count == nr_zones && nr_zones > 1 && a.bytes == (uint64_t)a.count * a.record_size,
	   "%u zones, zoneinfo has %u", a.count, nr_zones);
	for (i = 0; i < a.count && i < nr_zones; i++) {
		z = (const void *)(buffer + i * a.record_size);
		nodes += !i || z->node != zone[i - 1].node;
		ok(same(z, &zone[i]),
		   "node %d zone %u %s: from 0x%lx %lu frames, %lu present, %lu managed, %lu free",
		   z->node, z->number, z->name, (unsigned long)z->start, (unsigned long)z->spanned,
		   (unsigned long)z->present, (unsigned long)z->managed, (unsigned long)z->free);
	}
	printf("# %u nodes\n", nodes);
	return tap_end();
}
