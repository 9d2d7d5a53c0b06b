// SPDX-License-Identifier: GPL-2.0-only
/* Names of files and of memory cgroups, by the numbers that frames know. */
#include "names.h"

#include "tool.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct name {
	uint64_t dev, inode;
	char *text;
};

static void add(struct names *names, uint64_t dev, uint64_t inode, const char *text)
{
	struct name *grown;

	if (names->nr == names->room) {
		grown = reallocarray(names->row, 2 * names->room + 64, sizeof(*grown));
		if (!grown)
			return;
		names->row = grown;
		names->room = 2 * names->room + 64;
	}
	names->row[names->nr] = (struct name){ dev, inode, strdup(text) };
	if (names->row[names->nr].text)
		names->nr++;
}

static int compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static void sort(struct names *names)
{
	if (names->nr)
		qsort(names->row, names->nr, sizeof(*names->row), compare);
}

const char *names_find(const struct names *names, uint64_t dev, uint64_t inode)
{
	const struct name key = { .dev = dev, .inode = inode }, *found;

	found = names->nr ? bsearch(&key, names->row, names->nr, sizeof(key), compare) : NULL;
	return found ? found->text : NULL;
}

void names_free(struct names *names)
{
	while (names->nr)
		free(names->row[--names->nr].text);
	free(names->row);
	*names = (struct names){ 0 };
}

/*
 * Where the memory controller is: a hierarchy of its own (version 1), or else
 * the one that all controllers share.
 */
static bool find_hierarchy(char *dir, size_t len)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	bool found = false;

	while (f && (m = getmntent(f))) {
		bool own = !strcmp(m->mnt_type, "cgroup") && hasmntopt(m, "memory");

		if (!own && (found || strcmp(m->mnt_type, "cgroup2")))
			continue;
		snprintf(dir, len, "%s", m->mnt_dir);
		found = true;
		if (own)
			break;
	}
	if (f)
		endmntent(f);
	return found;
}

int names_cgroups(struct names *names)
{
	char dir[4096], *roots[] = { dir, NULL };
	FTSENT *e;
	FTS *fts;

	if (!find_hierarchy(dir, sizeof(dir))) {
		tool_error("no cgroup hierarchy with the memory controller is mounted: no paths");
		return -1;
	}
	fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV, NULL);
	while (fts && (e = fts_read(fts))) {
		const char *path = e->fts_path + strlen(dir);

		if (e->fts_info == FTS_D)
			add(names, 0, e->fts_statp->st_ino, *path ? path : "/");
	}
	if (fts)
		fts_close(fts);
	sort(names);
	return 0;
}

/* A line of maps: range, rights, offset, device, inode, path. */
static void add_mapped(struct names *names, const char *line)
{
	unsigned int major, minor;
	uint64_t inode;
	int at = 0;

	if (sscanf(line, "%*s %*s %*s %x:%x %lu %n", &major, &minor, &inode, &at) >= 3 &&
	    inode && at && line[at] == '/')
		add(names, NAMES_DEV(major, minor), inode, line + at);
}

static void add_maps(struct names *names, int proc)
{
	int fd = openat(proc, "maps", O_RDONLY | O_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	size_t room = 0;
	char *line = NULL;
	ssize_t len;

	if (!f && fd >= 0)
		close(fd);
	while (f && (len = getline(&line, &room, f)) > 0) {
		line[len - 1] = '\0';
		add_mapped(names, line);
	}
	free(line);
	if (f)
		fclose(f);
}

/* A server that does not answer must not be waited for: attributes as they are known here. */
static void add_open(struct names *names, int dir, const char *fd)
{
	char path[4096];
	struct statx s;
	ssize_t len;

	if (statx(dir, fd, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &s) ||
	    !S_ISREG(s.stx_mode))
		return;
	len = readlinkat(dir, fd, path, sizeof(path) - 1);
	if (len <= 0)
		return;
	path[len] = '\0';
	add(names, NAMES_DEV(s.stx_dev_major, s.stx_dev_minor), s.stx_ino, path);
}

static void add_fds(struct names *names, int proc)
{
	int fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]))
			add_open(names, dirfd(dir), d->d_name);
	if (dir)
		closedir(dir);
}

static void add_process(struct names *names, int top, const char *pid)
{
	int proc = openat(top, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return;
	add_maps(names, proc);
	add_fds(names, proc);
	close(proc);
}

void names_files(struct names *names, pid_t pid)
{
	DIR *top = opendir("/proc");
	const struct dirent *d;
	char one[16];

	if (!top)
		return;
	snprintf(one, sizeof(one), "%d", pid);
	if (pid)
		add_process(names, dirfd(top), one);
	while (!pid && (d = readdir(top)))
		if (isdigit((unsigned char)d->d_name[0]))
			add_process(names, dirfd(top), d->d_name);
	closedir(top);
	sort(names);
}
