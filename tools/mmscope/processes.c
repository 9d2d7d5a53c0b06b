// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every address space of the machine, once: by the processes of /proc, told apart
 * by the identity that ATTACH gives. What could not be looked at is counted.
 */
#include "processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Process ids are below PID_MAX_LIMIT (include/linux/threads.h). */
#define PIDS		(4L * 1024 * 1024)

/* Processes that began meanwhile are looked at, too; those that begin then are not. */
#define ROUNDS		2

/* A process that calls exec has another address space: so often it is looked at again. */
#define TRIES		3

/* Inode of the first pid namespace (include/linux/proc_ns.h: PROC_PID_INIT_INO). */
#define FIRST_NAMESPACE	0xEFFFFFFCU

struct space {
	uint64_t id;
	pid_t pid;
};

struct walker {
	struct processes *p;
	processes_fn fn;
	void *arg;
	unsigned char *known;	/* a bit for each pid that was visited */
	pid_t *pid;		/* of this round */
	size_t nr, room;
	struct space *space;	/* looked at */
	size_t spaces;
};

/* What follows the name in /proc/PID/stat: state, parent …; NULL if it is gone. */
static const char *after_name(pid_t pid, char *line, int len)
{
	char path[64], *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return NULL;
	if (!fgets(line, len, f))
		line[0] = '\0';
	fclose(f);
	end = strrchr(line, ')');	/* a name may hold anything */
	return end && end[1] == ' ' && end[2] ? end + 2 : NULL;
}

/* 'R', 'S', 'D' …; 0 if it is gone. */
char processes_state(pid_t pid)
{
	char line[512];
	const char *at = after_name(pid, line, sizeof(line));

	return at ? *at : 0;
}

/* The parent of a process; 0 if it has none that is seen, or is gone. */
pid_t processes_parent(pid_t pid)
{
	char line[512];
	const char *at = after_name(pid, line, sizeof(line));

	return at ? strtol(at + 1, NULL, 10) : 0;
}

/* The processes of /proc that were not visited yet. */
static int list(struct walker *w)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;
	pid_t *more;
	long pid;
	int err = 0;

	w->nr = 0;
	if (!dir)
		return -errno;
	while (!err && (d = readdir(dir))) {
		pid = isdigit((unsigned char)d->d_name[0]) ? strtol(d->d_name, NULL, 10) : 0;
		if (pid <= 0 || pid >= PIDS || (w->known[pid / 8] >> pid % 8 & 1))
			continue;
		if (w->nr == w->room) {
			w->room = w->room ? 2 * w->room : 256;
			more = reallocarray(w->pid, w->room, sizeof(*more));
			if (!more) {
				err = -ENOMEM;
				break;
			}
			w->pid = more;
		}
		w->known[pid / 8] |= 1 << pid % 8;
		w->pid[w->nr++] = pid;
	}
	closedir(dir);
	return err;
}

/* Does the process have this address space, now? */
static bool has(pid_t pid, uint64_t id)
{
	struct libmmscope_source *src;
	bool same;

	if (libmmscope_open_one_of_many(pid, &src))
		return false;
	same = libmmscope_mm_id(src) == id;
	libmmscope_close(src);
	return same;
}

/*
 * Was this address space looked at, with another process? An identity is used again
 * when its address space has ended: the process has to have it still.
 */
static bool was_seen(const struct walker *w, struct libmmscope_source *src)
{
	size_t i;

	for (i = 0; i < w->spaces; i++)
		if (w->space[i].id == libmmscope_mm_id(src) && has(w->space[i].pid, w->space[i].id))
			return true;
	return false;
}

static int remember(struct walker *w, struct libmmscope_source *src)
{
	struct space *more = w->space;

	if (!(w->spaces & (w->spaces + 1)))	/* full: its size is a power of two less one */
		more = reallocarray(w->space, 2 * w->spaces + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	w->space = more;
	w->space[w->spaces++] = (struct space){
		.id = libmmscope_mm_id(src), .pid = libmmscope_pid(src),
	};
	return 0;
}

static int look(struct walker *w, pid_t pid)
{
	struct libmmscope_source *src;
	int err = libmmscope_open_one_of_many(pid, &src);

	if (err)
		return err;
	if (!was_seen(w, src)) {
		err = w->fn(src, w->arg);
		w->p->spaces += !err;
		if (!err)
			err = remember(w, src);
	}
	libmmscope_close(src);
	return err;
}

static int visit(struct walker *w, pid_t pid)
{
	int err, tries = 0;
	char state;

	do {
		err = look(w, pid);
		state = err == -ESRCH ? processes_state(pid) : 0;
	} while (state && state != 'Z' && state != 'X' && ++tries < TRIES);
	w->p->found++;
	switch (err) {
	case -ENXIO:
		w->p->kernel++;
		return 0;
	case -EACCES:
	case -EPERM:
		w->p->denied++;
		return 0;
	case -ESRCH:
		/* a zombie has given its address space back */
		w->p->gone += state != 'Z' && state != 'X';
		return 0;
	case -EINTR:
		w->p->cut = true;
		return 0;
	default:
		w->p->failed = err ? pid : 0;
		return err;
	}
}

/**
 * processes_each - call a function for every address space
 * @p: what is counted
 * @fn: 0; -ESRCH: the process has exited or called exec, and what was taken in of
 *      it is to be forgotten, as it may be called once more; -EINTR: interrupted;
 *      another negative errno ends it all
 * @arg: for @fn
 *
 * Return: 0, also when it was interrupted (p->cut); a negative errno.
 */
int processes_each(struct processes *p, processes_fn fn, void *arg)
{
	struct walker w = { .p = p, .fn = fn, .arg = arg };
	int err = 0, round;
	size_t i;

	w.known = calloc(PIDS / 8, 1);
	if (!w.known)
		return -ENOMEM;
	p->progress.unit = "processes";
	for (round = 0; round < ROUNDS && !err; round++) {
		err = list(&w);
		for (i = 0; i < w.nr && !err && !tool_interrupted; i++) {
			err = visit(&w, w.pid[i]);
			progress_update(&p->progress, i + 1, w.nr);
		}
		p->cut |= i < w.nr && !err;
	}
	progress_end(&p->progress);
	free(w.known);
	free(w.pid);
	free(w.space);
	return err;
}

/**
 * processes_report - say what was not looked at
 * @p: after processes_each()
 * @o: options
 * @command: name of the command
 *
 * Return: whether anything is missing that is there.
 */
bool processes_report(const struct processes *p, const struct options *o, const char *command)
{
	struct stat st;

	if (o->verbose)
		tool_error("%s: %" PRIu64 " address spaces of %" PRIu64 " processes; %" PRIu64
			   " kernel threads have none", command, p->spaces, p->found - p->kernel,
			   p->kernel);
	if (p->denied)
		tool_error("%s: %" PRIu64 " processes may not be looked at: permission denied",
			   command, p->denied);
	if (p->gone)
		tool_error("%s: %" PRIu64 " processes exited before they were looked at", command,
			   p->gone);
	if (p->cut)
		tool_error("%s: interrupted; only %" PRIu64 " processes were looked at", command,
			   p->found);
	if (stat("/proc/self/ns/pid", &st) || st.st_ino == FIRST_NAMESPACE)
		return p->denied || p->cut;
	tool_error("%s: processes outside this pid namespace are not seen", command);
	return true;
}
