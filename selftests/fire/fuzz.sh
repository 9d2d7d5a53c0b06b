#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: fuzz.sh CALLS [SEED]
chmod 666 /dev/mmscope
./fuzz --calls "$1" --seed "${2:-1}"
status=$?
chmod 600 /dev/mmscope
exit $status
