/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * mmscope: page tables, VMAs and mm_structs of live processes, read only.
 *
 * Glossary
 *   level   number of a page-table level: 0 is the table whose slots map 4 KiB
 *           (PTE), 1 the one above (PMD), up to the top (PGD), which is level 3
 *           with 4-level and level 4 with 5-level paging (Intel SDM vol. 3A, 4.5).
 *   slot    one of the 512 places of a table.
 *   entry   the 64-bit value in a slot. It is loaded once and never altered,
 *           except that frame numbers read as 0 for readers who may not see
 *           them (MMSCOPE_OUT_HIDDEN says so).
 *   span    the address range one slot stands for: 4 KiB << (9 * level).
 *
 * Rules of every call
 *   - The argument is a structure whose first word is its own size as the
 *     caller knows it. A smaller one than the module's is filled up with
 *     zeroes, a larger one is accepted if the surplus bytes are zero.
 *   - Fields marked "in" are read, fields marked "out" are written; what an
 *     "out" field held before does not matter. Reserved fields must be 0.
 *   - There is no ioctl that changes anything in the process looked at.
 *
 * errno vocabulary
 *   ENOTTY      no such command
 *   E2BIG       size is larger than known and the surplus is not zero, or
 *               larger than a page
 *   EOPNOTSUPP  a bit of flags is not known, or asks for what this machine has not
 *   EINVAL      size too small, a reserved field set, or a value out of range
 *   EFAULT      a pointer of the caller is not accessible
 *   EBADF       attach: the descriptor given is not open
 *   EBUSY       attach: this descriptor is bound already; mmap: mapped already
 *   ENOTCONN    the descriptor is not bound to a process yet
 *   ENOBUFS     SCAN, VMAS, TASKS, FRAMES, LAYOUT or ZONES without a mapped buffer;
 *               ZONES: with one too small
 *   EPERM       not allowed; mmap for writing, or of a descriptor opened for it
 *   ESRCH       no such process, or its address space is gone (exit, exec)
 *   ENXIO       a kernel thread: it has no address space of its own
 *   EINTR       killed while waiting for the mmap_lock (VMAS)
 *   ENOMEM      out of memory
 */
#ifndef _UAPI_LINUX_MMSCOPE_H
#define _UAPI_LINUX_MMSCOPE_H

#include <linux/types.h>
#include <linux/ioctl.h>

/* Raised when something here changes its meaning; additions leave it alone. */
#define MMSCOPE_ABI_VERSION	1

#define MMSCOPE_DEVICE		"/dev/mmscope"

/* Most levels any supported CPU has; WALK always has room for that many. */
#define MMSCOPE_LEVELS_MAX	5

/* Slots per table: 4096 bytes of 8-byte entries at every level. */
#define MMSCOPE_SLOTS		512

/* Smallest and largest mapping of the device (bytes, a multiple of 4096). */
#define MMSCOPE_BUFFER_MIN	(64U * 1024)
#define MMSCOPE_BUFFER_MAX	(16U * 1024 * 1024)

/*
 * Commands. The number stands alone (_IO): the size travels in the structure,
 * so that a grown structure keeps its command.
 */
#define MMSCOPE_IOC_MAGIC	0xBD
#define MMSCOPE_IOC_INFO	_IO(MMSCOPE_IOC_MAGIC, 0x80)
#define MMSCOPE_IOC_ATTACH	_IO(MMSCOPE_IOC_MAGIC, 0x81)
#define MMSCOPE_IOC_WALK	_IO(MMSCOPE_IOC_MAGIC, 0x82)
#define MMSCOPE_IOC_SCAN	_IO(MMSCOPE_IOC_MAGIC, 0x83)
#define MMSCOPE_IOC_VMAS	_IO(MMSCOPE_IOC_MAGIC, 0x84)
#define MMSCOPE_IOC_MM		_IO(MMSCOPE_IOC_MAGIC, 0x85)
#define MMSCOPE_IOC_TASKS	_IO(MMSCOPE_IOC_MAGIC, 0x86)
#define MMSCOPE_IOC_FRAMES	_IO(MMSCOPE_IOC_MAGIC, 0x87)
#define MMSCOPE_IOC_LAYOUT	_IO(MMSCOPE_IOC_MAGIC, 0x88)
#define MMSCOPE_IOC_ZONES	_IO(MMSCOPE_IOC_MAGIC, 0x89)

/*
 * Whose view and which half: flags of WALK and SCAN.
 *
 * The kernel half is walked through the target's own top table. Nothing can be
 * held there, tables may be freed at any moment: the answer is best effort and
 * marked MMSCOPE_OUT_UNSTABLE. It needs the rights that frame numbers need.
 */
#define MMSCOPE_HALF_KERNEL	(1U << 8) /* addresses of the kernel half */
#define MMSCOPE_TOP_USER	(1U << 9) /* from the top table that user mode runs on (PTI) */

/*
 * INFO: what the module speaks, and what this kernel's entries mean.
 */

