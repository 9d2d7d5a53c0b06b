// SPDX-License-Identifier: GPL-2.0-only
/* Writing recordings: the same records as the device gives, in chunks. */
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int put(FILE *stream, const void *data, size_t len)
{
	if (len && fwrite(data, len, 1, stream) != 1)
		return errno ? -errno : -EIO;
	return 0;
}

static int put_chunk(FILE *stream, enum recording_type type, const void *data, size_t len)
{
	struct recording_chunk chunk = { .type = type, .length = len };
	int err = put(stream, &chunk, sizeof(chunk));

	return err ? err : put(stream, data, len);
}

static int put_head(struct libmmscope_source *src, FILE *stream)
{
	const struct mmscope_format *f = &src->format;
	struct recording_head head = {
		.magic = RECORDING_MAGIC, .version = RECORDING_VERSION, .pid = src->pid,
	};
	size_t bits = f->info.nr_bits * sizeof(*f->bits);
	size_t kinds = f->info.nr_kinds * sizeof(*f->kinds);
	size_t flags = f->info.nr_vma_flags * sizeof(*f->vma_flags);
	struct recording_chunk chunk = {
		.type = RECORDING_INFO, .length = sizeof(f->info) + bits + kinds + flags,
	};
	struct mmscope_info info = f->info;
	int err = put(stream, &head, sizeof(head));

	info.bits = 0;	/* addresses of this process mean nothing later */
	info.kinds = 0;
	info.vma_flags = 0;
	if (!err)
		err = put(stream, &chunk, sizeof(chunk));
	if (!err)
		err = put(stream, &info, sizeof(info));
	if (!err)
		err = put(stream, f->bits, bits);
	if (!err)
		err = put(stream, f->kinds, kinds);
	return err ? err : put(stream, f->vma_flags, flags);
}

static int put_vmas(struct libmmscope_source *src, FILE *stream)
{
	struct mmscope_vmas v = { .end = src->format.info.task_size };
	const void *records;
	int err = 0;

	while (!err && v.resume < v.end) {
		v.start = v.resume;
		err = libmmscope_vmas(src, &v, &records);
		if (!err && v.bytes)
			err = put_chunk(stream, RECORDING_VMAS, records, v.bytes);
	}
	return err;
}

/* As long as this library knows a task, whatever the module's record has more. */
static int put_tasks(struct libmmscope_source *src, FILE *stream,
		     struct libmmscope_recorded *done)
{
	struct recording_chunk chunk = { .type = RECORDING_TASKS };
	struct mmscope_tasks tasks;
	const void *records;
	int err = libmmscope_tasks(src, &tasks, &records);
	__u32 i;

	if (err == -ENODATA)	/* a recording of before */
		return 0;
	if (err)
		return err;
	if (tasks.truncated)
		done->out_flags |= MMSCOPE_OUT_CHANGED;
	chunk.length = tasks.count * sizeof(struct mmscope_task);
	err = put(stream, &chunk, sizeof(chunk));
	for (i = 0; i < tasks.count && !err; i++)
		err = put(stream, (const char *)records + i * tasks.record_size,
			  sizeof(struct mmscope_task));
	return err;
}

static int put_swaps(struct libmmscope_source *src, FILE *stream)
{
	char *text = src->ops->swaps(src), *padded;
	size_t room = text ? (strlen(text) + 8) & ~7UL : 0;
	int err = -ENOMEM;

	if (!text)
		return 0;
	padded = calloc(1, room);
	if (padded) {
		memcpy(padded, text, strlen(text));
		err = put_chunk(stream, RECORDING_SWAPS, padded, room);
	}
	free(padded);
	free(text);
	return err;
}

static int put_blocks(struct libmmscope_source *src, FILE *stream,
		      struct libmmscope_recorded *done)
{
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_BLOCKS, .end = src->format.info.task_size,
		.levels = (1U << src->format.info.levels) - 1,
	};
	const void *records;
	int err = 0;

	while (!err && s.resume < s.end) {
		s.start = s.resume;
		err = libmmscope_scan(src, &s, &records);
		if (err)
			break;
		done->tables += s.tables;
		done->entries += s.entries;
		done->retries += s.retries;
		done->changed += s.changed;
		done->out_flags |= s.out_flags;
		if (s.bytes)
			err = put_chunk(stream, RECORDING_BLOCKS, records, s.bytes);
	}
	return err;
}

int libmmscope_record(struct libmmscope_source *src, FILE *stream,
		      struct libmmscope_recorded *done)
{
	struct mmscope_mm mm;
	int err;

	memset(done, 0, sizeof(*done));
	err = put_head(src, stream);
	if (!err)
		err = libmmscope_mm(src, &mm);
	if (!err)
		err = put_chunk(stream, RECORDING_MM, &mm, sizeof(mm));
	if (!err)
		err = put_vmas(src, stream);
	if (!err)
		err = put_tasks(src, stream, done);
	if (!err)
		err = put_swaps(src, stream);
	if (!err)
		err = put_blocks(src, stream, done);
	if (!err)
		err = put_chunk(stream, RECORDING_SUMMARY, done, sizeof(*done));
	if (!err && fflush(stream))
		err = -errno;
	return err;
}
