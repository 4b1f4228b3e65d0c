# Needs Python 3.11 or newer with pip, and make. Everything else goes into .venv, checked against the hashes
# of requirements/*.lock; pip takes the packages from wherever it is configured to.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Which tests `make test` runs. Those that need a server run when it is here: Dovecot installed, PostgreSQL
# named in MAILPROC_TEST_PG_DSN. Crash tests have a command of their own.
DOVECOT := $(shell PATH="$$PATH:/usr/sbin:/usr/local/sbin"; command -v dovecot)
SUITE   ?= not crash$(if $(DOVECOT),, and not dovecot)$(if $(MAILPROC_TEST_PG_DSN),, and not postgres)
ARGS    ?=

.DEFAULT_GOAL := help
.PHONY: help venv demo test check crash bench schema lock clean distclean

help:
	@echo "make demo         the whole desk on this machine, with mail servers of its own; ONCE=1 plays it and ends"
	@echo "make test         the tests; ARGS='-k reply' for some of them"
	@echo "make check        lint, formatting, types, imports"
	@echo "make crash        kill the daemon at every step; ARGS='--mails 2000 --kills 200' for a long run"
	@echo "make bench        how fast it is on this machine"
	@echo "make venv         only build .venv; PYTHON=python3.12 chooses another Python"
	@echo "make schema       write config/*.schema.json after a change of the settings"
	@echo "make lock         choose new versions for requirements/*.lock (needs uv)"
	@echo "make clean        remove caches and built packages; make distclean removes .venv too"

venv: $(STAMP)

$(STAMP): requirements/build.lock requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mailproc needs Python 3.11 or newer, but $(PYTHON) is %d.%d; try: make PYTHON=python3.12" % sys.version_info[:2] or 0)'
	@echo "Building $(VENV), which takes a minute or two the first time"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation --use-pep517 -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/mailproc demo $(if $(ONCE),--once)

# Two processes: most of the time goes into waiting for servers and child processes. Whole files go to one
# process, so that a server is started once.
test: $(STAMP)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "$(SUITE)" $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Also on PostgreSQL when MAILPROC_TEST_PG_DSN names a server.
crash: $(STAMP)
	$(BIN)/python -m tests.crash $(ARGS)

bench: $(STAMP)
	$(BIN)/python -m tests.bench $(ARGS)

schema: $(STAMP)
	$(BIN)/python -m mailproc.config > config/mailproc.schema.json
	$(BIN)/python -m mailproc.config people > config/people.schema.json

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade

lock:
	$(LOCK) pyproject.toml --all-extras --group dev --output-file requirements/dev.lock
	$(LOCK) --group build --constraint requirements/dev.lock --output-file requirements/build.lock

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find mailproc tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
