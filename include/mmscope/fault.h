/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page fault did, from the entry before and after it: the one rule, for
 * the tracepoint, the tool and the tests. It knows what the fault path of the kernel
 * does, and nothing of its functions: those are static, and inlined at will.
 */
#ifndef MMSCOPE_FAULT_H
#define MMSCOPE_FAULT_H

#include <mmscope/decode.h>

/*
 * The kinds, as MMSCOPE_FAULT_<symbol>. The table is a macro and no list of rows to
 * be included: that is the only form in which a tracepoint can print from it.
 */
#include <mmscope/fault_kinds.def>

#define MMSCOPE_FAULT_NUMBER(number, symbol, name, help) MMSCOPE_FAULT_##symbol = number,
enum mmscope_fault_kind { MMSCOPE_FAULT_KINDS(MMSCOPE_FAULT_NUMBER) };

/* Fault flags of the kernel (mm_types.h: FAULT_FLAG_*), the same since 5.10. */
#define MMSCOPE_FAULT_WRITE		0x001	/* a write, or for one */
#define MMSCOPE_FAULT_TRIED		0x020	/* not for the first time: it had to wait */
#define MMSCOPE_FAULT_USER		0x040	/* the access was made in user mode */
#define MMSCOPE_FAULT_REMOTE		0x080	/* of memory of another process */
#define MMSCOPE_FAULT_EXEC		0x100	/* an instruction was fetched */
#define MMSCOPE_FAULT_ACCESS		0x101	/* write or execution, else a read */
#define MMSCOPE_FAULT_UNSHARE		0x400	/* a page of one's own, to read it (5.19) */

/* Results of the kernel (mm_types.h: VM_FAULT_*), the same since 5.10. */
#define MMSCOPE_FAULT_ERROR		0x873	/* OOM, SIGBUS, HWPOISON (2), SIGSEGV, FALLBACK */
#define MMSCOPE_FAULT_SIGSEGV		0x040	/* the address is not to be used so */
#define MMSCOPE_FAULT_MAJOR		0x004	/* something had to be read */
#define MMSCOPE_FAULT_RESULT_RETRY	0x400	/* mmap_lock was let go: begin again */

/* Facts about the VMA, apart from its flags. */
#define MMSCOPE_FAULT_VMA_ANON		0x1	/* vma_is_anonymous() */
#define MMSCOPE_FAULT_VMA_HUGETLB	0x2	/* VM_HUGETLB */
#define MMSCOPE_FAULT_VMA_SHARED	0x4	/* VM_SHARED: writes are for all, no copies */
#define MMSCOPE_FAULT_VMA_ACCESSIBLE	0x8	/* not PROT_NONE */
#define MMSCOPE_FAULT_VMA_PFNMAP	0x10	/* VM_PFNMAP: frames without a life of their own */

/* One side of a fault. */
struct mmscope_fault_side {
	__u64 raw;	/* the entry the walk ended at */
	__u8 level;	/* of its table */
	__u8 page;	/* MMSCOPE_FRAME_* of the frame it maps, _NONE if none */
	__u8 exclusive;	/* that frame is marked as one process's own (5.19) */
	__u8 unknown;	/* it kept changing; nothing else means anything */
};

/* The frame of 4 KiB that @side maps at @va. */
static inline __u64 mmscope_fault_frame(const struct mmscope_format *f,
					const struct mmscope_fault_side *side, __u64 va)
{
	__u64 inside = (va & (mmscope_span(side->level) - 1)) >> 12;

	return mmscope_frame(f, side->raw, side->level, 1) + inside;
}

/* Only in anonymous memory: elsewhere what looks like it is a driver's, or DAX's. */
static inline int mmscope_fault_is_zero(unsigned int vma, __u8 page)
{
	return (vma & MMSCOPE_FAULT_VMA_ANON) &&
	       (page == MMSCOPE_FRAME_ZERO || page == MMSCOPE_FRAME_HUGE_ZERO);
}

/* There was nothing: how did it come? */
static inline enum mmscope_fault_kind
mmscope_fault_first(unsigned int vma, unsigned int flags, unsigned int result,
		    const struct mmscope_fault_side *after)
{
	if (vma & MMSCOPE_FAULT_VMA_HUGETLB)
		return MMSCOPE_FAULT_HUGETLB;
	if (mmscope_fault_is_zero(vma, after->page))
		return MMSCOPE_FAULT_ZERO_PAGE;
	if (vma & MMSCOPE_FAULT_VMA_PFNMAP)
		return MMSCOPE_FAULT_DEVICE;
	if (vma & MMSCOPE_FAULT_VMA_ANON)
		return after->level ? MMSCOPE_FAULT_THP_NEW : MMSCOPE_FAULT_ANON_NEW;
	/* a private file page that is written first is copied at once */
	if ((flags & MMSCOPE_FAULT_WRITE) && !(vma & MMSCOPE_FAULT_VMA_SHARED) &&
	    after->page == MMSCOPE_FRAME_ANON)
		return MMSCOPE_FAULT_COW_COPIED;
	/* what had to be read was read by the call before this one, which said "retry" */
	return (result & MMSCOPE_FAULT_MAJOR) || (flags & MMSCOPE_FAULT_TRIED) ?
		MMSCOPE_FAULT_FILE_MAJOR : MMSCOPE_FAULT_FILE_MINOR;
}

