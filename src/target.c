// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which address space a descriptor is bound to, and the one place that
 * decides who may look.
 *
 * The checks a module would have to make (ptrace_may_access(), mm_access())
 * are exported nowhere. So the caller hands in an open descriptor of
 * /proc/PID/pagemap: the kernel made those checks when it was opened, and its
 * private_data is the mm, with a reference on mm_count, on every kernel
 * supported (fs/proc/task_mmu.c: pagemap_open()).
 */
#define pr_fmt(fmt) "mmscope: " fmt

#include "internal.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>

#include "compat/compat.h"

/* File operations of /proc/PID/pagemap; NULL if the check at load failed. */
static const struct file_operations *pagemap_fops;

static siphash_key_t id_key;

/*
 * Learn what a pagemap file is from the loader's own. It must be on procfs
 * under that name and hold the loader's mm; only then can another one be
 * recognised by its operations. Done at load, by the administrator: in a mount
 * namespace that an ordinary user arranged, the path could lead elsewhere.
 */
static void __init learn_pagemap(void)
{
	struct file *file = filp_open("/proc/self/pagemap", O_RDONLY, 0);

	if (!IS_ERR(file)) {
		if (file_inode(file)->i_sb->s_magic == PROC_SUPER_MAGIC &&
		    !strcmp(file->f_path.dentry->d_name.name, "pagemap") &&
		    current->mm && file->private_data == current->mm)
			pagemap_fops = file->f_op;
		filp_close(file, NULL);
	}
	if (!pagemap_fops)
		pr_notice("/proc/self/pagemap is not as expected; attaching by descriptor is off\n");
}

int __init mmscope_target_init(void)
{
	get_random_bytes(&id_key, sizeof(id_key));
	learn_pagemap();
	return 0;
}

bool mmscope_target_by_fd(void)
{
	return pagemap_fops;
}

/**
 * mmscope_target_id - identity of a kernel object for user space
 * @object: its address, or NULL
 *
 * Return: a keyed hash, equal for equal objects; 0 for NULL.
 */
u64 mmscope_target_id(const void *object)
{
	return object ? siphash_1u64((u64)(unsigned long)object, &id_key) : 0;
}

/**
 * mmscope_target_alloc - state of a newly opened descriptor
 * @file: the file; its opener's credentials count, as for pagemap
 *
 * Physical facts need CAP_SYS_ADMIN in the initial namespace and a kernel that
 * is not locked down for confidentiality; both are looked at here, at open, as
 * for /proc/kcore.
 */
struct mmscope_file *mmscope_target_alloc(struct file *file)
{
	struct mmscope_file *f = kvzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return NULL;
	mutex_init(&f->lock);
	f->admin = file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
	f->phys = f->admin && !security_locked_down(LOCKDOWN_KCORE);
	return f;
}

void mmscope_target_free(struct mmscope_file *f)
{
	mmscope_target_detach(f);
	if (f->buffer) {
		vfree(f->buffer->data);
		kfree(f->buffer);
	}
	mutex_destroy(&f->lock);
	kvfree(f);
}

/**
 * mmscope_target_buffer - memory for records
 * @len: bytes, a multiple of the page size
 *
 * Charged to the caller's memory cgroup from 5.11 on.
 */
struct mmscope_buffer *mmscope_target_buffer(size_t len)
{
	struct mmscope_buffer *buffer = kmalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);

	if (!buffer)
		return NULL;
	buffer->len = len;
	buffer->data = __vmalloc(len, MMSCOPE_GFP_BUFFER | __GFP_ZERO | __GFP_NOWARN);
	if (!buffer->data) {
		kfree(buffer);
		return NULL;
	}
	return buffer;
}

/* A process whose mm the kernel thread borrows now, in the caller's numbers. */
static pid_t find_lender(struct task_struct *kthread)
{
	struct mm_struct *mm = READ_ONCE(kthread->active_mm);
	struct task_struct *p;
	pid_t pid = 0;

	if (!mm)
		return 0;
	rcu_read_lock();
	for_each_process(p) {
		if (READ_ONCE(p->mm) == mm) {
			pid = task_tgid_vnr(p);
			break;
		}
	}
	rcu_read_unlock();
	return pid;
}

