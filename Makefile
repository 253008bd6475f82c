# Two commands do everything from an empty machine: `make book` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One recipe at a time: `make -j book test` must not install, or render, twice at once.
.NOTPARALLEL:

# Packages are compiled when they are first imported, and must be only then: where the environment
# forbids to keep that, each of the hundreds of processes here would compile them again.
export PYTHONDONTWRITEBYTECODE :=

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP   := $(BIN)/python -m pip --disable-pip-version-check
RUN   := _runs/quick
STORED := _build/stored
# The first Python here that is one of these; another is named by `make PYTHON=... VENV=...`.
VERSIONS := 3.11 3.12 3.13
allowed = $(1) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] not in "$(VERSIONS)".split())' \
	2>/dev/null
PYTHON ?= $(or $(firstword $(foreach python,python3 $(VERSIONS:%=python%),$(shell \
	$(call allowed,$(python)) && echo $(python)))),python3)

heading = @printf '\n== %s\n' "$(1)"

.PHONY: help venv book test quick lab bench lint unit check browser lock clean
.PHONY: stored-book pages

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- the environment ---------------------------------------------------------------------------

venv: $(STAMP) ## create .venv and install the exact versions of requirements.lock

$(BIN)/python:
	@$(call allowed,$(PYTHON)) || \
		{ echo "error: one of Python $(VERSIONS) is needed; '$(PYTHON)' is" \
		"$$($(PYTHON) --version 2>&1 | head -1)." \
		"Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# `-qq` keeps pip's remarks about package indexes out of sight, not its errors.
$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing $$(grep -c == requirements.lock) pinned packages (minutes the first time)"
	@$(PIP) install -qq --no-compile -r requirements.lock
	@$(PIP) install -qq --no-deps -e .
	@$(PIP) check
	@touch $@

# ---- the two commands --------------------------------------------------------------------------

book: $(STAMP) ## run all notebooks (quick preset), check their verdicts, render your own book
	$(call heading,running the notebooks)
	@$(BIN)/ovp run --all --preset quick --out $(RUN)
	$(call heading,comparing the verdicts with the recorded ones)
	@$(BIN)/ovp score $(RUN) --check
	$(call heading,rendering the book from this run)
	@$(BIN)/ovp book --from $(RUN)

test: $(STAMP) ## everything that CI checks
	$(call heading,linters; unit tests; stored notebooks: every cell again; the book in a browser)
	@OVP_EXACT=$(EXACT) $(PYTEST)

quick: lint ## in a minute or so: linters, and the tests of what changed (SINCE=HEAD)
	$(call heading,tests of what changed)
	@$(BIN)/python -m tests.quick $(SINCE)

lint: $(STAMP) ## linters, types, import contracts, hooks
	$(call heading,lint)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pre-commit validate-config

# Nothing less than to the byte where that was seen, on processors of Intel and AMD; on others the
# probe of the arithmetic decides. `EXACT=` lets it decide everywhere.
EXACT ?= $(if $(shell grep -m1 -E 'GenuineIntel|AuthenticAMD' /proc/cpuinfo 2>/dev/null),--exact)

# Processes, each of which takes the tests of the next page or file when it has done the last; there
# is one more than there are cores, for some tests wait (tests/conftest.py).
PYTEST := $(BIN)/pytest -q -n auto --dist loadscope --no-loadscope-reorder
BOOK := OVP_BOOK_HTML=$${OVP_BOOK_HTML-$(STORED)/_build/html}

unit: $(STAMP)
	$(call heading,unit tests)
	@$(PYTEST) -m "not lint and not stored and not book and not browser"

check: $(STAMP)
	$(call heading,stored notebooks: every cell again)
	@$(BIN)/ovp check $(EXACT)

stored-book: $(STAMP)
	$(call heading,the stored book without a warning)
	@$(BIN)/python -m tests.book.render $(STORED)

pages: $(STAMP)
	$(call heading,its pages in a browser)
	@$(BOOK) $(PYTEST) --maxfail 10 -m browser tests/book

browser: stored-book pages

# ---- the rest ----------------------------------------------------------------------------------

lab: $(STAMP) ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab notebooks

bench: $(STAMP) ## speed and memory, as ratios against what one would otherwise use
	@$(BIN)/python -m benchmarks

# By the oldest Python, whose packages run on the newer ones too (tests/test_project.py checks it).
# Without CUDA's own packages and local version labels: torch brings what its build needs.
lock: PYTHON := python$(firstword $(VERSIONS))
lock: ## resolve pyproject.toml afresh and write requirements.lock
	@rm -rf _build/lock && mkdir -p _build && $(PYTHON) -m venv _build/lock
	@_build/lock/bin/python -m pip install -qq -e '.[run,book,dev]'
	@_build/lock/bin/python -m pip freeze --all --exclude-editable --exclude pip > _build/lock/frozen
	@{ echo '# Exact versions of everything, on every Python. Regenerate with `make lock`.'; \
		sed -E '/^(nvidia-|cuda-|triton)/d; s/\+[a-z0-9.]+$$//' _build/lock/frozen; } > _build/lock/new
	@mv _build/lock/new requirements.lock && rm -rf _build/lock

clean: ## remove the environment and everything that was built or run
	rm -rf $(VENV) _build _runs *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache .jupyter_cache
	find ovp_lib tests -name __pycache__ -type d -exec rm -rf {} +
