# Needs python3 (3.11 or newer) with venv and pip; everything else is installed into .venv by what is in
# pyproject.toml and constraints.txt, and again only when one of the two has changed.
#
#   make demo     score forty sample rollouts through a server on this machine
#   make test     run all tests, those inside TRL's trainer included, for which it installs torch
#   make test-slow  the tests marked slow: minutes of stress, kills and load; it installs torch, as make test does
#   make check    lint, formats, types, and whether the gRPC stubs are up to date
#   make test-integrations  the adapters' tests by the trainers themselves, in environments of their own
#   make test-browser  the report's page and the console in a headless Chromium, which the system must have
#   make test-ray  rows by Ray Data and by one process: are they the same, after a kill too?
#   make test-gmpy2  the judge's tests, the hostile answers at full size among them, where gmpy2 is installed
#   make test-deepspeed  the bundled trainer under DeepSpeed's ZeRO, two processes without GPUs
#   make test-vllm  the bundled trainer by vLLM's build for CPUs: rewards, log-probabilities, weights
#   make test-balancers  several servers behind nginx, haproxy and the client, and one of them killed
#   make test-alerts  does each alert fire where it should, and nowhere else? Needs Prometheus's promtool
#   make adapters one recipe through every trainer's adapter: are the scores the same bits?
#   make arithmetic  a tiny model learns to add by GRPO, three seeds, within ten minutes on two cores
#   make bench    benchmarks, each checked against the plain definition of what it measures
#   make proto    write the gRPC stubs again from proto/
#   make names    write again what type checkers see in `rewards`, where a public name came or went, and which
#                 notation docs/judging.md lists, where a table of the judge has a new row
#   make clean    remove everything that the other targets made

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
# Processes that `make test` runs tests in.
JOBS ?= auto
# Where to take torch from, for a build without CUDA; empty means where pip takes everything from.
TORCH_INDEX ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
WANTED := $(shell cat pyproject.toml constraints.txt | sha256sum | cut -c1-16)
BASE := $(VENV)/.base-$(WANTED)
DEV := $(VENV)/.dev-$(WANTED)
TRAIN := $(VENV)/.train-$(WANTED)
TORCH := $(shell grep '^torch==' constraints.txt)

# Environments that hold trainers, which pin what nothing else should have to follow.
TRAINERS := .venv-trainers
RUBRIC := .venv-rubric
TRAINERS_WANTED := tests/trainer_adapters/requirements.txt
RUBRIC_WANTED := tests/trainer_adapters/requirements-rubric.txt
WITH_TRAINERS := $(TRAINERS)/.made-$(shell cat pyproject.toml $(TRAINERS_WANTED) | sha256sum | cut -c1-16)
WITH_RUBRIC := $(RUBRIC)/.made-$(shell cat pyproject.toml $(RUBRIC_WANTED) | sha256sum | cut -c1-16)
BROWSER := .venv-browser
BROWSER_WANTED := tests/rewards/analysis/requirements-browser.txt
WITH_BROWSER := $(BROWSER)/.made-$(shell cat pyproject.toml $(BROWSER_WANTED) | sha256sum | cut -c1-16)
RAY := .venv-ray
RAY_WANTED := tests/rewards/analysis/requirements-ray.txt
WITH_RAY := $(RAY)/.made-$(shell cat pyproject.toml $(RAY_WANTED) | sha256sum | cut -c1-16)
GMPY := .venv-gmpy2
GMPY_WANTED := tests/rewards/answers/requirements-gmpy2.txt
WITH_GMPY := $(GMPY)/.made-$(shell cat pyproject.toml constraints.txt $(GMPY_WANTED) | sha256sum | cut -c1-16)
VLLM := .venv-vllm
VLLM_WANTED := tests/trainer_adapters/requirements-vllm.txt
WITH_VLLM := $(VLLM)/.made-$(shell cat pyproject.toml $(VLLM_WANTED) | sha256sum | cut -c1-16)
DEEPSPEED := .venv-deepspeed
DEEPSPEED_WANTED := tests/trainer_adapters/requirements-deepspeed.txt
WITH_DEEPSPEED := $(DEEPSPEED)/.made-$(shell cat pyproject.toml $(DEEPSPEED_WANTED) | sha256sum | cut -c1-16)
into = $(1)/bin/python -m pip --disable-pip-version-check install --quiet

.PHONY: arithmetic demo test test-slow test-browser test-ray test-gmpy2 test-deepspeed test-vllm test-balancers test-alerts test-integrations \
	check adapters bench proto names clean

demo: $(BASE)
	@$(BIN)/python examples/demo/demo.py

test: $(TRAIN)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --maxprocesses 4 --dist loadfile -p no:benchmark $(PYTEST_ARGS)

test-slow: $(TRAIN)
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

test-browser: $(WITH_BROWSER)
	$(BROWSER)/bin/python -m pytest tests/rewards/analysis/report/test_page_browser.py tests/server/console/test_page_browser.py $(PYTEST_ARGS)

test-ray: $(WITH_RAY)
	$(RAY)/bin/python -m pytest tests/rewards/analysis/engines/test_ray_data.py $(PYTEST_ARGS)

test-gmpy2: $(WITH_GMPY)
	$(GMPY)/bin/python -c 'from mpmath.libmp import BACKEND; assert BACKEND == "gmpy", BACKEND'
	$(GMPY)/bin/python -m pytest tests/rewards/answers $(PYTEST_ARGS)
	$(GMPY)/bin/python -m pytest -m slow tests/rewards/answers/pool/test_hostile.py -k cost_no_more $(PYTEST_ARGS)

