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
	struct libmmscope_source *src;
	unsigned int number;
	int err;

	if (o->argc) {
		err = tool_open_recording(o->argv[0], &src);
		if (err)
			return err;
		libmmscope_close(src);
		snprintf(buf, len, "%s", o->argv[0]);
		return EXIT_OK;
	}
	number = other_moment(o->input, length, libmmscope_pid(me));
	snprintf(buf, len, "%.*s@%u", length, o->input, number);
	if (number)
		return EXIT_OK;
	tool_error("cow: %.*s holds no other process: name a second recording, or record both (record PID,PID)",
		   length, o->input);
	return EXIT_ERROR;
}
