# SPDX-License-Identifier: GPL-2.0
# dsasim: `make demo` shows it, `make check` tests it, `make help` lists the rest.

O        ?= build
ifeq ($(origin CC),default)
CC       := gcc
endif
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
DESTDIR  ?=
SAN      ?=
OPT      ?= -O2
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

# ---- flags ---------------------------------------------------------------------------------
WARN   := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wno-unused-parameter
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
BASE   := -std=gnu11 -g $(OPT) $(WARN) $(SANFLAGS) -ffp-contract=off -fno-strict-aliasing -MMD -MP
LIBC   := $(BASE) -D_GNU_SOURCE -I.
KERNEL := $(BASE) -D__KERNEL__ -nostdinc -ffreestanding -fno-strict-overflow \
          -fno-delete-null-pointer-checks -fno-common -Wno-sign-compare \
          -Ihost-driver/kapi/include -Imodel -I$(O)/gen
# The files behind kapi: kernel-world headers, and sim/core's through the tree's root.
KAPI   := $(KERNEL) -I.
LDLIBS := -lyaml -ljson-c -lisal -lzstd -lz -levent_core -lm

# ---- sources: a room is a folder, a file needs no mention here -------------------------------
CORE_SRC   := $(wildcard sim/core/*.c) $(wildcard sim/core/*.S)
MODEL_SRC  := $(wildcard model/*.c model/*/*.c)
DRIVER_SRC := $(wildcard host-driver/idxd/*.c host-driver/iommu/*.c vdev/*/*.c)
KAPI_SRC   := $(wildcard host-driver/kapi/*.c host-driver/kapi/*/*.c host-driver/hypervisor/*.c \
                         host-driver/process/*.c)
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
$(DRIVER_OBJ): CFLAGS_ROOM = $(KERNEL) -DKBUILD_MODNAME='"$(call modname,$<)"'
$(KAPI_OBJ):   CFLAGS_ROOM = $(KAPI)
$(DRIVER_OBJ) $(KAPI_OBJ): $(O)/gen/uapi/linux/idxd.h
CFLAGS_ROOM = $(LIBC)

.PHONY: all help
all: $(O)/dsasim $(O)/libdsasim.a

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make               build build/dsasim and build/libdsasim.a
$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ROOM) $(CFLAGS) -c -o $@ $<
$(O)/obj/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(LIBC) $(CFLAGS) -c -o $@ $<

# The platform files that the program carries.
$(O)/obj/sim/scenario/builtin.o: $(wildcard sim/platforms/*.yaml)

# The distribution's user ABI of the driver, where the kernel-world sources expect it.
$(O)/gen/uapi/linux/idxd.h:
	@mkdir -p $(@D)
	@src=$$(echo '#include <linux/idxd.h>' | $(CC) -M -E -x c - | tr ' \\' '\n\n' | grep 'linux/idxd\.h$$') && \
	 test -n "$$src" && cp "$$src" $@

define archive
$(O)/lib/$(1).a: $(2)
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(eval $(call archive,core,$(CORE_OBJ)))
$(eval $(call archive,model,$(MODEL_OBJ)))
$(eval $(call archive,driver,$(DRIVER_OBJ)))
$(eval $(call archive,kapi,$(KAPI_OBJ)))
$(eval $(call archive,sim,$(SIM_OBJ)))

# One relocatable object keeps the initcall sections of the kernel-world objects together.
$(O)/libdsasim.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(O)/dsasim: $(O)/obj/sim/main.o $(LIB_OBJ)
	$(CC) $(SANFLAGS) -o $@ $^ $(LDLIBS)

-include $(wildcard $(patsubst %.o,%.d,$(LIB_OBJ) $(O)/obj/sim/main.o))

## make docs          write the reference tables of docs/ from the program's key tables
.PHONY: docs
docs: $(O)/dsasim
	$(PYTHON) docs/update.py $(O)/dsasim

include tests/tests.mk
-include tests/bench/bench.mk
-include host-driver/kbuild/kmod.mk
