// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a recording: under another name until it is whole, and one that was there
 * before is kept as FILE.old.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the file says about how it was made. Return: length, or -1. */
static int host_text(char **text)
{
	return asprintf(text, "tool=mmscope, ABI %d\nuser=%u\n", MMSCOPE_ABI_VERSION, geteuid());
}

/* Only a file of one's own, which nobody else writes, and which only oneself may read. */
static bool is_good(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	errno = EEXIST;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
		return false;
	return !flock(fd, LOCK_EX | LOCK_NB) && !ftruncate(fd, 0) && !fchmod(fd, 0600);
}

/* The stream to FILE.part, or NULL after saying what is wrong. */
static FILE *open_part(const struct record_file *f)
{
	struct stat st;
	int fd;

	if (!lstat(f->path, &st) && !S_ISREG(st.st_mode)) {
		tool_error("%s: is there, and no plain file", f->path);
		return NULL;
	}
	fd = open(f->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && is_good(fd))
		return fdopen(fd, "w");
	tool_error("%s: %s", f->part, errno == EWOULDBLOCK ? "another recording is being written" :
		   strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

/**
 * record_file_begin - begin a file
 * @f: filled in
 * @path: its name when it is whole
 *
 * Return: 0, or an exit status after saying what was wrong.
 */
int record_file_begin(struct record_file *f, const char *path)
{
	char *text;
	int err;

	f->path = path;
	if (snprintf(f->part, sizeof(f->part), "%s.part", path) >= (int)sizeof(f->part)) {
		tool_error("%s: %s", path, strerror(ENAMETOOLONG));
		return EXIT_ERROR;
	}
	f->stream = open_part(f);
	if (!f->stream)
		return EXIT_ERROR;
	err = host_text(&text) < 0 ? -ENOMEM : 0;
	if (!err) {
		err = libmmscope_recorder_begin(f->stream, text, &f->recorder);
		free(text);
	}
	if (!err)
		return EXIT_OK;
	tool_error("%s: %s", f->part, strerror(-err));
	fclose(f->stream);
	unlink(f->part);
	return EXIT_ERROR;
}

/* FILE becomes FILE.old, and what was written FILE. 0 or a negative errno. */
static int put_in_place(const struct record_file *f)
{
	char old[4096];

	snprintf(old, sizeof(old), "%.*s.old", (int)strlen(f->path), f->path);
	if (rename(f->path, old) && errno != ENOENT)
		return -errno;
	return rename(f->part, f->path) ? -errno : 0;
}

/**
 * record_file_end - end a file
 * @f: file
 * @err: 0, or the negative errno with which writing it has ended
 * @any: is there anything in it that can be read?
 *
 * What was written when the disk became full stays under the name FILE.part.
 * Return: 0, or an exit status after saying what was wrong.
 */
int record_file_end(struct record_file *f, int err, bool any)
{
	int ended = libmmscope_recorder_end(f->recorder);

	if (!err)
		err = ended;
	if (!err && fsync(fileno(f->stream)) && errno != EINVAL)
		err = -errno;
	if (fclose(f->stream) && !err)
		err = -errno;
	if (!any) {
		unlink(f->part);
		return err ? EXIT_ERROR : EXIT_OK;
	}
	if (!err)
		err = put_in_place(f);
	if (!err)
		return EXIT_OK;
	tool_error("%s: %s\n  what was written can be read up to there: mmscope report %s",
		   f->part, strerror(-err), f->part);
	return EXIT_ERROR;
}
