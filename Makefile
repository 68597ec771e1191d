# make demo: try everything on a simulated AWS account.   make test: run every test.
# Each makes its own virtual environment in .venv and installs what it needs into it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint coverage readme labextension clean

demo: $(VENV)/demo.stamp
	@$(BIN)/sm-ssh-widget demo

test: $(VENV)/test.stamp
	@$(BIN)/python -m tests.run

lint: $(VENV)/test.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

coverage: $(VENV)/test.stamp
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not browser and not benchmark and not real_client' --cov
	@$(BIN)/coverage report --skip-covered --sort=cover

labextension: $(VENV)/test.stamp
	@$(BIN)/python labextension/build.py

# Print into the README what the program prints of itself.
readme: $(VENV)/test.stamp
	@$(BIN)/python -m tests.docs.refresh

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Python 3.10 or later is needed, $(PYTHON) is older. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: $(VENV)/pyvenv.cfg pyproject.toml
	@echo "Installing sm-ssh-widget with its demo extra into $(VENV) (once, a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/test.stamp: $(VENV)/pyvenv.cfg pyproject.toml
	@echo "Installing sm-ssh-widget with its test extra into $(VENV) (once, a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
