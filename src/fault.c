// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults as they happen: the entry before and after each. Probes are there
 * only while somebody listens to the event (trace.h). They are not armed by a hook
 * of the tracepoint itself (TRACE_EVENT_FN): that runs under tracepoints_mutex,
 * arming takes ftrace_lock, and the function graph tracer takes the two the other
 * way round. The event is switched under event_mutex, as those of kprobes are.
 *
 * handle_mm_fault() has a probe at its entry and at its return. Its caller holds
 * the mm_struct throughout, but not always the VMA: a fault that waits lets go of
 * it, so all that is told of the VMA is read at the entry. Between the two nothing
 * is held. Accesses that no VMA allows never get there: the signal they end in is
 * the third probe's.
 *
 * Probes run with preemption off. What they use of each CPU is private to it: no
 * fault is handled inside a probe, and none in an interrupt.
 */
#include "fault.h"

#include <linux/capability.h>
#include <linux/hugetlb.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/security.h>
#include <linux/timekeeping.h>
#include <linux/trace_events.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "compat/compat.h"
#include "internal.h"

/* How the event is made, and switched on and off: below. */
static int fault_raw_init(struct trace_event_call *event);
static int fault_reg(struct trace_event_call *event, enum trace_reg type, void *data);

#define trace_event_raw_init fault_raw_init
#define trace_event_reg fault_reg
#define CREATE_TRACE_POINTS
#include "trace.h"
#undef trace_event_reg
#undef trace_event_raw_init

#include "fault_abi.h"

/* Faults that may be under way at once, most of them asleep; more are missed. */
#define MAX_ACTIVE	2048

static DEFINE_MUTEX(arm_lock);			/* for what is below, but hidden */
static unsigned int listeners;			/* tracefs, perf */
static bool ready;				/* the rest of the module works */
static bool armed;
static bool hidden;				/* no frame numbers: locked down */
static u64 missed_before;			/* in times that are over */
static struct mmscope_look __percpu *looks;	/* while armed */
static DEFINE_PER_CPU(u64, seen_here);
static DEFINE_PER_CPU(struct mm_struct *, id_of);	/* whose identity came last, */
static DEFINE_PER_CPU(u64, last_id);			/* and that: a hash is slow */

/* Filled anew each time: registering leaves its traces in them. */
static struct kretprobe fault_probe;
static struct kprobe signal_probe, pkey_probe;

/*
 * The entry at f->addr, what is behind it, and its frame. The look before on this CPU
 * most often was at the same mm, and near: it is gone on from there if it can.
 */
static void look_at(struct mmscope_fault *f, struct mmscope_fault_side *side, u64 *pfn)
{
	struct mmscope_look *look = this_cpu_ptr(looks);
	bool exclusive = false;

	memset(side, 0, sizeof(*side));
	*pfn = 0;
	look->va = f->addr;
	look->end = f->addr + 1;
	look->flags = 0;
	look->floor = 0;
	look->whole = false;
	look->resume = true;
	if (f->addr >= mmscope_abi_format.info.task_size || !f->mm ||
	    mmscope_walk_peek(f->mm, look) || look->result == MMSCOPE_END_BAD) {
		side->unknown = 1;
		return;
	}
	side->raw = look->entry[look->level];
	side->level = look->level;
	if (look->result == MMSCOPE_END_LEAF) {
		*pfn = mmscope_fault_frame(&mmscope_abi_format, side, f->addr);
		side->page = mmscope_frame_kind(*pfn, &exclusive);
		side->exclusive = exclusive;
	}
}

static void read_vma(struct mmscope_fault *f, const struct vm_area_struct *vma)
{
	const struct inode *inode;

	f->vm_start = vma->vm_start;
	f->vm_end = vma->vm_end;
	f->vm_flags = vma->vm_flags;
	if (vma_is_anonymous((struct vm_area_struct *)vma))
		f->vma |= MMSCOPE_FAULT_VMA_ANON;
	if (is_vm_hugetlb_page((struct vm_area_struct *)vma))
		f->vma |= MMSCOPE_FAULT_VMA_HUGETLB;
	if (f->vm_flags & VM_SHARED)
		f->vma |= MMSCOPE_FAULT_VMA_SHARED;
	if (f->vm_flags & (VM_READ | VM_WRITE | VM_EXEC))
		f->vma |= MMSCOPE_FAULT_VMA_ACCESSIBLE;
	if (f->vm_flags & VM_PFNMAP)
		f->vma |= MMSCOPE_FAULT_VMA_PFNMAP;
	if (!vma->vm_file)
		return;
	inode = mmscope_compat_inode(vma->vm_file);
	f->dev = inode->i_sb->s_dev;
	f->inode = inode->i_ino;
	f->offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) +
		    ((f->addr & PAGE_MASK) - vma->vm_start);
}

