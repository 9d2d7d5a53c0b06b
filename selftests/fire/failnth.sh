#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: failnth.sh [NAME… | -NAME]
# Memory that is wanted for the module's file, or for tables of tracing, fails with a report.
# shellcheck source=selftests/fire/quiet.sh
. ./quiet.sh
# The kernel, left without memory, takes back a probe for names of tasks that it had not
# placed, and warns.
echo 0 >/sys/kernel/tracing/options/record-cmd
quietly 'failnth: (page allocation failure|vmalloc error)' '</TASK>' ./failnth /lab/mmscope.ko "$@"
