# Every command a person needs. Each sets up what it uses; all may be run twice.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What the commands below accept, as in `make test BROKER=docker`.
BROKER ?= local
ARGS ?=
SEED ?= 1
MINUTES ?= 10
SEEDS ?=
NAME ?=

READY := .venv/.ready
FAST := not kafka and not docker and not slow

.PHONY: help run stop test check bench audit new-service replay contracts images clean lock setup

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## Install everything into .venv, each archive by its hash

run: $(READY) ## Run the 2021 call from notice to closed books, and leave the services up
	@.venv/bin/mingjing season --leave-up $(ARGS)

stop: $(READY) ## Stop the services, the broker and the database; their data stays
	@.venv/bin/mingjing down

test: $(READY) ## Run every test (BROKER=local|docker, ARGS="tests/review -k ties")
	@BROKER=$(BROKER) .venv/bin/pytest $(ARGS)

check: $(READY) ## Format, lint, types, imports, fast tests: what a commit must pass
	@echo "format"; .venv/bin/ruff format --check .
	@echo "lint"; .venv/bin/ruff check .
	@echo "types"; .venv/bin/mypy
	@echo "imports"; .venv/bin/lint-imports --no-cache --no-logo
	@echo "tests"; .venv/bin/pytest -m "$(FAST)" $(ARGS)

bench: $(READY) ## Measure rates, latencies, scale, growth; writes .mingjing/bench.json (ARGS="--only ops")
	@mkdir -p .mingjing
	@.venv/bin/python -m tests.bench --json .mingjing/bench.json $(ARGS)

audit: $(READY) ## Break things at random and count what was lost or doubled (SEED=1 MINUTES=10 SEEDS=400)
	@.venv/bin/python -m tests.faults --seed $(SEED) --minutes $(MINUTES) $(if $(SEEDS),--seeds $(SEEDS)) $(ARGS)

new-service: $(READY) ## Lay out a seventh service (NAME=appeals)
	@test -n "$(NAME)" || { echo "Say its name: make new-service NAME=appeals"; \
		echo "请给出名称: make new-service NAME=appeals"; exit 2; }
	@.venv/bin/mingjing new-service $(NAME)

replay: $(READY) ## Rebuild stores from the log and compare (ARGS="--service review")
	@.venv/bin/mingjing replay $(ARGS)

contracts: $(READY) ## Write schemas, AsyncAPI, catalogue, topics again (ARGS=--release keeps them)
	@.venv/bin/python -m tests.contracts.generate $(ARGS)

images: $(READY) ## Build and tag the container images here, where none can be pulled
	@deploy/images.sh $(ARGS)

lock: $(READY) ## Pin requirements.in into requirements.lock again
	@deploy/lock.sh

clean: ## Stop everything and remove .mingjing, the data in it, and all caches
	@deploy/clean.sh

$(READY): requirements.lock pyproject.toml
	@deploy/setup.sh
	@touch $@
