# SPDX-License-Identifier: GPL-2.0-only
# On this machine:   make, sudo make install [DKMS=1], sudo make load, make unload
# In a guest:        make demo, make check, make check-all
# kbuild reads Kbuild, not this file.

KERNELRELEASE ?=
ifneq ($(KERNELRELEASE),)
include $(src)/Kbuild
else

RELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(RELEASE)/build
PREFIX ?= /usr/local
DESTDIR ?=
LAB := selftests/lab/lab
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

CC ?= gcc
OBJCOPY ?= objcopy
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wno-missing-field-initializers
INCLUDES := -Iuapi -Iinclude -Itools
override CFLAGS += -std=gnu11 -D_GNU_SOURCE $(WARN) $(INCLUDES)
VERSION := $(shell sed -n 's/^.define MMSCOPE_VERSION.*"\(.*\)"/\1/p' include/mmscope/version.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
# Asked only when something is compiled, so that "make demo" can install first.
PKG_CFLAGS = $(shell pkg-config --cflags smartcols json-c libbpf libdw $(LIB_PACKAGES)) -Ibuild/bpf
PKG_LIBS = $(shell pkg-config --libs smartcols json-c libbpf libdw $(LIB_PACKAGES))
LIB_LIBS = $(if $(LIB_PACKAGES),$(shell pkg-config --libs $(LIB_PACKAGES)))

LIB_SRC := $(wildcard tools/libmmscope/*.c)
TOOL_SRC := $(wildcard tools/mmscope/*.c)
LIB_OBJ := $(LIB_SRC:%.c=build/%.o)
TOOL_OBJ := $(TOOL_SRC:%.c=build/%.o)
# pkg-config's names of what the library itself needs.
LIB_PACKAGES := libzstd zlib

.PHONY: all module tools load unload demo check check-all \
	check-unit check-live lint static setup clean help docs bench

all: module tools

help:
	@sed -n '2,3s/^# //p' Makefile

# Packages; a group each for building, the lab, tests and lint.
setup:
	@scripts/setup.sh build

module:
	@test -e $(KDIR) || { echo "no kernel headers at $(KDIR): install linux-headers-$(RELEASE)" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools: build/mmscope build/libmmscope.so

# Only what libmmscope.h declares can be linked to, of either library.
$(LIB_OBJ): override CFLAGS += -fPIC -fvisibility=hidden
build/libmmscope.o: $(LIB_OBJ)
	$(LD) -r -o $@ $^
	$(OBJCOPY) --localize-hidden $@

build/libmmscope.a: build/libmmscope.o
	$(AR) rcs $@ $^

build/libmmscope.so.$(SOVERSION): $(LIB_OBJ) tools/libmmscope/libmmscope.map
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-z,defs \
		-Wl,--version-script=tools/libmmscope/libmmscope.map -o $@ $(LIB_OBJ) $(LIB_LIBS)

build/libmmscope.so: build/libmmscope.so.$(SOVERSION)
	ln -sf $(<F) $@

# With the static library: the tool is one file that can be carried to another machine.
build/mmscope: $(TOOL_OBJ) build/libmmscope.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# For all kernels: it is told where a kernel has what it reads (CO-RE) when it is loaded.
CLANG ?= clang
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
vpath %.bpf.c tools/bpf selftests/bench
build/bpf/%.bpf.o: %.bpf.c tools/bpf/fault.h uapi/linux/mmscope.h
	@mkdir -p $(@D)
	$(CLANG) -target bpf -O2 -g -Wall -Iuapi -I/usr/include/$(shell $(CC) -print-multiarch) -c -o $@ $<

build/bpf/%.skel.h: build/bpf/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf >$@.new
	mv $@.new $@

.PRECIOUS: build/bpf/%.bpf.o
build/tools/mmscope/trace_bpf.o: build/bpf/fault.skel.h

build/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

-include $(LIB_OBJ:.o=.d) $(TOOL_OBJ:.o=.d)

include selftests/tests.mk

include packaging/install.mk

load:
	$(SUDO) modprobe mmscope || $(SUDO) insmod mmscope.ko

unload:
	$(SUDO) rmmod mmscope

lint:
	@scripts/setup.sh build lab lint
	@scripts/lint.sh

# What takes longer: analyzers, semantic patches, the other compiler.
static:
	@scripts/setup.sh build lab static
	@scripts/static.sh

docs: docs/UAPI.md docs/FORMAT.md

docs/UAPI.md: uapi/linux/mmscope.h uapi/linux/mmscope_abi.def scripts/uapi-doc.py
	python3 scripts/uapi-doc.py >$@

docs/FORMAT.md: tools/libmmscope/recording_format.h tools/libmmscope/recording_chunks.def \
		tools/libmmscope/libmmscope.h scripts/format-doc.py
	python3 scripts/format-doc.py >$@

clean:
	rm -rf build
	rm -f mmscope.ko mmscope.mod mmscope.mod.c mmscope.mod.o mmscope.o modules.order Module.symvers
	rm -f .*.cmd .module-common.o src/*.o src/.*.cmd src/compat/probed.h

endif
