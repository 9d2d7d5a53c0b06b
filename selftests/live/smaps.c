// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope smaps against /proc/PID/smaps and smaps_rollup, every field of every VMA,
 * of all scenes in all their states, stopped meanwhile. Oracle: the kernel's files.
 * Reference counts and flags of frames may change although the process is stopped
 * (per-cpu lists, reclaim): a field counts if the kernel says the same before and
 * after the tool has looked, and what differs is looked at again.
 *
 *   smaps [SCENE…]
 */
#include "dev.h"
#include "tap.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

#define MAX_FIELDS 40
#define MAX_VMAS 2048
#define MAX_PIDS 16
#define TRIES 30
#define HANGS_MS 300000

/* What smaps has and the tool has not: no sums, or not to be seen (swap counts). */
static const char * const left_out[] = { "SwapPss", "THPeligible", "ProtectionKey", "VmFlags" };

static const char * const all[] = {
#define SCENE(name, help) #name,
#define SCENE_PROGRAM(name, help) #name,
#include "../scenes/scenes.def"
};

static char fields[MAX_FIELDS][32];
static unsigned int nr_fields;
static unsigned long nonzero[MAX_FIELDS];	/* VMAs where a field was not 0, and the same */

struct vma {
	uint64_t start, end;
	bool file;			/* of a file, or a sum with such ones */
	int64_t kib[MAX_FIELDS];	/* -1: not said */
	char notes[128];
};

struct sums {
	unsigned int nr;
	struct vma vma[MAX_VMAS];
};

static struct sums before, after, mine;

static bool is_left_out(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (!strcmp(name, left_out[i]))
			return true;
	return false;
}

/* Number of a field; of the first VMA ever read all become known. */
static int field_of(const char *name, bool add)
{
	unsigned int i;

	if (is_left_out(name))
		return -1;
	for (i = 0; i < nr_fields; i++)
		if (!strcmp(fields[i], name))
			return i;
	if (!add || nr_fields == MAX_FIELDS)
		return -1;
	strcpy(fields[nr_fields], name);
	return nr_fields++;
}

/* smaps, or smaps_rollup, whose fields of its own (Pss_Anon …) are left out. */
static bool read_kernel(pid_t pid, const char *file, struct sums *s)
{
	bool rollup = strcmp(file, "smaps");
	char path[64], line[512], name[32];
	unsigned long start, end;
	struct vma *v = NULL;
	long value;
	int field;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "re");
	s->nr = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
			v = NULL;
			/* vsyscall is in the kernel half and in no list of VMAs */
			if ((long)start < 0 || s->nr == MAX_VMAS)
				continue;
			v = &s->vma[s->nr++];
			memset(v, 0, sizeof(*v));
			memset(v->kib, 0xff, sizeof(v->kib));
			v->start = start;
			v->end = end;
			v->file = rollup || strchr(line, '/');
		} else if (v && sscanf(line, "%31[^:]: %ld kB", name, &value) == 2) {
			field = field_of(name, !rollup);
			if (field >= 0)
				v->kib[field] = value;
		}
	}
	if (f)
		fclose(f);
	return s->nr > 0;
}

/* The tool's sums in the fields of the kernel; its exit status. */
static int read_tool(pid_t pid, const char *option, struct sums *s)
{
	char command[2048], line[4096], *word, *save;
	unsigned int i, n;
	struct vma *v;
	FILE *f;

	n = snprintf(command, sizeof(command), "mmscope smaps -rn %s -o START,END", option);
	for (i = 0; i < nr_fields; i++)
		n += snprintf(command + n, sizeof(command) - n, ",%s",
			      strcmp(fields[i], "MMUPageSize") ? fields[i] : "KernelPageSize");
	snprintf(command + n, sizeof(command) - n, ",NOTES %d 2>/tmp/smaps.err", pid);
	f = popen(command, "r");
	for (s->nr = 0; f && s->nr < MAX_VMAS && fgets(line, sizeof(line), f);) {
		v = &s->vma[s->nr++];
		word = strtok_r(line, " \n", &save);
		v->start = word ? strtoull(word, NULL, 16) : 0;
		word = strtok_r(NULL, " \n", &save);
		v->end = word ? strtoull(word, NULL, 16) : 0;
		for (i = 0; i < nr_fields; i++) {
			word = strtok_r(NULL, " \n", &save);
			v->kib[i] = word && *word != '-' ? (int64_t)(strtoull(word, NULL, 10) >> 10) : -1;
		}
		word = strtok_r(NULL, " \n", &save);
		snprintf(v->notes, sizeof(v->notes), "%.127s", word ? word : "");
	}
	/* the last line is the sum */
	if (!*option && s->nr)
		s->nr--;
	return f ? WEXITSTATUS(pclose(f)) : -1;
}

