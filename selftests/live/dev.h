/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device by its UAPI alone, without library and decode: what the tests
 * compare with /proc must not come from the code under test.
 */
#ifndef MMSCOPE_TEST_DEV_H
#define MMSCOPE_TEST_DEV_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/mmscope.h>

#define PAGE 4096UL
#define BUFFER_LEN (1024 * 1024)

#define die(...) do { printf("Bail out! " __VA_ARGS__); printf(": %s\n", strerror(errno)); \
	fflush(stdout); _exit(1); } while (0)

/* 0 or errno */
static inline int dev_call(int fd, unsigned long command, void *arg)
{
	return ioctl(fd, command, arg) ? errno : 0;
}

static inline int dev_open(void)
{
	int fd = open(MMSCOPE_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s", MMSCOPE_DEVICE);
	return fd;
}

static inline int open_pagemap(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* errno of ATTACH */
static inline int dev_attach(int fd, pid_t pid)
{
	struct mmscope_attach a = { .size = sizeof(a), .fd = open_pagemap(pid) };
	int err;

	if (a.fd < 0)
		return errno;
	err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);
	close(a.fd);
	return err;
}

static inline const void *dev_map_len(int fd, size_t len)
{
	void *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		die("mmap of the device");
	return p;
}

static inline const void *dev_map(int fd)
{
	return dev_map_len(fd, BUFFER_LEN);
}

static inline struct mmscope_info dev_info(int fd)
{
	struct mmscope_info info = { .size = sizeof(info) };

	if (dev_call(fd, MMSCOPE_IOC_INFO, &info))
		die("INFO");
	return info;
}

static inline bool swap_is_on(void)
{
	char line[256];
	int lines = 0;
	FILE *f = fopen("/proc/swaps", "r");

	while (f && fgets(line, sizeof(line), f))
		lines++;
	if (f)
		fclose(f);
	return lines > 1;
}

#endif /* MMSCOPE_TEST_DEV_H */
