# Two commands are all there is to know: `make site` and `make test`. Both make what they need in .venv and .atlas.

PYTHON ?= python3
SITE ?= .atlas/site
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CONSTRAINTS := .ci/constraints.txt
PAGE = file://$(abspath $(SITE))/index.html
EVERY_EXTRA := weights,safetensors,parquet,serve,ray,dev

.DEFAULT_GOAL := help
.PHONY: help site serve test lint audit soak bench readme kernel constraints clean

help: ## say what can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf 'make %-12s %s\n' "$$name" "$$text"; done

site: .venv/.for-site ## build the atlas and name the page to open (ARGS="--recipe draft" for a quick one)
	@echo "The atlas grows layer by layer; open it from the first one on: $(PAGE)"
	@$(BIN)/atlas build --site "$(SITE)" $(ARGS)
	@echo "Open $(PAGE)"

serve: .venv/.for-serve ## preview the atlas at http://127.0.0.1, reloaded when it changes
	@$(BIN)/atlas serve --site "$(SITE)" $(ARGS)

test: lint .ci/chromium ## check style, types, import rules and run every test
	@.ci/chromium $(BIN)
	@.ci/tests $(BIN) $(ARGS)

lint: .venv/.for-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: .venv/.for-test .ci/chromium ## check the atlas that is committed in site/: for a change of site/, not of the program
	@.ci/chromium $(BIN)
	$(BIN)/pytest -m audit tests/browser/test_published_site.py $(ARGS)

soak: .venv/.for-test ## the tests of faults, kills and drawn examples, many more of them than `make test` runs
	ATLAS_SOAK=1 $(BIN)/pytest tests/faults tests/property tests/cli/test_fuzz.py $(ARGS)

bench: .venv/.for-site ## measure this machine, and tell how long each recipe would take
	@$(BIN)/atlas bench $(ARGS)

readme: .venv/.for-test ## write the help of every command into README.md
	ATLAS_WRITE_README=1 $(BIN)/pytest -q tests/unit/test_readme.py

kernel: .venv/.for-test ## compile the C of the page that answers to a picture of one's own
	@.ci/kernel $(BIN) templates/assets/try-kernel.js

constraints: .venv/.for-test ## write the installed versions down as the pinned ones
	{ echo "# Versions that are known to work together; written by 'make constraints'."; \
		$(BIN)/python -m pip --disable-pip-version-check freeze --exclude-editable; } > $(CONSTRAINTS)

clean: ## remove the virtual environment and the tools' caches; pictures and sites stay
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.for-site: EXTRAS := weights
.venv/.for-serve: EXTRAS := weights,serve
.venv/.for-test: EXTRAS := $(EVERY_EXTRA)
.venv/.for-site .venv/.for-serve .venv/.for-test: pyproject.toml $(CONSTRAINTS) .ci/venv .ci/compile.py generator/vgg/winograd.c
	@.ci/venv "$(PYTHON)"
	@echo "Installing what is needed into .venv ..."
	@$(PIP) install --constraint $(CONSTRAINTS) --editable '.[$(EXTRAS)]'
	@touch $@
