# SPDX-License-Identifier: GPL-2.0
# dsasim: `make demo` shows it, `make check` tests it, `make help` lists the rest.

O        ?= build
# Set but empty, as an inherited environment may have it: still the folder, never the root.
ifeq ($(strip $(O)),)
override O := build
endif
ifeq ($(origin CC),default)
CC       := gcc
endif
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
DESTDIR  ?=
SAN      ?=
OPT      ?= -O2
# Processors that `make demo` and `make check` build with.
JOBS     ?= $(shell nproc 2>/dev/null || echo 1)
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

# Recipes say in a word what they do; V=1 shows the commands.
V        ?= 0
ifeq ($(V),1)
Q   :=
say  = @:
else
Q   := @
say  = @printf '  %-7s %s\n' $(1) $(2)
endif

# ---- flags ---------------------------------------------------------------------------------
WARN   := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wno-unused-parameter
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
# A message of VFIO is a head that ends in an array, and what follows it: in a structure for callers.
ifneq ($(findstring clang,$(CC)),)
WARN   += -Wno-gnu-variable-sized-type-not-at-end
endif
BASE   := -std=gnu11 -g $(OPT) $(WARN) $(SANFLAGS) -ffp-contract=off -fno-strict-aliasing -MMD -MP
LIBC   := $(BASE) -D_GNU_SOURCE -I.
KERNEL := $(BASE) -D__KERNEL__ -nostdinc -ffreestanding -fno-strict-overflow \
          -fno-delete-null-pointer-checks -fno-common -Wno-sign-compare \
          -Ihost-driver/kapi/include -Imodel -I$(O)/gen
# The files behind kapi: kernel-world headers, and sim/core's through the tree's root.
KAPI   := $(KERNEL) -I.
LDLIBS := -lyaml -ljson-c -lisal -lzstd -lz -lm