/* mmscope_info.features */
#define MMSCOPE_FEATURE_ATTACH_FD	(1ULL << 0) /* ATTACH by a pagemap descriptor works */
#define MMSCOPE_FEATURE_ATTACH_PID	(1ULL << 1) /* this descriptor may ATTACH by pid */
#define MMSCOPE_FEATURE_PHYS		(1ULL << 2) /* this descriptor sees frame numbers */
#define MMSCOPE_FEATURE_PTI		(1ULL << 3) /* page-table isolation is on */
#define MMSCOPE_FEATURE_PKEYS		(1ULL << 4) /* protection keys are in use */
#define MMSCOPE_FEATURE_EXCLUSIVE	(1ULL << 5) /* MMSCOPE_FRAME_EXCLUSIVE is told (5.19) */

/* mmscope_info.vma_tree: how the kernel keeps the VMAs of an mm */
#define MMSCOPE_VMA_TREE_LIST	1 /* sorted list and red-black tree */
#define MMSCOPE_VMA_TREE_MAPLE	2 /* maple tree */

/* mmscope_bit.when: in which kind of entry the row applies; "or" of */
#define MMSCOPE_WHEN_TABLE	(1U << 0) /* present, points to a table */
#define MMSCOPE_WHEN_LEAF	(1U << 1) /* present, maps memory */
#define MMSCOPE_WHEN_PROTNONE	(1U << 2) /* maps memory, no access allowed */
#define MMSCOPE_WHEN_SWAP	(1U << 3) /* not present: swap, migration, marker … */
#define MMSCOPE_WHEN_USER	(1U << 4) /* in the user half */
#define MMSCOPE_WHEN_KERNEL	(1U << 5) /* in the kernel half */

/**
 * struct mmscope_bit - one row of the bit table: what a bit of an entry means
 * @bit: lowest bit, 0 to 63
 * @width: number of bits; more than 1 is a number (protection key)
 * @letter: one character for narrow columns
 * @levels: levels the row holds for, bit n for level n
 * @when: MMSCOPE_WHEN_*; both a kind and a half must match
 * @__reserved: 0
 * @name: name in the kernel's words, NUL-terminated
 */
struct mmscope_bit {
	__u8 bit;
	__u8 width;
	__u8 letter;
	__u8 levels;
	__u8 when;
	__u8 __reserved[3];
	char name[24];
};

/* mmscope_kind.flags */
#define MMSCOPE_KIND_PFN	(1U << 0) /* the offset field holds a frame number */
#define MMSCOPE_KIND_MARKER	(1U << 1) /* the offset field holds marker bits */
#define MMSCOPE_KIND_MARK	(1U << 2) /* row names the marker bits in @payload */
#define MMSCOPE_KIND_AD		(1U << 3) /* above the frame number: accessed, then dirty */

/**
 * struct mmscope_kind - one row of the table of non-present entries
 * @first: lowest swap type number the row covers
 * @last: highest swap type number the row covers
 * @flags: MMSCOPE_KIND_*
 * @payload: for MMSCOPE_KIND_MARK rows the bits of the offset field they name
 * @name: name as in the kernel's enum softleaf_type, NUL-terminated
 */
struct mmscope_kind {
	__u16 first;
	__u16 last;
	__u32 flags;
	__u64 payload;
	char name[32];
};

/**
 * struct mmscope_vma_flag - one row of the table of VMA flags
 * @bit: bit of mmscope_vma.flags, 0 to 63
 * @code: two letters as in /proc/PID/smaps, NUL-terminated; "" if smaps has none
 * @name: long name in the kernel's words, NUL-terminated
 */
struct mmscope_vma_flag {
	__u8 bit;
	char code[3];
	char name[28];
};

/**
 * struct mmscope_info - MMSCOPE_IOC_INFO: version and format description
 * @size: in: sizeof(struct mmscope_info)
 * @flags: in: must be 0
 * @abi_version: out: MMSCOPE_ABI_VERSION of the module
 * @levels: out: page-table levels in use, 4 or 5
 * @page_shift: out: log2 of the page size in bytes, 12
 * @index_bits: out: address bits per level, 9
 * @vma_tree: out: MMSCOPE_VMA_TREE_*
 * @features: out: MMSCOPE_FEATURE_*
 * @task_size: out: first address past the user half (bytes)
 * @pfn_mask: out: bits of an entry that hold the frame's physical address
 * @enc_mask: out: memory-encryption bit (AMD SME/SEV C-bit), 0 if none
 * @shared_mask: out: bit that marks a page shared with the host (TDX), 0 if none
 * @pat: out: IA32_PAT of the CPU that answered (SDM vol. 3A, 12.12), 0 unknown
 * @swp_type_shift: out: lowest bit of the swap type in a non-present entry
 * @swp_type_bits: out: width of the swap type
 * @swp_offset_shift: out: lowest bit of the offset, which is stored inverted
 * @swp_offset_bits: out: width of the offset
 * @swp_pfn_bits: out: low bits of the offset that are a frame number
 * @__reserved: out: 0
 * @nr_bits: in: rows @bits has room for; out: rows the module has
 * @nr_kinds: in: rows @kinds has room for; out: rows the module has
 * @nr_vma_flags: in: rows @vma_flags has room for; out: rows the module has
 * @__reserved2: must be 0
 * @bits: in: address of an array of struct mmscope_bit, or 0
 * @kinds: in: address of an array of struct mmscope_kind, or 0
 * @vma_flags: in: address of an array of struct mmscope_vma_flag, or 0
 * @release: out: kernel release the module was built for (UTS_RELEASE)
 * @kernel_start: out: first address of the kernel half (bytes)
 *
 * Rows past the caller's room are not written; ask again with more room.
 * Needs no ATTACH. Source of every row: the headers the module was built with.
 */
