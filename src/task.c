// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tasks that share an mm: threads, processes made with CLONE_VM or vfork,
 * and kernel threads that run on it for the moment. Under RCU only; what is
 * listed was true at some time during the call.
 */
#include "internal.h"

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/thread_info.h>

static_assert(TASK_COMM_LEN == sizeof(((struct mmscope_task *)0)->comm));

static u32 flags_of(struct task_struct *t, const struct mm_struct *mm)
{
	u32 flags = 0;

	if (thread_group_leader(t))
		flags |= MMSCOPE_TASK_LEADER;
	if (test_tsk_thread_flag(t, TIF_ADDR32))
		flags |= MMSCOPE_TASK_32BIT;
	if (!(t->flags & PF_KTHREAD))
		return READ_ONCE(t->vfork_done) ? flags | MMSCOPE_TASK_VFORK : flags;
	flags |= MMSCOPE_TASK_KTHREAD;
	return READ_ONCE(t->mm) == mm ? flags : flags | MMSCOPE_TASK_BORROWS;
}

static void put_task(struct mmscope_file *f, struct mmscope_tasks *a,
		     struct task_struct *t, const struct mm_struct *mm)
{
	struct mmscope_task rec = {
		.pid = task_pid_vnr(t),
		.tgid = task_tgid_vnr(t),
		.ppid = task_tgid_vnr(rcu_dereference(t->real_parent)),
		.flags = flags_of(t, mm),
	};

	if (!rec.pid) {
		a->unseen++;
		return;
	}
	if (a->bytes + sizeof(rec) > f->buffer->len) {
		a->truncated++;
		return;
	}
	/* a task may be renamed meanwhile; nothing of what follows its name goes out */
	strscpy_pad(rec.comm, t->comm, sizeof(rec.comm));
	memcpy(f->buffer->data + a->bytes, &rec, sizeof(rec));
	a->bytes += sizeof(rec);
	a->count++;
}

static bool shares(const struct mmscope_file *f, const struct task_struct *t,
		   const struct mm_struct *mm)
{
	if (READ_ONCE(t->mm) == mm)
		return true;
	return f->admin && (t->flags & PF_KTHREAD) && READ_ONCE(t->active_mm) == mm;
}

/**
 * mmscope_task_fill - TASKS: who shares the mm, into the buffer
 * @f: descriptor, locked
 * @a: see struct mmscope_tasks
 *
 * Return: 0; -ENOBUFS, -ENOTCONN, -ESRCH.
 */
int mmscope_task_fill(struct mmscope_file *f, struct mmscope_tasks *a)
{
	struct task_struct *p, *t;
	struct mm_struct *mm;

	if (!READ_ONCE(f->buffer))
		return -ENOBUFS;
	mm = mmscope_target_get(f);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	a->bytes = 0;
	a->count = 0;
	a->record_size = sizeof(struct mmscope_task);
	a->unseen = 0;
	a->truncated = 0;
	rcu_read_lock();
	for_each_process_thread(p, t)
		if (shares(f, t, mm))
			put_task(f, a, t, mm);
	rcu_read_unlock();
	mmscope_target_put(mm);
	return 0;
}
