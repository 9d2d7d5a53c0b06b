// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/mmscope: for a box without the tool. Each file is written
 * ("PID [ADDR…]") and read through the same open descriptor, so two readers
 * share nothing. Text comes from the same records as the tool's.
 */
#include "internal.h"

#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define MAX_ADDRS	8
#define TEXT_LEN	(16 * 1024)
#define LINE_ROOM	(9 * 1024)	/* a VMA with a long path, all of it escaped */

struct session;

/* What makes one file differ from another. */
struct kind {
	const char *name;
	unsigned int min_args, max_args;	/* addresses after the pid */
	/* write the next text; 0 at the end */
	int (*more)(struct session *s);
};

struct session {
	struct mutex lock;		/* one read or write at a time */
	const struct kind *kind;
	struct mmscope_file *f;
	unsigned int nr_args;
	u64 arg[MAX_ADDRS];
	u64 next;			/* address or argument to go on at */
	bool done;
	size_t at, filled;		/* records in the buffer: consumed, all */
	size_t len, pos;		/* text: filled, given out */
	char *text;
};

static int more_walk(struct session *s)
{
	struct mmscope_walk w = {};
	int err;

	if (s->next >= s->nr_args)
		return 0;
	w.va = s->arg[s->next++];
	err = mmscope_answer_walk(s->f, &w);
	if (!err)
		s->len = mmscope_text_walk(s->text, TEXT_LEN, &w);
	return err;
}

static int more_mm(struct session *s)
{
	struct mmscope_mm mm = {};
	int err;

	if (s->done)
		return 0;
	s->done = true;
	err = mmscope_mm_read(s->f, &mm);
	if (!err)
		s->len = mmscope_text_mm(s->text, TEXT_LEN, &mm);
	return err;
}

static int more_maps(struct session *s)
{
	u64 end = mmscope_abi_format.info.task_size;
	struct mmscope_vmas v = { .start = s->next, .end = end };
	int err;

	if (s->at == s->filled && s->next < end) {
		err = mmscope_vma_fill(s->f, &v);
		if (err)
			return err;
		s->next = v.resume;
		s->at = 0;
		s->filled = v.bytes;
	}
	while (s->at < s->filled && s->len + LINE_ROOM < TEXT_LEN) {
		const struct mmscope_vma *vma = s->f->buffer->data + s->at;

		s->len += mmscope_text_vma(s->text + s->len, TEXT_LEN - s->len, vma);
		s->at += vma->bytes;
	}
	return 0;
}

static int more_pagetables(struct session *s)
{
	u64 end = s->nr_args == 2 ? s->arg[1] : mmscope_abi_format.info.task_size;
	struct mmscope_scan scan = {
		.flags = MMSCOPE_SCAN_RUNS, .start = s->next, .end = end,
		.levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
	};
	int err;

	while (s->at == s->filled && s->next < end) {
		scan.start = s->next;
		err = mmscope_scan_fill(s->f, &scan);
		if (err)
			return err;
		s->next = scan.resume;
		s->at = 0;
		s->filled = scan.bytes;
		if (signal_pending(current))
			return -EINTR;
	}
	while (s->at < s->filled && s->len + LINE_ROOM < TEXT_LEN) {
		const struct mmscope_record *rec = s->f->buffer->data + s->at;

		s->len += mmscope_text_record(s->text + s->len, TEXT_LEN - s->len, rec);
		s->at += sizeof(*rec);
	}
	return 0;
}

static const struct kind kinds[] = {
	{ "walk", 1, MAX_ADDRS, more_walk },
	{ "maps", 0, 0, more_maps },
	{ "mm", 0, 0, more_mm },
	{ "pagetables", 0, 2, more_pagetables },
};

/* "PID [ADDR…]" into the session. Return: the pid or -EINVAL. */
static int parse(struct session *s, char *line)
{
	char *word;
	int pid;

	word = strsep(&line, " \t\n");
	if (!word || kstrtoint(word, 10, &pid) || pid <= 0)
		return -EINVAL;
	s->nr_args = 0;
	while ((word = strsep(&line, " \t\n"))) {
		if (!*word)
			continue;
		if (s->nr_args == s->kind->max_args ||
		    kstrtou64(word, 16, &s->arg[s->nr_args++]))
			return -EINVAL;
	}
	if (s->nr_args < s->kind->min_args)
		return -EINVAL;
	/* a range needs both ends, in order */
	if (s->kind->more == more_pagetables &&
	    (s->nr_args == 1 || (s->nr_args && s->arg[0] >= s->arg[1])))
		return -EINVAL;
	return pid;
}

