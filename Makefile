# Run `make` to see what there is. Everything is installed into $(VENV), once.

VENV    ?= .venv
PYTHON  ?= python3
LIBRARY ?= .onrecord-demo
JOBS    ?= 2
UPGRADE ?= --upgrade

DEMO    := .onrecord-demo
BIN     := $(VENV)/bin
PY      := $(BIN)/python
RUNTIME := $(VENV)/.installed
DEV     := $(VENV)/.installed-dev
PIP     := $(PY) -m pip install -qq --disable-pip-version-check
# What is pinned has to have the digest that is pinned. What another Python or another build of torch
# needs on top is not pinned; a second step takes it from the packages' own metadata.
LOCKED  := $(PIP) --require-hashes --no-deps
# The tests of a file stay together, and in their order, so that they share what they have made.
SEVERAL := OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder
MODERN  := import sys; sys.exit(sys.version_info < (3, 11))
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet $(UPGRADE) --generate-hashes \
           --strip-extras --annotation-style=line --unsafe-package=pip \
           --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev demo serve fix check test test-fast coverage eval screenshots lock audit build clean

help:  ## Show this list
	@echo "make TARGET    (VENV=$(VENV), PYTHON=$(PYTHON))"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

install: $(RUNTIME)  ## Make the environment and the onrecord command

install-dev: $(DEV)  ## The same, with what tests, checks and benchmarks need

demo: $(RUNTIME)  ## Add the sample articles and ask two questions
	$(BIN)/onrecord add samples --library $(DEMO)
	$(BIN)/onrecord ask "what did Russia say in response?" --library $(DEMO)
	$(BIN)/onrecord ask "who won the World Cup in 2018?" --library $(DEMO)
	@echo "To go on in a browser, run 'make serve'."

serve: $(RUNTIME) | $(filter $(DEMO),$(LIBRARY))  ## Open the chat (LIBRARY=DIR for your own articles)
	$(BIN)/onrecord serve --library $(LIBRARY)

fix: $(DEV)  ## Format the code and mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

check: $(DEV)  ## Lint, formatting, types, and who may import whom
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(BIN)/lint-imports --no-logo

test: $(DEV)  ## Run every test, JOBS at a time
	$(SEVERAL)

test-fast: $(DEV)  ## Run the tests that need no model, no browser and no patience
	$(SEVERAL) -m "not slow and not model and not browser"

coverage: $(DEV)  ## Run every test and show the lines and branches that none reached
	$(PY) -m pytest --cov --cov-report=term-missing

eval: $(RUNTIME)  ## Score the answers to a question set (SET=FOLDER with corpus.jsonl, queries.jsonl)
	@test -n "$(SET)" || { echo "no question set; run 'make eval SET=FOLDER'" >&2; exit 2; }
	$(BIN)/onrecord eval $(SET)

screenshots: $(DEV)  ## Take the README's pictures of the chat again (needs chromium)
	PYTHONPATH=tests $(PY) .ci/take_screenshots.py

lock: $(DEV)  ## Renew the lock files, in about 20 minutes (UPGRADE= to move only what has to move)
	$(COMPILE) --build-deps-for=editable --output-file=requirements.lock pyproject.toml
	@$(PY) .ci/widen_torch.py requirements.lock
	$(COMPILE) --extra=dev --extra=bench --constraint=requirements.lock \
	  --output-file=requirements-dev.lock pyproject.toml
	@$(PY) .ci/widen_torch.py requirements-dev.lock
	@! grep -i '^nvidia-' requirements.lock requirements-dev.lock || { \
	  echo "the resolver took a GPU build of torch; repeat where a CPU build is offered" >&2; exit 1; }

audit: $(DEV)  ## Ask the package index whether a pinned release has a known weakness
	$(PY) -m pip_audit --strict --disable-pip --requirement requirements.lock

build: $(DEV)  ## Build the wheel and its bill of materials into dist/, and check both
	rm -rf dist
	$(PY) -m build --wheel --no-isolation --outdir dist .
	$(PY) -m build --wheel --no-isolation --outdir dist/again .
	@cmp dist/*.whl dist/again/*.whl && rm -r dist/again
	$(PY) -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible \
	  --output-file dist/onrecord.cdx.json requirements.lock
	$(PY) .ci/check_wheel.py dist

clean:  ## Remove what the other targets made, except the environment
	rm -rf $(DEMO) dist build htmlcov .coverage .coverage.* .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

$(DEMO): | $(RUNTIME)
	$(BIN)/onrecord add samples --library $(DEMO)

$(RUNTIME): pyproject.toml requirements.lock
	@$(PY) -m pip --version >/dev/null 2>&1 || { \
	  $(PYTHON) -c '$(MODERN)' 2>/dev/null || { \
	    echo "'$(PYTHON)' is not Python 3.11 or newer; run 'make $(MAKECMDGOALS) PYTHON=/path/to/python3.11'" >&2; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot make an environment; run 'apt-get install python3-venv', then repeat" >&2; exit 1; }; \
	  $(PYTHON) -m venv $(VENV); }
	@$(PY) -c '$(MODERN)' || { \
	  echo "'$(VENV)' holds a Python older than 3.11; remove it or name another with VENV=DIR" >&2; exit 1; }
	@echo "Installing the locked packages into $(VENV); this takes some minutes, once."
	@$(LOCKED) -r requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock requirements-model.lock
	@echo "Installing what tests and checks need into $(VENV)."
	@$(LOCKED) -r requirements-dev.lock
	@$(PIP) --no-build-isolation --editable '.[dev,bench]'
	@$(LOCKED) -r requirements-model.lock
	@touch $@