test-deepspeed: $(WITH_DEEPSPEED)
	$(DEEPSPEED)/bin/python -m pytest tests/trainer_adapters/grpo/test_launch_zero.py $(PYTEST_ARGS)

test-vllm: $(WITH_VLLM)
	$(VLLM)/bin/python -m pytest tests/trainer_adapters/grpo/test_run_vllm.py tests/trainer_adapters/grpo/test_partial_rollouts.py tests/rewards/text/test_reasoning_parsers.py $(PYTEST_ARGS)

test-balancers: $(DEV)
	$(BIN)/python -m pytest -m balancers -rs tests/deploy/test_balancers.py $(PYTEST_ARGS)

test-alerts: $(DEV)
	@command -v promtool >/dev/null || { echo "promtool is missing; it comes with Prometheus: \
	https://prometheus.io/download, or the package 'prometheus' of Debian and Ubuntu" >&2; exit 1; }
	promtool test rules deploy/prometheus/alerts_test.yaml
	$(BIN)/python -m pytest tests/deploy/prometheus/test_alerts.py $(PYTEST_ARGS)

test-integrations: $(WITH_TRAINERS) $(WITH_RUBRIC) test-ray test-gmpy2 test-deepspeed test-vllm
	$(TRAINERS)/bin/python -m pytest tests/trainer_adapters tests/examples $(PYTEST_ARGS)
	$(RUBRIC)/bin/python -m pytest tests/trainer_adapters/test_verifiers_runs.py -k before_v1 $(PYTEST_ARGS)

check: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/buf lint proto
	$(BIN)/python tools/generate_stubs.py --check

# Trainers are called by their own code where this Python has them, and else as read from it.
adapters: $(if $(ADAPTERS_PYTHON),,$(WITH_TRAINERS))
	$(or $(ADAPTERS_PYTHON),$(TRAINERS)/bin/python) benchmarks/adapters/adapters.py

arithmetic: $(TRAIN)
	$(BIN)/python examples/arithmetic/run.py

bench: $(DEV)
	$(BIN)/python benchmarks/import_time.py
	$(BIN)/python -m benchmarks.pool.replacement
	$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-group-by=group $(PYTEST_ARGS)

proto: $(DEV)
	$(BIN)/python tools/generate_stubs.py

names: $(DEV)
	$(BIN)/python tools/write_names.py
	$(BIN)/python tools/write_notation.py

clean:
	rm -rf $(VENV) $(TRAINERS) $(RUBRIC) $(BROWSER) $(RAY) $(GMPY) $(DEEPSPEED) $(VLLM) .venv-proto build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Touchstone needs Python 3.11 or newer, \
	and $(PYTHON) is %d.%d; name another one with make PYTHON=..." % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(BASE): $(VENV)/bin/python
	$(PIP) --editable .
	@rm -f $(VENV)/.base-* && touch $@

$(DEV): $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@rm -f $(VENV)/.base-* $(VENV)/.dev-* && touch $(BASE) $@

# torch first and from its own index, so that nothing that depends on it brings another build of it.
$(TRAIN): $(DEV)
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(PIP) --editable '.[train]'
	@rm -f $(VENV)/.train-* && touch $@

# What the files name is all there is to install: pip is to follow no dependency, since trainers contradict
# one another in theirs.
$(WITH_TRAINERS): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(TRAINERS)
	$(call into,$(TRAINERS)) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(call into,$(TRAINERS)) --no-deps --requirement $(TRAINERS_WANTED) --editable .
	@touch $@

$(WITH_BROWSER): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(BROWSER)
	$(call into,$(BROWSER)) --constraint constraints.txt --requirement $(BROWSER_WANTED) --editable '.[dev]'
	@touch $@

$(WITH_RAY): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(RAY)
	$(call into,$(RAY)) --constraint constraints.txt --requirement $(RAY_WANTED) --editable '.[dev,ray]'
	@touch $@

$(WITH_GMPY): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(GMPY)
	$(call into,$(GMPY)) --constraint constraints.txt --requirement $(GMPY_WANTED) --editable '.[dev]'
	@touch $@

# What its processes talk by is compiled here, since a test that is broken off while it compiles leaves a lock.
$(WITH_DEEPSPEED): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(DEEPSPEED)
	$(call into,$(DEEPSPEED)) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(call into,$(DEEPSPEED)) --constraint constraints.txt --editable '.[dev,train]'
	DS_ACCELERATOR=cpu $(call into,$(DEEPSPEED)) --constraint constraints.txt --requirement $(DEEPSPEED_WANTED)
	DS_ACCELERATOR=cpu TORCH_EXTENSIONS_DIR=$(CURDIR)/$(DEEPSPEED)/torch_extensions PATH=$(CURDIR)/$(DEEPSPEED)/bin:$$PATH \
		$(DEEPSPEED)/bin/python -c "from deepspeed.accelerator import get_accelerator as of; \
		of().create_op_builder('ShareMemCommBuilder').load()"
	@touch $@

$(WITH_VLLM): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(VLLM)
	$(call into,$(VLLM)) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(call into,$(VLLM)) --no-deps --requirement $(VLLM_WANTED) --editable .
	@touch $@

$(WITH_RUBRIC): | $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(RUBRIC)
	$(call into,$(RUBRIC)) --no-deps --requirement $(RUBRIC_WANTED) --editable .
	@touch $@
