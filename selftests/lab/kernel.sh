# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# The kernel series the lab knows: one row each, newest release of the series
# resolved at run time (mirror.sh), never written down. "debug" is built from
# source (debug.sh), and only where it is asked for by its name.

# series  suite  backports
kernel_table='
5.10 bullseye no
6.1  bookworm no
6.12 trixie   no
7.2  trixie   yes
7.3  trixie   yes
debug bookworm source
'

kernel_default=6.12

kernel_list() {
	awk 'NF && $3 != "source" { printf "%s%s", sep, $1; sep = " " } END { print "" }' <<<"$kernel_table"
}

# kernel_field SERIES COLUMN
kernel_field() {
	awk -v k="$1" -v c="$2" '$1 == k { print $c }' <<<"$kernel_table"
}

kernel_known() {
	[[ -n $1 && -n $(kernel_field "$1" 1) ]]
}

kernel_suite() {
	kernel_field "$1" 2
}

kernel_from_backports() {
	[[ $(kernel_field "$1" 3) == yes ]]
}

# Modules the guest can load, with whatever they depend on; the rest of the
# kernel's modules is thrown away. virtio_pci and virtio_console are how the lab
# talks to the guest, virtio_blk carries --swap; the others are there for tests.
kernel_guest_modules='virtio_pci virtio_console virtio_blk zram lzo lzo-rle lz4 zstd ext4 loop msr
hwpoison-inject nd_e820 nd_pmem device_dax dax_pmem fuse'
