// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit program: its address space ends at 4 GiB, its page tables have the
 * same form as everybody's. Without any library, for there is none for i386
 * on the build machine; so system calls by hand, through int 0x80.
 */
#define NR_EXIT 1
#define NR_READ 3
#define NR_WRITE 4
#define NR_GETPID 20
#define NR_MMAP2 192

#define RW 3
#define PRIVATE_ANON 0x22

void _start(void);

static long call(long nr, long a, long b, long c)
{
	/* the six-argument calls get -1 and 0: no file, no offset */
	register long si __asm__("esi") = PRIVATE_ANON;
	register long di __asm__("edi") = -1;
	long result;

	__asm__ volatile("push %%ebp; xor %%ebp, %%ebp; int $0x80; pop %%ebp"
			 : "=a"(result)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(si), "D"(di)
			 : "memory", "cc");
	return result;
}

static char out[512];
static long used;

static void text(const char *s)
{
	while (*s)
		out[used++] = *s++;
}

static void number(unsigned long v, unsigned int base)
{
	char digit[16];
	int n = 0;

	do
		digit[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	while (n)
		out[used++] = digit[--n];
}

static void expect(const char *label, const volatile void *p, const char *claims)
{
	text("expect ");
	text(label);
	text(" 0x");
	number((unsigned long)p, 16);
	text(claims);
}

static void ready(const char *state)
{
	char c;
	long n;

	text(state);
	call(NR_WRITE, 1, (long)out, used);
	used = 0;
	do
		n = call(NR_READ, 0, (long)&c, 1);
	while (n == 1 && c != '\n');
	if (n != 1)
		call(NR_EXIT, 0, 0, 0);
}

void _start(void)
{
	volatile char *p = (volatile char *)call(NR_MMAP2, 0, 8192, RW);
	volatile char local = 1;

	p[0] = local;
	expect("anon", p, " kind=page level=pte has=rw,dirty,nx eff=urw- kpf=anon\n");
	expect("code", (void *)_start, " kind=page level=pte not=rw,nx eff=ur-x\n");
	expect("stack", &local, " kind=page has=rw,dirty eff=urw- kpf=anon\n");
	expect("untouched", p + 4096, " kind=none result=not-present\n");
	text("task ");
	number(call(NR_GETPID, 0, 0, 0), 10);
	text(" role=32bit\nready mapped\n");
	ready("");
	call(NR_EXIT, 0, 0, 0);
}
