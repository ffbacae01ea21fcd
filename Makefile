# The front door. Each target does all of its own set-up on a machine that has Python 3.11 or newer, git and make.
# `make` alone lists the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN_LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock
PEERS_VENV := .venv-bench
PEERS_LOCK := tests/bench/peers.lock
BENCH ?=
DEMO ?= demo
WORKERS ?= 2

.PHONY: help demo test check format bench torture calibrate serve golden docs lock clean
help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.exit("equipoise needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/pyvenv.cfg $(RUN_LOCK) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(RUN_LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run $(DEV_LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(DEV_LOCK)
	@touch $@

demo: $(VENV)/.run ## run the index trial from its protocol, analyse it, write the report
	$(BIN)/equipoise demo --out $(DEMO)

serve: $(VENV)/.run ## open the trial of `make demo` in the web application
	$(BIN)/equipoise serve --trial $(DEMO)

test: $(VENV)/.dev ## all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: $(VENV)/.dev ## format, lint, types, generated docs
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/python -m tests.repo.generate --check

format: $(VENV)/.dev ## put the code into the house's form
	$(BIN)/ruff format src tests
	$(BIN)/ruff check --fix src tests

docs: $(VENV)/.dev ## write the generated pages of docs/ anew
	$(BIN)/python -m tests.repo.generate

bench: $(VENV)/.dev ## speed: record log, gateway, demo; statistics beside their peers (BENCH=program or BENCH=stats for one)
	@$(MAKE) --no-print-directory $(PEERS_VENV)/.made || { rm -rf $(PEERS_VENV); echo "the peers cannot be installed here: ours alone"; }
	$(BIN)/python -m tests.bench $(BENCH)

$(PEERS_VENV)/.made: $(PEERS_LOCK)
	rm -rf $(PEERS_VENV)
	$(PYTHON) -m venv $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(PEERS_LOCK)
	@touch $@

torture: $(VENV)/.dev ## kills, races, mutations of the record log
	$(BIN)/python -m pytest tests/torture -n $(WORKERS)

calibrate: $(VENV)/.dev ## 50 trials against the published numbers, 20,000 data sets through the estimators
	$(BIN)/python -m tests.calibration.calibrate
	$(BIN)/python -m tests.calibration.stats_calibration

golden: ## make R's reference numbers again, where R is installed
	@command -v Rscript >/dev/null || { echo "Rscript is not installed: the committed reference numbers stay as they are"; exit 1; }
	cd tests/golden/data && Rscript make_reference.R

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra web --group build --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -o $(RUN_LOCK)
	uv pip compile pyproject.toml --extra web --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -c $(RUN_LOCK) -o $(DEV_LOCK)
	uv pip compile tests/bench/peers.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -o $(PEERS_LOCK)

clean: ## remove the environment and what the demo wrote
	rm -rf $(VENV) $(PEERS_VENV) $(DEMO)
