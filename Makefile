# A newcomer needs `make warehouse` and `make test` only. Each target sets up what it needs, once.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SUPERSET_READY := .venv-superset/.ready
SPARK_READY := .venv/.spark-ready

.DEFAULT_GOAL := help
.PHONY: help setup warehouse test test-all lint format ui superset superset-test spark spark-test screenshots bench \
	bench-test bench-detail load soak fuzz lock clean distclean

help: ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

setup: $(READY) ## Make .venv from requirements.lock, once.

$(READY): requirements.lock pyproject.toml
	@echo "setting up .venv from requirements.lock (a minute or two, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "from orchestration.pages.report import vega; vega.bundle()"
	@touch $@

warehouse: $(READY) ## Build the warehouse from the embedded record, publish a release, print a summary.
	@$(BIN)/entrepot build

test: $(READY) ## Run the fast tests, which cover every rule, on all cores; a few minutes.
	@$(BIN)/pytest

test-all: $(READY) ## Run the fast and the slow tests: all faults of all publishers, kills, browsers, S3, clients.
	@$(BIN)/pytest -m "not soak and not spark and not superset"

lint: $(READY) ## Check style, types, imports, SQL, links of the docs, and that no conflict marker is left.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m testing.check_files
	@$(BIN)/sqlfluff lint dbt_project/models --processes 2

format: $(READY) ## Format Python, and fix what ruff can fix.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

ui: $(READY) ## Serve the Dagster UI on http://127.0.0.1:3000.
	@$(BIN)/entrepot ui

superset: $(READY) $(SUPERSET_READY) ## Serve Superset with the dashboard of bi/superset on http://127.0.0.1:8088.
	@$(BIN)/entrepot superset

superset-test: $(READY) $(SUPERSET_READY) ## Test the dashboard in a running Superset: it shows the figures of the marts.
	@$(BIN)/pytest -m superset -n 0

# The lock is complete, so nothing is resolved: pip 23 trips over locked names with extras when it resolves.
$(SUPERSET_READY): bi/superset/requirements.lock
	@echo "setting up .venv-superset from bi/superset/requirements.lock (a minute or two, once)"
	@test -x .venv-superset/bin/python || $(PYTHON) -m venv .venv-superset
	@.venv-superset/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r bi/superset/requirements.lock
	@touch $@

spark: $(SPARK_READY) ## Add Apache Spark to .venv, once; it needs a Java runtime, version 17 or later.

$(SPARK_READY): $(READY) requirements-spark.lock
	@echo "adding Apache Spark to .venv from requirements-spark.lock (a minute or two, once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

spark-test: $(SPARK_READY) ## Test the engine Spark on a real cluster: every mart is equal to DuckDB's.
	@$(BIN)/pytest -m "spark and not soak" -n 0

screenshots: $(READY) ## Take the screenshots of the docs again, docs/images/*.png.
	@$(BIN)/python -m benchmarks.screenshots

bench: $(READY) ## Measure the main job, dbt, the UI and the detail, as ratios in one run; 40 minutes, 40 GB of disk.
	@$(BIN)/python -m benchmarks

bench-test: $(READY) ## Test the benchmarks themselves, on little data.
	@$(BIN)/pytest benchmarks

bench-detail: $(READY) ## Measure the detail alone, on 10 and on 100 million synthetic rows.
	@$(BIN)/python -m benchmarks.detail

load: $(READY) ## Measure twenty clients for five minutes, while thirty releases are published.
	@$(BIN)/python -m benchmarks.load

soak: $(SPARK_READY) ## Run the long campaigns: kills of runs, live runs, imports and a Spark worker; publications under readers.
	@$(BIN)/pytest -m soak -n 0

fuzz: $(READY) ## Give damaged bytes to every parser that reads bytes from outside, for an hour; SECONDS and SEED are options.
	@$(BIN)/python -m benchmarks.fuzzing $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

lock: ## Write the lock files again; needs uv.
	uv pip compile --generate-hashes --no-emit-index-url --no-strip-extras --no-header --universal \
		--python-version 3.11 --extra dev --quiet pyproject.toml -o requirements.lock
	uv pip compile --generate-hashes --no-emit-index-url --no-strip-extras --no-header --universal \
		--python-version 3.11 --extra spark --quiet --constraint requirements.lock pyproject.toml \
		-o requirements-spark.lock
	uv pip compile --generate-hashes --no-emit-index-url --no-strip-extras --no-header --universal \
		--python-version 3.11 --exclude-newer 2026-05-14 --exclude-newer-package duckdb=2026-11-01 --quiet \
		bi/superset/requirements.in -o bi/superset/requirements.lock

# The archive and earlier vintages of the lake, under var/, can't be built again.
clean: ## Delete both environments and caches; var/, with all output of runs, stays.
	rm -rf .venv .venv-superset .cache

# One shell command, so that `make -i` deletes nothing after a "no".
distclean: ## Delete var/ too, with the archive, the lake and all releases; asks first.
	@echo "This deletes .venv, .venv-superset, .cache and all output of runs, $(CURDIR)/var:"; \
	test ! -e var || du -sh var/* || true; \
	echo "The archive and earlier vintages of the lake can't be built again."; \
	if [ "$(DELETE_VAR)" != yes ]; then \
		if [ ! -t 0 ]; then \
			echo "Nothing was deleted: run it in a terminal, which asks, or as make distclean DELETE_VAR=yes"; exit 1; \
		fi; \
		printf "Delete them? [y/N] "; read -r answer || answer=no; \
		case "$$answer" in [yY] | [yY][eE][sS]) ;; *) echo "Nothing was deleted."; exit 1 ;; esac; \
	fi; \
	rm -rf .venv .venv-superset .cache var
