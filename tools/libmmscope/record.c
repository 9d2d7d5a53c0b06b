// SPDX-License-Identifier: GPL-2.0-only
/* Writing recordings: the same records as the device gives, in chunks. */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

/* Content of a chunk of records, about (bytes). */
#define PIECE (1U << 20)

static int put(FILE *stream, const void *data, size_t len)
{
	errno = 0;
	if (len && fwrite(data, len, 1, stream) != 1)
		return errno ? -errno : -EIO;
	return 0;
}

/* What is not smaller afterwards, or too much smaller to be believed, stays as it is. */
static size_t pack(struct libmmscope_recorder *rec, const void *data, size_t len)
{
	size_t room = ZSTD_compressBound(len), n;

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	return 0;
#endif
	rec->packed.len = 0;
	if (recording_room(&rec->packed, room))
		return 0;
	n = ZSTD_compress(rec->packed.data, room, data, len, ZSTD_CLEVEL_DEFAULT);
	return ZSTD_isError(n) || n >= len || len / RECORDING_RATIO_MAX > n ? 0 : n;
}

int record_chunk(struct libmmscope_recorder *rec, enum recording_type type, __u32 record,
		 const void *data, size_t len)
{
	static const char zero[8];
	struct recording_chunk chunk = {
		.type = type, .length = len, .record = record, .stored = len,
	};
	size_t n;
	int err;

	if (len > RECORDING_CHUNK_MAX)
		return -EOVERFLOW;	/* nobody could read it */
	n = pack(rec, data, len);

	if (n) {
		chunk.flags = RECORDING_ZSTD;
		chunk.stored = n;
		data = rec->packed.data;
	}
	chunk.crc = recording_crc(data, chunk.stored);
	chunk.head_crc = recording_crc(&chunk, offsetof(struct recording_chunk, head_crc));
	err = put(rec->stream, &chunk, sizeof(chunk));
	if (!err)
		err = put(rec->stream, data, chunk.stored);
	return err ? err : put(rec->stream, zero, -chunk.stored & 7);
}

int record_progress(struct libmmscope_recorder *rec, const char *unit, __u64 done, __u64 total)
{
	if (!rec->what->progress)
		return 0;
	return rec->what->progress(rec->what->arg, unit, done, total) ? -EINTR : 0;
}

/* What one call has returned; and the tables read before it and with it, of how many. */
struct answer {
	const char *records;
	size_t bytes;
	__u64 before, after, total;
};

/* Records that lie one behind the other, in chunks that end where a record does. */
static int put_records(struct libmmscope_recorder *rec, enum recording_type type,
		       const struct answer *a, size_t (*size)(const void *record))
{
	size_t at, begun = 0;
	int err = 0;

	for (at = 0; at < a->bytes && !err;) {
		at += size(a->records + at);
		if (at - begun < PIECE && at < a->bytes)
			continue;
		err = record_chunk(rec, type, 0, a->records + begun, at - begun);
		begun = at;
		/* all of a recording is one answer */
		if (!err && a->total)
			err = record_progress(rec, "tables", a->before + (a->after - a->before) *
					      ((double)at / a->bytes), a->total);
	}
	return err;
}

static size_t vma_size(const void *record)
{
	return ((const struct mmscope_vma *)record)->bytes;
}

static size_t block_size(const void *record)
{
	const struct mmscope_record *rec = record;

	return sizeof(*rec) + (rec->type == MMSCOPE_REC_BLOCK ? rec->nr * 8ULL : 0);
}

static int put_vmas(struct libmmscope_recorder *rec, struct libmmscope_source *src)
{
	struct mmscope_vmas v = { .end = src->format.info.task_size };
	const void *records;
	int err = 0;

	while (!err && v.resume < v.end) {
		v.start = v.resume;
		err = libmmscope_vmas(src, &v, &records);
		if (!err)
			err = put_records(rec, RECORDING_VMAS,
					  &(struct answer){ records, v.bytes, 0, 0, 0 },
					  vma_size);
	}
	return err;
}

