// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event mmscope:mmscope_fault through a BPF program: it chooses processes and
 * takes stacks in the kernel, what it lets through comes in a ring buffer.
 */
#include "trace.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.skel.h"

#define TRACEFS "/sys/kernel/tracing"
#define EVENT TRACEFS "/events/mmscope/mmscope_fault"

/* libbpf's own messages: the end of them, and only if something failed. */
static char log_text[1024];

__attribute__((format(printf, 2, 0)))
static int keep_log(enum libbpf_print_level level, const char *format, va_list ap)
{
	char text[65536];
	size_t len, keep;

	if (level != LIBBPF_WARN)
		return 0;
	len = vsnprintf(text, sizeof(text), format, ap);
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	if (len >= sizeof(log_text)) {
		memcpy(log_text, text + len - sizeof(log_text) + 1, sizeof(log_text));
		return 0;
	}
	keep = strlen(log_text);
	if (keep + len >= sizeof(log_text)) {
		memmove(log_text, log_text + keep + len - sizeof(log_text) + 1,
			sizeof(log_text) - len);
		keep = sizeof(log_text) - len - 1;
	}
	memcpy(log_text + keep, text, len + 1);
	return 0;
}

static uint64_t read_missed(void)
{
	char line[64];
	uint64_t n = 0;
	FILE *f = fopen("/sys/kernel/debug/mmscope/stats", "re");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "faults_missed %" SCNu64, &n);
	if (f)
		fclose(f);
	return n;
}

static int on_record(void *arg, void *data, size_t size)
{
	const struct fault_record *r = data;
	struct trace *t = arg;

	if (size >= sizeof(*r) && size >= sizeof(*r) + r->depth * sizeof(uint64_t))
		t->fn(t->arg, data);
	return 0;
}

/* Has the kernel type information, as libbpf reads it? */
static bool is_described(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf && !libbpf_get_error(btf);

	if (found)
		btf__free(btf);
	return found;
}

/* Messages of more than a line. */
static const char no_rights[] =
	"tracing needs root, or CAP_BPF, CAP_SYS_ADMIN and access to tracefs";
static const char no_event[] = "load the module, and mount tracefs at " TRACEFS;
static const char no_bpf[] =
	"without BPF: echo 1 >" EVENT "/enable; cat " TRACEFS "/trace_pipe";

/* Why it could not begin, and what helps. */
static int failed(int err, const char *what)
{
	if (err == -EPERM || (err == -EACCES && geteuid()))
		tool_error("trace: %s: permission denied\n  %s", what, no_rights);
	else if (err == -ENOENT || err == -ESRCH)
		tool_error("trace: %s: the event mmscope:mmscope_fault is not there\n  %s", what,
			   no_event);
	else
		tool_error("trace: %s: %s\n%s  %s", what, strerror(-err), log_text, no_bpf);
	return err;
}

/**
 * trace_begin - load the program and listen
 * @t: what is wanted, and what is to be called
 *
 * Return: 0 or a negative errno after a message; trace_end() in any case.
 */
int trace_begin(struct trace *t)
{
	int err;

	libbpf_set_print(keep_log);
	t->bpf = fault_bpf__open();
	if (!t->bpf)
		return failed(-errno, "BPF");
	t->bpf->rodata->all = t->all;
	t->bpf->rodata->follow = t->follow;
	t->bpf->rodata->stacks = t->stacks;
	t->bpf->rodata->kinds = t->kinds;
	t->bpf->rodata->self = getpid();
	err = fault_bpf__load(t->bpf);
	if (err && !is_described())
		tool_error("trace: this kernel does not describe itself (CONFIG_DEBUG_INFO_BTF), which BPF needs\n  %s",
			   no_bpf);
	else if (err)
		failed(err, "BPF");
	if (err)
		return err;
	t->ring = ring_buffer__new(bpf_map__fd(t->bpf->maps.records), on_record, t, NULL);
	if (!t->ring)
		return failed(-errno, "ring buffer");
	t->missed = read_missed();
	t->maps = trace_maps_new(bpf_map__fd(t->bpf->maps.mappings));
	return 0;
}

/* From now on there are events; processes were chosen before. 0 or a negative errno. */
int trace_attach(struct trace *t)
{
	int err = fault_bpf__attach(t->bpf);

	return err ? failed(err, "cannot listen") : 0;
}

/* One more process. 0 or a negative errno. */
int trace_add(struct trace *t, pid_t pid)
{
	uint32_t key = pid;
	uint8_t one = 1;

	return bpf_map_update_elem(bpf_map__fd(t->bpf->maps.processes), &key, &one, BPF_ANY) ?
		-errno : 0;
}

/* Waits for many events, or for a time. How many came, or a negative errno. */
int trace_poll(struct trace *t, int ms)
{
	int n = ring_buffer__poll(t->ring, ms);

	/* those that nobody was woken for */
	return n && n != -EINTR ? n : ring_buffer__consume(t->ring);
}

/* A counter of the program, over all CPUs. */
uint64_t trace_count(const struct trace *t, unsigned int what)
{
	int i, cpus = libbpf_num_possible_cpus();
	uint64_t *value = calloc(cpus > 0 ? cpus : 1, sizeof(*value)), sum = 0;
	uint32_t key = what;

	if (value && !bpf_map_lookup_elem(bpf_map__fd(t->bpf->maps.counts), &key, value))
		for (i = 0; i < cpus; i++)
			sum += value[i];
	free(value);
	return sum;
}

/* Faults that the module's probes did not see since it began. */
uint64_t trace_missed(const struct trace *t)
{
	return read_missed() - t->missed;
}

void trace_end(struct trace *t)
{
	ring_buffer__free(t->ring);
	trace_maps_free(t->maps);
	if (t->bpf)
		fault_bpf__destroy(t->bpf);
}
