// SPDX-License-Identifier: GPL-2.0-only
/*
 * A prefetchable BAR through sysfs: mapped as it is, uncached, and through the
 * file with _wc, write-combining. Nothing of it is read or written.
 */
#include "scene.h"

#include <fcntl.h>
#include <glob.h>

static char *map_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? NULL : scene_map(PAGE, RW, MAP_SHARED, fd);
}

int scene_pci(void)
{
	char path[256], *p;
	glob_t found;
	size_t i;

	/* of a device that no driver has taken: of the others mmap is refused */
	if (glob("/sys/bus/pci/devices/*/resource*_wc", 0, NULL, &found))
		lacks("no PCI device with a prefetchable BAR");
	for (i = 0; i < found.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%s", found.gl_pathv[i]);
		strcpy(strstr(path, "/resource"), "/driver");
		if (access(path, F_OK))
			break;
	}
	if (i == found.gl_pathc)
		lacks("every PCI device with a prefetchable BAR has a driver");
	snprintf(path, sizeof(path), "%s", found.gl_pathv[i]);
	p = map_file(path);
	if (!p)
		fail("%s", path);
	say("expect combining %p kind=page level=pte has=rw,pwt,special not=pcd,pat memtype=WC page=nopage",
	    (void *)p);
	wait_for_line("write_combining");
	/* one address has one type at a time */
	munmap(p, PAGE);
	path[strlen(path) - 3] = '\0';
	p = map_file(path);
	if (!p)
		fail("%s", path);
	say("expect uncached %p kind=page level=pte has=rw,pcd,special not=pwt,pat memtype=UC- page=nopage",
	    (void *)p);
	say("smaps %p VmFlags=pf,io", (void *)p);
	wait_for_line("uncached");
	return 0;
}
