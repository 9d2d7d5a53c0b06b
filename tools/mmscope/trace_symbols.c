// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of functions, by the file and the offset in it: from its symbol table or its
 * separate debug information, through elfutils. Files are read when they are first
 * needed, and kept open.
 */
#include "trace.h"

#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct file {
	char *path;
	Dwfl *dwfl;		/* NULL: it cannot be read, or is no ELF file */
	Dwfl_Module *module;
};

struct trace_symbols {
	struct file *file;
	size_t nr;
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

struct trace_symbols *trace_symbols_new(void)
{
	return calloc(1, sizeof(struct trace_symbols));
}

void trace_symbols_free(struct trace_symbols *s)
{
	size_t i;

	for (i = 0; s && i < s->nr; i++) {
		dwfl_end(s->file[i].dwfl);
		free(s->file[i].path);
	}
	if (s)
		free(s->file);
	free(s);
}

static void open_file(struct file *f)
{
	f->dwfl = dwfl_begin(&callbacks);
	if (!f->dwfl)
		return;
	dwfl_report_begin(f->dwfl);
	f->module = dwfl_report_offline(f->dwfl, f->path, f->path, -1);
	dwfl_report_end(f->dwfl, NULL, NULL);
	if (f->module)
		return;
	dwfl_end(f->dwfl);
	f->dwfl = NULL;
}

static struct file *file_of(struct trace_symbols *s, const char *path)
{
	struct file *more;
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->file[i].path, path))
			return &s->file[i];
	more = reallocarray(s->file, s->nr + 1, sizeof(*more));
	if (!more)
		return NULL;
	s->file = more;
	s->file[s->nr] = (struct file){ .path = strdup(path) };
	if (!s->file[s->nr].path)
		return NULL;
	open_file(&s->file[s->nr]);
	return &s->file[s->nr++];
}

/* The address that an offset of the file is loaded at, by its segments; 0: it is not. */
static GElf_Addr address_of(Dwfl_Module *module, uint64_t offset)
{
	GElf_Addr bias = 0;
	Elf *elf = dwfl_module_getelf(module, &bias);
	size_t i, nr = 0;
	GElf_Phdr p;

	if (!elf || elf_getphdrnum(elf, &nr))
		return 0;
	for (i = 0; i < nr; i++)
		if (gelf_getphdr(elf, i, &p) && p.p_type == PT_LOAD && offset >= p.p_offset &&
		    offset < p.p_offset + p.p_filesz)
			return bias + p.p_vaddr + (offset - p.p_offset);
	return 0;
}

/**
 * trace_symbols_find - the function at a place in a file
 * @s: state
 * @path: file
 * @offset: bytes from its begin
 * @inside: set to the bytes from the begin of the function
 *
 * Return: its name, valid until trace_symbols_free(), or NULL.
 */
const char *trace_symbols_find(struct trace_symbols *s, const char *path, uint64_t offset,
			       uint64_t *inside)
{
	struct file *f = file_of(s, path);
	GElf_Off off = 0;
	GElf_Addr at;
	const char *name;
	GElf_Sym sym;

	at = f && f->dwfl ? address_of(f->module, offset) : 0;
	if (!at)
		return NULL;
	name = dwfl_module_addrinfo(f->module, at, &off, &sym, NULL, NULL, NULL);
	*inside = off;
	return name;
}
