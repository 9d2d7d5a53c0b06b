// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the scenes of selftests/scenes, and at every state they are in checks
 * what they claim: through the tool, and against the kernel's own interfaces.
 *
 *   scenes DIR [SCENE…]
 */
#include "scenes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

/* A scene that says nothing for so long hangs. */
#define HANGS_MS 300000

static const char * const all[] = {
#define SCENE(name, help) #name,
#define SCENE_PROGRAM(name, help) #name,
#include "../../scenes/scenes.def"
};

struct child {
	pid_t pid;
	int in, out;
	char buf[4096];
	size_t used;
};

bool result(bool good, const char *format, ...)
{
	char text[LINE_MAX_LEN * 2];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return ok(good, "%s", text);
}

void skipped(const char *why, const char *format, ...)
{
	char text[LINE_MAX_LEN * 2];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	skip(text, why);
}

static bool start(struct child *c, const char *dir, const char *name)
{
	int to[2], from[2];
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	c->used = 0;
	c->pid = fork();
	if (!c->pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execl(path, path, NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	c->in = from[0];
	c->out = to[1];
	return c->pid > 0;
}

/* The next line, without its end. 1, 0 at the end, -1 if nothing comes. */
static int next_line(struct child *c, char *line, size_t len)
{
	struct pollfd p = { .fd = c->in, .events = POLLIN };
	char *end;
	ssize_t n;

	while (!(end = memchr(c->buf, '\n', c->used))) {
		if (c->used == sizeof(c->buf) || poll(&p, 1, HANGS_MS) <= 0)
			return -1;
		n = read(c->in, c->buf + c->used, sizeof(c->buf) - c->used);
		if (n <= 0)
			return 0;
		c->used += n;
	}
	*end = '\0';
	snprintf(line, len, "%.511s", c->buf);
	c->used -= end + 1 - c->buf;
	memmove(c->buf, end + 1, c->used);
	return 1;
}

/* One scene from start to end. */
static void run(const char *dir, const char *name)
{
	unsigned int checked = 0, skips = 0, fails = 0;
	char line[LINE_MAX_LEN];
	struct child c;
	int got, status = -1;

	if (!start(&c, dir, name)) {
		ok(false, "scene %s: cannot be started", name);
		return;
	}
	claims_begin(name, c.pid);
	while ((got = next_line(&c, line, sizeof(line))) > 0) {
		if (!strncmp(line, "ready ", 6)) {
			checked += claims_check(line + 6);
			if (write(c.out, "\n", 1) != 1)
				break;
		} else if (!strncmp(line, "skip ", 5)) {
			skips++;
			skipped(line + 5, "scene %s", name);
		} else if (!strncmp(line, "fail ", 5) || !strncmp(line, "lacks ", 6)) {
			/* the guest is made for the scenes: nothing may be lacking */
			fails++;
			ok(false, "scene %s: %s", name, line);
		} else {
			claims_take(line);
		}
	}
	if (got)
		kill(c.pid, SIGKILL);
	close(c.out);
	close(c.in);
	waitpid(c.pid, &status, 0);
	if (got)
		ok(false, "scene %s: hangs", name);
	else if (status && !fails)
		ok(false, "scene %s: wait status 0x%x", name, status);
	else if (!checked && !skips && !fails)
		ok(false, "scene %s: claims nothing", name);
}

static uint64_t meminfo(const char *key)
{
	unsigned long value = 0;
	char line[128], name[64];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63[^:]: %lu", name, &value) == 2 && !strcmp(name, key))
			break;
	if (f)
		fclose(f);
	return value;
}

/*
 * The direct map by size of pages, against /proc/meminfo. Its counts of 4 KiB and
 * 2 MiB also move when the mapping of the kernel's text is split, together.
 */
static void check_direct_map(void)
{
	uint64_t size[5], small = meminfo("DirectMap4k") + meminfo("DirectMap2M");
	uint64_t giant = meminfo("DirectMap1G");

	if (!tool_direct_map(size)) {
		ok(false, "kernel half: the tool failed");
		return;
	}
	ok(giant && size[2] == giant, "kernel half: %lu KiB of the direct map in pages of 1 GiB",
	   size[2]);
	ok(size[1] && size[0] + size[1] == small, "kernel half: %lu KiB in pages of 2 MiB and 4 KiB",
	   size[0] + size[1]);
}

int main(int argc, char **argv)
{
	struct utsname name;
	size_t i;

	if (argc < 2) {
		fprintf(stderr, "usage: scenes DIR [SCENE...]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!uname(&name))
		printf("# kernel %s\n", name.release);
	tool_setup();
	oracle_setup();
	for (i = 0; i < sizeof(all) / sizeof(all[0]) && argc == 2; i++)
		run(argv[1], all[i]);
	for (i = 2; i < (size_t)argc; i++)
		run(argv[1], argv[i]);
	if (argc == 2)
		check_direct_map();
	return tap_end();
}
