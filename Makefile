# Everything a stranger needs: `make demo` and `make test` set up what they need by themselves.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
RUN := $(UV) run --locked --no-sync
export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1
ARGS ?=
JOBS ?= auto
BUNDLE := src/evenhand/web/static/web/bundle/made

.PHONY: help bundle setup demo test check format lint types layers docs bench bench-full fix clean

help: ## Say what there is.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/ready: $(UV) pyproject.toml uv.lock
	@$(UV) sync --locked --quiet --python $(PYTHON) --all-extras
	@touch $@

$(BUNDLE): bundle/package-lock.json bundle/build.py bundle/build.mjs $(wildcard bundle/source/*.js) | .venv/ready
	@$(RUN) python bundle/build.py

bundle: $(BUNDLE) ## Build the scripts of charts and maps, where they changed.

setup: .venv/ready $(BUNDLE) ## Install the locked dependencies into .venv, and build the scripts of charts and maps.

demo: setup ## Make a firm, diagnose it, plan, check, and open the workspace. ARGS=--no-serve only writes the files.
	@$(RUN) evenhand demo $(ARGS)

test: setup ## Run all tests, a file a core at a time; what needs something that isn't here is skipped and says why. JOBS=0: one after another.
	@$(RUN) pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: format lint types layers test docs ## Everything CI runs.

format: setup
	@$(RUN) ruff format --check .

lint: setup
	@$(RUN) ruff check .

types: setup
	@$(RUN) mypy

layers: setup
	@$(RUN) lint-imports

docs: setup ## Build the documentation; a broken link fails.
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet

bench: setup ## Run the short benchmarks.
	@$(UV) sync --locked --quiet --all-extras --group bench
	@$(RUN) python -m benchmarks.run

bench-full: setup ## Run all benchmarks, which takes hours.
	@$(UV) sync --locked --quiet --all-extras --group bench
	@$(RUN) python -m benchmarks.run --full

fix: setup ## Format, and mend what can be mended.
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

clean: ## Remove everything that is made.
	rm -rf .venv .tools bundle/node_modules $(dir $(BUNDLE)) site demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
