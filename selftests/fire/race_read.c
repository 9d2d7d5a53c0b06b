// SPDX-License-Identifier: GPL-2.0-only
/*
 * The readers: SCAN in both forms, and now and then each other call. Every entry is
 * held against the shapes of the race; whatever fits none of them is implausible.
 * Oracle of frames: the System RAM of /proc/iomem, and which node has them by
 * /proc/zoneinfo; of swap slots /proc/swaps.
 */
#include "races.h"

#include <sched.h>
#include <sys/utsname.h>

#define MAX_RANGES 64

static struct { uint64_t start, last; int node; } ram[MAX_RANGES], node_zone[MAX_RANGES];
static unsigned int nr_ram, nr_node_zones, migration_first, migration_last, swap_files;
static bool dirty_is_kept;
static uint64_t swap_pages;
static struct mmscope_info info;

struct reader {
	const struct race *race;
	struct result *out;
	int fd, other;			/* bound to the target, to its partner */
	const char *buffer;
	uint64_t frame;			/* the last that was seen */
	unsigned int states, attached_states;	/* of this scan, of this descriptor */
	unsigned long suspect;		/* entries with frames that are offline now, or were */
	uint64_t off_start, off_end;
};

static void read_iomem(void)
{
	unsigned long start, last;
	char line[256];
	FILE *f = fopen("/proc/iomem", "r");

	while (f && nr_ram < MAX_RANGES && fgets(line, sizeof(line), f))
		if (strstr(line, "System RAM") && sscanf(line, "%lx-%lx", &start, &last) == 2 && last) {
			ram[nr_ram].start = start / PAGE;
			ram[nr_ram++].last = last / PAGE;
		}
	if (f)
		fclose(f);
	if (!nr_ram)
		die("/proc/iomem has no System RAM");
}

static void read_zoneinfo(void)
{
	unsigned long spanned = 0, start;
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[256];
	int node = 0;

	while (f && nr_node_zones < MAX_RANGES && fgets(line, sizeof(line), f)) {
		sscanf(line, "Node %d", &node);
		sscanf(line, " spanned %lu", &spanned);
		if (sscanf(line, " start_pfn: %lu", &start) != 1 || !spanned)
			continue;
		node_zone[nr_node_zones].start = start;
		node_zone[nr_node_zones].last = start + spanned - 1;
		node_zone[nr_node_zones++].node = node;
	}
	if (f)
		fclose(f);
}

static void read_swaps(void)
{
	unsigned long kib;
	char line[256];
	FILE *f = fopen("/proc/swaps", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %lu", &kib) == 1) {
			swap_files++;
			swap_pages = kib / 4 + 1 > swap_pages ? kib / 4 + 1 : swap_pages;
		}
	if (f)
		fclose(f);
}

/* Which swap types mean migration only the kernel's headers know: INFO has them. */
static void read_kinds(void)
{
	struct mmscope_kind kind[32];
	int fd = dev_open();
	unsigned int i;

	info = (struct mmscope_info){
		.size = sizeof(info), .kinds = (uintptr_t)kind, .nr_kinds = COUNT(kind),
	};
	if (dev_call(fd, MMSCOPE_IOC_INFO, &info))
		die("INFO");
	close(fd);
	migration_first = 64;
	for (i = 0; i < info.nr_kinds && i < COUNT(kind); i++) {
		if (strncmp(kind[i].name, "migration", 9))
			continue;
		if (kind[i].first < migration_first)
			migration_first = kind[i].first;
		if (kind[i].last > migration_last)
			migration_last = kind[i].last;
	}
}

/*
 * Migration and the split of a huge page lose the dirty bit of an entry on older kernels
 * (the page's is set): seen on 5.10 and 6.1, not on 6.12.
 */
static void read_release(void)
{
	struct utsname name;
	int major, minor;

	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		die("uname");
	dirty_is_kept = major > 6 || (major == 6 && minor >= 12);
}

void read_prepare(void)
{
	read_release();
	read_iomem();
	read_zoneinfo();
	read_swaps();
	read_kinds();
}

static bool is_ram(uint64_t pfn, unsigned int level)
{
	uint64_t last = pfn + (1UL << (9 * level)) - 1;
	unsigned int i;

	for (i = 0; i < nr_ram; i++)
		if (pfn && pfn >= ram[i].start && last <= ram[i].last)
			return true;
	return false;
}

