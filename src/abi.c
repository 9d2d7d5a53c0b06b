// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract: layout checked field by field, and the format description of
 * the kernel the module is built for, taken from that kernel's own macros.
 */
#include "internal.h"

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/pgtable.h>
#include <linux/pkeys.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>
#include <generated/utsrelease.h>
#include <asm/cpufeature.h>
#include <asm/mem_encrypt.h>
#include <asm/msr.h>

#include "compat/compat.h"

#define MMSCOPE_ABI_STRUCT(type, bytes)	\
	static_assert(sizeof(struct type) == (bytes));
#define MMSCOPE_ABI_FIELD(type, field, at, bytes)	\
	static_assert(offsetof(struct type, field) == (at) &&	\
		      sizeof(((struct type *)0)->field) == (bytes));
#include <linux/mmscope_abi.def>

/* Values every decoder takes for granted (decode.h). */
static_assert(_PAGE_PRESENT == MMSCOPE_P && _PAGE_RW == MMSCOPE_W &&
	      _PAGE_USER == MMSCOPE_U && _PAGE_ACCESSED == MMSCOPE_A &&
	      _PAGE_DIRTY == MMSCOPE_D && _PAGE_PSE == MMSCOPE_PS &&
	      _PAGE_PROTNONE == MMSCOPE_PN);
static_assert(PAGE_SHIFT == 12 && PTRS_PER_PTE == MMSCOPE_SLOTS);
static_assert(SWP_OFFSET_FIRST_BIT == 9);
static_assert(MMSCOPE_MASK_UFFD == MMSCOPE_UFFD);
static_assert(VM_READ == 0x01 && VM_WRITE == 0x02 && VM_EXEC == 0x04 &&
	      VM_MAYSHARE == 0x80);

/* Names must leave room for their NUL: the tables travel as they are. */
#define FITS(type, nm)	\
	static_assert(sizeof(nm) <= sizeof(((struct type *)0)->name));
#define MMSCOPE_FLAG(symbol, nm, ...)	FITS(mmscope_bit, nm)
#define MMSCOPE_KIND(symbol, nm, fl)	FITS(mmscope_kind, nm)
#define MMSCOPE_MARK(symbol, nm)	FITS(mmscope_kind, nm)
#define MMSCOPE_VMA_FLAG(symbol, cd, nm)	FITS(mmscope_vma_flag, nm)
#include <mmscope/flags.def>
#include <mmscope/kinds.def>
#include <mmscope/vma_flags.def>
#undef MMSCOPE_FLAG
#undef MMSCOPE_KIND
#undef MMSCOPE_MARK
#undef MMSCOPE_VMA_FLAG

struct flag_row {
	u64 mask;
	struct mmscope_bit bit;
};

/* Columns "levels" and "when" of flags.def. */
enum { ALL = 0x1f, TABLES = 0x1e, HUGE = 0x06, PTES = 0x01 };
enum {
	T = MMSCOPE_WHEN_TABLE, L = MMSCOPE_WHEN_LEAF, N = MMSCOPE_WHEN_PROTNONE,
	S = MMSCOPE_WHEN_SWAP, U = MMSCOPE_WHEN_USER, K = MMSCOPE_WHEN_KERNEL,
};

#define MMSCOPE_FLAG(symbol, nm, ch, bits, lv, wh, help)	\
	{ .mask = MMSCOPE_MASK_##symbol,			\
	  .bit = { .width = (bits), .letter = (ch), .levels = (lv),	\
		   .when = (wh), .name = nm } },
static const struct flag_row flag_rows[] = {
#include <mmscope/flags.def>
};

struct kind_row {
	int type;
	u64 payload;
	struct mmscope_kind kind;
};

#define MMSCOPE_KIND(symbol, nm, fl)	\
	{ .type = MMSCOPE_SWP_##symbol, .kind = { .flags = (fl), .name = nm } },
#define MMSCOPE_MARK(symbol, nm)	\
	{ .type = MMSCOPE_SWP_MARKER, .payload = MMSCOPE_MARK_##symbol,	\
	  .kind = { .flags = MMSCOPE_KIND_MARK, .name = nm } },
static const struct kind_row kind_rows[] = {
	{ .type = 0, .kind = { .last = MAX_SWAPFILES - 1, .name = "swap" } },
#include <mmscope/kinds.def>
};

struct vma_flag_row {
	u64 mask;
	struct mmscope_vma_flag flag;
};

#define MMSCOPE_VMA_FLAG(symbol, cd, nm)	\
	{ .mask = VM_##symbol, .flag = { .code = cd, .name = nm } },
static const struct vma_flag_row vma_flag_rows[] = {
#include <mmscope/vma_flags.def>
};

static struct mmscope_bit bits[ARRAY_SIZE(flag_rows)];
static struct mmscope_kind kinds[ARRAY_SIZE(kind_rows)];
static struct mmscope_vma_flag vma_flags[ARRAY_SIZE(vma_flag_rows)];

struct mmscope_format mmscope_abi_format = {
	.bits = bits,
	.kinds = kinds,
	.vma_flags = vma_flags,
};

/* Rows this kernel has, in the order of the .def files. */
static void fill_tables(struct mmscope_info *info)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_rows); i++) {
		if (!flag_rows[i].mask)
			continue;
		bits[info->nr_bits] = flag_rows[i].bit;
		bits[info->nr_bits++].bit = __ffs64(flag_rows[i].mask);
	}
	for (i = 0; i < ARRAY_SIZE(kind_rows); i++) {
		const struct kind_row *row = &kind_rows[i];
		struct mmscope_kind *k = &kinds[info->nr_kinds];

		if (row->type < 0 ||
		    ((row->kind.flags & MMSCOPE_KIND_MARK) && !row->payload))
			continue;
		*k = row->kind;
		k->first = row->type;
		k->last = max_t(u16, k->last, row->type);
		k->payload = row->payload;
		info->nr_kinds++;
	}
	for (i = 0; i < ARRAY_SIZE(vma_flag_rows); i++) {
		if (!vma_flag_rows[i].mask)
			continue;
		vma_flags[info->nr_vma_flags] = vma_flag_rows[i].flag;
		vma_flags[info->nr_vma_flags++].bit = __ffs64(vma_flag_rows[i].mask);
	}
}

