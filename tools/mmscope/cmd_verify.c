// SPDX-License-Identifier: GPL-2.0-only
/* mmscope verify: the module against all the kernel says of a process. */
#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

enum {
	COL_CHECK, COL_COMPARED, COL_EQUAL, COL_EXPLAINED, COL_CHANGED, COL_MISMATCH, COL_WHAT,
	NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_CHECK] = { "CHECK", "check", CELL_STRING, 12, true, "what it is compared with" },
	[COL_COMPARED] = { "COMPARED", "compared", CELL_NUMBER, 8, true, "pages compared; of smaps, sums" },
	[COL_EQUAL] = { "EQUAL", "equal", CELL_NUMBER, 8, true, "the same on both sides" },
	[COL_EXPLAINED] = { "EXPLAINED", "explained", CELL_NUMBER, 9, true, "differ for a reason that is known" },
	[COL_CHANGED] = { "CHANGED", "changed", CELL_NUMBER, 7, true, "differed once, because they changed meanwhile" },
	[COL_MISMATCH] = { "MISMATCH", "mismatch", CELL_NUMBER, 8, true, "differ, look after look: one side is wrong" },
	[COL_WHAT] = { "WHAT", "what", CELL_STRING, 40, false, "the check in words, or why it was not made" },
};

static const struct {
	const char *name, *help;
} checks[] = {
#define VERIFY_CHECK(symbol, name, unit, help) { name, help },
#include "verify_checks.def"
#undef VERIFY_CHECK
};

static void set_row(struct out *out, const struct verify *v, unsigned int check)
{
	const struct verify_tally *t = &v->tally[check];

	out_set(out, COL_CHECK, "%s", checks[check].name);
	out_set(out, COL_WHAT, "%s", t->missing ? t->missing : checks[check].help);
	if (t->missing)
		return;
	out_set(out, COL_COMPARED, "%" PRIu64, t->compared);
	out_set(out, COL_EQUAL, "%" PRIu64, t->compared - t->explained - t->changed - t->mismatch);
	out_set(out, COL_EXPLAINED, "%" PRIu64, t->explained);
	out_set(out, COL_CHANGED, "%" PRIu64, t->changed);
	out_set(out, COL_MISMATCH, "%" PRIu64, t->mismatch);
	if (t->mismatch)
		out_color(out, "red");
}

static struct json_object *hex(uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_object_new_string(text);
}

static struct json_object *json_rules(const struct verify *v, unsigned int check)
{
	struct json_object *list = json_object_new_array(), *row;
	unsigned int i;

	for (i = 0; i < verify_nr_rules(); i++) {
		if (!v->rule[i] || verify_rule_check(i) != check)
			continue;
		row = json_object_new_object();
		json_object_object_add(row, "pages", json_object_new_uint64(v->rule[i]));
		json_object_object_add(row, "why", json_object_new_string(verify_rule_text(i)));
		json_object_array_add(list, row);
	}
	return list;
}

static unsigned int listed(const struct verify *v, unsigned int check)
{
	uint64_t n = v->tally[check].mismatch;

	return n < VERIFY_LISTED ? n : VERIFY_LISTED;
}

static struct json_object *json_mismatches(const struct verify *v, unsigned int check)
{
	struct json_object *list = json_object_new_array(), *row;
	unsigned int i;

	for (i = 0; i < listed(v, check); i++) {
		const struct verify_mismatch *m = &v->mismatch[check][i];

		row = json_object_new_object();
		json_object_object_add(row, "va", hex(m->va));
		json_object_object_add(row, "what", json_object_new_string(m->what));
		json_object_object_add(row, "raw", hex(m->raw));
		json_object_object_add(row, "mmscope", hex(m->ours));
		json_object_object_add(row, checks[check].name, hex(m->theirs));
		json_object_array_add(list, row);
	}
	return list;
}

