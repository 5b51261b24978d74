PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: app test check browser lock sums

app: $(VENV)/.app  ## the dashboard at http://localhost:8501
	$(BIN)/streamlit run streamlit_app.py

test: $(VENV)/.dev browser  ## everything, browser tests included
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(VENV)/.dev  ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

browser: $(VENV)/.dev  # Debian's Chromium where it can be installed, else Playwright's own
	@if command -v chromium >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else $(BIN)/playwright install chromium; fi

$(VENV)/bin/pip:  # made last: an environment that was left half made is made again
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.lock | $(VENV)/bin/pip  # what the tests ran against, and no other file
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	touch $@ $(VENV)/.app

lock: $(VENV)/bin/pip  ## requirements.lock anew, from the ranges
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile requirements-dev.txt --no-config --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --quiet --output-file requirements.lock

sums:  ## models/SHA256SUMS anew, after a model that comes with the project has changed
	cd models && sha256sum */model*.tflite > SHA256SUMS