struct mmscope_info {
	__u32 size;
	__u32 flags;
	__u32 abi_version;
	__u8 levels;
	__u8 page_shift;
	__u8 index_bits;
	__u8 vma_tree;
	__u64 features;
	__u64 task_size;
	__u64 pfn_mask;
	__u64 enc_mask;
	__u64 shared_mask;
	__u64 pat;
	__u8 swp_type_shift;
	__u8 swp_type_bits;
	__u8 swp_offset_shift;
	__u8 swp_offset_bits;
	__u8 swp_pfn_bits;
	__u8 __reserved[3];
	__u32 nr_bits;
	__u32 nr_kinds;
	__u32 nr_vma_flags;
	__u32 __reserved2;
	__u64 bits;
	__u64 kinds;
	__u64 vma_flags;
	char release[64];
	__u64 kernel_start;
};

/*
 * ATTACH: bind the descriptor to one address space, once.
 */

/* mmscope_attach.flags */
#define MMSCOPE_ATTACH_PID	(1U << 0) /* use @pid; needs CAP_SYS_ADMIN at home */

/**
 * struct mmscope_attach - MMSCOPE_IOC_ATTACH: bind this descriptor to an mm
 * @size: in: sizeof(struct mmscope_attach)
 * @flags: in: 0 or MMSCOPE_ATTACH_PID
 * @fd: in: open descriptor of /proc/PID/pagemap; must be 0 with ATTACH_PID
 * @pid: in: process id in the caller's namespace; must be 0 without ATTACH_PID
 * @lender: out, also with ENXIO: a process whose address space the kernel
 *          thread borrows at this moment (its active_mm); 0 if none
 * @__reserved: must be 0
 * @mm_id: out: identity of the mm: equal for equal mms until the module is
 *         unloaded, otherwise meaningless (a keyed hash, no address)
 *
 * The kernel made its access checks (ptrace, Yama, LSM) when the pagemap
 * descriptor was opened. After the process has exited or called exec, every
 * call on the descriptor fails with ESRCH.
 *
 * Errors: EBADF, EBUSY, EINVAL (not a pagemap descriptor), EOPNOTSUPP (also
 * when MMSCOPE_FEATURE_ATTACH_FD is missing), EPERM, ESRCH, ENXIO.
 */
struct mmscope_attach {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__s32 pid;
	__s32 lender;
	__u32 __reserved;
	__u64 mm_id;
};

/* out_flags of several calls */
#define MMSCOPE_OUT_HIDDEN	(1U << 0) /* frame numbers, swap slots, table addresses read as 0 */
#define MMSCOPE_OUT_CHANGED	(1U << 1) /* something changed meanwhile and could not be read */
#define MMSCOPE_OUT_UNSTABLE	(1U << 2) /* kernel half: nothing was held while it was read */

/*
 * WALK: every level of one address.
 */

/* mmscope_walk.result: why the walk ended */
#define MMSCOPE_END_LEAF	1 /* at an entry that maps memory */
#define MMSCOPE_END_NONE	2 /* at an empty entry */
#define MMSCOPE_END_NONPRESENT	3 /* at a non-present entry that is not empty */
#define MMSCOPE_END_BAD		4 /* at a table whose frame is not online memory */
#define MMSCOPE_END_CHANGED	5 /* the tables kept changing; no levels are given */

/**
 * struct mmscope_level - one step of a walk
 * @entry: raw entry
 * @slot: physical address of the slot (bytes), 0 if hidden
 * @index: slot number in its table, 0 to 511
 * @node: NUMA node of the table, -1 if unknown or hidden
 * @level: level of the table
 * @__reserved: 0
 */
struct mmscope_level {
	__u64 entry;
	__u64 slot;
	__u32 index;
	__s32 node;
	__u8 level;
	__u8 __reserved[7];
};

/**
 * struct mmscope_walk - MMSCOPE_IOC_WALK: the ladder of one address
 * @size: in: sizeof(struct mmscope_walk)
 * @flags: in: 0, or MMSCOPE_HALF_KERNEL and MMSCOPE_TOP_USER
 * @va: in: virtual address (any alignment), in the user half unless @flags has
 *      MMSCOPE_HALF_KERNEL; there the last 4096 bytes are left out
 * @nr_levels: out: rows of @level that are valid
 * @result: out: MMSCOPE_END_*
 * @retries: out: looks that were thrown away because a table changed
 * @out_flags: out: MMSCOPE_OUT_*
 * @level: out: the steps, from the top table down
 *
 * The chain is one consistent picture: every table on the way was still linked
 * after the last entry had been read, with no TLB flush of that mm in between
 * (kernel half: linked, no more). Takes no lock of the target.
 * Errors: EINVAL (address), EOPNOTSUPP (no page-table isolation), EPERM (kernel
 * half), ENOTCONN, ESRCH.
 */
