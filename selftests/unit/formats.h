/* SPDX-License-Identifier: GPL-2.0-only */
/* The format descriptions of real kernels, from the recordings of the replay tests. */
#ifndef MMSCOPE_TEST_FORMATS_H
#define MMSCOPE_TEST_FORMATS_H

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libmmscope/libmmscope.h>

#define RECORDINGS "selftests/replay/recordings/*.data"

static glob_t recordings;

static inline int find_recordings(void **state)
{
	(void)state;
	return glob(RECORDINGS, 0, NULL, &recordings) || recordings.gl_pathc < 5;
}

static inline int drop_recordings(void **state)
{
	(void)state;
	globfree(&recordings);
	return 0;
}

static inline struct libmmscope_source *open_recording(size_t i)
{
	struct libmmscope_source *src = NULL;

	assert_int_equal(libmmscope_open_recording(recordings.gl_pathv[i], &src), 0);
	return src;
}

/* Repeatable pseudo-random numbers (splitmix64). */
static inline uint64_t random64(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#endif /* MMSCOPE_TEST_FORMATS_H */
