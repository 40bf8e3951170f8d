# SPDX-License-Identifier: GPL-2.0
# Builds the driver as a real kernel module against the distribution's headers, in $(O)/kmod.

KMOD_DIR := $(O)/kmod
# The headers need not be those of the running kernel.
KMOD_KDIR ?= $(lastword $(sort $(wildcard /usr/src/linux-headers-*-amd64 /usr/src/linux-headers-*-arm64)))
KMOD_ROOT := $(abspath .)

KMOD_IDXD := $(wildcard host-driver/idxd/*.c)
KMOD_HDR  := $(wildcard host-driver/idxd/*.h)

.PHONY: kmod kmod-check
# A test of everyone who has the headers; the rest are told.
kmod-check:
ifneq ($(KMOD_KDIR),)
kmod-check: kmod
else
	@echo "kmod: skipped, no kernel headers installed"
endif

## make kmod          compile the driver as a kernel module (needs linux-headers)
kmod:
	@test -n "$(KMOD_KDIR)" || { echo "kmod: no kernel headers installed" >&2; exit 1; }
	@mkdir -p $(KMOD_DIR)/idxd
	@ln -sf $(addprefix $(KMOD_ROOT)/,$(KMOD_IDXD) $(KMOD_HDR)) $(KMOD_DIR)/idxd/
	@{ echo 'ccflags-y := -Werror -I$(KMOD_ROOT)/model'; \
	   echo 'obj-m := dsasim_idxd.o'; \
	   echo 'dsasim_idxd-y := $(patsubst host-driver/%.c,%.o,$(KMOD_IDXD))'; } > $(KMOD_DIR)/Kbuild
	+@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u O make -C $(KMOD_KDIR) M=$(abspath $(KMOD_DIR)) W=1 modules
