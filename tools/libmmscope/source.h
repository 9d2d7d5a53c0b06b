/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes something a source. device.c and recording.c each have one set of
 * operations; source.c calls them.
 */
#ifndef LIBMMSCOPE_SOURCE_H
#define LIBMMSCOPE_SOURCE_H

#include "libmmscope.h"

struct source_ops {
	int (*walk)(struct libmmscope_source *src, struct mmscope_walk *w);
	int (*scan)(struct libmmscope_source *src, struct mmscope_scan *scan,
		    const void **records);
	int (*vmas)(struct libmmscope_source *src, struct mmscope_vmas *vmas,
		    const void **records);
	int (*mm)(struct libmmscope_source *src, struct mmscope_mm *mm);
	int (*tasks)(struct libmmscope_source *src, struct mmscope_tasks *tasks,
		     const void **records);
	int (*frames)(struct libmmscope_source *src, struct mmscope_frames *frames,
		      const void **records);
	int (*layout)(struct libmmscope_source *src, struct mmscope_layout *layout,
		      const void **records);
	int (*zones)(struct libmmscope_source *src, struct mmscope_zones *zones,
		     const void **records);
	/* the text of /proc/swaps, to be freed by the caller; NULL if there is none */
	char *(*swaps)(struct libmmscope_source *src);
	/* NULL, or the text that says where a recording was made; to be freed */
	char *(*host)(struct libmmscope_source *src);
	void (*close)(struct libmmscope_source *src);
};

struct libmmscope_source {
	const struct source_ops *ops;
	struct mmscope_format format;	/* the row tables are owned */
	pid_t pid;
	uint64_t mm_id;
	bool swaps_known;
	char **swap;			/* names by type; ended by NULL */
	char *swaps;			/* text of /proc/swaps; swap[] points into it */
};

/* Does the module or recording speak our version? 0 or -EPROTO. */
int source_check_abi(const struct mmscope_info *info);

/* Takes copies of the three row tables. 0 or -ENOMEM. */
int source_set_format(struct libmmscope_source *src, const struct mmscope_info *info,
		      const void *bits, const void *kinds, const void *vma_flags);

#endif /* LIBMMSCOPE_SOURCE_H */