static int start(struct session *s, char *line)
{
	struct mmscope_attach a = { .flags = MMSCOPE_ATTACH_PID };
	int err;

	mutex_lock(&s->f->lock);
	mmscope_target_detach(s->f);
	s->len = 0;
	s->pos = 0;
	s->at = 0;
	s->filled = 0;
	s->done = false;
	a.pid = parse(s, line);
	s->next = s->kind->more == more_pagetables && s->nr_args ? s->arg[0] : 0;
	err = a.pid < 0 ? a.pid : mmscope_target_attach(s->f, &a);
	mutex_unlock(&s->f->lock);
	return err;
}

static ssize_t session_write(struct file *file, const char __user *user,
			     size_t len, loff_t *pos)
{
	struct session *s = file->private_data;
	char *line;
	int err;

	if (len > 256)
		return -EINVAL;
	line = memdup_user_nul(user, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	if (mutex_lock_killable(&s->lock)) {
		kfree(line);
		return -EINTR;
	}
	err = start(s, line);
	mutex_unlock(&s->lock);
	kfree(line);
	return err ? err : len;
}

/* More text into an empty buffer. */
static int refill(struct session *s)
{
	int err;

	s->len = 0;
	s->pos = 0;
	mutex_lock(&s->f->lock);
	err = s->kind->more(s);
	mutex_unlock(&s->f->lock);
	return err;
}

/* The file position is the writer's and means nothing here. */
static ssize_t session_read(struct file *file, char __user *user, size_t len,
			    loff_t *pos)
{
	struct session *s = file->private_data;
	int err = 0;

	if (mutex_lock_killable(&s->lock))
		return -EINTR;
	if (s->pos == s->len)
		err = refill(s);
	if (!err) {
		len = min(len, s->len - s->pos);
		if (copy_to_user(user, s->text + s->pos, len))
			err = -EFAULT;
		else
			s->pos += len;
	}
	mutex_unlock(&s->lock);
	return err ? err : len;
}

static void session_free(struct session *s)
{
	if (s->f)
		mmscope_target_free(s->f);
	kfree(s->text);
	kfree(s);
}

static int session_open(struct inode *inode, struct file *file)
{
	struct session *s;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
	s->kind = inode->i_private;
	s->text = kmalloc(TEXT_LEN, GFP_KERNEL_ACCOUNT);
	s->f = mmscope_target_alloc(file);
	if (s->f)
		s->f->buffer = mmscope_target_buffer(MMSCOPE_BUFFER_MIN);
	if (!s->text || !s->f || !s->f->buffer) {
		session_free(s);
		return -ENOMEM;
	}
	file->private_data = s;
	return 0;
}

static int session_release(struct inode *inode, struct file *file)
{
	session_free(file->private_data);
	return 0;
}

static const struct file_operations session_fops = {
	.owner = THIS_MODULE,
	.open = session_open,
	.release = session_release,
	.read = session_read,
	.write = session_write,
	.llseek = noop_llseek,
};

static int stats_show(struct seq_file *m, void *unused)
{
	char text[256];

	mmscope_text_stats(text, sizeof(text));
	seq_puts(m, text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* Room for all of the text: with less, seq_file would run it once more. */
static int selftest_show(struct seq_file *m, void *unused)
{
	return mmscope_selftest_run(m);
}

static int selftest_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, selftest_show, NULL, TEXT_LEN);
}

static const struct file_operations selftest_fops = {
	.owner = THIS_MODULE,
	.open = selftest_open,
	.release = single_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

static struct dentry *dir;

/* Without debugfs the module works all the same; errors are not fatal. */
void mmscope_debugfs_init(void)
{
	unsigned int i;

	dir = debugfs_create_dir("mmscope", NULL);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		debugfs_create_file(kinds[i].name, 0600, dir, (void *)&kinds[i],
				    &session_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
	debugfs_create_file("selftest", 0400, dir, NULL, &selftest_fops);
}

void mmscope_debugfs_exit(void)
{
	debugfs_remove(dir);
}
