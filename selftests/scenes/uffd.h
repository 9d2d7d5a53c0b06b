/* SPDX-License-Identifier: GPL-2.0-only */
/* userfaultfd, with what younger headers than the build machine's have. */
#ifndef MMSCOPE_SCENE_UFFD_H
#define MMSCOPE_SCENE_UFFD_H

#include <linux/userfaultfd.h>

#include "scene.h"

/* linux/userfaultfd.h of 6.6 and of 7.3 */
#define SCENE_FEATURE_POISON (1ULL << 14)
#define SCENE_FEATURE_RWP (1ULL << 17)
#define SCENE_MODE_RWP (1ULL << 3)

struct scene_uffd_poison {
	struct uffdio_range range;
	uint64_t mode;
	int64_t updated;
};

#define SCENE_UFFDIO_POISON _IOWR(UFFDIO, 0x08, struct scene_uffd_poison)
#define SCENE_UFFDIO_RWPROTECT _IOWR(UFFDIO, 0x09, struct uffdio_writeprotect)

int uffd_open(uint64_t features, const char *what);
void uffd_register(int fd, void *p, size_t len, uint64_t mode);
void uffd_protect(int fd, void *p, size_t len, bool on);

#endif /* MMSCOPE_SCENE_UFFD_H */
