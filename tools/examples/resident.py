#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""resident.py RECORDING: what of each VMA is in memory (KiB), by ctypes, as resident.c does."""
import ctypes as c
import os
import sys


class Vma(c.Structure):     # struct mmscope_vma of <linux/mmscope.h>, as far as it is used
    _fields_ = [("bytes", c.c_uint32), ("attrs", c.c_uint32), ("start", c.c_uint64), ("end", c.c_uint64)]


class Maps(c.Structure):    # struct libmmscope_maps
    _fields_ = [("count", c.c_size_t), ("vma", c.POINTER(c.POINTER(Vma))), ("memory", c.c_void_p)]


class Record(c.Structure):  # struct mmscope_record
    _fields_ = [("va", c.c_uint64), ("data", c.c_uint64), ("nr", c.c_uint32), ("level", c.c_uint8),
                ("type", c.c_uint8), ("stride", c.c_uint8), ("taken", c.c_uint8)]


class Scan(c.Structure):    # struct mmscope_scan, whole: the library fills it in
    _fields_ = [(n, c.c_uint32) for n in ("size", "flags")] + \
               [(n, c.c_uint64) for n in ("start", "end", "filter_mask", "filter_value")] + \
               [(n, c.c_uint32) for n in ("levels", "reserved")] + \
               [(n, c.c_uint64) for n in ("resume", "bytes", "entries", "tables")] + \
               [(n, c.c_uint32) for n in ("retries", "changed", "out_flags", "reserved2")] + \
               [(n, c.c_uint64) for n in ("frame_start", "frame_end")]


lib = c.CDLL("libmmscope.so.0")
src, maps = c.c_void_p(), Maps()


def check(error):
    if error:
        sys.exit(f"resident.py: {os.strerror(-error)}")


def resident(vma, run):
    """Bytes of a VMA in a run: present (bit 0) or without access (8; 7 of a huge page), not special (9)."""
    if run.type != 1 or not run.data & (0x181 if run.level else 0x101) or run.data & 0x201 == 0x201:
        return 0
    return max(0, min(vma.end, run.va + (run.nr << 12 + 9 * run.level)) - max(vma.start, run.va))


check(lib.libmmscope_open_recording(os.fsencode(sys.argv[1]), c.byref(src)))
check(lib.libmmscope_maps_read(src, c.byref(maps)))
for vma in (maps.vma[i].contents for i in range(maps.count)):
    scan, records, total = Scan(flags=1, levels=7, resume=vma.start, end=vma.end), c.POINTER(Record)(), 0
    while scan.resume < scan.end:
        scan.start = scan.resume
        check(lib.libmmscope_scan(src, c.byref(scan), c.byref(records)))
        total += sum(resident(vma, records[i]) for i in range(scan.bytes // c.sizeof(Record)))
    print(f"{vma.start:012x}-{vma.end:012x} {total // 1024:6}")
lib.libmmscope_maps_free(c.byref(maps))
lib.libmmscope_close(src)
