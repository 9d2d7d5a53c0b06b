// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mmscope: one copy in, one call, one copy out. User memory is touched
 * here and in mmscope_abi_copy_rows() only, never with a lock held.
 */
#include "internal.h"

#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/* Every argument begins alike. */
struct head {
	u32 size;
	u32 flags;
};

union argument {
	struct head head;
	struct mmscope_info info;
	struct mmscope_attach attach;
	struct mmscope_walk walk;
	struct mmscope_scan scan;
	struct mmscope_vmas vmas;
	struct mmscope_mm mm;
	struct mmscope_tasks tasks;
	struct mmscope_frames frames;
	struct mmscope_layout layout;
	struct mmscope_zones zones;
};

/* What the dispatcher knows of a command. */
struct command {
	u32 size;	/* of the structure today */
	u32 min_size;	/* of the structure when the command appeared */
	u32 flags;	/* known bits */
	int (*call)(struct mmscope_file *f, union argument *arg);
};

static int call_attach(struct mmscope_file *f, union argument *arg)
{
	return mmscope_target_attach(f, &arg->attach);
}

static int call_walk(struct mmscope_file *f, union argument *arg)
{
	return mmscope_answer_walk(f, &arg->walk);
}

static int call_scan(struct mmscope_file *f, union argument *arg)
{
	return mmscope_scan_fill(f, &arg->scan);
}

static int call_vmas(struct mmscope_file *f, union argument *arg)
{
	return mmscope_vma_fill(f, &arg->vmas);
}

static int call_mm(struct mmscope_file *f, union argument *arg)
{
	return mmscope_mm_read(f, &arg->mm);
}

static int call_tasks(struct mmscope_file *f, union argument *arg)
{
	return mmscope_task_fill(f, &arg->tasks);
}

static int call_frames(struct mmscope_file *f, union argument *arg)
{
	return mmscope_frame_fill(f, &arg->frames);
}

static int call_layout(struct mmscope_file *f, union argument *arg)
{
	return mmscope_layout_fill(f, &arg->layout);
}

static int call_zones(struct mmscope_file *f, union argument *arg)
{
	return mmscope_zone_fill(f, &arg->zones);
}

/* Under the descriptor's lock, except INFO, which writes user arrays. */
static int call_info(struct mmscope_file *f, union argument *arg)
{
	struct mmscope_info asked = arg->info;

	if (asked.__reserved2)
		return -EINVAL;
	mmscope_abi_info(f, &arg->info);
	arg->info.size = asked.size;
	return mmscope_abi_copy_rows(&asked, &arg->info);
}

#define FIRST	_IOC_NR(MMSCOPE_IOC_INFO)
#define VIEW_FLAGS	(MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER)
#define COMMAND(ioc, type, since, known, fn)	\
	[_IOC_NR(ioc) - FIRST] = {		\
		.size = sizeof(struct type), .min_size = (since),	\
		.flags = (known), .call = (fn),	\
	}

static const struct command commands[] = {
	COMMAND(MMSCOPE_IOC_INFO, mmscope_info, 176, 0, call_info),
	COMMAND(MMSCOPE_IOC_ATTACH, mmscope_attach, 32, MMSCOPE_ATTACH_PID, call_attach),
	COMMAND(MMSCOPE_IOC_WALK, mmscope_walk, 192, VIEW_FLAGS, call_walk),
	COMMAND(MMSCOPE_IOC_SCAN, mmscope_scan, 96,
		MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_BLOCKS | MMSCOPE_SCAN_FRAMES | VIEW_FLAGS,
		call_scan),
	COMMAND(MMSCOPE_IOC_VMAS, mmscope_vmas, 48, 0, call_vmas),
	COMMAND(MMSCOPE_IOC_MM, mmscope_mm, 288, 0, call_mm),
	COMMAND(MMSCOPE_IOC_TASKS, mmscope_tasks, 32, 0, call_tasks),
	COMMAND(MMSCOPE_IOC_FRAMES, mmscope_frames, 48, MMSCOPE_FRAMES_SKIP, call_frames),
	COMMAND(MMSCOPE_IOC_LAYOUT, mmscope_layout, 24, 0, call_layout),
	COMMAND(MMSCOPE_IOC_ZONES, mmscope_zones, 24, 0, call_zones),
};

