# SPDX-License-Identifier: GPL-2.0
# Tests: tests/unit/<room>/test_*.c are CUnit programs that link what the arrows let the room know.

comma := ,
UNIT_core  := $(CORE_OBJ)
UNIT_model := $(CORE_OBJ) $(MODEL_OBJ)
UNIT_kapi  := $(CORE_OBJ) $(MODEL_OBJ) $(DRIVER_OBJ) $(KAPI_OBJ)
UNIT_vdev  := $(UNIT_kapi) $(call obj,tests/unit/sim/doc_table.c)
UNIT_sim   := $(LIB_OBJ)
ROOMS      := core model kapi vdev sim

unit_src  = $(wildcard tests/unit/$(1)/test_*.c)
unit_help = $(filter-out $(call unit_src,$(1)),$(wildcard tests/unit/$(1)/*.c))
unit_bin  = $(patsubst tests/unit/%.c,$(O)/tests/%,$(call unit_src,$(1)))

# Tests of whole runs count what the program allocates.
COUNT_ALLOCATIONS := $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc aligned_alloc)
$(call unit_bin,sim): override LDFLAGS += $(COUNT_ALLOCATIONS)
# The recorder of driver tests stands in front of a guest's bus.
$(call unit_bin,sim): override LDFLAGS += -Wl,--wrap=vm_bus_ops

# Kernel code of a test: sees the kernel's headers, not libc's.
UNIT_KERNEL_OBJ := $(call obj,$(wildcard tests/unit/*/*_kernel.c tests/unit/*/kworld_*.c))
$(UNIT_KERNEL_OBJ): CFLAGS_ROOM = $(KAPI)
$(UNIT_KERNEL_OBJ): | $(O)/gen/uapi/linux/idxd.h

define unit_room
$(call unit_bin,$(1)): $(O)/tests/%: $(O)/obj/tests/unit/%.o $(call obj,$(call unit_help,$(1))) $$(UNIT_$(1))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(SANFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS) -lcunit
.PHONY: unit-$(1)
unit-$(1): $(call unit_bin,$(1))
	@$$(PYTHON) tests/run_units.py $$^
endef
$(foreach r,$(ROOMS),$(eval $(call unit_room,$(r))))
UNIT_BIN := $(foreach r,$(ROOMS),$(call unit_bin,$(r)))

.PHONY: build-tests units
build-tests: $(UNIT_BIN)
units: $(UNIT_BIN)
	@$(PYTHON) tests/run_units.py $^
-include $(wildcard $(O)/obj/tests/unit/*/*.d)
.SECONDARY:

# ---- everything ----------------------------------------------------------------------------
## make check         install what is missing and run every test
## make check-quick   build, unit tests, the fast system tests: under a minute
.PHONY: check check-quick coverage
check:
	@scripts/install-deps.sh check
	@$(PYTHON) tests/check.py --build $(O)
check-quick:
	@scripts/install-deps.sh check
	@$(PYTHON) tests/check.py --build $(O) --quick

## make coverage      line coverage of units and system tests, by room
coverage:
	@scripts/install-deps.sh check
	@$(PYTHON) tests/coverage.py --build $(O)/coverage
