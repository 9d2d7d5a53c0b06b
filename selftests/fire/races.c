// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms and readers: usage: races [--short] [SECONDS-EACH [NAME…]]. With --short a storm
 * that a busy machine has not let happen is skipped. Oracle: what each storm can
 * produce at all, bit by bit and address by address (the tables of shapes), RAM by
 * /proc/iomem, and /proc/vmstat for what is said to have happened meanwhile.
 */
#include "races.h"
#include "tap.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

struct shared *shared;
int shared_fd;
double longer;
unsigned int slow = 1;

static bool brief;

/* ok(), for all files: one count over all */
bool tested(bool good, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return ok(good, "%s", text);
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

unsigned int rnd(unsigned int below)
{
	static uint64_t seed = 12345;

	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (seed >> 33) % below;
}

void *map_at(uint64_t offset, size_t len, int prot, int flags, int fd)
{
	void *p = mmap(AT(offset), len, prot, flags | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* Writes one page in each step. */
void touch(uint64_t from, uint64_t to, uint64_t step)
{
	for (; from < to; from += step)
		memset(AT(from), PATTERN, PAGE);
}

/*
 * Takes and gives back some pages of the lists that tables come from: a pipe's are
 * unmovable as tables are, and the pattern is no entry that any storm makes.
 */
void dirty_freed_pages(void)
{
	static char data[8 * 4096];
	static int fd[2];
	ssize_t n;

	if (!fd[1] && pipe(fd))
		die("pipe");
	memset(data, PATTERN, sizeof(data));
	n = write(fd[1], data, sizeof(data));
	while (n > 0)
		n -= read(fd[0], data, n);
}

bool put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (fd >= 0)
		close(fd);
	return good;
}

bool get(const char *path, char *value, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, value, len - 1);

	if (fd >= 0)
		close(fd);
	value[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The sum of those counters that this kernel has. */
unsigned long vmstat(const char *names)
{
	unsigned long value, sum = 0;
	char line[128], name[80];
	FILE *f = fopen("/proc/vmstat", "r");
	const char *at;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%79s %lu", name, &value) != 2)
			continue;
		at = strstr(names, name);
		if (at && strchr(" ", at[strlen(name)]) && (at == names || at[-1] == ' '))
			sum += value;
	}
	if (f)
		fclose(f);
	return sum;
}

/* Nodes that have memory. */
int nodes(void)
{
	char text[32];
	int n = 1;

	return get("/sys/devices/system/node/has_memory", text, sizeof(text)) &&
	       sscanf(text, "0-%d", &n) == 1 ? n + 1 : 1;
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (cpu >= 0)
		sched_setaffinity(0, sizeof(set), &set);
}

static pid_t group;

/* A process of this race's group, bound to a processor if @cpu is not negative. */
pid_t spawn(void (*fn)(void), int cpu)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid) {
		setpgid(pid, group);
		return pid;
	}
	setpgid(0, group);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu);
	fn();
	_exit(0);
}

/* Ends all of a group, and waits for its orphans too. */
void reap(pid_t pgid)
{
	kill(-pgid, SIGKILL);
	kill(-pgid, SIGCONT);
	while (waitpid(-1, NULL, 0) > 0)
		kill(-pgid, SIGKILL);
}

static const struct race *racing;

static void start_storm(void)
{
	racing->storm();
}

/* Of all readers. */
struct result sum_up(void)
{
	struct result sum = { 0 };
	int i;

	for (i = 0; i < READERS; i++) {
		const struct result *r = &shared->result[i];

		sum.scans += r->scans;
		sum.entries += r->entries;
		sum.retries += r->retries;
		sum.changed += r->changed;
		sum.implausible += r->implausible;
		sum.mixed += r->mixed;
		sum.attached += r->attached;
		sum.ended += r->ended;
		sum.errors += r->errors;
		sum.states |= r->states;
		if (r->implausible && (!sum.first || r->first < sum.first))
			sum.first = r->first;
	}
	return sum;
}

/* What shows that it has raced at all. */
enum proof { STORM = 1, STATES = 2, TARGETS = 4, HELPER = 8, REPEATS = 16 };

/* What of that has not been seen yet. @events: of vmstat, before. */
static unsigned int lacking(const struct race *race, unsigned long events)
{
	struct result sum = sum_up();
	unsigned int what = 0;

	if (!shared->rounds || !sum.entries || (race->events && vmstat(race->events) == events))
		what |= STORM;
	if ((sum.states & race->states) != race->states)
		what |= STATES;
	if ((race->flags & MORTAL) && !(sum.attached > READERS && sum.ended))
		what |= TARGETS;
	if (race->helper && !shared->helped)
		what |= HELPER;
	if (!race->states && !(race->flags & QUIET) && !(sum.retries + sum.changed))
		what |= REPEATS;
	return what;
}

/*
 * The readers of a race, for so many seconds and longer on a busy machine: until it has
 * raced. False if one of them did not come to its end.
 */
static bool read_all(const struct race *race, double seconds, unsigned long events)
{
	double end = now() + seconds + longer;
	pid_t pid[READERS];
	bool good = true;
	int i, status;

	for (i = 0; i < READERS; i++) {
		pid[i] = fork();
		if (pid[i]) {
			shared->reader[i] = pid[i];
			continue;
		}
		if (!(race->flags & ANY_CPU))
			pin(0);
		read_loop(race, i, seconds);
		fflush(stdout);
		_exit(0);
	}
	while (lacking(race, events) && now() < end && !sum_up().errors)
		usleep(20000);
	shared->enough = true;
	for (i = 0; i < READERS; i++) {
		waitpid(pid[i], &status, 0);
		good = good && status == 0;
		shared->reader[i] = 0;
	}
	return good;
}