/* What stands behind the numbers, below the table. */
static void print_reasons(const struct verify *v)
{
	unsigned int i, check;

	for (i = 0; i < verify_nr_rules(); i++)
		if (v->rule[i])
			printf("explained %8" PRIu64 "  %s\n", v->rule[i], verify_rule_text(i));
	for (check = 0; check < VERIFY_NR_CHECKS; check++)
		if (v->tally[check].missing)
			printf("not compared: %s: %s\n", checks[check].name,
			       v->tally[check].missing);
	for (check = 0; check < VERIFY_NR_CHECKS; check++)
		for (i = 0; i < listed(v, check); i++) {
			const struct verify_mismatch *m = &v->mismatch[check][i];

			printf("mismatch 0x%012" PRIx64 " %s 0x%016" PRIx64 ": mmscope 0x%" PRIx64
			       ", %s 0x%" PRIx64 "\n", m->va, m->what,
			       m->raw, m->ours, checks[check].name, m->theirs);
		}
}

static int print(const struct verify *v)
{
	struct out *out = out_begin(v->o, &command_verify, "verify");
	struct json_object *row;
	unsigned int check;
	bool wrong = false;

	if (!out)
		return EXIT_ERROR;
	for (check = 0; check < VERIFY_NR_CHECKS; check++) {
		wrong |= v->tally[check].mismatch;
		set_row(out, v, check);
		if (!v->o->json) {
			out_row(out);
			continue;
		}
		row = out_take(out);
		json_object_object_add(row, "reasons", json_rules(v, check));
		json_object_object_add(row, "mismatches", json_mismatches(v, check));
		out_put(out, row);
	}
	if (out_end(out))
		return EXIT_ERROR;
	if (!v->o->json && !v->o->raw)
		print_reasons(v);
	return wrong ? EXIT_ERROR : EXIT_OK;
}

static int compare(struct verify *v)
{
	struct freeze *freeze = NULL;
	int err = 0;

	if (v->o->freeze) {
		err = freeze_begin(v->src, &freeze);
		if (err == -EPERM)
			tool_error("verify: a task cannot be stopped: it is traced already, or may not be");
	}
	if (!err)
		err = libmmscope_maps_read(v->src, &v->maps);
	if (!err) {
		err = verify_pages(v);
		err = err ? err : verify_smaps(v);
		libmmscope_maps_free(&v->maps);
	}
	freeze_end(freeze);
	return err;
}

static int run(const struct options *o)
{
	struct verify v = { .o = o };
	int err, status;

	err = tool_open_alone(o, "verify", &v.src);
	if (err)
		return err;
	v.f = libmmscope_format(v.src);
	status = tool_phys(v.src, "verify");
	if (status)
		goto out;
	err = verify_sources_open(&v);
	if (!err)
		err = compare(&v);
	if (!err) {
		status = print(&v);
	} else if (err == -EINTR && tool_interrupted) {
		tool_error("interrupted: only a part was compared");
		status = print(&v) == EXIT_OK ? EXIT_PARTIAL : EXIT_ERROR;
	} else {
		status = tool_fail(o, v.src, err);
	}
out:
	verify_sources_close(&v);
	libmmscope_close(v.src);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.args = "PID",
	.help = "compare with all the kernel says of the process: exit 0 same, 1 a mismatch",
	.more = "Every page of every VMA: the slots as physical memory, pagemap, PAGEMAP_SCAN,\n"
		"kpageflags, kpagecount, kpagecgroup; of every VMA the sums of smaps. What differs is explained by a rule of this\n"
		"kernel (listed below the table), or has changed meanwhile (looked at again), or is\n"
		"a mismatch: the same difference in 16 looks between which nothing changed. --freeze\n"
		"stops all tasks of the address space meanwhile. Needs CAP_SYS_ADMIN.",
	.examples = " mmscope verify --freeze 1234\n"
		    " mmscope verify -J 1234 | jq '.verify[] | select(.mismatch > 0)'\n"
		    " for p in /proc/[0-9]*; do mmscope verify -rn \"${p#/proc/}\"; done\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_FREEZE,
	.run = run,
};