static unsigned int node_state(uint64_t pfn)
{
	unsigned int i;

	for (i = 0; i < nr_node_zones; i++)
		if (pfn >= node_zone[i].start && pfn <= node_zone[i].last)
			return node_zone[i].node ? ST_NODE1 : ST_NODE0;
	return 0;
}

/* Does it fit but for the address? @pfn: the frame, 0 if there is none. */
static bool fits(const struct shape *s, uint64_t raw, unsigned int level, uint64_t *pfn)
{
	uint64_t mask = E_FRAME & ~((PAGE << (9 * level)) - 1);
	uint64_t bits = raw & ~mask, offset;
	unsigned int type;

	*pfn = 0;
	if (level != s->level || (s->on_older && dirty_is_kept))
		return false;
	if (s->kind == LEAF || s->kind == NOACCESS) {
		/* the dirty bit of an entry that is not writable is kept elsewhere, or not */
		if ((bits & E_SAVED) && (bits & (E_RW | E_D)))
			return false;
		*pfn = ((s->kind == LEAF ? raw : ~raw) & mask) / PAGE;
		return (bits & ~s->may) == s->need && is_ram(*pfn, level);
	}
	bits = raw & ((1UL << info.swp_offset_shift) - 1);
	type = raw >> info.swp_type_shift;
	offset = (~raw & ((1UL << info.swp_type_shift) - 1)) >> info.swp_offset_shift;
	if ((bits & ~s->may) != s->need)
		return false;
	if (s->kind == SWAPPED)
		return type < swap_files && offset && offset < swap_pages;
	*pfn = offset & ((1UL << info.swp_pfn_bits) - 1);
	return type >= migration_first && type <= migration_last && is_ram(*pfn, level);
}

bool read_plausible(const struct race *race, uint64_t va, uint64_t raw, unsigned int level,
		    unsigned int *state)
{
	unsigned int i, here = race->where ? race->where(va) : ANYWHERE;
	uint64_t pfn;

	if (va < BASE || va >= BASE + race->len || !here)
		return false;
	for (i = 0; i < race->nr_shapes; i++)
		if (fits(&race->shapes[i], raw, level, &pfn)) {
			*state |= race->shapes[i].state | (here & ~ANYWHERE) | node_state(pfn);
			return true;
		}
	return false;
}

/* Counts it. Return: is it one of the first, to be printed? */
static bool implausible(struct reader *r)
{
	if (!r->out->implausible)
		r->out->first = now() - shared->start;
	return r->out->implausible++ < 5;
}

/* A frame that was offline when the scan began is wrong, if it still is at its end. */
static void suspect(struct reader *r, uint64_t raw, unsigned int level)
{
	uint64_t pfn = (raw & E_FRAME) / PAGE;

	if ((raw & E_P) && pfn >= r->off_start && pfn < r->off_end && level < 2)
		r->suspect++;
}

static void judge(struct reader *r, uint64_t va, uint64_t raw, unsigned int level)
{
	unsigned int state = 0;

	r->out->entries++;
	suspect(r, raw, level);
	if (read_plausible(r->race, va, raw, level, &state)) {
		r->states |= state;
		if ((raw & E_P) && !(level && raw & PAGE))
			r->frame = (raw & E_FRAME) / PAGE;
		return;
	}
	if (implausible(r))
		printf("# %s: 0x%lx level %u: 0x%016lx\n", r->race->name, va, level, raw);
}

/* The step of a run, by the header's words. */
static uint64_t step_of(const struct mmscope_record *rec)
{
	uint64_t span = PAGE << (9 * rec->level);

	switch (rec->stride) {
	case MMSCOPE_STRIDE_UP:
		return span;
	case MMSCOPE_STRIDE_DOWN:
		return -span;
	case MMSCOPE_STRIDE_SWAP:
		return -(1UL << info.swp_offset_shift);
	default:
		return 0;
	}
}

/* A pointer to a table: user, writable, accessed or not, a frame of RAM; NX never. */
static bool good_table(uint64_t raw)
{
	return (raw & ~(E_FRAME | E_A | E_D)) == (E_P | E_RW | E_US) &&
	       is_ram((raw & E_FRAME) / PAGE, 0);
}

static void judge_slot(struct reader *r, uint64_t va, uint64_t raw, unsigned int level)
{
	bool table = level && (raw & E_P) && !(raw & E_PS);

	if (!(raw & ~(E_A | E_D)))
		return;
	if (!table) {
		judge(r, va, raw, level);
	} else if (!good_table(raw)) {
		if (implausible(r))
			printf("# %s: 0x%lx level %u: table 0x%016lx\n", r->race->name, va, level, raw);
	}
}