struct mmscope_walk {
	__u32 size;
	__u32 flags;
	__u64 va;
	__u32 nr_levels;
	__u32 result;
	__u32 retries;
	__u32 out_flags;
	struct mmscope_level level[MMSCOPE_LEVELS_MAX];
};

/*
 * SCAN: a range, into the mapped buffer.
 */

/* mmscope_scan.flags: exactly one of the first two, with MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER */
#define MMSCOPE_SCAN_RUNS	(1U << 0) /* non-empty entries, merged into runs */
#define MMSCOPE_SCAN_BLOCKS	(1U << 1) /* raw slots, a block per table */
#define MMSCOPE_SCAN_FRAMES	(1U << 2) /* only entries that hold a frame of a range */

/* mmscope_record.type */
#define MMSCOPE_REC_RUN		1 /* @nr entries that form an arithmetic progression */
#define MMSCOPE_REC_BLOCK	2 /* @nr slots of one table, as they are, follow */
#define MMSCOPE_REC_CHANGED	3 /* slots that kept changing, not read; lower tables may follow */
#define MMSCOPE_REC_BAD		4 /* span whose table is not online memory; @data is the entry */

/* mmscope_record.stride: what the next entry of a run adds to the one before */
#define MMSCOPE_STRIDE_SAME	0 /* nothing: zero page, markers */
#define MMSCOPE_STRIDE_UP	1 /* the span of a slot: the next frame; PROT_NONE: that before */
#define MMSCOPE_STRIDE_DOWN	2 /* minus that: the frame before; PROT_NONE, inverted: the next */
#define MMSCOPE_STRIDE_SWAP	3 /* minus one offset: the next swap slot, stored inverted */

/* mmscope_record.taken: a right that an entry can take away (SDM vol. 3A, 4.6) */
#define MMSCOPE_RIGHT_R		1 /* any access */
#define MMSCOPE_RIGHT_W		2 /* writes */
#define MMSCOPE_RIGHT_X		4 /* instruction fetches */
#define MMSCOPE_RIGHT_U		8 /* user mode */

/**
 * struct mmscope_record - head of every record in the buffer
 * @va: address of the first slot's span
 * @data: RUN: first raw entry; BLOCK: physical address of the table, 0 if
 *        hidden; BAD: the entry; CHANGED: 0
 * @nr: number of slots
 * @level: level of the table that holds them
 * @type: MMSCOPE_REC_*
 * @stride: MMSCOPE_STRIDE_* for a run of more than one, else 0
 * @taken: MMSCOPE_RIGHT_* that the levels above have taken away, for RUN
 *
 * A BLOCK is followed by @nr __u64 entries. Records stand without gaps. In the
 * kernel half the address after a record can be 2^64, which reads as 0.
 */
struct mmscope_record {
	__u64 va;
	__u64 data;
	__u32 nr;
	__u8 level;
	__u8 type;
	__u8 stride;
	__u8 taken;
};

/**
 * struct mmscope_scan - MMSCOPE_IOC_SCAN: entries of a range, in bulk
 * @size: in: sizeof(struct mmscope_scan)
 * @flags: in: MMSCOPE_SCAN_RUNS or MMSCOPE_SCAN_BLOCKS; MMSCOPE_SCAN_FRAMES,
 *         MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER
 * @start: in: first address, a multiple of the page size
 * @end: in: address after the last, a multiple of the page size, at most
 *       mmscope_info.task_size; in the kernel half at most 2^64 - 4096
 * @filter_mask: in: bits of the raw entry to compare; 0 takes all
 * @filter_value: in: value they must have; no bits outside @filter_mask
 * @levels: in: levels wanted, bit n for level n; at least one
 * @__reserved: must be 0
 * @resume: out: address to go on at; equals @end when all was seen
 * @bytes: out: bytes of records in the buffer, from its start
 * @entries: out: non-empty entries in them
 * @tables: out: tables read
 * @retries: out: looks that were thrown away because a table changed
 * @changed: out: spans reported as MMSCOPE_REC_CHANGED
 * @out_flags: out: MMSCOPE_OUT_*
 * @__reserved2: out: 0
 * @frame_start: in: with MMSCOPE_SCAN_FRAMES the first frame number, else 0
 * @frame_end: in: with MMSCOPE_SCAN_FRAMES the frame number after the last, at
 *             most that of the end of physical memory by mmscope_info.pfn_mask;
 *             else 0
 *
 * RUNS reports entries that map memory and non-present entries of the levels
 * asked for, never pointers to tables. BLOCKS reports every table of the
 * levels asked for, upper levels before lower ones, its slots cut to
 * [@start, @end); with a filter only blocks that hold a matching slot. A call
 * that begins inside a table reports the rest of that table, and so repeats
 * upper tables that an earlier call has begun. A table of the lowest level asked
 * for may come in several blocks when the target is busy.
 *
 * FRAMES is a second filter, both have to match: entries that map one of the
 * frames, a huge page any of whose frames it is, also without access rights, and
 * non-present ones whose kind has MMSCOPE_KIND_PFN (migration, hwpoison …). A
 * pointer to a table never matches.
 *
 * A call ends when the range is done, the buffer is nearly full or a signal
 * is pending; the last two with @resume < @end and no error. Every copied
 * table was linked at its place while it was copied; entries within one table
 * are atomic each, the table is not. Takes no lock of the target.
 * Errors: EINVAL, EOPNOTSUPP, EPERM (kernel half, or FRAMES where they are
 * hidden), ENOTCONN, ENOBUFS, ESRCH.
 */
