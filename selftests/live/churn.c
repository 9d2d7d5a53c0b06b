// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process to look at. "churn": its tables never stand still, two threads map,
 * touch, protect, fork, give back and move memory until they are killed. "hog N":
 * N MiB of all kinds of memory, and then nothing more.
 */
#include "dev.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define AREA (8UL << 20)

static char *map(size_t len, int flags, int file)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, file, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void *churn(void *arg)
{
	unsigned int seed = (uintptr_t)arg, i;
	char *p = map(AREA, MAP_PRIVATE | MAP_ANONYMOUS, -1), *q;
	volatile char sum = 0;
	size_t at;
	pid_t pid;

	for (i = 0;; i++) {
		at = rand_r(&seed) % (AREA / PAGE / 2) * PAGE;
		switch (rand_r(&seed) % 8) {
		case 0:
			madvise(p + at, AREA / 4, MADV_DONTNEED);
			break;
		case 1:
			mprotect(p + at, 64 * PAGE, PROT_READ);
			mprotect(p + at, 64 * PAGE, PROT_READ | PROT_WRITE);
			break;
		case 2:
			q = map(AREA, MAP_PRIVATE | MAP_ANONYMOUS, -1);
			munmap(p, AREA);
			p = q;
			break;
		case 3:
			pid = i % 16 ? -1 : fork();
			if (!pid)
				_exit(0);
			if (pid > 0)
				waitpid(pid, NULL, 0);
			break;
		case 4:
			sum += p[at];
			break;
		default:
			memset(p + at, i, rand_r(&seed) % 200 * PAGE);
		}
	}
	(void)sum;
	return NULL;
}

static void hog(size_t len)
{
	char name[] = "/tmp/hog.XXXXXX", *p;
	int file = mkstemp(name);
	size_t i, part = len / 4;

	if (file < 0 || ftruncate(file, part))
		die("file");
	unlink(name);
	p = map(part, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	madvise(p, part, MADV_NOHUGEPAGE);
	memset(p, 1, part);
	p = map(part, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	madvise(p, part, MADV_HUGEPAGE);
	memset(p, 2, part);
	memset(map(part, MAP_SHARED, file), 3, part);
	p = map(part, MAP_SHARED | MAP_ANONYMOUS, -1);
	for (i = 0; i < part; i += 3 * PAGE)
		p[i] = 4;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc > 2 && !strcmp(argv[1], "hog"))
		hog(strtoul(argv[2], NULL, 10) << 20);
	else if (pthread_create(&thread, NULL, churn, (void *)1UL))
		die("pthread_create");
	puts("ready");
	fflush(stdout);
	if (argc < 2)
		churn((void *)2UL);
	for (;;)
		pause();
}
