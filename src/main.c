// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading: the parts in order, and back.
 */
#define pr_fmt(fmt) "mmscope: " fmt

#include "internal.h"

#include <mmscope/version.h>
#include <linux/module.h>
#include <asm/cpufeature.h>

static int __init mmscope_init(void)
{
	int err;

	/* Entries of a Xen PV guest hold machine frames, not the kernel's. */
	if (boot_cpu_has(X86_FEATURE_XENPV)) {
		pr_err("Xen PV guests are not supported\n");
		return -ENODEV;
	}
	mmscope_abi_init();
	err = mmscope_target_init();
	if (err)
		return err;
	err = mmscope_fault_init();
	if (err)
		return err;
	/* An open file does not keep a module that fails to load: the last that may fail. */
	err = mmscope_chardev_init();
	if (err) {
		mmscope_fault_exit();
		return err;
	}
	mmscope_debugfs_init();
	return 0;
}

static void __exit mmscope_exit(void)
{
	mmscope_debugfs_exit();
	mmscope_chardev_exit();
	mmscope_fault_exit();
}

module_init(mmscope_init);
module_exit(mmscope_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mmscope authors");
MODULE_DESCRIPTION("Oscilloscope for virtual memory: reads page tables of live processes, never writes");
MODULE_VERSION(MMSCOPE_VERSION);