static int put_blocks(struct libmmscope_recorder *rec, struct libmmscope_source *src,
		      const struct recording_moment *m, __u64 total)
{
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_BLOCKS, .resume = m->start, .end = m->end,
		.levels = (1U << src->format.info.levels) - 1,
	};
	struct answer a = { .total = total };
	const void *records;
	size_t at;
	int err = 0;

	while (!err && s.resume < s.end) {
		s.start = s.resume;
		err = libmmscope_scan(src, &s, &records);
		if (err)
			break;
		a.before = rec->done->tables;
		rec->done->tables += s.tables;
		a.after = rec->done->tables;
		a.total = a.after > total ? a.after : total;
		a.records = records;
		a.bytes = s.bytes;
		rec->done->entries += s.entries;
		rec->done->retries += s.retries;
		rec->done->changed += s.changed;
		rec->done->out_flags |= s.out_flags;
		err = put_records(rec, RECORDING_BLOCKS, &a, block_size);
		for (at = 0; at < s.bytes && !err && (m->flags & LIBMMSCOPE_FRAMES);
		     at += block_size(a.records + at)) {
			const struct mmscope_record *block = (const void *)(a.records + at);

			if (block->type == MMSCOPE_REC_BLOCK)
				err = record_want_block(rec, &src->format, block);
		}
	}
	return err;
}

static int put_zones(struct libmmscope_recorder *rec, struct libmmscope_source *src)
{
	struct mmscope_zones zones;
	const void *records;
	int err = libmmscope_zones(src, &zones, &records);

	if (err)	/* not for everybody, and not in every recording */
		return err == -EPERM || err == -ENODATA ? 0 : err;
	return record_chunk(rec, RECORDING_ZONES, zones.record_size, records,
			    (size_t)zones.count * zones.record_size);
}

/* The tasks, and from the first of them the name of the process. */
static int put_tasks(struct libmmscope_recorder *rec, struct libmmscope_source *src,
		     struct recording_moment *m, const struct mmscope_mm *mm)
{
	const struct mmscope_task *task;
	struct mmscope_tasks tasks;
	const void *records = NULL;
	int err = libmmscope_tasks(src, &tasks, &records), err2;
	__u32 i;

	if (err && err != -ENODATA)
		return err;
	for (i = 0; !err && i < tasks.count; i++) {
		task = (const void *)((const char *)records + (size_t)i * tasks.record_size);
		if (task->pid == m->pid)
			memcpy(m->comm, task->comm, sizeof(m->comm) - 1);
	}
	err2 = record_chunk(rec, RECORDING_MOMENT, 0, m, sizeof(*m));
	if (!err2)
		err2 = record_chunk(rec, RECORDING_MM, 0, mm, sizeof(*mm));
	if (err || err2)
		return err2;
	if (tasks.truncated)
		rec->done->out_flags |= MMSCOPE_OUT_CHANGED;
	return record_chunk(rec, RECORDING_TASKS, tasks.record_size, records,
			    (size_t)tasks.count * tasks.record_size);
}

static int put_moment(struct libmmscope_recorder *rec, struct libmmscope_source *src,
		      struct recording_moment *m, const struct mmscope_mm *mm)
{
	int err = put_tasks(rec, src, m, mm);

	if (!err)
		err = put_vmas(rec, src);
	if (!err)
		err = put_zones(rec, src);
	if (!err)
		err = put_blocks(rec, src, m, mm->pgtables_bytes >> 12);
	if (!err && (m->flags & LIBMMSCOPE_FRAMES))
		err = record_frames(rec, src);
	rec->ranges.len = 0;
	return err;
}

