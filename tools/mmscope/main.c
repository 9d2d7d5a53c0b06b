// SPDX-License-Identifier: GPL-2.0-only
/* mmscope: the command line. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * If a standard descriptor is closed, the next file opened would take its
 * place and get our output. Occupy it with something that refuses writes.
 */
static void occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd < 3);
	if (fd > 2)
		close(fd);
}

static void on_interrupt(int sig)
{
	(void)sig;
	if (tool_interrupted)
		_exit(128 + SIGINT);
	tool_interrupted = 1;
}

/* Output that did not arrive is an error, whatever the command thinks. */
static int close_output(int status, int trouble)
{
	if (!ferror(stdout) && !fclose(stdout))
		return status;
	if (errno != EPIPE)
		tool_error("write error: %s", strerror(errno));
	return trouble;
}

/* @trouble: set to the exit status of errors, if the command has one of its own. */
static int run(int argc, char **argv, int *trouble)
{
	const struct command *c;
	struct options o;
	int status;

	if (argc < 2) {
		tool_error("no command given\nTry 'mmscope --help'.");
		return EXIT_ERROR;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (argc == 2 && !strcmp(argv[1], "help"))) {
		opts_usage();
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return opts_parse(&command_walk, argc, argv, &o);
	/* for tools/completion only, and not promised to stay */
	if (!strcmp(argv[1], "--words"))
		return opts_words(argc - 2, argv + 2);
	if (!strcmp(argv[1], "help") && argc > 2) {
		argv[1] = argv[2];
		argv[2] = "--help";
		argc = 3;
	}
	c = opts_command(argv[1]);
	if (!c) {
		tool_error("there is no command '%s'\nTry 'mmscope --help'.", argv[1]);
		return EXIT_ERROR;
	}
	if (c->trouble)
		*trouble = c->trouble;
	status = opts_parse(c, argc - 1, argv + 1, &o);
	if (status < 0 && out_check(&o, c->like ? c->like(&o) : c))
		status = EXIT_ERROR;
	if (status >= 0)
		return status == EXIT_ERROR ? *trouble : status;
	status = c->run(&o);
	return status == EXIT_OK && tool_incomplete ? EXIT_PARTIAL : status;
}

int main(int argc, char **argv)
{
	/* restart: a write that waits for its reader is not to be lost */
	struct sigaction sa = { .sa_handler = on_interrupt, .sa_flags = SA_RESTART };
	int status, trouble = EXIT_ERROR;

	occupy_standard_descriptors();
	setlocale(LC_ALL, "");
	sigaction(SIGINT, &sa, NULL);
	status = run(argc, argv, &trouble);
	return close_output(status, trouble);
}
