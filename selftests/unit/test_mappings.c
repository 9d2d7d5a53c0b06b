// SPDX-License-Identifier: GPL-2.0-only
/*
 * What perf tells of mappings, put in order. Records are made here by the layout of
 * include/uapi/linux/perf_event.h, for two CPUs, and given as libbpf would.
 */
/* its room is looked at, which nobody else does */
#include <mmscope/trace_maps.c>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>
#include <linux/perf_event.h>

#include <cmocka.h>

/* In place of libbpf's: what waits on each CPU. */
struct perf_buffer {
	perf_buffer_event_fn fn;
	void *arg;
	struct {
		_Alignas(8) char data[65536];
		size_t len;
	} cpu[2];
};

static struct perf_buffer buffer;

struct perf_buffer *perf_buffer__new_raw(int fd, size_t pages, struct perf_event_attr *attr,
					 perf_buffer_event_fn fn, void *arg,
					 const struct perf_buffer_raw_opts *opts)
{
	(void)opts;
	assert_int_equal(fd, 7);
	assert_int_equal(pages & (pages - 1), 0);
	/* what the records' layout hangs on */
	assert_true(attr->mmap && attr->mmap2 && attr->comm_exec && attr->sample_id_all);
	assert_int_equal(attr->sample_type, PERF_SAMPLE_TIME);
	buffer = (struct perf_buffer){ .fn = fn, .arg = arg };
	return &buffer;
}

char *tool_copy(const char *text, size_t max)
{
	return text ? strndup(text, max) : NULL;
}

long libbpf_get_error(const void *p)
{
	(void)p;
	return 0;
}

void perf_buffer__free(struct perf_buffer *pb)
{
	(void)pb;
}

int perf_buffer__consume(struct perf_buffer *pb)
{
	struct perf_event_header *h;
	size_t at;
	int i;

	for (i = 0; i < 2; i++) {
		for (at = 0; at < pb->cpu[i].len; at += h->size) {
			h = (void *)(pb->cpu[i].data + at);
			assert_int_equal(pb->fn(pb->arg, i, h), LIBBPF_PERF_EVENT_CONT);
		}
		pb->cpu[i].len = 0;
	}
	return 0;
}

static void put(int cpu, const void *data, size_t len)
{
	assert_true(buffer.cpu[cpu].len + len <= sizeof(buffer.cpu[cpu].data));
	memcpy(buffer.cpu[cpu].data + buffer.cpu[cpu].len, data, len);
	buffer.cpu[cpu].len += len;
}

static void put_head(int cpu, uint32_t type, uint16_t misc, size_t len)
{
	struct perf_event_header h = { .type = type, .misc = misc, .size = sizeof(h) + len };

	put(cpu, &h, sizeof(h));
}

static void put_mmap(int cpu, uint64_t time, uint32_t pid, uint64_t start, uint64_t len,
		     uint64_t offset, const char *path)
{
	const uint32_t who[2] = { pid, pid + 1 }, device[2] = { 8, 1 }, prot[2] = { 5, 2 };
	const uint64_t where[3] = { start, len, offset }, inode[2] = { 77, 0 };
	char name[64] = "";
	size_t room = (strlen(path) + 8) / 8 * 8;

	strcpy(name, path);
	put_head(cpu, PERF_RECORD_MMAP2, 0, 8 + 24 + 8 + 16 + 8 + room + 8);
	put(cpu, who, 8);
	put(cpu, where, 24);
	put(cpu, device, 8);
	put(cpu, inode, 16);
	put(cpu, prot, 8);
	put(cpu, name, room);
	put(cpu, &time, 8);
}

static void put_comm(int cpu, uint64_t time, uint32_t pid, uint16_t misc)
{
	const uint32_t who[2] = { pid, pid };

	put_head(cpu, PERF_RECORD_COMM, misc, 8 + 8 + 8);
	put(cpu, who, 8);
	put(cpu, "program", 8);
	put(cpu, &time, 8);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void expect(struct trace_maps *m, uint64_t until, uint64_t time, const char *path)
{
	const struct trace_mapping *t = trace_maps_next(m, until);

	if (!time) {
		assert_null(t);
		return;
	}
	assert_non_null(t);
	assert_int_equal(t->time, time);
	assert_int_equal(t->exec, !path);
	if (path && *path)
		assert_string_equal(t->path, path);
	else
		assert_null(t->path);
	free(t->path);
}

static void test_order(void **state)
{
	struct trace_maps *m = trace_maps_new(7);
	const struct trace_mapping *t;
	const uint64_t lost[2] = { 1, 5 }, base = now() + 1000000000000ULL;
	uint64_t time = base + 9;

	(void)state;
	put_mmap(0, base + 4, 10, 0x1000, 0x2000, 0x3000, "/a");
	put_mmap(0, base + 6, 10, 0x5000, 0x1000, 0, "//anon");
	put_comm(1, base + 1, 10, PERF_RECORD_MISC_COMM_EXEC);
	put_comm(1, base + 2, 10, 0);
	put_mmap(1, base + 5, 11, 0x1000, 0x1000, 0, "/a/path/of/some/length");
	expect(m, base + 3, base + 1, NULL);
	/* what is later is for later; and so is what comes meanwhile */
	expect(m, base + 3, 0, NULL);
	put_mmap(1, base + 3, 12, 0, 0x1000, 0, "[vdso]");
	assert_true(trace_maps_exec(m, 12) == false);
	expect(m, base + 3, base + 3, "[vdso]");
	t = trace_maps_next(m, base + 4);
	assert_non_null(t);
	assert_true(t->pid == 10 && t->start == 0x1000 && t->end == 0x3000 && t->offset == 0x3000 &&
		    t->inode == 77);
	free(t->path);
	put_comm(0, base + 8, 13, PERF_RECORD_MISC_COMM_EXEC);
	assert_true(trace_maps_exec(m, 13));
	assert_false(trace_maps_exec(m, 10));
	expect(m, base + 9, base + 5, "/a/path/of/some/length");
	expect(m, base + 9, base + 6, "");
	assert_int_equal(trace_maps_lost(m), 0);
	put_head(0, PERF_RECORD_LOST, 0, 24);
	put(0, lost, 16);
	put(0, &time, 8);
	expect(m, base + 9, base + 8, NULL);
	expect(m, base + 10, 0, NULL);
	assert_int_equal(trace_maps_lost(m), 5);
	/* what nobody took is freed with it */
	put_mmap(0, base + 20, 10, 0x1000, 0x2000, 0x3000, "/never");
	expect(m, base + 11, 0, NULL);
	trace_maps_free(m);
}

/* However long it goes on, with some always left for later: what was given away is not kept. */
static void test_memory(void **state)
{
	struct trace_maps *m = trace_maps_new(7);
	const uint64_t base = now() + 1000000000000ULL;
	const struct trace_mapping *t;
	unsigned int i, n = 0;

	(void)state;
	for (i = 1; i <= 200000; i++) {
		put_mmap(i % 2, base + i, 10, 0x1000, 0x2000, 0, "/a");
		while ((t = trace_maps_next(m, base + i - 1))) {
			assert_int_equal(t->time, base + ++n);
			free(t->path);
		}
	}
	assert_int_equal(n, 199999);
	assert_true(m->room < 1000);
	trace_maps_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
