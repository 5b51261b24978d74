PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: app test check browser

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

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet -r requirements-dev.txt
	touch $@ $(VENV)/.app
