/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of module, library and tool. The Makefile reads it here; whatever else
 * has to write it down is compared by selftests/pack/install.sh.
 */
#ifndef MMSCOPE_VERSION_H
#define MMSCOPE_VERSION_H

#define MMSCOPE_VERSION	"0.1.0"

#endif /* MMSCOPE_VERSION_H */