struct mmscope_scan {
	__u32 size;
	__u32 flags;
	__u64 start;
	__u64 end;
	__u64 filter_mask;
	__u64 filter_value;
	__u32 levels;
	__u32 __reserved;
	__u64 resume;
	__u64 bytes;
	__u64 entries;
	__u64 tables;
	__u32 retries;
	__u32 changed;
	__u32 out_flags;
	__u32 __reserved2;
	__u64 frame_start;
	__u64 frame_end;
};

/*
 * VMAS: the memory map, into the mapped buffer.
 */

/* mmscope_vma.attrs */
#define MMSCOPE_VMA_FILE	(1U << 0) /* maps a file: dev, inode, file_id are valid */
#define MMSCOPE_VMA_ANON_VMA	(1U << 1) /* has an anon_vma */
#define MMSCOPE_VMA_POLICY	(1U << 2) /* has a NUMA policy of its own (@policy) */
#define MMSCOPE_VMA_SPECIAL	(1U << 3) /* the name is the kernel's, in brackets, not a path */

/**
 * struct mmscope_vma - one VMA, a record in the buffer
 * @bytes: length of the record with its strings, a multiple of 8
 * @attrs: MMSCOPE_VMA_*
 * @start: first address
 * @end: address after the last
 * @flags: vm_flags; INFO names the bits
 * @offset: offset in the file (bytes)
 * @inode: inode number
 * @file_id: identity of the file's mapping (keyed hash), 0 if none
 * @anon_id: identity of the anon_vma (keyed hash), 0 if none
 * @dev_major: major number of the file system's device
 * @dev_minor: minor number
 * @page_prot: vm_page_prot: the bits new entries of this VMA get
 * @pkey: protection key
 * @policy: NUMA policy mode (MPOL_*)
 * @ops: offset of the vm_ops symbol's name within the record, 0 if no vm_ops
 * @name: offset of the name (path or [heap] and the like), 0 if none
 * @anon_name: offset of the name set by PR_SET_VMA_ANON_NAME, 0 if none
 * @__reserved: 0
 *
 * Strings are NUL-terminated; a path is as the caller's root sees it.
 */
struct mmscope_vma {
	__u32 bytes;
	__u32 attrs;
	__u64 start;
	__u64 end;
	__u64 flags;
	__u64 offset;
	__u64 inode;
	__u64 file_id;
	__u64 anon_id;
	__u32 dev_major;
	__u32 dev_minor;
	__u64 page_prot;
	__u16 pkey;
	__u16 policy;
	__u16 ops;
	__u16 name;
	__u16 anon_name;
	__u16 __reserved[3];
};

/**
 * struct mmscope_vmas - MMSCOPE_IOC_VMAS: the VMAs of a range
 * @size: in: sizeof(struct mmscope_vmas)
 * @flags: in: must be 0
 * @start: in: first address; VMAs that reach beyond it are listed whole
 * @end: in: address after the last
 * @resume: out: address to go on at; equals @end when all was seen
 * @bytes: out: bytes of struct mmscope_vma records in the buffer
 * @count: out: number of records
 * @map_count: out: VMAs the mm had at the end of the call
 *
 * Takes the target's mmap_lock for reading, in short batches, killable.
 * Errors: EINVAL, EOPNOTSUPP, ENOTCONN, ENOBUFS, ENOMEM, ESRCH, EINTR.
 */
struct mmscope_vmas {
	__u32 size;
	__u32 flags;
	__u64 start;
	__u64 end;
	__u64 resume;
	__u64 bytes;
	__u32 count;
	__u32 map_count;
};

