# Every target makes its own .venv and installs what it needs. `make help` lists them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

CONTENT ?= examples/contents/harbour.jpg
STYLE ?= examples/styles/night.jpg
SIZE ?= 512
PRESET ?= standard
OUT ?= out/demo.png
PORT ?= 8000
SEEDS ?= 20
MINUTES ?= 60
DATA ?= ./data
EXAMPLES ?= 5000

# Through the environment, so that no quote in a path means something to the shell.
export CONTENT STYLE SIZE PRESET OUT PORT DATA EXAMPLES

# OpenMP's threads shall not starve the other processes of a small machine.
export GOMP_SPINCOUNT ?= 2000

LOCAL := $(VENV)/.local-installed
DEV := $(VENV)/.dev-installed
VENV_PEERS := .venv-peers
PEERS := $(VENV_PEERS)/.installed
VENV_AUDIT := .venv-audit
AUDIT := $(VENV_AUDIT)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo serve test check audit fuzz chaos format lock bench peers clean

help:  ## Show what can be made.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
	  || grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST)

$(VENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Impasto needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(LOCAL): pyproject.toml constraints.txt | $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local]'
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(LOCAL)

demo: $(LOCAL)  ## Paint one picture with the real service (CONTENT= STYLE= SIZE= PRESET= OUT=).
	@$(BIN)/impasto demo "$$CONTENT" "$$STYLE" --size "$$SIZE" --preset "$$PRESET" \
	  --out "$$OUT" $(if $(filter out/demo.png,$(OUT)),--force)

serve: $(LOCAL)  ## Start the whole service on this machine (PORT= DATA=).
	@$(BIN)/impasto serve --port "$$PORT" --data "$$DATA"

# They pass on a busy machine, so they run side by side, each process with one thread;
# all others start whole services, kill workers, drive a browser: they want a quiet one.
SIDE_BY_SIDE := $(addprefix tests/,architecture conformance containers contract engine \
  examples fuzz intake_corpus security)
# The same of these, in processes of their own: servers set up logging.
ROOMS := $(addprefix tests/,app launcher stores worker)
# But for these: they count what arrives before a connection is closed.
SOCKETS := tests/app/http/edge
# The tests of what is chosen by the processor, once more as an older one would run them.
CHOOSING := $(addprefix tests/engine/,machine/test_device.py \
  features/backbones/test_winograd.py)
NEWER_FLAGS := amx_bf16,avx512_bf16,avx512f

test: check  ## Run all checks and all tests.
	@$(BIN)/python -m worker.engine fetch-weights --keep >/dev/null \
	  || echo "tests with the networks that find people are skipped" >&2
	@code=0; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 \
	  --dist loadfile $(SIDE_BY_SIDE) || code=1; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 \
	  --dist loadfile --ignore=$(SOCKETS) $(ROOMS) || code=1; \
	$(BIN)/python -m pytest $(SOCKETS) || code=1; \
	IMPASTO_HIDE_CPU_FLAGS=$(NEWER_FLAGS) OMP_NUM_THREADS=1 $(BIN)/python -m pytest \
	  -m 'not vgg_weights' $(CHOOSING) || code=1; \
	$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target \
	  test-page test-services || code=1; \
	exit $$code

# They mostly wait, one for a browser, the other for services; neither knows the other.
.PHONY: test-page test-services
test-page:
	$(BIN)/python -m pytest tests/web
test-services:
	$(BIN)/python -m pytest $(addprefix --ignore=,$(SIDE_BY_SIDE) $(ROOMS) tests/web)

check: $(DEV)  ## Format, lint, types, walls between the rooms, known weaknesses.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m security.audit

audit: $(AUDIT)  ## Compare the pins with what is known to be weak, here and online.
	$(VENV_AUDIT)/bin/python -m security.audit --online

$(AUDIT): Makefile
	$(PYTHON) -m venv $(VENV_AUDIT) || { rm -rf $(VENV_AUDIT); exit 1; }
	$(VENV_AUDIT)/bin/python -m pip install --quiet packaging==26.3 pip-audit==2.10.1
	@touch $@

fuzz: $(DEV)  ## Look for requests that the API mishandles, new ones each time (EXAMPLES=).
	IMPASTO_FUZZ_EXAMPLES="$$EXAMPLES" $(BIN)/python -m pytest tests/fuzz

format: $(DEV)  ## Format the code and mend what ruff can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)  ## Resolve all dependencies anew and pin what was found.
	$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable '.[dev]'
	{ echo '# Made by `make lock`: what the tests ran with. torch is pinned in pyproject.toml,'; \
	  echo '# because its build (CPU or CUDA) is the index'"'"'s choice.'; \
	  $(BIN)/python -m pip freeze --exclude-editable --exclude torch --exclude torchvision \
	    | grep -E '^[A-Za-z0-9_.-]+==' | grep -vE '^(nvidia|cuda|triton)'; } > constraints.txt

bench: $(LOCAL)  ## Measure; prints tables (long: python -m benchmarks NAME runs one of them).
	$(BIN)/python -m benchmarks

chaos: $(DEV)  ## Break the running service at random, then audit it (SEEDS= MINUTES=).
	$(BIN)/python -m tests.chaos --seeds "$(SEEDS)" --minutes "$(MINUTES)"

peers: $(PEERS)  ## Install the programs that `make bench` measures ours against.

$(PEERS): benchmarks/peers/requirements.txt benchmarks/peers/constraints.txt
	$(PYTHON) -m venv $(VENV_PEERS) || { rm -rf $(VENV_PEERS); exit 1; }
	$(VENV_PEERS)/bin/python -m pip install --quiet \
	  --constraint benchmarks/peers/constraints.txt \
	  --requirement benchmarks/peers/requirements.txt
	@touch $@

clean:  ## Remove what was made, the virtual environment included; data stay.
	rm -rf $(VENV) $(VENV_PEERS) $(VENV_AUDIT) out build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
