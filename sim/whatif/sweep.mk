# SPDX-License-Identifier: GPL-2.0
# What-if experiments: traces/whatif/*.yaml, their answers in docs/what-if.md.

## make whatif        run the what-if experiments, write docs/what-if.md with its plots
.PHONY: whatif whatif-bench install-whatif
whatif:
	@scripts/install-deps.sh build whatif
	@$(MAKE) --no-print-directory -j$(JOBS) $(O)/dsasim
	PYTHONPATH=sim/whatif $(PYTHON) -m dsasim.book --program $(O)/dsasim --out $(O)/whatif -j $(JOBS)

## make claims        run the experiments of the argument of 2020, write docs/claims.md
.PHONY: claims
claims:
	@scripts/install-deps.sh build whatif
	@$(MAKE) --no-print-directory -j$(JOBS) $(O)/dsasim
	PYTHONPATH=sim/whatif $(PYTHON) -m dsasim.claims --program $(O)/dsasim --out $(O)/claims -j $(JOBS)

## make whatif-bench  a sweep of 200 points, and how well two processes share the work
whatif-bench: $(O)/dsasim
	PYTHONPATH=sim/whatif $(PYTHON) tests/bench/sweep.py --program $(O)/dsasim

# The scripts beside the program, wherever the build folder lies.
WHATIF_SCRIPTS := $(O)/dsasim-whatif $(O)/dsasim-compare
all: $(WHATIF_SCRIPTS)
$(O)/dsasim: | $(WHATIF_SCRIPTS)
$(WHATIF_SCRIPTS): $(O)/%: sim/whatif/%
	@mkdir -p $(@D)
	@ln -sfn $(CURDIR)/$< $@

install: install-whatif
install-whatif:
	install -D -m 755 sim/whatif/dsasim-whatif $(DESTDIR)$(PREFIX)/bin/dsasim-whatif
	install -D -m 755 sim/whatif/dsasim-compare $(DESTDIR)$(PREFIX)/bin/dsasim-compare
	install -d $(DESTDIR)$(PREFIX)/share/dsasim/python/dsasim $(DESTDIR)$(PREFIX)/share/dsasim/traces/whatif
	install -m 644 sim/whatif/dsasim/*.py $(DESTDIR)$(PREFIX)/share/dsasim/python/dsasim
	install -m 644 traces/whatif/*.yaml $(DESTDIR)$(PREFIX)/share/dsasim/traces/whatif