static void set_moment(struct recording_moment *m, const struct libmmscope_source *src,
		       const struct libmmscope_what *what)
{
	const struct libmmscope_moment *old = libmmscope_moment(src);
	const __u64 features = src->format.info.features;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	*m = (struct recording_moment){
		.time = old ? old->time : t.tv_sec * 1000000000ULL + t.tv_nsec,
		.start = what->start, .end = what->end, .pid = src->pid, .flags = what->flags,
	};
	if (old && !what->end) {
		m->start = old->start;
		m->end = old->end;
	}
	if (!m->end)
		m->end = src->format.info.task_size;
	if (m->start || m->end != src->format.info.task_size)
		m->flags |= LIBMMSCOPE_PART;
	if (old)
		m->flags |= old->flags & (LIBMMSCOPE_FROZEN | LIBMMSCOPE_AT_EXIT);
	if (old ? old->done.out_flags & MMSCOPE_OUT_HIDDEN : !(features & MMSCOPE_FEATURE_PHYS))
		m->flags = (m->flags | LIBMMSCOPE_HIDDEN) & ~LIBMMSCOPE_FRAMES;
}

/* A copy is no more whole than what it was copied from. */
static void carry_over(const struct libmmscope_source *src, struct libmmscope_recorded *done)
{
	const struct libmmscope_moment *old = libmmscope_moment(src);
	uint64_t at;

	if (!old)
		return;
	done->retries += old->done.retries;
	done->changed += old->done.changed;
	done->out_flags |= old->done.out_flags;
	if (!done->ended)
		done->ended = old->done.ended;
	if (!done->ended && (!old->whole || libmmscope_damage(src, &at)))
		done->ended = LIBMMSCOPE_ENDED_INTERRUPTED;
}

int libmmscope_recorder_add(struct libmmscope_recorder *rec, struct libmmscope_source *src,
			    const struct libmmscope_what *what, struct libmmscope_recorded *done)
{
	static const struct libmmscope_what all;
	struct recording_moment m;
	struct mmscope_mm mm;
	int err;

	memset(done, 0, sizeof(*done));
	rec->what = what ? what : &all;
	rec->done = done;
	set_moment(&m, src, rec->what);
	err = libmmscope_mm(src, &mm);
	if (!err)
		err = record_head(rec, src);
	if (err)
		return err;
	err = put_moment(rec, src, &m, &mm);
	if (err == -ESRCH)
		done->ended = LIBMMSCOPE_ENDED_GONE;
	else if (err == -EINTR)
		done->ended = LIBMMSCOPE_ENDED_INTERRUPTED;
	else if (err)
		return err;
	if (m.flags & LIBMMSCOPE_HIDDEN)
		done->out_flags |= MMSCOPE_OUT_HIDDEN;
	carry_over(src, done);
	err = record_chunk(rec, RECORDING_SUMMARY, 0, done, sizeof(*done));
	/* what is whole is in the file before the next moment begins */
	return !err && fflush(rec->stream) ? -errno : err;
}

int libmmscope_recorder_begin(FILE *stream, const char *host, struct libmmscope_recorder **out)
{
	struct recording_head head = {
		.magic = RECORDING_MAGIC, .version = RECORDING_VERSION, .bytes = sizeof(head),
	};
	struct libmmscope_recorder *rec = calloc(1, sizeof(*rec));
	int err = rec ? put(stream, &head, sizeof(head)) : -ENOMEM;

	if (!err && host) {
		rec->host = strdup(host);
		err = rec->host ? 0 : -ENOMEM;
	}
	if (err) {
		free(rec);
		return err;
	}
	rec->stream = stream;
	*out = rec;
	return 0;
}

int libmmscope_recorder_end(struct libmmscope_recorder *rec)
{
	int err;

	if (!rec)
		return 0;
	err = record_chunk(rec, RECORDING_END, 0, "", 0);
	if (!err && fflush(rec->stream))
		err = -errno;
	free(rec->host);
	free(rec->packed.data);
	free(rec->ranges.data);
	free(rec);
	return err;
}

int libmmscope_record(struct libmmscope_source *src, FILE *stream,
		      struct libmmscope_recorded *done)
{
	struct libmmscope_recorder *rec;
	int err = libmmscope_recorder_begin(stream, NULL, &rec), err2;

	if (err)
		return err;
	err = libmmscope_recorder_add(rec, src, NULL, done);
	err2 = libmmscope_recorder_end(rec);
	return err ? err : err2;
}
