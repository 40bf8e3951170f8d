# SPDX-License-Identifier: GPL-2.0
# Bench: tests/bench/bench_NAME.c are figures, the rest is the frame around them.

BENCH_SRC  := $(sort $(wildcard tests/bench/*.c))
BENCH_FIG  := $(patsubst tests/bench/%.c,%,$(filter tests/bench/bench_%.c,$(BENCH_SRC)))
# Builders that benches share with the unit tests.
BENCH_HELP := tests/unit/model/iommu_world.c tests/unit/sim/run_world.c
BENCH_OBJ  := $(call obj,$(BENCH_SRC) $(BENCH_HELP)) $(O)/obj/tests/bench/tables.o
BENCH_ARGS ?=

# The list of the files' tables; left alone when it would not change.
$(O)/gen/bench_tables.c: force-bench
	@mkdir -p $(@D)
	@{ echo '#include "tests/bench/bench.h"'; \
	   for f in $(BENCH_FIG); do echo "extern const struct bench_figure $$f[];"; done; \
	   echo 'const struct bench_figure *const bench_tables[] = {'; \
	   for f in $(BENCH_FIG); do echo "	$$f,"; done; \
	   echo '	0'; echo '};'; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(O)/obj/tests/bench/tables.o: $(O)/gen/bench_tables.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(LIBC) $(CFLAGS) -c -o $@ $<

$(O)/bench: LDFLAGS += $(COUNT_ALLOCATIONS)
$(O)/bench: $(BENCH_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

## make bench         measure: NAME VALUE UNIT lines and build/bench.json (BENCH_ARGS="-r 3 events")
.PHONY: bench bench-long build-bench force-bench
build-bench: $(O)/bench
bench: $(O)/bench $(O)/dsasim
	@$(O)/bench -o $(O)/bench.json $(BENCH_ARGS)
## make bench-long    100 million descriptors in bounded memory: minutes
bench-long: $(O)/bench
	@$(O)/bench growth_100m_mib

-include $(wildcard $(BENCH_OBJ:.o=.d))
