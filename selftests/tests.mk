# SPDX-License-Identifier: GPL-2.0-only
# Tests: as a plain user (unit, uapi, replay), then live in guests.
RUN := selftests/run
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT := $(patsubst selftests/unit/%.c,build/unit/%,$(wildcard selftests/unit/test_*.c))
LIVE := $(patsubst selftests/live/%.c,build/live/%,$(wildcard selftests/live/*.c)) build/live/scenes
SCENE_NAMES := $(shell sed -n 's/^SCENE.\([a-z0-9_]*\),.*/\1/p' selftests/scenes/scenes.def)
SCENE_SRC := $(filter-out selftests/scenes/bits32.c,$(wildcard selftests/scenes/*.c))
SCENES := $(SCENE_NAMES:%=build/scenes/%) build/scenes/bits32
# What is installed, as somebody else gets it.
PACK := library completion install
DKMS_KERNELS := 6.1 6.12
KERNELS := 5.10 6.1 6.12 7.2 7.3
LTS := 6.12

build/unit/%: selftests/unit/%.c $(wildcard selftests/unit/*.h tools/libmmscope/*.[ch] include/mmscope/* uapi/linux/*)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -o $@ $< $(TOOL_PART) $(wildcard tools/libmmscope/*.c) -lcmocka $(LIB_LIBS)

# What it tests of the tool: all but the output.
DIFF_PART := $(filter-out %_rows.c %_sum.c,$(wildcard tools/mmscope/diff*.c)) \
	$(patsubst %,tools/mmscope/%.c,pieces words tool)
build/unit/test_diff: TOOL_PART := $(DIFF_PART)
build/unit/test_diff: $(DIFF_PART) $(wildcard tools/mmscope/*.h tools/mmscope/diff.def)

# The order of mappings; what tells of them is the test's.
NAMES_PART := $(patsubst %,tools/mmscope/trace_%.c,names areas)
build/unit/test_names: TOOL_PART := $(NAMES_PART)
build/unit/test_names: $(NAMES_PART) tools/mmscope/trace.h
# The queue of mappings; the kernel's records are the test's.
build/unit/test_mappings: tools/mmscope/trace_maps.c tools/mmscope/trace.h

# Static: one binary for every guest.
build/live/%: selftests/live/%.c $(wildcard selftests/live/*.h) uapi/linux/mmscope.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

# The driver of the scenes.
build/live/scenes: $(wildcard selftests/live/scenes/*.[ch]) selftests/live/tap.h selftests/live/phys.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $(filter %.c,$^)

# One program with a name for each scene: a static one is most of a megabyte.
build/scenes/scenes: $(SCENE_SRC) $(wildcard selftests/scenes/*.h) selftests/scenes/scenes.def
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -pthread -o $@ $(SCENE_SRC)

$(SCENE_NAMES:%=build/scenes/%): build/scenes/%: build/scenes/scenes
	@ln -sf scenes $@

# No libc for i386 is asked for.
build/scenes/bits32: selftests/scenes/bits32.c
	@mkdir -p $(@D)
	$(CC) -m32 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-stack-protector \
		-fcf-protection=none -fno-asynchronous-unwind-tables -nostdlib -static -no-pie -o $@ $<

# Wild calls, races, attempts to get in.
FIRE := $(patsubst selftests/fire/%.c,build/fire/%,$(filter-out selftests/fire/race_%,$(wildcard selftests/fire/*.c)))
build/fire/races: $(wildcard selftests/fire/race_*.c)
build/fire/%: selftests/fire/%.c $(wildcard selftests/fire/*.h selftests/live/*.h) uapi/linux/mmscope.h \
		uapi/linux/mmscope_abi.def
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Iselftests/live -static -pthread -o $@ $(filter %.c,$^)

# Side by side with what others do.
BENCH := $(patsubst selftests/bench/%.c,build/bench/%,$(filter-out %.bpf.c,$(wildcard selftests/bench/*.c))) \
	build/bench/decode
build/bench/decode: selftests/bench/native/decode.c selftests/bench/bench.h build/libmmscope.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< build/libmmscope.a $(LIB_LIBS)

build/bench/page-types:
	@scripts/page-types.sh $@

build/bench/%: selftests/bench/%.c $(wildcard selftests/bench/*.h) selftests/live/dev.h build/bpf/empty.skel.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Ibuild/bpf -pthread -o $@ $< $(shell pkg-config --libs libbpf)

# The tool with sanitizers, for the replay tests.
build/san/mmscope: build/bpf/fault.skel.h $(LIB_SRC) $(TOOL_SRC) $(wildcard tools/*/*.h include/mmscope/* uapi/linux/*)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PKG_CFLAGS) $(SAN) -o $@ $(LIB_SRC) $(TOOL_SRC) $(PKG_LIBS)

# Recordings that anybody may have written, under libFuzzer: "make fuzz SECONDS=600".
build/fuzz/recording: selftests/fuzz/fuzz_recording.c $(wildcard tools/libmmscope/*.[ch] include/mmscope/* uapi/linux/*)
	@mkdir -p $(@D)
	$(CLANG) $(CFLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -o $@ $< $(wildcard tools/libmmscope/*.c) \
		$(LIB_LIBS)

.PHONY: fuzz
fuzz:
	@scripts/setup.sh build test
	@$(MAKE) -s build/fuzz/recording
	selftests/fuzz/fuzz.sh $(or $(SECONDS),600)

.PHONY: programs check-setup check-plain check-lab results golden
programs: tools $(LIVE) $(SCENES)

check-setup:
	@scripts/setup.sh build test lab
	@rm -rf build/results

results:
	@$(RUN) --total

# No privilege, no module, no guest.
check-plain: check-setup
	@$(MAKE) -s $(UNIT) build/san/mmscope tools
	@for t in $(UNIT); do $(RUN) --user "unit-$${t##*/}" $$t || :; done
	@$(RUN) --user uapi selftests/uapi/uapi.sh || :
	@$(RUN) --user replay selftests/replay/replay.sh || :
	@$(MAKE) -s build/fuzz/recording
	@$(RUN) --user fuzz selftests/fuzz/fuzz.sh 20 || :
	@for t in $(PACK); do $(RUN) --user pack-$$t selftests/pack/$$t.sh || :; done

check: check-plain
	@$(MAKE) -s programs
	@selftests/live.sh $(LTS) || :
	@selftests/scenes.sh $(LTS) || :
	@$(RUN) sabotage selftests/sabotage.sh $(LTS) || :
	@$(MAKE) -s $(BENCH)
	@$(RUN) bench selftests/bench.sh --smoke $(LTS) || :
	@$(MAKE) -s results

check-all: check-setup
	@$(MAKE) -s programs
	@selftests/live.sh $(KERNELS) || :
	@selftests/scenes.sh $(KERNELS) || :
	@$(MAKE) -s results

# Minutes on the stock kernels.
.PHONY: check-fire
check-fire: check-setup
	@$(MAKE) -s programs $(FIRE)
	@selftests/fire.sh 2400 fire=short-races:1,fuzz:40000,access -- $(KERNELS) || :
	@$(MAKE) -s results

# Hours, on the debug kernel first: it is built when it is not there. Each part alone makes
# its results anew, and leaves those of the others. "make torture-night NIGHT=28800" goes on
# for that many seconds.
TORTURE := torture-debug torture-stock torture-live torture-coverage torture-sabotage
.PHONY: torture torture-setup torture-night $(TORTURE) docs-reliability
$(TORTURE) torture-night: export MMSCOPE_RESULTS := build/torture
torture: $(TORTURE)
	@MMSCOPE_RESULTS=build/torture $(MAKE) -s results

torture-setup:
	@scripts/setup.sh build test lab
	@$(MAKE) -s programs $(FIRE)
	@selftests/lab/lab prepare debug

torture-debug: torture-setup
	@selftests/fire.sh 0 fire-calls=fuzz:500000 fire-calls2=fuzz:500000:2 \
		fire-hour=endure:3600 fire-fails=failnth:-load fire-load=failnth:load \
		fire=races:20,access -- debug || :

torture-stock: torture-setup
	@selftests/fire.sh 0 fire=races:20,access fire-calls=fuzz:1000000 fire-hour=endure:600 -- $(KERNELS) || :

torture-live: torture-setup
	@selftests/live.sh debug || :

torture-night: torture-setup
	@selftests/fire.sh 0 fire-night=endure:$(or $(NIGHT),28800) -- debug || :

torture-coverage: torture-setup
	@{ scripts/coverage.sh build/torture/live-debug.tap build/torture/fire*-debug.tap && \
	scripts/coverage.sh build/torture/fire-calls*-debug.tap | sed -n 's/^src:/wild calls alone:/p'; } | \
	tee build/torture/coverage.txt

torture-sabotage: torture-setup
	@for k in debug $(LTS); do $(RUN) sabotage-fire-$$k selftests/fire/sabotage.sh $$k || :; done

# What that has shown.
docs-reliability:
	scripts/reliability-doc.py build/torture >docs/RELIABILITY.md.new
	mv docs/RELIABILITY.md.new docs/RELIABILITY.md

check-lab: check-setup
	@$(MAKE) -s tools
	@$(RUN) lab selftests/lab/selftest.sh || :
	@$(MAKE) -s results

build/pack/resident: tools/examples/resident.c build/libmmscope.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $^ $(LIB_LIBS)

# Debian's own DKMS, in root directories of two suites.
.PHONY: check-pack
check-pack: check-setup
	@$(MAKE) -s tools build/pack/resident
	@$(RUN) pack-guests selftests/pack/guests.sh || :
	@printf '%s\n' $(DKMS_KERNELS) | \
		xargs -P "$$(nproc)" -I{} $(RUN) pack-dkms-{} selftests/pack/dkms.sh {} || :
	@$(MAKE) -s results

# What the scenes show on which kernel, from the results of check-all.
.PHONY: docs-scenes
docs-scenes:
	scripts/scenes-doc.py build/results/scenes-*.tap >docs/SCENES.md.new
	mv docs/SCENES.md.new docs/SCENES.md

demo:
	@scripts/setup.sh build lab
	@$(MAKE) -s tools build/scenes/fork_write
	@scripts/demo.sh

# Ratios, not tests: "make bench KERNEL=7.3 CPU=qemu64 ROUNDS=21"
.PHONY: bench
bench:
	@scripts/setup.sh build lab
	@$(MAKE) -s tools $(BENCH) build/bench/page-types
	@selftests/bench.sh $(or $(KERNEL),$(LTS)) $(or $(CPU),max) $(or $(ROUNDS),9)

# Of several runs: "make docs-bench LOGS='a b'", the output of "make bench" in each.
.PHONY: docs-bench
docs-bench:
	scripts/bench-doc.py $(LOGS) >docs/PERFORMANCE.md.new
	mv docs/PERFORMANCE.md.new docs/PERFORMANCE.md

# New expectations for the replay tests, to be read before they are committed.
golden: build/san/mmscope
	selftests/replay/replay.sh --update
