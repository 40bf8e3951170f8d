# SPDX-License-Identifier: GPL-2.0
# Builds driver and virtual devices as real kernel modules against the distribution's headers.

KMOD_DIR := $(O)/kmod
# The headers need not be those of the running kernel.
KMOD_KDIR ?= $(lastword $(sort $(wildcard /usr/src/linux-headers-*-amd64 /usr/src/linux-headers-*-arm64)))
KMOD_ROOT := $(abspath .)

KMOD_IDXD := $(wildcard host-driver/idxd/*.c)
KMOD_HDR  := $(wildcard host-driver/idxd/*.h)
# The virtual devices; what the kernel of the headers cannot do is stood for by a file here.
KMOD_STANDS := ims_irq guest_dma
# vdev_file.c serves observers in the simulator only.
KMOD_VDEV := $(filter-out $(KMOD_STANDS:%=vdev/kernel/%.c) vdev/kernel/vdev_file.c,$(wildcard vdev/core/*.c vdev/kernel/*.c))

.PHONY: kmod kmod-check
# A test of everyone who has the headers; the rest are told.
kmod-check:
ifneq ($(KMOD_KDIR),)
kmod-check: kmod
else
	@echo "kmod: skipped, no kernel headers installed"
endif

## make kmod          compile driver and vdev as kernel modules (needs linux-headers)
kmod:
	@test -n "$(KMOD_KDIR)" || { echo "kmod: no kernel headers installed" >&2; exit 1; }
	@mkdir -p $(KMOD_DIR)/idxd
	@ln -sf $(addprefix $(KMOD_ROOT)/,$(KMOD_IDXD) $(KMOD_HDR)) $(KMOD_DIR)/idxd/
	@mkdir -p $(KMOD_DIR)/vdev/core $(KMOD_DIR)/vdev/kernel
	@for f in $(KMOD_VDEV); do ln -sf $(KMOD_ROOT)/$$f $(KMOD_DIR)/$$f; done
	@ln -sf $(KMOD_STANDS:%=$(KMOD_ROOT)/host-driver/kbuild/%.c) $(KMOD_DIR)/vdev/kernel/
	@{ echo 'ccflags-y := -Werror $(addprefix -I$(KMOD_ROOT)/,model vdev/core vdev/kernel)'; \
	   echo 'obj-m := dsasim_idxd.o dsasim_vdev.o'; \
	   echo 'dsasim_idxd-y := $(patsubst host-driver/%.c,%.o,$(KMOD_IDXD))'; \
	   echo 'dsasim_vdev-y := $(KMOD_VDEV:.c=.o) $(KMOD_STANDS:%=vdev/kernel/%.o)'; } > $(KMOD_DIR)/Kbuild
	+@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u O make -C $(KMOD_KDIR) M=$(abspath $(KMOD_DIR)) W=1 modules