/* The mm of a process, also when only its first thread has ended. */
static struct mm_struct *mm_of(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	struct task_struct *t;

	if (mm || (task->flags & PF_KTHREAD))
		return mm;
	rcu_read_lock();
	for_each_thread(task, t) {
		mm = get_task_mm(t);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/* Return: the mm with mm_count taken, or an error pointer. */
static struct mm_struct *grab_by_pid(struct mmscope_attach *a)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct pid *pid;

	pid = find_get_pid(a->pid);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	mm = mm_of(task);
	if (mm) {
		mmgrab(mm);
		mmscope_target_put(mm);
	} else if (task->flags & PF_KTHREAD) {
		a->lender = find_lender(task);
		mm = ERR_PTR(-ENXIO);
	} else {
		mm = ERR_PTR(-ESRCH);
	}
	put_task_struct(task);
	return mm;
}

/* Return: the mm with mm_count taken, or an error pointer. */
static struct mm_struct *grab_by_fd(int fd)
{
	struct mm_struct *mm;
	struct file *file;

	if (!pagemap_fops)
		return ERR_PTR(-EOPNOTSUPP);
	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	/* the file's own reference keeps private_data valid until fput() */
	mm = file->private_data;
	if (file->f_op != pagemap_fops)
		mm = ERR_PTR(-EINVAL);
	else if (!mm)
		mm = ERR_PTR(-ESRCH);	/* a kernel thread's, up to 6.1 */
	else
		mmgrab(mm);
	fput(file);
	return mm;
}

/**
 * mmscope_target_attach - bind a descriptor to an mm; the permission check
 * @f: descriptor, locked
 * @a: see struct mmscope_attach
 *
 * Return: 0; -EBUSY bound already; -EPERM by pid without the right; -EINVAL,
 * -EBADF, -EOPNOTSUPP, -ESRCH, -ENXIO as the header says.
 */
int mmscope_target_attach(struct mmscope_file *f, struct mmscope_attach *a)
{
	bool by_pid = a->flags & MMSCOPE_ATTACH_PID;
	struct mm_struct *mm;

	lockdep_assert_held(&f->lock);
	a->lender = 0;
	if (a->__reserved || (by_pid ? a->fd : a->pid))
		return -EINVAL;
	if (f->mm)
		return -EBUSY;
	if (by_pid && !f->admin)
		return -EPERM;
	mm = by_pid ? grab_by_pid(a) : grab_by_fd(a->fd);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	if (!mmget_not_zero(mm)) {
		mmdrop(mm);
		return -ESRCH;
	}
	mmscope_target_put(mm);
	f->mm = mm;
	a->mm_id = mmscope_target_id(mm);
	return 0;
}

void mmscope_target_detach(struct mmscope_file *f)
{
	if (f->mm)
		mmdrop(f->mm);
	f->mm = NULL;
}

/**
 * mmscope_target_get - the mm for the duration of one call
 * @f: descriptor, locked
 *
 * Return: the mm with mm_users taken, to be given to mmscope_target_put();
 * ERR_PTR(-ENOTCONN) before ATTACH, ERR_PTR(-ESRCH) after exit or exec.
 */
struct mm_struct *mmscope_target_get(struct mmscope_file *f)
{
	lockdep_assert_held(&f->lock);
	if (!f->mm)
		return ERR_PTR(-ENOTCONN);
	if (!mmget_not_zero(f->mm))
		return ERR_PTR(-ESRCH);
	return f->mm;
}

/*
 * If the target has ended meanwhile, a worker of the kernel frees its memory: that waits,
 * and cannot be killed, for what the target has left unfinished (exit_aio()).
 */
void mmscope_target_put(struct mm_struct *mm)
{
	mmput_async(mm);
}
