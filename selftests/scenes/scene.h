/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What scenes have in common. A scene puts itself into one state, says so and
 * waits for a line on stdin before the next state; end of file ends it. Tests,
 * demo and documentation use the same ones. It prints lines:
 *
 *   NAME VALUE                  where things are
 *   expect[@PID] LABEL ADDR KEY=VALUE…   claims about the entry of an address
 *   race LABEL ADDR LEN KEY=VALUE…       the same, seen sooner or later in a range
 *   smaps ADDR KEY=VALUE…       claims about the VMA of an address
 *   mm KEY=VALUE…               claims about the address space
 *   task PID role=WORD          a task that shares the address space
 *   skip REASON                 the kernel does not have it
 *   lacks REASON                the machine is not what the scene needs
 *   fail REASON                 something that should work does not
 *   ready STATE                 all of the above holds until a line comes
 *
 * The keys are described in selftests/live/scenes/claims.c.
 */
#ifndef MMSCOPE_SCENE_H
#define MMSCOPE_SCENE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define PAGE 4096UL
#define HUGE (2UL << 20)
#define GIGA (1UL << 30)

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE_ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED_ANON (MAP_SHARED | MAP_ANONYMOUS)

/* argv[0] */
extern const char *scene_self;

#define SCENE(name, help) int scene_##name(void);
#define SCENE_PROGRAM(name, help)
#include "scenes.def"
#undef SCENE
#undef SCENE_PROGRAM

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void lacks(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void wait_for_line(const char *state);

/* Memory; failure ends the scene. */
char *scene_map(size_t len, int prot, int flags, int fd);
char *scene_map_aligned(size_t len, size_t align, int prot, int flags, int fd);
char *scene_anon(size_t pages);
void touch(char *p, size_t pages);
void look(const char *p, size_t pages);
int temporary_file(const char *path, size_t len);

/* Files of /proc and /sys: 0 or errno; a number or -1. */
int try_write(const char *path, const char *text);
void must_write(const char *path, const char *text);
long read_number(const char *path);
long vmstat(const char *name);
uint64_t pagemap(const void *p);
bool swapped_out(char *p, size_t pages);
void need_swap(void);

/* Another process; the two take turns. */
struct peer {
	pid_t pid;
	int in, out;
};

void peer_start(struct peer *peer, void (*body)(struct peer *peer, void *arg), void *arg);
void peer_step(struct peer *peer);
void peer_turn(struct peer *peer);
void peer_end(struct peer *peer);

#define PM_PRESENT (1ULL << 63)
#define PM_SWAP (1ULL << 62)
#define PM_FRAME ((1ULL << 55) - 1)

#endif /* MMSCOPE_SCENE_H */
