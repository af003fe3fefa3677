# Two commands for a fresh machine with Rust, Python 3 (with pip) and a C++ compiler: `make demo` and `make test`.
# What is more than a line of shell stands in .setup/, one script for each job.

.DEFAULT_GOAL := help
.PHONY: help demo test build install lint bench bench-reading instructions model tools clean

# Where cmake and libclang are, if .setup/build-tools had to fetch them.
WITH_TOOLS := . ./.tools/environment &&

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: build ## read the example novels with a model, leave the reports in target/demo, and list them
	@.setup/demo

test: tools ## run all tests, with a small real model where it can be fetched
	@$(WITH_TOOLS) .setup/test

build: tools ## build the program: target/release/copydesk
	@$(WITH_TOOLS) cargo build --release --locked

install: tools ## build the program and put it into cargo's bin folder, usually ~/.cargo/bin
	@$(WITH_TOOLS) cargo install --path . --locked

lint: tools ## check formatting, and clippy with and without the model inside, and with what asks a server
	cargo fmt --check
	cargo clippy --all-targets --locked --no-default-features -- -D warnings
	@$(WITH_TOOLS) cargo clippy --all-targets --locked --features link -- -D warnings

bench: build ## measure the parts without a model, the reader against the machine's limits, the model desk against llama-server and llama-cpp-python (builds both, once), and the demo
	@cargo bench --locked --no-default-features
	@.setup/bench-start
	@.setup/bench-memory
	@$(MAKE) bench-reading
	@$(WITH_TOOLS) .setup/bench-peers
	@target/bench/peers/bin/python .setup/bench-words
	@for model in qwen-0.5b qwen-1.5b; do \
		file=$$(.setup/fetch-model $$model) && target/bench/peers/bin/python .setup/bench "$$file" && target/bench/peers/bin/python .setup/bench-cost "$$file" || exit 1; \
	done
	@.setup/time-demo

bench-reading: tools ## measure what the trained reader costs for a novel, with both reference models: the table in docs/measuring.md
	@for model in qwen-0.5b qwen-1.5b; do \
		file=$$(.setup/fetch-model $$model) && $(WITH_TOOLS) cargo bench --locked --bench reading -- "$$file" || exit 1; \
	done

instructions: ## count the instructions of the parts without a model, and compare them with the figures kept
	@.setup/count-instructions

model: ## fetch the reference model of 1.1 GB, unless it is there; needless if you have a model
	@.setup/fetch-model qwen-1.5b

tools:
	@.setup/build-tools

clean: ## remove everything that was built, and fetched tools; fetched models stay in the cache
	@rm -rf target .tools
