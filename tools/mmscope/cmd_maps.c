// SPDX-License-Identifier: GPL-2.0-only
/* mmscope maps: the memory map of a process. */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	COL_START, COL_END, COL_SIZE, COL_PERMS, COL_OFFSET, COL_DEV, COL_INODE, COL_FLAGS,
	COL_OPS, COL_PATH, COL_ANON_NAME, COL_PROT, COL_PKEY, COL_POLICY, COL_FILE_ID,
	COL_ANON_ID, NR_COLUMNS,
};

const struct column maps_columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address" },
	[COL_END] = { "END", "end", CELL_HEX, 14, true, "address after the last" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, false, "bytes" },
	[COL_PERMS] = { "PERMS", "perms", CELL_STRING, 5, true, "rights, and p private or s shared" },
	[COL_OFFSET] = { "OFFSET", "offset", CELL_HEX, 8, true, "offset in the file (bytes)" },
	[COL_DEV] = { "DEV", "dev", CELL_STRING, 5, true, "device of the file system, major:minor" },
	[COL_INODE] = { "INODE", "inode", CELL_NUMBER, 6, true, "inode number" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_LIST, 20, true, "VMA flags, the letters of smaps; bitN if it has none" },
	[COL_OPS] = { "OPS", "ops", CELL_STRING, 12, true, "symbol of the vm_operations" },
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack], [vdso] …" },
	[COL_ANON_NAME] = { "ANONNAME", "anon_name", CELL_STRING, 8, false, "name given by PR_SET_VMA_ANON_NAME" },
	[COL_PROT] = { "PROT", "prot", CELL_HEX, 18, false, "vm_page_prot: bits new entries get" },
	[COL_PKEY] = { "PKEY", "pkey", CELL_NUMBER, 4, false, "protection key" },
	[COL_POLICY] = { "POLICY", "policy", CELL_STRING, 6, false, "NUMA policy of its own (MPOL_*)" },
	[COL_FILE_ID] = { "FILEID", "file_id", CELL_HEX, 18, false, "identity of the file's mapping" },
	[COL_ANON_ID] = { "ANONID", "anon_id", CELL_HEX, 18, false, "identity of the anon_vma" },
};

/* Modes of include/uapi/linux/mempolicy.h, in order. */
static const char *policy_name(unsigned int mode)
{
	static const char * const name[] = {
		"default", "preferred", "bind", "interleave", "local",
		"preferred_many", "weighted_interleave",
	};

	return mode < sizeof(name) / sizeof(name[0]) ? name[mode] : "other";
}

static void set_ids(struct out *out, const struct mmscope_vma *vma)
{
	if (vma->attrs & MMSCOPE_VMA_POLICY)
		out_set(out, COL_POLICY, "%s", policy_name(vma->policy));
	if (vma->file_id)
		out_set(out, COL_FILE_ID, "0x%016" PRIx64, (uint64_t)vma->file_id);
	if (vma->anon_id)
		out_set(out, COL_ANON_ID, "0x%016" PRIx64, (uint64_t)vma->anon_id);
}

static void set_strings(struct out *out, const struct mmscope_vma *vma)
{
	const char *s;

	s = libmmscope_vma_string(vma, vma->ops);
	if (s)
		out_set(out, COL_OPS, "%s", s);
	s = libmmscope_vma_string(vma, vma->name);
	if (s)
		out_set(out, COL_PATH, "%s", s);
	s = libmmscope_vma_string(vma, vma->anon_name);
	if (s)
		out_set(out, COL_ANON_NAME, "%s", s);
}

/* The cells of one VMA, for an out with maps_columns. */
void maps_set(struct out *out, const struct options *o, const struct mmscope_format *f,
	      const struct mmscope_vma *vma)
{
	char perms[5], flags[256], size[32];

	mmscope_perms(vma->flags, perms);
	tool_vma_flags(f, vma->flags, flags, sizeof(flags));
	tool_size(o, vma->end - vma->start, size, sizeof(size));
	out_set(out, COL_START, "0x%012" PRIx64, (uint64_t)vma->start);
	out_set(out, COL_END, "0x%012" PRIx64, (uint64_t)vma->end);
	out_set(out, COL_SIZE, "%s", size);
	out_set(out, COL_PERMS, "%s", perms);
	out_set(out, COL_OFFSET, "0x%08" PRIx64, (uint64_t)vma->offset);
	out_set(out, COL_DEV, "%02x:%02x", vma->dev_major, vma->dev_minor);
	out_set(out, COL_INODE, "%" PRIu64, (uint64_t)vma->inode);
	out_set(out, COL_FLAGS, "%s", flags);
	out_set(out, COL_PROT, "0x%016" PRIx64, (uint64_t)vma->page_prot);
	out_set(out, COL_PKEY, "%u", vma->pkey);
	set_strings(out, vma);
	set_ids(out, vma);
}

static int run(const struct options *o)
{
	struct libmmscope_source *src;
	struct libmmscope_maps maps;
	struct out *out;
	size_t i;
	int err;

	err = tool_open_alone(o, "maps", &src);
	if (err)
		return err;
	err = libmmscope_maps_read(src, &maps);
	if (err) {
		err = tool_fail(o, src, err);
		goto out_close;
	}
	out = out_begin(o, &command_maps, "maps");
	for (i = 0; out && i < maps.count; i++) {
		maps_set(out, o, libmmscope_format(src), maps.vma[i]);
		out_row(out);
	}
	err = out && !out_end(out) ? EXIT_OK : EXIT_ERROR;
	libmmscope_maps_free(&maps);
out_close:
	libmmscope_close(src);
	return err;
}

const struct command command_maps = {
	.name = "maps",
	.args = "PID",
	.help = "the memory map: every VMA with its flags, file and operations",
	.examples = " mmscope maps 1234\n"
		    " mmscope maps -o START,END,PERMS,PATH 1234\n"
		    " mmscope maps -J self | jq '.maps[] | select(.perms == \"rwxp\")'\n",
	.columns = maps_columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES,
	.run = run,
};