/* There was a present entry, which did not allow the access. */
static inline enum mmscope_fault_kind
mmscope_fault_present(unsigned int vma, unsigned int flags,
		      const struct mmscope_fault_side *before,
		      const struct mmscope_fault_side *after, int same)
{
	int wanted = flags & (MMSCOPE_FAULT_WRITE | MMSCOPE_FAULT_UNSHARE);

	if (!wanted || (before->raw & MMSCOPE_W))
		return same && before->level == after->level ? MMSCOPE_FAULT_SPURIOUS :
							       MMSCOPE_FAULT_OTHER;
	if (!same) {
		if (mmscope_fault_is_zero(vma, before->page) || before->page == MMSCOPE_FRAME_KSM ||
		    (flags & MMSCOPE_FAULT_UNSHARE))
			return MMSCOPE_FAULT_COW_UNSHARED;
		return before->level && !(vma & MMSCOPE_FAULT_VMA_HUGETLB) ?
			MMSCOPE_FAULT_THP_COW : MMSCOPE_FAULT_COW_COPIED;
	}
	if (before->level != after->level)
		return MMSCOPE_FAULT_THP_SPLIT;
	if (!(after->raw & MMSCOPE_W))
		return MMSCOPE_FAULT_SPURIOUS;
	/* nobody shares these: the entry was read-only for another reason */
	if ((vma & MMSCOPE_FAULT_VMA_SHARED) || before->exclusive)
		return MMSCOPE_FAULT_WRITE_ENABLE;
	return MMSCOPE_FAULT_COW_REUSED;
}

/*
 * A write to a shared file is throttled after the page was mapped: before 6.0
 * such a fault says that it has to be repeated, but has done its work.
 */
static inline int mmscope_fault_is_done(unsigned int vma, unsigned int flags,
					const struct mmscope_fault_side *after)
{
	return (vma & MMSCOPE_FAULT_VMA_SHARED) && !(vma & MMSCOPE_FAULT_VMA_ANON) &&
	       (flags & MMSCOPE_FAULT_WRITE) && !after->unknown && (after->raw & MMSCOPE_W) &&
	       mmscope_classify(after->raw, after->level) == MMSCOPE_CLASS_LEAF;
}

/* What kind of non-present entry there was, if it was one. */
static inline const struct mmscope_kind *
mmscope_fault_was(const struct mmscope_format *f, const struct mmscope_fault_side *before)
{
	if (mmscope_classify(before->raw, before->level) != MMSCOPE_CLASS_SWAP)
		return 0;
	return mmscope_kind_of(f, before->raw >> f->info.swp_type_shift);
}

/* By its name: kinds.def has three of them. */
static inline int mmscope_fault_is_migration(const struct mmscope_kind *k)
{
	static const char name[] = "migration_";
	unsigned int i;

	for (i = 0; name[i]; i++)
		if (k->name[i] != name[i])
			return 0;
	return 1;
}

/**
 * mmscope_fault_kind - what a page fault did
 * @f: format
 * @va: address that faulted
 * @vma: MMSCOPE_FAULT_VMA_*
 * @flags: flags of the fault, as handle_mm_fault() got them
 * @result: what it returned
 * @before: the entry before
 * @after: the entry after; another CPU may have changed it since the fault
 *
 * Before 5.19 nothing says that a page belongs to one process: a page watched for
 * writes is called cow-reused there, as the kernel treats it.
 */
static inline enum mmscope_fault_kind
mmscope_fault_kind(const struct mmscope_format *f, __u64 va, unsigned int vma,
		   unsigned int flags, unsigned int result,
		   const struct mmscope_fault_side *before,
		   const struct mmscope_fault_side *after)
{
	const struct mmscope_kind *k;

	if (result & MMSCOPE_FAULT_ERROR)
		return MMSCOPE_FAULT_REFUSED;
	if ((result & MMSCOPE_FAULT_RESULT_RETRY) && !mmscope_fault_is_done(vma, flags, after))
		return MMSCOPE_FAULT_RETRY;
	if (before->unknown || after->unknown)
		return MMSCOPE_FAULT_OTHER;
	k = mmscope_fault_was(f, before);
	/* after such a wait nothing need have changed: the access is repeated */
	if (k && mmscope_fault_is_migration(k))
		return MMSCOPE_FAULT_MIGRATION;
	if (mmscope_classify(after->raw, after->level) != MMSCOPE_CLASS_LEAF)
		return MMSCOPE_FAULT_OTHER;
	switch (mmscope_classify(before->raw, before->level)) {
	case MMSCOPE_CLASS_NONE:
		return mmscope_fault_first(vma, flags, result, after);
	case MMSCOPE_CLASS_PROTNONE:
		/* not a huge page that is being split, nor what userfaultfd watches (7.3) */
		return (before->raw & MMSCOPE_PN) && !(before->raw & MMSCOPE_UFFD) &&
		       (vma & MMSCOPE_FAULT_VMA_ACCESSIBLE) ?
			MMSCOPE_FAULT_NUMA_HINT : MMSCOPE_FAULT_OTHER;
	case MMSCOPE_CLASS_LEAF:
		return mmscope_fault_present(vma, flags, before, after,
					     mmscope_fault_frame(f, before, va) ==
					     mmscope_fault_frame(f, after, va));
	case MMSCOPE_CLASS_SWAP:
		/* the first row of the kinds are the swap devices */
		if (k == f->kinds)
			return MMSCOPE_FAULT_SWAP_IN;
		if (k && (k->flags & MMSCOPE_KIND_MARKER))
			return mmscope_fault_first(vma, flags, result, after);
		return k && (k->flags & MMSCOPE_KIND_PFN) ? MMSCOPE_FAULT_DEVICE :
							    MMSCOPE_FAULT_OTHER;
	default:
		return MMSCOPE_FAULT_OTHER;
	}
}

#endif /* MMSCOPE_FAULT_H */
