// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of addresses that the kernel told of: what was mapped over what, in which order,
 * by which program. Oracle: an array with a cell for each page. No process of these
 * numbers is there, so that nothing is read in /proc.
 */
#include <mmscope/trace.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGES	64
#define BASE	0x7f0000000000ULL
#define NOBODY	0x7ffffff0	/* above what the kernel gives to any process */

/* What is told: as trace_maps.c would, in the order of time. */
struct trace_maps {
	struct trace_mapping queue[256];
	size_t nr, next;
};

const struct trace_mapping *trace_maps_next(struct trace_maps *m, uint64_t time)
{
	if (m->next == m->nr || m->queue[m->next].time > time)
		return NULL;
	return &m->queue[m->next++];
}

bool trace_maps_exec(struct trace_maps *m, pid_t pid)
{
	size_t i;

	for (i = m->next; i < m->nr; i++)
		if (m->queue[i].exec && m->queue[i].pid == pid)
			return true;
	return false;
}

struct trace_symbols *trace_symbols_new(void)
{
	return calloc(1, 1);
}

void trace_symbols_free(struct trace_symbols *s)
{
	free(s);
}

char *tool_copy(const char *text, size_t max)
{
	return text ? strndup(text, max) : NULL;
}

double tool_seconds(void)
{
	static double now;

	return now += 1;
}

static void tell(struct trace_maps *m, pid_t pid, unsigned int from, unsigned int to,
		 const char *path)
{
	struct trace_mapping *t = &m->queue[m->nr];

	*t = (struct trace_mapping){ .time = ++m->nr, .pid = pid, .exec = from == to,
				     .start = BASE + from * 4096, .end = BASE + to * 4096,
				     .offset = from * 8192, .path = path ? strdup(path) : NULL };
}

/* Name and offset at a page; "" if there is none. */
static const char *at(struct trace_names *n, uint64_t id, pid_t pid, unsigned int page,
		      uint64_t *offset)
{
	struct mmscope_fault_event e = { .mm_id = id, .mm_pid = pid, .vm_flags = FAULT_VM_EXEC };
	const char *path = trace_names_find(n, &e, BASE + page * 4096 + 5, offset);

	return path ? path : "";
}

/* One over the other, anywhere: each page has the name of what came last. */
static void test_over(void **state)
{
	static const char * const paths[] = { "/a", "/b", "/c", "/d", NULL };
	struct { const char *path; uint64_t offset; } cell[PAGES];
	struct trace_names *n;
	struct trace_maps maps;
	unsigned int run, i, p, from, to;
	uint64_t offset;

	(void)state;
	srand(1);
	for (run = 0; run < 200; run++) {
		memset(&maps, 0, sizeof(maps));
		memset(cell, 0, sizeof(cell));
		n = trace_names_new(false);
		trace_names_listen(n, &maps);
		trace_names_know(n, NOBODY);
		for (i = 0; i < 1 + run % 40; i++) {
			from = rand() % PAGES;
			to = from + 1 + rand() % (PAGES - from);
			tell(&maps, NOBODY, from, to, paths[rand() % 5]);
			for (p = from; p < to; p++) {
				cell[p].path = maps.queue[i].path;
				cell[p].offset = from * 8192 + (p - from) * 4096 + 5;
			}
		}
		/* the paths are not ours from here on */
		for (p = 0; p < PAGES; p++)
			for (i = 0; cell[p].path && i < 4; i++)
				if (!strcmp(cell[p].path, paths[i]))
					cell[p].path = paths[i];
		trace_names_until(n, maps.nr);
		for (p = 0; p < PAGES; p++) {
			assert_string_equal(at(n, 1, NOBODY, p, &offset),
					    cell[p].path ? cell[p].path : "");
			if (cell[p].path)
				assert_int_equal(offset, cell[p].offset);
		}
		trace_names_free(n);
	}
}

/* Each event has the names of its own time. */
static void test_time(void **state)
{
	struct trace_maps maps = { 0 };
	struct trace_names *n = trace_names_new(false);
	uint64_t offset;

	(void)state;
	trace_names_listen(n, &maps);
	trace_names_know(n, NOBODY);
	tell(&maps, NOBODY, 1, 3, "/first");
	tell(&maps, NOBODY, 2, 4, "/second");
	tell(&maps, NOBODY, 0, 0, NULL);	/* exec */
	tell(&maps, NOBODY, 3, 5, "/third");
	trace_names_until(n, 1);
	assert_string_equal(at(n, 7, NOBODY, 2, &offset), "/first");
	assert_string_equal(at(n, 7, NOBODY, 3, &offset), "");
	trace_names_until(n, 2);
	assert_string_equal(at(n, 7, NOBODY, 1, &offset), "/first");
	assert_string_equal(at(n, 7, NOBODY, 2, &offset), "/second");
	trace_names_until(n, 4);
	/* another program, in another address space: nothing of the first */
	assert_string_equal(at(n, 8, NOBODY, 1, &offset), "");
	assert_string_equal(at(n, 8, NOBODY, 3, &offset), "/third");
	assert_int_equal(offset, 3 * 8192 + 5);
	/* one that comes late, of the first */
	assert_string_equal(at(n, 7, NOBODY, 3, &offset), "/second");
	trace_names_free(n);
}

