# Everyday commands. CI does not use this file: it runs .ci/run.
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
GITLEAKS    := github.com/zricethezav/gitleaks/v8@v8.28.0
CYCLONEDX   := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0
FUZZTIME    ?= 10s
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)

.DEFAULT_GOAL := help
.PHONY: help build test race lint cover demo fuzz ci migrate-derive vuln secrets sbom chaos chaos-short chaos-mutants bench soak

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

build: ## bin/loa, one static file
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/loa ./cmd/loa

test: ## all tests; with TEST_POSTGRES_URL and TEST_REDIS_URL against those too
	go test ./...

race: ## all tests with the race detector, in random order
	go test -race -shuffle=on -timeout 20m ./...

lint: ## gofmt, go vet, golangci-lint
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt these files'; exit 1; }
	go vet ./...
	go run $(GOLANGCI) run

cover: ## coverage of all packages by all tests, in coverage.html
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -html=coverage.out -o coverage.html
	go tool cover -func=coverage.out | tail -n 1

demo: ## the demonstration
	go run ./cmd/loa demo

bench: build ## each path against its own limit, about an hour: make bench ARGS="--only delivery --rounds 3"
	bin/loa bench $(ARGS)

soak: build ## five minutes of mixed load on each database: memory, goroutines and files stay flat
	bin/loa bench --soak 5m $(ARGS)

fuzz: ## every fuzz target for FUZZTIME
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed 's/func //' | sort | while IFS=: read -r file name; do \
		echo "-- $$name in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname $$file)" || exit 1; \
	done

chaos: ## break a running Loa in every way of the plan, about ten minutes: make chaos ARGS='--seed 7 --scenario F2'
	go run ./cmd/chaos $(ARGS)

chaos-short: ## the five sharpest faults, under three minutes
	go run ./cmd/chaos --short $(ARGS)

chaos-mutants: ## take the engine's guards away one by one: each must turn chaos red
	go run ./cmd/chaos mutants $(ARGS)

ci: ## all that CI does; as root on Debian it installs PostgreSQL and Redis when they are missing
	CI=true bash .ci/run

migrate-derive: ## the PostgreSQL migrations from the SQLite ones
	sh internal/store/migrations/derive.sh

vuln: ## known vulnerabilities: make vuln DB=file:///path/to/vulndb, without DB from the network
	go run $(GOVULNCHECK) $(if $(DB),-db $(DB)) ./...

secrets: ## keys and passwords that do not belong into the tree
	go run $(GITLEAKS) dir . --no-banner --redact

sbom: ## what the program is made of, CycloneDX JSON in bin/loa.cdx.json
	@mkdir -p bin
	go run $(CYCLONEDX) app -json -licenses -main cmd/loa -output bin/loa.cdx.json .