static int64_t get(const struct vma *v, const char *name)
{
	int field = field_of(name, false);

	return field < 0 ? 0 : v->kib[field];
}

/*
 * Is the process one that maps the C library, as the tool does while it looks? Then
 * the pages of files are shared by one more than before and after.
 */
static bool shares_library;

static bool is_word(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* With clean or dirty, shared and private are taken together. */
static int64_t both(const struct vma *v, bool dirty)
{
	return dirty ? get(v, "Shared_Dirty") + get(v, "Private_Dirty") :
		       get(v, "Shared_Clean") + get(v, "Private_Clean");
}

static bool fits_library(const struct vma *kernel, const struct vma *tool, const char *name)
{
	if (is_word(name, "Pss") || !strcmp(name, "Locked"))
		return true;
	return (is_word(name, "Shared_") || is_word(name, "Private_")) &&
	       both(kernel, !!strstr(name, "Dirty")) == both(tool, !!strstr(name, "Dirty"));
}

/*
 * Pages of 1 GiB: from 6.12 on the kernel decides between private and shared by a
 * field that their table does not have (hugetlb_pmd_shared()). The sum is certain.
 */
static bool has_giants;

static void look_for_giants(void)
{
	unsigned int i;

	has_giants = false;
	for (i = 0; i < before.nr; i++)
		has_giants |= get(&before.vma[i], "KernelPageSize") == 1 << 20;
}

/* Does what the tool says of a field fit, with what its notes take back? */
static bool fits(const struct vma *kernel, const struct vma *tool, unsigned int field)
{
	const char *name = fields[field];

	if (kernel->kib[field] < 0 || kernel->kib[field] == tool->kib[field])
		return true;
	if (shares_library && kernel->file)
		return fits_library(kernel, tool, name);
	if (!strcmp(name, "Swap") && strstr(tool->notes, "shmem_swap"))
		return tool->kib[field] >= 0 && kernel->kib[field] > tool->kib[field];
	if (strstr(name, "_Hugetlb") && (has_giants || strstr(tool->notes, "shared_table")))
		return get(kernel, "Shared_Hugetlb") + get(kernel, "Private_Hugetlb") ==
		       get(tool, "Shared_Hugetlb") + get(tool, "Private_Hugetlb");
	if (strstr(name, "PageSize"))	/* hugetlb without a page */
		return tool->kib[field] < 0 && kernel->kib[field] > 4 &&
		       !get(kernel, "Shared_Hugetlb") && !get(kernel, "Private_Hugetlb");
	return false;
}

/* Fields that differ, and that the kernel was sure of; -1 if the VMAs do. */
static int compare(char *text, size_t len, unsigned long *same, unsigned long *unsure)
{
	unsigned int i, field;
	int wrong = 0;

	*same = 0;
	*unsure = 0;
	*text = '\0';
	if (before.nr != mine.nr || before.nr != after.nr) {
		snprintf(text, len, "%u VMAs, the tool has %u", before.nr, mine.nr);
		return -1;
	}
	for (i = 0; i < before.nr; i++) {
		const struct vma *b = &before.vma[i], *m = &mine.vma[i], *a = &after.vma[i];

		if (mine.vma[0].start && (b->start != m->start || b->end != m->end)) {
			snprintf(text, len, "VMA 0x%lx, the tool has 0x%lx", b->start, m->start);
			return -1;
		}
		for (field = 0; field < nr_fields; field++) {
			if (b->kib[field] != a->kib[field]) {
				++*unsure;
				continue;
			}
			if (fits(b, m, field)) {
				++*same;
				nonzero[field] += b->kib[field] > 0 && b->kib[field] == m->kib[field];
				continue;
			}
			if (!wrong++)
				snprintf(text, len, "0x%lx %s %ld, the tool says %ld", b->start,
					 fields[field], (long)b->kib[field], (long)m->kib[field]);
		}
	}
	return wrong;
}

/* All VMAs, or with --total their sum; once more if anything differs. */
static bool check(pid_t pid, const char *file, const char *option, char *text, size_t len,
		  unsigned long *same)
{
	unsigned long unsure;
	unsigned int try;
	int status = 0;

	for (try = 0; try < TRIES; try++) {
		if (!read_kernel(pid, file, &before)) {
			snprintf(text, len, "no %s", file);
			return false;
		}
		/* the sum over all has no sizes of pages */
		if (!strcmp(file, "smaps"))
			look_for_giants();
		status = read_tool(pid, option, &mine);
		if (read_kernel(pid, file, &after) && !status &&
		    !compare(text, len, same, &unsure) && (!unsure || try >= TRIES / 3))
			return true;
		if (status)
			snprintf(text, len, "exit status %d", status);
		usleep(20000);
	}
	return false;
}

static void check_process(pid_t pid, const char *what)
{
	unsigned long same = 0, rollup = 0;
	char text[256] = "";
	unsigned int vmas;
	bool good;

	good = check(pid, "smaps", "", text, sizeof(text), &same);
	vmas = before.nr;
	good = good && check(pid, "smaps_rollup", "--total", text, sizeof(text), &rollup);
	ok(good, "%s: pid %d: %lu fields of %u VMAs, %lu of the sum %s", what, pid, same, vmas,
	   rollup, text);
	if (*text && system("sed 's/^/# /' /tmp/smaps.err"))
		puts("# no message");
}

/* The children of a process and theirs, after it. */
static unsigned int descendants(pid_t pid, pid_t *list, unsigned int nr)
{
	char path[64];
	FILE *f;
	int child;

	if (nr == MAX_PIDS)
		return nr;
	list[nr++] = pid;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1)
		nr = descendants(child, list, nr);
	if (f)
		fclose(f);
	return nr;
}

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (f)
		fclose(f);
	return state;
}

