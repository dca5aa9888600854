# Two commands matter: `make run` and `make test`. `make help` lists the rest.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PORT ?= 5005
SHOP_PORT ?= 5056
WIDGET := kefu/server/static/widget/widget.js
NPM := sh web/npm.sh "$(abspath $(PY))"

# The first interpreter that is new enough; override with `make PYTHON=/path/to/python run`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1 && echo $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev web run train shell validate test test-fast test-stories demo-handoff demo-trainer lint format types layers \
	conformance quality bench bench-nlu bench-rasa bench-storage bench-chaos bench-loading bench-live bench-inbox bench-channels bench-desk bench-platforms lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Kefu needs Python 3.11, 3.12 or 3.13; none was found. Try: make PYTHON=/path/to/python $(MAKECMDGOALS)"; exit 1; }
	@echo "Creating $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing Kefu into $(VENV) (hashes checked) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@$(BIN)/kefu schema --out .vscode/schemas --quiet
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing the development tools into $(VENV) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.run ## install Kefu into .venv
setup-dev: $(VENV)/.dev ## ... and what tests and linters need

$(WIDGET): $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/tests/*') | $(VENV)/bin/python
	@echo "Building the widget and the desk ..."
	@$(NPM) run --silent build && touch $@

web: $(WIDGET) ## build the widget and the desk (Node from PyPI where the machine has none)

run: setup ## install, train if needed, serve everything on http://localhost:5005, live while you edit; OPTIONS=--demo: with demo agents
	@$(MAKE) --no-print-directory -s web || echo "Going on without the chat page and the desk; all else is served."
	@$(BIN)/kefu train
	@$(PY) -m examples.shop --make-keys
	@SHOP_PORT=$(SHOP_PORT); export SHOP_PORT; \
	SHOP_URL=$${SHOP_URL:-http://127.0.0.1:$(SHOP_PORT)}; export SHOP_URL; \
	SHOP_API_KEY=$${SHOP_API_KEY:-$$(cat var/shop.key)}; export SHOP_API_KEY; \
	SHOP_JWT_SECRET=$${SHOP_JWT_SECRET:-$$(cat var/shop_jwt.key)}; export SHOP_JWT_SECRET; \
	KEFU_URL=$${KEFU_URL:-http://127.0.0.1:$(PORT)}; export KEFU_URL; \
	$(PY) -m examples.shop --port $(SHOP_PORT) --kefu http://127.0.0.1:$(PORT) & shop=$$!; \
	trap 'kill $$shop 2>/dev/null' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	$(BIN)/kefu run --watch --enable-api --port $(PORT) $(OPTIONS)

train: setup ## train the assistant
	@$(BIN)/kefu train

shell: setup ## talk to the assistant in the terminal
	@$(BIN)/kefu train && $(BIN)/kefu shell

validate: setup ## check the assistant's files
	@$(BIN)/kefu data validate

test: setup-dev web ## install and pass the whole test suite
	@$(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder -q

test-fast: setup-dev ## unit and architecture tests only
	@$(PY) -m pytest -q tests/unit tests/architecture

test-stories: setup ## play the assistant's own test stories
	@$(BIN)/kefu train && $(BIN)/kefu test e2e -s tests/stories --fail-on-prediction-errors

demo-handoff: setup-dev web ## a customer, two agents, a rating: played in real browsers (needs Chromium), with screenshots
	@$(PY) -m examples.handoff

demo-trainer: setup ## a trainer edits, errs and rolls back on a running server while customers write; with timings
	@$(PY) -m examples.trainer

lint: setup-dev ## ruff, mypy and tsc (strict), import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory types layers

types: setup-dev ## mypy, and tsc (strict) for web/
	@$(BIN)/mypy
	@$(NPM) run --silent types

layers: setup-dev ## import contracts
	@$(BIN)/lint-imports

format: setup-dev ## let ruff format and fix
	@$(BIN)/ruff check --fix-only -q . ; $(BIN)/ruff format .

conformance: setup-dev ## play the recorded Rasa dialogues, a line a case
	@$(PY) -m tests.conformance

quality: setup-dev ## how good the assistant is: intents, entities, answers, stories, flows against the shop (minutes)
	@$(PY) -m bench.quality

bench: setup-dev ## measure speed and size beside the recorded Rasa figures; NLU_DATA=folder: accuracy, too
	@$(PY) -m bench
	@if test -n "$(NLU_DATA)"; then $(PY) -m bench.nlu "$(NLU_DATA)"; fi

bench-nlu: setup-dev ## understanding on public data sets beside published figures; NLU_DATA=folder, none: what is recorded
	@if test -n "$(NLU_DATA)"; then $(PY) -m bench.nlu "$(NLU_DATA)"; else $(PY) -m bench.nlu --read; fi

bench-rasa: setup-dev ## measure real Rasa 3.6.21 in the same run (needs Python 3.10, 2.7 GB); NLU_DATA=folder: only DIET on its sets
	@if test -n "$(NLU_DATA)"; then $(PY) -m bench.rasa_nlu "$(NLU_DATA)" $(NLU_SETS); else $(PY) -m bench --with-rasa; fi

bench-storage: setup-dev ## one message through gateway and store, beside bare sqlite3
	@$(PY) -m bench.storage

bench-chaos: setup-dev ## break everything under load and count every message (Linux, as root)
	@$(PY) -m bench.chaos

bench-channels: setup-dev ## how fast messages pass, beside bare Sanic, SQLite and PostgreSQL
	@$(PY) -m bench.channels
	@$(PY) -m bench.sockets

bench-desk: setup-dev ## how fast the desk is: routing, claims, handoff, search, live lines (some minutes; PostgreSQL)
	@$(PY) -m bench.desk

bench-platforms: setup-dev ## how fast a WeChat push is answered, beside bare Sanic
	@$(PY) -m bench.platforms

bench-loading: setup-dev ## read and check 32,000 examples and 52,000 story lines
	@$(PY) -m bench.loading

bench-inbox: setup-dev ## the trainer's inbox on 10,000 and 100,000 messages, beside scikit-learn's clustering (some minutes)
	@$(PY) -m bench.inbox

bench-live: setup-dev ## from saving a file to a model that answers, by kind of edit
	@$(PY) -m bench.live

lock: setup-dev ## renew the hashed locks from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra sdk --group build --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -U -o requirements/run.txt
	@uv pip compile pyproject.toml --extra sdk --extra postgres --extra rabbitmq --extra kafka --extra s3 --extra bert --group build --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -U -c requirements/run.txt -o requirements/dev.txt
	@uv pip compile --group pyproject.toml:web --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -U -o requirements/web.txt

clean: ## remove what was built, not what was learned or said
	@rm -rf dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .kefu bench/work \
		web/node_modules kefu/server/static
