// SPDX-License-Identifier: GPL-2.0-only
/* /proc/iomem: which device or memory a physical address belongs to. */
#include "names.h"

#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "  00100000-3ffdcfff : System RAM": two blanks for each level. */
static bool parse_line(char *line, struct resource *r)
{
	size_t blanks = strspn(line, " ");
	char *name = strstr(line, " : ");

	if (!name || sscanf(line + blanks, "%lx-%lx", &r->start, &r->last) != 2)
		return false;
	r->depth = blanks / 2;
	name += 3;
	name[strcspn(name, "\n")] = '\0';
	snprintf(r->name, sizeof(r->name), "%.*s", (int)sizeof(r->name) - 1, name);
	return true;
}

static int add_line(struct iomem *iomem, char *line)
{
	struct resource r, *grown;

	if (!parse_line(line, &r))
		return 0;
	grown = reallocarray(iomem->row, iomem->nr + 1, sizeof(r));
	if (!grown)
		return -1;
	iomem->row = grown;
	iomem->row[iomem->nr++] = r;
	return 0;
}

int iomem_read(struct iomem *iomem)
{
	FILE *f = fopen("/proc/iomem", "re");
	uint64_t highest = 0;
	char line[256];
	size_t i;

	*iomem = (struct iomem){ 0 };
	if (!f) {
		tool_error("/proc/iomem: %s", strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), f))
		if (add_line(iomem, line))
			break;
	fclose(f);
	for (i = 0; i < iomem->nr; i++)
		highest |= iomem->row[i].last;
	if (highest)
		return 0;
	tool_error("/proc/iomem hides its addresses (they need CAP_SYS_ADMIN)");
	iomem_free(iomem);
	return -1;
}

void iomem_free(struct iomem *iomem)
{
	free(iomem->row);
	*iomem = (struct iomem){ 0 };
}

const struct resource *iomem_find(const struct iomem *iomem, uint64_t addr)
{
	const struct resource *found = NULL;
	size_t i;

	for (i = 0; i < iomem->nr && iomem->row[i].start <= addr; i++)
		if (addr <= iomem->row[i].last)
			found = &iomem->row[i];
	return found;
}

uint64_t iomem_border(const struct iomem *iomem, uint64_t addr)
{
	uint64_t border = UINT64_MAX;
	size_t i;

	for (i = 0; i < iomem->nr; i++) {
		const struct resource *r = &iomem->row[i];

		if (r->start > addr && r->start < border)
			border = r->start;
		if (r->last >= addr && r->last < border)
			border = r->last + 1;
	}
	return border;
}
