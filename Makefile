# Two commands on a fresh machine: `make demo` and `make test`. `make` alone lists everything.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
LONG ?=
ONCE ?=
PROFILE := $(if $(LONG),long,default)

.PHONY: help demo test check format lint types walls tests bench pictures lock clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(UV):
	$(PY) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.run: $(UV) requirements.lock pyproject.toml
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.run ## set up, run the example firm from the sentence to the proof, serve the board (ONCE=1 ends instead; EXAMPLE=ims takes another firm)
	$(BIN)/upheld demo $(EXAMPLE) $(if $(ONCE),--once,)

test: $(VENV)/.dev ## set up and pass all tests
	$(BIN)/python -m pytest -q -n 3 --hypothesis-profile=$(PROFILE)

check: $(VENV)/.dev format lint types walls tests ## what CI runs: format, lint, types, walls, tests (LONG=1: the long profile)

format: $(VENV)/.dev ## formatting is as ruff would write it
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## ruff's rules and the house's sizes and words
	$(BIN)/ruff check .
	$(BIN)/python tests/house.py

types: $(VENV)/.dev ## mypy
	$(BIN)/mypy

walls: $(VENV)/.dev ## who may import whom
	$(BIN)/lint-imports

tests: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n 3 --hypothesis-profile=$(PROFILE)

bench: $(VENV)/.dev ## speed as a ratio to the limit of the same run; writes bench/results.json
	$(BIN)/python -m bench

pictures: $(VENV)/.dev ## the pictures of README and docs, from the running product (needs chromium)
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/pictures_desk.py
	$(BIN)/python docs/pictures_centre.py

lock: $(UV) ## resolve anew and export with hashes (the resolver's own file is not committed)
	$(UV) lock -q --upgrade
	$(UV) export -q --no-emit-project --no-dev --no-annotate --no-header --format requirements-txt -o requirements.lock
	$(UV) export -q --no-emit-project --no-annotate --no-header --format requirements-txt -o requirements-dev.lock

clean: ## remove what the other targets made here
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
