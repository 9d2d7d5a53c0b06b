// SPDX-License-Identifier: GPL-2.0-only
/* How far a long command has come: on standard error, on a terminal, after a second. */
#include "tool.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

void progress_update(struct progress *p, uint64_t done, uint64_t total)
{
	double t;

	if (!isatty(STDERR_FILENO) || (!p->silent && isatty(STDOUT_FILENO)))
		return;
	t = tool_seconds();
	if (!p->begun)
		p->begun = t;
	if (t - p->begun < 1 || t - p->shown < 0.2)
		return;
	p->shown = t;
	fprintf(stderr, "\r%s: %3.0f%% of ", p->what, total ? 100.0 * done / total : 100.0);
	if (p->unit)
		fprintf(stderr, "%" PRIu64 " %s", total, p->unit);
	else
		fprintf(stderr, "0x%" PRIx64, total);
	fflush(stderr);
}

/* Leaves an empty line behind. */
void progress_end(struct progress *p)
{
	if (p->shown > 0)
		fputs("\r\033[K", stderr);
	p->shown = 0;
}
