# make app     set up what is missing and open the app
# make serve   set up what is missing and serve the app to a class, with WORKERS processes behind caddy
# make test    set up what is missing and run every test, in WORKERS processes
# make check   ruff, mypy and the tests: before every commit
# make train   train every network again (hours without a GPU)
# make oldest  every test with the oldest versions that requirements.txt allows, in .venv-oldest
# make audit   what pip-audit knows about the installed versions (asks its service over the network)
# make docs    build docs/ as a site into report/docs
# make notebook   run docs/core.ipynb and store its outputs
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
WORKERS ?= 2
BIN := $(VENV)/bin
# What is not imported need not be compiled: of two environments half a minute each.
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check

.PHONY: app serve test check lint train readme docs notebook oldest audit

# Only make's own command line lets others in: some shells export a HOST. An empty one lets nobody in,
# but for those whom a DOMAIN leads here.
override HOST := $(if $(filter command,$(origin HOST)),$(strip $(HOST)))
# Others reach this computer by names that nobody knows here; app/.streamlit/config.toml has its own.
ANY_NAME = $(if $(filter-out localhost 127.0.0.1 ::1,$(HOST)),--server.allowedHosts "*")
export PORT HOST
app: $(VENV)/.ready-app
	@$(BIN)/python -m app.server.listening "$$HOST" "$$PORT"
	$(BIN)/python -m app.serve --server.port "$$PORT" --server.address "$${HOST:-localhost}" $(ANY_NAME)

# As with HOST, only make's own command line counts.
override DOMAIN := $(if $(filter command,$(origin DOMAIN)),$(strip $(DOMAIN)))
override BASE_PATH := $(if $(filter command,$(origin BASE_PATH)),$(strip $(BASE_PATH)))
export WORKERS DOMAIN BASE_PATH
serve: $(VENV)/.ready-app
	@$(BIN)/python -m app.workers --workers "$$WORKERS" --address "$$HOST" --port "$$PORT" \
	  --base-path "$$BASE_PATH" --domain "$$DOMAIN"

# What the tests start computes with one thread: threads of several processes wait for each other.
# It keeps what Python compiles, or each of hundreds of processes would compile torch and Streamlit.
ALONE := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=
test: $(VENV)/.ready-dev browser node firefox
ifdef PYTEST
	$(BIN)/python -m pytest $(PYTEST)
else
	$(ALONE) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/browser
	$(ALONE) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/browser
endif

check: lint test

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

train: $(VENV)/.ready-app
	$(BIN)/python train_all.py mnist
	$(BIN)/python train_all.py resnet
	$(BIN)/python train_all.py resnet --short
	$(BIN)/python train_all.py resnet --plain
	$(BIN)/python train_all.py cam
	$(BIN)/python train_all.py channels
	$(BIN)/python train_all.py untrained
	$(BIN)/python train_all.py attack-models
	$(BIN)/python train_all.py attack-curves
	$(BIN)/python train_all.py report

readme: $(VENV)/.ready-app
	$(BIN)/python train_all.py table --write README.md

docs: $(VENV)/.ready-dev
	$(BIN)/python train_all.py documents
	$(BIN)/mkdocs build --strict --quiet
	@echo "The site is in report/docs: open report/docs/index.html."

# Old pandas and numpy have no wheels for Python 3.13: make oldest PYTHON=python3.11 where needed.
OLDEST := .venv-oldest
oldest:
	mkdir -p $(OLDEST)
	sed -nE 's/^([a-z0-9-]+)>=([0-9.]+).*/\1==\2/p' requirements.txt >$(OLDEST)/versions.txt
	PIP_CONSTRAINT=$(OLDEST)/versions.txt $(MAKE) test VENV=$(OLDEST)

audit: $(VENV)/.ready-dev
	$(PIP) pip-audit
	$(BIN)/pip-audit --local

notebook: $(VENV)/.ready-dev
	PYTHONPATH=. $(BIN)/python -c 'import nbclient, nbformat as files; \
	  notebook = files.read("docs/core.ipynb", 4); \
	  nbclient.NotebookClient(notebook, record_timing=False, coalesce_streams=True).execute(); \
	  files.write(notebook, "docs/core.ipynb")'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; make PYTHON=/path/to/python3 names another."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/apt python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-app: requirements.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/.ready-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(PIP) -r requirements-dev.txt
	touch $@ $(VENV)/.ready-app

# The browser tests drive chromium; without one they are skipped and say so (in CI they fail).
.PHONY: browser
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || .ci/apt chromium || true

# The components' own tests run in node, with the same rule.
.PHONY: node
node:
	@command -v node >/dev/null || .ci/apt nodejs || true

# Saved pages are opened in firefox too, which puppeteer drives; with the same rule.
PUPPETEER := $(VENV)/node/node_modules/puppeteer-core
.PHONY: firefox
firefox: $(PUPPETEER)
	@command -v firefox-esr firefox >/dev/null || .ci/apt firefox-esr || true

$(PUPPETEER): | $(VENV)/bin/python
	@command -v npm >/dev/null || .ci/apt npm || true
	npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts \
	  --prefix $(VENV)/node puppeteer-core@24.43.1 || true
