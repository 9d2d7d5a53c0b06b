/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of the scenes: main.c runs them, claims.c checks what they say,
 * tool.c asks the tool, oracle.c the kernel. Nothing here knows the decode.
 */
#ifndef MMSCOPE_TEST_SCENES_H
#define MMSCOPE_TEST_SCENES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define PAGE 4096UL
#define LINE_MAX_LEN 512

/* tool.c: what the tool says. */
enum { COL_VA, COL_LEVEL, COL_RAW, COL_KIND, COL_PFN, COL_FLAGS, COL_EFF, COL_OFFSET,
       COL_SLOT, COL_PAGE, COL_MEMTYPE, COL_DEVICE, COL_TAKES, NR_COLS };

struct row {
	char cell[NR_COLS][256];
	uint64_t raw, pfn, offset, slot;
	unsigned int level;
	bool has_pfn, has_offset, malformed;
};

void tool_setup(void);
unsigned int tool_walk(pid_t pid, const uint64_t *va, unsigned int nr, struct row *row);
bool tool_result(pid_t pid, uint64_t va, char *result, size_t len);
bool tool_vma_flags(pid_t pid, uint64_t va, char *flags, size_t len);
bool tool_mm(pid_t pid, const char *field, uint64_t *value);
bool tool_direct_map(uint64_t size[5]);
bool tool_role(pid_t pid, pid_t task, char *role, size_t len);

struct verified {
	unsigned long compared, explained, changed, mismatch;
};

int tool_verify(pid_t pid, struct verified *sum);
const char *tool_column_name(unsigned int column);

/* oracle.c: what the kernel says. */
#define PM_PRESENT (1UL << 63)
#define PM_SWAP (1UL << 62)
#define PM_FILE (1UL << 61)
#define PM_GUARD (1UL << 58)
#define PM_UFFD_WP (1UL << 57)
#define PM_EXCLUSIVE (1UL << 56)
#define PM_SOFT_DIRTY (1UL << 55)
#define PM_FRAME ((1UL << 55) - 1)

/* linux/kernel-page-flags.h */
#define KPF(bit) (1UL << (bit))
#define KPF_ANON KPF(12)
#define KPF_HUGE KPF(17)
#define KPF_HWPOISON KPF(19)
#define KPF_NOPAGE KPF(20)
#define KPF_KSM KPF(21)
#define KPF_THP KPF(22)
#define KPF_ZERO KPF(24)

struct vma {
	bool found;
	uint64_t start, end;
	char flags[256];
};

void oracle_setup(void);
bool oracle_pagemap(pid_t pid, uint64_t va, uint64_t *value);
bool oracle_knows_uffd(void);
bool oracle_knows_guard(void);
bool oracle_knows_ksm(void);
bool oracle_has_exclusive(void);
bool oracle_kpageflags(uint64_t pfn, uint64_t *value);
bool oracle_scan(pid_t pid, uint64_t va, uint64_t *categories);
void oracle_vma(pid_t pid, uint64_t va, struct vma *vma);
bool oracle_smaps(pid_t pid, uint64_t va, const char *key, char *value, size_t len);
int oracle_node_of_page(pid_t pid, uint64_t va);
int oracle_node_of_frame(uint64_t pfn);
bool oracle_same_mm(pid_t a, pid_t b);
bool oracle_swap_device(char *path, size_t len);
bool oracle_physical(uint64_t pa, void *buf, size_t len);
bool oracle_memory(pid_t pid, uint64_t va, void *buf, size_t len);

/* check.c: tool against kernel, whatever the scene claims. */
struct report {
	char wrong[1024], oracles[128];
};

void note(struct report *r, const char *oracle);
void wrong(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t frame_of(const struct row *row, uint64_t va);
bool has_word(const char *words, const char *pattern);
void check_entry(struct report *r, pid_t pid, uint64_t va, const struct row *row);
void check_frame_entry(struct report *r, const struct row *row);

/* keys.c: one key of a claim about an entry. */
struct claim {
	char type[8], label[32], text[LINE_MAX_LEN];
	pid_t pid;
	uint64_t va, len;
	struct row row;
	bool asked, got;
};

/* One claim while it is checked. */
struct check {
	struct report report;
	const struct claim *claim;
};

void keys_begin(void);
void keys_check(struct check *c, const char *key, const char *value);
void keys_label(const struct claim *c);

/* claims.c: what the scene claims. */
void claims_begin(const char *scene, pid_t pid);
void claims_take(const char *line);
unsigned int claims_check(const char *state);

/* main.c */
bool result(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void skipped(const char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* MMSCOPE_TEST_SCENES_H */
