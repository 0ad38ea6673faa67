# The commands of the project, each one line of help. `make` alone builds.
.DEFAULT_GOAL := build
.PHONY: build run test test-deep test-kills test-ops test-compose lint format bench growth fuzz e2e clean help setup configure everything
JOBS ?= $(shell nproc)
# Tests run in folders of their own: a relative path means one from here.
ifdef CAUSAL_GYM_CASES
export CAUSAL_GYM_CASES := $(abspath $(CAUSAL_GYM_CASES))
endif
ifdef CAUSAL_GYM_NETWORKS
export CAUSAL_GYM_NETWORKS := $(abspath $(CAUSAL_GYM_NETWORKS))
endif
CMAKE_BUILD := cmake --build --parallel $(JOBS) --preset

build: configure  ## Build build/release/bin/causal-gym, installing what is missing first
	@$(CMAKE_BUILD) release --target causal-gym

run: build  ## Run the default experiment, print its table, then serve on http://127.0.0.1:8501
	@build/release/bin/causal-gym run
	@exec build/release/bin/causal-gym serve

# A fuzz finding does not hide the tests: both run, ctest last so that its summary ends the output.
test: everything  ## Build everything, fuzz each parser for 30 s, run every test
	@status=0; \
	tools/fuzz_smoke || status=1; \
	ctest --test-dir build/release --parallel $(JOBS) --output-on-failure --no-tests=error || status=1; \
	exit $$status

test-deep: configure  ## Prove random graphs of 5 to 12 nodes; CAUSAL_GYM_DEEP_ROUNDS (20000) and CAUSAL_GYM_DEEP_SEED
	@$(CMAKE_BUILD) release --target deep_test
	@CAUSAL_GYM_DEEP_ROUNDS=$${CAUSAL_GYM_DEEP_ROUNDS:-20000} build/release/bin/deep_test

test-kills: build  ## Kill the server 1,000 times, then PostgreSQL 50 times, under load; CAUSAL_GYM_KILLS and CAUSAL_GYM_KILL_SEED
	@CAUSAL_GYM_KILLS=$${CAUSAL_GYM_KILLS:-1000} python3 tests/faults/server_kills_test.py build/release/bin/causal-gym tests/llm_server/llm_server.py
	@CAUSAL_GYM_POSTGRES_KILLS=$${CAUSAL_GYM_POSTGRES_KILLS:-50} python3 tests/faults/postgres_kills_test.py build/release/bin/causal-gym \
	  tests/llm_server/llm_server.py

test-ops: build  ## Run every procedure of the runbook on a whole stack of Debian's programs, well and broken
	@ctest --test-dir build/release --output-on-failure --no-tests=error --label-regex '^ops$$'

test-compose: build  ## Build the images and bring the stack of containers up, break it and recover it; needs root or Docker, and about 20 minutes
	@tools/setup --with docker
	@python3 tests/ops/compose_test.py build/release/bin/causal-gym --transcript docs/evidence/compose.md

lint: configure  ## Check format, layers, sizes, names, shell scripts, and clang-tidy's findings
	@tools/lint

format:  ## Rewrite every C++ file in the project's style
	@git ls-files -z -- '*.h' '*.cc' | xargs -0 -r clang-format-14 -i

bench: configure  ## Compare each fast road with its plain one, as ratios
	@$(CMAKE_BUILD) release --target benchmarks
	@tools/bench

growth: configure  ## Measure how times grow with the graph and draw docs/images/growth.svg
	@$(CMAKE_BUILD) release --target growth
	@tools/growth

fuzz: setup  ## Build the fuzz targets and run each for CAUSAL_GYM_FUZZ_SECONDS (30)
	@tools/fuzz_smoke

e2e: everything  ## Run the tests that drive the built server with a real browser
	@ctest --test-dir build/release --output-on-failure --no-tests=error -R '^e2e'

clean:  ## Remove everything that was built
	@rm -rf build

help:  ## Show this list
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

setup:
	@tools/setup

configure: setup
	@cmake --preset release --log-level=WARNING >/dev/null

everything: configure
	@$(CMAKE_BUILD) release
