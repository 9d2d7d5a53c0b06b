# SPDX-License-Identifier: GPL-2.0-only
# make install [DKMS=1], install-tools, install-module, install-dkms; uninstall
# takes DESTDIR, PREFIX, LIBDIR … as the install did, and removes that, no more.
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
DOCDIR ?= $(DATADIR)/doc/mmscope
DKMS_TREE := /usr/src/mmscope-$(VERSION)
INSTALL ?= install
SO := libmmscope.so.$(VERSION)

# FILE:PLACE:MODE, once for putting there and for taking away.
under = $(foreach f,$(1),$(f):$(2)/$(notdir $(f)):644)
TOOL_FILES := build/mmscope:$(PREFIX)/bin/mmscope:755 \
	build/libmmscope.so.$(SOVERSION):$(LIBDIR)/$(SO):644 \
	tools/libmmscope/libmmscope.pc.in:$(LIBDIR)/pkgconfig/libmmscope.pc:644 \
	tools/completion/mmscope.bash:$(DATADIR)/bash-completion/completions/mmscope:644 \
	$(call under,build/libmmscope.a,$(LIBDIR)) \
	$(call under,uapi/linux/mmscope.h,$(INCLUDEDIR)/linux) \
	$(call under,$(wildcard include/mmscope/*.h include/mmscope/*.def),$(INCLUDEDIR)/mmscope) \
	$(call under,tools/libmmscope/libmmscope.h,$(INCLUDEDIR)/libmmscope) \
	$(call under,$(wildcard tools/man/*.1),$(DATADIR)/man/man1) \
	$(call under,$(wildcard tools/man/*.3),$(DATADIR)/man/man3) \
	$(call under,$(wildcard docs/*.md) README.md,$(DOCDIR)) \
	$(call under,$(wildcard tools/examples/*.c tools/examples/*.py),$(DOCDIR)/examples) \
	$(call under,packaging/60-mmscope.rules packaging/modules-load.conf,$(DOCDIR)/examples)
# LINK:TARGET
TOOL_LINKS := $(LIBDIR)/libmmscope.so.$(SOVERSION):$(SO) \
	$(LIBDIR)/libmmscope.so:libmmscope.so.$(SOVERSION)
# What Kbuild reads, and no more.
DKMS_SOURCE := Kbuild dkms.conf LICENSE src/compat/probe.sh src/compat/probes.list \
	$(wildcard src/*.c src/*.h src/*.def include/mmscope/*.h include/mmscope/*.def uapi/linux/*) \
	$(filter-out %/probed.h,$(wildcard src/compat/*.h))
DKMS_FILES := $(foreach f,$(DKMS_SOURCE),$(f):$(DKMS_TREE)/$(f):$(if $(filter %.sh,$(f)),755,644))
# Directories that nobody else puts files in, the inner ones first.
OWN_DIRS := $(DOCDIR)/examples $(DOCDIR) $(INCLUDEDIR)/libmmscope $(INCLUDEDIR)/mmscope \
	$(addprefix $(DKMS_TREE)/,src/compat src include/mmscope include uapi/linux uapi) $(DKMS_TREE)

word_of = $(word $(1),$(subst :, ,$(2)))
define newline


endef
# each TABLE,COMMAND: a line for each row; the command's words are FILE, PLACE, MODE
put = $(INSTALL) -D -m $(call word_of,3,$(1)) $(call word_of,1,$(1)) "$(DESTDIR)$(call word_of,2,$(1))"
link = ln -sf $(call word_of,2,$(1)) "$(DESTDIR)$(call word_of,1,$(1))"
remove = rm -f "$(DESTDIR)$(call word_of,$(2),$(1))"
# Only a machine that is installed to itself is told; a DESTDIR is a package's.
here = $(if $(DESTDIR),,$(1))

.PHONY: install install-tools install-module install-dkms uninstall
install: install-tools $(if $(DKMS),install-dkms,install-module)

# No kernel headers are asked for.
install-tools: tools
	$(foreach f,$(TOOL_FILES),@$(call put,$(f))$(newline))
	$(foreach f,$(TOOL_LINKS),@$(call link,$(f))$(newline))
	@sed -i -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		-e 's|@VERSION@|$(VERSION)|; s|@REQUIRES@|$(LIB_PACKAGES)|' \
		"$(DESTDIR)$(LIBDIR)/pkgconfig/libmmscope.pc"
	$(call here,ldconfig)

install-module: module
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH="$(DESTDIR)" modules_install
	$(call here,depmod $(RELEASE))

# A source of the same version that is there already is built anew.
install-dkms:
	$(call here,-dkms remove -m mmscope -v $(VERSION) --all >/dev/null 2>&1)
	$(foreach f,$(DKMS_FILES),@$(call put,$(f))$(newline))
	$(call here,dkms install -m mmscope -v $(VERSION) -k $(RELEASE))

uninstall:
	$(call here,-test ! -e $(DKMS_TREE) || dkms remove -m mmscope -v $(VERSION) --all)
	$(foreach f,$(TOOL_FILES) $(DKMS_FILES),@$(call remove,$(f),2)$(newline))
	$(foreach f,$(TOOL_LINKS),@$(call remove,$(f),1)$(newline))
	rm -f "$(DESTDIR)"/lib/modules/$(RELEASE)/*/mmscope.ko*
	@for d in $(OWN_DIRS); do rmdir "$(DESTDIR)$$d" 2>/dev/null || :; done
	$(call here,depmod $(RELEASE); ldconfig)