/* Strangers are noted only if all are wanted; children have the map of their parent. */
static void test_who(void **state)
{
	struct trace_maps maps = { 0 };
	struct trace_names *n;
	uint64_t offset;
	int all;

	(void)state;
	for (all = 0; all < 2; all++) {
		memset(&maps, 0, sizeof(maps));
		n = trace_names_new(all);
		trace_names_listen(n, &maps);
		trace_names_know(n, NOBODY);
		tell(&maps, NOBODY, 1, 3, "/known");
		tell(&maps, NOBODY + 1, 1, 3, "/stranger");
		trace_names_until(n, 2);
		assert_string_equal(at(n, 2, NOBODY + 1, 1, &offset), all ? "/stranger" : "");
		trace_names_forked(n, NOBODY, NOBODY + 2);
		assert_string_equal(at(n, 3, NOBODY + 2, 2, &offset), "/known");
		tell(&maps, NOBODY + 2, 2, 3, "/own");
		trace_names_until(n, 3);
		assert_string_equal(at(n, 3, NOBODY + 2, 2, &offset), "/own");
		assert_string_equal(at(n, 1, NOBODY, 2, &offset), "/known");
		trace_names_free(n);
	}
}

/* Code is that of the process that faults, data that of the memory it faults in. */
static void test_remote(void **state)
{
	struct fault_record r = {
		.tgid = NOBODY,
		.event = { .mm_id = 9, .mm_pid = NOBODY + 1, .flags = MMSCOPE_FAULT_REMOTE,
			   .vm_flags = FAULT_VM_EXEC },
	};
	struct trace_maps maps = { 0 };
	struct trace_names *n = trace_names_new(true);
	uint64_t offset, va = BASE + 4096;

	(void)state;
	trace_names_listen(n, &maps);
	tell(&maps, NOBODY, 1, 3, "/debugger");
	tell(&maps, NOBODY + 1, 1, 3, "/debugged");
	trace_names_until(n, 2);
	assert_string_equal(trace_names_code(n, &r, va, &offset), "/debugger");
	assert_string_equal(trace_names_find(n, &r.event, va, &offset), "/debugged");
	r.event.flags = 0;
	r.tgid = NOBODY + 1;
	assert_string_equal(trace_names_code(n, &r, va, &offset), "/debugged");
	/* its program is the old one until exec is through */
	r.event = (struct mmscope_fault_event){ .mm_id = 10, .mm_pid = NOBODY + 1,
						.flags = MMSCOPE_FAULT_REMOTE };
	assert_null(trace_names_find(n, &r.event, va + 8192, &offset));
	assert_string_equal(trace_names_code(n, &r, va, &offset), "/debugged");
	trace_names_free(n);
}

/* Over code there may lie what is none, and of that the kernel does not tell. */
static void test_data(void **state)
{
	struct fault_record r = { .tgid = NOBODY, .event = { .mm_id = 1, .mm_pid = NOBODY } };
	struct trace_maps maps = { 0 };
	struct trace_names *n = trace_names_new(false);
	uint64_t offset;

	(void)state;
	trace_names_listen(n, &maps);
	trace_names_know(n, NOBODY);
	tell(&maps, NOBODY, 0, 8, "/program");
	trace_names_until(n, 1);
	assert_string_equal(trace_names_code(n, &r, BASE, &offset), "/program");
	assert_null(trace_names_find(n, &r.event, BASE, &offset));
	r.event.vm_flags = FAULT_VM_EXEC;
	assert_string_equal(trace_names_find(n, &r.event, BASE, &offset), "/program");
	trace_names_free(n);
}

/* This process, by its map in /proc; not if it is another program by now. */
static void test_read(void **state)
{
	static int data = 1;
	struct mmscope_fault_event e = { .mm_id = 1, .mm_pid = getpid() };
	struct trace_maps maps = { 0 };
	struct trace_names *n = trace_names_new(false);
	char self[4096] = "";
	uint64_t offset;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	trace_names_listen(n, &maps);
	tell(&maps, getpid(), 0, 0, NULL);	/* exec */
	assert_null(trace_names_find(n, &e, (uintptr_t)&data, &offset));
	trace_names_until(n, 1);
	e.mm_id = 2;
	assert_string_equal(trace_names_find(n, &e, (uintptr_t)&data, &offset), self);
	/* a child has it, too: what was mapped before, and since then */
	trace_names_forked(n, getpid(), NOBODY);
	tell(&maps, NOBODY, 1, 3, "/own");
	trace_names_until(n, 2);
	e = (struct mmscope_fault_event){ .mm_id = 3, .mm_pid = NOBODY };
	assert_string_equal(trace_names_find(n, &e, (uintptr_t)&data, &offset), self);
	assert_string_equal(at(n, 3, NOBODY, 2, &offset), "/own");
	trace_names_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_remote),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
