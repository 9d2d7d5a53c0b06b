/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an entry that maps memory means for whoever uses it: rights, memory type,
 * and what it is in its VMA. As decode.h: from the value and the format alone.
 */
#ifndef MMSCOPE_RIGHTS_H
#define MMSCOPE_RIGHTS_H

#include <mmscope/decode.h>

#define MMSCOPE_RIGHTS_ALL \
	(MMSCOPE_RIGHT_R | MMSCOPE_RIGHT_W | MMSCOPE_RIGHT_X | MMSCOPE_RIGHT_U)

/**
 * mmscope_taken - the rights that one entry takes away (SDM vol. 3A, 4.6)
 * @f: format
 * @raw: the entry
 * @level: level of its table
 * @kernel: it stands in the kernel half
 *
 * What a whole chain takes is the "or" over its entries; what it leaves is the
 * rest of MMSCOPE_RIGHTS_ALL. With page-table isolation the kernel marks the
 * user part of its own top table NX on purpose (pti.c); that is not what user
 * mode runs on and is left out.
 */
static inline __u8 mmscope_taken(const struct mmscope_format *f, __u64 raw,
				 unsigned int level, int kernel)
{
	int isolated = !kernel && level + 1 == f->info.levels &&
		       (f->info.features & MMSCOPE_FEATURE_PTI);
	__u8 taken = 0;

	if (!(raw & MMSCOPE_P))
		return MMSCOPE_RIGHTS_ALL;
	if (!(raw & MMSCOPE_W))
		taken |= MMSCOPE_RIGHT_W;
	if (!(raw & MMSCOPE_U))
		taken |= MMSCOPE_RIGHT_U;
	if ((raw & MMSCOPE_NX) && !isolated)
		taken |= MMSCOPE_RIGHT_X;
	return taken;
}

/**
 * mmscope_memtype - memory type by the page attribute table (SDM vol. 3A, 12.12)
 * @f: format
 * @e: decoded entry
 *
 * Return: WB, WT, WC, WP, UC or UC-; 0 where the entry maps no memory or the
 * table is not known. Memory type range registers may restrict it further.
 */
static inline const char *mmscope_memtype(const struct mmscope_format *f,
					  const struct mmscope_entry *e)
{
	static const char * const name[8] = { "UC", "WC", 0, 0, "WT", "WP", "WB", "UC-" };
	unsigned int pat;

	if (!f->info.pat ||
	    (e->class != MMSCOPE_CLASS_LEAF && e->class != MMSCOPE_CLASS_PROTNONE))
		return 0;
	/* index: PWT, PCD, and PAT at bit 7, in a huge page at bit 12 */
	pat = (e->raw >> 3 & 3) | (e->raw >> (e->level ? 12 : 7) & 1) << 2;
	return name[f->info.pat >> (8 * pat) & 7];
}

/* VM_READ | VM_WRITE | VM_EXEC: vma_is_accessible() (mm.h) */
#define MMSCOPE_VM_ACCESS	0x07

/**
 * mmscope_kind_in - what an entry is, with the VMA it stands in
 * @e: decoded entry
 * @vm_flags: vm_flags of its VMA; MMSCOPE_VM_ACCESS bits 0 if there is none
 * @rwp: the VMA is registered for read-write protection (VM_UFFD_RWP)
 *
 * PROT_NONE and a NUMA hint are the same bits: what tells them apart is whether
 * the VMA allows any access (mm/memory.c: handle_pte_fault()).
 */
static inline const char *mmscope_kind_in(const struct mmscope_entry *e,
					  __u64 vm_flags, int rwp)
{
	if (e->class != MMSCOPE_CLASS_PROTNONE || !(e->raw & MMSCOPE_PN) ||
	    !(vm_flags & MMSCOPE_VM_ACCESS))
		return e->kind;
	return rwp && (e->raw & MMSCOPE_UFFD) ? "uffd_rwp" : "numa_hint";
}

#endif /* MMSCOPE_RIGHTS_H */
