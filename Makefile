SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell .ci/find-python)
PYTHONS := 3.11 3.12 3.13
VENV ?= .venv
BIN := $(VENV)/bin
TOOLS := .cache/bin

# Nothing is written outside the checkout: caches and temporary files of every tool stay below .cache.
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export TMPDIR := $(CURDIR)/.cache/tmp
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONNOUSERSITE := 1

PIP_INSTALL = -m pip install --quiet --no-deps --no-build-isolation
LOCK = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS)

.PHONY: help
help:  ## list these targets
	@echo "Usage: make TARGET [NAME=VALUE]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.installed  ## install everything into .venv (PYTHON=/path/to/python chooses the interpreter)

.PHONY: demo
demo: $(VENV)/.installed  ## check sample videos through the running service and report on them (VIDEO=my.mp4: your own)
	$(BIN)/liveness demo $(if $(VIDEO),--video "$(VIDEO)")

.PHONY: test
test: lint  ## lint, then run every test (ARGS="-k upload" selects)
	@$(MAKE) pytest

.PHONY: pytest
pytest: $(VENV)/.installed
	$(BIN)/python -m pytest $(ARGS)

.PHONY: test-all
test-all: lint $(PYTHONS:%=test-%)  ## test on each supported Python that is installed, in an environment of its own

.PHONY: $(PYTHONS:%=test-%)
$(PYTHONS:%=test-%): test-%:
	@if python=$$(.ci/find-python $*); then $(MAKE) pytest PYTHON="$$python" VENV=.venv-$*; fi

.PHONY: lint
lint: $(VENV)/.installed  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: bench
bench: .venv-bench/.installed  ## measure, and print each figure beside what it is compared with
	.venv-bench/bin/python -m bench

.PHONY: bench-pad
bench-pad: $(VENV)/.installed  ## count the attacks that get through and the people who do not (ARGS="--clips 10": a quick look)
	$(BIN)/python -m bench.pad $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.installed  ## read damaged videos in real worker processes (FILES=10000; ARGS="--seed 2")
	$(BIN)/python -m tests.fuzz $(or $(FILES),10000) $(ARGS)

.PHONY: tools
tools: $(TOOLS)/jaeger $(TOOLS)/otelcol  ## build the Jaeger and the Collector that the integration tests use (needs Go)

.PHONY: lock
lock: .venv-lock/.installed  ## pin every dependency by version and hash (ARGS=--upgrade: the newest allowed)
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt
	$(LOCK) --group build -o requirements-build.txt
	$(LOCK) pyproject.toml bench/requirements.in --overrides bench/overrides.txt -o bench/requirements.txt

.PHONY: ci-local
ci-local:  ## what CI runs
	bash .ci/run

.cache/tmp:
	mkdir -p $@

# The build requirements come first, pinned as well, so that building from source needs nothing that is not pinned.
$(VENV)/.installed: requirements-build.txt requirements-dev.txt pyproject.toml | .cache/tmp
	$(if $(PYTHON),,$(error no supported Python))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements-build.txt
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	$(BIN)/python $(PIP_INSTALL) --editable .
	@touch $@

.venv-bench/.installed: requirements-build.txt bench/requirements.txt pyproject.toml | .cache/tmp
	$(if $(PYTHON),,$(error no supported Python))
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP_INSTALL) --require-hashes -r requirements-build.txt
	.venv-bench/bin/python $(PIP_INSTALL) --require-hashes -r bench/requirements.txt
	.venv-bench/bin/python $(PIP_INSTALL) --editable .
	@touch $@

.venv-lock/.installed: Makefile | .cache/tmp
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv==0.13.9
	@touch $@

$(TOOLS)/jaeger: .ci/build-jaeger | .cache/tmp
	.ci/build-jaeger $@

$(TOOLS)/otelcol: .ci/build-collector .ci/collector.yaml | .cache/tmp
	.ci/build-collector $@
