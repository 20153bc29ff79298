# Needs make and Python 3.10 or later; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
# A worker a core; the tests of one file stay together, since they share what is dear to make.
PYTEST := $(PY) -m pytest --numprocesses auto --dist loadfile

.PHONY: help install demo lint types docs docs-check test unit pythons bench bench-images build clean
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

install: .venv/installed ## make .venv with dunnage and the tools for its tests

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: install ## build a leaky package, lint it, mend it, lint it again
	@$(PY) demo/demo.py

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

docs: install ## write docs/rules.md and docs/cli.md from the code
	$(PY) docs/generate.py

docs-check: install
	$(PY) docs/generate.py --check

unit: install ## the tests that need nothing but Python
	$(PYTEST) -m 'not integration and not slow'

test: lint types docs-check ## everything that CI runs
	$(PYTEST)

pythons: install ## the unit tests on every Python from 3.10 that this machine has
	$(PY) tests/pythons.py

bench: install ## compare with another scanner on popular packages
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(PY) bench/compare.py

bench-images: install ## compare with it on a container image (as root)
	$(PY) bench/images.py

build: install ## the wheel and the sdist, in dist/
	$(PY) -m build

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
