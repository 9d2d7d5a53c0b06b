/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other files of the kernel call the things that the module knows by
 * number: files, memory cgroups, ranges of physical memory.
 */
#ifndef MMSCOPE_NAMES_H
#define MMSCOPE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Names by device and inode number. All zero is an empty table. */
struct names {
	size_t nr, room;
	struct name *row;	/* sorted once it is complete */
};

/*
 * names_cgroups - paths of the memory cgroups, by inode number (device 0)
 *
 * As seen from the root of the mounted hierarchy that has the memory controller.
 * Return: 0, or -1 after saying that there is none.
 */
int names_cgroups(struct names *names);

/*
 * names_files - paths of the files that processes have mapped or open
 *
 * @pid: that process alone, or 0 for all. Others' names are not there: /proc has
 * no way from an inode to a path. File systems that tell stat() another number
 * than they use themselves (btrfs, overlayfs) are not found.
 */
void names_files(struct names *names, pid_t pid);

/* The name of device and inode, or NULL. */
const char *names_find(const struct names *names, uint64_t dev, uint64_t inode);
void names_free(struct names *names);

/* A device number as names_find() takes it. */
#define NAMES_DEV(major, minor) ((uint64_t)(major) << 32 | (minor))

/* A line of /proc/iomem. */
struct resource {
	uint64_t start, last;	/* addresses, both inclusive */
	unsigned int depth;	/* 0: in no other */
	char name[64];
};

/* /proc/iomem: in order of start, each followed by those that lie in it. */
struct iomem {
	size_t nr;
	struct resource *row;
};

/* Return: 0, or -1 after saying why not (only the administrator sees addresses). */
int iomem_read(struct iomem *iomem);
void iomem_free(struct iomem *iomem);

/* The innermost resource with that address, or NULL. */
const struct resource *iomem_find(const struct iomem *iomem, uint64_t addr);

/* The first address after @addr where iomem_find() may give something else. */
uint64_t iomem_border(const struct iomem *iomem, uint64_t addr);

#endif /* MMSCOPE_NAMES_H */
