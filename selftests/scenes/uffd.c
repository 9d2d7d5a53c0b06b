// SPDX-License-Identifier: GPL-2.0-only
/* userfaultfd for the scenes that show it. */
#include "uffd.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* What the kernel can is asked first: unknown features are EINVAL. */
int uffd_open(uint64_t features, const char *what)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		fail("userfaultfd");
	if (ioctl(fd, UFFDIO_API, &api))
		fail("UFFDIO_API");
	if ((api.features & features) != features)
		skip("%s: UFFDIO_API offers features 0x%llx only", what, api.features);
	close(fd);
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	api.api = UFFD_API;
	api.features = features;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		fail("UFFDIO_API with features");
	return fd;
}

void uffd_register(int fd, void *p, size_t len, uint64_t mode)
{
	struct uffdio_register r = { .range = { (uintptr_t)p, len }, .mode = mode };

	if (ioctl(fd, UFFDIO_REGISTER, &r))
		fail("UFFDIO_REGISTER");
}

void uffd_protect(int fd, void *p, size_t len, bool on)
{
	struct uffdio_writeprotect w = {
		.range = { (uintptr_t)p, len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(fd, UFFDIO_WRITEPROTECT, &w))
		fail("UFFDIO_WRITEPROTECT");
}
