// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fields and counters of the mm_struct. Each is read once, without a lock of
 * the target except the RSS counters' own, for as long as it takes to add them
 * up: the kernel itself prints them that way (fs/proc/task_mmu.c: task_mem()).
 */
#include "internal.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat/compat.h"

static void count_tasks(const struct mm_struct *mm, struct mmscope_mm *out)
{
	struct task_struct *p, *t;

	rcu_read_lock();
	for_each_process(p) {
		u64 before = out->tasks;

		for_each_thread(p, t)
			out->tasks += READ_ONCE(t->mm) == mm;
		out->processes += out->tasks != before;
	}
	rcu_read_unlock();
}

static void read_layout(struct mm_struct *mm, struct mmscope_mm *out)
{
	out->mmap_base = READ_ONCE(mm->mmap_base);
	out->task_size = READ_ONCE(mm->task_size);
	out->start_code = READ_ONCE(mm->start_code);
	out->end_code = READ_ONCE(mm->end_code);
	out->start_data = READ_ONCE(mm->start_data);
	out->end_data = READ_ONCE(mm->end_data);
	out->start_brk = READ_ONCE(mm->start_brk);
	out->brk = READ_ONCE(mm->brk);
	out->start_stack = READ_ONCE(mm->start_stack);
	out->arg_start = READ_ONCE(mm->arg_start);
	out->arg_end = READ_ONCE(mm->arg_end);
	out->env_start = READ_ONCE(mm->env_start);
	out->env_end = READ_ONCE(mm->env_end);
}

static void read_counters(struct mm_struct *mm, struct mmscope_mm *out)
{
	out->map_count = READ_ONCE(mm->map_count);
	out->total_vm = READ_ONCE(mm->total_vm);
	out->locked_vm = READ_ONCE(mm->locked_vm);
	out->pinned_vm = atomic64_read(&mm->pinned_vm);
	out->data_vm = READ_ONCE(mm->data_vm);
	out->exec_vm = READ_ONCE(mm->exec_vm);
	out->stack_vm = READ_ONCE(mm->stack_vm);
	out->rss_file = mmscope_compat_mm_counter(mm, MM_FILEPAGES);
	out->rss_anon = mmscope_compat_mm_counter(mm, MM_ANONPAGES);
	out->rss_shmem = mmscope_compat_mm_counter(mm, MM_SHMEMPAGES);
	out->swapents = mmscope_compat_mm_counter(mm, MM_SWAPENTS);
	/* the kernel updates the marks lazily: what is there now may be higher */
	out->hiwater_vm = max_t(u64, READ_ONCE(mm->hiwater_vm), out->total_vm);
	out->hiwater_rss = max_t(u64, READ_ONCE(mm->hiwater_rss),
				 out->rss_file + out->rss_anon + out->rss_shmem);
	out->pgtables_bytes = mm_pgtables_bytes(mm);
	out->def_flags = READ_ONCE(mm->def_flags);
}

/**
 * mmscope_mm_read - MM: fields and counters of the mm_struct
 * @f: descriptor, locked
 * @out: see struct mmscope_mm
 */
int mmscope_mm_read(struct mmscope_file *f, struct mmscope_mm *out)
{
	struct mm_struct *mm = mmscope_target_get(f);
	u32 size = out->size;

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	memset(out, 0, sizeof(*out));
	out->size = size;
	out->mm_id = mmscope_target_id(mm);
	out->vma_tree = MMSCOPE_VMA_TREE;
	out->out_flags = f->phys ? 0 : MMSCOPE_OUT_HIDDEN;
	out->pgd = f->phys ? __pa(mm->pgd) : 0;
	/* without the references this descriptor holds while it asks */
	out->mm_users = atomic_read(&mm->mm_users) - 1;
	out->mm_count = atomic_read(&mm->mm_count) - 1;
	read_layout(mm, out);
	read_counters(mm, out);
	count_tasks(mm, out);
	mmscope_target_put(mm);
	return 0;
}