/* One record. Return: the bytes it takes. */
static size_t judge_record(struct reader *r, const struct mmscope_record *rec)
{
	const uint64_t *slot = (const uint64_t *)(rec + 1);
	uint64_t span = PAGE << (9 * rec->level);
	uint32_t i;

	switch (rec->type) {
	case MMSCOPE_REC_RUN:
		for (i = 0; i < rec->nr; i++)
			judge(r, rec->va + i * span, rec->data + i * step_of(rec), rec->level);
		return sizeof(*rec);
	case MMSCOPE_REC_BLOCK:
		for (i = 0; i < rec->nr; i++)
			judge_slot(r, rec->va + i * span, slot[i], rec->level);
		return sizeof(*rec) + rec->nr * 8;
	case MMSCOPE_REC_CHANGED:
		return sizeof(*rec);
	default:
		/* a table that is no online memory is never linked */
		if (implausible(r))
			printf("# %s: record of type %u at 0x%llx: 0x%llx\n", r->race->name, rec->type,
			       (unsigned long long)rec->va, (unsigned long long)rec->data);
		return sizeof(*rec);
	}
}

/* ESRCH is an answer where targets are mortal; all else is an error. Return: @err. */
static int answer(struct reader *r, const char *call, int err)
{
	if (!err)
		return 0;
	if (err == ESRCH && (r->race->flags & MORTAL)) {
		r->out->ended += strcmp(call, "ATTACH") != 0;
		return err;
	}
	if (r->out->errors++ < 5)
		printf("# %s: %s: %s\n", r->race->name, call, strerror(err));
	return err;
}

static int scan_all(struct reader *r, unsigned int form)
{
	struct mmscope_scan s = {
		.size = sizeof(s), .flags = form, .start = BASE, .end = BASE + r->race->len,
		.levels = form == MMSCOPE_SCAN_RUNS ? 7 : 3,
	};
	uint64_t at;
	int err;

	for (s.resume = BASE; s.resume < s.end;) {
		s.start = s.resume;
		r->out->in_call = 1;
		err = answer(r, "SCAN", dev_call(r->fd, MMSCOPE_IOC_SCAN, &s));
		r->out->in_call = 0;
		if (err)
			return err;
		r->out->retries += s.retries;
		r->out->changed += s.changed;
		for (at = 0; at < s.bytes;)
			at += judge_record(r, (const void *)(r->buffer + at));
		if (at != s.bytes || s.resume < s.start || s.resume > s.end)
			return answer(r, "SCAN: bounds", ERANGE);
	}
	return 0;
}

/* One scan of all there is, with what belongs to it. */
static int scan(struct reader *r, unsigned int form)
{
	unsigned long seq = shared->off_seq;
	unsigned int own;
	int err;

	r->off_start = shared->off_start;
	r->off_end = shared->off_end;
	r->states = 0;
	r->suspect = 0;
	err = scan_all(r, form);
	if (err)
		return err;
	shared->frame = r->frame;
	if (r->suspect && shared->off_seq == seq) {
		printf("# %s: %lu entries with frames that are offline\n", r->race->name, r->suspect);
		implausible(r);
	}
	r->out->scans++;
	r->out->states |= r->states;
	own = r->states & ST_SHAPES;
	r->out->mixed += (own & (own - 1)) != 0;
	r->attached_states |= r->states & ST_SHAPES;
	if ((r->race->flags & ONE_STATE) && (r->attached_states & (r->attached_states - 1)) &&
	    implausible(r))
		printf("# %s: one descriptor, two address spaces\n", r->race->name);
	return 0;
}

static int walk_some(struct reader *r)
{
	unsigned int i, j;
	int err;

	for (i = 0; i < 8; i++) {
		struct mmscope_walk w = {
			.size = sizeof(w), .va = BASE + rnd(r->race->len / PAGE) * PAGE,
		};

		err = answer(r, "WALK", dev_call(r->fd, MMSCOPE_IOC_WALK, &w));
		if (err)
			return err;
		r->out->retries += w.retries;
		if (w.result == MMSCOPE_END_CHANGED)
			continue;
		for (j = 0; j + 1 < w.nr_levels; j++)
			judge_slot(r, w.va, w.level[j].entry, w.level[j].level);
		if (w.result == MMSCOPE_END_BAD)
			return answer(r, "WALK: a table that is no memory", ERANGE);
		if (w.result != MMSCOPE_END_NONE)
			judge(r, w.va & -(PAGE << (9 * w.level[j].level)), w.level[j].entry,
			      w.level[j].level);
	}
	return 0;
}

