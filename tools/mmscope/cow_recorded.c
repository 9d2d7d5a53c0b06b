// SPDX-License-Identifier: GPL-2.0-only
/* mmscope cow -i: two recordings, or two processes of one file. */
#include "cow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The last moment of another process in the same file, as FILE@N. 0: there is none. */
static unsigned int other_moment(const char *name, size_t len, pid_t me)
{
	char *file = strndup(name, len);
	const struct libmmscope_moment *m;
	struct libmmscope_file *f;
	unsigned int number = 0;
	size_t i, count;

	if (!file || libmmscope_file_open(file, &f)) {
		free(file);
		return 0;
	}
	m = libmmscope_file_moments(f, &count);
	for (i = 0; i < count; i++)
		if (m[i].pid != me && m[i].whole)
			number = m[i].number;
	libmmscope_file_close(f);
	free(file);
	return number;
}

/* Says what is wrong with the other one: damaged, a part, frames hidden. Exit status. */
static int check_other(const char *name, bool tell)
{
	struct libmmscope_source *src;
	int err = tool_open_recording(name, &src);

	if (err)
		return err;
	err = tool_phys(src, "cow");
	if (tell)
		tool_error("cow: the other is %s, process %d", name, libmmscope_pid(src));
	libmmscope_close(src);
	return err;
}

/**
 * cow_find_recorded - with what a recording is compared
 * @o: -i FILE[@N], and perhaps another recording
 * @me: the first
 * @buf: name of the other: that which was given, or another process in the same file
 * @len: its length
 *
 * Return: 0, or an exit status after saying what was wrong.
 */
int cow_find_recorded(const struct options *o, struct libmmscope_source *me, char *buf, size_t len)
{
	const char *at = access(o->input, F_OK) ? strrchr(o->input, '@') : NULL;
	int length = at ? at - o->input : (int)strlen(o->input);
	unsigned int number;

	if (o->argc) {
		snprintf(buf, len, "%s", o->argv[0]);
		return check_other(buf, false);
	}
	number = other_moment(o->input, length, libmmscope_pid(me));
	snprintf(buf, len, "%.*s@%u", length, o->input, number);
	if (number)
		return check_other(buf, o->verbose);
	tool_error("cow: %.*s holds no other process: name a second recording, or record both (record PID,PID)",
		   length, o->input);
	return EXIT_ERROR;
}
