# SPDX-License-Identifier: GPL-2.0
# Targets of the Python package in sim/whatif.

POINTS     ?= tests/silicon/silicon.csv
MAX_MEDIAN ?= 5

## make validate      every silicon measurement as a simulation: docs/silicon.md with plots
.PHONY: validate
validate:
	@scripts/install-deps.sh docs
	@$(MAKE) --no-print-directory -j$(JOBS) $(O)/dsasim
	PYTHONPATH=sim/whatif $(PYTHON) -m dsasim.silicon --program $(O)/dsasim --points $(POINTS) \
		--max-median $(MAX_MEDIAN) --out docs/silicon.md

## make fit           fits the constants of sim/platforms/spr.yaml again and says what each moves
.PHONY: fit
fit:
	@scripts/install-deps.sh docs
	@$(MAKE) --no-print-directory -j$(JOBS) $(O)/dsasim
	PYTHONPATH=sim/whatif $(PYTHON) -m dsasim.fit --program $(O)/dsasim --points $(POINTS) \
		--scramble 0.15 --confidence high --rounds 2 --out docs/fit.md