/**
 * struct mmscope_mm - MMSCOPE_IOC_MM: fields and counters of the mm_struct
 * @size: in: sizeof(struct mmscope_mm)
 * @flags: in: must be 0
 * @mm_id: out: identity, as ATTACH gave it
 * @out_flags: out: MMSCOPE_OUT_*
 * @vma_tree: out: MMSCOPE_VMA_TREE_*
 * @pgd: out: physical address of the top table (bytes), 0 if hidden
 * @mmap_base: out: where mmap() begins to place mappings
 * @task_size: out: first address past the process's address space
 * @start_code: out: start of the program's text
 * @end_code: out: end of the program's text
 * @start_data: out: start of initialised data
 * @end_data: out: end of initialised data
 * @start_brk: out: start of the heap
 * @brk: out: end of the heap
 * @start_stack: out: where the stack began at exec
 * @arg_start: out: start of the argument strings
 * @arg_end: out: end of the argument strings
 * @env_start: out: start of the environment strings
 * @env_end: out: end of the environment strings
 * @mm_users: out: users of the address space, without this call's own
 * @mm_count: out: references to the mm_struct, without this descriptor's own
 * @map_count: out: number of VMAs
 * @tasks: out: tasks (threads) whose mm this is
 * @processes: out: thread groups among them
 * @total_vm: out: mapped pages
 * @locked_vm: out: pages of VMAs that are mlocked
 * @pinned_vm: out: pages pinned for ever (refcount permanently increased)
 * @data_vm: out: pages of private writable mappings that are not stack
 * @exec_vm: out: pages of executable mappings
 * @stack_vm: out: pages of stack mappings
 * @hiwater_rss: out: highest resident set seen (pages)
 * @hiwater_vm: out: highest total_vm seen (pages)
 * @rss_file: out: resident pages of files
 * @rss_anon: out: resident anonymous pages
 * @rss_shmem: out: resident pages of shared memory
 * @swapents: out: swap entries (pages)
 * @pgtables_bytes: out: bytes of page tables, all levels
 * @def_flags: out: vm_flags that new VMAs get (mlockall)
 *
 * Takes no lock of the target but that of its RSS counters while they are
 * added up; each field is read once, not all at one moment.
 * Errors: EINVAL, EOPNOTSUPP, ENOTCONN, ESRCH.
 */
struct mmscope_mm {
	__u32 size;
	__u32 flags;
	__u64 mm_id;
	__u32 out_flags;
	__u32 vma_tree;
	__u64 pgd;
	__u64 mmap_base;
	__u64 task_size;
	__u64 start_code;
	__u64 end_code;
	__u64 start_data;
	__u64 end_data;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	__u64 arg_start;
	__u64 arg_end;
	__u64 env_start;
	__u64 env_end;
	__u64 mm_users;
	__u64 mm_count;
	__u64 map_count;
	__u64 tasks;
	__u64 processes;
	__u64 total_vm;
	__u64 locked_vm;
	__u64 pinned_vm;
	__u64 data_vm;
	__u64 exec_vm;
	__u64 stack_vm;
	__u64 hiwater_rss;
	__u64 hiwater_vm;
	__u64 rss_file;
	__u64 rss_anon;
	__u64 rss_shmem;
	__u64 swapents;
	__u64 pgtables_bytes;
	__u64 def_flags;
};

/*
 * TASKS: who shares the address space, into the mapped buffer.
 */

/* mmscope_task.flags */
#define MMSCOPE_TASK_LEADER	(1U << 0) /* first thread of its process */
#define MMSCOPE_TASK_VFORK	(1U << 1) /* made by vfork, has not called exec yet */
#define MMSCOPE_TASK_32BIT	(1U << 2) /* runs with 32-bit addresses */
#define MMSCOPE_TASK_KTHREAD	(1U << 3) /* kernel thread */
#define MMSCOPE_TASK_BORROWS	(1U << 4) /* has no mm of its own, runs on this one (active_mm) */

/**
 * struct mmscope_task - a task, a record in the buffer
 * @pid: thread id in the caller's namespace
 * @tgid: process id in the caller's namespace
 * @ppid: process id of the parent, 0 if it is outside the caller's namespace
 * @flags: MMSCOPE_TASK_*
 * @comm: name of the task, NUL-terminated
 */
struct mmscope_task {
	__s32 pid;
	__s32 tgid;
	__s32 ppid;
	__u32 flags;
	char comm[16];
};

/**
 * struct mmscope_tasks - MMSCOPE_IOC_TASKS: the tasks that share the mm
 * @size: in: sizeof(struct mmscope_tasks)
 * @flags: in: must be 0
 * @bytes: out: bytes of records in the buffer
 * @count: out: records
 * @record_size: out: bytes from one record to the next
 * @unseen: out: tasks outside the caller's pid namespace, not listed
 * @truncated: out: tasks for which there was no room
 *
 * Kernel threads that borrow the mm, apart from the idle threads, are listed for
 * callers who may ATTACH by pid; with whom they run changes at every switch. Threads
 * that have taken the mm for their own (kthread_use_mm()) are listed for everybody.
 * Errors: EOPNOTSUPP, ENOTCONN, ENOBUFS, ESRCH.
 */
struct mmscope_tasks {
	__u32 size;
	__u32 flags;
	__u64 bytes;
	__u32 count;
	__u32 record_size;
	__u32 unseen;
	__u32 truncated;
};

/*
 * FRAMES: facts about frames, into the mapped buffer.
 */

