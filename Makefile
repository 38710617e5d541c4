# Two commands are all that a newcomer needs: `make serve` and `make test`. Both set everything up first.

PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$each && break; done)
VENV ?= .venv
DEMO_PORT ?= 8090
BIN := $(VENV)/bin

.PHONY: serve test check bench screenshots clean

# Serves the example flows, with the demo service that they look things up in. The pipe between the two carries
# nothing: when the server ends, the service sees its end, and ends too.
serve: $(VENV)/installed
	@(exec 3>&1 1>&2; export CRM_URL=http://127.0.0.1:$(DEMO_PORT) IVR_SECRET_CRM_TOKEN=demo; \
		exec $(BIN)/ivr serve flows --allow-private --allow-env CRM_URL) | $(BIN)/python flows/demo_service.py $(DEMO_PORT)

# Runs the tests: those that wait for real calls, those that wait for a browser, and those that only compute, side by
# side on two cores. PYTEST_ARGS='-k menu' picks some.
test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 3 $(PYTEST_ARGS)

# Style, types, and the scenarios of the example flows, which take every exit.
check: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/ivr test flows --fail-under 100

# SPEECH=DIR names recordings of words, on which recognition is measured. What calls cost is measured in a short form;
# the long one is `python -m benchmarks.capacity`, see docs/performance.md.
bench: $(VENV)/installed-test
	$(BIN)/python -m benchmarks $(SPEECH)

# Makes the pictures in docs/console.md and README.md anew: Debian's package `chromium` is needed.
screenshots: $(VENV)/installed-test
	$(BIN)/python -m docs.console.screenshots

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name one with make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q ivr # Else each program that is started does it, where Python keeps nothing.
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@
