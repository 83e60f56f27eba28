# From a bare machine to an audited paper: every target below does its own set-up first, and later runs reuse it.
#   make audit                       the quick audit, its table, and audit-report/index.html
#   make test PYTHON=python3.12      the environment from an interpreter of your choice (first run only)

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV  := .venv
READY := $(VENV)/.ready
BIN   := $(VENV)/bin
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# A usable interpreter is 3.11 or newer and can make an environment with pip in it (Debian packs that part separately).
usable := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1

# $(call timed,NAME,COMMANDS): runs the commands, says how long they took even when they failed, keeps their status.
timed = @start=$$(date +%s); status=0; { $(2); } || status=$$?; \
	echo "make $(1): $$(( $$(date +%s) - start )) s"; exit $$status
phase = echo "== $(1)"

.PHONY: help setup audit test suite siblings bench gpu lint types docs tox clean

help: ## show this list (default)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## create .venv and install refute with the exact versions of constraints.txt
	@$(call phase,setup: $(VENV) is ready)

$(READY): pyproject.toml constraints.txt
	@if ! $(BIN)/python $(usable); then \
		for python in $(PYTHONS); do \
			if "$$python" $(usable); then found=$$python; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "make setup: none of these is a Python 3.11 or newer with its venv module: $(PYTHONS)." >&2; \
			echo "Install one (Debian and Ubuntu: python3.11 and python3.11-venv)," \
				"or name one: make setup PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		$(call phase,setup: creating $(VENV) with $$("$$found" --version)); \
		"$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	@$(call phase,setup: installing refute and its pinned dependencies (torch is large: minutes the first time))
	@# pip would compile one module after the other. What compileall cannot compile, nothing here imports.
	@$(BIN)/python -m pip install -qq --no-compile -c constraints.txt -e '.[paper,digits,parquet,safetensors,cluster,test,docs,dev]'
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@$(BIN)/python -m models.native.build
	@touch $@

audit: ## audit the paper on all processors: the verdict table, audit-report/index.html, and the digits data set
	$(call timed,audit,$(MAKE) --no-print-directory setup \
	&& $(call phase,audit: the claims) && $(BIN)/refute run --profile quick --report audit-report \
	&& $(call phase,audit: does the theory apply to the digits?) && $(BIN)/refute data --dataset digits)

test: ## lint, types and the whole test suite
	$(call timed,test,$(MAKE) --no-print-directory setup lint \
	&& $(MAKE) --no-print-directory -j 2 types suite)

suite: setup # the tests alone; mypy, which has one thread, runs beside them
	@$(call phase,test: pytest)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

siblings: setup ## run the false siblings: every one must be refuted
	@$(BIN)/refute siblings

bench: setup ## time training and tangent kernels side by side with the ordinary ways; make bench BENCH=--full for all
	$(call timed,bench,$(BIN)/python -m benchmarks.speed $(BENCH))

gpu: setup ## where a GPU is, within 8 minutes: device tests, agreement matrix, an audit on it, in gpu-report/
	$(call timed,gpu,$(BIN)/python -m benchmarks.on_gpu)

lint: setup ## ruff, rules and format
	@$(call phase,lint: ruff)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: setup ## mypy, tests included
	@$(call phase,types: mypy)
	@$(BIN)/mypy

docs: setup ## build the site in build/docs, every warning an error; it needs no network to be read
	@$(call phase,docs: sphinx)
	@OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -c docs -W --keep-going -q . build/docs
	@echo "build/docs/index.html"

tox: setup ## the matrix: Python versions, lowest and locked dependencies, float32, deep
	@$(BIN)/tox

clean: ## remove caches, build outputs and the report (.venv stays)
	@rm -rf audit-report gpu-report build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache .tox
	@find claims examples models refute tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
