# The two commands that matter: `make run` and `make test`. Both do all of their own set-up.

.PHONY: help run test build tidy clean

help:
	@echo 'make run     build, then run Purser and the agent of this host: https://localhost:8443'
	@echo 'make test    every check and every test, with a PostgreSQL of their own'
	@echo 'make build   release binaries in dist/bin/'
	@echo 'make tidy    only the rules of the house (seconds)'
	@echo 'make clean   remove dist/ and what the console built; the cache of compiled crates stays'

run:
	@scripts/run

test:
	@scripts/test

build:
	@scripts/build

tidy:
	@scripts/tidy

clean:
	rm -rf dist console/dist console/node_modules