/* A scene is in a state: all its processes are stopped, compared, and go on. */
static void check_state(const char *name, const char *state, pid_t scene)
{
	unsigned int i, try, nr;
	pid_t list[MAX_PIDS];
	char what[700];

	nr = descendants(scene, list, 0);
	for (i = 0; i < nr; i++)
		kill(list[i], SIGSTOP);
	/* the parent in a vfork does not stop before its child has gone */
	for (i = 0; i < nr; i++)
		for (try = 0; try < 50 && state_of(list[i]) != 'T'; try++)
			usleep(10000);
	snprintf(what, sizeof(what), "%s %s", name, state);
	for (i = 0; i < nr; i++)
		check_process(list[i], what);
	for (i = 0; i < nr; i++)
		kill(list[i], SIGCONT);
}

/* The next line of a scene; false at its end, or if nothing comes. */
static bool next_line(FILE *in, char *line, size_t len)
{
	if (!fgets(line, len, in))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void run(const char *name)
{
	int to[2], from[2];
	char path[128], line[600];
	pid_t pid;
	FILE *in;

	snprintf(path, sizeof(path), "/scenes/%s", name);
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		alarm(HANGS_MS / 1000);
		execl(path, path, NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	in = fdopen(from[0], "re");
	while (in && next_line(in, line, sizeof(line))) {
		if (!strncmp(line, "ready ", 6)) {
			check_state(name, line + 6, pid);
			if (write(to[1], "\n", 1) != 1)
				break;
		} else if (!strncmp(line, "skip ", 5) || !strncmp(line, "lacks ", 6)) {
			skip(name, line);
		} else if (!strncmp(line, "fail ", 5)) {
			ok(false, "%s: %s", name, line);
		}
	}
	close(to[1]);
	fclose(in);
	waitpid(pid, NULL, 0);
}

/*
 * Pages given up by MADV_FREE: the kernel takes them off its lists in batches, so
 * there have to be many.
 */
static bool make_lazyfree(void)
{
	size_t len = 256 * PAGE;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	madvise(p, len, MADV_NOHUGEPAGE);
	memset(p, 1, len);
	return !madvise(p, len, MADV_FREE);
}

/* A page copied on write in an area of frames without a struct page: the BIOS. */
static bool make_pfnmap_copy(void)
{
	int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	volatile char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0xf0000);

	if (p == MAP_FAILED)
		return false;
	p[PAGE] = 1;
	return true;
}

#define DAMON "/sys/kernel/mm/damon/admin/kdamonds/"
#define DAMON_STAT "/sys/module/damon_stat/parameters/enabled"

static bool write_to(const char *path, const char *format, ...)
{
	va_list ap;
	FILE *f;
	int n;

	f = fopen(path, "we");
	if (!f)
		return false;
	va_start(ap, format);
	n = vfprintf(f, format, ap);
	va_end(ap);
	return !fclose(f) && n > 0;
}

/* Frames of this process at @p that the tool says to be young. */
static unsigned int count_young(const char *p, unsigned int pages)
{
	char command[1024], line[256];
	unsigned int n, i;
	FILE *f;

	n = snprintf(command, sizeof(command), "mmscope frame -rn -o ATTRS --of %d", getpid());
	for (i = 0; i < pages; i++)
		n += snprintf(command + n, sizeof(command) - n, " %lx", (unsigned long)(p + i * PAGE));
	n = 0;
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f))
		n += !!strstr(line, "young");
	if (f)
		pclose(f);
	return n;
}