/* mmscope_frame.kind: what a frame is used for */
#define MMSCOPE_FRAME_NONE	0 /* no memory: a hole, registers of a device, firmware */
#define MMSCOPE_FRAME_FREE	1 /* nobody holds a reference */
#define MMSCOPE_FRAME_ZERO	2 /* the zero page */
#define MMSCOPE_FRAME_HUGE_ZERO	3 /* the huge zero page; before 6.19 also any 2 MiB of nobody's */
#define MMSCOPE_FRAME_ANON	4 /* anonymous memory */
#define MMSCOPE_FRAME_KSM	5 /* anonymous memory merged by KSM */
#define MMSCOPE_FRAME_FILE	6 /* page cache of a file */
#define MMSCOPE_FRAME_SHMEM	7 /* page cache of shared memory, tmpfs, memfd */
#define MMSCOPE_FRAME_HUGETLB	8 /* hugetlb */
#define MMSCOPE_FRAME_TABLE	9 /* page table, as far as the kernel marks them */
#define MMSCOPE_FRAME_SLAB	10 /* kernel object cache */
#define MMSCOPE_FRAME_RESERVED	11 /* reserved at boot: kernel image, firmware, holes in between */
#define MMSCOPE_FRAME_KERNEL	12 /* held by the kernel for something else */
#define MMSCOPE_FRAME_DEVICE	13 /* memory of a device that has a struct page (ZONE_DEVICE) */
#define MMSCOPE_FRAME_OFFLINE	14 /* memory that was set offline, or never online */

/* mmscope_frame.attrs */
#define MMSCOPE_FRAME_HWPOISON	(1U << 0) /* a hardware error was reported for it */
#define MMSCOPE_FRAME_TAIL	(1U << 1) /* not the first frame of its folio */
#define MMSCOPE_FRAME_EXCLUSIVE	(1U << 2) /* anonymous, of one process alone: no copy at a write */
#define MMSCOPE_FRAME_AVERAGE	(1U << 3) /* mapcount is the average of its folio */
#define MMSCOPE_FRAME_YOUNG	(1U << 4) /* accessed before DAMON took the accessed bit */

/**
 * struct mmscope_frame - a frame, a record in the buffer
 * @pfn: frame number
 * @head: frame number of the first frame of its folio
 * @attrs: MMSCOPE_FRAME_HWPOISON, _TAIL, _EXCLUSIVE, _AVERAGE, _YOUNG
 * @node: NUMA node, -1 if none
 * @kind: MMSCOPE_FRAME_*
 * @order: log2 of the number of frames of its folio
 * @zone: number of its zone in the node
 * @__reserved: 0
 * @flags: KPF_* bits (linux/kernel-page-flags.h), as in /proc/kpageflags
 * @refcount: references to its folio
 * @mapcount: page-table entries that map it, as in /proc/kpagecount
 * @cgroup: inode number of the memory cgroup it is charged to, as in
 *          /proc/kpagecgroup; 0 if none
 * @inode: inode number of the file it holds a part of; 0 if none
 * @index: place in that file (pages)
 * @dev_major: device of that file's file system
 * @dev_minor: same
 *
 * A file has these if @kind is MMSCOPE_FRAME_FILE, _SHMEM or _HUGETLB. They are
 * those of the file system that holds the data: overlayfs and btrfs tell stat()
 * other ones. Before 6.19 the flags of the huge zero page are a guess, as @kind is.
 *
 * Of frames that are not online only @pfn and @kind are known (NONE, DEVICE,
 * OFFLINE); @flags is KPF_NOPAGE, @node -1.
 */
struct mmscope_frame {
	__u64 pfn;
	__u64 head;
	__u32 attrs;
	__s32 node;
	__u8 kind;
	__u8 order;
	__u8 zone;
	__u8 __reserved[5];
	__u64 flags;
	__u32 refcount;
	__u32 mapcount;
	__u64 cgroup;
	__u64 inode;
	__u64 index;
	__u32 dev_major;
	__u32 dev_minor;
};

/* mmscope_frames.flags */
#define MMSCOPE_FRAMES_SKIP	(1U << 0) /* no records of spans of 128 MiB without memory */

/**
 * struct mmscope_frames - MMSCOPE_IOC_FRAMES: a range of frames
 * @size: in: sizeof(struct mmscope_frames)
 * @flags: in: 0 or MMSCOPE_FRAMES_SKIP
 * @start: in: first frame number
 * @end: in: frame number after the last
 * @resume: out: frame number to go on at; equals @end when all was seen
 * @bytes: out: bytes of records in the buffer
 * @count: out: records
 * @record_size: out: bytes from one record to the next
 *
 * No reference is taken: a frame may change its use while it is looked at. What
 * MMSCOPE_FRAMES_SKIP leaves out is MMSCOPE_FRAME_NONE: the records tell their pfn.
 * Needs no ATTACH. Errors: EINVAL, EOPNOTSUPP, ENOBUFS, EPERM.
 */
struct mmscope_frames {
	__u32 size;
	__u32 flags;
	__u64 start;
	__u64 end;
	__u64 resume;
	__u64 bytes;
	__u32 count;
	__u32 record_size;
};