# ---- sources: a room is a folder, a file needs no mention here -------------------------------
CORE_SRC   := $(wildcard sim/core/*.c) $(wildcard sim/core/*.S)
MODEL_SRC  := $(wildcard model/*.c model/*/*.c)
DRIVER_SRC := $(wildcard host-driver/idxd/*.c host-driver/iommu/*.c vdev/*/*.c)
KAPI_SRC   := $(wildcard host-driver/kapi/*.c host-driver/kapi/*/*.c host-driver/hypervisor/*.c \
                         host-driver/process/*.c host-driver/client/*.c)
SIM_SRC    := $(filter-out sim/main.c,$(wildcard sim/*.c)) \
              $(foreach d,scenario workload report live,$(wildcard sim/$(d)/*.c))

obj = $(patsubst %,$(O)/obj/%.o,$(basename $(1)))
CORE_OBJ   := $(call obj,$(CORE_SRC))
MODEL_OBJ  := $(call obj,$(MODEL_SRC))
DRIVER_OBJ := $(call obj,$(DRIVER_SRC))
KAPI_OBJ   := $(call obj,$(KAPI_SRC))
SIM_OBJ    := $(call obj,$(SIM_SRC))
LIB_OBJ    := $(CORE_OBJ) $(MODEL_OBJ) $(DRIVER_OBJ) $(KAPI_OBJ) $(SIM_OBJ)

# The name under /sys/module: a driver's folder, or vdev as a whole.
modname = $(patsubst vdev/%,vdev,$(patsubst host-driver/%/,%,$(dir $(1))))
$(DRIVER_OBJ): CFLAGS_ROOM = $(KERNEL) -DCONFIG_VDEV_DEFECTS -DKBUILD_MODNAME='"$(call modname,$<)"'
$(KAPI_OBJ):   CFLAGS_ROOM = $(KAPI)
$(DRIVER_OBJ) $(KAPI_OBJ): $(O)/gen/uapi/linux/idxd.h $(O)/gen/uapi/linux/vfio.h
CFLAGS_ROOM = $(LIBC)
# Where a descriptor passes, speed is worth more code; not where another OPT is asked for.
HOT_OBJ    := $(CORE_OBJ) $(MODEL_OBJ) $(call obj,$(wildcard sim/workload/*.c) \
              $(addprefix sim/report/,observe.c count.c timeline.c timeline_draw.c \
              timeline_file.c perfetto.c))
HOT_OPT    := $(if $(filter -O2,$(OPT)),-O3)
$(HOT_OBJ): CFLAGS_ROOM = $(LIBC) $(HOT_OPT)

.PHONY: all help
all: $(O)/dsasim $(O)/libdsasim.a

## Variables: O=build (where), CC=clang, SAN=address,undefined, OPT=-O2, JOBS, V=1 (show commands)
help:
	@sed -n 's/^## //p' $(filter-out %.d,$(MAKEFILE_LIST)) | LC_ALL=C sort -s -k1,1r

# Objects of other flags (SAN=, CC=, OPT=) are not this build's: the stamp changes with them.
FLAGS := $(CC) $(BASE) $(HOT_OPT) $(CFLAGS) $(LDFLAGS)
$(shell mkdir -p $(O)/gen; test "$$(cat $(O)/gen/flags 2>/dev/null)" = '$(FLAGS)' || \
	echo '$(FLAGS)' > $(O)/gen/flags)

## make               build build/dsasim and build/libdsasim.a
$(O)/obj/%.o: %.c $(O)/gen/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ROOM) $(CFLAGS) -c -o $@ $<
$(O)/obj/%.o: %.S $(O)/gen/flags
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(LIBC) $(CFLAGS) -c -o $@ $<

# The platform files that the program carries.
$(O)/obj/sim/scenario/builtin.o: $(wildcard sim/platforms/*.yaml)

# The distribution's user ABI of driver and VFIO, where the kernel-world sources expect it.
$(O)/gen/uapi/linux/%.h:
	@mkdir -p $(@D)
	@src=$$(echo '#include <linux/$*.h>' | $(CC) -M -E -x c - | tr ' \\' '\n\n' | grep 'linux/$*\.h$$') && \
	 test -n "$$src" && cp "$$src" $@

# One relocatable object keeps the initcalls of the kernel-world objects together: an archive member
# that nothing names would not be linked.
$(O)/obj/kernel.o: $(DRIVER_OBJ) $(KAPI_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) -r -nostdlib -o $@ $^

$(O)/libdsasim.a: $(CORE_OBJ) $(MODEL_OBJ) $(SIM_OBJ) $(O)/obj/kernel.o
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(O)/dsasim: $(O)/obj/sim/main.o $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(wildcard $(patsubst %.o,%.d,$(LIB_OBJ) $(O)/obj/sim/main.o))

# ---- for people ----------------------------------------------------------------------------
# Parts that need tools run in a make of their own: this one was read before they were there.
## make demo          install what is missing, build, run a recorded trace, show the report
.PHONY: demo
demo:
	@scripts/install-deps.sh build
	@$(MAKE) --no-print-directory -j$(JOBS) $(O)/dsasim
	@$(O)/dsasim run traces/scenarios/demo.yaml --out $(O)/results/demo

## make install       program, man page, scenarios and traces (PREFIX=/usr/local, DESTDIR=)
.PHONY: install
SHARE := $(DESTDIR)$(PREFIX)/share
install: $(O)/dsasim
	install -D -m 755 $(O)/dsasim $(DESTDIR)$(PREFIX)/bin/dsasim
	install -D -m 644 docs/dsasim.1 $(SHARE)/man/man1/dsasim.1
	install -d $(addprefix $(SHARE)/dsasim/traces/,scenarios configs distributions)
	install -m 644 traces/*.zst traces/README.md traces/samples.txt $(SHARE)/dsasim/traces
	install -m 644 traces/scenarios/* $(SHARE)/dsasim/traces/scenarios
	install -m 644 traces/configs/* $(SHARE)/dsasim/traces/configs
	install -m 644 traces/distributions/* $(SHARE)/dsasim/traces/distributions

## make clean         remove the build
.PHONY: clean
clean:
	rm -rf $(O)

## make docs          write the reference tables of docs/ from the program's key tables
.PHONY: docs
DRIVER_TESTS := $(patsubst %,$(O)/tests/sim/test_idxd%,_sysfs _memory _races _mmio _mmio_irq _mmio_wq) \
	$(O)/tests/sim/test_idxd
docs: $(O)/dsasim $(O)/tests/sim/test_attack $(O)/tests/sim/test_defects $(O)/tests/vdev/test_vdev \
      $(DRIVER_TESTS)
	$(PYTHON) docs/update.py $(O)/dsasim
	$(O)/tests/sim/test_attack --write-docs
	$(O)/tests/sim/test_defects --write-docs
	$(O)/tests/vdev/test_vdev --write-docs
	for t in $(DRIVER_TESTS); do $$t --write-docs || exit 1; done

## make partitioning  run what docs/partitioning.md compares, write its tables
.PHONY: partitioning
partitioning: $(O)/dsasim
	$(PYTHON) docs/partitioning.py $(O)/dsasim

## make pictures      draw the pictures of docs/ from runs
.PHONY: pictures
pictures:
	@scripts/install-deps.sh docs
	@$(MAKE) --no-print-directory -j$(JOBS) $(O)/dsasim
	$(PYTHON) docs/img/draw.py $(O)/dsasim

include tests/tests.mk
-include tests/bench/bench.mk
-include host-driver/kbuild/kmod.mk
-include sim/whatif/sweep.mk
-include sim/whatif/whatif.mk
