// SPDX-License-Identifier: GPL-2.0-only
/*
 * All scenes in one program, small in an initrd: the name it is called by says
 * which one. By its own name it lists them.
 */
#include "scene.h"

static const struct {
	const char *name, *help;
	int (*body)(void);
} scenes[] = {
#define SCENE(name, help) { #name, help, scene_##name },
#define SCENE_PROGRAM(name, help) { #name, help, NULL },
#include "scenes.def"
};

const char *scene_self;

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	size_t i;

	(void)argc;
	scene_self = argv[0];
	name = name ? name + 1 : argv[0];
	for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (!strcmp(name, scenes[i].name) && scenes[i].body)
			return scenes[i].body();
		if (!strcmp(name, "scenes"))
			printf("%-16s %s\n", scenes[i].name, scenes[i].help);
	}
	if (!strcmp(name, "scenes"))
		return 0;
	fprintf(stderr, "%s: no such scene\n", name);
	return 1;
}
