# The few commands people use. `make help` lists them.

PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 60

# One target directory, and one cargo build at a time.
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
RELEASE := $(CARGO_TARGET_DIR)/release
VENV := build/venv
# Node comes from here where Debian's is too old.
export PATH := $(PATH):$(CURDIR)/$(VENV)/bin
PIP := $(VENV)/bin/pip --disable-pip-version-check

.NOTPARALLEL:
.PHONY: help deps demo test test-full test-rust test-c test-librsync test-python test-node test-interop test-starts hostile \
	bench header install install-librsync fuzz command c python node clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/:.* ## /\t/' | expand -t 18

deps: ## install the Debian packages that building and testing need
	@tests/deps.sh

demo: deps ## build everything, run signature, delta and patch on real files from each language, mirror a real tree
	@echo "building the command, the C library, the Python and the Node package: some minutes the first time"
	@$(MAKE) --no-print-directory command c python node
	@echo "fetching two releases of a large package"
	@benches/real_pair.sh build/pair
	@echo "running signature, delta and patch four times: some seconds"
	@examples/demo/run.sh
	@echo "mirroring a tree through a remote shell, with rsync at one end, at both and at none: some seconds"
	@examples/demo/mirror.sh

test: deps test-rust test-interop test-c test-librsync test-python test-node test-starts ## run the tests of every language
	@echo "all passed"

test-full: test ## and those that take long, the whole matrix among them
	cargo test --release --quiet -p syncline-cli --test matrix -- --full
	cargo test --release -p syncline-cli --test big_trees -- --include-ignored --nocapture
	cargo test --release -p syncline-tests --test rdiff -- --include-ignored

test-rust: ## formatting, lints, unit, property and documentation tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	@if cargo nextest --version > /dev/null 2>&1; then \
		set -x; cargo nextest run --workspace -E 'not binary(rdiff) and not binary(matrix)' --no-fail-fast; \
	else \
		set -x; cargo test --workspace --lib --bins --tests --exclude syncline-tests && cargo test -p syncline-tests --test layers --test licences; \
	fi
	cargo test --workspace --doc --quiet

test-interop: ## Debian's rdiff and rsync against Syncline
	cargo test -p syncline-tests --test rdiff
	cargo test --quiet -p syncline-cli --test matrix

hostile: ## how peers that misbehave are met, and how rsync meets them: a table, some minutes
	cargo test --quiet -p syncline-cli --test hostile -- --full

test-c: ## the C interface
	ffi/tests/run.sh

test-librsync: deps ## the drop-in librsync, under other people's programs
	ffi/librsync/tests/run.sh

test-python: deps ## the Python package: its tests, and its types by mypy and stubtest
	bindings/python/test.sh -q

test-node: node ## the npm package
	cd bindings/node && npm test

test-starts: command ## the quick starts of the README
	tests/quick_starts.sh sh transfer c python js

command:
	cargo build --release --quiet -p syncline-cli

c:
	cargo build --release --quiet -p syncline-ffi
	@ffi/install.sh $(RELEASE) $(CURDIR)/build/c/prefix

python:
	$(PIP) install --quiet ./bindings/python

node:
	cd bindings/node && npm install --no-fund --no-audit --loglevel=error

bench: $(if $(filter sessions,$(BENCH)),,node) ## measure against rsync, rdiff, rdiff-backup, xdelta3, zstd, fast_rsync and cp; writes docs/benchmarks.md
	@tests/deps.sh bench
	@case "$(BENCH)" in sessions | bindings) ;; *) benches/real_pair.sh build/pair ;; esac
	cargo build --release --quiet -p syncline-cli -p syncline-librsync
	@[ "$(BENCH)" = sessions ] || $(PIP) install --quiet ./bindings/python
	cargo run --release --quiet -p syncline-benches -- $(BENCH)

header: ## write include/syncline.h, ffi/abi.txt, the manual and the completions anew
	SYNCLINE_WRITE=1 cargo test --quiet -p syncline-ffi --test header
	SYNCLINE_WRITE=1 cargo test --quiet -p syncline-cli --test generated

install: ## install the command, the C library, header, manual and completions under PREFIX (and DESTDIR)
	cargo build --release --quiet -p syncline-cli -p syncline-ffi -p syncline-librsync
	ffi/install.sh $(RELEASE) $(abspath $(PREFIX)) $(DESTDIR)
	ffi/librsync/install.sh $(RELEASE) $(DESTDIR)$(abspath $(PREFIX))/lib/syncline $(DESTDIR)$(abspath $(PREFIX))/include/syncline
	install -D -m 755 $(RELEASE)/syncline $(DESTDIR)$(abspath $(PREFIX))/bin/syncline
	install -D -m 644 docs/man/syncline.1 $(DESTDIR)$(abspath $(PREFIX))/share/man/man1/syncline.1
	install -D -m 644 docs/completions/syncline.bash $(DESTDIR)$(abspath $(PREFIX))/share/bash-completion/completions/syncline
	install -D -m 644 docs/completions/_syncline $(DESTDIR)$(abspath $(PREFIX))/share/zsh/site-functions/_syncline
	install -D -m 644 docs/completions/syncline.fish $(DESTDIR)$(abspath $(PREFIX))/share/fish/vendor_completions.d/syncline.fish

install-librsync: ## install the drop-in librsync where every program under PREFIX (and DESTDIR) finds it instead of its own
	cargo build --release --quiet -p syncline-librsync
	ffi/librsync/install.sh $(RELEASE) $(DESTDIR)$(abspath $(PREFIX))/lib $(DESTDIR)$(abspath $(PREFIX))/include

fuzz: ## fuzz every target for SECONDS (nightly Rust and cargo-fuzz)
	@cargo +nightly fuzz --version > /dev/null 2>&1 || cargo install --locked cargo-fuzz
	@set -e; for target in $$(cd fuzz/fuzz_targets && ls | sed 's/\.rs$$//'); do \
		echo "fuzzing $$target for $(SECONDS) s"; \
		cargo +nightly fuzz run $$target -- -max_total_time=$(SECONDS); \
	done

clean: ## remove what was built
	rm -rf build target