/* Who faults, and in whose memory. */
static void read_task(struct mmscope_fault *f)
{
	struct task_struct *owner;

	f->pid = current->pid;
	if (this_cpu_read(id_of) != f->mm) {
		this_cpu_write(last_id, mmscope_target_id(f->mm));
		this_cpu_write(id_of, f->mm);
	}
	f->mm_id = this_cpu_read(last_id);
	/* in the kernel: where in user space it was called from */
	if (!(current->flags & PF_KTHREAD))
		f->ip = task_pt_regs(current)->ip;
	if (f->mm == current->mm) {
		f->mm_pid = current->tgid;
		return;
	}
	rcu_read_lock();
	owner = mmscope_compat_owner(f->mm);
	if (owner)
		f->mm_pid = owner->tgid;
	rcu_read_unlock();
}

/* The event. With the kernel locked down, as for a reader who may not see frames. */
static void tell(struct mmscope_fault *f)
{
	f->kind = mmscope_fault_kind(&mmscope_abi_format, f->addr, f->vma, f->flags,
				     f->result, &f->before, &f->after);
	if (READ_ONCE(hidden)) {
		f->before.raw = mmscope_answer_hide(f->before.raw, f->before.level);
		f->after.raw = mmscope_answer_hide(f->after.raw, f->after.level);
		f->pfn_before = 0;
		f->pfn_after = 0;
	}
	this_cpu_inc(seen_here);
	trace_mmscope_fault(f);
}

static int on_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 0);
	struct mmscope_fault *f = (void *)ri->data;

	memset(f, 0, sizeof(*f));
	f->mm = vma->vm_mm;
	f->addr = regs_get_kernel_argument(regs, 1);
	f->flags = regs_get_kernel_argument(regs, 2);
	read_vma(f, vma);
	read_task(f);
	look_at(f, &f->before, &f->pfn_before);
	f->ns = ktime_get_mono_fast_ns();
	return 0;
}

static int on_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct mmscope_fault *f = (void *)ri->data;
	u64 now = ktime_get_mono_fast_ns();

	/* that clock may step back a little */
	f->ns = now > f->ns ? now - f->ns : 0;
	f->result = regs_return_value(regs);
	/* the signal that follows is told instead; faults of devices have none */
	if ((f->flags & MMSCOPE_FAULT_USER) && !(f->flags & MMSCOPE_FAULT_REMOTE) &&
	    (f->result & MMSCOPE_FAULT_SIGSEGV))
		return 0;
	look_at(f, &f->after, &f->pfn_after);
	tell(f);
	return 0;
}

/* An access that is refused before, or by, handle_mm_fault(): SIGSEGV for @addr. */
static void tell_refused(u64 addr)
{
	struct mmscope_fault f = {
		.mm = current->mm, .addr = addr, .result = MMSCOPE_FAULT_SIGSEGV,
		.flags = MMSCOPE_FAULT_USER,
	};

	/* other exceptions raise the same signal */
	if (!f.mm || current->thread.trap_nr != X86_TRAP_PF)
		return;
	if (current->thread.error_code & X86_PF_WRITE)
		f.flags |= MMSCOPE_FAULT_WRITE;
	if (current->thread.error_code & X86_PF_INSTR)
		f.flags |= MMSCOPE_FAULT_EXEC;
	read_task(&f);
	look_at(&f, &f.before, &f.pfn_before);
	f.after = f.before;
	f.pfn_after = f.pfn_before;
	tell(&f);
}

/* force_sig_fault(sig, code, addr); 5.10 calls it after force_sig_pkuerr() as well */
static int on_signal(struct kprobe *probe, struct pt_regs *regs)
{
	if ((int)regs_get_kernel_argument(regs, 0) == SIGSEGV &&
	    (int)regs_get_kernel_argument(regs, 1) != SEGV_PKUERR)
		tell_refused(regs_get_kernel_argument(regs, 2));
	return 0;
}

/* force_sig_pkuerr(addr, pkey) */
static int on_pkey_signal(struct kprobe *probe, struct pt_regs *regs)
{
	tell_refused(regs_get_kernel_argument(regs, 0));
	return 0;
}

