// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that is recorded when it is about to end: by ptrace(2), which stops it
 * before its address space goes, whatever ends it.
 */
#include "tool.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Return: process id of the program, which has not begun yet; -1 after a message. */
pid_t record_program_start(char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(argv[0], argv);
		tool_error("record: %s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	/* it stops when exec is done; else it has said why it could not */
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		ptrace(PTRACE_SETOPTIONS, pid, 0,
		       PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
		ptrace(PTRACE_CONT, pid, 0, 0);
		return pid;
	}
	if (pid < 0)
		tool_error("record: fork: %s", strerror(errno));
	return -1;
}

/* A stop of the program: signals are passed on. Return: is it about to end? */
static bool stopped(pid_t pid, int status)
{
	if (status >> 16 == PTRACE_EVENT_EXIT)
		return true;
	ptrace(PTRACE_CONT, pid, 0, status >> 16 ? 0 : WSTOPSIG(status));
	return false;
}

/**
 * record_program_wait - let the program run
 * @pid: program
 * @until: how long, by tool_seconds()
 * @status: with 2, as of waitpid(2)
 *
 * Return: 0: it runs; 1: it is about to end, and waits for record_program_go();
 * 2: it has ended.
 */
int record_program_wait(pid_t pid, double until, int *status)
{
	pid_t got;

	do {
		got = waitpid(pid, status, WNOHANG);
		if (got < 0) {	/* not there any more: nothing to wait for */
			*status = 0;
			return 2;
		}
		if (got != pid)
			usleep(2000);
		else if (!WIFSTOPPED(*status))
			return 2;
		else if (stopped(pid, *status))
			return 1;
	} while (tool_seconds() < until);
	return 0;
}

/* Lets it end. */
void record_program_go(pid_t pid)
{
	ptrace(PTRACE_CONT, pid, 0, 0);
}
