// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targets that end with something unfinished: a read of a FUSE file that is never answered.
 * The kernel waits for it, unkillable, when it frees the target's memory (exit_aio() in
 * __mmput()): whoever drops the last mm_users, which is as a rule a reader in a call.
 * Oracle: readers end; the stacks in /proc tell who waits instead.
 */
#include "races.h"

#include <dirent.h>
#include <linux/aio_abi.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define DIR_NAME	"/tmp/unanswered"
#define FILE_NAME	"pagemap"
#define MOST		16	/* targets; each leaves a waiter behind */
#define LEN		(32 * 4 * MIB)

const char *lacks_fuse(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return "no FUSE";
	close(fd);
	return NULL;
}

static void answer(int fd, uint64_t unique, int error, const void *data, size_t len)
{
	char out[4096];
	struct fuse_out_header head = {
		.len = sizeof(head) + len, .error = -error, .unique = unique,
	};

	memcpy(out, &head, sizeof(head));
	if (len)
		memcpy(out + sizeof(head), data, len);
	/* who asked may be gone */
	if (write(fd, out, head.len) < 0 && errno != ENOENT)
		_exit(1);
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node, .nlink = 1, .blksize = PAGE,
		.size = node == FUSE_ROOT_ID ? 0 : PAGE,
		.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0444,
	};
}

static void answer_one(int fd, const struct fuse_in_header *in)
{
	const char *name = (const char *)(in + 1);
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.flags = FUSE_ASYNC_DIO, .max_background = 4 * MOST, .max_write = PAGE,
	};
	struct fuse_entry_out entry = {
		.nodeid = FUSE_ROOT_ID + 1, .entry_valid = 3600, .attr_valid = 3600,
		.attr = attributes(FUSE_ROOT_ID + 1),
	};
	struct fuse_attr_out attr = { .attr_valid = 3600, .attr = attributes(in->nodeid) };
	struct fuse_open_out opened = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		if (strcmp(name, FILE_NAME))
			answer(fd, in->unique, ENOENT, NULL, 0);
		else
			answer(fd, in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(fd, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(fd, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(fd, in->unique, 0, NULL, 0);
		break;
	case FUSE_READ:
		shared->helped++;
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fd, in->unique, ENOSYS, NULL, 0);
	}
}

/* Until the connection is cut. */
static void serve(int fd)
{
	static uint64_t buffer[8192];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		ssize_t len = read(fd, buffer, sizeof(buffer));

		if (len >= (ssize_t)sizeof(struct fuse_in_header))
			answer_one(fd, (const struct fuse_in_header *)buffer);
		else if (errno != EINTR && errno != ENOENT && errno != EAGAIN)
			_exit(0);
	}
}

static pid_t begin_serving(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[64];
	pid_t pid;

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mkdir(DIR_NAME, 0755) && errno != EEXIST)
		die(DIR_NAME);
	if (mount("races", DIR_NAME, "fuse", MS_NOSUID | MS_NODEV, options))
		die("mount of FUSE");
	fflush(stdout);
	pid = fork();
	if (!pid)
		serve(fd);
	close(fd);
	return pid;
}

/* Reads, which is never answered; then unmaps without pause: the reader has much to do. */
static void read_and_storm(void)
{
	struct iocb io = { .aio_lio_opcode = IOCB_CMD_PREAD, .aio_nbytes = PAGE };
	struct iocb *list[] = { &io };
	aio_context_t context = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(1);
	io.aio_buf = (uintptr_t)mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	io.aio_fildes = open(DIR_NAME "/" FILE_NAME, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if ((int)io.aio_fildes < 0 || syscall(__NR_io_setup, 1, &context) ||
	    syscall(__NR_io_submit, context, 1, list) != 1)
		die("reading " DIR_NAME);
	storm_munmap();
}

/* Until the target is gone. */
static void scan_to_the_end(pid_t target)
{
	int fd = dev_open(), err = dev_attach(fd, target);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0);
	dev_map(fd);
	while (!err) {
		struct mmscope_scan s = {
			.size = sizeof(s), .start = BASE, .end = BASE + LEN, .levels = 1,
			.flags = MMSCOPE_SCAN_RUNS,
		};

		err = dev_call(fd, MMSCOPE_IOC_SCAN, &s);
		shared->result[0].scans++;
		shared->result[0].retries += s.retries;
	}
	_exit(err != ESRCH);
}