static u64 read_pat(void)
{
	u32 low, high;

	if (!boot_cpu_has(X86_FEATURE_PAT) ||
	    rdmsr_safe(MSR_IA32_CR_PAT, &low, &high))
		return 0;
	return (u64)high << 32 | low;
}

/* Fills the format description; nothing in it changes after load. */
void mmscope_abi_init(void)
{
	struct mmscope_info *info = &mmscope_abi_format.info;

	info->size = sizeof(*info);
	info->abi_version = MMSCOPE_ABI_VERSION;
	info->levels = pgtable_l5_enabled() ? 5 : 4;
	info->page_shift = PAGE_SHIFT;
	info->index_bits = 9;
	info->vma_tree = MMSCOPE_VMA_TREE;
	info->task_size = TASK_SIZE_MAX;
	info->pfn_mask = PTE_PFN_MASK;
	info->enc_mask = sme_me_mask;
	info->shared_mask = MMSCOPE_SHARED_MASK;
	info->pat = read_pat();
	info->swp_type_shift = 64 - SWP_TYPE_BITS;
	info->swp_type_bits = SWP_TYPE_BITS;
	info->swp_offset_shift = SWP_OFFSET_FIRST_BIT;
	info->swp_offset_bits = 64 - SWP_OFFSET_SHIFT;
	info->swp_pfn_bits = MMSCOPE_SWP_PFN_BITS;
	if (boot_cpu_has(X86_FEATURE_PTI))
		info->features |= MMSCOPE_FEATURE_PTI;
	if (boot_cpu_has(X86_FEATURE_OSPKE))
		info->features |= MMSCOPE_FEATURE_PKEYS;
	if (MMSCOPE_KNOWS_EXCLUSIVE)
		info->features |= MMSCOPE_FEATURE_EXCLUSIVE;
	/* as many address bits as the levels translate, sign-extended */
	info->kernel_start = -1ULL << (PAGE_SHIFT + 9 * info->levels - 1);
	strscpy(info->release, UTS_RELEASE, sizeof(info->release));
	fill_tables(info);
}

/* The description as one descriptor sees it. */
void mmscope_abi_info(const struct mmscope_file *f, struct mmscope_info *info)
{
	*info = mmscope_abi_format.info;
	if (mmscope_target_by_fd())
		info->features |= MMSCOPE_FEATURE_ATTACH_FD;
	if (f->admin)
		info->features |= MMSCOPE_FEATURE_ATTACH_PID;
	if (f->phys)
		info->features |= MMSCOPE_FEATURE_PHYS;
}

static int copy_rows(u64 to, u32 room, const void *rows, u32 nr, size_t size)
{
	if (!to || !room)
		return 0;
	/* nr is that of a table above: the product cannot overflow */
	if (copy_to_user(u64_to_user_ptr(to), rows, min(room, nr) * size))
		return -EFAULT;
	return 0;
}

/**
 * mmscope_abi_copy_rows - the three tables of INFO, to the caller's arrays
 * @asked: INFO's argument as the caller gave it: room and addresses
 * @info: what will be returned; gets the addresses back
 *
 * Touches user memory: no lock may be held.
 * Return: 0 or -EFAULT.
 */
int mmscope_abi_copy_rows(const struct mmscope_info *asked,
			  struct mmscope_info *info)
{
	int err;

	info->bits = asked->bits;
	info->kinds = asked->kinds;
	info->vma_flags = asked->vma_flags;
	err = copy_rows(asked->bits, asked->nr_bits, bits, info->nr_bits,
			sizeof(bits[0]));
	if (!err)
		err = copy_rows(asked->kinds, asked->nr_kinds, kinds,
				info->nr_kinds, sizeof(kinds[0]));
	if (!err)
		err = copy_rows(asked->vma_flags, asked->nr_vma_flags, vma_flags,
				info->nr_vma_flags, sizeof(vma_flags[0]));
	return err;
}