/*
 * LAYOUT: the regions of the kernel half, into the mapped buffer.
 */

/**
 * struct mmscope_region - a region of the kernel half, a record in the buffer
 * @start: first address
 * @end: address after the last
 * @name: as in Documentation/arch/x86/x86_64/mm.rst, NUL-terminated
 */
struct mmscope_region {
	__u64 start;
	__u64 end;
	char name[24];
};

/**
 * struct mmscope_layout - MMSCOPE_IOC_LAYOUT: the regions of the kernel half
 * @size: in: sizeof(struct mmscope_layout)
 * @flags: in: must be 0
 * @bytes: out: bytes of records in the buffer
 * @count: out: records
 * @record_size: out: bytes from one record to the next
 *
 * As this boot has placed them (KASLR), in order of their start. A region may
 * lie in another (vsyscall), and be reserved without being used (ldt_remap).
 * Needs no ATTACH. Errors: EOPNOTSUPP, ENOBUFS, EPERM.
 */
struct mmscope_layout {
	__u32 size;
	__u32 flags;
	__u64 bytes;
	__u32 count;
	__u32 record_size;
};

/*
 * ZONES: how memory is divided, into the mapped buffer.
 */

/**
 * struct mmscope_zone - a zone of a node, a record in the buffer
 * @start: first frame number
 * @spanned: frames from the first to the last, holes included
 * @present: frames that are there
 * @managed: frames that the page allocator has been given
 * @free: frames that are free
 * @node: NUMA node
 * @number: number of the zone in the node, as in mmscope_frame.zone
 * @name: as in /proc/zoneinfo, NUL-terminated
 */
struct mmscope_zone {
	__u64 start;
	__u64 spanned;
	__u64 present;
	__u64 managed;
	__u64 free;
	__s32 node;
	__u32 number;
	char name[16];
};

/**
 * struct mmscope_zones - MMSCOPE_IOC_ZONES: the zones of all online nodes
 * @size: in: sizeof(struct mmscope_zones)
 * @flags: in: must be 0
 * @bytes: out: bytes of records in the buffer
 * @count: out: records
 * @record_size: out: bytes from one record to the next
 *
 * Zones that span nothing are left out. By node, then by number.
 * Needs no ATTACH. Errors: EOPNOTSUPP, ENOBUFS, EPERM.
 */
struct mmscope_zones {
	__u32 size;
	__u32 flags;
	__u64 bytes;
	__u32 count;
	__u32 record_size;
};

/*
 * The event mmscope:mmscope_fault, as a BPF program of type "tracepoint" or a reader
 * of perf's raw samples gets it.
 */

/**
 * struct mmscope_fault_event - a page fault
 * @common: the fields that every event begins with
 * @mm_id: identity of the address space, as of ATTACH
 * @addr: address that faulted
 * @ip: instruction in user space, 0 for a kernel thread
 * @before: the entry the walk ended at before, 0 also if it kept changing
 * @after: the same afterwards
 * @pfn_before: frame of the 4 KiB at @addr before, 0 for none
 * @pfn_after: the same afterwards
 * @vm_start: first address of the VMA; 0, as what follows, where none allowed it
 * @vm_end: address after the last
 * @vm_flags: its flags by the kernel's numbers (INFO has names)
 * @offset: bytes from the begin of the file to the page
 * @inode: of the file, 0 without one
 * @ns: nanoseconds it took
 * @dev: device of the file, major number << 20 | minor
 * @flags: the kernel's FAULT_FLAG_*
 * @result: the kernel's VM_FAULT_*
 * @pid: thread, in the initial pid namespace
 * @mm_pid: process whose memory it is
 * @kind: what it did, a number of mmscope/fault_kinds.def
 * @level_before: level of the table of @before
 * @level_after: the same afterwards
 * @page_before: MMSCOPE_FRAME_* of the frame before
 * @page_after: the same afterwards
 * @exclusive_before: 1: an anonymous page of this process alone (5.19)
 * @exclusive_after: the same afterwards
 * @vma: 1 anonymous, 2 hugetlb, 4 shared, 8 accessible, 16 a device's
 * @__reserved: 0
 *
 * docs/FAULTS.md says more. The field @__reserved is called reserved in the format
 * file of the event.
 */
struct mmscope_fault_event {
	__u64 common;
	__u64 mm_id;
	__u64 addr;
	__u64 ip;
	__u64 before;
	__u64 after;
	__u64 pfn_before;
	__u64 pfn_after;
	__u64 vm_start;
	__u64 vm_end;
	__u64 vm_flags;
	__u64 offset;
	__u64 inode;
	__u64 ns;
	__u32 dev;
	__u32 flags;
	__u32 result;
	__s32 pid;
	__s32 mm_pid;
	__u8 kind;
	__u8 level_before;
	__u8 level_after;
	__u8 page_before;
	__u8 page_after;
	__u8 exclusive_before;
	__u8 exclusive_after;
	__u8 vma;
	__u32 __reserved;
};

#endif /* _UAPI_LINUX_MMSCOPE_H */