/* Has it come to its end in this time? */
static bool ended(pid_t pid, double seconds, int *status)
{
	double end = now() + seconds;

	while (!waitpid(pid, status, WNOHANG)) {
		if (now() > end)
			return false;
		usleep(5000);
	}
	return true;
}

/* Workers of the kernel that wait for what a dead process has begun. */
static unsigned int waiting_workers(void)
{
	char path[300], text[4096];
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	unsigned int nr = 0;

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (!get(path, text, sizeof(text)) || strncmp(text, "kworker", 7))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stack", entry->d_name);
		nr += get(path, text, sizeof(text)) && strstr(text, "exit_aio");
	}
	if (dir)
		closedir(dir);
	return nr;
}

/* A target that is killed while it is read. */
static bool kill_one(pid_t *target, pid_t *reader)
{
	unsigned long scans = shared->result[0].scans;
	int i, status;

	shared->rounds = 0;
	fflush(stdout);
	*target = fork();
	if (!*target)
		read_and_storm();
	while (!shared->rounds)
		usleep(1000);
	*reader = fork();
	if (!*reader)
		scan_to_the_end(*target);
	for (i = 0; i < 5000 && shared->result[0].scans == scans; i++)
		usleep(1000);
	usleep(1000 + rnd(20000));
	kill(*target, SIGKILL);
	return ended(*reader, 5 + longer / 3, &status) && !status;
}

static void check_forged(const struct race *race)
{
	struct mmscope_attach a = { .size = sizeof(a) };
	int fd = dev_open(), err;

	a.fd = open(DIR_NAME "/" FILE_NAME, O_RDONLY | O_CLOEXEC);
	if (a.fd < 0)
		die(DIR_NAME "/" FILE_NAME);
	err = dev_call(fd, MMSCOPE_IOC_ATTACH, &a);
	tested(err == EINVAL, "%s: a file of FUSE named pagemap is none: %s", race->name, strerror(err));
	close(a.fd);
	close(fd);
}

void run_unanswered(const struct race *race, double seconds)
{
	pid_t server = begin_serving(), target[MOST], reader[MOST];
	unsigned int i, nr = 0, workers = 0, held = 0, left = 0;
	int status;
	double start = now();
	struct result sum;

	check_forged(race);
	for (; nr < MOST && !held && (now() < start + seconds ||
				      (!workers && now() < start + seconds + longer)); nr++) {
		held += !kill_one(&target[nr], &reader[nr]);
		workers = waiting_workers();
	}
	tested(!held, "%s: %u of %u readers had to wait for the end of their targets", race->name, held, nr);
	tested(workers && shared->helped == nr, "%s: instead of them %u workers of the kernel wait, %lu reads unanswered",
	       race->name, workers, shared->helped);
	/* the first cuts the connection */
	umount2(DIR_NAME, MNT_FORCE);
	umount2(DIR_NAME, MNT_DETACH);
	for (i = 0; i < nr; i++)
		left += !ended(target[i], 10, &status) || !ended(reader[i], 10, &status);
	for (i = 0; i < 500 && waiting_workers(); i++)
		usleep(10000);
	tested(!left && !waiting_workers(), "%s: with the file system gone all have come to their end", race->name);
	waitpid(server, NULL, 0);
	rmdir(DIR_NAME);
	printf("# count race-%s attempts %u\n", race->name, nr);
	sum = sum_up();
	print_counts(race, now() - start, &sum);
}
