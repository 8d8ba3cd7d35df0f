# The one front door. `make` alone says what there is.
SHELL := /bin/bash
PORT ?= 9090
DEMO_PORT ?= 19100
SOURCES := Package.swift $(wildcard Sources Tests Benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup run test bench compare soak format lint clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: ## install the system packages that are missing (apt; SETUP=skip leaves that to you)
	@[ "$(SETUP)" = skip ] || deploy/setup.sh

run: setup ## build, then run Martlet with a year of demo history and the demo load until Ctrl-C (PORT=9090 DEMO_PORT=19100)
	@PORT=$(PORT) DEMO_PORT=$(DEMO_PORT) deploy/demo/run.sh

test: setup ## every test that needs only this clone
	swift build --build-tests
	swift test --skip-build

bench: setup ## the benchmarks that need only this clone, in a release build
	swift build -c release
	@if [ -x Benchmarks/run ]; then Benchmarks/run; else echo "There are no benchmarks inside the project yet."; fi

compare: setup ## scraping, larger queries, rules, and a year in tiers, beside other servers, in a release build (needs MARTLET_PEERS; DATA=folder keeps what was loaded)
	swift build -c release
	python3 Benchmarks/Ingest/run.py --shapes all
	python3 Benchmarks/Queries/run.py --all $(if $(DATA),--data "$(DATA)")
	python3 Benchmarks/Rules/run.py --changing
	python3 Benchmarks/Tiers/run.py --panel

soak: setup ## long campaigns: simulated lives (SEEDS=10000), planted bugs, fuzzed parsers (SECONDS_EACH=600), all of interop (ROUNDS=50; needs MARTLET_PEERS, and MARTLET_CONFORMANCE for an hour of alerts)
	swift build --build-tests
	MARTLET_SEEDS=$${SEEDS:-10000} swift test --skip-build --filter SimulationTests
	python3 Tests/SimulationTests/planted.py
	swift run -c release ParserFuzz $${SECONDS_EACH:-600} .build/parser-fuzz-query
	swift run -c release TemplateFuzz $${SECONDS_EACH:-600} .build/template-fuzz-text
	swift run -c release RemoteWriteFuzz $${SECONDS_EACH:-600} .build/remote-write-fuzz-message
	swift run -c release ProtobufFuzz $${SECONDS_EACH:-600} .build/protobuf-fuzz-page
	swift run -c release DNSFuzz $${SECONDS_EACH:-600} .build/dns-fuzz-answer
	swift run -c release DiscoveryFuzz $${SECONDS_EACH:-600} .build/discovery-fuzz-answer
	swift run -c release PageFuzz $${SECONDS_EACH:-600} .build/page-fuzz-page
	swift run -c release LeanHTTPFuzz $${SECONDS_EACH:-600} .build/lean-http-fuzz-response
	swift run -c release AccessFuzz $${SECONDS_EACH:-600} .build/access-fuzz-input
	swift run -c release NotifierFuzz $${SECONDS_EACH:-600} .build/notifier-fuzz-input
	swift run -c release AlertmanagerFuzz $${SECONDS_EACH:-600} .build/alertmanager-fuzz-body
	swift run -c release MailFuzz $${SECONDS_EACH:-600} .build/mail-fuzz-input
	swift run -c release AggregateFuzz $${SECONDS_EACH:-600} .build/aggregate-fuzz-chunk
	swift run -c release CatalogFuzz $${SECONDS_EACH:-600} .build/catalog-fuzz-file
	ROUNDS=$${ROUNDS:-50} python3 Tests/Interop/run.py
	swift build -c release
	MARTLET_BIN=.build/release/martlet python3 Tests/Interop/run.py --only tiers --full-tiers

format: ## lay out every Swift file
	swift format -i -r $(SOURCES)

lint: ## say what the layout rules object to
	swift format lint -s -r $(SOURCES)

clean: ## remove what was built; data under ./data stays
	rm -rf .build