/* For those who add up. */
void print_counts(const struct race *race, double seconds, const struct result *sum)
{
	printf("# count race-%s seconds %.0f\n", race->name, seconds);
	printf("# count race-%s scans %lu\n", race->name, sum->scans);
	printf("# count race-%s entries %lu\n", race->name, sum->entries);
	printf("# count race-%s retries %lu\n", race->name, sum->retries);
	printf("# count race-%s changed %lu\n", race->name, sum->changed);
	printf("# count race-%s implausible %lu\n", race->name, sum->implausible);
	fflush(stdout);
}

/* A sign that it has raced. */
static void happened(bool good, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (good || !brief)
		ok(good, "%s", text);
	else
		skip(text, "not in the time there was");
}

static void report(const struct race *race, double seconds, bool ended, unsigned int lacks)
{
	struct result sum = sum_up();

	ok(ended && !sum.implausible && !sum.errors && sum.scans && sum.entries,
	   "%s: %lu scans, %lu entries, %lu repeated, %lu lost, %lu implausible, %lu errors",
	   race->name, sum.scans, sum.entries, sum.retries, sum.changed, sum.implausible, sum.errors);
	happened(!(lacks & STORM), "%s: the storm made %lu rounds%s%s", race->name, shared->rounds,
	   race->events ? ", and events in vmstat: " : "", race->events ? race->events : "");
	if (race->states)
		happened(!(lacks & STATES), "%s: seen in each state (0x%x of 0x%x), in more than one in %lu scans",
		   race->name, sum.states, race->states, sum.mixed);
	if (race->flags & MORTAL)
		happened(!(lacks & TARGETS), "%s: %lu targets, %lu calls came too late for theirs",
		   race->name, sum.attached, sum.ended);
	if (race->helper)
		happened(!(lacks & HELPER), "%s: the helper did its work %lu times", race->name, shared->helped);
	if (!race->states && !(race->flags & QUIET))
		happened(!(lacks & REPEATS), "%s: looks had to be repeated", race->name);
	if (sum.implausible)
		printf("# %s: the first implausible one came after %.2f s\n", race->name, sum.first);
	print_counts(race, seconds, &sum);
}

static void run(const struct race *race, double seconds)
{
	const char *why = race->lacks ? race->lacks() : NULL;
	unsigned long before = 0;
	unsigned int lacks;
	double start;
	bool ended;
	int i;

	if (why) {
		skip(race->name, why);
		return;
	}
	memset(shared, 0, sizeof(*shared));
	seconds *= race->times ? race->times : 1;
	if (race->run) {
		race->run(race, seconds);
		return;
	}
	if (race->begin)
		race->begin();
	racing = race;
	if (race->events)
		before = vmstat(race->events);
	fflush(stdout);
	group = 0;
	group = spawn(start_storm, race->flags & ANY_CPU ? -1 : 1);
	if (!(race->flags & MORTAL))
		shared->target = group;
	/* its first round may fill memory, or start programs */
	for (i = 0; i < 10000 && !shared->rounds; i++)
		usleep(1000);
	if (race->helper)
		spawn(race->helper, -1);
	start = now();
	shared->start = start;
	ended = read_all(race, seconds, before);
	reap(group);
	/* at the end, not before: what the storm is about may count late */
	lacks = lacking(race, before);
	if (race->end)
		race->end();
	report(race, now() - start, ended, lacks);
}

static bool chosen(const char *name, int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= 2;
}

/* What the kernel does on its own would come into the storms; back as it was afterwards. */
static void settle(bool begin)
{
	static char thp[64], numa[16];
	const char *thp_file = "/sys/kernel/mm/transparent_hugepage/enabled";
	const char *numa_file = "/proc/sys/kernel/numa_balancing";
	char *at;

	if (begin) {
		get(thp_file, thp, sizeof(thp));
		get(numa_file, numa, sizeof(numa));
		put(thp_file, "madvise");
		put(numa_file, "0");
		return;
	}
	at = strchr(thp, '[');
	if (at && strchr(at, ']')) {
		*strchr(at, ']') = '\0';
		put(thp_file, at + 1);
	}
	put(numa_file, numa);
}

static void run_table(const struct race *race, double seconds, int argc, char **argv)
{
	for (; race->name; race++)
		if (chosen(race->name, argc, argv))
			run(race, seconds);
}

int main(int argc, char **argv)
{
	bool again = argc == 3 && !strcmp(argv[1], "--exec");
	double seconds;

	brief = argc > 1 && !strcmp(argv[1], "--short");
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		slow = 10;
	longer = brief ? 10 + 3 * (slow - 1) : 30 + 10 * (slow - 1);
	argc -= brief;
	argv += brief;
	seconds = argc > 1 ? atof(argv[1]) : 2;
	shared_fd = again ? atoi(argv[2]) : memfd_create("races", 0);
	if (shared_fd < 0 || (!again && ftruncate(shared_fd, sizeof(*shared))))
		die("memfd");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	if (again)
		storm_exec();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	read_prepare();
	settle(true);
	run_table(map_races, seconds, argc, argv);
	run_table(huge_races, seconds, argc, argv);
	run_table(move_races, seconds, argc, argv);
	run_table(end_races, seconds, argc, argv);
	settle(false);
	return tap_end();
}
