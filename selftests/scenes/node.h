/* SPDX-License-Identifier: GPL-2.0-only */
/* The NUMA calls that scenes use, without libnuma. */
#ifndef MMSCOPE_SCENE_NODE_H
#define MMSCOPE_SCENE_NODE_H

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scene.h"

static inline void need_two_nodes(void)
{
	if (access("/sys/devices/system/node/node1", F_OK))
		lacks("one NUMA node");
}

/* New pages of the area come from this node. */
static inline void bind_to(void *p, size_t len, unsigned long node)
{
	unsigned long mask = 1UL << node;

	if (syscall(SYS_mbind, p, len, MPOL_BIND, &mask, 64UL, 0U))
		fail("mbind");
}

/* All pages of this process that are on one node to the other. */
static inline void migrate_to(unsigned long from, unsigned long to)
{
	unsigned long old = 1UL << from, new = 1UL << to;

	if (syscall(SYS_migrate_pages, 0, 64UL, &old, &new) < 0)
		fail("migrate_pages");
}

#endif /* MMSCOPE_SCENE_NODE_H */
