# make demo: try everything on a simulated AWS account.   make quick, make test, make bench, make deep: CONTRIBUTING.md.
# Each makes its own virtual environment in .venv and installs what it needs into it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo quick test bench deep lint coverage docs labextension locks clean

demo: $(VENV)/demo.stamp
	@$(BIN)/sm-ssh-widget demo

quick test bench deep: $(VENV)/test.stamp
	@$(BIN)/python -m tests.run $@

lint: $(VENV)/test.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

coverage: $(VENV)/test.stamp
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not browser and not benchmark and not real_client' --cov
	@$(BIN)/coverage report --skip-covered --sort=cover

labextension: $(VENV)/test.stamp
	@$(BIN)/python labextension/build.py

# Print into README and docs what the program prints of itself.
docs: $(VENV)/test.stamp
	@$(BIN)/python -m tests.docs.refresh

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Python 3.10 or later is needed, $(PYTHON) is older. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Exact versions with hashes where this Python has a lock file, else what pyproject.toml allows.
define install
	@lock=.ci/lock-$(1)-$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt; \
	pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; \
	if [ -f "$$lock" ]; \
	then $$pip --require-hashes -r "$$lock" && $$pip --no-deps --no-build-isolation -e .; \
	else $$pip -e '.[$(1)]'; fi
endef

$(VENV)/demo.stamp: $(VENV)/pyvenv.cfg pyproject.toml
	@echo "Installing sm-ssh-widget with its demo extra into $(VENV) (once, a minute or two)"
	$(call install,demo)
	@touch $@

$(VENV)/test.stamp: $(VENV)/pyvenv.cfg pyproject.toml
	@echo "Installing sm-ssh-widget with its test extra into $(VENV) (once, a few minutes)"
	$(call install,test)
	@touch $@

# Make the lock files under .ci anew.
locks: $(VENV)/test.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/lock.sh

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