static int arm(void)
{
	int err;

	looks = alloc_percpu(struct mmscope_look);
	if (!looks)
		return -ENOMEM;
	WRITE_ONCE(hidden, !!security_locked_down(LOCKDOWN_KCORE));
	signal_probe = (struct kprobe){
		.symbol_name = "force_sig_fault", .pre_handler = on_signal,
	};
	pkey_probe = (struct kprobe){
		.symbol_name = "force_sig_pkuerr", .pre_handler = on_pkey_signal,
	};
	fault_probe = (struct kretprobe){
		.kp.symbol_name = "handle_mm_fault",
		.entry_handler = on_entry, .handler = on_return,
		.maxactive = MAX_ACTIVE, .data_size = sizeof(struct mmscope_fault),
	};
	err = register_kprobe(&signal_probe);
	if (err)
		goto out_free;
	err = register_kprobe(&pkey_probe);
	if (err)
		goto out_signal;
	err = register_kretprobe(&fault_probe);
	if (!err)
		return 0;
	unregister_kprobe(&pkey_probe);
out_signal:
	unregister_kprobe(&signal_probe);
out_free:
	free_percpu(looks);
	return err;
}

static u64 missed_now(void)
{
	return fault_probe.nmissed + mmscope_compat_passed_over(&fault_probe.kp) +
	       mmscope_compat_passed_over(&signal_probe) +
	       mmscope_compat_passed_over(&pkey_probe);
}

/* When this returns, no probe runs. */
static void disarm(void)
{
	unregister_kretprobe(&fault_probe);
	unregister_kprobe(&pkey_probe);
	unregister_kprobe(&signal_probe);
	missed_before += missed_now();
	free_percpu(looks);
}

/* Probes are there if they are of use, and not otherwise. */
static int update(void)
{
	bool wanted = ready && listeners;
	int err = 0;

	lockdep_assert_held(&arm_lock);
	if (wanted && !armed)
		err = arm();
	else if (!wanted && armed)
		disarm();
	armed = wanted && !err;
	return err;
}

/* One listener more or less. */
static int listen(int more)
{
	int err;

	mutex_lock(&arm_lock);
	listeners += more;
	err = update();
	if (err)
		listeners -= more;
	mutex_unlock(&arm_lock);
	return err;
}

/*
 * Who may listen through perf, also who only counts: each fault of the machine passes the
 * probes, and the event has frames. What a child inherits was allowed before. Asked before
 * anything is taken: up to 5.19 an error of TRACE_REG_PERF_OPEN drops the module's
 * reference twice (7249921d94ff).
 */
static int fault_perf_perm(struct trace_event_call *event, struct perf_event *perf)
{
	return perf->parent || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* Before the event can be found. */
static int fault_raw_init(struct trace_event_call *event)
{
	event->perf_perm = fault_perf_perm;
	return trace_event_raw_init(event);
}

/*
 * What the event does when it is switched on or off, under event_mutex. It may be
 * before the module is ready, and after it has ended: then nothing is armed.
 */
static int fault_reg(struct trace_event_call *event, enum trace_reg type, void *data)
{
	bool on = type == TRACE_REG_REGISTER || type == TRACE_REG_PERF_REGISTER;
	bool off = type == TRACE_REG_UNREGISTER || type == TRACE_REG_PERF_UNREGISTER;
	bool opens = type == TRACE_REG_PERF_OPEN && !((struct perf_event *)data)->parent;
	int err = on ? listen(1) : 0;

	/* it may have been locked down since the probes were armed */
	if ((on || opens) && !READ_ONCE(hidden) && security_locked_down(LOCKDOWN_KCORE))
		WRITE_ONCE(hidden, true);
	if (err)
		return err;
	err = trace_event_reg(event, type, data);
	if (off || (on && err))
		listen(-1);
	return err;
}

/**
 * mmscope_fault_init - what a fault needs is ready: listeners are told now
 *
 * Return: 0, or why probes cannot be armed for who listens already.
 */
int mmscope_fault_init(void)
{
	int err;

	mutex_lock(&arm_lock);
	ready = true;
	err = update();
	ready = !err;
	mutex_unlock(&arm_lock);
	return err;
}

/* Nobody is told any more; the event itself goes after this, with the module. */
void mmscope_fault_exit(void)
{
	mutex_lock(&arm_lock);
	ready = false;
	update();
	mutex_unlock(&arm_lock);
}

/**
 * mmscope_fault_count - faults since the module was loaded
 * @seen: told to those who listened
 * @missed: not seen although somebody listened: too many at once, or inside
 *          another probe
 */
void mmscope_fault_count(u64 *seen, u64 *missed)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(seen_here, cpu);
	*seen = sum;
	mutex_lock(&arm_lock);
	*missed = missed_before + (armed ? missed_now() : 0);
	mutex_unlock(&arm_lock);
}
