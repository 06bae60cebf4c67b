# The front door. Everything is built by meson in $(BUILD); this file only says how to call it.
BUILD ?= build
FUZZ_SECONDS ?= 30
PREFIX ?= /usr/local
# Nothing here asks for this machine's realm, or a name server for one.
export KRB5_CONFIG := $(CURDIR)/tests/support/krb5.conf

help: ## this list
	@echo "OpenSSPI: make TARGET, where TARGET is"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 12
	@echo "BUILD=$(BUILD) is the build folder. OPENSSPI_NO_INSTALL=1: say which packages are missing, install none."

deps: ## install the Debian packages that the build needs and that are missing
	@tools/deps build

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix=$(PREFIX) >$(BUILD)-setup.log 2>&1 || { cat $(BUILD)-setup.log; exit 1; }
	@rm -f $(BUILD)-setup.log

all: deps ## build the library, the command, the examples and the tests
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

demo: all ## a logon to look at: who, by which package, what was delegated, and a wrong password refused
	@$(BUILD)/examples/demo

test: all ## the unit tests
	@tools/run-tests $(BUILD) plain

faults: all ## whole logons in which each allocation, random number and reading of the clock fails once (a minute)
	@tools/run-tests $(BUILD) faults

interop: all ## real RDP, NTLM and CredSSP peers against the command (ONLY=PATTERN for some of them)
	@tools/deps interop
	@tests/interop/run --build $(BUILD) $(if $(ONLY),--only '$(ONLY)')

check: ## format, banned calls, the arrows between the rooms: a few seconds
	@tools/deps analysis
	@tools/check-source
	@tools/check-format

sanitize: deps ## the unit tests by clang under ASan and UBSan
	@tools/deps analysis
	@tools/run-tests $(BUILD)-asan asan

memcheck: all ## the unit tests under valgrind
	@tools/deps analysis
	@tools/run-tests $(BUILD) memcheck

tsan: deps ## the tests with several threads by clang under TSan
	@tools/deps analysis
	@tools/run-tests $(BUILD)-tsan tsan

fuzz: deps ## every fuzz target for FUZZ_SECONDS (30) each, under ASan and UBSan
	@tools/deps analysis
	@tools/fuzz $(BUILD)-fuzz $(FUZZ_SECONDS)

bench: all ## what a logon costs beside bare TLS, in time, instructions and memory (minutes; no verdict)
	@tools/deps analysis
	@tools/bench $(BUILD) $(if $(BENCH_ROUNDS),--rounds $(BENCH_ROUNDS))

coverage: deps ## whether the fuzz targets' seeds enter every row of every step table
	@tools/deps analysis
	@tools/fuzz-coverage $(BUILD)-coverage

portable: deps ## the tests in 32 bits, big-endian, and the parsers under MemorySanitizer (two minutes)
	@tools/deps analysis portable
	@tools/portable $(BUILD)-portable

api: all ## write docs/api.md anew: what each function says in each state
	@tests/conformance/test_api_table.py $(BUILD) --accept

format: ## lay the C sources out with clang-format
	@tools/deps analysis
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

install: all ## install below PREFIX (/usr/local); DESTDIR is understood
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@meson install -C $(BUILD)

clean: ## remove what was built
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-clang $(BUILD)-coverage $(BUILD)-fuzz $(BUILD)-portable $(BUILD)-tsan

.PHONY: help deps all demo test faults interop check sanitize memcheck tsan fuzz bench coverage portable api format \
	install clean
.DEFAULT_GOAL := help