static const struct command *find_command(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd) - FIRST;

	if (cmd != _IO(MMSCOPE_IOC_MAGIC, _IOC_NR(cmd)) || nr >= ARRAY_SIZE(commands))
		return NULL;
	return &commands[array_index_nospec(nr, ARRAY_SIZE(commands))];
}

static int copy_in(const struct command *c, union argument *arg, void __user *from)
{
	u32 size;
	int err;

	if (get_user(size, (u32 __user *)from))
		return -EFAULT;
	if (size < c->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(arg, c->size, from, size);
	if (err)
		return err;
	/* the caller may have changed it between the two reads */
	arg->head.size = size;
	return arg->head.flags & ~c->flags ? -EOPNOTSUPP : 0;
}

static int run_command(const struct command *c, struct mmscope_file *f,
		       union argument *arg)
{
	int err;

	if (c->call == call_info)
		return call_info(f, arg);
	if (mutex_lock_killable(&f->lock))
		return -EINTR;
	err = c->call(f, arg);
	mutex_unlock(&f->lock);
	return err;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long address)
{
	const struct command *c = find_command(cmd);
	void __user *user = (void __user *)address;
	union argument arg = {};
	int err;

	if (!c)
		return -ENOTTY;
	err = copy_in(c, &arg, user);
	if (err)
		return err;
	err = run_command(c, file->private_data, &arg);
	/* ATTACH tells with ENXIO whose address space the thread borrows */
	if (err && err != -ENXIO)
		return err;
	if (copy_to_user(user, &arg, min(c->size, arg.head.size)))
		return -EFAULT;
	return err;
}

static vm_fault_t device_fault(struct vm_fault *vmf)
{
	const struct mmscope_buffer *buffer = vmf->vma->vm_private_data;
	unsigned long at = vmf->pgoff << PAGE_SHIFT;

	if (vmf->pgoff >= buffer->len >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;
	vmf->page = vmalloc_to_page(buffer->data + at);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct device_vm_ops = {
	.fault = device_fault,
};

/*
 * The buffer, once per descriptor, read-only. Runs under the caller's
 * mmap_lock, hence without the descriptor's lock. The mapping holds the file,
 * the file holds the buffer.
 */
static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct mmscope_file *f = file->private_data;
	size_t len = vma->vm_end - vma->vm_start;
	struct mmscope_buffer *buffer;

	/*
	 * Without FMODE_WRITE do_mmap() has taken VM_MAYWRITE from a shared
	 * mapping, so mprotect() cannot make it writable later.
	 */
	if ((vma->vm_flags & VM_WRITE) || (file->f_mode & FMODE_WRITE))
		return -EPERM;
	if (vma->vm_pgoff || len < MMSCOPE_BUFFER_MIN || len > MMSCOPE_BUFFER_MAX)
		return -EINVAL;
	if (READ_ONCE(f->buffer))
		return -EBUSY;
	buffer = mmscope_target_buffer(len);
	if (!buffer)
		return -ENOMEM;
	if (cmpxchg(&f->buffer, NULL, buffer)) {
		vfree(buffer->data);
		kfree(buffer);
		return -EBUSY;
	}
	vma->vm_private_data = buffer;
	vma->vm_ops = &device_vm_ops;
	return 0;
}

static int device_open(struct inode *inode, struct file *file)
{
	file->private_data = mmscope_target_alloc(file);
	return file->private_data ? 0 : -ENOMEM;
}

static int device_release(struct inode *inode, struct file *file)
{
	mmscope_target_free(file->private_data);
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = device_mmap,
	.llseek = noop_llseek,
};

static struct miscdevice misc_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mmscope",
	.fops = &device_fops,
	.mode = 0600,
};

int mmscope_chardev_init(void)
{
	return misc_register(&misc_device);
}

void mmscope_chardev_exit(void)
{
	misc_deregister(&misc_device);
}
