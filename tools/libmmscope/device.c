// SPDX-License-Identifier: GPL-2.0-only
/* The live device as a source. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER_LEN	((size_t)1024 * 1024)
#define BUFFER_SMALL	((size_t)64 * 1024)
#define MAX_ROWS	256

struct device {
	struct libmmscope_source src;	/* first: the source is the device */
	int fd;
	void *buffer;
	size_t len;
};

static struct device *device_of(struct libmmscope_source *src)
{
	return (struct device *)src;
}

static int call(struct libmmscope_source *src, unsigned long command, void *arg)
{
	return ioctl(device_of(src)->fd, command, arg) ? -errno : 0;
}

static int device_walk(struct libmmscope_source *src, struct mmscope_walk *w)
{
	return call(src, MMSCOPE_IOC_WALK, w);
}

static int device_scan(struct libmmscope_source *src, struct mmscope_scan *scan,
		       const void **records)
{
	*records = device_of(src)->buffer;
	return call(src, MMSCOPE_IOC_SCAN, scan);
}

static int device_vmas(struct libmmscope_source *src, struct mmscope_vmas *vmas,
		       const void **records)
{
	*records = device_of(src)->buffer;
	return call(src, MMSCOPE_IOC_VMAS, vmas);
}

static int device_mm(struct libmmscope_source *src, struct mmscope_mm *mm)
{
	return call(src, MMSCOPE_IOC_MM, mm);
}

static int device_tasks(struct libmmscope_source *src, struct mmscope_tasks *tasks,
			const void **records)
{
	*records = device_of(src)->buffer;
	return call(src, MMSCOPE_IOC_TASKS, tasks);
}

static int device_frames(struct libmmscope_source *src, struct mmscope_frames *frames,
			 const void **records)
{
	*records = device_of(src)->buffer;
	return call(src, MMSCOPE_IOC_FRAMES, frames);
}

static int device_layout(struct libmmscope_source *src, struct mmscope_layout *layout,
			 const void **records)
{
	*records = device_of(src)->buffer;
	return call(src, MMSCOPE_IOC_LAYOUT, layout);
}

static int device_zones(struct libmmscope_source *src, struct mmscope_zones *zones,
			const void **records)
{
	*records = device_of(src)->buffer;
	return call(src, MMSCOPE_IOC_ZONES, zones);
}

static char *device_swaps(struct libmmscope_source *src)
{
	FILE *stream = fopen("/proc/swaps", "re");
	char *text = NULL;
	size_t room = 0;

	(void)src;
	if (!stream)
		return NULL;
	/* all of it: the text holds no NUL */
	if (getdelim(&text, &room, '\0', stream) < 0) {
		free(text);
		text = NULL;
	}
	fclose(stream);
	return text;
}

static void device_close(struct libmmscope_source *src)
{
	struct device *d = device_of(src);

	if (d->buffer)
		munmap(d->buffer, d->len);
	if (d->fd >= 0)
		close(d->fd);
}

static const struct source_ops device_ops = {
	.walk = device_walk,
	.scan = device_scan,
	.vmas = device_vmas,
	.mm = device_mm,
	.tasks = device_tasks,
	.frames = device_frames,
	.layout = device_layout,
	.zones = device_zones,
	.swaps = device_swaps,
	.close = device_close,
};

static int open_device(void)
{
	const char *path = getenv("MMSCOPE_DEVICE");
	int fd = open(path ? path : MMSCOPE_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	return errno == ENOENT || errno == ENXIO ? -ENODEV : -errno;
}

static int read_info(struct device *d)
{
	struct mmscope_bit bits[MAX_ROWS];
	struct mmscope_kind kinds[MAX_ROWS];
	struct mmscope_vma_flag vma_flags[MAX_ROWS];
	struct mmscope_info info = {
		.size = sizeof(info),
		.nr_bits = MAX_ROWS, .bits = (uintptr_t)bits,
		.nr_kinds = MAX_ROWS, .kinds = (uintptr_t)kinds,
		.nr_vma_flags = MAX_ROWS, .vma_flags = (uintptr_t)vma_flags,
	};
	int err = call(&d->src, MMSCOPE_IOC_INFO, &info);

	if (err)	/* another driver, or a module that knows no such structure */
		return err == -ENOTTY ? -ENODEV : err == -EINVAL ? -EPROTO : err;
	err = source_check_abi(&info);
	if (err)
		return err;
	if (info.nr_bits > MAX_ROWS || info.nr_kinds > MAX_ROWS ||
	    info.nr_vma_flags > MAX_ROWS)
		return -EPROTO;
	return source_set_format(&d->src, &info, bits, kinds, vma_flags);
}

/* By pid; the only way that can say whose mm a kernel thread borrows. */
static int attach_pid(struct device *d, pid_t *lender)
{
	struct mmscope_attach a = {
		.size = sizeof(a), .flags = MMSCOPE_ATTACH_PID, .pid = d->src.pid,
	};
	int err = call(&d->src, MMSCOPE_IOC_ATTACH, &a);

	if (err == -ENXIO)
		*lender = a.lender;
	d->src.mm_id = a.mm_id;
	return err;
}

#define PF_KTHREAD 0x00200000	/* include/linux/sched.h */

/* For a reader who may not attach by pid: what /proc says of the task. */
static bool is_kernel_thread(pid_t pid)
{
	char path[64], text[1024], *p;
	unsigned int flags = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	p = strrchr(text, ')');	/* the name before it may hold anything */
	if (!p || sscanf(p, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		return false;
	return flags & PF_KTHREAD;
}

/* With the kernel's own permission checks: through the pagemap file. */
static int attach_pagemap(struct device *d)
{
	struct mmscope_attach a = { .size = sizeof(a) };
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", d->src.pid);
	a.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (a.fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	err = call(&d->src, MMSCOPE_IOC_ATTACH, &a);
	d->src.mm_id = a.mm_id;
	close(a.fd);
	return err;
}

static int attach(struct device *d, pid_t *lender)
{
	bool by_pid = d->src.format.info.features & MMSCOPE_FEATURE_ATTACH_PID;
	int err = attach_pagemap(d);

	if (err != -ESRCH && err != -EOPNOTSUPP)
		return err;
	if (by_pid)
		return attach_pid(d, lender);
	if (err == -EOPNOTSUPP)	/* the module has no way in but for the administrator */
		return -EPERM;
	return is_kernel_thread(d->src.pid) ? -ENXIO : err;
}

static int open_live(pid_t pid, size_t len, struct libmmscope_source **out, pid_t *lender)
{
	struct device *d = calloc(1, sizeof(*d));
	pid_t nobody;
	int err;

	if (!d)
		return -ENOMEM;
	if (!lender)
		lender = &nobody;
	*lender = -1;
	d->src.ops = &device_ops;
	d->src.pid = pid;
	d->len = len;
	d->fd = open_device();
	err = d->fd < 0 ? d->fd : read_info(d);
	if (!err)
		err = attach(d, lender);
	if (!err) {
		d->buffer = mmap(NULL, d->len, PROT_READ, MAP_SHARED, d->fd, 0);
		if (d->buffer == MAP_FAILED) {
			d->buffer = NULL;
			err = -errno;
		}
	}
	if (err) {
		libmmscope_close(&d->src);
		return err;
	}
	*out = &d->src;
	return 0;
}

int libmmscope_open_live(pid_t pid, struct libmmscope_source **out, pid_t *lender)
{
	return open_live(pid, BUFFER_LEN, out, lender);
}

int libmmscope_open_one_of_many(pid_t pid, struct libmmscope_source **out)
{
	return open_live(pid, BUFFER_SMALL, out, NULL);
}