/* The other calls; what they say is tested elsewhere, here that they do not fail. */
static int ask_others(struct reader *r)
{
	struct mmscope_mm mm = { .size = sizeof(mm) };
	struct mmscope_vmas v = { .size = sizeof(v), .start = BASE, .end = BASE + r->race->len };
	struct mmscope_tasks t = { .size = sizeof(t) };
	struct mmscope_frames f = { .size = sizeof(f), .start = r->frame, .end = r->frame + 1 };
	const struct mmscope_frame *frame = (const void *)r->buffer;
	int err = answer(r, "MM", dev_call(r->fd, MMSCOPE_IOC_MM, &mm));

	if (!err)
		err = answer(r, "VMAS", dev_call(r->fd, MMSCOPE_IOC_VMAS, &v));
	if (!err)
		err = answer(r, "TASKS", dev_call(r->fd, MMSCOPE_IOC_TASKS, &t));
	if (err || !r->frame)
		return err;
	err = answer(r, "FRAMES", dev_call(r->fd, MMSCOPE_IOC_FRAMES, &f));
	if (!err && (f.count != 1 || frame->pfn != r->frame))
		answer(r, "FRAMES: another frame", ERANGE);
	return err;
}

/* The physical address of the slot of level 1, 0 if the walk does not go that far. */
static uint64_t slot_of(int fd, uint64_t va)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = va };
	unsigned int i;

	if (dev_call(fd, MMSCOPE_IOC_WALK, &w))
		return 0;
	for (i = 0; i < w.nr_levels; i++)
		if (w.level[i].level == 1)
			return w.level[i].slot;
	return 0;
}

static void ask_partner(struct reader *r)
{
	uint64_t one, two;

	if (r->other < 0 && shared->partner) {
		r->other = dev_open();
		if (dev_attach(r->other, shared->partner)) {
			close(r->other);
			r->other = -1;
		}
	}
	if (r->other < 0)
		return;
	one = slot_of(r->fd, BASE);
	two = slot_of(r->other, BASE);
	if (one && two)
		r->out->states |= one == two ? ST_SHARED : ST_OWN;
}

static void detach(struct reader *r)
{
	if (r->fd < 0)
		return;
	munmap((void *)r->buffer, BUFFER_LEN);
	close(r->fd);
	r->fd = -1;
}

/* A new descriptor, bound to who is the target now. Not yet, or no more: ESRCH. */
static int attach(struct reader *r)
{
	pid_t pid;
	int err;

	detach(r);
	if (!shared->target)
		return ESRCH;
	r->fd = dev_open();
	r->buffer = dev_map(r->fd);
	r->attached_states = 0;
	/* only now: a buffer takes longer than some targets live */
	pid = shared->target;
	err = dev_attach(r->fd, pid);
	r->out->attached += !err;
	return answer(r, "ATTACH", err == ENOENT ? ESRCH : err);
}

static int once(struct reader *r, unsigned long i)
{
	int err = scan(r, i % 8 == 5 ? MMSCOPE_SCAN_BLOCKS : MMSCOPE_SCAN_RUNS);

	if (!err && i % 16 == 9)
		err = walk_some(r);
	if (!err && i % 32 == 17)
		err = ask_others(r);
	if (!err && (r->race->flags & PARTNER))
		ask_partner(r);
	return err;
}

void read_loop(const struct race *race, unsigned int number, double seconds)
{
	struct reader r = { .race = race, .out = &shared->result[number], .fd = -1, .other = -1 };
	struct sched_param param = { 0 };
	double end = now() + seconds;
	unsigned long i;
	int err = 0;

	if ((race->flags & IDLE_READERS) && sched_setscheduler(0, SCHED_IDLE, &param))
		die("SCHED_IDLE");
	for (i = number; !r.out->errors; i++) {
		if (now() >= end && (shared->enough || now() >= end + longer))
			break;
		if (r.fd < 0 || err)
			err = attach(&r);
		if (!err)
			err = once(&r, i);
		else
			usleep(500);
	}
	detach(&r);
}
