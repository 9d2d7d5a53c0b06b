// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMAs, as records in the descriptor's buffer. The only place that takes
 * the target's mmap_lock: for reading, killable, for a few VMAs at a time.
 */
#include "internal.h"

#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pkeys.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"

/* VMAs listed before the lock is given up for a moment. */
#define BATCH		64

/* Longest strings of a record, with their NULs. */
#define NAME_MAX_LEN	PATH_MAX
#define ANON_MAX_LEN	256
#define RECORD_MAX	(sizeof(struct mmscope_vma) + KSYM_SYMBOL_LEN + \
			 NAME_MAX_LEN + ANON_MAX_LEN + 8)

static_assert(RECORD_MAX <= MMSCOPE_BUFFER_MIN);
static_assert(RECORD_MAX <= U16_MAX);

struct lister {
	struct mmscope_vmas *arg;
	struct mmscope_buffer *buffer;
	char *page;		/* PATH_MAX bytes for names */
};

/*
 * A record while it is written. Its length is kept here: the record itself lies
 * in memory that user space can see, and is never read back.
 */
struct writer {
	struct mmscope_vma *rec;
	size_t bytes;
	char *page;		/* PATH_MAX bytes for names */
};

/* Appends a string to the record; returns its offset. */
static u16 put_string(struct writer *w, const char *s, size_t max)
{
	size_t at = w->bytes, len = strnlen(s, max - 1);

	memcpy((char *)w->rec + at, s, len);
	((char *)w->rec)[at + len] = '\0';
	w->bytes += len + 1;
	return at;
}

/*
 * The symbol of the vm_ops table. Only an exact hit is a name; without one
 * sprint_symbol() would print the address.
 */
static u16 put_ops(struct writer *w, const struct vm_area_struct *vma)
{
	char *buf = w->page, *plus;

	if (!vma->vm_ops)
		return 0;
	sprint_symbol(buf, (unsigned long)vma->vm_ops);
	plus = strstr(buf, "+0x0/");
	if (!plus)
		return put_string(w, "?", 2);
	*plus = '\0';
	return put_string(w, buf, KSYM_SYMBOL_LEN);
}

static const char *special_name(struct vm_area_struct *vma)
{
	const char *name = NULL;

	if (vma->vm_ops && vma->vm_ops->name)
		name = vma->vm_ops->name(vma);
	if (name)
		return name;
	if (mmscope_compat_is_heap(vma))
		return "[heap]";
	if (mmscope_compat_is_stack(vma))
		return "[stack]";
	return NULL;
}

/* Returns the attribute bits that go with the name. */
static u32 put_name(struct writer *w, struct vm_area_struct *vma)
{
	const char *name;

	if (vma->vm_file) {
		name = d_path(mmscope_compat_path(vma->vm_file), w->page, PATH_MAX);
		w->rec->name = put_string(w, IS_ERR(name) ? "?" : name, NAME_MAX_LEN);
		return 0;
	}
	name = special_name(vma);
	if (!name)
		return 0;
	w->rec->name = put_string(w, name, NAME_MAX_LEN);
	return MMSCOPE_VMA_SPECIAL;
}

static u32 put_file(struct mmscope_vma *rec, const struct vm_area_struct *vma)
{
	const struct inode *inode;

	if (!vma->vm_file)
		return 0;
	inode = mmscope_compat_inode(vma->vm_file);
	rec->offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	rec->inode = inode->i_ino;
	rec->dev_major = MAJOR(inode->i_sb->s_dev);
	rec->dev_minor = MINOR(inode->i_sb->s_dev);
	rec->file_id = mmscope_target_id(vma->vm_file->f_mapping);
	return MMSCOPE_VMA_FILE;
}

/* One VMA, with the mmap_lock held: everything is copied, nothing kept. */
static void put_vma(struct lister *l, struct vm_area_struct *vma)
{
	struct mmscope_vma *rec = l->buffer->data + l->arg->bytes;
	struct writer w = { .rec = rec, .bytes = sizeof(*rec), .page = l->page };
	const char *anon = mmscope_compat_anon_name(vma);
	int policy = mmscope_compat_policy(vma);
	const void *anon_vma;
	u32 attrs;

	mmap_assert_locked(vma->vm_mm);
	memset(rec, 0, sizeof(*rec));
	rec->start = vma->vm_start;
	rec->end = vma->vm_end;
	rec->flags = vma->vm_flags;
	rec->page_prot = pgprot_val(vma->vm_page_prot);
	rec->pkey = vma_pkey(vma);
	attrs = put_file(rec, vma);
	/* a fault may set it while we look */
	anon_vma = READ_ONCE(vma->anon_vma);
	rec->anon_id = mmscope_target_id(anon_vma);
	if (anon_vma)
		attrs |= MMSCOPE_VMA_ANON_VMA;
	if (policy >= 0) {
		attrs |= MMSCOPE_VMA_POLICY;
		rec->policy = policy;
	}
	rec->ops = put_ops(&w, vma);
	attrs |= put_name(&w, vma);
	if (anon)
		rec->anon_name = put_string(&w, anon, ANON_MAX_LEN);
	while (w.bytes % 8)
		((char *)rec)[w.bytes++] = '\0';
	rec->attrs = attrs;
	rec->bytes = w.bytes;
	l->arg->bytes += w.bytes;
	l->arg->count++;
}

/* Some VMAs under one hold of the lock. Return: 1 if the list is done. */
static int batch(struct lister *l, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned int n;

	for (n = 0; n < BATCH; n++) {
		vma = find_vma(mm, l->arg->resume);
		if (!vma || vma->vm_start >= l->arg->end) {
			l->arg->resume = l->arg->end;
			return 1;
		}
		if (l->arg->bytes + RECORD_MAX > l->buffer->len)
			return 1;
		put_vma(l, vma);
		l->arg->resume = min_t(u64, vma->vm_end, l->arg->end);
		if (l->arg->resume == l->arg->end)
			return 1;
		if (mmap_lock_is_contended(mm))
			break;
	}
	return 0;
}

static int list(struct lister *l, struct mm_struct *mm)
{
	int done;

	do {
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		done = batch(l, mm);
		l->arg->map_count = mm->map_count;
		mmap_read_unlock(mm);
		cond_resched();
	} while (!done && !signal_pending(current));
	return 0;
}

/**
 * mmscope_vma_fill - VMAS: the memory map of a range into the buffer
 * @f: descriptor, locked
 * @a: see struct mmscope_vmas
 *
 * Return: 0; -EINVAL, -ENOBUFS, -ENOMEM, -ENOTCONN, -ESRCH; -EINTR if killed
 * while waiting for the lock.
 */
int mmscope_vma_fill(struct mmscope_file *f, struct mmscope_vmas *a)
{
	struct lister l = { .arg = a, .buffer = READ_ONCE(f->buffer) };
	struct mm_struct *mm;
	int err;

	if (a->start >= a->end || a->end > mmscope_abi_format.info.task_size)
		return -EINVAL;
	if (!l.buffer)
		return -ENOBUFS;
	mm = mmscope_target_get(f);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	a->resume = a->start;
	a->bytes = 0;
	a->count = 0;
	err = -ENOMEM;
	l.page = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!l.page)
		goto out_put;
	err = list(&l, mm);
	kfree(l.page);
out_put:
	mmscope_target_put(mm);
	return err;
}
