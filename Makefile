# Everything a newcomer runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help setup demo test test-pooler check unit format proof bench bench-ui verify-deploy lock clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## the virtual environment in .venv, with hash-locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "reconcile-tui needs Python 3.11 or newer; '$(PYTHON)' is not. Mend: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "'$(PYTHON)' cannot make virtual environments. Mend: install its venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## the dashboard on a demo shop in the middle of an incident; without a terminal, one tick of it
	@$(BIN)/reconcile-tui --demo

check: setup  ## formatting, lint, strict types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup  ## the tests alone; ARGS="-k name" picks some
	$(BIN)/pytest -m "not proof and not pooler" -n 4 --dist worksteal $(ARGS)

test: check unit  ## every check and every test, on SQLite and on a real PostgreSQL

test-pooler: setup  ## the tests behind a real PgBouncer in transaction mode (Debian's package pgbouncer)
	@PATH="$$PATH:/usr/sbin" command -v pgbouncer >/dev/null || { \
		echo "make test-pooler needs PgBouncer. Mend: apt-get install pgbouncer (Debian's package)" >&2; exit 1; }
	$(BIN)/pytest -m pooler $(ARGS)

proof: setup  ## the proofs that take longer than `make test` may
	$(BIN)/pytest -m "proof and not pooler" $(ARGS)

bench: setup  ## throughput of reads and heals, and the due query at millions of rows
	$(BIN)/python -m tests.bench $(ARGS)

bench-ui: setup  ## key to paint, first paint and memory of the dashboard, against bare Textual's
	$(BIN)/python -m tests.bench.ui $(ARGS)

verify-deploy: setup  ## check the shipped operations files with the tools that are installed here
	deploy/verify

format: setup  ## format and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup  ## write requirements.lock and the image's locks anew (needs uv)
	$(COMPILE) --upgrade --group dev pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements.lock pyproject.toml -o deploy/runtime.lock
	$(COMPILE) --constraint requirements.lock --group pyproject.toml:build -o deploy/build.lock

clean:  ## remove what was made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
