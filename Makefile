# Every target makes .venv and installs what it needs, once: a stamp file in .venv remembers it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
# a half-made .venv is made again
.DELETE_ON_ERROR:
.PHONY: help demo test peers tensorboard chapters site gallery browser bench bench-quick check clean

help:  ## show this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 13

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "tinynet needs Python 3.11 or later; this is %d.%d: make ... PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# $(VENV)/.installed-NAME: tinynet itself, editable, with its extra NAME
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.$(if $(filter core,$*),,[$*])'
	@touch $@

demo: $(VENV)/.installed-core  ## learn XOR and handwritten digits, look inside, explain one; pictures and pages go to out/
	$(BIN)/python -m tinynet demo

# The interpreted run is slow, so hypothesis tries fewer examples, and it is the one that can measure coverage.
INTERPRETED := $(filter 1,$(NUMBA_DISABLE_JIT))
COVERAGE := $(if $(INTERPRETED),--cov=tinynet --cov-report=term --cov-fail-under=95)

test: $(VENV)/.installed-test  ## all tests (NUMBA_DISABLE_JIT=1 make test: kernels as plain Python, with coverage)
	$(BIN)/python -m pytest --ignore=tests/peers --ignore=tests/browser --ignore=tests/tensorboard $(if $(INTERPRETED),-m "not compiled") $(COVERAGE) $(ARGS)

peers: $(VENV)/.installed-test $(VENV)/.installed-peers  ## the same numbers as PyTorch, Keras, shap, lime and captum
	$(BIN)/python -m pytest tests/peers $(ARGS)

tensorboard: $(VENV)/.installed-test $(VENV)/.installed-tensorboard  ## what the real TensorBoard shows is what training gave
	$(BIN)/python -m pytest tests/tensorboard $(ARGS)

bench: $(VENV)/.installed-bench  ## time everything beside other libraries, 10 minutes; benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(VENV)/.installed-bench  ## the main rows of bench in two minutes, on the terminal only
	$(BIN)/python -m benchmarks --quick $(ARGS)

# An interpreter as strict as the tests', 60 seconds of a processor, and a folder of its own: what a chapter writes is
# not left in the book.
chapters: $(VENV)/.installed-core  ## run every chapter of the book as a plain script
	@for chapter in $(CURDIR)/tutorials/[0-9]*.py; do \
		folder=$$(mktemp -d); \
		echo "$${chapter##*/}"; \
		(cd $$folder && ulimit -t 60 && MPLBACKEND=agg $(abspath $(BIN))/python -W error $$chapter > output) \
			|| { cat $$folder/output; exit 1; }; \
		rm -r $$folder; \
	done

site: $(VENV)/.installed-book  ## the book as a web site, in build/site
	rm -rf build
	$(BIN)/sphinx-build -W --keep-going -q -d build/doctrees -c tutorials/_site . build/site
	@echo "open build/site/tutorials/index.html"

gallery: $(VENV)/.installed-core  ## every picture that introspect and explain draw on one sheet, tutorials/images/gallery.png
	MPLBACKEND=agg $(BIN)/python tutorials/gallery.py tutorials/images/gallery.png

browser: $(VENV)/.installed-test $(VENV)/.installed-browser  ## look at every page of the site in Chromium (make site first)
	$(BIN)/python -m pytest tests/browser $(ARGS)

check: $(VENV)/.installed-check  ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:  ## remove what the targets made, the environment too
	rm -rf $(VENV) build out .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -prune -exec rm -rf {} +
