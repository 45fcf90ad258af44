# Everything from a fresh checkout, with Python 3.11 or newer and make. `make help` lists the doors.

PYTHON ?= python3
# Processes that the tests run in; ARGS is handed on to pytest, as in: make test ARGS='-k seats'
JOBS ?= auto

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --require-hashes
BUILT := static/vendor/.built-from

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Each step stands on the one before it, and two pips in one environment disturb each other.
.NOTPARALLEL:
.PHONY: help run test check bench soak screenshots weights lock clean install

help: ## this list
	@echo "make run          run the demo: PORT=8123 DATA=folder NOW=2022-12-15T13:45 EVENT=file as you like"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | grep -v '^make run|' \
		| while IFS='|' read -r name what; do printf '%-17s %s\n' "$$name" "$$what"; done

run: $(VENV)/.project ## run the demo
	@exec $(VENV)/bin/conf-app demo $(if $(PORT),--port '$(PORT)') $(if $(DATA),--data '$(DATA)') $(if $(NOW),--now '$(NOW)') $(if $(EVENT),--event '$(EVENT)')

test: $(VENV)/.project $(VENV)/.tools node_modules/.built-from ## install what the tests need, then run them all
	@$(PY) tests/needs.py
	@exec $(PY) -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal $(ARGS)

check: $(VENV)/.project $(VENV)/.tools ## lint, format, types and import order
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: $(VENV)/.project $(VENV)/.tools node_modules/.built-from ## measure; prints a table and writes it as JSON
	@$(PY) tests/needs.py
	@exec $(PY) -m tests.bench $(ARGS)

soak: $(VENV)/.project $(VENV)/.tools ## 2,000 people for minutes on each database while things are killed; then compare
	@exec $(PY) -m tests.soak $(ARGS)

screenshots: $(VENV)/.project $(VENV)/.tools ## take the pictures of the README anew
	@$(PY) tests/needs.py
	@exec $(PY) -m pytest --quiet tests/screenshots.py

weights: $(VENV)/.project $(VENV)/.tools ## measure anew what /eco-conception tells
	@$(PY) tests/needs.py
	@exec $(PY) -m pytest --quiet --capture=no tests/weights.py

install: $(VENV)/.project ## make the environment only

clean: ## remove what was built and installed, never the data
	rm -rf $(VENV) node_modules static/vendor fonts dist .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: one stamp a step, so that the second start has nothing to do ---------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "conf-app needs Python 3.11 or newer; '$(PYTHON)' is not. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make environments. On Debian: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Making the environment in $(VENV)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements/build.txt requirements/run.txt $(VENV)/.made
	@echo "Installing the packages the app stands on"
	@$(PIP) -r requirements/build.txt -r requirements/run.txt
	@touch $@

$(BUILT): package-lock.json hatch_build.py $(VENV)/.run
	@echo "Building the front-end files"
	@$(PY) hatch_build.py --find-node >/dev/null 2>&1 || $(PIP) -r requirements/node.txt
	@$(PY) hatch_build.py
	@touch $@

$(VENV)/.project: pyproject.toml hatch_build.py $(BUILT) $(VENV)/.run
	@$(PY) -m pip install --quiet --no-build-isolation --no-deps --no-index --editable .
	@touch $@

$(VENV)/.tools: requirements/test.txt $(VENV)/.run
	@echo "Installing the tools that test and check"
	@$(PIP) -r requirements/test.txt
	@touch $@

node_modules/.built-from: $(BUILT)
	@$(PY) hatch_build.py --include-dev
	@touch $@

# --- the locks -----------------------------------------------------------------------------------

UV := $(VENV)/bin/uv
EXPORT := $(UV) export --quiet --format requirements.txt --no-emit-project --no-header --no-annotate

lock: $(BUILT) ## renew requirements/ and package-lock.json with the newest releases that fit
	@test -x $(UV) || $(PIP) -r requirements/lock.txt
	@rm -f uv.lock
	@$(EXPORT) --output-file requirements/run.txt
	@$(EXPORT) --group test --group check --group bench --output-file requirements/test.txt
	@for group in build node lock; do \
		$(EXPORT) --only-group $$group --output-file requirements/$$group.txt; done
	@rm -f uv.lock
	@$(PY) hatch_build.py --lock