/*
 * Pages whose accessed bits DAMON takes away (6.12 has it; 7.2 runs it on all memory
 * from boot on, and nothing else beside): to the kernel they are referenced all the same.
 */
static bool make_young(void)
{
	const unsigned int pages = 32;
	unsigned int try;
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char file[160];
	bool made;

	if (p == MAP_FAILED || madvise(p, pages * PAGE, MADV_NOHUGEPAGE))
		return false;
	/*
	 * Twice: what else says that the frames were referenced is cleared in between,
	 * and processors forget that they have set accessed bits.
	 */
	memset(p, 1, pages * PAGE);
	if (!write_to("/proc/self/clear_refs", "1") || mprotect(p, pages * PAGE, PROT_READ) ||
	    mprotect(p, pages * PAGE, PROT_READ | PROT_WRITE))
		return false;
	memset(p, 2, pages * PAGE);
	if (!access(DAMON_STAT, W_OK) && !write_to(DAMON_STAT, "N"))
		return false;
#define SET(name, ...) (snprintf(file, sizeof(file), DAMON "%s", name), write_to(file, __VA_ARGS__))
	made = SET("nr_kdamonds", "1") && SET("0/contexts/nr_contexts", "1") &&
	       SET("0/contexts/0/operations", "fvaddr") && SET("0/contexts/0/targets/nr_targets", "1") &&
	       SET("0/contexts/0/targets/0/pid_target", "%d", getpid()) &&
	       SET("0/contexts/0/targets/0/regions/nr_regions", "1") &&
	       SET("0/contexts/0/targets/0/regions/0/start", "%lu", (unsigned long)p) &&
	       SET("0/contexts/0/targets/0/regions/0/end", "%lu", (unsigned long)(p + pages * PAGE)) &&
	       SET("0/state", "on");
	for (try = 0; made && try < 100 && count_young(p, pages) < 4; try++)
		usleep(50000);
	made = made && SET("0/state", "off") && count_young(p, pages) >= 4;
#undef SET
	return (access(DAMON_STAT, W_OK) || write_to(DAMON_STAT, "Y")) && made;
}

/* A child that has made something and waits, stopped. */
static void check_child(const char *what, bool (*make)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (make())
			raise(SIGSTOP);
		_exit(1);
	}
	waitpid(pid, &status, WUNTRACED);
	if (!WIFSTOPPED(status)) {
		ok(false, "%s: cannot be made", what);
		return;
	}
	check_process(pid, what);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A test in which a sum is always 0 would say nothing about it. */
static void check_coverage(void)
{
	unsigned int i;

	for (i = 0; i < nr_fields; i++) {
		if (!strcmp(fields[i], "FilePmdMapped"))
			continue;	/* no file system here has huge pages, but tmpfs */
		ok(nonzero[i] > 0, "%s was not 0, and right, %lu times", fields[i], nonzero[i]);
	}
}

int main(int argc, char **argv)
{
	int i;
	size_t n;

	signal(SIGPIPE, SIG_IGN);
	shares_library = true;
	check_process(1, "init");
	check_process(getppid(), "shell");
	shares_library = false;
	check_child("lazyfree", make_lazyfree);
	check_child("pfnmap_copy", make_pfnmap_copy);
	if (access(DAMON "nr_kdamonds", W_OK))
		skip("young", "no DAMON in this kernel");
	else
		check_child("young", make_young);
	for (i = 1; i < argc; i++)
		run(argv[i]);
	for (n = 0; argc < 2 && n < sizeof(all) / sizeof(all[0]); n++)
		run(all[n]);
	if (argc < 2)
		check_coverage();
	return tap_end();
}
