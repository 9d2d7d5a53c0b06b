// SPDX-License-Identifier: GPL-2.0-only
/* What all moments of a recording have in common: format, host, swap areas. */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static int put_info(struct libmmscope_recorder *rec, const struct mmscope_format *f)
{
	struct vector v = { 0 };
	int err = recording_append(&v, &rec->info, sizeof(rec->info));

	if (!err)
		err = recording_append(&v, f->bits, f->info.nr_bits * sizeof(*f->bits));
	if (!err)
		err = recording_append(&v, f->kinds, f->info.nr_kinds * sizeof(*f->kinds));
	if (!err)
		err = recording_append(&v, f->vma_flags,
				       f->info.nr_vma_flags * sizeof(*f->vma_flags));
	if (!err)
		err = record_chunk(rec, RECORDING_INFO, 0, v.data, v.len);
	free(v.data);
	return err;
}

/* Where the process ran: here, or where the recording was made that it comes from. */
static int put_host(struct libmmscope_recorder *rec, struct libmmscope_source *src)
{
	char *text = src->ops->host ? src->ops->host(src) : NULL;
	struct utsname u;
	int err;

	if (!src->ops->host) {
		if (uname(&u))
			return -errno;
		if (asprintf(&text, "host=%s\nkernel=%s %s\nmachine=%s\n%s", u.nodename,
			     u.release, u.version, u.machine, rec->host ? rec->host : "") < 0)
			return -ENOMEM;
	}
	err = text ? record_chunk(rec, RECORDING_HOST, 0, text, strlen(text)) : 0;
	free(text);
	return err;
}

static int put_swaps(struct libmmscope_recorder *rec, struct libmmscope_source *src)
{
	char *text = src->ops->swaps(src);
	int err = text ? record_chunk(rec, RECORDING_SWAPS, 0, text, strlen(text) + 1) : 0;

	free(text);
	return err;
}

int record_head(struct libmmscope_recorder *rec, struct libmmscope_source *src)
{
	struct mmscope_info info = src->format.info;
	int err;

	info.bits = 0;	/* addresses of this process mean nothing later */
	info.kinds = 0;
	info.vma_flags = 0;
	if (rec->begun)
		return memcmp(&info, &rec->info, sizeof(info)) ? -EINVAL : 0;
	rec->begun = true;
	rec->info = info;
	err = put_info(rec, &src->format);
	if (!err)
		err = put_host(rec, src);
	return err ? err : put_swaps(rec, src);
}
