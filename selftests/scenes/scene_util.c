// SPDX-License-Identifier: GPL-2.0-only
/* The shared parts of scenes: protocol, memory, files, a second process. */
#include "scene.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/* Whole lines, also when threads write at the same time. */
static void line(const char *word, const char *format, va_list ap)
{
	flockfile(stdout);
	fputs(word, stdout);
	vprintf(format, ap);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
}

void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("", format, ap);
	va_end(ap);
}

/* Something that should work did not. */
void fail(const char *format, ...)
{
	int err = errno;
	char text[256];
	va_list ap;

	snprintf(text, sizeof(text), "%s (%s)", format, strerror(err));
	va_start(ap, format);
	line("fail ", text, ap);
	va_end(ap);
	exit(1);
}

/* The kernel does not have what the rest of the scene shows. */
void skip(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("skip ", format, ap);
	va_end(ap);
	exit(0);
}

/* The machine does not have what it takes: the kernel is not to blame. */
void lacks(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	line("lacks ", format, ap);
	va_end(ap);
	exit(0);
}

/* "ready STATE", then wait. Unbuffered: a fork must not share read-ahead. */
void wait_for_line(const char *state)
{
	char c;
	ssize_t n;

	say("ready %s", state);
	do
		n = read(STDIN_FILENO, &c, 1);
	while ((n == 1 && c != '\n') || (n < 0 && errno == EINTR));
	if (n != 1)
		exit(0);
}

char *scene_map(size_t len, int prot, int flags, int fd)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap of %zu bytes", len);
	return p;
}

char *scene_map_aligned(size_t len, size_t align, int prot, int flags, int fd)
{
	char *p = scene_map(len + align, PROT_NONE, PRIVATE_ANON | MAP_NORESERVE, -1);
	char *q = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));

	munmap(p, len + align);
	if (mmap(q, len, prot, flags | MAP_FIXED, fd, 0) != q)
		fail("mmap of %zu bytes", len);
	return q;
}

/* Pages of one VMA that is no part of another, and in small pages. */
char *scene_anon(size_t pages)
{
	char *p = scene_map((pages + 2) * PAGE, PROT_NONE, PRIVATE_ANON | MAP_NORESERVE, -1);

	if (mprotect(p + PAGE, pages * PAGE, RW))
		fail("mprotect");
	return p + PAGE;
}

void touch(char *p, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		*(volatile char *)(p + i * PAGE) = i + 1;
}

void look(const char *p, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		(void)*(const volatile char *)(p + i * PAGE);
}

/* An open file whose name is gone. */
int temporary_file(const char *path, size_t len)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, len) || unlink(path))
		fail("%s", path);
	return fd;
}

int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	errno = err;
	return err;
}

void must_write(const char *path, const char *text)
{
	if (try_write(path, text))
		fail("writing %s to %s", text, path);
}

long read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long value = -1;

	if (f && fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

long vmstat(const char *name)
{
	FILE *f = fopen("/proc/vmstat", "re");
	long value, found = -1;
	char word[64];

	while (f && fscanf(f, "%63s %ld", word, &value) == 2)
		if (!strcmp(word, name))
			found = value;
	if (f)
		fclose(f);
	return found;
}

/* What the kernel says of one of our own pages. */
uint64_t pagemap(const void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t value;

	if (fd < 0 || pread(fd, &value, 8, (uintptr_t)p / PAGE * 8) != 8)
		fail("pagemap");
	close(fd);
	return value;
}

/* On one processor, or on all of them. */
static void run_on(int cpu)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < CPU_SETSIZE; i++)
		if (cpu < 0 || i == cpu)
			CPU_SET(i, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

/*
 * Asks until all are out. A fresh page may wait for the LRU in a batch of the
 * processor it was touched on, and only there does the call empty the batch.
 */
bool swapped_out(char *p, size_t pages)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), tries;
	bool out = false;
	size_t i;

	for (tries = 0; tries < 200 && !out; tries++) {
		run_on(tries % cpus);
		if (madvise(p, pages * PAGE, MADV_PAGEOUT))
			fail("MADV_PAGEOUT");
		for (i = 0; i < pages && (pagemap(p + i * PAGE) & PM_SWAP); i++)
			;
		out = i == pages;
		if (!out)
			usleep(10000);
	}
	run_on(-1);
	return out;
}

void need_swap(void)
{
	char text[256], device[128];
	FILE *f = fopen("/proc/swaps", "re");

	if (!f || !fgets(text, sizeof(text), f) || fscanf(f, "%127s", device) != 1)
		lacks("no swap device");
	say("device %s", device);
	fclose(f);
}

void peer_start(struct peer *peer, void (*body)(struct peer *peer, void *arg), void *arg)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		fail("pipe");
	peer->pid = fork();
	if (peer->pid < 0)
		fail("fork");
	peer->in = peer->pid ? from[0] : to[0];
	peer->out = peer->pid ? to[1] : from[1];
	close(peer->pid ? from[1] : to[1]);
	close(peer->pid ? to[0] : from[0]);
	if (peer->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(peer, arg);
	for (;;)
		pause();
}

/* In the parent: the child's next step, until it is done. */
void peer_step(struct peer *peer)
{
	char c = 0;

	if (write(peer->out, &c, 1) != 1 || read(peer->in, &c, 1) != 1)
		fail("the child is gone");
}

/* In the child: the step is done, wait for the next one. */
void peer_turn(struct peer *peer)
{
	static bool begun;
	char c = 0;

	if (begun && write(peer->out, &c, 1) != 1)
		_exit(1);
	begun = true;
	if (read(peer->in, &c, 1) != 1)
		_exit(1);
}

void peer_end(struct peer *peer)
{
	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
}
